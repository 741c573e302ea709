//! What the backend kept for clients who had gone, and took from clients who had not.

use super::*;
use crate::metrics::names;

#[test]
fn a_session_kept_after_its_client_left_is_a_zombie_until_the_backend_finds_out() {
    let mut tale = Tale::of(&roster(&[3], 1));
    let [skipped, says_goodbye, told] = [0, 1, 2].map(|person| tab(person, 0));
    for who in [skipped, says_goodbye, told] {
        tale.joins(101, who);
    }
    tale.stops(200, skipped, Stop::Patience);
    tale.fact(560, Fact::Skipped { who: skipped }).decides(560, skipped, Truth::Expired);
    tale.stops(300, says_goodbye, Stop::Patience).decides(301, says_goodbye, Truth::Left);
    tale.refused(400, told);
    check(
        &tale.end(),
        &[
            (names::SILENT_ZOMBIE_SESSIONS, Some(1.0)),
            (names::SILENT_ZOMBIE_SESSIONS_HOURS, Some(0.1)),
            (names::SILENT_EVICTIONS, Some(0.0)),
            (names::SILENT_EVICTIONS_LAG_MEAN, None),
        ],
    );
}

#[test]
fn a_decision_recorded_late_makes_no_zombie_of_who_left_after_it() {
    let mut tale = Tale::of(&roster(&[1], 1));
    let me = tab(0, 0);
    tale.joins(101, me).stops(400, me, Stop::Patience).decides(200, me, Truth::RefusedSoldOut);
    check(&tale.end(), &[(names::SILENT_ZOMBIE_SESSIONS, Some(0.0))]);
}

#[test]
fn each_tab_is_a_session_of_its_own() {
    let mut tale = Tale::of(&roster(&[1], 2));
    let (buyer, sibling) = (tab(0, 0), tab(0, 1));
    tale.joins(101, buyer).joins(102, sibling).turn(110, buyer).buys(200, buyer);
    tale.stops(220, sibling, Stop::Sibling);
    tale.decides(400, sibling, Truth::Expired);
    check(
        &tale.end(),
        &[(names::SILENT_ZOMBIE_SESSIONS, Some(1.0)), (names::SILENT_ZOMBIE_SESSIONS_HOURS, Some(0.05))],
    );
}

#[test]
fn a_hold_is_orphaned_from_the_stop_or_from_its_beginning_if_that_is_later() {
    let mut tale = Tale::of(&roster(&[3], 4));
    let [leaves, asks_and_leaves, pays] = [0, 1, 2].map(|person| tab(person, 0));
    for who in [leaves, asks_and_leaves, pays] {
        tale.joins(101, who).turn(102, who).decides(103, who, Truth::Active);
    }
    // Held at 110 s, left at 170 s, back at 710 s, when the sale was still open, and never sold.
    let seat = tale.holds(110, leaves);
    tale.stops(170, leaves, Stop::Patience);
    tale.fact(710, Fact::SeatReturned { who: leaves, seat, expired: true });
    // Left at 170 s, held at 350 s, back at 950 s, when the sale was closed.
    tale.sends(160, asks_and_leaves, Kind::Hold).stops(170, asks_and_leaves, Stop::Patience);
    tale.fact(350, Fact::SeatHeld { who: asks_and_leaves, seat: SeatId(3) }).fact(900, Fact::Closed {});
    tale.fact(950, Fact::SeatReturned { who: asks_and_leaves, seat: SeatId(3), expired: true });
    tale.buys(960, pays);
    check(
        &tale.end(),
        &[
            (names::SALE_ORPHANED_HOLDS, Some(2.0)),
            (names::SALE_ORPHANED_HOLDS_SEAT_HOURS, Some(1140.0 / 3600.0)),
            (names::SALE_ORPHANED_HOLDS_UNSOLD, Some(1.0)),
        ],
    );
}

#[test]
fn an_eviction_is_silent_until_an_answer_tells_of_it() {
    let mut tale = Tale::of(&roster(&[3], 5));
    let [told, comes_back, never] = [0, 1, 2].map(|person| tab(person, 0));
    for who in [told, comes_back, never] {
        tale.joins(101, who).fact(200, Fact::Skipped { who }).decides(200, who, Truth::Expired);
    }
    tale.sends(240, told, Kind::Poll).reads(241, told, Kind::Poll, Reply::PlaceLost);
    tale.joins(300, comes_back);
    for who in [told, comes_back, never] {
        tale.stops(800, who, Stop::Patience);
    }
    check(
        &tale.end(),
        &[
            (names::SILENT_EVICTIONS, Some(3.0)),
            (names::SILENT_EVICTIONS_UNTOLD, Some(2.0)),
            (names::SILENT_EVICTIONS_LAG_MEAN, Some(41.0)),
            (names::SILENT_EVICTIONS_LAG_P50, None),
        ],
    );
}

#[test]
fn work_for_nobody_is_counted_by_request_and_by_time() {
    let station = StationId(0);
    let (zero, four) = (Span::ZERO, Span::from_secs(4));
    let ended = |person: u32, zombie: u64, wasted: u64| Fact::ServiceEnded {
        who: tab(person, 0),
        station,
        served: four,
        zombie: Span::from_secs(zombie),
        wasted: Span::from_secs(wasted),
    };
    let mut tale = Tale::of(&roster(&[6], 1));
    (0..6).for_each(|person| {
        tale.joins(101, tab(person, 0));
    });
    for person in 0..5 {
        tale.fact(110, Fact::ServiceBegan { who: tab(person, 0), station, waited: zero });
    }
    tale.fact(113, Fact::WorkLost { who: tab(4, 0), station, queued: None });
    tale.fact(114, ended(0, 0, 0))
        .fact(114, ended(1, 1, 2))
        .fact(114, ended(2, 4, 4))
        .fact(114, ended(3, 0, 0));
    tale.fact(
        130,
        Fact::DroppedExpired { who: tab(5, 0), station, waited: Span::from_secs(20), gone: Span::ZERO },
    );
    (0..6).for_each(|person| {
        tale.stops(200, tab(person, 0), Stop::Patience);
    });
    let sheet = tale.end();
    check(
        &sheet,
        &[
            // 16 s of work that ended and 3 s of work that was lost.
            (names::WORK_ZOMBIE, Some(5.0 / 19.0)),
            (names::WORK_WASTED, Some(6.0 / 19.0)),
            (names::WORK_LOST, Some(3.0 / 19.0)),
            (names::WORK_WASTED_REQUESTS, Some(0.5)),
        ],
    );
    let at_station = |name: &str| sheet.values.iter().find(|v| v.name == name).and_then(|v| v.value);
    assert_eq!(at_station(names::STATION_DROPPED_EXPIRED), Some(1.0));
    assert_eq!(at_station(names::STATION_WORK_LOST), Some(1.0));
    // 20 s of waiting, in vain, over the 20 s from 110 s to 130 s.
    assert_eq!(at_station(names::STATION_QUEUE_MEAN), Some(1.0));
}
