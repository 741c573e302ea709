//! What happened to the sale as a whole, drawn into a chart over time: a thin line with a label above for each thing
//! that happened, and a wash behind the time in which the sale was paused or something was broken.

use super::axis::Panel;
use super::canvas::{LABEL, Pen, Side, shortened, text_width};
use super::palette::{BAD, BAD_WASH, Color, GOOD, HALF, HALF_WASH, MUTED};
use crate::experiment::result::RunResult;
use crate::report::history::{Mark, Spell, What, marks, spells};

/// Size of a label.
const SIZE: f64 = LABEL - 1.0;
/// From one row of labels to the next.
const ROW: f64 = 16.0;
/// Most rows: what does not fit is named in the list of the page alone.
const ROWS: usize = 6;
/// Between a line and its label, and between a label and what is right of it.
const GAP: f64 = 4.0;
/// Lines nearer than this are one, with both names.
const NEAR: f64 = 5.0;
/// The longest label.
const LONGEST: f64 = 170.0;

/// One or more things that happened at about one time, with the place of their label.
struct Placed {
    x: f64,
    color: Color,
    label: String,
    /// The row of the label, and whether it stands left of its line; `None`: there is no room for it.
    row: Option<(usize, Side)>,
}

/// What happened to the sale as a whole.
pub(super) struct History {
    marks: Vec<Mark>,
    spells: Vec<Spell>,
}

impl History {
    /// Reads it out of a result.
    pub(super) fn of(result: &RunResult) -> History {
        let marks = marks(result);
        let spells = spells(&marks);
        History { marks, spells }
    }

    /// Finds a place for each mark within the panel's span and left of `edge`, the end of the paper.
    pub(super) fn place(&self, panel: &Panel, edge: f64) -> Marks<'_> {
        let mut placed: Vec<Placed> = Vec::new();
        for mark in self.marks.iter().filter(|mark| mark.at > panel.from && mark.at < panel.to) {
            let (x, _) = panel.at(mark.at, 0.0);
            match placed.last_mut().filter(|last| x - last.x < NEAR) {
                Some(last) => join(last, mark),
                None => {
                    placed.push(Placed { x, color: color(mark.what), label: mark.label.clone(), row: None });
                }
            }
        }
        let mut ends = [f64::NEG_INFINITY; ROWS];
        for at in 0..placed.len() {
            placed[at].label = shortened(&placed[at].label, SIZE, LONGEST);
            let line_before = at.checked_sub(1).map_or(0.0, |before| placed[before].x);
            placed[at].row = row(&placed[at], line_before, &mut ends, edge);
        }
        let rows = placed.iter().filter_map(|mark| mark.row).map(|(row, _)| row + 1).max().unwrap_or(0);
        Marks { placed, spells: &self.spells, rows }
    }
}

/// The marks of one chart in one frame.
pub(super) struct Marks<'a> {
    placed: Vec<Placed>,
    spells: &'a [Spell],
    rows: usize,
}

impl Marks<'_> {
    /// How much room the labels need above everything else.
    pub(super) fn height(&self) -> f64 {
        ROW * self.rows as f64
    }

    /// Writes the labels from `top` down, and draws a line from each to `bottom`.
    pub(super) fn draw_labels(&self, pen: &Pen<'_>, top: f64, bottom: f64) {
        for mark in &self.placed {
            let Some((row, side)) = mark.row else { continue };
            let y = top + ROW * (row as f64 + 0.5);
            let x = if side == Side::Right { mark.x + GAP } else { mark.x - GAP };
            pen.text((x, y), side, SIZE, mark.color, &mark.label);
            pen.line(&[(mark.x, y - ROW / 2.0 + 2.0), (mark.x, bottom)], mark.color, 1.0);
        }
    }

    /// Draws what stands behind the data of one panel.
    pub(super) fn draw_behind(&self, pen: &Pen<'_>, panel: &Panel) {
        for (wash, is_pause) in [(BAD_WASH, false), (HALF_WASH, true)] {
            for spell in self.spells.iter().filter(|spell| (spell.what == What::Paused) == is_pause) {
                let to = spell.to.unwrap_or(panel.to);
                let (from, to) = (panel.at(spell.from, 0.0).0, panel.at(to, 0.0).0);
                if to > from {
                    pen.rectangle((from, panel.top), (to, panel.bottom), wash);
                }
            }
        }
    }

    /// Draws the lines over the data of one panel.
    pub(super) fn draw_over(&self, pen: &Pen<'_>, panel: &Panel) {
        for mark in &self.placed {
            pen.dashed((mark.x, panel.top), (mark.x, panel.bottom), mark.color, 1.0);
        }
    }
}

