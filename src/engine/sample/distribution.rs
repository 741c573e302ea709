//! Distributions of time as a user writes them, and what can be wrong with them.

use std::fmt;

use super::normal;
use crate::engine::Span;

/// A distribution of durations. In a scenario it is a bare duration (always that long) or an object with one key that
/// names the distribution: `{"log_normal": {"median": "200ms", "p95": "800ms"}}`.
#[derive(Clone, PartialEq, Debug)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// Equally likely anywhere between two bounds.
    Uniform {
        /// Lower bound, at least 0.
        low: Span,
        /// Upper bound, at least `low`.
        high: Span,
    },
    /// Memoryless: many short, few long.
    Exponential {
        /// Mean, above 0.
        mean: Span,
    },
    /// The sum of several exponential stages of equal mean: less variable than an exponential.
    Erlang {
        /// Number of stages, 1 to 1000.
        shape: u32,
        /// Mean of the sum, above 0.
        mean: Span,
    },
    /// One of several exponentials: more variable than one.
    Hyperexponential {
        /// The branches; their shares sum to 1.
        branches: Vec<Branch>,
    },
    /// The logarithm is normal: latencies, think times.
    LogNormal {
        /// Half are shorter. Above 0.
        median: Span,
        /// 95 in 100 are shorter. At least `median`.
        p95: Span,
    },
    /// Patience: the rate of giving up falls (shape below 1) or rises (above 1) with time.
    Weibull {
        /// Shape, above 0; 1 is exponential. No unit.
        shape: f64,
        /// Scale: 63.2 % are shorter. Above 0.
        scale: Span,
    },
    /// Pareto's first kind: a power tail.
    Pareto {
        /// Tail index, above 0; the mean is finite above 1. No unit.
        shape: f64,
        /// The shortest there is, above 0.
        minimum: Span,
    },
    /// Straight lines between measured quantiles.
    Empirical {
        /// Quantiles, from share 0 to share 1.
        points: Vec<Point>,
    },
}

/// A branch of a hyperexponential distribution.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// How often this branch is taken, 0 to 1. No unit.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// Mean of this branch, above 0.
    pub mean: Span,
}

/// A measured quantile.
#[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The share of all that are at most `value`, 0 to 1. No unit.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// The duration that this share does not exceed.
    pub value: Span,
}

/// Everything that is wrong with a distribution.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct DistributionError {
    /// The problems, at least one.
    pub problems: Vec<DistributionProblem>,
}

/// One thing that is wrong with a distribution.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DistributionProblem {
    /// Where, from the distribution down: `log_normal.p95`, `empirical.points[2].share`.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for DistributionProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// Most stages of an Erlang distribution: beyond it, it is a constant for all purposes.
const STAGES_MAX: u32 = 1000;
/// How far the shares of branches may sum from 1: they are decimals a person wrote.
const SHARES_TOLERANCE: f64 = 1e-9;

impl Distribution {
    /// Whether the distribution has a meaning.
    ///
    /// # Errors
    /// All the problems at once, each with its path and what would be right.
    pub fn check(&self) -> Result<(), DistributionError> {
        let mut found = Problems(Vec::new());
        match self {
            Self::Constant(_) => {}
            Self::Uniform { low, high } => {
                found.unless(low <= high, "uniform.high", || {
                    format!("{high} is less than low, {low}: exchange them")
                });
            }
            Self::Exponential { mean } => found.unless_positive(*mean, "exponential.mean"),
            Self::Erlang { shape, mean } => {
                let in_range = (1..=STAGES_MAX).contains(shape);
                found.unless(in_range, "erlang.shape", || {
                    format!("{shape} is not a number of stages from 1 to {STAGES_MAX}")
                });
                found.unless_positive(*mean, "erlang.mean");
            }
            Self::Hyperexponential { branches } => check_branches(branches, &mut found),
            Self::LogNormal { median, p95 } => {
                found.unless_positive(*median, "log_normal.median");
                found.unless(p95 >= median, "log_normal.p95", || {
                    format!("{p95} is less than the median, {median}")
                });
            }
            Self::Weibull { shape, scale } => {
                found.unless_shape(*shape, "weibull.shape");
                found.unless_positive(*scale, "weibull.scale");
            }
            Self::Pareto { shape, minimum } => {
                found.unless_shape(*shape, "pareto.shape");
                found.unless_positive(*minimum, "pareto.minimum");
            }
            Self::Empirical { points } => check_points(points, &mut found),
        }
        if found.0.is_empty() { Ok(()) } else { Err(DistributionError { problems: found.0 }) }
    }

