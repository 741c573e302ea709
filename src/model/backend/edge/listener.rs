//! The door of a gateway, before it has accepted anything: is the gateway up, is there a connection to be had, room in
//! the accept queue, and does the address keep its rate? What is turned away here often leaves no line in any log.
//!
//! ```text
//!   SYN --down--> reset          --accept queue full--> nothing; the client's TCP tries again
//!    |  --over the cap--> closed without a reply
//!    +--> accept queue --a slot is free--> rate limit --429, or delayed--> overload control (`control.rs`) --> accepted
//! ```
//!
//! Modelled on Linux and nginx as measured: an accept queue of n holds n + 1, and repeated SYNs come at fixed instants
//! after the first. Left out: ghost connections, which the kernel completes for a client who has gone.

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::backend::edge::limiter::Verdict;
use crate::model::backend::requests::Request;
use crate::model::sim::crowd::Flag;
use crate::model::sim::message::Message;
use crate::model::sim::words::Answer;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Observer, Reply};
use crate::scenario::plan::Refusal;

/// Callers who come again later: a repeated SYN, or a delay of the rate limit. Slots are used again under a new
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

impl<O: Observer> World<O> {
    /// A request recorded as sent is at a gateway: through its listener, if that has limits, and past its control.
    pub(in crate::model) fn receive(&mut self, inbound: InboundRequest, agenda: &mut Agenda) -> Passage {
        if self.edge.has_listener_limits {
            let passage = self.pass_listener(inbound, None, agenda);
            if !matches!(passage, Passage::Accepted) {
                return passage;
            }
        }
        if self.sim.plan.edge.accept_queue.is_none() && self.is_full(inbound.gateway) {
            return self.refuse_at_edge(inbound, Reply::GatewayBusy, agenda);
        }
        self.check_overload(inbound, agenda)
    }

    /// A gateway that has limits of its own, or is down: a first or repeated SYN, then the rate limits.
    fn pass_listener(
        &mut self,
        inbound: InboundRequest,
        repeated: Option<u32>,
        agenda: &mut Agenda,
    ) -> Passage {
        match self.syn(inbound, repeated, agenda) {
            Passage::Accepted => self.check_rate_limit(inbound, agenda),
            passage => passage,
        }
    }

    /// A SYN, the first or a repeated one (from this slot of those pending).
    fn syn(&mut self, inbound: InboundRequest, repeated: Option<u32>, agenda: &mut Agenda) -> Passage {
        let gateway = &self.edge.gateways[inbound.gateway.index()];
        let connections = gateway.open() as usize + gateway.accept.len();
        let cause = if gateway.down_since.is_some() {
            Cause::GatewayDown
        } else if self.sim.plan.edge.in_flight_cap.is_some_and(|cap| connections >= cap as usize) {
            Cause::ConnectionCap
        } else {
            return self.listen(inbound, repeated, agenda);
        };
        self.forget(repeated);
        self.close_connection(inbound, cause)
    }

    /// The accept queue: through it at once, into it, or nowhere.
    fn listen(&mut self, inbound: InboundRequest, repeated: Option<u32>, agenda: &mut Agenda) -> Passage {
        let full = self.is_full(inbound.gateway);
        let accept = &mut self.edge.gateways[inbound.gateway.index()].accept;
        let room = match self.sim.plan.edge.accept_queue {
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
            self.sim.leave_unanswered(inbound, Cause::BacklogWait, agenda);
        } else {
            self.drop_syn(inbound, repeated, agenda);
        }
        Passage::Pending
    }

