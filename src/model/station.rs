//! Stations: origin services with servers and a queue. Whoever comes to a full queue is refused (503); whom of
//! those in it a free server takes next, its discipline decides. Under `fifo` everybody is served, whether or not
//! anybody still waits for the answer: work goes on after the gateway or the client gave up, which is what zombie
//! work is. A service time is drawn for the requester, never for the server.
//!
//! ```text
//!   gateway --> queue (bounded or not) --discipline--> servers --> what the request was for --> reply
//!                                         | gone: dropped unserved
//! ```
//!
//! Left out for now: autoscaling.

use super::World;
use super::luck::Use;
use super::message::Message;
use crate::discipline::{Discipline, Next};
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Emitter, Fact, Kind, Observer, Reply, SessionId, StationId};
use crate::scenario::plan::StationPlan;

/// One station.
pub(super) struct Station {
    busy: u32,
    /// Request rows that wait.
    queue: Box<dyn Discipline>,
}

impl Station {
    /// An empty one.
    pub(super) fn new(plan: &StationPlan) -> Station {
        Station { busy: 0, queue: plan.discipline.build() }
    }
}

impl Station {
    /// How many requests wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.waiting()
    }
}

/// How much of a service from `began` to `ended` was delivered after `from`.
fn delivered_after(from: Option<Time>, began: Time, ended: Time) -> Span {
    from.map_or(Span::ZERO, |from| ended.saturating_since(from.max(began)))
}

impl<O: Observer> World<O> {
    /// A request reaches a station: served at once, queued, or refused.
    pub(super) fn reach_station(&mut self, id: StationId, slot: u32, agenda: &mut Agenda) {
        let plan = &self.plan.stations[id.index()];
        let station = &mut self.stations[id.index()];
        let request = self.requests.at_mut(slot);
        request.station = id;
        request.since = self.now;
        if station.busy < plan.servers {
            return self.begin_service(slot, agenda);
        }
        let who = self.crowd.who(request.session);
        let full = plan.queue.is_some_and(|most| station.queue.waiting() >= most as usize);
        if full {
            self.record.fact(self.now, Fact::TurnedAway { who, station: id });
            self.respond(slot, Reply::StationBusy, Emitter::Service, agenda);
        } else {
            station.queue.push(self.now, slot);
            let length = u32::try_from(station.queue.waiting()).expect("fewer than 2^32 wait");
            self.record.fact(self.now, Fact::Waited { who, station: id, length });
        }
    }

    fn begin_service(&mut self, slot: u32, agenda: &mut Agenda) {
        let request = self.requests.at_mut(slot);
        let (station, ask) = (request.station, request.ask);
        let waited = self.now.saturating_since(request.since);
        request.since = self.now;
        let who = self.crowd.who(request.session);
        self.stations[station.index()].busy += 1;
        self.record.fact(self.now, Fact::ServiceBegan { who, station, waited });
        let (stream, n) = self.luck.of_ask(Use::Service, ask);
        let service = self.plan.stations[station.index()].service.sample(stream, n);
        self.post_row(Message::ServiceDone, self.now + service, self.requests.reference(slot), agenda);
    }

    /// A service is done: the server takes the next in the queue, and the request is acted on.
    pub(super) fn end_service(&mut self, slot: u32, agenda: &mut Agenda) {
        let request = self.requests.at(slot);
        let (station, began) = (request.station, request.since);
        let gone_at = request.gone_at.into_iter().chain(request.timed_out_at).min();
        let fact = Fact::ServiceEnded {
            who: self.crowd.who(request.session),
            station,
            served: self.now.saturating_since(began),
            zombie: delivered_after(request.timed_out_at, began, self.now),
            wasted: delivered_after(gone_at, began, self.now),
        };
        self.record.fact(self.now, fact);
        self.stations[station.index()].busy -= 1;
        self.serve_next(station, agenda);
        self.serviced(slot, agenda);
    }

    /// A server is free: it takes whom the discipline says.
    fn serve_next(&mut self, id: StationId, agenda: &mut Agenda) {
        loop {
            let requests = &self.requests;
            let queue = &mut self.stations[id.index()].queue;
            match queue.pop(self.now, &|slot| requests.at(slot).replied) {
                Some(Next::Serve(slot)) => return self.begin_service(slot, agenda),
                Some(Next::Drop(slot)) => self.drop_unserved(slot),
                None => return,
            }
        }
    }

    /// The gateway has closed the connection already, so nobody is answered.
    fn drop_unserved(&mut self, slot: u32) {
        let request = self.requests.close(slot);
        let waited = self.now.saturating_since(request.since);
        let who = self.crowd.who(request.session);
        self.record.fact(self.now, Fact::DroppedExpired { who, station: request.station, waited });
    }

    /// What a forwarded request was for, now that its service (if any) is done.
    pub(super) fn serviced(&mut self, slot: u32, agenda: &mut Agenda) {
        let request = self.requests.at(slot);
        let (session, kind) = (request.session, request.kind);
        let answer = match kind {
            Kind::Hold => self.hold(slot, agenda).map(|reply| (reply, Emitter::Service)),
            Kind::Pay => self.pay(slot, agenda).map(|reply| (reply, Emitter::Service)),
            _ => Some(self.answer_at_once(session, kind, agenda)),
        };
        if let Some((reply, emitter)) = answer {
            self.respond(slot, reply, emitter, agenda);
        }
    }

    /// Requests that are answered as soon as they are served.
    pub(super) fn answer_at_once(
        &mut self,
        session: SessionId,
        kind: Kind,
        agenda: &mut Agenda,
    ) -> (Reply, Emitter) {
        match kind {
            Kind::OpenPage => (Reply::Page, Emitter::WaitingRoom),
            Kind::Join => (self.join(session, agenda), Emitter::WaitingRoom),
            Kind::Poll | Kind::Reverify => (self.standing(session), Emitter::WaitingRoom),
            Kind::SeatMap => (self.seat_map(session, agenda), Emitter::Service),
            Kind::Checkout => (self.open_checkout(session), Emitter::Service),
            Kind::Leave => {
                self.goodbye(session, agenda);
                (Reply::Goodbye, Emitter::WaitingRoom)
            }
            Kind::Heartbeat => (Reply::Noted, Emitter::WaitingRoom),
            Kind::Hold | Kind::Pay => unreachable!("holds and payments may take longer than their service"),
        }
    }
}
