//! `drop_expired`: first come, first served, but whoever is known to have gone when the turn comes is dropped unserved.
//! Servers do so that check a request's deadline or connection when they take it from the queue (gRPC's deadlines;
//! measured behind nginx, such a station was well again 0.2 s after a surge from which plain fifo took a minute).
//!
//! Whoever has gone keeps a place in a bounded queue until the turn comes: nobody searches the queue.

use super::{Build, Discipline, Next, QueuedRequest, Settings};
use crate::engine::random::Stream;
use crate::engine::time::Time;
use crate::protocol::Roster;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Settings for Config {}

impl Build for Config {
    fn build(&self, _roster: &Roster, _luck: Stream) -> Box<dyn Discipline> {
        Box::new(DropExpired::default())
    }
}

/// Requests in order of arrival.
#[derive(Default)]
struct DropExpired {
    queue: VecDeque<u32>,
}

impl Discipline for DropExpired {
    fn push(&mut self, _now: Time, queued: QueuedRequest) {
        self.queue.push_back(queued.request);
    }

    fn pop(&mut self, _now: Time, is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        let request = self.queue.pop_front()?;
        Some(if is_gone(request) { Next::Drop(request) } else { Next::Serve(request) })
    }

    fn waiting(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fill;
    use super::*;

    #[test]
    fn whoever_has_gone_is_dropped_at_the_head_and_the_others_keep_their_order() {
        let mut queue = DropExpired::default();
        fill(&mut queue, &[7, 3, 5, 4]);
        assert_eq!(queue.waiting(), 4, "the gone still take a place");
        let odd = |request: u32| request % 2 == 1;
        let order: Vec<Next> = std::iter::from_fn(|| queue.pop(Time::ZERO, &odd)).collect();
        assert_eq!(order, [Next::Drop(7), Next::Drop(3), Next::Drop(5), Next::Serve(4)]);
    }

    #[test]
    fn gone_is_asked_when_the_turn_comes_and_not_before() {
        let mut queue = DropExpired::default();
        fill(&mut queue, &[1]);
        assert_eq!(queue.pop(Time::from_us(9), &|_| false), Some(Next::Serve(1)));
        assert_eq!(queue.pop(Time::from_us(9), &|_| true), None);
    }
}
