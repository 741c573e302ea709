//! What queues and servers looked like, and how much work was for nobody.
//!
//! A station is observed from the arrival of its first request (served or refused) to its last departure. The
//! time average of the queue is the sum of all waits over that time, which is the same number and needs no
//! clock; so theory for a station that starts and ends empty fits exactly.

use super::histogram::Histogram;
use super::people::{News, People};
use super::recorder::share;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Roster, SessionId};

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
        at_station(names::STATION_SERVED, "requests", "Requests whose service ended."),
        at_station(names::STATION_REFUSED, "requests", "Requests turned away by a full queue.")
            .out_of("requests to a station whose queue has an end"),
        at_station(
            names::STATION_DROPPED_EXPIRED,
            "requests",
            "Requests taken out of the queue unserved because their client had gone.",
        ),
        at_station(
            names::STATION_SHED,
            "requests",
            "Requests that the discipline took out of the queue unserved though it could have served them, to keep the \
             waits of others short; who still waits is refused.",
        )
        .out_of("requests to a station whose discipline does so"),
        at_station(
            names::STATION_WORK_LOST,
            "requests",
            "Requests in the queue or in service whose work was lost because the station went down.",
        ),
        at_station(names::STATION_WAIT_MEAN, "s", "Mean time in the queue over requests whose service began."),
        at_station(
            names::STATION_WAIT_P95,
            "s",
            "95th percentile of the time in the queue, from a log-linear histogram: within 0.8 %.",
        ),
        at_station(
            names::STATION_WAIT_SD,
            "s",
            "Standard deviation of the time in the queue over requests whose service began: with one mean wait, \
             disciplines differ in this.",
        ),
        at_station(
            names::STATION_WAIT_PROBABILITY,
            "1",
            "Requests that waited longer than 0 us / requests whose service began, 0..=1.",
        ),
        at_station(names::STATION_SERVICE_MEAN, "s", "Mean time in service over requests whose service ended."),
        at_station(
            names::STATION_SOJOURN_MEAN,
            "s",
            "Mean time in queue and service over requests whose service ended.",
        ),
        at_station(
            names::STATION_SOJOURN_P95,
            "s",
            "95th percentile of the time in queue and service, from a log-linear histogram: within 0.8 %.",
        ),
        at_station(
            names::STATION_QUEUE_MEAN,
            "requests",
            "Time average of the queue's length (in service not counted), from the first arrival at the station to its \
             last departure: the sum of all waits / that time.",
        ),
        at_station(names::STATION_QUEUE_MAX, "requests", "The longest the queue ever was."),
        at_station(
            names::STATION_UTILISATION,
            "1",
            "Time in service / (servers x time from the first arrival to the last departure), 0..=1; where the number of \
             servers follows the load, one that is taken away is there until it has finished.",
        ),
        Definition::lower(
            names::WORK_ZOMBIE,
            "1",
            "Service time delivered after that request's 504 had left the gateway / all service time, 0..=1; null \
             where nothing was served.",
        ),
        Definition::lower(
            names::WORK_WASTED,
            "1",
            "Service time delivered after the first of 504, client timeout and giving up / all service time, 0..=1; \
             null where nothing was served.",
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
        let each = roster.stations.iter().map(|entry| Station::new(u64::from(entry.servers))).collect();
        Stations { each, served: 0, for_nobody: 0, served_us: 0, zombie_us: 0, wasted_us: 0, lost_us: 0 }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Waited { station, length, .. } => {
                let station = &mut self.each[station.index()];
                station.queue_max = station.queue_max.max(length);
            }
            Fact::TurnedAway { station, .. } => {
                let station = &mut self.each[station.index()];
                station.refused += 1;
                station.arrival(at);
            }
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
                let station = &mut self.each[station.index()];
                station.servers.push((at, u64::from(serving)));
                station.note_finishing(at);
            }
            Fact::DroppedExpired { station, waited, .. } => self.each[station.index()].dropped(at, waited),
            Fact::Shed { station, waited, .. } => self.each[station.index()].shed(at, waited),
            Fact::WorkLost { who, station } => {
                let lost = self.each[station.index()].lost(at, who.session);
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

/// A request in service: needed to know its wait when its service ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct InService {
    session: SessionId,
    began_us: u64,
    waited_us: u64,
}

struct Station {
    /// How many there are from when on, in order of time.
    servers: Vec<(Time, u64)>,
    /// How many that were taken away have not finished, and since when; and the time of all such, added up.
    finishing: (u64, Time),
    finishing_us: u64,
    began: u64,
    served: u64,
    refused: u64,
    dropped: u64,
    shed: u64,
    lost: u64,
    delayed: u64,
    queue_max: u32,
    wait_us: u64,
    /// Squares of the waits of the requests whose service began.
    wait_squares_us2: u128,
    /// Waits of the requests that left the queue unserved.
    in_vain_us: u64,
    service_us: u64,
    /// Service time delivered to requests whose work was lost.
    lost_us: u64,
    /// Waits of the requests whose service ended.
    ended_wait_us: u64,
    first_arrival: Option<Time>,
    last_departure: Time,
    waits: Histogram,
    sojourns: Histogram,
    /// In order, one for each busy server: a search, and a shift of as many as there are servers at most.
    in_service: Vec<InService>,
}

