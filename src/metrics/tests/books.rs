//! Whole sheets: everything defined is there, and the books balance.

use super::*;
use crate::metrics::Per;
use std::collections::BTreeSet;

#[test]
fn every_value_is_defined_and_every_definition_has_a_value() {
    let mut tale = Tale::of(&roster(&[2, 2], 1));
    tale.joins(101, tab(0, 0)).turn(102, tab(0, 0)).buys(103, tab(0, 0));
    tale.joins(104, tab(2, 0)).refused(105, tab(2, 0));
    let sheet = tale.end();
    let put: BTreeSet<&str> = sheet.values.iter().map(|v| v.name.as_str()).collect();
    let defined: BTreeSet<&str> = Metrics::definitions().map(|d| d.name).collect();
    assert_eq!(defined.len(), Metrics::definitions().count(), "a name is defined twice");
    assert_eq!(defined.difference(&put).collect::<Vec<_>>(), Vec::<&&str>::new());
    for v in &sheet.values {
        let per = Metrics::definition(&v.name).unwrap_or_else(|| panic!("{} is not defined", v.name)).per;
        let as_defined = match (&v.cohort, &v.station) {
            (None, None) => matches!(per, Per::Sale | Per::SaleAndCohort),
            (Some(_), None) => matches!(per, Per::Cohort | Per::SaleAndCohort),
            (None, Some(_)) => per == Per::Station,
            (Some(_), Some(_)) => false,
        };
        assert!(as_defined, "{v:?} is given over something else than {per:?}");
    }
    let series: BTreeSet<&str> = sheet.timeline.series.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(series, Metrics::series().iter().map(|d| d.name).collect());
    assert!(Metrics::definitions().chain(Metrics::series()).all(|d| !d.doc.is_empty() && !d.unit.is_empty()));
}

#[test]
fn an_empty_sale_has_counts_of_zero_and_nothing_else() {
    let sheet = Tale::of(&roster(&[3], 5)).end();
    check(
        &sheet,
        &[
            ("crowd.persons", Some(0.0)),
            ("crowd.absent", Some(3.0)),
            ("fairness.success", None),
            ("fairness.envy", None),
            ("fairness.tau.intent_turn", None),
            ("fairness.slips.p50", None),
            ("wait.p50", None),
            ("silent.failure_rate", None),
            ("load.requests_per_ticket", None),
            ("work.zombie", None),
            ("sale.sold_out_at", None),
            ("sale.unsold", Some(5.0)),
        ],
    );
}

#[test]
fn waits_run_from_the_click_or_the_opening_and_the_lounge_is_apart() {
    let mut tale = Tale::of(&roster(&[2], 2));
    tale.joins(40, tab(0, 0)).joins(120, tab(1, 0));
    tale.turn(130, tab(0, 0)).turn(140, tab(1, 0));
    tale.buys(141, tab(0, 0)).stops(150, tab(1, 0), Stop::Abandoned);
    check(
        &tale.end(),
        &[
            ("wait.mean", Some(25.0)),
            ("wait.p50", Some(20.0)),
            ("wait.p95", Some(30.0)),
            ("wait.cov", Some(0.2)),
            ("wait.jain", Some(2500.0 / (2.0 * 1300.0))),
            ("wait.winners.mean", Some(30.0)),
            ("wait.lounge.mean", Some(60.0)),
        ],
    );
}

#[test]
fn requests_add_up_and_a_folded_poll_is_four_facts_in_one() {
    let me = tab(0, 0);
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.joins(101, me);
    for i in 0..10 {
        let (up, down) = (Span::from_ms(40), Span::from_ms(60));
        tale.fact(110 + i, Fact::Polled { who: me, gateway: GatewayId(0), up, down, position: 3 });
    }
    tale.sends(130, me, Kind::Poll).fact(130, Fact::Lost { who: me, kind: Kind::Poll, way: Way::Up });
    tale.fact(140, Fact::TimedOut { who: me, kind: Kind::Poll, cause: Cause::SlowUpstream });
    tale.fact(141, Fact::Sent { who: me, kind: Kind::Poll, first_try: false });
    tale.stops(142, me, Stop::Patience);
    let sheet = tale.end();
    check(
        &sheet,
        &[
            ("load.requests", Some(13.0)),
            ("load.polls", Some(12.0)),
            ("load.retry_amplification.poll", Some(12.0 / 11.0)),
            ("load.retry_amplification.pay", None),
            ("requests.lost_up", Some(1.0)),
        ],
    );
    let total: u64 = sheet.requests.iter().map(|row| row.count).sum();
    assert_eq!(total, 13);
    let unanswered = sheet.requests.iter().find(|row| row.outcome == "unanswered").expect("one is");
    assert_eq!((unanswered.kind.as_str(), unanswered.count), ("poll", 1));
    let sum = |name: &str| {
        let series = sheet.timeline.series.iter().find(|s| s.name == name).expect("there is one");
        series.values.iter().sum::<f64>() as u64
    };
    assert_eq!((sum("requests"), sum("polls"), sum("answered.2xx")), (13, 12, 11));
}

