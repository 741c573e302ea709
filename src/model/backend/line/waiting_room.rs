//! The waiting room: keeps the line by its admission policy, lets in as many as the budgets allow, issues
//! turns (`turn.rs`). The policy decides who is next; this file executes.
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
//! By what a session is known again is in `identity.rs`. Modelled on Cloudflare's waiting room and Queue-it.

use crate::admission::{AdmissionPolicy, Join, Setting};
use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::backend::line::budget::{Allowance, Budget, Limits};
use crate::model::backend::line::feedback::{Outflow, Watched};
use crate::model::sim::crowd::{Flag, NO_PLACE};
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, GatewayId, Mishap, Observer, Refusal, Reply, SessionId, Truth};
use crate::scenario::plan::{LinePlan, PositionShown};

/// The position told where none is shown, and in the lounge before places are given.
pub(in crate::model) const NOT_SHOWN: u32 = u32::MAX;

/// The line and its budgets.
pub(in crate::model) struct WaitingRoom {
    pub(in crate::model) policy: Box<dyn AdmissionPolicy>,
    /// The policy calls nobody: sessions enter as they ask.
    pub(in crate::model) goes_by_asking: bool,
    /// The outflow, where it follows how long the shop takes.
    pub(in crate::model) outflow: Option<Outflow>,
    /// What the policy watches of the shop.
    pub(in crate::model) watched: Option<Watched>,
    /// When the policy acts by itself, if that is pending.
    pub(in crate::model) acts_at: Option<Time>,
    pub(in crate::model) limits: Limits,
    /// From the opening on.
    pub(in crate::model) budget: Option<Budget>,
    shown: PositionShown,
    /// How many are in line.
    pub(in crate::model) waiting: u32,
    /// How many turns were issued.
    pub(in crate::model) issued: u32,
    /// When allowance was asked for, if it is pending.
    asked_for: Option<Time>,
    closed: Option<(Refusal, Time)>,
    /// Every poll needs a look: it is held, or scored, or whoever sends it may have lost the place.
    minds_polls: bool,
    /// Its session store cannot be reached.
    pub(in crate::model) is_lost: bool,
}

impl WaitingRoom {
    /// `minds_polls`: some session may share a place, or not be known again.
    pub(in crate::model) fn new(
        plan: &LinePlan,
        setting: &Setting,
        minds_polls: bool,
    ) -> Option<WaitingRoom> {
        let policy = plan.policy.build(setting)?;
        let effects = plan.policy.effects();
        let minds_polls = plan.long_poll.is_some() || minds_polls || effects.scores_again;
        Some(WaitingRoom {
            goes_by_asking: effects.by_asking,
            watched: policy.watches().map(Watched::new),
            policy,
            limits: Limits::new(plan),
            budget: None,
            shown: plan.position,
            waiting: 0,
            issued: 0,
            asked_for: None,
            closed: None,
            minds_polls,
            outflow: plan.steering.map(Outflow::new),
            acts_at: None,
            is_lost: false,
        })
    }

    /// Is the line told a final no?
    pub(in crate::model) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Is a poll without news answered at once, and is "still in line" no news? Not once the line is told a final
    /// no, nor where polls are held or places shared.
    pub(in crate::model) fn answers_polls_at_once(&self) -> bool {
        self.closed.is_none() && !self.minds_polls && !self.is_lost
    }

    /// When and why it was closed.
    pub(in crate::model) fn closed(&self) -> Option<(Refusal, Time)> {
        self.closed
    }

    /// The number of a place, where the policy knows an order.
    fn number(&self, place: u32) -> u32 {
        self.policy.ahead(place).map_or(NO_PLACE, |_| place)
    }

