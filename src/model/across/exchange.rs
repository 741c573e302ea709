//! A request on its way in: to a gateway, through it, and on to whoever answers. The way out is in `reply.rs`.
//!
//! ```text
//!   client --> gateway: listener, limits, control --> waiting room: is it let through? --> answered at once
//!                  | refused                                                         +--> station, served --> answered
//!                  v
//!                reply
//! ```

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::edge::gateway::Next;
use crate::model::backend::edge::listener::Passage;
use crate::model::backend::edge::upstream::Sent;
use crate::model::backend::line::Line;
use crate::model::backend::requests::{Request, RequestRef};
use crate::model::people::People;
use crate::model::people::client::{Abandoned, Woken};
use crate::model::sim::message::Message;
use crate::model::sim::wire::Wire;
use crate::model::sim::words::{InboundRequest, Response};
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Kind, Observer, Reply, SessionId, StationId, Truth};

impl<O: Observer> World<O> {
    /// A request that was planned reaches the edge, unless it was called off before it was sent.
    pub(in crate::model) fn reach_edge(
        &mut self, session: SessionId, attempt: u32, kind: Kind, agenda: &mut Agenda,
    ) {
        let row = self.sim.crowd.row(session);
        if row.wire.attempt() != attempt || !row.wire.is_planned() {
            return;
        }
        let sent_at = row.wire.deadline();
        let gateway = self.edge.balance(&mut self.sim, session, attempt, kind);
        let quiet = kind == Kind::Poll
            && self.answers_as_before(session, gateway)
            && self.stays_in_line(session, agenda)
            && self.quiet_poll(session, gateway, sent_at, agenda);
        if quiet {
            return;
        }
        self.people.record_sent(&mut self.sim, session, sent_at);
        self.people.begin_waiting(&mut self.sim, session, sent_at);
        self.pass_edge(InboundRequest { session, attempt, kind, gateway }, agenda);
    }

    /// A request recorded as sent reaches the edge.
    pub(in crate::model) fn reach_edge_sent(
        &mut self, session: SessionId, attempt: u32, kind: Kind, agenda: &mut Agenda,
    ) {
        let gateway = self.edge.balance(&mut self.sim, session, attempt, kind);
        self.pass_edge(InboundRequest { session, attempt, kind, gateway }, agenda);
    }

    /// A request recorded as sent is at a gateway.
    fn pass_edge(&mut self, inbound: InboundRequest, agenda: &mut Agenda) {
        let passage = self.edge.receive(&mut self.sim, &mut self.tables, inbound, agenda);
        self.pass(inbound, passage, agenda);
    }

    /// Does what a gateway made of a request.
    pub(in crate::model) fn pass(&mut self, inbound: InboundRequest, passage: Passage, agenda: &mut Agenda) {
        match passage {
            Passage::Accepted => self.accept(inbound, agenda),
            Passage::Pending => {}
            Passage::Answered(answer) => self.answer(answer, agenda),
        }
    }

    /// A slot of a gateway was freed: whoever waits in its accept queue is let in, in order.
    pub(in crate::model) fn accept_waiting(&mut self, gateway: GatewayId, agenda: &mut Agenda) {
        self.edge.begin_accepting(gateway);
        while let Some((inbound, passage)) =
            self.edge.accept_next(&mut self.sim, &mut self.tables, gateway, agenda)
        {
            self.pass(inbound, passage, agenda);
        }
    }

