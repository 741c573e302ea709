//! `lifo`: last come, first served, without interrupting a service. Under overload it answers somebody in time where
//! first come, first served answers nobody: who has just come has not waited yet. Who is not served soon is hardly ever
//! served, and whoever waits is overtaken by all who come after.

use super::{Build, Discipline, Next, QueuedRequest, Settings};
use crate::engine::random::Stream;
use crate::engine::time::Time;
use crate::protocol::Roster;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Settings for Config {}

impl Build for Config {
    fn build(&self, _roster: &Roster, _luck: Stream) -> Box<dyn Discipline> {
        Box::new(Lifo::default())
    }
}

/// Requests in order of arrival.
#[derive(Default)]
struct Lifo {
    stack: Vec<u32>,
}

impl Discipline for Lifo {
    fn push(&mut self, _now: Time, queued: QueuedRequest) {
        self.stack.push(queued.request);
    }

    fn pop(&mut self, _now: Time, _is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        self.stack.pop().map(Next::Serve)
    }

    fn waiting(&self) -> usize {
        self.stack.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drain, fill};
    use super::*;

    #[test]
    fn whoever_came_last_is_served_first_and_nobody_is_dropped() {
        let mut queue = Lifo::default();
        fill(&mut queue, &[7, 3, 5]);
        assert_eq!(queue.waiting(), 3);
        assert_eq!(drain(&mut queue, Time::ZERO), [Next::Serve(5), Next::Serve(3), Next::Serve(7)]);
    }
}
