//! `codel`: first come, first served, and drops at the head while everybody waits too long: the first once the wait has
//! been at least `target` for a whole `interval`, the next after `interval` / sqrt(drops so far). Controlled delay
//! (K. Nichols, V. Jacobson, "Controlling Queue Delay", ACM Queue 10(5), 2012; RFC 8289, whose pseudocode this follows).
//!
//! It was made for packets whose senders slow down when one is lost. Clients that try again do not, and the schedule
//! grows so slowly that a great surge is hardly thinned: that is what it shows here. Its "less than one packet is left"
//! is, of requests, that nobody else waits.

use super::{Build, Discipline, Next, QueuedRequest, Settings};
use crate::engine::random::Stream;
use crate::engine::time::{Span, Time};
use crate::protocol::{Roster, ShedReason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// What wait is borne, and for how long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// A wait that is no problem, more than 0. Default: 5 ms (RFC 8289, section 4.4).
    pub target: Span,
    /// For so long every wait must have been at least `target` before one is dropped; more than `target`. Default: 100 ms
    /// (RFC 8289, section 4.3).
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
        Box::new(CoDel::new(self.clone()))
    }
}

/// A request that waits, and since when.
#[derive(Clone, Copy)]
struct Waiting {
    request: u32,
    since: Time,
}

/// Requests in order of arrival, and the state that RFC 8289 names.
struct CoDel {
    config: Config,
    queue: VecDeque<Waiting>,
    /// From then on, a wait of at least the target is one too many; `None`: the last one was shorter.
    first_above_at: Option<Time>,
    dropping: bool,
    /// The next drop, in microseconds: the schedule is finer than the clock.
    drop_next_us: f64,
    /// Drops since dropping began.
    count: u32,
    /// The count at which dropping began last.
    last_count: u32,
    /// What is decided and not handed out yet, in order.
    decided: VecDeque<Next>,
}

impl CoDel {
    fn new(config: Config) -> CoDel {
        CoDel {
            config,
            queue: VecDeque::new(),
            first_above_at: None,
            dropping: false,
            drop_next_us: 0.0,
            count: 0,
            last_count: 0,
            decided: VecDeque::new(),
        }
    }

    /// When the drop after this many comes.
    fn control_law_us(&self, from_us: f64) -> f64 {
        from_us + self.config.interval.as_us() as f64 / f64::from(self.count).sqrt()
    }

    /// The head of the queue, and whether it may be dropped.
    fn take_head(&mut self, now: Time) -> Option<(u32, bool)> {
        let Some(head) = self.queue.pop_front() else {
            self.first_above_at = None;
            return None;
        };
        let waited = now.saturating_since(head.since);
        if waited < self.config.target || self.queue.is_empty() {
            self.first_above_at = None;
            return Some((head.request, false));
        }
        let may_drop = self.first_above_at.is_some_and(|at| now >= at);
        self.first_above_at.get_or_insert(now + self.config.interval);
        Some((head.request, may_drop))
    }

    /// Decides whom to drop now, and whom to serve.
    fn decide(&mut self, now: Time) {
        let now_us = now.as_us() as f64;
        let mut head = self.take_head(now);
        let may_drop = |head: Option<(u32, bool)>| head.filter(|head| head.1).map(|head| head.0);
        if self.dropping {
            self.dropping = may_drop(head).is_some();
            while let Some(request) = may_drop(head).filter(|_| now_us >= self.drop_next_us) {
                self.decided.push_back(Next::Shed(request, ShedReason::StandingQueue));
                self.count += 1;
                head = self.take_head(now);
                self.dropping = may_drop(head).is_some();
                if self.dropping {
                    self.drop_next_us = self.control_law_us(self.drop_next_us);
                }
            }
        } else if let Some(request) = may_drop(head) {
            self.decided.push_back(Next::Shed(request, ShedReason::StandingQueue));
            head = self.take_head(now);
            self.dropping = true;
            // Dropping again soon: the rate that held the queue down before is where to begin.
            let drops = self.count - self.last_count;
            let soon = now_us - self.drop_next_us < 16.0 * self.config.interval.as_us() as f64;
            self.count = if drops > 1 && soon { drops } else { 1 };
            self.last_count = self.count;
            self.drop_next_us = self.control_law_us(now_us);
        }
        self.decided.extend(head.map(|(request, _)| Next::Serve(request)));
    }
}

impl Discipline for CoDel {
    fn push(&mut self, now: Time, queued: QueuedRequest) {
        self.queue.push_back(Waiting { request: queued.request, since: now });
    }

    fn pop(&mut self, now: Time, _is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        if self.decided.is_empty() {
            self.decide(now);
        }
        self.decided.pop_front()
    }

