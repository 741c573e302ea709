//! Whole sheets: everything defined is there, and the books balance.

use super::*;
use crate::metrics::names;
use crate::metrics::{Definition, Per};
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
            (names::CROWD_PERSONS, Some(0.0)),
            (names::CROWD_ABSENT, Some(3.0)),
            (names::FAIRNESS_SUCCESS, None),
            (names::FAIRNESS_ENVY, None),
            (names::FAIRNESS_TAU_INTENT_TURN, None),
            (names::FAIRNESS_SLIPS_P50, None),
            (names::WAIT_P50, None),
            (names::SILENT_FAILURE_RATE, None),
            (names::LOAD_REQUESTS_PER_TICKET, None),
            (names::WORK_ZOMBIE, None),
            (names::SALE_SOLD_OUT_AT, None),
            (names::SALE_UNSOLD, Some(5.0)),
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
            (names::WAIT_MEAN, Some(25.0)),
            (names::WAIT_P50, Some(20.0)),
            (names::WAIT_P95, Some(30.0)),
            (names::WAIT_COV, Some(0.2)),
            (names::WAIT_JAIN, Some(2500.0 / (2.0 * 1300.0))),
            (names::WAIT_WINNERS_MEAN, Some(30.0)),
            (names::WAIT_LOUNGE_MEAN, Some(60.0)),
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
    tale.sends(130, me, Kind::Poll).fact(130, Fact::Lost { who: me, kind: Kind::Poll, way: Direction::Up });
    tale.fact(140, Fact::TimedOut { who: me, kind: Kind::Poll, cause: Cause::SlowUpstream });
    tale.fact(141, Fact::Sent { who: me, kind: Kind::Poll, first_try: false });
    tale.stops(142, me, Stop::Patience);
    let sheet = tale.end();
    check(
        &sheet,
        &[
            (names::LOAD_REQUESTS, Some(13.0)),
            (names::LOAD_POLLS, Some(12.0)),
            (names::LOAD_RETRY_AMPLIFICATION_POLL, Some(12.0 / 11.0)),
            (names::LOAD_RETRY_AMPLIFICATION_PAY, None),
            (names::REQUESTS_LOST_UP, Some(1.0)),
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
    check(&sheet, &[(names::WORK_WASTED, Some(0.25)), (names::WORK_ZOMBIE, Some(0.0))]);
    let of_station = |name: &str| {
        let found = sheet.values.iter().find(|v| v.name == name && v.station.as_deref() == Some("inventory"));
        found.unwrap_or_else(|| panic!("no {name}")).value.expect("defined")
    };
    for (name, expected) in [
        (names::STATION_SERVED, 2.0),
        (names::STATION_WAIT_MEAN, 1.0),
        (names::STATION_WAIT_PROBABILITY, 0.5),
        (names::STATION_SERVICE_MEAN, 2.0),
        (names::STATION_SOJOURN_MEAN, 3.0),
        (names::STATION_QUEUE_MEAN, 0.5),
        (names::STATION_QUEUE_MAX, 1.0),
        (names::STATION_UTILISATION, 1.0),
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

#[test]
fn the_table_of_families_is_whole_and_says_what_their_names_begin_with() {
    let documentation = include_str!("../mod.rs").lines().filter_map(|line| line.strip_prefix("//! | `"));
    let row = |(family, definitions): &(&str, &[Definition])| {
        let first = |definition: &Definition| definition.name.split('.').next().unwrap_or_default();
        let groups: BTreeSet<String> = definitions.iter().map(|d| format!("`{}`", first(d))).collect();
        ((*family).to_owned(), groups.into_iter().collect::<Vec<_>>().join(", "))
    };
    let written = documentation.map(|line| {
        let mut columns = line.trim_end_matches('|').split('|').map(str::trim);
        let family = columns.next().unwrap_or_default().trim_end_matches('`').to_owned();
        assert!(columns.next().is_some_and(|asks| !asks.is_empty()), "{family} asks nothing");
        (family, columns.next().unwrap_or_default().to_owned())
    });
    assert_eq!(written.collect::<Vec<_>>(), Metrics::FAMILIES.iter().map(row).collect::<Vec<_>>());
}
