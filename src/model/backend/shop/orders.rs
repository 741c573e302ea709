//! What the operator decides about orders after the fact: those of an interval in which the sale was not fair stand, or are
//! cancelled. A cancelled order's seats are free again and its money goes back; its buyer believes in it until told.

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Observer, SeatId, SessionId, Truth, Word};
use crate::scenario::Plan;
use crate::scenario::plan::operator::{ActionPlan, CancelPlan, SettlePlan};

/// Seats sold, in order of time; kept only where a rule may cancel orders.
#[derive(Default)]
pub(in crate::model) struct Orders {
    is_kept: bool,
    sold: Vec<(Time, SessionId, SeatId)>,
}

impl Orders {
    pub(in crate::model) fn new(plan: &Plan) -> Orders {
        let mut actions = plan.operator.rules.iter().flat_map(|rule| &rule.actions);
        let cancels = |action: &ActionPlan| match action {
            ActionPlan::SettleOrders(settle) => settle.cancel.is_some(),
            _ => false,
        };
        Orders { is_kept: actions.any(cancels), sold: Vec::new() }
    }

    pub(in crate::model) fn note(&mut self, at: Time, session: SessionId, seat: SeatId) {
        if self.is_kept {
            self.sold.push((at, session, seat));
        }
    }

    /// Takes out those of an interval.
    fn take(&mut self, from: Time, until: Time) -> Vec<(SessionId, SeatId)> {
        let (taken, kept) = self.sold.drain(..).partition(|(at, _, _)| (from..until).contains(at));
        self.sold = kept;
        let taken: Vec<(Time, SessionId, SeatId)> = taken;
        taken.into_iter().map(|(_, session, seat)| (session, seat)).collect()
    }
}

impl<O: Observer> World<O> {
    /// Cancels the orders of an interval, if that is what the operator decides about it.
    pub(in crate::model) fn settle_orders(&mut self, rule: u8, settle: &SettlePlan, agenda: &mut Agenda) {
        let Some(cancel) = &settle.cancel else { return };
        let first_fault =
            self.sim.plan.faults.iter().map(|fault| fault.from).filter(|from| *from <= self.sim.now).min();
        let from = settle.from.or(first_fault).unwrap_or(self.sim.plan.roster.opens_at);
        let until = settle.until.or(self.sim.pauses.first_since(from)).unwrap_or(self.sim.now);
        let number =
            u32::try_from(self.people.audience.sent.len()).expect("rules act a bounded number of times");
        self.people.audience.sent.push(Word::OrderCancelled);
        let mut buyers: Vec<SessionId> = Vec::new();
        for (session, seat) in self.shop.orders.take(from, until) {
            self.shop.inventory.uncommit(seat);
            self.shop.seat_maps.note(seat);
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::SeatCancelled { who, seat });
            if buyers.last() != Some(&session) {
                buyers.push(session);
            }
        }
        for &session in &buyers {
            self.cancel_order(session, rule, number, cancel, agenda);
        }
        if !buyers.is_empty() {
            self.retry_waiting_holds(agenda);
        }
    }

    fn cancel_order(
        &mut self,
        session: SessionId,
        rule: u8,
        number: u32,
        cancel: &CancelPlan,
        agenda: &mut Agenda,
    ) {
        self.tables.decide_now(&mut self.sim, session, Truth::Cancelled);
        let cohort = self.sim.crowd.row(session).cohort();
        let who = self.sim.crowd.who(session);
        if let Some(told_after) = &cancel.told_after {
            let entity = self.sim.entity(who.person, cohort);
            let (stream, n) = self.sim.draws.of_announcement(DrawPurpose::Spread, entity, rule, number);
            let at = self.sim.now + told_after.sample(stream, n);
            if at < self.sim.plan.roster.horizon {
                let first = self.sim.crowd.sessions(who.person).start;
                agenda.push(Message::News.entry(at, self.sim.draws.tie(entity, 0, number), first, number));
            }
        }
    }
}
