//! The first screen of many runs of one scenario: how often each line of `expect` was met, what became of each cohort,
//! and the figures that matter, each with its 95 % interval and its range.

use super::formatting::{
    NOTHING, count, counted, duration, fit, in_unit, listed, or_nothing, percent, points, rounded, some_of,
    width, with_half,
};
use super::layout::{COLUMNS, INDENT, Style, finding, pad, right, small_print, wrap};
use super::readings::Rating;
use crate::experiment::replicate::{ExpectedOfMany, Replicated, Replications};
use crate::experiment::result::{ExpectationVerdict, IfMissed, definition};
use crate::experiment::stats::upper_bound_if_never;
use crate::metrics::names;
use std::fmt::Write;

/// The metrics that are shown, in the order in which they are asked for, with a word each; those that are undefined in
/// every run are left out.
pub(super) const SHOWN: [(&str, &str); 13] = [
    (names::SALE_SOLD, "seats sold"),
    (names::SALE_SOLD_OUT_AT, "sold out after"),
    (names::SILENT_FAILURE_RATE, "never told"),
    (names::SILENT_TABLE_GHOST_PURCHASE, "ghost purchases"),
    (names::FAIRNESS_ENVY, "justified envy"),
    (names::FAIRNESS_TAU_WINNERS_INTENT_TURN, "order kept (tau)"),
    (names::WAIT_WINNERS_P50, "winners' median wait"),
    (names::WAIT_WINNERS_P95, "winners' p95 wait"),
    (names::LOAD_REQUESTS_PER_TICKET, "requests per ticket"),
    (names::TIMEOUTS_GATEWAY_504, "504 replies"),
    (names::REFUSALS_503, "503 replies"),
    (names::TIMEOUTS_CLIENT, "client timeouts"),
    (names::SALE_CHARGED_WITHOUT_TICKET, "charged, no ticket"),
];
/// Widths of the columns: a name, a mean, its interval, the least and the most.
const NAME: usize = 22;
const NUMBER: usize = 16;
/// How many cohorts are listed before the rest is counted.
const COHORTS_SHOWN: usize = 8;

/// The summary of many runs, ending with a line break.
pub fn replications_summary(runs: &Replications, style: Style) -> String {
    let mut out = String::new();
    let title = runs.scenario.title_or(&runs.name);
    let _ = writeln!(out, "{}", style.bold(&fit(title, COLUMNS)));
    let events: u64 = runs.runs.iter().map(|run| run.events).sum();
    let simulated = format!(
        "{} wanted {}; policy {}; {} ({}), {} events.",
        counted(runs.persons as f64, "person", "persons"),
        counted(runs.seats as f64, "seat", "seats"),
        runs.policy,
        counted(runs.runs.len() as f64, "seed", "seeds"),
        seeds_of(runs),
        count(events as f64),
    );
    small_print(&mut out, style, &simulated);
    out.push('\n');
    expected(&mut out, style, runs);
    cohorts(&mut out, style, runs);
    pooled(&mut out, style, runs);
    figures(&mut out, style, runs);
    out
}

/// The seeds, neighbours as ranges.
pub(super) fn seeds_of(runs: &Replications) -> String {
    let seeds: Vec<u64> = runs.runs.iter().filter_map(|run| run.seed.parse().ok()).collect();
    let parts = seeds.chunk_by(|a, b| a.checked_add(1) == Some(*b)).map(|run| match run {
        [one] => one.to_string(),
        run => format!("{} to {}", run[0], run[run.len() - 1]),
    });
    listed(&parts.collect::<Vec<String>>())
}

/// How often each line was met: only those that were not always are shown one by one, those that fail first.
fn expected(out: &mut String, style: Style, runs: &Replications) {
    let seeds: Vec<&str> = runs.runs.iter().map(|run| run.seed.as_str()).collect();
    expected_of(out, style, &runs.expectations, &seeds);
}

