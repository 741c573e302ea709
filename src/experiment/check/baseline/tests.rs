//! The document: written and read, refused where it is not whole.

use super::*;
use crate::experiment::check::Ran;
use crate::experiment::executor::{Sequential, Unwatched};
use crate::experiment::replicate::replicate;

const SALE: &str = r#"{
    "about": { "title": "small" },
    "crowd": [{ "name": "fans", "count": 60, "arrivals": { "spike": { "jitter": "5s" } } }],
    "waiting_room": { "total_active": 10 },
    "inventory": { "bands": [{ "name": "hall", "seats": 20 }] }
}"#;

fn prepared(text: &str) -> Prepared {
    let scenario = Scenario::parse(text, "test").unwrap_or_else(|wrong| panic!("{}", wrong.picture(false)));
    Prepared::new(scenario, "small").expect("it makes sense")
}

fn runs(prepared: &Prepared, seeds: u64) -> Runs {
    let seeds: Vec<u64> = (1..=seeds).collect();
    let ran = replicate(prepared, &seeds, &Sequential, &Unwatched, |result, _| Ran::from(result));
    Runs::of(prepared, ran.into_iter().flatten().collect())
}

fn written(text: &str, seeds: u64) -> (Prepared, Baseline) {
    let prepared = prepared(text);
    let baseline = Baseline::of(&prepared, &runs(&prepared, seeds));
    (prepared, baseline.expect("so few seeds are held to no margin"))
}

#[test]
fn what_is_written_is_read_again_and_is_the_same_every_time() {
    let (_, baseline) = written(SALE, 3);
    let text = baseline.to_json();
    assert_eq!(Baseline::from_json(&text).unwrap(), baseline);
    assert_eq!(written(SALE, 3).1.to_json(), text);
    assert_eq!(baseline.seeds().to_string(), "1..3");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document, serde_json::to_value(&baseline).unwrap(), "the lines are the document");
    assert!(text.lines().filter(|line| line.contains("\"values\":[")).count() > 10, "one line a metric");
}

#[test]
fn what_is_no_whole_baseline_is_refused_with_the_reason() {
    let text = written(SALE, 2).1.to_json();
    let refused = |text: &str| Baseline::from_json(text).unwrap_err();
    assert!(refused(&text[..text.len() / 2]).problem.contains("damaged"));
    let conflict = text.replacen("  \"runs\": [", "<<<<<<< HEAD\n  \"runs\": [", 1);
    assert!(refused(&conflict).problem.contains("is not JSON"));
    let edited = text.replacen("\"seats\": 20", "\"seats\": 21", 1);
    assert!(refused(&edited).problem.contains("edited by hand"));
    let newer = text.replacen("onsale.baseline/1", "onsale.baseline/2", 1);
    let newer = refused(&newer);
    assert!(newer.problem.contains("onsale.baseline/2") && newer.remedy.contains("--bless"), "{newer:?}");
    for other in ["{}", "[]", "{\"schema\": \"onsale.result/1\"}"] {
        assert!(refused(other).problem.contains("no baseline"), "{other}");
    }
}

#[test]
fn another_workload_is_refused_and_another_policy_or_setting_is_not() {
    let (_, baseline) = written(SALE, 2);
    let accepts = |from: &str, to: &str| {
        let text = SALE.replacen(from, to, 1);
        assert_ne!(text, SALE, "{from}");
        baseline.accepts(prepared(&text).scenario(), None)
    };
    for (from, to) in [
        ("\"count\": 60", "\"count\": 61"),
        ("\"5s\"", "\"6s\""),
        ("\"count\": 60", "\"network\": \"mobile\", \"count\": 60"),
        ("\"waiting_room\"", "\"opens_at\": \"5m\", \"waiting_room\""),
    ] {
        let refused = accepts(from, to).expect_err(to);
        assert!(refused.problem.contains("another workload"), "{refused:?}");
    }
    for (from, to) in [
        ("\"total_active\": 10", "\"total_active\": 9"),
        ("\"total_active\": 10", "\"policy\": { \"prequeue_shuffle\": {} }"),
        ("\"title\": \"small\"", "\"title\": \"renamed\""),
        ("\"count\": 60", "\"compare\": false, \"count\": 60"),
        ("\"waiting_room\"", "\"seed\": 7, \"waiting_room\""),
    ] {
        accepts(from, to).unwrap_or_else(|refused| panic!("{to}: {refused:?}"));
    }
}

#[test]
fn other_seeds_than_its_first_ones_are_refused() {
    let (prepared, baseline) = written(SALE, 3);
    let accepts = |seeds: &str| baseline.accepts(prepared.scenario(), Some(&seeds.parse().expect("seeds")));
    assert_eq!((accepts("1..3"), accepts("1..2")), (Ok(()), Ok(())));
    for seeds in ["2..3", "1..4", "3,2,1"] {
        let refused = accepts(seeds).expect_err(seeds);
        assert!(refused.problem.contains("it holds the seeds 1..3"), "{refused:?}");
    }
}

#[test]
fn a_margin_that_asks_for_what_is_not_kept_is_refused() {
    let (_, mut baseline) = written(SALE, 2);
    let text = SALE.replacen(
        '{',
        r#"{ "check": { "margins": [{ "metric": "load.requests", "relative": 0.1 }] },"#,
        1,
    );
    let (prepared, with) = written(&text, 2);
    let now = runs(&prepared, 1);
    assert_eq!(with.has_every_metric(prepared.scenario(), &now.replications), Ok(()));
    let refused = baseline.has_every_metric(prepared.scenario(), &now.replications).unwrap_err();
    assert!(refused.problem.contains("`load.requests`"), "{refused:?}");
    baseline.values = with.values.clone();
    assert_eq!(baseline.has_every_metric(prepared.scenario(), &now.replications), Ok(()));
}
