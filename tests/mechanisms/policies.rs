//! The admission policies that no preset shows, and the table of them all in `scenarios/policies/README.md`, which is held to
//! the code.

use super::presets::{heard, is_about, sale_in, stock_until, turns};
use crate::support;
use onsale::scenario::listing::{Listed, Room};
use onsale::scenario::presets::Preset;

/// The persons in the order of their turns.
fn order(policy: &str, room: &str, cohorts: &[(&str, u32, &str, &str)]) -> Vec<u32> {
    let room = format!(r#""policy": {policy}, "new_per_minute": 60{room}"#);
    let book = heard(&sale_in(&room, cohorts, &stock_until(2000, "15m")));
    turns(&book).into_iter().map(|(_, person)| person.0).collect()
}

#[test]
fn the_last_to_come_is_served_first_and_whoever_waits_longest_is_served_last() {
    let crowd: Vec<(String, String)> =
        (0..5).map(|n| (format!("{n}"), format!("{}s", 10 * n + 10))).collect();
    let mut cohorts: Vec<(&str, u32, &str, &str)> =
        crowd.iter().map(|(name, when)| (name.as_str(), 1, when.as_str(), "")).collect();
    // One turn each second from 60 s on: after two of them somebody new is the last to have come.
    cohorts.push(("late", 1, "61500ms", ""));
    assert_eq!(order(r#"{ "lifo": {} }"#, "", &cohorts), [4, 3, 5, 2, 1, 0]);
}

#[test]
fn weights_of_three_to_one_give_three_turns_of_four() {
    let policy = r#"{ "priority": { "classes": [{ "cohorts": ["members"], "weight": 3 },
                                                { "cohorts": ["others"], "weight": 1 }] } }"#;
    let crowd = [("members", 200, "10s", ""), ("others", 200, "20s", "")];
    let order = order(policy, "", &crowd);
    let members = order[..100].iter().filter(|person| **person < 200).count();
    // Stride scheduling is never more than one turn off its shares (Waldspurger and Weihl, 1995).
    assert!((74..=76).contains(&members), "{members}");
}

