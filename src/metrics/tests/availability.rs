//! How available the system was to its users.

use super::*;
use crate::metrics::names;

#[test]
fn a_session_is_up_from_an_attempt_that_was_served_until_the_next_that_failed() {
    let (me, other) = (tab(0, 0), tab(0, 1));
    let mut tale = Tale::of(&roster(&[1], 1));
    // Up from 101 to 150 s, down until 180 s, up until the stop at 200 s.
    tale.joins(101, me);
    tale.sends(149, me, Kind::Poll).times_out(150, me, Kind::Poll, Cause::SlowUpstream);
    tale.sends(160, me, Kind::Poll).cannot_read(
        161,
        me,
        Kind::Poll,
        Reply::GatewayBusy,
        Cause::ConcurrencyLimit,
    );
    // Refused by the business, not by a failure.
    tale.sends(179, me, Kind::Poll).reads(180, me, Kind::Poll, Reply::PlaceLost);
    tale.stops(200, me, Stop::Patience);
    // The other tab is down from 110 s until the horizon cuts it off.
    tale.sends(100, other, Kind::Join).reads(110, other, Kind::Join, Reply::RateLimited);
    tale.fact(1000, Fact::Cut { who: other, standing: Unresolved::Trying });
    let (up, down) = (49.0 + 20.0, 30.0 + 890.0);
    check(
        &tale.end(),
        &[
            (names::AVAILABILITY_USER_UPTIME, Some(up / (up + down))),
            (names::AVAILABILITY_WINDOWED_12M, Some(0.0)),
            // The sale is shorter than an hour: one window.
            (names::AVAILABILITY_WINDOWED_1H, Some(up / (up + down))),
        ],
    );
}

#[test]
fn a_beacon_says_nothing_of_availability() {
    let me = tab(0, 0);
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, me).sends(110, me, Kind::Heartbeat);
    tale.cannot_read(111, me, Kind::Heartbeat, Reply::GatewayBusy, Cause::ConcurrencyLimit);
    tale.stops(121, me, Stop::Patience);
    check(
        &tale.end(),
        &[
            (names::AVAILABILITY_USER_UPTIME, Some(1.0)),
            (names::AVAILABILITY_WINDOWED_10S, Some(1.0)),
            (names::AVAILABILITY_ATTEMPTS, Some(1.0)),
            (names::LOAD_HEARTBEATS, Some(1.0)),
        ],
    );
}

#[test]
fn what_is_heard_after_the_horizon_changes_nothing() {
    let me = tab(0, 0);
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(900, me).sends(999, me, Kind::Poll).times_out(1029, me, Kind::Poll, Cause::SlowUpstream);
    tale.fact(1000, Fact::Cut { who: me, standing: Unresolved::InLine });
    check(
        &tale.end(),
        &[(names::AVAILABILITY_USER_UPTIME, Some(1.0)), (names::AVAILABILITY_WINDOWED_10S, Some(1.0))],
    );
}
