//! Scales, ticks and labels that keep out of each other's way.

use super::canvas::{LABEL, Pen, Point, Side, text_width};
use super::palette::{Color, GRID, MUTED};
use crate::report::formatting::{count, number};

/// How much wider bold text is.
pub(super) const BOLD: f64 = 1.17;
/// From one label to the next below it, at least.
const LABEL_LINE: f64 = 16.0;

/// The part of a chart where data is drawn, and what its edges stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    /// Left edge, CSS pixels.
    pub left: f64,
    /// Right edge.
    pub right: f64,
    /// Upper edge.
    pub top: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Seconds after the opening at the left edge.
    pub from: f64,
    /// Seconds after the opening at the right edge.
    pub to: f64,
    /// The value at the upper edge; the lower edge is zero.
    pub most: f64,
}

impl Panel {
    /// Where a value at a time is.
    pub(super) fn at(&self, time: f64, value: f64) -> Point {
        let across = if self.to > self.from { (time - self.from) / (self.to - self.from) } else { 0.0 };
        let up = if self.most > 0.0 { value / self.most } else { 0.0 };
        let x = self.left + across.clamp(0.0, 1.0) * (self.right - self.left);
        (x, self.bottom - up.clamp(0.0, 1.0) * (self.bottom - self.top))
    }

    /// Draws the lines and labels of the values, with their unit above them and above `between` of other labels.
    pub(super) fn draw_values(&self, pen: &Pen<'_>, unit: &str, between: f64) {
        for value in ticks(self.most) {
            let (_, y) = self.at(self.from, value);
            pen.line(&[(self.left, y), (self.right, y)], GRID, 1.0);
            pen.text((self.left - 7.0, y), Side::Left, LABEL, MUTED, &short(value));
        }
        pen.text((0.0, self.top - 17.0 - between), Side::Right, LABEL, MUTED, unit);
    }

    /// Draws the marks and labels of the times, and a line at the opening.
    pub(super) fn draw_times(&self, pen: &Pen<'_>) {
        let room = ((self.right - self.left) / 72.0) as usize;
        let mut written = f64::NEG_INFINITY;
        pen.line(&[(self.left, self.bottom), (self.right, self.bottom)], MUTED, 1.0);
        for (time, label) in times(self.from, self.to, room.max(3)) {
            let (x, _) = self.at(time, 0.0);
            pen.line(&[(x, self.bottom), (x, self.bottom + 4.0)], MUTED, 1.0);
            let half = text_width(&label, LABEL) / 2.0;
            // A label at an edge leans inwards: names of lines stand to the right.
            let x = x.clamp(half, (self.right + 4.0 - half).max(half));
            if x - half > written {
                pen.text((x, self.bottom + 14.0), Side::Both, LABEL, MUTED, &label);
                written = x + half + 5.0;
            }
        }
    }

    /// Writes labels right of the panel, each as near to its height as the others allow.
    pub(super) fn draw_labels(&self, pen: &Pen<'_>, labels: &[(f64, Color, String)]) {
        let heights: Vec<f64> = labels.iter().map(|(value, _, _)| self.at(self.to, *value).1).collect();
        let placed = apart(&heights, self.top - 4.0, self.bottom - 2.0);
        for ((_, color, text), y) in labels.iter().zip(placed) {
            pen.bold((self.right + 8.0, y), Side::Right, LABEL, *color, text);
        }
    }
}

/// How much room labels need right of a panel.
pub(super) fn room_for<'a>(labels: impl Iterator<Item = &'a str>) -> f64 {
    labels.map(|label| text_width(label, LABEL) * BOLD).fold(0.0, f64::max) + 12.0
}

/// Room left of a panel for the labels of its values.
pub(super) fn room_for_values(most: f64) -> f64 {
    ticks(most).iter().map(|value| text_width(&short(*value), LABEL)).fold(0.0, f64::max) + 10.0
}

/// Moves heights apart until no two are nearer than a line, within bounds, in their order.
pub(super) fn apart(heights: &[f64], top: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    let mut placed = heights.to_vec();
    let mut least = top;
    for at in &order {
        placed[*at] = placed[*at].max(least);
        least = placed[*at] + LABEL_LINE;
    }
    let mut most = bottom;
    for at in order.iter().rev() {
        placed[*at] = placed[*at].min(most);
        most = placed[*at] - LABEL_LINE;
    }
    placed
}

