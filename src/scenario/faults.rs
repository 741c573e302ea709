//! What breaks during an evening: each fault at a time, for a duration.

use super::services::Service;
use crate::engine::sample::Law;
use crate::engine::time::Span;
use crate::quantity::{AboveOne, Positive, PositiveShare, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that breaks for a while: when, for how long, and exactly one key that says what, such as
/// `{ "at": "12m", "for": "30s", "station_down": { "station": "checkout" } }`. Faults may overlap: factors multiply,
/// added delays add up, and losses combine as independent ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it begins, counted from time 0.
    pub at: Span,
    /// How long it lasts, more than 0.
    pub r#for: Positive<Span>,
    /// A service takes longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station_slow: Option<StationSlow>,
    /// A service cannot be reached, and loses its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station_down: Option<StationDown>,
    /// A gateway crashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_crash: Option<GatewayCrash>,
    /// The payment provider cannot be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_outage: Option<PaymentOutage>,
    /// The network loses more than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_burst: Option<LossBurst>,
    /// The network takes longer than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_burst: Option<LatencyBurst>,
    /// A service answers with errors of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_burst: Option<ErrorBurst>,
    /// Part of the network is cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// The waiting room forgets everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_store_wiped: Option<SessionStoreWiped>,
    /// Messages between the parts of the backend are lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_messages: Option<LostMessages>,
    /// The places that share the waiting room's budget do not hear of each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stale_budget: Option<StaleBudget>,
    /// A gateway's clock is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_skew: Option<ClockSkew>,
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
    pub add: Option<Law>,
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
    #[schemars(range(min = 2, max = 1000))]
    pub locations: u32,
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

/// What breaks.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// A service takes longer.
    StationSlow(&'a StationSlow),
    /// A service cannot be reached, and loses its work.
    StationDown(&'a StationDown),
    /// A gateway crashes.
    GatewayCrash(&'a GatewayCrash),
    /// The payment provider cannot be reached.
    PaymentOutage,
    /// The network loses more than usual.
    LossBurst(&'a LossBurst),
    /// The network takes longer than usual.
    LatencyBurst(&'a LatencyBurst),
    /// A service answers with errors of its own.
    ErrorBurst(&'a ErrorBurst),
    /// Part of the network is cut off.
    Partition(&'a Partition),
    /// The waiting room forgets everybody.
    SessionStoreWiped(&'a SessionStoreWiped),
    /// Messages between the parts of the backend are lost.
    LostMessages(&'a LostMessages),
    /// The places that share the waiting room's budget do not hear of each other.
    StaleBudget(&'a StaleBudget),
    /// A gateway's clock is wrong.
    ClockSkew(&'a ClockSkew),
}

impl Fault {
    /// What breaks: everything that is written, with its key; a fault that makes sense has exactly one.
    pub fn what(&self) -> Vec<(&'static str, What<'_>)> {
        let kinds = [
            self.station_slow.as_ref().map(|slow| ("station_slow", What::StationSlow(slow))),
            self.station_down.as_ref().map(|down| ("station_down", What::StationDown(down))),
            self.gateway_crash.as_ref().map(|crash| ("gateway_crash", What::GatewayCrash(crash))),
            self.payment_outage.as_ref().map(|_| ("payment_outage", What::PaymentOutage)),
            self.loss_burst.as_ref().map(|burst| ("loss_burst", What::LossBurst(burst))),
            self.latency_burst.as_ref().map(|burst| ("latency_burst", What::LatencyBurst(burst))),
            self.error_burst.as_ref().map(|burst| ("error_burst", What::ErrorBurst(burst))),
            self.partition.as_ref().map(|cut| ("partition", What::Partition(cut))),
            self.session_store_wiped
                .as_ref()
                .map(|wiped| ("session_store_wiped", What::SessionStoreWiped(wiped))),
            self.lost_messages.as_ref().map(|lost| ("lost_messages", What::LostMessages(lost))),
            self.stale_budget.as_ref().map(|stale| ("stale_budget", What::StaleBudget(stale))),
            self.clock_skew.as_ref().map(|skew| ("clock_skew", What::ClockSkew(skew))),
        ];
        kinds.into_iter().flatten().collect()
    }

    /// What breaks, in words: its key, and the service or gateway that it hits.
    pub fn name(&self) -> String {
        match self.what().first() {
            Some((key, What::StationSlow(slow))) => format!("{key} {}", slow.station.name()),
            Some((key, What::StationDown(down))) => format!("{key} {}", down.station.name()),
            Some((key, What::ErrorBurst(burst))) => format!("{key} {}", burst.station.name()),
            Some((
                key,
                What::GatewayCrash(GatewayCrash { gateway: Some(gateway) })
                | What::ClockSkew(ClockSkew { gateway: Some(gateway), .. }),
            )) => format!("{key} {gateway}"),
            Some((key, What::Partition(Partition { station: Some(station), .. }))) => {
                format!("{key} {}", station.name())
            }
            Some((key, _)) => (*key).to_owned(),
            None => String::new(),
        }
    }
}

fn once() -> Positive<f64> {
    Positive::<f64>::of(1.0)
}

fn all() -> PositiveShare {
    PositiveShare::ALL
}
