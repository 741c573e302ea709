//! The record of one station: what happened there up to the horizon, and apart from it what the drain made of the rest.
//!
//! Whoever waits at the horizon has waited until then: the averages over time count that, whatever becomes of them.

use super::super::histogram::Histogram;
use super::super::recorder::{Recorder, share};
use super::names;
use crate::engine::time::{Span, Time};
use crate::protocol::SessionId;

/// A request in service: needed to know its wait when its service ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct InService {
    session: SessionId,
    began_us: u64,
    waited_us: u64,
}

/// Who has come into the queue up to the horizon, and who of them has left it, with the sums of their instants.
#[derive(Default)]
struct Queue {
    entered: u64,
    entered_at_us: u128,
    left: u64,
    left_entered_at_us: u128,
    /// Of them, those who left before the horizon.
    left_in_time: u64,
    /// The time until they left, or the horizon came, or the client of one that was dropped had gone.
    waited_us: u64,
    /// Who came in this instant: to tell a wait of no time from none.
    now: (Time, Vec<SessionId>),
}

impl Queue {
    fn enter(&mut self, at: Time, session: SessionId) {
        self.entered += 1;
        self.entered_at_us += u128::from(at.as_us());
        if self.now.0 != at {
            self.now.0 = at;
            self.now.1.clear();
        }
        self.now.1.push(session);
    }

    /// One that came at `arrived` leaves; it counts until `until`.
    fn leave(&mut self, at: Time, arrived: Time, until: Time, horizon: Time) {
        if arrived <= horizon {
            self.left += 1;
            self.left_entered_at_us += u128::from(arrived.as_us());
            self.left_in_time += u64::from(at <= horizon);
            self.waited_us += until.min(horizon).saturating_since(arrived).as_us();
        }
    }

    /// One is served in the instant in which it may have come into the queue.
    fn leave_at_once(&mut self, at: Time, session: SessionId, horizon: Time) {
        let (since, sessions) = &mut self.now;
        if *since == at
            && let Some(place) = sessions.iter().position(|other| *other == session)
        {
            sessions.swap_remove(place);
            self.leave(at, at, at, horizon);
        }
    }

    /// How many have never left, and the time until the horizon that they have waited.
    fn never_left(&self, horizon: Time) -> (u64, u64) {
        let count = self.entered.saturating_sub(self.left);
        let entered_at_us = self.entered_at_us.saturating_sub(self.left_entered_at_us);
        let waited_us = (u128::from(count) * u128::from(horizon.as_us())).saturating_sub(entered_at_us);
        (count, u64::try_from(waited_us).expect("billions of waits of days"))
    }
}

/// What came after the horizon.
#[derive(Default)]
struct Drain {
    began: u64,
    served: u64,
    wait_us: u64,
}

pub(super) struct Station {
    horizon: Time,
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
    /// Of the lost, those in service.
    lost_in_service: u64,
    delayed: u64,
    pub(super) queue_max: u32,
    wait_us: u64,
    /// Squares of the waits of the requests whose service began.
    wait_squares_us2: u128,
    queue: Queue,
    service_us: u64,
    /// Time in service up to the horizon, of whatever became of it.
    busy_us: u64,
    /// Waits of the requests whose service ended.
    ended_wait_us: u64,
    first_arrival: Option<Time>,
    last_departure: Time,
    waits: Histogram,
    sojourns: Histogram,
    drain: Drain,
    /// Work has been lost at all: one of a session's requests in service may have been taken for another.
    has_lost: bool,
    /// In order, one for each busy server: a search, and a shift of as many as there are servers at most.
    in_service: Vec<InService>,
}

impl Station {
    pub(super) fn new(servers: u64, horizon: Time) -> Station {
        Station {
            horizon,
            servers: vec![(Time::ZERO, servers)],
            finishing: (0, Time::ZERO),
            finishing_us: 0,
            began: 0,
            served: 0,
            refused: 0,
            dropped: 0,
            shed: 0,
            lost: 0,
            lost_in_service: 0,
            delayed: 0,
            queue_max: 0,
            wait_us: 0,
            wait_squares_us2: 0,
            queue: Queue::default(),
            service_us: 0,
            busy_us: 0,
            ended_wait_us: 0,
            first_arrival: None,
            last_departure: Time::ZERO,
            waits: Histogram::new(),
            sojourns: Histogram::new(),
            drain: Drain::default(),
            has_lost: false,
            in_service: Vec::new(),
        }
    }

    fn arrival(&mut self, at: Time) {
        self.first_arrival = Some(self.first_arrival.map_or(at, |first| first.min(at)));
    }

    fn is_in_time(&self, at: Time) -> bool {
        at <= self.horizon
    }

    /// A request begins to wait.
    pub(super) fn waited(&mut self, at: Time, session: SessionId, length: u32) {
        if self.is_in_time(at) {
            self.queue_max = self.queue_max.max(length);
            self.arrival(at);
            self.queue.enter(at, session);
        }
    }

    /// The queue was full.
    pub(super) fn refused(&mut self, at: Time) {
        self.refused += u64::from(self.is_in_time(at));
        self.arrival(at);
    }

    pub(super) fn began(&mut self, at: Time, session: SessionId, waited: Span) {
        let waited_us = waited.as_us();
        self.arrival(at - waited);
        if waited_us > 0 {
            self.queue.leave(at, at - waited, at, self.horizon);
        } else {
            self.queue.leave_at_once(at, session, self.horizon);
        }
        if self.is_in_time(at) {
            self.began += 1;
            self.delayed += u64::from(waited_us > 0);
            self.wait_us += waited_us;
            self.wait_squares_us2 += u128::from(waited_us) * u128::from(waited_us);
            self.waits.add(waited_us);
        } else {
            self.drain.began += 1;
            self.drain.wait_us += waited_us;
        }
        let entry = InService { session, began_us: at.as_us(), waited_us };
        let place = self.in_service.partition_point(|other| *other < entry);
        self.in_service.insert(place, entry);
    }

