//! The gateways, ready to run.

pub use super::super::edge::{Balancing, Refusal};
use super::{AutoscalePlan, UpstreamPlan};
use crate::engine::time::Span;
use crate::overload;
use crate::protocol::Cors;

/// The edge, ready to run: so many gateways, all alike.
#[derive(Clone, Debug)]
pub struct EdgePlan {
    /// How many gateways there are at most, 1..=255.
    pub gateways: u8,
    /// How many of them serve at the beginning, the first ones.
    pub serving: u8,
    /// How that number follows the load; `None`: it stays.
    pub autoscale: Option<AutoscalePlan>,
    /// How requests are spread over them.
    pub balancing: Balancing,
    /// Requests in flight through one gateway beyond which it answers 503, or lets them wait; `None`: no limit.
    pub concurrency: Option<u32>,
    /// Connections that may wait at a gateway over its limit: what the accept queue really holds; `None`: there is none.
    pub accept_queue: Option<u32>,
    /// How long after the first SYN a client's TCP repeats it.
    pub syn_retries: &'static [Span],
    /// Requests in flight through one gateway beyond which it closes connections without a reply; `None`: no cap.
    pub in_flight_cap: Option<u32>,
    /// The limit of requests from one address; `None`: none.
    pub rate_limit: Option<RateLimitPlan>,
    /// How many addresses there are over all cohorts.
    pub addresses: u32,
    /// How many accounts there are over all cohorts.
    pub accounts: u32,
    /// The limit of requests from one account; `None`: none.
    pub account_limit: Option<AccountLimitPlan>,
    /// The overload control of each gateway; `None`: none.
    pub overload: Option<overload::Config>,
    /// How a gateway refuses by its own limits.
    pub refusal: Refusal,
    /// The wait that goes with a gateway's own 429 and 503.
    pub retry_after: Option<Span>,
    /// A script can read it.
    pub expose_retry_after: bool,
    /// How long the balancer takes to leave a gateway out that is down; `None`: it never does.
    pub health_check: Option<Span>,
    /// The upstream timer: 504 after it; `None`: none.
    pub upstream_timeout: Option<Span>,
    /// What a gateway makes of the peers of a station.
    pub upstream: UpstreamPlan,
    /// Which replies carry CORS headers.
    pub cors: Cors,
}

impl EdgePlan {
    /// A gateway has something to check before it accepts a request.
    pub const fn has_door(&self) -> bool {
        self.accept_queue.is_some()
            || self.in_flight_cap.is_some()
            || self.rate_limit.is_some()
            || self.account_limit.is_some()
            || self.overload.is_some()
    }
}

/// A limit of requests from one address, ready to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitPlan {
    /// Thousandths of a request a second, at least 1.
    pub rate: u64,
    /// How many more may come at once.
    pub burst: u32,
    /// Requests of the burst pass at once instead of being delayed.
    pub nodelay: bool,
}

/// A limit of requests from one account, ready to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountLimitPlan {
    /// The limit itself.
    pub limit: RateLimitPlan,
    /// When an account is locked; `None`: never.
    pub lock: Option<LockPlan>,
}

/// When an account is locked, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockPlan {
    /// After so many refusals, at least 1.
    pub after: u32,
    /// For how long; `None`: for good.
    pub lasts: Option<Span>,
    /// The answer says so.
    pub notice: bool,
}
