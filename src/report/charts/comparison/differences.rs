//! The paired differences of one variant as dots with 95 % intervals around a common zero. Units differ, so that there are
//! three groups, each with one scale for all of its rows: shares in points, indices as they are, and everything else
//! relative to the first variant. No row is stretched to look as large as another.

use super::{Filled, Rows, Versus, color, dot, in_title, rendered};
use crate::experiment::compare::{Difference, DifferenceVerdict};
use crate::experiment::result::definition;
use crate::report::charts::Chart;
use crate::report::charts::axis::{BOLD, even_top_of};
use crate::report::charts::canvas::{Frame, LABEL, Pen, Side, draw, shortened, text_width};
use crate::report::charts::palette::{GRID, INK, MUTED};
use crate::report::comparison::{difference_row, shown};
use crate::report::formatting::{counted, listed, rounded};
use crate::report::replications::is_share;

/// How many cohorts are drawn.
const COHORTS: usize = 8;
/// Room above a group for its name, and below it for its scale.
const HEAD: f64 = 26.0;
const FOOT: f64 = 34.0;

/// In what the rows of a group are measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scale {
    /// Shares of persons: in percentage points.
    Points,
    /// Indices between -1 and 1: as they are.
    Index,
    /// Counts and times: in percent of what they are under the first variant.
    Relative,
}

impl Scale {
    fn of(metric: &str) -> Scale {
        match definition(metric).map_or("1", |definition| definition.unit) {
            _ if is_share(metric) => Scale::Points,
            "1" => Scale::Index,
            _ => Scale::Relative,
        }
    }

    /// Mean and half interval on the scale; `None` where the first variant has nothing to measure by.
    fn measured(self, difference: &Difference) -> Option<(f64, f64)> {
        let (mean, half) = (difference.mean?, difference.half_width.unwrap_or(0.0));
        let by = match self {
            Scale::Points => 100.0,
            Scale::Index => 1.0,
            Scale::Relative => 100.0 / difference.first.map(f64::abs).filter(|first| *first > 0.0)?,
        };
        let (mean, half) = (mean * by, half * by);
        (mean.is_finite() && half.is_finite()).then_some((mean, half))
    }

    /// The ends of the scale: at least this, so that nothing small looks large, and at most that; beyond it a row has an
    /// arrow.
    const fn least_and_most(self) -> (f64, f64) {
        match self {
            Scale::Points => (1.0, 100.0),
            Scale::Index => (0.04, 2.0),
            Scale::Relative => (4.0, 200.0),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Scale::Points => "Shares of persons",
            Scale::Index => "Indices, -1 to 1",
            Scale::Relative => "Counts and times",
        }
    }

    fn unit(self, first: &str) -> String {
        match self {
            Scale::Points => "difference in points".to_owned(),
            Scale::Index => "difference".to_owned(),
            Scale::Relative => format!("difference in % of {}", in_title(first)),
        }
    }
}

/// The rows that share a scale.
struct Group<'a> {
    scale: Scale,
    rows: Vec<&'a Difference>,
    /// The scale goes from minus this to this.
    end: f64,
}

/// The chart of differences.
pub(super) fn differences(versus: &Versus<'_>) -> Option<Chart> {
    let (rows, hidden) = shown(versus.against(), COHORTS);
    let groups: Vec<Group<'_>> = [Scale::Points, Scale::Index, Scale::Relative]
        .into_iter()
        .filter_map(|scale| group(scale, &rows))
        .collect();
    if groups.is_empty() {
        return None;
    }
    let mut about = format!(
        "Paired differences, {} minus {}, with 95 % intervals. Green is better, red worse, blue different; a hollow dot \
         cannot be told from no difference (p adjusted by Holm). Rows with one scale can be compared by eye; an arrow \
         points beyond its end.",
        versus.other, versus.first
    );
    if hidden > 0 {
        let cohorts = counted(hidden as f64, "cohort", "cohorts");
        about.push_str(&format!(" {cohorts} whose success moves less are left out."));
    }
    let file = versus.file("differences");
    Some(rendered(&file, title(versus), &about, |frame, title| picture(frame, title, &groups, &versus.first)))
}

fn group<'a>(scale: Scale, rows: &[&'a Difference]) -> Option<Group<'a>> {
    let rows: Vec<&Difference> = rows.iter().copied().filter(|row| Scale::of(&row.metric) == scale).collect();
    let reach = |row: &&Difference| scale.measured(row).map_or(0.0, |(mean, half)| mean.abs() + half);
    let (least, most) = scale.least_and_most();
    let end = even_top_of(rows.iter().map(reach).fold(least, f64::max).min(most));
    (!rows.is_empty()).then_some(Group { scale, rows, end: end.min(most.max(least)) })
}

