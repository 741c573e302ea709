//! What the operator decides about orders after the fact: those of an interval in which the sale was not fair stand, or are
//! cancelled. A cancelled order's seats are free again and its money goes back; its buyer believes in it until told.

use crate::engine::Time;
use crate::model::backend::Sim;
use crate::model::backend::shop::Shop;
use crate::protocol::{Fact, Observer, SeatId, SessionId};
use crate::scenario::Plan;
use crate::scenario::plan::operator::ActionPlan;

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

impl Shop {
    /// Cancels what was sold in an interval: its seats are free again. Returns whose it was.
    pub(in crate::model) fn cancel_sales<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, from: Time, until: Time,
    ) -> Vec<SessionId> {
        let mut buyers: Vec<SessionId> = Vec::new();
        for (session, seat) in self.orders.take(from, until) {
            self.inventory.uncommit(seat);
            self.seat_maps.note(seat);
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::SeatCancelled { who, seat });
            if buyers.last() != Some(&session) {
                buyers.push(session);
            }
        }
        buyers
    }
}
