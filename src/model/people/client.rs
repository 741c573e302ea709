//! What a client does: plans its next request, waits, hears the reply, gives up. What a reply means to it is in
//! `screen.rs`.
//!
//! Every function takes the instant at which the client acts, which may be later than
//! now: when the network has drawn a reply's fate, the client's reaction to it is already known.

use crate::behavior::Failure;
use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::message::Message;
use crate::model::sim::words::{Answer, Delivery, NOT_SHOWN};
use crate::protocol::{
    Belief, Cause, Direction, Emitter, Fact, Kind, Observer, Reading, Reply, SessionId, Stop,
};

/// What a client's own timer has led to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Woken {
    /// Nothing more is to be done about it.
    Done,
    /// The client stops waiting for its answer.
    TimedOut,
}

/// A request that its client does not wait for any more.
#[derive(Clone, Copy)]
pub(in crate::model) struct Abandoned {
    pub(in crate::model) session: SessionId,
    pub(in crate::model) attempt: u32,
    /// Where it is upstream, if it is.
    pub(in crate::model) slot: u32,
    pub(in crate::model) at: Time,
}

impl People {
    /// Plans a request to be sent at `at`. Usually its arrival at the edge is the only message: what the
    /// client does in between is known.
    pub(in crate::model) fn plan_request<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, kind: Kind, at: Time, agenda: &mut Agenda,
    ) {
        let horizon = sim.plan.roster.horizon;
        if self.tolerance.minds_silence() {
            self.expect_answer(sim, session, at);
        }
        sim.keep_flight(session);
        let leave_at = self.leaves_at(sim, session);
        let row = sim.crowd.row_mut(session);
        let cohort = row.wire.cohort();
        // Whatever was waited for before is over: a late reply to it belongs to an older attempt.
        let attempt = row.wire.next_attempt();
        row.wire.set_planned(false);
        if at.min(leave_at) >= horizon {
            row.wire.set_deadline(Time::MAX);
            return;
        }
        if leave_at <= at {
            row.wire.set_deadline(leave_at);
            sim.arm_client_timer(session, agenda);
            return;
        }
        row.wire.set_kind(kind);
        row.wire.set_planned(true);
        row.wire.set_deadline(at);
        let gone_at = Self::times_out_at(sim, cohort, at).min(leave_at);
        let arrival = if self.callers.exist() && Self::may_be_stopped(sim, cohort)
            || sim.open_loop(session).is_some()
        {
            // Whether it is sent at all is known when it would be; or others are sent while it is under way.
            None
        } else {
            sim.way_up(session, cohort, sim.draw_key(session), at).map(|up| at + up)
        };
        match arrival.filter(|&arrival| arrival <= gone_at) {
            Some(arrival) => sim.post(Message::Edge(kind), arrival, session, attempt, agenda),
            None => sim.post(Message::Send, at, session, attempt, agenda),
        }
    }

    /// When a client that sent at `sent_at` stops waiting: its timeout, or the end of patience.
    #[inline]
    pub(in crate::model) fn gone_at<O: Observer, B>(
        &self, sim: &Sim<O, B>, session: SessionId, sent_at: Time,
    ) -> Time {
        let cohort = sim.crowd.wire(session).cohort();
        Self::times_out_at(sim, cohort, sent_at).min(self.leaves_at(sim, session))
    }

    #[inline]
    fn times_out_at<O: Observer, B>(sim: &Sim<O, B>, cohort: usize, sent_at: Time) -> Time {
        sim.plan.cohorts[cohort].timeout.map_or(Time::MAX, |timeout| sent_at + timeout)
    }

    /// A planned request has been sent: from now on the client waits.
    pub(in crate::model) fn begin_waiting<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, sent_at: Time,
    ) {
        let gone_at = self.gone_at(sim, session, sent_at);
        let row = sim.crowd.row_mut(session);
        row.wire.set_planned(false);
        row.wire.set_deadline(gone_at);
    }

    /// Records a request that left its client.
    pub(in crate::model) fn record_sent<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time,
    ) {
        let row = sim.crowd.row(session);
        let (kind, first_try) = (row.wire.kind(), row.wire.failures() == 0);
        let blank = row.page.belief() == Belief::Idle || row.wire.is_open_anew();
        let who = sim.crowd.who(session);
        sim.record.fact(at, Fact::Sent { who, kind, first_try });
        if self.callers.exist() {
            self.program_sends(sim, session, at);
        }
        match kind {
            Kind::OpenPage if blank => Self::believe(sim, session, at, Belief::Loading),
            Kind::Pay => Self::believe(sim, session, at, Belief::Paying),
            _ => {}
        }
    }

    /// Sends a request that the network loses, or that the client's own timer overtakes.
    pub(in crate::model) fn send_slow<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, attempt: u32, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        if row.wire.attempt() != attempt || !row.wire.is_planned() {
            return;
        }
        if self.callers.exist() && self.fails_fast(sim, session, agenda) {
            return;
        }
        self.record_sent(sim, session, sim.now);
        self.begin_waiting(sim, session, sim.now);
        sim.arm_client_timer(session, agenda);
        Self::take_off(sim, session, agenda);
        Self::send_up(sim, session, attempt, sim.now, agenda);
    }

    /// The client's own timer. It is live iff it is the row's deadline and nothing is planned; one that comes before
    /// the deadline is pushed again. From the horizon on nobody times out or leaves: whoever is still there is cut.
    pub(in crate::model) fn wakes<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) -> Woken {
        let row = sim.crowd.row_mut(session);
        row.wire.set_wake_pending(false);
        if row.wire.is_stopped() || row.wire.is_planned() {
            return Woken::Done;
        }
        if row.wire.deadline() != sim.now {
            sim.arm_client_timer(session, agenda);
            return Woken::Done;
        }
        let leave_at = row.page.leave_at();
        if Self::person_is_done(sim, session) {
            self.stop(sim, session, sim.now, Stop::Sibling, agenda);
        } else if sim.now >= leave_at {
            self.stop(sim, session, sim.now, Stop::Patience, agenda);
        } else if sim.now >= self.leaves_at(sim, session) {
            self.stop(sim, session, sim.now, Stop::Silence, agenda);
        } else {
            return Woken::TimedOut;
        }
        Woken::Done
    }

    /// A final reply reaches a client, waited for or not.
    pub(in crate::model) fn deliver<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, attempt: u32, reply: Reply, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        if row.wire.is_stopped()
            || sim.flights.are_possible() && self.lands(sim, session, attempt, reply, agenda)
        {
            return;
        }
        let row = sim.crowd.row(session);
        let waited_for =
            row.wire.attempt() == attempt && !row.wire.is_planned() && sim.now <= row.wire.deadline();
        let kind = if reply == Reply::Confirmed { Kind::Pay } else { row.wire.kind() };
        match sim.plan.edge.cors.read(sim.mode_of(kind), kind.answered_by(), reply) {
            Reading::Opaque(_) if !waited_for => {
                let who = sim.crowd.who(session);
                sim.record.fact(sim.now, Fact::Ignored { who, reply });
            }
            reading => {
                let (at, cause) = (sim.now, reply.cause());
                let delivery = Delivery { at, kind, reading, cause, position: NOT_SHOWN };
                self.hear(sim, session, delivery, agenda);
            }
        }
    }

    /// Another session of the same person has bought; nothing else that one session learns ends the others.
    pub(in crate::model) fn person_is_done<O: Observer, B>(sim: &Sim<O, B>, session: SessionId) -> bool {
        sim.crowd.has_siblings(session) && sim.crowd.page(sim.crowd.first(session)).person_is_done()
    }

    /// The session stops for good. Whoever was told a turn says goodbye, unless the sale itself has ended it;
    /// whoever has bought is served, and the person's other sessions leave at their next wake. A no is one session's:
    /// another may have its turn, or seats.
    pub(in crate::model) fn stop<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, why: Stop, agenda: &mut Agenda,
    ) {
        let has_answer = matches!(why, Stop::Bought | Stop::ToldNo);
        if !has_answer && !matches!(why, Stop::Excluded | Stop::Informed) {
            Self::believe(sim, session, at, Belief::GaveUp);
        }
        let who = sim.crowd.who(session);
        sim.record.fact(at, Fact::Stopped { who, why });
        self.abandon_request(sim, session, at);
        self.abandon_flights(sim, session, at);
        let several = sim.crowd.has_siblings(session);
        let row = sim.crowd.row_mut(session);
        row.wire.set_planned(false);
        row.wire.stop();
        row.wire.set_deadline(at);
        let told = row.page.was_told();
        if told && !has_answer && at < sim.plan.roster.horizon {
            self.say_goodbye(sim, session, at, agenda);
        }
        match why {
            Stop::Bought if several => self.stop_siblings(sim, session, at, agenda),
            Stop::ToldNo if several => {
                let first = sim.crowd.first(session);
                sim.crowd.page_mut(first).open_no_more();
            }
            _ => {}
        }
    }

    /// The person has bought: the other sessions leave at their next wake.
    fn stop_siblings<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        let first = sim.crowd.first(session);
        sim.crowd.page_mut(first).finish_person();
        for sibling in sim.crowd.sessions(sim.crowd.person(session)).map(SessionId) {
            let row = sim.crowd.row(sibling);
            let next_wake = row.wire.deadline();
            if !row.wire.is_stopped() && row.wire.is_planned() && next_wake > at {
                self.stop(sim, sibling, next_wake, Stop::Sibling, agenda);
            }
        }
    }

    /// A goodbye is a request like any other, but nobody waits for its reply.
    fn say_goodbye<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row_mut(session);
        let attempt = row.wire.next_attempt();
        row.wire.set_kind(Kind::Leave);
        self.record_sent(sim, session, at);
        Self::send_up(sim, session, attempt, at, agenda);
    }

    /// A request whose sending is recorded goes up, or is lost.
    pub(in crate::model) fn send_up<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, attempt: u32, at: Time, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let (kind, cohort) = (row.wire.kind(), row.wire.cohort());
        if let Some(up) = sim.way_up(session, cohort, sim.draw_key(session), at) {
            sim.post(Message::EdgeSent(kind), at + up, session, attempt, agenda);
        } else {
            let who = sim.crowd.who(session);
            sim.record.fact(at, Fact::Lost { who, kind, way: Direction::Up });
            sim.crowd.wire_mut(session).set_silence(Cause::LostUp);
        }
    }

    /// A reply has left a gateway for this client: what the network makes of it, and what the client then does.
    pub(in crate::model) fn reply_travels<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, answer: Answer, agenda: &mut Agenda,
    ) {
        let Answer { session, attempt, kind, reply, emitter, cause, .. } = answer;
        if kind == Kind::Heartbeat {
            // Nobody waits for it, and the page would do nothing with it.
            return;
        }
        if sim.flights.are_possible() && Self::flies_back(sim, answer, agenda) {
            return;
        }
        let row = sim.crowd.row(session);
        let (cohort, gone_at) = (row.wire.cohort(), row.wire.deadline());
        let stopped = row.wire.is_stopped();
        let waiting = row.wire.attempt() == attempt && !stopped && !row.wire.is_planned();
        let who = sim.crowd.who(session);
        let delivered_at = sim.way_down(session, cohort, answer.draw_key).map(|down| sim.now + down);
        let heard_at = delivered_at.filter(|&at| waiting && at <= gone_at);
        let final_for_several = reply.is_final() && sim.crowd.has_siblings(session);
        if self.hidden_tabs.are_possible()
            && let Some(at) = heard_at
            && matches!(sim.plan.edge.cors.read(sim.mode_of(kind), emitter, reply), Reading::Answer(_))
            && self.waits_for_eyes(sim, session, at, reply, agenda)
        {
            return;
        }
        match (delivered_at, heard_at) {
            (_, Some(at)) if final_for_several => {
                sim.post(Message::Deliver(reply), at, session, attempt, agenda);
            }
            (_, Some(at)) => {
                let reading = sim.plan.edge.cors.read(sim.mode_of(kind), emitter, reply);
                self.hear(
                    sim,
                    session,
                    Delivery { at, kind, reading, cause, position: answer.position },
                    agenda,
                );
                let readable = matches!(reading, Reading::Answer(_)) && !reply.is_final();
                if sim.notices.has_page() && readable && emitter == Emitter::WaitingRoom {
                    self.read_page(sim, session, at, agenda);
                }
            }
            (Some(at), None) if !stopped && reply.is_final() => {
                sim.post(Message::Deliver(reply), at, session, attempt, agenda);
            }
            (Some(at), None) if !stopped && at <= self.leaves_at(sim, session) => {
                sim.record.fact(at, Fact::Ignored { who, reply });
            }
            (Some(_), None) => {}
            (None, _) => sim.record.fact(sim.now, Fact::Lost { who, kind, way: Direction::Down }),
        }
        if waiting && heard_at.is_none() {
            let late = if cause == Cause::None { Cause::SlowUpstream } else { cause };
            let silence = if delivered_at.is_none() { Cause::LostDown } else { late };
            sim.crowd.wire_mut(session).set_silence(silence);
            sim.arm_client_timer(session, agenda);
        }
    }

    /// The client stops waiting for its request in flight.
    pub(in crate::model) fn abandon_request<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time,
    ) {
        let row = sim.crowd.row(session);
        let (slot, attempt) = (row.wire.slot(), row.wire.attempt());
        self.abandoned.push(Abandoned { session, attempt, slot, at });
    }

    /// The client has waited long enough for an answer, and its person does not leave yet.
    pub(in crate::model) fn time_out<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        Self::believe(sim, session, sim.now, Belief::Hanging);
        self.abandon_request(sim, session, sim.now);
        let attempt = sim.crowd.wire(session).attempt();
        if let Some(row) = sim.in_flight(session) {
            row.end(attempt);
        }
        if self.callers.exist() {
            self.program_learns(sim, session, sim.now, true);
        }
        self.fail(sim, session, sim.now, Failure::Timeout, agenda);
    }
}
