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

use super::World;
use super::crowd::Flag;
use super::gateway::Answer;
use super::limiter::Passage;
use super::message::Message;
use super::request::Request;
use crate::engine::{Agenda, Time};
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Kind, Observer, Reply, SessionId};
use crate::scenario::plan::Refusal;

/// A request that stands before a gateway.
#[derive(Clone, Copy)]
pub(super) struct Caller {
    pub(super) session: SessionId,
    pub(super) attempt: u32,
    pub(super) kind: Kind,
    pub(super) gateway: GatewayId,
}

/// Callers who come again later: a repeated SYN, or a delay of the rate limit. Slots are used again under a new
/// generation.
#[derive(Default)]
pub(super) struct Porch {
    rows: Vec<Standing>,
    free: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Standing {
    caller: Caller,
    generation: u32,
    /// When the first SYN came.
    first_at: Time,
    /// How often it was repeated.
    repeats: u8,
    /// Its connection stands, and the rate limit delays it.
    delayed: bool,
}

impl Porch {
    fn open(&mut self, caller: Caller, first_at: Time) -> u32 {
        let fresh = Standing { caller, generation: 0, first_at, repeats: 0, delayed: false };
        if let Some(slot) = self.free.pop() {
            let row = &mut self.rows[slot as usize];
            *row = Standing { generation: row.generation, ..fresh };
            return slot;
        }
        self.rows.push(fresh);
        u32::try_from(self.rows.len() - 1).expect("fewer than 2^32 wait before the gateways")
    }

    fn close(&mut self, slot: u32) -> Caller {
        let row = &mut self.rows[slot as usize];
        row.generation = (row.generation + 1) & 0xFF_FFFF;
        row.delayed = false;
        self.free.push(slot);
        row.caller
    }

    /// Closes the rows of those whom the rate limit of this gateway delays.
    pub(super) fn cut_off(&mut self, gateway: GatewayId) -> Vec<Caller> {
        let delayed = |row: &Standing| row.delayed && row.caller.gateway == gateway;
        let slots: Vec<u32> =
            (0..).zip(&self.rows).filter(|(_, row)| delayed(row)).map(|(slot, _)| slot).collect();
        slots.into_iter().map(|slot| self.close(slot)).collect()
    }

    /// Is it still the same caller?
    fn is_live(&self, slot: u32, generation: u32) -> bool {
        self.rows[slot as usize].generation == generation
    }
}

impl<O: Observer> World<O> {
    /// A request reaches a gateway that has a door: limits of its own, or a fault. Returns whether it may go on now.
    pub(super) fn enter_door(&mut self, caller: Caller, agenda: &mut Agenda) -> bool {
        self.syn(caller, None, agenda) && self.keep_rate(caller, agenda)
    }

    /// A SYN, the first or a repeated one (from this slot of the porch). Returns whether the connection is accepted now.
    fn syn(&mut self, caller: Caller, repeated: Option<u32>, agenda: &mut Agenda) -> bool {
        let gateway = &self.gateways[caller.gateway.index()];
        let waits = gateway.accept.len();
        let cause = if gateway.down_since.is_some() {
            Cause::GatewayDown
        } else if self
            .plan
            .edge
            .in_flight_cap
            .is_some_and(|cap| gateway.open() as usize + waits >= cap as usize)
        {
            Cause::ConnectionCap
        } else {
            return self.listen(caller, repeated, agenda);
        };
        self.forget(repeated);
        self.close_connection(caller, cause, agenda);
        false
    }

    /// The accept queue: through it at once, into it, or nowhere.
    fn listen(&mut self, caller: Caller, repeated: Option<u32>, agenda: &mut Agenda) -> bool {
        let full = self.is_full(caller.gateway);
        let accept = &mut self.gateways[caller.gateway.index()].accept;
        let room = match self.plan.edge.accept_queue {
            None => return true,
            Some(_) if !full && accept.is_empty() => {
                self.forget(repeated);
                return true;
            }
            Some(most) => accept.len() < most as usize,
        };
        if room {
            accept.push_back(caller);
            self.forget(repeated);
            self.stay_silent(caller, Cause::BacklogWait, agenda);
        } else {
            self.drop_syn(caller, repeated, agenda);
        }
        false
    }

    /// A SYN vanishes. The client's TCP repeats it at fixed instants after the first one.
    fn drop_syn(&mut self, caller: Caller, repeated: Option<u32>, agenda: &mut Agenda) {
        let Caller { session, kind, gateway, .. } = caller;
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::SynDropped { who, kind, gateway });
        self.stay_silent(caller, Cause::BacklogFull, agenda);
        let slot = repeated.unwrap_or_else(|| self.porch.open(caller, self.now));
        let row = &mut self.porch.rows[slot as usize];
        let Some(&after) = self.plan.edge.syn_retries.get(usize::from(row.repeats)) else {
            self.porch.close(slot);
            return;
        };
        row.repeats += 1;
        let (at, generation) = (row.first_at + after, row.generation);
        self.post_porch(Message::SynAgain, at, slot, generation, agenda);
    }

    /// A repeated SYN arrives, if its client still waits.
    pub(super) fn syn_again(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        if !self.porch.is_live(slot, generation) {
            return;
        }
        let caller = self.porch.rows[slot as usize].caller;
        if !self.still_waits(caller) {
            self.porch.close(slot);
        } else if self.syn(caller, Some(slot), agenda) && self.keep_rate(caller, agenda) {
            self.pass_control(caller, agenda);
        }
    }

    fn forget(&mut self, slot: Option<u32>) {
        if let Some(slot) = slot {
            self.porch.close(slot);
        }
    }