/// The same of lines with the seeds under which they were asked.
pub(super) fn expected_of(out: &mut String, style: Style, lines: &[ExpectedOfMany], seeds: &[&str]) {
    if lines.is_empty() {
        return;
    }
    let all = seeds.len();
    let always = lines.iter().filter(|line| line.count(ExpectationVerdict::Met) == all).count();
    let summary = format!("{always} of {} met in every run.", counted(lines.len() as f64, "line", "lines"));
    finding(out, style, "Expected", &summary);
    let mut shown: Vec<&ExpectedOfMany> =
        lines.iter().filter(|line| line.count(ExpectationVerdict::Met) < all).collect();
    shown.sort_by_key(|line| !line.fails());
    for line in shown {
        let missed = line.count(ExpectationVerdict::Missed);
        let (rating, mark) = match (missed, line.if_missed) {
            (0, _) => (Rating::Neutral, "?"),
            (_, IfMissed::Fail) => (Rating::Bad, "✗"),
            (_, IfMissed::Warn) => (Rating::Partial, "!"),
        };
        let _ = writeln!(out, "  {} {}", style.rating(rating, mark), fit(&line.line, COLUMNS - 4));
        for text in wrap(&what_came_of_it(line, seeds), COLUMNS - INDENT) {
            let _ = writeln!(out, "{}{text}", " ".repeat(INDENT));
        }
    }
    out.push('\n');
}

/// In how many runs a line was missed, by how much at worst, and in how many it proves nothing; empty where it was met
/// in all.
pub(super) fn what_came_of_it(line: &ExpectedOfMany, seeds: &[&str]) -> String {
    let all = seeds.len();
    let mut parts = Vec::new();
    let verdicts = seeds.iter().zip(&line.verdicts);
    let missed: Vec<&str> = verdicts
        .filter(|(_, verdict)| **verdict == ExpectationVerdict::Missed)
        .map(|(seed, _)| *seed)
        .collect();
    if !missed.is_empty() {
        let worst = line.margins.iter().copied().flatten().reduce(f64::min);
        let worst = worst.filter(|worst| *worst < 0.0);
        let worst = worst
            .map_or_else(String::new, |worst| format!("; at worst by {}", in_unit(Some(-worst), &line.unit)));
        parts.push(format!("missed in {} of {all} runs (seed {}){worst}", missed.len(), some_of(&missed)));
    }
    let vacuous = line.count(ExpectationVerdict::Vacuous);
    if vacuous > 0 {
        let why = line.proves_nothing.as_deref().unwrap_or("undefined");
        parts.push(format!("proves nothing in {vacuous} of {all} runs: {why}"));
    }
    parts.join("; ")
}

/// The columns of the table of cohorts: a head, its metric and its width.
const COLUMNS_OF_COHORTS: [(&str, &str, usize); 3] = [
    ("success", names::FAIRNESS_SUCCESS, 22),
    ("never told", names::SILENT_FAILURE_RATE, 22),
    ("median wait for a turn", names::WAIT_P50, 27),
];
/// The widest name of a cohort beside them, and the column of its persons.
const COHORT: usize = 19;
const PERSONS: usize = 10;

fn cohorts(out: &mut String, style: Style, runs: &Replications) {
    let shown = || runs.cohorts.iter().take(COHORTS_SHOWN);
    let name_width = shown().map(|cohort| width(&cohort.name)).max().unwrap_or(0).clamp(6, COHORT);
    let mut head = pad("", name_width) + &right("persons", PERSONS);
    for (column, _, wide) in COLUMNS_OF_COHORTS {
        head.push_str(&right(column, wide));
    }
    let _ = writeln!(out, "{}", style.dim(&head));
    for cohort in shown() {
        let mut line = pad(&fit(&cohort.name, name_width), name_width);
        line.push_str(&right(&count(cohort.persons as f64), PERSONS));
        for (_, metric, wide) in COLUMNS_OF_COHORTS {
            let cell =
                runs.metric(metric, Some(&cohort.name), None).map_or_else(|| NOTHING.to_owned(), mean_of);
            line.push_str(&right(&cell, wide));
        }
        let _ = writeln!(out, "{line}");
    }
    if runs.cohorts.len() > COHORTS_SHOWN {
        let more = counted((runs.cohorts.len() - COHORTS_SHOWN) as f64, "cohort", "cohorts");
        let _ = writeln!(out, "{}", style.dim(&format!("... and {more} more: see runs.csv.")));
    }
    out.push('\n');
}

/// A mean with its interval: `6.1 % ± 0.3 points`.
fn mean_of(metric: &Replicated) -> String {
    let half = metric.half_width.filter(|half| *half > 0.0);
    let half = half.map_or_else(String::new, |half| format!(" ± {}", reach_of(&metric.name, half)));
    value_of(&metric.name, metric.mean) + &half
}

