//! Gateways: the edge nodes that every request passes. Modelled on a reverse proxy such as nginx: a limit of
//! requests in flight (503 beyond it), a timer on the upstream (504 when it fires, while the work behind it
//! goes on as zombie work), CORS headers by status class. A slot is freed by the reply, the 504, or the
//! client's abort, whichever is first.
//!
//! What happens before a gateway accepts a request - accept queue, connection cap, rate limit, a gateway that is
//! down - is in `door.rs`; a gateway without any of these has no door, and a request does not pay for one.

use super::World;
use super::crowd::Flag;
use super::door::Caller;
use super::luck::Ask;
use super::message::Message;
use super::request::{Request, RequestRef};
use super::waiting_room::WaitingRoom;
use crate::behavior::Balance;
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{
    Belief, Cause, Emitter, Fact, GatewayId, Kind, Mode, Observer, Reply, SessionId, Truth,
};
use std::collections::VecDeque;

/// One gateway.
#[derive(Clone, Default)]
pub(super) struct Gateway {
    /// Requests in flight behind it.
    pub(super) in_flight: u32,
    /// The most that ever were.
    pub(super) peak: u32,
    /// Requests that its rate limit delays.
    pub(super) delayed: u32,
    /// Connections that it holds open and will never answer.
    pub(super) held: u32,
    /// Connections that wait to be accepted.
    pub(super) accept: VecDeque<Caller>,
    /// A message to let them in is under way.
    pub(super) accepting: bool,
    /// What it has left for asking other peers; `None`: it has asked none yet, or has no budget.
    pub(super) retries: Option<Balance>,
    /// Requests in flight that were sent to another peer after the one before had failed.
    pub(super) retrying: u32,
    /// It is down since then.
    pub(super) down_since: Option<Time>,
}

impl Gateway {
    /// One that went down at this instant, with nothing left in it.
    pub(super) fn fallen(at: Time) -> Gateway {
        Gateway { down_since: Some(at), ..Gateway::default() }
    }

    /// Connections to it, accepted or not.
    pub(super) fn connections(&self) -> u32 {
        self.open() + u32::try_from(self.accept.len()).expect("fewer than 2^32 connect to a gateway")
    }

    /// Connections that it has accepted and not closed.
    pub(super) fn open(&self) -> u32 {
        self.in_flight + self.delayed + self.held
    }
}

/// A reply on its way out.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    pub(super) session: SessionId,
    pub(super) attempt: u32,
    pub(super) kind: Kind,
    pub(super) ask: Ask,
    pub(super) gateway: GatewayId,
    pub(super) reply: Reply,
    pub(super) emitter: Emitter,
    pub(super) cause: Cause,
    /// When its request was accepted.
    pub(super) accepted_at: Time,
    /// How long its request had waited at a station before it was served; `None`: none has begun it.
    pub(super) queued: Option<Span>,
}

impl<O: Observer> World<O> {
    /// How a client asks for this.
    pub(super) fn mode_of(&self, kind: Kind) -> Mode {
        match (kind, &self.plan.line) {
            (Kind::OpenPage, _) => Mode::Navigation,
            (Kind::Poll, Some(line)) => line.polls,
            _ => Mode::Fetch,
        }
    }

    pub(super) fn is_full(&self, gateway: GatewayId) -> bool {
        self.plan.edge.concurrency.is_some_and(|limit| self.gateways[gateway.index()].in_flight >= limit)
    }

    /// A request that was planned reaches the edge, unless it was called off before it was sent.
    pub(super) fn reach_edge(&mut self, session: SessionId, attempt: u32, kind: Kind, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
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
        self.pass_edge(Caller { session, attempt, kind, gateway }, agenda);
    }

    /// A request recorded as sent reaches the edge.
    pub(super) fn reach_edge_sent(
        &mut self,
        session: SessionId,
        attempt: u32,
        kind: Kind,
        agenda: &mut Agenda,
    ) {
        let gateway = self.balance(session, attempt, kind);
        self.pass_edge(Caller { session, attempt, kind, gateway }, agenda);
    }

