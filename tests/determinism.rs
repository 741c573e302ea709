//! The same scenario, seed and version give the same bytes, observed or not.

use crate::support;
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::metrics::Metrics;
use onsale::protocol::{Fact, Observer};

/// Counts what it hears.
#[derive(Default)]
struct Spy {
    heard: u64,
    sold: u64,
}

impl Observer for Spy {
    fn hear(&mut self, _at: Time, fact: &Fact) {
        self.heard += 1;
        self.sold += u64::from(matches!(fact, Fact::SeatSold { .. }));
    }
}

fn first_sale() -> String {
    std::fs::read_to_string(support::root().join("scenarios/first-sale.json")).expect("it is shipped")
}

#[test]
fn two_runs_give_the_same_bytes() {
    let text = first_sale();
    assert_eq!(support::run(&text, 1).to_json(), support::run(&text, 1).to_json());
}

#[test]
fn another_seed_gives_another_evening() {
    let text = first_sale();
    let (one, two) = (support::run(&text, 1), support::run(&text, 2));
    assert_ne!(one.fingerprint, two.fingerprint);
    assert_ne!(one.metrics, two.metrics);
}

#[test]
fn observing_changes_nothing() {
    let scenario = support::scenario(&first_sale());
    let plan = support::plan(&scenario);
    let unobserved = observe(plan.clone(), 1, ());
    let both = observe(plan.clone(), 1, (Metrics::new(&plan.roster), Spy::default()));
    assert_eq!(unobserved.fingerprint, both.fingerprint);
    let (metrics, spy) = both.observer;
    let sheet = metrics.finish();
    let alone = support::run_scenario(&scenario, "first-sale", 1);
    assert_eq!(sheet.values, alone.metrics);
    assert_eq!(unobserved.fingerprint.hex(), alone.fingerprint);
    assert!(spy.heard > 100_000 && spy.sold > 0, "the spy heard {} facts", spy.heard);
}

/// The luck of a person depends on the name of the cohort and the index in it, and on nothing else.
#[test]
fn an_empty_cohort_shifts_nobody() {
    let text = first_sale();
    let empty = r#""crowd": [ { "name": "nobody", "count": 0, "arrivals": { "spike": {} } },"#;
    let with_empty = text.replacen(r#""crowd": ["#, empty, 1);
    assert_ne!(text, with_empty);
    assert_eq!(support::run(&text, 1).fingerprint, support::run(&with_empty, 1).fingerprint);
}

#[test]
fn the_result_survives_being_written_and_read() {
    let result = support::run(&first_sale(), 1);
    let json = result.to_json();
    let read: onsale::experiment::result::RunResult = serde_json::from_str(&json).expect("its own format");
    assert_eq!(read, result);
    assert_eq!(read.to_json(), json);
}
