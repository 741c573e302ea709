//! What a check says, in words and numbers that its outputs share.

use crate::experiment::check::exact::{Exact, ExactVerdict};
use crate::experiment::check::figures::Figure;
use crate::experiment::check::gates::{GateVerdict, Gated};
use crate::experiment::check::{Against, Checked};
use crate::experiment::compare::FAMILY_BY_COHORT;
use crate::experiment::result::definition;
use crate::report::formatting::{count, counted, instant, listed, or_nothing, points, rounded, some_of};
use crate::report::replications::{SHOWN, is_share, value_of};

/// A metric with what it is taken over, as `expect` lines have it.
pub(super) fn called(metric: &str, cohort: Option<&str>, station: Option<&str>) -> String {
    match (cohort, station) {
        (Some(cohort), _) => format!("{metric} @ {cohort}"),
        (None, Some(station)) => format!("{metric} @ {station}"),
        (None, None) => metric.to_owned(),
    }
}

/// A number of a gate with so many digits, in the unit of its metric: as its margin is written in a scenario.
pub(super) fn plain(metric: &str, value: Option<f64>, digits: usize) -> String {
    let unit = definition(metric).map_or("1", |definition| definition.unit);
    let number = or_nothing(value, |value| match rounded(value, digits) {
        large if large.abs() >= 1000.0 => count(large),
        tiny if tiny != 0.0 && tiny.abs() < 0.001 => format!("{tiny:.2e}"),
        small => small.to_string(),
    });
    if unit == "s" && value.is_some() { format!("{number} s") } else { number }
}

/// A difference of a figure, with its sign, in the manner of the figure's values.
pub(super) fn delta(figure: &Figure) -> String {
    or_nothing(figure.delta(), |delta| {
        let sign = if delta > 0.0 { "+" } else { "-" };
        let metric = figure.metric.as_str();
        let size = Some(delta.abs());
        let shown = if is_share(metric) { points(delta.abs()) } else { value_of(metric, size) };
        if delta == 0.0 {
            "0".to_owned()
        } else if shown.starts_with('<') {
            // Too small for the manner of the values, and yet a change.
            format!("{sign}{}", plain(metric, size, 3))
        } else {
            format!("{sign}{shown}")
        }
    })
}

/// What a gate says, in a word.
pub(super) fn verdict(gate: &Gated) -> &'static str {
    match gate.verdict {
        GateVerdict::Passed => "passed",
        GateVerdict::Failed => "failed",
        GateVerdict::Inconclusive => "cannot tell",
        GateVerdict::ProvesNothing => "proves nothing",
    }
}

/// What a gate says, in a sentence without a full stop.
pub(super) fn sentence(gate: &Gated) -> String {
    let metric = gate.metric.as_str();
    let number = |value| plain(metric, value, 3);
    let change = format!("{} -> {}", plain(metric, gate.baseline, 4), plain(metric, gate.now, 4));
    let worse = format!(
        "worse by {} ({} to {}), margin {}",
        number(gate.worse_by),
        number(gate.at_least),
        number(gate.at_most),
        number(gate.margin)
    );
    let dropped =
        if gate.pairs < gate.seeds { format!(", defined in {}", gate.pairs) } else { String::new() };
    match gate.verdict {
        GateVerdict::ProvesNothing => {
            format!("undefined in all {} seeds, then and now: it proves nothing", gate.seeds)
        }
        GateVerdict::Inconclusive => format!("{change}, {worse}: {} seeds cannot tell{dropped}", gate.seeds),
        GateVerdict::Passed | GateVerdict::Failed => {
            format!("{change}, {worse}, after {} seeds{dropped}", gate.seeds)
        }
    }
}

/// What the exact gate says, in a sentence.
pub(super) fn exact(exact: &Exact, opens_at_us: u64) -> String {
    let seeds = counted(exact.seeds as f64, "seed", "seeds");
    match exact.verdict {
        ExactVerdict::Same => format!("{seeds}: the same bytes."),
        ExactVerdict::NotComparable => {
            let why = exact.not_comparable.as_deref().unwrap_or("nothing can be compared");
            format!("Not comparable: {why}.")
        }
        ExactVerdict::Differs => differs(exact, opens_at_us),
    }
}

