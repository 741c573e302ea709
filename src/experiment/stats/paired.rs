//! Two policies under the same seeds: each run is compared with its twin, so that what the crowd did to both cancels.

use super::Summary;
use super::distributions::student_t_tail;

/// One metric under two policies, run by run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The differences, first minus second, over the runs in which both are defined. A pair with a null is dropped
    /// and counted in `nulls`. All differences equal (sd 0) are compared as they are.
    pub difference: Summary,
    /// What pairing was worth: (variance of the first + variance of the second) / variance of the difference over
    /// the pairs kept, >= 0. So many times more unpaired runs would say as much. `None` with fewer than two pairs
    /// or where the differences do not vary.
    pub worth: Option<f64>,
}

impl Paired {
    /// Compares the values of the same runs in the same order.
    ///
    /// # Panics
    /// If one list is longer than the other.
    pub fn of(first: &[Option<f64>], second: &[Option<f64>]) -> Paired {
        assert_eq!(first.len(), second.len(), "every run has its twin");
        let pairs = || first.iter().zip(second).map(|(first, second)| first.zip(*second));
        let difference = Summary::of(pairs().map(|pair| pair.map(|(first, second)| first - second)));
        let variance = |values: Summary| values.sd.map(|sd| sd * sd);
        let before = variance(Summary::of(pairs().map(|pair| pair.map(|(first, _)| first))));
        let after = variance(Summary::of(pairs().map(|pair| pair.map(|(_, second)| second))));
        let worth = match (before, after, variance(difference)) {
            (Some(before), Some(after), Some(varies)) if varies > 0.0 => Some((before + after) / varies),
            _ => None,
        };
        Paired { difference, worth }
    }

    /// Student's t of the mean difference, mean / standard error, with n - 1 degrees of freedom; `None` with fewer
    /// than two pairs or where all differences are equal.
    pub fn t(&self) -> Option<f64> {
        let (mean, error) = (self.difference.mean?, self.difference.standard_error()?);
        (error > 0.0).then(|| mean / error)
    }

    /// The two-sided p value of "there is no difference", in 0..=1. Where all differences are equal it is 1 if they
    /// are 0, else 0; `None` with fewer than two pairs.
    pub fn p(&self) -> Option<f64> {
        let tail = chance_beyond(&self.difference, self.difference.mean?.abs())?;
        Some((2.0 * tail).min(1.0))
    }
}

/// The one-sided p value of a mean that lies `by` beyond a limit: the chance of that much or more if the truth lay
/// right at the limit. 0 or 1 where all values are equal; `None` with fewer than two.
pub(super) fn chance_beyond(values: &Summary, by: f64) -> Option<f64> {
    let error = values.standard_error()?;
    Some(if error > 0.0 { student_t_tail(by / error, values.n - 1) } else { f64::from(u8::from(by <= 0.0)) })
}

/// Whether a mean difference is proven to be small.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Equivalence {
    /// The larger of the two one-sided p values, in 0..=1.
    pub p: f64,
    /// That is at most the level asked for: equivalently, the interval of confidence 1 - 2 level lies within the
    /// margin.
    pub proven: bool,
}

/// Two one-sided tests of "the mean difference lies within `margin` > 0 of 0, in the metric's unit" at `level` in (0,
/// 1), usually 0.05: Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987). `None` with fewer than
/// two pairs.
pub fn equivalence(difference: &Summary, margin: f64, level: f64) -> Option<Equivalence> {
    let mean = difference.mean?;
    let above_the_lower = chance_beyond(difference, mean + margin)?;
    let below_the_upper = chance_beyond(difference, margin - mean)?;
    let p = above_the_lower.max(below_the_upper);
    Some(Equivalence { p, proven: p <= level })
}

