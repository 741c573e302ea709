//! Saved documents that were damaged: each key taken away, each value replaced, one at a time. What is damaged is
//! refused by name or was no damage; and a document made to harm, with the right hash, harms nobody.

use crate::support::desk::Desk;
use crate::support::{prepared, scenario};
use onsale::experiment::check::baseline::Baseline;
use onsale::experiment::check::{Ran, Report, Runs, ScenarioCheck, checked};
use onsale::experiment::compare::{Candidate, Comparison};
use onsale::experiment::executor::{Sequential, Unwatched};
use onsale::experiment::replicate::{Replications, Row, replicate};
use onsale::report::{self, Style};
use onsale::scenario::Prepared;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

const SALE: &str = r#"{
  "crowd": [{ "name": "early", "count": 40, "arrivals": { "spike": { "jitter": "9s" } }, "reference": true },
            { "name": "late", "count": 30, "arrivals": { "poisson": { "per_second": 2 } } }],
  "waiting_room": { "total_active": 10 },
  "services": { "inventory": { "servers": 2, "service": "200ms" } },
  "inventory": { "bands": [{ "name": "hall", "seats": 20 }] },
  "expect": ["sale.sold == 20", { "warn": "wait.p95 @ cohort=late <= 1 s" }]
}"#;

fn sale() -> Prepared {
    prepared(&scenario(SALE), "sale")
}

/// Every place in a document that is unlike the others: of a list its first and its last entry.
fn places(document: &Value) -> Vec<String> {
    fn walk(value: &Value, place: &str, shape: &str, seen: &mut BTreeSet<String>, found: &mut Vec<String>) {
        if !seen.insert(shape.to_owned()) {
            return;
        }
        found.push(place.to_owned());
        match value {
            Value::Object(object) => object.iter().for_each(|(key, inside)| {
                walk(inside, &format!("{place}/{key}"), &format!("{shape}/{key}"), seen, found);
            }),
            Value::Array(list) => list.iter().enumerate().for_each(|(i, inside)| {
                let last = if i + 1 == list.len() { "last" } else { "" };
                walk(inside, &format!("{place}/{i}"), &format!("{shape}/{last}"), seen, found);
            }),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(document, "", "", &mut BTreeSet::new(), &mut found);
    found
}

/// The document damaged at a place in one way of several.
fn damaged(document: &Value, place: &str, way: usize) -> Value {
    let mut document = document.clone();
    let (parent, key) = place.rsplit_once('/').unwrap_or_default();
    if way.is_multiple_of(8) && !place.is_empty() {
        match document.pointer_mut(parent).expect("it is there") {
            Value::Object(object) => drop(object.remove(key)),
            Value::Array(list) => drop(list.remove(key.parse().expect("an index"))),
            _ => unreachable!("a value has no parts"),
        }
        return document;
    }
    let value = document.pointer_mut(place).expect("it is there");
    *value = match (way % 8, &*value) {
        (1, _) => json!(null),
        (2, _) => json!(-1),
        (3, Value::Number(number)) if number.is_f64() => json!(-1.7e308),
        (3, _) => json!(u64::MAX),
        (4, Value::String(text)) => json!(format!("{text}\u{1b}[2J\u{202e}x")),
        (4, Value::Number(number)) => json!(number.as_f64().unwrap_or_default() * 1e17),
        (5, Value::Array(list)) => json!([list.clone(), list.clone()].concat()),
        (5, _) => json!("18446744073709551615"),
        (6, Value::Array(_)) => json!([]),
        (6, Value::Object(_)) => json!({}),
        (6, Value::String(_)) => json!(""),
        (6, _) => json!(1.7e308),
        (_, Value::String(_)) => json!("a".repeat(100_000)),
        (_, Value::Bool(is)) => json!(!is),
        _ => json!(0),
    };
    document
}

/// Three ways of damage at each place.
fn damages(document: &Value) -> Vec<(String, Value)> {
    let places = places(document);
    let each = places.iter().enumerate().flat_map(|(i, place)| {
        [i, i + 3, i + 6].map(|way| (format!("{place}, way {}", way % 8), damaged(document, place, way)))
    });
    each.collect()
}

#[track_caller]
fn harmless(what: &str, read: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(read)).is_ok(), "this damage panics: {what}");
}

fn candidate(label: &str, runs: &Replications) -> Candidate {
    Candidate { label: label.to_owned(), place: None, runs: runs.clone(), buyers: Vec::new() }
}

#[test]
fn saved_runs_that_were_damaged_are_refused_and_none_panics() {
    let prepared = sale();
    let rows = replicate(&prepared, &[1, 2, 3], &Sequential, &Unwatched, |result, _| Row::from(result));
    let runs = Replications::of(&prepared, rows.into_iter().flatten().collect()).sealed();
    assert_eq!(Replications::from_json(&runs.to_json()).expect("it is whole"), runs);
    let document: Value = serde_json::from_str(&runs.to_json()).expect("JSON");
    let damages = damages(&document);
    assert!(damages.len() >= 450, "{}", damages.len());
    let mut read_though_made_to_harm = 0;
    for (what, damaged) in damages {
        let text = damaged.to_string();
        harmless(&what, || match Replications::from_json(&text) {
            Ok(read) => assert_eq!(read, runs, "{what} was read as something else"),
            Err(refused) => {
                assert!(!refused.problem.is_empty() && refused.problem.len() < 400, "{}", refused.problem);
            }
        });
        // Somebody who means harm computes the hash.
        let Ok(made) = serde_json::from_value::<Replications>(damaged) else { continue };
        harmless(&what, || {
            let Ok(read) = Replications::from_json(&made.sealed().to_json()) else { return };
            read_though_made_to_harm += 1;
            if read.runs.iter().all(|run| runs.runs.iter().all(|other| other.seed != run.seed)) {
                return;
            }
            let compared = Comparison::of(vec![candidate("one", &runs), candidate("other", &read)]);
            let charts = report::ComparisonCharts::of(&compared);
            let _ = report::comparison_page(&compared, &charts, "onsale compare");
            let _ = report::comparison_summary(&compared, Style::Plain);
            let _ = report::comparison_markdown(&compared, "onsale compare");
            let _ = report::differences_csv(&compared);
            let _ = compared.to_json();
        });
    }
    assert!(read_though_made_to_harm > 20, "{read_though_made_to_harm} were read: the test reaches nothing");
}

