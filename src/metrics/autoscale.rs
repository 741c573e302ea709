//! How many gateways, and servers of stations, served and were wanted, where their number follows the load.

use super::people::{News, People};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const AUTOSCALE_GATEWAYS_PEAK: &str = "autoscale.gateways.peak";
    pub(crate) const AUTOSCALE_GATEWAYS_NODE_HOURS: &str = "autoscale.gateways.node_hours";
    pub(crate) const AUTOSCALE_GATEWAYS_SHORT: &str = "autoscale.gateways.short";
    pub(crate) const AUTOSCALE_GATEWAYS_CHANGES: &str = "autoscale.gateways.changes";
    pub(crate) const AUTOSCALE_SERVERS_PEAK: &str = "autoscale.servers.peak";
    pub(crate) const AUTOSCALE_SERVERS_NODE_HOURS: &str = "autoscale.servers.node_hours";
    pub(crate) const AUTOSCALE_SERVERS_SHORT: &str = "autoscale.servers.short";
    pub(crate) const AUTOSCALE_SERVERS_CHANGES: &str = "autoscale.servers.changes";
}

/// One record for the gateways, and one for each station; `None` where their number stays.
pub(super) struct Autoscale {
    gateways: Option<Nodes>,
    stations: Vec<Option<Nodes>>,
}

/// Nodes over time. All of it is known once the horizon is put in.
#[derive(Clone, Copy, Default)]
struct Nodes {
    serving: u32,
    wanted: u32,
    since: Time,
    peak: u32,
    changes: u64,
    /// The time that each of them served, added up.
    served_us: u128,
    short: Span,
}

impl Nodes {
    fn set(&mut self, at: Time, serving: u32, wanted: u32) {
        let lasted = at.saturating_since(self.since);
        self.served_us += u128::from(lasted.as_us()) * u128::from(self.serving);
        if self.serving < self.wanted {
            self.short += lasted;
        }
        self.changes += u64::from(wanted != self.wanted);
        self.peak = self.peak.max(serving);
        *self = Nodes { serving, wanted, since: self.since.max(at), ..*self };
    }

    fn hear(record: &mut Option<Nodes>, at: Time, serving: u32, wanted: u32) {
        // The first word is how the sale begins, and no change.
        record.get_or_insert(Nodes { wanted, ..Nodes::default() }).set(at, serving, wanted);
    }

    /// The values, in the order of the definitions.
    fn values(self) -> [f64; 4] {
        let hours = self.served_us as f64 / 3.6e9;
        [f64::from(self.peak), hours, self.short.as_secs_f64(), self.changes as f64]
    }
}

const GATEWAYS: [&str; 4] = [
    names::AUTOSCALE_GATEWAYS_PEAK,
    names::AUTOSCALE_GATEWAYS_NODE_HOURS,
    names::AUTOSCALE_GATEWAYS_SHORT,
    names::AUTOSCALE_GATEWAYS_CHANGES,
];

const SERVERS: [&str; 4] = [
    names::AUTOSCALE_SERVERS_PEAK,
    names::AUTOSCALE_SERVERS_NODE_HOURS,
    names::AUTOSCALE_SERVERS_SHORT,
    names::AUTOSCALE_SERVERS_CHANGES,
];

impl Metric for Autoscale {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(
            GATEWAYS[0],
            "gateways",
            "The most gateways that served at a time; null where their number does not follow the load.",
        ),
        Definition::lower(
            GATEWAYS[1],
            "gateway-hours",
            "The number of gateways that serve, added up over the time from 0 to the horizon; null where it does not \
             follow the load.",
        ),
        Definition::lower(
            GATEWAYS[2],
            "s",
            "How long fewer gateways served than were wanted, until the horizon: others were still starting; null where \
             their number does not follow the load.",
        ),
        Definition::plain(
            GATEWAYS[3],
            "changes",
            "How often another number of gateways was wanted; null where it does not follow the load.",
        ),
        Definition::plain(
            SERVERS[0],
            "servers",
            "The most servers of the station at a time, where their number follows the load.",
        )
        .per(Per::Station),
        Definition::lower(
            SERVERS[1],
            "server-hours",
            "The number of the station's servers, added up over the time from 0 to the horizon, where it follows the \
             load.",
        )
        .per(Per::Station),
        Definition::lower(
            SERVERS[2],
            "s",
            "How long the station had fewer servers than were wanted, until the horizon: others were still starting.",
        )
        .per(Per::Station),
        Definition::plain(
            SERVERS[3],
            "changes",
            "How often another number of the station's servers was wanted.",
        )
        .per(Per::Station),
    ];

    fn new(roster: &Roster) -> Autoscale {
        Autoscale { gateways: None, stations: vec![None; roster.stations.len()] }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        if let Fact::Nodes { station, serving, wanted } = *fact {
            let record = match station {
                None => &mut self.gateways,
                Some(station) => &mut self.stations[station.index()],
            };
            Nodes::hear(record, at, serving, wanted);
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let horizon = recorder.roster.horizon;
        let ended = |record: Option<Nodes>| {
            record.map(|mut nodes| {
                nodes.set(horizon, nodes.serving, nodes.wanted);
                nodes.values()
            })
        };
        let gateways = ended(self.gateways);
        for (place, name) in GATEWAYS.into_iter().enumerate() {
            recorder.put(name, gateways.map(|values| values[place]));
        }
        for (station, record) in self.stations.into_iter().enumerate() {
            let values = ended(record);
            for (place, name) in SERVERS.into_iter().enumerate() {
                recorder.put(name, values.map(|values| values[place])).at_station(station);
            }
        }
    }
}
