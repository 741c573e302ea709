//! The people who run the sale: what they see of it, when they act, and what they do. What they announce, and how
//! the crowd takes it, is in `announcement.rs`.

use super::announcement::Announce;
use super::services::Service;
use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::quantity::{Count, Positive, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most rules of an operator: their numbers in the record are bytes.
pub const RULES_MAX: usize = 255;

/// What the operator sees: figures that gateways, waiting room, stations and stock keep of themselves, as a dashboard
/// shows them. Kept only where a rule needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// How often the figures are read, counted from time 0, more than 0; shares are over the time since the last
    /// reading. Default: "10s".
    pub interval: Positive<Span>,
    /// How old a figure is when somebody acts on it. Default: "20s"; with the interval that is 20 to 30 s, where
    /// Cloudflare says that its dashboard is 20 to 50 s behind.
    pub delay: Span,
}

impl Default for Telemetry {
    fn default() -> Telemetry {
        Telemetry { interval: Positive::from_secs(10), delay: Span::from_secs(20) }
    }
}

/// What the operator does at one occasion. Nobody acts from the horizon on. Rules that act at the same instant do so
/// in the order in which they are written, after the opening or the close of the same instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name, 1 to 64 characters, unique: other rules and reports refer to it. Default: null, reports call it by
    /// its number.
    #[serde(default)]
    #[schemars(length(min = 1, max = 64))]
    pub name: Option<String>,
    /// When it acts.
    pub trigger: Trigger,
    /// What is done, one after the other at the same instant: 1 to 64 actions.
    #[schemars(length(min = 1, max = 64))]
    pub actions: Vec<Action>,
}

/// When a rule acts: one key that names the occasion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// At an instant, counted from time 0.
    At(Span),
    /// When a figure has been beyond a bound for some time.
    When(When),
    /// Some time after another rule has acted, each time that it does.
    After(After),
}

/// When a figure has been beyond a bound for some time. It is watched only while the rule's first action would change
/// something: a rule that begins with `resume` while the sale is paused, one that begins with `pause` while it is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The figure and its bound.
    pub signal: Signal,
    /// How long every reading must have been beyond the bound, counted from the first one that was. Default: "30s",
    /// an assumption; "0s" acts on one reading.
    #[serde(rename = "for", default = "default_lasting")]
    pub lasting: Span,
    /// Readings before this instant, counted from time 0, do not count. Default: null, all count.
    #[serde(default)]
    pub not_before: Option<Span>,
    /// How often the rule acts at most, 1 to 100; after each time the figure must last anew. Default: 1.
    #[serde(default = "once")]
    pub times: Count<u8, 1, 100>,
}

/// Some time after another rule has acted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// The name of the other rule.
    pub rule: String,
    /// How much later.
    pub delay: Span,
}

/// A figure of the dashboard, and the bound beyond which it calls for action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The share of the gateways' replies since the last reading that were 5xx. What the operator's own pause refuses
    /// is no error; connections that end without a reply are in no log. No reply at all is beyond no bound.
    ErrorRate(ShareBound),
    /// How slow the gateways' replies were, counted from the acceptance of their requests.
    Latency(Latency),
    /// The share of all seats that is sold.
    SoldShare(ShareBound),
    /// How many seats are sold.
    Sold(CountBound),
    /// How many seats are not sold, those held included.
    Left(CountBound),
    /// How many requests wait at a service.
    Queue(Queue),
    /// How many sessions are in line, the lounge before the opening included.
    InLine(CountBound),
}

/// How slow the gateways' replies were since the last reading. No reply at all is beyond no bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// A reply is slow if it left its gateway longer than this after its request was accepted; more than 0.
    pub slower_than: Positive<Span>,
    /// The bound on the share of slow replies. Default: {"above": 0.05}, the 95th percentile is slower.
    #[serde(default = "one_in_twenty")]
    pub share: ShareBound,
}

/// How many requests wait at a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The service: one declared under `services`.
    pub station: Service,
    /// The bound on how many wait, at all its peers together; those being served do not.
    pub length: CountBound,
}

/// A bound on a share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShareBound {
    /// More than this share, 0 to 1.
    Above(Share),
    /// Less than this share, 0 to 1.
    Below(Share),
}

