//! Charts of a comparison: for each other variant the differences, the success of cohorts, and who won and lost; over all
//! of them the plane of two principles. What the first three share is here: rows with a name, in groups.

mod differences;
mod flips;
mod plane;
mod success;

use super::axis::BOLD;
use super::canvas::{Frame, LABEL, Pen, Side, shortened, text_width};
use super::palette::{Color, INK};
use super::{Chart, rendered};
use crate::experiment::compare::{Comparison, Difference, DifferenceVerdict};
use crate::metrics::names;
use crate::report::comparison::named;

/// Room for the names of rows where they stand left of what is drawn.
const NAMES: f64 = 172.0;

/// The charts of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparisonCharts {
    /// Those of every other variant against the first, in the order of the comparison.
    pub others: Vec<Vec<Chart>>,
    /// The plane of two principles, if the places of all are known.
    pub plane: Option<Chart>,
}

impl ComparisonCharts {
    /// Draws them.
    pub fn of(comparison: &Comparison) -> ComparisonCharts {
        let others = (1..comparison.variants.len()).map(|other| {
            let versus = Versus::of(comparison, other);
            let charts =
                [differences::differences(&versus), success::success(&versus), flips::flips(&versus)];
            charts.into_iter().flatten().collect()
        });
        ComparisonCharts { others: others.collect(), plane: plane::plane(comparison) }
    }

    /// All of them, in the order of the page.
    pub fn all(&self) -> impl Iterator<Item = &Chart> {
        self.others.iter().flatten().chain(&self.plane)
    }
}

/// One variant against the first.
struct Versus<'a> {
    comparison: &'a Comparison,
    /// Its number among the variants.
    number: usize,
    /// What the first is called in a sentence.
    first: String,
    /// What the other is called in a sentence.
    other: String,
}

impl<'a> Versus<'a> {
    fn of(comparison: &'a Comparison, number: usize) -> Versus<'a> {
        let name = |number: usize| named(&comparison.variants[number].label);
        Versus { comparison, number, first: name(0), other: name(number) }
    }

    fn against(&self) -> &'a crate::experiment::compare::Against {
        &self.comparison.against[self.number - 1]
    }

    /// The name of a chart's file; where there are several variants they have numbers.
    fn file(&self, kind: &str) -> String {
        if self.comparison.variants.len() == 2 {
            format!("{kind}.svg")
        } else {
            format!("{kind}-{}.svg", self.number)
        }
    }

    /// The same, as what a reader sees: whether these runs tell the success of a cohort apart.
    fn success_of(&self, cohort: &str) -> Option<&'a Difference> {
        self.against().family().find(|difference| {
            difference.metric == names::FAIRNESS_SUCCESS && difference.cohort.as_deref() == Some(cohort)
        })
    }
}

/// Where rows with names are drawn: names left of the plot, or above it on a telephone.
#[derive(Clone, Copy)]
struct Rows {
    /// Left end of the plot.
    left: f64,
    /// Right end of the plot.
    right: f64,
    /// Height of a row.
    height: f64,
    /// From the top of a row to the middle of its plot.
    middle: f64,
    /// From the top of a row to the middle of its name.
    name: f64,
    /// How wide the whole is.
    width: f64,
    narrow: bool,
}

impl Rows {
    /// Rows with room for a text of this width at the right.
    fn of(frame: Frame, text: f64) -> Rows {
        let width = frame.width();
        if frame.is_narrow() {
            return Rows {
                left: 8.0,
                right: width - 8.0,
                height: 48.0,
                middle: 27.0,
                name: 10.0,
                width,
                narrow: true,
            };
        }
        let right = width - text - 22.0;
        Rows { left: NAMES + 8.0, right, height: 26.0, middle: 13.0, name: 13.0, width, narrow: false }
    }

    /// Writes the name of a row and what stands at its right end.
    fn head(&self, pen: &Pen<'_>, top: f64, name: &str, text: &str, color: Color) {
        let y = top + self.name;
        let room = if self.narrow { self.width - text_width(text, LABEL) * BOLD - 14.0 } else { NAMES };
        pen.text((0.0, y), Side::Right, LABEL, INK, &shortened(name, LABEL, room));
        pen.bold((self.width, y), Side::Left, LABEL, color, text);
    }

    /// Where a share of the plot, 0 to 1, is.
    fn x(&self, share: f64) -> f64 {
        self.left + (self.right - self.left) * share.clamp(0.0, 1.0)
    }
}

/// A difference can be told, and its colour says how it is to be taken.
fn color(verdict: Option<DifferenceVerdict>) -> Option<Color> {
    use super::palette::{BAD, DEMAND, GOOD};
    match verdict? {
        DifferenceVerdict::Better => Some(GOOD),
        DifferenceVerdict::Worse => Some(BAD),
        DifferenceVerdict::Different => Some(DEMAND),
        DifferenceVerdict::Same | DifferenceVerdict::CannotTell => None,
    }
}

/// A text at most so long inside a title.
fn in_title(name: &str) -> String {
    crate::report::formatting::fit(name, 40)
}

/// Draws a dot, hollow where these runs cannot tell.
fn dot(pen: &Pen<'_>, at: super::canvas::Point, color: Color, filled: Filled) {
    pen.dot(at, 5.0, color);
    if filled == Filled::No {
        pen.dot(at, 2.8, super::palette::PAPER);
    }
}

/// Whether a dot is filled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filled {
    Yes,
    No,
}
