//! A check as Markdown, for a pull request: the difference beside every number.

use super::super::formatting::counted;
use super::super::markdown::{Table, code, text};
use super::super::replications::{name_of, value_of, what_came_of_it};
use super::{cast, phrases, worst_first};
use crate::experiment::check::figures::Figure;
use crate::experiment::check::gates::GateVerdict;
use crate::experiment::check::{Against, CheckVerdict, Checked, Report, ScenarioCheck};
use crate::experiment::result::IfMissed;
use std::fmt::Write;

/// Most figures of a scenario: a comment on a pull request has 65,536 characters at most.
const FIGURES: usize = 200;

/// The check as Markdown, ending with a line break: the worst scenario first.
pub fn check_markdown(report: &Report) -> String {
    let sections: Vec<String> = worst_first(report).into_iter().map(section).collect();
    sections.join("\n")
}

fn section(entry: &ScenarioCheck) -> String {
    let mut out = String::new();
    let mark = if entry.verdict == CheckVerdict::Passed { "✅" } else { "❌" };
    let name = text(&entry.name);
    let Some(checked) = &entry.checked else {
        let _ = writeln!(out, "### {mark} {name}: it could not be checked\n");
        if let Some(refused) = &entry.refused {
            let _ = writeln!(out, "{}. {}.", text(&refused.problem), text(&refused.remedy));
        }
        return out;
    };
    let _ = writeln!(out, "### {mark} {name}: {}\n", text(&phrases::headline(checked)));
    let _ = writeln!(out, "{}\n", text(&cast(checked)));
    expectations(&mut out, checked);
    if let Some(against) = &checked.against {
        gates(&mut out, against);
        let bytes = phrases::exact(&against.exact, checked.opens_at_us);
        let _ = writeln!(out, "Bytes: {}\n", text(&bytes));
        figures(&mut out, &against.figures);
        if against.fails() {
            out.push_str("If this is meant: write it into the scenario, if it is not there yet; then check it with `--bless` alone, and commit the baseline.\n");
        }
    }
    out
}

fn expectations(out: &mut String, checked: &Checked) {
    if checked.expectations.is_empty() {
        return;
    }
    let seeds: Vec<&str> = checked.seeds.iter().map(String::as_str).collect();
    let mut table = Table::new(3, ["", "expected", "in every run"]);
    for line in &checked.expectations {
        let came = what_came_of_it(line, &seeds);
        let mark = match (came.is_empty(), line.fails(), line.if_missed) {
            (true, _, _) => "✅",
            (_, true, _) => "❌",
            (_, false, IfMissed::Warn) if came.starts_with("missed") => "⚠️",
            _ => "➖",
        };
        let came = if came.is_empty() { "met".to_owned() } else { came };
        table.row([text(mark), code(&line.line), text(&came)]);
    }
    let _ = writeln!(out, "{table}");
}

fn gates(out: &mut String, against: &Against) {
    if let Some(why) = &against.not_judged {
        let _ = writeln!(out, "Nothing was held to a margin: {}.\n", text(why));
        return;
    }
    let heads = ["", "metric", "baseline", "now", "worse by", "at least", "at most", "margin", "seeds"];
    let mut table = Table::new(2, heads);
    for gate in &against.gates {
        let mark = match gate.verdict {
            GateVerdict::Passed => "✅",
            GateVerdict::ProvesNothing => "➖",
            GateVerdict::Failed => "❌",
            GateVerdict::Inconclusive if against.gate_fails(gate) => "❌",
            GateVerdict::Inconclusive => "⚠️",
        };
        let metric = gate.metric.as_str();
        let name = phrases::called(metric, gate.cohort.as_deref(), None);
        let change = [gate.worse_by, gate.at_least, gate.at_most, gate.margin];
        let values = [gate.baseline, gate.now].map(|value| phrases::plain(metric, value, 4));
        let values = values.into_iter().chain(change.map(|value| phrases::plain(metric, value, 3)));
        let verdict = format!("{mark} {}", phrases::verdict(gate));
        let cells = [verdict, name].into_iter().chain(values).chain([gate.seeds.to_string()]);
        table.row(cells.map(|cell| text(&cell)));
    }
    let _ = writeln!(out, "{table}");
}

/// The figures that have changed; all of them folded away.
fn figures(out: &mut String, figures: &[Figure]) {
    if figures.is_empty() {
        return;
    }
    let (first, _) = phrases::changed(figures);
    let all: Vec<&Figure> = figures.iter().filter(|figure| figure.has_changed()).collect();
    let every = counted(figures.len() as f64, "figure", "figures");
    if all.is_empty() {
        let _ = writeln!(out, "All of {every} are what they were.\n");
        return;
    }
    if !first.is_empty() {
        let _ = writeln!(out, "{}", table(&first));
    }
    let more = all.len().saturating_sub(FIGURES);
    let rest = if more > 0 { format!(", {more} of them not shown") } else { String::new() };
    let _ = writeln!(out, "<details><summary>{} of {every} have changed{rest}</summary>\n", all.len());
    let _ = writeln!(out, "{}", table(&all[..all.len() - more]));
    out.push_str("</details>\n\n");
}

fn table(figures: &[&Figure]) -> Table {
    let mut table = Table::new(1, ["figure", "baseline", "now", "difference"]);
    for figure in figures {
        let metric = figure.metric.as_str();
        let over = figure.cohort.is_some() || figure.station.is_some();
        let name = if over { metric } else { name_of(metric) };
        let name = phrases::called(name, figure.cohort.as_deref(), figure.station.as_deref());
        let (then, now) = (value_of(metric, figure.baseline), value_of(metric, figure.now));
        table.row([name, then, now, phrases::delta(figure)].map(|cell| text(&cell)));
    }
    table
}
