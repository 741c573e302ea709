//! `serving_counter`: numbers are served in order, whether or not their holders are still there (the AWS virtual waiting
//! room). The counter moves by the budget; a number whose holder has gone costs what a turn costs, so a line that many
//! left under-fills the shop. Whether the slot of a turn that nobody used is given to the next is
//! `waiting_room.reissue`, which AWS leaves off.
//!
//! The inlets of that system are budgets: its periodic one is `new_per_minute` with `"window": "fixed"`, its `MaxSize`
//! one is `total_active`.

use super::fifo::Fifo;
use super::{AdmissionPolicy, Build, BuildContext, Join, Origin};
use crate::engine::time::Time;
use crate::protocol::{Incident, Possibility, Possible, SessionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(ServingCounter(Fifo::default())))
    }

    fn possible(&self) -> Possible {
        Possibility::Incident(Incident::TurnForNobody).into()
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "AWS Virtual Waiting Room",
            source: "github.com/aws-solutions/virtual-waiting-room-on-aws (deprecated), source of its lambda functions",
            leaves_out: "the alarm that stops the counter",
        }
    }
}

/// A line of numbers.
struct ServingCounter(Fifo);

impl AdmissionPolicy for ServingCounter {
    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        self.0.join(now, join)
    }

    fn next(&mut self, now: Time) -> Option<(SessionId, u32)> {
        self.0.next(now)
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        self.0.ahead(place)
    }

    fn calls_absent(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{built, called, join};
    use super::*;

    #[test]
    fn numbers_are_called_in_order_whoever_has_gone() {
        let mut line = built(&Config {});
        for session in [4, 2, 9] {
            line.join(Time::ZERO, join(session, false, 0));
        }
        line.on_leave(1);
        assert!(line.calls_absent());
        assert_eq!(called(line.as_mut()), [4, 2, 9]);
    }
}
