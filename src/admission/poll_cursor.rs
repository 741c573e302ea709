//! `poll_cursor`: numbers are served in order by a cursor that moves only when somebody in line asks (Fastly's queue
//! starter kit). In each period the first to ask moves it by `quantity`; a period in which nobody asks is lost. The
//! cursor may run ahead of the line by as much, so that admissions nobody was there for are kept for whoever comes; and
//! the numbers of those who have gone are spent on them.

use super::{
    AdmissionPolicy, Build, BuildContext, Capabilities, Join, Mistake, Origin, PollOutcome, PositionPoll,
};
use crate::engine::time::{Span, Time};
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the cursor moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// It moves at most once in each such period, counted from the opening; more than 0. Default: "15s" (the kit's
    /// `automatic`).
    pub every: Span,
    /// By how much, 1 or more. Default: 5 (the kit's `automaticQuantity`).
    #[schemars(range(min = 1))]
    pub quantity: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config { every: Span::from_secs(15), quantity: 5 }
    }
}

impl Build for Config {
    fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        let (every_us, quantity) = (self.every.as_us(), self.quantity);
        let opens_at = context.opens_at;
        Some(Box::new(PollCursor { every_us, quantity, opens_at, joins: 0, cursor: 0, moved_in: None }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        let mut problems = Vec::new();
        if self.every.is_zero() {
            let problem = "a period of no length never ends".to_owned();
            problems.push(("every", problem, "write a duration such as \"15s\"".to_owned()));
        }
        if self.quantity == 0 {
            problems.push((
                "quantity",
                "the cursor would never move".to_owned(),
                "write 1 or more".to_owned(),
            ));
        }
        problems
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { self_paced: true, ..Capabilities::default() }
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "Fastly, queue starter kit for Compute",
            source: "github.com/fastly/compute-starter-kit-javascript-queue: src/config.js, src/index.js",
            leaves_out: "the operator's page that moves the cursor by hand",
        }
    }
}

/// Numbers below the cursor may enter.
struct PollCursor {
    every_us: u64,
    quantity: u32,
    opens_at: Time,
    joins: u32,
    cursor: u32,
    /// The last period in which it moved.
    moved_in: Option<u64>,
}

impl AdmissionPolicy for PollCursor {
    fn join(&mut self, _now: Time, _join: Join) -> Option<u32> {
        self.joins += 1;
        Some(self.joins - 1)
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        None
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        Some(place.saturating_sub(self.cursor))
    }

    fn on_poll(&mut self, now: Time, ask: PositionPoll) -> PollOutcome {
        let period = now.saturating_since(self.opens_at).as_us() / self.every_us;
        // The kit looks at the number first: whoever may enter does not move the cursor.
        let waits = ask.place >= self.cursor;
        if waits && self.moved_in.is_none_or(|last| last < period) {
            self.moved_in = Some(period);
            let ahead_of_the_line = self.joins.saturating_add(self.quantity);
            self.cursor = self.cursor.saturating_add(self.quantity).min(ahead_of_the_line);
        }
        if ask.place < self.cursor && ask.may_enter { PollOutcome::Enters } else { PollOutcome::Waits }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OPENS_AT, asks, built, join};
    use super::*;

    fn line(joins: u32) -> Box<dyn AdmissionPolicy> {
        let mut line = built(&Config { every: Span::from_secs(10), quantity: 2 });
        for session in 0..joins {
            line.join(Time::ZERO, join(session, true, 0));
        }
        line
    }

    fn after(seconds: u64) -> Time {
        OPENS_AT + Span::from_secs(seconds)
    }

    #[test]
    fn whoever_waits_moves_the_cursor_once_in_a_period_and_a_period_without_a_poll_is_lost() {
        let mut line = line(9);
        assert_eq!(asks(line.as_mut(), after(1), 8), PollOutcome::Waits, "it moves the cursor to 2");
        assert_eq!(asks(line.as_mut(), after(2), 2), PollOutcome::Waits, "not twice in a period");
        assert_eq!(asks(line.as_mut(), after(3), 1), PollOutcome::Enters);
        assert_eq!(asks(line.as_mut(), after(45), 3), PollOutcome::Enters, "it has moved it itself, once");
        assert_eq!(asks(line.as_mut(), after(46), 4), PollOutcome::Waits, "three periods were lost");
        assert_eq!(line.ahead(8), Some(4));
    }

    #[test]
    fn it_runs_ahead_of_the_line_by_the_quantity_and_no_further() {
        let mut line = line(1);
        for period in 0..5 {
            asks(line.as_mut(), after(period * 10), 99);
        }
        assert_eq!(line.ahead(3), Some(0), "one in line and two more");
        assert_eq!(line.ahead(4), Some(1));
    }

    #[test]
    fn a_cursor_that_never_moves_is_a_mistake() {
        let keys: Vec<&str> =
            Config { every: Span::ZERO, quantity: 0 }.problems(&[]).iter().map(|(key, ..)| *key).collect();
        assert_eq!(keys, ["every", "quantity"]);
    }
}
