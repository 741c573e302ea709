//! What happens in the line and beyond it at once: joins, turns, whoever is taken out, and the polls that are held for
//! news of it. The room decides; here the news are carried.

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::line::Line;
use crate::model::backend::line::join::Joined;
use crate::model::backend::line::turn::{Ended, TurnCheck};
use crate::model::backend::line::waiting_room::Called;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Emitter, Kind, Observer, Refusal, Reply, SessionId, Truth};

impl<O: Observer> World<O> {
    /// Opens the line: places for the lounge, and the first turns.
    pub(in crate::model) fn open_line(&mut self, agenda: &mut Agenda) {
        if self.line.room.is_some() {
            self.line.open_room(&mut self.sim, agenda);
            self.admit(agenda);
        }
    }

    /// From now on the line is answered with a final no; polls that are held hear it at once.
    pub(in crate::model) fn close_line(&mut self, refusal: Refusal, agenda: &mut Agenda) {
        if self.line.close_room(&mut self.sim, &mut self.tables, refusal, agenda) {
            self.answer_held_polls(agenda);
        }
    }

    // ---- into the line -------------------------------------------------------------------------------

    /// A join was served: where its session stands now.
    pub(in crate::model) fn stand(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        if self.line.room.is_none() {
            return Reply::YourTurn;
        }
        match self.line.join(&mut self.sim, &mut self.tables, session, agenda) {
            Joined::Refused(reply) => return reply,
            Joined::Stands { early } => self.stand_in_line(session, early, agenda),
            Joined::Out => self.evict(session, agenda),
            Joined::TookOver(holder) => self.answer_held_poll_of(holder, agenda),
            Joined::Waits | Joined::Known => {}
        }
        self.ask_policy(session, agenda);
        self.line.standing(&mut self.sim, &mut self.tables, session)
    }

    /// The message of a join is taken up: its session gets a place, if it is still in line.
    pub(in crate::model) fn place_comes(&mut self, session: SessionId, agenda: &mut Agenda) {
        if let Some((session, early)) = self.line.take_up_join(&mut self.sim, session) {
            self.stand_in_line(session, early, agenda);
        }
    }

    fn stand_in_line(&mut self, session: SessionId, early: bool, agenda: &mut Agenda) {
        if self.line.give_place(&mut self.sim, &mut self.tables, session, early) {
            self.score_again(session, agenda);
        }
        self.line.expect_act(&mut self.sim, agenda);
        self.admit(agenda);
    }

    // ---- the policy ----------------------------------------------------------------------------------

    /// A session in line asks where it stands, where the policy goes by that.
    pub(in crate::model) fn ask_policy(&mut self, session: SessionId, agenda: &mut Agenda) {
        if self.line.room.as_ref().is_some_and(|line| line.is_self_paced) {
            for (session, place) in self.line.asks(&mut self.sim, &mut self.tables, session, agenda) {
                if Tables::stands_at(&self.sim, session, place) {
                    self.skip(session, agenda);
                }
            }
        }
    }

    /// A poll that would be answered as the ones before: does the policy, asked about it, leave its session in line?
    #[inline]
    pub(in crate::model) fn stays_in_line(&mut self, session: SessionId, agenda: &mut Agenda) -> bool {
        if self.line.room.as_ref().is_none_or(|line| !line.is_self_paced) {
            return true;
        }
        self.ask_policy(session, agenda);
        Tables::is_queued(&self.sim, session)
    }

    /// The policy acts by itself.
    pub(in crate::model) fn policy_acts(&mut self, agenda: &mut Agenda) {
        let Some(scores_all) = self.line.let_policy_act(&mut self.sim) else { return };
        if scores_all {
            for session in self.line.score_everybody(&mut self.sim, &mut self.tables) {
                self.evict(session, agenda);
            }
        }
        self.line.expect_act(&mut self.sim, agenda);
        self.admit(agenda);
    }

    /// A gateway has accepted a request: its session is scored again, if the policy does that.
    #[inline]
    pub(in crate::model) fn touch(&mut self, session: SessionId, kind: Kind, agenda: &mut Agenda) {
        if self.line.rescores() {
            self.line.note_heard(&mut self.sim, &mut self.tables, session, kind);
            self.score_again(session, agenda);
            self.line.expect_act(&mut self.sim, agenda);
            self.admit(agenda);
        }
    }

    /// A session is scored again: out it goes if that is too little.
    fn score_again(&mut self, session: SessionId, agenda: &mut Agenda) {
        if self.line.rescores() && !self.line.stays(&mut self.sim, &mut self.tables, session) {
            self.evict(session, agenda);
        }
    }

    /// The policy is told how the shop does, and may switch its queue on or off.
    pub(in crate::model) fn watch_shop(&mut self, agenda: &mut Agenda) {
        if self.line.look_at_shop(&mut self.sim, agenda) {
            self.admit(agenda);
        }
    }

    /// The outflow follows how long the shop takes.
    pub(in crate::model) fn steer(&mut self, agenda: &mut Agenda) {
        if self.line.steer_outflow(&mut self.sim, agenda) {
            self.admit(agenda);
        }
    }

    // ---- out of the line -----------------------------------------------------------------------------

    /// Lets in as many as the budgets allow.
    pub(in crate::model) fn admit(&mut self, agenda: &mut Agenda) {
        while let Some(called) = self.line.call_next(&mut self.sim, &mut self.tables, agenda) {
            match called {
                Called::Turn(session) => {
                    self.line.issue_turn(&mut self.sim, &mut self.tables, session, agenda);
                    self.answer_held_poll_of(session, agenda);
                }
                Called::Silent(session) => self.skip(session, agenda),
                Called::Out(session) => self.evict(session, agenda),
            }
        }
    }

