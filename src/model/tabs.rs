//! Further tabs and devices of a person, opened one by one while the earlier ones bring nothing. That all open at the
//! first click is the default, and `arrivals.rs` does it; here is only the waiting.
//!
//! A person's rows exist from the start, because they are contiguous. One that is never opened is nobody's session: it
//! sends nothing, and no fact speaks of it.

use super::World;
use super::crowd::Flag;
use super::message::Message;
use crate::engine::Agenda;
use crate::protocol::{Belief, Kind, Observer, SessionId};

impl<O: Observer> World<O> {
    /// A session opens the page for the first time. Its patience is the person's, which is in the first one's row.
    pub(super) fn open_session(&mut self, session: SessionId, agenda: &mut Agenda) {
        let leave_at = self.crowd.row(self.crowd.first(session)).leave_at();
        let row = self.crowd.row_mut(session);
        row.set(Flag::Arrived);
        row.set_leave_at(leave_at);
        let kind = self.first_request(session);
        self.plan_request(session, kind, self.now, agenda);
        self.plan_hiding(session, agenda);
        if self.switches.are_possible() {
            self.plan_switch(session, agenda);
        }
    }

    /// What a session asks for first.
    fn first_request(&self, session: SessionId) -> Kind {
        let calls_the_shop = self.plan.cohorts[self.crowd.row(session).cohort()].calls_the_shop;
        if calls_the_shop { Kind::Hold } else { Kind::OpenPage }
    }

    /// What a session asks for that has neither a place nor a turn.
    pub(super) fn way_in(&self, session: SessionId) -> Kind {
        match self.first_request(session) {
            Kind::OpenPage if self.line.is_some() => Kind::Join,
            Kind::OpenPage => Kind::SeatMap,
            shop => shop,
        }
    }

    /// Where the person opens tabs one by one: plans the opening of the one after this, if there is one more and they
    /// will still be there.
    pub(super) fn plan_next_tab(&mut self, session: SessionId, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        let Some(open_after) = self.plan.cohorts[row.cohort()].open_after else { return };
        let next = session.0 + 1;
        let at = self.now + open_after;
        let is_theirs = self.crowd.sessions(self.crowd.person(session)).contains(&next);
        if is_theirs && at < row.leave_at().min(self.plan.roster.horizon) {
            self.post(Message::OpenTab, at, SessionId(next), 0, agenda);
        }
    }

    /// A person who has waited long enough opens one more tab, unless one of the earlier ones got in or had the final
    /// answer; then they open no more. What is on its way to a screen counts as seen.
    pub(super) fn open_tab(&mut self, session: SessionId, agenda: &mut Agenda) {
        let first = self.crowd.first(session);
        let got_in = |session: u32| {
            let row = self.crowd.row(SessionId(session));
            let inside = matches!(
                row.belief(),
                Belief::YourTurn | Belief::Choosing | Belief::SeatHeld | Belief::Paying
            );
            inside || row.is(Flag::Told)
        };
        if !self.crowd.row(first).is(Flag::PersonDone) && !(first.0..session.0).any(got_in) {
            self.open_session(session, agenda);
            self.plan_next_tab(session, agenda);
        }
    }
}
