//! How far away the clients are: delay and loss, one class of network at a time.

use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::protocol::{Possibility, Possible};
use crate::quantity::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A class of networks. "desktop" and "mobile" always exist, without loss; one listed under their name replaces
/// them.
///
/// Their delays come from the round-trip times of the Chrome User Experience Report, December 2024 (treo.sh/rtt):
/// over sites, the median and the 90th percentile are 96 and 173 ms on desktops, 151 and 271 ms on mobiles. One
/// way is half of that, and a log-normal distribution through both points has its p95 at 102 and 160 ms: desktop median
/// 48 ms, p95 102 ms; mobile median 76 ms, p95 160 ms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its name, 1 to 64 characters, unique; cohorts refer to it.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Delay of one message from the client to the edge.
    pub up: Sampler,
    /// Delay of one message from the edge to the client.
    pub down: Sampler,
    /// Share of requests lost on the way up, 0 to 1; only the client's own timeout tells. Default: 0.
    #[serde(default)]
    pub loss_up: Share,
    /// Share of replies lost on the way down, 0 to 1: the truth moved, the screen did not. Default: 0.
    #[serde(default)]
    pub loss_down: Share,
}

impl Class {
    /// The names that always exist.
    pub const BUILT_IN: [&'static str; 2] = ["desktop", "mobile"];

    /// What the network makes possible.
    pub fn possible(&self) -> Possible {
        Possibility::RequestLoss.when(self.loss_up > 0.0) | Possibility::ReplyLoss.when(self.loss_down > 0.0)
    }

    /// A class that always exists, by its name.
    pub fn built_in(name: &str) -> Option<Class> {
        let (median_ms, p95_ms) = match name {
            "desktop" => (48, 102),
            "mobile" => (76, 160),
            _ => return None,
        };
        let delay = Sampler::new(&Distribution::LogNormal {
            median: Span::from_ms(median_ms),
            p95: Span::from_ms(p95_ms),
        });
        Some(Class {
            name: name.to_owned(),
            up: delay.clone(),
            down: delay,
            loss_up: Share::NONE,
            loss_down: Share::NONE,
        })
    }
}
