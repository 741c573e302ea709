//! What a gateway makes of the peers of a service: which it holds for down, and when it tries another.

use crate::behavior::{Bucket, Budget, Window};
use crate::engine::time::Span;
use crate::quantity::Percentage;
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
    pub retry_budget: Option<RetryBudget>,
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

/// What a gateway may spend on sending requests to another peer: one key that names the kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryBudget {
    /// A bucket of tokens that pays for retries.
    Bucket(Bucket),
    /// A share of the first tries of the last seconds.
    Window(Window),
    /// A share of the requests in flight may be retries.
    Concurrent(Concurrent),
}

/// A share of the requests in flight behind a gateway may be retries at any instant, and so many always (Envoy's circuit
/// breaker of a cluster, `retry_budget`). A request is a retry from when it is sent to another peer until it is answered;
/// what the peer before still does is not counted. The share is rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Concurrent {
    /// Percent of the requests in flight behind the gateway, the one that is to be retried included, 0 to 100. Default: 20
    /// (Envoy's `budget_percent`).
    pub budget_percent: Percentage,
    /// So many may be retries however few there are. Default: 3 (Envoy's `min_retry_concurrency`).
    pub min_retry_concurrency: u32,
}

impl Default for Concurrent {
    fn default() -> Concurrent {
        Concurrent { budget_percent: Percentage::of(20.0), min_retry_concurrency: 3 }
    }
}

impl RetryBudget {
    /// The same, where it is one that callers may have too.
    pub fn of_callers(self) -> Option<Budget> {
        match self {
            RetryBudget::Bucket(bucket) => Some(Budget::Bucket(bucket)),
            RetryBudget::Window(window) => Some(Budget::Window(window)),
            RetryBudget::Concurrent(_) => None,
        }
    }

    /// The same, where it is one of requests in flight.
    pub fn of_requests_in_flight(self) -> Option<Concurrent> {
        match self {
            RetryBudget::Concurrent(concurrent) => Some(concurrent),
            RetryBudget::Bucket(_) | RetryBudget::Window(_) => None,
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
