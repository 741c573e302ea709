//! The small language of scores: who goes next where the queue is not a line. A score is an expression over what is
//! known of a session; whoever scores highest is next.
//!
//! ```text
//! waiting_s / 60 - 5 * retries - 20 * max(0, sessions_of_person - 1) + if(verified, 30, 0)
//!
//! numbers        5  0.25  3_800  1e6                      variables    see Variable::ALL
//! arithmetic     + - * /  and the sign -                  functions    min max abs floor if, see Function::ALL
//! comparisons    == != < <= > >=, not in a row            conditions   and or not
//!
//! tightest first: brackets and functions, the sign -, * and /, + and -, comparisons, not, and, or
//! ```
//!
//! A condition is a comparison, one made of `and`, `or` and `not`, or `verified`; a number is none. Where a number
//! belongs, a condition is 1 or 0.
//!
//! # Always a number
//!
//! Every score of every session is a finite number, the same on every machine: beyond the largest number stands the
//! largest number, dividing by zero gives 0, and there is one zero. Sums, products, quotients, comparisons and rounding
//! down are all there is, and IEEE 754 leaves one result to each; powers and logarithms, which it leaves to the machine,
//! are left out.
//!
//! # Scored when touched
//!
//! Time passes for everybody alike, so a score has to grow evenly with `waiting_s`: it is added or subtracted, times a
//! number, and nowhere else, which [`parse`] sees to. Then a session's score is [`Score::eval`] + [`Score::per_second`] x
//! its wait, and sessions ordered by `eval - per_second x the instant of joining` stay ordered while nobody is touched.
//!
//! # Why not a library
//!
//! Measured on one core of a shared virtual machine (AMD EPYC, Rust 1.95, thin LTO), the score above without `if` but with
//! two terms more (`30 * verified - 40 * risk + latency_ms / 100`), a thousand sets of variables, the best of 200 rounds:
//!
//! | | ns a score | allocations | a mistake's place | its tree | licence |
//! |---|---|---|---|---|---|
//! | Rust, compiled | 4 to 6 | 0 | | | |
//! | registers (these, `cargo bench --bench score`) | 39 to 41 | 0 | bytes | yes | |
//! | a stack machine | 71 to 84 | 0 | bytes | yes | |
//! | a tree of boxes | 85 to 89 | 0 | bytes | yes | |
//! | exmex 0.21 | 87 | 0 | none | private | MIT or Apache-2.0 |
//! | fasteval 0.2.4, of 2020 | 123 to 129 | 0 | none | yes | MIT |
//! | rhai 1.27 | 1,130 to 1,190 | 1 | line, column | yes, internal | MIT or Apache-2.0 |
//! | cel 0.15 | 1,500 | 47 | line, column | yes | MIT |
//! | evalexpr 13 | not measured | | | | AGPL-3.0 |
//!
//! exmex comes nearest, and lets operators be replaced by total ones. But it takes a misspelt name for a variable, says
//! where no mistake is, has no functions of three, so no `if`, and shows no tree to find the coefficient of time in. What is
//! left to a library is reading signs, a page of `read.rs`. A parser crate would read them as well, and the better
//! half of each mistake, what to write instead, would still be ours.

mod check;
mod program;
mod read;
#[cfg(test)]
mod tests;
mod token;
mod tree;
mod variable;

pub use tree::Function;
pub use variable::{Definition, Variable, Variables};

use super::LineError;
use program::{Program, saturated};
use std::fmt;

/// A score, as it was written and ready to be computed.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    tree: tree::Expression,
    program: Program,
    per_second: f64,
}

/// Reads a score.
///
/// # Errors
/// All mistakes of its kind, in the order of the text: words and signs that are none; else names that are none, wrong
/// numbers of arguments and the first mistake of form; else everything that makes no sense.
pub fn parse(text: &str) -> Result<Score, Vec<LineError>> {
    let tree = read::read(text)?;
    let per_second = check::check(&tree)?;
    Ok(Score { program: Program::of(&tree), tree, per_second })
}

impl Score {
    /// The score of a session without what it has for waiting: `waiting_s` is not looked at. Finite.
    #[inline]
    pub fn eval(&self, variables: &Variables) -> f64 {
        // There is one zero.
        self.program.run(variables.all()) + 0.0
    }

    /// What a second of waiting adds: the coefficient of `waiting_s`. Finite; 0 where the score does not look at time,
    /// negative where the last to come are served first.
    pub const fn per_second(&self) -> f64 {
        self.per_second
    }

    /// The whole score of a session that has waited for `waiting_s`. Finite.
    pub fn at(&self, variables: &Variables) -> f64 {
        let waited = saturated(self.per_second * variables.get(Variable::Waiting));
        saturated(self.eval(variables) + waited) + 0.0
    }

    /// The score looks at this variable: others need not be kept for it.
    pub fn uses(&self, variable: Variable) -> bool {
        self.tree.says.uses(variable)
    }
}

impl fmt::Display for Score {
    /// The canonical form: one blank around signs, and brackets only where they are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tree.says.fmt(f)
    }
}
