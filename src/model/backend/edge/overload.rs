//! Overload control at the gateways: each has a control of its own, which sees what the rate limit lets pass and how it
//! ends. What the controls decide is in the room `overload`; here they are asked and told, and their refusals executed.
//!
//! ```text
//!   request --> control --admit--> accepted --> ... --> reply, 504 or abort --> the control learns of it
//!                  |
//!                  +--refuse--> 503 (or silence, as the edge refuses)
//! ```
//!
//! Without a control there is none to ask: one look at an empty list.

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::edge::listener::Passage;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::words::Answer;
use crate::model::sim::words::InboundRequest;
use crate::overload::{Completion, Control, Decision, Outcome, RequestInfo};
use crate::protocol::{Cause, Fact, GatewayId, Observer, Reply, SessionId};
use crate::scenario::plan::EdgePlan;

/// A control that has seen nothing yet for each gateway; none where the scenario has none.
pub(in crate::model) fn controls(edge: &EdgePlan) -> Vec<Box<dyn Control>> {
    let gateways = 0..edge.gateways;
    edge.overload.iter().flat_map(|control| gateways.clone().map(|_| control.build())).collect()
}

/// How a request ended that a control had let through, by its reply; `None`: it never was.
fn outcome(reply: Reply) -> Option<Outcome> {
    match (reply, reply.status()) {
        (Reply::GatewayBusy | Reply::RateLimited | Reply::AccountLocked | Reply::ConnectionClosed, _) => None,
        (_, 503) => Some(Outcome::Refused),
        (_, 500..) => Some(Outcome::Failed),
        _ => Some(Outcome::Served),
    }
}

impl<O: Observer> World<O> {
    /// A request has passed the listener of its gateway: it is accepted, unless the overload control refuses it.
    #[inline]
    pub(in crate::model) fn check_overload(
        &mut self,
        inbound: InboundRequest,
        agenda: &mut Agenda,
    ) -> Passage {
        if self.edge.controls.is_empty() || self.control_admits(inbound) {
            Passage::Accepted
        } else {
            self.refuse_by_control(inbound, agenda)
        }
    }

    #[inline(never)]
    fn control_admits(&mut self, inbound: InboundRequest) -> bool {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        let (stream, n) =
            self.sim.draws.of_request(DrawPurpose::Control, self.sim.draw_key_of(session, attempt, kind));
        let request = RequestInfo {
            now: self.sim.now,
            kind,
            user: self.user_of(session),
            in_flight: self.edge.gateways[gateway.index()].in_flight,
            luck: stream.unit(n),
        };
        self.edge.controls[gateway.index()].on_request(&request) == Decision::Admit
    }

    /// The name of an account in 64 bits, which an empty cohort does not change.
    fn user_of(&self, session: SessionId) -> u64 {
        let row = self.sim.crowd.row(session);
        let account = row.tab() % self.sim.plan.cohorts[row.cohort()].accounts;
        let person = self.sim.entity_of(session);
        if account == 0 { person } else { crate::engine::random::entity(person, u64::from(account)) }
    }

    #[inline(never)]
    fn refuse_by_control(&mut self, inbound: InboundRequest, agenda: &mut Agenda) -> Passage {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::ControlRefused { who, kind, gateway });
        self.refuse_because(inbound, Reply::GatewayBusy, Cause::OverloadControl, agenda)
    }

    /// A reply leaves a gateway: its control learns of it, if it let the request through.
    #[inline(never)]
    pub(in crate::model) fn controls_learn(&mut self, answer: &Answer) {
        let Some(outcome) = outcome(answer.reply) else { return };
        self.tell_control(answer, outcome);
    }

    /// A client's abort has reached the gateway first.
    pub(in crate::model) fn controls_lose(&mut self, slot: u32) {
        if !self.edge.controls.is_empty() {
            let request = self.tables.requests.at(slot);
            let nothing = request.answer(Reply::ConnectionClosed, request.kind.answered_by());
            self.tell_control(&nothing, Outcome::Abandoned);
        }
    }

    fn tell_control(&mut self, answer: &Answer, outcome: Outcome) {
        let gateway = answer.gateway.index();
        let reply = Completion {
            now: self.sim.now,
            outcome,
            latency: self.sim.now.saturating_since(answer.accepted_at),
            queued: answer.queued,
            in_flight: self.edge.gateways[gateway].in_flight,
        };
        self.edge.controls[gateway].on_completion(&reply);
    }

    /// A gateway went down: whatever its control had learned is gone.
    pub(in crate::model) fn forget_load(&mut self, gateway: GatewayId) {
        if let (Some(control), Some(config)) =
            (self.edge.controls.get_mut(gateway.index()), &self.sim.plan.edge.overload)
        {
            *control = config.build();
        }
    }
}
