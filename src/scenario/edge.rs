//! The gateways in front of everything, all alike.

use super::autoscale::Autoscale;
use super::upstream::Upstream;
use super::yes;
use crate::engine::time::Span;
use crate::overload;
use crate::quantity::{Count, Positive, decimals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Bound::{Included, Unbounded};

/// The gateways in front of everything, all alike; requests are spread over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Edge {
    /// How many gateways, 1 to 255. Default: 1.
    pub gateways: Count<u8, 1>,
    /// How their number follows the load; `gateways` is what the sale begins with. A session that keeps its gateway
    /// (`balancing` "sticky") keeps it as long as that serves, so new gateways get new sessions only. Faults break places: a
    /// gateway that does not serve has nothing to lose, and one that is added while a fault of its number lasts is down.
    /// Default: null, it stays.
    pub autoscale: Option<Autoscale>,
    /// How requests are spread over the gateways. Default: "sticky".
    pub balancing: Balancing,
    /// Requests in flight through one gateway beyond which it answers 503 (or lets them wait in its `backlog`), 1 or
    /// more; null: no limit. Default: null.
    pub concurrency: Option<Count<u32, 1>>,
    /// A gateway at its `concurrency` lets connections wait in its accept queue instead of answering 503: this many
    /// and one more, 0 or more. Beyond it the SYN vanishes silently, nothing is logged, and the client's TCP tries
    /// again by itself. Null: no accept queue. Default: null (nginx listens with 511).
    pub backlog: Option<u32>,
    /// When a client's TCP repeats a SYN that was dropped. Default: "linear".
    pub syn_retries: SynRetries,
    /// Connections of one gateway, 2 or more; a proxied request takes two, so half of them can be in flight. Whoever
    /// comes beyond is cut off without a reply and without a line in the log. Null: no cap. Default: null (nginx
    /// `worker_connections` has 512).
    pub connections: Option<Count<u32, 2>>,
    /// A limit of requests from one address. Default: null, none.
    pub rate_limit: Option<RateLimit>,
    /// A limit of requests from one account, whatever its tabs, devices and addresses; beyond it 429 is answered. Default:
    /// null, none.
    pub account_limit: Option<AccountLimit>,
    /// The overload control of each gateway: what it refuses with 503 before it sends anything on. It sees what the rate
    /// limits let pass. Default: null, none.
    pub overload: Option<overload::Config>,
    /// How a gateway refuses by its own limits (`concurrency`, `rate_limit`,
    /// `account_limit`, `overload`). Default: "explicit".
    pub refusal: Refusal,
    /// The wait that goes with the gateways' own 429 and 503 (Retry-After), more than 0. Default: null, none is named.
    pub retry_after: Option<Positive<Span>>,
    /// How long the balancer takes to see that a gateway is down, and to leave it out; null: never. Default: "60s" (two
    /// failed checks at the 30 s of an AWS target group).
    pub health_check: Option<Span>,
    /// A gateway waits so long for the answer of a service, then answers 504 while the work goes on; more than 0;
    /// null: for ever. Default: "60s" (nginx `proxy_read_timeout`; AWS API Gateway has 29 s, `CloudFront` 30 s).
    pub upstream_timeout: Option<Positive<Span>>,
    /// What a gateway makes of the peers of a service, where one has several.
    pub upstream: Upstream,
    /// Which replies carry the CORS headers without which a script cannot read a status, by emitter and status.
    pub cors: CorsHeaders,
}

impl Default for Edge {
    fn default() -> Edge {
        Edge {
            gateways: Count::of(1),
            autoscale: None,
            balancing: Balancing::default(),
            concurrency: None,
            backlog: None,
            syn_retries: SynRetries::default(),
            connections: None,
            rate_limit: None,
            account_limit: None,
            overload: None,
            refusal: Refusal::default(),
            retry_after: None,
            health_check: Some(Span::from_secs(60)),
            upstream_timeout: Some(Positive::from_secs(60)),
            upstream: Upstream::default(),
            cors: CorsHeaders::default(),
        }
    }
}

/// How requests are spread over the gateways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Balancing {
    /// A session keeps the gateway that was drawn for it (a cookie of the balancer).
    #[default]
    Sticky,
    /// An address keeps its gateway: whoever shares the address shares the gateway.
    IpHash,
    /// One request after the other, over all gateways in turn.
    RoundRobin,
    /// To the gateway with the fewest open connections (nginx `least_conn`); among equals by lot.
    LeastLoaded,
    /// To the one of two gateways, drawn for each request, that has fewer open connections (M. Mitzenmacher, "The Power of
    /// Two Choices in Randomized Load Balancing", 2001; nginx `random two least_conn`).
    TwoChoices,
}

