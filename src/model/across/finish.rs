//! The end of a run. A run ends by draining, not by cutting: at the horizon nobody starts a request, and what
//! is in flight finishes, within a bound. Whoever is still there then is named, with where they stood.

use super::key::KEY;
use crate::engine::{Span, Time};
use crate::model::across::world::{Finished, World};
use crate::protocol::{Belief, Fact, Observer, Refusal, SessionId, Truth, Unresolved};
use crate::quantity::Positive;
use crate::scenario::Plan;

/// How long after the horizon the last work may go on, beside the system's own deadlines.
const DRAIN: Span = Span::from_secs(3600);

/// The instant at which the drain is cut: an hour after the last deadline that the horizon can leave behind.
pub(in crate::model) fn drain_bound(plan: &Plan) -> Time {
    let turn = plan.line.as_ref().map_or(Span::ZERO, |line| line.turn_validity);
    let held = plan.line.as_ref().and_then(|line| line.long_poll).unwrap_or(Span::ZERO);
    let upstream = plan.edge.upstream_timeout.unwrap_or(Span::ZERO);
    let hold = plan.inventory.hold.get() + plan.inventory.hold_when_paying.map_or(Span::ZERO, Positive::get);
    let unpaid = plan.payment.unpaid.map_or(Span::ZERO, |unpaid| unpaid.after.get());
    plan.roster.horizon + unpaid + turn + hold + plan.payment.timeout + upstream + held + DRAIN
}

impl<O: Observer> World<O> {
    /// Ends the run: sessions that nobody decided about yet are decided, and those still there are named.
    pub fn finish(mut self) -> Finished<O> {
        let end = self.sim.plan.roster.closes_at;
        let line_closed =
            self.line.room.as_ref().and_then(crate::model::backend::line::waiting_room::WaitingRoom::closed);
        let gone = self.shop.inventory.sold_out_at().map(|at| (Refusal::SoldOut, at));
        let refusal = line_closed.or(gone).unwrap_or((Refusal::SaleClosed, end));
        for session in (0..self.sim.crowd.len()).map(SessionId) {
            if self.sim.crowd.wire(session).was_opened() {
                self.conclude(session, refusal);
            }
        }
        let sessions = self.sim.crowd.len();
        let (observer, fingerprint) = self.sim.record.into_parts();
        Finished {
            observer,
            fingerprint,
            ended_at: self.sim.now,
            sessions,
            undrained: self.tables.requests.len(),
        }
    }

    fn conclude(&mut self, session: SessionId, (refusal, at): (Refusal, Time)) {
        let row = self.sim.crowd.row(session);
        let open = matches!(row.books.truth_across(KEY), Truth::Queued | Truth::Turn | Truth::Active);
        let (stopped, belief) = (row.wire.is_stopped(), row.page.belief_across(KEY));
        let (row_truth, inside) = (row.books.truth_across(KEY), row.books.is_inside_across(KEY));
        if open {
            let at = at.max(self.sim.plan.roster.opens_at);
            self.tables.decide(&mut self.sim, session, at, refusal.into());
        }
        if !stopped {
            let who = self.sim.crowd.who(session);
            let standing = match belief {
                Belief::InLine => Unresolved::InLine,
                Belief::Paused if row_truth == Truth::Queued => Unresolved::InLine,
                Belief::Paused if inside => Unresolved::Inside,
                Belief::YourTurn | Belief::Choosing | Belief::SeatHeld | Belief::Paying => Unresolved::Inside,
                _ => Unresolved::Trying,
            };
            self.sim.record.fact(self.sim.plan.roster.horizon, Fact::Cut { who, standing });
        }
    }
}
