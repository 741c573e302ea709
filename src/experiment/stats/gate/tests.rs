//! The gate on a fast surrogate: normal differences from the project's own streams, thousands of gates at a time.

use super::*;
use crate::engine::{Purpose, Seeds, Stream, normal_quantile};

/// How so many gates ended, and at which look.
#[derive(Debug, Default)]
struct Tally {
    gates: u32,
    passed: u32,
    failed: u32,
    inconclusive: u32,
    decided_at_first: u32,
    asked_for_all: u32,
}

impl Tally {
    fn percent(&self, count: u32) -> f64 {
        f64::from(count) * 100.0 / f64::from(self.gates)
    }
}

/// So many gates whose true difference is `truth` and whose margin is `margin`, both in standard deviations of the
/// paired difference.
fn hold(gates: u32, truth: f64, margin: f64) -> Tally {
    let key = Seeds::new(20_221_115, 0, 0).key(Purpose::Workload);
    let mut tally = Tally { gates, ..Tally::default() };
    for gate in 0..u64::from(gates) {
        let stream = Stream::new(key, gate);
        let draw = |seed| Some(truth + normal_quantile(stream.unit(seed)));
        let worse_by: Vec<Option<f64>> = (0..Look::Third.seeds() as u64).map(draw).collect();
        let judgement = judge(&worse_by, margin).expect("there are seeds enough");
        match judgement.verdict {
            Decision::Pass => tally.passed += 1,
            Decision::Fail => tally.failed += 1,
            Decision::Inconclusive => tally.inconclusive += 1,
        }
        let decided = judgement.verdict != Decision::Inconclusive;
        tally.decided_at_first += u32::from(decided && judgement.look == Look::First);
        tally.asked_for_all += u32::from(judgement.look == Look::Third);
    }
    tally
}

#[test]
fn ten_thousand_gates_without_a_change_fail_no_more_often_than_promised() {
    let margin = smallest_decidable_margin(1.0, Look::Third);
    // At the smallest margin allowed 0.04 % fail, 67.3 % pass and 32.6 % stay inconclusive.
    let unchanged = hold(10_000, 0.0, margin);
    assert!(unchanged.percent(unchanged.failed) <= 5.0, "{unchanged:?}");
    assert!(unchanged.percent(unchanged.passed) >= 60.0, "{unchanged:?}");
    // The worst case that the promise covers: as bad as the margin allows. Both errors are bounded there: 4.33 % fail
    // and 4.01 % pass.
    let at_the_margin = hold(10_000, margin, margin);
    assert!(at_the_margin.percent(at_the_margin.failed) <= 5.0, "{at_the_margin:?}");
    assert!(at_the_margin.percent(at_the_margin.passed) <= 5.0, "{at_the_margin:?}");
}

#[test]
fn a_change_far_beyond_the_margin_fails_at_once_and_one_near_it_asks_for_more_seeds() {
    let margin = smallest_decidable_margin(1.0, Look::Third);
    let far = hold(2_000, margin + 1.5, margin);
    assert!(far.percent(far.failed) >= 99.9 && far.passed == 0, "{far:?}");
    assert!(far.percent(far.decided_at_first) >= 99.0, "{far:?}");
    let between = hold(2_000, 0.7 * margin, margin);
    assert!(between.percent(between.asked_for_all) >= 80.0, "{between:?}");
}

#[test]
fn a_wide_margin_lets_what_changes_nothing_pass() {
    let wide = hold(2_000, 0.0, 1.6 * smallest_decidable_margin(1.0, Look::Third));
    assert!(wide.percent(wide.passed) >= 95.0 && wide.failed == 0, "{wide:?}");
    let wider = hold(2_000, 0.0, 1.5);
    assert!(wider.percent(wider.passed) >= 99.9 && wider.failed == 0, "{wider:?}");
    assert!(wider.percent(wider.decided_at_first) >= 99.0, "{wider:?}");
}