fn differs(exact: &Exact, opens_at_us: u64) -> String {
    let mut text = "The same scenario, seeds and version give other bytes: ".to_owned();
    let mut parts = Vec::new();
    let facts = exact.facts_differ.len();
    if facts > 0 {
        parts.push(format!(
            "other facts in {facts} of {} seeds ({})",
            exact.seeds,
            some_of(&exact.facts_differ)
        ));
    }
    let figures = exact.figures_differ.len();
    if figures > 0 {
        let seeds = some_of(&exact.figures_differ);
        parts.push(format!(
            "the same facts counted otherwise in {figures} of {} seeds ({seeds})",
            exact.seeds
        ));
    }
    text.push_str(&listed(&parts));
    text.push('.');
    if let (Some(block), Some(us)) = (exact.first_block, exact.first_block_us) {
        let after_opening = (us as f64 - opens_at_us as f64) / 1e6;
        text.push_str(&format!(
            " The first seed parts from its baseline within the second after {} (block {block}, from {us} us on).",
            instant(after_opening)
        ));
    }
    text
}

/// What is wrong with a scenario, in half a sentence; what is right, where nothing is wrong.
pub(super) fn headline(checked: &Checked) -> String {
    let mut wrong = Vec::new();
    let missed: Vec<&str> =
        checked.expectations.iter().filter(|line| line.fails()).map(|line| line.line.as_str()).collect();
    match missed.as_slice() {
        [] => {}
        [line] => wrong.push(format!("missed {line}")),
        lines => wrong.push(format!("missed {} expected lines", lines.len())),
    }
    if let Some(against) = &checked.against {
        let failing = failing_gates(against);
        let (worse, unsure): (Vec<&Gated>, Vec<&Gated>) =
            failing.into_iter().partition(|gate| gate.verdict == GateVerdict::Failed);
        wrong.extend(worse_than_allowed(&worse));
        if !unsure.is_empty() {
            wrong.push(format!("{} undecided", counted(unsure.len() as f64, "margin", "margins")));
        }
        if against.exact_fails() {
            wrong.push("other bytes than the baseline".to_owned());
        }
    }
    match (wrong.as_slice(), &checked.against) {
        ([], Some(_)) => "passed".to_owned(),
        ([], None) => "its lines are met; without a baseline nothing else was looked at".to_owned(),
        (wrong, _) => listed(wrong),
    }
}

fn worse_than_allowed(gates: &[&Gated]) -> Option<String> {
    match gates {
        [] => None,
        [gate] => {
            let metric = gate.metric.as_str();
            let name = called(metric, gate.cohort.as_deref(), None);
            let (by, margin) = (plain(metric, gate.worse_by, 3), plain(metric, gate.margin, 3));
            Some(format!("{name} is worse by {by}, and {margin} is allowed"))
        }
        gates => Some(format!("{} metrics are worse than allowed", gates.len())),
    }
}

/// The gates that fail the check.
pub(super) fn failing_gates(against: &Against) -> Vec<&Gated> {
    against.gates.iter().filter(|gate| against.gate_fails(gate)).collect()
}

/// The figures that a reader asks for first and that have changed, and how many others have changed.
pub(super) fn changed(figures: &[Figure]) -> (Vec<&Figure>, usize) {
    let all: Vec<&Figure> = figures.iter().filter(|figure| figure.has_changed()).collect();
    let shown = |figure: &&Figure| match (&figure.cohort, &figure.station) {
        (None, None) => SHOWN.iter().any(|(name, _)| *name == figure.metric),
        (Some(_), None) => FAMILY_BY_COHORT.contains(&figure.metric.as_str()),
        _ => false,
    };
    let first: Vec<&Figure> = all.iter().copied().filter(shown).collect();
    let others = all.len() - first.len();
    (first, others)
}
