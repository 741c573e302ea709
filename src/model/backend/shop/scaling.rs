//! Servers of a station that come and go with the load.

use crate::engine::Time;
use crate::model::backend::autoscale::Autoscaler;
use crate::protocol::StationId;
use crate::scenario::Plan;

/// How many servers each station has.
pub(in crate::model) struct ServerScaling {
    /// Of each station; empty where there is none of any.
    stations: Vec<Option<Autoscaler>>,
}

impl ServerScaling {
    pub(in crate::model) fn new(plan: &Plan) -> ServerScaling {
        let mut stations: Vec<Option<Autoscaler>> =
            plan.stations.iter().map(|station| station.autoscale.map(Autoscaler::new)).collect();
        if stations.iter().all(Option::is_none) {
            stations.clear();
        }
        ServerScaling { stations }
    }

    /// The stations whose servers follow the load, in order.
    pub(in crate::model) fn scaled(&self) -> impl Iterator<Item = StationId> {
        let stations = (0..).map(StationId).zip(&self.stations);
        stations.filter(|(_, scaler)| scaler.is_some()).map(|(station, _)| station)
    }

    pub(in crate::model) fn scaler(&mut self, station: StationId) -> Option<&mut Autoscaler> {
        self.stations[station.index()].as_mut()
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
