//! `random`: service in random order. Each time a server is free, everybody who waits has the same chance, however long
//! they have waited: what a herd of waiting threads makes of a lock that is not fair.
//!
//! The draw belongs to the machine and is numbered by its choices so far. A key drawn for each request when it comes
//! would be another distribution: the lowest key waiting would be served before all who come later, which is a priority.

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
    fn build(&self, _roster: &Roster, luck: Stream) -> Box<dyn Discipline> {
        Box::new(Random { luck, choices: 0, waiting: Vec::new() })
    }
}

/// Requests in no order.
struct Random {
    luck: Stream,
    /// How often one was chosen so far.
    choices: u64,
    waiting: Vec<u32>,
}

impl Discipline for Random {
    fn push(&mut self, _now: Time, queued: QueuedRequest) {
        self.waiting.push(queued.request);
    }

    fn pop(&mut self, _now: Time, _is_gone: &dyn Fn(u32) -> bool) -> Option<Next> {
        if self.waiting.is_empty() {
            return None;
        }
        let chosen = self.luck.below(self.choices, self.waiting.len() as u64);
        self.choices += 1;
        Some(Next::Serve(self.waiting.swap_remove(chosen as usize)))
    }

    fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{drain, fill};
    use super::*;
    use crate::engine::random::Key;

    #[test]
    fn every_order_of_three_is_equally_likely_and_everybody_is_served() {
        let mut orders = std::collections::BTreeMap::new();
        for seed in 0..12_000 {
            let luck = Stream::new(Key::from_words(seed, 1), 1);
            let mut queue = Random { luck, choices: 0, waiting: Vec::new() };
            fill(&mut queue, &[0, 1, 2]);
            let order: Vec<String> = drain(&mut queue, Time::ZERO).iter().map(|n| format!("{n:?}")).collect();
            *orders.entry(order).or_insert(0_u32) += 1;
        }
        assert_eq!(orders.len(), 6);
        // Five standard deviations of a share of one in six.
        let most = 5.0 * f64::sqrt(12_000.0 * (1.0 / 6.0) * (5.0 / 6.0));
        for (order, times) in orders {
            assert!((f64::from(times) - 2_000.0).abs() < most, "{order:?}: {times} times of 12000");
        }
    }
}
