//! What a person could know, and since when.
//!
//! Somebody is *in the dark* while the outcome is unknown to them and their news is too old. News is an answer that
//! could be read and was true when it was made, "still in line" or a readable 503 as much as a final one. A client that
//! keeps the interval it was promised asks again when its news is as old as that, and so its news is older than the
//! interval and [`TOO_LONG`] from [`TOO_LONG`] after it asked in vain; a client that asks sooner or later, or was
//! promised nothing, is held to its own pace. So the clock runs from the first request sent since the last news.
//!
//! One field of the person's row serves three times, in milliseconds: until the outcome is known, the instant of that
//! first request; then the instant of knowing (`t_k`), or of leaving without (`t_g`).

use super::super::tabs::Mark;
use super::{GONE, KNOWN, Last, NONE, People, SPOKEN, Service, Short, Shown, ms};
use crate::engine::time::{Span, Time};
use crate::protocol::{CallBack, PersonId, Reply, Truth, Who};

/// After so long without an answer, attention is lost (J. Nielsen, Usability Engineering, 1993).
pub const TOO_LONG: Span = Span::from_secs(10);

/// How much longer than that somebody has waited for news at `now_ms`, in milliseconds.
fn overdue(since_ms: u32, now_ms: u32) -> u32 {
    if since_ms == NONE { 0 } else { now_ms.saturating_sub(since_ms).saturating_sub(ms_of(TOO_LONG)) }
}

/// A span of the clock in whole milliseconds.
fn ms_of(span: Span) -> u32 {
    u32::try_from(span.as_us() / 1000).expect("12.7 days fit into 32 bits of milliseconds")
}

impl People {
    /// A request asks for news.
    pub(super) fn ask(&mut self, at: Time, person: PersonId) {
        let row = &mut self.rows[person.index()];
        if row.flags & (KNOWN | GONE) == 0 {
            row.since_ms = row.since_ms.min(ms(at));
        }
    }

    /// News came.
    pub(super) fn learn(&mut self, at: Time, person: PersonId) {
        let row = &mut self.rows[person.index()];
        if row.flags & (KNOWN | GONE) == 0 {
            row.dark_ms = row.dark_ms.saturating_add(overdue(row.since_ms, ms(at)));
            row.since_ms = NONE;
        }
    }

    /// Was this answer to this session true when it was made?
    pub(super) fn is_true(&self, who: Who, reply: Reply) -> bool {
        let truth = self.truth_of(who);
        match reply {
            Reply::InLine | Reply::VerifyAgain => truth == Truth::Queued,
            Reply::YourTurn => {
                !self.has_line
                    || matches!(truth, Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying)
            }
            Reply::Held | Reply::CheckoutOpen => matches!(truth, Truth::Holding | Truth::Paying),
            _ => true,
        }
    }

    /// Notes that the outcome is known, if it is: from now on nothing can be news but a confirmed order.
    pub(super) fn note_known(&mut self, at: Time, person: PersonId) {
        let known = match self.shown(person.0) {
            Shown::Bought => true,
            Shown::ToldNo => !self.order_unsure(person.0),
            Shown::Waiting | Shown::GaveUp => false,
        };
        if known && self.row(person.0).flags & KNOWN == 0 {
            self.know(at, person);
        }
    }

    /// The person understood that it is their turn.
    pub(super) fn tell_turn(&mut self, at: Time, person: PersonId) {
        let Some(turn) = self.turn(person.0) else {
            debug_assert!(
                !self.turns_are_checked,
                "person {} was told a turn that was never issued",
                person.0
            );
            return;
        };
        let turn = turn as usize;
        if self.told.len() <= turn {
            self.told.resize(turn + 1, Short::NEVER);
        }
        self.told[turn] = self.told[turn].earlier_of(at);
    }

    /// A mail is read: it is their turn, or the line is over.
    pub(super) fn hear_by_mail(&mut self, at: Time, who: Who, step: CallBack) {
        match step {
            CallBack::TurnRead => {
                self.tell_turn(at, who.person);
                if self.is_true(who, Reply::YourTurn) {
                    self.learn(at, who.person);
                }
            }
            CallBack::EndRead => {
                self.set_last(who, Last::Refused);
                self.flag(who, SPOKEN, true);
            }
            CallBack::Asked | CallBack::TurnMailed | CallBack::EndMailed => {}
        }
    }

