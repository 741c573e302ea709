//! Gateways: the edge nodes that every request passes. Modelled on a reverse proxy such as nginx: a limit of
//! requests in flight (503 beyond it), a timer on the upstream (504 when it fires, while the work behind it
//! goes on as zombie work), CORS headers by status class. A slot is freed by the reply, the 504, or the
//! client's abort, whichever is first.
//!
//! What happens before a gateway accepts a request - accept queue, connection cap, rate limit, a gateway that is
//! down - is in `door.rs`; a gateway without any of these has no door, and a request does not pay for one.

use crate::behavior::Balance;
use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::backend::line::waiting_room::WaitingRoom;
use crate::model::backend::requests::{Request, RequestRef};
use crate::model::sim::crowd::Flag;
use crate::model::sim::message::Message;
use crate::model::sim::words::Answer;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Belief, Cause, Emitter, Fact, GatewayId, Kind, Observer, Reply, SessionId, Truth};
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

impl<O: Observer> World<O> {
    pub(in crate::model) fn is_full(&self, gateway: GatewayId) -> bool {
        self.sim
            .plan
            .edge
            .concurrency
            .is_some_and(|limit| self.edge.gateways[gateway.index()].in_flight >= limit)
    }

    /// A request that was planned reaches the edge, unless it was called off before it was sent.
    pub(in crate::model) fn reach_edge(
        &mut self,
        session: SessionId,
        attempt: u32,
        kind: Kind,
        agenda: &mut Agenda,
    ) {
        let row = self.sim.crowd.row(session);
        if row.attempt() != attempt || !row.is(Flag::Planned) {
            return;
        }
        let sent_at = row.deadline();
        let gateway = self.balance(session, attempt, kind);
        let quiet = kind == Kind::Poll
            && self.answers_as_before(session, gateway)
            && self.stays_in_line(session, agenda)
            && self.quiet_poll(session, gateway, sent_at, agenda);
        if quiet {
            return;
        }
        self.record_sent(session, sent_at);
        self.begin_waiting(session, sent_at);
        self.pass_edge(InboundRequest { session, attempt, kind, gateway }, agenda);
    }

    /// A request recorded as sent reaches the edge.
    pub(in crate::model) fn reach_edge_sent(
        &mut self,
        session: SessionId,
        attempt: u32,
        kind: Kind,
        agenda: &mut Agenda,
    ) {
        let gateway = self.balance(session, attempt, kind);
        self.pass_edge(InboundRequest { session, attempt, kind, gateway }, agenda);
    }

    /// Would a poll be answered at once and readably by "still in line", which is what its screen says?
    fn answers_as_before(&self, session: SessionId, gateway: GatewayId) -> bool {
        let row = self.sim.crowd.row(session);
        let unchanged = row.truth() == Truth::Queued
            && matches!(row.belief(), Belief::InLine | Belief::Paused)
            && row.failures() == 0
            && !row.is(Flag::Several);
        unchanged
            && !self.edge.has_listener_limits
            && self.sim.plan.route[Kind::Poll as usize].is_none()
            && self.sim.plan.edge.cors.waiting_room.success
            && !self.is_full(gateway)
            && self.line.room.as_ref().is_some_and(WaitingRoom::answers_polls_at_once)
            && !self.line.proofs.is_due(session, self.sim.now)
            && !self.sim.call_backs.is_under_way(session)
    }

    /// A poll that changes nothing - answered "still in line", heard, and known to be heard - is one fact, and
    /// its event is already the next poll's beginning. Returns whether it was one.
    ///
    /// Apart from the conditions of [`World::answers_as_before`], because a compiler takes what comes after so many
    /// for unlikely, and would leave the most frequent path of all to calls.
    fn quiet_poll(
        &mut self,
        session: SessionId,
        gateway: GatewayId,
        sent_at: Time,
        agenda: &mut Agenda,
    ) -> bool {
        let row = self.sim.crowd.row(session);
        let (cohort, place) = (row.cohort(), row.place);
        let Some(down) = self.sim.way_down(session, cohort, self.sim.draw_key(session)) else { return false };
        let heard_at = self.sim.now + down;
        if heard_at > self.gone_at(session, sent_at) {
            return false;
        }
        let who = self.sim.crowd.who(session);
        if self.sim.polls_matter && (self.has_programs(cohort) || !self.passes_by(who.person)) {
            return false;
        }
        let position = self.line.room.as_ref().map_or(0, |line| line.position(place));
        let up = self.sim.now.saturating_since(sent_at);
        self.sim.record.fact(self.sim.now, Fact::Polled { who, gateway, up, down, position });
        self.note_contact(session);
        if self.people.tolerance.minds_silence() {
            self.break_silence(session);
        }
        if !self.people.tolerance.minds_positions()
            || !self.leaves_for_position(session, heard_at, position, agenda)
        {
            self.ask_later(session, heard_at, Kind::Poll, agenda);
        }
        true
    }