/// When a client's TCP repeats a SYN that was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SynRetries {
    /// After 1.02, 2.04, 3.06, 4.09, 5.11, 7.13, 11.3 and 19.5 s, as Linux since 6.5 does (measured).
    #[default]
    Linear,
    /// After 1, 3, 7, 15 and 31 s, as before.
    Exponential,
}

decimals! {
    /// Requests a second, at least 0.001: limits count in thousandths of a request.
    RequestRate: Included(0.001), Unbounded;
}

/// A limit of requests from one address: the leaky bucket of nginx `limit_req`, in whole milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests a second from one address, at least 0.001 (it counts in thousandths of a request).
    pub per_second: RequestRate,
    /// How many more may come at once, 0 to 1,000,000; beyond it 429 is answered. Default: 0 (nginx).
    #[serde(default)]
    pub burst: Count<u32, 0, 1_000_000>,
    /// Requests of the burst pass at once; otherwise each is delayed until the rate allows it. Default: false (nginx
    /// without `nodelay`).
    #[serde(default)]
    pub nodelay: bool,
}

/// A limit of requests from one account: the same leaky bucket, over all sessions of the account. What is beyond it is
/// refused, and nothing is delayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountLimit {
    /// Requests a second from one account, at least 0.001 (it counts in thousandths of a request).
    pub per_second: RequestRate,
    /// How many more may come at once, 0 to 1,000,000; beyond it 429 is answered. Default: 0 (nginx).
    #[serde(default)]
    pub burst: Count<u32, 0, 1_000_000>,
    /// What becomes of an account that is refused again and again. Default: null, nothing more.
    #[serde(default)]
    pub lock: Option<Lock>,
}

/// An account is locked: every request of it is refused. tixCraft is reported to lock accounts of people who reload by
/// hand, "for life" and without a notice (ettoday.net 3116003, February 2026).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// After so many refusals by the limit, 1 or more.
    pub after: Count<u32, 1>,
    /// For how long, more than 0; then it counts anew. Default: null, for good.
    #[serde(default)]
    pub r#for: Option<Positive<Span>>,
    /// Whether the answer says so (403 with words); otherwise it is the 429 of before. Default: false, without a notice.
    #[serde(default)]
    pub notice: bool,
}

/// How a refusal is said, or not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// With its status: 429 or 503.
    #[default]
    Explicit,
    /// The connection is closed without a reply (nginx `return 444`).
    Drop,
    /// The connection is held open without a reply until the client has had enough (a tarpit).
    HoldOpen,
}

/// Which replies carry CORS headers, by who makes them and by class of status. The default is a site whose services set
/// the headers themselves, save on the 5xx that their frameworks make, while errors made at the edge carry none, as with
/// nginx `add_header` without `always`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CorsHeaders {
    /// Errors that a gateway makes itself. Default: none of them carries the headers.
    pub gateway: GatewayCors,
    /// Replies of the waiting room. Default: 2xx and 4xx carry them.
    pub waiting_room: CorsByStatus,
    /// Replies of services and of the shop. Default: 2xx and 4xx carry them.
    pub service: CorsByStatus,
}

/// Which of the errors that a gateway makes itself carry CORS headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayCors {
    /// 429 carries them. Default: false.
    pub client_error: bool,
    /// 502, 503 and 504 carry them. Default: false: a script sees a network error without a status.
    pub server_error: bool,
    /// A script may read the wait that goes with them (`Access-Control-Expose-Headers: Retry-After`), where it can read
    /// them at all. Default: false: Retry-After is not among the headers that the Fetch standard lets a script of another
    /// origin read, and no server exposes it by itself. A page that the browser loads by itself never waits for it.
    pub expose_retry_after: bool,
}

/// Which classes of status carry CORS headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsByStatus {
    /// 2xx and 3xx carry them. Default: true.
    #[serde(default = "yes")]
    pub success: bool,
    /// 4xx carry them. Default: true.
    #[serde(default = "yes")]
    pub client_error: bool,
    /// 5xx carry them. Default: false: a script sees a network error without a status.
    #[serde(default)]
    pub server_error: bool,
}

impl Default for CorsByStatus {
    fn default() -> CorsByStatus {
        CorsByStatus { success: true, client_error: true, server_error: false }
    }
}
