//! Further tabs and devices of a person, opened one by one while the earlier ones bring nothing. That all open at the
//! first click is the default, and `arrivals.rs` does it; here is only the waiting.
//!
//! A person's rows exist from the start, because they are contiguous. One that is never opened is nobody's session: it
//! sends nothing, and no fact speaks of it.

use crate::engine::Agenda;
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::message::Message;
use crate::protocol::{Belief, Kind, Observer, SessionId};

impl People {
    /// A session opens the page for the first time. Its patience is the person's, which is in the first one's row.
    pub(in crate::model) fn open_session<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let leave_at = sim.crowd.page(sim.crowd.first(session)).leave_at();
        let row = sim.crowd.row_mut(session);
        row.page.set_leave_at(leave_at);
        let kind = Self::first_request(sim, session);
        self.plan_request(sim, session, kind, sim.now, agenda);
        Self::plan_hiding(sim, session, agenda);
        if sim.roaming.are_possible() {
            Self::plan_switch(sim, session, agenda);
        }
    }

    /// What a session asks for first.
    fn first_request<O: Observer, B>(sim: &Sim<O, B>, session: SessionId) -> Kind {
        let calls_the_shop = sim.plan.cohorts[sim.crowd.wire(session).cohort()].calls_the_shop;
        if calls_the_shop { Kind::Hold } else { Kind::OpenPage }
    }

    /// What a session asks for that has neither a place nor a turn.
    pub(in crate::model) fn way_in<O: Observer, B>(sim: &Sim<O, B>, session: SessionId) -> Kind {
        match Self::first_request(sim, session) {
            Kind::OpenPage if sim.plan.line.is_some() => Kind::Join,
            Kind::OpenPage => Kind::SeatMap,
            shop => shop,
        }
    }

    /// Where the person opens tabs one by one: plans the opening of the one after this, if there is one more and they
    /// will still be there.
    pub(in crate::model) fn plan_next_tab<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let Some(open_after) = sim.plan.cohorts[row.wire.cohort()].open_after else { return };
        let next = session.0 + 1;
        let at = sim.now + open_after;
        let is_theirs = sim.crowd.sessions(sim.crowd.person(session)).contains(&next);
        if is_theirs && at < row.page.leave_at().min(sim.plan.roster.horizon) {
            sim.post(Message::OpenTab, at, SessionId(next), 0, agenda);
        }
    }

    /// A person who has waited long enough opens one more tab, unless one of the earlier ones got in, bought or read that
    /// nothing is left; then they open no more. What is on its way to a screen counts as seen.
    pub(in crate::model) fn open_tab<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let first = sim.crowd.first(session);
        let got_in = |session: u32| {
            let row = sim.crowd.row(SessionId(session));
            let inside = matches!(
                row.page.belief(),
                Belief::YourTurn | Belief::Choosing | Belief::SeatHeld | Belief::Paying
            );
            inside || row.page.was_told()
        };
        if !sim.crowd.page(first).opens_no_more() && !(first.0..session.0).any(got_in) {
            self.open_session(sim, session, agenda);
            Self::plan_next_tab(sim, session, agenda);
        }
    }
}