/// Holm's adjustment of a family of p values, each at its own index: an adjusted p at most the level is a difference
/// that holds with this level over the whole family (Holm, Scandinavian Journal of Statistics 6 (1979)). The smallest
/// is multiplied by their number, the next by one less and so on; none falls below a smaller one's, none exceeds 1,
/// equal ones stay equal. A null is no test: it stays null and the family is smaller.
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut tests: Vec<(f64, usize)> =
        p_values.iter().enumerate().filter_map(|(index, p)| p.map(|p| (p, index))).collect();
    tests.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut adjusted = vec![None; p_values.len()];
    let mut smallest_allowed = 0.0_f64;
    for (rank, &(p, index)) in tests.iter().enumerate() {
        smallest_allowed = smallest_allowed.max(p * (tests.len() - rank) as f64).min(1.0);
        adjusted[index] = Some(smallest_allowed);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(values: &[f64]) -> Vec<Option<f64>> {
        values.iter().copied().map(Some).collect()
    }

    const DRUG_1: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const DRUG_2: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    /// Student's sleep data (Biometrika 6 (1908)) as every statistics package prints its paired test: t = -4.0621 with
    /// 9 degrees of freedom, p = 0.002833, interval -2.459 886 to -0.700 114.
    #[test]
    fn the_paired_test_is_that_of_students_sleepers() {
        let paired = Paired::of(&some(&DRUG_1), &some(&DRUG_2));
        assert!((paired.t().unwrap() + 4.0621).abs() < 5e-5);
        assert!((paired.p().unwrap() - 0.002_833).abs() < 5e-7);
        let interval = paired.difference.interval(0.95).unwrap();
        assert!((interval.low + 2.459_886).abs() < 5e-7 && (interval.high + 0.700_114).abs() < 5e-7);
        // (1.789010^2 + 2.002249^2) / 1.229995^2
        assert!((paired.worth.unwrap() - 4.765_43).abs() < 5e-4, "{:?}", paired.worth);
        let turned = Paired::of(&some(&DRUG_2), &some(&DRUG_1));
        assert_eq!((turned.t(), turned.p()), (paired.t().map(|t| -t), paired.p()));
    }

    #[test]
    fn a_null_drops_its_pair_and_is_counted() {
        let (mut first, mut second) = (some(&DRUG_1), some(&DRUG_2));
        first.extend([None, Some(5.0), None]);
        second.extend([Some(1e9), None, None]);
        let with = Paired::of(&first, &second);
        let without = Paired::of(&some(&DRUG_1), &some(&DRUG_2));
        assert_eq!((with.difference.n, with.difference.nulls), (10, 3));
        assert_eq!((with.t(), with.p(), with.worth), (without.t(), without.p(), without.worth));
    }

    #[test]
    fn equal_differences_are_compared_as_they_are() {
        let first = some(&[1.0, 5.0, 2.0]);
        let second = some(&[0.5, 4.5, 1.5]);
        let apart = Paired::of(&first, &second);
        assert_eq!((apart.difference.mean, apart.difference.sd), (Some(0.5), Some(0.0)));
        assert_eq!((apart.t(), apart.p(), apart.worth), (None, Some(0.0), None));
        let same = Paired::of(&first, &first);
        assert_eq!((same.t(), same.p(), same.worth), (None, Some(1.0), None));
        let interval = apart.difference.interval(0.95).unwrap();
        assert_eq!((interval.low, interval.high), (0.5, 0.5));
        let within = |margin| equivalence(&apart.difference, margin, 0.05).unwrap();
        assert_eq!(within(0.6), Equivalence { p: 0.0, proven: true });
        assert_eq!(within(0.5), Equivalence { p: 1.0, proven: false });
    }

    #[test]
    fn fewer_than_two_pairs_prove_nothing() {
        for pairs in [0, 1] {
            let values = some(&DRUG_1[..pairs]);
            let paired = Paired::of(&values, &values);
            assert_eq!(paired.difference.n, pairs as u64);
            assert_eq!((paired.t(), paired.p(), paired.worth), (None, None, None));
            assert_eq!(equivalence(&paired.difference, 1.0, 0.05), None);
        }
        let two = Paired::of(&some(&[1.0, 3.0]), &some(&[0.0, 0.0]));
        // t = 2 with one degree of freedom: p = 1 - 2 atan(2) / pi = 0.295167.
        assert!((two.p().unwrap() - 0.295_167_235_300_866_5).abs() < 1e-12);
    }

    /// Whatever the differences, equivalence at 5 % is the 90 % interval within the margin.
    #[test]
    fn equivalence_is_the_interval_within_the_margin() {
        let difference = Paired::of(&some(&DRUG_1), &some(&DRUG_2)).difference;
        let interval = difference.interval(0.90).unwrap();
        let edge = -interval.low;
        assert!(edge > interval.high);
        assert!(equivalence(&difference, edge * (1.0 + 1e-9), 0.05).unwrap().proven);
        assert!(!equivalence(&difference, edge * (1.0 - 1e-9), 0.05).unwrap().proven);
    }

    /// The example of R's `p.adjust`: 0.01, 0.02, 0.03, 0.04, 0.05 become 0.05, 0.08, 0.09, 0.09, 0.09.
    #[test]
    fn holm_steps_down_and_never_falls() {
        let adjusted = holm(&some(&[0.04, 0.01, 0.05, 0.02, 0.03]));
        for (found, expected) in adjusted.iter().zip([0.09, 0.05, 0.09, 0.08, 0.09]) {
            assert!((found.unwrap() - expected).abs() < 1e-15, "{adjusted:?}");
        }
        assert_eq!(holm(&[]), []);
        assert_eq!(holm(&[Some(0.6), Some(0.9)]), [Some(1.0), Some(1.0)]);
        assert_eq!(holm(&[None, Some(0.03), None]), [None, Some(0.03), None], "a null is no test");
    }

    #[test]
    fn holm_does_not_ask_who_came_first() {
        let values = [0.2, 0.01, 0.2, 0.004, 0.01, 0.01, 0.7];
        let straight = holm(&some(&values));
        let mut reversed: Vec<f64> = values.to_vec();
        reversed.reverse();
        let mut turned = holm(&some(&reversed));
        turned.reverse();
        assert_eq!(straight, turned);
        assert_eq!((straight[1], straight[4]), (straight[5], straight[5]), "equal values stay equal");
        for (adjusted, value) in straight.iter().zip(values) {
            assert!((value..=1.0).contains(&adjusted.unwrap()));
        }
    }
}
