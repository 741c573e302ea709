//! What the programs through which a cohort calls do about their own retries.

use crate::behavior::{Breaker, Budget, Stops};
use crate::engine::time::Span;
use crate::protocol::{Possibility, Possible};
use crate::quantity::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The programs through which a cohort calls, and what they do about retries. The behavior says when a client would try
/// again; the program says whether it may. A program knows of an attempt's end when its fate is drawn, at most one
/// network delay early.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Caller {
    /// Through so many programs all sessions of the cohort call, person after person in turn, 1 or more: the proxies of
    /// an app, a partner's servers. One budget and one breaker each. Null: every session is a program of its own, as
    /// a page or an app on a phone is. Default: null.
    pub programs: Option<Count<u32, 1>>,
    /// What may be spent on retries. Default: null, there is no limit. Polls for news that is not final are no retries.
    pub retry_budget: Option<Budget>,
    /// When a program stops asking because too much fails. Default: null, never.
    pub circuit_breaker: Option<Breaker>,
    /// After an error that may not be retried the person asks again by hand, so long afterwards, which is a first try
    /// again; more than 0. Default: null, the client stops as when its attempts are used up.
    pub ask_again_after: Option<Positive<Span>>,
}

impl Caller {
    /// What the programs make possible.
    pub fn possible(&self) -> Possible {
        Possibility::RetryDenied.when(self.denies_retries())
            | Possibility::FailedFast.when(self.stops_requests())
    }

    /// A retry can be denied.
    pub fn denies_retries(&self) -> bool {
        self.retry_budget.is_some()
            || self.circuit_breaker.is_some_and(|breaker| breaker.stops == Stops::Retries)
    }

    /// A request can be stopped before it is sent.
    pub fn stops_requests(&self) -> bool {
        self.circuit_breaker.is_some_and(|breaker| breaker.stops == Stops::Requests)
    }
}
