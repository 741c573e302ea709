//! What a check says: the screen of a CI job, where what failed stands first. Markdown and `JUnit` XML are in files of
//! their own; all of them use the same phrases.

mod baseline;
mod junit;
mod markdown;
mod phrases;

pub use baseline::baseline_summary;
pub use junit::check_junit;
pub use markdown::check_markdown;

use super::formatting::{counted, fit};
use super::layout::{COLUMNS, INDENT, Style, finding, pad, right, small_print};
use super::readings::Rating;
use super::replications::{expected_of, name_of, value_of};
use crate::experiment::check::figures::Figure;
use crate::experiment::check::gates::{GateVerdict, Gated};
use crate::experiment::check::{Against, CheckVerdict, Checked, Report, ScenarioCheck};
use crate::experiment::replicate::ExpectedOfMany;
use crate::experiment::result::IfMissed;
use crate::metrics::names;
use std::fmt::Write;

/// Widths of the columns: a name, a value, a difference.
const NAME: usize = 36;
const VALUE: usize = 11;
const CHANGE: usize = 10;
/// How many changed figures are shown before the rest is counted.
const FIGURES: usize = 14;

/// The screen of a check, ending with a line break: the worst scenario first. Why one could not be checked has been told
/// already; where none could, there is nothing more to say.
pub fn check_summary(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let entries = worst_first(report);
    if entries.iter().all(|entry| entry.checked.is_none()) {
        return out;
    }
    for entry in &entries {
        let mut text = String::new();
        one(&mut text, style, entry);
        out.push_str(text.trim_end());
        out.push_str("\n\n");
    }
    if entries.len() > 1 {
        let passed = entries.iter().filter(|entry| entry.verdict == CheckVerdict::Passed).count();
        let scenarios = counted(entries.len() as f64, "scenario", "scenarios");
        let _ = writeln!(out, "{}", style.bold(&format!("{passed} of {scenarios} passed.")));
    }
    out
}

/// The scenarios, the worst first, otherwise in the order in which they were named.
fn worst_first(report: &Report) -> Vec<&ScenarioCheck> {
    let mut entries: Vec<&ScenarioCheck> = report.scenarios.iter().collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.verdict));
    entries
}

fn one(out: &mut String, style: Style, entry: &ScenarioCheck) {
    let (rating, mark) =
        if entry.verdict == CheckVerdict::Passed { (Rating::Good, "✓") } else { (Rating::Bad, "✗") };
    let headline =
        entry.checked.as_ref().map_or_else(|| "it could not be checked".to_owned(), phrases::headline);
    let title = fit(&format!("{}: {headline}", entry.name), COLUMNS - 2);
    let _ = writeln!(out, "{} {}", style.rating(rating, mark), style.bold(&title));
    let Some(checked) = &entry.checked else { return };
    small_print(out, style, &cast(checked));
    out.push('\n');
    sections(out, style, checked);
    if checked.against.as_ref().is_some_and(Against::fails) {
        finding(
            out,
            style,
            "Next",
            "If this is meant, write it into the scenario, if it is not there yet; then run this command again with --bless alone, and commit the baseline.",
        );
    } else if checked.against.is_none() {
        finding(
            out,
            style,
            "Baseline",
            "There is none, so nothing was held against an earlier state. --bless writes one, to be committed beside the scenario; later checks are held to it.",
        );
    }
}

/// Who wanted what, and under which seeds.
fn cast(checked: &Checked) -> String {
    let held = checked.against.as_ref().map_or_else(String::new, |against| {
        format!(" against the baseline's {} (onsale {})", against.seeds, against.engine)
    });
    format!(
        "{}: {} wanted {}; policy {}; {}{held}.",
        checked.title,
        counted(checked.persons as f64, "person", "persons"),
        counted(checked.seats as f64, "seat", "seats"),
        checked.policy,
        counted(checked.seeds.len() as f64, "seed", "seeds"),
    )
}

/// Lines, bytes, margins and figures: those that fail first.
fn sections(out: &mut String, style: Style, checked: &Checked) {
    let seeds: Vec<&str> = checked.seeds.iter().map(String::as_str).collect();
    let mut lines = String::new();
    expected_of(&mut lines, style, &checked.expectations, &seeds);
    let mut parts = vec![(checked.expectations.iter().any(ExpectedOfMany::fails), lines)];
    if let Some(against) = &checked.against {
        parts.push((!phrases::failing_gates(against).is_empty(), gates(style, against)));
        let mut bytes = String::new();
        finding(&mut bytes, style, "Bytes", &phrases::exact(&against.exact, checked.opens_at_us));
        bytes.push('\n');
        parts.push((against.exact_fails(), bytes));
        parts.push((false, figures(style, &against.figures)));
    }
    parts.sort_by_key(|(fails, _)| !fails);
    parts.iter().for_each(|(_, text)| out.push_str(text));
}

