//! Claims about whole sheets, driven by hand-written facts.

mod autoscale;
mod availability;
mod books;
mod checkout;
mod dark;
mod fairness;
mod gateways;
mod instants;
mod knowledge;
mod mechanisms;
mod operation;
mod orphans;
mod refusals;
mod stock;
mod tabs;

use super::{MetricSheet, Metrics};
use crate::engine::time::{Span, Time};
use crate::protocol::{
    Announcement, BandEntry, Cause, CheckoutEvent, CohortEntry, Direction, Disturbances, Emitter, Fact,
    GatewayId, Kind, Observer, OperatorAction, PersonId, Possibility, Possible, Reading, Reply, Roster,
    SeatId, SessionId, StationEntry, StationId, StockAnomaly, Stop, Truth, Unresolved, Who,
};
use serde_json::Value as Json;

/// One case of the validation file.
pub(super) fn oracle(id: &str) -> Json {
    let file: Json =
        serde_json::from_str(include_str!("../../tests/oracles.json")).expect("the validation file is JSON");
    let cases = file["cases"].as_array().expect("it has cases");
    cases.iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}")).clone()
}

/// One expected number of a case.
pub(super) fn expected(case: &Json, name: &str) -> f64 {
    case["expect"][name].as_f64().unwrap_or_else(|| panic!("no number {name}"))
}

/// A sale that opens at 100 s and closes at 900 s, horizon 1,000 s; one band, one station with one server.
fn roster(cohorts: &[u32], seats: u32) -> Roster {
    let mut next = 0;
    let mut cohort = |i: usize, persons: u32| {
        let persons = next..next + persons;
        next = persons.end;
        CohortEntry {
            name: format!("c{i}"),
            persons,
            compare: true,
            reference: i == 0,
            is_bot: false,
            band: None,
            wants: 1,
        }
    };
    let cohorts: Vec<_> = cohorts.iter().enumerate().map(|(i, n)| cohort(i, *n)).collect();
    Roster {
        opens_at: at(100),
        closes_at: at(900),
        horizon: at(1000),
        persons: cohorts.last().map_or(0, |cohort| cohort.persons.end),
        cohorts,
        gateways: 1,
        stations: vec![StationEntry { name: "inventory".to_owned(), servers: 1, limited: true, sheds: true }],
        bands: vec![BandEntry { name: "all".to_owned(), seats: 0..seats }],
        seats,
        has_line: true,
        new_per_minute: None,
        poll_interval: Span::from_secs(20),
        operator: Vec::new(),
        faults: Vec::new(),
        retry_after: Some(Span::from_secs(30)),
        possible: Possible::ALL,
        disturbances: Disturbances::default(),
        instant_queries: Vec::new(),
    }
}

fn at(seconds: u64) -> Time {
    Time::from_us(seconds * 1_000_000)
}

fn tab(person: u32, tab: u8) -> Who {
    Who { person: PersonId(person), session: SessionId(person * 16 + u32::from(tab)), tab }
}

/// Tells facts in the words of the story. Times are in seconds.
struct Tale {
    metrics: Metrics,
    seats: u32,
    turns: u32,
}

impl Tale {
    fn of(roster: &Roster) -> Tale {
        Tale { metrics: Metrics::new(roster), seats: 0, turns: 0 }
    }

    fn fact(&mut self, time: u64, fact: Fact) -> &mut Tale {
        self.metrics.hear(at(time), &fact);
        self
    }

    fn sends(&mut self, time: u64, who: Who, kind: Kind) -> &mut Tale {
        self.fact(time, Fact::Sent { who, kind, first_try: true })
    }

    fn reads(&mut self, time: u64, who: Who, kind: Kind, reply: Reply) -> &mut Tale {
        let (emitter, gateway) = (Emitter::Service, GatewayId(0));
        self.fact(time, Fact::Answered { who, kind, reply, emitter, gateway, cause: reply.cause() });
        self.fact(time, Fact::Heard { who, kind, reading: Reading::Answer(reply), cause: reply.cause() })
    }

    /// A reply comes without CORS headers.
    fn cannot_read(&mut self, time: u64, who: Who, kind: Kind, reply: Reply, cause: Cause) -> &mut Tale {
        self.fact(time, Fact::Heard { who, kind, reading: Reading::Opaque(reply), cause })
    }

    fn times_out(&mut self, time: u64, who: Who, kind: Kind, cause: Cause) -> &mut Tale {
        self.fact(time, Fact::TimedOut { who, kind, cause })
    }

    fn operates(&mut self, time: u64, act: OperatorAction) -> &mut Tale {
        self.fact(time, Fact::Operated { rule: 0, act })
    }

    /// Clicks, is accepted and joins the line, all at once.
    fn joins(&mut self, time: u64, who: Who) -> &mut Tale {
        self.fact(time, Fact::Arrived { person: who.person });
        self.sends(time, who, Kind::Join);
        self.fact(time, Fact::Accepted { who, kind: Kind::Join, gateway: GatewayId(0) });
        self.fact(time, Fact::Enqueued { who });
        self.fact(time, Fact::Decided { who, truth: Truth::Queued });
        self.reads(time, who, Kind::Join, Reply::InLine)
    }