    /// Whatever a gateway accepts from a session is contact with the waiting room behind it.
    fn note_contact(&mut self, session: SessionId) {
        let now_ms = self.sim.now.as_us() / 1000;
        self.sim.crowd.row_mut(session).contact_ms =
            u32::try_from(now_ms).expect("12.7 days fit into 32 bits of milliseconds");
    }

    /// A request recorded as sent is at a gateway: through its door, if it has one.
    fn pass_edge(&mut self, inbound: InboundRequest, agenda: &mut Agenda) {
        if self.edge.has_listener_limits && !self.pass_listener(inbound, agenda) {
            return;
        }
        if self.sim.plan.edge.accept_queue.is_none() && self.is_full(inbound.gateway) {
            return self.refuse_at_edge(inbound, Reply::GatewayBusy, agenda);
        }
        self.check_overload(inbound, agenda);
    }

    /// A gateway accepts a request: the checks of the waiting room, then on to whoever answers it.
    pub(in crate::model) fn accept(&mut self, inbound: InboundRequest, agenda: &mut Agenda) {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Accepted { who, kind, gateway });
        if !self.sim.plan.faults.is_empty() && self.fails_behind(inbound, agenda) {
            return;
        }
        self.note_signs(session, attempt, kind);
        self.note_contact(session);
        if self.sim.call_backs.are_offered() {
            self.take_address(session, kind);
        }
        self.evict_if_overdue(session, agenda);
        self.touch(session, kind, agenda);
        if let Some((reply, emitter)) =
            self.refuses_inside(session, kind).or_else(|| self.check_turn(inbound, agenda))
        {
            return self.answer_or_withhold(self.sim.answer_to(inbound, reply, emitter), agenda);
        }
        match kind {
            Kind::Join if self.operator.is_closed_to_newcomers() && self.turns_newcomer_away(session) => {
                let refused = self.sim.answer_to(inbound, Reply::NewcomersRefused, Emitter::WaitingRoom);
                return self.answer(refused, agenda);
            }
            Kind::Join => self.note_join_at_edge(session, gateway),
            Kind::Hold if self.refuses_cheaply(session) => {
                self.refuse(session, Truth::RefusedSoldOut, agenda);
                return self.answer(self.sim.answer_to(inbound, Reply::SoldOut, Emitter::Service), agenda);
            }
            _ => {}
        }
        let takes_time =
            self.sim.plan.route[kind as usize].is_some() || matches!(kind, Kind::Hold | Kind::Pay);
        if takes_time {
            let draw_key = self.sim.draw_key_of(session, attempt, kind);
            self.forward(
                Request::new(session, attempt, kind, draw_key, gateway).accepted(self.sim.now),
                agenda,
            );
        } else {
            let (reply, emitter) = self.answer_at_once(session, kind, agenda);
            self.answer_or_withhold(self.sim.answer_to(inbound, reply, emitter), agenda);
        }
    }

    /// Sends a request upstream: the slot is taken.
    fn forward(&mut self, request: Request, agenda: &mut Agenda) {
        let reference = self.take_slot(request);
        self.send_upstream(reference, agenda);
    }

    /// A request takes a slot of its gateway, and a row.
    pub(in crate::model) fn take_slot(&mut self, request: Request) -> RequestRef {
        let gateway = &mut self.edge.gateways[request.gateway.index()];
        gateway.in_flight += 1;
        self.edge.scaling.note_in_flight(self.sim.now, request.gateway, 1);
        if gateway.in_flight > gateway.peak {
            gateway.peak = gateway.in_flight;
            self.note_peak(request.gateway);
        }
        self.tables.requests.open(request)
    }

    /// A row goes upstream; the timers run if no answer came at once.
    pub(in crate::model) fn send_upstream(&mut self, reference: RequestRef, agenda: &mut Agenda) {
        let kind = self.tables.requests.at(reference.slot).kind;
        match self.sim.plan.route[kind as usize] {
            Some(station) => self.reach_upstream(station, reference.slot, agenda),
            None => self.serviced(reference.slot, agenda),
        }
        self.await_upstream(reference, agenda);
    }

    /// Starts the timers on a request that was not answered at once: the gateway's, and the client's.
    pub(in crate::model) fn await_upstream(&mut self, reference: RequestRef, agenda: &mut Agenda) {
        let Some(request) = self.tables.requests.get_mut(reference).filter(|request| !request.replied) else {
            return;
        };
        let (session, attempt) = (request.session, request.attempt);
        if let Some(timeout) = self.sim.plan.edge.upstream_timeout {
            self.tables.requests.post(
                &self.sim,
                Message::UpstreamTimer,
                self.sim.now + timeout,
                reference,
                agenda,
            );
        }
        let row = self.sim.crowd.row_mut(session);
        if row.attempt() == attempt && !row.is(Flag::Stopped) {
            row.request = reference.slot;
            self.sim.arm_client_timer(session, agenda);
        }
    }

    /// A reply leaves the gateway.
    pub(in crate::model) fn answer(&mut self, answer: Answer, agenda: &mut Agenda) {
        let Answer { session, kind, reply, emitter, gateway, cause, accepted_at, .. } = answer;
        let who = self.sim.crowd.who(session);
        if !self.edge.controls.is_empty() {
            self.controls_learn(&answer);
        }
        if let Some(counters) = self.operator.counters() {
            counters.count(reply, self.sim.now.saturating_since(accepted_at));
        }
        if let Some(line) = self.line.room.as_mut().filter(|_| !self.sim.pauses.is_on()) {
            line.learn_answer(kind, reply, emitter, self.sim.now.saturating_since(accepted_at));
        }
        let fact = if reply.has_status() {
            Fact::Answered { who, kind, reply, emitter, gateway, cause }
        } else {
            Fact::ConnectionClosed { who, kind, gateway, cause }
        };
        self.sim.record.fact(self.sim.now, fact);
        self.reply_travels(answer, agenda);
    }

    /// The work upstream has ended with this reply: out it goes, unless a 504 or an abort was first, another peer is to
    /// be asked, or the waiting room keeps it back.
    pub(in crate::model) fn respond(
        &mut self,
        slot: u32,
        reply: Reply,
        emitter: Emitter,
        agenda: &mut Agenda,
    ) {
        if self.dropped_by_partition(slot) {
            return;
        }
        let request = self.tables.requests.at(slot);
        match self.withheld(request.session, request.kind, reply).filter(|_| !request.replied) {
            Some(withheld) => self.withhold(slot, withheld, agenda),
            None => self.reply_to(slot, reply, emitter, agenda),
        }
    }

    /// This is the reply: out it goes, unless a 504 or an abort was first, or another peer is to be asked.
    pub(in crate::model) fn reply_to(
        &mut self,
        slot: u32,
        reply: Reply,
        emitter: Emitter,
        agenda: &mut Agenda,
    ) {
        if !self.retry_next_upstream(slot, reply, agenda) {
            self.respond_because(slot, reply, emitter, reply.cause(), agenda);
        }
    }

    /// Nothing more will come from upstream: this reply goes out for this reason, unless a 504 or an abort was first.
    pub(in crate::model) fn respond_because(
        &mut self,
        slot: u32,
        reply: Reply,
        emitter: Emitter,
        cause: Cause,
        agenda: &mut Agenda,
    ) {
        let request = self.tables.requests.close(slot);
        if !request.replied {
            self.end_retry(&request);
            self.release(request.gateway, agenda);
            self.answer(Answer { cause, ..request.answer(reply, emitter) }, agenda);
        }
    }

    /// A slot of a gateway is free again; whoever waits in its accept queue is let in by a message of its own, so that
    /// a chain of requests that take no time is no chain of calls.
    fn release(&mut self, id: GatewayId, agenda: &mut Agenda) {
        let gateway = &mut self.edge.gateways[id.index()];
        gateway.in_flight -= 1;
        self.edge.scaling.note_in_flight(self.sim.now, id, -1);
        if !gateway.accept.is_empty() && !gateway.accepting {
            gateway.accepting = true;
            agenda.push(Message::Accept.entry(self.sim.now, 0, u32::from(id.0), 0));
        }
    }

    /// The upstream timer: 504 to the client, or another peer is asked, while the station works on.
    pub(in crate::model) fn time_out_upstream(&mut self, slot: u32, agenda: &mut Agenda) {
        let now = self.sim.now;
        let kept_alive = self.is_kept_alive(slot);
        let request = self.tables.requests.at_mut(slot);
        if request.replied || kept_alive {
            return;
        }
        request.replied = true;
        request.timed_out_at = Some(now);
        let cause = request.cause;
        let answer = Answer { cause, ..request.answer(Reply::UpstreamTimeout, Emitter::Gateway) };
        let timed_out = *request;
        let passed_on = self.retry_next_upstream_after_timeout(slot, agenda);
        self.close_if_only_kept_open(slot);
        if passed_on {
            return;
        }
        self.end_retry(&timed_out);
        self.release(answer.gateway, agenda);
        self.answer(answer, agenda);
    }

    /// The client's connection has ended: the slot is free, nobody is answered, the work goes on.
    pub(in crate::model) fn abort_at_edge(&mut self, slot: u32, agenda: &mut Agenda) {
        let request = self.tables.requests.at_mut(slot);
        if request.replied {
            return;
        }
        request.replied = true;
        let (session, kind, gateway) = (request.session, request.kind, request.gateway);
        if request.held {
            self.edge.gateways[gateway.index()].held -= 1;
            self.tables.requests.close(slot);
        } else {
            let aborted = *request;
            self.mark_success(slot);
            self.end_retry(&aborted);
            self.release(gateway, agenda);
            self.controls_lose(slot);
            self.close_if_only_kept_open(slot);
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Aborted { who, kind, gateway });
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
        }
    }
}
