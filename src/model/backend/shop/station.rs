//! Stations: origin services with servers and a queue. Whoever comes to a full queue is refused (503); whom of
//! those in it a free server takes next, and whom it drops, its discipline decides. A station has one machine, or several
//! peers, each with servers and a queue of its own. Under `fifo` everybody is served, whether or not anybody still waits
//! for the answer: work goes on after the gateway or the client gave up, which is what zombie work is. A service time is
//! drawn for the requester, never for the server.
//!
//! ```text
//!   gateway --> queue (bounded or not) --discipline--> servers --> what the request was for --> reply
//!                                         | gone: dropped unserved; shed: refused (503), if anybody still waits
//! ```

use crate::discipline::{Discipline, Next, QueuedRequest};
use crate::engine::random::Stream;
use crate::engine::{Agenda, Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::requests::Request;
use crate::model::backend::shop::Shop;
use crate::model::sim::draws::{DrawPurpose, Draws};
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Observer, ShedReason, StationId};
use crate::scenario::Plan;
use crate::scenario::plan::StationPlan;

/// One machine of a station: its servers and its queue.
pub(in crate::model) struct Machine {
    busy: u32,
    /// How many it serves at a time. More may be busy: servers that are taken away finish what they do.
    servers: u32,
    /// How often it has begun anew.
    life: u32,
    /// Request rows that wait.
    queue: Box<dyn Discipline>,
}

impl Machine {
    /// An empty one.
    fn new(station: &StationPlan, peer: u8, life: u32, plan: &Plan, draws: &Draws) -> Machine {
        let stream = draws.of_machine(station.first_peer + usize::from(peer), life);
        Machine {
            busy: 0,
            servers: station.servers,
            life,
            queue: station.discipline.build(&plan.roster, stream),
        }
    }

    /// All machines of all stations, in order.
    pub(in crate::model) fn all(plan: &Plan, draws: &Draws) -> Vec<Machine> {
        let peers = |station: &StationPlan| 0..station.peers;
        let first = |station: &StationPlan, peer| Machine::new(station, peer, 0, plan, draws);
        let of_station = |station| peers(station).map(move |peer| first(station, peer));
        plan.stations.iter().flat_map(of_station).collect()
    }

    /// Requests in service and waiting.
    fn requests(&self) -> u32 {
        self.busy + u32::try_from(self.queue.waiting()).expect("fewer than 2^32 wait")
    }
}

/// Whom a free server has taken.
#[derive(Clone, Copy)]
pub(in crate::model) enum Served {
    /// This request: its service has begun.
    Begun(u32),
    /// Nobody yet: this request was taken out of the queue, and is to be refused.
    Shed(u32),
    /// Nobody waits.
    Nobody,
}

/// How much of a service from `began` to `ended` was delivered after `from`.
fn delivered_after(from: Option<Time>, began: Time, ended: Time) -> Span {
    from.map_or(Span::ZERO, |from| ended.saturating_since(from.max(began)))
}

