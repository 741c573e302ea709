//! Success of the cohorts that fairness compares, from rates pooled over many runs: the gap and the ratio of the extremes.
//! Averaged run by run both are biased, since the largest of several noisy rates is too large in every run; so they are
//! taken once, and beside what a fair lottery of the same sizes would show.

use super::replicate::Replications;
use super::stats::normal_quantile;
use crate::engine::random::{Purpose, Seeds, Stream};
use crate::metrics::names;

/// How many lotteries the comparison draws.
const LOTTERIES: u64 = 2000;

/// The success rates of the compared cohorts, pooled over runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pooled {
    /// The largest rate minus the smallest, 0 to 1.
    pub gap: f64,
    /// The smallest over the largest, 0 to 1; `None` where nobody won. The four-fifths rule (29 CFR 1607.4(D)) asks for 0.8.
    pub disparate_impact: Option<f64>,
    /// The gap that a fair lottery over the same persons, seats and runs shows on average.
    pub lottery_gap: f64,
}

impl Replications {
    /// What all runs together say of the compared cohorts; `None` with fewer than two that have persons.
    pub fn pooled_success(&self) -> Option<Pooled> {
        let runs = self.runs.len() as f64;
        let compared = self.cohorts.iter().filter(|cohort| cohort.compare && cohort.persons > 0);
        let rates: Vec<(f64, f64)> = compared
            .filter_map(|cohort| {
                let rate = self.metric(names::FAIRNESS_SUCCESS, Some(&cohort.name), None)?.mean?;
                Some((rate, cohort.persons as f64 * runs))
            })
            .collect();
        let rate = || rates.iter().map(|(rate, _)| *rate);
        let (most, least) = (rate().reduce(f64::max)?, rate().reduce(f64::min)?);
        let persons: f64 = rates.iter().map(|(_, persons)| persons).sum();
        let winners: f64 = rates.iter().map(|(rate, persons)| rate * persons).sum();
        (rates.len() >= 2).then(|| Pooled {
            gap: most - least,
            disparate_impact: (most > 0.0).then(|| least / most),
            lottery_gap: lottery_gap(&rates, winners / persons),
        })
    }
}

/// The mean gap between cohorts whose members all win with probability `p`, each cohort's rate normal around it.
fn lottery_gap(rates: &[(f64, f64)], p: f64) -> f64 {
    let key = Seeds::new(1, 0, 0).key(Purpose::Policy);
    let gap = |lottery: u64| {
        let stream = Stream::new(key, lottery);
        let drawn = || {
            (0..).zip(rates).map(|(cohort, (_, persons))| {
                // Never 0 or 1, whose quantiles are infinite.
                let share = (stream.unit(cohort) + f64::EPSILON).min(1.0 - f64::EPSILON);
                p + normal_quantile(share) * (p * (1.0 - p) / persons).sqrt()
            })
        };
        drawn().reduce(f64::max).unwrap_or(p) - drawn().reduce(f64::min).unwrap_or(p)
    };
    (0..LOTTERIES).map(gap).sum::<f64>() / LOTTERIES as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two cohorts of n: the mean of |difference| of two normals is 2 sigma / sqrt(pi).
    #[test]
    fn two_equal_cohorts_of_a_lottery_part_by_two_sigma_over_the_root_of_pi() {
        let (p, n): (f64, f64) = (0.1, 10_000.0);
        let sigma = (p * (1.0 - p) / n).sqrt();
        let expected = 2.0 * sigma / std::f64::consts::PI.sqrt();
        let found = lottery_gap(&[(p, n), (p, n)], p);
        assert!((found / expected - 1.0).abs() < 0.05, "{found} against {expected}");
        assert!(lottery_gap(&[(0.0, n), (0.0, n)], 0.0) == 0.0, "nobody wins, nobody parts");
    }
}
