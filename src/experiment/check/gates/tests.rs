//! Gates on values that are written by hand: directions, looks, Holm, what can be decided.

use super::super::baseline::{Baseline, KeptRun, KeptValues};
use super::*;
use crate::experiment::replicate::RunOfMany;
use crate::metrics::names;

const SALE: &str = r#"{
    "crowd": [{ "name": "desktop", "count": 1000, "arrivals": { "spike": {} } },
              { "name": "mobile", "count": 500, "arrivals": { "spike": {} } },
              { "name": "bots", "count": 100, "arrivals": { "spike": {} }, "compare": false }],
    "waiting_room": {},
    "inventory": { "bands": [{ "name": "hall", "seats": 300 }] }
}"#;

fn scenario(check: &str) -> Scenario {
    let text = SALE.replacen('{', &format!("{{ \"check\": {check},"), 1);
    Scenario::parse(&text, "test").unwrap_or_else(|wrong| panic!("{}", wrong.picture(false)))
}

type Values<'v> = (&'v str, Option<&'v str>, Vec<Option<f64>>);

fn runs(scenario: &Scenario, metrics: &[Values<'_>]) -> Replications {
    let metric = |(name, cohort, values): &Values<'_>| {
        let summary = Summary::of(values.iter().copied());
        Replicated {
            name: (*name).to_owned(),
            cohort: cohort.map(str::to_owned),
            station: None,
            defined: summary.n,
            mean: summary.mean,
            sd: summary.sd,
            half_width: None,
            values: values.clone(),
            n: Vec::new(),
        }
    };
    let cohort = |name: &str, persons, compare, reference| CohortInfo {
        name: name.to_owned(),
        persons,
        compare,
        reference,
    };
    let run = |seed: usize| RunOfMany { seed: (seed + 1).to_string(), fingerprint: String::new(), events: 0 };
    Replications {
        schema: String::new(),
        engine: String::new(),
        name: "test".to_owned(),
        policy: "fifo".to_owned(),
        runs: (0..metrics[0].2.len()).map(run).collect(),
        persons: 1600,
        seats: 300,
        cohorts: vec![
            cohort("desktop", 1000, true, true),
            cohort("mobile", 500, true, false),
            cohort("bots", 100, false, false),
        ],
        expectations: Vec::new(),
        metrics: metrics.iter().map(metric).collect(),
        scenario: scenario.clone(),
        files: Vec::new(),
        blake3: String::new(),
    }
}

fn baseline(of: &Replications) -> Baseline {
    let run = |run: &RunOfMany| KeptRun {
        seed: run.seed.clone(),
        fingerprint: String::new(),
        figures: String::new(),
    };
    Baseline {
        schema: String::new(),
        engine: String::new(),
        name: String::new(),
        policy: String::new(),
        workload: String::new(),
        scenario: String::new(),
        blake3: String::new(),
        persons: 0,
        seats: 0,
        cohorts: Vec::new(),
        runs: of.runs.iter().map(run).collect(),
        blocks: Vec::new(),
        values: of.metrics.iter().map(KeptValues::from).collect(),
        means: Vec::new(),
    }
}

/// Values around a mean that differ a little from run to run.
fn around(mean: f64, spread: f64, n: usize) -> Vec<Option<f64>> {
    (0..n).map(|i| Some(mean + spread * f64::from((i * 7 % 5) as u8) - 2.0 * spread)).collect()
}

const ENVY: &str = names::FAIRNESS_ENVY;
const APART: &str = names::FAIRNESS_SUCCESS_DIFFERENCE;
const MOBILE: Option<&str> = Some("mobile");

/// The verdict of one gate on one metric.
fn told(metric: &str, cohort: Option<&str>, then: Vec<Option<f64>>, now: Vec<Option<f64>>) -> Gated {
    let scenario = scenario("{}");
    let (then, now) = (runs(&scenario, &[(metric, cohort, then)]), runs(&scenario, &[(metric, cohort, now)]));
    let gates = gates(&scenario, &then);
    assert_eq!(gates.len(), 1, "only what the runs have: {gates:?}");
    judged(&gates, &baseline(&then), &now).expect("there are seeds enough").remove(0)
}

