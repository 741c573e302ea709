//! Deadlines of what a buyer does in the shop: to have chosen seats, and to have bought. Those of held seats and of paying
//! are deadlines of the hold (`inventory.rs`). Modelled on shops that count down on every page.
//!
//! ```text
//!   comes in --chooses--> seats held --pays--> bought
//!      |          ^            | expired, declined: chooses again, with as much time as at first
//!      |          +------------+
//!      +--choose_within passed without seats, or buy_within altogether--> seats free again, put out
//! ```
//!
//! Whoever is put out learns it by her next request: her screen says what it said. As the clocks of holds do, these run on
//! while the sale is paused. Left out: pages that leave by themselves when their countdown is at zero.

use super::World;
use super::message::Message;
use crate::engine::{Agenda, Time};
use crate::protocol::{Fact, Observer, SessionId, Step, Truth};
use crate::scenario::plan::DeadlineWhilePaying;
use std::collections::{BTreeMap, BTreeSet};

/// The deadlines of slots inside, and who is to be told.
#[derive(Default)]
pub(super) struct Deadlines {
    slots: BTreeMap<u32, Deadline>,
    /// Put out of a shop without a waiting room, and not told yet.
    put_out: BTreeSet<u32>,
}

#[derive(Clone, Copy, Default)]
struct Deadline {
    choose: Option<Time>,
    buy: Option<Time>,
}

impl Deadlines {
    /// Is this the first request after its session was put out? Then it is told so.
    pub(super) fn tells(&mut self, session: SessionId) -> bool {
        self.put_out.remove(&session.0)
    }
}

impl<O: Observer> World<O> {
    /// A session has come into the shop: its time begins.
    pub(super) fn begin_steps(&mut self, slot: u32, agenda: &mut Agenda) {
        let inventory = &self.plan.inventory;
        if inventory.choose_within.is_none() && inventory.buy_within.is_none() {
            return;
        }
        let buy = inventory.buy_within.map(|span| self.now + span);
        self.deadlines.slots.insert(slot, Deadline { choose: None, buy });
        if let Some(until) = buy {
            self.post_deadline(slot, until, agenda);
        }
        self.begin_choosing(slot, agenda);
    }

    /// It has no seats, and the time to choose some begins.
    pub(super) fn begin_choosing(&mut self, slot: u32, agenda: &mut Agenda) {
        let Some(span) = self.plan.inventory.choose_within else { return };
        let until = self.now + span;
        if let Some(deadline) = self.deadlines.slots.get_mut(&slot) {
            deadline.choose = Some(until);
            self.post_deadline(slot, until, agenda);
        }
    }

    /// It has chosen.
    pub(super) fn end_choosing(&mut self, slot: u32) {
        if let Some(deadline) = self.deadlines.slots.get_mut(&slot) {
            deadline.choose = None;
        }
    }

    fn post_deadline(&self, slot: u32, until: Time, agenda: &mut Agenda) {
        let (session, generation) = (self.insiders.at(slot).session, self.insiders.generation(slot));
        let tie = self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), generation);
        agenda.push(Message::StepEnd.entry(until, tie, slot, generation));
    }

    /// A deadline has come, unless it was moved or met.
    pub(super) fn end_step(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        if !self.insiders.is_live(slot, generation) {
            return;
        }
        let Some(Deadline { choose, buy }) = self.deadlines.slots.get(&slot).copied() else { return };
        let session = self.insiders.at(slot).session;
        let buys = matches!(
            self.crowd.row(session).truth(),
            Truth::Active | Truth::Holding | Truth::Paying | Truth::Declined
        );
        let step = match self.now {
            now if buy == Some(now) => Step::BuyingTimedOut,
            now if choose == Some(now) => Step::ChoosingTimedOut,
            _ => return,
        };
        if !buys || self.has_reserved(session) {
            return;
        }
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::AtCheckout { who, step });
        self.deadlines.slots.remove(&slot);
        let insider = self.insiders.at_mut(slot);
        insider.turn_over = true;
        let waits = self.plan.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
        if let Some(hold) = insider.hold.as_mut().filter(|hold| waits && hold.payments > 0) {
            hold.overdue = true;
            return;
        }
        if self.line.is_none() {
            self.deadlines.put_out.insert(session.0);
        }
        self.return_seats(slot, true, agenda);
        self.settle(slot, agenda);
    }
}