/// The table of margins: those that fail first.
fn gates(style: Style, against: &Against) -> String {
    let mut out = String::new();
    if let Some(why) = &against.not_judged {
        finding(&mut out, style, "Margins", &format!("Nothing was held to one: {why}."));
        out.push('\n');
        return out;
    }
    let kept = against.gates.iter().filter(|gate| gate.verdict == GateVerdict::Passed).count();
    let all = counted(against.gates.len() as f64, "margin", "margins");
    finding(
        &mut out,
        style,
        "Margins",
        &format!("{kept} of {all} kept; bounds are one-sided, 98.33 % each."),
    );
    let mut head = pad("", NAME + 2);
    for (column, wide) in [("baseline", VALUE), ("now", VALUE), ("worse by", CHANGE)] {
        head.push_str(&right(column, wide));
    }
    for column in ["at least", "at most", "margin"] {
        head.push_str(&right(column, CHANGE));
    }
    let _ = writeln!(out, "{}", style.dim(&head));
    let mut sorted: Vec<&Gated> = against.gates.iter().collect();
    sorted.sort_by_key(|gate| (!against.gate_fails(gate), gate.verdict == GateVerdict::Passed));
    for gate in sorted {
        let _ = writeln!(out, "{}", gate_row(style, against, gate));
    }
    out.push('\n');
    out
}

fn gate_row(style: Style, against: &Against, gate: &Gated) -> String {
    let (rating, mark) = match (gate.verdict, against.on_inconclusive) {
        (GateVerdict::Passed, _) => (Rating::Good, "✓"),
        (GateVerdict::Failed, _) => (Rating::Bad, "✗"),
        (GateVerdict::Inconclusive, IfMissed::Fail) => (Rating::Bad, "?"),
        (GateVerdict::Inconclusive, IfMissed::Warn) => (Rating::Partial, "?"),
        (GateVerdict::ProvesNothing, _) => (Rating::Neutral, "-"),
    };
    let metric = gate.metric.as_str();
    let name = phrases::called(metric, gate.cohort.as_deref(), None);
    let mut row = format!("{} {}", style.rating(rating, mark), pad(&fit(&name, NAME), NAME));
    for value in [gate.baseline, gate.now] {
        row.push_str(&right(&phrases::plain(metric, value, 4), VALUE));
    }
    for value in [gate.worse_by, gate.at_least, gate.at_most, gate.margin] {
        row.push_str(&right(&phrases::plain(metric, value, 3), CHANGE));
    }
    let dropped = gate.seeds - gate.pairs;
    match gate.verdict {
        GateVerdict::ProvesNothing => {
            row.push_str("\n      undefined in every run, then and now: it proves nothing");
        }
        GateVerdict::Inconclusive => {
            let _ = write!(row, "\n      {} seeds cannot tell", gate.seeds);
            if dropped > 0 {
                let _ = write!(row, "; in {dropped} of them it is undefined");
            }
        }
        GateVerdict::Passed | GateVerdict::Failed if gate.seeds > 20 => {
            let _ = write!(row, "\n      decided after {} seeds", gate.seeds);
        }
        GateVerdict::Passed | GateVerdict::Failed => {}
    }
    row
}

/// The figures that have changed, without a verdict.
fn figures(style: Style, figures: &[Figure]) -> String {
    let mut out = String::new();
    if figures.is_empty() {
        return out;
    }
    let (first, others) = phrases::changed(figures);
    if first.is_empty() && others == 0 {
        let all = counted(figures.len() as f64, "figure", "figures");
        finding(&mut out, style, "Figures", &format!("All of {all} are what they were."));
        out.push('\n');
        return out;
    }
    finding(&mut out, style, "Figures", "Means over the first seeds, then and now, without a verdict.");
    rows(&mut out, style, &first);
    let more = others + first.len().saturating_sub(FIGURES);
    if more > 0 {
        let text = format!("... and {more} more of {} have changed: see --format markdown", figures.len());
        let _ = writeln!(out, "{}{}", " ".repeat(INDENT - 8), style.dim(&text));
    }
    out.push('\n');
    out
}

/// Rows of figures: name, then, now, difference.
fn rows(out: &mut String, style: Style, figures: &[&Figure]) {
    const WIDE: usize = 18;
    let head =
        pad("", NAME + 2) + &right("baseline", WIDE) + &right("now", WIDE) + &right("difference", WIDE);
    let _ = writeln!(out, "{}", style.dim(&head));
    for figure in figures.iter().take(FIGURES) {
        let metric = figure.metric.as_str();
        let name = match &figure.cohort {
            Some(cohort) if metric == names::FAIRNESS_SUCCESS => format!("success, {cohort}"),
            Some(cohort) => format!("{}, {cohort}", name_of(metric)),
            None => name_of(metric).to_owned(),
        };
        let line = pad(&fit(&name, NAME), NAME)
            + &right(&value_of(metric, figure.baseline), WIDE)
            + &right(&value_of(metric, figure.now), WIDE)
            + &right(&phrases::delta(figure), WIDE);
        let _ = writeln!(out, "  {line}");
    }
}
