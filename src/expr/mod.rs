//! The small languages of a scenario: [`score`]s, and `expect` lines, told here: what a figure of a run must be. A leaf
//! room: it knows no metric, cohort or station by name; whoever uses it does.
//!
//! ```text
//! METRIC [@ cohort=NAME] [@ station=NAME] [@ t=TIME] OP VALUE [UNIT]      OP is one of == != < <= > >=
//! METRIC [@ ...] in LOW..HIGH [UNIT]                                      both ends included
//!
//! silent.failure_rate <= 0.5 %
//! sale.sold @ t=2h in 3,800..4,500
//! wait.p95 @ cohort='slow, but loyal' <= 40 min
//! ```
//!
//! [`parse`] reads a line; a mistake knows the bytes of the line that it is about. A [`Line`] prints itself in one
//! canonical form, and reading that again gives the same line. [`Bounds`] say whether a value is met, and by how
//! much.

mod amount;
mod bounds;
mod read;
pub mod score;
mod suggest;
#[cfg(test)]
mod tests;

pub use amount::{Amount, Number};
pub use bounds::{Bounds, Operator};
pub use read::parse;
pub use suggest::suggest;

use crate::engine::time::Span;
use std::fmt;
use std::ops::Range;

/// A part of a line and the bytes it takes there. Two parts are equal if they say the same, wherever they stand.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// What it says.
    pub says: T,
    /// Where in the line it stands.
    pub span: Range<usize>,
}

impl<T: PartialEq> PartialEq for Part<T> {
    fn eq(&self, other: &Part<T>) -> bool {
        self.says == other.says
    }
}

/// One line: a figure, and what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The metric's dotted name.
    pub metric: Part<String>,
    /// Only over this cohort.
    pub cohort: Option<Part<String>>,
    /// Only at this station.
    pub station: Option<Part<String>>,
    /// So long after the opening, instead of at the end.
    pub at: Option<Part<Span>>,
    /// What it must be.
    pub test: Test,
}

/// What a figure must be, as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// On one side of a limit, at it, or not at it.
    Compare(Operator, Amount),
    /// From the first to the second, both included.
    Within(Amount, Amount),
}

/// What is wrong with a line or a score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}: {remedy}")]
pub struct LineError {
    /// The bytes of the text that it is about; empty at the end where something is missing.
    pub span: Range<usize>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl LineError {
    fn new(span: Range<usize>, problem: impl Into<String>, remedy: impl Into<String>) -> LineError {
        LineError { span, problem: problem.into(), remedy: remedy.into() }
    }
}

impl Line {
    /// The limits as numbers of `unit`, the unit of the metric: `s`, `1` for shares and ratios, or what is counted.
    ///
    /// # Errors
    /// An amount in another unit, or a range whose ends are in the wrong order.
    pub fn bounds(&self, unit: &str) -> Result<Bounds, LineError> {
        match &self.test {
            Test::Compare(operator, limit) => Ok(Bounds::Compare(*operator, limit.in_unit(unit)?)),
            Test::Within(low, high) => {
                let bounds = (low.in_unit(unit)?, high.in_unit(unit)?);
                if bounds.0 > bounds.1 {
                    let span = low.number.span.start..high.number.span.end;
                    let remedy = format!("write in {high}..{low}");
                    return Err(LineError::new(span, "the range ends before it begins", remedy));
                }
                Ok(Bounds::Within(bounds.0, bounds.1))
            }
        }
    }

    /// The amounts of the line, in the order in which they are written.
    pub fn amounts(&self) -> impl Iterator<Item = &Amount> {
        let (first, second) = match &self.test {
            Test::Compare(_, limit) => (limit, None),
            Test::Within(low, high) => (low, Some(high)),
        };
        std::iter::once(first).chain(second)
    }
}

impl fmt::Display for Line {
    /// The canonical form: one space between the parts, quotes only where they are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric.says)?;
        for (key, name) in [("cohort", &self.cohort), ("station", &self.station)] {
            if let Some(name) = name {
                write!(f, " @ {key}={}", Name(&name.says))?;
            }
        }
        if let Some(at) = &self.at {
            write!(f, " @ t={}", at.says)?;
        }
        match &self.test {
            Test::Compare(operator, limit) => write!(f, " {} {limit}", operator.sign()),
            Test::Within(low, high) => write!(f, " in {low}..{high}"),
        }
    }
}

/// A name as it may stand in a line.
struct Name<'a>(&'a str);

impl Name<'_> {
    /// It is read back without quotes: words with one space between them, none of which could be the comparison.
    fn is_plain(&self) -> bool {
        let plain = |word: &str| {
            !word.is_empty()
                && word != "in"
                && word.chars().all(|c| c.is_alphanumeric() || "_-./".contains(c))
        };
        self.0.split(' ').all(plain)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() { f.write_str(self.0) } else { write!(f, "'{}'", self.0.replace('\'', "''")) }
    }
}
