//! What stands behind the gateways, and what breaks, resolved.

use super::super::Scenario;
use super::super::faults::{Fault, What};
use super::super::plan::{
    Broken, FaultPlan, Machines, RetriesInFlight, SlowdownPlan, StationPlan, UpstreamPlan,
};
use super::super::services::{Service, Station};
use super::super::upstream::{RetryBudget, Upstream};
use super::{autoscale, instant, station_id};
use crate::engine::sample::Sampler;
use crate::engine::time::Span;
use crate::protocol::{GatewayId, StationId};
use crate::quantity::Positive;

pub(super) fn station_plans(scenario: &Scenario) -> Vec<StationPlan> {
    let declared = scenario.services.all().into_iter().filter_map(|(_, station)| station);
    let mut first_peer = 0;
    let mut plans = Vec::new();
    for station in declared {
        plans.push(station_plan(station, first_peer));
        first_peer += usize::from(station.peers);
    }
    plans
}

fn station_plan(station: &Station, first_peer: usize) -> StationPlan {
    StationPlan {
        peers: station.peers,
        first_peer,
        servers: station.servers,
        autoscale: autoscale::of_servers(station),
        queue: station.queue,
        discipline: station.discipline.clone(),
        service: Sampler::new(&station.service),
        slowdown: station.slowdown.as_ref().map(|slowdown| SlowdownPlan {
            per_request: slowdown.per_request.get(),
            beyond: slowdown.beyond,
            most: slowdown.most.get(),
        }),
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

/// The identity of a service, if it is declared.
pub(super) fn station_of(scenario: &Scenario, service: Service) -> Option<StationId> {
    station_id(scenario, service.name())
}

/// A fault that has been checked; `None` for one that has not, and makes no sense.
pub(super) fn fault_plan(scenario: &Scenario, fault: &Fault) -> Option<FaultPlan> {
    let machines = |service, peer| station_of(scenario, service).map(|station| Machines { station, peer });
    let what = match fault.what().first()?.1 {
        What::StationSlow(slow) => {
            Broken::StationSlow { machines: machines(slow.station, slow.peer)?, factor: slow.factor.get() }
        }
        What::StationDown(down) => Broken::StationDown(machines(down.station, down.peer)?),
        What::GatewayCrash(crash) => Broken::GatewayCrash(crash.gateway.map(GatewayId)),
        What::PaymentOutage => Broken::PaymentOutage,
        What::LossBurst(burst) => Broken::LossBurst {
            cohorts: cohorts_on(scenario, burst.networks.as_deref()),
            up: burst.up.get(),
            down: burst.down.get(),
        },
        What::LatencyBurst(burst) => Broken::LatencyBurst {
            cohorts: cohorts_on(scenario, burst.networks.as_deref()),
            factor: burst.factor.get(),
            add: burst.add.as_ref().map(Sampler::new),
        },
        What::ErrorBurst(burst) => {
            Broken::ErrorBurst { machines: machines(burst.station, burst.peer)?, share: burst.share.get() }
        }
        What::Partition(cut) => match cut.station {
            Some(station) => Broken::Partition {
                gateway: cut.gateway.map(GatewayId),
                station: station_of(scenario, station)?,
            },
            None => Broken::LossBurst {
                cohorts: cohorts_on(scenario, cut.networks.as_deref()),
                up: 1.0,
                down: 1.0,
            },
        },
        What::SessionStoreWiped(wiped) => Broken::SessionStoreWiped(wiped.share.get()),
        What::LostMessages(lost) => {
            Broken::LostMessages { messages: lost.messages.clone(), share: lost.share.get() }
        }
        What::StaleBudget(stale) => Broken::StaleBudget(stale.locations),
        What::ClockSkew(skew) => Broken::ClockSkew {
            gateway: skew.gateway.map(GatewayId),
            ahead: skew.ahead.map_or(Span::ZERO, Positive::get),
            behind: skew.behind.map_or(Span::ZERO, Positive::get),
        },
    };
    Some(FaultPlan { from: instant(fault.at), until: instant(fault.at + fault.r#for), what })
}

/// The cohorts on these network classes, by index; on any, where none is named.
fn cohorts_on(scenario: &Scenario, networks: Option<&[String]>) -> Vec<usize> {
    let hit = |network: &String| networks.is_none_or(|named| named.contains(network));
    (0..scenario.crowd.len()).filter(|&index| hit(&scenario.crowd[index].network)).collect()
}
