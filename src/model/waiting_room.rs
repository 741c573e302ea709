//! The waiting room: keeps the line by its admission policy, lets in as many as the budgets allow, issues
//! turns and ends them. The policy decides who is next; this file executes.
//!
//! ```text
//!   join --> lounge / line --(policy: who; budget: when)--> turn --first protected request--> inside
//!              |  no contact for longer than the grace        |  validity ends unused
//!              v                                              v
//!           skipped                                        no-show: the slot goes to the next
//! ```
//!
//! A turn is issued here and told by the reply to the next poll, or to the one that is held (`long_poll.rs`). What
//! else the room does to those in line is in `reverify.rs` and `silence.rs`, to those inside in `heartbeat.rs`.
//! Modelled on Cloudflare's waiting room and Queue-it; left out for now: identity keys other than the session,
//! propagation delay between locations.

use super::World;
use super::budget::{Allowance, Budget, Limits};
use super::crowd::{Flag, NO_PLACE};
use super::luck::Use;
use super::message::Message;
use crate::admission::{AdmissionPolicy, Join};
use crate::engine::{Agenda, Time};
use crate::protocol::{Emitter, Fact, Kind, Observer, Refusal, Reply, SessionId, Truth};
use crate::scenario::plan::{LinePlan, PositionShown};

/// The position told where none is shown, and in the lounge before places are given.
const NOT_SHOWN: u32 = u32::MAX;

/// The line and its budgets.
pub(super) struct WaitingRoom {
    policy: Box<dyn AdmissionPolicy>,
    pub(super) limits: Limits,
    /// From the opening on.
    pub(super) budget: Option<Budget>,
    shown: PositionShown,
    /// How many are in line.
    pub(super) waiting: u32,
    /// How many turns were issued.
    issued: u32,
    /// When allowance was asked for, if it is pending.
    asked_for: Option<Time>,
    closed: Option<(Refusal, Time)>,
    /// Polls are long polls.
    holds_polls: bool,
}

impl WaitingRoom {
    pub(super) fn new(plan: &LinePlan) -> Option<WaitingRoom> {
        Some(WaitingRoom {
            policy: plan.policy.build()?,
            limits: Limits::new(plan),
            budget: None,
            shown: plan.position,
            waiting: 0,
            issued: 0,
            asked_for: None,
            closed: None,
            holds_polls: plan.long_poll.is_some(),
        })
    }

    /// Is the line told a final no?
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Is a poll without news answered at once, and is "still in line" no news? Not once the line is told a final
    /// no, nor where polls are held.
    pub(super) fn answers_polls_at_once(&self) -> bool {
        self.closed.is_none() && !self.holds_polls
    }

    /// When and why it was closed.
    pub(super) fn closed(&self) -> Option<(Refusal, Time)> {
        self.closed
    }

    /// What the page shows of a place.
    pub(super) fn position(&self, place: u32) -> u32 {
        match self.shown {
            _ if place == NO_PLACE => NOT_SHOWN,
            PositionShown::Exact => self.policy.ahead(place),
            PositionShown::Capped(most) => self.policy.ahead(place).min(most),
            PositionShown::Hidden => NOT_SHOWN,
        }
    }
}

/// The final answer that goes with a refusal.
fn reply_of(refusal: Refusal) -> Reply {
    match refusal {
        Refusal::SoldOut => Reply::SoldOut,
        Refusal::SaleClosed => Reply::SaleClosed,
    }
}

impl<O: Observer> World<O> {
    /// Changes what the backend has decided about a session.
    pub(super) fn decide_truth(&mut self, session: SessionId, at: Time, truth: Truth) {
        let row = self.crowd.row_mut(session);
        if row.truth() != truth {
            assert!(row.truth() != Truth::Sold, "what is sold stays sold, and was to become {truth:?}");
            row.set_truth(truth);
            let who = self.crowd.who(session);
            self.record.fact(at, Fact::Decided { who, truth });
        }
    }

    /// Opens the line: places for the lounge, and the first turns.
    pub(super) fn open_line(&mut self, agenda: &mut Agenda) {
        let now = self.now;
        let Some(line) = &mut self.line else { return };
        let mut budget = Budget::new(line.limits, now);
        if self.pauses.is_on() {
            budget.pause(now);
        }
        line.budget = Some(budget);
        let (crowd, record) = (&mut self.crowd, &mut self.record);
        line.policy.open(now, &mut |session, place| {
            crowd.row_mut(session).place = place;
            record.fact(now, Fact::Placed { who: crowd.who(session), place });
        });
        self.admit(agenda);
    }

    /// From now on the line is answered with a final no; polls that are held hear it at once.
    pub(super) fn close_line(&mut self, refusal: Refusal, agenda: &mut Agenda) {
        if let Some(line) = &mut self.line
            && line.closed.is_none()
        {
            line.closed = Some((refusal, self.now));
            self.record.fact(self.now, Fact::LineClosed { sold_out: refusal == Refusal::SoldOut });
            self.answer_held_polls(agenda);
        }
    }