    /// What the page shows of a place.
    pub(in crate::model) fn position(&self, place: u32) -> u32 {
        match self.shown {
            _ if place == NO_PLACE => NOT_SHOWN,
            PositionShown::Exact => self.policy.ahead(place).unwrap_or(NOT_SHOWN),
            PositionShown::Capped(most) => {
                self.policy.ahead(place).map_or(NOT_SHOWN, |ahead| ahead.min(most))
            }
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
    /// The budget of the line: from the opening on, and where there is a line.
    pub(in crate::model) fn budget(&mut self) -> Option<&mut Budget> {
        self.line.room.as_mut()?.budget.as_mut()
    }

    /// Opens the line: places for the lounge, and the first turns.
    pub(in crate::model) fn open_line(&mut self, agenda: &mut Agenda) {
        let now = self.sim.now;
        let stale = self.stale_locations();
        let Some(line) = &mut self.line.room else { return };
        let mut budget = Budget::new(line.limits, now);
        if self.sim.pauses.is_on() {
            budget.pause(now);
        }
        if let Some(locations) = stale {
            budget.go_stale(locations, now);
        }
        line.budget = Some(budget);
        let (crowd, record, orphaned) = (&mut self.sim.crowd, &mut self.sim.record, &mut self.line.orphaned);
        let identities = &self.line.identities;
        let mut inherited = Vec::new();
        line.policy.open(now, &mut |session, place| {
            if !orphaned.is_given(session, place) {
                return;
            }
            crowd.row_mut(session).place = place;
            record.fact(now, Fact::Placed { who: crowd.who(session), place });
            if identities.may_meet() {
                inherited.push((session, place));
            }
        });
        for (session, place) in inherited {
            self.inherit_place(session, place);
        }
        self.watch_outflow(agenda);
        self.expect_act(agenda);
        self.admit(agenda);
    }

    /// A session was not heard of for too long: its place is gone.
    pub(in crate::model) fn skip(&mut self, session: SessionId, agenda: &mut Agenda) {
        self.leave_line(session);
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Skipped { who });
        self.note_if_hidden(session);
        self.tables.decide_now(&mut self.sim, session, Truth::Expired);
        self.answer_held_poll_of(session, agenda);
    }

    /// From now on the line is answered with a final no; polls that are held hear it at once.
    pub(in crate::model) fn close_line(&mut self, refusal: Refusal, agenda: &mut Agenda) {
        if let Some(line) = &mut self.line.room
            && line.closed.is_none()
        {
            line.closed = Some((refusal, self.sim.now));
            self.sim.record.fact(self.sim.now, Fact::LineClosed { sold_out: refusal == Refusal::SoldOut });
            self.mail_end(agenda);
            self.answer_held_polls(agenda);
        }
    }

    /// A gateway accepted a join: whether that was before the opening decides about the lounge.
    pub(in crate::model) fn note_join_at_edge(&mut self, session: SessionId, gateway: GatewayId) {
        let opens_at = self.sim.plan.roster.opens_at;
        let early = self.sim.clock_of(gateway) < opens_at;
        if self.sim.crowd.row(session).truth() == Truth::Queued {
            return;
        }
        if early != (self.sim.now < opens_at) {
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::Befell { who, mishap: Mishap::JoinMisdated });
        }
        let row = self.sim.crowd.row_mut(session);
        if early {
            row.set(Flag::Early);
        } else {
            row.clear(Flag::Early);
        }
    }

    /// A join, verified: a place in line, kept if the session already has one.
    pub(in crate::model) fn join(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        if self.line.room.is_none() {
            return Reply::YourTurn;
        }
        let unknown = self.comes_as_newcomer(session);
        if unknown {
            self.leave_to_nobody(session);
        }
        let row = self.sim.crowd.row(session);
        let (inside, early) = (row.is(Flag::Inside), row.is(Flag::Early));
        let known = row.truth() == Truth::Queued && !unknown;
        let settled = known
            || matches!(row.truth(), Truth::Sold | Truth::Cancelled | Truth::TurnedAway | Truth::Evicted);
        let newcomer = !inside && !settled && !self.line.room.as_ref().is_some_and(WaitingRoom::is_closed);
        if newcomer && self.line.codes.are_needed() && self.refuses_code(session) {
            return Reply::CodeRefused;
        }
        if newcomer && !self.meets_a_duplicate(session, agenda) {
            self.take_place(session, early, agenda);
        }
        self.ask_policy(session, agenda);
        self.standing(session)
    }

