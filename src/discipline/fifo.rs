//! `fifo`: first come, first served, whether or not the client still waits. What most servers do: a thread pool or an
//! accept queue does not look whether the connection of a queued request is still open, so a surge leaves a backlog of
//! work for nobody, and answers in time return only after backlog / (capacity - load).

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
        Box::new(Fifo::default())
    }
}

/// Requests in order of arrival.
#[derive(Default)]
struct Fifo {
    queue: VecDeque<u32>,
}

impl Discipline for Fifo {
    fn push(&mut self, _now: Time, queued: QueuedRequest) {
        self.queue.push_back(queued.request);
    }

    fn pop(&mut self, _now: Time, _is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        self.queue.pop_front().map(Next::Serve)
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
    fn everybody_is_served_in_order_whether_they_still_wait_or_not() {
        let mut queue = Fifo::default();
        fill(&mut queue, &[7, 3, 5]);
        assert_eq!(queue.waiting(), 3);
        let order: Vec<Next> = std::iter::from_fn(|| queue.pop(Time::ZERO, &|_| true)).collect();
        assert_eq!(order, [Next::Serve(7), Next::Serve(3), Next::Serve(5)]);
        assert_eq!(queue.waiting(), 0);
    }
}
