//! The quiet poll: a poll that changes nothing, the most frequent event of all. It is answered "still in line", heard, and
//! known to be heard, in one event and as one fact.
//!
//! It looks at what the backend knows, at what the screen says, at place and network at once, which only `across` may do.

use super::key::KEY;
use crate::engine::Agenda;
use crate::engine::Time;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::line::waiting_room::WaitingRoom;
use crate::model::people::People;
use crate::protocol::{Belief, Fact, GatewayId, Kind, Observer, PersonId, SessionId, Truth};

impl<O: Observer> World<O> {
    /// Would a poll be answered at once and readably by "still in line", which is what its screen says?
    pub(in crate::model) fn answers_as_before(&self, session: SessionId, gateway: GatewayId) -> bool {
        let row = self.sim.crowd.row(session);
        let unchanged = row.books.truth_across(KEY) == Truth::Queued
            && matches!(row.page.belief_across(KEY), Belief::InLine | Belief::Paused)
            && row.wire.failures() == 0
            && !self.sim.crowd.has_siblings(session);
        unchanged
            && !self.edge.has_listener_limits
            && self.sim.plan.route[Kind::Poll as usize].is_none()
            && self.sim.plan.edge.cors.waiting_room.success
            && !self.edge.is_full(&self.sim, gateway)
            && self.line.room.as_ref().is_some_and(WaitingRoom::answers_polls_at_once)
            && !self.line.proofs.is_due(session, self.sim.now)
            && !self.sim.call_backs.is_under_way(session)
    }

    /// A poll that changes nothing - answered "still in line", heard, and known to be heard - is one fact, and
    /// its event is already the next poll's beginning. Returns whether it was one.
    ///
    /// Apart from the conditions of [`World::answers_as_before`], because a compiler takes what comes after so many
    /// for unlikely, and would leave the most frequent path of all to calls.
    pub(in crate::model) fn quiet_poll(
        &mut self, session: SessionId, gateway: GatewayId, sent_at: Time, agenda: &mut Agenda,
    ) -> bool {
        let row = self.sim.crowd.row(session);
        let (cohort, place) = (row.wire.cohort(), row.books.place_across(KEY));
        let Some(down) = self.sim.way_down(session, cohort, self.sim.draw_key(session)) else { return false };
        let heard_at = self.sim.now + down;
        if heard_at > self.people.gone_at(&self.sim, session, sent_at) {
            return false;
        }
        let who = self.sim.crowd.who(session);
        if self.sim.polls_matter && (People::has_programs(&self.sim, cohort) || !self.passes_by(who.person)) {
            return false;
        }
        let position = self.line.room.as_ref().map_or(0, |line| line.position(place));
        let up = self.sim.now.saturating_since(sent_at);
        self.sim.record.fact(self.sim.now, Fact::Polled { who, gateway, up, down, position });
        Tables::note_contact(&mut self.sim, session);
        if self.people.tolerance.minds_silence() {
            self.people.break_silence(session);
        }
        if !self.people.tolerance.minds_positions()
            || !self.people.leaves_for_position(&mut self.sim, session, heard_at, position, agenda)
        {
            self.people.ask_later(&mut self.sim, session, heard_at, Kind::Poll, agenda);
        }
        true
    }

    /// A poll that would change nothing: the gateways count it, where they count. Returns whether it changes nothing
    /// indeed, because the page has nothing that its person has not read.
    pub(in crate::model) fn passes_by(&mut self, person: PersonId) -> bool {
        if self.sim.notices.has_unread(person) {
            return false;
        }
        if let Some(counters) = self.operator.counters() {
            counters.count(crate::protocol::Reply::InLine, crate::engine::Span::ZERO);
        }
        true
    }
}
