//! Devices that change their network while their persons wait: from `WiFi` to mobile, and back.

use crate::engine::sample::Sampler;
use crate::quantity::{Count, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Devices that change their network: somebody leaves the house. The connection of a request under way is lost, which the
/// page takes for a network error at once (browsers abort with "network changed"), and from then on the device comes from
/// an address that nobody had before. A waiting room that knows sessions by address takes it for a newcomer's: place
/// or turn is lost, and no screen says so. One that knows them by cookie, device, account or code knows it again. Tabs of
/// one device change together. Left out: an address of a carrier that many share, and coming home to the old one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switches {
    /// How long after the page was opened, and after each change again. No measurement of on-sales is known: on a campus
    /// most changes were followed by another within 30 s (Virginia Tech, 2026: an empirical study of vertical handover).
    pub after: Sampler,
    /// Share of devices that do, 0 to 1. Default: 1.
    #[serde(default = "all_of_them")]
    pub share: Share,
    /// How often each of them does at most, 1 to 100. Default: 1, an assumption.
    #[serde(default = "once")]
    pub most: Count<u8, 1, 100>,
    /// The network class changed to: "desktop", "mobile", or one listed under `network`. A second change leads back to the
    /// cohort's own `network`, and so on. Default: "mobile".
    #[serde(default = "mobile")]
    pub to: String,
}

fn all_of_them() -> Share {
    Share::ALL
}

fn once() -> Count<u8, 1, 100> {
    Count::of(1)
}

fn mobile() -> String {
    "mobile".to_owned()
}
