//! What a client does: plans its next request, waits, reads the reply, gives up.
//!
//! Belief changes here and nowhere else, and only by a reply that was delivered and could be read, or by the
//! client's own clock. Every function takes the instant at which the client acts, which may be later than
//! now: when the network has drawn a reply's fate, the client's reaction to it is already known.

use super::World;
use super::crowd::Flag;
use super::gateway::Answer;
use super::luck::Use;
use super::message::Message;
use crate::behavior::{Failure, Heard, Next, View};
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Belief, Cause, Fact, Kind, Observer, Reading, Reply, SessionId, Stop, Way};
use crate::scenario::plan::WhenNoneFree;

/// A person needs at least this long to try again after a decline or a lost hold. Assumption; it keeps a sale
/// whose every delay is zero from looping within one instant.
const SECOND_THOUGHT: Span = Span::from_secs(1);

impl<O: Observer> World<O> {
    /// Plans a request to be sent at `at`. Usually its arrival at the edge is the only message: what the
    /// client does in between is known.
    pub(super) fn plan_request(&mut self, session: SessionId, kind: Kind, at: Time, agenda: &mut Agenda) {
        let horizon = self.plan.roster.horizon;
        let row = self.crowd.row_mut(session);
        let (leave_at, cohort) = (row.leave_at(), row.cohort());
        // Whatever was waited for before is over: a late reply to it belongs to an older attempt.
        let attempt = row.next_attempt();
        row.clear(Flag::Planned);
        if at.min(leave_at) >= horizon {
            row.set_deadline(Time::MAX);
            return;
        }
        if leave_at <= at {
            row.set_deadline(leave_at);
            self.wake_at_deadline(session, agenda);
            return;
        }
        row.set_kind(kind);
        row.set(Flag::Planned);
        row.set_deadline(at);
        let gone_at = self.gone_at(session, at);
        let arrival = self.way_up(cohort, self.ask(session)).map(|up| at + up);
        match arrival.filter(|&arrival| arrival <= gone_at) {
            Some(arrival) => self.post(Message::Edge(kind), arrival, session, attempt, agenda),
            None => self.post(Message::Send, at, session, attempt, agenda),
        }
    }

    /// When a client that sent at `sent_at` stops waiting: its timeout, or the end of patience.
    pub(super) fn gone_at(&self, session: SessionId, sent_at: Time) -> Time {
        let row = self.crowd.row(session);
        let timeout = self.plan.cohorts[row.cohort()].timeout.map_or(Time::MAX, |timeout| sent_at + timeout);
        timeout.min(row.leave_at())
    }

    /// A planned request has been sent: from now on the client waits.
    pub(super) fn begin_waiting(&mut self, session: SessionId, sent_at: Time) {
        let gone_at = self.gone_at(session, sent_at);
        let row = self.crowd.row_mut(session);
        row.clear(Flag::Planned);
        row.set_deadline(gone_at);
    }

    /// Records a request that left its client.
    pub(super) fn record_sent(&mut self, session: SessionId, at: Time) {
        let row = self.crowd.row(session);
        let (kind, first_try, belief) = (row.kind(), row.failures() == 0, row.belief());
        let who = self.crowd.who(session);
        self.record.fact(at, Fact::Sent { who, kind, first_try });
        match kind {
            Kind::OpenPage if belief == Belief::Idle => self.believe(session, at, Belief::Loading),
            Kind::Pay => self.believe(session, at, Belief::Paying),
            _ => {}
        }
    }

    /// Sends a request that the network loses, or that the client's own timer overtakes.
    pub(super) fn send_slow(&mut self, session: SessionId, attempt: u32, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        if row.attempt() != attempt || !row.is(Flag::Planned) {
            return;
        }
        self.record_sent(session, self.now);
        self.begin_waiting(session, self.now);
        self.wake_at_deadline(session, agenda);
        self.send_up(session, attempt, self.now, agenda);
    }