    /// The outcome is known from this instant.
    pub(super) fn know(&mut self, at: Time, person: PersonId) {
        self.learn(at, person);
        let row = &mut self.rows[person.index()];
        row.flags = row.flags & !GONE | KNOWN;
        row.since_ms = ms(at);
    }

    /// An order is asked for in one tab after another was told no: what the person knew is open until that is answered.
    pub(super) fn doubt(&mut self, at: Time, person: PersonId) {
        let told_no = self.shown(person.0) == Shown::ToldNo;
        let row = &mut self.rows[person.index()];
        if told_no && row.flags & KNOWN != 0 {
            row.flags &= !KNOWN;
            row.since_ms = ms(at);
        }
    }

    /// Every session has stopped: whoever does not know by now waits no longer.
    pub(super) fn note_gone(&mut self, at: Time, person: PersonId) {
        self.learn(at, person);
        let row = &mut self.rows[person.index()];
        if row.flags & KNOWN == 0 {
            row.flags |= GONE;
            row.since_ms = ms(at);
        }
    }

    /// A new session brings back a person who had left.
    pub(super) fn come_back(&mut self, person: PersonId) {
        let row = &mut self.rows[person.index()];
        if row.flags & GONE != 0 {
            row.flags &= !GONE;
            row.since_ms = NONE;
        }
    }

    /// The session stopped: keeps when, where the person's own row cannot tell.
    pub(super) fn note_stop(&mut self, at: Time, who: Who) {
        if self.tabs.is_unused() {
            return;
        }
        let index = who.session.index();
        if self.stops_ms.len() <= index {
            self.stops_ms.resize(index + 1, NONE);
        }
        self.stops_ms[index] = ms(at);
    }

    /// How long before `at` the session had stopped; `None`: it had not.
    pub(super) fn gone_for(&self, at: Time, who: Who) -> Option<Span> {
        if !self.has(who, Mark::Stopped) {
            return None;
        }
        let own = self.stops_ms.get(who.session.index()).copied().filter(|stop| *stop != NONE);
        let gone_ms = ms(at).checked_sub(own.unwrap_or(self.row(who.person.0).since_ms))?;
        (gone_ms > 0).then(|| Span::from_ms(u64::from(gone_ms)))
    }

    /// How the session finds the system now.
    fn service(&self, who: Who) -> Service {
        match (self.has(who, Mark::Up), self.has(who, Mark::Down)) {
            (true, _) => Service::Up,
            (_, true) => Service::Down,
            _ => Service::Idle,
        }
    }

    /// Says how the session finds the system from now on, if that is another way than before.
    pub(super) fn find(&mut self, who: Who, now: Service) -> Option<(Service, Service)> {
        let before = self.service(who);
        if before == now {
            return None;
        }
        self.mark(who, Mark::Up, now == Service::Up);
        self.mark(who, Mark::Down, now == Service::Down);
        Some((before, now))
    }

    /// How long the person was in the dark.
    pub fn in_the_dark(&self, person: u32) -> Span {
        let row = self.row(person);
        let open = row.flags & (KNOWN | GONE) == 0;
        let rest = if open { overdue(row.since_ms, ms(self.horizon)) } else { 0 };
        Span::from_ms(u64::from(row.dark_ms) + u64::from(rest))
    }

    /// The outcome was understood then (`t_k`), to the millisecond; `None`: never.
    pub fn known_at(&self, person: u32) -> Option<Time> {
        let row = self.row(person);
        (row.flags & KNOWN != 0).then(|| Time::from_us(u64::from(row.since_ms) * 1000))
    }

    /// Until when the person waited: for the outcome to be understood, for having enough of it, or for the horizon.
    pub fn waited_until(&self, person: u32) -> Time {
        let row = self.row(person);
        if row.flags & (KNOWN | GONE) == 0 {
            self.horizon
        } else {
            Time::from_us(u64::from(row.since_ms) * 1000)
        }
    }
}
