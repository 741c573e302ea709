//! `adaptive_lifo`: first come, first served while nobody waits long; last come, first served while a queue forms; and
//! a limit to every wait. The pair of adaptive LIFO and a controlled delay that Facebook's servers use (B. Maurer, "Fail at
//! Scale", ACM Queue 13(8), 2015):
//!
//! ```text
//!   if the queue was not empty in the last `interval`:  a request may wait for `target`    (the queue is standing)
//!   else:                                               a request may wait for `interval`
//! ```
//!
//! The limit of a request is set when it comes, by the rule as published. The article says of the order only that it turns
//! "when a queue is starting to form"; here that is while the oldest has waited longer than `target` (an assumption). What
//! is over its limit is dropped when a server is free and comes upon it: nobody searches the queue.

use super::{Build, Discipline, Next, QueuedRequest, Settings};
use crate::engine::random::Stream;
use crate::engine::time::{Span, Time};
use crate::protocol::{Roster, ShedReason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// How long requests may wait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a request may wait that comes while the queue is standing (M), more than 0. Default: 5 ms (Maurer 2015).
    pub target: Span,
    /// The queue is standing once it has not been empty for longer than this; and how long a request may wait that comes
    /// while it is not (N). More than `target`. Default: 100 ms (Maurer 2015).
    pub interval: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config { target: Span::from_ms(5), interval: Span::from_ms(100) }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(String, String, String)> {
        super::problems_of_delays(self.target, self.interval)
    }
}

impl Build for Config {
    fn build(&self, _roster: &Roster, _luck: Stream) -> Box<dyn Discipline> {
        Box::new(AdaptiveLifo { config: self.clone(), empty_until: Time::ZERO, queue: VecDeque::new() })
    }
}

/// A request that waits, since when, and until when it may.
#[derive(Clone, Copy)]
struct Waiting {
    request: u32,
    since: Time,
    until: Time,
}

/// Requests in order of arrival.
struct AdaptiveLifo {
    config: Config,
    /// The queue was empty until then; it is not now.
    empty_until: Time,
    queue: VecDeque<Waiting>,
}

impl AdaptiveLifo {
    /// The queue has not been empty for longer than the interval.
    fn is_standing(&self, now: Time) -> bool {
        now.saturating_since(self.empty_until) > self.config.interval
    }
}

impl Discipline for AdaptiveLifo {
    fn push(&mut self, now: Time, queued: QueuedRequest) {
        if self.queue.is_empty() {
            self.empty_until = now;
        }
        let limit = if self.is_standing(now) { self.config.target } else { self.config.interval };
        self.queue.push_back(Waiting { request: queued.request, since: now, until: now + limit });
    }

    fn pop(&mut self, now: Time, _is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        let is_late = |one: &Waiting| now > one.until;
        let oldest = self.queue.front()?;
        let is_forming = now.saturating_since(oldest.since) > self.config.target;
        let oldest_first = is_late(oldest) || !is_forming;
        let next = if oldest_first { self.queue.pop_front() } else { self.queue.pop_back() }?;
        Some(if is_late(&next) {
            Next::Shed(next.request, ShedReason::WaitedTooLong)
        } else {
            Next::Serve(next.request)
        })
    }

    fn waiting(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{nobody, queued};
    use super::*;

    fn queue() -> AdaptiveLifo {
        AdaptiveLifo { config: Config::default(), empty_until: Time::ZERO, queue: VecDeque::new() }
    }

    fn at(ms: u64) -> Time {
        Time::from_us(ms * 1000)
    }

    #[test]
    fn while_nobody_waits_longer_than_the_target_it_is_first_come_first_served() {
        let mut queue = queue();
        queue.push(at(1000), queued(1));
        queue.push(at(1001), queued(2));
        queue.push(at(1002), queued(3));
        assert_eq!(queue.pop(at(1004), &nobody), Some(Next::Serve(1)));
        assert_eq!(queue.pop(at(1006), &nobody), Some(Next::Serve(2)));
        queue.push(at(1007), queued(4));
        assert_eq!(
            queue.pop(at(1008), &nobody),
            Some(Next::Serve(4)),
            "a queue forms: the oldest waited 6 ms"
        );
        assert_eq!(queue.pop(at(1090), &nobody), Some(Next::Serve(3)), "it may wait for 100 ms");
    }

    #[test]
    fn a_queue_that_stands_drops_whoever_waited_longer_than_the_target() {
        let mut queue = queue();
        queue.push(at(1000), queued(1));
        queue.push(at(1098), queued(2));
        queue.push(at(1101), queued(3));
        queue.push(at(1103), queued(4));
        // The first may wait until 1100, the second until 1198, the others for 5 ms only.
        assert_eq!(queue.pop(at(1104), &nobody), Some(Next::Shed(1, ShedReason::WaitedTooLong)));
        assert_eq!(queue.pop(at(1104), &nobody), Some(Next::Serve(4)), "the newest, once the late are gone");
        assert_eq!(
            queue.pop(at(1107), &nobody),
            Some(Next::Shed(3, ShedReason::WaitedTooLong)),
            "within 6 ms"
        );
        assert_eq!(queue.pop(at(1107), &nobody), Some(Next::Serve(2)));
        assert_eq!(queue.pop(at(1107), &nobody), None);
    }

    #[test]
    fn an_empty_moment_ends_the_standing_queue() {
        let mut queue = queue();
        queue.push(at(1000), queued(1));
        queue.push(at(1150), queued(2));
        assert_eq!(queue.pop(at(1151), &nobody), Some(Next::Shed(1, ShedReason::WaitedTooLong)));
        assert_eq!(queue.pop(at(1151), &nobody), Some(Next::Serve(2)));
        queue.push(at(1152), queued(3));
        assert_eq!(queue.pop(at(1200), &nobody), Some(Next::Serve(3)), "it may wait for 100 ms again");
    }
}
