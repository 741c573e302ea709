//! The stock and the payment provider, ready to run.

use crate::engine::sample::Sampler;
use crate::engine::time::Span;

/// The stock, ready to run. Its bands are in the roster.
#[derive(Clone, Debug)]
pub struct InventoryPlan {
    /// A hold ends so long after it was taken.
    pub hold: Span,
    /// What a hold request is told when no seat is free while some are held.
    pub when_none_free: WhenNoneFree,
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
    /// The shop's own timer on the provider: after it the payment counts as unknown.
    pub timeout: Span,
}
