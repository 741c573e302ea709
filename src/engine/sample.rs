//! Drawing times from distributions, to the same microsecond on every machine.
//!
//! A [`Distribution`] is what a user writes; a [`Sampler`] is the same with every constant worked out. Only `+ - * /` and
//! `sqrt`, which IEEE 754 fixes to the last bit, and the pinned pure-Rust `libm` are used, and a sample is rounded to
//! a whole microsecond at once (halves up), so no later arithmetic on floats can differ either.
//!
//! One sample uses one counter of a [`Stream`]. Distributions with an inverse in closed form apply it to that one word: the
//! sample grows with the word, which keeps two runs with common random numbers as alike as they can be. Erlang and
//! hyperexponential need several words and take them from `stream.fork(n)`.

mod distribution;
mod json;
mod log_normal;
mod normal;
mod quantile;

pub use distribution::{Branch, Distribution, DistributionError, DistributionProblem, Point};
pub use normal::normal_quantile;

use super::{Span, Stream};
use log_normal::LogNormal;

/// A distribution that has a meaning, ready to be drawn from. It is read, written and described in a schema as the
/// [`Distribution`] that it was made of, so that a scenario is ready to run as soon as it is read.
#[derive(Clone, Debug)]
pub struct Sampler {
    form: Form,
    distribution: Distribution,
}

impl PartialEq for Sampler {
    fn eq(&self, other: &Self) -> bool {
        self.distribution == other.distribution
    }
}

impl TryFrom<Distribution> for Sampler {
    type Error = DistributionError;

    fn try_from(distribution: Distribution) -> Result<Self, DistributionError> {
        distribution.check().map(|()| Self { form: Form::of(&distribution), distribution })
    }
}

/// Times are microseconds as floats, logarithms those of microseconds; the others have no unit.
#[derive(Clone, PartialEq, Debug)]
enum Form {
    Constant(Span),
    Uniform { low_us: f64, width_us: f64 },
    Exponential { mean_us: f64 },
    Erlang { stages: u32, stage_mean_us: f64 },
    Hyperexponential(Box<[Phase]>),
    LogNormal(Box<LogNormal>),
    Weibull { exponent: f64, log_scale: f64 },
    Pareto { exponent: f64, log_minimum: f64 },
    Empirical(Box<Table>),
}

/// A branch of a hyperexponential distribution.
#[derive(Clone, PartialEq, Debug)]
struct Phase {
    /// Share of this branch and all before it.
    up_to: f64,
    mean_us: f64,
}

/// A piecewise linear quantile function.
#[derive(Clone, PartialEq, Debug)]
struct Table {
    segments: Box<[Segment]>,
    /// For each 256th of the shares, the segment in which it starts: where the search begins.
    start: Box<[u32; 256]>,
}

#[derive(Clone, PartialEq, Debug)]
struct Segment {
    from: f64,
    to: f64,
    low_us: f64,
    high_us: f64,
    slope_us: f64,
}

impl Sampler {
    /// Works out the constants of a distribution.
    ///
    /// # Panics
    /// If the distribution does not pass [`Distribution::check`].
    pub fn new(distribution: &Distribution) -> Self {
        match Self::try_from(distribution.clone()) {
            Ok(sampler) => sampler,
            Err(error) => panic!("a distribution must be checked before it is sampled: {error}"),
        }
    }

    /// What it draws from, as it was written.
    pub const fn distribution(&self) -> &Distribution {
        &self.distribution
    }

    /// Sample number `n` of this distribution for the entity and purpose of `stream`, in whole microseconds, halves rounded
    /// up; what exceeds [`Span::MAX`] (a heavy tail) is `Span::MAX`.
    #[inline]
    pub fn sample(&self, stream: Stream, n: u64) -> Span {
        match &self.form {
            Form::Constant(value) => *value,
            Form::Erlang { stages, stage_mean_us } => {
                round(stage_mean_us * standard_erlang(stream.fork(n), *stages))
            }
            Form::Hyperexponential(phases) => {
                let words = stream.fork(n);
                let chosen = words.unit(0);
                let last = phases.len() - 1;
                let phase = phases[..last].iter().find(|phase| chosen < phase.up_to).unwrap_or(&phases[last]);
                round(phase.mean_us * standard_exponential(words.unit(1)))
            }
            Form::LogNormal(distribution) => round(distribution.quantile_of_word_us(stream.draw(n))),
            _ => self.quantile(stream.unit(n)),
        }
    }
}