impl Station {
    fn new(servers: u64) -> Station {
        Station {
            servers: vec![(Time::ZERO, servers)],
            finishing: (0, Time::ZERO),
            finishing_us: 0,
            began: 0,
            served: 0,
            refused: 0,
            dropped: 0,
            shed: 0,
            lost: 0,
            delayed: 0,
            queue_max: 0,
            wait_us: 0,
            wait_squares_us2: 0,
            in_vain_us: 0,
            service_us: 0,
            lost_us: 0,
            ended_wait_us: 0,
            first_arrival: None,
            last_departure: Time::ZERO,
            waits: Histogram::new(),
            sojourns: Histogram::new(),
            in_service: Vec::new(),
        }
    }

    fn arrival(&mut self, at: Time) {
        self.first_arrival = Some(self.first_arrival.map_or(at, |first| first.min(at)));
    }

    fn began(&mut self, at: Time, session: SessionId, waited: Span) {
        let waited_us = waited.as_us();
        self.arrival(at - waited);
        self.began += 1;
        self.delayed += u64::from(waited_us > 0);
        self.wait_us += waited_us;
        self.wait_squares_us2 += u128::from(waited_us) * u128::from(waited_us);
        self.waits.add(waited_us);
        let entry = InService { session, began_us: at.as_us(), waited_us };
        let place = self.in_service.partition_point(|other| *other < entry);
        self.in_service.insert(place, entry);
    }

    fn ended(&mut self, at: Time, session: SessionId, served: Span) {
        self.served += 1;
        self.service_us += served.as_us();
        self.last_departure = self.last_departure.max(at);
        // One session can have several requests in service (zombies): the instant of beginning tells them apart.
        let began_us = (at - served).as_us();
        let place =
            self.in_service.partition_point(|other| (other.session, other.began_us) < (session, began_us));
        let is_it = |it: &InService| it.session == session && it.began_us == began_us;
        let place = if self.in_service.get(place).is_some_and(is_it) {
            place
        } else {
            // Of two requests of one session in service, the other one had been taken for lost.
            let first = self.in_service.partition_point(|other| other.session < session);
            let found = self.lost > 0 && self.in_service.get(first).is_some_and(|it| it.session == session);
            assert!(found, "a service of {session:?} ended at {at} that had not begun at {began_us} us");
            first
        };
        let waited_us = self.in_service.remove(place).waited_us;
        self.note_finishing(at);
        self.ended_wait_us += waited_us;
        self.sojourns.add(waited_us + served.as_us());
    }

    /// A request left the queue unserved: its client had gone.
    fn dropped(&mut self, at: Time, waited: Span) {
        self.dropped += 1;
        self.left_unserved(at, waited);
    }

    /// A request left the queue unserved: the discipline would not have it wait longer.
    fn shed(&mut self, at: Time, waited: Span) {
        self.shed += 1;
        self.left_unserved(at, waited);
    }

    fn left_unserved(&mut self, at: Time, waited: Span) {
        self.arrival(at - waited);
        self.in_vain_us += waited.as_us();
        self.last_departure = self.last_departure.max(at);
    }

    /// The work on a request was lost, which may have been in service: returns for how long it had been served.
    fn lost(&mut self, at: Time, session: SessionId) -> Span {
        self.lost += 1;
        self.last_departure = self.last_departure.max(at);
        let place = self.in_service.partition_point(|other| other.session < session);
        if self.in_service.get(place).is_none_or(|it| it.session != session) {
            return Span::ZERO;
        }
        let served = at.saturating_since(Time::from_us(self.in_service.remove(place).began_us));
        self.note_finishing(at);
        self.lost_us += served.as_us();
        served
    }

    /// The standard deviation of the waits of those whose service began; `None` of nobody.
    fn wait_sd_s(&self) -> Option<f64> {
        let n = u128::from(self.began);
        let sum = u128::from(self.wait_us);
        // n x squares >= sum^2 exactly (Cauchy-Schwarz), and both fit for billions of waits of days.
        let scaled_variance = n * self.wait_squares_us2 - sum * sum;
        (n > 0).then(|| (scaled_variance as f64).sqrt() / n as f64 / 1e6)
    }

