//! Queues that people leave: Erlang A (exponential patience), M/M/c+D (a client timeout that cancels), and the work
//! done for those who have gone where nothing cancels it.
//!
//! A station that drops the gone at the head of its queue is a queue with reneging: whoever has gone costs no service,
//! and whoever is in service when they go is served to the end.

use super::{EXPONENTIAL, UNITS_PER_S, check_steady, number, oracle, steady};
use onsale::engine::{Span, Time};
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, Observer};
use onsale::scenario::{Plan, Scenario};
use serde_json::Value;

/// What became of one request, in units of time (the mean service).
#[derive(Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what was heard of one request, each independent of the others"
)]
struct Fate {
    asked_at: Option<Time>,
    queued: bool,
    /// In the queue: until service began, or until the client went.
    waited: f64,
    gone_after: Option<f64>,
    dropped: bool,
    timed_out: bool,
    answered: bool,
    served: f64,
    wasted: f64,
}

/// The fates of all requests in order of arrival: persons are numbered so, and each sends one that takes time.
#[derive(Default)]
struct Fates(Vec<Fate>);

fn units(span: Span) -> f64 {
    span.as_secs_f64() * UNITS_PER_S
}

impl Observer for Fates {
    fn hear(&mut self, at: Time, fact: &Fact) {
        if let Fact::Arrived { person } = *fact {
            assert_eq!(person.index(), self.0.len(), "persons come in order");
            self.0.push(Fate::default());
            return;
        }
        let (Fact::Accepted { who, kind: Kind::SeatMap, .. }
        | Fact::Waited { who, .. }
        | Fact::ServiceBegan { who, .. }
        | Fact::ServiceEnded { who, .. }
        | Fact::Aborted { who, kind: Kind::SeatMap, .. }
        | Fact::DroppedExpired { who, .. }
        | Fact::TimedOut { who, kind: Kind::SeatMap, .. }
        | Fact::Heard { who, kind: Kind::SeatMap, .. }) = *fact
        else {
            return;
        };
        let fate = &mut self.0[who.person.index()];
        match *fact {
            Fact::Accepted { .. } => {
                assert!(fate.asked_at.is_none(), "everybody asks once");
                fate.asked_at = Some(at);
            }
            Fact::Waited { .. } => fate.queued = true,
            Fact::ServiceBegan { waited, .. } => fate.waited = units(waited),
            Fact::ServiceEnded { served, wasted, .. } => {
                fate.served = units(served);
                fate.wasted = units(wasted);
            }
            Fact::Aborted { .. } => {
                fate.gone_after = fate.asked_at.map(|asked| units(at.saturating_since(asked)));
            }
            Fact::DroppedExpired { .. } => {
                fate.dropped = true;
                fate.waited = fate.gone_after.expect("only who has gone is dropped");
            }
            Fact::TimedOut { .. } => fate.timed_out = true,
            _ => fate.answered = true,
        }
    }
}

/// The fates of so many persons of a case, over so many runs; the first tenth of each is dropped, and the few whose
/// patience rounds to no microsecond at all: they never ask.
fn fates(case: &Value, leaves: &str, discipline: &str, runs: u64, persons: u32) -> Vec<Fate> {
    let servers = case["params"]["c"].as_u64().unwrap_or(1);
    let text = format!(
        r#"{{
        "opens_at": "1s", "horizon": "12d",
        "crowd": [{{ "name": "all", "count": {persons}, "network": "none", {leaves}, "choose": "12d",
            "arrivals": {{ "poisson": {{ "per_second": {rate} }} }},
            "behavior": {{ "backoff": {{ "attempts": 1 }} }} }}],
        "network": [{{ "name": "none", "up": "0s", "down": "0s" }}],
        "edge": {{ "upstream_timeout": null }},
        "services": {{ "inventory": {{ "servers": {servers}, "service": {EXPONENTIAL},
            "discipline": {{ "{discipline}": {{}} }} }} }},
        "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}
    }}"#,
        rate = number(&case["params"]["lam"]) * UNITS_PER_S,
    );
    let scenario = Scenario::parse(&text, "theory").unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let plan = Plan::new(&scenario).unwrap_or_else(|problems| panic!("{problems:?}"));
    let run = |seed| observe(plan.clone(), seed, Fates::default()).observer.0;
    let asked = |fate: &Fate| fate.asked_at.is_some();
    (1..=runs).flat_map(|seed| steady(&run(seed)).to_vec()).filter(asked).collect()
}

