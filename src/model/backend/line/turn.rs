//! Turns: issued, used by the first protected request, ended unused or by time. Whose turn it is, the waiting room
//! decides (`waiting_room.rs`); the slots of those inside are in `active.rs`.

use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::NO_PLACE;
use crate::model::backend::line::Line;
use crate::model::sim::message::Message;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Emitter, Fact, GatewayId, Incident, Kind, Observer, Reply, SessionId, Truth};
use crate::scenario::plan::operator::Inside;

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

impl Line {
    /// The next in line has a turn.
    pub(in crate::model) fn issue_turn<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, agenda: &mut Agenda,
    ) {
        let place = sim.crowd.books(session).place();
        let has_address = sim.call_backs.has_address(session);
        self.leave_line(sim, session);
        let line = self.room.as_mut().expect("only a line issues turns");
        line.policy.on_turn(place);
        let order = line.issued;
        line.issued += 1;
        let slot = self.open_turn(sim, tables, session, Some(order), agenda);
        self.note_overshoot(sim, session);
        let row = sim.crowd.row_mut(session);
        row.books.set_place(slot);
        row.books.set_inside(true);
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::TurnIssued { who, order });
        tables.decide_now(sim, session, Truth::Turn);
        if has_address {
            Self::mail_turn(sim, session, agenda);
        }
    }

    /// A turn costs allowance, and a slot inside where it counts from its grant on, until its validity ends. `number`, or
    /// else that of the slot, orders turns of one person that end at the same instant. Returns the slot.
    pub(in crate::model) fn open_turn<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, number: Option<u32>,
        agenda: &mut Agenda,
    ) -> u32 {
        let plan = sim.plan.line.as_ref().expect("a line has a plan");
        let until = sim.now + plan.turn_validity;
        let counted = !plan.counts_from_entry;
        let (slot, generation) = tables.active.open(session);
        let visit = tables.active.at_mut(slot);
        visit.counted = counted;
        visit.paused_before = sim.pauses.lasted();
        visit.ends_at = until;
        let line = self.room.as_mut().expect("only a line issues turns");
        let budget = line.budget.as_mut().expect("the sale is open");
        budget.spend();
        if counted {
            budget.enter();
        }
        let tie =
            sim.draws.tie(sim.entity_of(session), sim.crowd.wire(session).tab(), number.unwrap_or(slot));
        agenda.push(Message::TurnEnd.entry(until, tie, slot, generation));
        slot
    }

    /// The page lets a session with a turn through to the shop, unless it did so too often: then it shows an error until
    /// the turn ends.
    pub(in crate::model) fn redirect<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, slot: u32,
    ) -> Reply {
        let most = sim.plan.line.as_ref().and_then(|line| line.max_redirects);
        let visit = tables.active.at_mut(slot);
        if visit.turn_over {
            return Reply::TurnEnded;
        }
        visit.redirects = visit.redirects.saturating_add(1);
        let Some(most) = most.filter(|most| visit.redirects > *most) else { return Reply::YourTurn };
        if visit.redirects == most + 1 {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::RedirectsUsedUp });
        }
        Reply::TurnEnded
    }

    /// A gateway whose clock is ahead takes a turn for ended that is valid. What is held is the shop's to end, and while
    /// the sale is paused no turn's time runs.
    fn takes_for_ended<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, slot: u32, gateway: GatewayId,
    ) -> bool {
        let clock = sim.clock_of(gateway);
        if clock <= sim.now || sim.pauses.is_on() {
            return false;
        }
        let visit = tables.active.at(slot);
        let ends_at = visit.ends_at + (sim.pauses.lasted() - visit.paused_before);
        let is_wrong = !visit.turn_over && visit.hold.is_none() && clock >= ends_at;
        if is_wrong {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::TurnMisdated });
        }
        is_wrong
    }

    /// The answer to a protected request without a turn.
    fn without_turn<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> Reply {
        match self.standing(sim, tables, session) {
            Reply::InLine | Reply::VerifyAgain | Reply::PlaceLost | Reply::YourTurn => Reply::TurnEnded,
            reply => reply,
        }
    }

    fn enter<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, counts: bool,
    ) {
        if counts && let Some(budget) = self.budget() {
            budget.enter();
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Entered { who });
        tables.decide_now(sim, session, Truth::Active);
    }

    /// The end of a turn has come up, as it was set: if the sale is paused, or was since, it comes later. Returns
    /// whether it does.
    pub(in crate::model) fn puts_off_turn_end<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32, agenda: &mut Agenda,
    ) -> bool {
        if sim.pauses.is_on() {
            self.overdue_turns.push((slot, generation, sim.now));
            return true;
        }
        if tables.active.at(slot).paused_before == sim.pauses.lasted() {
            return false;
        }
        Self::set_turn_end(sim, tables, slot, generation, sim.now, agenda);
        true
    }

    /// Sets a turn's end anew: later by what the sale was paused since it was last set for `end`.
    pub(in crate::model) fn set_turn_end<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32, end: Time, agenda: &mut Agenda,
    ) {
        let lasted = sim.pauses.lasted();
        let visit = tables.active.at_mut(slot);
        let later = lasted - visit.paused_before;
        visit.paused_before = lasted;
        visit.ends_at = end + later;
        let session = visit.session;
        let tie = sim.tie(session, generation);
        agenda.push(Message::TurnEnd.entry(end + later, tie, slot, generation));
    }

    /// The answer to a protected request of somebody inside while the sale is paused. It does not pass: no turn is used
    /// by it. Whoever has bought, or is not inside, is answered as ever.
    pub(in crate::model) fn refuses_inside<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId, kind: Kind,
    ) -> Option<(Reply, Emitter)> {
        let inside = sim.pauses.on()?;
        let protected = kind.answered_by() == Emitter::Service;
        let row = sim.crowd.row(session);
        let roster = &sim.plan.roster;
        // Without a waiting room whoever asks while the sale is open is inside.
        let open = sim.plan.line.is_none() && roster.opens_at <= sim.now && sim.now < roster.closes_at;
        let refused = inside == Inside::Refuse
            && protected
            && row.books.truth() != Truth::Sold
            && (row.books.is_inside() || open);
        let emitter = if self.room.is_some() { Emitter::WaitingRoom } else { Emitter::Service };
        refused.then_some((Reply::SalePaused, emitter))
    }

    /// Protected requests need a turn; without a waiting room they need an open sale. A turn is used by its
    /// first one, whatever the reply.
    pub(in crate::model) fn check_turn<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> TurnCheck {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        if !matches!(kind, Kind::SeatMap | Kind::Hold) {
            return TurnCheck::Passes;
        }
        if sim.now < sim.plan.roster.opens_at {
            return TurnCheck::Refused(Reply::NotOpenYet, Emitter::Service);
        }
        if self.comes_as_newcomer(sim, session) {
            self.leave_to_nobody(sim, tables, session);
        }
        let row = sim.crowd.row(session);
        if row.books.truth() == Truth::Sold {
            return TurnCheck::Refused(Reply::Confirmed, Emitter::Service);
        }
        let (slot, inside) = (row.books.place(), row.books.is_inside());
        let unchecked = |pages_alone: bool| pages_alone && kind == Kind::Hold && !inside;
        let line = sim.plan.line.as_ref().filter(|line| !unchecked(line.pages_alone));
        let Some((max_uses, counts_from_entry)) = line.map(|line| (line.max_uses, line.counts_from_entry))
        else {
            return if inside { TurnCheck::Passes } else { TurnCheck::WalksIn };
        };
        if !inside {
            return TurnCheck::Refused(self.without_turn(sim, tables, session), Emitter::WaitingRoom);
        }
        if Self::takes_for_ended(sim, tables, session, slot, gateway) {
            return TurnCheck::Refused(Reply::TurnEnded, Emitter::WaitingRoom);
        }
        let visit = tables.active.at_mut(slot);
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
        self.enter(sim, tables, session, counts_from_entry);
        Self::watch_inside(sim, tables, slot, agenda);
        TurnCheck::Enters(slot)
    }

    /// Somebody walks into the shop past the room, or where there is none, while the sale is open.
    pub(in crate::model) fn walk_in<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> TurnCheck {
        if sim.now >= sim.plan.roster.closes_at {
            tables.decide_now(sim, session, Truth::RefusedClosed);
            return TurnCheck::Refused(Reply::SaleClosed, Emitter::Service);
        }
        if self.room.is_some() {
            self.leave_line(sim, session);
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::CameWithoutTurn });
        }
        let (slot, _) = tables.active.open(session);
        let row = sim.crowd.row_mut(session);
        row.books.set_place(slot);
        row.books.set_inside(true);
        tables.active.at_mut(slot).entered = true;
        self.enter(sim, tables, session, false);
        TurnCheck::Enters(slot)
    }

    /// A turn's validity ends. `None`: it does not end yet.
    pub(in crate::model) fn turn_ends<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32, agenda: &mut Agenda,
    ) -> Option<Ended> {
        if !tables.active.is_live(slot, generation)
            || self.puts_off_turn_end(sim, tables, slot, generation, agenda)
        {
            return None;
        }
        let visit = tables.active.at_mut(slot);
        visit.turn_over = true;
        let (session, entered, of_nobody) = (visit.session, visit.entered, visit.of_nobody);
        if entered {
            return Some(Ended::Over);
        }
        let reissue = sim.plan.line.as_ref().is_some_and(|line| line.reissue);
        if !reissue {
            // The slot stays counted for ever, as in a serving counter that is not told of expiry.
            tables.active.at_mut(slot).counted = false;
        }
        if of_nobody {
            return Some(Ended::Over);
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::NoShow { who });
        Some(Ended::Unused(session))
    }

    /// Frees a slot inside. Returns whether the room knows at once that it is free.
    pub(in crate::model) fn free_slot<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) -> bool {
        let visit = tables.active.close(slot);
        if !visit.of_nobody {
            let row = sim.crowd.row_mut(visit.session);
            row.books.set_inside(false);
            row.books.set_place(NO_PLACE);
        }
        visit.counted && !Self::reports_exit(sim, visit.session, agenda)
    }
}
