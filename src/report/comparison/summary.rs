//! The first screen of a comparison: one sentence a variant, the table of the family, who won and lost, and what pairing
//! was worth.

use super::overview::{Overview, overview};
use super::{
    DifferenceRow, comparison_sentence, difference_row, named, paired_seeds, principles, shown, title, worth,
};
use crate::experiment::compare::{Against, Comparison, Flips};
use crate::report::formatting::{count, counted, fit, width};
use crate::report::layout::{COLUMNS, Style, pad, right, small_print, wrap};
use std::fmt::Write;

/// How many cohorts are shown one by one.
const COHORTS: usize = 6;
/// The narrowest and the widest column of names.
const NAMES: std::ops::RangeInclusive<usize> = 14..=30;
/// The column of verdicts: `cannot tell`, and the space before it.
const VERDICT: usize = 13;

/// The summary of a comparison, ending with a line break.
pub fn comparison_summary(comparison: &Comparison, style: Style) -> String {
    let mut out = String::new();
    let first = &comparison.variants[0];
    let _ = writeln!(out, "{}", style.bold(&fit(&title(comparison), COLUMNS)));
    let persons = counted(first.runs.persons as f64, "person", "persons");
    let seats = counted(first.runs.seats as f64, "seat", "seats");
    let cast = format!(
        "{persons}, {seats}, {}: the same luck for each person under all of them.",
        paired_seeds(comparison)
    );
    let _ = writeln!(out, "{}", style.dim(&fit(&cast, COLUMNS)));
    let side_by_side = overview(comparison);
    if !side_by_side.is_empty() {
        side_by_side.iter().for_each(|overview| all_at_once(&mut out, style, overview));
        let hint = "Each pair by itself with what is proven, and the plane of both principles: report.html, or --format markdown.";
        small_print(&mut out, style, hint);
        return out;
    }
    for (variant, against) in comparison.variants[1..].iter().zip(&comparison.against) {
        out.push('\n');
        for line in wrap(&comparison_sentence(comparison, &variant.label, against), COLUMNS) {
            let _ = writeln!(out, "{}", style.bold(&line));
        }
        out.push('\n');
        table(&mut out, style, [&first.label, &variant.label], against);
        flips(&mut out, style, [&first.label, &variant.label], against, comparison.seeds.len());
        if let Some(worth) = worth(against) {
            small_print(&mut out, style, &worth);
        }
    }
    if let Some(principles) = principles(comparison) {
        small_print(&mut out, style, &principles);
    }
    out
}

/// A row each, where a table a pair would fill many screens.
fn all_at_once(out: &mut String, style: Style, overview: &Overview) {
    let cells = |column: usize| overview.rows.iter().map(move |(_, cells)| cells[column].as_str());
    let most = |column: usize| {
        let widest = cells(column).map(width).max().unwrap_or(0);
        widest.max(width(&overview.heads[column + 1]).min(NAMES.start() + 1))
    };
    let names = overview.rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let figures = |gap: usize| (1..overview.heads.len()).map(|column| most(column - 1) + gap).sum::<usize>();
    let gap = if names + figures(2) <= COLUMNS { 2 } else { 1 };
    let name_width = names.clamp(*NAMES.start(), COLUMNS.saturating_sub(figures(gap)).max(*NAMES.start()));
    let line = |name: &str, cells: &[String]| {
        let name = pad(&fit(name, name_width), name_width);
        let cell = |column: usize, cell: &str| right(&fit(cell, most(column)), most(column) + gap);
        (0..).zip(cells).fold(name, |line, (column, text)| line + &cell(column, text))
    };
    out.push('\n');
    let _ = writeln!(out, "{}", style.dim(&fit(&line(&overview.heads[0], &overview.heads[1..]), COLUMNS)));
    for (name, cells) in &overview.rows {
        let _ = writeln!(out, "{}", fit(&line(name, cells), COLUMNS));
    }
    out.push('\n');
    small_print(out, style, &overview.legend);
}

