//! What a client does: plans its next request, waits, hears the reply, gives up. What a reply means to it is in
//! `screen.rs`.
//!
//! Every function takes the instant at which the client acts, which may be later than
//! now: when the network has drawn a reply's fate, the client's reaction to it is already known.

use crate::behavior::Failure;
use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::sim::crowd::Flag;
use crate::model::sim::message::Message;
use crate::model::sim::words::Answer;
use crate::protocol::{
    Belief, Cause, Direction, Emitter, Fact, Kind, Observer, Reading, Reply, SessionId, Stop,
};

impl<O: Observer> World<O> {
    /// Plans a request to be sent at `at`. Usually its arrival at the edge is the only message: what the
    /// client does in between is known.
    pub(in crate::model) fn plan_request(
        &mut self,
        session: SessionId,
        kind: Kind,
        at: Time,
        agenda: &mut Agenda,
    ) {
        let horizon = self.sim.plan.roster.horizon;
        if self.people.tolerance.minds_silence() {
            self.expect_answer(session, at);
        }
        let leave_at = self.leaves_at(session);
        let row = self.sim.crowd.row_mut(session);
        let cohort = row.cohort();
        // Whatever was waited for before is over: a late reply to it belongs to an older attempt.
        let attempt = row.next_attempt();
        row.clear(Flag::Planned);
        if at.min(leave_at) >= horizon {
            row.set_deadline(Time::MAX);
            return;
        }
        if leave_at <= at {
            row.set_deadline(leave_at);
            self.sim.arm_client_timer(session, agenda);
            return;
        }
        row.set_kind(kind);
        row.set(Flag::Planned);
        row.set_deadline(at);
        let gone_at = self.gone_at(session, at);
        let arrival = if self.people.callers.exist() && self.may_be_stopped(cohort) {
            // Whether it is sent at all is known when it would be.
            None
        } else {
            self.sim.way_up(session, cohort, self.sim.draw_key(session), at).map(|up| at + up)
        };
        match arrival.filter(|&arrival| arrival <= gone_at) {
            Some(arrival) => self.sim.post(Message::Edge(kind), arrival, session, attempt, agenda),
            None => self.sim.post(Message::Send, at, session, attempt, agenda),
        }
    }

    /// When a client that sent at `sent_at` stops waiting: its timeout, or the end of patience.
    pub(in crate::model) fn gone_at(&self, session: SessionId, sent_at: Time) -> Time {
        let row = self.sim.crowd.row(session);
        let timeout =
            self.sim.plan.cohorts[row.cohort()].timeout.map_or(Time::MAX, |timeout| sent_at + timeout);
        timeout.min(self.leaves_at(session))
    }

    /// A planned request has been sent: from now on the client waits.
    pub(in crate::model) fn begin_waiting(&mut self, session: SessionId, sent_at: Time) {
        let gone_at = self.gone_at(session, sent_at);
        let row = self.sim.crowd.row_mut(session);
        row.clear(Flag::Planned);
        row.set_deadline(gone_at);
    }

    /// Records a request that left its client.
    pub(in crate::model) fn record_sent(&mut self, session: SessionId, at: Time) {
        let row = self.sim.crowd.row(session);
        let (kind, first_try) = (row.kind(), row.failures() == 0);
        let blank = row.belief() == Belief::Idle || row.is_open_anew();
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(at, Fact::Sent { who, kind, first_try });
        if self.people.callers.exist() {
            self.program_sends(session, at);
        }
        match kind {
            Kind::OpenPage if blank => self.believe(session, at, Belief::Loading),
            Kind::Pay => self.believe(session, at, Belief::Paying),
            _ => {}
        }
    }

    /// Sends a request that the network loses, or that the client's own timer overtakes.
    pub(in crate::model) fn send_slow(&mut self, session: SessionId, attempt: u32, agenda: &mut Agenda) {
        let row = self.sim.crowd.row(session);
        if row.attempt() != attempt || !row.is(Flag::Planned) {
            return;
        }
        if self.people.callers.exist() && self.fails_fast(session, agenda) {
            return;
        }
        self.record_sent(session, self.sim.now);
        self.begin_waiting(session, self.sim.now);
        self.sim.arm_client_timer(session, agenda);
        self.send_up(session, attempt, self.sim.now, agenda);
    }

