//! The one sentence on top of a comparison: what changes most, with intervals; or that these seeds cannot tell.

use super::{change, named, paired_seeds, size};
use crate::experiment::compare::{Against, Comparison, Difference, DifferenceVerdict};
use crate::metrics::names;
use crate::report::formatting::listed;
use crate::report::replications::{name_of, value_of, with_reach};

/// How many clauses the sentence has at most.
const CLAUSES: usize = 3;

/// What a reader should hear of first, after the cohorts whose success falls and rises most: figures over all persons.
const FIRST: [&str; 6] = [
    names::SILENT_FAILURE_RATE,
    names::FAIRNESS_ENVY,
    names::WAIT_WINNERS_P50,
    names::SALE_SOLD,
    names::LOAD_REQUESTS_PER_TICKET,
    names::SALE_SOLD_OUT_AT,
];

/// The one sentence about one variant against the first.
pub fn comparison_sentence(comparison: &Comparison, label: &str, against: &Against) -> String {
    let (other, first) = (named(label), named(&comparison.variants[0].label));
    let paired = paired_seeds(comparison);
    let told: Vec<&Difference> = against.family().filter(|difference| difference.is_told()).collect();
    if !told.is_empty() {
        let clauses = without_repetition(in_order(&told).into_iter().take(CLAUSES).map(clause));
        return format!(
            "Compared with {first}, {other} {}; {paired}, ± is a 95 % interval.",
            listed(&clauses)
        );
    }
    let defined = || against.family().filter(|difference| difference.pairs > 0);
    if comparison.seeds.len() < 2 {
        return format!("One seed cannot tell {other} and {first} apart: name several with --seeds.");
    }
    if defined().count() == 0 {
        return format!("{other} and {first} have no figure in common that could be compared ({paired}).");
    }
    if defined().all(|difference| difference.verdict == Some(DifferenceVerdict::Same)) {
        return format!("{other} and {first} are the same in every figure of every run ({paired}).");
    }
    format!("{paired} cannot tell {other} and {first} apart in any figure; more seeds may.")
}

/// What can be told, the most important first.
fn in_order<'a>(told: &[&'a Difference]) -> Vec<&'a Difference> {
    let success = told
        .iter()
        .filter(|difference| difference.metric == names::FAIRNESS_SUCCESS && difference.cohort.is_some());
    let most = |differences: &mut dyn Iterator<Item = &'a Difference>| {
        differences.reduce(|most, other| if size(other) > size(most) { other } else { most })
    };
    let falls = |difference: &Difference| difference.mean.unwrap_or(0.0) < 0.0;
    let cohort = most(&mut success.clone().copied());
    let opposite =
        cohort.and_then(|one| most(&mut success.copied().filter(|other| falls(other) != falls(one))));
    let of_all = |metric: &&str| {
        told.iter().copied().find(|difference| difference.metric == *metric && difference.cohort.is_none())
    };
    let mut ordered: Vec<&Difference> =
        cohort.into_iter().chain(opposite).chain(FIRST.iter().filter_map(of_all)).collect();
    let rest: Vec<&Difference> =
        told.iter().copied().filter(|one| !ordered.iter().any(|other| std::ptr::eq(*one, *other))).collect();
    ordered.extend(rest);
    ordered
}

/// The clauses; one about success that follows another says `that of`.
fn without_repetition(clauses: impl Iterator<Item = String>) -> Vec<String> {
    const SUCCESS: &str = " the success of ";
    let mut said: Vec<String> = Vec::new();
    for clause in clauses {
        let again = said.last().is_some_and(|before| before.contains(SUCCESS));
        said.push(if again { clause.replacen(SUCCESS, " that of ", 1) } else { clause });
    }
    said
}

/// What a difference means, as the end of a sentence that begins with the variant's name.
fn clause(difference: &Difference) -> String {
    let metric = difference.metric.as_str();
    let more = difference.mean.unwrap_or(0.0) > 0.0;
    let pick = |if_more: &'static str, if_less: &'static str| if more { if_more } else { if_less };
    let (first, other) = (value_of(metric, difference.first), value_of(metric, difference.other));
    let from_to = format!("from {first} to {other} ({})", change(difference));
    let by = amount(difference);
    let raises = pick("raises", "lowers");
    match (metric, &difference.cohort) {
        (names::FAIRNESS_SUCCESS, Some(cohort)) => format!("{raises} the success of {cohort} {from_to}"),
        (names::SILENT_FAILURE_RATE, cohort) => {
            let whom = cohort.as_deref().unwrap_or("people");
            format!("{raises} the share of {whom} never told {from_to}")
        }
        (names::FAIRNESS_ENVY, _) => format!("{raises} justified envy {from_to}"),
        (names::WAIT_WINNERS_P50, _) => {
            format!("{} the winners' median wait by {by}", pick("lengthens", "shortens"))
        }
        (names::WAIT_WINNERS_P95, _) => {
            format!("{} the winners' 95th-percentile wait by {by}", pick("lengthens", "shortens"))
        }
        (names::SALE_SOLD, _) => format!("sells {by} {} seats", pick("more", "fewer")),
        (names::SALE_SOLD_OUT_AT, _) => format!("sells out {by} {}", pick("later", "earlier")),
        (names::LOAD_REQUESTS_PER_TICKET, _) => {
            format!("takes {by} {} requests for each ticket", pick("more", "fewer"))
        }
        (names::TIMEOUTS_GATEWAY_504, _) => format!("brings {by} {} 504 replies", pick("more", "fewer")),
        (names::TIMEOUTS_CLIENT, _) => format!("brings {by} {} client timeouts", pick("more", "fewer")),
        (names::SILENT_TABLE_GHOST_PURCHASE, _) => {
            format!("brings {by} {} ghost purchases", pick("more", "fewer"))
        }
        (names::FAIRNESS_TAU_WINNERS_INTENT_TURN, _) => {
            format!(
                "keeps {} of the winners' order of coming: tau {other} instead of {first}",
                pick("more", "less")
            )
        }
        (metric, _) => format!("{raises} {} {from_to}", name_of(metric)),
    }
}

/// How much a figure moves, without its sign: `3 min ± 2 s`.
fn amount(difference: &Difference) -> String {
    let metric = difference.metric.as_str();
    let mean = size(difference);
    match difference.half_width.filter(|half| *half > 0.0) {
        Some(half) => with_reach(metric, mean, half),
        None => value_of(metric, Some(mean)),
    }
}
