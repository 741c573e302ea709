//! Whom a station serves: the disciplines of its queue.
//!
//! A discipline keeps the requests that wait and decides which is served next, and which is dropped unserved. It
//! knows what a real server can know of a request: when it came, what it asks for and of whom it is, and whether its
//! connection has been closed since.
//! It serves and answers nobody itself; the station (`model::backend::shop`) executes.
//!
//! To add a discipline, write one file like `fifo.rs` - `Config` with documented keys, the discipline, its unit
//! tests - and add `mod x;` and one line to the registry below: scenario key, schema and listing follow.

mod adaptive_lifo;
mod codel;
mod drop_expired;
mod fifo;
mod lifo;
mod priority;
mod random;

use crate::engine::random::Stream;
use crate::engine::time::{Span, Time};
use crate::protocol::{Kind, Roster, ShedReason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

registry! {
    /// Which discipline decides whom a station serves next.
    Config:
    /// First come, first served, whether or not the client still waits for the answer.
    Fifo => fifo, "fifo";
    /// First come, first served; whoever is known to have gone is dropped unserved when the turn comes.
    DropExpired => drop_expired, "drop_expired";
    /// Last come, first served; no service is interrupted.
    Lifo => lifo, "lifo";
    /// In random order: whenever a server is free, everybody who waits has the same chance.
    Random => random, "random";
    /// First come, first served while nobody waits long; else last come, first served; and a limit to every wait.
    AdaptiveLifo => adaptive_lifo, "adaptive_lifo";
    /// First come, first served; drops at the head while every wait is too long.
    Codel => codel, "codel";
    /// Classes of requests: the first class in which somebody waits is served first.
    Priority => priority, "priority";
}

pub use priority::Config as Classes;

impl Config {
    /// An empty queue under this discipline. `luck` is the machine's own, for what the discipline draws.
    pub fn build(&self, roster: &Roster, luck: Stream) -> Box<dyn Discipline> {
        self.factory().build(roster, luck)
    }

    /// What is wrong with its settings: (key, problem, remedy).
    pub fn problems(&self) -> Vec<(String, String, String)> {
        self.factory().problems()
    }

    /// It may drop a request whose client still waits, which is then refused.
    pub fn sheds(&self) -> bool {
        matches!(self, Config::AdaptiveLifo(_) | Config::Codel(_))
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::Fifo(fifo::Config::default())
    }
}

/// What every discipline's `Config` says of itself.
trait Settings {
    /// What is wrong with the settings: (key, problem, remedy). Where there are none, nothing.
    fn problems(&self) -> Vec<(String, String, String)> {
        Vec::new()
    }
}

/// What every discipline's `Config` does: it is the discipline's factory.
trait Build: Settings {
    /// An empty queue.
    fn build(&self, roster: &Roster, luck: Stream) -> Box<dyn Discipline>;
}

/// What is wrong with a wait that is borne and the interval over which it is looked at.
fn problems_of_delays(target: Span, interval: Span) -> Vec<(String, String, String)> {
    if target.is_zero() {
        let remedy = "write a positive time such as \"5ms\"".to_owned();
        return vec![("target".to_owned(), "nobody waits for no time at all".to_owned(), remedy)];
    }
    if target >= interval {
        let problem = format!("the target {target} is not shorter than the interval {interval}");
        let remedy = "make the interval longer: it was meant to be twenty times the target".to_owned();
        return vec![("target".to_owned(), problem, remedy)];
    }
    Vec::new()
}

/// A request that begins to wait, as the station knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedRequest {
    /// The request: a number that means nothing to the discipline.
    pub request: u32,
    /// What it asks for.
    pub kind: Kind,
    /// The cohort of whoever asks, by its place in the roster.
    pub cohort: usize,
}

/// What becomes of the request that was taken out of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is served.
    Serve(u32),
    /// It is dropped, unserved, at no server's time: nobody waits for the answer.
    Drop(u32),
    /// It is dropped, unserved, for this reason, and refused if its client still waits.
    Shed(u32, ShedReason),
}

/// Whom a station serves.
pub trait Discipline {
    /// A request begins to wait.
    fn push(&mut self, now: Time, queued: QueuedRequest);

    /// A server is free: takes one request out of the queue; `None` if none waits. After a drop it is asked again.
    ///
    /// `is_gone(request)`: the station knows that nobody waits for the answer any more, because the gateway has closed
    /// the connection: its 504 has left, or the client's abort has reached it. A client that has gone without the
    /// gateway's knowing is not gone.
    fn pop(&mut self, now: Time, is_gone: &dyn Fn(u32) -> bool) -> Option<Next>;

    /// How many wait, those included who have gone and are still in the queue.
    fn waiting(&self) -> usize;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::random::Key;
    use crate::protocol::{CohortEntry, Disturbances, Possible};

    /// A request that asks for a seat map, of the first cohort.
    pub fn queued(request: u32) -> QueuedRequest {
        QueuedRequest { request, kind: Kind::SeatMap, cohort: 0 }
    }

    /// These requests begin to wait at once.
    pub fn fill(queue: &mut dyn Discipline, requests: &[u32]) {
        requests.iter().for_each(|&request| queue.push(Time::ZERO, queued(request)));
    }

    /// Everybody who waits, in the order in which they are taken out; nobody has gone.
    pub fn drain(queue: &mut dyn Discipline, now: Time) -> Vec<Next> {
        std::iter::from_fn(|| queue.pop(now, &nobody)).collect()
    }

    /// Nobody has gone.
    pub fn nobody(_request: u32) -> bool {
        false
    }

    /// Any luck.
    pub fn luck() -> Stream {
        Stream::new(Key::from_words(1, 2), 3)
    }

    /// A cast of these cohorts, of one person each.
    pub fn roster(cohorts: &[&str]) -> Roster {
        let entry = |(name, person): (&&str, u32)| CohortEntry {
            name: (*name).to_owned(),
            persons: person..person + 1,
            compare: true,
            reference: false,
            is_bot: false,
            band: None,
            wants: 1,
        };
        Roster {
            opens_at: Time::ZERO,
            closes_at: Time::ZERO,
            horizon: Time::ZERO,
            cohorts: cohorts.iter().zip(0..).map(entry).collect(),
            persons: u32::try_from(cohorts.len()).expect("few"),
            gateways: 1,
            stations: Vec::new(),
            bands: Vec::new(),
            seats: 0,
            has_line: false,
            new_per_minute: None,
            poll_interval: Span::from_secs(20),
            operator: Vec::new(),
            faults: Vec::new(),
            retry_after: None,
            possible: Possible::ALL,
            disturbances: Disturbances::default(),
            instant_queries: Vec::new(),
        }
    }

    #[test]
    fn a_target_of_nothing_or_beyond_its_interval_is_a_mistake() {
        let keys = |target_ms: u64, interval_ms: u64| {
            let problems = problems_of_delays(Span::from_ms(target_ms), Span::from_ms(interval_ms));
            problems.into_iter().map(|problem| problem.0).collect::<Vec<String>>()
        };
        assert_eq!(keys(0, 100), ["target"]);
        assert_eq!(keys(100, 100), ["target"]);
        assert!(keys(5, 100).is_empty());
    }
}
