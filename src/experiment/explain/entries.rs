//! From facts to entries: one fact becomes one entry, a whole poll four. What goes without saying is left out: service
//! that was quick and for somebody, and the beginnings of service, whose ends tell the rest.

use super::microscope::Heard;
use crate::engine::{Span, Time};
use crate::experiment::journey::{Entry, Lane, Named, What};
use crate::protocol::{CallBack, Emitter, Fact, Kind, Reading, Reply, Roster, SeatId, StationId, Way};

/// Waiting and service that take less than this together go without saying.
const QUICK: Span = Span::from_secs(1);
/// No position is shown.
const HIDDEN: u32 = u32::MAX;

/// Entries in the making, of one person.
pub(super) struct Writer<'r> {
    roster: &'r Roster,
    entries: Vec<Entry>,
    /// How long the request at each station had waited, by tab, until its service ends.
    waited: Vec<((u8, StationId), Span)>,
}

impl<'r> Writer<'r> {
    pub(super) fn new(roster: &'r Roster) -> Writer<'r> {
        Writer { roster, entries: Vec::new(), waited: Vec::new() }
    }

    /// The entries in order of time; those of one instant in the order in which they were recorded.
    pub(super) fn finish(mut self) -> Vec<Entry> {
        self.entries.sort_by_key(|entry| entry.at_us);
        self.entries
    }

    /// Writes down a fact about the person.
    pub(super) fn write(&mut self, (at, fact): &Heard) {
        let tab = fact.session().map(|who| who.tab);
        if let Fact::Polled { up, down, position, .. } = *fact {
            return self.write_poll(*at, tab, up, down, position);
        }
        if let Fact::CalledBack { step: step @ CallBack::Asked, .. } = *fact {
            self.put(*at, Lane::User, tab, What::CalledBack { step: Named(step) });
        }
        if let Some((lane, what)) = self.personal(fact) {
            self.put(*at, lane, tab, what);
        }
    }

    /// Writes down a fact that concerns everybody.
    pub(super) fn write_for_everybody(&mut self, (at, fact): &Heard) {
        let what = match *fact {
            Fact::Opened => What::Opened {},
            Fact::QueueSwitched { on } => What::QueueSwitched { on },
            Fact::Closed => What::Closed {},
            Fact::LineClosed { sold_out } => What::LineClosed { sold_out },
            Fact::Operated { rule, act } => {
                let rule = self.roster.operator[usize::from(rule)].clone();
                What::Operated { rule, act: Named(act) }
            }
            Fact::FaultBegan { fault } => {
                What::FaultBegan { fault: self.roster.faults[usize::from(fault)].clone() }
            }
            Fact::FaultEnded { fault } => {
                What::FaultEnded { fault: self.roster.faults[usize::from(fault)].clone() }
            }
            _ => return,
        };
        self.put(*at, Lane::Backend, None, what);
    }

    /// Nothing was left, by the metrics' reckoning.
    pub(super) fn write_nothing_left(&mut self, at: Time, closed: bool) {
        self.put(at, Lane::Backend, None, What::NothingLeft { closed });
    }

    fn put(&mut self, at: Time, lane: Lane, tab: Option<u8>, what: What) {
        self.entries.push(Entry { at_us: at.as_us(), lane, tab, what });
    }

    /// The four facts that a whole poll stands for.
    fn write_poll(&mut self, at: Time, tab: Option<u8>, up: Span, down: Span, position: u32) {
        let (kind, reply, status) = (Named(Kind::Poll), Named(Reply::InLine), Reply::InLine.status());
        let cause = Named(Reply::InLine.cause());
        let sent_at = Time::from_us(at.as_us().saturating_sub(up.as_us()));
        self.put(sent_at, Lane::User, tab, What::Asked { kind, again: false });
        self.put(at, Lane::Backend, tab, What::Accepted { kind });
        let by = Named(Emitter::WaitingRoom);
        self.put(at, Lane::Backend, tab, What::Answered { kind, reply, status, by, cause });
        let position = (position != HIDDEN).then_some(position);
        let heard = What::Heard { kind, reply, status, readable: true, cause, position };
        self.put(at + down, Lane::User, tab, heard);
    }

    fn personal(&mut self, fact: &Fact) -> Option<(Lane, What)> {
        let user = |what| Some((Lane::User, what));
        match *fact {
            Fact::Arrived { .. } => user(What::Clicked {}),
            Fact::Sent { kind, first_try, .. } => user(What::Asked { kind: Named(kind), again: !first_try }),
            Fact::Heard { kind, reading, cause, .. } => {
                let reply = reading.reply();
                user(What::Heard {
                    kind: Named(kind),
                    reply: Named(reply),
                    status: reply.status(),
                    readable: matches!(reading, Reading::Answer(_)),
                    cause: Named(cause),
                    position: None,
                })
            }
            Fact::Ignored { reply, .. } => user(What::Ignored { reply: Named(reply) }),
            Fact::TimedOut { kind, cause, .. } => {
                user(What::TimedOut { kind: Named(kind), cause: Named(cause) })
            }
            Fact::Believes { belief, .. } => user(What::Screen { says: Named(belief) }),
            Fact::Stopped { why, .. } => user(What::Stopped { why: Named(why) }),
            Fact::Cut { standing, .. } => user(What::Cut { standing: Named(standing) }),
            Fact::RetryDenied { kind, .. } => user(What::RetryDenied { kind: Named(kind) }),
            Fact::FailedFast { kind, .. } => user(What::FailedFast { kind: Named(kind) }),
            Fact::BreakerOpened { .. } => user(What::BreakerOpened {}),
            Fact::CalledBack { step: step @ (CallBack::TurnRead | CallBack::EndRead), .. } => {
                user(What::CalledBack { step: Named(step) })
            }
            Fact::Informed { word, by_page, .. } => user(What::Informed { word: Named(word), by_page }),
            Fact::Lost { kind, way, .. } => {
                Some((Lane::Wire, What::Lost { kind: Named(kind), reply: way == Way::Down }))
            }
            Fact::SynDropped { kind, .. } => Some((Lane::Wire, What::SynDropped { kind: Named(kind) })),
            Fact::ConnectionClosed { kind, cause, .. } => {
                Some((Lane::Wire, What::ConnectionClosed { kind: Named(kind), cause: Named(cause) }))
            }
            _ => self.backend(fact).map(|what| (Lane::Backend, what)),
        }
    }

    fn backend(&mut self, fact: &Fact) -> Option<What> {
        let what = match *fact {
            Fact::Accepted { kind, .. } => What::Accepted { kind: Named(kind) },
            Fact::Answered { kind, reply, emitter, cause, .. } => What::Answered {
                kind: Named(kind),
                reply: Named(reply),
                status: reply.status(),
                by: Named(emitter),
                cause: Named(cause),
            },
            Fact::Aborted { kind, .. } => What::Aborted { kind: Named(kind) },
            Fact::Silenced { kind, .. } => What::Silenced { kind: Named(kind) },
            Fact::Enqueued { .. } => What::Enqueued {},
            // The policy knows no order, so no number is given.
            Fact::Placed { place: HIDDEN, .. } => return None,
            Fact::Placed { place, .. } => What::Placed { place },
            Fact::Skipped { .. } => What::Skipped {},
            Fact::TurnIssued { order, .. } => What::TurnIssued { order },
            Fact::Entered { .. } => What::Entered {},
            Fact::NoShow { .. } => What::NoShow {},
            Fact::Reverified { entitled, .. } => What::Reverified { entitled },
            Fact::SetApart { how, .. } => What::SetApart { how: Named(how) },
            Fact::CalledBack { step, .. } => What::CalledBack { step: Named(step) },
            Fact::Restored { .. } => What::Restored {},
            Fact::DroppedInside { .. } => What::DroppedInside {},
            Fact::Befell { mishap, .. } => What::Befell { mishap: Named(mishap) },
            Fact::SeatCancelled { seat, .. } => What::SeatCancelled { seat: seat.0 },
            Fact::Forgotten { .. } => What::Forgotten {},
            Fact::MessageLost { kind, .. } => What::MessageLost { kind: Named(kind) },
            Fact::CutOff { station, .. } => What::CutOff { station: self.station(station) },
            Fact::Decided { truth, .. } => What::Decided { truth: Named(truth) },
            Fact::SeatHeld { seat, .. } => What::SeatHeld { seat: seat.0, band: self.band(seat) },
            Fact::SeatReturned { seat, expired, .. } => What::SeatReturned { seat: seat.0, expired },
            Fact::SeatSold { seat, .. } => What::SeatSold { seat: seat.0, band: self.band(seat) },
            Fact::Charged { duplicate, .. } => What::Charged { duplicate },
            Fact::CardDeclined { .. } => What::CardDeclined {},
            Fact::PaymentReplyLost { charged, .. } => What::PaymentReplyLost { charged },
            Fact::PaymentUnreachable { .. } => What::PaymentUnreachable {},
            Fact::AtCheckout { step, .. } => What::AtCheckout { step: Named(step) },
            Fact::PaymentQueued { wait, .. } => What::PaymentQueued { wait_us: wait.as_us() },
            Fact::StockSlipped { seat, slip, .. } => {
                What::StockSlipped { seat: seat.map(|seat| seat.0), slip: Named(slip) }
            }
            Fact::LockAwaited { wait, .. } => What::LockAwaited { wait_us: wait.as_us() },
            _ => return self.at_station(fact),
        };
        Some(what)
    }

    fn at_station(&mut self, fact: &Fact) -> Option<What> {
        let what = match *fact {
            Fact::Waited { station, length, .. } if length > 1 => {
                What::Waited { station: self.station(station), length }
            }
            Fact::TurnedAway { station, .. } => What::TurnedAway { station: self.station(station) },
            Fact::SentToNextPeer { station, .. } => What::NextPeer { station: self.station(station) },
            Fact::NextPeerDenied { station, .. } => What::NextPeerDenied { station: self.station(station) },
            Fact::DroppedExpired { station, waited, .. } => {
                What::Dropped { station: self.station(station), waited_us: waited.as_us() }
            }
            Fact::Shed { station, waited, why, .. } => {
                What::Shed { station: self.station(station), waited_us: waited.as_us(), why: Named(why) }
            }
            Fact::WorkLost { station, .. } => What::WorkLost { station: self.station(station) },
            Fact::ServiceBegan { who, station, waited } => {
                self.waited.retain(|(at, _)| *at != (who.tab, station));
                self.waited.push(((who.tab, station), waited));
                return None;
            }
            Fact::ServiceEnded { who, station, served, zombie, wasted } => {
                let waited = self.waited.iter().find(|(at, _)| *at == (who.tab, station));
                let waited = waited.map_or(Span::ZERO, |(_, waited)| *waited);
                let for_nobody = zombie + wasted;
                if waited + served < QUICK && for_nobody.is_zero() {
                    return None;
                }
                What::Served {
                    station: self.station(station),
                    waited_us: waited.as_us(),
                    served_us: served.as_us(),
                    after_504_us: zombie.as_us(),
                    wasted_us: wasted.as_us(),
                }
            }
            _ => return None,
        };
        Some(what)
    }

    fn station(&self, station: StationId) -> String {
        self.roster.stations[station.index()].name.clone()
    }

    fn band(&self, seat: SeatId) -> String {
        self.roster.bands[self.roster.band_of(seat).index()].name.clone()
    }
}
