//! Intervals for a share of independent trials: runs that sold out, or persons of one workload over policy seeds. The
//! persons of one run are not independent of each other, and no interval here is for them.

use super::distributions::beta_quantile;
use super::{Interval, outside_each_end};
use crate::engine::normal_quantile;

/// The Wilson score interval for the true share behind `hits` of `trials`, within 0..=1; `None` without trials. Its
/// coverage is near `confidence` on average over shares (Wilson, JASA 22 (1927)).
///
/// # Panics
/// If there are more hits than trials or `confidence` is not in the open interval (0, 1).
pub fn wilson(hits: u64, trials: u64, confidence: f64) -> Option<Interval> {
    assert!(hits <= trials, "{hits} hits in {trials} trials");
    let z = normal_quantile(1.0 - outside_each_end(confidence));
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = hits as f64 / n;
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    // At 0 and 1 the formula gives just that, but for a rounding.
    Some(Interval {
        low: if hits == 0 { 0.0 } else { middle - half },
        high: if hits == trials { 1.0 } else { middle + half },
    })
}

/// The Clopper-Pearson ("exact") interval for the true share behind `hits` of `trials`, within 0..=1; `None` without
/// trials. Its coverage is at least `confidence` whatever the share (Clopper and Pearson, Biometrika 26 (1934)).
///
/// # Panics
/// If there are more hits than trials or `confidence` is not in the open interval (0, 1).
pub fn clopper_pearson(hits: u64, trials: u64, confidence: f64) -> Option<Interval> {
    assert!(hits <= trials, "{hits} hits in {trials} trials");
    let outside = outside_each_end(confidence);
    let (hit, missed) = (hits as f64, (trials - hits) as f64);
    (trials > 0).then(|| Interval {
        low: if hits == 0 { 0.0 } else { beta_quantile(outside, hit, missed + 1.0) },
        high: if hits == trials { 1.0 } else { beta_quantile(1.0 - outside, hit + 1.0, missed) },
    })
}

/// The upper bound on a share that never occurred in `trials`, 1 - (1 - confidence)^(1 / trials): what "in no run of R"
/// proves. `None` without trials; the one-sided Clopper-Pearson bound.
pub fn upper_bound_if_never(trials: u64, confidence: f64) -> Option<f64> {
    let outside = 2.0 * outside_each_end(confidence);
    (trials > 0).then(|| -libm::expm1(libm::log(outside) / trials as f64))
}

/// The ratio of two shares, first over second, with its interval on the logarithm (Katz and others, Biometrics 34
/// (1978)); `None` where one of them has no hits.
///
/// # Panics
/// If there are more hits than trials or `confidence` is not in the open interval (0, 1).
pub fn ratio_of_shares(first: (u64, u64), second: (u64, u64), confidence: f64) -> Option<(f64, Interval)> {
    let z = normal_quantile(1.0 - outside_each_end(confidence));
    let part = |(hits, trials): (u64, u64)| {
        assert!(hits <= trials, "{hits} hits in {trials} trials");
        let (hits, trials) = (hits as f64, trials as f64);
        (hits > 0.0).then(|| (hits / trials, 1.0 / hits - 1.0 / trials))
    };
    let ((share, variance), (other_share, other_variance)) = (part(first)?, part(second)?);
    let ratio = share / other_share;
    let factor = libm::exp(z * (variance + other_variance).sqrt());
    Some((ratio, Interval { low: ratio / factor, high: ratio * factor }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Option<Interval>, low: f64, high: f64) {
        let found = found.expect("there were trials");
        let near = (found.low - low).abs() < 5.1e-5 && (found.high - high).abs() < 5.1e-5;
        assert!(near, "{found:?}, printed {low} to {high}");
    }

    /// Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: methods 3 and 5.
    #[test]
    fn the_intervals_for_a_share_are_newcombes() {
        for (hits, trials, score, exact) in [
            (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
            (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
            (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
            (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
        ] {
            check(wilson(hits, trials, 0.95), score.0, score.1);
            check(clopper_pearson(hits, trials, 0.95), exact.0, exact.1);
        }
    }

    #[test]
    fn a_share_of_none_or_all_is_bounded_on_one_side_and_mirrored() {
        for interval in [wilson, clopper_pearson] {
            assert_eq!(interval(0, 0, 0.95), None);
            for (hits, trials) in [(0, 1), (0, 2), (1, 2), (3, 14_000), (0, 1_000_000)] {
                let one = interval(hits, trials, 0.95).unwrap();
                let other = interval(trials - hits, trials, 0.95).unwrap();
                assert!(one.low >= 0.0 && one.low <= one.high && one.high <= 1.0, "{one:?}");
                assert!(one.contains(hits as f64 / trials as f64));
                assert!((one.low - (1.0 - other.high)).abs() < 1e-12, "{one:?} {other:?}");
                assert!((one.high - (1.0 - other.low)).abs() < 1e-12, "{one:?} {other:?}");
            }
            assert_eq!(interval(0, 20, 0.95).unwrap().low, 0.0);
            assert_eq!(interval(20, 20, 0.95).unwrap().high, 1.0);
        }
    }

    /// The definition (mpmath): a rare event among many trials.
    #[test]
    fn the_exact_interval_of_a_rare_event_is_exact() {
        let found = clopper_pearson(3, 14_000, 0.95).unwrap();
        assert!((found.low / 4.419_304_618_237_77e-5 - 1.0).abs() < 1e-10, "{found:?}");
        assert!((found.high / 0.000_626_104_814_393_048 - 1.0).abs() < 1e-10, "{found:?}");
    }

    /// The rule of three: 3 / n is nearly the bound; at 20 runs it is 1 - 0.05^(1/20) = 0.1391.
    #[test]
    fn what_never_happened_in_so_many_runs_is_bounded() {
        assert!((upper_bound_if_never(20, 0.95).unwrap() - 0.139_108_340_668_265_2).abs() < 1e-12);
        assert!((upper_bound_if_never(1, 0.95).unwrap() - 0.95).abs() < 1e-15);
        assert_eq!(upper_bound_if_never(0, 0.95), None);
        let exact = clopper_pearson(0, 20, 0.90).unwrap();
        assert!((exact.high - upper_bound_if_never(20, 0.95).unwrap()).abs() < 1e-12);
    }

    #[test]
    fn a_ratio_to_nothing_is_undefined_and_turning_it_inverts_it() {
        assert_eq!(ratio_of_shares((0, 10), (3, 10), 0.95), None);
        assert_eq!(ratio_of_shares((3, 10), (0, 10), 0.95), None);
        assert_eq!(ratio_of_shares((0, 0), (3, 10), 0.95), None);
        let (ratio, interval) = ratio_of_shares((30, 500), (60, 500), 0.95).unwrap();
        let (inverse, inverted) = ratio_of_shares((60, 500), (30, 500), 0.95).unwrap();
        assert!((ratio * inverse - 1.0).abs() < 1e-15);
        assert!((interval.low * inverted.high - 1.0).abs() < 1e-14);
        let (all, certain) = ratio_of_shares((9, 9), (5, 5), 0.95).unwrap();
        assert_eq!((all, certain.low, certain.high), (1.0, 1.0, 1.0), "without losers nothing varies");
    }
}