#[test]
fn a_baseline_that_was_damaged_is_refused_and_none_panics() {
    let prepared = sale();
    let runs = |seeds: &[u64]| {
        let ran = replicate(&prepared, seeds, &Sequential, &Unwatched, |result, _| Ran::from(result));
        Runs::of(&prepared, ran.into_iter().flatten().collect())
    };
    let runs = runs(&[1, 2, 3]);
    let baseline = Baseline::of(&prepared, &runs).expect("so few seeds are held to no margin");
    let document: Value = serde_json::from_str(&baseline.to_json()).expect("JSON");
    let damages = damages(&document);
    assert!(damages.len() >= 60, "{}", damages.len());
    let mut held_though_made_to_harm = 0;
    for (what, damaged) in damages {
        let text = damaged.to_string();
        harmless(&what, || {
            if let Ok(read) = Baseline::from_json(&text) {
                assert_eq!(read, baseline, "{what} was read as something else");
            }
        });
        let Ok(made) = serde_json::from_value::<Baseline>(damaged) else { continue };
        harmless(&what, || {
            let without = Baseline { blake3: String::new(), ..made };
            let hash = blake3::hash(without.to_json().as_bytes()).to_hex()[..32].to_owned();
            let Ok(read) = Baseline::from_json(&Baseline { blake3: hash, ..without }.to_json()) else {
                return;
            };
            let seeds = read.seeds();
            if read.accepts(prepared.scenario(), None).is_err() || seeds.seeds() != [1, 2, 3] {
                return;
            }
            if read.has_every_metric(prepared.scenario(), &runs.replications).is_err() {
                return;
            }
            held_though_made_to_harm += 1;
            let found = checked(&prepared, &runs, Some(&read));
            let report = Report::of(vec![ScenarioCheck::checked("sale", found)]);
            let _ = report::check_summary(&report, Style::Plain);
            let _ = report::check_markdown(&report);
            let _ = report::check_junit(&report);
            let _ = report.to_json();
        });
    }
    assert!(held_though_made_to_harm > 10, "{held_though_made_to_harm} were held: the test reaches nothing");
}

#[test]
fn commands_name_the_saved_result_that_was_damaged() {
    let desk = Desk::with(&[("sale.json", SALE)]);
    desk.onsale(&["run", "sale.json", "--seeds", "1..2", "--out", "kept", "--quiet"]).success();
    let whole = desk.read("kept/result.json");
    for damaged in
        [whole[..whole.len() / 2].to_owned(), whole.replacen("\"persons\": 40", "\"persons\": 41", 1)]
    {
        desk.write("kept/result.json", &damaged);
        let resume = ["run", "sale.json", "--seeds", "1..3", "--out", "kept", "--quiet", "--resume"];
        for arguments in [&["compare", "sale.json", "kept", "--quiet"][..], &resume[..]] {
            let done = desk.onsale(arguments).code(2);
            let said = String::from_utf8(done.get_output().stderr.clone()).unwrap();
            assert!(
                said.contains("kept") && said.contains("result.json") && said.contains("damaged"),
                "{said}"
            );
        }
    }
}

#[test]
fn a_damaged_result_in_the_folder_of_a_run_makes_no_command_panic() {
    let tiny = r#"{ "crowd": [{ "name": "all", "count": 3, "arrivals": { "spike": {} } }],
        "inventory": { "bands": [{ "name": "floor", "seats": 1 }] } }"#;
    let desk = Desk::with(&[("sale.json", tiny)]);
    desk.onsale(&["run", "sale.json", "--out", "kept", "--quiet"]).success();
    let whole = desk.read("kept/result.json");
    let document: Value = serde_json::from_str(&whole).expect("JSON");
    let files = document["files"].as_array().expect("a list");
    let hashed = files.iter().position(|file| file["blake3"].is_string()).expect("a file with its hash");
    let of_file = |key: &str| format!("/files/{hashed}{key}");
    let listing = [String::new(), "/schema".to_owned(), "/files".to_owned()];
    for (i, place) in listing.into_iter().chain(["", "/path", "/blake3"].map(of_file)).enumerate() {
        for way in [i, i + 3, i + 5] {
            desk.write("kept/result.json", &damaged(&document, &place, way).to_string());
            let done = desk.onsale(&["run", "sale.json", "--out", "kept", "--quiet"]);
            let code = done.get_output().status.code();
            assert!(matches!(code, Some(0 | 1)), "{place}, way {way}: {code:?}");
        }
    }
}
