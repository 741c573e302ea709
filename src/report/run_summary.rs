//! The first screen of a run: at most 100 columns, readable without a manual, in colour where the caller wants
//! it. What is said comes from [`findings`](super::findings) and [`readings`](super::readings); here it is laid out.

use super::expectations;
use super::findings::{Findings, sale};
use super::formatting::{count, duration, fit, or_nothing, percent, width};
use super::layout::{COLUMNS, INDENT, Style, finding, pad, right, small_print};
use super::readings::{self, CohortOutcome, OUTCOMES, Rating, Waiters, waiters};
use crate::experiment::result::RunResult;
use crate::metrics::names;
use std::fmt::Write;

/// The widest name of a cohort, but for a few that need twice as much.
const NAME: usize = 14;
/// How many cohorts the table shows before it refers to the file.
const COHORTS_SHOWN: usize = 8;
/// Where a line of what was expected begins, behind its mark; and the space between its columns.
const MARK: usize = 4;
const GAP: usize = 2;
/// Widths of the words and counts in the table of belief and truth.
const WORDS: usize = 21;
const COUNT: usize = 9;
/// The table of belief and truth: three columns of metrics with their words, one a truth.
const BELIEF: [[(&str, &str); 3]; 3] = [
    [
        (names::SILENT_TABLE_KNOWN_PURCHASE, "bought and knows it"),
        (names::SILENT_TABLE_GHOST_PURCHASE, "bought, never told"),
        (names::SILENT_TABLE_PHANTOM_PURCHASE, "told so, has nothing"),
    ],
    [
        (names::SILENT_TABLE_KNOWN_REJECTION, "refused and told"),
        (names::SILENT_TABLE_TOLD_NOT_FINAL, "refused, error only"),
        (names::SILENT_TABLE_SILENT_REJECTION, "refused in silence"),
    ],
    [
        (names::SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED, "gave up, answered"),
        (names::SILENT_TABLE_LEFT_BEFORE_DECISION_SILENT, "gave up, in silence"),
        (names::SILENT_TABLE_UNRESOLVED, "undecided at the end"),
    ],
];

/// The summary of a run, ending with a line break.
pub fn run_summary(result: &RunResult, style: Style) -> String {
    let mut out = String::new();
    let title = fit(&readings::title(result), COLUMNS);
    let _ = writeln!(out, "{}", style.bold(&title));
    small_print(&mut out, style, &format!("{}.", readings::simulated(result)));
    out.push('\n');
    expected(&mut out, style, result);
    for (word, sentence) in Findings::of(result).parts() {
        finding(&mut out, style, word, sentence);
    }
    out.push('\n');
    cohorts(&mut out, style, result);
    belief(&mut out, style, result);
    let went = fitting(&sale(result), COLUMNS - INDENT);
    if !went.is_empty() {
        finding(&mut out, style, "Sale", &went);
    }
    out
}

/// As many clauses from the first as one line holds.
fn fitting(clauses: &[String], columns: usize) -> String {
    let mut line = String::new();
    for clause in clauses {
        let gap = if line.is_empty() { "" } else { "; " };
        if width(&line) + width(gap) + width(clause) + 1 > columns {
            break;
        }
        line.push_str(gap);
        line.push_str(clause);
    }
    if line.is_empty() { line } else { line + "." }
}

/// What the scenario said this run must show, line by line; nothing where it said nothing.
fn expected(out: &mut String, style: Style, result: &RunResult) {
    let Some(summary) = expectations::summary(result) else { return };
    finding(
        out,
        style,
        "Expected",
        &format!("{summary}. Each line, what the run showed, and the room to its limit:"),
    );
    let mut rows = expectations::rows(result);
    for row in rows.iter_mut().filter(|row| row.rating == Rating::Good) {
        // Its limit stands in the line itself.
        row.limit.clear();
    }
    let widest = |cell: fn(&expectations::ExpectationRow) -> &str| {
        rows.iter().filter(|row| row.proves_nothing.is_none()).map(|row| width(cell(row))).max().unwrap_or(0)
    };
    let widths = [widest(|row| &row.value), widest(|row| &row.limit), widest(|row| &row.margin)];
    let room = (COLUMNS - MARK).saturating_sub(widths.iter().map(|width| GAP + width).sum());
    let line_width =
        rows.iter().map(|row| width(&row.line)).filter(|width| *width <= room).max().unwrap_or(0);
    for row in &rows {
        let line = fit(&row.line, COLUMNS - MARK);
        let cells: String = if let Some(why) = &row.proves_nothing {
            format!("{}proves nothing: {why}", " ".repeat(GAP))
        } else {
            let cells = [&row.value, &row.limit, &row.margin].into_iter().zip(widths);
            cells.map(|(cell, width)| right(cell, GAP + width)).collect()
        };
        let cells = fit(&cells, COLUMNS - MARK);
        // Nothing of a line is cut for them: what does not fit behind it stands below it.
        let begin = line_width.max(width(&line));
        let gap = if MARK + begin + width(&cells) <= COLUMNS {
            " ".repeat(begin - width(&line))
        } else {
            format!("\n{}", " ".repeat((MARK + line_width).min(COLUMNS - width(&cells))))
        };
        let cells = if row.proves_nothing.is_some() { style.dim(&cells) } else { cells };
        let _ = writeln!(out, "  {} {line}{gap}{cells}", style.rating(row.rating, row.mark));
    }
    out.push('\n');
}

