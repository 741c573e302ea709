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
//! A turn is issued here and told by the reply to the next poll, or to the one that is held (`long_poll.rs` of the edge). What
//! else the room does to those in line is in `reverify.rs`, to those inside in `heartbeat.rs`.
//! By what a session is known again is in `identity.rs`. Modelled on Cloudflare's waiting room and Queue-it.

use crate::admission::{AdmissionPolicy, BuildContext};
use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::NO_PLACE;
use crate::model::backend::line::Line;
use crate::model::backend::line::budget::{Allowance, Budget, Limits};
use crate::model::backend::line::feedback::{Outflow, Watched};
use crate::model::sim::message::Message;
use crate::model::sim::words::NOT_SHOWN;
use crate::protocol::{Fact, Observer, Refusal, Reply, SessionId, Truth};
use crate::scenario::plan::{LinePlan, Position};

/// The line and its budgets.
pub(in crate::model) struct WaitingRoom {
    pub(in crate::model) policy: Box<dyn AdmissionPolicy>,
    /// The policy calls nobody: sessions enter as they ask.
    pub(in crate::model) is_self_paced: bool,
    /// The outflow, where it follows how long the shop takes.
    pub(in crate::model) outflow: Option<Outflow>,
    /// What the policy watches of the shop.
    pub(in crate::model) watched: Option<Watched>,
    /// When the policy acts by itself, if that is pending.
    pub(in crate::model) acts_at: Option<Time>,
    pub(in crate::model) limits: Limits,
    /// From the opening on.
    pub(in crate::model) budget: Option<Budget>,
    shown: Position,
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
        plan: &LinePlan, setting: &BuildContext, minds_polls: bool,
    ) -> Option<WaitingRoom> {
        let policy = plan.policy.build(setting)?;
        let capabilities = plan.policy.capabilities();
        let minds_polls = plan.long_poll.is_some() || minds_polls || capabilities.rescores;
        Some(WaitingRoom {
            is_self_paced: capabilities.self_paced,
            watched: policy.health_watch().map(Watched::new),
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
    pub(in crate::model::backend::line) fn number(&self, place: u32) -> u32 {
        self.policy.ahead(place).map_or(NO_PLACE, |_| place)
    }

    /// What the page shows of a place.
    pub(in crate::model) fn position(&self, place: u32) -> u32 {
        match self.shown {
            _ if place == NO_PLACE => NOT_SHOWN,
            Position::Exact => self.policy.ahead(place).unwrap_or(NOT_SHOWN),
            Position::Capped(most) => {
                self.policy.ahead(place).map_or(NOT_SHOWN, |ahead| ahead.min(most.get()))
            }
            Position::Hidden => NOT_SHOWN,
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

/// Somebody whom the policy calls.
#[derive(Clone, Copy)]
pub(in crate::model) enum Called {
    /// It has a turn.
    Turn(SessionId),
    /// It was not heard of for too long.
    Silent(SessionId),
    /// It had to prove itself, and did not.
    Out(SessionId),
}

impl Line {
    /// The budget of the line: from the opening on, and where there is a line.
    pub(in crate::model) fn budget(&mut self) -> Option<&mut Budget> {
        self.room.as_mut()?.budget.as_mut()
    }

    /// What the waiting room answers to somebody who asks where they stand.
    pub(in crate::model) fn standing<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> Reply {
        let row = sim.crowd.row(session);
        if row.books.is_inside() {
            let slot = row.books.place();
            return Self::redirect(sim, tables, session, slot);
        }
        let closed = self.room.as_ref().and_then(WaitingRoom::closed);
        if closed.is_none() && self.shares_nothing_any_more(sim, session) {
            tables.decide_now(sim, session, Truth::Expired);
            return Reply::PlaceLost;
        }
        match (row.books.truth(), closed) {
            (Truth::Sold, _) => Reply::Confirmed,
            (Truth::RefusedSoldOut, _) => Reply::SoldOut,
            (Truth::RefusedClosed | Truth::Cancelled, _) => Reply::SaleClosed,
            (Truth::Evicted, _) => Reply::Evicted,
            (Truth::TurnedAway, _) => Reply::NewcomersRefused,
            (Truth::Queued, None) if self.proofs.is_due(session, sim.now) => Reply::VerifyAgain,
            (Truth::Queued, None) => Reply::InLine,
            (_, None) => Reply::PlaceLost,
            (truth, Some((refusal, at))) => {
                let decided_at = if truth == Truth::Queued { at } else { sim.now };
                self.leave_line(sim, session);
                tables.decide(sim, session, decided_at, refusal.into());
                reply_of(refusal)
            }
        }
    }

    pub(in crate::model) fn leave_line<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, session: SessionId) {
        sim.call_backs.forget(session);
        let queued = sim.crowd.books(session).truth() == Truth::Queued;
        let has_place = queued && !self.pending_joins.has(session) && !self.shares_a_place(sim, session);
        self.pending_joins.clear(session);
        let place = sim.crowd.books(session).place();
        if has_place && let Some(line) = &mut self.room {
            line.waiting -= 1;
            self.orphaned.note_gone(session);
            if place != NO_PLACE {
                line.policy.on_leave(place);
            }
        }
    }

    /// Opens the line: places for the lounge.
    pub(in crate::model) fn open_room<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, agenda: &mut Agenda) {
        let now = sim.now;
        let stale = Self::stale_locations(sim);
        let Some(line) = &mut self.room else { return };
        let mut budget = Budget::new(line.limits, now);
        if sim.pauses.is_on() {
            budget.pause(now);
        }
        if let Some(locations) = stale {
            budget.go_stale(locations, now);
        }
        line.budget = Some(budget);
        let (crowd, record, orphaned) = (&mut sim.crowd, &mut sim.record, &mut self.orphaned);
        let identities = &self.identities;
        let mut inherited = Vec::new();
        line.policy.open(now, &mut |session, place| {
            if !orphaned.is_given(session, place) {
                return;
            }
            crowd.books_mut(session).set_place(place);
            record.fact(now, Fact::Placed { who: crowd.who(session), place });
            if identities.may_meet() {
                inherited.push((session, place));
            }
        });
        for (session, place) in inherited {
            self.inherit_place(sim, session, place);
        }
        self.watch_outflow(sim, agenda);
        self.expect_act(sim, agenda);
    }

    /// From now on the line is answered with a final no. Returns whether it was not before.
    pub(in crate::model) fn close_room<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, refusal: Refusal, agenda: &mut Agenda,
    ) -> bool {
        let Some(line) = self.room.as_mut().filter(|line| line.closed.is_none()) else { return false };
        line.closed = Some((refusal, sim.now));
        sim.record.fact(sim.now, Fact::LineClosed { sold_out: refusal == Refusal::SoldOut });
        self.mail_end(sim, tables, agenda);
        true
    }

    /// A session was not heard of for too long: it leaves the line.
    pub(in crate::model) fn drop_silent<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, session: SessionId) {
        self.leave_line(sim, session);
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Skipped { who });
    }

    /// Allowance has come.
    pub(in crate::model) fn allowance_came<O: Observer, P>(&mut self, sim: &mut Sim<O, P>) {
        if let Some(line) = &mut self.room
            && line.asked_for.is_some_and(|at| at <= sim.now)
        {
            line.asked_for = None;
        }
    }

    /// Whom the budgets and the policy call next, if anybody. Whoever was not heard of for longer than the grace is to be
    /// skipped, at no cost to the budgets.
    pub(in crate::model) fn call_next<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, agenda: &mut Agenda,
    ) -> Option<Called> {
        loop {
            if !self.budget_allows(sim, agenda)? {
                return None;
            }
            let line = self.room.as_mut()?;
            let calls_absent = line.policy.calls_absent();
            let Some((called, place)) = line.policy.next(sim.now) else {
                self.expect_act(sim, agenda);
                return None;
            };
            if self.skip_orphan(sim, tables, called, place, agenda) {
                continue;
            }
            let heir = self.heir_of(sim, called, place);
            let still_there = |session: &SessionId| {
                let row = sim.crowd.row(*session);
                row.books.truth() == Truth::Queued && row.books.place() == place
            };
            let Some(session) = heir.filter(still_there) else {
                if calls_absent {
                    self.issue_turn_to_nobody(sim, tables, called, agenda);
                }
                continue;
            };
            return Some(if self.is_overdue(sim, session) {
                Called::Out(session)
            } else if Self::is_silent(sim, tables, session) && !calls_absent {
                Called::Silent(session)
            } else {
                Called::Turn(session)
            });
        }
    }

    /// May somebody be called now? If not, and it is known when, allowance is asked for; `None` where nobody is called.
    fn budget_allows<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, agenda: &mut Agenda) -> Option<bool> {
        let now = sim.now;
        let line = self.room.as_mut()?;
        let budget = line.budget.as_mut().filter(|_| line.closed.is_none() && line.waiting > 0)?;
        Some(match budget.allowance(now) {
            Allowance::WhenResumed => false,
            // The queue is switched off: the budgets count, and keep nobody out.
            _ if line.policy.passes_everybody() => true,
            Allowance::Now => true,
            Allowance::WhenSomebodyLeaves => false,
            Allowance::At(at) => {
                if line.asked_for.is_none_or(|asked| at < asked) {
                    line.asked_for = Some(at);
                    agenda.push(Message::Allowance.entry(at, 0, 0, 0));
                }
                false
            }
        })
    }

    /// Nothing was heard of a session for longer than the grace, pauses of the sale left out.
    fn is_silent<O: Observer, P>(sim: &Sim<O, P>, tables: &Tables, session: SessionId) -> bool {
        let grace_ms = sim.plan.line.as_ref().map_or(0, |line| line.grace.as_us() / 1000);
        let contact_ms = tables.last_contact_ms(sim, session);
        let silent_ms = (sim.now.as_us() / 1000).saturating_sub(u64::from(contact_ms));
        silent_ms > grace_ms
            && silent_ms - sim.paused_ms_since(contact_ms) > grace_ms
            && !sim.call_backs.has_address(session)
    }

    /// The position that the page shows of a session in line.
    pub(in crate::model) fn position_of<O: Observer, P>(&self, sim: &Sim<O, P>, session: SessionId) -> u32 {
        let place = sim.crowd.books(session).place();
        self.room.as_ref().map_or(NOT_SHOWN, |line| line.position(place))
    }
}
