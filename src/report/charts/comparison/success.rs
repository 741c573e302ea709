//! Success by cohort under both variants: two dots with their intervals, joined by a bar.

use super::{Filled, Rows, Versus, color, dot, in_title, rendered};
use crate::experiment::replicate::Replicated;
use crate::metrics::names;
use crate::report::charts::Chart;
use crate::report::charts::axis::{BOLD, even_top_of};
use crate::report::charts::canvas::{Frame, LABEL, Pen, Side, draw, shortened, text_width};
use crate::report::charts::palette::{Color, DEMAND, GRID, INK, MUTED, WAITING};
use crate::report::formatting::{counted, listed, percent};

/// How many cohorts are drawn.
const COHORTS: usize = 14;
/// Room above the rows for the two names, and below for the scale.
const HEAD: f64 = 30.0;
const FOOT: f64 = 24.0;
/// How far the two dots of a row keep from its middle, so that their intervals can be told apart.
const APART: f64 = 5.0;

/// One row: a cohort, or all persons.
struct SuccessRow<'a> {
    name: &'a str,
    first: (f64, f64),
    other: (f64, f64),
    /// The colour of its numbers.
    color: Color,
}

/// The chart of success.
pub(super) fn success(versus: &Versus<'_>) -> Option<Chart> {
    let cohorts = &versus.comparison.variants[0].runs.cohorts;
    let mut all: Vec<SuccessRow<'_>> =
        cohorts.iter().filter_map(|cohort| row(versus, &cohort.name, Some(&cohort.name))).collect();
    if all.is_empty() {
        return None;
    }
    let title = title(versus);
    let mut moves: Vec<f64> = all.iter().map(|row| (row.other.0 - row.first.0).abs()).collect();
    moves.sort_by(|a, b| b.total_cmp(a));
    let hidden = all.len().saturating_sub(COHORTS);
    if hidden > 0 {
        let least = moves[COHORTS - 1];
        all.retain(|row| (row.other.0 - row.first.0).abs() >= least);
        all.truncate(COHORTS);
    }
    if cohorts.len() > 1 {
        all.extend(row(versus, "all persons", None));
    }
    let mut about = String::from(
        "The share of each cohort that got a ticket, mean over the runs under either variant, with its own 95 % interval. \
         Differences are known better than the two dots alone say: they are paired. Numbers in bold colour can be told \
         apart.",
    );
    if hidden > 0 {
        let cohorts = counted(hidden as f64, "cohort", "cohorts");
        about.push_str(&format!(" {cohorts} whose success moves less are left out."));
    }
    let file = versus.file("success");
    Some(rendered(&file, title, &about, |frame, title| picture(frame, title, versus, &all)))
}

fn row<'a>(versus: &Versus<'_>, name: &'a str, cohort: Option<&str>) -> Option<SuccessRow<'a>> {
    let mean = |number: usize| {
        let metric = versus.comparison.variants[number].runs.metric(names::FAIRNESS_SUCCESS, cohort, None)?;
        let Replicated { mean, half_width, .. } = metric;
        Some((mean.filter(|mean| mean.is_finite())?, half_width.unwrap_or(0.0)))
    };
    let verdict = cohort.and_then(|cohort| versus.success_of(cohort)?.verdict);
    let color = color(verdict).unwrap_or(MUTED);
    Some(SuccessRow { name, first: mean(0)?, other: mean(versus.number)?, color })
}