    /// A slot of a gateway was freed: whoever waits in its accept queue is let in, in order. A client who has gone is
    /// answered by nobody, and costs no upstream work.
    pub(super) fn accept_waiting(&mut self, gateway: GatewayId, agenda: &mut Agenda) {
        self.gateways[gateway.index()].accepting = false;
        while !self.is_full(gateway) {
            let Some(caller) = self.gateways[gateway.index()].accept.pop_front() else { return };
            if !self.still_waits(caller) {
                self.find_gone(caller);
            } else if self.keep_rate(caller, agenda) {
                self.pass_control(caller, agenda);
            }
        }
    }

    /// The rate limits of the address and of the account. Returns whether the request may go on now.
    fn keep_rate(&mut self, caller: Caller, agenda: &mut Agenda) -> bool {
        let address = self.address_of(caller.session);
        let Some(limiter) = &mut self.limiter else { return self.keep_account(caller, agenda) };
        match limiter.ask(address, self.now) {
            Passage::Now => self.keep_account(caller, agenda),
            Passage::After(delay) => {
                self.gateways[caller.gateway.index()].delayed += 1;
                self.stay_silent(caller, Cause::RateLimit, agenda);
                let slot = self.porch.open(caller, self.now);
                let row = &mut self.porch.rows[slot as usize];
                row.delayed = true;
                let generation = row.generation;
                self.post_porch(Message::RateAllows, self.now + delay, slot, generation, agenda);
                false
            }
            Passage::Refused => {
                self.refuse_at_edge(caller, Reply::RateLimited, agenda);
                false
            }
        }
    }

    /// The delay of the rate limit is over.
    pub(super) fn rate_allows(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        if !self.porch.is_live(slot, generation) {
            return;
        }
        let caller = self.porch.close(slot);
        self.gateways[caller.gateway.index()].delayed -= 1;
        if !self.still_waits(caller) {
            self.find_gone(caller);
        } else if self.keep_account(caller, agenda) {
            self.pass_control(caller, agenda);
        }
    }

    /// A gateway refuses by a limit of its own: with its status, or by closing the connection without a word.
    pub(super) fn refuse_at_edge(&mut self, caller: Caller, reply: Reply, agenda: &mut Agenda) {
        self.refuse_because(caller, reply, reply.cause(), agenda);
    }

    /// The same, for a reason that the reply does not tell.
    pub(super) fn refuse_because(&mut self, caller: Caller, reply: Reply, cause: Cause, agenda: &mut Agenda) {
        match self.plan.edge.refusal {
            Refusal::Explicit => {
                let refusal = self.answer_to(caller, reply, Emitter::Gateway);
                self.answer(Answer { cause, ..refusal }, agenda);
            }
            Refusal::Drop => self.close_connection(caller, cause, agenda),
            Refusal::HoldOpen => self.hold_open(caller, cause, agenda),
        }
    }

    /// The connection ends without a reply, and no log knows of it.
    pub(super) fn close_connection(&mut self, caller: Caller, cause: Cause, agenda: &mut Agenda) {
        let closed = self.answer_to(caller, Reply::ConnectionClosed, Emitter::Gateway);
        self.answer(Answer { cause, ..closed }, agenda);
    }

    /// The connection is kept open and never answered, until its client has had enough. Nobody waits for the answer to a
    /// goodbye: its connection is closed.
    fn hold_open(&mut self, caller: Caller, cause: Cause, agenda: &mut Agenda) {
        let Caller { session, attempt, kind, gateway } = caller;
        if !kind.is_waited_for() {
            return self.close_connection(caller, cause, agenda);
        }
        let ask = self.ask_of(session, attempt, kind);
        let mut held = Request::new(session, attempt, kind, ask, gateway);
        held.held = true;
        held.cause = cause;
        self.gateways[gateway.index()].held += 1;
        let request = self.requests.open(held);
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Silenced { who, kind, gateway });
        let row = self.crowd.row_mut(session);
        if row.attempt() == attempt && !row.is(Flag::Stopped) {
            row.request = request.slot;
            self.wake_at_deadline(session, agenda);
        }
    }

    /// A gateway comes to a caller who has gone: nobody is answered.
    pub(super) fn find_gone(&mut self, caller: Caller) {
        let Caller { session, kind, gateway, .. } = caller;
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Aborted { who, kind, gateway });
    }

    /// The client of this attempt still waits for it. Nobody waits for the answer to a goodbye, and it is never called
    /// off.
    pub(super) fn still_waits(&self, caller: Caller) -> bool {
        let row = self.crowd.row(caller.session);
        let same = row.attempt() == caller.attempt && !row.is(Flag::Stopped) && !row.is(Flag::Planned);
        !caller.kind.is_waited_for() || (same && self.now <= row.deadline())
    }

    /// Nothing has been answered yet, for this reason: the client's own timer is what ends its waiting.
    fn stay_silent(&mut self, caller: Caller, cause: Cause, agenda: &mut Agenda) {
        if caller.kind.is_waited_for() && self.still_waits(caller) {
            self.crowd.row_mut(caller.session).set_silence(cause);
            self.wake_at_deadline(caller.session, agenda);
        }
    }

    /// Pushes a message about a caller on the porch; its tie is its session's and attempt's.
    fn post_porch(&self, message: Message, at: Time, slot: u32, generation: u32, agenda: &mut Agenda) {
        let Caller { session, attempt, .. } = self.porch.rows[slot as usize].caller;
        let tie = self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), attempt);
        agenda.push(message.entry(at, tie, slot, generation));
    }
}