/// A bound on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountBound {
    /// More than this.
    Above(u32),
    /// Less than this.
    Below(u32),
}

/// One thing that is done: one key that names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Pauses the sale: no turns are issued, places are kept, the clocks of turns and graces stand still and no
    /// allowance accrues. Holds and patience run on, joins are accepted, payments under way finish.
    Pause(Pause),
    /// Lets a paused sale go on: turns end later by the time it was paused.
    Resume(Plain),
    /// Changes how many are let in.
    SetOutflow(SetOutflow),
    /// Lets nobody new into the line: a join that reaches the edge from then on, of a session without a place, is told
    /// so, finally. One that was accepted before and is still being verified gets its place.
    CloseToNewcomers(Plain),
    /// Lets newcomers into the line again, after it was closed to them.
    OpenToNewcomers(Plain),
    /// Announces something.
    Announce(Announce),
    /// Decides about the orders of an interval in which the sale was not fair.
    SettleOrders(SettleOrders),
}

/// Decides about the orders that were placed while the sale was not fair: some could buy, and others could not because
/// something had broken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleOrders {
    /// Where the interval begins, counted from time 0. Default: null, the beginning of the first fault; without any, the
    /// opening.
    #[serde(default)]
    pub from: Option<Span>,
    /// Where it ends, counted from time 0, itself not included. Default: null, the beginning of the first pause
    /// from then on, which `sale.unfair_interval.sold` counts to as well; without any, the instant of this action.
    #[serde(default)]
    pub until: Option<Span>,
    /// What becomes of the orders.
    pub orders: Orders,
}

/// What becomes of orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Orders {
    /// They stand: tickets sold stay valid (Paris, 2023).
    Honor(Plain),
    /// They are cancelled, the money goes back and the seats are for sale again (Taipei, 2016: the whole sale was cancelled
    /// and started again in the afternoon). A line that was told that all is sold stays closed.
    Cancel(Cancel),
}

/// Cancels orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cancel {
    /// How long it takes until a buyer is told; null: they are never told, and believe that they have tickets. Default: "10m",
    /// an assumption: a mail.
    pub told_after: Option<Sampler>,
}

impl Default for Cancel {
    fn default() -> Cancel {
        Cancel { told_after: Some(Sampler::new(&Distribution::Constant(Span::from_secs(600)))) }
    }
}

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plain {}

/// Pauses the sale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pause {
    /// What those inside meet when they ask for seat map, hold, checkout or payment. Default: "refuse". Queue-it's
    /// paused queue only stops letting people in: "serve".
    pub inside: Inside,
}

/// What those inside meet while the sale is paused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Inside {
    /// 503: the sale is paused. Such a request uses no turn; whoever has bought is told so as ever.
    #[default]
    Refuse,
    /// They go on as if nothing had happened, while the clocks of their turns stand still.
    Serve,
}

/// Changes how many are let in, by the waiting room's own two budgets. Before the opening it changes what they open
/// with; while the sale is paused, what they resume with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SetOutflow {
    /// How many turns a minute. Default: "unchanged".
    pub new_per_minute: Limit,
    /// How many may be active at a time. Nobody is sent away: with more than that inside, nobody enters until fewer
    /// are. Default: "unchanged".
    pub total_active: Limit,
}

/// What becomes of one budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// It stays as it is.
    #[default]
    Unchanged,
    /// Any number from now on.
    Unlimited,
    /// This many from now on, 1 or more; to let in nobody, pause.
    AtMost(Count<u32, 1>),
}

impl Limit {
    /// What was `so_far`, after the change.
    pub fn applied_to(self, so_far: Option<u32>) -> Option<u32> {
        match self {
            Limit::Unchanged => so_far,
            Limit::Unlimited => None,
            Limit::AtMost(most) => Some(most.get()),
        }
    }
}

fn default_lasting() -> Span {
    Span::from_secs(30)
}

fn once() -> Count<u8, 1, 100> {
    Count::of(1)
}

fn one_in_twenty() -> ShareBound {
    ShareBound::Above(Share::of(0.05))
}