    /// Wakes the client when it stops waiting, if it does so before the horizon; a wake that is already pending will
    /// see to it.
    pub(super) fn wake_at_deadline(&mut self, session: SessionId, agenda: &mut Agenda) {
        let horizon = self.plan.roster.horizon;
        let row = self.crowd.row_mut(session);
        let (at, attempt) = (row.deadline(), row.attempt());
        if at < horizon && !row.wake_is_pending() {
            row.set_wake_pending(true);
            self.post(Message::Wake, at, session, attempt, agenda);
        }
    }

    /// The client's own timer. It is live iff it is the row's deadline and nothing is planned; one that comes before
    /// the deadline is pushed again. From the horizon on nobody times out or leaves: whoever is still there is cut.
    pub(super) fn wake(&mut self, session: SessionId, agenda: &mut Agenda) {
        let row = self.crowd.row_mut(session);
        row.set_wake_pending(false);
        if row.is(Flag::Stopped) || row.is(Flag::Planned) {
            return;
        }
        if row.deadline() != self.now {
            return self.wake_at_deadline(session, agenda);
        }
        let (kind, leave_at) = (row.kind(), row.leave_at());
        if self.person_is_done(session) {
            self.stop(session, self.now, Stop::Sibling, agenda);
        } else if self.now >= leave_at {
            self.stop(session, self.now, Stop::Patience, agenda);
        } else {
            let who = self.crowd.who(session);
            let cause = self.silence_cause(session);
            self.record.fact(self.now, Fact::TimedOut { who, kind, cause });
            self.believe(session, self.now, Belief::Hanging);
            self.abandon_request(session, self.now, agenda);
            self.fail(session, self.now, Failure::Timeout, agenda);
        }
    }

    /// Why the attempt that the client waits for has not been answered.
    fn silence_cause(&mut self, session: SessionId) -> Cause {
        let row = self.crowd.row(session);
        let (slot, attempt, silence) = (row.request, row.attempt(), row.silence());
        match self.requests.of_attempt(slot, session, attempt) {
            Some(request) => self.requests.at(request.slot).cause,
            None if silence == Cause::None => Cause::SlowUpstream,
            None => silence,
        }
    }

    /// The client stops waiting for its request in flight: the work upstream is wasted from now on, and the
    /// end of the connection travels to the gateway.
    fn abandon_request(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        let (slot, attempt, cohort) = (row.request, row.attempt(), row.cohort());
        let Some(request) = self.requests.of_attempt(slot, session, attempt) else { return };
        let upstream = self.requests.at_mut(request.slot);
        upstream.gone_at = Some(at);
        let ask = upstream.ask;
        self.post_row(Message::Abort, at + self.abort_delay(cohort, ask), request, agenda);
    }

    /// A final reply reaches a client, waited for or not.
    pub(super) fn deliver(&mut self, session: SessionId, attempt: u32, reply: Reply, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        if row.is(Flag::Stopped) {
            return;
        }
        let waited_for = row.attempt() == attempt && !row.is(Flag::Planned) && self.now <= row.deadline();
        let kind = if reply == Reply::Confirmed { Kind::Pay } else { row.kind() };
        match self.plan.edge.cors.read(kind, reply) {
            Reading::Opaque(_) if !waited_for => {
                let who = self.crowd.who(session);
                self.record.fact(self.now, Fact::Ignored { who, reply });
            }
            reading => self.hear(session, self.now, kind, reading, reply.cause(), agenda),
        }
    }

    /// A reply was delivered at `at`: the client reads it, and decides what next.
    pub(super) fn hear(
        &mut self,
        session: SessionId,
        at: Time,
        kind: Kind,
        reading: Reading,
        cause: Cause,
        agenda: &mut Agenda,
    ) {
        let who = self.crowd.who(session);
        self.record.fact(at, Fact::Heard { who, kind, reading, cause });
        if self.person_is_done(session) {
            self.stop(session, at, Stop::Sibling, agenda);
            return;
        }
        match reading {
            Reading::Opaque(reply) => {
                self.believe(session, at, Belief::OpaqueError);
                let reset = kind.is_navigation() && !reply.has_status();
                self.fail(session, at, if reset { Failure::Reset } else { Failure::Opaque }, agenda);
            }
            Reading::Answer(reply) => self.understand(session, at, reply, agenda),
        }
    }

