//! The table of mechanisms is held to the code: whatever a row names exists.

use crate::support;
use onsale::metrics::names;
use std::collections::BTreeSet;
use std::path::Path;

/// The rows of the table: what it says in each of its five columns.
fn rows() -> Vec<[String; 5]> {
    let text =
        std::fs::read_to_string(support::root().join("scenarios/mechanisms/README.md")).expect("the table");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| mechanism |"));
    rows.map(|row| {
        let columns: Vec<String> =
            row.trim_matches('|').split(" | ").map(|column| column.trim().to_owned()).collect();
        columns.try_into().unwrap_or_else(|columns| panic!("five columns, not {columns:?}"))
    })
    .collect()
}

/// What stands between backticks.
fn quoted(column: &str) -> Vec<&str> {
    column.split('`').skip(1).step_by(2).collect()
}

fn sources(under: &Path, into: &mut String) {
    for entry in std::fs::read_dir(under).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            sources(&entry, into);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&std::fs::read_to_string(&entry).expect("a source"));
        }
    }
}

/// The text of all tests and sources.
pub(super) fn code() -> String {
    let mut code = String::new();
    sources(&support::root().join("tests"), &mut code);
    sources(&support::root().join("src"), &mut code);
    code
}

#[test]
fn every_mechanism_of_the_table_has_a_key_a_default_a_test_and_a_metric() {
    let code = code();
    let schema =
        std::fs::read_to_string(support::root().join("scenarios/scenario.schema.json")).expect("the schema");
    let metrics: BTreeSet<&str> = names::all().map(|definition| definition.name).collect();
    let mut wrong = Vec::new();
    for [mechanism, key, default, test, metric] in rows() {
        let mut missing = |what: &str, name: &str| wrong.push(format!("{mechanism}: no {what} {name}"));
        for part in quoted(&key).iter().flat_map(|path| path.split('.')).filter(|part| *part != "*") {
            let part = part.trim_end_matches("[]");
            let listed = schema.contains(&format!("\"{part}\":"))
                || schema.contains(&format!("\"const\": \"{part}\""));
            if !listed {
                missing("key", part);
            }
        }
        if quoted(&key).is_empty() || default.is_empty() {
            missing("key or default", &key);
        }
        for name in quoted(&test) {
            if !code.contains(&format!("fn {name}()")) {
                missing("test", name);
            }
        }
        for name in quoted(&metric) {
            if !metrics.contains(name) {
                missing("metric", name);
            }
        }
        if quoted(&test).is_empty() || quoted(&metric).is_empty() {
            missing("test or metric", &test);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_small_scenario_is_run_by_a_test() {
    let mut code = String::new();
    sources(&support::root().join("tests/mechanisms"), &mut code);
    let folder = support::root().join("scenarios/mechanisms");
    let idle: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|name| !code.contains(&format!("\"{name}\"")))
        .collect();
    assert!(idle.is_empty(), "no test runs {idle:?}");
}
