//! Demand against capacity, the load, and the line: lines over time.

use super::axis::{Panel, room_for, room_for_values, short, top_of};
use super::canvas::{Frame, Pen, draw};
use super::marks::{History, Marks};
use super::palette::{BAD, Color, DEMAND, FLOW, GOOD, MUTED};
use super::track::{Join, Span, so_far};
use super::{Chart, rendered};
use crate::experiment::result::RunResult;
use crate::metrics::names;
use crate::report::findings::number_rounded;
use crate::report::formatting::{count, counted, duration, instant, percent};
use crate::report::readings::peak;
use std::fmt::Write;

/// Room below a panel for the labels of the times.
const FOOT: f64 = 26.0;
/// Room above a panel for the unit.
const HEAD: f64 = 30.0;
/// Where the unit ends, and labels of what happened begin.
const BELOW_UNIT: f64 = 21.0;

/// One line with the name at its end.
struct Line {
    color: Color,
    points: Vec<(f64, f64)>,
    label: String,
    /// Fill the area below it, too.
    filled: Option<Color>,
}

/// One panel of lines.
struct Plot<'a> {
    unit: &'a str,
    span: Span,
    lines: Vec<Line>,
    /// A level that is no line: its value and name.
    limit: Option<(f64, String)>,
    height: f64,
    /// Width kept right of it, so that panels below each other end at one place.
    right: f64,
    times: bool,
    history: &'a History,
}

impl Plot<'_> {
    fn most(&self) -> f64 {
        let lines = self.lines.iter().flat_map(|line| &line.points).map(|point| point.1);
        top_of(lines.chain(self.limit.iter().map(|limit| limit.0)).fold(0.0, f64::max))
    }

    fn labels(&self) -> Vec<(f64, Color, String)> {
        // A line that has sunk to nothing at its end is named where it ran before.
        let height = |line: &Line| {
            let last_third = &line.points[line.points.len() - line.points.len().div_ceil(3)..];
            last_third.iter().map(|point| point.1).fold(0.0, f64::max)
        };
        let ends = self.lines.iter().map(|line| (height(line), line.color, line.label.clone()));
        ends.chain(self.limit.iter().map(|(value, name)| (*value, MUTED, name.clone()))).collect()
    }

    fn room(&self) -> f64 {
        room_for(self.labels().iter().map(|label| label.2.as_str()))
    }

    /// Where it is drawn, from `top` down.
    fn panel(&self, width: f64, top: f64, left: f64) -> Panel {
        Panel {
            left,
            right: width - self.right,
            top: top + HEAD,
            bottom: top + HEAD + self.height,
            from: self.span.from(),
            to: self.span.to(),
            most: self.most(),
        }
    }

    /// Where the labels of what happened stand.
    fn marks(&self, width: f64, left: f64) -> Marks<'_> {
        self.history.place(&self.panel(width, 0.0, left), width)
    }

    fn draw(&self, pen: &Pen<'_>, panel: &Panel, marks: &Marks<'_>, between: f64) {
        marks.draw_behind(pen, panel);
        panel.draw_values(pen, self.unit, between);
        for line in &self.lines {
            let points: Vec<_> = line.points.iter().map(|(time, value)| panel.at(*time, *value)).collect();
            if let (Some(color), Some(first), Some(last)) = (line.filled, points.first(), points.last()) {
                let mut shape = points.clone();
                shape.extend([(last.0, panel.bottom), (first.0, panel.bottom)]);
                pen.fill(&shape, color);
            }
            pen.line(&points, line.color, 2.0);
        }
        if let Some((value, _)) = &self.limit {
            let (_, y) = panel.at(panel.from, *value);
            pen.dashed((panel.left, y), (panel.right, y), MUTED, 1.5);
        }
        marks.draw_over(pen, panel);
        if self.times {
            panel.draw_times(pen);
        }
        panel.draw_labels(pen, &self.labels());
    }
}

fn single(frame: Frame, title: &str, plot: &Plot<'_>) -> String {
    let (width, left) = (frame.width(), room_for_values(plot.most()));
    let marks = plot.marks(width, left);
    let head = marks.height();
    draw(frame, title, head + HEAD + plot.height + FOOT, |pen| {
        marks.draw_labels(pen, BELOW_UNIT, head + HEAD);
        plot.draw(pen, &plot.panel(width, head, left), &marks, head);
    })
}

/// Those who came, those who were let in and the tickets, all counted up from the beginning: the height between
/// two lines is how many wait, the width is for how long.
pub(super) fn demand(result: &RunResult) -> Option<Chart> {
    let arrivals = result.series(names::series::ARRIVALS)?;
    let turns = result.series(names::series::TURNS).filter(|_| result.cast.has_line);
    let sold = result.series(names::series::SOLD);
    let span = Span::of(result, &[Some(arrivals), turns, sold].into_iter().flatten().collect::<Vec<_>>())?;
    let seats = result.cast.seats as f64;
    let came = so_far(&arrivals.values);
    let total = came.last().copied().unwrap_or(0.0);
    let mut title =
        format!("{} came for {}", counted(total, "person", "persons"), counted(seats, "seat", "seats"));
    if let Some(half) = came.iter().position(|so_far| *so_far * 2.0 >= total) {
        let time = span.from() + span.window() * (half + 1) as f64;
        let _ = write!(title, ", half of them by {}", instant(time));
    }
    let line = |color, values: &[f64], name: &str| Line {
        color,
        points: span.points(values, Join::Last),
        label: format!("{name} {}", short(values.last().copied().unwrap_or(0.0))),
        filled: None,
    };
    let history = &History::of(result);
    let about = "Everybody and everything counted up since the beginning. The height between two lines is how many \
                 wait; the width is for how long.";
    Some(rendered("demand.svg", title, about, |frame, title| {
        let mut lines = vec![line(DEMAND, &came, "came")];
        if let Some(turns) = turns {
            lines.push(line(FLOW, &so_far(&turns.values), "had a turn"));
        }
        if let Some(sold) = sold {
            lines.push(line(GOOD, &sold.values, "sold"));
        }
        let limit = Some((seats, format!("seats {}", short(seats))));
        let height = if frame.is_narrow() { 200.0 } else { 250.0 };
        let mut plot =
            Plot { unit: "persons, seats", span, lines, limit, height, right: 0.0, times: true, history };
        plot.right = plot.room();
        single(frame, title, &plot)
    }))
}