    /// A place in line of the session's own, at once or later.
    fn take_place(&mut self, session: SessionId, early: bool, agenda: &mut Agenda) {
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Enqueued { who });
        self.sim.crowd.row_mut(session).place = NO_PLACE;
        self.expect_proof(session);
        self.tables.decide_now(&mut self.sim, session, Truth::Queued);
        if !self.keeps_for_ever(session)
            && !self.is_set_apart(session, agenda)
            && !self.sends_for_place(session, agenda)
        {
            self.stand_in_line(session, early, agenda);
        }
    }

    /// The policy takes the session into its line.
    pub(in crate::model) fn stand_in_line(&mut self, session: SessionId, early: bool, agenda: &mut Agenda) {
        let now = self.sim.now;
        let who = self.sim.crowd.who(session);
        let (stream, n) = self.sim.draws.of_person(DrawPurpose::Place, self.sim.entity_of(session), who.tab);
        let cohort = u8::try_from(self.sim.crowd.row(session).cohort()).expect("at most 256 cohorts");
        let variables = self.variables(session);
        let line = self.line.room.as_mut().expect("whoever takes a place has a line to stand in");
        let luck = stream.draw(n);
        let place =
            line.policy.join(now, Join { session, person: who.person, cohort, early, luck, variables });
        line.waiting += 1;
        let number = place.map(|place| line.number(place));
        self.note_place_of_newcomer(session, place);
        if let (Some(place), Some(number)) = (place, number) {
            self.sim.crowd.row_mut(session).place = place;
            self.sim.record.fact(now, Fact::Placed { who, place: number });
            self.score_again(session, agenda);
        }
        self.expect_act(agenda);
        self.admit(agenda);
    }

    /// What the waiting room answers to somebody who asks where they stand.
    pub(in crate::model) fn standing(&mut self, session: SessionId) -> Reply {
        let row = self.sim.crowd.row(session);
        if row.is(Flag::Inside) {
            let slot = row.place;
            return self.redirect(session, slot);
        }
        let closed = self.line.room.as_ref().and_then(WaitingRoom::closed);
        if closed.is_none() && self.shares_nothing_any_more(session) {
            self.tables.decide_now(&mut self.sim, session, Truth::Expired);
            return Reply::PlaceLost;
        }
        match (row.truth(), closed) {
            (Truth::Sold, _) => Reply::Confirmed,
            (Truth::RefusedSoldOut, _) => Reply::SoldOut,
            (Truth::RefusedClosed | Truth::Cancelled, _) => Reply::SaleClosed,
            (Truth::Evicted, _) => Reply::Evicted,
            (Truth::TurnedAway, _) => Reply::NewcomersRefused,
            (Truth::Queued, None) if self.line.proofs.is_due(session, self.sim.now) => Reply::VerifyAgain,
            (Truth::Queued, None) => Reply::InLine,
            (_, None) => Reply::PlaceLost,
            (truth, Some((refusal, at))) => {
                let decided_at = if truth == Truth::Queued { at } else { self.sim.now };
                self.leave_line(session);
                self.tables.decide(&mut self.sim, session, decided_at, refusal.into());
                reply_of(refusal)
            }
        }
    }

    pub(in crate::model) fn leave_line(&mut self, session: SessionId) {
        self.sim.call_backs.forget(session);
        let queued = self.sim.crowd.row(session).truth() == Truth::Queued;
        let has_place = queued && !self.line.pending_joins.has(session) && !self.shares_a_place(session);
        self.line.pending_joins.clear(session);
        let place = self.sim.crowd.row(session).place;
        if has_place && let Some(line) = &mut self.line.room {
            line.waiting -= 1;
            self.line.orphaned.note_gone(session);
            if place != NO_PLACE {
                line.policy.gone(place);
            }
        }
    }

    /// Allowance has come.
    pub(in crate::model) fn replenish(&mut self, agenda: &mut Agenda) {
        if let Some(line) = &mut self.line.room
            && line.asked_for.is_some_and(|at| at <= self.sim.now)
        {
            line.asked_for = None;
        }
        self.admit(agenda);
    }

    /// Lets in as many as the budgets allow. Whoever was not heard of for longer than the grace is skipped, at
    /// no cost to the budgets.
    pub(in crate::model) fn admit(&mut self, agenda: &mut Agenda) {
        let grace_ms = self.sim.plan.line.as_ref().map_or(0, |line| line.grace.as_us() / 1000);
        let now_ms = self.sim.now.as_us() / 1000;
        loop {
            let Some(line) = &mut self.line.room else { return };
            let Some(budget) = line.budget.as_mut().filter(|_| line.closed.is_none() && line.waiting > 0)
            else {
                return;
            };
            match budget.allowance(self.sim.now) {
                Allowance::WhenResumed => return,
                // The queue is switched off: the budgets count, and keep nobody out.
                _ if line.policy.passes_everybody() => {}
                Allowance::Now => {}
                Allowance::WhenSomebodyLeaves => return,
                Allowance::At(at) => {
                    if line.asked_for.is_none_or(|asked| at < asked) {
                        line.asked_for = Some(at);
                        agenda.push(Message::Allowance.entry(at, 0, 0, 0));
                    }
                    return;
                }
            }
            let calls_the_absent = line.policy.calls_the_absent();
            let Some((called, place)) = line.policy.next(self.sim.now) else {
                return self.expect_act(agenda);
            };
            if self.skip_orphan(called, place, agenda) {
                continue;
            }
            let heir = self.heir_of(called, place);
            let still_there = |session: &SessionId| {
                let row = self.sim.crowd.row(*session);
                row.truth() == Truth::Queued && row.place == place
            };
            let Some(session) = heir.filter(still_there) else {
                if calls_the_absent {
                    self.issue_turn_to_nobody(called, agenda);
                }
                continue;
            };
            let row = self.sim.crowd.row(session);
            let silent_ms = now_ms.saturating_sub(u64::from(row.contact_ms));
            let silent =
                silent_ms > grace_ms && silent_ms - self.sim.paused_ms_since(row.contact_ms) > grace_ms;
            let silent = silent && !self.sim.call_backs.has_address(session);
            if self.is_overdue(session) {
                self.evict(session, agenda);
            } else if silent && !calls_the_absent {
                self.skip(session, agenda);
            } else {
                self.issue_turn(session, agenda);
                self.answer_held_poll_of(session, agenda);
            }
        }
    }

    /// A goodbye was received: seats, turn and slot are free again. A payment under way finishes first.
    pub(in crate::model) fn goodbye(&mut self, session: SessionId, agenda: &mut Agenda) {
        let row = self.sim.crowd.row(session);
        let (slot, truth) = (row.place, row.truth());
        if row.is(Flag::Inside) {
            if self.tables.active.at(slot).hold.is_some_and(|hold| hold.payments > 0) {
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
                | Truth::Cancelled
        );
        if !kept {
            self.tables.decide_now(&mut self.sim, session, Truth::Left);
        }
    }
}
