//! What a comparison says, as words and rows that the screen, the page and the paper for a board share, so that they can
//! never disagree.
//!
//! | file | holds |
//! |---|---|
//! | `sentence` | the one sentence on top |
//! | `overview` | all variants side by side, where they are many |
//! | `summary` | the first screen in a terminal |
//! | `markdown` | the same for a pull request or a board paper |
//! | `page` | the page, with its charts |
//! | `tables` | the tables of the page |
//! | `scenarios` | which keys of the scenarios differ |

mod markdown;
mod overview;
mod page;
mod scenarios;
mod sentence;
mod summary;
mod tables;

pub use markdown::comparison_markdown;
pub use page::comparison_page;
pub use sentence::comparison_sentence;
pub use summary::comparison_summary;

use super::formatting::{NOTHING, counted, listed, or_nothing, points, rounded};
use super::readings::Rating;
use super::replications::{is_share, name_of, value_of, with_reach};
use crate::experiment::compare::{AS_WRITTEN, Against, Comparison, Difference, DifferenceVerdict};
use crate::metrics::names;

/// From so many variants on, all of them are shown side by side before each pair is.
const MANY: usize = 5;

/// One difference in words.
pub(super) struct DifferenceRow {
    /// What is compared, and of which cohort.
    pub name: String,
    /// Its mean under the first variant.
    pub first: String,
    /// Its mean under the other.
    pub other: String,
    /// The difference with its sign and interval.
    pub change: String,
    /// The adjusted p value.
    pub p: String,
    /// What can be said.
    pub verdict: &'static str,
    /// How that is to be taken.
    pub rating: Rating,
}

/// A difference in words.
pub(super) fn difference_row(difference: &Difference) -> DifferenceRow {
    let metric = difference.metric.as_str();
    let (rating, verdict) = verdict(difference);
    DifferenceRow {
        name: name(difference),
        first: value_of(metric, difference.first),
        other: value_of(metric, difference.other),
        change: change(difference),
        p: or_nothing(difference.p_adjusted, |p| {
            if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
        }),
        verdict,
        rating,
    }
}

fn name(difference: &Difference) -> String {
    let words =
        if difference.metric == names::FAIRNESS_SUCCESS { "success" } else { name_of(&difference.metric) };
    match &difference.cohort {
        Some(cohort) => format!("{words}, {cohort}"),
        None => words.to_owned(),
    }
}

fn verdict(difference: &Difference) -> (Rating, &'static str) {
    match difference.verdict {
        Some(DifferenceVerdict::Better) => (Rating::Good, "better"),
        Some(DifferenceVerdict::Worse) => (Rating::Bad, "worse"),
        Some(DifferenceVerdict::Different) => (Rating::Partial, "different"),
        Some(DifferenceVerdict::Same) => (Rating::Neutral, "same"),
        Some(DifferenceVerdict::CannotTell) | None => (Rating::Neutral, "cannot tell"),
    }
}

/// A difference with its sign and interval: `-50.9 ± 0.5 points`. The interval is left out where there is none.
pub(super) fn change(difference: &Difference) -> String {
    let Some(mean) = difference.mean else { return NOTHING.to_owned() };
    let metric = difference.metric.as_str();
    let text = match difference.half_width.filter(|half| *half > 0.0) {
        Some(half) => with_reach(metric, mean, half),
        None if is_share(metric) => points(mean),
        None => value_of(metric, Some(mean)),
    };
    let number = text.split(" ± ").next().unwrap_or(&text);
    let is_more = mean > 0.0 && number.contains(|c: char| ('1'..='9').contains(&c));
    if is_more { format!("+{text}") } else { text }
}

/// The rows of the family that a reader sees: those that are defined at all, first who won, then the figures over all
/// persons, then the cohorts again; of at most so many cohorts, the ones whose success moves most. And how many cohorts
/// are left out.
pub(super) fn shown(against: &Against, cohorts: usize) -> (Vec<&Difference>, usize) {
    let family: Vec<&Difference> = against.family().filter(|difference| difference.pairs > 0).collect();
    let mut by_size: Vec<(&str, f64)> = family
        .iter()
        .filter(|difference| difference.metric == names::FAIRNESS_SUCCESS)
        .filter_map(|difference| Some((difference.cohort.as_deref()?, size(difference))))
        .collect();
    by_size.sort_by(|a, b| b.1.total_cmp(&a.1));
    let hidden = by_size.split_off(by_size.len().min(cohorts));
    let is_hidden = |difference: &Difference| {
        hidden.iter().any(|(cohort, _)| difference.cohort.as_deref() == Some(*cohort))
    };
    let mut rows: Vec<&Difference> = family.into_iter().filter(|difference| !is_hidden(difference)).collect();
    rows.sort_by_key(|row| match row.cohort {
        Some(_) if row.metric == names::FAIRNESS_SUCCESS => 0,
        None => 1,
        Some(_) => 2,
    });
    (rows, hidden.len())
}

fn size(difference: &Difference) -> f64 {
    difference.mean.unwrap_or(0.0).abs()
}

/// What a variant is called in a sentence: names that are no words are quoted.
pub(super) fn named(label: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || "_-. ".contains(c);
    match label {
        AS_WRITTEN => "the scenario as written".to_owned(),
        label if label.chars().all(is_word) => label.to_owned(),
        label => format!("“{label}”"),
    }
}

/// What is compared with what.
pub(super) fn title(comparison: &Comparison) -> String {
    let names: Vec<String> = comparison.variants.iter().map(|variant| named(&variant.label)).collect();
    if names.len() >= MANY {
        return format!("{} variants, held to {}", names.len(), names[0]);
    }
    format!("{} against {}", listed(&names[1..]), names[0])
}

/// How many seeds all variants have: `6 paired seeds`.
pub(super) fn paired_seeds(comparison: &Comparison) -> String {
    counted(comparison.seeds.len() as f64, "paired seed", "paired seeds")
}

/// What pairing was worth, over the figures where it can be said.
pub(super) fn worth(against: &Against) -> Option<String> {
    let worths = || against.family().filter_map(|difference| difference.worth);
    let (least, most) = (worths().reduce(f64::min)?, worths().reduce(f64::max)?);
    let (least, most) = (rounded(least, 2), rounded(most, 2));
    let times = if least < most { format!("{least} to {most}") } else { least.to_string() };
    let harm = if least < 1.0 { " (below 1, pairing did not pay)" } else { "" };
    Some(format!(
        "± is the 95 % interval of a row alone; a verdict rests on p, adjusted over the whole table (Holm). Without pairing, \
         the same certainty would need {times} times as many runs, depending on the figure{harm}."
    ))
}

/// Where the variants stand between two principles, in one sentence; `None` where that is not known.
pub(super) fn principles(comparison: &Comparison) -> Option<String> {
    let places: Vec<String> = comparison
        .variants
        .iter()
        .filter_map(|variant| {
            let jain = variant.place?.ex_ante_jain?;
            let envy = variant.runs.mean(names::FAIRNESS_ENVY)?;
            Some(format!("{} envy {envy:.2}, equal chances {jain:.2}", variant.label))
        })
        .collect();
    let scale = "envy 0: seniority is kept; ex-ante Jain 1: chances are equal";
    (!places.is_empty()).then(|| format!("Two principles ({scale}): {}.", places.join("; ")))
}
