//! Whatever a user gives us: exit code 3, a picture of every mistake, no panic, and nothing written.

use assert_cmd::Command;
use onsale::scenario::{Diagnosis, Plan, parse};
use proptest::prelude::*;
use std::fs;

const GOOD: &str = include_str!("../scenarios/first-sale.json");

/// The shortest scenario with one part replaced: `crowd`, or anything else appended at the top.
fn with(cohort: &str, rest: &str) -> String {
    format!(
        r#"{{
  "crowd": [
    {{ "name": "fans", "count": 10, "arrivals": {{ "spike": {{}} }}{cohort} }}
  ],
  "inventory": {{ "bands": [{{ "name": "all", "seats": 5 }}] }}{rest}
}}"#
    )
}

/// Runs `onsale validate` on these bytes in an empty folder and returns what people read.
#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sale.json"), bytes).unwrap();
    let done = Command::cargo_bin("onsale")
        .unwrap()
        .current_dir(folder.path())
        .args(["validate", "sale.json"])
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(3), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert!(said.ends_with("nothing was run or written\n"), "{said}");
    assert!(done.stdout.is_empty());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["sale.json"], "something was written");
    said
}

/// All mistakes of a text, of both stages: path and problem.
fn mistakes(text: &str) -> Vec<(String, String)> {
    let diagnosis = match parse(text, "sale.json") {
        Err(diagnosis) => diagnosis,
        Ok(scenario) => match Plan::new(&scenario) {
            Err(problems) => Diagnosis::of_problems("sale.json", text, &problems),
            Ok(_) => return Vec::new(),
        },
    };
    diagnosis.mistakes().iter().map(|m| (m.path.clone(), format!("{}; {}", m.problem, m.remedy))).collect()
}

#[track_caller]
fn check(text: &str, path: &str, contains: &str) {
    refused(text.as_bytes());
    let found = mistakes(text);
    assert!(
        found.iter().any(|(at, what)| at == path && what.contains(contains)),
        "no mistake at `{path}` about `{contains}` in {found:#?}\nfor {text}"
    );
    assert_eq!(found.len(), 1, "one mistake was made: {found:#?}\nfor {text}");
}

#[test]
fn what_is_not_json_is_refused() {
    for (text, contains) in [
        ("", "the file is empty"),
        ("  // nothing\n", "the file is empty"),
        ("crowd: many", "not a JSON value"),
        ("{\"seed\": 1", "never closed"),
        ("{\"seed\" 1}", "colon is missing"),
        ("{\"seed\": }", "value is missing"),
        ("{\"seed\": 1 \"about\": {}}", "comma is missing"),
        ("{seed: 1}", "has no quotes"),
        ("{'seed': 1}", "single quotes"),
        ("{\"seed\": NaN}", "only finite numbers"),
        ("{\"seed\": True}", "write true"),
        ("{\"seed\": 0x10}", "not a number"),
        ("{\"about\": {\"title\": \"a\nb\"}}", "not closed on its line"),
        ("{} {}", "follows the end"),
        ("[1, 2]", "is an object"),
        ("null", "is an object"),
        ("/* open", "comment is never closed"),
    ] {
        check(text, "", contains);
    }
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    for open in ["[", "{\"a\":", "[{\"a\":", "// x\r[", "\"\n\"["] {
        refused(open.repeat(100_000).as_bytes());
    }
    check(&"[".repeat(100_000), "", "nested more than 64 deep");
}

