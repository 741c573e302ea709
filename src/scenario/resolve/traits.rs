//! What persons are and have: shares of sessions, and what policies that score look at.

use super::super::Scenario;
use super::super::crowd::Cohort;
use super::super::plan::TraitsPlan;
use super::super::traits::{a_year, low_risk};
use super::check::Found;
use super::written_line;
use crate::admission::Variable;
use crate::quantity::Share;

/// Running sums; the last is 1 however the shares round.
pub(super) fn cumulative(shares: &[Share]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = shares
        .iter()
        .map(|share| {
            sum += share.get();
            f64::min(sum, 1.0)
        })
        .collect();
    if let Some(last) = sums.last_mut() {
        *last = 1.0;
    }
    sums
}

pub(super) fn plan(cohort: &Cohort) -> TraitsPlan {
    let (age, risk) = (cohort.account_age_days, cohort.risk);
    TraitsPlan {
        account_age_days: (age.low.get(), age.high.get()),
        verified: cohort.verified.get(),
        risk: (risk.low.get(), risk.high.get()),
    }
}

/// Checks what a cohort says of what policies that score look at.
pub(super) fn check(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let traits = plan(cohort);
    for (key, (low, high)) in [("account_age_days", traits.account_age_days), ("risk", traits.risk)] {
        if low > high {
            let path = format!("{path}.{key}");
            let problem = format!("{high} is below {low}, where this begins");
            found.error(format!("{path}.high"), problem, format!("write {low} or more"));
            found.because_of(&[&format!("{path}.low")]);
        }
    }
    let looks_at = |variable| written_line(scenario).is_some_and(|room| room.policy.looks_at(variable));
    for (key, is_written, variable) in [
        ("account_age_days", cohort.account_age_days != a_year(), Variable::AccountAge),
        ("verified", cohort.verified != 0.0, Variable::Verified),
        ("risk", cohort.risk != low_risk(), Variable::Risk),
    ] {
        if is_written && !looks_at(variable) {
            found.warning(
                format!("{path}.{key}"),
                format!("no policy looks at `{}` in this scenario, so this has no effect", variable.name()),
                "let the score of `waiting_room.policy` use it, or leave this out",
            );
            found.because_of(&["waiting_room"]);
        }
    }
}