/// One column of the table of cohorts.
struct Column {
    head: [&'static str; 2],
    width: usize,
    /// Left out where it is nothing for everybody.
    optional: bool,
    format: fn(&CohortOutcome) -> String,
    zero: fn(&CohortOutcome) -> bool,
}

fn columns(waiters: Waiters) -> Vec<Column> {
    let column = |head, width, format, zero| Column { head, width, optional: true, format, zero };
    let always = |head, width, format| Column { head, width, optional: false, format, zero: |_| false };
    let wait = match waiters {
        Waiters::Winners => ["winners'", "median wait"],
        Waiters::Admitted => ["median wait", "for a turn"],
    };
    vec![
        always(["", "persons"], 10, |outcome| or_nothing(outcome.persons, count)),
        always(["got a", "ticket"], 9, |outcome| or_nothing(outcome.bought, count)),
        always(["", "success"], 9, |outcome| or_nothing(outcome.success, percent)),
        always(["", "told no"], 10, |outcome| or_nothing(outcome.told_no, count)),
        column(["only an", "error"], 9, |f| or_nothing(f.error_last, count), |f| is_zero(f.error_last)),
        always(["refused", "in silence"], 11, |outcome| or_nothing(outcome.silent, count)),
        always(["gave up", "before"], 9, |outcome| or_nothing(outcome.left, count)),
        column(["still", "there"], 8, |f| or_nothing(f.open, count), |f| is_zero(f.open)),
        always(wait, 13, |outcome| or_nothing(outcome.wait, duration)),
    ]
}

fn is_zero(value: Option<f64>) -> bool {
    value.is_none_or(|value| value == 0.0)
}

fn cohorts(out: &mut String, style: Style, result: &RunResult) {
    let all = CohortOutcome::read(result, None);
    let outcomes = CohortOutcome::of_cohorts(result);
    let mut columns = columns(waiters(result));
    columns.retain(|column| !(column.optional && (column.zero)(&all)));
    let names = outcomes.iter().take(COHORTS_SHOWN).filter_map(|outcome| outcome.cohort.as_deref());
    let room = COLUMNS - columns.iter().map(|column| column.width).sum::<usize>();
    let name_width = names.map(width).max().unwrap_or(0).clamp(6, room.min(2 * NAME));
    for row in 0..2 {
        let mut line = " ".repeat(name_width);
        for column in &columns {
            line.push_str(&right(column.head[row], column.width));
        }
        let _ = writeln!(out, "{}", style.dim(line.trim_end()));
    }
    for outcome in outcomes.iter().take(COHORTS_SHOWN) {
        let line = row(outcome, &columns, name_width, style);
        let _ = writeln!(out, "{line}");
    }
    if outcomes.len() > COHORTS_SHOWN {
        let more = format!("... and {} more in the report", outcomes.len() - COHORTS_SHOWN);
        let _ = writeln!(out, "{}", style.dim(&more));
    }
    if outcomes.len() != 1 {
        let _ = writeln!(out, "{}", style.bold(&row(&all, &columns, name_width, Style::Plain)));
    }
}

fn row(outcome: &CohortOutcome, columns: &[Column], name_width: usize, style: Style) -> String {
    let name = outcome.cohort.as_deref().unwrap_or("all");
    let mut line = pad(&fit(name, name_width), name_width);
    for column in columns {
        let cell = right(&(column.format)(outcome), column.width);
        let untold = column.head[1] == "in silence" && !is_zero(outcome.silent);
        line.push_str(&if untold { style.rating(Rating::Bad, &cell) } else { cell });
    }
    line
}

/// The table of belief and truth as three columns, one a truth: a ticket, refused, nothing decided.
fn belief(out: &mut String, style: Style, result: &RunResult) {
    let title = "What was true, and what the screen had said in the end";
    let _ = writeln!(out, "\n{}", style.dim(title));
    for line in 0..3 {
        let mut text = String::new();
        for column in &BELIEF {
            let (metric, words) = column[line];
            let value = result.value(metric);
            let rating =
                OUTCOMES.iter().find(|row| row.metric == metric).map_or(Rating::Neutral, |row| row.rating);
            let cell = pad(words, WORDS) + &right(&or_nothing(value, count), COUNT);
            let cell = if is_zero(value) { style.dim(&cell) } else { style.rating(rating, &cell) };
            text.push_str(&format!("  {cell}"));
        }
        let _ = writeln!(out, "{text}");
    }
}
