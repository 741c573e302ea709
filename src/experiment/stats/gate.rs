//! The regression gate: from differences to a baseline, signed so that positive is worse, to pass, fail or more seeds.
//!
//! Three looks at 20, 40 and 80 fixed seeds, each with one-sided Student-t bounds at 98.33 %. By Bonferroni's
//! inequality a gate that is no worse than the margin fails wrongly at some look with at most 5 %, and one that is
//! worse passes wrongly with at most 5 %, however the looks depend on each other, as far as means of 20 differences are
//! normal. The first look that decides is the verdict: more seeds cannot change it, nor can asking again.

use super::Summary;
use super::paired::chance_beyond;

/// One of the three looks, by the fixed number of seeds that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// At the first 20 seeds.
    First = 20,
    /// At those and the reserve, 40 in all.
    Second = 40,
    /// At all 80.
    Third = 80,
}

impl Look {
    /// All three, in order.
    pub const ALL: [Look; 3] = [Look::First, Look::Second, Look::Third];

    /// How many seeds it takes, from the first.
    pub const fn seeds(self) -> usize {
        self as usize
    }

    /// The look to take where this one is inconclusive; `None` after the last.
    pub const fn next(self) -> Option<Look> {
        match self {
            Look::First => Some(Look::Second),
            Look::Second => Some(Look::Third),
            Look::Third => None,
        }
    }
}

/// What may be wrong over all three looks, on either side.
pub const LEVEL: f64 = 0.05;

/// What may be wrong at one of them: each bound holds with 98.33 %.
pub const LEVEL_OF_A_LOOK: f64 = LEVEL / Look::ALL.len() as f64;

/// What the gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Proven to be worse by less than the margin.
    Pass,
    /// Proven to be worse by more than the margin.
    Fail,
    /// Neither: take the next look, or, after the last, do what the scenario says of the inconclusive.
    Inconclusive,
}

/// A verdict and what it rests on, in the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The look at which it was said.
    pub look: Look,
    /// The differences looked at; its `nulls` are the pairs dropped.
    pub worse_by: Summary,
    /// The mean difference is above it with 98.33 %; `None` with fewer than two pairs.
    pub lower: Option<f64>,
    /// The mean difference is below it with 98.33 %; `None` with fewer than two pairs.
    pub upper: Option<f64>,
    /// The one-sided p value of "worse by no more than the margin", for Holm's adjustment over many metrics: Fail is
    /// this below [`LEVEL_OF_A_LOOK`]. `None` with fewer than two pairs.
    pub p_of_regression: Option<f64>,
    /// What follows.
    pub verdict: Decision,
}

/// One look. `worse_by` has a difference for each seed in order, null where a value is undefined in either; those
/// after the look's own are not looked at. `margin` >= 0 is in the metric's unit. Pass where the upper bound is below
/// the margin, Fail where the lower bound is above it. Where all differences are equal there is nothing to bound, and
/// they are held against the margin as they are, the margin itself allowed.
///
/// # Panics
/// If there are fewer seeds than the look takes, or a difference is not finite.
pub fn look_at(worse_by: &[Option<f64>], margin: f64, look: Look) -> Judgement {
    assert!(worse_by.len() >= look.seeds(), "{} differences are too few for {look:?}", worse_by.len());
    let worse_by = Summary::of(worse_by[..look.seeds()].iter().copied());
    let reach = worse_by.reach(1.0 - LEVEL_OF_A_LOOK);
    let bound = |sign: f64| Some(worse_by.mean? + sign * reach?);
    let (lower, upper) = (bound(-1.0), bound(1.0));
    let verdict = match (lower, upper) {
        (Some(lower), Some(upper)) => decide(lower, upper, margin),
        _ => Decision::Inconclusive,
    };
    let p_of_regression = worse_by.mean.and_then(|mean| chance_beyond(&worse_by, mean - margin));
    Judgement { look, worse_by, lower, upper, p_of_regression, verdict }
}

fn decide(lower: f64, upper: f64, margin: f64) -> Decision {
    let certain = lower == upper;
    if upper < margin || (certain && upper == margin) {
        Decision::Pass
    } else if lower > margin {
        Decision::Fail
    } else {
        Decision::Inconclusive
    }
}

/// The verdict of the looks that so many seeds allow, in order: the first that decides, or else the last. `None` with
/// fewer than 20 seeds. See [`look_at`] for the arguments.
pub fn judge(worse_by: &[Option<f64>], margin: f64) -> Option<Judgement> {
    let mut said = None;
    for look in Look::ALL.into_iter().filter(|look| look.seeds() <= worse_by.len()) {
        let judgement = look_at(worse_by, margin, look);
        said = Some(judgement);
        if judgement.verdict != Decision::Inconclusive {
            break;
        }
    }
    said
}

/// The smallest margin, in the metric's unit, that this last look can decide where paired differences have this standard
/// deviation: 2.5 standard errors. A smaller one is refused when the baseline is written. At this very margin two in three
/// changes that change nothing pass and the third stays inconclusive; at 1.6 times it, 97 % pass.
pub fn smallest_decidable_margin(sd: f64, last: Look) -> f64 {
    2.5 * sd / (last.seeds() as f64).sqrt()
}

#[cfg(test)]
mod tests;
