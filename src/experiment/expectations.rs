//! What the scenario said a run must show, held against the sheet.
//!
//! A line is met or missed; or it is *vacuous*: nothing can be learned from it, so it never fails a run and is shown
//! as proving nothing. That is so where
//!
//! - its value is undefined (a percentile over nobody, a quotient with nothing below the line), or
//! - it is met only because what it is about could not happen: its value is 0, the sheet says over how many it
//!   counted (`n`), and there were none. "No 504" is such a line where no gateway has a timer.
//!
//! A line that is missed is missed, even where it never could have been met: a limit from below on something that
//! cannot happen is a broken promise, not an empty one. And "never" is a value: a sale that never sold out did so
//! later than any limit, which misses `sale.sold_out_at <= 1 h` and meets `sale.sold_out_at >= 1 h`; and so is the time
//! until people knew, where that percentile of them was never told.

use super::result::{Expectation, ExpectationVerdict};
use crate::metrics::MetricSheet;
use crate::protocol::Roster;
use crate::scenario::plan::ExpectationPlan;

/// Judges every line, in the order of the scenario.
pub(super) fn judged(plans: &[ExpectationPlan], roster: &Roster, sheet: &MetricSheet) -> Vec<Expectation> {
    let mut answers = sheet.answers.iter();
    plans
        .iter()
        .map(|plan| {
            let answer = plan.at.and_then(|_| answers.next()).map(|count| *count as f64);
            judge(plan, answer, roster, sheet)
        })
        .collect()
}

fn judge(plan: &ExpectationPlan, answer: Option<f64>, roster: &Roster, sheet: &MetricSheet) -> Expectation {
    let metric = plan.metric;
    let cohort = plan.cohort.map(|cohort| roster.cohorts[cohort.index()].name.clone());
    let on_sheet = sheet
        .values
        .iter()
        .find(|value| value.name == metric.name && value.cohort == cohort && value.station == plan.station);
    let n = on_sheet.and_then(|value| value.n);
    let value = answer.or_else(|| on_sheet.and_then(|value| value.value));
    let never = metric.or_never && n != Some(0);
    let compared = value.or(never.then_some(f64::INFINITY));
    let met = compared.is_some_and(|value| plan.bounds.met(value));
    let proves_nothing = match compared {
        None => Some(undefined(n)),
        Some(value) if met && value == 0.0 && n == Some(0) => Some(impossible(metric.out_of)),
        Some(_) => None,
    };
    Expectation {
        line: plan.line.clone(),
        if_missed: plan.if_missed,
        metric: metric.name.to_owned(),
        cohort,
        station: plan.station.clone(),
        after_opening_us: plan.at.map(|at| at.saturating_since(roster.opens_at).as_us()),
        unit: metric.unit.to_owned(),
        value,
        n,
        comparison: plan.bounds.sign().to_owned(),
        limits: plan.bounds.limits(),
        margin: compared.map(|value| plan.bounds.margin(value)).filter(|margin| margin.is_finite()),
        verdict: match (&proves_nothing, met) {
            (Some(_), _) => ExpectationVerdict::Vacuous,
            (None, true) => ExpectationVerdict::Met,
            (None, false) => ExpectationVerdict::Missed,
        },
        proves_nothing,
    }
}

fn undefined(n: Option<u64>) -> String {
    match n {
        Some(0) => "undefined: there was nothing to compute it from".to_owned(),
        _ => "undefined in this run".to_owned(),
    }
}

fn impossible(out_of: &str) -> String {
    match out_of {
        "" => "there was nothing that it could count".to_owned(),
        opportunities => format!("there were no {opportunities}"),
    }
}