    /// A gateway accepts a request: the checks of the waiting room, then on to whoever answers it.
    pub(in crate::model) fn accept(&mut self, inbound: InboundRequest, agenda: &mut Agenda) {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Accepted { who, kind, gateway });
        if !self.sim.plan.faults.is_empty()
            && let Some(answer) = self.fails_behind(inbound)
        {
            return self.answer(answer, agenda);
        }
        self.line.note_signs(&mut self.sim, session, attempt, kind);
        Tables::note_contact(&mut self.sim, session);
        if self.sim.call_backs.are_offered() {
            self.line.take_address(&mut self.sim, session, kind);
        }
        self.evict_if_overdue(session, agenda);
        self.touch(session, kind, agenda);
        if let Some((reply, emitter)) =
            self.line.refuses_inside(&self.sim, session, kind).or_else(|| self.let_through(inbound, agenda))
        {
            return self.answer_or_withhold(self.sim.answer_to(inbound, reply, emitter), agenda);
        }
        match kind {
            Kind::Join
                if self.operator.is_closed_to_newcomers()
                    && self.line.turns_newcomer_away(&mut self.sim, &mut self.tables, session) =>
            {
                let refused = self.sim.answer_to(inbound, Reply::NewcomersRefused, Emitter::WaitingRoom);
                return self.answer(refused, agenda);
            }
            Kind::Join => Line::note_join_at_edge(&mut self.sim, session, gateway),
            Kind::Hold if self.shop.refuses_cheaply(&self.sim, session) => {
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
        let reference = self.edge.take_slot(&mut self.sim, &mut self.tables, request);
        self.send_upstream(reference, agenda);
    }

    /// A row goes upstream; the timers run if no answer came at once.
    pub(in crate::model) fn send_upstream(&mut self, reference: RequestRef, agenda: &mut Agenda) {
        let kind = self.tables.requests.at(reference.slot).kind;
        match self.sim.plan.route[kind as usize] {
            Some(station) => self.reach_upstream(station, reference.slot, agenda),
            None => self.serviced(reference.slot, agenda),
        }
        Edge::await_upstream(&mut self.sim, &mut self.tables, reference, agenda);
    }

    /// Sends a request to a machine of its station.
    fn reach_upstream(&mut self, station: StationId, slot: u32, agenda: &mut Agenda) {
        match self.edge.choose_machine(&mut self.sim, &mut self.tables, station, slot) {
            Sent::To(peer) => {
                if !self.shop.reach_station(&mut self.sim, &mut self.tables, station, peer, slot, agenda) {
                    self.respond(slot, Reply::StationBusy, Emitter::Service, agenda);
                }
            }
            Sent::Nowhere => {}
            Sent::Failed(cause) => {
                let failed = Response::new(Reply::BadGateway, Emitter::Gateway).because(cause);
                self.end_with(slot, failed, agenda);
            }
        }
    }

    /// Another peer is asked, or the client answered.
    pub(in crate::model) fn go_on(&mut self, next: Next, agenda: &mut Agenda) {
        match next {
            Next::Upstream(another) => self.send_upstream(another, agenda),
            Next::Answer(answer) => self.answer(answer, agenda),
        }
    }

    /// A device changes its network: with it all its tabs.
    pub(in crate::model) fn switch_network(&mut self, first: SessionId, agenda: &mut Agenda) {
        let tabs = self.sim.plan.cohorts[self.sim.crowd.wire(first).cohort()].tabs_per_device;
        let times = self.sim.roaming.count(first) + 1;
        let end = self.sim.crowd.sessions(self.sim.crowd.person(first)).end.min(first.0 + u32::from(tabs));
        let mut there = false;
        for session in (first.0..end).map(SessionId) {
            let row = self.sim.crowd.row(session);
            let (arrived, stopped) = (row.wire.was_opened(), row.wire.is_stopped());
            there |= !stopped;
            let sent = arrived && !stopped && self.people.let_arrive(&mut self.sim, session, agenda);
            if arrived {
                self.sim.roaming.set_count(session, times);
            }
            if arrived && !stopped {
                self.line.leave_address(&mut self.sim, &self.tables, session);
                let row = self.sim.crowd.row(session);
                let (slot, attempt) = (row.wire.slot(), row.wire.attempt());
                let in_flight = self.tables.requests.of_attempt(slot, session, attempt).is_some();
                self.people.move_session(&mut self.sim, session, sent || in_flight, agenda);
            }
        }
        if there {
            People::plan_next_switch(&self.sim, first, times + 1, agenda);
        }
    }

    /// Clients have stopped waiting for requests in flight: the work upstream is wasted from then on, and the end of each
    /// connection travels to its gateway.
    pub(in crate::model) fn abort_abandoned(&mut self, agenda: &mut Agenda) {
        for Abandoned { session, attempt, slot, at } in std::mem::take(&mut self.people.abandoned) {
            let Some(request) = self.tables.requests.of_attempt(slot, session, attempt) else { continue };
            let upstream = self.tables.requests.at_mut(request.slot);
            upstream.gone_at.get_or_insert(at);
            let draw_key = upstream.draw_key;
            let cohort = self.sim.crowd.wire(session).cohort();
            let arrives_at = at + self.sim.abort_delay(session, cohort, draw_key, at);
            self.tables.requests.post(&self.sim, Message::Abort, arrives_at, request, agenda);
        }
    }

    /// A client's own timer has fired: if it stops waiting for an answer, that was one of which only the backend knows why
    /// it did not come.
    pub(in crate::model) fn wake(&mut self, session: SessionId, agenda: &mut Agenda) {
        if self.people.wakes(&mut self.sim, session, agenda) == Woken::TimedOut {
            let (who, kind) = (self.sim.crowd.who(session), self.sim.crowd.wire(session).kind());
            let cause = self.silence_cause(session);
            self.sim.record.fact(self.sim.now, Fact::TimedOut { who, kind, cause });
            self.people.time_out(&mut self.sim, session, agenda);
        }
    }

    /// A program that asks at a rate of its own stops waiting for requests that are not its newest.
    pub(in crate::model) fn end_flights(&mut self, session: SessionId, agenda: &mut Agenda) {
        while let Some(flight) = People::next_overdue(&mut self.sim, session) {
            let cause = self.cause_of(session, flight.attempt, flight.slot);
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(self.sim.now, Fact::TimedOut { who, kind: flight.kind, cause });
            self.people.flight_times_out(&mut self.sim, session, flight);
        }
        self.people.after_overdue(&mut self.sim, session, agenda);
    }

    /// Why the attempt that the client waits for has not been answered.
    fn silence_cause(&mut self, session: SessionId) -> Cause {
        let row = self.sim.crowd.row(session);
        let (slot, attempt) = (row.wire.slot(), row.wire.attempt());
        self.cause_of(session, attempt, slot)
    }

    /// Why an attempt has not been answered of which this is known in place of a row upstream, or which is in that row.
    fn cause_of(&mut self, session: SessionId, attempt: u32, slot: u32) -> Cause {
        let silence = Wire::silence_of(slot);
        match self.tables.requests.of_attempt(slot, session, attempt) {
            Some(request) => self.tables.requests.at(request.slot).cause,
            None if silence == Cause::None => Cause::SlowUpstream,
            None => silence,
        }
    }
}
