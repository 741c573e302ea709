//! `fifo`: first come, first served, in the order in which joins were accepted, the lounge before the opening
//! included (`ShowClix` keeps such a line). Seniority is its contract: it rewards an early click and a fast network.
//!
//! What real systems add and this leaves out: one-minute buckets instead of persons (`fifo_buckets`).

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
        Some(Box::new(Fifo::default()))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "ShowClix (PAX); a plain line",
            source: "ShowClix help: first in line, first served after the opening",
            leaves_out: "buckets of a minute instead of persons (fifo_buckets)",
        }
    }
}

/// The line: sessions by place, and how many places have been called.
#[derive(Default)]
pub(super) struct Fifo {
    line: Vec<SessionId>,
    called: u32,
}

impl AdmissionPolicy for Fifo {
    fn join(&mut self, _now: Time, join: Join) -> Option<u32> {
        self.line.push(join.session);
        Some(place(self.line.len() - 1))
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        let place = self.called;
        let session = self.line.get(place as usize).copied()?;
        self.called += 1;
        Some((session, place))
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        Some(place.saturating_sub(self.called))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{called, join};
    use super::*;

    #[test]
    fn the_first_to_join_goes_first_whatever_their_luck_and_the_lounge_counts() {
        let mut line = Fifo::default();
        assert_eq!(line.join(Time::ZERO, join(7, true, 99)), Some(0));
        assert_eq!(line.join(Time::ZERO, join(3, true, 1)), Some(1));
        line.open(Time::ZERO, &mut |_, _| panic!("places were given at the join"));
        assert_eq!(line.join(Time::ZERO, join(5, false, 0)), Some(2));
        assert_eq!(line.ahead(2), Some(2));
        assert_eq!(line.next(Time::ZERO), Some((SessionId(7), 0)));
        assert_eq!(called(&mut line), [3, 5]);
        assert_eq!(line.ahead(2), Some(0));
    }
}