    /// Allowance has come.
    pub(in crate::model) fn replenish(&mut self, agenda: &mut Agenda) {
        self.line.allowance_came(&mut self.sim);
        self.admit(agenda);
    }

    /// The room learns that somebody has left the shop.
    pub(in crate::model) fn learn_of_exit(&mut self, agenda: &mut Agenda) {
        self.line.note_exit();
        self.admit(agenda);
    }

    /// Places that share a budget have heard of each other.
    pub(in crate::model) fn learn_budgets(&mut self, agenda: &mut Agenda) {
        if self.line.learn_spent(&mut self.sim) {
            self.admit(agenda);
        }
    }

    /// A session was not heard of for too long: its place is gone.
    fn skip(&mut self, session: SessionId, agenda: &mut Agenda) {
        self.line.drop_silent(&mut self.sim, session);
        self.people.note_if_hidden(&mut self.sim, session);
        self.tables.decide_now(&mut self.sim, session, Truth::Expired);
        self.answer_held_poll_of(session, agenda);
    }

    /// Takes a session out of the line, at no cost to the budgets.
    pub(in crate::model) fn evict(&mut self, session: SessionId, agenda: &mut Agenda) {
        self.line.take_out(&mut self.sim, &mut self.tables, session);
        self.answer_held_poll_of(session, agenda);
    }

    /// The session is in contact: had it to prove itself, and did not, it is out.
    pub(in crate::model) fn evict_if_overdue(&mut self, session: SessionId, agenda: &mut Agenda) {
        if self.line.is_overdue(&self.sim, session) && self.line.is_in_open_line(&self.sim, session) {
            self.evict(session, agenda);
        }
    }

    /// A proof was served. The backend decides if one was due; one that is repeated after a lost answer changes
    /// nothing, and neither does one of a session that is not in line any more.
    pub(in crate::model) fn prove(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        let is_due =
            self.line.is_in_open_line(&self.sim, session) && self.line.proofs.is_due(session, self.sim.now);
        if is_due && !self.line.judge_proof(&mut self.sim, session) {
            self.evict(session, agenda);
        }
        self.line.standing(&mut self.sim, &mut self.tables, session)
    }

    // ---- inside --------------------------------------------------------------------------------------

    /// Protected requests need a turn, or an open sale where nobody checks turns. Returns the answer to one that has neither.
    pub(in crate::model) fn let_through(
        &mut self, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> Option<(Reply, Emitter)> {
        let session = inbound.session;
        let check = match self.line.check_turn(&mut self.sim, &mut self.tables, inbound, agenda) {
            TurnCheck::WalksIn if self.shop.deadlines.tells(session) => {
                TurnCheck::Refused(Reply::TurnEnded, Emitter::Service)
            }
            TurnCheck::WalksIn => self.line.walk_in(&mut self.sim, &mut self.tables, session),
            check => check,
        };
        match check {
            TurnCheck::Passes | TurnCheck::WalksIn => None,
            TurnCheck::Enters(slot) => {
                self.shop.begin_steps(&mut self.sim, &mut self.tables, slot, agenda);
                None
            }
            TurnCheck::Refused(reply, emitter) => Some((reply, emitter)),
        }
    }

    /// A turn's validity ends.
    pub(in crate::model) fn end_turn(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        match self.line.turn_ends(&mut self.sim, &mut self.tables, slot, generation, agenda) {
            None => return,
            Some(Ended::Unused(session)) => self.people.note_if_hidden(&mut self.sim, session),
            Some(Ended::Over) => {}
        }
        self.settle(slot, agenda);
    }

    /// Gives up the slot of a session whose turn is over and that holds nothing.
    pub(in crate::model) fn settle(&mut self, slot: u32, agenda: &mut Agenda) {
        let visit = self.tables.active.at(slot);
        if !visit.turn_over || visit.hold.is_some() {
            return;
        }
        let (session, of_nobody) = (visit.session, visit.of_nobody);
        self.expel(slot, agenda);
        if !of_nobody {
            self.tables.expire_visit(&mut self.sim, session);
        }
    }

    /// Frees a slot inside; the next in line may come.
    pub(in crate::model) fn expel(&mut self, slot: u32, agenda: &mut Agenda) {
        if Line::free_slot(&mut self.sim, &mut self.tables, slot, agenda) {
            self.learn_of_exit(agenda);
        }
    }

    /// Is the session in this slot still heard of?
    pub(in crate::model) fn check_inside(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        if self.line.is_gone_inside(&mut self.sim, &mut self.tables, slot, generation, agenda) {
            Line::drop_inside(&mut self.sim, &mut self.tables, slot);
            self.return_seats(slot, false, agenda);
            self.settle(slot, agenda);
        }
    }

    /// A goodbye was received: seats, turn and slot are free again. A payment under way finishes first.
    pub(in crate::model) fn goodbye(&mut self, session: SessionId, agenda: &mut Agenda) {
        let kept = Tables::outlasts_goodbye(&self.sim, session);
        if let Some(slot) = Tables::slot_of(&self.sim, session) {
            if self.tables.active.at(slot).hold.is_some_and(|hold| hold.payments > 0) {
                return;
            }
            self.return_seats(slot, false, agenda);
            self.expel(slot, agenda);
        }
        self.line.leave_line(&mut self.sim, session);
        if !kept {
            self.tables.decide_now(&mut self.sim, session, Truth::Left);
        }
    }
}
