//! The payment provider: a third party that takes its time, says no, or is not heard.

use crate::engine::sample::Law;
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The payment provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Payment {
    /// How long it takes. Default: log-normal, median 1.2 s, p95 4 s. An assumption: providers publish no law.
    pub delay: Law,
    /// Share of cards declined, 0 to 1. Default: 0. About 17 % is quoted for online payments in general.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub decline: f64,
    /// Share of its replies that never reach the shop, 0 to 1: charged or not, nobody is told. Default: 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lost_reply: f64,
    /// The shop's own timer on the provider, more than 0: after it the payment counts as unknown. Default: "30s",
    /// an assumption.
    pub timeout: Span,
}

impl Default for Payment {
    fn default() -> Payment {
        Payment {
            delay: Law::LogNormal { median: Span::from_ms(1200), p95: Span::from_secs(4) },
            decline: 0.0,
            lost_reply: 0.0,
            timeout: Span::from_secs(30),
        }
    }
}
