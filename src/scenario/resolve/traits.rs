//! What persons are and have: shares of sessions, and what policies that score look at.

use super::super::Scenario;
use super::super::crowd::Cohort;
use super::super::plan::TraitsPlan;
use super::super::traits::{Between, a_year, low_risk};
use super::check::Found;
use super::written_line;
use crate::admission::Variable;

/// Running sums; the last is 1 however the shares round.
pub(super) fn cumulative(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut sums: Vec<f64> = shares
        .iter()
        .map(|share| {
            sum += share;
            f64::min(sum, 1.0)
        })
        .collect();
    if let Some(last) = sums.last_mut() {
        *last = 1.0;
    }
    sums
}

pub(super) fn plan(cohort: &Cohort) -> TraitsPlan {
    let ends = |between: Between| (between.low, between.high);
    TraitsPlan {
        account_age_days: ends(cohort.account_age_days),
        verified: cohort.verified,
        risk: ends(cohort.risk),
    }
}

/// Checks what a cohort says of what policies that score look at.
pub(super) fn check(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    found.share(cohort.verified, format!("{path}.verified"));
    for (key, Between { low, high }, most) in
        [("account_age_days", cohort.account_age_days, f64::MAX), ("risk", cohort.risk, 1.0)]
    {
        let path = format!("{path}.{key}");
        let limit = if most == 1.0 { "a number from 0 to 1" } else { "a number from 0 on" };
        for (end, value) in [("low", low), ("high", high)] {
            if !(0.0..=most).contains(&value) {
                found.error(
                    format!("{path}.{end}"),
                    format!("{value} is out of range"),
                    format!("write {limit}"),
                );
            }
        }
        if low > high {
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
