//! What became of each cohort over time: one stacked area a cohort, all on the scale from nobody to everybody.

use super::axis::{BOLD, Panel, apart};
use super::canvas::{Frame, LABEL, Pen, Side, draw, shortened, text_width};
use super::marks::{History, Marks};
use super::palette::{
    AREA_GOOD, AREA_LEFT, AREA_NO, Color, GOOD, GRID, HALF, INK, MUTED, NO, PAPER, WAITING,
};
use super::track::{Join, Span};
use super::{Chart, rendered};
use crate::experiment::result::{RunResult, Series};
use crate::metrics::names;
use crate::report::formatting::{count, counted, listed, percent};
use std::fmt::Write;

/// How many cohorts are drawn.
const COHORTS: usize = 6;
/// Room for the name of a cohort.
const NAME: f64 = 30.0;
/// Room below the last panel for the times.
const FOOT: f64 = 26.0;

/// An outcome: its series, its name, the colour of its area and of its label.
const OUTCOMES: [(&str, &str, Color, Color); 4] = [
    (names::series::OUTCOME_BOUGHT, "bought", AREA_GOOD, GOOD),
    (names::series::OUTCOME_TOLD_NO, "told no", AREA_NO, NO),
    (names::series::OUTCOME_GAVE_UP, "gave up", AREA_LEFT, HALF),
    (names::series::OUTCOME_WAITING, "waiting", WAITING, MUTED),
];

/// One cohort: its name, its persons, and its four series from the bottom up.
struct Group<'a> {
    name: &'a str,
    persons: f64,
    series: [&'a Series; 4],
}

/// The chart of outcomes.
pub(super) fn outcomes(result: &RunResult) -> Option<Chart> {
    let all: Vec<Group<'_>> =
        result.cast.cohorts.iter().filter_map(|c| group(result, &c.name, c.persons)).collect();
    let shown = &all[..all.len().min(COHORTS)];
    let series: Vec<&Series> = shown.iter().flat_map(|group| group.series).collect();
    let span = Span::of(result, &series)?;
    let title = title(result, shown, all.len());
    let history = History::of(result);
    let about = "What the screens of each cohort had said by then, as shares of the cohort.";
    Some(rendered("outcomes.svg", title, about, |frame, title| picture(frame, title, shown, span, &history)))
}

fn group<'a>(result: &'a RunResult, name: &'a str, persons: u64) -> Option<Group<'a>> {
    let find = |series: &str| {
        result.timeline.series.iter().find(|s| s.name == series && s.cohort.as_deref() == Some(name))
    };
    let mut found = Vec::new();
    for (series, ..) in OUTCOMES {
        found.push(find(series)?);
    }
    (persons > 0).then(|| Group {
        name,
        persons: persons as f64,
        series: [found[0], found[1], found[2], found[3]],
    })
}

fn title(result: &RunResult, shown: &[Group<'_>], all: usize) -> String {
    let last =
        |name: &str| result.series(name).and_then(|series| series.values.last().copied()).unwrap_or(0.0);
    let parts: Vec<String> = [
        (names::series::OUTCOME_BOUGHT, "had bought"),
        (names::series::OUTCOME_TOLD_NO, "had been told no"),
        (names::series::OUTCOME_GAVE_UP, "had given up"),
        (names::series::OUTCOME_WAITING, "still waited"),
    ]
    .iter()
    .map(|(name, words)| (last(name), words))
    .filter(|(persons, _)| *persons >= 1.0)
    .map(|(persons, words)| format!("{} {words}", count(persons)))
    .collect();
    let mut title = format!("In the end {}", listed(&parts));
    if shown.len() < all {
        let _ = write!(title, " (the first {} of {all} cohorts)", shown.len());
    }
    title
}

fn picture(frame: Frame, title: &str, groups: &[Group<'_>], span: Span, history: &History) -> String {
    let height = if frame.is_narrow() || groups.len() > 3 { 78.0 } else { 96.0 };
    let each = NAME + height + 12.0;
    let panel = |top: f64, group: &Group<'_>| Panel {
        left: 52.0,
        right: frame.width() - 128.0,
        top: top + NAME,
        bottom: top + NAME + height,
        from: span.from(),
        to: span.to(),
        most: group.persons,
    };
    let marks = history.place(&panel(0.0, &groups[0]), frame.width());
    let head = marks.height();
    draw(frame, title, head + each * groups.len() as f64 + FOOT, |pen| {
        marks.draw_labels(pen, 0.0, head);
        for (at, group) in groups.iter().enumerate() {
            let top = head + each * at as f64;
            let panel = panel(top, group);
            stack(pen, &panel, group, span, &marks);
            let persons = counted(group.persons, "person", "persons");
            let room = panel.right - text_width(&persons, LABEL) - 14.0;
            pen.bold((0.0, top + 12.0), Side::Right, LABEL, INK, &shortened(group.name, LABEL * BOLD, room));
            pen.text((panel.right, top + 12.0), Side::Left, LABEL, MUTED, &persons);
            if at + 1 == groups.len() {
                panel.draw_times(pen);
            }
        }
    })
}

fn stack(pen: &Pen<'_>, panel: &Panel, group: &Group<'_>, span: Span, marks: &Marks<'_>) {
    for share in [0.0, 0.5, 1.0] {
        let (_, y) = panel.at(panel.from, share * group.persons);
        pen.line(&[(panel.left, y), (panel.right, y)], GRID, 1.0);
        pen.text((panel.left - 7.0, y), Side::Left, LABEL, MUTED, &format!("{:.0} %", share * 100.0));
    }
    let tracks: Vec<Vec<(f64, f64)>> =
        group.series.iter().map(|series| span.points(&series.values, Join::Last)).collect();
    let points = tracks[0].len();
    let mut floor = vec![0.0; points];
    let mut labels: Vec<(f64, Color, String)> = Vec::new();
    for (track, (_, name, area, text)) in tracks.iter().zip(OUTCOMES) {
        let ceiling: Vec<f64> = floor.iter().zip(track).map(|(below, point)| below + point.1).collect();
        let upper = (0..points).map(|at| panel.at(track[at].0, ceiling[at]));
        let lower = (0..points).rev().map(|at| panel.at(track[at].0, floor[at]));
        if track.iter().any(|point| point.1 > 0.0) {
            pen.fill(&upper.clone().chain(lower).collect::<Vec<_>>(), area);
            pen.line(&upper.collect::<Vec<_>>(), PAPER, 0.75);
        }
        let (from, to) = (floor[points - 1], ceiling[points - 1]);
        if to > from {
            let (_, y) = panel.at(panel.to, f64::midpoint(from, to));
            labels.push((y, text, format!("{name} {}", percent((to - from) / group.persons))));
        }
        floor = ceiling;
    }
    marks.draw_over(pen, panel);
    let heights: Vec<f64> = labels.iter().map(|label| label.0).collect();
    for ((_, color, label), y) in labels.iter().zip(apart(&heights, panel.top, panel.bottom)) {
        pen.bold((panel.right + 8.0, y), Side::Right, LABEL, *color, label);
    }
}
