//! `batch_lottery`: short rounds. Whoever joins within one round is shuffled with the others of it when it ends, and the
//! rounds are served in order; the lounge before the opening is the first round, drawn at the opening. Within a round
//! neither the network nor the speed of a click counts, and from round to round seniority does.
//!
//! Proposed for markets that race by the microsecond (frequent batch auctions: Budish, Cramton and Shim, 2015), and
//! asked for of ticket sales; no ticket system is known to run it.

use super::{AdmissionPolicy, Build, BuildContext, Join, Mistake, Origin, place, session_of, ticket};
use crate::engine::time::{Span, Time};
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a round lasts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a round lasts, counted from the opening; more than 0. Default: "10s". Assumption: longer than the
    /// slowest network, shorter than anybody minds.
    pub every: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config { every: Span::from_secs(10) }
    }
}

impl Build for Config {
    fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        let (every_us, opens_at) = (self.every.as_us(), context.opens_at);
        Some(Box::new(BatchLottery {
            every_us,
            opens_at,
            opened: false,
            round: Vec::new(),
            ends_at: None,
            drawn: Vec::new(),
            called: 0,
        }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        if !self.every.is_zero() {
            return Vec::new();
        }
        let remedy = "write a duration such as \"10s\"; \"fifo\" is the line without rounds".to_owned();
        vec![("every", "a round of no length has nobody in it".to_owned(), remedy)]
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "none known: proposed",
            source: "Budish, Cramton and Shim 2015, The High-Frequency Trading Arms Race",
            leaves_out: "nothing",
        }
    }
}

/// The round that is on, and whoever was drawn in those before.
struct BatchLottery {
    every_us: u64,
    opens_at: Time,
    opened: bool,
    /// Tickets of those who joined in the round that is on.
    round: Vec<u64>,
    /// When it ends, if anybody is in it.
    ends_at: Option<Time>,
    drawn: Vec<SessionId>,
    called: u32,
}

impl BatchLottery {
    fn draw(&mut self, placed: &mut dyn FnMut(SessionId, u32)) {
        self.ends_at = None;
        self.round.sort_unstable();
        for ticket in self.round.drain(..) {
            placed(session_of(ticket), place(self.drawn.len()));
            self.drawn.push(session_of(ticket));
        }
    }
}

impl AdmissionPolicy for BatchLottery {
    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        self.round.push(ticket(&join));
        if self.opened && self.ends_at.is_none() {
            let rounds = now.saturating_since(self.opens_at).as_us() / self.every_us + 1;
            self.ends_at = Some(self.opens_at + Span::from_us(rounds * self.every_us));
        }
        None
    }

    fn open(&mut self, _now: Time, placed: &mut dyn FnMut(SessionId, u32)) {
        self.opened = true;
        self.draw(placed);
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        let session = self.drawn.get(self.called as usize).copied()?;
        self.called += 1;
        Some((session, self.called - 1))
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        Some(place.saturating_sub(self.called))
    }

    fn next_action_at(&self) -> Option<Time> {
        self.ends_at
    }

    fn act(&mut self, now: Time, placed: &mut dyn FnMut(SessionId, u32)) {
        if self.ends_at.is_some_and(|end| end <= now) {
            self.draw(placed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OPENS_AT, built, called, join};
    use super::*;

    fn after(seconds: u64) -> Time {
        OPENS_AT + Span::from_secs(seconds)
    }

    #[test]
    fn within_a_round_luck_decides_and_the_rounds_go_in_order() {
        let mut line = built(&Config::default());
        assert_eq!(line.join(Time::ZERO, join(0, true, 9)), None);
        assert_eq!(line.join(Time::ZERO, join(1, true, 3)), None);
        assert_eq!(line.next_action_at(), None, "the lounge is drawn at the opening");
        let mut places = Vec::new();
        line.open(OPENS_AT, &mut |session, place| places.push((session.0, place)));
        for (session, at, luck) in [(2, 1, 8), (3, 9, 2), (4, 5, 5)] {
            assert_eq!(line.join(after(at), join(session, false, luck)), None);
        }
        assert_eq!(line.next_action_at(), Some(after(10)));
        assert_eq!(line.next(after(9)), Some((SessionId(1), 0)));
        line.act(after(10), &mut |session, place| places.push((session.0, place)));
        line.join(after(25), join(5, false, 0));
        assert_eq!(line.next_action_at(), Some(after(30)), "rounds are counted from the opening");
        line.act(after(30), &mut |session, place| places.push((session.0, place)));
        assert_eq!(places, [(1, 0), (0, 1), (3, 2), (4, 3), (2, 4), (5, 5)]);
        assert_eq!(called(line.as_mut()), [0, 3, 4, 2, 5]);
    }
}