    /// Gets a turn and is told of it.
    fn turn(&mut self, time: u64, who: Who) -> &mut Tale {
        let order = self.turns;
        self.turns += 1;
        self.fact(time, Fact::TurnIssued { who, order });
        self.fact(time, Fact::Decided { who, truth: Truth::Turn });
        self.sends(time, who, Kind::Poll).reads(time, who, Kind::Poll, Reply::YourTurn)
    }

    /// A seat is held and sold; the screen does not know yet.
    fn sold(&mut self, time: u64, who: Who) -> &mut Tale {
        let seat = SeatId(self.seats);
        self.seats += 1;
        self.sends(time, who, Kind::Pay);
        self.fact(time, Fact::SeatHeld { who, seat });
        self.fact(time, Fact::Decided { who, truth: Truth::Holding });
        self.fact(time, Fact::SeatSold { who, seat });
        self.fact(time, Fact::Decided { who, truth: Truth::Sold })
    }

    fn buys(&mut self, time: u64, who: Who) -> &mut Tale {
        self.sold(time, who).reads(time, who, Kind::Pay, Reply::Confirmed).stops(time, who, Stop::Bought)
    }

    fn decides(&mut self, time: u64, who: Who, truth: Truth) -> &mut Tale {
        self.fact(time, Fact::Decided { who, truth })
    }

    /// A seat is held, and the screen says so.
    fn holds(&mut self, time: u64, who: Who) -> SeatId {
        let seat = SeatId(self.seats);
        self.seats += 1;
        self.sends(time, who, Kind::Hold);
        self.fact(time, Fact::SeatHeld { who, seat }).decides(time, who, Truth::Holding);
        self.reads(time, who, Kind::Hold, Reply::Held);
        seat
    }

    /// The backend decides, the client is told and stops.
    fn refused(&mut self, time: u64, who: Who) -> &mut Tale {
        self.fact(time, Fact::Decided { who, truth: Truth::RefusedSoldOut });
        self.sends(time, who, Kind::Poll).reads(time + 1, who, Kind::Poll, Reply::SoldOut);
        self.stops(time + 1, who, Stop::ToldNo)
    }

    fn stops(&mut self, time: u64, who: Who, why: Stop) -> &mut Tale {
        self.fact(time, Fact::Stopped { who, why })
    }

    fn end(&mut self) -> MetricSheet {
        // The builder's methods lend the tale; the metrics are taken out of it at the end.
        let empty = Metrics::new(&roster(&[], 0));
        std::mem::replace(&mut self.metrics, empty).finish()
    }
}

fn value(sheet: &MetricSheet, name: &str) -> Option<f64> {
    let mut found =
        sheet.values.iter().filter(|v| v.name == name && v.cohort.is_none() && v.station.is_none());
    let value = found.next().unwrap_or_else(|| panic!("{name} is not on the sheet")).value;
    assert!(found.next().is_none(), "{name} is on the sheet twice");
    value
}

fn of_cohort(sheet: &MetricSheet, name: &str, cohort: &str) -> Option<f64> {
    let found = sheet.values.iter().find(|v| v.name == name && v.cohort.as_deref() == Some(cohort));
    found.unwrap_or_else(|| panic!("{name} is not given for {cohort}")).value
}

fn check(sheet: &MetricSheet, values: &[(&str, Option<f64>)]) {
    for (name, expected) in values {
        match (value(sheet, name), expected) {
            (Some(found), Some(expected)) => {
                assert!((found - expected).abs() < 1e-9, "{name} is {found}, not {expected}");
            }
            (found, expected) => assert_eq!(found, *expected, "{name}"),
        }
    }
}

/// The one row of the table of belief and truth that has somebody in it.
fn row_of_the_only_person(sheet: &MetricSheet) -> String {
    let rows: Vec<&str> = sheet
        .values
        .iter()
        .filter(|v| v.name.starts_with("silent.table.") && v.cohort.is_none() && v.value != Some(0.0))
        .map(|v| v.name.trim_start_matches("silent.table."))
        .collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].to_owned()
}

/// Person 0 hopes; person 1 buys the only seat at 200 s, so that nothing is left from then on.
fn one_hopes(story: impl FnOnce(&mut Tale)) -> MetricSheet {
    let mut roster = roster(&[1, 1], 1);
    roster.cohorts[1].name = "other".to_owned();
    let mut tale = Tale::of(&roster);
    tale.joins(101, tab(1, 0)).turn(102, tab(1, 0));
    tale.joins(103, tab(0, 0));
    tale.buys(200, tab(1, 0));
    story(&mut tale);
    let mut sheet = tale.end();
    // Only person 0 is of interest.
    sheet.values.retain(|v| !v.name.starts_with("silent.") || v.cohort.as_deref() == Some("c0"));
    sheet.values.iter_mut().for_each(|v| v.cohort = v.cohort.take().filter(|name| name != "c0"));
    sheet
}

/// Persons join in order of their number; `served` buy, in this order, the others are refused.
fn queue(persons: u32, served: &[u32]) -> MetricSheet {
    let mut tale = Tale::of(&roster(&[persons], served.len() as u32));
    for person in 0..persons {
        tale.joins(101 + u64::from(person), tab(person, 0));
    }
    for (i, person) in served.iter().enumerate() {
        tale.turn(500 + i as u64, tab(*person, 0)).buys(700, tab(*person, 0));
    }
    for person in (0..persons).filter(|person| !served.contains(person)) {
        tale.refused(701, tab(person, 0));
    }
    tale.end()
}