#[test]
fn gates_are_the_defaults_that_the_runs_have_and_the_margins_that_the_scenario_names() {
    let metrics = [(APART, MOBILE, around(0.1, 0.01, 20)), (ENVY, None, around(0.1, 0.01, 20))];
    let of = |check: &str| {
        let scenario = scenario(check);
        gates(&scenario, &runs(&scenario, &metrics))
    };
    let gate = |metric: &str, cohort: Option<&str>, size| Gate {
        metric: metric.to_owned(),
        cohort: cohort.map(str::to_owned),
        size,
    };
    let apart = |size| gate(APART, MOBILE, Size::Absolute(size));
    assert_eq!(
        of("{}"),
        [apart(0.02), gate(ENVY, None, Size::Absolute(0.01))],
        "the reference and bots have none"
    );
    let named = r#"{ "margins": [
        { "metric": "fairness.success.difference", "cohort": "mobile", "absolute": 0.3 },
        { "metric": "fairness.success.difference", "absolute": 0.2 },
        { "metric": "fairness.envy", "relative": 0.5 },
        { "metric": "silent.failure_rate", "cohort": "bots", "absolute": 0.4 } ] }"#;
    let more = gate(names::SILENT_FAILURE_RATE, Some("bots"), Size::Absolute(0.4));
    assert_eq!(
        of(named),
        [apart(0.3), gate(ENVY, None, Size::Relative(0.5)), more],
        "the narrower one counts"
    );
}

#[test]
fn worse_is_up_for_envy_down_for_order_and_away_from_zero_for_groups() {
    let worse = |metric: &str, cohort, then, now| {
        told(metric, cohort, around(then, 0.0, 20), around(now, 0.0, 20)).worse_by.expect("it is defined")
    };
    assert!((worse(ENVY, None, 0.1, 0.3) - 0.2).abs() < 1e-12);
    assert!((worse(names::FAIRNESS_TAU_WINNERS_INTENT_TURN, None, 0.9, 0.8) - 0.1).abs() < 1e-12);
    for (then, now, by) in
        [(-0.14, -0.01, -0.13), (-0.03, 0.03, 0.0), (0.0, -0.2, 0.2), (0.1, 0.0, -0.1), (0.0, 0.0, 0.0)]
    {
        assert!((worse(APART, MOBILE, then, now) - by).abs() < 1e-12, "{then} to {now}");
    }
}

#[test]
fn a_change_passes_fails_or_asks_for_more_seeds_by_its_size() {
    let verdict = |by: f64, spread: f64, seeds: usize| {
        let gated = told(ENVY, None, around(0.1, 0.0, seeds), around(0.1 + by, spread, seeds));
        (gated.verdict, gated.seeds)
    };
    assert_eq!(verdict(0.0, 0.002, 80), (GateVerdict::Passed, 20));
    assert_eq!(verdict(0.05, 0.002, 80), (GateVerdict::Failed, 20));
    // Standard deviation 0.0029: 20 seeds know the mean to 0.0015, 80 to 0.0007.
    assert_eq!(verdict(0.0088, 0.002, 20), (GateVerdict::Inconclusive, 20));
    assert_eq!(verdict(0.0088, 0.002, 80).0, GateVerdict::Passed);
    assert!(verdict(0.0088, 0.002, 80).1 > 20);
    assert_eq!(verdict(0.01, 0.002, 80), (GateVerdict::Inconclusive, 80));
}

#[test]
fn what_is_undefined_in_every_run_proves_nothing_and_what_became_so_cannot_be_told() {
    let gone = told(ENVY, None, vec![None; 20], vec![None; 20]);
    assert_eq!((gone.verdict, gone.pairs), (GateVerdict::ProvesNothing, 0));
    let became = told(ENVY, None, around(0.1, 0.01, 20), vec![None; 20]);
    assert_eq!(became.verdict, GateVerdict::Inconclusive);
    let few = scenario("{}");
    let few = runs(&few, &[(ENVY, None, around(0.1, 0.01, 19))]);
    assert_eq!(judged(&gates(&scenario("{}"), &few), &baseline(&few), &few), None, "19 seeds are too few");
}

