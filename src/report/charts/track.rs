//! One quantity over time, cut to the part in which something happens and thinned to what a chart can show.

use crate::experiment::result::{RunResult, Series};
use crate::report::readings::opens_at;

/// Most points of one line: more would be finer than the paper.
const POINTS: usize = 360;

/// How several windows become one point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// A count: the largest of them, so that a peak is not flattened.
    Largest,
    /// A level: the last of them.
    Last,
}

/// The windows that a chart shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: f64,
    window: f64,
    windows: usize,
}

impl Span {
    /// From the first to the last window in which one of the series changes, with a little air; `None` if nothing
    /// ever does.
    pub(super) fn of(result: &RunResult, series: &[&Series]) -> Option<Span> {
        let window = result.timeline.window_us as f64 / 1e6;
        let last = series.iter().filter_map(|series| last_change(&series.values)).max()?;
        let longest = series.iter().map(|series| series.values.len()).max()?;
        let windows = (last + 2 + last / 40).min(longest);
        let start = result.timeline.start_us as f64 / 1e6 - opens_at(result);
        (window > 0.0 && windows > 0).then_some(Span { start, window, windows })
    }

    /// Seconds after the opening at its start.
    pub(super) fn from(&self) -> f64 {
        self.start
    }

    /// Seconds after the opening at its end.
    pub(super) fn to(&self) -> f64 {
        self.start + self.window * self.windows as f64
    }

    /// Length of a window in seconds.
    pub(super) fn window(&self) -> f64 {
        self.window
    }

    /// The points of a series within the span: seconds after the opening at the end of a window, and the value.
    pub(super) fn points(&self, values: &[f64], join: Join) -> Vec<(f64, f64)> {
        let each = self.windows.div_ceil(POINTS).max(1);
        let last = values.last().copied().unwrap_or(0.0);
        let value = |at: usize| match (values.get(at), join) {
            (Some(value), _) => finite(*value),
            (None, Join::Last) => finite(last),
            (None, Join::Largest) => 0.0,
        };
        let mut points = Vec::with_capacity(POINTS + 1);
        let mut at = 0;
        while at < self.windows {
            let end = (at + each).min(self.windows);
            let joined = match join {
                Join::Largest => (at..end).map(value).fold(0.0, f64::max),
                Join::Last => value(end - 1),
            };
            points.push((self.start + self.window * end as f64, joined));
            at = end;
        }
        points
    }
}

/// The running sum of counts.
pub(super) fn so_far(values: &[f64]) -> Vec<f64> {
    values
        .iter()
        .scan(0.0, |sum, value| {
            *sum += finite(*value);
            Some(*sum)
        })
        .collect()
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

#[expect(clippy::float_cmp, reason = "a level that did not change is the same number")]
fn last_change(values: &[f64]) -> Option<usize> {
    (0..values.len()).rev().find(|at| {
        let before = if *at == 0 { 0.0 } else { values[at - 1] };
        values[*at] != before
    })
}
