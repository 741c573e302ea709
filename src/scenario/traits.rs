//! What persons are, as far as a waiting room may know: read by policies that score.

use crate::quantity::{NonNegative, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From `low` to `high`, each as likely as any other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Between<T> {
    /// The least.
    pub low: T,
    /// The most; the same as `low` where all are alike.
    pub high: T,
}

/// An assumption: no distribution of the ages of accounts is published.
pub(super) fn a_year() -> Between<NonNegative> {
    let days = NonNegative::of(365.0);
    Between { low: days, high: days }
}

/// An assumption: below the 0.5 from which on reCAPTCHA's documentation takes somebody for a program.
pub(super) fn low_risk() -> Between<Share> {
    Between { low: Share::NONE, high: Share::of(0.3) }
}
