//! What disturbs a sale, faults and surges, as observers need it: when it lasts, and what tells
//! whether the sale recovered.

use super::super::Scenario;
use super::super::crowd::{Arrivals, Rates};
use super::{instant, route};
use crate::engine::time::Time;
use crate::protocol::{Disturbances, Kind};
use crate::quantity::Positive;

/// A rate beyond the first one by this factor is a surge.
const SURGE: f64 = 1.5;

pub(super) fn disturbances(scenario: &Scenario) -> Disturbances {
    let crowd = || scenario.crowd.iter().filter(|cohort| cohort.count > 0);
    let rates = crowd().filter_map(|cohort| match &cohort.arrivals {
        Arrivals::Rates(rates) => Some(rates),
        _ => None,
    });
    let faults = scenario.faults.iter().map(|fault| (instant(fault.at), instant(fault.at + fault.r#for)));
    let spans = faults.chain(rates.flat_map(surges)).collect();
    let forwarded = route(scenario);
    Disturbances {
        spans: together(spans),
        client_timeout: crowd().filter_map(|cohort| cohort.timeout.map(Positive::get)).max(),
        served: Kind::ALL.map(|kind| forwarded[kind as usize].is_some()),
    }
}

/// When more come than in the first piece of a stream; a surge that does not end says nothing.
fn surges(rates: &Rates) -> Vec<(Time, Time)> {
    let mut surges = Vec::new();
    let usual = rates.pieces.first().map_or(0.0, |piece| piece.per_second.get());
    let mut since = None;
    for piece in &rates.pieces {
        let surging = piece.per_second > SURGE * usual;
        match (since, surging) {
            (None, true) => since = Some(piece.from),
            (Some(from), false) => {
                surges.push((instant(from), instant(piece.from)));
                since = None;
            }
            _ => {}
        }
    }
    surges
}

/// In order of time; those that overlap or touch are one.
fn together(mut spans: Vec<(Time, Time)>) -> Vec<(Time, Time)> {
    spans.sort_unstable();
    let mut merged: Vec<(Time, Time)> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => merged.push(span),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Span;

    fn at(s: u64) -> Time {
        Time::from_us(s * 1_000_000)
    }

    #[test]
    fn surges_are_what_lies_above_the_first_rate_and_ends() {
        let stream = |rates: &[(u64, f64)]| {
            let piece = |&(from, per_second): &(u64, f64)| {
                format!(r#"{{ "from": "{from}s", "per_second": {per_second} }}"#)
            };
            let pieces: Vec<String> = rates.iter().map(piece).collect();
            serde_json::from_str::<Rates>(&format!(r#"{{ "pieces": [{}] }}"#, pieces.join(", ")))
                .expect("rates")
        };
        assert_eq!(surges(&stream(&[(0, 5.0), (300, 15.0), (600, 5.0)])), [(at(300), at(600))]);
        assert_eq!(surges(&stream(&[(0, 5.0), (300, 10.0), (400, 15.0), (600, 6.0)])), [(at(300), at(600))]);
        assert_eq!(surges(&stream(&[(0, 5.0), (300, 15.0)])), [], "it does not end");
        assert_eq!(surges(&stream(&[(0, 50.0), (60, 5.0)])), [], "it begins with the most");
    }

    #[test]
    fn what_overlaps_is_one_upset() {
        let s = Span::from_secs;
        let spans = vec![(at(50), at(60)), (at(10), at(20)), (at(15), at(15) + s(15)), (at(60), at(61))];
        assert_eq!(together(spans), [(at(10), at(30)), (at(50), at(61))]);
    }
}
