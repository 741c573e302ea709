//! What breaks during an evening: each fault at a time, for a duration.

use super::resolve::Breaks;
use super::services::Service;
use crate::engine::sample::Sampler;
use crate::engine::time::Span;
use crate::quantity::{AboveOne, Count, Positive, PositiveShare, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes [`Fault`] of its table: what is said of a fault, its key and its settings, which say in `resolve::faults` what can
/// be wrong with them, what will break, and what becomes possible.
macro_rules! faults {
    ($(#[$about:meta])+ $fault:ident: $($(#[$doc:meta])+ $key:ident: $settings:ident;)+) => {
        $(#[$about])+
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $fault {
            /// When it begins, counted from time 0.
            pub at: Span,
            /// How long it lasts, more than 0.
            pub r#for: Positive<Span>,
            $(
                $(#[$doc])+
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $key: Option<$settings>,
            )+
        }

        impl $fault {
            /// The keys that say what breaks.
            pub(super) const KEYS: &'static [&'static str] = &[$(stringify!($key)),+];

            /// What breaks: everything that is written, with its key; a fault that makes sense has exactly one.
            pub(super) fn written(&self) -> Vec<(&'static str, &dyn Breaks)> {
                let mut written: Vec<(&'static str, &dyn Breaks)> = Vec::new();
                $(if let Some(settings) = &self.$key {
                    written.push((stringify!($key), settings));
                })+
                written
            }
        }
    };
}

faults! {
    /// Something that breaks for a while: when, for how long, and exactly one key that says what, such as
    /// `{ "at": "12m", "for": "30s", "station_down": { "station": "checkout" } }`. Faults may overlap: factors multiply,
    /// added delays add up, and losses combine as independent ones.
    Fault:
    /// A service takes longer.
    station_slow: StationSlow;
    /// A service cannot be reached, and loses its work.
    station_down: StationDown;
    /// A gateway crashes.
    gateway_crash: GatewayCrash;
    /// The payment provider cannot be reached.
    payment_outage: PaymentOutage;
    /// The network loses more than usual.
    loss_burst: LossBurst;
    /// The network takes longer than usual.
    latency_burst: LatencyBurst;
    /// A service answers with errors of its own.
    error_burst: ErrorBurst;
    /// Part of the network is cut off.
    partition: Partition;
    /// The waiting room forgets everybody.
    session_store_wiped: SessionStoreWiped;
    /// Messages between the parts of the backend are lost.
    lost_messages: LostMessages;
    /// The places that share the waiting room's budget do not hear of each other.
    stale_budget: StaleBudget;
    /// A gateway's clock is wrong.
    clock_skew: ClockSkew;
}

impl Fault {
    /// What breaks, in words: its key, and the service or gateway that it hits.
    pub fn name(&self) -> String {
        match self.written().first() {
            Some((key, what)) => {
                what.part().map_or_else(|| (*key).to_owned(), |part| format!("{key} {part}"))
            }
            None => String::new(),
        }
    }

    /// What breaks, in a word or two for charts; `None`: nothing says it.
    pub fn label(&self) -> Option<String> {
        self.written().first().map(|(_, what)| what.label())
    }
}

/// A service takes longer: every service that begins meanwhile takes `factor` times its time. One that is under way
/// when the fault begins or ends keeps the time it began with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationSlow {
    /// The service.
    pub station: Service,
    /// So many times as long, more than 1.
    pub factor: AboveOne,
    /// Which of its peers, counted from 0. Default: null, all of them.
    #[serde(default)]
    pub peer: Option<u8>,
}

/// A service is down: connections are refused at once (502, unless another peer is tried), and what it has in service
/// or in its queue when it goes down is lost (502 to whoever still waits). It comes back empty. Requests that wait at
/// no server's cost - for a seat, for the payment provider - are not lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationDown {
    /// The service.
    pub station: Service,
    /// Which of its peers, counted from 0. Default: null, all of them.
    #[serde(default)]
    pub peer: Option<u8>,
}

/// A gateway crashes: every connection that it has is reset without a reply and without a line in any log - in its
/// accept queue, delayed by its rate limit, in flight - while the work behind it goes on for nobody. Whoever is sent there
/// meanwhile is reset at once; the balancer leaves it out after `edge.health_check`. It comes back empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayCrash {
    /// Which of the gateways, counted from 0. Default: null, all of them.
    #[serde(default)]
    pub gateway: Option<u8>,
}

/// The payment provider cannot be reached: whoever pays is told so at once (503), nothing is charged, and the seats
/// stay held. What the provider had taken in before, it finishes: an answer that would come during the outage is lost
/// (the money is taken or not, and the shop knows nothing after its own timer), one that would come after it arrives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentOutage {}

/// The network loses more: of the messages sent meanwhile that would arrive otherwise, these shares are lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LossBurst {
    /// The network classes it hits, by name. Default: null, all of them.
    #[serde(default)]
    pub networks: Option<Vec<String>>,
    /// Share of requests lost on the way up, 0 to 1. Default: 0.
    #[serde(default)]
    pub up: Share,
    /// Share of replies lost on the way down, 0 to 1. Default: 0.
    #[serde(default)]
    pub down: Share,
}

