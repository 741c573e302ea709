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
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::shop::Shop;
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

impl Shop {
    /// A session has come into the shop: its time begins.
    pub(in crate::model) fn begin_steps<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        let inventory = &sim.plan.inventory;
        if inventory.choose_within.is_none() && inventory.buy_within.is_none() {
            return;
        }
        let buy = inventory.buy_within.map(|span| sim.now + span);
        self.deadlines.slots.insert(slot, Deadline { choose: None, buy });
        if let Some(until) = buy {
            Self::post_deadline(sim, tables, slot, until, agenda);
        }
        self.begin_choosing(sim, tables, slot, agenda);
    }

    /// It has no seats, and the time to choose some begins.
    pub(in crate::model) fn begin_choosing<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        let Some(span) = sim.plan.inventory.choose_within else { return };
        let until = sim.now + span;
        if let Some(deadline) = self.deadlines.slots.get_mut(&slot) {
            deadline.choose = Some(until);
            Self::post_deadline(sim, tables, slot, until, agenda);
        }
    }

    /// It has chosen.
    pub(in crate::model) fn end_choosing(&mut self, slot: u32) {
        if let Some(deadline) = self.deadlines.slots.get_mut(&slot) {
            deadline.choose = None;
        }
    }

    fn post_deadline<O: Observer, P>(
        sim: &Sim<O, P>, tables: &Tables, slot: u32, until: Time, agenda: &mut Agenda,
    ) {
        let (session, generation) = (tables.active.at(slot).session, tables.active.generation(slot));
        let tie = sim.tie(session, generation);
        agenda.push(Message::StepEnd.entry(until, tie, slot, generation));
    }

    /// A deadline has come, unless it was moved or met. Returns whether whoever has the slot is put out.
    pub(in crate::model) fn step_ends<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32,
    ) -> bool {
        if !tables.active.is_live(slot, generation) {
            return false;
        }
        let Some(Deadline { choose, buy }) = self.deadlines.slots.get(&slot).copied() else {
            return false;
        };
        let session = tables.active.at(slot).session;
        let buys = matches!(
            sim.crowd.books(session).truth(),
            Truth::Active | Truth::Holding | Truth::Paying | Truth::Declined
        );
        let step = match sim.now {
            now if buy == Some(now) => CheckoutEvent::BuyingTimedOut,
            now if choose == Some(now) => CheckoutEvent::ChoosingTimedOut,
            _ => return false,
        };
        if !buys || self.has_reserved(session) {
            return false;
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::AtCheckout { who, step });
        self.deadlines.slots.remove(&slot);
        let visit = tables.active.at_mut(slot);
        visit.turn_over = true;
        let waits = sim.plan.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
        if let Some(hold) = visit.hold.as_mut().filter(|hold| waits && hold.payments > 0) {
            hold.overdue = true;
            return false;
        }
        if sim.plan.line.is_none() {
            self.deadlines.put_out.insert(session.0);
        }
        true
    }
}
