//! How the number of gateways, or of servers of a service, follows the load.

use crate::engine::time::Span;
use crate::quantity::{Count, Positive, PositiveShare, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many there are follows the load, as the Kubernetes `HorizontalPodAutoscaler` does it ("Horizontal Pod Autoscaling",
/// kubernetes.io): at each look as many are wanted as would be busy for the share `target` with the load since the look
/// before, rounded up. More are wanted at once, though in 15 s not more than twice as many or 4 more, whichever is more; fewer
/// only once none of the looks of the last `scale_down_after` wanted more. Who is new serves after `lead_time`, empty and cold;
/// who has to go takes nothing new and finishes what it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Autoscale {
    /// Never fewer than this, 1 or more. Default: 1 (Kubernetes).
    #[serde(default = "one")]
    pub min: Count<u32, 1>,
    /// Never more than this, `min` or more; of gateways at most 255.
    pub max: Count<u32, 1>,
    /// The share of what they can do at a time that is to be in use, more than 0, at most 1: of gateways the requests in flight
    /// (`edge.concurrency`, half of `edge.connections`), of a service its servers. Default: 0.8 (Kubernetes).
    #[serde(default = "four_fifths")]
    pub target: PositiveShare,
    /// How often it looks, more than 0; what it sees is the mean since the look before. Default: "15s" (Kubernetes).
    #[serde(default = "every_15_seconds")]
    pub look_every: Positive<Span>,
    /// How long it takes from the look until who is new serves. Default: "96.9s", the mean start of a Linux machine of Amazon
    /// EC2 (M. Mao and M. Humphrey, "A Performance Study on the VM Startup Time in the Cloud", 2012).
    #[serde(default = "start_of_a_machine")]
    pub lead_time: Span,
    /// Nothing changes while the share in use differs from `target` by no more than this share of it, 0 to 1. Default: 0.1
    /// (Kubernetes).
    #[serde(default = "a_tenth")]
    pub tolerance: Share,
    /// So long the highest number that a look wanted holds. Default: "5m" (Kubernetes).
    #[serde(default = "five_minutes")]
    pub scale_down_after: Span,
}

fn one() -> Count<u32, 1> {
    Count::of(1)
}

fn four_fifths() -> PositiveShare {
    PositiveShare::of(0.8)
}

fn every_15_seconds() -> Positive<Span> {
    Positive::from_secs(15)
}

fn start_of_a_machine() -> Span {
    Span::from_ms(96_900)
}

fn a_tenth() -> Share {
    Share::of(0.1)
}

fn five_minutes() -> Span {
    Span::from_secs(300)
}
