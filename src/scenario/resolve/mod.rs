//! Stage two: what is meant, checked, and resolved to integers, identities and compiled distributions.

mod autoscale;
mod backend;
mod call_back;
mod check;
mod check_backend;
mod check_crowd;
mod check_discipline;
mod check_edge;
mod check_gate;
mod check_line;
mod check_operator;
mod check_pace;
mod check_shop;
mod codes;
mod crowd;
mod disturbances;
mod edge;
mod expect;
mod faults;
mod giving_up;
mod identity;
mod line;
mod operator;
mod shop;
mod switches;
mod trace;
mod traits;

pub use check::check;
pub(in crate::scenario) use faults::Breaks;

use super::faults::Fault;
use super::inventory::Concurrency;
use super::line::WaitingRoom;
use super::network::Class;
use super::plan::ExpectationPlan;
use super::services::Target;
use super::{Plan, Scenario};
use crate::admission;
use crate::engine::time::{Span, Time};
use crate::protocol::{BandEntry, Kind, Possible, Roster, StationEntry, StationId};
use crate::quantity::{Count, Positive};
use disturbances::disturbances;
use std::ops::Range;

/// What will run of a scenario in which [`check`] found no error.
pub(super) fn resolve(scenario: &Scenario) -> Plan {
    let expectations = expect::expectation_plans(scenario);
    let instant_queries = expectations.iter().filter_map(ExpectationPlan::question).collect();
    let roster = Roster { instant_queries, ..roster(scenario) };
    let cohorts = crowd::cohort_plans(scenario, &roster.cohorts);
    Plan {
        seed: scenario.seed,
        work_differs: scenario.crowd.iter().any(|cohort| cohort.work != 1.0),
        cohorts,
        edge: edge::edge_plan(scenario),
        line: written_line(scenario).map(|room| line::line_plan(scenario, room)),
        stations: backend::station_plans(scenario),
        route: route(scenario),
        inventory: scenario.inventory.clone(),
        payment: scenario.payment.clone(),
        operator: operator::operator_plan(scenario),
        expectations,
        faults: scenario.faults.iter().filter_map(|fault| faults::fault_plan(scenario, fault)).collect(),
        roster,
    }
}

/// The class of networks that a cohort names: one that is listed, else one that always exists.
pub fn network_class(scenario: &Scenario, name: &str) -> Option<Class> {
    let listed = scenario.network.iter().find(|class| class.name == name);
    listed.cloned().or_else(|| Class::built_in(name))
}

/// The waiting room, unless its policy is to have none.
fn written_line(scenario: &Scenario) -> Option<&WaitingRoom> {
    scenario.waiting_room.as_ref().filter(|room| !matches!(room.policy, admission::Config::None(_)))
}

fn instant(since_start: Span) -> Time {
    Time::from_us(since_start.as_us())
}

/// Consecutive ranges of these lengths; the checks have kept their sum far below 2^32.
fn ranges(lengths: impl Iterator<Item = u32>) -> impl Iterator<Item = Range<u32>> {
    let mut next = 0;
    lengths.map(move |length| {
        let start = next;
        next += length;
        start..next
    })
}

fn roster(scenario: &Scenario) -> Roster {
    let horizon = scenario.horizon_or_default();
    let seats = ranges(scenario.inventory.bands.iter().map(|band| band.seats));
    let bands = scenario.inventory.bands.iter().zip(seats);
    let stations = scenario.services.all().into_iter().filter_map(|(name, station)| {
        station.map(|station| StationEntry {
            name: name.to_owned(),
            servers: station.servers_of_all_peers(),
            limited: station.queue.is_some() || gives_up_writing(scenario, name),
            sheds: station.discipline.sheds(),
        })
    });
    let line = written_line(scenario);
    Roster {
        opens_at: instant(scenario.opens_at),
        closes_at: instant(scenario.closes_at.unwrap_or(horizon)),
        horizon: instant(horizon),
        cohorts: crowd::entries(scenario),
        persons: scenario.crowd.iter().map(|cohort| cohort.count).sum(),
        gateways: autoscale::gateways_at_most(&scenario.edge),
        stations: stations.collect(),
        bands: bands.map(|(band, seats)| BandEntry { name: band.name.clone(), seats }).collect(),
        seats: scenario.inventory.bands.iter().map(|band| band.seats).sum(),
        has_line: line.is_some(),
        new_per_minute: line.and_then(|line| line.new_per_minute.map(Count::get)),
        poll_interval: line.map_or(WaitingRoom::default().poll_interval.get(), |line| {
            line.long_poll.map_or(Span::ZERO, Positive::get) + line.poll_interval
        }),
        operator: operator::names(&scenario.operator),
        faults: scenario.faults.iter().map(Fault::name).collect(),
        retry_after: scenario.edge.retry_after.map(Positive::get),
        possible: possible(scenario),
        disturbances: disturbances(scenario),
        instant_queries: Vec::new(),
    }
}

/// Requests for seats may be refused at this station after their last attempt to write.
fn gives_up_writing(scenario: &Scenario, station: &str) -> bool {
    let optimistic = matches!(scenario.inventory.concurrency, Concurrency::Optimistic(_));
    let (written, default) = written_route(scenario, Kind::Hold);
    optimistic && written.unwrap_or(default).name() == station
}

/// What can happen at all, as each part of the scenario says.
fn possible(scenario: &Scenario) -> Possible {
    crowd::possible(scenario)
        | edge::possible(scenario)
        | line::possible(scenario)
        | backend::possible(scenario)
        | shop::possible(scenario)
        | operator::possible(scenario)
        | faults::possible(scenario)
}

/// What is written for a kind of request, and where it goes if nothing is.
fn written_route(scenario: &Scenario, kind: Kind) -> (Option<Target>, Target) {
    let route = &scenario.route;
    match kind {
        Kind::OpenPage => (route.open_page, Target::None),
        Kind::Join => (route.join, Target::Verify),
        Kind::Poll => (route.poll, Target::None),
        Kind::SeatMap => (route.seat_map, Target::Inventory),
        Kind::Hold => (route.hold, Target::Inventory),
        Kind::Checkout => (route.checkout, Target::Checkout),
        Kind::Pay => (route.pay, Target::Checkout),
        Kind::Reverify => (route.reverify, Target::Verify),
        Kind::Leave | Kind::Heartbeat => (None, Target::None),
    }
}

fn route(scenario: &Scenario) -> [Option<StationId>; Kind::ALL.len()] {
    Kind::ALL.map(|kind| station_id(scenario, served_by(scenario, kind)))
}

/// The name of the service, declared or not, that serves this kind of request; "none" is none.
fn served_by(scenario: &Scenario, kind: Kind) -> &'static str {
    let (written, default) = written_route(scenario, kind);
    written.unwrap_or(default).name()
}

/// The declared service of this name.
fn station_id(scenario: &Scenario, name: &str) -> Option<StationId> {
    let declared = scenario.services.all().into_iter().filter(|(_, station)| station.is_some());
    let index = declared.map(|(name, _)| name).position(|other| other == name)?;
    u8::try_from(index).ok().map(StationId)
}
