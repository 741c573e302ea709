//! Programs that ask at a rate of their own: an open loop, whatever the site's latency. As long as a page, a place, a poll,
//! the map or seats are asked for, a request is sent at each tick of the rate, whether or not those before were answered.
//!
//! ```text
//!   tick ----------- tick ----------- tick ----------- tick
//!    | asks           | asks           |                | asks the next thing
//!    +---- "not now" -|---> nothing    |                |
//!                     +---- news ------|---> what to ask next, at once or with the next tick
//! ```
//!
//! The first answer that is news counts, of whichever request; those of an older kind of request are ignored. Each request has
//! the client's timeout of its own. A bound on requests in flight skips ticks, until one of them is over.

use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::people::client::Abandoned;
use crate::model::sim::flights::{Flight, Returned};
use crate::model::sim::message::Message;
use crate::model::sim::words::{Answer, Delivery};
use crate::protocol::{
    Belief, Cause, Direction, Emitter, Fact, Kind, Observer, Reading, Reply, SessionId, Stop,
};

/// Asked for again and again: it does no harm twice.
fn is_repeated(kind: Kind) -> bool {
    matches!(kind, Kind::OpenPage | Kind::Join | Kind::Poll | Kind::SeatMap | Kind::Hold)
}

impl People {
    /// A request has been sent: from now on it is in flight, and the next tick is known.
    pub(in crate::model) fn take_off<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let Some(open_loop) = sim.open_loop(session) else { return };
        let wire = sim.crowd.wire(session);
        let (attempt, kind, gone_at) = (wire.attempt(), wire.kind(), wire.deadline());
        let (now, horizon) = (sim.now, sim.plan.roster.horizon);
        let next_at = now + open_loop.period;
        let Some(row) = sim.in_flight(session) else { return };
        row.add(attempt, kind, gone_at);
        row.next_at = next_at;
        row.is_held_back = false;
        if is_repeated(kind) && next_at < horizon {
            sim.post(Message::AskAgain, next_at, session, attempt, agenda);
        }
        Self::await_flight(sim, session, agenda);
    }

    /// Asks for the end of the client's waiting for the first request, unless one is asked for.
    fn await_flight<O: Observer, B>(sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda) {
        let horizon = sim.plan.roster.horizon;
        let Some(row) = sim.in_flight(session).filter(|row| !row.end_is_pending) else { return };
        let Some(first) = row.first().copied().filter(|first| first.gone_at < horizon) else { return };
        row.end_is_pending = true;
        sim.post(Message::FlightEnds, first.gone_at, session, first.attempt, agenda);
    }

    /// The tick after this attempt: asks the same again, if it still asks.
    pub(in crate::model) fn ask_again<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, attempt: u32, agenda: &mut Agenda,
    ) {
        if self.is_asking(sim, session, attempt) {
            if let Some(row) = sim.in_flight(session) {
                row.is_held_back = true;
            }
            self.ask_if_room(sim, session, agenda);
        }
    }

    /// The newest request of a session is this one, and in flight.
    fn is_asking<O: Observer, B>(&self, sim: &mut Sim<O, B>, session: SessionId, attempt: u32) -> bool {
        let wire = sim.crowd.wire(session);
        let newest = wire.attempt() == attempt && !wire.is_planned() && !wire.is_stopped();
        let over = sim.now >= self.leaves_at(sim, session).min(sim.plan.roster.horizon);
        newest && !over && !sim.call_backs.is_away(session) && sim.flight(session, attempt).is_some()
    }

    /// A tick was held back, or is due: another request beside those in flight, unless there are as many as there may be.
    fn ask_if_room<O: Observer, B>(&mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda) {
        let Some(open_loop) = sim.open_loop(session) else { return };
        let has_room = |count: usize| open_loop.in_flight.is_none_or(|most| count < most as usize);
        let due = sim.in_flight(session).is_some_and(|row| row.is_held_back && has_room(row.count()));
        let newest = sim.crowd.wire(session).attempt();
        if !due || !self.is_asking(sim, session, newest) {
            return;
        }
        if Self::person_is_done(sim, session) {
            return self.stop(sim, session, sim.now, Stop::Sibling, agenda);
        }
        sim.keep_flight(session);
        let now = sim.now;
        let wire = sim.crowd.wire_mut(session);
        let (kind, attempt) = (wire.kind(), wire.next_attempt());
        wire.set_kind(kind);
        wire.set_planned(true);
        wire.set_deadline(now);
        self.send_slow(sim, session, attempt, agenda);
    }

    /// A reply has left a gateway for a request in flight: it is heard when it arrives. Returns whether it was one.
    pub(in crate::model) fn flies_back<O: Observer, B>(
        sim: &mut Sim<O, B>, answer: Answer, agenda: &mut Agenda,
    ) -> bool {
        let Answer { session, attempt, kind, reply, emitter, cause, position, .. } = answer;
        if sim.flight(session, attempt).is_none() {
            return false;
        }
        let cohort = sim.crowd.wire(session).cohort();
        let Some(down) = sim.way_down(session, cohort, answer.draw_key) else {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Lost { who, kind, way: Direction::Down });
            sim.set_silence(session, attempt, Cause::LostDown);
            return true;
        };
        let at = sim.now + down;
        let reading = sim.plan.edge.cors.read(sim.mode_of(kind), emitter, reply);
        let too_late = sim.flight(session, attempt).is_some_and(|flight| {
            flight.returned = Some(Returned { reading, emitter, cause, position });
            at > flight.gone_at
        });
        if too_late {
            let late = if cause == Cause::None { Cause::SlowUpstream } else { cause };
            sim.set_silence(session, attempt, late);
        }
        sim.post(Message::Deliver(reply), at, session, attempt, agenda);
        true
    }

    /// A reply reaches its client. Returns whether it is one to a request in flight, which is over by that.
    pub(in crate::model) fn lands<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, attempt: u32, reply: Reply, agenda: &mut Agenda,
    ) -> bool {
        let returned = sim.flight(session, attempt).and_then(|flight| flight.returned);
        let (Some(returned), Some(row)) = (returned, sim.in_flight(session)) else { return false };
        let Some(flight) = row.end(attempt) else { return false };
        let wire = sim.crowd.wire(session);
        let newest = wire.attempt() == attempt;
        if !newest && flight.kind != wire.kind() && !reply.is_final() {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Ignored { who, reply });
        } else {
            self.hear_flight(sim, session, flight, returned, newest, agenda);
        }
        self.ask_if_room(sim, session, agenda);
        true
    }

    fn hear_flight<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, flight: Flight, returned: Returned, newest: bool,
        agenda: &mut Agenda,
    ) {
        let Returned { reading, emitter, cause, position } = returned;
        let at = sim.now;
        self.hears_older = !newest;
        self.hear(sim, session, Delivery { at, kind: flight.kind, reading, cause, position }, agenda);
        self.hears_older = false;
        let readable = matches!(reading, Reading::Answer(reply) if !reply.is_final());
        let stopped = sim.crowd.wire(session).is_stopped();
        if sim.notices.has_page() && readable && emitter == Emitter::WaitingRoom && !stopped {
            self.read_page(sim, session, at, agenda);
        }
    }

    /// The next request in flight whose client has waited long enough, if there is one: it is over. The newest is seen to
    /// by the client's own timer.
    pub(in crate::model) fn next_overdue<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId,
    ) -> Option<Flight> {
        let now = sim.now;
        let wire = sim.crowd.wire(session);
        let (newest, stopped) = (wire.attempt(), wire.is_stopped());
        let row = sim.in_flight(session)?;
        row.end_is_pending = false;
        let first = *row.first()?;
        if stopped || first.gone_at > now || first.attempt == newest {
            return None;
        }
        row.end(first.attempt);
        Some(first)
    }

    /// The client stops waiting for a request that is not its newest.
    pub(in crate::model) fn flight_times_out<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, flight: Flight,
    ) {
        let Flight { attempt, slot, kind, .. } = flight;
        self.abandoned.push(Abandoned { session, attempt, slot, at: sim.now });
        if kind == sim.crowd.wire(session).kind() {
            Self::believe(sim, session, sim.now, Belief::Hanging);
        }
        if self.callers.exist() {
            self.program_learns(sim, session, sim.now, true);
        }
    }

    /// Those that were due have timed out.
    pub(in crate::model) fn after_overdue<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        self.ask_if_room(sim, session, agenda);
        let wire = sim.crowd.wire(session);
        let (newest, stopped) = (wire.attempt(), wire.is_stopped());
        let only_newest =
            sim.in_flight(session).is_none_or(|row| row.first().is_none_or(|first| first.attempt == newest));
        if !stopped && !only_newest {
            Self::await_flight(sim, session, agenda);
        }
    }

    /// The client waits for none of its requests any more.
    pub(in crate::model) fn abandon_flights<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time,
    ) {
        let newest = sim.crowd.wire(session).attempt();
        let Some(row) = sim.in_flight(session) else { return };
        let others = row.end_all().into_iter().filter(|flight| flight.attempt != newest);
        self.abandoned.extend(others.map(|Flight { attempt, slot, .. }| Abandoned {
            session,
            attempt,
            slot,
            at,
        }));
    }
}