impl Shop {
    fn machine<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, station: StationId, peer: u8) -> &mut Machine {
        &mut self.machines[sim.plan.stations[station.index()].first_peer + usize::from(peer)]
    }

    /// How many wait at a station, over all its machines.
    pub(in crate::model) fn waiting_at<O: Observer, P>(&self, sim: &Sim<O, P>, id: StationId) -> usize {
        let plan = &sim.plan.stations[id.index()];
        let machines = plan.first_peer..plan.first_peer + usize::from(plan.peers);
        self.machines[machines].iter().map(|machine| machine.queue.waiting()).sum()
    }

    /// A request reaches a machine of a station: served at once, or queued. Returns whether there was room.
    pub(in crate::model) fn reach_station<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, id: StationId, peer: u8, slot: u32,
        agenda: &mut Agenda,
    ) -> bool {
        let plan = &sim.plan.stations[id.index()];
        let machine = &mut self.machines[plan.first_peer + usize::from(peer)];
        let request = tables.requests.at_mut(slot);
        request.station = id;
        request.peer = peer;
        request.since = sim.now;
        request.at_station = true;
        if machine.busy < machine.servers {
            self.begin_service(sim, tables, slot, agenda);
            self.read_stock(sim, tables, slot);
            return true;
        }
        let who = sim.crowd.who(request.session);
        let full = plan.queue.is_some_and(|most| machine.queue.waiting() >= most as usize);
        if full {
            sim.record.fact(sim.now, Fact::TurnedAway { who, station: id });
        } else {
            let cohort = sim.crowd.wire(request.session).cohort();
            machine.queue.push(sim.now, QueuedRequest { request: slot, kind: request.kind, cohort });
            let length = u32::try_from(machine.queue.waiting()).expect("fewer than 2^32 wait");
            sim.record.fact(sim.now, Fact::Waited { who, station: id, length });
        }
        !full
    }

    fn begin_service<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        let request = tables.requests.at_mut(slot);
        let (station, peer) = (request.station, request.peer);
        let waited = sim.now.saturating_since(request.since);
        request.since = sim.now;
        request.queued = Some(waited);
        let (session, draw_key) = (request.session, request.draw_key);
        let who = sim.crowd.who(session);
        let machine = self.machine(sim, station, peer);
        machine.busy += 1;
        let busy = machine.busy;
        self.scaling.note_busy(sim.now, station, busy);
        sim.record.fact(sim.now, Fact::ServiceBegan { who, station, waited });
        let (stream, n) = sim.draws.of_request(DrawPurpose::Service, draw_key);
        let service = self.service_time(sim, tables, slot, stream, n);
        tables.requests.post(
            sim,
            Message::ServiceDone,
            sim.now + service,
            tables.requests.reference(slot),
            agenda,
        );
    }

    /// How long the service of a request takes that begins now: the requester's draw, longer where the machine is
    /// crowded or ill.
    pub(in crate::model) fn service_time<O: Observer, P>(
        &self, sim: &Sim<O, P>, tables: &Tables, slot: u32, stream: Stream, n: u64,
    ) -> Span {
        let &Request { station, peer, session, .. } = tables.requests.at(slot);
        let plan = &sim.plan.stations[station.index()];
        let mut service = plan.service.sample(stream, n);
        if sim.plan.work_differs {
            service = service.scaled(sim.plan.cohorts[sim.crowd.wire(session).cohort()].work);
        }
        if plan.slowdown.is_none() && sim.plan.faults.is_empty() {
            return service;
        }
        let crowded = plan.slowdown.map_or(1.0, |slowdown| {
            let machine = &self.machines[plan.first_peer + usize::from(peer)];
            slowdown.factor(machine.requests(), machine.servers)
        });
        service.scaled(crowded * sim.slowness(station, peer))
    }

    /// A server is free: it takes whom the discipline says.
    pub(in crate::model) fn serve_next<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, id: StationId, peer: u8, agenda: &mut Agenda,
    ) -> Served {
        let place = sim.plan.stations[id.index()].first_peer + usize::from(peer);
        loop {
            let requests = &tables.requests;
            let queue = &mut self.machines[place].queue;
            match queue.pop(sim.now, &|slot| requests.at(slot).replied) {
                Some(Next::Serve(slot)) => {
                    self.begin_service(sim, tables, slot, agenda);
                    return Served::Begun(slot);
                }
                Some(Next::Drop(slot)) => Self::drop_unserved(sim, tables, slot),
                Some(Next::Shed(slot, why)) => {
                    Self::shed(sim, tables, slot, why);
                    return Served::Shed(slot);
                }
                None => return Served::Nobody,
            }
        }
    }

    /// The gateway has closed the connection already, so nobody is answered.
    fn drop_unserved<O: Observer, P>(sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32) {
        let request = tables.requests.close(slot);
        let waited = sim.now.saturating_since(request.since);
        let gone_at = request.gone_at.into_iter().chain(request.timed_out_at).min();
        let gone = gone_at.map_or(Span::ZERO, |gone_at| sim.now.saturating_since(gone_at));
        let who = sim.crowd.who(request.session);
        sim.record.fact(sim.now, Fact::DroppedExpired { who, station: request.station, waited, gone });
    }

    /// A machine goes down: what it has in service and in its queue is lost, and it will come back empty. Returns the
    /// rows of what was lost, in order of arrival or of the beginning of service.
    pub(in crate::model) fn lose_work<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, id: StationId, peer: u8,
    ) -> Vec<u32> {
        let (life, servers) = (self.machine(sim, id, peer).life + 1, self.machine(sim, id, peer).servers);
        let fresh = Machine::new(&sim.plan.stations[id.index()], peer, life, &sim.plan, &sim.draws);
        *self.machine(sim, id, peer) = Machine { servers, ..fresh };
        self.scaling.note_busy(sim.now, id, 0);
        let mut lost = tables.requests.at_machine(id, peer);
        lost.sort_by_key(|&slot| (tables.requests.at(slot).since, slot));
        for &slot in &lost {
            let request = tables.requests.at_mut(slot);
            request.at_station = false;
            let queued = request.queued.is_none().then(|| sim.now.saturating_since(request.since));
            let who = sim.crowd.who(request.session);
            sim.record.fact(sim.now, Fact::WorkLost { who, station: id, queued });
        }
        lost
    }

    /// The station could have served it, and does not: whoever still waits is to be refused.
    fn shed<O: Observer, P>(sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, why: ShedReason) {
        let request = tables.requests.at_mut(slot);
        request.at_station = false;
        let (session, station) = (request.session, request.station);
        let waited = sim.now.saturating_since(request.since);
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Shed { who, station, waited, why });
    }

    /// The service of a request is done: its server is free. Returns the machine, if that may take the next in its queue.
    pub(in crate::model) fn free_server<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) -> Option<(StationId, u8)> {
        let request = tables.requests.at_mut(slot);
        request.at_station = false;
        let (station, peer, began) = (request.station, request.peer, request.since);
        let gone_at = request.gone_at.into_iter().chain(request.timed_out_at).min();
        let fact = Fact::ServiceEnded {
            who: sim.crowd.who(request.session),
            station,
            served: sim.now.saturating_since(began),
            zombie: delivered_after(request.timed_out_at, began, sim.now),
            wasted: delivered_after(gone_at, began, sim.now),
        };
        sim.record.fact(sim.now, fact);
        let machine = self.machine(sim, station, peer);
        machine.busy -= 1;
        let (busy, servers) = (machine.busy, machine.servers);
        self.scaling.note_busy(sim.now, station, busy);
        (busy < servers).then_some((station, peer))
    }

    /// A station of one machine has so many servers from now on: who has to go ends first.
    pub(in crate::model) fn set_servers<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, id: StationId, servers: u32,
    ) {
        let machine = self.machine(sim, id, 0);
        machine.servers = servers;
        let busy = machine.busy;
        self.scaling.note_busy(sim.now, id, busy);
    }

    /// A station of one machine has a server that does nothing.
    pub(in crate::model) fn has_free_server<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, id: StationId,
    ) -> bool {
        let machine = self.machine(sim, id, 0);
        machine.busy < machine.servers
    }
}