/// A step of 1, 2 or 5 times a power of ten that makes about four steps up to `most`.
fn step(most: f64) -> f64 {
    let mut power = 1.0;
    while power * 10.0 <= most {
        power *= 10.0;
    }
    while power > most && power > 1e-9 {
        power /= 10.0;
    }
    let units = most / power;
    let factor = if units > 6.0 {
        2.0
    } else if units > 3.0 {
        1.0
    } else if units > 1.5 {
        0.5
    } else {
        0.25
    };
    factor * power
}

/// The top of a scale that holds `most`: a whole step.
pub(super) fn top_of(most: f64) -> f64 {
    if most <= 0.0 || !most.is_finite() {
        return 1.0;
    }
    let step = step(most);
    (most / step).ceil() * step
}

/// The top of a scale that holds `most` and whose half and quarter are round too.
pub(super) fn even_top_of(most: f64) -> f64 {
    if most <= 0.0 || !most.is_finite() {
        return 1.0;
    }
    let mut power = 1e-9;
    while power * 10.0 < most {
        power *= 10.0;
    }
    let units = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    units.into_iter().map(|unit| unit * power).find(|top| *top >= most * 0.999_999).unwrap_or(10.0 * power)
}

fn ticks(most: f64) -> Vec<f64> {
    let step = step(most);
    (0..=8).map(|n| f64::from(n) * step).take_while(|value| *value <= most * 1.000_001).collect()
}

/// A value of an axis in few characters.
pub(super) fn short(value: f64) -> String {
    if value >= 1e9 {
        format!("{} bn", number(value / 1e9))
    } else if value >= 1e6 {
        format!("{} M", trimmed(value / 1e6))
    } else if value.fract() == 0.0 {
        count(value)
    } else {
        trimmed(value)
    }
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Marks of a time axis: seconds after the opening with their labels, at most `room` of them.
fn times(from: f64, to: f64, room: usize) -> Vec<(f64, String)> {
    const STEPS: [f64; 17] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0,
        43_200.0, 86_400.0,
    ];
    let span = to - from;
    let step = STEPS.into_iter().find(|step| span / step <= room as f64).unwrap_or(172_800.0);
    let first = (from / step).ceil() as i64;
    let last = (to / step).floor() as i64;
    (first..=last).map(|n| n as f64 * step).map(|time| (time, label_of(time, step))).collect()
}

fn label_of(time: f64, step: f64) -> String {
    if time == 0.0 {
        return "opening".to_owned();
    }
    let (size, sign) = (time.abs(), if time < 0.0 { '-' } else { '+' });
    let text = if step < 60.0 && size < 60.0 {
        format!("{size:.0} s")
    } else if step < 60.0 {
        format!("{}:{:02} min", size as u64 / 60, size as u64 % 60)
    } else if step < 3600.0 {
        format!("{:.0} min", size / 60.0)
    } else {
        format!("{:.0} h", size / 3600.0)
    };
    format!("T{sign}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_a_round_number_that_holds_the_data() {
        for (most, top) in [(20_000.0, 20_000.0), (18_034.0, 20_000.0), (3.0, 3.0), (0.4, 0.4), (0.0, 1.0)] {
            assert!((top_of(most) - top).abs() < 1e-9, "{most}: {}", top_of(most));
            assert!((2..=8).contains(&ticks(top_of(most)).len()), "{most}: {:?}", ticks(top_of(most)));
        }
    }

    #[test]
    fn an_even_scale_holds_the_data_and_can_be_quartered() {
        for (most, top) in [(51.4, 60.0), (1.0, 1.0), (0.05, 0.06), (0.27, 0.4), (100.0, 100.0), (0.0, 1.0)] {
            assert!((even_top_of(most) - top).abs() < 1e-9, "{most}: {}", even_top_of(most));
        }
    }

    #[test]
    fn labels_keep_apart_and_within_bounds() {
        let placed = apart(&[10.0, 11.0, 12.0, 99.0], 0.0, 100.0);
        let mut sorted = placed.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= LABEL_LINE - 1e-9), "{placed:?}");
        assert!(placed.iter().all(|y| (0.0..=100.0).contains(y)), "{placed:?}");
    }

    #[test]
    fn times_are_counted_from_the_opening() {
        let marks = times(-600.0, 1800.0, 8);
        assert_eq!(marks[0], (-600.0, "T-10 min".to_owned()));
        assert!(marks.contains(&(0.0, "opening".to_owned())));
        assert_eq!(times(0.0, 90.0, 4).last(), Some(&(90.0, "T+1:30 min".to_owned())));
    }
}