    /// The client's own timer. It is live iff it is the row's deadline and nothing is planned; one that comes before
    /// the deadline is pushed again. From the horizon on nobody times out or leaves: whoever is still there is cut.
    pub(in crate::model) fn wake(&mut self, session: SessionId, agenda: &mut Agenda) {
        let row = self.sim.crowd.row_mut(session);
        row.set_wake_pending(false);
        if row.is(Flag::Stopped) || row.is(Flag::Planned) {
            return;
        }
        if row.deadline() != self.sim.now {
            return self.sim.arm_client_timer(session, agenda);
        }
        let (kind, leave_at) = (row.kind(), row.leave_at());
        if self.person_is_done(session) {
            self.stop(session, self.sim.now, Stop::Sibling, agenda);
        } else if self.sim.now >= leave_at {
            self.stop(session, self.sim.now, Stop::Patience, agenda);
        } else if self.sim.now >= self.leaves_at(session) {
            self.stop(session, self.sim.now, Stop::Silence, agenda);
        } else {
            let who = self.sim.crowd.who(session);
            let cause = self.silence_cause(session);
            self.sim.record.fact(self.sim.now, Fact::TimedOut { who, kind, cause });
            self.believe(session, self.sim.now, Belief::Hanging);
            self.abandon_request(session, self.sim.now, agenda);
            if self.people.callers.exist() {
                self.program_learns(session, self.sim.now, true);
            }
            self.fail(session, self.sim.now, Failure::Timeout, agenda);
        }
    }

    /// Why the attempt that the client waits for has not been answered.
    fn silence_cause(&mut self, session: SessionId) -> Cause {
        let row = self.sim.crowd.row(session);
        let (slot, attempt, silence) = (row.request, row.attempt(), row.silence());
        match self.tables.requests.of_attempt(slot, session, attempt) {
            Some(request) => self.tables.requests.at(request.slot).cause,
            None if silence == Cause::None => Cause::SlowUpstream,
            None => silence,
        }
    }

    /// The client stops waiting for its request in flight: the work upstream is wasted from now on, and the
    /// end of the connection travels to the gateway.
    pub(in crate::model) fn abandon_request(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let row = self.sim.crowd.row(session);
        let (slot, attempt, cohort) = (row.request, row.attempt(), row.cohort());
        let Some(request) = self.tables.requests.of_attempt(slot, session, attempt) else { return };
        let upstream = self.tables.requests.at_mut(request.slot);
        upstream.gone_at.get_or_insert(at);
        let draw_key = upstream.draw_key;
        self.tables.requests.post(
            &self.sim,
            Message::Abort,
            at + self.sim.abort_delay(session, cohort, draw_key, at),
            request,
            agenda,
        );
    }

    /// A final reply reaches a client, waited for or not.
    pub(in crate::model) fn deliver(
        &mut self,
        session: SessionId,
        attempt: u32,
        reply: Reply,
        agenda: &mut Agenda,
    ) {
        let row = self.sim.crowd.row(session);
        if row.is(Flag::Stopped) {
            return;
        }
        let waited_for = row.attempt() == attempt && !row.is(Flag::Planned) && self.sim.now <= row.deadline();
        let kind = if reply == Reply::Confirmed { Kind::Pay } else { row.kind() };
        match self.sim.plan.edge.cors.read(self.sim.mode_of(kind), kind.answered_by(), reply) {
            Reading::Opaque(_) if !waited_for => {
                let who = self.sim.crowd.who(session);
                self.sim.record.fact(self.sim.now, Fact::Ignored { who, reply });
            }
            reading => self.hear(session, self.sim.now, kind, reading, reply.cause(), agenda),
        }
    }

    /// Another session of the same person had the final answer.
    pub(in crate::model) fn person_is_done(&self, session: SessionId) -> bool {
        self.sim.crowd.row(session).is(Flag::Several)
            && self.sim.crowd.row(self.sim.crowd.first(session)).is(Flag::PersonDone)
    }

