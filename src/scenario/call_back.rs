//! People who would rather be called back than wait before a screen.

use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::quantity::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whoever is in line may leave an address, and go away: the place is kept without a sign of life, and a mail tells when the
/// turn has come. Patience does not run meanwhile, and what is left of it counts again from the mail on. Not offered to persons
/// with several sessions, nor where several may share one place (`duplicates`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CallBack {
    /// Share of those in line who leave an address, 0 to 1. Default: 0.5. Assumption: 129,000 did so on healthcare.gov's
    /// busiest day, out of a number that is not known.
    pub share: Share,
    /// How long after it was sent a mail is read. Default: exponential with a mean of 10 min. Assumption.
    pub delay: Sampler,
    /// Share of mails that are read at all, 0 to 1: others leave a turn that nobody sees. Default: 0.8. Assumption.
    pub read: Share,
    /// A mail also tells that the line is over; otherwise nobody does who has gone away. Default: false.
    pub tells_the_end: bool,
}

impl Default for CallBack {
    fn default() -> CallBack {
        CallBack {
            share: Share::of(0.5),
            delay: Sampler::new(&Distribution::Exponential { mean: Span::from_secs(600) }),
            read: Share::of(0.8),
            tells_the_end: false,
        }
    }
}
