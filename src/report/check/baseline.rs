//! What changes where a baseline is written: every metric with what it was.

use super::super::formatting::{counted, fit};
use super::super::layout::{COLUMNS, Style, finding, small_print};
use super::super::replications::expected_of;
use super::{cast, phrases, rows};
use crate::experiment::check::ScenarioCheck;
use crate::experiment::check::baseline::Baseline;
use crate::experiment::check::figures::{Figure, between};
use std::fmt::Write;

/// What was there, and what is there now, ending with a line break.
pub fn baseline_summary(
    entry: &ScenarioCheck, old: Option<&Baseline>, new: &Baseline, style: Style,
) -> String {
    let mut out = String::new();
    let title = format!("{}: the baseline is written", entry.name);
    let _ = writeln!(out, "{}", style.bold(&fit(&title, COLUMNS)));
    if let Some(checked) = &entry.checked {
        small_print(&mut out, style, &cast(checked));
    }
    out.push('\n');
    difference(&mut out, style, old, new);
    if let Some(checked) = &entry.checked {
        let seeds: Vec<&str> = checked.seeds.iter().map(String::as_str).collect();
        expected_of(&mut out, style, &checked.expectations, &seeds);
    }
    let text = match new.runs.len() {
        seeds @ ..20 => format!("It holds {seeds}: bytes are compared, and margins need 20."),
        seeds @ 20..40 => format!("It holds {seeds}: a check runs 20, and none are in reserve; 80 would be."),
        seeds @ 40..80 => {
            format!("It holds {seeds}: a check runs 20, then 40 while a margin cannot be told.")
        }
        seeds => {
            format!("It holds {seeds}: a check runs 20, then 40, then 80 while a margin cannot be told.")
        }
    };
    finding(&mut out, style, "Seeds", &text);
    out
}

fn difference(out: &mut String, style: Style, old: Option<&Baseline>, new: &Baseline) {
    let Some(old) = old else {
        let figures = counted((new.values.len() + new.means.len()) as f64, "figure", "figures");
        finding(out, style, "New", &format!("There was none; it holds {figures}."));
        out.push('\n');
        return;
    };
    if old == new {
        finding(out, style, "Same", "It is what it was, byte for byte.");
        out.push('\n');
        return;
    }
    let figures = between(old, new);
    let (first, others) = phrases::changed(&figures);
    let mut notes = Vec::new();
    if old.workload != new.workload {
        notes.push("the old one was of another workload".to_owned());
    }
    if old.engine != new.engine {
        notes.push(format!("the old one was of onsale {}", old.engine));
    }
    if old.seeds() != new.seeds() {
        notes.push(format!("the old one held the seeds {}, this one holds {}", old.seeds(), new.seeds()));
    }
    let changed: Vec<&Figure> = figures.iter().filter(|figure| figure.has_changed()).collect();
    let all = counted(figures.len() as f64, "figure", "figures");
    let notes = if notes.is_empty() { String::new() } else { format!("; {}", notes.join("; ")) };
    finding(out, style, "Changes", &format!("{} of {all} have changed{notes}.", changed.len()));
    if !changed.is_empty() {
        rows(out, style, if first.is_empty() { &changed } else { &first });
    }
    if others > 0 && !first.is_empty() {
        let _ = writeln!(
            out,
            "  {}",
            style.dim(&format!("... and {others} more: see the difference of the file"))
        );
    }
    out.push('\n');
}
