//! Claims about what a station's record says of a run, of the horizon, and of the drain.

use super::*;

fn second(s: u64) -> Time {
    Time::from_us(s * 1_000_000)
}

fn secs(s: u64) -> Span {
    Span::from_secs(s)
}

fn endless() -> Station {
    Station::new(1, second(1_000_000))
}

#[test]
fn the_spread_of_waits_is_that_of_those_who_were_served_and_who_was_shed_counts_as_waiting() {
    let mut station = endless();
    assert_eq!(station.wait_sd_s(), None);
    for (session, waited) in [(0, 1), (1, 1), (2, 3), (3, 3)] {
        station.began(second(10), SessionId(session), secs(waited));
    }
    assert_eq!(station.wait_sd_s(), Some(1.0), "all a second from the mean of two");
    let before_us = station.queue.waited_us;
    station.shed(second(12), secs(9));
    assert_eq!((station.shed, station.wait_sd_s()), (1, Some(1.0)));
    assert_eq!((station.queue.waited_us - before_us, station.first_arrival), (9_000_000, Some(second(3))));
}

#[test]
fn the_queue_s_time_average_is_the_sum_of_waits_over_the_time_observed() {
    // Two arrive at 10 s, one server, 2 s each: the second waits 2 s of the 4 s observed.
    let mut station = endless();
    station.began(second(10), SessionId(0), Span::ZERO);
    station.waited(second(10), SessionId(1), 1);
    station.ended(second(12), SessionId(0), secs(2));
    station.began(second(12), SessionId(1), secs(2));
    station.ended(second(14), SessionId(1), secs(2));
    assert_eq!(station.over_time(), (Some(0.5), Some(1.0)));
    let median = station.sojourns.percentile(50).expect("two were served");
    assert!((median - 2e6).abs() <= 2e6 / 128.0, "{median}");
}

#[test]
fn whoever_is_dropped_waits_until_the_client_has_gone() {
    // One is served from 0 to 10; the other comes at 2, its client goes at 5, and it is dropped at 10.
    let mut station = endless();
    station.began(second(0), SessionId(0), Span::ZERO);
    station.waited(second(2), SessionId(1), 1);
    station.ended(second(10), SessionId(0), secs(10));
    station.dropped(second(10), secs(8), secs(5));
    assert_eq!((station.over_time().0, station.queue_max), (Some(0.3), 1));
}

#[test]
fn what_is_under_way_at_the_horizon_counts_until_then_and_what_comes_of_it_is_the_drain_s() {
    // Three come at 0, 6 s each, horizon 10: one is done, one in service for 4 s, one has waited 10 s.
    let mut station = Station::new(1, second(10));
    station.began(second(0), SessionId(0), Span::ZERO);
    station.waited(second(0), SessionId(1), 1);
    station.waited(second(0), SessionId(2), 2);
    station.ended(second(6), SessionId(0), secs(6));
    station.began(second(6), SessionId(1), secs(6));
    assert_eq!(station.over_time(), (Some(1.6), Some(1.0)), "cut here, they still have waited");
    station.ended(second(12), SessionId(1), secs(6));
    station.began(second(12), SessionId(2), secs(12));
    station.ended(second(18), SessionId(2), secs(6));
    assert_eq!(station.over_time(), (Some(1.6), Some(1.0)));
    assert_eq!((station.began, station.served, station.wait_us), (2, 1, 6_000_000));
    assert_eq!((station.left_at_horizon(), station.drain.served, station.drain.wait_us), (2, 2, 12_000_000));
}

#[test]
fn work_lost_in_the_queue_has_waited_and_that_in_service_was_served() {
    let mut station = endless();
    station.began(second(0), SessionId(0), Span::ZERO);
    station.waited(second(1), SessionId(0), 1);
    assert_eq!(station.lost(second(4), SessionId(0), Some(secs(3))), Span::ZERO);
    assert_eq!(station.lost(second(4), SessionId(0), None), secs(4));
    assert_eq!((station.over_time(), station.left_at_horizon()), ((Some(0.75), Some(1.0)), 0));
}

#[test]
fn a_wait_of_no_time_leaves_nobody_waiting() {
    let mut station = Station::new(1, second(10));
    station.waited(second(1), SessionId(7), 1);
    station.began(second(1), SessionId(7), Span::ZERO);
    station.ended(second(2), SessionId(7), secs(1));
    assert_eq!((station.queue.never_left(second(10)), station.over_time()), ((0, 0), (Some(0.0), Some(1.0))));
}
