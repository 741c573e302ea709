//! The payment provider: a third party that takes its time, says no, asks for a proof, has too much to do, or is not
//! heard.

use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::quantity::{Count, Positive, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The payment provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Payment {
    /// How long it takes. Default: log-normal, median 1.2 s, p95 4 s. An assumption: providers publish no distribution.
    pub delay: Sampler,
    /// Share of cards declined, 0 to 1. Default: 0. About 17 % is quoted for online payments in general.
    pub decline: Share,
    /// Share of its replies that never reach the shop, 0 to 1: charged or not, nobody is told. Default: 0.
    pub lost_reply: Share,
    /// Share of payments at which it fails by itself, 0 to 1: it took the order on, and answers with a 500 (the shop:
    /// 502). Nothing is charged. Default: 0.
    pub error: Share,
    /// The shop's own timer on the provider, more than 0: after it the payment counts as unknown. Default: "30s",
    /// an assumption.
    pub timeout: Positive<Span>,
    /// How much it can do at a time. Default: null, whatever comes. At A-mei's sale in Taipei (28 December 2014) it was
    /// the bottleneck: buyers could not finish within their 10 minutes.
    pub capacity: Option<Capacity>,
    /// The bank of some wants a proof that it is really the owner of the card (3-D Secure). Default: null, nobody's.
    pub challenge: Option<Challenge>,
    /// Payments carry an idempotency key, one for each hold: what the provider does with a repeated one. Default: null,
    /// there is no key, and every payment is a new one, as without the header that Stripe and others leave to the shop
    /// (docs.stripe.com). A shop without keys cannot tell a payment that is sent again from another one. It asks the
    /// provider each time, while the first payment is under way and after its order stands, and answers what the provider
    /// says: confirmed where the money was taken once more (`sale.duplicate_charges`; nothing is sold twice, and no charge
    /// is given back), declined or an error where it was not, though the order stands.
    pub idempotency: Option<Idempotency>,
    /// What the shop does when the provider has taken the money for seats that are held no longer. Default: confirm.
    pub late: Late,
    /// Some orders are only reserved, and never paid. Default: null, none.
    pub unpaid: Option<Unpaid>,
}

/// How much the provider can do at a time. Those that come first are served first; what waits there is charged in the
/// end, whether or not the shop still waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// So many payments at a time, 1 or more; each takes its `delay`.
    pub at_once: Count<u32, 1>,
    /// So many more wait; whoever comes then is refused at once (503). Default: null, any number waits.
    #[serde(default)]
    pub queue: Option<u32>,
}

/// The bank wants a proof. The provider asks for it with its first answer to a hold's payment; whoever gives it pays
/// again, and is not asked again. The clock of the hold runs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Challenge {
    /// Share of persons who are asked, 0 to 1. Default: 0.2; where things go well, 70 to 85 % of payments pass without
    /// (docs.vortexiq.ai).
    pub share: Share,
    /// How long the proof takes. Default: log-normal, median 20 s, p95 60 s, an assumption.
    pub time: Sampler,
    /// Share of those asked who give up after that time, 0 to 1. Default: 0.1; 8 to 15 % where things go well
    /// (docs.vortexiq.ai).
    pub abandon: Share,
}

/// What the provider does with a payment whose key it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Idempotency {
    /// Which first answers it keeps, and repeats. Default: `all_replies`.
    pub keeps: Keeps,
    /// What it does while the first payment is still under way. Default: `conflict`.
    pub in_flight: InFlight,
    /// It forgets a key so long after its answer, more than 0; what comes then is charged anew. Default: "24h" (Stripe,
    /// at least; Checkout.com).
    pub kept_for: Positive<Span>,
}

/// Which first answers are kept under a key, and repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// The first status and body, whatever they are, even of a 500 (Stripe's API v1): who was declined, or met an
    /// error, meets it again with that key for ever.
    AllReplies,
    /// Only that the money was taken (Checkout.com keeps 2xx only): after anything else the payment is tried anew.
    SuccessesOnly,
}

/// What becomes of a payment whose key is that of one under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InFlight {
    /// It is refused with a 409 (Yuno, Stripe).
    Conflict,
    /// It is carried out too, and charged once more: the key is looked up before it is stored, without a lock.
    Process,
}

/// What the shop does when the provider has taken the money for seats that are held no longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Late {
    /// It passes on what the provider says: the screen confirms an order that does not exist.
    #[default]
    Confirm,
    /// It says that the seats are gone, and keeps the money until somebody complains.
    Keep,
    /// It says that the seats are gone, and gives the money back.
    Refund,
}

/// Orders that are reserved and never paid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Unpaid {
    /// Share of persons who reserve their order instead of paying it, and then never do, 0 to 1. Default: 0.02: of
    /// 150,000 tickets of Jay Chou's sale of 2024, tixCraft put 3,000 back on sale.
    pub share: Share,
    /// Their seats come back into the stock so long after the order, more than 0. Default: "3h" (the same sale).
    pub after: Positive<Span>,
}

impl Default for Payment {
    fn default() -> Payment {
        Payment {
            delay: Sampler::new(&Distribution::LogNormal {
                median: Span::from_ms(1200),
                p95: Span::from_secs(4),
            }),
            decline: Share::NONE,
            lost_reply: Share::NONE,
            error: Share::NONE,
            timeout: Positive::from_secs(30),
            capacity: None,
            challenge: None,
            idempotency: None,
            late: Late::Confirm,
            unpaid: None,
        }
    }
}

impl Default for Challenge {
    fn default() -> Challenge {
        Challenge {
            share: Share::of(0.2),
            time: Sampler::new(&Distribution::LogNormal {
                median: Span::from_secs(20),
                p95: Span::from_secs(60),
            }),
            abandon: Share::of(0.1),
        }
    }
}

impl Default for Idempotency {
    fn default() -> Idempotency {
        Idempotency {
            keeps: Keeps::AllReplies,
            in_flight: InFlight::Conflict,
            kept_for: Positive::from_secs(24 * 3600),
        }
    }
}

impl Default for Unpaid {
    fn default() -> Unpaid {
        Unpaid { share: Share::of(0.02), after: Positive::from_secs(3 * 3600) }
    }
}