/// The network takes longer: a message sent meanwhile takes `factor` times its delay and `add` more, either way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatencyBurst {
    /// The network classes it hits, by name. Default: null, all of them.
    #[serde(default)]
    pub networks: Option<Vec<String>>,
    /// So many times as long, more than 0. Default: 1.
    #[serde(default = "once")]
    pub factor: Positive<f64>,
    /// So much more for each message. Default: null, nothing.
    #[serde(default)]
    pub add: Option<Sampler>,
}

/// A service answers a share of its requests with an error of its own (500) where it would have done what was asked for,
/// at the end of the service time: a bad deploy. Nothing has happened then: no seat is held, nobody is in line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorBurst {
    /// The service.
    pub station: Service,
    /// Which of its peers, counted from 0. Default: null, all of them.
    #[serde(default)]
    pub peer: Option<u8>,
    /// Share of the requests answered so, each independently of the others, more than 0 and at most 1. Default: 1.
    #[serde(default = "all")]
    pub share: PositiveShare,
}

/// Part of the network is cut off: what is sent from one side to the other vanishes, and nobody is told. Either clients are
/// cut off from the edge (`networks`), or gateways from a service (`station`): then a request waits for the gateway's timer
/// (504) while nothing works on it, and what the service does of the requests that had reached it is done, but its answers
/// never arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The network classes that are cut off from the edge, by name. Default: null, none.
    #[serde(default)]
    pub networks: Option<Vec<String>>,
    /// The service that is cut off. Default: null, none.
    #[serde(default)]
    pub station: Option<Service>,
    /// Which of the gateways, counted from 0, is cut off from the service. Default: null, all of them.
    #[serde(default)]
    pub gateway: Option<u8>,
}

/// The waiting room's session store is lost and cannot be reached: while it lasts, whatever the waiting room answers is a
/// 500, and it comes back empty. Places in line and turns are gone, and nobody is told: the next answer says so, and whoever
/// joins again does so at the back. The stock is kept elsewhere: seats held stay held until their deadline, and payments
/// under way finish.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionStoreWiped {
    /// The share of sessions whose state is lost, drawn for each, more than 0 to 1: one shard of several. Default: 1.
    #[serde(default = "all")]
    pub share: PositiveShare,
}

/// Messages between the parts of the backend are lost behind the gateway, which has accepted them: whoever sent one takes
/// it for done. Lost goodbyes are the lost exit messages of a waiting room that counts them: the slot stays taken until the
/// turn ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LostMessages {
    /// Which messages.
    #[schemars(length(min = 1))]
    pub messages: Vec<Lossy>,
    /// The share of them that is lost, more than 0 to 1. Default: 1.
    #[serde(default = "all")]
    pub share: PositiveShare,
}

/// A message between parts of the backend that may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lossy {
    /// Somebody has left: the slot inside stays taken.
    Goodbyes,
    /// A page is still open: whoever is inside may be dropped.
    Heartbeats,
    /// The payment provider's result: the money is taken (or not), and the shop does not know.
    PaymentResults,
}

/// A waiting room's budget that is shared by several edge locations goes stale: while it lasts, each of them knows only
/// what was taken when it began, and its own admissions; so each may spend the whole of what was left. Afterwards nobody
/// enters until fewer are active than the limit. Cloudflare needs about two minutes to spread a change between its data
/// centres, and warns of the overshoot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaleBudget {
    /// How many locations share the budget, 2 to 1,000; the crowd is spread over them evenly.
    pub locations: Count<u32, 2, 1000>,
}

/// A gateway's clock jumps, and is right again afterwards. By its own clock a gateway tells whether a join came before the
/// opening, and whether the token of a turn is still valid: one that is ahead sends punctual people to the back, and takes
/// turns for ended that are not; one that is behind lets late people into the draw. A turn that the waiting room has
/// ended is refused whatever the clock says. Exactly one of `ahead` and `behind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockSkew {
    /// Which of the gateways, counted from 0. Default: null, all of them.
    #[serde(default)]
    pub gateway: Option<u8>,
    /// So much later than it is, more than 0. Default: null.
    #[serde(default)]
    pub ahead: Option<Positive<Span>>,
    /// So much earlier than it is, more than 0. Default: null.
    #[serde(default)]
    pub behind: Option<Positive<Span>>,
}

fn once() -> Positive<f64> {
    Positive::<f64>::of(1.0)
}

fn all() -> PositiveShare {
    PositiveShare::ALL
}