#[test]
fn the_outcomes_over_time_add_up_to_those_who_came() {
    let sheet = queue(30, &[3, 1, 4]);
    let last = |name: &str| {
        let series = sheet.timeline.series.iter().find(|s| s.name == name && s.cohort.is_none());
        *series.expect("there is one").values.last().expect("it has windows") as u64
    };
    let ends = ["outcome.bought", "outcome.told_no", "outcome.gave_up", "outcome.waiting"].map(last);
    assert_eq!(ends, [3, 27, 0, 0]);
    assert_eq!((last("sold"), last("held"), last("in_line"), last("inside")), (3, 0, 0, 0));
}

#[test]
fn a_station_is_measured_from_its_first_arrival_to_its_last_departure() {
    let station = StationId(0);
    let mut tale = Tale::of(&roster(&[2], 1));
    (0..2).for_each(|person| {
        tale.joins(101, tab(person, 0));
    });
    let (zero, two) = (Span::ZERO, Span::from_secs(2));
    let ended =
        |who: Who, wasted: Span| Fact::ServiceEnded { who, station, served: two, zombie: zero, wasted };
    tale.fact(110, Fact::ServiceBegan { who: tab(0, 0), station, waited: zero });
    tale.fact(110, Fact::Waited { who: tab(1, 0), station, length: 1 });
    tale.fact(112, ended(tab(0, 0), zero));
    tale.fact(112, Fact::ServiceBegan { who: tab(1, 0), station, waited: two });
    tale.fact(114, ended(tab(1, 0), Span::from_secs(1)));
    (0..2).for_each(|person| {
        tale.stops(120, tab(person, 0), Stop::Patience);
    });
    let sheet = tale.end();
    check(&sheet, &[("work.wasted", Some(0.25)), ("work.zombie", Some(0.0))]);
    let of_station = |name: &str| {
        let found = sheet.values.iter().find(|v| v.name == name && v.station.as_deref() == Some("inventory"));
        found.unwrap_or_else(|| panic!("no {name}")).value.expect("defined")
    };
    for (name, expected) in [
        ("station.served", 2.0),
        ("station.wait.mean", 1.0),
        ("station.wait_probability", 0.5),
        ("station.service.mean", 2.0),
        ("station.sojourn.mean", 3.0),
        ("station.queue.mean", 0.5),
        ("station.queue.max", 1.0),
        ("station.utilisation", 1.0),
    ] {
        assert!((of_station(name) - expected).abs() < 1e-9, "{name} is {}", of_station(name));
    }
}

#[test]
#[should_panic(expected = "that seat is Sold")]
fn a_seat_sold_twice_is_a_panic() {
    let (first, second, seat) = (tab(0, 0), tab(1, 0), SeatId(0));
    let mut tale = Tale::of(&roster(&[2], 1));
    tale.sold(110, first);
    tale.fact(111, Fact::SeatHeld { who: second, seat });
}

#[test]
#[should_panic(expected = "that seat is Free")]
fn the_release_of_a_free_seat_is_a_panic() {
    let mut tale = Tale::of(&roster(&[1], 1));
    tale.fact(111, Fact::SeatReturned { who: tab(0, 0), seat: SeatId(0), expired: true });
}

#[test]
#[should_panic(expected = "person 0 ended nowhere")]
fn a_person_who_gets_lost_is_a_panic() {
    Tale::of(&roster(&[1], 1)).joins(101, tab(0, 0)).end();
}