    /// What a readable reply means to the person in front of the screen.
    fn understand(&mut self, session: SessionId, at: Time, reply: Reply, agenda: &mut Agenda) {
        match reply {
            Reply::Page => {
                let next = if self.line.is_some() { Kind::Join } else { Kind::SeatMap };
                self.plan_request(session, next, at, agenda);
            }
            Reply::InLine => {
                self.believe(session, at, Belief::InLine);
                self.ask_later(session, at, Kind::Poll, agenda);
            }
            Reply::YourTurn => {
                self.crowd.row_mut(session).set(Flag::Told);
                self.believe(session, at, Belief::YourTurn);
                self.plan_request(session, Kind::SeatMap, at, agenda);
            }
            Reply::SeatMap => {
                self.believe(session, at, Belief::Choosing);
                let choose = self.think(session, Use::Choose);
                self.plan_request(session, Kind::Hold, at + choose, agenda);
            }
            Reply::Held => {
                self.crowd.row_mut(session).set(Flag::Told);
                self.believe(session, at, Belief::SeatHeld);
                self.plan_request(session, Kind::Checkout, at, agenda);
            }
            Reply::CheckoutOpen => self.pay_or_abandon(session, at, agenda),
            Reply::Confirmed => {
                self.believe(session, at, Belief::Confirmed);
                self.stop(session, at, Stop::Bought, agenda);
            }
            Reply::NotOpenYet | Reply::NoneFree => {
                self.believe(session, at, Belief::ErrorShown);
                let kind = self.crowd.row(session).kind();
                self.ask_later(session, at, kind, agenda);
            }
            Reply::TurnEnded | Reply::PlaceLost => {
                self.believe(session, at, Belief::ErrorShown);
                self.begin_round(session);
                let next = if self.line.is_some() { Kind::Join } else { Kind::SeatMap };
                self.ask_later(session, at, next, agenda);
            }
            Reply::HoldEnded => {
                self.believe(session, at, Belief::ErrorShown);
                self.choose_again(session, at, agenda);
            }
            Reply::Declined => {
                self.believe(session, at, Belief::ErrorShown);
                let cohort = self.crowd.row(session).cohort();
                if self.plan.cohorts[cohort].again_after_decline {
                    self.choose_again(session, at, agenda);
                } else {
                    self.stop(session, at, Stop::Declined, agenda);
                }
            }
            Reply::SoldOut | Reply::SaleClosed => {
                self.believe(session, at, Belief::ToldNo);
                self.stop(session, at, Stop::ToldNo, agenda);
            }
            Reply::VerifyAgain => {
                self.believe(session, at, Belief::InLine);
                self.plan_request(session, Kind::Reverify, at, agenda);
            }
            Reply::SalePaused => {
                self.believe(session, at, Belief::Paused);
                let kind = self.crowd.row(session).kind();
                self.ask_later(session, at, kind, agenda);
            }
            Reply::Evicted | Reply::NewcomersRefused => {
                self.believe(session, at, Belief::ToldNo);
                self.stop(session, at, Stop::Excluded, agenda);
            }
            Reply::GatewayBusy | Reply::StationBusy | Reply::PaymentUnavailable => {
                self.see_error(session, at, Failure::Unavailable, agenda);
            }
            Reply::UpstreamTimeout | Reply::PaymentUnknown => {
                self.see_error(session, at, Failure::GatewayTimeout, agenda);
            }
            Reply::RateLimited => self.see_error(session, at, Failure::RateLimited, agenda),
            Reply::BadGateway => self.see_error(session, at, Failure::BadGateway, agenda),
            Reply::ConnectionClosed => unreachable!("a connection without a reply cannot be read"),
            Reply::Goodbye | Reply::Noted => {}
        }
    }

    /// The screen shows an error status.
    fn see_error(&mut self, session: SessionId, at: Time, failure: Failure, agenda: &mut Agenda) {
        self.believe(session, at, Belief::ErrorShown);
        self.fail(session, at, failure, agenda);
    }

