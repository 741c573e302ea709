//! Turns: issued, used by the first protected request, ended unused or by time. Whose turn it is, the waiting room
//! decides (`waiting_room.rs`); the slots of those inside are in `inside.rs`.

use super::World;
use super::crowd::{Flag, NO_PLACE};
use super::door::Caller;
use super::message::Message;
use crate::engine::Agenda;
use crate::protocol::{Emitter, Fact, GatewayId, Kind, Mishap, Observer, Reply, SessionId, Truth};

impl<O: Observer> World<O> {
    /// The next in line has a turn.
    pub(super) fn issue_turn(&mut self, session: SessionId, agenda: &mut Agenda) {
        let place = self.crowd.row(session).place;
        let has_address = self.call_backs.has_address(session);
        self.leave_line(session);
        let line = self.line.as_mut().expect("only a line issues turns");
        line.policy.entered(place);
        let order = line.issued;
        line.issued += 1;
        let slot = self.open_turn(session, Some(order), agenda);
        self.note_overshoot(session);
        let row = self.crowd.row_mut(session);
        row.place = slot;
        row.set(Flag::Inside);
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::TurnIssued { who, order });
        self.decide_truth(session, self.now, Truth::Turn);
        if has_address {
            self.mail_turn(session, agenda);
        }
    }

    /// A turn costs allowance, and a slot inside where it counts from its grant on, until its validity ends. `number`, or
    /// else that of the slot, orders turns of one person that end at the same instant. Returns the slot.
    pub(super) fn open_turn(&mut self, session: SessionId, number: Option<u32>, agenda: &mut Agenda) -> u32 {
        let plan = self.plan.line.as_ref().expect("a line has a plan");
        let until = self.now + plan.turn_validity;
        let counted = !plan.counts_from_entry;
        let (slot, generation) = self.insiders.open(session);
        let insider = self.insiders.at_mut(slot);
        insider.counted = counted;
        insider.paused_before = self.pauses.lasted();
        insider.ends_at = until;
        let line = self.line.as_mut().expect("only a line issues turns");
        let budget = line.budget.as_mut().expect("the sale is open");
        budget.spend();
        if counted {
            budget.enter();
        }
        let tie =
            self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), number.unwrap_or(slot));
        agenda.push(Message::TurnEnd.entry(until, tie, slot, generation));
        slot
    }

    /// The page lets a session with a turn through to the shop, unless it did so too often: then it shows an error until
    /// the turn ends.
    pub(super) fn redirect(&mut self, session: SessionId, slot: u32) -> Reply {
        let most = self.plan.line.as_ref().and_then(|line| line.max_redirects);
        let insider = self.insiders.at_mut(slot);
        if insider.turn_over {
            return Reply::TurnEnded;
        }
        insider.redirects = insider.redirects.saturating_add(1);
        let Some(most) = most.filter(|most| insider.redirects > *most) else { return Reply::YourTurn };
        if insider.redirects == most + 1 {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::Befell { who, mishap: Mishap::RedirectsUsedUp });
        }
        Reply::TurnEnded
    }

    /// Protected requests need a turn; without a waiting room they need an open sale. A turn is used by its
    /// first one, whatever the reply.
    pub(super) fn check_turn(&mut self, caller: Caller, agenda: &mut Agenda) -> Option<(Reply, Emitter)> {
        let Caller { session, kind, gateway, .. } = caller;
        if !matches!(kind, Kind::SeatMap | Kind::Hold) {
            return None;
        }
        if self.now < self.plan.roster.opens_at {
            return Some((Reply::NotOpenYet, Emitter::Service));
        }
        if self.comes_as_newcomer(session) {
            self.leave_to_nobody(session);
        }
        let row = self.crowd.row(session);
        if row.truth() == Truth::Sold {
            return Some((Reply::Confirmed, Emitter::Service));
        }
        let (slot, inside) = (row.place, row.is(Flag::Inside));
        let unchecked = |pages_alone: bool| pages_alone && kind == Kind::Hold && !inside;
        let line = self.plan.line.as_ref().filter(|line| !unchecked(line.pages_alone));
        let line = line.map(|line| (line.max_uses, line.counts_from_entry));
        match line {
            Some(_) if !inside => Some((self.without_turn(session), Emitter::WaitingRoom)),
            Some(_) if self.takes_for_ended(session, slot, gateway) => {
                Some((Reply::TurnEnded, Emitter::WaitingRoom))
            }
            Some((max_uses, counts_from_entry)) => {
                let insider = self.insiders.at_mut(slot);
                let used_up = max_uses.is_some_and(|most| insider.uses >= most);
                if (insider.turn_over || used_up) && insider.hold.is_none() {
                    return Some((Reply::TurnEnded, Emitter::WaitingRoom));
                }
                insider.uses += 1;
                if !insider.entered {
                    insider.entered = true;
                    insider.counted |= counts_from_entry;
                    self.enter(session, counts_from_entry);
                    self.begin_steps(slot, agenda);
                    self.watch_inside(slot, agenda);
                }
                None
            }
            None if inside => None,
            None if self.deadlines.tells(session) => Some((Reply::TurnEnded, Emitter::Service)),
            None if self.now >= self.plan.roster.closes_at => {
                self.decide_truth(session, self.now, Truth::RefusedClosed);
                Some((Reply::SaleClosed, Emitter::Service))
            }
            None => {
                if self.line.is_some() {
                    self.leave_line(session);
                    let who = self.crowd.who(session);
                    self.record.fact(self.now, Fact::Befell { who, mishap: Mishap::CameWithoutTurn });
                }
                let (slot, _) = self.insiders.open(session);
                let row = self.crowd.row_mut(session);
                row.place = slot;
                row.set(Flag::Inside);
                self.insiders.at_mut(slot).entered = true;
                self.enter(session, false);
                self.begin_steps(slot, agenda);
                None
            }
        }
    }

    /// A gateway whose clock is ahead takes a turn for ended that is valid. What is held is the shop's to end, and while
    /// the sale is paused no turn's time runs.
    fn takes_for_ended(&mut self, session: SessionId, slot: u32, gateway: GatewayId) -> bool {
        let clock = self.clock_of(gateway);
        if clock <= self.now || self.pauses.is_on() {
            return false;
        }
        let insider = self.insiders.at(slot);
        let ends_at = insider.ends_at + (self.pauses.lasted() - insider.paused_before);
        let is_wrong = !insider.turn_over && insider.hold.is_none() && clock >= ends_at;
        if is_wrong {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::Befell { who, mishap: Mishap::TurnMisdated });
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
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Entered { who });
        self.decide_truth(session, self.now, Truth::Active);
    }

    /// A turn's validity ends.
    pub(super) fn end_turn(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        if !self.insiders.is_live(slot, generation) || self.puts_off_turn_end(slot, generation, agenda) {
            return;
        }
        let insider = self.insiders.at_mut(slot);
        insider.turn_over = true;
        let (session, entered, of_nobody) = (insider.session, insider.entered, insider.of_nobody);
        if !entered {
            let who = self.crowd.who(session);
            if !of_nobody {
                self.record.fact(self.now, Fact::NoShow { who });
                self.note_if_hidden(session);
            }
            let reissue = self.plan.line.as_ref().is_some_and(|line| line.reissue);
            if !reissue {
                // The slot stays counted for ever, as in a serving counter that is not told of expiry.
                self.insiders.at_mut(slot).counted = false;
            }
        }
        self.settle(slot, agenda);
    }

    /// Gives up the slot of a session whose turn is over and that holds nothing.
    pub(super) fn settle(&mut self, slot: u32, agenda: &mut Agenda) {
        let insider = self.insiders.at(slot);
        if insider.turn_over && insider.hold.is_none() {
            let (session, of_nobody) = (insider.session, insider.of_nobody);
            self.expel(slot, agenda);
            let ended = matches!(
                self.crowd.row(session).truth(),
                Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying
            );
            if ended && !of_nobody {
                self.decide_truth(session, self.now, Truth::Expired);
            }
        }
    }

    /// Frees a slot inside; the next in line may come.
    pub(super) fn expel(&mut self, slot: u32, agenda: &mut Agenda) {
        let insider = self.insiders.close(slot);
        if !insider.of_nobody {
            let row = self.crowd.row_mut(insider.session);
            row.clear(Flag::Inside);
            row.place = NO_PLACE;
        }
        if insider.counted && !self.reports_exit(insider.session, agenda) {
            self.learn_of_exit(agenda);
        }
    }
}