    /// Would a poll be answered at once and readably by "still in line", which is what its screen says?
    fn answers_as_before(&self, session: SessionId, gateway: GatewayId) -> bool {
        let row = self.crowd.row(session);
        let unchanged = row.truth() == Truth::Queued
            && matches!(row.belief(), Belief::InLine | Belief::Paused)
            && row.failures() == 0
            && !row.is(Flag::Several);
        unchanged
            && !self.has_door
            && self.plan.route[Kind::Poll as usize].is_none()
            && self.plan.edge.cors.waiting_room.success
            && !self.is_full(gateway)
            && self.line.as_ref().is_some_and(WaitingRoom::answers_polls_at_once)
            && !self.proofs.is_due(session, self.now)
            && !self.call_backs.is_under_way(session)
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
        let row = self.crowd.row(session);
        let (cohort, place) = (row.cohort(), row.place);
        let Some(down) = self.way_down(session, cohort, self.ask(session)) else { return false };
        let heard_at = self.now + down;
        if heard_at > self.gone_at(session, sent_at) {
            return false;
        }
        let who = self.crowd.who(session);
        if self.polls_matter && (self.has_programs(cohort) || !self.passes_by(who.person)) {
            return false;
        }
        let position = self.line.as_ref().map_or(0, |line| line.position(place));
        let up = self.now.saturating_since(sent_at);
        self.record.fact(self.now, Fact::Polled { who, gateway, up, down, position });
        self.note_contact(session);
        if self.borne.minds_silence() {
            self.break_silence(session);
        }
        if !self.borne.minds_positions() || !self.leaves_for_position(session, heard_at, position, agenda) {
            self.ask_later(session, heard_at, Kind::Poll, agenda);
        }
        true
    }

    /// Whatever a gateway accepts from a session is contact with the waiting room behind it.
    fn note_contact(&mut self, session: SessionId) {
        let now_ms = self.now.as_us() / 1000;
        self.crowd.row_mut(session).contact_ms =
            u32::try_from(now_ms).expect("12.7 days fit into 32 bits of milliseconds");
    }

    /// A request recorded as sent is at a gateway: through its door, if it has one.
    fn pass_edge(&mut self, caller: Caller, agenda: &mut Agenda) {
        if self.has_door && !self.enter_door(caller, agenda) {
            return;
        }
        if self.plan.edge.accept_queue.is_none() && self.is_full(caller.gateway) {
            return self.refuse_at_edge(caller, Reply::GatewayBusy, agenda);
        }
        self.pass_control(caller, agenda);
    }