    pub(super) fn ended(&mut self, at: Time, session: SessionId, served: Span) {
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
            let found = self.has_lost && self.in_service.get(first).is_some_and(|it| it.session == session);
            assert!(found, "a service of {session:?} ended at {at} that had not begun at {began_us} us");
            first
        };
        let waited_us = self.in_service.remove(place).waited_us;
        self.note_finishing(at);
        self.note_busy(began_us, at);
        if self.is_in_time(at) {
            self.served += 1;
            self.service_us += served.as_us();
            self.ended_wait_us += waited_us;
            self.sojourns.add(waited_us + served.as_us());
        } else {
            self.drain.served += 1;
        }
    }

    /// A server was busy with one request from then until `to`.
    fn note_busy(&mut self, from_us: u64, to: Time) {
        self.busy_us += to.min(self.horizon).saturating_since(Time::from_us(from_us)).as_us();
    }

    /// A request left the queue unserved: its client had gone, for so long.
    pub(super) fn dropped(&mut self, at: Time, waited: Span, gone: Span) {
        self.dropped += u64::from(self.is_in_time(at));
        self.left_unserved(at, waited, at - gone.min(waited));
    }

    /// A request left the queue unserved: the discipline would not have it wait longer.
    pub(super) fn shed(&mut self, at: Time, waited: Span) {
        self.shed += u64::from(self.is_in_time(at));
        self.left_unserved(at, waited, at);
    }

    fn left_unserved(&mut self, at: Time, waited: Span, until: Time) {
        self.arrival(at - waited);
        self.queue.leave(at, at - waited, until, self.horizon);
        self.last_departure = self.last_departure.max(at);
    }

    /// The work on a request was lost, which had waited so long in the queue, or was in service: returns for how long
    /// it had been served.
    pub(super) fn lost(&mut self, at: Time, session: SessionId, queued: Option<Span>) -> Span {
        self.has_lost = true;
        self.lost += u64::from(self.is_in_time(at));
        self.last_departure = self.last_departure.max(at);
        if let Some(waited) = queued {
            self.left_unserved(at, waited, at);
            return Span::ZERO;
        }
        let place = self.in_service.partition_point(|other| other.session < session);
        if self.in_service.get(place).is_none_or(|it| it.session != session) {
            return Span::ZERO;
        }
        let began_us = self.in_service.remove(place).began_us;
        self.lost_in_service += u64::from(self.is_in_time(at));
        self.note_finishing(at);
        self.note_busy(began_us, at);
        at.saturating_since(Time::from_us(began_us))
    }

    /// So many servers are there from now on.
    pub(super) fn set_servers(&mut self, at: Time, servers: u64) {
        self.servers.push((at, servers));
        self.note_finishing(at);
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
            self.finishing_us += finishing * at.min(self.horizon).saturating_since(since).as_us();
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

    /// The averages over time: of the queue's length, and of the share of servers that were busy. From the first arrival
    /// to the last departure, at most to the horizon.
    fn over_time(&self) -> (Option<f64>, Option<f64>) {
        let Some(first) = self.first_arrival else { return (None, None) };
        let (waiting, waited_us) = self.queue.never_left(self.horizon);
        let remains = waiting > 0 || !self.in_service.is_empty();
        let end = if remains { self.horizon } else { self.last_departure.min(self.horizon) };
        let in_service = self.in_service.iter().map(|it| Time::from_us(it.began_us));
        let unfinished_us: u64 = in_service.map(|began| self.horizon.saturating_since(began).as_us()).sum();
        let before_us = self.servers_us_until(first);
        let servers_us = self.servers_us_until(end).saturating_sub(before_us) + self.finishing_us;
        let observed_us = end.saturating_since(first).as_us();
        (
            share(self.queue.waited_us + waited_us, observed_us),
            share(self.busy_us + unfinished_us, servers_us),
        )
    }

    /// How many were in the queue or in service at the horizon.
    fn left_at_horizon(&self) -> u64 {
        let in_queue = self.queue.entered.saturating_sub(self.queue.left_in_time);
        in_queue + self.began.saturating_sub(self.served + self.lost_in_service)
    }

    pub(super) fn put(&self, recorder: &mut Recorder<'_>, place: usize) {
        let could_be_refused =
            if recorder.roster.stations[place].limited { self.began + self.refused } else { 0 };
        let could_be_shed = if recorder.roster.stations[place].sheds { self.began + self.shed } else { 0 };
        let in_seconds = |us: u64, n: u64| (n > 0).then(|| us as f64 / n as f64 / 1e6);
        let (queue_mean, utilisation) = self.over_time();
        let left = self.left_at_horizon();
        let drained_for = self.last_departure.saturating_since(self.horizon);
        let drain = &self.drain;
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
            (names::STATION_QUEUE_MEAN, queue_mean, self.began),
            (names::STATION_QUEUE_MAX, Some(f64::from(self.queue_max)), self.began),
            (names::STATION_UTILISATION, utilisation, self.served),
            (names::STATION_DRAIN_LEFT, Some(left as f64), self.began + left),
            (names::STATION_DRAIN_SERVED, Some(drain.served as f64), left),
            (names::STATION_DRAIN_WAIT_MEAN, in_seconds(drain.wait_us, drain.began), drain.began),
            (names::STATION_DRAIN_TIME, (left > 0).then(|| drained_for.as_us() as f64 / 1e6), left),
        ];
        for (name, value, n) in figures {
            recorder.put(name, value).over(n).at_station(place);
        }
    }
}

#[cfg(test)]
mod tests;
