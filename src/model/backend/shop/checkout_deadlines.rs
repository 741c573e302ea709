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

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::sim::message::Message;
use crate::protocol::{CheckoutEvent, Fact, Observer, SessionId, Truth};
use crate::scenario::plan::DeadlineWhilePaying;
use std::collections::{BTreeMap, BTreeSet};

/// The deadlines of slots inside, and who is to be told.
#[derive(Default)]
pub(in crate::model) struct Deadlines {
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
    pub(in crate::model) fn tells(&mut self, session: SessionId) -> bool {
        self.put_out.remove(&session.0)
    }
}

impl<O: Observer> World<O> {
    /// A session has come into the shop: its time begins.
    pub(in crate::model) fn begin_steps(&mut self, slot: u32, agenda: &mut Agenda) {
        let inventory = &self.sim.plan.inventory;
        if inventory.choose_within.is_none() && inventory.buy_within.is_none() {
            return;
        }
        let buy = inventory.buy_within.map(|span| self.sim.now + span);
        self.shop.deadlines.slots.insert(slot, Deadline { choose: None, buy });
        if let Some(until) = buy {
            self.post_deadline(slot, until, agenda);
        }
        self.begin_choosing(slot, agenda);
    }

    /// It has no seats, and the time to choose some begins.
    pub(in crate::model) fn begin_choosing(&mut self, slot: u32, agenda: &mut Agenda) {
        let Some(span) = self.sim.plan.inventory.choose_within else { return };
        let until = self.sim.now + span;
        if let Some(deadline) = self.shop.deadlines.slots.get_mut(&slot) {
            deadline.choose = Some(until);
            self.post_deadline(slot, until, agenda);
        }
    }

    /// It has chosen.
    pub(in crate::model) fn end_choosing(&mut self, slot: u32) {
        if let Some(deadline) = self.shop.deadlines.slots.get_mut(&slot) {
            deadline.choose = None;
        }
    }

    fn post_deadline(&self, slot: u32, until: Time, agenda: &mut Agenda) {
        let (session, generation) =
            (self.tables.active.at(slot).session, self.tables.active.generation(slot));
        let tie = self.sim.tie(session, generation);
        agenda.push(Message::StepEnd.entry(until, tie, slot, generation));
    }

    /// A deadline has come, unless it was moved or met. Returns whether whoever has the slot is put out.
    pub(in crate::model) fn step_ends(&mut self, slot: u32, generation: u32) -> bool {
        if !self.tables.active.is_live(slot, generation) {
            return false;
        }
        let Some(Deadline { choose, buy }) = self.shop.deadlines.slots.get(&slot).copied() else {
            return false;
        };
        let session = self.tables.active.at(slot).session;
        let buys = matches!(
            self.sim.crowd.row(session).truth(),
            Truth::Active | Truth::Holding | Truth::Paying | Truth::Declined
        );
        let step = match self.sim.now {
            now if buy == Some(now) => CheckoutEvent::BuyingTimedOut,
            now if choose == Some(now) => CheckoutEvent::ChoosingTimedOut,
            _ => return false,
        };
        if !buys || self.has_reserved(session) {
            return false;
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::AtCheckout { who, step });
        self.shop.deadlines.slots.remove(&slot);
        let visit = self.tables.active.at_mut(slot);
        visit.turn_over = true;
        let waits = self.sim.plan.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
        if let Some(hold) = visit.hold.as_mut().filter(|hold| waits && hold.payments > 0) {
            hold.overdue = true;
            return false;
        }
        if self.sim.plan.line.is_none() {
            self.shop.deadlines.put_out.insert(session.0);
        }
        true
    }
}