    /// A gateway accepted a join: whether that was before the opening decides about the lounge.
    pub(super) fn note_join_at_edge(&mut self, session: SessionId) {
        let early = self.now < self.plan.roster.opens_at;
        let row = self.crowd.row_mut(session);
        if early {
            row.set(Flag::Early);
        } else if row.truth() != Truth::Queued {
            row.clear(Flag::Early);
        }
    }

    /// A join, verified: a place in line, kept if the session already has one.
    pub(super) fn join(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        let now = self.now;
        let row = self.crowd.row(session);
        let (inside, early) = (row.is(Flag::Inside), row.is(Flag::Early));
        let settled = matches!(row.truth(), Truth::Queued | Truth::Sold | Truth::TurnedAway | Truth::Evicted);
        let who = self.crowd.who(session);
        let (stream, n) = self.luck.of_person(Use::Place, self.entity_of(session), who.tab);
        let Some(line) = &mut self.line else { return Reply::YourTurn };
        if !inside && !settled && line.closed.is_none() {
            let place = line.policy.join(now, Join { session, early, luck: stream.draw(n) });
            line.waiting += 1;
            self.record.fact(now, Fact::Enqueued { who });
            self.crowd.row_mut(session).place = place.unwrap_or(NO_PLACE);
            self.expect_proof(session);
            self.decide_truth(session, now, Truth::Queued);
            if let Some(place) = place {
                self.record.fact(now, Fact::Placed { who, place });
            }
            self.admit(agenda);
        }
        self.standing(session)
    }

    /// What the waiting room answers to somebody who asks where they stand.
    pub(super) fn standing(&mut self, session: SessionId) -> Reply {
        let row = self.crowd.row(session);
        if row.is(Flag::Inside) {
            let over = self.insiders.at(row.place).turn_over;
            return if over { Reply::TurnEnded } else { Reply::YourTurn };
        }
        let closed = self.line.as_ref().and_then(WaitingRoom::closed);
        match (row.truth(), closed) {
            (Truth::Sold, _) => Reply::Confirmed,
            (Truth::RefusedSoldOut, _) => Reply::SoldOut,
            (Truth::RefusedClosed, _) => Reply::SaleClosed,
            (Truth::Evicted, _) => Reply::Evicted,
            (Truth::TurnedAway, _) => Reply::NewcomersRefused,
            (Truth::Queued, None) if self.proofs.is_due(session, self.now) => Reply::VerifyAgain,
            (Truth::Queued, None) => Reply::InLine,
            (_, None) => Reply::PlaceLost,
            (truth, Some((refusal, at))) => {
                let decided_at = if truth == Truth::Queued { at } else { self.now };
                self.leave_line(session);
                self.decide_truth(session, decided_at, refusal.into());
                reply_of(refusal)
            }
        }
    }

    pub(super) fn leave_line(&mut self, session: SessionId) {
        if self.crowd.row(session).truth() == Truth::Queued
            && let Some(line) = &mut self.line
        {
            line.waiting -= 1;
        }
    }

    /// Allowance has come.
    pub(super) fn replenish(&mut self, agenda: &mut Agenda) {
        if let Some(line) = &mut self.line
            && line.asked_for.is_some_and(|at| at <= self.now)
        {
            line.asked_for = None;
        }
        self.admit(agenda);
    }

    /// Lets in as many as the budgets allow. Whoever was not heard of for longer than the grace is skipped, at
    /// no cost to the budgets.
    pub(super) fn admit(&mut self, agenda: &mut Agenda) {
        let grace_ms = self.plan.line.as_ref().map_or(0, |line| line.grace.as_us() / 1000);
        let now_ms = self.now.as_us() / 1000;
        loop {
            let Some(line) = &mut self.line else { return };
            let Some(budget) = line.budget.as_mut().filter(|_| line.closed.is_none() && line.waiting > 0)
            else {
                return;
            };
            match budget.allowance(self.now) {
                Allowance::Now => {}
                Allowance::WhenSomebodyLeaves | Allowance::WhenResumed => return,
                Allowance::At(at) => {
                    if line.asked_for.is_none_or(|asked| at < asked) {
                        line.asked_for = Some(at);
                        agenda.push(Message::Allowance.entry(at, 0, 0, 0));
                    }
                    return;
                }
            }
            let Some((session, place)) = line.policy.next(self.now) else { return };
            let row = self.crowd.row(session);
            if row.truth() != Truth::Queued || row.place != place {
                continue;
            }
            let silent_ms = now_ms.saturating_sub(u64::from(row.contact_ms));
            if self.is_overdue(session) {
                self.evict(session, agenda);
            } else if silent_ms > grace_ms && silent_ms - self.paused_ms_since(row.contact_ms) > grace_ms {
                self.leave_line(session);
                let who = self.crowd.who(session);
                self.record.fact(self.now, Fact::Skipped { who });
                self.decide_truth(session, self.now, Truth::Expired);
                self.answer_held_poll_of(session, agenda);
            } else {
                self.issue_turn(session, agenda);
                self.answer_held_poll_of(session, agenda);
            }
        }
    }

