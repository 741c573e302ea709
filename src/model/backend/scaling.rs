//! Nodes come and go with the load: gateways, and servers of a station. How many are wanted, `autoscale.rs` says.
//!
//! ```text
//!   every interval --> look --more--> order --lead time--> ready: it serves, empty and cold
//!                       +---fewer--> the last ones take nothing new and finish what they have
//! ```
//!
//! The gateways that serve are always the first ones. One that is wanted again while it finishes what it had keeps that, so
//! the slots stay taken. Left out: a node that crashes is not replaced; it comes back when its fault is over.

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::backend::autoscale::{Autoscaler, Decision};
use crate::model::sim::message::Message;
use crate::protocol::{Fact, GatewayId, Observer, SessionId, StationId};
use crate::scenario::Plan;
use crate::scenario::plan::Balancing;

/// What follows the load.
pub(in crate::model) struct Scaling {
    gateways: Option<Autoscaler>,
    /// Of each station; empty where there is none of any.
    stations: Vec<Option<Autoscaler>>,
    /// The gateway that each session keeps; empty where sessions keep none, or gateways stay.
    kept: Vec<u8>,
    /// Looks and orders under way.
    pending: usize,
}

/// A session that keeps no gateway yet.
const NONE: u8 = u8::MAX;

/// The number in messages of what follows the load.
fn number(station: Option<StationId>) -> u32 {
    station.map_or(0, |station| 1 + u32::from(station.0))
}

impl Scaling {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Scaling {
        let mut stations: Vec<Option<Autoscaler>> =
            plan.stations.iter().map(|station| station.autoscale.map(Autoscaler::new)).collect();
        if stations.iter().all(Option::is_none) {
            stations.clear();
        }
        let keep = plan.edge.autoscale.is_some() && plan.edge.balancing == Balancing::Sticky;
        Scaling {
            gateways: plan.edge.autoscale.map(Autoscaler::new),
            stations,
            kept: vec![NONE; if keep { sessions as usize } else { 0 }],
            pending: 0,
        }
    }

    /// Sessions keep their gateways while others come and go.
    pub(in crate::model) fn keeps_gateways(&self) -> bool {
        !self.kept.is_empty()
    }

    /// The gateway that a session keeps while it serves, else the one just drawn for it.
    pub(in crate::model) fn keep_gateway(&mut self, session: SessionId, drawn: u64, serving: u8) -> u64 {
        let kept = &mut self.kept[session.0 as usize];
        if *kept >= serving {
            *kept = u8::try_from(drawn).expect("at most 255 gateways");
        }
        u64::from(*kept)
    }

    fn of(&mut self, station: Option<StationId>) -> &mut Autoscaler {
        let scaler = match station {
            None => self.gateways.as_mut(),
            Some(station) => self.stations[station.index()].as_mut(),
        };
        scaler.expect("only what follows the load is looked at")
    }

    /// More or less is in flight behind a gateway.
    #[inline]
    pub(in crate::model) fn note_in_flight(&mut self, now: Time, gateway: GatewayId, by: i64) {
        if let Some(scaler) = &mut self.gateways
            && u32::from(gateway.0) < scaler.serving()
        {
            scaler.load.shift(now, by);
        }
    }

    /// So many are in service at a station now. Those that removed servers finish are nobody's load.
    #[inline]
    pub(in crate::model) fn note_busy(&mut self, now: Time, station: StationId, busy: u32) {
        if let Some(Some(scaler)) = self.stations.get_mut(station.index()) {
            let servers = scaler.serving();
            scaler.load.set(now, busy.min(servers), servers);
        }
    }
}

impl<O: Observer> World<O> {
    /// Says how many nodes the sale begins with, and pushes the first looks.
    pub(in crate::model) fn schedule_scaling(&mut self, agenda: &mut Agenda) {
        let stations = (0..).map(StationId).take(self.edge.scaling.stations.len());
        let scaled =
            stations.filter(|station| self.edge.scaling.stations[station.index()].is_some()).map(Some);
        let gateways = self.edge.scaling.gateways.iter().map(|_| None);
        for station in gateways.chain(scaled).collect::<Vec<_>>() {
            self.tell_nodes(station);
            self.schedule_load_look(station, agenda);
        }
    }

    /// Looks go on until the horizon, while anything else can still happen.
    fn schedule_load_look(&mut self, station: Option<StationId>, agenda: &mut Agenda) {
        let at = self.sim.now + self.edge.scaling.of(station).plan.look_every;
        if at < self.sim.plan.roster.horizon && agenda.len() > self.edge.scaling.pending {
            self.edge.scaling.pending += 1;
            agenda.push(Message::LookAtLoad.entry(at, 0, number(station), 0));
        }
    }

    fn tell_nodes(&mut self, station: Option<StationId>) {
        let scaler = self.edge.scaling.of(station);
        let (serving, wanted) = (scaler.serving(), scaler.wanted());
        self.sim.record.fact(self.sim.now, Fact::Nodes { station, serving, wanted });
    }

    /// The load since the last look decides how many nodes are wanted.
    pub(in crate::model) fn look_at_load(&mut self, what: u32, agenda: &mut Agenda) {
        self.edge.scaling.pending -= 1;
        let station = station_of(what);
        let now = self.sim.now;
        let scaler = self.edge.scaling.of(station);
        let Decision { changed, order } = scaler.look(now);
        if changed {
            let ready_at = now + scaler.plan.lead_time;
            self.tell_nodes(station);
            self.execute(station, agenda);
            // After the horizon nobody comes any more.
            if let Some(order) = order.filter(|_| ready_at < self.sim.plan.roster.horizon) {
                self.edge.scaling.pending += 1;
                agenda.push(Message::NodesReady.entry(ready_at, 0, number(station), order));
            }
        }
        self.schedule_load_look(station, agenda);
    }

    /// The lead time of an order is over.
    pub(in crate::model) fn nodes_ready(&mut self, what: u32, order: u32, agenda: &mut Agenda) {
        self.edge.scaling.pending -= 1;
        let station = station_of(what);
        let scaler = self.edge.scaling.of(station);
        let before = scaler.serving();
        scaler.ready(order);
        if scaler.serving() > before {
            self.tell_nodes(station);
            self.execute(station, agenda);
        }
    }

    /// So many serve from now on as the autoscaler says.
    fn execute(&mut self, station: Option<StationId>, agenda: &mut Agenda) {
        let serving = self.edge.scaling.of(station).serving();
        match station {
            None => self.serve_with_gateways(u8::try_from(serving).expect("at most 255 gateways")),
            Some(station) => self.serve_with_servers(station, serving, agenda),
        }
    }

    fn serve_with_gateways(&mut self, serving: u8) {
        for new in (self.edge.serving..serving).map(GatewayId) {
            self.forget_peers(new);
            self.forget_load(new);
        }
        self.edge.serving = serving;
        let in_flight =
            self.edge.gateways[..usize::from(serving)].iter().map(|gateway| gateway.in_flight).sum();
        self.edge.scaling.of(None).load.set(self.sim.now, in_flight, u32::from(serving));
    }
}

fn station_of(number: u32) -> Option<StationId> {
    number.checked_sub(1).map(|index| StationId(u8::try_from(index).expect("at most 255 stations")))
}
