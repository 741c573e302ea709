//! What persons are, as far as a waiting room may know: read by policies that score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From `low` to `high`, each as likely as any other.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// The least.
    pub low: f64,
    /// The most; the same as `low` where all are alike.
    pub high: f64,
}

/// An assumption: no distribution of the ages of accounts is published.
pub(super) fn a_year() -> Between {
    Between { low: 365.0, high: 365.0 }
}

/// An assumption: below the 0.5 from which on reCAPTCHA's documentation takes somebody for a program.
pub(super) fn low_risk() -> Between {
    Between { low: 0.0, high: 0.3 }
}
