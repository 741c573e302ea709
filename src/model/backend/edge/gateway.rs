//! Gateways: the edge nodes that every request passes. Modelled on a reverse proxy such as nginx: a limit of
//! requests in flight (503 beyond it), a timer on the upstream (504 when it fires, while the work behind it
//! goes on as zombie work), CORS headers by status class. A slot is freed by the reply, the 504, or the
//! client's abort, whichever is first.
//!
//! What happens before a gateway accepts a request - accept queue, connection cap, rate limit, a gateway that is
//! down - is in `listener.rs`; a gateway without any of these has no listener, and a request does not pay for one.

use crate::behavior::Balance;
use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::requests::{Request, RequestRef};
use crate::model::sim::message::Message;
use crate::model::sim::words::InboundRequest;
use crate::model::sim::words::{Answer, NOT_SHOWN, Response};
use crate::protocol::{Emitter, Fact, GatewayId, Observer, Reply, SessionId};
use std::collections::VecDeque;

/// One gateway.
#[derive(Clone, Default)]
pub(in crate::model) struct Gateway {
    /// Requests in flight behind it.
    pub(in crate::model) in_flight: u32,
    /// The most that ever were.
    pub(in crate::model) peak: u32,
    /// Requests that its rate limit delays.
    pub(in crate::model) delayed: u32,
    /// Connections that it holds open and will never answer.
    pub(in crate::model) held: u32,
    /// Connections that wait to be accepted.
    pub(in crate::model) accept: VecDeque<InboundRequest>,
    /// A message to let them in is under way.
    pub(in crate::model) accepting: bool,
    /// What it has left for asking other peers; `None`: it has asked none yet, or has no budget.
    pub(in crate::model) retries: Option<Balance>,
    /// Requests in flight that were sent to another peer after the one before had failed.
    pub(in crate::model) retrying: u32,
    /// It is down since then.
    pub(in crate::model) down_since: Option<Time>,
}

impl Gateway {
    /// One that went down at this instant, with nothing left in it.
    pub(in crate::model) fn fallen(at: Time) -> Gateway {
        Gateway { down_since: Some(at), ..Gateway::default() }
    }

    /// Connections to it, accepted or not.
    pub(in crate::model) fn connections(&self) -> u32 {
        self.open() + u32::try_from(self.accept.len()).expect("fewer than 2^32 connect to a gateway")
    }

    /// Connections that it has accepted and not closed.
    pub(in crate::model) fn open(&self) -> u32 {
        self.in_flight + self.delayed + self.held
    }
}

/// What a gateway does about a request that upstream has failed.
#[derive(Clone, Copy)]
pub(in crate::model) enum Next {
    /// It is sent to another peer, in this row.
    Upstream(RequestRef),
    /// This goes back to the client.
    Answer(Answer),
}

impl Edge {
    pub(in crate::model) fn is_full<O: Observer, P>(&self, sim: &Sim<O, P>, gateway: GatewayId) -> bool {
        sim.plan.edge.concurrency.is_some_and(|limit| self.gateways[gateway.index()].in_flight >= limit)
    }

