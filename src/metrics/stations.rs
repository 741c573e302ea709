//! What queues and servers looked like, and how much work was for nobody.
//!
//! A station is observed from the arrival of its first request (served or refused) to its last departure, at most to the
//! horizon: whoever reads the figures of a run of ten minutes means these ten. What the drain makes of the requests that
//! are there then has figures of its own, `station.drain`. The time average of the queue is the sum of all waits over the
//! time observed, which is the same number and needs no clock; so theory for a station that starts and ends empty fits
//! exactly.

mod record;

use super::people::{News, People};
use super::recorder::share;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster};
use record::Station;

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const STATION_SERVED: &str = "station.served";
    pub(crate) const STATION_REFUSED: &str = "station.refused";
    pub(crate) const STATION_DROPPED_EXPIRED: &str = "station.dropped_expired";
    pub(crate) const STATION_SHED: &str = "station.shed";
    pub(crate) const STATION_WORK_LOST: &str = "station.work_lost";
    pub(crate) const STATION_WAIT_MEAN: &str = "station.wait.mean";
    pub(crate) const STATION_WAIT_P95: &str = "station.wait.p95";
    pub(crate) const STATION_WAIT_SD: &str = "station.wait.sd";
    pub(crate) const STATION_WAIT_PROBABILITY: &str = "station.wait_probability";
    pub(crate) const STATION_SERVICE_MEAN: &str = "station.service.mean";
    pub(crate) const STATION_SOJOURN_MEAN: &str = "station.sojourn.mean";
    pub(crate) const STATION_SOJOURN_P95: &str = "station.sojourn.p95";
    pub(crate) const STATION_QUEUE_MEAN: &str = "station.queue.mean";
    pub(crate) const STATION_QUEUE_MAX: &str = "station.queue.max";
    pub(crate) const STATION_UTILISATION: &str = "station.utilisation";
    pub(crate) const STATION_DRAIN_LEFT: &str = "station.drain.left";
    pub(crate) const STATION_DRAIN_SERVED: &str = "station.drain.served";
    pub(crate) const STATION_DRAIN_WAIT_MEAN: &str = "station.drain.wait.mean";
    pub(crate) const STATION_DRAIN_TIME: &str = "station.drain.time";
    pub(crate) const WORK_ZOMBIE: &str = "work.zombie";
    pub(crate) const WORK_WASTED: &str = "work.wasted";
    pub(crate) const WORK_WASTED_REQUESTS: &str = "work.wasted_requests";
    pub(crate) const WORK_LOST: &str = "work.lost";
}

const fn at_station(name: &'static str, unit: &'static str, doc: &'static str) -> Definition {
    Definition::lower(name, unit, doc).per(Per::Station)
}

/// One record for each station, and the work of all.
pub(super) struct Stations {
    each: Vec<Station>,
    served: u64,
    /// Served for nobody: their client had gone, or their 504 had left, before the service ended.
    for_nobody: u64,
    served_us: u64,
    zombie_us: u64,
    wasted_us: u64,
    lost_us: u64,
}

