//! Who takes part: names and numbers that observers and reports need, built once by the plan.

use super::{BandId, CohortId, Kind, PersonId, Possible, SeatId, StationId};
use crate::engine::time::{Span, Time};
use std::ops::Range;

/// The cast of one sale.
#[derive(Clone, Debug, PartialEq)]
pub struct Roster {
    /// The sale opens (T0).
    pub opens_at: Time,
    /// No new turns from then on.
    pub closes_at: Time,
    /// Nobody starts a request from then on.
    pub horizon: Time,
    /// The cohorts, in the order of the scenario; their persons are contiguous and cover `0..persons`.
    pub cohorts: Vec<CohortEntry>,
    /// How many persons there are over all cohorts.
    pub persons: u32,
    /// How many gateways there are.
    pub gateways: u8,
    /// The stations declared, in the order of their identities.
    pub stations: Vec<StationEntry>,
    /// The price bands, best first; their seats are contiguous and cover `0..seats`.
    pub bands: Vec<BandEntry>,
    /// How many seats there are over all bands.
    pub seats: u32,
    /// There is a line: a waiting room whose policy is not `none`.
    pub has_line: bool,
    /// How many are let in each minute at most, where a budget says so.
    pub new_per_minute: Option<u32>,
    /// The interval of news that the waiting room promises to those in line.
    pub poll_interval: Span,
    /// What the operator's rules are called, in the order of the scenario.
    pub operator: Vec<String>,
    /// What breaks, in the order of the scenario.
    pub faults: Vec<String>,
    /// The wait that goes with a gateway's own 429 and 503; `None`: none is named.
    pub retry_after: Option<Span>,
    /// What can happen at all.
    pub possible: Possible,
    /// Faults and surges, which disturb the sale for a while.
    pub disturbances: Disturbances,
    /// The counts that somebody wants to know as they were at an instant.
    pub instant_queries: Vec<InstantQuery>,
}

/// Faults and surges, which disturb the sale for a while, and what tells whether it recovered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disturbances {
    /// From when until when: the scenario's faults, and the surges of its streams of people. In order of time, apart.
    pub spans: Vec<(Time, Time)>,
    /// The longest a client waits for an answer, where any has a timeout.
    pub client_timeout: Option<Span>,
    /// Requests of these kinds go to a service, by the kind's number.
    pub served: [bool; Kind::ALL.len()],
}

/// A count as it was at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstantQuery {
    /// The metric that counts it.
    pub metric: &'static str,
    /// Only over this cohort.
    pub cohort: Option<CohortId>,
    /// What happened until then counts, this instant included.
    pub until: Time,
}

/// One cohort of the roster.
#[derive(Clone, Debug, PartialEq)]
pub struct CohortEntry {
    /// Its name in the scenario.
    pub name: String,
    /// Its persons.
    pub persons: Range<u32>,
    /// Fairness compares it with the others.
    pub compare: bool,
    /// The others are measured against it.
    pub reference: bool,
    /// Its persons are programs.
    pub is_bot: bool,
    /// The price band its persons ask for; `None` means the best seats of the house.
    pub band: Option<BandId>,
    /// Seats each person wants.
    pub wants: u8,
}

/// One station of the roster.
#[derive(Clone, Debug, PartialEq)]
pub struct StationEntry {
    /// Its name.
    pub name: String,
    /// How many it serves at a time.
    pub servers: u32,
    /// It may refuse: its queue has an end, or requests for seats give up there.
    pub limited: bool,
    /// Its discipline may drop a request whose client still waits, which is then refused.
    pub sheds: bool,
}

/// One price band of the roster.
#[derive(Clone, Debug, PartialEq)]
pub struct BandEntry {
    /// Its name.
    pub name: String,
    /// Its seats.
    pub seats: Range<u32>,
}

impl Roster {
    /// The cohort of a person.
    ///
    /// # Panics
    /// If the person is not of this roster.
    pub fn cohort_of(&self, person: PersonId) -> CohortId {
        let after = self.cohorts.partition_point(|cohort| cohort.persons.end <= person.0);
        assert!(after < self.cohorts.len(), "person {} is not of this roster", person.0);
        CohortId(u8::try_from(after).expect("there are at most 255 cohorts"))
    }

    /// The price band of a seat.
    ///
    /// # Panics
    /// If the seat is not of this roster.
    pub fn band_of(&self, seat: SeatId) -> BandId {
        let after = self.bands.partition_point(|band| band.seats.end <= seat.0);
        assert!(after < self.bands.len(), "seat {} is not of this roster", seat.0);
        BandId(u8::try_from(after).expect("there are at most 255 bands"))
    }

    /// The name of a station.
    pub(crate) fn station_name(&self, station: StationId) -> String {
        self.stations[station.index()].name.clone()
    }

    /// The name of the price band of a seat.
    pub(crate) fn band_name(&self, seat: SeatId) -> String {
        self.bands[self.band_of(seat).index()].name.clone()
    }
}
