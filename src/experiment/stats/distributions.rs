//! The distributions behind every interval: Student t, chi-square, beta, binomial.
//!
//! The incomplete beta and gamma functions are those of the crate `special` (algorithms AS 63 and AS 239 of Applied
//! Statistics 22 (1973) and 37 (1988)), pinned, with its feature `no_std`, under which every elementary function is
//! that of the pinned pure-Rust `libm`: the same bits on every machine. `statrs` and `puruspe` call the platform's
//! (the first through num-traits, whose feature `std` another crate may switch on). The inverses are our own, because
//! AS 64 (the inverse beta) has loops without a bound and there is none for gamma.

use crate::engine::normal_quantile;
use special::{Beta as _, Gamma as _};
use std::f64::consts::PI;

/// P(T > t) of Student's t with `degrees` >= 1 of freedom, in 0..=1; small tails keep their relative precision.
/// Twice the tail is the incomplete beta function at degrees / (degrees + t^2), with parameters degrees / 2 and 1/2
/// (Abramowitz and Stegun 26.7.1).
///
/// # Panics
/// If `degrees` is 0.
pub fn student_t_tail(t: f64, degrees: u64) -> f64 {
    assert!(degrees > 0, "Student's t needs a degree of freedom");
    let half = degrees as f64 / 2.0;
    let ln_beta = half.ln_beta(0.5);
    let square = t * t;
    let positive = if square > 1.0 {
        // An infinite square leaves no tail.
        let outside = 1.0 / (1.0 + square / degrees as f64);
        outside.inc_beta(half, 0.5, ln_beta) / 2.0
    } else {
        // Near the middle, what is within t is the small part: it is worked out instead.
        let inside = square / (degrees as f64 + square);
        0.5 - inside.inc_beta(0.5, half, ln_beta) / 2.0
    };
    if t < 0.0 { 1.0 - positive } else { positive }
}

fn student_t_density(t: f64, degrees: u64) -> f64 {
    let degrees = degrees as f64;
    let half = degrees / 2.0;
    let log_scale = libm::lgamma(half + 0.5) - libm::lgamma(half);
    let log_shape = (half + 0.5) * libm::log1p(t * t / degrees);
    libm::exp(log_scale - log_shape) / (degrees * PI).sqrt()
}

/// The value that Student's t with `degrees` >= 1 of freedom is below with probability `share`, in the open interval
/// (0, 1); no unit. Good to about 1e-13 for up to a thousand degrees and 1e-11 for up to a hundred thousand.
///
/// # Panics
/// If `share` is outside that interval or `degrees` is 0.
pub fn student_t_quantile(share: f64, degrees: u64) -> f64 {
    assert_share(share);
    if share < 0.5 { -upper_t(share, degrees) } else { upper_t(1.0 - share, degrees) }
}

/// Where the tail is `tail` <= 1/2. Right of the middle the tail is convex and falls, and the normal quantile is left
/// of the answer, so Newton's steps climb to it and never overshoot; the first that does not climb is rounding.
fn upper_t(tail: f64, degrees: u64) -> f64 {
    let mut t = normal_quantile(tail).abs();
    loop {
        let next = t + (student_t_tail(t, degrees) - tail) / student_t_density(t, degrees);
        if next > t { t = next } else { return t }
    }
}

/// The value that chi-square with `degrees` >= 1 of freedom is below with probability `share`, in the open interval
/// (0, 1); no unit. P(X <= x) is the incomplete gamma P(degrees / 2, x / 2) (Abramowitz and Stegun 26.4.19).
///
/// # Panics
/// If `share` is outside that interval or `degrees` is 0.
pub fn chi_square_quantile(share: f64, degrees: u64) -> f64 {
    assert_share(share);
    assert!(degrees > 0, "chi-square needs a degree of freedom");
    let half = degrees as f64 / 2.0;
    let is_below = |x: f64| (x / 2.0).inc_gamma(half) < share;
    let mut high = degrees as f64;
    while is_below(high) {
        high *= 2.0;
    }
    bisect(0.0, high, is_below)
}

/// The value that a beta variable with parameters `a` and `b` > 0 is below with probability `share` in (0, 1).
pub(super) fn beta_quantile(share: f64, a: f64, b: f64) -> f64 {
    assert_share(share);
    let ln_beta = a.ln_beta(b);
    bisect(0.0, 1.0, |x| x.inc_beta(a, b, ln_beta) < share)
}

/// P(at least `hits` of `trials` independent trials succeed), each with probability `chance` in 0..=1 (Abramowitz and
/// Stegun 26.5.24).
pub(super) fn binomial_at_least(hits: u64, trials: u64, chance: f64) -> f64 {
    if hits == 0 {
        1.0
    } else if hits > trials {
        0.0
    } else {
        let (a, b) = (hits as f64, (trials - hits + 1) as f64);
        chance.inc_beta(a, b, a.ln_beta(b))
    }
}

/// The boundary between where `is_below` holds and where it no longer does, to the last bit.
fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return high;
        }
        if is_below(middle) { low = middle } else { high = middle }
    }
}

fn assert_share(share: f64) {
    assert!(share > 0.0 && share < 1.0, "a share of {share} is not between 0 and 1");
}

#[cfg(test)]
mod tests;
