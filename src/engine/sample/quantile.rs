//! Quantiles: the value that a given share of a distribution lies below. Order statistics (one spike of N arrivals, in
//! order) need them of every distribution, so the two without an inverse in closed form are inverted by bisection.

use super::{Form, Phase, Sampler, round, standard_exponential};
use crate::engine::Span;

impl Sampler {
    /// The value below which `share` (in the open interval 0 to 1) of the distribution lies, in whole microseconds, halves
    /// rounded up. For distributions drawn from one word this is [`Sampler::sample`] of that word.
    #[inline]
    pub fn quantile(&self, share: f64) -> Span {
        round(match &self.form {
            Form::Constant(value) => return *value,
            Form::Uniform { low_us, width_us } => low_us + width_us * share,
            Form::Exponential { mean_us } => mean_us * standard_exponential(share),
            Form::Erlang { stages, stage_mean_us } => {
                stage_mean_us * bisect(share, |x| 1.0 - erlang_tail(*stages, x))
            }
            Form::Hyperexponential(phases) => bisect(share, |x| 1.0 - hyperexponential_tail(phases, x)),
            Form::LogNormal(distribution) => distribution.quantile_us(share),
            Form::Weibull { exponent, log_scale } => {
                libm::exp(exponent * libm::log(standard_exponential(share)) + log_scale)
            }
            Form::Pareto { exponent, log_minimum } => {
                libm::exp(exponent * standard_exponential(share) + log_minimum)
            }
            Form::Empirical(table) => table.quantile_us(share),
        })
    }
}

/// P(X > x) of a sum of `stages` exponentials with mean 1: e^-x times the sum of x^k / k! for k < stages, each term
/// from the one before in logarithms so that neither factor overflows.
fn erlang_tail(stages: u32, x: f64) -> f64 {
    let mut log_term = -x;
    let mut tail = libm::exp(log_term);
    for k in 1..stages {
        log_term += libm::log(x / f64::from(k));
        tail += libm::exp(log_term);
    }
    tail.min(1.0)
}

/// P(X > x) of a mixture of exponentials.
fn hyperexponential_tail(phases: &[Phase], x: f64) -> f64 {
    let mut before = 0.0;
    let mut tail = 0.0;
    for phase in phases {
        tail += (phase.up_to - before) * libm::exp(-x / phase.mean_us);
        before = phase.up_to;
    }
    tail
}

/// Where a continuous distribution function on the positive axis reaches `share`.
fn bisect(share: f64, below: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while below(high) < share && high < Span::MAX.as_us() as f64 {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if below(middle) < share { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use crate::engine::{Branch, Distribution, Sampler, Span};

    fn quantile_us(distribution: &Distribution, share: f64) -> u64 {
        Sampler::new(distribution).quantile(share).as_us()
    }

    #[test]
    fn an_erlang_law_of_one_stage_is_exponential_and_of_two_has_its_known_median() {
        let mean = Span::from_secs(1);
        let one = Distribution::Erlang { shape: 1, mean };
        assert_eq!(quantile_us(&one, 0.5), quantile_us(&Distribution::Exponential { mean }, 0.5));
        // Median of Erlang(2, rate 1) is 1.678346990016661 (the root of e^-x (1 + x) = 1/2); mean 1 halves it.
        assert_eq!(quantile_us(&Distribution::Erlang { shape: 2, mean }, 0.5), 839_173);
    }

    #[test]
    fn a_mixture_of_equal_branches_is_exponential() {
        let mean = Span::from_secs(1);
        let branches = vec![Branch { share: 0.3, mean }, Branch { share: 0.7, mean }];
        let mixture = Distribution::Hyperexponential { branches };
        for share in [1e-6, 0.1, 0.9, 1.0 - 1e-9] {
            let exponential = quantile_us(&Distribution::Exponential { mean }, share);
            assert!(quantile_us(&mixture, share).abs_diff(exponential) <= 1, "at share {share}");
        }
    }
}