/// A duration in units of time, as scenarios write it.
fn written(units: f64) -> String {
    format!("{}us", (units / UNITS_PER_S * 1e6).round())
}

fn of(fates: &[Fate], value: impl Fn(&Fate) -> f64) -> Vec<f64> {
    fates.iter().map(value).collect()
}

fn one_if(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

/// Checks whatever a case expects of a queue that people leave. Rates are per arrival, times the rate of arrivals.
fn check_reneging(case: &Value, fates: &[Fate]) {
    let id = case["id"].as_str().expect("a name");
    let expect = case["expect"].as_object().expect("what is expected");
    let (lam, servers) = (number(&case["params"]["lam"]), number(&case["params"]["c"]));
    let chosen = |is: fn(&&Fate) -> bool| fates.iter().filter(is).copied().collect::<Vec<Fate>>();
    for (what, expected) in expect {
        let values = match what.as_str() {
            "p_wait" => of(fates, |fate| one_if(fate.queued)),
            "p_abandon" => of(fates, |fate| one_if(fate.dropped)),
            "Wq_all" => of(fates, |fate| fate.waited),
            // Little's law; the queue is the waits of all arrivals.
            "Lq" => of(fates, |fate| fate.waited * lam),
            "throughput" => of(fates, |fate| one_if(!fate.dropped) * lam),
            "utilisation" => of(fates, |fate| fate.served * lam / servers),
            "p_abandon_given_wait" => of(&chosen(|fate| fate.queued), |fate| one_if(fate.dropped)),
            "Wq_served" => of(&chosen(|fate| !fate.dropped), |fate| fate.waited),
            "Wq_abandoned" => of(&chosen(|fate| fate.dropped), |fate| fate.waited),
            other => panic!("{id} expects {other}, and nothing here measures that"),
        };
        check_steady(id, what, &values, number(expected));
    }
}

#[test]
fn exponential_patience_with_the_gone_dropped_is_erlang_a() {
    for id in ["erlanga_l12_c10_th0.5", "erlanga_l120_c100_th1", "erlanga_l50_c40_th0.2", "erlanga_l2_c1_th1"]
    {
        let case = oracle(id);
        let mean = written(1.0 / number(&case["params"]["theta"]));
        let leaves = format!(r#""timeout": null, "patience": {{ "exponential": {{ "mean": "{mean}" }} }}"#);
        check_reneging(&case, &fates(&case, &leaves, "drop_expired", 1, 600_000));
    }
}

#[test]
fn a_client_timeout_with_the_gone_dropped_is_deterministic_reneging() {
    for id in
        ["mmc_plusD_l12_c10_T0.5", "mmc_plusD_l0.8_c1_T3", "mmc_plusD_l120_c100_T0.25", "mmc_plusD_l1_c1_T2"]
    {
        let case = oracle(id);
        let leaves = format!(r#""timeout": "{}""#, written(number(&case["params"]["T"])));
        check_reneging(&case, &fates(&case, &leaves, "drop_expired", 1, 600_000));
    }
}

#[test]
fn plain_fifo_works_on_for_whoever_timed_out() {
    for (id, runs, persons) in [("zombie_mm1_l0.8_T5", 1, 1_500_000), ("zombie_mm1_l0.9_T10", 4, 1_500_000)] {
        let case = oracle(id);
        let (lam, timeout) = (number(&case["params"]["lam"]), number(&case["params"]["T"]));
        let leaves = format!(r#""timeout": "{}""#, written(timeout));
        let fates = fates(&case, &leaves, "fifo", runs, persons);
        let expect = case["expect"].as_object().expect("what is expected");
        for (what, expected) in expect {
            let values = match what.as_str() {
                "p_client_timeout" => of(&fates, |fate| one_if(fate.timed_out)),
                "goodput" => of(&fates, |fate| one_if(fate.answered) * lam),
                "server_utilisation" => of(&fates, |fate| fate.served * lam),
                // The mean service is one unit, so the mean of what is wasted is its share.
                "wasted_work_fraction" => of(&fates, |fate| fate.wasted),
                "p_timeout_before_service_starts" => of(&fates, |fate| one_if(fate.waited > timeout)),
                other => panic!("{id} expects {other}, and nothing here measures that"),
            };
            check_steady(id, what, &values, number(expected));
        }
        assert!(
            fates.iter().all(|fate| fate.answered != fate.timed_out),
            "everybody is served, in time or not"
        );
    }
}
