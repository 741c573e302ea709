//! What a gateway makes of the peers of a service: which it holds for down, and when it tries another.

use crate::behavior::Budget;
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a gateway makes of the peers of a service that has several, as nginx does. Each gateway knows only what it has
/// met itself; a single peer is never held for down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Upstream {
    /// After so many failures within `fail_timeout` a peer is left out; 0: never. Default: 1 (nginx). A connection that
    /// is refused or breaks off and an `upstream_timeout` always count, a status only where `next_upstream` lists it.
    pub max_fails: u32,
    /// For how long a peer is left out, in whole seconds, 1 s or more; then one request tries it. Default: "10s" (nginx).
    pub fail_timeout: Span,
    /// After which failures the request goes to another peer. Default: error and timeout (nginx).
    pub next_upstream: Vec<TryNext>,
    /// What each gateway may spend on sending requests to another peer: a first peer that is asked is a first try. Default:
    /// null, there is no limit (nginx).
    pub retry_budget: Option<Budget>,
}

impl Default for Upstream {
    fn default() -> Upstream {
        Upstream {
            max_fails: 1,
            fail_timeout: Span::from_secs(10),
            next_upstream: vec![TryNext::Error, TryNext::Timeout],
            retry_budget: None,
        }
    }
}

/// A failure after which a request goes to another peer. Once sent, a POST does not, unless `non_idempotent` is listed:
/// join, reverify, hold, pay, goodbyes and heartbeats are POSTs; the page, polls, the seat map and the checkout are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TryNext {
    /// The connection is refused, or breaks off.
    Error,
    /// No answer within `upstream_timeout`: the work on it goes on all the same, so load doubles.
    Timeout,
    /// The answer is 503: a full queue, for one.
    #[serde(rename = "http_503")]
    Unavailable,
    /// The answer is 504: the shop heard nothing of its payment provider.
    #[serde(rename = "http_504")]
    GatewayTimeout,
    /// POSTs that were sent are tried again too.
    NonIdempotent,
}

impl TryNext {
    /// The name, as scenarios write it.
    pub const fn name(self) -> &'static str {
        match self {
            TryNext::Error => "error",
            TryNext::Timeout => "timeout",
            TryNext::Unavailable => "http_503",
            TryNext::GatewayTimeout => "http_504",
            TryNext::NonIdempotent => "non_idempotent",
        }
    }
}