/// A chance failure of one gate in many is not one of the whole: its p must hold after Holm.
#[test]
fn a_regression_is_proven_over_all_gates() {
    let sale = scenario("{}");
    let metrics = |envy: Vec<Option<f64>>| {
        let calm = |name: &'static str, cohort| (name, cohort, around(0.5, 0.0, 20));
        let mut metrics = vec![(ENVY, None, envy)];
        metrics.extend([
            calm(APART, MOBILE),
            calm(names::SILENT_FAILURE_RATE, None),
            calm(names::WAIT_WINNERS_P95, None),
            calm(names::FAIRNESS_TAU_WINNERS_INTENT_TURN, None),
        ]);
        runs(&sale, &metrics)
    };
    let then = metrics(around(0.1, 0.0, 20));
    let verdict = |by: f64| {
        let now = metrics(around(0.1 + by, 0.01, 20));
        let alone = told(ENVY, None, around(0.1, 0.0, 20), around(0.1 + by, 0.01, 20)).verdict;
        let gated = judged(&gates(&sale, &then), &baseline(&then), &now).expect("20 seeds");
        let envy = gated.iter().find(|gate| gate.metric == ENVY).expect("it is held").verdict;
        (alone, envy)
    };
    // Standard error 0.0032: 0.018 is 2.5 of them beyond the margin, which is enough for one gate and not for five.
    assert_eq!(verdict(0.018), (GateVerdict::Failed, GateVerdict::Inconclusive));
    assert_eq!(verdict(0.03), (GateVerdict::Failed, GateVerdict::Failed));
}

#[test]
fn a_margin_that_no_seeds_can_decide_is_refused_with_the_smallest_that_can_be() {
    let refused = |check: &str, seeds: usize, spread: f64| {
        let scenario = scenario(check);
        let runs = runs(&scenario, &[(ENVY, None, around(0.1, spread, seeds))]);
        decidable(&gates(&scenario, &runs), &scenario, &runs).err()
    };
    assert_eq!(refused("{}", 80, 0.01), None);
    let told = refused("{}", 80, 0.1).expect("0.01 is far too small");
    assert!(told.problem.contains("a margin of 0.01 for `fairness.envy` cannot be decided"), "{told:?}");
    // sd 0.1423: 2.5 * 0.1423 / sqrt(80) = 0.0398, rounded up.
    assert!(told.remedy.contains(r#"{ "metric": "fairness.envy", "absolute": 0.04 }"#), "{told:?}");
    let wide = r#"{ "margins": [{ "metric": "fairness.envy", "absolute": 0.04 }] }"#;
    assert_eq!(refused(wide, 80, 0.1), None, "what is proposed is accepted");
    let told = refused(wide, 20, 0.1).expect("20 seeds decide less");
    assert!(told.remedy.contains("--seeds 1..80"), "{told:?}");
    assert_eq!(refused("{}", 5, 0.1), None, "without a look there is nothing to decide");
}

#[test]
fn a_group_of_which_too_few_win_is_refused() {
    let scenario = scenario("{}");
    let refused = |desktop: f64, mobile: f64| {
        let flat = |value: f64| vec![Some(value); 20];
        let runs = runs(
            &scenario,
            &[
                (APART, MOBILE, flat(0.0)),
                (names::FAIRNESS_SUCCESS, Some("desktop"), flat(desktop)),
                (names::FAIRNESS_SUCCESS, MOBILE, flat(mobile)),
                (names::FAIRNESS_SUCCESS, Some("bots"), flat(0.01)),
            ],
        );
        decidable(&gates(&scenario, &runs), &scenario, &runs).err().map(|refused| refused.problem)
    };
    assert_eq!(refused(0.03, 0.06), None, "30 of 1000 and 30 of 500; bots are compared with nobody");
    assert_eq!(refused(0.03, 0.05).unwrap(), "of mobile only 25 win in a run, and 30 are needed");
    assert!(refused(0.01, 0.06).unwrap().contains("of desktop only 10"));
}

#[test]
fn a_number_is_rounded_up_to_two_digits() {
    for (value, up) in
        [(0.0398, 0.04), (0.041, 0.041), (0.0411, 0.042), (0.0999, 0.1), (24.31, 25.0), (1e-9, 1e-9)]
    {
        assert_eq!(rounded_up(value), up, "{value}");
    }
}