/// Adds the name of a further mark to one at about the same place; each name is written once, and what was said with
/// it is left to the list of the page.
fn join(last: &mut Placed, mark: &Mark) {
    if mark.what != What::Other && !last.label.split(" + ").any(|name| name == mark.label) {
        last.label = format!("{} + {}", last.label, mark.label);
    }
    if color(mark.what) != MUTED {
        last.color = color(mark.what);
    }
}

/// The first row in which a label fits, right of its line where there is room. Its own line runs down from there
/// through all rows below, so none of them may have a label at that place.
fn row(mark: &Placed, line_before: f64, ends: &mut [f64; ROWS], edge: f64) -> Option<(usize, Side)> {
    let width = text_width(&mark.label, SIZE) + GAP;
    let fits_right = mark.x + width <= edge;
    let fits_left = mark.x - width > line_before;
    let (side, from, to) = if fits_right {
        (Side::Right, mark.x, mark.x + width)
    } else if fits_left {
        (Side::Left, mark.x - width, mark.x)
    } else {
        return None;
    };
    let free = |row: &usize| ends[*row..].iter().all(|end| end + GAP <= mark.x) && ends[*row] + GAP <= from;
    let row = (0..ROWS).find(free)?;
    ends[row] = to;
    Some((row, side))
}

const fn color(what: What) -> Color {
    match what {
        What::Paused | What::Resumed => HALF,
        What::FaultBegan(_) | What::FaultEnded(_) => BAD,
        What::SoldOut => GOOD,
        What::Sale | What::Other => MUTED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PANEL: Panel =
        Panel { left: 50.0, right: 650.0, top: 30.0, bottom: 230.0, from: 0.0, to: 600.0, most: 1.0 };

    fn placed(times: &[f64]) -> Vec<(f64, f64, usize)> {
        let names = ["opened", "fault 1", "paused", "said: trouble", "resumed", "fault 1 ends", "sold out"];
        let marks: Vec<Mark> = times
            .iter()
            .zip(names.iter().cycle())
            .map(|(at, name)| Mark {
                at: *at,
                what: What::Other,
                label: (*name).to_owned(),
                words: String::new(),
            })
            .collect();
        let history = History { marks, spells: Vec::new() };
        let marks = history.place(&PANEL, 700.0);
        let span = |mark: &Placed| {
            let width = text_width(&mark.label, SIZE);
            mark.row.map(|(row, side)| match side {
                Side::Left => (mark.x - width, mark.x, row),
                _ => (mark.x, mark.x + width, row),
            })
        };
        marks.placed.iter().filter_map(span).collect()
    }

    #[test]
    fn no_two_labels_share_a_place() {
        let times: Vec<f64> = (1..40).map(|n| f64::from(n) * 14.0).collect();
        let placed = placed(&times);
        assert!(placed.len() > 10, "most of them have a label");
        for (at, a) in placed.iter().enumerate() {
            for b in &placed[at + 1..] {
                assert!(a.2 != b.2 || a.1 <= b.0 || b.1 <= a.0, "{a:?} {b:?}");
            }
            assert!(a.1 <= 700.0 && a.0 >= 0.0, "{a:?}");
        }
    }

    #[test]
    fn what_happened_at_one_instant_is_one_line_with_both_names() {
        let mark =
            |label: &str, what| Mark { at: 300.0, what, label: label.to_owned(), words: String::new() };
        let marks =
            [mark("closed", What::Sale), mark("paused", What::Paused), mark("said: paused", What::Other)];
        let history = History { marks: marks.to_vec(), spells: Vec::new() };
        let placed = history.place(&PANEL, 700.0).placed;
        assert_eq!(placed.len(), 1);
        assert_eq!(placed[0].label, "closed + paused");
        assert_eq!(placed[0].color, HALF);
    }
}
