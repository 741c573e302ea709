//! The stock and the payment provider, ready to run.

pub use super::super::inventory::{
    Choice, Concurrency, DeadlineWhilePaying, Front, Optimistic, PickASeat, PreDeduct, Selection, Serialised,
    Sharded, Unsafe,
};
pub use super::super::payment::{Idempotency, InFlight, Keeps, Late};
use crate::engine::sample::Sampler;
use crate::engine::time::Span;

/// The stock, ready to run. Its bands are in the roster.
#[derive(Clone, Debug)]
pub struct InventoryPlan {
    /// A hold ends so long after it was taken.
    pub hold: Span,
    /// From its first payment on it ends so long after that instead; `None`: its deadline stays.
    pub hold_when_paying: Option<Span>,
    /// Whoever has no seats so long after coming into the shop, or after losing them, is put out; `None`: nobody.
    pub choose_within: Option<Span>,
    /// Whoever has not bought so long after coming into the shop is put out; `None`: nobody.
    pub buy_within: Option<Span>,
    /// What becomes of a hold whose deadline passes while a payment for it is under way.
    pub deadline_while_paying: DeadlineWhilePaying,
    /// What a hold request is told when no seat is free while some are held.
    pub when_none_free: WhenNoneFree,
    /// How hold requests that come at once are kept from taking the same seat.
    pub concurrency: Concurrency,
    /// Who says which seats a hold is of.
    pub selection: Selection,
    /// A hold request after the sell-out is refused before its service, at no cost.
    pub cheap_refusal: bool,
}

/// What a hold request is told when no seat is free while some are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenNoneFree {
    /// Sold out, finally.
    Refuse,
    /// Nothing until a seat comes back or all are sold; the request stays open at no server's cost.
    Wait,
    /// Ask again after this.
    Retry(Span),
}

/// The payment provider, ready to run.
#[derive(Clone, Debug)]
pub struct PaymentPlan {
    /// How long the provider takes.
    pub delay: Sampler,
    /// Share of cards declined, 0..=1.
    pub decline: f64,
    /// Share of the provider's replies that never reach the shop, 0..=1.
    pub lost_reply: f64,
    /// Share of payments at which the provider fails by itself, 0..=1.
    pub error: f64,
    /// The shop's own timer on the provider: after it the payment counts as unknown.
    pub timeout: Span,
    /// How much the provider can do at a time; `None`: whatever comes.
    pub capacity: Option<CapacityPlan>,
    /// The bank of some wants a proof.
    pub challenge: Option<ChallengePlan>,
    /// What the provider does with a payment whose key it knows; `None`: there are no keys.
    pub idempotency: Option<Idempotency>,
    /// What the shop does when the money was taken for seats that are held no longer.
    pub late: Late,
    /// Some orders are reserved and never paid.
    pub unpaid: Option<UnpaidPlan>,
}

/// How much the provider can do at a time.
#[derive(Clone, Copy, Debug)]
pub struct CapacityPlan {
    /// So many payments at a time, 1 or more.
    pub at_once: u32,
    /// So many more wait; `None`: any number.
    pub queue: Option<u32>,
}

/// The bank wants a proof.
#[derive(Clone, Debug)]
pub struct ChallengePlan {
    /// Share of persons who are asked, 0..=1.
    pub share: f64,
    /// How long the proof takes.
    pub time: Sampler,
    /// Share of those asked who give up after that time, 0..=1.
    pub abandon: f64,
}

/// Orders that are reserved and never paid.
#[derive(Clone, Copy, Debug)]
pub struct UnpaidPlan {
    /// Share of persons who do so, 0..=1.
    pub share: f64,
    /// Their seats come back so long after the order.
    pub after: Span,
}