    /// The seats are held and the form is open: fill it in and pay, or think better of it.
    fn pay_or_abandon(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let cohort = &self.plan.cohorts[self.crowd.row(session).cohort()];
        let (stream, n) = self.luck.of_ask(Use::Abandon, self.ask(session));
        let abandons = cohort.abandon > 0.0 && stream.chance(n, cohort.abandon);
        let at = at + self.think(session, Use::FillIn);
        let row = self.crowd.row(session);
        if abandons && at < row.leave_at() && at < self.plan.roster.horizon {
            self.stop(session, at, Stop::Abandoned, agenda);
        } else {
            self.plan_request(session, Kind::Pay, at, agenda);
        }
    }

    /// A think time of the person, keyed by the newest ask.
    fn think(&self, session: SessionId, what: Use) -> Span {
        let cohort = &self.plan.cohorts[self.crowd.row(session).cohort()];
        let (stream, n) = self.luck.of_ask(what, self.ask(session));
        match what {
            Use::Choose => cohort.choose.sample(stream, n),
            _ => cohort.fill_in.sample(stream, n),
        }
    }

    /// After a declined card or a lost hold: back to choosing.
    fn choose_again(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        self.begin_round(session);
        let choose = self.think(session, Use::Choose).max(SECOND_THOUGHT);
        self.plan_request(session, Kind::Hold, at + choose, agenda);
    }

    /// A new round of trying to get in, or to buy, has luck of its own.
    fn begin_round(&mut self, session: SessionId) {
        let row = self.crowd.row_mut(session);
        row.round = row.round.saturating_add(1);
        row.asks = 0;
        row.clear_failures();
    }

    /// News that is not final: ask (again) at the interval that the system asks for.
    pub(super) fn ask_later(&mut self, session: SessionId, at: Time, next: Kind, agenda: &mut Agenda) {
        self.crowd.row_mut(session).clear_failures();
        self.decide(session, at, next, Heard::NotYet, agenda);
    }

    /// An attempt failed: the behavior decides.
    fn fail(&mut self, session: SessionId, at: Time, failure: Failure, agenda: &mut Agenda) {
        let row = self.crowd.row_mut(session);
        row.add_failure();
        let kind = row.kind();
        self.decide(session, at, kind, Heard::Failed(failure), agenda);
    }

    fn decide(&mut self, session: SessionId, at: Time, next: Kind, heard: Heard, agenda: &mut Agenda) {
        let (stream, n) = self.luck.of_ask(Use::Behavior, self.ask(session));
        let row = self.crowd.row(session);
        let (interval, spread) = self.interval_asked(row.kind());
        let view = View {
            heard,
            kind: row.kind(),
            failures: u32::from(row.failures()),
            interval,
            spread,
            retry_after: None,
            luck: stream.unit(n),
        };
        match self.behaviors[row.cohort()].next(&view) {
            Next::AskAfter(wait) => self.plan_request(session, next, at + wait, agenda),
            Next::Stop => self.stop(session, at, Stop::AttemptsUsedUp, agenda),
        }
    }

    /// The interval that the system asks clients to keep, and its spread.
    fn interval_asked(&self, kind: Kind) -> (Span, f64) {
        match (kind, self.plan.inventory.when_none_free, &self.plan.line) {
            (Kind::Hold, WhenNoneFree::Retry(interval), _) => (interval, 0.0),
            (_, _, Some(line)) => (line.poll_interval, line.poll_jitter),
            _ => (self.plan.roster.poll_interval, 0.0),
        }
    }

    /// Changes what the screen says.
    pub(super) fn believe(&mut self, session: SessionId, at: Time, belief: Belief) {
        let row = self.crowd.row_mut(session);
        if row.belief() != belief {
            row.set_belief(belief);
            let who = self.crowd.who(session);
            self.record.fact(at, Fact::Believes { who, belief });
        }
    }

    /// Another session of the same person had the final answer.
    fn person_is_done(&self, session: SessionId) -> bool {
        self.crowd.row(session).is(Flag::Several)
            && self.crowd.row(self.crowd.first(session)).is(Flag::PersonDone)
    }