impl Form {
    fn of(distribution: &Distribution) -> Self {
        match distribution {
            Distribution::Constant(value) => Self::Constant(*value),
            Distribution::Uniform { low, high } => {
                Self::Uniform { low_us: us(*low), width_us: us(*high) - us(*low) }
            }
            Distribution::Exponential { mean } => Self::Exponential { mean_us: us(*mean) },
            Distribution::Erlang { shape, mean } => {
                Self::Erlang { stages: *shape, stage_mean_us: us(*mean) / f64::from(*shape) }
            }
            Distribution::Hyperexponential { branches } => {
                let mut up_to = 0.0;
                let phase = |branch: &Branch| {
                    up_to += branch.share;
                    Phase { up_to, mean_us: us(branch.mean) }
                };
                Self::Hyperexponential(branches.iter().map(phase).collect())
            }
            Distribution::LogNormal { median, p95 } => {
                Self::LogNormal(Box::new(LogNormal::new(us(*median), us(*p95))))
            }
            Distribution::Weibull { shape, scale } => {
                Self::Weibull { exponent: 1.0 / shape, log_scale: libm::log(us(*scale)) }
            }
            Distribution::Pareto { shape, minimum } => {
                Self::Pareto { exponent: 1.0 / shape, log_minimum: libm::log(us(*minimum)) }
            }
            Distribution::Empirical { points } => Self::Empirical(Box::new(Table::new(points))),
        }
    }
}

impl Table {
    fn new(points: &[Point]) -> Self {
        let segment = |pair: &[Point]| {
            let (low_us, high_us) = (us(pair[0].value), us(pair[1].value));
            let (from, to) = (pair[0].share, pair[1].share);
            Segment { from, to, low_us, high_us, slope_us: (high_us - low_us) / (to - from) }
        };
        let segments: Box<[Segment]> = points.windows(2).map(segment).collect();
        let mut start = Box::new([0; 256]);
        for (i, start) in (0_u32..).zip(start.iter_mut()) {
            *start = segments.partition_point(|segment| segment.to <= f64::from(i) / 256.0) as u32;
        }
        Self { segments, start }
    }

    fn quantile_us(&self, share: f64) -> f64 {
        let start = self.start[(share * 256.0) as usize & 255] as usize;
        let last = self.segments.len() - 1;
        let segment = self.segments[start..last].iter().find(|segment| share < segment.to);
        let segment = segment.unwrap_or(&self.segments[last]);
        (segment.low_us + segment.slope_us * (share - segment.from)).min(segment.high_us)
    }
}

/// The quantile of the exponential distribution with mean 1. `1 - unit` is exact, so nothing is lost in either tail.
#[inline]
fn standard_exponential(unit: f64) -> f64 {
    -libm::log(1.0 - unit)
}

/// The sum of `stages` exponentials with mean 1: minus the logarithm of a product, taken every 16 factors, before the
/// product (each at least 2^-53) can underflow.
fn standard_erlang(words: Stream, stages: u32) -> f64 {
    let mut sum = 0.0;
    let mut product = 1.0;
    for stage in 0..u64::from(stages) {
        product *= 1.0 - words.unit(stage);
        if stage % 16 == 15 {
            sum -= libm::log(product);
            product = 1.0;
        }
    }
    sum - libm::log(product)
}

fn us(span: Span) -> f64 {
    span.as_us() as f64
}

/// To whole microseconds, halves up; saturates at [`Span::MAX`].
#[inline]
fn round(us: f64) -> Span {
    // A signed conversion is one instruction; it saturates too, and nothing here is below zero but by a rounding.
    Span::from_us(((us + 0.5) as i64).max(0).cast_unsigned())
}

#[cfg(test)]
mod tests;