    /// More are in service than there are servers only where some were taken away.
    fn note_finishing(&mut self, at: Time) {
        if self.servers.len() > 1 {
            let (finishing, since) = self.finishing;
            self.finishing_us += finishing * at.saturating_since(since).as_us();
            let servers = self.servers.last().map_or(0, |(_, servers)| *servers);
            self.finishing = ((self.in_service.len() as u64).saturating_sub(servers), at);
        }
    }

    /// The time that its servers were there until an instant, added up.
    fn servers_us_until(&self, end: Time) -> u64 {
        let until = self.servers.iter().skip(1).map(|(at, _)| *at).chain([Time::MAX]);
        let spells = self.servers.iter().zip(until);
        spells.map(|((from, servers), until)| servers * until.min(end).saturating_since(*from).as_us()).sum()
    }

    fn put(&self, recorder: &mut Recorder<'_>, place: usize) {
        let observed =
            self.first_arrival.map_or(Span::ZERO, |first| self.last_departure.saturating_since(first));
        let observed_us = observed.as_us();
        let before_us = self.first_arrival.map_or(0, |first| self.servers_us_until(first));
        let servers_us =
            self.servers_us_until(self.last_departure).saturating_sub(before_us) + self.finishing_us;
        let could_be_refused =
            if recorder.roster.stations[place].limited { self.began + self.refused } else { 0 };
        let could_be_shed = if recorder.roster.stations[place].sheds { self.began + self.shed } else { 0 };
        let in_seconds = |us: u64, n: u64| (n > 0).then(|| us as f64 / n as f64 / 1e6);
        let figures = [
            (names::STATION_SERVED, Some(self.served as f64), self.began),
            (names::STATION_REFUSED, Some(self.refused as f64), could_be_refused),
            (names::STATION_DROPPED_EXPIRED, Some(self.dropped as f64), self.began + self.dropped),
            (names::STATION_SHED, Some(self.shed as f64), could_be_shed),
            (names::STATION_WORK_LOST, Some(self.lost as f64), self.began + self.dropped),
            (names::STATION_WAIT_MEAN, in_seconds(self.wait_us, self.began), self.began),
            (names::STATION_WAIT_P95, self.waits.percentile(95).map(|us| us / 1e6), self.began),
            (names::STATION_WAIT_SD, self.wait_sd_s(), self.began),
            (names::STATION_WAIT_PROBABILITY, share(self.delayed, self.began), self.began),
            (names::STATION_SERVICE_MEAN, in_seconds(self.service_us, self.served), self.served),
            (
                names::STATION_SOJOURN_MEAN,
                in_seconds(self.ended_wait_us + self.service_us, self.served),
                self.served,
            ),
            (names::STATION_SOJOURN_P95, self.sojourns.percentile(95).map(|us| us / 1e6), self.served),
            (names::STATION_QUEUE_MEAN, share(self.wait_us + self.in_vain_us, observed_us), self.began),
            (names::STATION_QUEUE_MAX, Some(f64::from(self.queue_max)), self.began),
            (names::STATION_UTILISATION, share(self.service_us + self.lost_us, servers_us), self.served),
        ];
        for (name, value, n) in figures {
            recorder.put(name, value).over(n).at_station(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_of_waits_is_that_of_those_who_were_served_and_who_was_shed_counts_as_waiting() {
        let mut station = Station::new(1);
        assert_eq!(station.wait_sd_s(), None);
        let at = |s: u64| Time::from_us(s * 1_000_000);
        for (session, waited) in [(0, 1), (1, 1), (2, 3), (3, 3)] {
            station.began(at(10), SessionId(session), Span::from_secs(waited));
        }
        assert_eq!(station.wait_sd_s(), Some(1.0), "all a second from the mean of two");
        station.shed(at(12), Span::from_secs(9));
        assert_eq!((station.shed, station.wait_sd_s()), (1, Some(1.0)));
        assert_eq!((station.in_vain_us, station.first_arrival), (9_000_000, Some(at(3))));
    }

    #[test]
    fn the_queue_s_time_average_is_the_sum_of_waits_over_the_time_observed() {
        // Two arrive at 10 s, one server, 2 s each: the second waits 2 s of the 4 s observed.
        let mut station = Station::new(1);
        let at = |s: u64| Time::from_us(s * 1_000_000);
        station.began(at(10), SessionId(0), Span::ZERO);
        station.ended(at(12), SessionId(0), Span::from_secs(2));
        station.began(at(12), SessionId(1), Span::from_secs(2));
        station.ended(at(14), SessionId(1), Span::from_secs(2));
        assert_eq!(station.first_arrival, Some(at(10)));
        assert_eq!(share(station.wait_us, 4_000_000), Some(0.5));
        assert_eq!(share(station.service_us, 4_000_000), Some(1.0));
        let median = station.sojourns.percentile(50).expect("two were served");
        assert!((median - 2e6).abs() <= 2e6 / 128.0, "{median}");
    }
}