fn title(versus: &Versus<'_>) -> String {
    let (first, other) = (in_title(&versus.first), in_title(&versus.other));
    let count = |verdict| versus.against().family().filter(|row| row.verdict == Some(verdict)).count();
    let all = versus.against().family().filter(|row| row.pairs > 0).count();
    let figures = counted(all as f64, "figure", "figures");
    let told = [
        (DifferenceVerdict::Better, "better than"),
        (DifferenceVerdict::Worse, "worse than"),
        (DifferenceVerdict::Different, "different from"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (verdict, word) in told {
        match count(verdict) {
            0 => {}
            // The first clause names what is compared, and out of how many.
            number if parts.is_empty() => parts.push(format!("{word} {first} in {number} of {figures}")),
            number => {
                let word = word.split(' ').next().unwrap_or(word);
                parts.push(format!("{word} in {number}"));
            }
        }
    }
    if !parts.is_empty() {
        format!("{other} is {}", listed(&parts))
    } else if count(DifferenceVerdict::Same) == all {
        format!("{other} is the same as {first} in all of {figures}")
    } else {
        format!("None of {figures} tells {other} and {first} apart")
    }
}

fn picture(frame: Frame, title: &str, groups: &[Group<'_>], first: &str) -> String {
    let texts = groups
        .iter()
        .flat_map(|group| &group.rows)
        .map(|row| text_width(&difference_row(row).change, LABEL) * BOLD);
    let rows = Rows::of(frame, texts.fold(0.0, f64::max));
    let height_of = |group: &Group<'_>| HEAD + rows.height * group.rows.len() as f64 + FOOT;
    draw(frame, title, groups.iter().map(height_of).sum(), |pen| {
        let mut top = 0.0;
        for group in groups {
            draw_group(pen, &rows, group, top, first);
            top += height_of(group);
        }
    })
}

fn draw_group(pen: &Pen<'_>, rows: &Rows, group: &Group<'_>, top: f64, first: &str) {
    let x = |value: f64| rows.x(0.5 + value / group.end / 2.0);
    let (body, bottom) = (top + HEAD, top + HEAD + rows.height * group.rows.len() as f64);
    let name = group.scale.name();
    pen.bold((0.0, top + 12.0), Side::Right, LABEL, INK, name);
    let unit = shortened(&group.scale.unit(first), LABEL, rows.width - text_width(name, LABEL) * BOLD - 16.0);
    pen.text((rows.width, top + 12.0), Side::Left, LABEL, MUTED, &unit);
    for part in [-1.0, -0.5, 0.0, 0.5, 1.0] {
        let value = part * group.end;
        let color = if part == 0.0 { MUTED } else { GRID };
        pen.line(&[(x(value), body), (x(value), bottom)], color, 1.0);
        let label =
            if part > 0.0 { format!("+{}", rounded(value, 3)) } else { rounded(value, 3).to_string() };
        let label = if part == 0.0 { "0".to_owned() } else { label };
        let half = text_width(&label, LABEL) / 2.0;
        let at = x(value).clamp(half, (rows.width - half).max(half));
        pen.text((at, bottom + 11.0), Side::Both, LABEL, MUTED, &label);
    }
    for (at, row) in group.rows.iter().enumerate() {
        draw_row(pen, rows, group, body + rows.height * at as f64, row);
    }
}

fn draw_row(pen: &Pen<'_>, rows: &Rows, group: &Group<'_>, top: f64, row: &Difference) {
    let told = color(row.verdict);
    let (said, strong) = (difference_row(row), told.unwrap_or(MUTED));
    rows.head(pen, top, &said.name, &said.change, strong);
    let Some((mean, half)) = group.scale.measured(row) else { return };
    let y = top + rows.middle;
    let x = |value: f64| rows.x(0.5 + value / group.end / 2.0);
    let (from, to) = (mean - half, mean + half);
    if to >= -group.end && from <= group.end {
        pen.line(&[(x(from), y), (x(to), y)], strong, 2.0);
    }
    for (beyond, edge, way) in [(from < -group.end, rows.left, -1.0), (to > group.end, rows.right, 1.0)] {
        if beyond {
            pen.fill(
                &[(edge - 4.0 * way, y - 5.0), (edge + 4.0 * way, y), (edge - 4.0 * way, y + 5.0)],
                strong,
            );
        }
    }
    if mean.abs() <= group.end {
        dot(pen, (x(mean), y), strong, if told.is_some() { Filled::Yes } else { Filled::No });
    }
}
