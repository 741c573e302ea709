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
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
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

impl Edge {
    /// A request has passed the listener of its gateway: it is accepted, unless the overload control refuses it.
    #[inline]
    pub(in crate::model) fn check_overload<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> Passage {
        if self.controls.is_empty() || self.control_admits(sim, inbound) {
            Passage::Accepted
        } else {
            self.refuse_by_control(sim, tables, inbound, agenda)
        }
    }

    #[inline(never)]
    fn control_admits<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, inbound: InboundRequest) -> bool {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        let (stream, n) = sim.draws.of_request(DrawPurpose::Control, sim.draw_key_of(session, attempt, kind));
        let request = RequestInfo {
            now: sim.now,
            kind,
            user: Self::user_of(sim, session),
            in_flight: self.gateways[gateway.index()].in_flight,
            luck: stream.unit(n),
        };
        self.controls[gateway.index()].on_request(&request) == Decision::Admit
    }

    /// The name of an account in 64 bits, which an empty cohort does not change.
    fn user_of<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> u64 {
        let row = sim.crowd.row(session);
        let account = row.wire.tab() % sim.plan.cohorts[row.wire.cohort()].accounts;
        let person = sim.entity_of(session);
        if account == 0 { person } else { crate::engine::random::entity(person, u64::from(account)) }
    }

    #[inline(never)]
    fn refuse_by_control<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> Passage {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::ControlRefused { who, kind, gateway });
        self.refuse_because(sim, tables, inbound, Reply::GatewayBusy, Cause::OverloadControl, agenda)
    }

    /// A reply leaves a gateway: its control learns of it, if it let the request through.
    #[inline(never)]
    pub(in crate::model) fn controls_learn<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, answer: &Answer) {
        let Some(outcome) = outcome(answer.reply) else { return };
        self.tell_control(sim, answer, outcome);
    }

    /// A client's abort has reached the gateway first.
    pub(in crate::model) fn controls_lose<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) {
        if !self.controls.is_empty() {
            let request = tables.requests.at(slot);
            let nothing = request.answer(Reply::ConnectionClosed, request.kind.answered_by());
            self.tell_control(sim, &nothing, Outcome::Abandoned);
        }
    }

    fn tell_control<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, answer: &Answer, outcome: Outcome) {
        let gateway = answer.gateway.index();
        let reply = Completion {
            now: sim.now,
            outcome,
            latency: sim.now.saturating_since(answer.accepted_at),
            queued: answer.queued,
            in_flight: self.gateways[gateway].in_flight,
        };
        self.controls[gateway].on_completion(&reply);
    }

    /// A gateway went down: whatever its control had learned is gone.
    pub(in crate::model) fn forget_load<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, gateway: GatewayId) {
        if let (Some(control), Some(config)) =
            (self.controls.get_mut(gateway.index()), &sim.plan.edge.overload)
        {
            *control = config.build();
        }
    }
}