impl Metric for Stations {
    const DEFINITIONS: &'static [Definition] = &[
        at_station(names::STATION_SERVED, "requests", "Requests whose service ended by the horizon."),
        at_station(names::STATION_REFUSED, "requests", "Requests turned away by a full queue by the horizon.")
            .out_of("requests to a station whose queue has an end"),
        at_station(
            names::STATION_DROPPED_EXPIRED,
            "requests",
            "Requests taken out of the queue unserved because their client had gone, by the horizon.",
        ),
        at_station(
            names::STATION_SHED,
            "requests",
            "Requests that the discipline took out of the queue unserved though it could have served them, to keep the \
             waits of others short, by the horizon; who still waits is refused.",
        )
        .out_of("requests to a station whose discipline does so"),
        at_station(
            names::STATION_WORK_LOST,
            "requests",
            "Requests in the queue or in service whose work was lost because the station went down, by the horizon.",
        ),
        at_station(
            names::STATION_WAIT_MEAN,
            "s",
            "Mean time in the queue over requests whose service began by the horizon; who waited then is in \
             `station.queue.mean`, and what came of them in `station.drain`.",
        ),
        at_station(
            names::STATION_WAIT_P95,
            "s",
            "95th percentile of the time in the queue over requests whose service began by the horizon, from a \
             log-linear histogram: within 0.8 %.",
        ),
        at_station(
            names::STATION_WAIT_SD,
            "s",
            "Standard deviation of the time in the queue over requests whose service began by the horizon: with one \
             mean wait, disciplines differ in this.",
        ),
        at_station(
            names::STATION_WAIT_PROBABILITY,
            "1",
            "Requests that waited longer than 0 us / requests whose service began by the horizon, 0..=1.",
        ),
        at_station(
            names::STATION_SERVICE_MEAN,
            "s",
            "Mean time in service over requests whose service ended by the horizon.",
        ),
        at_station(
            names::STATION_SOJOURN_MEAN,
            "s",
            "Mean time in queue and service over requests whose service ended by the horizon.",
        ),
        at_station(
            names::STATION_SOJOURN_P95,
            "s",
            "95th percentile of the time in queue and service over requests whose service ended by the horizon, from a \
             log-linear histogram: within 0.8 %.",
        ),
        at_station(
            names::STATION_QUEUE_MEAN,
            "requests",
            "Time average of how many wait to be served (in service not counted), from the first arrival at the station \
             to its last departure, at most to the horizon: the sum of all waits until then / that time. A request that \
             is dropped unserved because its client had gone waits until that has gone.",
        ),
        at_station(
            names::STATION_QUEUE_MAX,
            "requests",
            "The longest the queue ever was up to the horizon, those included who had gone and were still in it: they \
             take a place of a bounded queue.",
        ),
        at_station(
            names::STATION_UTILISATION,
            "1",
            "Time in service / (servers x time from the first arrival to the last departure, at most to the horizon), \
             0..=1; where the number of servers follows the load, one that is taken away is there until it has finished.",
        ),
        at_station(
            names::STATION_DRAIN_LEFT,
            "requests",
            "Requests in the queue or in service at the horizon, those included whose client had gone.",
        ),
        at_station(names::STATION_DRAIN_SERVED, "requests", "Requests whose service ended after the horizon."),
        at_station(
            names::STATION_DRAIN_WAIT_MEAN,
            "s",
            "Mean time in the queue over requests whose service began after the horizon, what they had waited before \
             included.",
        ),
        at_station(
            names::STATION_DRAIN_TIME,
            "s",
            "Time from the horizon to the last departure from the station; null where nothing was left at the horizon.",
        ),
        Definition::lower(
            names::WORK_ZOMBIE,
            "1",
            "Service time delivered after that request's 504 had left the gateway / all service time, 0..=1, the drain \
             included; null where nothing was served.",
        ),
        Definition::lower(
            names::WORK_WASTED,
            "1",
            "Service time delivered after the first of 504, client timeout and giving up / all service time, 0..=1, the \
             drain included; null where nothing was served.",
        ),
        Definition::lower(
            names::WORK_WASTED_REQUESTS,
            "1",
            "Requests whose service ended after the first of 504, client timeout and giving up / requests whose service \
             ended, 0..=1; null where none did.",
        ),
        Definition::lower(
            names::WORK_LOST,
            "1",
            "Service time delivered to requests whose station went down before they were done / all service time, 0..=1; \
             null where nothing was served.",
        ),
    ];

    fn new(roster: &Roster) -> Stations {
        let station = |servers: u32| Station::new(u64::from(servers), roster.horizon);
        let each = roster.stations.iter().map(|entry| station(entry.servers)).collect();
        Stations { each, served: 0, for_nobody: 0, served_us: 0, zombie_us: 0, wasted_us: 0, lost_us: 0 }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Waited { who, station, length } => {
                self.each[station.index()].waited(at, who.session, length);
            }
            Fact::TurnedAway { station, .. } => self.each[station.index()].refused(at),
            Fact::ServiceBegan { who, station, waited } => {
                self.each[station.index()].began(at, who.session, waited);
            }
            Fact::ServiceEnded { who, station, served, zombie, wasted } => {
                self.each[station.index()].ended(at, who.session, served);
                self.served += 1;
                self.for_nobody += u64::from(!wasted.is_zero());
                self.served_us += served.as_us();
                self.zombie_us += zombie.as_us();
                self.wasted_us += wasted.as_us();
            }
            Fact::Nodes { station: Some(station), serving, .. } => {
                self.each[station.index()].set_servers(at, u64::from(serving));
            }
            Fact::DroppedExpired { station, waited, gone, .. } => {
                self.each[station.index()].dropped(at, waited, gone);
            }
            Fact::Shed { station, waited, .. } => self.each[station.index()].shed(at, waited),
            Fact::WorkLost { who, station, queued } => {
                let lost = self.each[station.index()].lost(at, who.session, queued);
                self.served_us += lost.as_us();
                self.lost_us += lost.as_us();
            }
            _ => {}
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        for (place, station) in self.each.iter().enumerate() {
            station.put(recorder, place);
        }
        recorder.put(names::WORK_ZOMBIE, share(self.zombie_us, self.served_us)).over(self.served);
        recorder.put(names::WORK_WASTED, share(self.wasted_us, self.served_us)).over(self.served);
        recorder.put(names::WORK_WASTED_REQUESTS, share(self.for_nobody, self.served)).over(self.served);
        recorder.put(names::WORK_LOST, share(self.lost_us, self.served_us)).over(self.served);
    }
}
