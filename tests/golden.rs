//! Every shipped scenario is a golden test: its fingerprint and every metric, in `tests/golden/`, one line each, so
//! that a difference reads as prose.

use crate::support;
use onsale::experiment::result::RunResult;
use std::fmt::Write;

fn lines(result: &RunResult) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: &dyn std::fmt::Display| {
        writeln!(text, "{what} = {value}").expect("a string grows");
    };
    line("fingerprint", &result.fingerprint);
    line("events", &result.events);
    for metric in &result.metrics {
        let mut what = metric.name.clone();
        for scope in [&metric.cohort, &metric.station].into_iter().flatten() {
            what += &format!(" @ {scope}");
        }
        match metric.value {
            Some(value) => line(&what, &value),
            None => line(&what, &"null"),
        }
    }
    for row in &result.requests {
        let emitter = row.emitter.as_deref().unwrap_or("nobody");
        line(&format!("requests {} {} by {emitter}", row.kind, row.outcome), &row.count);
    }
    text
}

#[test]
fn shipped_scenarios_give_the_figures_that_were_looked_at() {
    for (name, scenario) in support::shipped() {
        let result = support::run_scenario(&scenario, &name, scenario.seed);
        support::golden(&support::root().join(format!("tests/golden/{name}.txt")), &lines(&result));
    }
}
