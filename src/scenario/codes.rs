//! Access codes: who was sent one, who guesses, and after how many wrong tries nobody is listened to any more.

use crate::engine::time::Span;
use crate::quantity::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Every person but those who guess was sent a code of their own, and each join carries one (Ticketmaster's Verified Fan).
/// A code lets in the person who uses it first, and nobody else: whoever guesses one burns it for its owner. Whoever
/// guesses tries codes at random, each as likely as any other, without memory: what a botnet without a common list does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// How many codes there could be, at least as many as were sent, up to 2^53: eight letters or digits are 36^8, about
    /// 2.8e12.
    pub space: Count<u64, 1, 9_007_199_254_740_992>,
    /// What wrong tries lead to. Default: null, nothing.
    #[serde(default)]
    pub lockout: Option<Lockout>,
}

/// After so many wrong tries no join is listened to any more, whatever code it carries; the answer is that of a wrong code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lockout {
    /// Whose tries are counted.
    pub per: Subject,
    /// So many, 1 or more. Default: 100, the most that NIST allows in a row (SP 800-63B, 5.2.2).
    #[serde(default = "hundred")]
    pub after: Count<u32, 1>,
    /// For how long, more than 0; then they are counted anew. Default: null, for good.
    #[serde(default)]
    pub r#for: Option<Positive<Span>>,
}

/// Whose wrong tries are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Those for one code, of which a part is public, such as an e-mail address: a wrong try aims at one of the codes that
    /// were sent, each as likely as any other. Its owner is locked out with it.
    Code,
    /// Those from one address.
    Address,
    /// Those of one account.
    Account,
}

fn hundred() -> Count<u32, 1> {
    Count::of(100)
}
