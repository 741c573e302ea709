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

use super::World;
use super::budget::{Allowance, Budget, Limits};
use super::crowd::{Flag, NO_PLACE};
use super::luck::Use;
use super::message::Message;
use super::outflow::{Outflow, Watched};
use crate::admission::{AdmissionPolicy, Join, Setting};
use crate::engine::{Agenda, Time};
use crate::protocol::{Fact, GatewayId, Mishap, Observer, Refusal, Reply, SessionId, Truth};
use crate::scenario::plan::{LinePlan, PositionShown};

/// The position told where none is shown, and in the lounge before places are given.
pub(super) const NOT_SHOWN: u32 = u32::MAX;

/// The line and its budgets.
pub(super) struct WaitingRoom {
    pub(super) policy: Box<dyn AdmissionPolicy>,
    /// The policy calls nobody: sessions enter as they ask.
    pub(super) goes_by_asking: bool,
    /// The outflow, where it follows how long the shop takes.
    pub(super) outflow: Option<Outflow>,
    /// What the policy watches of the shop.
    pub(super) watched: Option<Watched>,
    /// When the policy acts by itself, if that is pending.
    pub(super) acts_at: Option<Time>,
    pub(super) limits: Limits,
    /// From the opening on.
    pub(super) budget: Option<Budget>,
    shown: PositionShown,
    /// How many are in line.
    pub(super) waiting: u32,
    /// How many turns were issued.
    pub(super) issued: u32,
    /// When allowance was asked for, if it is pending.
    asked_for: Option<Time>,
    closed: Option<(Refusal, Time)>,
    /// Every poll needs a look: it is held, or scored, or whoever sends it may have lost the place.
    minds_polls: bool,
    /// Its session store cannot be reached.
    pub(super) is_lost: bool,
}

impl WaitingRoom {
    /// `minds_polls`: some session may share a place, or not be known again.
    pub(super) fn new(plan: &LinePlan, setting: &Setting, minds_polls: bool) -> Option<WaitingRoom> {
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
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_some()
    }

    /// Is a poll without news answered at once, and is "still in line" no news? Not once the line is told a final
    /// no, nor where polls are held or places shared.
    pub(super) fn answers_polls_at_once(&self) -> bool {
        self.closed.is_none() && !self.minds_polls && !self.is_lost
    }

    /// When and why it was closed.
    pub(super) fn closed(&self) -> Option<(Refusal, Time)> {
        self.closed
    }

    /// The number of a place, where the policy knows an order.
    fn number(&self, place: u32) -> u32 {
        self.policy.ahead(place).map_or(NO_PLACE, |_| place)
    }