    fn waiting(&self) -> usize {
        self.queue.len() + self.decided.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{nobody, queued};
    use super::*;

    /// A queue in which a hundred thousand wait, a server that takes one each tenth of a millisecond from `from_ms` on
    /// for so long, and when drops were due: the instants of the schedule, in milliseconds from the first drop.
    fn drops_due_ms(queue: &mut CoDel, from_ms: u64, for_ms: u64) -> Vec<f64> {
        let mut due = Vec::new();
        let mut scheduled_us = 0.0;
        for tick in 0..for_ms * 10 {
            let now = Time::from_us(from_ms * 1000 + tick * 100);
            while let Some(Next::Shed(_, why)) = queue.pop(now, &nobody) {
                assert_eq!(why, ShedReason::StandingQueue);
                let planned = if due.is_empty() { now.as_us() as f64 } else { scheduled_us };
                assert!(planned <= now.as_us() as f64 && planned > now.as_us() as f64 - 100.0, "on time");
                due.push(planned / 1000.0);
                scheduled_us = queue.drop_next_us;
            }
        }
        let first = due[0];
        due.into_iter().map(|at| at - first).collect()
    }

    fn full() -> CoDel {
        let mut queue = CoDel::new(Config::default());
        (0..100_000).for_each(|request| queue.push(Time::ZERO, queued(request)));
        queue
    }

    #[test]
    fn drops_come_at_the_interval_over_the_square_root_of_their_number() {
        let text = include_str!("../../tests/oracles.json");
        let oracles: serde_json::Value = serde_json::from_str(text).expect("the oracles are JSON");
        let cases = oracles["cases"].as_array().expect("cases");
        let case = cases.iter().find(|case| case["id"] == "codel_schedule").expect("the schedule");
        let expected = case["expect"]["drop_times_ms"].as_array().expect("instants");
        let found = drops_due_ms(&mut full(), 10, 600);
        assert!(found.len() >= expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let expected = expected.as_f64().expect("a number");
            assert!((found - expected).abs() < 1e-8, "{found} ms, not {expected}");
        }
    }

    #[test]
    fn the_first_drop_comes_after_a_whole_interval_of_waits_at_or_over_the_target() {
        let mut queue = full();
        assert_eq!(queue.pop(Time::from_us(4_999), &nobody), Some(Next::Serve(0)), "no problem yet");
        assert_eq!(queue.pop(Time::from_us(5_000), &nobody), Some(Next::Serve(1)), "from here it counts");
        assert_eq!(queue.pop(Time::from_us(104_999), &nobody), Some(Next::Serve(2)));
        let after = Time::from_us(105_000);
        assert_eq!(queue.pop(after, &nobody), Some(Next::Shed(3, ShedReason::StandingQueue)));
        assert_eq!(queue.waiting(), 100_000 - 4, "who is about to be served still waits");
        assert_eq!(queue.pop(after, &nobody), Some(Next::Serve(4)));
        assert_eq!(queue.pop(after, &nobody), Some(Next::Serve(5)), "one is enough for now");
    }

    #[test]
    fn whoever_waits_alone_is_never_dropped_and_ends_the_dropping() {
        let mut queue = CoDel::new(Config::default());
        for (request, at_ms) in [(0, 0), (1, 0), (2, 0), (3, 0)] {
            queue.push(Time::from_us(at_ms * 1000), queued(request));
        }
        let mut popped = |at_ms: u64| queue.pop(Time::from_us(at_ms * 1000), &nobody);
        assert_eq!(popped(10), Some(Next::Serve(0)));
        assert_eq!(popped(200), Some(Next::Shed(1, ShedReason::StandingQueue)));
        assert_eq!(popped(200), Some(Next::Serve(2)));
        assert_eq!(popped(900), Some(Next::Serve(3)), "the last one");
        assert_eq!(popped(901), None);
        assert!(queue.first_above_at.is_none());
    }

    #[test]
    fn dropping_again_soon_begins_at_the_rate_that_held_before() {
        let mut queue = full();
        drops_due_ms(&mut queue, 10, 600);
        let before = queue.count;
        queue.queue.clear();
        assert_eq!(queue.pop(Time::from_us(620_000), &nobody), None);
        assert_eq!(queue.pop(Time::from_us(621_000), &nobody), None);
        (0..1000).for_each(|request| queue.push(Time::from_us(621_000), queued(request)));
        for now_us in [626_000, 726_000] {
            queue.pop(Time::from_us(now_us), &nobody);
        }
        assert!(queue.dropping);
        assert_eq!(queue.count, before - 1, "the drops since the first one");
    }
}