    /// The session stops for good. Whoever was told a turn says goodbye, unless the sale itself has ended it;
    /// whoever had the final answer is served, and the person's other sessions leave at their next wake.
    pub(super) fn stop(&mut self, session: SessionId, at: Time, why: Stop, agenda: &mut Agenda) {
        let has_answer = matches!(why, Stop::Bought | Stop::ToldNo);
        if !has_answer && why != Stop::Excluded {
            self.believe(session, at, Belief::GaveUp);
        }
        let who = self.crowd.who(session);
        self.record.fact(at, Fact::Stopped { who, why });
        self.abandon_request(session, at, agenda);
        let row = self.crowd.row_mut(session);
        row.clear(Flag::Planned);
        row.set(Flag::Stopped);
        let (several, told) = (row.is(Flag::Several), row.is(Flag::Told));
        if told && !has_answer && at < self.plan.roster.horizon {
            self.say_goodbye(session, at, agenda);
        }
        if several && has_answer {
            let first = self.crowd.first(session);
            self.crowd.row_mut(first).set(Flag::PersonDone);
            for sibling in self.crowd.sessions(who.person).map(SessionId) {
                let row = self.crowd.row(sibling);
                let next_wake = row.deadline();
                if !row.is(Flag::Stopped) && row.is(Flag::Planned) && next_wake > at {
                    self.stop(sibling, next_wake, Stop::Sibling, agenda);
                }
            }
        }
    }

    /// A goodbye is a request like any other, but nobody waits for its reply.
    fn say_goodbye(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let row = self.crowd.row_mut(session);
        let attempt = row.next_attempt();
        row.set_kind(Kind::Leave);
        self.record_sent(session, at);
        self.send_up(session, attempt, at, agenda);
    }

    /// A request whose sending is recorded goes up, or is lost.
    fn send_up(&mut self, session: SessionId, attempt: u32, at: Time, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        let (kind, cohort) = (row.kind(), row.cohort());
        if let Some(up) = self.way_up(cohort, self.ask(session)) {
            self.post(Message::EdgeSent(kind), at + up, session, attempt, agenda);
        } else {
            let who = self.crowd.who(session);
            self.record.fact(at, Fact::Lost { who, kind, way: Way::Up });
            self.crowd.row_mut(session).set_silence(Cause::LostUp);
        }
    }

    /// A reply has left a gateway for this client: what the network makes of it, and what the client then does.
    pub(super) fn reply_travels(&mut self, answer: Answer, agenda: &mut Agenda) {
        let Answer { session, attempt, kind, reply, cause, .. } = answer;
        let row = self.crowd.row(session);
        let (cohort, gone_at) = (row.cohort(), row.deadline());
        let stopped = row.is(Flag::Stopped);
        let waiting = row.attempt() == attempt && !stopped && !row.is(Flag::Planned);
        let who = self.crowd.who(session);
        let delivered_at = self.way_down(cohort, answer.ask).map(|down| self.now + down);
        let heard_at = delivered_at.filter(|&at| waiting && at <= gone_at);
        let final_for_several = reply.is_final() && self.crowd.row(session).is(Flag::Several);
        match (delivered_at, heard_at) {
            (_, Some(at)) if final_for_several => {
                self.post(Message::Deliver(reply), at, session, attempt, agenda);
            }
            (_, Some(at)) => {
                let reading = self.plan.edge.cors.read(kind, reply);
                self.hear(session, at, kind, reading, cause, agenda);
            }
            (Some(at), None) if !stopped && reply.is_final() => {
                self.post(Message::Deliver(reply), at, session, attempt, agenda);
            }
            (Some(at), None) if !stopped && at <= self.crowd.row(session).leave_at() => {
                self.record.fact(at, Fact::Ignored { who, reply });
            }
            (Some(_), None) => {}
            (None, _) => self.record.fact(self.now, Fact::Lost { who, kind, way: Way::Down }),
        }
        if waiting && heard_at.is_none() {
            let late = if cause == Cause::None { Cause::SlowUpstream } else { cause };
            let silence = if delivered_at.is_none() { Cause::LostDown } else { late };
            self.crowd.row_mut(session).set_silence(silence);
            self.wake_at_deadline(session, agenda);
        }
    }
}
