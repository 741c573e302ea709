//! Who was told nothing, and by which mechanism above all.

use super::untold;
use crate::experiment::result::RunResult;
use crate::metrics::names;
use crate::report::formatting::{count, counted, listed, percent};
use crate::report::mechanisms::ranked;
use std::fmt::Write;

/// How many mechanisms are named after the first one.
const NAMED: usize = 2;

/// Who was told nothing.
pub(super) fn silence(result: &RunResult) -> String {
    let table = |name: &str| result.value(&format!("silent.table.{name}")).unwrap_or(0.0);
    let Some(untold) = untold(result) else {
        return "Who was told what was not measured.".to_owned();
    };
    let undecided = table("unresolved");
    if untold < 1.0 && undecided >= 1.0 {
        return format!(
            "{} still waited at the end with nothing decided; of the others, nobody was left untold.",
            counted(undecided, "person", "persons")
        );
    }
    if untold < 1.0 {
        return "Everybody about whom something was decided was told so: no silent failure.".to_owned();
    }
    let rate = result
        .metrics
        .iter()
        .find(|m| m.name == names::SILENT_FAILURE_RATE && m.cohort.is_none() && m.station.is_none())
        .and_then(|m| m.n.zip(m.value));
    let who = match rate {
        Some((senders, rate)) => {
            format!("{} of {} persons ({})", count(untold), count(senders as f64), percent(rate))
        }
        None => counted(untold, "person", "persons"),
    };
    let kinds = [
        (table("silent_rejection"), "refused in silence"),
        (table("ghost_purchase"), "with a ticket they never heard of (ghosts)"),
        (table("phantom_purchase"), "told of a ticket that does not exist (phantoms)"),
    ];
    let kinds: Vec<String> = kinds
        .iter()
        .filter(|(persons, _)| *persons >= 1.0)
        .map(|(persons, words)| format!("{} {words}", count(*persons)))
        .collect();
    let kinds = match kinds.as_slice() {
        [_] if table("silent_rejection") >= 1.0 => "all of them refused in silence".to_owned(),
        [_] if table("ghost_purchase") >= 1.0 => "all of them with a ticket (ghosts)".to_owned(),
        kinds => listed(kinds),
    };
    format!("{who} were never told: {kinds}.{}", mechanisms(result, untold))
}

/// The mechanism that caused most of it, and the next ones.
fn mechanisms(result: &RunResult, untold: f64) -> String {
    let ranked = ranked(result);
    let Some(first) = ranked.first() else { return String::new() };
    let mut text = format!(
        " Above all, for {} of them ({}), because {}",
        count(first.failures),
        percent(first.failures / untold),
        first.story
    );
    let next: Vec<String> = ranked[1..]
        .iter()
        .take(NAMED)
        .map(|next| format!("{} ({})", next.name, count(next.failures)))
        .collect();
    let named: f64 = ranked.iter().take(1 + NAMED).map(|mechanism| mechanism.failures).sum();
    let others = (untold - named >= 1.0).then(|| format!("others ({})", count(untold - named)));
    let next: Vec<String> = next.into_iter().chain(others).collect();
    if !next.is_empty() {
        let _ = write!(text, "; then {}", listed(&next));
    }
    text.push('.');
    text
}