    fn issue_turn(&mut self, session: SessionId, agenda: &mut Agenda) {
        let plan = self.plan.line.as_ref().expect("a line has a plan");
        let until = self.now + plan.turn_validity;
        let counted = !plan.counts_from_entry;
        let (slot, generation) = self.insiders.open(session);
        let insider = self.insiders.at_mut(slot);
        insider.counted = counted;
        insider.paused_before = self.pauses.lasted();
        self.leave_line(session);
        let line = self.line.as_mut().expect("only a line issues turns");
        let order = line.issued;
        line.issued += 1;
        let budget = line.budget.as_mut().expect("the sale is open");
        budget.spend();
        if counted {
            budget.enter();
        }
        let row = self.crowd.row_mut(session);
        row.place = slot;
        row.set(Flag::Inside);
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::TurnIssued { who, order });
        self.decide_truth(session, self.now, Truth::Turn);
        let tie = self.luck.tie(self.entity_of(session), who.tab, order);
        agenda.push(Message::TurnEnd.entry(until, tie, slot, generation));
    }

    /// Protected requests need a turn; without a waiting room they need an open sale. A turn is used by its
    /// first one, whatever the reply.
    pub(super) fn check_turn(
        &mut self,
        session: SessionId,
        kind: Kind,
        agenda: &mut Agenda,
    ) -> Option<(Reply, Emitter)> {
        if !matches!(kind, Kind::SeatMap | Kind::Hold) {
            return None;
        }
        if self.now < self.plan.roster.opens_at {
            return Some((Reply::NotOpenYet, Emitter::Service));
        }
        let row = self.crowd.row(session);
        if row.truth() == Truth::Sold {
            return Some((Reply::Confirmed, Emitter::Service));
        }
        let (slot, inside) = (row.place, row.is(Flag::Inside));
        match &self.plan.line {
            Some(_) if !inside => Some((self.without_turn(session), Emitter::WaitingRoom)),
            Some(line) => {
                let (max_uses, counts_from_entry) = (line.max_uses, line.counts_from_entry);
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
                    self.watch_inside(slot, agenda);
                }
                None
            }
            None if inside => None,
            None if self.now >= self.plan.roster.closes_at => {
                self.decide_truth(session, self.now, Truth::RefusedClosed);
                Some((Reply::SaleClosed, Emitter::Service))
            }
            None => {
                let (slot, _) = self.insiders.open(session);
                let row = self.crowd.row_mut(session);
                row.place = slot;
                row.set(Flag::Inside);
                self.insiders.at_mut(slot).entered = true;
                self.enter(session, false);
                None
            }
        }
    }

    /// The answer to a protected request without a turn.
    fn without_turn(&mut self, session: SessionId) -> Reply {
        match self.standing(session) {
            Reply::InLine | Reply::VerifyAgain | Reply::PlaceLost | Reply::YourTurn => Reply::TurnEnded,
            reply => reply,
        }
    }

    fn enter(&mut self, session: SessionId, counts: bool) {
        if counts && let Some(budget) = self.line.as_mut().and_then(|line| line.budget.as_mut()) {
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
        let (session, entered) = (insider.session, insider.entered);
        if !entered {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::NoShow { who });
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
            let session = insider.session;
            self.expel(slot, agenda);
            let ended = matches!(
                self.crowd.row(session).truth(),
                Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying
            );
            if ended {
                self.decide_truth(session, self.now, Truth::Expired);
            }
        }
    }

    /// Frees a slot inside; the next in line may come.
    pub(super) fn expel(&mut self, slot: u32, agenda: &mut Agenda) {
        let insider = self.insiders.close(slot);
        let row = self.crowd.row_mut(insider.session);
        row.clear(Flag::Inside);
        row.place = NO_PLACE;
        if insider.counted {
            if let Some(budget) = self.line.as_mut().and_then(|line| line.budget.as_mut()) {
                budget.leave();
            }
            self.admit(agenda);
        }
    }

    /// A goodbye was received: seats, turn and slot are free again. A payment under way finishes first.
    pub(super) fn goodbye(&mut self, session: SessionId, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        let (slot, truth) = (row.place, row.truth());
        if row.is(Flag::Inside) {
            if self.insiders.at(slot).hold.is_some_and(|hold| hold.payments > 0) {
                return;
            }
            self.return_seats(slot, false, agenda);
            self.expel(slot, agenda);
        }
        self.leave_line(session);
        let kept = matches!(
            truth,
            Truth::Sold
                | Truth::RefusedSoldOut
                | Truth::RefusedClosed
                | Truth::Declined
                | Truth::Evicted
                | Truth::TurnedAway
        );
        if !kept {
            self.decide_truth(session, self.now, Truth::Left);
        }
    }
}
