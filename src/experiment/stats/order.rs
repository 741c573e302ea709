//! An interval for a median or percentile over runs that assumes no distribution: two of the values themselves.

use super::distributions::binomial_at_least;
use super::{Interval, outside_each_end};

/// Two order statistics around a quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderInterval {
    /// From the lower to the upper of the two, in the unit of the values.
    pub interval: Interval,
    /// Which of the values in ascending order they are, from 1.
    pub ranks: (u64, u64),
    /// The probability that the true quantile lies between them, at least the confidence asked for and usually more:
    /// ranks are whole.
    pub coverage: f64,
}

/// The narrowest ranks l < u such that the true quantile `share` (0.5 for the median) is below the l-th value with at
/// most half of what `confidence` leaves, and above the u-th with at most the other half. The number of values below
/// the quantile is binomial, whatever their distribution: coverage = P(l <= B <= u - 1) (David and Nagaraja, "Order
/// Statistics", section 7.1). `None` with too few values: a 95 % interval for a median needs six.
///
/// # Panics
/// If `share` or `confidence` is not in the open interval (0, 1).
pub fn order_interval(values: &[f64], share: f64, confidence: f64) -> Option<OrderInterval> {
    assert!(share > 0.0 && share < 1.0, "a share of {share} is not between 0 and 1");
    let outside = outside_each_end(confidence);
    let n = values.len() as u64;
    let at_least = |hits: u64| binomial_at_least(hits, n, share);
    // P(B < l) = P(at least n - l + 1 are not below): a small tail, not 1 minus a large one.
    let fewer_than = |hits: u64| binomial_at_least(n - hits + 1, n, 1.0 - share);
    let low = (1..=n).take_while(|&rank| fewer_than(rank) <= outside).last()?;
    let high = (low + 1..=n).find(|&rank| at_least(rank) <= outside)?;
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let value = |rank: u64| sorted[rank as usize - 1];
    Some(OrderInterval {
        interval: Interval { low: value(low), high: value(high) },
        ranks: (low, high),
        coverage: 1.0 - fewer_than(low) - at_least(high),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conover, "Practical Nonparametric Statistics", section 3.2, by table A3; and the sums themselves.
    #[test]
    fn the_ranks_around_a_quantile_are_those_of_the_binomial_tables() {
        for (n, share, ranks, coverage) in [
            (6, 0.5, (1, 6), 0.968_75),
            (10, 0.5, (2, 9), 0.978_515_625),
            (20, 0.5, (6, 15), 0.958_610_534_667_968_8),
            (100, 0.9, (84, 96), 0.955_690_107_191_223),
            (30, 0.25, (3, 13), 0.967_810_488_436_723_7),
        ] {
            let values: Vec<f64> = (1..=n).rev().map(|i| f64::from(i) * 10.0).collect();
            let found = order_interval(&values, share, 0.95).expect("there are enough");
            assert_eq!(found.ranks, ranks, "{n} values, share {share}");
            assert!((found.coverage - coverage).abs() < 1e-12, "{found:?}");
            assert_eq!(found.interval.low, ranks.0 as f64 * 10.0);
            assert_eq!(found.interval.high, ranks.1 as f64 * 10.0);
        }
    }

    #[test]
    fn too_few_values_bound_nothing() {
        for n in 0..6 {
            assert_eq!(order_interval(&vec![1.0; n], 0.5, 0.95), None, "{n} values");
        }
        assert_eq!(order_interval(&[1.0; 59], 0.95, 0.95), None, "nothing lies above the 95th percentile");
    }

    #[test]
    fn the_interval_of_a_mirrored_quantile_is_mirrored() {
        let values: Vec<f64> = (0..50).map(|i| f64::from(i * i % 53)).collect();
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        let one = order_interval(&values, 0.3, 0.9).unwrap();
        let other = order_interval(&mirrored, 0.7, 0.9).unwrap();
        assert_eq!((one.interval.low, one.interval.high), (-other.interval.high, -other.interval.low));
        assert!((one.coverage - other.coverage).abs() < 1e-13);
    }
}
