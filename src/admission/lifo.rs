//! `lifo`: last come, first served. Nobody runs a sale like this on purpose; it is here to teach. It has the same mean
//! wait as `fifo` and the largest spread of all orders, and in overload it serves people who are still there, which is
//! why queues of requests use it.

use super::{AdmissionPolicy, Build, BuildContext, Join, Origin, place};
use crate::engine::time::Time;
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(Lifo::default()))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "none: for teaching",
            source: "Kingman 1962, The effect of queue discipline on waiting time variance",
            leaves_out: "nothing",
        }
    }
}

/// The line, the newest at its end, with the ordinals of their joins.
#[derive(Default)]
struct Lifo {
    line: Vec<(SessionId, u32)>,
    /// By ordinal: how many stood in line at the join. Whoever joins later comes and goes above them, so it stays the same
    /// until they are called.
    below: Vec<u32>,
}

impl AdmissionPolicy for Lifo {
    fn join(&mut self, _now: Time, join: Join) -> Option<u32> {
        let ordinal = place(self.below.len());
        self.below.push(place(self.line.len()));
        self.line.push((join.session, ordinal));
        Some(ordinal)
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        self.line.pop()
    }

    fn ahead(&self, ordinal: u32) -> Option<u32> {
        Some(place(self.line.len()).saturating_sub(self.below[ordinal as usize] + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{called, join};
    use super::*;

    #[test]
    fn the_last_to_join_goes_first_and_each_later_join_pushes_the_others_back() {
        let mut line = Lifo::default();
        for session in [7, 3, 5] {
            line.join(Time::ZERO, join(session, false, 0));
        }
        assert_eq!([0, 1, 2].map(|place| line.ahead(place)), [Some(2), Some(1), Some(0)]);
        assert_eq!(line.next(Time::ZERO), Some((SessionId(5), 2)));
        assert_eq!(line.join(Time::ZERO, join(9, false, 0)), Some(3), "no place is given twice");
        assert_eq!(line.ahead(0), Some(2));
        assert_eq!(called(&mut line), [9, 3, 7]);
    }
}
