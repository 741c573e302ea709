//! Nodes come and go with the load: gateways, and servers of a station. How many are wanted, `autoscale.rs` of the backend says.
//!
//! ```text
//!   every interval --> look --more--> order --lead time--> ready: it serves, empty and cold
//!                       +---fewer--> the last ones take nothing new and finish what they have
//! ```
//!
//! The gateways that serve are always the first ones. One that is wanted again while it finishes what it had keeps that, so
//! the slots stay taken. Left out: a node that crashes is not replaced; it comes back when its fault is over.

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::autoscale::{Autoscaler, Decision};
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Observer, StationId};

/// The number in messages of what follows the load.
fn number(station: Option<StationId>) -> u32 {
    station.map_or(0, |station| 1 + u32::from(station.0))
}

impl<O: Observer> World<O> {
    /// Says how many nodes the sale begins with, and pushes the first looks.
    pub(in crate::model) fn schedule_scaling(&mut self, agenda: &mut Agenda) {
        let gateways = self.edge.scaling.scaler.iter().map(|_| None);
        for station in gateways.chain(self.shop.scaling.scaled().map(Some)).collect::<Vec<_>>() {
            self.tell_nodes(station);
            self.schedule_load_look(station, agenda);
        }
    }

    fn scaler(&mut self, station: Option<StationId>) -> &mut Autoscaler {
        let scaler = match station {
            None => self.edge.scaling.scaler.as_mut(),
            Some(station) => self.shop.scaling.scaler(station),
        };
        scaler.expect("only what follows the load is looked at")
    }

    /// Looks go on until the horizon, while anything else can still happen.
    fn schedule_load_look(&mut self, station: Option<StationId>, agenda: &mut Agenda) {
        let at = self.sim.now + self.scaler(station).plan.look_every;
        if at < self.sim.plan.roster.horizon && agenda.len() > self.sim.load_looks {
            self.sim.load_looks += 1;
            agenda.push(Message::LookAtLoad.entry(at, 0, number(station), 0));
        }
    }

    fn tell_nodes(&mut self, station: Option<StationId>) {
        let scaler = self.scaler(station);
        let (serving, wanted) = (scaler.serving(), scaler.wanted());
        self.sim.record.fact(self.sim.now, Fact::Nodes { station, serving, wanted });
    }

    /// The load since the last look decides how many nodes are wanted.
    pub(in crate::model) fn look_at_load(&mut self, what: u32, agenda: &mut Agenda) {
        self.sim.load_looks -= 1;
        let station = station_of(what);
        let now = self.sim.now;
        let scaler = self.scaler(station);
        let Decision { changed, order } = scaler.look(now);
        if changed {
            let ready_at = now + scaler.plan.lead_time;
            self.tell_nodes(station);
            self.execute(station, agenda);
            // After the horizon nobody comes any more.
            if let Some(order) = order.filter(|_| ready_at < self.sim.plan.roster.horizon) {
                self.sim.load_looks += 1;
                agenda.push(Message::NodesReady.entry(ready_at, 0, number(station), order));
            }
        }
        self.schedule_load_look(station, agenda);
    }

    /// The lead time of an order is over.
    pub(in crate::model) fn nodes_ready(&mut self, what: u32, order: u32, agenda: &mut Agenda) {
        self.sim.load_looks -= 1;
        let station = station_of(what);
        let scaler = self.scaler(station);
        let before = scaler.serving();
        scaler.ready(order);
        if scaler.serving() > before {
            self.tell_nodes(station);
            self.execute(station, agenda);
        }
    }

    /// So many serve from now on as the autoscaler says.
    fn execute(&mut self, station: Option<StationId>, agenda: &mut Agenda) {
        let serving = self.scaler(station).serving();
        match station {
            None => self
                .edge
                .serve_with_gateways(&mut self.sim, u8::try_from(serving).expect("at most 255 gateways")),
            Some(station) => self.serve_with_servers(station, serving, agenda),
        }
    }
}

fn station_of(number: u32) -> Option<StationId> {
    number.checked_sub(1).map(|index| StationId(u8::try_from(index).expect("at most 255 stations")))
}