/// The gap between cohorts over all runs, beside what a fair lottery would show.
fn pooled(out: &mut String, style: Style, runs: &Replications) {
    let Some(pooled) = runs.pooled_success() else { return };
    let ratio = pooled.disparate_impact.map_or_else(String::new, |ratio| {
        format!("; the least is {ratio:.2} of the most (four-fifths rule: 0.80)")
    });
    let text = format!(
        "Between cohorts {} of success, all runs together; a fair lottery would show {}{ratio}.",
        points(pooled.gap),
        points(pooled.lottery_gap)
    );
    small_print(out, style, &text);
    out.push('\n');
}

fn figures(out: &mut String, style: Style, runs: &Replications) {
    let mut head = pad("", NAME);
    for column in ["mean", "± 95 %", "least", "most"] {
        head.push_str(&right(column, NUMBER));
    }
    let _ = writeln!(out, "{}", style.dim(&head));
    for (name, words) in SHOWN {
        let Some(metric) = runs.metric(name, None, None).filter(|metric| metric.mean.is_some()) else {
            continue;
        };
        let line = pad(words, NAME) + &figure(metric);
        let _ = writeln!(out, "{line}");
    }
}

fn figure(metric: &Replicated) -> String {
    let name = metric.name.as_str();
    let defined = || metric.values.iter().copied().flatten();
    if defined().all(|value| value == 0.0) {
        let bound = upper_bound_if_never(metric.defined, 0.95).map(percent);
        let bound =
            bound.map_or_else(String::new, |bound| format!(" (so in fewer than {bound} of all, 95 % sure)"));
        return format!(
            "{}in none of {}{bound}",
            " ".repeat(NUMBER - 1),
            counted(metric.defined as f64, "run", "runs")
        );
    }
    let reach = or_nothing(metric.half_width, |half| reach_of(name, half));
    let mut line = right(&value_of(name, metric.mean), NUMBER) + &right(&reach, NUMBER);
    for end in [defined().reduce(f64::min), defined().reduce(f64::max)] {
        line.push_str(&right(&value_of(name, end), NUMBER));
    }
    if metric.defined < metric.values.len() as u64 {
        let _ = write!(line, "  in {} runs", metric.defined);
    }
    line
}

/// What a metric is called on the screen.
pub(super) fn name_of(metric: &str) -> &str {
    SHOWN.iter().find(|(name, _)| *name == metric).map_or(metric, |(_, words)| *words)
}

/// Shares of persons are shown in percent, and their differences in points.
pub(super) fn is_share(metric: &str) -> bool {
    matches!(metric, names::FAIRNESS_SUCCESS | names::SILENT_FAILURE_RATE)
}

/// A value of a figure: with four digits, shares in percent, times in words, indices with three decimals.
pub(super) fn value_of(metric: &str, value: Option<f64>) -> String {
    let unit = definition(metric).map_or("1", |definition| definition.unit);
    or_nothing(value, |value| match unit {
        _ if is_share(metric) => percent(value),
        "s" => duration(value),
        "1" if value != 0.0 && value.abs() < 0.0005 => "< 0.001".to_owned(),
        "1" if value.abs() < 10.0 => format!("{value:.3}"),
        _ if value.abs() >= 1e9 => format!("{value:.2e}"),
        _ if value.abs() >= 1000.0 => count(value),
        _ => rounded(value, 4).to_string(),
    })
}

/// A value with half an interval, in the manner of the metric: `8 min 05 s ± 2 min`, `-42 ± 93`.
pub(super) fn with_reach(metric: &str, value: f64, half: f64) -> String {
    const MINUTE: f64 = 60.0;
    let joined = |(value, half): (String, String), unit: &str| format!("{value} ± {half}{unit}");
    if is_share(metric) {
        let (value, half) = (value * 100.0, half * 100.0);
        // One decimal, as everywhere; more only where the half would be nothing.
        let fine = with_half(value, half.min(1.0));
        let coarse = (with_half(value, 1.0).0, format!("{half:.1}"));
        return joined(if half < 0.095 { fine } else { coarse }, " points");
    }
    let is_time = definition(metric).is_some_and(|definition| definition.unit == "s");
    match (value.abs() < MINUTE, half < MINUTE) {
        _ if !is_time => joined(with_half(value, half), ""),
        (true, true) => joined(with_half(value, half), " s"),
        (true, false) => format!("{} s ± {}", with_half(value, half).0, duration(half)),
        (false, _) => format!("{} ± {}", duration(value), duration(half)),
    }
}

/// Half an interval, in the manner of the values that it belongs to.
pub(super) fn reach_of(metric: &str, half: f64) -> String {
    if is_share(metric) { points(half) } else { value_of(metric, Some(half)) }
}