#[test]
fn within_a_round_the_network_is_worth_nothing_and_the_next_round_stands_behind() {
    let far = r#", "network": "far""#;
    let crowd = [("near", 200, "61s", ""), ("far", 200, "61s", far), ("next", 50, "72s", "")];
    let near_of_first_100 = |order: &[u32]| order[..100].iter().filter(|person| **person < 200).count();
    let drawn = order(r#"{ "batch_lottery": {} }"#, "", &crowd);
    // Drawn without replacement, 100 out of 200 and 200.
    is_about(near_of_first_100(&drawn) as f64, 50.0, (100.0 * 0.25 * 300.0 / 399.0_f64).sqrt());
    assert!(drawn[..400].iter().all(|person| *person < 400), "two rounds, one after the other");
    assert_eq!(near_of_first_100(&order(r#"{ "fifo": {} }"#, "", &crowd)), 100);
}

#[test]
fn three_devices_with_an_account_each_are_worth_no_more_than_one_where_the_person_is_known() {
    let several = r#", "choose": "8m", "sessions": [0, 0, 1]"#;
    let crowd = [("several", 300, "30s", several), ("single", 300, "30s", r#", "choose": "8m""#)];
    let first_200 = |policy: &str| {
        let order = order(policy, "", &crowd);
        order[..200].iter().filter(|person| **person < 300).count() as f64
    };
    // Drawn without replacement: 200 out of 300 and 300, or out of 900 and 300 tickets.
    is_about(first_200(r#"{ "per_person": {} }"#), 100.0, (200.0 * 0.25 * 400.0 / 599.0_f64).sqrt());
    let tickets = (200.0 * 0.75 * 0.25 * 1000.0 / 1199.0_f64).sqrt();
    is_about(first_200(r#"{ "prequeue_shuffle": {} }"#), 150.0, tickets);
}

// ---- the table -----------------------------------------------------------------------------------------------

/// What a row says of an entry, but for the test that shows it.
fn row_of(entry: &Listed) -> String {
    let origin = entry.origin.as_ref().expect("policies and presets have an origin");
    let keys: Vec<String> = entry
        .keys
        .iter()
        .map(|key| match key.default_written() {
            Some(default) => format!("`{}`: `{default}`", key.name),
            None => format!("`{}`, required", key.name),
        })
        .collect();
    let keys = if keys.is_empty() { "none".to_owned() } else { keys.join("; ") };
    let cells = if entry.fills.is_empty() {
        format!("{keys} | {} | {} | {}", origin.system, origin.source, origin.leaves_out)
    } else {
        format!("{} | {}", entry.does, origin.system)
    };
    format!("| `{}` | {cells} | ", entry.name)
}

/// Nanoseconds with 1e4, 1e6 and 1e7 in line.
fn is_measured(figures: &str) -> bool {
    let each: Vec<&str> = figures.split('·').map(str::trim).collect();
    each.len() == 3 && each.iter().all(|figure| figure.parse::<u32>().is_ok())
}

fn table() -> String {
    std::fs::read_to_string(support::root().join("scenarios/policies/README.md")).expect("the table")
}

/// The tests that a row names.
fn tests_of(row: &str) -> Vec<&str> {
    row.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_policy_and_every_preset_has_a_row_that_says_what_the_code_says_and_a_test() {
    let (table, code) = (table(), super::table::code());
    let mut wrong = Vec::new();
    let entries: Vec<Listed> = [Room::Policies, Room::Presets].into_iter().flat_map(Room::entries).collect();
    for entry in &entries {
        let expected = row_of(entry);
        let Some(row) = table.lines().find(|line| line.starts_with(&expected)) else {
            wrong.push(format!("there is no row that begins\n{expected}"));
            continue;
        };
        let tests = tests_of(&row[expected.len()..]);
        if tests.is_empty() || !tests.iter().all(|test| code.contains(&format!("fn {test}()"))) {
            wrong.push(format!("{}: no test {tests:?}", entry.name));
        }
        let last = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let measured = last.split(',').filter(|figures| is_measured(figures)).count();
        if entry.fills.is_empty() && measured != 3 && last.trim() != "no line" {
            wrong.push(format!("{}: no figures for a join, a poll and an admission in {last:?}", entry.name));
        }
    }
    let cases = table.split("## Ties, tokens, duplicates").nth(1).expect("a section of its own");
    let cases: Vec<&str> =
        cases.lines().filter(|line| line.starts_with("| ") && !line.contains("| shown by |")).collect();
    assert!(cases.len() > 5, "{} cases", cases.len());
    for case in cases {
        let shown_by = case.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let tests = tests_of(shown_by);
        if tests.is_empty() || !tests.iter().all(|test| code.contains(&format!("fn {test}()"))) {
            wrong.push(format!("{case}: no test {tests:?}"));
        }
    }
    let rows = table.lines().filter(|line| line.starts_with("| `")).count();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(rows, Room::Policies.entries().len() + Preset::ALL.len(), "no row of what there is not");
}

#[test]
fn every_policy_has_a_scenario_of_its_own_that_differs_in_nothing_else() {
    let load = |name: &str| {
        let file = format!("scenarios/policies/{}.json", name.replace('_', "-"));
        support::load(&support::root().join(file))
    };
    let fifo = load("fifo");
    for entry in Room::Policies.entries() {
        let mut scenario = load(&entry.name);
        assert_eq!(scenario.policy_name(), entry.name);
        scenario.about = fifo.about.clone();
        if let (Some(room), Some(other)) = (&mut scenario.waiting_room, &fifo.waiting_room) {
            room.policy = other.policy.clone();
        }
        assert_eq!(scenario, fifo, "{}", entry.name);
    }
}
