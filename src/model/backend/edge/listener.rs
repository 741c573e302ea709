//! The listener of a gateway, before it has accepted a request: is the gateway up, is there a connection to be had, room in
//! the accept queue, and does the address keep to its rate? What is turned away here often leaves no line in any log.
//!
//! ```text
//!   SYN --down--> reset          --accept queue full--> nothing; the client's TCP tries again
//!    |  --over the cap--> closed without a reply
//!    +--> accept queue --a slot is free--> rate limit --429, or delayed--> overload control (`overload.rs`) --> accepted
//! ```
//!
//! Modelled on Linux and nginx as measured: an accept queue of n holds n + 1, and repeated SYNs come at fixed instants
//! after the first. Left out: ghost connections, which the kernel completes for a client who has gone.

use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::edge::limiter::RateDecision;
use crate::model::backend::requests::Request;
use crate::model::sim::message::Message;
use crate::model::sim::words::Answer;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Observer, Reply};
use crate::scenario::plan::Refusal;

/// Requests that come again later: a repeated SYN, or a delay of the rate limit. Slots are used again under a new
/// generation.
#[derive(Default)]
pub(in crate::model) struct PendingConnections {
    rows: Vec<Standing>,
    free: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Standing {
    inbound: InboundRequest,
    generation: u32,
    /// When the first SYN came.
    first_at: Time,
    /// How often it was repeated.
    repeats: u8,
    /// Its connection stands, and the rate limit delays it.
    delayed: bool,
}

impl PendingConnections {
    fn open(&mut self, inbound: InboundRequest, first_at: Time) -> u32 {
        let fresh = Standing { inbound, generation: 0, first_at, repeats: 0, delayed: false };
        if let Some(slot) = self.free.pop() {
            let row = &mut self.rows[slot as usize];
            *row = Standing { generation: row.generation, ..fresh };
            return slot;
        }
        self.rows.push(fresh);
        u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 wait before the gateways")
    }

    fn close(&mut self, slot: u32) -> InboundRequest {
        let row = &mut self.rows[slot as usize];
        row.generation = (row.generation + 1) & 0xFF_FFFF;
        row.delayed = false;
        self.free.push(slot);
        row.inbound
    }

    /// Closes the rows of those whom the rate limit of this gateway delays.
    pub(in crate::model) fn cut_off(&mut self, gateway: GatewayId) -> Vec<InboundRequest> {
        let delayed = |row: &Standing| row.delayed && row.inbound.gateway == gateway;
        let slots: Vec<u32> =
            (0..).zip(&self.rows).filter(|(_, row)| delayed(row)).map(|(slot, _)| slot).collect();
        slots.into_iter().map(|slot| self.close(slot)).collect()
    }

    /// Is it still the same caller?
    fn is_live(&self, slot: u32, generation: u32) -> bool {
        self.rows[slot as usize].generation == generation
    }
}

/// What becomes of a request at a gateway.
#[derive(Clone, Copy)]
pub(in crate::model) enum Passage {
    /// It is accepted.
    Accepted,
    /// It waits, or nobody will ever answer it: for the client the two are the same.
    Pending,
    /// It is turned away, and this goes back.
    Answered(Answer),
}

impl Edge {
    /// A request recorded as sent is at a gateway: through its listener, if that has limits, and past its control.
    pub(in crate::model) fn receive<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> Passage {
        if self.has_listener_limits {
            let passage = self.pass_listener(sim, tables, inbound, None, agenda);
            if !matches!(passage, Passage::Accepted) {
                return passage;
            }
        }
        if sim.plan.edge.accept_queue.is_none() && self.is_full(sim, inbound.gateway) {
            return self.refuse_at_edge(sim, tables, inbound, Reply::GatewayBusy, agenda);
        }
        self.check_overload(sim, tables, inbound, agenda)
    }

    /// A gateway that has limits of its own, or is down: a first or repeated SYN, then the rate limits.
    fn pass_listener<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, repeated: Option<u32>,
        agenda: &mut Agenda,
    ) -> Passage {
        match self.syn(sim, inbound, repeated, agenda) {
            Passage::Accepted => self.check_rate_limit(sim, tables, inbound, agenda),
            passage => passage,
        }
    }