/// Whose success falls and whose rises most.
fn title(versus: &Versus<'_>) -> String {
    let told = || {
        let of_cohort = |cohort: &&crate::experiment::compare::Difference| {
            cohort.metric == names::FAIRNESS_SUCCESS && cohort.cohort.is_some() && cohort.is_told()
        };
        versus.against().family().filter(of_cohort)
    };
    let mean = |difference: &crate::experiment::compare::Difference| difference.mean.unwrap_or(0.0);
    let falls = told().filter(|one| mean(one) < 0.0).reduce(|a, b| if mean(b) < mean(a) { b } else { a });
    let rises = told().filter(|one| mean(one) > 0.0).reduce(|a, b| if mean(b) > mean(a) { b } else { a });
    let say = |one: &crate::experiment::compare::Difference, does: &str| {
        let (first, other) = (one.first.map_or(0.0, |v| v), one.other.map_or(0.0, |v| v));
        let cohort = in_title(one.cohort.as_deref().unwrap_or("all"));
        format!("that of {cohort} {does} from {} to {}", percent(first), percent(other))
    };
    let parts: Vec<String> =
        falls.map(|one| say(one, "falls")).into_iter().chain(rises.map(|one| say(one, "rises"))).collect();
    let other = in_title(&versus.other);
    if parts.is_empty() {
        return format!("Under {other} no cohort's success changes so that these runs could tell");
    }
    format!("Success under {other}: {}", listed(&parts).replacen("that of ", "", 1))
}

fn picture(frame: Frame, title: &str, versus: &Versus<'_>, all: &[SuccessRow<'_>]) -> String {
    let numbers = |row: &SuccessRow<'_>| format!("{} → {}", percent(row.first.0), percent(row.other.0));
    let rows =
        Rows::of(frame, all.iter().map(|row| text_width(&numbers(row), LABEL) * BOLD).fold(0.0, f64::max));
    let reach = all.iter().flat_map(|row| [row.first.0 + row.first.1, row.other.0 + row.other.1]);
    let most = even_top_of(reach.fold(0.01, f64::max).min(1.0)).min(1.0);
    let bottom = HEAD + rows.height * all.len() as f64;
    draw(frame, title, bottom + FOOT, |pen| {
        names(pen, &rows, versus);
        for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
            let x = rows.x(part);
            pen.line(&[(x, HEAD), (x, bottom)], GRID, 1.0);
            let label = percent_of_scale(part * most);
            let half = text_width(&label, LABEL) / 2.0;
            pen.text((x.clamp(half, rows.width - half), bottom + 12.0), Side::Both, LABEL, MUTED, &label);
        }
        for (at, row) in all.iter().enumerate() {
            let top = HEAD + rows.height * at as f64;
            rows.head(pen, top, row.name, &numbers(row), row.color);
            let y = top + rows.middle;
            let x = |share: f64| rows.x(share / most);
            let (above, below) = (y - APART, y + APART);
            pen.line(&[(x(row.first.0), above), (x(row.other.0), below)], WAITING, 4.0);
            interval(pen, (x, above), row.first, INK);
            interval(pen, (x, below), row.other, DEMAND);
            dot(pen, (x(row.first.0), above), INK, Filled::No);
            dot(pen, (x(row.other.0), below), DEMAND, Filled::Yes);
        }
    })
}

fn interval(pen: &Pen<'_>, (x, y): (impl Fn(f64) -> f64, f64), (mean, half): (f64, f64), color: Color) {
    if half <= 0.0 {
        return;
    }
    pen.line(&[(x(mean - half), y), (x(mean + half), y)], color, 2.0);
}

/// Which dot is which.
fn names(pen: &Pen<'_>, rows: &Rows, versus: &Versus<'_>) {
    let labels = [0, versus.number].map(|number| versus.comparison.variants[number].label.as_str());
    let start = if rows.narrow { 6.0 } else { rows.left };
    let room = (rows.width - start) / 2.0 - 30.0;
    let mut x = start;
    for (label, color, filled) in [(labels[0], INK, Filled::No), (labels[1], DEMAND, Filled::Yes)] {
        let text = shortened(label, LABEL * BOLD, room);
        dot(pen, (x, 10.0), color, filled);
        pen.bold((x + 11.0, 10.0), Side::Right, LABEL, color, &text);
        x += text_width(&text, LABEL) * BOLD + 34.0;
    }
}

fn percent_of_scale(share: f64) -> String {
    format!("{} %", crate::report::formatting::rounded(share * 100.0, 3))
}