/// Requests a second, and the server errors among the answers.
pub(super) fn load(result: &RunResult) -> Option<Chart> {
    let requests = result.series(names::series::REQUESTS)?;
    let errors = result.series(names::series::ANSWERED_5XX);
    let polls = result.series(names::series::POLLS);
    let span = Span::of(result, &[requests])?;
    let (rate, at) = peak(result, "requests")?;
    let total: f64 = requests.values.iter().sum();
    let failed: f64 = errors.map_or(0.0, |errors| errors.values.iter().sum());
    let mut title = format!("Requests peaked at {} a second at {}", number_rounded(rate), instant(at));
    title.push_str(&if failed > 0.0 {
        format!("; {} of all were answered with a server error", percent(failed / total))
    } else {
        "; none was answered with a server error".to_owned()
    });
    let line = |color, values: &[f64], label: &str, filled| {
        let rates: Vec<f64> = values.iter().map(|value| value / span.window()).collect();
        Line { color, points: span.points(&rates, Join::Largest), label: label.to_owned(), filled }
    };
    let history = &History::of(result);
    let window = duration(result.timeline.window_us as f64 / 1e6);
    let about = format!("Means over windows of {window}; where many windows share a point, the largest.");
    Some(rendered("load.svg", title, &about, |frame, title| {
        let mut lines = vec![line(DEMAND, &requests.values, "requests", None)];
        if let Some(polls) = polls.filter(|polls| polls.values.iter().any(|value| *value > 0.0)) {
            lines.push(line(FLOW, &polls.values, "of these polls", None));
        }
        if let Some(errors) = errors.filter(|_| failed > 0.0) {
            lines.push(line(BAD, &errors.values, "answered 5xx", None));
        }
        let height = if frame.is_narrow() { 180.0 } else { 220.0 };
        let mut plot =
            Plot { unit: "a second", span, lines, limit: None, height, right: 0.0, times: true, history };
        plot.right = plot.room();
        single(frame, title, &plot)
    }))
}

/// How many are in line and inside: two panels, because one is often a hundred times the other.
pub(super) fn line(result: &RunResult) -> Option<Chart> {
    let in_line = result.series(names::series::IN_LINE).filter(|_| result.cast.has_line);
    let inside = result.series(names::series::INSIDE)?;
    let shown: Vec<_> = in_line.into_iter().chain([inside]).collect();
    let span = Span::of(result, &shown)?;
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let inside_most = format!("at most {} were inside at a time", count(most(&inside.values)));
    let title = match in_line {
        Some(line) => {
            let longest = most(&line.values);
            let at = line.values.iter().position(|value| *value >= longest).unwrap_or(0);
            let time = span.from() + span.window() * (at + 1) as f64;
            format!(
                "The line was longest at {} with {} sessions; {inside_most}",
                instant(time),
                count(longest)
            )
        }
        None => format!("There was no line; {inside_most}"),
    };
    let history = &History::of(result);
    Some(rendered("line.svg", title, "Sessions, at the end of each window.", |frame, title| {
        let height = if frame.is_narrow() { 110.0 } else { 130.0 };
        let plot = |color, values: &[f64], name: &str, times| Plot {
            unit: "sessions",
            span,
            lines: vec![Line {
                color,
                points: span.points(values, Join::Last),
                label: name.to_owned(),
                filled: None,
            }],
            limit: None,
            height,
            right: 0.0,
            times,
            history,
        };
        let mut plots: Vec<Plot<'_>> =
            in_line.iter().map(|line| plot(DEMAND, &line.values, "in line", false)).collect();
        plots.push(plot(GOOD, &inside.values, "inside", true));
        let right = plots.iter().map(Plot::room).fold(0.0, f64::max);
        let left = plots.iter().map(|plot| room_for_values(plot.most())).fold(0.0, f64::max);
        plots.iter_mut().for_each(|plot| plot.right = right);
        let each = HEAD + height + 14.0;
        let width = frame.width();
        let marks = plots[0].marks(width, left);
        let head = marks.height();
        draw(frame, title, head + each * plots.len() as f64 + FOOT, |pen| {
            marks.draw_labels(pen, BELOW_UNIT, head + HEAD);
            for (at, plot) in plots.iter().enumerate() {
                let panel = plot.panel(width, head + each * at as f64, left);
                plot.draw(pen, &panel, &marks, if at == 0 { head } else { 0.0 });
            }
        })
    }))
}
