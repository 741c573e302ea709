//! What a client does next: the behaviors of a page or app, and of the person in front of it.
//!
//! A behavior is stateless: it sees what was heard and how often it has failed, and decides when to ask
//! again, or to stop. It sends nothing; `model::people` carries it out.
//!
//! To add a behavior, write one file like `polling_page.rs` - `Config` with documented keys, the decision,
//! its unit tests - and add `mod x;` and one line to the registry below.

mod backoff;
mod bot;
mod breaker;
mod budget;
mod clock_watcher;
mod polling_page;
mod refresher;

use crate::engine::random::Stream;
use crate::engine::sample::Sampler;
use crate::engine::time::{Span, Time};
use crate::protocol::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

registry! {
    /// What a client does when it must wait, and when an attempt fails.
    Config:
    /// A page that asks again at an interval, after news and after failures alike.
    PollingPage => polling_page, "polling_page";
    /// A client that waits longer after each failure, and may stop.
    Backoff => backoff, "backoff";
    /// A person who reloads the page again and again.
    Refresher => refresher, "refresher";
    /// A program that asks at a rate of its own, whatever it is told.
    Bot => bot, "bot";
    /// Somebody who asks again at chosen instants, such as the full minute.
    ClockWatcher => clock_watcher, "clock_watcher";
}

pub use breaker::{Breaker, BreakerState, Stops};
pub use budget::{Balance, Bucket, Budget, Window};

impl Config {
    /// The behavior of one cohort.
    pub fn build(&self) -> Box<dyn Behavior> {
        self.factory().build()
    }

    /// What is wrong with its settings: (key, problem, remedy).
    pub fn problems(&self) -> Vec<(&'static str, String, String)> {
        self.factory().problems()
    }
}

/// What every behavior's `Config` says of itself.
trait Settings {
    /// What is wrong with the settings: (key, problem, remedy).
    fn problems(&self) -> Vec<(&'static str, String, String)>;
}

/// A behavior is stateless: its settings are the behavior.
trait Build: Settings {
    fn build(&self) -> Box<dyn Behavior>;
}

impl<B: Behavior + Settings + Clone + 'static> Build for B {
    fn build(&self) -> Box<dyn Behavior> {
        Box::new(self.clone())
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::PollingPage(polling_page::Config::default())
    }
}

/// What the client just heard, as far as it can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A readable answer that says: not now, ask again (still in line, not open yet, none free).
    NotYet,
    /// The attempt failed.
    Failed(Failure),
}

/// How an attempt failed, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Nothing came until the client's own timeout.
    Timeout,
    /// A network error with no status to read (an error reply without CORS headers).
    Opaque,
    /// A readable 503.
    #[serde(rename = "503")]
    Unavailable,
    /// A readable 504.
    #[serde(rename = "504")]
    GatewayTimeout,
    /// A readable 429.
    #[serde(rename = "429")]
    RateLimited,
    /// A readable 502.
    #[serde(rename = "502")]
    BadGateway,
    /// A navigation whose connection was reset, or closed without a reply.
    Reset,
    /// A readable 500.
    #[serde(rename = "500")]
    ServerError,
    /// The request was never sent: the circuit breaker of its program was open.
    BreakerOpen,
}

impl Failure {
    /// The failures that a client tries again after unless it is told otherwise: a 500 says that asking again is no
    /// remedy.
    pub const USUALLY_RETRIED: [Failure; 8] = [
        Failure::Timeout,
        Failure::Opaque,
        Failure::Unavailable,
        Failure::GatewayTimeout,
        Failure::RateLimited,
        Failure::BadGateway,
        Failure::Reset,
        Failure::BreakerOpen,
    ];
}

/// What a behavior may look at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// What was just heard.
    pub heard: Heard,
    /// What had been asked.
    pub kind: Kind,
    /// Failures in a row, this one included; 0 after an answer.
    pub failures: u32,
    /// The instant of the decision.
    pub at: Time,
    /// When the sale opens.
    pub opens_at: Time,
    /// The interval that the system asks for.
    pub interval: Span,
    /// Spread of that interval: it is multiplied by 1 - spread to 1 + spread.
    pub spread: f64,
    /// The wait that the reply asked for (Retry-After), where it did.
    pub retry_after: Option<Span>,
    /// This decision's own luck, uniform in (0, 1).
    pub luck: f64,
    /// The luck of the decisions before it in this run of failures.
    pub earlier: Earlier,
}

impl View {
    /// How long a page waits that asks at the interval of the system.
    pub fn interval_asked(&self) -> Span {
        jittered(self.interval, self.spread, self.luck)
    }

    /// A wait drawn from a distribution by this decision's own luck.
    fn drawn_from(&self, sampler: &Sampler) -> Span {
        sampler.sample(self.earlier.stream, self.earlier.now)
    }

    /// A wait that is at least as long as the reply asked for.
    fn as_asked(&self, wait: Span) -> Span {
        self.retry_after.map_or(wait, |asked| wait.max(asked))
    }
}

/// The luck of earlier decisions, so that a behavior without memory can work out what it decided then. Nothing is
/// drawn until it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Earlier {
    stream: Stream,
    now: u64,
}

impl Earlier {
    /// Before the decision whose luck is number `now` of `stream`: in a run of failures the numbers follow on each
    /// other.
    pub fn new(stream: Stream, now: u64) -> Earlier {
        Earlier { stream, now }
    }

    /// The luck of the decision after the failure `ago` failures before this one, uniform in (0, 1); `ago` is less
    /// than [`View::failures`].
    pub fn luck(self, ago: u32) -> f64 {
        self.stream.unit(self.now - u64::from(ago))
    }

    /// For tests of behaviors that do not look back.
    #[cfg(test)]
    fn of_nobody() -> Earlier {
        Earlier::new(Stream::new(crate::engine::random::Key::from_words(0, 0), 0), 0)
    }
}

/// What the client does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask again after this wait.
    AskAfter(Span),
    /// Open the page anew after this wait, and begin from there.
    ReloadAfter(Span),
    /// Stop for good.
    Stop,
}

/// A program that asks at a rate of its own, whether or not it was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLoop {
    /// From one request to the next.
    pub period: Span,
    /// Most requests in flight at a time; `None`: as many as come of the rate.
    pub in_flight: Option<u32>,
}

/// What a client does next. Stateless: the same view gives the same answer.
pub trait Behavior {
    /// The rate of its own at which it asks, if it has one; otherwise it asks again once it has heard.
    fn open_loop(&self) -> Option<OpenLoop> {
        None
    }

    /// Decides after news that is not final, or after a failure.
    fn next(&self, view: &View) -> Next;
}

/// `span` times a factor from 1 - spread to 1 + spread, by luck.
fn jittered(span: Span, spread: f64, luck: f64) -> Span {
    span.scaled(1.0 + spread * (2.0 * luck - 1.0))
}