#[test]
fn the_bounds_are_one_sided_at_98_33_percent() {
    let worse_by = [Some(-1.0), Some(1.0)].repeat(10);
    let judgement = look_at(&worse_by, 1.0, Look::First);
    // sd = sqrt(20 / 19), standard error sqrt(1 / 19), quantile 2.294392.
    let reach = 2.294_391_529_973_621 / 19.0_f64.sqrt();
    assert!(
        (judgement.upper.unwrap() - reach).abs() < 1e-12 && (judgement.lower.unwrap() + reach).abs() < 1e-12
    );
    assert_eq!(judgement.verdict, Decision::Pass);
    assert_eq!(look_at(&worse_by, reach - 1e-9, Look::First).verdict, Decision::Inconclusive);
    let worse: Vec<_> = worse_by.iter().map(|d| d.map(|d| d + 1.0)).collect();
    assert_eq!(look_at(&worse, 1.0 - reach - 1e-9, Look::First).verdict, Decision::Fail);
    assert_eq!(look_at(&worse, 1.0 - reach + 1e-9, Look::First).verdict, Decision::Inconclusive);
}

#[test]
fn the_p_value_says_fail_where_the_bound_does() {
    let worse_by: Vec<_> = (0..20).map(|i| Some(f64::from(i * i % 11))).collect();
    for step in 0..200 {
        let judgement = look_at(&worse_by, f64::from(step) * 0.05, Look::First);
        let p = judgement.p_of_regression.unwrap();
        assert_eq!(judgement.verdict == Decision::Fail, p < LEVEL_OF_A_LOOK, "{judgement:?}");
    }
}

#[test]
fn the_first_look_that_decides_is_the_verdict_and_more_seeds_do_not_change_it() {
    let fine = [Some(-0.1), Some(0.1)].repeat(10);
    let at_20 = judge(&fine, 1.0).unwrap();
    assert_eq!((at_20.verdict, at_20.look), (Decision::Pass, Look::First));
    let awful_later = [fine, vec![Some(1e6); 60]].concat();
    assert_eq!(judge(&awful_later, 1.0), Some(at_20));
    assert_eq!(judge(&awful_later, 1.0), judge(&awful_later, 1.0), "asking again changes nothing");
    // A wide start, then a clear end: the second look decides.
    let wide = [Some(-3.0), Some(3.0)].repeat(10);
    let clear = [wide.clone(), vec![Some(0.0); 20]].concat();
    assert_eq!(judge(&wide, 1.0).unwrap().verdict, Decision::Inconclusive);
    let at_40 = judge(&clear, 1.0).unwrap();
    assert_eq!((at_40.verdict, at_40.look), (Decision::Pass, Look::Second));
    assert_eq!(judge(&wide[..19], 1.0), None);
    assert_eq!(judge(&[wide.clone(), wide[..10].to_vec()].concat(), 1.0).unwrap().look, Look::First);
    assert_eq!((Look::First.next(), Look::Third.next()), (Some(Look::Second), None));
}

#[test]
fn equal_differences_are_held_against_the_margin_as_they_are() {
    let verdict = |difference: f64, margin: f64| judge(&[Some(difference); 20], margin).unwrap().verdict;
    assert_eq!(verdict(0.0, 0.0), Decision::Pass, "no difference passes even where none is allowed");
    assert_eq!(verdict(0.1, 0.1), Decision::Pass);
    assert_eq!(verdict(0.1, 0.2), Decision::Pass);
    assert_eq!(verdict(0.1, 0.099), Decision::Fail);
    assert_eq!(verdict(-5.0, 0.0), Decision::Pass);
}

#[test]
fn a_metric_that_is_null_decides_nothing() {
    let nulls = [None; 80];
    let judgement = judge(&nulls, 1.0).unwrap();
    assert_eq!((judgement.verdict, judgement.look), (Decision::Inconclusive, Look::Third));
    assert_eq!((judgement.lower, judgement.upper, judgement.p_of_regression), (None, None, None));
    assert_eq!((judgement.worse_by.n, judgement.worse_by.nulls), (0, 80));
    let mut one = nulls;
    one[3] = Some(0.0);
    assert_eq!(judge(&one, 1.0).unwrap().verdict, Decision::Inconclusive, "one pair has no spread");
}

#[test]
fn a_margin_that_eighty_seeds_cannot_decide_is_known() {
    assert!((smallest_decidable_margin(1.0, Look::Third) - 0.279_508_497_187_473_7).abs() < 1e-15);
    assert_eq!(smallest_decidable_margin(0.0, Look::Third), 0.0);
}
