//! What comes first to a person: to give up, or to be decided against.

use super::super::tabs::Mark;
use super::{DECIDED, Fate, GAVE_UP, People, Row, Short, Shown, TICKET, bit};
use crate::engine::time::Time;
use crate::protocol::{Stop, Truth, Who};

impl People {
    /// The first of giving up and being decided against.
    pub fn fate(&self, person: u32) -> Fate {
        fate_of(self.row(person))
    }

    /// What it comes to that the last session has stopped. Somebody one of whose tabs was refused for want of stock, or
    /// told so, has not left before it was decided, whatever they waited for in the others.
    pub(super) fn fate_of_gone(&self, at: Time, who: Who, why: Stop) -> Fate {
        let (fate, shown) = (self.fate(who.person.0), self.shown(who.person.0));
        match (why, fate) {
            (_, Fate::Open(Some(refused))) if refused < at => Fate::Decided(refused, Truth::RefusedSoldOut),
            // They have an order, as far as they know.
            _ if shown == Shown::Bought => fate,
            // The screen knows before the record does: a decision of an earlier instant may still be heard.
            (Stop::ToldNo, Fate::Open(_)) => Fate::Decided(at, Truth::RefusedSoldOut),
            (Stop::Declined, Fate::Open(_)) => Fate::Decided(at, Truth::Declined),
            (Stop::Excluded, Fate::Open(_)) => match self.truth_of(who) {
                Truth::TurnedAway => Fate::Decided(at, Truth::TurnedAway),
                _ => Fate::Decided(at, Truth::Evicted),
            },
            (_, Fate::Open(_)) if shown == Shown::ToldNo => Fate::Decided(at, Truth::RefusedSoldOut),
            (_, Fate::Decided(..)) if shown == Shown::ToldNo => fate,
            (Stop::ToldNo | Stop::Declined | Stop::Excluded, Fate::Decided(..)) => fate,
            (_, Fate::Decided(decided, _)) if at > decided => fate,
            (_, Fate::GaveUp(earlier)) => Fate::GaveUp(earlier.max(at)),
            _ => Fate::GaveUp(at),
        }
    }

    /// The backend decides something about a session. Returns what that changes about it.
    pub(super) fn decided(&mut self, at: Time, who: Who, truth: Truth) -> Option<(Truth, Truth)> {
        self.see(who);
        let person = who.person.0;
        let old = if self.tabs.is_unused() {
            let row = &mut self.rows[who.person.index()];
            let old = Truth::ALL[usize::from(row.truths & 15)];
            row.truths = row.truths & 0xf0 | truth as u8;
            old
        } else {
            self.tabs.set_truth(who, truth)
        };
        let stopped = self.stopped_for_good(person);
        let best = self.truth(person);
        let fate = match (best, self.fate(person)) {
            (
                Truth::RefusedSoldOut
                | Truth::RefusedClosed
                | Truth::Expired
                | Truth::Declined
                | Truth::Evicted
                | Truth::TurnedAway,
                fate,
            ) => match fate {
                Fate::GaveUp(left) if left <= at => fate,
                Fate::Decided(earlier, _) if stopped && earlier < at => fate,
                _ => Fate::Decided(at, best),
            },
            // A goodbye decides nothing: leaving is known from the screen.
            (Truth::Left, fate) => fate,
            // Another tab is open; but the person stayed for that one only.
            (_, Fate::GaveUp(left)) if truth.is_refused() && at < left => Fate::Decided(at, truth),
            // It is open (again); but nothing that happens after the person left makes it so.
            (_, fate) if !stopped => Fate::Open(self.refused_since(at, person, truth, fate)),
            (_, fate) => fate,
        };
        self.set_fate(person, fate);
        (old != truth).then_some((old, truth))
    }

    /// Since when one of several tabs has been refused for want of stock, if one is.
    fn refused_since(&self, at: Time, person: u32, truth: Truth, fate: Fate) -> Option<Time> {
        if self.tabs.is_unused() || !self.tabs.truths(person).any(Truth::is_refused) {
            return None;
        }
        let before = match fate {
            Fate::Open(since) => since,
            Fate::Decided(since, cause) if cause.is_refused() => Some(since),
            Fate::Decided(..) | Fate::GaveUp(_) => None,
        };
        let now = truth.is_refused().then_some(at);
        before.into_iter().chain(now).min()
    }

    /// Every session that was heard of has stopped.
    pub(super) fn stopped_for_good(&self, person: u32) -> bool {
        if self.tabs.is_unused() {
            self.row(person).flags & bit(Mark::Stopped) != 0
        } else {
            self.tabs.all(person, Mark::Stopped)
        }
    }

    pub(super) fn set_fate(&mut self, person: u32, fate: Fate) {
        let row = &mut self.rows[person as usize];
        if row.flags & TICKET != 0 {
            return;
        }
        let flags = row.flags & !(GAVE_UP | DECIDED);
        match fate {
            Fate::Open(refused) => {
                row.flags = flags;
                row.fate = refused.map_or(Short::NEVER, Short::new);
            }
            Fate::GaveUp(at) => {
                row.flags = flags | GAVE_UP;
                row.fate = Short::new(at);
            }
            Fate::Decided(at, cause) => {
                row.flags = flags | DECIDED;
                row.fate = Short::new(at);
                row.truths = row.truths & 15 | (cause as u8) << 4;
            }
        }
    }
}

fn fate_of(row: &Row) -> Fate {
    let since = row.fate.get();
    let at = since.unwrap_or(Time::MAX);
    match row.flags & (GAVE_UP | DECIDED) {
        0 => Fate::Open(since),
        GAVE_UP => Fate::GaveUp(at),
        _ => Fate::Decided(at, Truth::ALL[usize::from(row.truths >> 4)]),
    }
}