    /// The mean in microseconds, before rounding and before saturation; `None` where it is infinite (Pareto with
    /// shape 1 or less).
    pub fn mean_us(&self) -> Option<f64> {
        let us = |span: &Span| span.as_us() as f64;
        let mean = match self {
            Self::Constant(value) => us(value),
            Self::Uniform { low, high } => f64::midpoint(us(low), us(high)),
            Self::Exponential { mean } | Self::Erlang { mean, .. } => us(mean),
            Self::Hyperexponential { branches } => {
                branches.iter().map(|branch| branch.share * us(&branch.mean)).sum()
            }
            Self::LogNormal { median, p95 } => {
                let sigma = normal::sigma(us(median), us(p95));
                us(median) * libm::exp(sigma * sigma / 2.0)
            }
            Self::Weibull { shape, scale } => us(scale) * libm::tgamma(1.0 + 1.0 / shape),
            Self::Pareto { shape, minimum } if *shape > 1.0 => us(minimum) * shape / (shape - 1.0),
            Self::Pareto { .. } => f64::INFINITY,
            Self::Empirical { points } => points
                .windows(2)
                .map(|pair| {
                    (pair[1].share - pair[0].share) * f64::midpoint(us(&pair[0].value), us(&pair[1].value))
                })
                .sum(),
        };
        mean.is_finite().then_some(mean)
    }
}

impl fmt::Display for Distribution {
    /// The distribution in words: "log-normal, median 200ms, p95 800ms".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => write!(f, "constant {value}"),
            Self::Uniform { low, high } => write!(f, "uniform, {low} to {high}"),
            Self::Exponential { mean } => write!(f, "exponential, mean {mean}"),
            Self::Erlang { shape, mean } => write!(f, "Erlang, {shape} stages, mean {mean}"),
            Self::Hyperexponential { branches } => {
                f.write_str("hyperexponential")?;
                branches
                    .iter()
                    .try_for_each(|branch| write!(f, ", {} with mean {}", branch.share, branch.mean))
            }
            Self::LogNormal { median, p95 } => write!(f, "log-normal, median {median}, p95 {p95}"),
            Self::Weibull { shape, scale } => write!(f, "Weibull, shape {shape}, scale {scale}"),
            Self::Pareto { shape, minimum } => {
                write!(f, "Pareto, shape {shape}, minimum {minimum}")
            }
            Self::Empirical { points } => match points.as_slice() {
                [first, .., last] => {
                    write!(f, "empirical, {} points, {} to {}", points.len(), first.value, last.value)
                }
                _ => f.write_str("empirical"),
            },
        }
    }
}

/// The problems found so far.
struct Problems(Vec<DistributionProblem>);

impl Problems {
    fn unless(&mut self, fine: bool, path: &str, message: impl FnOnce() -> String) {
        if !fine {
            self.0.push(DistributionProblem { path: path.to_owned(), message: message() });
        }
    }

    fn unless_positive(&mut self, span: Span, path: &str) {
        self.unless(!span.is_zero(), path, || "must be longer than 0s".to_owned());
    }

    fn unless_shape(&mut self, shape: f64, path: &str) {
        self.unless(shape.is_finite() && shape > 0.0, path, || format!("{shape} is not a number above 0"));
    }
}

fn check_branches(branches: &[Branch], found: &mut Problems) {
    const PATH: &str = "hyperexponential.branches";
    for (i, branch) in branches.iter().enumerate() {
        let fine = (0.0..=1.0).contains(&branch.share);
        found.unless(fine, &format!("{PATH}[{i}].share"), || {
            format!("{} is not a share from 0 to 1", branch.share)
        });
        found.unless_positive(branch.mean, &format!("{PATH}[{i}].mean"));
    }
    let sum: f64 = branches.iter().map(|branch| branch.share).sum();
    found
        .unless((sum - 1.0).abs() <= SHARES_TOLERANCE, PATH, || format!("the shares sum to {sum}, not to 1"));
}

fn check_points(points: &[Point], found: &mut Problems) {
    const PATH: &str = "empirical.points";
    let ends = points.len() >= 2
        && points.first().map(|p| p.share) == Some(0.0)
        && points.last().map(|p| p.share) == Some(1.0);
    found.unless(ends, PATH, || {
        "must have at least two points, the first with share 0 and the last with share 1".to_owned()
    });
    for (i, pair) in points.windows(2).enumerate() {
        let (low, high) = (pair[0], pair[1]);
        let i = i + 1;
        found.unless(low.share < high.share, &format!("{PATH}[{i}].share"), || {
            format!("{} is not more than the share before it, {}", high.share, low.share)
        });
        found.unless(low.value <= high.value, &format!("{PATH}[{i}].value"), || {
            format!("{} is less than the value before it, {}", high.value, low.value)
        });
    }
}