#[test]
fn mistakes_of_form_are_found_at_their_place() {
    for (cohort, path, contains) in [
        (r#", "cuont": 1"#, "crowd[0].cuont", "did you mean `count`"),
        (
            r#", "caller": { "programs": 0, "retry_budget": { "bucket": {} } }"#,
            "crowd[0].caller.programs",
            "a whole number, 1 or more",
        ),
        (
            r#", "caller": { "retry_budget": { "bucket": { "burst": 0.5 } } }"#,
            "crowd[0].caller.retry_budget.bucket.burst",
            "at least as large as `cost`",
        ),
        (
            r#", "caller": { "circuit_breaker": { "window": 10 } }"#,
            "crowd[0].caller.circuit_breaker.least",
            "no more than `window`",
        ),
        (
            r#", "behavior": { "clock_watcher": { "every": "0s" } }"#,
            "crowd[0].behavior.clock_watcher.every",
            "positive time",
        ),
        (r#", "wants": 2, "wants": 3"#, "crowd[0].wants", "written twice"),
        (r#", "wants": "2""#, "crowd[0].wants", "remove the quotes: 2"),
        (r#", "wants": 2.0"#, "crowd[0].wants", "write 2"),
        (r#", "wants": 2.5"#, "crowd[0].wants", "not a whole number"),
        (r#", "wants": 0"#, "crowd[0].wants", "from 1 to 8"),
        (r#", "wants": -1"#, "crowd[0].wants", "negative"),
        (r#", "wants": null"#, "crowd[0].wants", "null cannot stand here"),
        (r#", "timeout": 20"#, "crowd[0].timeout", "write \"20s\""),
        (r#", "timeout": "20""#, "crowd[0].timeout", "write \"20s\""),
        (r#", "timeout": "20 sec""#, "crowd[0].timeout", "write \"20s\""),
        (r#", "timeout": "-1s""#, "crowd[0].timeout", "negative"),
        (r#", "timeout": "90000d""#, "crowd[0].timeout", "too long"),
        (r#", "compare": "yes""#, "crowd[0].compare", "expected true or false"),
        (r#", "abandon": 2"#, "crowd[0].abandon", "for 2 %, write 0.02"),
        (r#", "abandon": 1e999"#, "crowd[0].abandon", "too large"),
        (r#", "abandon": -0.5"#, "crowd[0].abandon", "from 0 to 1"),
        (r#", "sessions": [0.5, "0.5"]"#, "crowd[0].sessions[1]", "remove the quotes"),
        (r#", "sessions": 1"#, "crowd[0].sessions", "expected a list"),
        (r#", "sessions": []"#, "crowd[0].sessions", "empty"),
        (r#", "network": ["mobile"]"#, "crowd[0].network", "expected text"),
        (r#", "after_decline": "agian""#, "crowd[0].after_decline", "did you mean \"again\""),
        (r#", "choose": {"lognormal": {}}"#, "crowd[0].choose", "did you mean `log_normal`"),
        (r#", "choose": {"exponential": {"meen": "1s"}}"#, "crowd[0].choose.exponential.meen", "`mean`"),
        (r#", "choose": {"exponential": {}}"#, "crowd[0].choose.exponential.mean", "missing"),
        (r#", "choose": {"erlang": {"shape": 2.5, "mean": "1s"}}"#, "crowd[0].choose.erlang.shape", "whole"),
        (r#", "choose": {}"#, "crowd[0].choose", "empty"),
        (
            r#", "choose": {"constant": "1s", "exponential": {"mean": "1s"}}"#,
            "crowd[0].choose",
            "there are 2",
        ),
        (r#", "behavior": "backoff""#, "crowd[0].behavior", "write {\"backoff\": {}}"),
        (r#", "behavior": {"backof": {}}"#, "crowd[0].behavior", "did you mean `backoff`"),
        (
            r#", "behavior": {"backoff": {"retry_on": ["503", "505"]}}"#,
            "crowd[0].behavior.backoff.retry_on[1]",
            "not known",
        ),
    ] {
        check(&with(cohort, ""), path, contains);
    }
    for (rest, path, contains) in [
        (r#", "hold": "1m""#, "hold", "belongs in `inventory`"),
        (r#", "_comment": "x""#, "_comment", "// text"),
        (r#", "seed": 18446744073709551616"#, "seed", "too large"),
        (r#", "seed": 9007199254740992"#, "seed", "from 0 to 9,007,199,254,740,991"),
        (r#", "seed": 1e3"#, "seed", "write 1000"),
        (r#", "edge": []"#, "edge", "expected an object"),
        (r#", "edge": {"gateways": 256}"#, "edge.gateways", "from 1 to 255"),
        (
            r#", "services": {"verify": {"servers": 0, "service": "1s"}}"#,
            "services.verify.servers",
            "1 or more",
        ),
        (r#", "waiting_room": {"position": {"exact": {}}}"#, "waiting_room.position", "write \"exact\""),
        (r#", "waiting_room": {"position": "capped"}"#, "waiting_room.position", "takes settings"),
        (
            r#", "waiting_room": {"policy": {"fifo": {"x": 1}}}"#,
            "waiting_room.policy.fifo.x",
            "nothing can be set",
        ),
    ] {
        check(&with("", rest), path, contains);
    }
}

#[test]
fn nonsense_about_what_people_leave_for_is_refused() {
    for (written, path, contains) in [
        (r#""positions": { "uniform": { "low": 9, "high": 3 } }"#, "positions.uniform.high", "less than low"),
        (r#""positions": { "exponential": { "mean": 0 } }"#, "positions.exponential.mean", "1 or more"),
        (
            r#""positions": { "log_normal": { "median": 50, "p95": 20 } }"#,
            "positions.log_normal.p95",
            "less than the median",
        ),
        (r#""silence": "0s""#, "silence", "before anything can be answered"),
        (r#""refusals": { "after": 0 }"#, "refusals.after", "1 or more"),
        (r#""refusals": { "leave": 1.5 }"#, "refusals.leave", "0 to 1"),
        (r#""refusal": {}"#, "refusal", "did you mean `refusals`"),
    ] {
        let room = r#", "waiting_room": { "new_per_minute": 60 }"#;
        let text = with(&format!(r#", "giving_up": {{ {written} }}"#), room);
        check(&text, &format!("crowd[0].giving_up.{path}"), contains);
    }
}

#[test]
fn nonsense_about_tabs_addresses_and_places_is_refused() {
    for (written, path, contains) in [
        (r#""background": { "after": "1m", "lasts": "5m", "share": 1.5 }"#, "background.share", "0 to 1"),
        (
            r#""background": { "after": "1m", "lasts": "5m", "throttled": "0s" }"#,
            "background.throttled",
            "longer than 0s",
        ),
        (
            r#""background": { "after": "1m", "lasts": { "exponential": { "mean": "0s" } } }"#,
            "background.lasts.exponential.mean",
            "longer than 0s",
        ),
        (r#""background": { "after": "1m" }"#, "background.lasts", "this key is missing"),
        (r#""addresses": 0"#, "addresses", "from 1 to 65,535"),
        (
            r#""addresses": 3, "persons_per_address": 2"#,
            "addresses",
            "several addresses each, and share them",
        ),
        (r#""addresses": 70000"#, "addresses", "65,535"),
    ] {
        check(&with(&format!(", {written}"), ""), &format!("crowd[0].{path}"), contains);
    }
    for (written, path, contains) in [
        (r#"{ "dead_letter": 2 }"#, "dead_letter", "0 to 1"),
        (
            r#"{ "delay": { "uniform": { "low": "9s", "high": "3s" } } }"#,
            "delay.uniform.high",
            "less than low",
        ),
        (r#"{ "delays": "1s" }"#, "delays", "did you mean `delay`"),
    ] {
        let room = format!(r#", "waiting_room": {{ "new_per_minute": 60, "async_join": {written} }}"#);
        check(&with("", &room), &format!("waiting_room.async_join.{path}"), contains);
    }
}

#[test]
fn nonsense_about_access_codes_is_refused_or_warned_of() {
    let codes = |cohort: &str, written: &str| {
        let room = format!(r#", "waiting_room": {{ "new_per_minute": 60, "codes": {{ {written} }} }}"#);
        with(cohort, &room)
    };
    for (written, path, contains) in [
        (r#""space": 9"#, "space", "10 persons were sent one each"),
        (r#""space": 0"#, "space", "1"),
        (r#""lockout": { "per": "code" }"#, "space", "this key is missing"),
        (r#""space": 99, "lockout": { "per": "person" }"#, "lockout.per", "not known"),
    ] {
        check(&codes("", written), &format!("waiting_room.codes.{path}"), contains);
    }
    let guesses = r#", "guesses_codes": true"#;
    for (written, path, contains) in [
        (r#""space": 99, "lockout": { "per": "address", "after": 0 }"#, "lockout.after", "1 or more"),
        (r#""space": 99, "lockout": { "per": "address", "for": "0s" }"#, "lockout.for", "longer than 0s"),
        (r#""space": 99, "lockout": { "per": "code" }"#, "lockout.per", "no code was sent"),
    ] {
        check(&codes(guesses, written), &format!("waiting_room.codes.{path}"), contains);
    }
    for (text, path) in [
        (codes("", r#""space": 99, "lockout": { "per": "address" }"#), "waiting_room.codes.lockout"),
        (with(guesses, ""), "crowd[0].guesses_codes"),
    ] {
        let scenario = parse(&text, "sale.json").expect("it has a form");
        let warnings = onsale::scenario::check(&scenario);
        assert!(warnings.len() == 1 && warnings[0].path == path, "{warnings:#?}");
    }
}

#[test]
fn nonsense_about_a_gateways_retries_is_refused() {
    let upstream = |budget: &str| {
        let edge = format!(r#", "edge": {{ "upstream": {{ "retry_budget": {budget} }} }}"#);
        with("", &(edge + r#", "services": { "inventory": { "servers": 1, "service": "1s", "peers": 2 } }"#))
    };
    for (budget, path, contains) in [
        (r#"{ "concurrent": { "budget_percent": 120 } }"#, "concurrent.budget_percent", "0 to 100"),
        (r#"{ "concurrent": { "budget_percent": -1 } }"#, "concurrent.budget_percent", "0 to 100"),
        (
            r#"{ "concurrent": { "min_retry_concurrency": -3 } }"#,
            "concurrent.min_retry_concurrency",
            "a whole number",
        ),
        (r#"{ "concurrent": { "percent": 20 } }"#, "concurrent.percent", "unknown key"),
    ] {
        check(&upstream(budget), &format!("edge.upstream.retry_budget.{path}"), contains);
    }
    let never = upstream(r#"{ "concurrent": { "budget_percent": 0, "min_retry_concurrency": 0 } }"#);
    let scenario = parse(&never, "sale.json").expect("it has a form");
    let warnings = onsale::scenario::check(&scenario);
    assert!(
        warnings.len() == 1 && warnings[0].path == "edge.upstream.retry_budget.concurrent",
        "{warnings:#?}"
    );
    check(
        &with(r#", "caller": { "retry_budget": { "concurrent": {} } }"#, ""),
        "crowd[0].caller.retry_budget",
        "write one of `bucket`, `window`",
    );
}

#[test]
fn a_key_under_its_former_name_means_the_same_and_is_warned_of_at_its_place() {
    let moving = |key: &str| with(&format!(r#", "{key}": {{ "after": "1m" }}"#), "");
    let joining = |key: &str| {
        with("", &format!(r#", "waiting_room": {{ "new_per_minute": 60, "{key}": {{ "delay": "2s" }} }}"#))
    };
    let renamed = [
        (moving("switches"), moving("network_switches"), "crowd[0].switches", "network_switches"),
        (joining("places_later"), joining("async_join"), "waiting_room.places_later", "async_join"),
    ];
    for (former, current, path, name) in renamed {
        let scenario = parse(&former, "sale.json").expect("the former name is read");
        let same = parse(&current, "sale.json").expect("the name is read");
        assert_eq!(scenario.expanded(), same.expanded());
        assert!(onsale::scenario::check(&same).is_empty());
        let warnings = onsale::scenario::check(&scenario);
        let told = Diagnosis::of_problems("sale.json", &former, &warnings).picture(false);
        assert!(warnings.len() == 1 && warnings[0].path == path, "{told}");
        assert!(told.starts_with("warning") && told.contains(&format!("help: write `{name}`")), "{told}");
    }
    check(
        &with(r#", "switches": { "after": "1m" }, "network_switches": { "after": "2m" }"#, ""),
        "crowd[0].network_switches",
        "written twice",
    );
    // What is wrong inside is told at the name that is written.
    check(&moving("switches").replace("1m", "1 fortnight"), "crowd[0].switches.after", "1 fortnight");
}

#[test]
fn nonsense_about_changing_networks_is_refused() {
    let by_address = r#", "waiting_room": { "new_per_minute": 60, "identity": "address" }"#;
    for (written, path, contains) in [
        (
            r#""network_switches": { "after": { "uniform": { "low": "9s", "high": "3s" } } }"#,
            "network_switches.after.uniform.high",
            "less than low",
        ),
        (r#""network_switches": { "after": "1m", "share": 2 }"#, "network_switches.share", "0 to 1"),
        (r#""network_switches": { "after": "1m", "most": 0 }"#, "network_switches.most", "1 to 100"),
        (
            r#""network_switches": { "after": "1m", "to": "mobil" }"#,
            "network_switches.to",
            "did you mean \"mobile\"",
        ),
        (r#""network_switches": { "share": 1 }"#, "network_switches.after", "this key is missing"),
        (r#""network_switches": { "after": "1m" }, "addresses": 5"#, "network_switches", "in turn"),
        (
            r#""network_switches": { "after": "1m" }, "persons_per_address": 5"#,
            "network_switches",
            "share the place",
        ),
        (
            r#""network_switches": { "after": "1m" }, "sessions": [0.5, 0.5]"#,
            "network_switches",
            "share the place",
        ),
    ] {
        check(&with(&format!(", {written}"), by_address), &format!("crowd[0].{path}"), contains);
    }
    let both = by_address.replace("\"address\"", "\"address\", \"duplicates\": \"both\"");
    assert!(
        mistakes(&with(r#", "network_switches": { "after": "1m" }, "sessions": [0.5, 0.5]"#, &both))
            .is_empty()
    );
}

#[test]
fn mistakes_of_meaning_are_found_at_their_place() {
    for (cohort, path, contains) in [
        (r#", "network": "mobil""#, "crowd[0].network", "did you mean \"mobile\""),
        (r#", "band": "balcony""#, "crowd[0].band", "write one of \"all\""),
        (r#", "sessions": [0.5, 0.4]"#, "crowd[0].sessions", "not to 1"),
        (r#", "timeout": "0s""#, "crowd[0].timeout", "longer than 0s"),
        (
            r#", "patience": {"weibull": {"shape": 0, "scale": "1s"}}"#,
            "crowd[0].patience.weibull.shape",
            "more than 0",
        ),
        (
            r#", "choose": {"log_normal": {"median": "2s", "p95": "1s"}}"#,
            "crowd[0].choose.log_normal.p95",
            "less than the median",
        ),
        (
            r#", "behavior": {"polling_page": {"interval": "0s"}}"#,
            "crowd[0].behavior.polling_page.interval",
            "without end",
        ),
    ] {
        check(&with(cohort, ""), path, contains);
    }
    for (rest, path, contains) in [
        (r#", "route": {"join": "verify"}"#, "route.join", "declare `services.verify`"),
        (r#", "opens_at": "1h", "horizon": "30m""#, "horizon", "not after the opening"),
        (r#", "closes_at": "10m""#, "closes_at", "not after it opens"),
        (r#", "closes_at": "11h""#, "closes_at", "after the horizon"),
        (r#", "opens_at": "12d17h""#, "opens_at", "the clock ends"),
        (r#", "waiting_room": {"poll_interval": "0s"}"#, "waiting_room.poll_interval", "longer than 0s"),
        (r#", "network": [{"name": "", "up": "1s", "down": "1s"}]"#, "network[0].name", "1 to 64"),
    ] {
        let errors: Vec<_> = mistakes(&with("", rest))
            .into_iter()
            .filter(|(at, what)| at == path && what.contains(contains))
            .collect();
        assert_eq!(errors.len(), 1, "{rest}: {:#?}", mistakes(&with("", rest)));
        refused(with("", rest).as_bytes());
    }
}

/// A rule of the operator, beside a waiting room and a service with a queue of 10.
fn with_rule(rule: &str) -> String {
    with(
        "",
        &format!(
            r#", "waiting_room": {{"total_active": 5}}, "horizon": "1h",
    "services": {{"checkout": {{"servers": 1, "service": "1s", "queue": 10}}}}, "operator": [{rule}]"#
        ),
    )
}

#[test]
fn mistakes_of_an_operator_are_found_at_their_place() {
    let when = |signal: &str| {
        format!(r#"{{"trigger": {{"when": {{"signal": {signal}}}}}, "actions": [{{"pause": {{}}}}]}}"#)
    };
    let signal = "operator[0].trigger.when.signal";
    for (written, path, contains) in [
        (
            r#"{"queue": {"station": "chekout", "length": {"above": 5}}}"#,
            ".queue.station",
            "did you mean \"checkout\"",
        ),
        (
            r#"{"queue": {"station": "verify", "length": {"above": 5}}}"#,
            ".queue.station",
            "declare `services.verify`",
        ),
        (
            r#"{"queue": {"station": "checkout", "length": {"above": 10}}}"#,
            ".queue.length.above",
            "never more than 10",
        ),
        (r#"{"error_rate": {"above": 1.0}}"#, ".error_rate.above", "no share is more than 1"),
        (r#"{"error_rate": {"below": 0}}"#, ".error_rate.below", "no share is less than 0"),
        (r#"{"error_rate": {"above": 20}}"#, ".error_rate.above", "for 20 %, write 0.2"),
        (r#"{"latency": {"slower_than": "0s"}}"#, ".latency.slower_than", "longer than 0s"),
        (r#"{"sold": {"above": 5}}"#, ".sold.above", "5 seats there are"),
        (r#"{"left": {"below": 0}}"#, ".left.below", "no number is less than 0"),
        (r#"{"eror_rate": {"above": 0.5}}"#, "", "did you mean `error_rate`"),
    ] {
        check(&with_rule(&when(written)), &format!("{signal}{path}"), contains);
    }
    let at = |actions: &str| format!(r#"{{"trigger": {{"at": "20m"}}, "actions": [{actions}]}}"#);
    for (written, path, contains) in [
        (r#"{"resume": {}}"#, "[0].resume", "nothing pauses the sale"),
        (r#"{"announce": {"word": "paused"}}"#, "[0].announce", "reaches nobody"),
        (r#"{"announce": {"word": "pausd", "reach": 1}}"#, "[0].announce.word", "did you mean \"paused\""),
        (r#"{"set_outflow": {}}"#, "[0].set_outflow", "this changes nothing"),
        (
            r#"{"set_outflow": {"new_per_minute": {"at_most": 0}}}"#,
            "[0].set_outflow.new_per_minute.at_most",
            "too small",
        ),
        (r#"{"pause": {"inside": "serv"}}"#, "[0].pause.inside", "did you mean \"serve\""),
        ("", "", "empty"),
    ] {
        check(&with_rule(&at(written)), &format!("operator[0].actions{path}"), contains);
    }
    for (rules, path, contains) in [
        (
            r#"{"trigger": {"at": "1h"}, "actions": [{"pause": {}}]}"#,
            "operator[0].trigger.at",
            "from the horizon on",
        ),
        (
            r#"{"trigger": {"at": "5m"}, "actions": [{"resume": {}}]}, {"trigger": {"at": "6m"}, "actions": [{"pause": {}}]}"#,
            "operator[0].actions[0].resume",
            "not paused: that happens at 6m",
        ),
        (
            r#"{"name": "trouble", "trigger": {"at": "5m"}, "actions": [{"pause": {}}]},
               {"trigger": {"after": {"rule": "truble", "delay": "5m"}}, "actions": [{"resume": {}}]}"#,
            "operator[1].trigger.after.rule",
            "did you mean \"trouble\"",
        ),
        (
            r#"{"name": "a", "trigger": {"after": {"rule": "a", "delay": "5m"}}, "actions": [{"pause": {}}]}"#,
            "operator[0].trigger.after.rule",
            "waits for itself",
        ),
        (
            r#"{"trigger": {"when": {"signal": {"in_line": {"above": 5}}, "for": "1h"}}, "actions": [{"pause": {}}]}"#,
            "operator[0].trigger.when.for",
            "never before the horizon",
        ),
    ] {
        check(&with_rule(rules), path, contains);
    }
    for action in [r#"{"close_to_newcomers": {}}"#, r#"{"set_outflow": {"total_active": "unlimited"}}"#] {
        let text = with("", &format!(r#", "operator": [{}]"#, at(action)));
        let found = mistakes(&text);
        assert!(found.len() == 1 && found[0].1.contains("add a `waiting_room`"), "{found:#?}");
    }
}

/// The shortest scenario with one line of `expect`, and one service.
fn expecting(line: &str) -> String {
    let service = r#""services": { "checkout": { "servers": 1, "service": "1s" } }"#;
    with("", &format!(r#", {service}, "expect": [{line}]"#))
}

#[test]
fn mistakes_in_what_is_expected_are_found_at_their_place() {
    for (line, path, contains) in [
        (r#""""#, "expect[0]", "1 to 400 characters"),
        ("5", "expect[0]", "put it in quotes"),
        ("{}", "expect[0]", "`fail`, `warn`"),
        (r#"{"wran": "sale.sold == 5"}"#, "expect[0]", "did you mean `warn`"),
        (r#"{"fail": "sale.sold == 5", "warn": "sale.sold == 5"}"#, "expect[0]", "keep one"),
        (r#"{"warn": 5}"#, "expect[0].warn", "put it in quotes"),
        (r#"{"warn": "sale.sold = 5"}"#, "expect[0].warn", "write =="),
        (r#"{"fail": "sale.sold = 5"}"#, "expect[0]", "write =="),
        (r#""sale.sold""#, "expect[0]", "a comparison is missing"),
        (r#""sale.sodl == 5""#, "expect[0]", "did you mean `sale.sold`"),
        (r#""wait.p90 <= 5 s""#, "expect[0]", "there are `wait.p50`, `wait.p95`, `wait.p99`"),
        (r#""timeouts <= 5""#, "expect[0]", "there are `timeouts.504.by_cause.slow_upstream`"),
        (r#""happiness >= 5""#, "expect[0]", "such as silent.failure_rate"),
        (r#""wait.p95 @ cohort=fan <= 5 s""#, "expect[0]", "did you mean \"fans\""),
        (r#""station.served @ station=chekout >= 5""#, "expect[0]", "did you mean \"checkout\""),
        (r#""sale.turns @ cohort=fans >= 5""#, "expect[0]", "not given for each cohort; leave @ cohort out"),
        (r#""sale.turns @ station=checkout >= 5""#, "expect[0]", "not given for each station"),
        (r#""station.served >= 5""#, "expect[0]", "add @ station=NAME"),
        (r#""fairness.representation >= 1""#, "expect[0]", "add @ cohort=NAME"),
        (r#""fairness.envy @ t=1h <= 1""#, "expect[0]", "not known over time"),
        (r#""sale.sold @ t=2h1s >= 5""#, "expect[0]", "write at most t=2h"),
        (r#""sale.sold @ t=-1s >= 5""#, "expect[0]", "is negative; a duration is zero or more"),
        (r#""sale.sold >= 5 s""#, "expect[0]", "this counts seats: write seats"),
        (r#""wait.p95 <= 5 persons""#, "expect[0]", "write us, ms, s, min or h"),
        (r#""sale.sold in 6..5""#, "expect[0]", "write in 5..6"),
    ] {
        check(&expecting(line), path, contains);
    }
    for fine in
        [r#""sale.sold @ t=2h >= 5""#, r#""sale.sold @ t=0s == 0""#, r#"{"fail": "sale.sold <= 5 seats"}"#]
    {
        assert_eq!(mistakes(&expecting(fine)), [], "{fine}");
    }
}

#[test]
fn mistakes_of_margins_are_found_at_their_place() {
    let with_margins =
        |margins: &str| GOOD.replacen('{', &format!("{{ \"check\": {{ \"margins\": [{margins}] }},"), 1);
    for (margins, path, contains) in [
        (
            r#"{ "metric": "fairness.envi", "absolute": 1 }"#,
            "check.margins[0].metric",
            "did you mean `fairness.envy`",
        ),
        (r#"{ "metric": "sale.sold", "absolute": 0 }"#, "check.margins[0].absolute", "write more than 0"),
        (r#"{ "metric": "sale.sold", "relative": -0.1 }"#, "check.margins[0].relative", "write more than 0"),
        (r#"{ "metric": "sale.sold" }"#, "check.margins[0]", "no size"),
        (r#"{ "metric": "sale.sold", "absolute": 1, "relative": 1 }"#, "check.margins[0]", "two sizes"),
        (
            r#"{ "metric": "fairness.success", "absolute": 0.1 }"#,
            "check.margins[0].metric",
            "neither better nor worse",
        ),
        (
            r#"{ "metric": "station.wait.p95", "absolute": 1 }"#,
            "check.margins[0].metric",
            "for each station only",
        ),
        (
            r#"{ "metric": "fairness.envy", "cohort": "desktop", "absolute": 1 }"#,
            "check.margins[0].cohort",
            "not given for each cohort",
        ),
        (
            r#"{ "metric": "wait.p95", "cohort": "mobil", "absolute": 1 }"#,
            "check.margins[0].cohort",
            "mobile",
        ),
        (
            r#"{ "metric": "wait.p95", "absolute": 1 }, { "metric": "wait.p95", "relative": 0.1 }"#,
            "check.margins[1].metric",
            "has a margin already",
        ),
    ] {
        check(&with_margins(margins), path, contains);
    }
    let text = GOOD.replacen('{', "{ \"check\": { \"on_inconclusive\": \"wran\" },", 1);
    check(&text, "check.on_inconclusive", "warn");
}

#[test]
fn a_line_may_have_several_mistakes_and_one_elsewhere_is_not_echoed() {
    let two = mistakes(&expecting(r#""sale.sodl @ cohort=fan @ station=bar <= 5""#));
    assert_eq!(two.len(), 3, "metric, cohort and station: {two:#?}");
    let echo = with(r#", "cuont": 5"#, r#", "expect": ["wait.p95 @ cohort=nobody <= 5 s"]"#);
    let paths: Vec<String> = mistakes(&echo).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["crowd[0].cuont"], "the crowd has mistakes of its own");
}

#[test]
fn the_picture_of_mistakes_in_what_is_expected() {
    let text = r#"{
  "crowd": [{ "name": "naïve 日本", "count": 10, "arrivals": { "spike": {} } }],
  "inventory": { "bands": [{ "name": "all", "seats": 5 }] },
  "expect": [
    "silent.failure_rate <= 0.5 % or so",
    "silent.failrue_rate <= 0.005",
    "wait.p95 @ cohort=\"naïve 日本!\" <= 40 min",
    "wait.p95 \u0040 cohort=\u0022naïve \u65e5\u672c\u0022 \u003c= 40 minutes",
    { "warn": "sale.sold @ t=3h in 3,800..4,500" },
    { "fail": "sale.sold @ cohort='naïve 日本' <=" }
  ]
}"#;
    insta::assert_snapshot!(refused(text.as_bytes()));
}

#[test]
fn what_breaks_must_be_there_and_able_to_break() {
    let fault = |what: &str| format!(r#", "faults": [{{ "at": "20m", "for": "1m", {what} }}]"#);
    for (rest, path, contains) in [
        (r#", "faults": [{ "at": "20m", "for": "1m" }]"#.to_owned(), "faults[0]", "nothing says what breaks"),
        (
            fault(r#""payment_outage": {}, "loss_burst": { "up": 1 }"#),
            "faults[0]",
            "`payment_outage` and `loss_burst`",
        ),
        (
            r#", "faults": [{ "at": "20m", "for": "0s", "payment_outage": {} }]"#.to_owned(),
            "faults[0].for",
            "longer than 0s",
        ),
        (fault(r#""station_dwon": {}"#), "faults[0].station_dwon", "did you mean `station_down`"),
        (
            fault(r#""station_down": { "station": "chekout" }"#),
            "faults[0].station_down.station",
            "did you mean \"checkout\"",
        ),
        (
            fault(r#""gateway_crash": { "gateway": 1 }"#),
            "faults[0].gateway_crash.gateway",
            "they count from 0 to 0",
        ),
        (
            fault(r#""station_down": { "station": "verify" }"#),
            "faults[0].station_down.station",
            "declare `services.verify`",
        ),
        (
            fault(r#""loss_burst": { "networks": ["mobil"], "up": 0.5 }"#),
            "faults[0].loss_burst.networks[0]",
            "did you mean \"mobile\"",
        ),
        (fault(r#""loss_burst": {}"#), "faults[0].loss_burst", "nothing is lost"),
        (fault(r#""latency_burst": {}"#), "faults[0].latency_burst", "nothing takes longer"),
        (
            fault(r#""error_burst": { "station": "verify" }"#),
            "faults[0].error_burst.station",
            "declare `services.verify`",
        ),
        (
            r#", "edge": { "upstream": { "fail_timeout": "1500ms" } }, "services": { "verify":
                { "servers": 1, "service": "1s", "peers": 2 } }"#
                .to_owned(),
            "edge.upstream.fail_timeout",
            "whole seconds",
        ),
        (
            r#", "services": { "verify": { "servers": 1, "service": "1s", "peers": 33 } }"#.to_owned(),
            "services.verify.peers",
            "from 1 to 32",
        ),
        (
            r#", "services": { "verify": { "servers": 1, "service": "1s", "slowdown": { "per_request": 0 } } }"#
                .to_owned(),
            "services.verify.slowdown.per_request",
            "more than 0",
        ),
        (
            r#", "services": { "verify": { "servers": 1, "service": "1s", "discipline": { "shortest": {} } } }"#
                .to_owned(),
            "services.verify.discipline",
            "not known",
        ),
    ] {
        check(&with("", &rest), path, contains);
    }
    let late = with("", r#", "faults": [{ "at": "3h", "for": "1m", "payment_outage": {} }]"#);
    let scenario = parse(&late, "sale.json").expect("it has a form");
    let warnings = onsale::scenario::check(&scenario);
    assert!(warnings.len() == 1 && warnings[0].path == "faults[0].at", "{warnings:#?}");
    Plan::new(&scenario).expect("a fault that never comes is no error");
}

/// A service `verify` with this discipline, and what else stands there.
fn with_discipline(discipline: &str, more: &str) -> String {
    let verify = format!(r#""servers": 1, "service": "1s", "discipline": {{ {discipline} }}"#);
    with("", &format!(r#", "services": {{ "verify": {{ {verify}{more} }} }}"#))
}

#[test]
fn disciplines_that_contradict_themselves_are_told() {
    for (discipline, path, contains) in [
        (r#""codel": { "target": "100ms" }"#, "codel.target", "not shorter than the interval 100ms"),
        (r#""codel": { "target": "0s" }"#, "codel.target", "no time at all"),
        (r#""adaptive_lifo": { "interval": "2ms" }"#, "adaptive_lifo.target", "not shorter"),
        (
            r#""priority": { "classes": [{ "kinds": ["join", "join"] }] }"#,
            "priority.classes[0].kinds[1]",
            "named already",
        ),
        (
            r#""priority": { "classes": [{ "kinds": ["join"] }, { "kinds": ["reverify", "join"] }] }"#,
            "priority.classes[1].kinds[1]",
            "of `classes[0]` already",
        ),
        (
            r#""priority": { "classes": [{ "cohorts": ["fons"] }] }"#,
            "priority.classes[0].cohorts[0]",
            "did you mean \"fans\"",
        ),
        (r#""priority": { "classes": [{ "kinds": [] }] }"#, "priority.classes[0].kinds", "there is none"),
    ] {
        check(&with_discipline(discipline, ""), &format!("services.verify.discipline.{path}"), contains);
    }
    for (discipline, more, path) in [
        (r#""priority": { "classes": [{ "kinds": ["join", "pay"] }] }"#, "", "priority.classes[0].kinds[1]"),
        (r#""lifo": {}"#, r#", "queue": 0"#, "lifo"),
    ] {
        let text = with_discipline(discipline, more);
        let scenario = parse(&text, "sale.json").expect("it has a form");
        let paths: Vec<String> = onsale::scenario::check(&scenario).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, [format!("services.verify.discipline.{path}")]);
        Plan::new(&scenario).expect("what never matters is no error");
    }
}

#[test]
fn an_overload_control_that_makes_no_sense_is_told_so() {
    let edge = |control: &str| with("", &format!(r#", "edge": {{ "overload": {{ {control} }} }}"#));
    for (control, path, contains) in [
        (r#""fixed_limit": { "limit": 0 }"#, "edge.overload.fixed_limit.limit", "1 or more"),
        (r#""aimd": { "min": 50, "max": 40 }"#, "edge.overload.aimd.max", "below the least"),
        (r#""aimd": { "initial": 10 }"#, "edge.overload.aimd.initial", "not between 20 and 200"),
        (r#""aimd": { "timeout": "0s" }"#, "edge.overload.aimd.timeout", "count as a failure"),
        (r#""gradient2": { "smoothing": 0 }"#, "edge.overload.gradient2.smoothing", "more than 0"),
        (
            r#""adaptive_throttling": { "window": "1500ms" }"#,
            "edge.overload.adaptive_throttling.window",
            "whole",
        ),
        (
            r#""admission_control": { "max_rejection": 1 }"#,
            "edge.overload.admission_control.max_rejection",
            "less than 1",
        ),
        (r#""priority_shedding": { "alpha": 1 }"#, "edge.overload.priority_shedding.alpha", "less than 1"),
        (
            r#""priority_shedding": { "ranks": [["pay", "pay"]] }"#,
            "edge.overload.priority_shedding.ranks",
            "one rank",
        ),
        (r#""vegas": {}"#, "edge.overload", "not known"),
    ] {
        check(&edge(control), path, contains);
    }
}

#[test]
fn a_limit_of_accounts_that_makes_no_sense_is_told_so() {
    let edge = |limit: &str| with("", &format!(r#", "edge": {{ "account_limit": {{ {limit} }} }}"#));
    for (limit, path, contains) in [
        (r#""per_second": 0"#, "edge.account_limit.per_second", "0.001"),
        (r#""per_second": 1, "lock": { "after": 0 }"#, "edge.account_limit.lock.after", "1 or more"),
        (
            r#""per_second": 1, "lock": { "after": 3, "for": "0s" }"#,
            "edge.account_limit.lock.for",
            "longer than 0s; write a duration such as \"20s\", or null",
        ),
        (r#""per_second": 1, "lock": {}"#, "edge.account_limit.lock.after", "missing"),
    ] {
        check(&edge(limit), path, contains);
    }
    let warned = |rest: &str| {
        let text = with("", rest);
        let scenario = parse(&text, "sale.json").expect("it has a form");
        let warnings = onsale::scenario::check(&scenario);
        warnings.iter().map(|warning| warning.path.clone()).collect::<Vec<_>>()
    };
    let mute = r#", "edge": { "refusal": "drop", "account_limit": { "per_second": 1, "lock": { "after": 3, "notice": true } } }"#;
    assert_eq!(warned(mute), ["edge.account_limit.lock.notice"]);
    let slow =
        r#", "edge": { "account_limit": { "per_second": 0.01 } }, "waiting_room": { "total_active": 9 }"#;
    assert_eq!(warned(slow), ["edge.account_limit.per_second"]);
    let idle = r#", "edge": { "concurrency": 10, "overload": { "fixed_limit": { "limit": 10 } } }"#;
    assert_eq!(warned(idle), ["edge.overload.fixed_limit.limit"]);
}

#[test]
fn autoscaling_that_makes_no_sense_is_told_so() {
    let gateways = |more: &str| with("", &format!(r#", "edge": {{ "concurrency": 10, {more} }}"#));
    for (more, path, contains) in [
        (r#""autoscale": { "min": 0, "max": 3 }"#, "edge.autoscale.min", "1 or more"),
        (r#""autoscale": { "min": 3, "max": 2 }"#, "edge.autoscale.max", "`min` or more"),
        (r#""autoscale": { "min": 1 }"#, "edge.autoscale.max", "missing"),
        (r#""autoscale": { "max": 256 }"#, "edge.autoscale.max", "at most 255"),
        (r#""autoscale": { "max": 3, "target": 0 }"#, "edge.autoscale.target", "more than 0"),
        (r#""autoscale": { "max": 3, "target": 1.2 }"#, "edge.autoscale.target", "1"),
        (r#""autoscale": { "max": 3, "tolerance": 2 }"#, "edge.autoscale.tolerance", "1"),
        (r#""autoscale": { "max": 3, "look_every": "0s" }"#, "edge.autoscale.look_every", "longer than 0s"),
        (r#""gateways": 4, "autoscale": { "max": 3 }"#, "edge.gateways", "begins with 4"),
        (r#""autoscale": { "min": 2, "max": 3 }"#, "edge.gateways", "write 2 to 3"),
    ] {
        check(&gateways(more), path, contains);
    }
    let endless = with("", r#", "edge": { "autoscale": { "max": 3 } }"#);
    check(&endless, "edge.autoscale", "set `edge.concurrency`");
    let station = |more: &str| {
        let more = format!(r#", "services": {{ "inventory": {{ "service": "1s", {more} }} }}"#);
        with("", &more)
    };
    for (more, path, contains) in [
        (
            r#""servers": 4, "peers": 2, "autoscale": { "max": 9 }"#,
            "services.inventory.autoscale",
            "single machine",
        ),
        (r#""servers": 9, "autoscale": { "max": 4 }"#, "services.inventory.servers", "begins with 9"),
    ] {
        check(&station(more), path, contains);
    }

    let warned = |text: &str| -> Vec<String> {
        let scenario = parse(text, "sale.json").unwrap();
        onsale::scenario::check(&scenario).into_iter().map(|problem| problem.path).collect()
    };
    let still = gateways(r#""autoscale": { "min": 1, "max": 1 }"#);
    assert_eq!(warned(&still), ["edge.autoscale.max"]);
    let late = gateways(r#""autoscale": { "max": 3, "lead_time": "5h" }"#);
    assert_eq!(warned(&late), ["edge.autoscale.lead_time"]);
    let blind = gateways(r#""autoscale": { "max": 3, "look_every": "5h" }"#);
    assert_eq!(warned(&blind), ["edge.autoscale.look_every"]);
    let limited = gateways(r#""autoscale": { "max": 3 }, "overload": { "fixed_limit": { "limit": 8 } }"#);
    assert_eq!(warned(&limited), ["edge.autoscale.target"]);
    let crash = r#", "faults": [{ "at": "1m", "for": "1m", "gateway_crash": { "gateway": 2 } }]"#;
    let crash =
        with("", &format!(r#", "edge": {{ "concurrency": 10, "autoscale": {{ "max": 3 }} }}{crash}"#));
    assert_eq!(warned(&crash), [""; 0], "a gateway that may be added can break");
}

#[test]
fn totals_have_limits() {
    let cohort = |name: &str, count: &str| {
        format!(r#"{{"name": "{name}", "count": {count}, "arrivals": {{"spike": {{}}}}}}"#)
    };
    let sale = |cohorts: &str, seats: &str| {
        format!(
            r#"{{"crowd": [{cohorts}], "inventory": {{"bands": [{{"name": "all", "seats": {seats}}}]}}}}"#
        )
    };
    check(&sale(&cohort("a", "1000000000000"), "1"), "crowd[0].count", "1,000,000,000,000 is too large");
    check(&sale(&cohort("a", "0"), "1"), "crowd", "nobody comes");
    let two = cohort("a", "60000000") + "," + &cohort("b", "60000000");
    check(&sale(&two, "1"), "crowd", "120000000 persons");
    check(&sale(&cohort("a", "1"), "0"), "inventory.bands[0].seats", "too small");
    check(&sale(&cohort("a", "1"), "50000001"), "inventory.bands[0].seats", "too large");
    let twins = cohort("a", "1") + "," + &cohort("a", "1");
    check(&sale(&twins, "1"), "crowd[1].name", "taken by crowd[0].name");
    let many: Vec<String> = (0..256).map(|i| cohort(&i.to_string(), "1")).collect();
    assert!(
        mistakes(&sale(&many.join(","), "1")).iter().any(|(at, what)| at == "crowd" && what.contains("255"))
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let run = |path: &str| {
        let done = Command::cargo_bin("onsale")
            .unwrap()
            .current_dir(folder.path())
            .args(["validate", path])
            .output()
            .unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    for (path, contains) in [("missing.json", "there is no such file"), (".", "this is a directory")] {
        let (code, said) = run(path);
        assert_eq!(code, Some(3));
        assert!(said.contains(contains) && said.contains(path), "{said}");
    }
    assert!(refused(b"{\"seed\": \xc3\x28}").contains("line 1 is not UTF-8 text"));
    assert!(refused(b"\xff\xfe{\0}\0").contains("UTF-16"));
}

#[test]
fn every_file_is_checked_and_stdin_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.json"), "{").unwrap();
    fs::write(folder.path().join("good.json"), GOOD).unwrap();
    let done = Command::cargo_bin("onsale")
        .unwrap()
        .current_dir(folder.path())
        .args(["validate", "bad.json", "good.json", "-"])
        .write_stdin(GOOD)
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(3));
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.contains("ok  good.json  20,000 persons in 3 cohorts, 2,000 seats"), "{said}");
    assert!(said.contains("ok  stdin  "), "{said}");
}

#[test]
fn columns_count_characters_whatever_the_line_is_made_of() {
    for (text, line, column) in [
        ("{\r\n\t\t\"sede\": 1\r\n}", 2, 3),
        ("\u{feff}{ \"sede\": 1 }", 1, 3),
        ("{ /* 日本 é */ \"sede\": 1 }", 1, 14),
    ] {
        let found = parse(text, "sale.json").unwrap_err();
        let typo = found.mistakes().iter().find(|m| m.path == "sede").unwrap();
        assert_eq!((typo.line, typo.column), (line, column), "{text}");
    }
}

#[test]
fn a_line_of_a_megabyte_is_not_printed_whole() {
    let text = format!(
        r#"{{"about": {{"title": "{}"}}, "sede": 1, "x": "{}"}}"#,
        "a".repeat(1 << 20),
        "b".repeat(1 << 20)
    );
    let said = refused(text.as_bytes());
    assert!(said.len() < 8000, "{} bytes", said.len());
    assert!(said.contains("sale.json:1:1048602"), "{said}");
}

#[test]
fn many_mistakes_are_counted_and_some_are_drawn() {
    let said = refused(format!("{{\"sessions\": 1, {}}}", "\"x\": 1, ".repeat(5000)).as_bytes());
    assert!(said.contains("... and ") && said.len() < 20_000, "{} bytes", said.len());
}

#[test]
fn the_picture_of_several_mistakes() {
    let text = r#"{
	"sede": 5,
	"opens_at": "10 min",
	"crowd": [
		{ "name": "naïve 日本", "cuont": 5, "arrivals": { "spike": {}, "poisson": {} }, "network": "mobil" },
		{ "name": "b", "count": 1000000000000, "arrivals": "spike", "timeout": 20 },
		{ "name": "b", "count": -5, "arrivals": { "lounge_fill": {} }, "choose": { "lognormal": { "median": "1s" } } }
	],
	"services": { "verify": { "servers": 0, "service": "80ms" } },
	"services": {},
	"route": { "pay": "checkout" },
	"waiting_room": { "policy": "fifo", "poll_interval": "0s" },
	"inventory": { "bands": [{ "name": "floor", "seats": 100, "seats": 200 }], "hold": 600 },
	"payment": { "decline": 17 }, // per cent?
}"#;
    insta::assert_snapshot!(refused(text.as_bytes()));
}

#[test]
fn the_picture_of_a_broken_file() {
    insta::assert_snapshot!(refused(b"{\n  \"seed\": 1\n  \"crowd\": []\n}\n"));
}

#[test]
fn the_picture_of_a_long_line() {
    let cohorts =
        (0..30).map(|i| format!(r#"{{"name": "c{i}", "count": 1, "arrivals": {{"spike": {{}}}}}}"#));
    let cohorts = cohorts.collect::<Vec<_>>().join(", ");
    let text = format!(
        r#"{{"crowd": [{cohorts}], "inventary": {{}}, "inventory": {{"bands": [{{"name": "a", "seats": 1}}]}}}}"#
    );
    insta::assert_snapshot!(refused(text.as_bytes()));
}

#[test]
fn the_picture_of_warnings() {
    let text =
        with("", r#", "waiting_room": { "poll_interval": "1m", "grace": "30s", "turn_validity": "30s" }"#);
    let scenario = parse(&text, "sale.json").unwrap();
    Plan::new(&scenario).expect("warnings are no errors");
    let problems = onsale::scenario::check(&scenario);
    insta::assert_snapshot!(Diagnosis::of_problems("sale.json", &text, &problems).picture(false));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Cut, overwritten or patched anywhere, a scenario is read or refused, never a panic.
    #[test]
    fn a_mutilated_scenario_never_panics(
        cut in 0_usize..=GOOD.len(),
        patches in prop::collection::vec((0_usize..GOOD.len(), "[\\PC\"{}\\[\\]:,0-9a-z\\-]{0,6}", 0_usize..9), 0..5),
        truncate in any::<bool>(),
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, patch, removed) in patches {
            let at = at.min(bytes.len());
            let end = (at + removed).min(bytes.len());
            bytes.splice(at..end, patch.bytes());
        }
        if truncate {
            bytes.truncate(cut);
        }
        let text = String::from_utf8_lossy(&bytes);
        match parse(&text, "sale.json") {
            Ok(scenario) => {
                let _ = Plan::new(&scenario).map_err(|p| Diagnosis::of_problems("sale.json", &text, &p).picture(true));
            }
            Err(diagnosis) => {
                prop_assert!(diagnosis.errors() > 0);
                diagnosis.picture(true);
            }
        }
    }

    /// Whatever stands in a line of `expect`, escapes and all, is read, or its mistakes are drawn where they are.
    #[test]
    fn whatever_is_expected_is_read_or_drawn(line in "[a-z.@=<>in0-9 '%,_\\\\u\"é日\\n-]{0,40}|\\PC{0,30}") {
        let text = expecting(&serde_json::to_string(&line).unwrap());
        let diagnosis = match parse(&text, "sale.json") {
            Err(diagnosis) => diagnosis,
            Ok(scenario) => Diagnosis::of_problems("sale.json", &text, &onsale::scenario::check(&scenario)),
        };
        diagnosis.picture(true);
        for mistake in diagnosis.mistakes() {
            prop_assert!(text.get(mistake.span.clone()).is_some());
            prop_assert!((mistake.line, mistake.column) <= (mistake.end_line, mistake.end_column));
        }
    }

    /// Any one value replaced by any other: what the reader of the form lets through, serde takes.
    #[test]
    fn any_value_anywhere_is_read_or_told(pick in any::<prop::sample::Index>(), what in 0_usize..14) {
        const VALUES: [&str; 14] = [
            "null", "true", "0", "-1", "1.5", "1e400", "\"\"", "\"1s\"", "[]", "{}", "[[]]", "{\"x\": 1}",
            "99999999999999999999", "{\"constant\": \"1s\"}",
        ];
        let full = parse(GOOD, "sale.json").unwrap().expanded();
        let starts: Vec<usize> = full.match_indices(": ").map(|(i, _)| i + 2).collect();
        let start = starts[pick.index(starts.len())];
        let mut stream = serde_json::Deserializer::from_str(&full[start..]).into_iter::<serde_json::Value>();
        let end = match stream.next() {
            Some(Ok(_)) => start + stream.byte_offset(),
            _ => return Ok(()),
        };
        let text = format!("{}{}{}", &full[..start], VALUES[what], &full[end..]);
        if let Err(diagnosis) = parse(&text, "sale.json") {
            let last_word = diagnosis.mistakes().iter().any(|m| m.remedy.contains("onsale schema scenario"));
            prop_assert!(!last_word, "serde found what the walker did not: {}", diagnosis.picture(false));
        } else if let Ok(scenario) = parse(&text, "sale.json") {
            let _ = Plan::new(&scenario);
        }
    }
}

#[test]
fn nonsense_at_the_checkout_is_refused_or_warned_of() {
    let payment = |written: &str| with("", &format!(r#", "payment": {{ {written} }}"#));
    for (written, path, contains) in [
        (r#""error": 2"#, "payment.error", "0 to 1"),
        (r#""capacity": { "at_once": 0 }"#, "payment.capacity.at_once", "too small"),
        (r#""challenge": { "share": 1.5 }"#, "payment.challenge.share", "0 to 1"),
        (r#""challenge": { "abandon": -1 }"#, "payment.challenge.abandon", "0 to 1"),
        (r#""idempotency": { "kept_for": "0s" }"#, "payment.idempotency.kept_for", "longer than 0s"),
        (r#""idempotency": { "keeps": "errors" }"#, "payment.idempotency.keeps", "not known"),
        (r#""unpaid": { "share": 7 }"#, "payment.unpaid.share", "0 to 1"),
        (r#""unpaid": { "after": "0s" }"#, "payment.unpaid.after", "longer than 0s"),
    ] {
        check(&payment(written), path, contains);
    }
    for (written, path) in [
        (r#""idempotency": { "kept_for": "1m" }"#, "payment.idempotency.kept_for"),
        (r#""challenge": { "share": 0 }"#, "payment.challenge.share"),
        (r#""unpaid": { "after": "48h" }"#, "payment.unpaid.after"),
        (r#""late": "refund""#, "payment.late"),
    ] {
        let scenario = parse(&payment(written), "sale.json").expect("it has a form");
        let warnings = onsale::scenario::check(&scenario);
        assert!(warnings.len() == 1 && warnings[0].path == path, "{warnings:#?}");
    }
}

#[test]
fn nonsense_at_the_stock_is_refused_or_warned_of() {
    const CRASHES: &str = r#", "services": { "inventory": { "servers": 1, "service": "1s" } },
        "faults": [{ "at": "31m", "for": "1m", "station_down": { "station": "inventory" } }]"#;
    let no_time =
        with("", "").replacen(r#""inventory": {"#, r#""inventory": { "hold_when_paying": "0s","#, 1);
    check(&no_time, "inventory.hold_when_paying", "longer than 0s");
    let inventory = |written: &str, rest: &str| {
        with("", rest).replacen(r#""inventory": {"#, &format!(r#""inventory": {{ {written},"#), 1)
    };
    check(&inventory(r#""choose_within": "0s""#, ""), "inventory.choose_within", "longer than 0s");
    check(&inventory(r#""buy_within": "0s""#, ""), "inventory.buy_within", "longer than 0s");
    let room = r#", "waiting_room": { "total_active": 3, "turn_validity": "2m" }"#;
    for (written, rest, contains) in [
        (r#""choose_within": "2m", "buy_within": "2m""#, "", "put out before"),
        (r#""choose_within": "2m""#, room, "a turn of 2m ends"),
    ] {
        let scenario = parse(&inventory(written, rest), "sale.json").expect("it has a form");
        let warnings = onsale::scenario::check(&scenario);
        assert!(warnings.len() == 1 && warnings[0].path == "inventory.choose_within", "{warnings:#?}");
        assert!(warnings[0].problem.contains(contains), "{warnings:#?}");
    }
    let stock = |written: &str, rest: &str| {
        let from = r#""inventory": {"#;
        with("", rest).replacen(from, &format!(r#"{from} "concurrency": {{ {written} }},"#), 1)
    };
    for (written, path, contains) in [
        (r#""sharded": { "shards": 1 }"#, "inventory.concurrency.sharded.shards", "too small"),
        (r#""sharded": { "shards": 6 }"#, "inventory.concurrency.sharded.shards", "not enough"),
        (
            r#""pre_deduct": { "persist_after": "0s" }"#,
            "inventory.concurrency.pre_deduct.persist_after",
            "longer than 0s",
        ),
        (r#""optimistic": { "attempts": 0 }"#, "inventory.concurrency.optimistic.attempts", "too small"),
        (r#""serialised": { "lock": "0s" }"#, "inventory.concurrency.serialised.lock", "longer than 0s"),
        (r#""unsafe": { "servers": 3 }"#, "inventory.concurrency.unsafe.servers", "unknown key"),
        (r#""pessimistic": {}"#, "inventory.concurrency", "not known"),
    ] {
        check(&stock(written, CRASHES), path, contains);
    }
    let cancels = r#", "operator": [{ "trigger": { "at": "32m" }, "actions": [{ "settle_orders": { "orders": { "cancel": {} } } }] }]"#;
    for written in [r#""unsafe": {}"#, r#""pre_deduct": {}"#] {
        check(&stock(written, &format!("{CRASHES}{cancels}")), "inventory.concurrency", "sold to several");
    }
    for (written, rest, contains) in [
        (r#""pre_deduct": {}"#, CRASHES.replace("station_down", "error_burst"), "never goes down"),
        (
            r#""pre_deduct": {}"#,
            CRASHES
                .replace(r#""servers""#, r#""peers": 2, "servers""#)
                .replace(r#""inventory" }"#, r#""inventory", "peer": 1 }"#),
            "never goes down",
        ),
        (r#""pre_deduct": {}"#, String::new(), "no service takes holds"),
        (r#""unsafe": {}"#, String::new(), "no service takes holds"),
        (r#""optimistic": {}"#, String::new(), "no service takes holds"),
        (r#""serialised": {}"#, String::new(), "no service takes holds"),
    ] {
        let scenario = parse(&stock(written, &rest), "sale.json").expect("it has a form");
        let warnings = onsale::scenario::check(&scenario);
        let told = warnings.len() == 1
            && warnings[0].path == "inventory.concurrency"
            && warnings[0].problem.contains(contains);
        assert!(told, "{written}: {warnings:#?}");
    }
    let picks = |written: &str, more: &str| {
        let from = r#""inventory": {"#;
        let selection = format!(r#"{from} "selection": {{ "pick_a_seat": {{ {written} }} }},{more}"#);
        with("", "").replacen(from, &selection, 1)
    };
    for (written, more, path, contains) in [
        (r#""tries": 0"#, "", ".tries", "too small"),
        (r#""tries": 256"#, "", ".tries", "255"),
        (r#""map_age": "soon""#, "", ".map_age", "not a duration"),
        (r#""choice": "best""#, "", ".choice", "not known"),
        (r#""choice": { "front": { "share": 1.2 } }"#, "", ".choice.front.share", "0 to 1"),
        (r#""choice": { "front": { "part": -1 } }"#, "", ".choice.front.part", "more than 0 and at most 1"),
        (r#""choice": { "front": { "part": 0 } }"#, "", ".choice.front.part", "more than 0 and at most 1"),
        ("", r#""when_none_free": "wait","#, "", "cannot wait"),
        ("", r#""concurrency": { "sharded": { "shards": 2 } },"#, "", "one shard"),
    ] {
        check(&picks(written, more), &format!("inventory.selection.pick_a_seat{path}"), contains);
    }
}

/// The shortest scenario with a waiting room under this policy.
fn with_policy(cohort: &str, policy: &str) -> String {
    with(cohort, &format!(r#", "waiting_room": {{ "new_per_minute": 60, "policy": {policy} }}"#))
}

#[test]
fn a_mistake_inside_a_score_has_a_caret_of_its_own() {
    for (score, wrong, contains) in [
        ("waiting_s - 5 * retrys", "retrys", "retries"),
        ("waiting_s * retries", "waiting_s", "grow evenly"),
        ("if(retries, 1, 2)", "retries", "condition"),
        ("3 / 0", "0", "divides by zero"),
    ] {
        let text = with_policy("", &format!(r#"{{ "eligibility_pool": {{ "score": "{score}" }} }}"#));
        check(&text, "waiting_room.policy.eligibility_pool.score", contains);
        let problems = Plan::new(&parse(&text, "sale.json").unwrap()).unwrap_err();
        let diagnosis = Diagnosis::of_problems("sale.json", &text, &problems);
        assert_eq!(&text[diagnosis.mistakes()[0].span.clone()], wrong, "{score}");
    }
}

#[test]
fn settings_of_a_pool_that_contradict_each_other_are_told() {
    const POOL: &str = "waiting_room.policy.eligibility_pool";
    for (settings, key, contains) in [
        (r#""admit_above": 1, "evict_below": 2"#, "evict_below", "keeps nobody waiting"),
        (r#""tick": "5s""#, "tick", "at least \"30s\""),
        (r#""restore": "anew""#, "restore", "nobody is taken out"),
    ] {
        let policy = format!(r#"{{ "eligibility_pool": {{ {settings} }} }}"#);
        check(&with_policy("", &policy), &format!("{POOL}.{key}"), contains);
    }
    for (settings, key, contains) in [
        (r#""lock_out_above": 0.4"#, "lock_out_above", "0.5 or more"),
        (r#""lock_out_above": 0.9, "infinite_above": 0.8"#, "infinite_above", "0.9 or more"),
        (r#""slow_above": null"#, "slow_above", "everybody is in the fast lane"),
        (r#""slow_share": 1"#, "slow_share", "no share"),
        (r#""risk": "waiting_s / 60""#, "risk", "at the join"),
        (r#""risk": "rsik""#, "risk", "risk"),
    ] {
        let policy = format!(r#"{{ "risk_lanes": {{ {settings} }} }}"#);
        check(&with_policy("", &policy), &format!("waiting_room.policy.risk_lanes.{key}"), contains);
    }
    let pool = r#"{ "eligibility_pool": { "score": "account_age_days + verified - risk" } }"#;
    for (key, path, contains) in [
        (r#""account_age_days": { "low": -1, "high": 5 }"#, "account_age_days.low", "0 or more"),
        (r#""account_age_days": { "low": 6, "high": 5 }"#, "account_age_days.high", "write 6 or more"),
        (r#""risk": { "low": 0, "high": 2 }"#, "risk.high", "from 0 to 1"),
    ] {
        check(&with_policy(&format!(", {key}"), pool), &format!("crowd[0].{path}"), contains);
    }
}
