//! Who takes part: names and numbers that observers and reports need, built once by the plan.

use super::{BandId, CohortId, Incident, Kind, PersonId, SeatId, StationId, Stop};
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
    /// Which incidents the scenario allows at all.
    pub risks: Risks,
    /// Faults and surges, which disturb the sale for a while.
    pub disturbances: Disturbances,
    /// The counts that somebody wants to know as they were at an instant.
    pub instant_queries: Vec<InstantQuery>,
}

/// Which incidents the scenario allows at all: where one cannot happen, a count of 0 says nothing about the sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
pub struct Risks {
    /// A gateway's timer runs on requests of these kinds, by the kind's number.
    pub upstream_timer: [bool; Kind::ALL.len()],
    /// Gateways answer 503 beyond a limit of requests in flight, or by their overload control.
    pub gateway_503: bool,
    /// Gateways have an overload control.
    pub overload_control: bool,
    /// Gateways may lock accounts.
    pub account_lock: bool,
    /// Gateways answer 429 beyond a rate.
    pub gateway_429: bool,
    /// Gateways have accept queues with an end.
    pub syn_drop: bool,
    /// Gateways close connections without a reply.
    pub close: bool,
    /// Some service can be out of reach: it goes down, or gateways leave out its peers.
    pub bad_gateway: bool,
    /// Somebody answers 503: a gateway at its limit, a full queue, a pause, a provider out of reach.
    pub unavailable: bool,
    /// A service can answer with an error of its own.
    pub server_error: bool,
    /// Refusals may be told by silence.
    pub silence: bool,
    /// Programs of clients can deny a retry.
    pub retry_denied: bool,
    /// Programs of clients can stop a request before it is sent.
    pub failed_fast: bool,
    /// A gateway's retry budget can keep a request from another peer.
    pub next_peer_denied: bool,
    /// The line takes sessions out that are not entitled any more.
    pub eviction: bool,
    /// Sessions that were taken out may come back.
    pub restoration: bool,
    /// Sessions that join may be taken for a risk.
    pub set_apart: bool,
    /// The queue may be switched on and off.
    pub queue_switch: bool,
    /// Those in line may ask to be called back.
    pub call_back: bool,
    /// The operator may close the line to newcomers.
    pub no_newcomers: bool,
    /// Pages inside send beacons, and who is not heard of is dropped.
    pub heartbeat: bool,
    /// Some client's own timeout ends attempts.
    pub client_timeout: bool,
    /// Some network loses requests.
    pub loss_up: bool,
    /// Some network loses replies.
    pub loss_down: bool,
    /// The payment provider declines cards.
    pub decline: bool,
    /// What may befall sessions and their places, by the number of the incident.
    pub incidents: [bool; Incident::ALL.len()],
    /// For what people may leave, in the order of [`Stop::LEAVING`].
    pub leaving: [bool; Stop::LEAVING.len()],
    /// Access codes may be guessed.
    pub code_guessing: bool,
    /// Devices may change their network.
    pub network_switch: bool,
    /// The operator may cancel orders.
    pub cancellation: bool,
    /// The waiting room's session store is wiped.
    pub forgetting: bool,
    /// The waiting room's budget goes stale.
    pub overshoot: bool,
    /// The payment provider can have too much to do.
    pub provider_queue: bool,
    /// The payment provider fails by itself.
    pub provider_error: bool,
    /// Banks ask for a proof.
    pub challenge: bool,
    /// Payments carry a key.
    pub payment_key: bool,
    /// Orders may be reserved and never paid.
    pub unpaid: bool,
    /// The same seat may be sold to several.
    pub oversell: bool,
    /// What was read of the stock may be old when it is written.
    pub write_conflict: bool,
    /// The stock is divided.
    pub shards: bool,
    /// One hold at a time passes a lock on the stock.
    pub stock_lock: bool,
    /// Buyers pick their seats on a map.
    pub picks: bool,
    /// The shop gives only so long to choose seats.
    pub choose_deadline: bool,
    /// The shop gives only so long to buy.
    pub buy_deadline: bool,
    /// A crash loses the last changes of the stock.
    pub stock_loss: bool,
}

impl Risks {
    /// Everything may happen.
    pub const ALL: Risks = Risks {
        upstream_timer: [true; Kind::ALL.len()],
        gateway_503: true,
        overload_control: true,
        account_lock: true,
        gateway_429: true,
        syn_drop: true,
        close: true,
        bad_gateway: true,
        unavailable: true,
        server_error: true,
        silence: true,
        retry_denied: true,
        failed_fast: true,
        next_peer_denied: true,
        eviction: true,
        restoration: true,
        set_apart: true,
        queue_switch: true,
        call_back: true,
        no_newcomers: true,
        heartbeat: true,
        client_timeout: true,
        loss_up: true,
        loss_down: true,
        decline: true,
        incidents: [true; Incident::ALL.len()],
        leaving: [true; Stop::LEAVING.len()],
        code_guessing: true,
        network_switch: true,
        cancellation: true,
        forgetting: true,
        overshoot: true,
        provider_queue: true,
        provider_error: true,
        challenge: true,
        payment_key: true,
        unpaid: true,
        oversell: true,
        write_conflict: true,
        shards: true,
        stock_lock: true,
        picks: true,
        choose_deadline: true,
        buy_deadline: true,
        stock_loss: true,
    };
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
