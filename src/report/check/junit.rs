//! A check as `JUnit` XML: a suite a scenario, a case a line of `expect`, one for the bytes, one a margin. No clock, no
//! host and no duration is in it.

use super::super::formatting::clean;
use super::super::replications::what_came_of_it;
use super::phrases;
use crate::experiment::check::exact::ExactVerdict;
use crate::experiment::check::gates::GateVerdict;
use crate::experiment::check::{Against, Checked, Report, ScenarioCheck};
use crate::experiment::replicate::ExpectedOfMany;
use crate::experiment::result::ExpectationVerdict;
use askama::Template;

#[derive(Template)]
#[template(path = "junit.xml")]
struct Document {
    suites: Vec<Suite>,
    tests: usize,
    failures: usize,
    errors: usize,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
    failures: usize,
    errors: usize,
    skipped: usize,
}

struct Case {
    group: &'static str,
    name: String,
    outcome: Outcome,
}

enum Outcome {
    /// It is as it should be; what there is to say beside that.
    Passed(String),
    /// It is not.
    Failed(String),
    /// It could not be asked.
    Error(String),
    /// It proves nothing, or cannot be compared.
    Skipped(String),
}

/// The check as `JUnit` XML, ending with a line break.
///
/// # Panics
/// Never: a text can always be written to.
pub fn check_junit(report: &Report) -> String {
    let suites: Vec<Suite> = report.scenarios.iter().map(suite).collect();
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum();
    let document = Document {
        tests: sum(|suite| suite.cases.len()),
        failures: sum(|suite| suite.failures),
        errors: sum(|suite| suite.errors),
        suites,
    };
    document.render().expect("a text can be written to") + "\n"
}

fn suite(entry: &ScenarioCheck) -> Suite {
    let cases = match (&entry.checked, &entry.refused) {
        (Some(checked), _) => cases(checked),
        (None, refused) => {
            let why =
                refused.as_ref().map_or_else(String::new, |why| format!("{}; {}", why.problem, why.remedy));
            vec![case("check", "it can be checked".to_owned(), Outcome::Error(why))]
        }
    };
    let count = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.outcome)).count();
    Suite {
        name: clean(&entry.name),
        failures: count(|outcome| matches!(outcome, Outcome::Failed(_))),
        errors: count(|outcome| matches!(outcome, Outcome::Error(_))),
        skipped: count(|outcome| matches!(outcome, Outcome::Skipped(_))),
        cases,
    }
}

fn case(group: &'static str, name: String, outcome: Outcome) -> Case {
    let safe = |text: String| clean(&text);
    let outcome = match outcome {
        Outcome::Passed(text) => Outcome::Passed(safe(text)),
        Outcome::Failed(text) => Outcome::Failed(safe(text)),
        Outcome::Error(text) => Outcome::Error(safe(text)),
        Outcome::Skipped(text) => Outcome::Skipped(safe(text)),
    };
    Case { group, name: safe(name), outcome }
}

fn cases(checked: &Checked) -> Vec<Case> {
    let seeds: Vec<&str> = checked.seeds.iter().map(String::as_str).collect();
    let mut cases: Vec<Case> = checked.expectations.iter().map(|line| expected(line, &seeds)).collect();
    if let Some(against) = &checked.against {
        cases.push(bytes(against, checked.opens_at_us));
        cases.extend(gates(against));
    }
    cases
}

fn expected(line: &ExpectedOfMany, seeds: &[&str]) -> Case {
    let came = what_came_of_it(line, seeds);
    let outcome = if line.fails() {
        Outcome::Failed(came)
    } else if line.count(ExpectationVerdict::Vacuous) == seeds.len() {
        Outcome::Skipped(came)
    } else {
        Outcome::Passed(came)
    };
    case("expect", line.line.clone(), outcome)
}

fn bytes(against: &Against, opens_at_us: u64) -> Case {
    let said = phrases::exact(&against.exact, opens_at_us);
    let outcome = match against.exact.verdict {
        ExactVerdict::NotComparable => Outcome::Skipped(said),
        ExactVerdict::Differs if against.exact_fails() => Outcome::Failed(said),
        ExactVerdict::Differs | ExactVerdict::Same => Outcome::Passed(said),
    };
    case("baseline", "the same bytes".to_owned(), outcome)
}

fn gates(against: &Against) -> Vec<Case> {
    if let Some(why) = &against.not_judged {
        return vec![case("margin", "margins".to_owned(), Outcome::Skipped(why.clone()))];
    }
    let one = |gate| {
        let said = phrases::sentence(gate);
        let outcome = if against.gate_fails(gate) {
            Outcome::Failed(said)
        } else if gate.verdict == GateVerdict::ProvesNothing {
            Outcome::Skipped(said)
        } else {
            Outcome::Passed(said)
        };
        case("margin", phrases::called(&gate.metric, gate.cohort.as_deref(), None), outcome)
    };
    against.gates.iter().map(one).collect()
}