    /// A SYN vanishes. The client's TCP repeats it at fixed instants after the first one.
    fn drop_syn(&mut self, inbound: InboundRequest, repeated: Option<u32>, agenda: &mut Agenda) {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::SynDropped { who, kind, gateway });
        self.sim.leave_unanswered(inbound, Cause::BacklogFull, agenda);
        let slot = repeated.unwrap_or_else(|| self.edge.pending.open(inbound, self.sim.now));
        let row = &mut self.edge.pending.rows[slot as usize];
        let Some(&after) = self.sim.plan.edge.syn_retries.get(usize::from(row.repeats)) else {
            self.edge.pending.close(slot);
            return;
        };
        row.repeats += 1;
        let (at, generation) = (row.first_at + after, row.generation);
        self.post_pending(Message::SynAgain, at, slot, generation, agenda);
    }

    /// A repeated SYN arrives, if its client still waits.
    pub(in crate::model) fn syn_again(
        &mut self,
        slot: u32,
        generation: u32,
        agenda: &mut Agenda,
    ) -> Option<(InboundRequest, Passage)> {
        if !self.edge.pending.is_live(slot, generation) {
            return None;
        }
        let inbound = self.edge.pending.rows[slot as usize].inbound;
        if !self.sim.still_waits(inbound) {
            self.edge.pending.close(slot);
            return None;
        }
        let passage = match self.pass_listener(inbound, Some(slot), agenda) {
            Passage::Accepted => self.check_overload(inbound, agenda),
            passage => passage,
        };
        Some((inbound, passage))
    }

    fn forget(&mut self, slot: Option<u32>) {
        if let Some(slot) = slot {
            self.edge.pending.close(slot);
        }
    }

    /// A slot of a gateway was freed: those who wait in its accept queue come next.
    pub(in crate::model) fn begin_accepting(&mut self, gateway: GatewayId) {
        self.edge.gateways[gateway.index()].accepting = false;
    }

    /// The next in the accept queue of a gateway that has a free slot. A client who has gone is answered by nobody, and
    /// costs no upstream work.
    pub(in crate::model) fn accept_next(
        &mut self,
        gateway: GatewayId,
        agenda: &mut Agenda,
    ) -> Option<(InboundRequest, Passage)> {
        while !self.is_full(gateway) {
            let inbound = self.edge.gateways[gateway.index()].accept.pop_front()?;
            if self.sim.still_waits(inbound) {
                let passage = match self.check_rate_limit(inbound, agenda) {
                    Passage::Accepted => self.check_overload(inbound, agenda),
                    passage => passage,
                };
                return Some((inbound, passage));
            }
            self.on_client_gone(inbound);
        }
        None
    }

    /// The rate limits of the address and of the account.
    fn check_rate_limit(&mut self, inbound: InboundRequest, agenda: &mut Agenda) -> Passage {
        let address = self.sim.address_of(inbound.session);
        let Some(limiter) = &mut self.edge.limiter else { return self.check_account_limit(inbound, agenda) };
        match limiter.check(address, self.sim.now) {
            Verdict::Now => self.check_account_limit(inbound, agenda),
            Verdict::After(delay) => {
                self.edge.gateways[inbound.gateway.index()].delayed += 1;
                self.sim.leave_unanswered(inbound, Cause::RateLimit, agenda);
                let slot = self.edge.pending.open(inbound, self.sim.now);
                let row = &mut self.edge.pending.rows[slot as usize];
                row.delayed = true;
                let generation = row.generation;
                self.post_pending(Message::RateAllows, self.sim.now + delay, slot, generation, agenda);
                Passage::Pending
            }
            Verdict::Refused => self.refuse_at_edge(inbound, Reply::RateLimited, agenda),
        }
    }

    /// The delay of the rate limit is over.
    pub(in crate::model) fn rate_allows(
        &mut self,
        slot: u32,
        generation: u32,
        agenda: &mut Agenda,
    ) -> Option<(InboundRequest, Passage)> {
        if !self.edge.pending.is_live(slot, generation) {
            return None;
        }
        let inbound = self.edge.pending.close(slot);
        self.edge.gateways[inbound.gateway.index()].delayed -= 1;
        if !self.sim.still_waits(inbound) {
            self.on_client_gone(inbound);
            return None;
        }
        let passage = match self.check_account_limit(inbound, agenda) {
            Passage::Accepted => self.check_overload(inbound, agenda),
            passage => passage,
        };
        Some((inbound, passage))
    }

    /// A gateway refuses by a limit of its own: with its status, or by closing the connection without a word.
    pub(in crate::model) fn refuse_at_edge(
        &mut self,
        inbound: InboundRequest,
        reply: Reply,
        agenda: &mut Agenda,
    ) -> Passage {
        self.refuse_because(inbound, reply, reply.cause(), agenda)
    }

    /// The same, for a reason that the reply does not tell.
    pub(in crate::model) fn refuse_because(
        &mut self,
        inbound: InboundRequest,
        reply: Reply,
        cause: Cause,
        agenda: &mut Agenda,
    ) -> Passage {
        match self.sim.plan.edge.refusal {
            Refusal::Explicit => {
                let refusal = self.sim.answer_to(inbound, reply, Emitter::Gateway);
                Passage::Answered(Answer { cause, ..refusal })
            }
            Refusal::Drop => self.close_connection(inbound, cause),
            Refusal::HoldOpen => self.hold_open(inbound, cause, agenda),
        }
    }

    /// The connection ends without a reply, and no log knows of it.
    pub(in crate::model) fn close_connection(&mut self, inbound: InboundRequest, cause: Cause) -> Passage {
        let closed = self.sim.answer_to(inbound, Reply::ConnectionClosed, Emitter::Gateway);
        Passage::Answered(Answer { cause, ..closed })
    }

    /// The connection is kept open and never answered, until its client has had enough. Nobody waits for the answer to a
    /// goodbye: its connection is closed.
    fn hold_open(&mut self, inbound: InboundRequest, cause: Cause, agenda: &mut Agenda) -> Passage {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        if !kind.is_waited_for() {
            return self.close_connection(inbound, cause);
        }
        let draw_key = self.sim.draw_key_of(session, attempt, kind);
        let mut held = Request::new(session, attempt, kind, draw_key, gateway);
        held.held = true;
        held.cause = cause;
        self.edge.gateways[gateway.index()].held += 1;
        let request = self.tables.requests.open(held);
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Silenced { who, kind, gateway });
        let row = self.sim.crowd.row_mut(session);
        if row.attempt() == attempt && !row.is(Flag::Stopped) {
            row.request = request.slot;
            self.sim.arm_client_timer(session, agenda);
        }
        Passage::Pending
    }

    /// A gateway comes to a client who has gone: nobody is answered.
    pub(in crate::model) fn on_client_gone(&mut self, inbound: InboundRequest) {
        let InboundRequest { session, kind, gateway, .. } = inbound;
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Aborted { who, kind, gateway });
    }

    /// Pushes a message about a pending connection; its tie is its session's and attempt's.
    fn post_pending(&self, message: Message, at: Time, slot: u32, generation: u32, agenda: &mut Agenda) {
        let InboundRequest { session, attempt, .. } = self.edge.pending.rows[slot as usize].inbound;
        let tie = self.sim.draws.tie(self.sim.entity_of(session), self.sim.crowd.row(session).tab(), attempt);
        agenda.push(message.entry(at, tie, slot, generation));
    }
}
