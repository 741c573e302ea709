//! Who got tickets, by cohort, and whether the differences are more than luck.

use crate::experiment::result::RunResult;
use crate::metrics::names;
use crate::report::formatting::{count, counted, fit, listed, percent, points};
use crate::report::readings::CohortOutcome;
use std::fmt::Write;

/// How many cohorts a sentence can name before it becomes a table.
const COHORTS_NAMED: usize = 4;

/// Who got tickets.
pub(super) fn won(result: &RunResult) -> String {
    let all = CohortOutcome::read(result, None);
    let mut text = match (all.bought, all.persons, all.success) {
        (Some(bought), Some(persons), Some(success)) => format!(
            "{} of {} got a ticket ({})",
            count(bought),
            counted(persons, "person", "persons"),
            percent(success)
        ),
        (_, Some(persons), _) if persons > 0.0 => return "Who got a ticket was not measured.".to_owned(),
        _ => return "Nobody came, so nobody won.".to_owned(),
    };
    let mut outcomes: Vec<CohortOutcome> =
        CohortOutcome::of_cohorts(result).into_iter().filter(|outcome| outcome.success.is_some()).collect();
    if outcomes.len() < 2 {
        text.push('.');
        text.push_str(&partial(result));
        return text;
    }
    outcomes.sort_by(|a, b| b.success.unwrap_or(0.0).total_cmp(&a.success.unwrap_or(0.0)));
    let name =
        |outcome: &CohortOutcome| format!("{} {}", name_of(outcome), percent(outcome.success.unwrap_or(0.0)));
    let (best, worst) = (&outcomes[0], &outcomes[outcomes.len() - 1]);
    if percent(best.success.unwrap_or(0.0)) == percent(worst.success.unwrap_or(0.0)) {
        text.push_str(", the same in every cohort");
    } else if outcomes.len() <= COHORTS_NAMED {
        let named: Vec<String> = outcomes.iter().map(name).collect();
        let _ = write!(text, ": {}", listed(&named));
    } else {
        let _ = write!(text, ", from {} down to {}", name(best), name(worst));
    }
    text.push('.');
    text.push_str(&partial(result));
    if let Some(reading) = reading_of_the_gap(result, &outcomes) {
        text.push(' ');
        text.push_str(&reading);
    }
    text
}

/// That a ticket is not always all that was wanted.
fn partial(result: &RunResult) -> String {
    let partial = result.value(names::SALE_PARTIAL_ORDERS).filter(|orders| *orders >= 1.0);
    partial.map_or_else(String::new, |orders| {
        format!(" {} got fewer seats than wanted.", counted(orders, "order", "orders"))
    })
}

/// The name of a cohort as a sentence can bear it.
fn name_of(outcome: &CohortOutcome) -> String {
    fit(outcome.cohort.as_deref().unwrap_or("all"), 40)
}

/// How the gap between the cohorts that fairness compares reads: against chance, and against the four-fifths
/// rule (29 CFR 1607.4(D)). Chance is a fair draw of the same sizes: the difference of the two extreme rates
/// is taken as more than luck from three standard deviations on.
fn reading_of_the_gap(result: &RunResult, outcomes: &[CohortOutcome]) -> Option<String> {
    let gap = result.value(names::FAIRNESS_SUCCESS_GAP)?;
    let compared = |outcome: &&CohortOutcome| {
        result
            .cast
            .cohorts
            .iter()
            .any(|cohort| cohort.compare && Some(&cohort.name) == outcome.cohort.as_ref())
    };
    let mut outcomes = outcomes.iter().filter(compared);
    let best = outcomes.next()?;
    let worst = outcomes.next_back()?;
    let (n_best, n_worst) = (best.persons?, worst.persons?);
    let pooled = (best.bought? + worst.bought?) / (n_best + n_worst);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n_best + 1.0 / n_worst)).sqrt();
    if gap <= 3.0 * deviation {
        return Some(format!("The gap of {} is within what luck alone would show.", points(gap)));
    }
    let pair = (name_of(best), name_of(worst));
    let start = format!("The gap of {} is more than luck", points(gap));
    if worst.bought.is_some_and(|bought| bought < 1.0) {
        return Some(format!("{start}: not one person of {} got a ticket.", pair.1));
    }
    Some(match result.value(names::FAIRNESS_SUCCESS_DISPARATE_IMPACT) {
        Some(impact) if impact < 0.8 => format!(
            "{start}: {} had {} of the chance of {}, below the four-fifths rule.",
            pair.1,
            percent(impact),
            pair.0
        ),
        Some(impact) => format!("{start}: {} had {} of the chance of {}.", pair.1, percent(impact), pair.0),
        None => format!("{start}."),
    })
}
