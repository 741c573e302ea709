//! What a gateway refuses: overload controls.
//!
//! A control sees each request before the gateway sends it on, and each reply (or abort) of those it let through, and
//! decides about the next one. It knows what a real gateway can know: the instant, what is asked for and by whom, how many
//! requests are in flight, how long answers take. It answers nobody itself; the gateway (`model::backend::edge`) executes. Each
//! gateway has a control of its own.
//!
//! To add a control, write one file like `fixed_limit.rs` - `Config` with documented keys, the control, its unit tests -
//! and add `mod x;` and one line to the registry below: scenario key, schema and listing follow.

mod adaptive_throttling;
mod admission_control;
mod aimd;
mod fixed_limit;
mod gradient2;
mod limits;
mod priority_shedding;
mod rolling_counts;

use crate::engine::time::{Span, Time};
use crate::protocol::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

registry! {
    /// Which overload control decides what a gateway refuses.
    Config:
    /// So many requests in flight, and no more.
    FixedLimit => fixed_limit, "fixed_limit";
    /// A limit of requests in flight that grows by one while all is well, and shrinks by a share when it is not.
    Aimd => aimd, "aimd";
    /// A limit of requests in flight that shrinks when answers take longer than they used to.
    Gradient2 => gradient2, "gradient2";
    /// Refuses at random, the more the fewer requests the backend accepts.
    AdaptiveThrottling => adaptive_throttling, "adaptive_throttling";
    /// Refuses at random, the more the further the share of successes falls below a threshold.
    AdmissionControl => admission_control, "admission_control";
    /// Refuses the least important kinds and persons first, and a person always or never.
    PriorityShedding => priority_shedding, "priority_shedding";
}

/// What is wrong with a setting: (key, problem, remedy).
pub type Mistake = (&'static str, String, String);

impl Config {
    /// A control that has seen nothing yet.
    pub fn build(&self) -> Box<dyn Control> {
        self.factory().build()
    }

    /// What is wrong with its settings.
    pub fn problems(&self) -> Vec<Mistake> {
        self.factory().problems()
    }
}

/// What every control's `Config` does: it is the control's factory, and knows what settings make sense.
trait Build {
    /// A control that has seen nothing yet.
    fn build(&self) -> Box<dyn Control>;

    /// What is wrong with the settings.
    fn problems(&self) -> Vec<Mistake>;
}

/// A request that stands before a gateway.
#[derive(Clone, Copy, Debug)]
pub struct RequestInfo {
    /// When.
    pub now: Time,
    /// What it asks for.
    pub kind: Kind,
    /// A stable hash of the account that asks.
    pub user: u64,
    /// Requests in flight behind the gateway, this one not included.
    pub in_flight: u32,
    /// The request's own draw, between 0 and 1.
    pub luck: f64,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It goes on.
    Admit,
    /// It is refused.
    Refuse,
}

impl Decision {
    /// Admitted if this holds.
    const fn admit_if(holds: bool) -> Decision {
        if holds { Decision::Admit } else { Decision::Refuse }
    }
}

/// What became of a request that was let through.
#[derive(Clone, Copy, Debug)]
pub struct Completion {
    /// When it was known.
    pub now: Time,
    /// How it ended.
    pub outcome: Outcome,
    /// How long after it was let through.
    pub latency: Span,
    /// How long it had waited in a service's queue before it was served; `None` where no service has begun it.
    pub queued: Option<Span>,
    /// Requests in flight behind the gateway, this one not included.
    pub in_flight: u32,
}

/// How a request ended that was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered, with any status below 500.
    Served,
    /// The backend refused it as too busy (503).
    Refused,
    /// It failed: any other status from 500 on.
    Failed,
    /// Its client went away first: that says nothing of the backend.
    Abandoned,
}

/// What a gateway refuses.
pub trait Control {
    /// A request stands before the gateway: does it go on?
    fn on_request(&mut self, request: &RequestInfo) -> Decision;

    /// A request that was let through has ended.
    fn on_completion(&mut self, completion: &Completion);
}

/// What the unit tests of several controls need.
#[cfg(test)]
mod samples {
    use super::{Completion, Outcome, RequestInfo};
    use crate::engine::time::{Span, Time};
    use crate::protocol::Kind;

    pub fn request(ms: u64, in_flight: u32) -> RequestInfo {
        RequestInfo { now: Time::from_us(ms * 1000), kind: Kind::Hold, user: 7, in_flight, luck: 0.5 }
    }

    pub fn completion(ms: u64, outcome: Outcome, latency_ms: u64, in_flight: u32) -> Completion {
        Completion {
            now: Time::from_us(ms * 1000),
            outcome,
            latency: Span::from_ms(latency_ms),
            queued: Some(Span::ZERO),
            in_flight,
        }
    }
}
