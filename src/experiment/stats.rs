//! What many runs say: pure functions from the values of replications to estimates with their uncertainty.
//!
//! The replication (one seed) is the unit. Values come in run order, one a run, null where the metric is undefined
//! there, and every sum is taken in that order. Nothing here draws, reads or remembers: the same values give the same
//! bytes on every machine, and asking again cannot change an answer. What cannot be said is `None`, never NaN.
//!
//! | file | holds |
//! |---|---|
//! | `summary` | mean, spread and interval of one metric; when to stop adding runs |
//! | `paired` | differences of two policies under the same seeds; equivalence; Holm's adjustment |
//! | `proportion` | intervals for shares, and for the ratio of two |
//! | `order` | an interval for a median or percentile that assumes no distribution |
//! | `warm_up` | how much of a steady-state run to drop (MSER-5) |
//! | `gate` | pass, fail or more seeds: the regression gate in three looks |
//! | `distributions` | Student t, chi-square, beta, binomial |

mod distributions;
pub mod gate;
mod order;
mod paired;
mod proportion;
mod summary;
mod warm_up;

pub use crate::engine::normal_quantile;
pub use distributions::{chi_square_quantile, student_t_quantile, student_t_tail};
pub use order::{OrderInterval, order_interval};
pub use paired::{Equivalence, Paired, equivalence, holm};
pub use proportion::{clopper_pearson, ratio_of_shares, upper_bound_if_never, wilson};
pub use summary::Summary;
pub use warm_up::{Truncation, mser, mser_5};

/// From where to where a quantity plausibly lies; both ends in its own unit, `low <= high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value lies in it, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// The share on either side of a two-sided interval of this confidence.
///
/// # Panics
/// If `confidence` is not in the open interval (0, 1).
fn outside_each_end(confidence: f64) -> f64 {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence of {confidence} is not between 0 and 1");
    (1.0 - confidence) / 2.0
}
