//! Turns: issued, used by the first protected request, ended unused or by time. Whose turn it is, the waiting room
//! decides (`waiting_room.rs`); the slots of those inside are in `inside.rs`.

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::sim::crowd::{Flag, NO_PLACE};
use crate::model::sim::message::Message;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Emitter, Fact, GatewayId, Incident, Kind, Observer, Reply, SessionId, Truth};
use crate::scenario::plan::operator::WhilePaused;

/// How a turn ended.
#[derive(Clone, Copy)]
pub(in crate::model) enum Ended {
    /// It was used, or nobody could have used it.
    Over,
    /// This session never used it.
    Unused(SessionId),
}

/// What a protected request may do.
#[derive(Clone, Copy)]
pub(in crate::model) enum TurnCheck {
    /// It goes on.
    Passes,
    /// It goes on, and its session has come into the shop, to this slot.
    Enters(u32),
    /// Nobody checks turns here: its session may walk in.
    WalksIn,
    /// It is refused.
    Refused(Reply, Emitter),
}

impl<O: Observer> World<O> {
    /// The next in line has a turn.
    pub(in crate::model) fn issue_turn(&mut self, session: SessionId, agenda: &mut Agenda) {
        let place = self.sim.crowd.row(session).place;
        let has_address = self.sim.call_backs.has_address(session);
        self.leave_line(session);
        let line = self.line.room.as_mut().expect("only a line issues turns");
        line.policy.on_turn(place);
        let order = line.issued;
        line.issued += 1;
        let slot = self.open_turn(session, Some(order), agenda);
        self.note_overshoot(session);
        let row = self.sim.crowd.row_mut(session);
        row.place = slot;
        row.set(Flag::Inside);
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::TurnIssued { who, order });
        self.tables.decide_now(&mut self.sim, session, Truth::Turn);
        if has_address {
            self.mail_turn(session, agenda);
        }
    }

    /// A turn costs allowance, and a slot inside where it counts from its grant on, until its validity ends. `number`, or
    /// else that of the slot, orders turns of one person that end at the same instant. Returns the slot.
    pub(in crate::model) fn open_turn(
        &mut self,
        session: SessionId,
        number: Option<u32>,
        agenda: &mut Agenda,
    ) -> u32 {
        let plan = self.sim.plan.line.as_ref().expect("a line has a plan");
        let until = self.sim.now + plan.turn_validity;
        let counted = !plan.counts_from_entry;
        let (slot, generation) = self.tables.active.open(session);
        let visit = self.tables.active.at_mut(slot);
        visit.counted = counted;
        visit.paused_before = self.sim.pauses.lasted();
        visit.ends_at = until;
        let line = self.line.room.as_mut().expect("only a line issues turns");
        let budget = line.budget.as_mut().expect("the sale is open");
        budget.spend();
        if counted {
            budget.enter();
        }
        let tie = self.sim.draws.tie(
            self.sim.entity_of(session),
            self.sim.crowd.row(session).tab(),
            number.unwrap_or(slot),
        );
        agenda.push(Message::TurnEnd.entry(until, tie, slot, generation));
        slot
    }

    /// The page lets a session with a turn through to the shop, unless it did so too often: then it shows an error until
    /// the turn ends.
    pub(in crate::model) fn redirect(&mut self, session: SessionId, slot: u32) -> Reply {
        let most = self.sim.plan.line.as_ref().and_then(|line| line.max_redirects);
        let visit = self.tables.active.at_mut(slot);
        if visit.turn_over {
            return Reply::TurnEnded;
        }
        visit.redirects = visit.redirects.saturating_add(1);
        let Some(most) = most.filter(|most| visit.redirects > *most) else { return Reply::YourTurn };
        if visit.redirects == most + 1 {
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::Incident { who, incident: Incident::RedirectsUsedUp });
        }
        Reply::TurnEnded
    }

    /// A gateway whose clock is ahead takes a turn for ended that is valid. What is held is the shop's to end, and while
    /// the sale is paused no turn's time runs.
    fn takes_for_ended(&mut self, session: SessionId, slot: u32, gateway: GatewayId) -> bool {
        let clock = self.sim.clock_of(gateway);
        if clock <= self.sim.now || self.sim.pauses.is_on() {
            return false;
        }
        let visit = self.tables.active.at(slot);
        let ends_at = visit.ends_at + (self.sim.pauses.lasted() - visit.paused_before);
        let is_wrong = !visit.turn_over && visit.hold.is_none() && clock >= ends_at;
        if is_wrong {
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::Incident { who, incident: Incident::TurnMisdated });
        }
        is_wrong
    }

    /// The answer to a protected request without a turn.
    fn without_turn(&mut self, session: SessionId) -> Reply {
        match self.standing(session) {
            Reply::InLine | Reply::VerifyAgain | Reply::PlaceLost | Reply::YourTurn => Reply::TurnEnded,
            reply => reply,
        }
    }

    fn enter(&mut self, session: SessionId, counts: bool) {
        if counts && let Some(budget) = self.budget() {
            budget.enter();
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Entered { who });
        self.tables.decide_now(&mut self.sim, session, Truth::Active);
    }

    /// The end of a turn has come up, as it was set: if the sale is paused, or was since, it comes later. Returns
    /// whether it does.
    pub(in crate::model) fn puts_off_turn_end(
        &mut self,
        slot: u32,
        generation: u32,
        agenda: &mut Agenda,
    ) -> bool {
        if self.sim.pauses.is_on() {
            self.line.overdue_turns.push((slot, generation, self.sim.now));
            return true;
        }
        if self.tables.active.at(slot).paused_before == self.sim.pauses.lasted() {
            return false;
        }
        self.set_turn_end(slot, generation, self.sim.now, agenda);
        true
    }

    /// Sets a turn's end anew: later by what the sale was paused since it was last set for `end`.
    pub(in crate::model) fn set_turn_end(
        &mut self,
        slot: u32,
        generation: u32,
        end: Time,
        agenda: &mut Agenda,
    ) {
        let lasted = self.sim.pauses.lasted();
        let visit = self.tables.active.at_mut(slot);
        let later = lasted - visit.paused_before;
        visit.paused_before = lasted;
        visit.ends_at = end + later;
        let session = visit.session;
        let tie = self.sim.tie(session, generation);
        agenda.push(Message::TurnEnd.entry(end + later, tie, slot, generation));
    }

    /// The answer to a protected request of somebody inside while the sale is paused. It does not pass: no turn is used
    /// by it. Whoever has bought, or is not inside, is answered as ever.
    pub(in crate::model) fn refuses_inside(
        &self,
        session: SessionId,
        kind: Kind,
    ) -> Option<(Reply, Emitter)> {
        let inside = self.sim.pauses.on()?;
        let protected = kind.answered_by() == Emitter::Service;
        let row = self.sim.crowd.row(session);
        let roster = &self.sim.plan.roster;
        // Without a waiting room whoever asks while the sale is open is inside.
        let open = self.sim.plan.line.is_none()
            && roster.opens_at <= self.sim.now
            && self.sim.now < roster.closes_at;
        let refused = inside == WhilePaused::InsideIsRefused
            && protected
            && row.truth() != Truth::Sold
            && (row.is(Flag::Inside) || open);
        let emitter = if self.line.room.is_some() { Emitter::WaitingRoom } else { Emitter::Service };
        refused.then_some((Reply::SalePaused, emitter))
    }

    /// Protected requests need a turn; without a waiting room they need an open sale. A turn is used by its
    /// first one, whatever the reply.
    pub(in crate::model) fn check_turn(&mut self, inbound: InboundRequest, agenda: &mut Agenda) -> TurnCheck {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        if !matches!(kind, Kind::SeatMap | Kind::Hold) {
            return TurnCheck::Passes;
        }
        if self.sim.now < self.sim.plan.roster.opens_at {
            return TurnCheck::Refused(Reply::NotOpenYet, Emitter::Service);
        }
        if self.comes_as_newcomer(session) {
            self.leave_to_nobody(session);
        }
        let row = self.sim.crowd.row(session);
        if row.truth() == Truth::Sold {
            return TurnCheck::Refused(Reply::Confirmed, Emitter::Service);
        }
        let (slot, inside) = (row.place, row.is(Flag::Inside));
        let unchecked = |pages_alone: bool| pages_alone && kind == Kind::Hold && !inside;
        let line = self.sim.plan.line.as_ref().filter(|line| !unchecked(line.pages_alone));
        let Some((max_uses, counts_from_entry)) = line.map(|line| (line.max_uses, line.counts_from_entry))
        else {
            return if inside { TurnCheck::Passes } else { TurnCheck::WalksIn };
        };
        if !inside {
            return TurnCheck::Refused(self.without_turn(session), Emitter::WaitingRoom);
        }
        if self.takes_for_ended(session, slot, gateway) {
            return TurnCheck::Refused(Reply::TurnEnded, Emitter::WaitingRoom);
        }
        let visit = self.tables.active.at_mut(slot);
        let used_up = max_uses.is_some_and(|most| visit.uses >= most);
        if (visit.turn_over || used_up) && visit.hold.is_none() {
            return TurnCheck::Refused(Reply::TurnEnded, Emitter::WaitingRoom);
        }
        visit.uses += 1;
        if visit.entered {
            return TurnCheck::Passes;
        }
        visit.entered = true;
        visit.counted |= counts_from_entry;
        self.enter(session, counts_from_entry);
        self.watch_inside(slot, agenda);
        TurnCheck::Enters(slot)
    }

    /// Somebody walks into the shop past the room, or where there is none, while the sale is open.
    pub(in crate::model) fn walk_in(&mut self, session: SessionId) -> TurnCheck {
        if self.sim.now >= self.sim.plan.roster.closes_at {
            self.tables.decide_now(&mut self.sim, session, Truth::RefusedClosed);
            return TurnCheck::Refused(Reply::SaleClosed, Emitter::Service);
        }
        if self.line.room.is_some() {
            self.leave_line(session);
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::Incident { who, incident: Incident::CameWithoutTurn });
        }
        let (slot, _) = self.tables.active.open(session);
        let row = self.sim.crowd.row_mut(session);
        row.place = slot;
        row.set(Flag::Inside);
        self.tables.active.at_mut(slot).entered = true;
        self.enter(session, false);
        TurnCheck::Enters(slot)
    }

    /// A turn's validity ends. `None`: it does not end yet.
    pub(in crate::model) fn turn_ends(
        &mut self,
        slot: u32,
        generation: u32,
        agenda: &mut Agenda,
    ) -> Option<Ended> {
        if !self.tables.active.is_live(slot, generation) || self.puts_off_turn_end(slot, generation, agenda) {
            return None;
        }
        let visit = self.tables.active.at_mut(slot);
        visit.turn_over = true;
        let (session, entered, of_nobody) = (visit.session, visit.entered, visit.of_nobody);
        if entered {
            return Some(Ended::Over);
        }
        let reissue = self.sim.plan.line.as_ref().is_some_and(|line| line.reissue);
        if !reissue {
            // The slot stays counted for ever, as in a serving counter that is not told of expiry.
            self.tables.active.at_mut(slot).counted = false;
        }
        if of_nobody {
            return Some(Ended::Over);
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::NoShow { who });
        Some(Ended::Unused(session))
    }

    /// Frees a slot inside. Returns whether the room knows at once that it is free.
    pub(in crate::model) fn free_slot(&mut self, slot: u32, agenda: &mut Agenda) -> bool {
        let visit = self.tables.active.close(slot);
        if !visit.of_nobody {
            let row = self.sim.crowd.row_mut(visit.session);
            row.clear(Flag::Inside);
            row.place = NO_PLACE;
        }
        visit.counted && !self.reports_exit(visit.session, agenda)
    }
}
