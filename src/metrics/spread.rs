//! Exact figures of a set of integers: mean, percentiles, coefficient of variation, Jain's index. Integers are
//! summed; the one division comes last, so the order of hearing cannot change a bit.

/// A set of integers, ready to be asked.
pub(super) struct Spread {
    sorted: Vec<u64>,
    sum: u128,
    squares: u128,
}

impl Spread {
    /// Sorts the values in place; nothing else is allocated.
    pub fn new(mut values: Vec<u64>) -> Spread {
        values.sort_unstable();
        let sum = values.iter().map(|v| u128::from(*v)).sum();
        let squares = values.iter().map(|v| u128::from(*v) * u128::from(*v)).sum();
        Spread { sorted: values, sum, squares }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.sorted.len() as u64
    }

    /// Their sum.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Their mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (!self.sorted.is_empty()).then(|| self.sum as f64 / self.sorted.len() as f64)
    }

    /// The nearest-rank percentile: the smallest value with at least `percent` of all at or below it
    /// (Hyndman and Fan 1996, definition 1); `None` of nothing. `percent` is 1..=100.
    pub fn percentile(&self, percent: u64) -> Option<u64> {
        let rank = nearest_rank(percent, self.count())?;
        Some(self.sorted[usize::try_from(rank).expect("a rank within a vector")])
    }

    /// The same among `n` values of which only these are finite: `None` where the percentile is one of the others.
    pub fn percentile_among(&self, percent: u64, n: u64) -> Option<u64> {
        let rank = nearest_rank(percent, n)?;
        self.sorted.get(usize::try_from(rank).expect("a rank within memory")).copied()
    }

    /// The largest; `None` of nothing.
    pub fn max(&self) -> Option<u64> {
        self.sorted.last().copied()
    }

    /// Jain's index (sum x)^2 / (n sum x^2), in 1/n..=1 (Jain, Chiu, Hawe 1984); `None` of nothing or where
    /// all are zero.
    pub fn jain(&self) -> Option<f64> {
        let sum = self.sum as f64;
        (self.squares > 0).then(|| sum * sum / (self.sorted.len() as f64 * self.squares as f64))
    }

    /// Coefficient of variation: population standard deviation / mean, >= 0, so that Jain's index is
    /// 1 / (1 + CoV^2); `None` of nothing or where the mean is zero.
    pub fn cov(&self) -> Option<f64> {
        let n = self.sorted.len() as u128;
        let sum = self.sum as f64;
        // n * squares - sum^2 >= 0 exactly (Cauchy-Schwarz); it fits for 14 million waits of 19 hours each.
        let scaled_variance = match (n.checked_mul(self.squares), self.sum.checked_mul(self.sum)) {
            (Some(left), Some(right)) => (left - right) as f64,
            _ => (n as f64 * self.squares as f64 - sum * sum).max(0.0),
        };
        (self.sum > 0).then(|| scaled_variance.sqrt() / sum)
    }
}

/// The index, from 0, of the nearest-rank percentile among `n` sorted values; `None` of nothing.
pub(super) fn nearest_rank(percent: u64, n: u64) -> Option<u64> {
    (n > 0).then(|| (u128::from(percent) * u128::from(n)).div_ceil(100).max(1) as u64 - 1)
}

/// Microseconds as seconds.
pub(super) fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::super::tests::oracle;
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let case = oracle("percentile_defs");
        let spread = Spread::new((1..=10).collect());
        for percent in [50, 90, 99] {
            let expected = case["expect"][format!("p{percent}_nearest")].as_u64();
            assert_eq!(spread.percentile(percent), expected);
        }
        assert_eq!(spread.percentile(100), Some(10));
        assert_eq!(Spread::new(vec![7]).percentile(1), Some(7));
    }

    #[test]
    fn a_percentile_among_infinite_values_is_undefined() {
        let told = Spread::new((1..=9).collect());
        assert_eq!(told.percentile_among(90, 10), Some(9));
        assert_eq!(told.percentile_among(91, 10), None);
        assert_eq!(told.percentile_among(50, 9), told.percentile(50));
        assert_eq!(told.percentile_among(50, 100), None);
        assert_eq!(Spread::new(Vec::new()).percentile_among(50, 0), None);
    }

    #[test]
    fn jain_and_the_coefficient_of_variation_agree_with_the_oracles() {
        for id in ["ineq_1234", "ineq_equal", "ineq_tickets"] {
            let case = oracle(id);
            let values = case["params"]["x"].as_array().expect("a vector");
            let spread = Spread::new(values.iter().map(|v| v.as_u64().expect("an integer")).collect());
            let (jain, cov) = (spread.jain().expect("defined"), spread.cov().expect("defined"));
            assert!((jain - case["expect"]["jain"].as_f64().expect("a number")).abs() < 1e-12, "{id}");
            assert!((cov * cov - case["expect"]["cov2"].as_f64().expect("a number")).abs() < 1e-12, "{id}");
            assert!((jain - 1.0 / (1.0 + cov * cov)).abs() < 1e-12, "{id}");
        }
    }

    #[test]
    fn nothing_has_no_figures_and_zeros_have_no_relative_spread() {
        let nothing = Spread::new(Vec::new());
        assert_eq!((nothing.mean(), nothing.percentile(50), nothing.max()), (None, None, None));
        assert_eq!((nothing.jain(), nothing.cov()), (None, None));
        let zeros = Spread::new(vec![0, 0, 0]);
        assert_eq!((zeros.mean(), zeros.percentile(95)), (Some(0.0), Some(0)));
        assert_eq!((zeros.jain(), zeros.cov()), (None, None));
    }
}