    /// A request takes a slot of its gateway, and a row.
    pub(in crate::model) fn take_slot<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, request: Request,
    ) -> RequestRef {
        let gateway = &mut self.gateways[request.gateway.index()];
        gateway.in_flight += 1;
        self.scaling.note_in_flight(sim.now, request.gateway, 1);
        if gateway.in_flight > gateway.peak {
            gateway.peak = gateway.in_flight;
            self.note_peak(sim, request.gateway);
        }
        tables.requests.open(request)
    }

    /// Starts the timers on a request that was not answered at once: the gateway's, and the client's.
    pub(in crate::model) fn await_upstream<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, reference: RequestRef, agenda: &mut Agenda,
    ) {
        let Some(request) = tables.requests.get_mut(reference).filter(|request| !request.replied) else {
            return;
        };
        let (session, attempt) = (request.session, request.attempt);
        if let Some(timeout) = sim.plan.edge.upstream_timeout {
            tables.requests.post(sim, Message::UpstreamTimer, sim.now + timeout, reference, agenda);
        }
        let row = sim.crowd.row_mut(session);
        if row.wire.attempt() == attempt && !row.wire.is_stopped() {
            row.wire.set_slot(reference.slot);
            sim.arm_client_timer(session, agenda);
        } else if let Some(flight) = sim.flight(session, attempt) {
            flight.slot = reference.slot;
        }
    }

    /// A slot of a gateway is free again; whoever waits in its accept queue is let in by a message of its own, so that
    /// a chain of requests that take no time is no chain of calls.
    /// Until now its session was in contact.
    fn release<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, id: GatewayId, session: SessionId, agenda: &mut Agenda,
    ) {
        Tables::note_contact(sim, session);
        let gateway = &mut self.gateways[id.index()];
        gateway.in_flight -= 1;
        self.scaling.note_in_flight(sim.now, id, -1);
        if !gateway.accept.is_empty() && !gateway.accepting {
            gateway.accepting = true;
            agenda.push(Message::Accept.entry(sim.now, 0, u32::from(id.0), 0));
        }
    }

    /// The client's connection has ended: the slot is free, nobody is answered, the work goes on.
    pub(in crate::model) fn abort_at_edge<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        let request = tables.requests.at_mut(slot);
        if request.replied {
            return;
        }
        request.replied = true;
        let (session, kind, gateway) = (request.session, request.kind, request.gateway);
        if request.held {
            self.gateways[gateway.index()].held -= 1;
            tables.requests.close(slot);
        } else {
            let aborted = *request;
            self.mark_success(sim, tables, slot);
            self.end_retry(&aborted);
            self.release(sim, gateway, session, agenda);
            self.controls_lose(sim, tables, slot);
            Self::close_if_only_kept_open(tables, slot);
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Aborted { who, kind, gateway });
    }

    /// Nothing more comes from upstream. Returns the reply that goes out for this reason, unless a 504 or an abort was first.
    pub(in crate::model) fn end_request<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, response: Response,
        agenda: &mut Agenda,
    ) -> Option<Answer> {
        let request = tables.requests.close(slot);
        if request.replied {
            return None;
        }
        self.end_retry(&request);
        self.release(sim, request.gateway, request.session, agenda);
        let Response { reply, emitter, cause } = response;
        Some(Answer { cause, ..request.answer(reply, emitter) })
    }

    /// The upstream timer: 504 to the client, or another peer is asked, while the station works on.
    pub(in crate::model) fn time_out_upstream<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) -> Option<Next> {
        let now = sim.now;
        let kept_alive = Self::is_kept_alive(sim, tables, slot);
        let request = tables.requests.at_mut(slot);
        if request.replied || kept_alive {
            return None;
        }
        request.replied = true;
        request.timed_out_at = Some(now);
        let cause = request.cause;
        let answer = Answer { cause, ..request.answer(Reply::UpstreamTimeout, Emitter::Gateway) };
        let timed_out = *request;
        let another = self.retry_next_upstream_after_timeout(sim, tables, slot, agenda);
        Self::close_if_only_kept_open(tables, slot);
        if let Some(another) = another {
            return Some(Next::Upstream(another));
        }
        self.end_retry(&timed_out);
        self.release(sim, answer.gateway, answer.session, agenda);
        Some(Next::Answer(answer))
    }
}

impl Request {
    /// A reply to this request.
    pub(in crate::model) fn answer(&self, reply: Reply, emitter: Emitter) -> Answer {
        Answer {
            session: self.session,
            attempt: self.attempt,
            kind: self.kind,
            draw_key: self.draw_key,
            gateway: self.gateway,
            reply,
            emitter,
            cause: reply.cause(),
            accepted_at: self.accepted_at,
            queued: self.queued,
            position: NOT_SHOWN,
        }
    }
}