/// Widths of the columns but the last: as wide as what stands in them; where the sum is too wide, first the names of
/// variants are cut, then those of figures.
fn widths(heads: &[String; 5], rows: &[DifferenceRow]) -> [usize; 5] {
    let most = |cell: fn(&DifferenceRow) -> &str| rows.iter().map(|row| width(cell(row))).max().unwrap_or(0);
    let needed = [
        most(|row| &row.name).clamp(*NAMES.start(), *NAMES.end()),
        most(|row| &row.first) + 2,
        most(|row| &row.other) + 2,
        most(|row| &row.change) + 2,
        most(|row| &row.p) + 2,
    ];
    let mut widths = needed;
    for (wide, head) in widths.iter_mut().zip(heads) {
        *wide = (*wide).max(width(head) + 2);
    }
    widths[0] = needed[0];
    let too_wide = |widths: &[usize; 5]| widths.iter().sum::<usize>() + VERDICT > COLUMNS;
    while too_wide(&widths) {
        let wider = if widths[1] > widths[2] { [1, 2, 0] } else { [2, 1, 0] };
        let least = [*NAMES.start(), needed[1], needed[2]];
        let Some(column) = wider.into_iter().find(|column| widths[*column] > least[*column]) else { break };
        widths[column] -= 1;
    }
    widths
}

fn table(out: &mut String, style: Style, [first, other]: [&str; 2], against: &Against) {
    let (differences, hidden) = shown(against, COHORTS);
    if differences.is_empty() {
        return;
    }
    let rows: Vec<DifferenceRow> = differences.iter().map(|difference| difference_row(difference)).collect();
    let heads = ["", first, other, "difference ± 95 %", "p (Holm)"].map(str::to_owned);
    let widths = widths(&heads, &rows);
    let cell = |text: &str, column: usize| right(&fit(text, widths[column] - 2), widths[column]);
    let line = |cells: [&str; 5]| {
        let name = pad(&fit(cells[0], widths[0]), widths[0]);
        (1..5).fold(name, |line, column| line + &cell(cells[column], column))
    };
    let head = line([&heads[0], &heads[1], &heads[2], &heads[3], &heads[4]]);
    let _ = writeln!(out, "{}", style.dim(&format!("{head}  verdict")));
    for row in &rows {
        let line = line([&row.name, &row.first, &row.other, &row.change, &row.p]);
        let _ = writeln!(out, "{line}  {}", style.rating(row.rating, row.verdict));
    }
    if hidden > 0 {
        let cohorts = counted(hidden as f64, "cohort", "cohorts");
        small_print(out, style, &format!("... and {cohorts} whose success moves less: see differences.csv."));
    }
    for (difference, row) in differences.iter().zip(&rows).filter(|(one, _)| one.dropped > 0) {
        let all = difference.pairs + difference.dropped;
        let pairs =
            format!("{}: {} of {all} pairs; in the others it is undefined.", row.name, difference.pairs);
        small_print(out, style, &pairs);
    }
    out.push('\n');
}

fn flips(out: &mut String, style: Style, [first, other]: [&str; 2], against: &Against, runs: usize) {
    let Some((all, cohorts)) = against.flips.split_last() else { return };
    let cohorts: &[Flips] = if cohorts.len() > 1 { cohorts } else { &[] };
    let listed = most_moved(cohorts);
    let names = listed.iter().filter_map(|row| row.cohort.as_deref());
    let name_width = names.map(width).max().unwrap_or(0).clamp(*NAMES.start(), *NAMES.end());
    let title = format!(
        "The same persons, a run on average: first under {}, then under {}",
        named(first),
        named(other)
    );
    small_print(out, style, &title);
    let heads = ["persons", "won both", "won → lost", "lost → won", "lost both"];
    let head = heads.iter().fold(pad("", name_width), |line, head| line + &right(head, 13));
    let _ = writeln!(out, "{}", style.dim(&head));
    for row in listed.iter().copied().chain([all]) {
        let Flips { cohort, persons, won_both, won_to_lost, lost_to_won, lost_both } = row;
        let mut line = pad(&fit(cohort.as_deref().unwrap_or("all"), name_width), name_width);
        for n in [persons, won_both, won_to_lost, lost_to_won, lost_both] {
            line.push_str(&right(&count(*n as f64 / runs as f64), 13));
        }
        let _ = writeln!(out, "{line}");
    }
    if listed.len() < cohorts.len() {
        let hidden = counted((cohorts.len() - listed.len()) as f64, "cohort", "cohorts");
        small_print(out, style, &format!("... and {hidden} with fewer changes: see report.html."));
    }
    out.push('\n');
}

/// The cohorts in which most change sides, in their order.
fn most_moved(cohorts: &[Flips]) -> Vec<&Flips> {
    let moved = |at: &usize| cohorts[*at].won_to_lost + cohorts[*at].lost_to_won;
    let mut order: Vec<usize> = (0..cohorts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(moved(at)));
    order.truncate(COHORTS);
    order.sort_unstable();
    order.into_iter().map(|at| &cohorts[at]).collect()
}