    /// The session stops for good. Whoever was told a turn says goodbye, unless the sale itself has ended it;
    /// whoever had the final answer is served, and the person's other sessions leave at their next wake.
    pub(in crate::model) fn stop(&mut self, session: SessionId, at: Time, why: Stop, agenda: &mut Agenda) {
        let has_answer = matches!(why, Stop::Bought | Stop::ToldNo);
        if !has_answer && !matches!(why, Stop::Excluded | Stop::Informed) {
            self.believe(session, at, Belief::GaveUp);
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(at, Fact::Stopped { who, why });
        self.abandon_request(session, at, agenda);
        let row = self.sim.crowd.row_mut(session);
        row.clear(Flag::Planned);
        row.set(Flag::Stopped);
        row.set_deadline(at);
        let (several, told) = (row.is(Flag::Several), row.is(Flag::Told));
        if told && !has_answer && at < self.sim.plan.roster.horizon {
            self.say_goodbye(session, at, agenda);
        }
        if several && has_answer {
            let first = self.sim.crowd.first(session);
            self.sim.crowd.row_mut(first).set(Flag::PersonDone);
            for sibling in self.sim.crowd.sessions(who.person).map(SessionId) {
                let row = self.sim.crowd.row(sibling);
                let next_wake = row.deadline();
                if !row.is(Flag::Stopped) && row.is(Flag::Planned) && next_wake > at {
                    self.stop(sibling, next_wake, Stop::Sibling, agenda);
                }
            }
        }
    }

    /// A goodbye is a request like any other, but nobody waits for its reply.
    fn say_goodbye(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let row = self.sim.crowd.row_mut(session);
        let attempt = row.next_attempt();
        row.set_kind(Kind::Leave);
        self.record_sent(session, at);
        self.send_up(session, attempt, at, agenda);
    }

    /// A request whose sending is recorded goes up, or is lost.
    pub(in crate::model) fn send_up(
        &mut self,
        session: SessionId,
        attempt: u32,
        at: Time,
        agenda: &mut Agenda,
    ) {
        let row = self.sim.crowd.row(session);
        let (kind, cohort) = (row.kind(), row.cohort());
        if let Some(up) = self.sim.way_up(session, cohort, self.sim.draw_key(session), at) {
            self.sim.post(Message::EdgeSent(kind), at + up, session, attempt, agenda);
        } else {
            let who = self.sim.crowd.who(session);
            self.sim.record.fact(at, Fact::Lost { who, kind, way: Direction::Up });
            self.sim.crowd.row_mut(session).set_silence(Cause::LostUp);
        }
    }

    /// A reply has left a gateway for this client: what the network makes of it, and what the client then does.
    pub(in crate::model) fn reply_travels(&mut self, answer: Answer, agenda: &mut Agenda) {
        let Answer { session, attempt, kind, reply, emitter, cause, .. } = answer;
        if kind == Kind::Heartbeat {
            // Nobody waits for it, and the page would do nothing with it.
            return;
        }
        let row = self.sim.crowd.row(session);
        let (cohort, gone_at) = (row.cohort(), row.deadline());
        let stopped = row.is(Flag::Stopped);
        let waiting = row.attempt() == attempt && !stopped && !row.is(Flag::Planned);
        let who = self.sim.crowd.who(session);
        let delivered_at =
            self.sim.way_down(session, cohort, answer.draw_key).map(|down| self.sim.now + down);
        let heard_at = delivered_at.filter(|&at| waiting && at <= gone_at);
        let final_for_several = reply.is_final() && self.sim.crowd.row(session).is(Flag::Several);
        if self.people.hidden_tabs.are_possible()
            && let Some(at) = heard_at
            && matches!(
                self.sim.plan.edge.cors.read(self.sim.mode_of(kind), emitter, reply),
                Reading::Answer(_)
            )
            && self.waits_for_eyes(session, at, reply, agenda)
        {
            return;
        }
        match (delivered_at, heard_at) {
            (_, Some(at)) if final_for_several => {
                self.sim.post(Message::Deliver(reply), at, session, attempt, agenda);
            }
            (_, Some(at)) => {
                let reading = self.sim.plan.edge.cors.read(self.sim.mode_of(kind), emitter, reply);
                self.hear(session, at, kind, reading, cause, agenda);
                let readable = matches!(reading, Reading::Answer(_)) && !reply.is_final();
                if self.sim.notices.has_page() && readable && emitter == Emitter::WaitingRoom {
                    self.read_page(session, at, agenda);
                }
            }
            (Some(at), None) if !stopped && reply.is_final() => {
                self.sim.post(Message::Deliver(reply), at, session, attempt, agenda);
            }
            (Some(at), None) if !stopped && at <= self.leaves_at(session) => {
                self.sim.record.fact(at, Fact::Ignored { who, reply });
            }
            (Some(_), None) => {}
            (None, _) => self.sim.record.fact(self.sim.now, Fact::Lost { who, kind, way: Direction::Down }),
        }
        if waiting && heard_at.is_none() {
            let late = if cause == Cause::None { Cause::SlowUpstream } else { cause };
            let silence = if delivered_at.is_none() { Cause::LostDown } else { late };
            self.sim.crowd.row_mut(session).set_silence(silence);
            self.sim.arm_client_timer(session, agenda);
        }
    }
}
