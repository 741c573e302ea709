//! What stands behind the network: gateways, waiting room and shop, and the two tables that all of them work on.

pub(in crate::model) mod active;
pub(in crate::model) mod autoscale;
pub(in crate::model) mod edge;
pub(in crate::model) mod in_line;
pub(in crate::model) mod line;
pub(in crate::model) mod requests;
pub(in crate::model) mod shop;

use crate::engine::Time;
use crate::model::sim::Sim;
use crate::protocol::{Fact, Observer, SessionId, Truth};
use crate::scenario::Plan;
use active::ActiveSessions;
use in_line::InLine;
use requests::Requests;

/// What gateways, waiting room and shop keep together.
pub(in crate::model) struct Tables {
    /// Requests behind a gateway.
    pub(in crate::model) requests: Requests,
    /// Whoever has a turn, or has reached the shop.
    pub(in crate::model) active: ActiveSessions,
    /// How many are in line at each address.
    pub(in crate::model) in_line: InLine,
}

impl Tables {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Tables {
        Tables {
            requests: Requests::default(),
            active: ActiveSessions::default(),
            in_line: InLine::new(plan, sessions),
        }
    }

    /// Changes what the backend has decided about a session.
    pub(in crate::model) fn decide<O: Observer>(
        &mut self,
        sim: &mut Sim<O>,
        session: SessionId,
        at: Time,
        truth: Truth,
    ) {
        let row = sim.crowd.row_mut(session);
        let before = row.truth();
        if before == truth {
            return;
        }
        assert!(
            before != Truth::Sold || truth == Truth::Cancelled,
            "what is sold stays sold, unless its order is cancelled, and was to become {truth:?}"
        );
        row.set_truth(truth);
        if (before == Truth::Queued) != (truth == Truth::Queued) {
            self.in_line.count(sim, session, truth == Truth::Queued);
        }
        let who = sim.crowd.who(session);
        sim.record.fact(at, Fact::Decided { who, truth });
    }

    /// Changes it at this instant.
    pub(in crate::model) fn decide_now<O: Observer>(
        &mut self,
        sim: &mut Sim<O>,
        session: SessionId,
        truth: Truth,
    ) {
        self.decide(sim, session, sim.now, truth);
    }

    /// One order a person, whichever session placed it.
    pub(in crate::model) fn person_has_bought<O: Observer>(sim: &Sim<O>, session: SessionId) -> bool {
        let mut sessions = sim.crowd.sessions(sim.crowd.person(session)).map(SessionId);
        sessions.any(|session| sim.crowd.row(session).truth() == Truth::Sold)
    }
}
