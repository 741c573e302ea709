//! What stands behind the gateways, resolved, and what it makes possible.

use super::super::Scenario;
use super::super::plan::{RetriesInFlight, StationPlan, UpstreamPlan};
use super::super::services::{Service, Station};
use super::super::upstream::{RetryBudget, Upstream};
use super::{autoscale, station_id};
use crate::protocol::{Possibility, Possible, StationId};

pub(super) fn station_plans(scenario: &Scenario) -> Vec<StationPlan> {
    let declared = scenario.services.all().into_iter().filter_map(|(_, station)| station);
    let mut first_peer = 0;
    let mut plans = Vec::new();
    for station in declared {
        plans.push(station_plan(station, first_peer));
        first_peer += usize::from(station.peers.get());
    }
    plans
}

fn station_plan(station: &Station, first_peer: usize) -> StationPlan {
    StationPlan {
        peers: station.peers.get(),
        first_peer,
        servers: station.servers.get(),
        autoscale: autoscale::of_servers(station),
        queue: station.queue,
        discipline: station.discipline.clone(),
        service: station.service.clone(),
        slowdown: station.slowdown,
    }
}

pub(super) fn upstream_plan(upstream: &Upstream) -> UpstreamPlan {
    UpstreamPlan {
        max_fails: upstream.max_fails,
        fail_timeout_s: upstream.fail_timeout.as_us() / 1_000_000,
        next_upstream: upstream.next_upstream.clone(),
        retry_budget: upstream.retry_budget.and_then(RetryBudget::of_callers),
        retries_in_flight: upstream.retry_budget.and_then(RetryBudget::of_requests_in_flight).map(|budget| {
            RetriesInFlight {
                per_ten_thousand: (budget.budget_percent.get() * 100.0).round() as u32,
                least: budget.min_retry_concurrency,
            }
        }),
    }
}

/// What the services make possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let budget = scenario.edge.upstream.retry_budget.is_some();
    let declared = scenario.services.all().into_iter().filter_map(|(_, station)| station);
    let possible = declared.map(|station| {
        let refuses = station.queue.is_some() || station.discipline.sheds();
        Possibility::BadGateway.when(station.peers > 1)
            | Possibility::NextPeerDenied.when(station.peers > 1 && budget)
            | Possibility::ServiceUnavailable.when(refuses)
    });
    possible.collect()
}

/// The identity of a service, if it is declared.
pub(super) fn station_of(scenario: &Scenario, service: Service) -> Option<StationId> {
    station_id(scenario, service.name())
}