    /// What the page shows of a place.
    pub(super) fn position(&self, place: u32) -> u32 {
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
    pub(super) fn budget(&mut self) -> Option<&mut Budget> {
        self.line.as_mut()?.budget.as_mut()
    }

    /// Changes what the backend has decided about a session.
    pub(super) fn decide_truth(&mut self, session: SessionId, at: Time, truth: Truth) {
        let row = self.crowd.row_mut(session);
        if row.truth() != truth {
            assert!(
                row.truth() != Truth::Sold || truth == Truth::Cancelled,
                "what is sold stays sold, unless its order is cancelled, and was to become {truth:?}"
            );
            let was_in_line = row.truth() == Truth::Queued;
            row.set_truth(truth);
            if self.features.count_addresses() && was_in_line != (truth == Truth::Queued) {
                self.count_at_address(session, !was_in_line);
            }
            let who = self.crowd.who(session);
            self.record.fact(at, Fact::Decided { who, truth });
        }
    }

    /// Opens the line: places for the lounge, and the first turns.
    pub(super) fn open_line(&mut self, agenda: &mut Agenda) {
        let now = self.now;
        let stale = self.stale_locations();
        let Some(line) = &mut self.line else { return };
        let mut budget = Budget::new(line.limits, now);
        if self.pauses.is_on() {
            budget.pause(now);
        }
        if let Some(locations) = stale {
            budget.go_stale(locations, now);
        }
        line.budget = Some(budget);
        let (crowd, record, left_places) = (&mut self.crowd, &mut self.record, &mut self.left_places);
        let identities = &self.identities;
        let mut inherited = Vec::new();
        line.policy.open(now, &mut |session, place| {
            if !left_places.is_given(session, place) {
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
    pub(super) fn skip(&mut self, session: SessionId, agenda: &mut Agenda) {
        self.leave_line(session);
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Skipped { who });
        self.note_if_hidden(session);
        self.decide_truth(session, self.now, Truth::Expired);
        self.answer_held_poll_of(session, agenda);
    }

    /// From now on the line is answered with a final no; polls that are held hear it at once.
    pub(super) fn close_line(&mut self, refusal: Refusal, agenda: &mut Agenda) {
        if let Some(line) = &mut self.line
            && line.closed.is_none()
        {
            line.closed = Some((refusal, self.now));
            self.record.fact(self.now, Fact::LineClosed { sold_out: refusal == Refusal::SoldOut });
            self.mail_end(agenda);
            self.answer_held_polls(agenda);
        }
    }

    /// A gateway accepted a join: whether that was before the opening decides about the lounge.
    pub(super) fn note_join_at_edge(&mut self, session: SessionId, gateway: GatewayId) {
        let opens_at = self.plan.roster.opens_at;
        let early = self.clock_of(gateway) < opens_at;
        if self.crowd.row(session).truth() == Truth::Queued {
            return;
        }
        if early != (self.now < opens_at) {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::Befell { who, mishap: Mishap::JoinMisdated });
        }
        let row = self.crowd.row_mut(session);
        if early {
            row.set(Flag::Early);
        } else {
            row.clear(Flag::Early);
        }
    }

    /// A join, verified: a place in line, kept if the session already has one.
    pub(super) fn join(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        if self.line.is_none() {
            return Reply::YourTurn;
        }
        let unknown = self.comes_as_newcomer(session);
        if unknown {
            self.leave_to_nobody(session);
        }
        let row = self.crowd.row(session);
        let (inside, early) = (row.is(Flag::Inside), row.is(Flag::Early));
        let known = row.truth() == Truth::Queued && !unknown;
        let settled = known
            || matches!(row.truth(), Truth::Sold | Truth::Cancelled | Truth::TurnedAway | Truth::Evicted);
        let newcomer = !inside && !settled && !self.line.as_ref().is_some_and(WaitingRoom::is_closed);
        if newcomer && self.codes.are_needed() && self.refuses_code(session) {
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
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Enqueued { who });
        self.crowd.row_mut(session).place = NO_PLACE;
        self.expect_proof(session);
        self.decide_truth(session, self.now, Truth::Queued);
        if !self.keeps_for_ever(session)
            && !self.is_set_apart(session, agenda)
            && !self.sends_for_place(session, agenda)
        {
            self.stand_in_line(session, early, agenda);
        }
    }

    /// The policy takes the session into its line.
    pub(super) fn stand_in_line(&mut self, session: SessionId, early: bool, agenda: &mut Agenda) {
        let now = self.now;
        let who = self.crowd.who(session);
        let (stream, n) = self.luck.of_person(Use::Place, self.entity_of(session), who.tab);
        let cohort = u8::try_from(self.crowd.row(session).cohort()).expect("at most 256 cohorts");
        let variables = self.variables(session);
        let line = self.line.as_mut().expect("whoever takes a place has a line to stand in");
        let luck = stream.draw(n);
        let place =
            line.policy.join(now, Join { session, person: who.person, cohort, early, luck, variables });
        line.waiting += 1;
        let number = place.map(|place| line.number(place));
        self.note_place_of_newcomer(session, place);
        if let (Some(place), Some(number)) = (place, number) {
            self.crowd.row_mut(session).place = place;
            self.record.fact(now, Fact::Placed { who, place: number });
            self.score_again(session, agenda);
        }
        self.expect_act(agenda);
        self.admit(agenda);
    }

    /// What the waiting room answers to somebody who asks where they stand.
    pub(super) fn standing(&mut self, session: SessionId) -> Reply {
        let row = self.crowd.row(session);
        if row.is(Flag::Inside) {
            let slot = row.place;
            return self.redirect(session, slot);
        }
        let closed = self.line.as_ref().and_then(WaitingRoom::closed);
        if closed.is_none() && self.shares_nothing_any_more(session) {
            self.decide_truth(session, self.now, Truth::Expired);
            return Reply::PlaceLost;
        }
        match (row.truth(), closed) {
            (Truth::Sold, _) => Reply::Confirmed,
            (Truth::RefusedSoldOut, _) => Reply::SoldOut,
            (Truth::RefusedClosed | Truth::Cancelled, _) => Reply::SaleClosed,
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
        self.call_backs.forget(session);
        let queued = self.crowd.row(session).truth() == Truth::Queued;
        let has_place = queued && !self.awaiting.has(session) && !self.shares_a_place(session);
        self.awaiting.clear(session);
        let place = self.crowd.row(session).place;
        if has_place && let Some(line) = &mut self.line {
            line.waiting -= 1;
            self.left_places.note_gone(session);
            if place != NO_PLACE {
                line.policy.gone(place);
            }
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
            let Some((called, place)) = line.policy.next(self.now) else { return self.expect_act(agenda) };
            if self.calls_nobody(called, place, agenda) {
                continue;
            }
            let heir = self.heir_of(called, place);
            let still_there = |session: &SessionId| {
                let row = self.crowd.row(*session);
                row.truth() == Truth::Queued && row.place == place
            };
            let Some(session) = heir.filter(still_there) else {
                if calls_the_absent {
                    self.issue_turn_to_nobody(called, agenda);
                }
                continue;
            };
            let row = self.crowd.row(session);
            let silent_ms = now_ms.saturating_sub(u64::from(row.contact_ms));
            let silent = silent_ms > grace_ms && silent_ms - self.paused_ms_since(row.contact_ms) > grace_ms;
            let silent = silent && !self.call_backs.has_address(session);
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
                | Truth::Cancelled
        );
        if !kept {
            self.decide_truth(session, self.now, Truth::Left);
        }
    }
}
