//! For what persons leave beside the end of their patience: a position too far back, silence, a clear refusal.

use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::quantity::{Count, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// For what the persons of a cohort leave, beside the end of their `patience`. Each tab or device is left for itself: a
/// person with several keeps the others. Whoever was told a turn or has seats says goodbye.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivingUp {
    /// The farthest back that a person accepts to stand: the page is closed that shows more places ahead than this, be it
    /// the first look or a later one. Null: no position drives anybody away. Default: null. Balking on the difference of
    /// the numbers displayed is what Xu, Gao and Ou model (Management Science, 2007); no measurement of on-sales is
    /// known. A page in the background is not looked at.
    pub positions: Option<Positions>,
    /// How long a person looks at a page that is loading: from the first request sent after the last answer that could be
    /// read - be it a refusal - until the next one. Errors without a readable status end no silence, and neither do
    /// retries. Null: silence drives nobody away. Default: null. People's attention is lost after 10 s (Nielsen, Usability
    /// Engineering, 1993); on on-sales they stay far longer.
    pub silence: Option<Sampler>,
    /// What a person does on a clear refusal. Null: goes on. Default: null.
    pub refusals: Option<Refusals>,
}

/// Leaving on a clear refusal: an answer that could be read and says no, for now, to somebody without seats - errors of
/// gateways and services, 429, nothing free, turn or place lost. That the sale has not opened or is paused is no refusal,
/// and the final answers (sold out, sale closed, out of the line) end the session anyway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Refusals {
    /// The first refusal on which the person may leave, 1 or more; those before it are borne. Default: 1, an assumption.
    pub after: Count<u32, 1>,
    /// The probability of leaving on each refusal from that one on, 0 to 1. Default: 1, an assumption.
    pub leave: Share,
}

impl Default for Refusals {
    fn default() -> Refusals {
        Refusals { after: Count::of(1), leave: Share::ALL }
    }
}

/// A distribution of numbers of places: one key that names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Positions {
    /// Always the same.
    Constant(u32),
    /// Equally likely anywhere between two bounds.
    Uniform(Between),
    /// Memoryless: many accept few, few accept many.
    Exponential(Mean),
    /// The logarithm is normal.
    LogNormal(Spread),
}

/// Two bounds of a number of places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// Lower bound.
    pub low: u32,
    /// Upper bound, at least `low`.
    pub high: u32,
}

/// The mean of a number of places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mean {
    /// Mean, 1 or more.
    pub mean: Count<u32, 1>,
}

/// Two quantiles of a number of places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Half accept less. 1 or more.
    pub median: Count<u32, 1>,
    /// 95 in 100 accept less. At least `median`.
    pub p95: u32,
}

impl Positions {
    /// The same distribution, a microsecond for each place: what draws times draws places too.
    pub fn distribution(&self) -> Distribution {
        let us = |places: u32| Span::from_us(u64::from(places));
        match *self {
            Positions::Constant(places) => Distribution::Constant(us(places)),
            Positions::Uniform(Between { low, high }) => {
                Distribution::Uniform { low: us(low), high: us(high) }
            }
            Positions::Exponential(Mean { mean }) => Distribution::Exponential { mean: us(mean.get()) },
            Positions::LogNormal(Spread { median, p95 }) => {
                Distribution::LogNormal { median: us(median.get()), p95: us(p95) }
            }
        }
    }
}
