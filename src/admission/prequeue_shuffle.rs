//! `prequeue_shuffle`: whoever joined before the opening gets a random place at the opening; later comers
//! queue behind them in order of arrival (Queue-it's pre-queue, Ticketmaster's Smart Queue, See Tickets since
//! 2024, Cloudflare's `shuffle_at_event_start`). Equal chance is its contract, for those who came in time.
//!
//! The draw covers every join that a gateway accepted strictly before the opening. One still being verified
//! at that instant keeps the place that its luck gives it, and is called next if that place has passed.

use super::{AdmissionPolicy, Build, BuildContext, Join, Origin, place, session_of, ticket};
use crate::engine::time::Time;
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Takes no settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(PrequeueShuffle::default()))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "Queue-it, Ticketmaster Smart Queue, See Tickets since 2024, Cloudflare's shuffle_at_event_start",
            source: "support.queue-it.com 360020951680; discover.ticketmaster.com.au 15286",
            leaves_out: "how each of them knows a visitor again (waiting_room.identity)",
        }
    }
}

/// The lounge until the opening, then the drawn places, then the line behind them.
#[derive(Default)]
pub(super) struct PrequeueShuffle {
    opened: bool,
    /// Members of the draw: in order of joining before the opening, in order of place after it.
    drawn: Vec<u64>,
    /// How many drawn places have been called.
    drawn_called: usize,
    /// Members of the draw who were still being verified at the opening.
    verified_late: BTreeSet<u64>,
    /// Those who came after the opening, in order.
    behind: Vec<SessionId>,
    /// How many of them have been called.
    behind_called: usize,
}

impl PrequeueShuffle {
    /// The place that its luck gives a member of the draw who was still being verified at the opening.
    fn place_in_draw(&self, ticket: u64) -> u32 {
        place(self.drawn.partition_point(|&other| other < ticket))
    }
}

impl AdmissionPolicy for PrequeueShuffle {
    fn join(&mut self, _now: Time, join: Join) -> Option<u32> {
        match (self.opened, join.early) {
            (false, true) => {
                self.drawn.push(ticket(&join));
                None
            }
            // A gateway whose clock is ahead dated it: it stands behind the draw that is still to come.
            (false, false) => {
                self.behind.push(join.session);
                None
            }
            (true, true) => {
                let ticket = ticket(&join);
                self.verified_late.insert(ticket);
                Some(self.place_in_draw(ticket))
            }
            (true, false) => {
                self.behind.push(join.session);
                Some(place(self.drawn.len() + self.behind.len() - 1))
            }
        }
    }

    fn open(&mut self, _now: Time, placed: &mut dyn FnMut(SessionId, u32)) {
        self.opened = true;
        self.drawn.sort_unstable();
        for (index, &ticket) in self.drawn.iter().enumerate() {
            placed(session_of(ticket), place(index));
        }
        for (index, &session) in self.behind.iter().enumerate() {
            placed(session, place(self.drawn.len() + index));
        }
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        let drawn = self.drawn.get(self.drawn_called).copied();
        if let Some(&late) = self.verified_late.first()
            && drawn.is_none_or(|ticket| late < ticket)
        {
            self.verified_late.remove(&late);
            return Some((session_of(late), self.place_in_draw(late)));
        }
        if let Some(ticket) = drawn {
            self.drawn_called += 1;
            return Some((session_of(ticket), place(self.drawn_called - 1)));
        }
        let session = self.behind.get(self.behind_called).copied()?;
        self.behind_called += 1;
        Some((session, place(self.drawn.len() + self.behind_called - 1)))
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        let called = u32::try_from(self.drawn_called + self.behind_called).unwrap_or(u32::MAX);
        Some(place.saturating_sub(called))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{called, join};
    use super::*;

    #[test]
    fn early_joins_are_ordered_by_luck_and_later_ones_stand_behind_in_order() {
        let mut line = PrequeueShuffle::default();
        for (session, luck) in [(0, 30), (1, 10), (2, 20)] {
            assert_eq!(line.join(Time::ZERO, join(session, true, luck)), None);
        }
        let mut places = Vec::new();
        line.open(Time::ZERO, &mut |session, place| places.push((session.0, place)));
        assert_eq!(places, [(1, 0), (2, 1), (0, 2)]);
        assert_eq!(line.join(Time::ZERO, join(9, false, 0)), Some(3));
        assert_eq!(line.join(Time::ZERO, join(8, false, 0)), Some(4));
        assert_eq!(called(&mut line), [1, 2, 0, 9, 8]);
    }

    #[test]
    fn a_join_that_was_dated_late_before_the_opening_stands_behind_the_draw() {
        let mut line = PrequeueShuffle::default();
        assert_eq!(line.join(Time::ZERO, join(7, false, 0)), None);
        assert_eq!(line.join(Time::ZERO, join(3, true, 9)), None);
        let mut places = Vec::new();
        line.open(Time::ZERO, &mut |session, place| places.push((session.0, place)));
        assert_eq!(places, [(3, 0), (7, 1)]);
        assert_eq!(called(&mut line), [3, 7]);
    }

    #[test]
    fn a_join_verified_after_the_opening_keeps_the_place_its_luck_gives() {
        let mut line = PrequeueShuffle::default();
        line.join(Time::ZERO, join(0, true, 10));
        line.join(Time::ZERO, join(1, true, 30));
        line.open(Time::ZERO, &mut |_, _| {});
        assert_eq!(line.next(Time::ZERO), Some((SessionId(0), 0)));
        assert_eq!(line.join(Time::ZERO, join(2, true, 20)), Some(1));
        assert_eq!(line.join(Time::ZERO, join(3, true, 5)), Some(0), "its place has passed: it is next");
        assert_eq!(called(&mut line), [3, 2, 1]);
    }

    #[test]
    fn the_place_shown_counts_the_places_not_called_yet() {
        let mut line = PrequeueShuffle::default();
        line.join(Time::ZERO, join(0, true, 1));
        line.join(Time::ZERO, join(1, true, 2));
        line.open(Time::ZERO, &mut |_, _| {});
        assert_eq!(line.join(Time::ZERO, join(2, false, 0)), Some(2));
        assert_eq!(line.ahead(2), Some(2));
        line.next(Time::ZERO);
        assert_eq!(line.ahead(2), Some(1));
    }
}
