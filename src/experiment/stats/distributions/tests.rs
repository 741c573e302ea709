//! The distributions against printed tables and against 17 digits of the definition (mpmath, 40 digits inside).

use super::*;

#[track_caller]
fn check(what: &str, found: f64, expected: f64, relative: f64) {
    let off = (found / expected - 1.0).abs();
    assert!(off <= relative, "{what}: found {found:e}, expected {expected:e}, off by {off:e}");
}

#[test]
fn the_tail_of_student_t_is_right_in_the_middle_and_far_out() {
    for (t, degrees, tail) in [
        (0.1, 9, 0.461_268_223_978_340_6),
        (1.0, 1, 0.25),
        (0.5, 3, 0.325_723_982_424_075_5),
        (1.5, 19, 0.075_024_265_371_135_77),
        (8.5, 9, 6.797_036_611_178_259e-6),
        (12.7, 1, 0.025_012_163_844_672_08),
        (2.2, 79, 0.015_364_507_770_762_458),
        (6.0, 1_000, 1.377_684_586_688_735e-9),
        (-2.0, 7, 0.957_190_335_718_512),
    ] {
        check("tail", student_t_tail(t, degrees), tail, 2e-12);
    }
    check("tail", student_t_tail(3.0, 100_000), 0.001_350_230_442_032_359_6, 1e-9);
    assert_eq!(student_t_tail(0.0, 5), 0.5);
    assert_eq!(student_t_tail(f64::INFINITY, 5), 0.0);
    assert_eq!(student_t_tail(f64::NEG_INFINITY, 5), 1.0);
}

/// Fisher and Yates, "Statistical Tables", table III; the same in every textbook.
#[test]
fn student_t_quantiles_are_those_of_the_printed_table() {
    let table = [
        (1, [3.078, 6.314, 12.706, 31.821, 63.657]),
        (2, [1.886, 2.920, 4.303, 6.965, 9.925]),
        (3, [1.638, 2.353, 3.182, 4.541, 5.841]),
        (5, [1.476, 2.015, 2.571, 3.365, 4.032]),
        (10, [1.372, 1.812, 2.228, 2.764, 3.169]),
        (19, [1.328, 1.729, 2.093, 2.539, 2.861]),
        (30, [1.310, 1.697, 2.042, 2.457, 2.750]),
        (60, [1.296, 1.671, 2.000, 2.390, 2.660]),
        (120, [1.289, 1.658, 1.980, 2.358, 2.617]),
    ];
    for (degrees, row) in table {
        for (share, printed) in [0.90, 0.95, 0.975, 0.99, 0.995].into_iter().zip(row) {
            let found = student_t_quantile(share, degrees);
            assert!((found - printed).abs() < 0.000_501, "{degrees} {share}: {found}, printed {printed}");
        }
    }
}

#[test]
fn student_t_quantiles_are_right_to_the_digits_of_the_definition() {
    for (share, degrees, t) in [
        (0.975, 1, 12.706_204_736_174_705),
        (0.975, 2, 4.302_652_729_749_464),
        (0.95, 3, 2.353_363_434_801_823_9),
        (0.995, 9, 3.249_835_541_592_126_3),
        (0.999, 1_000, 3.098_402_163_912_923),
        (0.6, 5, 0.267_180_865_704_145_1),
        (0.999_99, 2, 223.603_443_634_037_2),
        // The three looks of the gate.
        (1.0 - 0.05 / 3.0, 19, 2.294_391_529_973_621),
        (1.0 - 0.05 / 3.0, 39, 2.206_125_930_849_631),
        (1.0 - 0.05 / 3.0, 79, 2.165_916_943_646_197_3),
    ] {
        check("quantile", student_t_quantile(share, degrees), t, 5e-12);
        assert!((student_t_quantile(1.0 - share, degrees) + t).abs() < 1e-10 * t, "it is symmetric");
    }
    check("quantile", student_t_quantile(0.975, 100_000), 1.959_987_707_534_609_6, 1e-9);
    // The distribution is symmetric, and one degree of freedom is Cauchy's distribution: its quartile is 1.
    assert_eq!(student_t_quantile(0.5, 7), 0.0);
    check("quartile", student_t_quantile(0.75, 1), 1.0, 1e-14);
    let far = student_t_quantile(1e-12, 1);
    check("far out", far, -1.0 / (PI * 1e-12), 1e-9);
}

#[test]
fn the_quantile_of_student_t_inverts_its_tail_and_never_falls() {
    for degrees in [1, 2, 3, 4, 7, 19, 79, 500] {
        let mut before = f64::NEG_INFINITY;
        for step in 1..1_000 {
            let share = f64::from(step) / 1_000.0;
            let t = student_t_quantile(share, degrees);
            assert!(t > before, "{degrees} degrees at {share}");
            assert!(
                (student_t_tail(t, degrees) - (1.0 - share)).abs() < 1e-13,
                "{degrees} degrees at {share}"
            );
            before = t;
        }
    }
}

/// The first four as printed in Pearson and Hartley, "Biometrika Tables for Statisticians", table 8.
#[test]
fn chi_square_quantiles_are_those_of_the_tables_and_of_the_definition() {
    for (share, degrees, x) in [
        (0.95, 1, 3.841_458_820_694_126),
        (0.95, 9, 16.918_977_604_620_45),
        (0.025, 30, 16.790_772_265_566_625),
        (0.975, 100, 129.561_197_185_836_6),
        (0.05, 1, 0.003_932_140_000_019_523),
        (0.5, 2, 2.0 * std::f64::consts::LN_2),
        (0.01, 4_000, 3_794.870_835_898_231),
    ] {
        check("chi-square", chi_square_quantile(share, degrees), x, 1e-11);
    }
}

#[test]
fn the_binomial_tail_is_the_sum_of_its_terms() {
    for (trials, chance) in [(1_u64, 0.3), (10, 0.5), (20, 0.05), (60, 0.9)] {
        let mut term = libm::pow(1.0 - chance, trials as f64);
        let mut at_least = 1.0;
        for hits in 0..=trials {
            let found = binomial_at_least(hits, trials, chance);
            assert!((found - at_least).abs() < 1e-13, "{hits} of {trials}: {found}, expected {at_least}");
            at_least -= term;
            term *= (trials - hits) as f64 / (hits + 1) as f64 * chance / (1.0 - chance);
        }
        assert_eq!(binomial_at_least(trials + 1, trials, chance), 0.0);
    }
}

#[test]
#[should_panic(expected = "is not between 0 and 1")]
fn a_share_of_one_has_no_quantile() {
    student_t_quantile(1.0, 5);
}
