//! A fact's content as numbers, for the fingerprint.

use super::Fact;
use crate::protocol::{Reading, Who};

impl Fact {
    /// The fact's content as three words, for the fingerprint: a number for the variant and every field.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "where a fact is recorded it is known which one, and one arm is left")]
    #[rustfmt::skip]
    pub fn words(&self) -> [u64; 3] {
        match *self {
            Fact::Arrived { person } => [1, u64::from(person.0), 0],
            Fact::Sent { who, kind, first_try } => of(2, who, kind as u64, u64::from(first_try)),
            Fact::Lost { who, kind, way } => of(3, who, kind as u64, way as u64),
            Fact::Polled { who, gateway, up, down, position } =>
                of(4 | u64::from(gateway.0) << 16, who, u64::from(position), (up.as_us() << 32) ^ down.as_us()),
            Fact::Heard { who, kind, reading, cause } => of(5, who, kind as u64, (cause as u64) << 16 | match reading {
                Reading::Answer(reply) => u64::from(reply as u8),
                Reading::Opaque(reply) => 256 | u64::from(reply as u8),
            }),
            Fact::Ignored { who, reply } => of(6, who, 0, reply as u64),
            Fact::TimedOut { who, kind, cause } => of(7, who, kind as u64, cause as u64),
            Fact::Believes { who, belief } => of(8, who, 0, belief as u64),
            Fact::Stopped { who, why } => of(9, who, 0, why as u64),
            Fact::Cut { who, standing } => of(10, who, 0, standing as u64),
            Fact::Accepted { who, kind, gateway } => of(11, who, kind as u64, u64::from(gateway.0)),
            Fact::Answered { who, kind, reply, emitter, gateway, cause } =>
                of(12, who, kind as u64, (cause as u64) << 24 | u64::from(gateway.0) << 16 | (emitter as u64) << 8 | reply as u64),
            Fact::Aborted { who, kind, gateway } => of(13, who, kind as u64, u64::from(gateway.0)),
            Fact::Enqueued { who } => of(14, who, 0, 0),
            Fact::Placed { who, place } => of(15, who, 0, u64::from(place)),
            Fact::Skipped { who } => of(16, who, 0, 0),
            Fact::TurnIssued { who, order } => of(17, who, 0, u64::from(order)),
            Fact::Entered { who } => of(18, who, 0, 0),
            Fact::NoShow { who } => of(19, who, 0, 0),
            Fact::Decided { who, truth } => of(20, who, 0, truth as u64),
            Fact::Waited { who, station, length } => of(21, who, u64::from(station.0), u64::from(length)),
            Fact::TurnedAway { who, station } => of(22, who, u64::from(station.0), 0),
            Fact::ServiceBegan { who, station, waited } => of(23, who, u64::from(station.0), waited.as_us()),
            Fact::ServiceEnded { who, station, served, zombie, wasted } =>
                of(24, who, u64::from(station.0), served.as_us() ^ zombie.as_us().rotate_left(24) ^ wasted.as_us().rotate_left(44)),
            Fact::SeatHeld { who, seat } => of(25, who, 0, u64::from(seat.0)),
            Fact::SeatReturned { who, seat, expired } => of(26, who, u64::from(expired), u64::from(seat.0)),
            Fact::SeatSold { who, seat } => of(27, who, 0, u64::from(seat.0)),
            Fact::Charged { who, duplicate } => of(28, who, 0, u64::from(duplicate)),
            Fact::CardDeclined { who } => of(29, who, 0, 0),
            Fact::PaymentReplyLost { who, charged } => of(30, who, 0, u64::from(charged)),
            Fact::Opened => [31, 0, 0],
            Fact::Closed => [32, 0, 0],
            Fact::LineClosed { sold_out } => [33, u64::from(sold_out), 0],
            Fact::SynDropped { who, kind, gateway } => of(34, who, kind as u64, u64::from(gateway.0)),
            Fact::ConnectionClosed { who, kind, gateway, cause } =>
                of(35, who, kind as u64, (cause as u64) << 8 | u64::from(gateway.0)),
            Fact::Silenced { who, kind, gateway } => of(36, who, kind as u64, u64::from(gateway.0)),
            Fact::SentToNextPeer { who, station } => of(37, who, u64::from(station.0), 0),
            Fact::PeerMarkedDown { gateway, station, peer } =>
                [38, u64::from(gateway.0) << 16 | u64::from(station.0) << 8 | u64::from(peer), 0],
            Fact::Reverified { who, entitled } => of(39, who, 0, u64::from(entitled)),
            Fact::DroppedInside { who } => of(40, who, 0, 0),
            Fact::DroppedExpired { who, station, waited } => of(41, who, u64::from(station.0), waited.as_us()),
            Fact::WorkLost { who, station } => of(42, who, u64::from(station.0), 0),
            Fact::PaymentUnreachable { who } => of(43, who, 0, 0),
            Fact::Operated { rule, act } => [44, u64::from(rule), act.code()],
            Fact::Informed { person, word, by_page } =>
                [45, u64::from(person.0), (word as u64) << 1 | u64::from(by_page)],
            Fact::Befell { who, mishap } => of(64, who, 0, mishap as u64),
            Fact::FaultBegan { fault } => [46, u64::from(fault), 0],
            Fact::FaultEnded { fault } => [47, u64::from(fault), 0],
            Fact::Shed { who, station, waited, why } =>
                of(48, who, u64::from(station.0) << 8 | why as u64, waited.as_us()),
            Fact::AccountLocked { who } => of(96, who, 0, 0),
            Fact::GatewayPeak { gateway, in_flight } => [97, u64::from(gateway.0), u64::from(in_flight)],
            Fact::OutflowSteered { per_minute } => [160, u64::from(per_minute), 0],
            Fact::QueueSwitched { on } => [161, u64::from(on), 0],
            Fact::CalledBack { who, step } => of(162, who, 0, step as u64),
            Fact::Nodes { station, serving, wanted } => [
                110,
                station.map_or(0, |station| 1 + u64::from(station.0)),
                u64::from(serving) << 32 | u64::from(wanted),
            ],
            Fact::ControlRefused { who, kind, gateway } => of(49, who, kind as u64, u64::from(gateway.0)),
            Fact::SeatCancelled { who, seat } => of(65, who, 0, u64::from(seat.0)),
            Fact::Forgotten { who } => of(50, who, 0, 0),
            Fact::MessageLost { who, kind } => of(51, who, kind as u64, 0),
            Fact::CutOff { who, station } => of(52, who, u64::from(station.0), 0),
            Fact::Overshot { who, beyond } => of(53, who, 0, u64::from(beyond)),
            Fact::AtCheckout { who, step } => of(80, who, 0, step as u64),
            Fact::PaymentQueued { who, wait } => of(81, who, 0, wait.as_us()),
            Fact::RetryDenied { who, kind } => of(72, who, kind as u64, 0),
            Fact::FailedFast { who, kind, first_try } => of(73, who, kind as u64, u64::from(first_try)),
            Fact::BreakerOpened { who } => of(74, who, 0, 0),
            Fact::CodeTried { who, what } => of(121, who, 0, what as u64),
            Fact::NetworkSwitched { who, times, broken } => of(120, who, u64::from(broken), u64::from(times)),
            Fact::SetApart { who, how } => of(141, who, 0, how as u64),
            Fact::Restored { who } => of(140, who, 0, 0),
            Fact::NextPeerDenied { who, station } => of(75, who, u64::from(station.0), 0),
            Fact::StockSlipped { who, seat, slip } =>
                of(82, who, slip as u64, seat.map_or(u64::MAX, |seat| u64::from(seat.0))),
            Fact::LockAwaited { who, wait } => of(83, who, 0, wait.as_us()),
        }
    }
}

/// Words of a fact about a session: variant, tab and a small field; person and session; a large field.
#[inline]
fn of(variant: u64, who: Who, small: u64, large: u64) -> [u64; 3] {
    [
        variant | u64::from(who.tab) << 8 | small << 32,
        u64::from(who.person.0) << 32 | u64::from(who.session.0),
        large,
    ]
}
