//! The statistics over many runs, against the oracles' values: quantiles, paired comparison and equivalence,
//! truncation, the interval for a ratio of shares. All are deterministic: right to 1e-9, absolute or relative.

use super::{number, oracle};
use onsale::experiment::stats::{
    Paired, chi_square_quantile, equivalence, mser, normal_quantile, ratio_of_shares, student_t_quantile,
};
use serde_json::Value;

#[track_caller]
fn check_exact(case: &Value, what: &str, found: f64) {
    let expected = number(&case["expect"][what]);
    let off = (found - expected).abs();
    assert!(off <= 1e-9 * expected.abs().max(1.0), "{}: {what} is {found}, expected {expected}", case["id"]);
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().expect("a list").iter().map(number).collect()
}

#[test]
fn critical_values_are_those_of_the_oracle() {
    let case = oracle("stats_quantiles");
    for (what, share, degrees) in [
        ("t975_4", 0.975, 4),
        ("t975_9", 0.975, 9),
        ("t975_19", 0.975, 19),
        ("t975_29", 0.975, 29),
        ("t95_9", 0.95, 9),
        ("t95_29", 0.95, 29),
        ("t995_9", 0.995, 9),
    ] {
        check_exact(&case, what, student_t_quantile(share, degrees));
    }
    check_exact(&case, "z975", normal_quantile(0.975));
    check_exact(&case, "chi2_95_9", chi_square_quantile(0.95, 9));
    assert_eq!(case["expect"].as_object().map(serde_json::Map::len), Some(9), "each of them is checked");
}

#[test]
fn a_paired_difference_and_its_equivalence_are_those_of_the_oracle() {
    let case = oracle("stats_paired_tost");
    let values = |name: &str| numbers(&case["params"][name]).into_iter().map(Some).collect::<Vec<_>>();
    let difference = Paired::of(&values("x"), &values("y")).difference;
    check_exact(&case, "mean_diff", difference.mean.expect("ten pairs"));
    check_exact(&case, "sd", difference.sd.expect("ten pairs"));
    check_exact(&case, "se", difference.standard_error().expect("ten pairs"));
    for (confidence, low, high) in [(0.95, "ci95_lo", "ci95_hi"), (0.90, "ci90_lo", "ci90_hi")] {
        let interval = difference.interval(confidence).expect("ten pairs");
        check_exact(&case, low, interval.low);
        check_exact(&case, high, interval.high);
    }
    let equivalence = equivalence(&difference, number(&case["params"]["margin"]), 0.05).expect("ten pairs");
    assert!(equivalence.proven);
    let expected = number(&case["expect"]["p_tost"]);
    assert!((equivalence.p / expected - 1.0).abs() < 1e-9, "{} is not {expected}", equivalence.p);
}

#[test]
fn the_warm_up_is_truncated_where_the_oracle_says() {
    let case = oracle("mser_example");
    let found = mser(&numbers(&case["params"]["z"])).expect("twenty values");
    check_exact(&case, "d", found.dropped as f64);
    check_exact(&case, "value", found.value);
}

#[test]
fn the_ratio_of_two_shares_has_the_oracles_interval() {
    let case = oracle("di_katz");
    let group = |i: usize| {
        let count = |what: &str| case["params"][what][i].as_u64().expect("a count");
        (count("wins"), count("n"))
    };
    let (ratio, interval) = ratio_of_shares(group(0), group(1), 0.95).expect("both groups win");
    check_exact(&case, "di_ratio", ratio);
    check_exact(&case, "di_lo", interval.low);
    check_exact(&case, "di_hi", interval.high);
}
