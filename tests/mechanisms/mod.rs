//! One small scenario for each mechanism, in `scenarios/mechanisms/`, and its count by an independent calculation.

mod admission;
mod autoscale;
mod bots;
mod breakdown;
mod budgets;
mod call_back;
mod callers;
mod checkout;
mod clients;
mod clocks;
mod codes;
mod disciplines;
mod edge;
mod faults;
mod giving_up;
mod identity;
mod line;
mod operator;
mod overload;
mod parties;
mod policies;
mod presets;
mod published;
mod settlement;
mod station;
mod stock;
mod switches;
mod table;
mod tabs;
mod tokens;

use crate::support;
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::experiment::result::RunResult;
use onsale::protocol::{Fact, Observer};
use onsale::scenario::Scenario;

/// Keeps every fact, with its time.
#[derive(Default)]
struct Book(Vec<(Time, Fact)>);

impl Observer for Book {
    fn hear(&mut self, at: Time, fact: &Fact) {
        self.0.push((at, *fact));
    }
}

impl Book {
    /// How many facts are of this sort.
    fn count(&self, is: impl Fn(&Fact) -> bool) -> usize {
        self.0.iter().filter(|(_, fact)| is(fact)).count()
    }

    /// The instants of the facts of this sort, as they were heard.
    fn times(&self, is: impl Fn(&Fact) -> bool) -> Vec<Time> {
        self.0.iter().filter(|(_, fact)| is(fact)).map(|(at, _)| *at).collect()
    }

    /// The instants of the facts of this sort, in microseconds, in order of time.
    fn instants_us(&self, is: impl Fn(&Fact) -> bool) -> Vec<u64> {
        let mut instants: Vec<u64> =
            self.0.iter().filter(|(_, fact)| is(fact)).map(|(at, _)| at.as_us()).collect();
        instants.sort_unstable();
        instants
    }
}

/// The text of a mechanism's scenario.
fn text(name: &str) -> String {
    changed(name, &[])
}

/// The text of a mechanism's scenario, with some of it replaced.
fn changed(name: &str, changes: &[(&str, &str)]) -> String {
    support::changed("mechanisms", name, changes)
}

/// Everything that happens in a mechanism's scenario, with some of its text replaced.
fn happens_with(name: &str, changes: &[(&str, &str)]) -> Book {
    let scenario: Scenario = support::scenario(&changed(name, changes));
    observe(support::plan(&scenario), scenario.seed, Book::default()).observer
}

/// A run of a mechanism's scenario with some of its text replaced.
fn runs_with(name: &str, changes: &[(&str, &str)]) -> RunResult {
    let scenario = support::scenario(&changed(name, changes));
    support::run_scenario(&scenario, name, scenario.seed)
}

/// What a run of a mechanism's scenario says of a metric, with some of its text replaced.
fn measured_with(name: &str, metric: &str, changes: &[(&str, &str)]) -> Option<f64> {
    runs_with(name, changes).value(metric)
}

/// What a run of a mechanism's scenario says of a metric.
fn measured(name: &str, metric: &str) -> Option<f64> {
    measured_with(name, metric, &[])
}

/// Everything that happens in a mechanism's scenario.
fn happens(name: &str) -> Book {
    happens_with(name, &[])
}