    /// A gateway accepts a request: the checks of the waiting room, then on to whoever answers it.
    pub(super) fn accept(&mut self, caller: Caller, agenda: &mut Agenda) {
        let Caller { session, attempt, kind, gateway } = caller;
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Accepted { who, kind, gateway });
        if !self.plan.faults.is_empty() && self.fails_behind(caller, agenda) {
            return;
        }
        self.note_signs(session, attempt, kind);
        self.note_contact(session);
        if self.call_backs.are_offered() {
            self.take_address(session, kind);
        }
        self.evict_if_overdue(session, agenda);
        self.touch(session, kind, agenda);
        if let Some((reply, emitter)) =
            self.refuses_inside(session, kind).or_else(|| self.check_turn(caller, agenda))
        {
            return self.answer_or_withhold(self.answer_to(caller, reply, emitter), agenda);
        }
        match kind {
            Kind::Join if self.operator.is_closed_to_newcomers() && self.turns_newcomer_away(session) => {
                let refused = self.answer_to(caller, Reply::NewcomersRefused, Emitter::WaitingRoom);
                return self.answer(refused, agenda);
            }
            Kind::Join => self.note_join_at_edge(session, gateway),
            Kind::Hold if self.refuses_cheaply(session) => {
                self.refuse(session, Truth::RefusedSoldOut, agenda);
                return self.answer(self.answer_to(caller, Reply::SoldOut, Emitter::Service), agenda);
            }
            _ => {}
        }
        let takes_time = self.plan.route[kind as usize].is_some() || matches!(kind, Kind::Hold | Kind::Pay);
        if takes_time {
            let ask = self.ask_of(session, attempt, kind);
            self.forward(Request::new(session, attempt, kind, ask, gateway).accepted(self.now), agenda);
        } else {
            let (reply, emitter) = self.answer_at_once(session, kind, agenda);
            self.answer_or_withhold(self.answer_to(caller, reply, emitter), agenda);
        }
    }

    /// An answer to a caller that the reply itself explains.
    pub(super) fn answer_to(&self, caller: Caller, reply: Reply, emitter: Emitter) -> Answer {
        let Caller { session, attempt, kind, gateway } = caller;
        let ask = self.ask_of(session, attempt, kind);
        let (cause, accepted_at) = (reply.cause(), self.now);
        Answer { session, attempt, kind, ask, gateway, reply, emitter, cause, accepted_at, queued: None }
    }

    /// The draws of an attempt, whether or not the client has moved on since.
    pub(super) fn ask_of(&self, session: SessionId, attempt: u32, kind: Kind) -> Ask {
        let ask = self.ask(session);
        if self.crowd.row(session).attempt() == attempt {
            ask
        } else {
            Ask { kind, ordinal: 1 << 31 | attempt, ..ask }
        }
    }

    /// Sends a request upstream: the slot is taken.
    fn forward(&mut self, request: Request, agenda: &mut Agenda) {
        let reference = self.take_slot(request);
        self.send_upstream(reference, agenda);
    }

    /// A request takes a slot of its gateway, and a row.
    pub(super) fn take_slot(&mut self, request: Request) -> RequestRef {
        let gateway = &mut self.gateways[request.gateway.index()];
        gateway.in_flight += 1;
        self.scaling.note_in_flight(self.now, request.gateway, 1);
        if gateway.in_flight > gateway.peak {
            gateway.peak = gateway.in_flight;
            self.note_peak(request.gateway);
        }
        self.requests.open(request)
    }

    /// A row goes upstream; the timers run if no answer came at once.
    pub(super) fn send_upstream(&mut self, reference: RequestRef, agenda: &mut Agenda) {
        let kind = self.requests.at(reference.slot).kind;
        match self.plan.route[kind as usize] {
            Some(station) => self.reach_upstream(station, reference.slot, agenda),
            None => self.serviced(reference.slot, agenda),
        }
        self.await_upstream(reference, agenda);
    }

    /// Starts the timers on a request that was not answered at once: the gateway's, and the client's.
    pub(super) fn await_upstream(&mut self, reference: RequestRef, agenda: &mut Agenda) {
        let Some(request) = self.requests.get_mut(reference).filter(|request| !request.replied) else {
            return;
        };
        let (session, attempt) = (request.session, request.attempt);
        if let Some(timeout) = self.plan.edge.upstream_timeout {
            self.post_row(Message::UpstreamTimer, self.now + timeout, reference, agenda);
        }
        let row = self.crowd.row_mut(session);
        if row.attempt() == attempt && !row.is(Flag::Stopped) {
            row.request = reference.slot;
            self.wake_at_deadline(session, agenda);
        }
    }

    /// A reply leaves the gateway.
    pub(super) fn answer(&mut self, answer: Answer, agenda: &mut Agenda) {
        let Answer { session, kind, reply, emitter, gateway, cause, accepted_at, .. } = answer;
        let who = self.crowd.who(session);
        if !self.controls.is_empty() {
            self.controls_learn(&answer);
        }
        if let Some(counters) = self.operator.counters() {
            counters.count(reply, self.now.saturating_since(accepted_at));
        }
        if let Some(line) = self.line.as_mut().filter(|_| !self.pauses.is_on()) {
            line.learn_answer(kind, reply, emitter, self.now.saturating_since(accepted_at));
        }
        let fact = if reply.has_status() {
            Fact::Answered { who, kind, reply, emitter, gateway, cause }
        } else {
            Fact::ConnectionClosed { who, kind, gateway, cause }
        };
        self.record.fact(self.now, fact);
        self.reply_travels(answer, agenda);
    }

    /// The work upstream has ended with this reply: out it goes, unless a 504 or an abort was first, another peer is to
    /// be asked, or the waiting room keeps it back.
    pub(super) fn respond(&mut self, slot: u32, reply: Reply, emitter: Emitter, agenda: &mut Agenda) {
        if self.vanishes(slot) {
            return;
        }
        let request = self.requests.at(slot);
        match self.withheld(request.session, request.kind, reply).filter(|_| !request.replied) {
            Some(withheld) => self.withhold(slot, withheld, agenda),
            None => self.reply_to(slot, reply, emitter, agenda),
        }
    }

    /// This is the reply: out it goes, unless a 504 or an abort was first, or another peer is to be asked.
    pub(super) fn reply_to(&mut self, slot: u32, reply: Reply, emitter: Emitter, agenda: &mut Agenda) {
        if !self.passes_on(slot, reply, agenda) {
            self.respond_because(slot, reply, emitter, reply.cause(), agenda);
        }
    }

    /// Nothing more will come from upstream: this reply goes out for this reason, unless a 504 or an abort was first.
    pub(super) fn respond_because(
        &mut self,
        slot: u32,
        reply: Reply,
        emitter: Emitter,
        cause: Cause,
        agenda: &mut Agenda,
    ) {
        let request = self.requests.close(slot);
        if !request.replied {
            self.end_retry(&request);
            self.release(request.gateway, agenda);
            self.answer(Answer { cause, ..request.answer(reply, emitter) }, agenda);
        }
    }

    /// A slot of a gateway is free again; whoever waits in its accept queue is let in by a message of its own, so that
    /// a chain of requests that take no time is no chain of calls.
    fn release(&mut self, id: GatewayId, agenda: &mut Agenda) {
        let gateway = &mut self.gateways[id.index()];
        gateway.in_flight -= 1;
        self.scaling.note_in_flight(self.now, id, -1);
        if !gateway.accept.is_empty() && !gateway.accepting {
            gateway.accepting = true;
            agenda.push(Message::Accept.entry(self.now, 0, u32::from(id.0), 0));
        }
    }

    /// The upstream timer: 504 to the client, or another peer is asked, while the station works on.
    pub(super) fn time_out_upstream(&mut self, slot: u32, agenda: &mut Agenda) {
        let now = self.now;
        let kept_alive = self.is_kept_alive(slot);
        let request = self.requests.at_mut(slot);
        if request.replied || kept_alive {
            return;
        }
        request.replied = true;
        request.timed_out_at = Some(now);
        let cause = request.cause;
        let answer = Answer { cause, ..request.answer(Reply::UpstreamTimeout, Emitter::Gateway) };
        let timed_out = *request;
        let passed_on = self.passes_on_late(slot, agenda);
        self.close_if_only_kept_open(slot);
        if passed_on {
            return;
        }
        self.end_retry(&timed_out);
        self.release(answer.gateway, agenda);
        self.answer(answer, agenda);
    }

    /// The client's connection has ended: the slot is free, nobody is answered, the work goes on.
    pub(super) fn abort_at_edge(&mut self, slot: u32, agenda: &mut Agenda) {
        let request = self.requests.at_mut(slot);
        if request.replied {
            return;
        }
        request.replied = true;
        let (session, kind, gateway) = (request.session, request.kind, request.gateway);
        if request.held {
            self.gateways[gateway.index()].held -= 1;
            self.requests.close(slot);
        } else {
            let aborted = *request;
            self.mark_well(slot);
            self.end_retry(&aborted);
            self.release(gateway, agenda);
            self.controls_lose(slot);
            self.close_if_only_kept_open(slot);
        }
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Aborted { who, kind, gateway });
    }
}

impl Request {
    /// A reply to this request.
    pub(super) fn answer(&self, reply: Reply, emitter: Emitter) -> Answer {
        Answer {
            session: self.session,
            attempt: self.attempt,
            kind: self.kind,
            ask: self.ask,
            gateway: self.gateway,
            reply,
            emitter,
            cause: reply.cause(),
            accepted_at: self.accepted_at,
            queued: self.queued,
        }
    }
}
