//! One metric over replications: its mean, spread and interval, and when to stop adding runs.

use super::distributions::student_t_quantile;
use super::{Interval, outside_each_end};

/// The values of one metric over replications, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Runs in which the metric is defined.
    pub n: u64,
    /// Runs in which it is null; they say nothing of mean and spread.
    pub nulls: u64,
    /// The mean; `None` without a value.
    pub mean: Option<f64>,
    /// The standard deviation, with n - 1 below; `None` with fewer than two values; exactly 0 where all are equal.
    pub sd: Option<f64>,
}

impl Summary {
    /// Sums up the values in run order, in passes: the mean first, then the distances to it.
    ///
    /// # Panics
    /// If a value is not finite: metrics are null where they are undefined.
    pub fn of(values: impl IntoIterator<Item = Option<f64>>) -> Summary {
        let values: Vec<Option<f64>> = values.into_iter().collect();
        let defined: Vec<f64> = values.iter().copied().flatten().collect();
        assert!(defined.iter().all(|value| value.is_finite()), "a value that is undefined must be null");
        let mean = mean(&defined);
        Summary {
            n: defined.len() as u64,
            nulls: (values.len() - defined.len()) as u64,
            mean,
            sd: mean.and_then(|mean| standard_deviation(&defined, mean)),
        }
    }

    /// The standard error of the mean, sd / sqrt(n); `None` with fewer than two values.
    pub fn standard_error(&self) -> Option<f64> {
        self.sd.map(|sd| sd / (self.n as f64).sqrt())
    }

    /// How far the mean of so many runs stays below the true one with probability `share` (0 to 1; negative below 1/2):
    /// the Student-t quantile times the standard error. `None` with fewer than two values.
    pub fn reach(&self, share: f64) -> Option<f64> {
        self.standard_error().map(|error| student_t_quantile(share, self.n - 1) * error)
    }

    /// Half the width of the two-sided Student-t interval for the mean, in the metric's unit; 0 where all values are
    /// equal, `None` with fewer than two. `confidence` is in the open interval (0, 1).
    pub fn half_width(&self, confidence: f64) -> Option<f64> {
        self.reach(1.0 - outside_each_end(confidence))
    }

    /// The two-sided Student-t interval for the mean; `None` with fewer than two values.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let (mean, half) = (self.mean?, self.half_width(confidence)?);
        Some(Interval { low: mean - half, high: mean + half })
    }
}

/// The mean in two passes, the second over what the first left: equal values have exactly their own value as mean.
fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let first = values.iter().sum::<f64>() / n;
    Some(first + values.iter().map(|value| value - first).sum::<f64>() / n)
}

/// From the squared distances to the mean in a pass of their own, so no large squares are subtracted (Chan, Golub and
/// `LeVeque`, The American Statistician 37 (1983)).
fn standard_deviation(values: &[f64], mean: f64) -> Option<f64> {
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Summary {
        Summary::of(values.iter().copied().map(Some))
    }

    /// Student's own sleep data, drug 1 ("The probable error of a mean", Biometrika 6 (1908)): mean 0.75, sd 1.789 010,
    /// 95 % interval -0.529 780 to 2.029 780.
    #[test]
    fn mean_spread_and_interval_are_those_of_students_sleepers() {
        let sleepers = of(&[0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]);
        assert_eq!((sleepers.n, sleepers.nulls), (10, 0));
        assert!((sleepers.mean.unwrap() - 0.75).abs() < 1e-15);
        assert!((sleepers.sd.unwrap() - 1.789_010).abs() < 5e-7);
        let interval = sleepers.interval(0.95).unwrap();
        assert!((interval.low + 0.529_780).abs() < 5e-7 && (interval.high - 2.029_780).abs() < 5e-7);
        assert!(interval.contains(0.75) && !interval.contains(2.03));
    }

    #[test]
    fn of_no_value_there_is_no_mean_and_of_one_no_spread() {
        let none = Summary::of([None, None]);
        assert_eq!(none, Summary { n: 0, nulls: 2, mean: None, sd: None });
        assert_eq!((none.half_width(0.95), none.interval(0.95), none.standard_error()), (None, None, None));
        let one = Summary::of([None, Some(3.0)]);
        assert_eq!(one, Summary { n: 1, nulls: 1, mean: Some(3.0), sd: None });
        assert_eq!((one.half_width(0.95), one.interval(0.95)), (None, None));
        // Two: sd 1 / sqrt(2), half-width 12.706 / 2.
        let two = of(&[1.0, 2.0]);
        assert!((two.half_width(0.95).unwrap() - 12.706_204_736_174_7 / 2.0).abs() < 1e-9);
        assert_eq!(Summary::of([]), of(&[]));
    }

    #[test]
    fn equal_values_have_exactly_no_spread_however_badly_they_add_up() {
        for value in [0.1, 1.0 / 3.0, 1e17 + 16.0, -7.3e-9, 0.0] {
            for n in [2, 3, 10, 80, 1_000] {
                let summary = of(&vec![value; n]);
                assert_eq!((summary.mean, summary.sd), (Some(value), Some(0.0)), "{n} times {value}");
                assert_eq!(summary.half_width(0.95), Some(0.0));
            }
        }
    }

    #[test]
    fn a_large_offset_does_not_drown_the_spread() {
        let summary = of(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]);
        assert_eq!((summary.mean, summary.sd), (Some(1e9 + 2.0), Some(1.0)));
    }

    #[test]
    #[should_panic(expected = "must be null")]
    fn a_nan_is_refused() {
        of(&[1.0, f64::NAN]);
    }
}