    /// A SYN, the first or a repeated one (from this slot of those pending).
    fn syn<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, inbound: InboundRequest, repeated: Option<u32>, agenda: &mut Agenda,
    ) -> Passage {
        let gateway = &self.gateways[inbound.gateway.index()];
        let connections = gateway.open() as usize + gateway.accept.len();
        let cause = if gateway.down_since.is_some() {
            Cause::GatewayDown
        } else if sim.plan.edge.in_flight_cap.is_some_and(|cap| connections >= cap as usize) {
            Cause::ConnectionCap
        } else {
            return self.listen(sim, inbound, repeated, agenda);
        };
        self.forget(repeated);
        Self::close_connection(sim, inbound, cause)
    }

    /// The accept queue: through it at once, into it, or nowhere.
    fn listen<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, inbound: InboundRequest, repeated: Option<u32>, agenda: &mut Agenda,
    ) -> Passage {
        let full = self.is_full(sim, inbound.gateway);
        let accept = &mut self.gateways[inbound.gateway.index()].accept;
        let room = match sim.plan.edge.accept_queue {
            None => return Passage::Accepted,
            Some(_) if !full && accept.is_empty() => {
                self.forget(repeated);
                return Passage::Accepted;
            }
            Some(most) => accept.len() < most as usize,
        };
        if room {
            accept.push_back(inbound);
            self.forget(repeated);
            sim.leave_unanswered(inbound, Cause::BacklogWait, agenda);
        } else {
            self.drop_syn(sim, inbound, repeated, agenda);
        }
        Passage::Pending
    }

    /// A SYN vanishes. The client's TCP repeats it at fixed instants after the first one.
    fn drop_syn<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, inbound: InboundRequest, repeated: Option<u32>, agenda: &mut Agenda,
    ) {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::SynDropped { who, kind, gateway });
        sim.leave_unanswered(inbound, Cause::BacklogFull, agenda);
        let slot = repeated.unwrap_or_else(|| self.pending.open(inbound, sim.now));
        let row = &mut self.pending.rows[slot as usize];
        let Some(&after) = sim.plan.edge.syn_retries.get(usize::from(row.repeats)) else {
            self.pending.close(slot);
            return;
        };
        row.repeats += 1;
        let (at, generation) = (row.first_at + after, row.generation);
        self.post_pending(sim, Message::SynAgain, at, slot, generation, agenda);
    }

    /// A repeated SYN arrives, if its client still waits.
    pub(in crate::model) fn syn_again<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32, agenda: &mut Agenda,
    ) -> Option<(InboundRequest, Passage)> {
        if !self.pending.is_live(slot, generation) {
            return None;
        }
        let inbound = self.pending.rows[slot as usize].inbound;
        if !sim.still_waits(inbound) {
            self.pending.close(slot);
            return None;
        }
        let passage = match self.pass_listener(sim, tables, inbound, Some(slot), agenda) {
            Passage::Accepted => self.check_overload(sim, tables, inbound, agenda),
            passage => passage,
        };
        Some((inbound, passage))
    }

    fn forget(&mut self, slot: Option<u32>) {
        if let Some(slot) = slot {
            self.pending.close(slot);
        }
    }

    /// A slot of a gateway was freed: those who wait in its accept queue come next.
    pub(in crate::model) fn begin_accepting(&mut self, gateway: GatewayId) {
        self.gateways[gateway.index()].accepting = false;
    }

    /// The next in the accept queue of a gateway that has a free slot. A client who has gone is answered by nobody, and
    /// costs no upstream work.
    pub(in crate::model) fn accept_next<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, gateway: GatewayId, agenda: &mut Agenda,
    ) -> Option<(InboundRequest, Passage)> {
        while !self.is_full(sim, gateway) {
            let inbound = self.gateways[gateway.index()].accept.pop_front()?;
            if sim.still_waits(inbound) {
                let passage = match self.check_rate_limit(sim, tables, inbound, agenda) {
                    Passage::Accepted => self.check_overload(sim, tables, inbound, agenda),
                    passage => passage,
                };
                return Some((inbound, passage));
            }
            Self::on_client_gone(sim, inbound);
        }
        None
    }

    /// The rate limits of the address and of the account.
    fn check_rate_limit<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, agenda: &mut Agenda,
    ) -> Passage {
        let address = sim.address_of(inbound.session);
        let Some(limiter) = &mut self.limiter else {
            return self.check_account_limit(sim, tables, inbound, agenda);
        };
        match limiter.check(address, sim.now) {
            RateDecision::Now => self.check_account_limit(sim, tables, inbound, agenda),
            RateDecision::After(delay) => {
                self.gateways[inbound.gateway.index()].delayed += 1;
                sim.leave_unanswered(inbound, Cause::RateLimit, agenda);
                let slot = self.pending.open(inbound, sim.now);
                let row = &mut self.pending.rows[slot as usize];
                row.delayed = true;
                let generation = row.generation;
                self.post_pending(sim, Message::RateAllows, sim.now + delay, slot, generation, agenda);
                Passage::Pending
            }
            RateDecision::Refused => self.refuse_at_edge(sim, tables, inbound, Reply::RateLimited, agenda),
        }
    }

    /// The delay of the rate limit is over.
    pub(in crate::model) fn rate_allows<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32, agenda: &mut Agenda,
    ) -> Option<(InboundRequest, Passage)> {
        if !self.pending.is_live(slot, generation) {
            return None;
        }
        let inbound = self.pending.close(slot);
        self.gateways[inbound.gateway.index()].delayed -= 1;
        if !sim.still_waits(inbound) {
            Self::on_client_gone(sim, inbound);
            return None;
        }
        let passage = match self.check_account_limit(sim, tables, inbound, agenda) {
            Passage::Accepted => self.check_overload(sim, tables, inbound, agenda),
            passage => passage,
        };
        Some((inbound, passage))
    }

    /// A gateway refuses by a limit of its own: with its status, or by closing the connection without a word.
    pub(in crate::model) fn refuse_at_edge<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, reply: Reply,
        agenda: &mut Agenda,
    ) -> Passage {
        self.refuse_because(sim, tables, inbound, reply, reply.cause(), agenda)
    }

    /// The same, for a reason that the reply does not tell.
    pub(in crate::model) fn refuse_because<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, reply: Reply,
        cause: Cause, agenda: &mut Agenda,
    ) -> Passage {
        match sim.plan.edge.refusal {
            Refusal::Explicit => {
                let refusal = sim.answer_to(inbound, reply, Emitter::Gateway);
                Passage::Answered(Answer { cause, ..refusal })
            }
            Refusal::Drop => Self::close_connection(sim, inbound, cause),
            Refusal::HoldOpen => self.hold_open(sim, tables, inbound, cause, agenda),
        }
    }

    /// The connection ends without a reply, and no log knows of it.
    pub(in crate::model) fn close_connection<O: Observer, P>(
        sim: &mut Sim<O, P>, inbound: InboundRequest, cause: Cause,
    ) -> Passage {
        let closed = sim.answer_to(inbound, Reply::ConnectionClosed, Emitter::Gateway);
        Passage::Answered(Answer { cause, ..closed })
    }

    /// The connection is kept open and never answered, until its client has had enough. Nobody waits for the answer to a
    /// goodbye: its connection is closed.
    fn hold_open<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, inbound: InboundRequest, cause: Cause,
        agenda: &mut Agenda,
    ) -> Passage {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        if !kind.is_waited_for() {
            return Self::close_connection(sim, inbound, cause);
        }
        let draw_key = sim.draw_key_of(session, attempt, kind);
        let mut held = Request::new(session, attempt, kind, draw_key, gateway);
        held.held = true;
        held.cause = cause;
        self.gateways[gateway.index()].held += 1;
        let request = tables.requests.open(held);
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Silenced { who, kind, gateway });
        let row = sim.crowd.row_mut(session);
        if row.wire.attempt() == attempt && !row.wire.is_stopped() {
            row.wire.set_slot(request.slot);
            sim.arm_client_timer(session, agenda);
        }
        Passage::Pending
    }

    /// A gateway comes to a client who has gone: nobody is answered.
    pub(in crate::model) fn on_client_gone<O: Observer, P>(sim: &mut Sim<O, P>, inbound: InboundRequest) {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Aborted { who, kind, gateway });
    }

    /// Pushes a message about a pending connection; its tie is its session's and attempt's.
    fn post_pending<O: Observer, P>(
        &self, sim: &Sim<O, P>, message: Message, at: Time, slot: u32, generation: u32, agenda: &mut Agenda,
    ) {
        let InboundRequest { session, attempt, .. } = self.pending.rows[slot as usize].inbound;
        let tie = sim.draws.tie(sim.entity_of(session), sim.crowd.wire(session).tab(), attempt);
        agenda.push(message.entry(at, tie, slot, generation));
    }
}
