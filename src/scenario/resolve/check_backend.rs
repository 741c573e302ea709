//! What can be wrong with what stands behind the gateways: load, peers, and the faults of the evening.

use super::super::Scenario;
use super::super::diagnose::printable;
use super::super::faults::{Fault, LatencyBurst, LossBurst, What};
use super::super::network::Class;
use super::super::services::{Service, Station};
use super::super::upstream::{RetryBudget, TryNext, Upstream};
use super::autoscale;
use super::check::Found;
use super::check_crowd::one_of;
use super::check_discipline::check_discipline;
use super::check_faults::{check_fault_behind, check_skew};
use crate::behavior::Budget;

/// Most peers of a station: a gateway keeps in a word of 32 bits which of them a request has tried.
const PEERS_MAX: u8 = 32;
/// Most faults: their numbers are bytes.
const FAULTS_MAX: usize = 255;

pub(super) fn check_backend(scenario: &Scenario, found: &mut Found) {
    for (name, station) in scenario.services.all() {
        if let Some(station) = station {
            check_station(station, &format!("services.{name}"), found);
            autoscale::check_servers(scenario, station, &format!("services.{name}"), found);
            check_discipline(scenario, name, station, found);
        }
    }
    check_upstream(scenario, found);
    if scenario.faults.len() > FAULTS_MAX {
        let problem = format!("there are {} faults", scenario.faults.len());
        found.error("faults", problem, format!("write at most {FAULTS_MAX}"));
    }
    for (i, fault) in scenario.faults.iter().enumerate() {
        check_fault(scenario, fault, &format!("faults[{i}]"), found);
    }
}

fn check_station(station: &Station, path: &str, found: &mut Found) {
    if !(1..=PEERS_MAX).contains(&station.peers) {
        let problem = format!("there are {} peers", station.peers);
        found.error(format!("{path}.peers"), problem, format!("write 1 to {PEERS_MAX}"));
    }
}

fn check_upstream(scenario: &Scenario, found: &mut Found) {
    const PATH: &str = "edge.upstream";
    let upstream = &scenario.edge.upstream;
    let fail_timeout = upstream.fail_timeout.as_us();
    if fail_timeout == 0 || !fail_timeout.is_multiple_of(1_000_000) {
        let problem = format!("gateways count whole seconds, and {} is none", upstream.fail_timeout);
        found.error(format!("{PATH}.fail_timeout"), problem, "write whole seconds, such as \"10s\"");
    }
    let list = &upstream.next_upstream;
    for (i, failure) in list.iter().enumerate().filter(|(i, failure)| list[..*i].contains(failure)) {
        let problem = format!("\"{}\" is listed already", failure.name());
        found.error(format!("{PATH}.next_upstream[{i}]"), problem, "list each failure once");
    }
    if list.as_slice() == [TryNext::NonIdempotent] {
        let problem = "POSTs are tried again after no failure: none is listed";
        found.warning(format!("{PATH}.next_upstream"), problem, "list a failure, such as \"error\"");
    }
    let budget = upstream.retry_budget.and_then(RetryBudget::of_callers);
    for (key, problem, remedy) in budget.iter().flat_map(Budget::problems) {
        found.error(format!("{PATH}.retry_budget.{key}"), problem, remedy);
    }
    let of_all = upstream.retry_budget.and_then(RetryBudget::of_requests_in_flight);
    if of_all.is_some_and(|budget| budget.budget_percent == 0.0 && budget.min_retry_concurrency == 0) {
        let problem = "no request may ever be a retry, so no failure sends any to another peer";
        let remedy = "raise one of its keys, or write an empty list at `edge.upstream.next_upstream`";
        found.warning(format!("{PATH}.retry_budget.concurrent"), problem, remedy);
    }
    if upstream.retry_budget.is_some() && list.is_empty() {
        let problem = "no failure sends a request to another peer, so the budget has no effect";
        found.warning(format!("{PATH}.retry_budget"), problem, "list one in `next_upstream`, or remove this");
    }
    let several =
        scenario.services.all().into_iter().any(|(_, station)| station.is_some_and(|s| s.peers > 1));
    if *upstream != Upstream::default() && !several {
        let problem = "no service has several peers, and a single one is never held for down";
        found.warning(PATH, problem, "give a service `peers`, or remove this");
        found.because_of(&["services"]);
    }
}

fn check_fault(scenario: &Scenario, fault: &Fault, path: &str, found: &mut Found) {
    let horizon = scenario.horizon_or_default();
    if fault.at >= horizon {
        let problem = format!("this begins at {}, when the horizon {horizon} has come", fault.at);
        found.warning(format!("{path}.at"), problem, "write an earlier time, or a later `horizon`");
        found.because_of(&["horizon", "opens_at"]);
    }
    let whole = fault.what();
    let [(key, what)] = whole.as_slice() else {
        let keys: Vec<String> = whole.iter().map(|(key, _)| format!("`{key}`")).collect();
        let problem = match keys.as_slice() {
            [] => "nothing says what breaks".to_owned(),
            keys => format!("one fault is one thing, and this is {}", keys.join(" and ")),
        };
        let remedy = "write one of `station_slow`, `station_down`, `gateway_crash`, `payment_outage`, `loss_burst`, \
                      `latency_burst`, `error_burst`, `partition`, `session_store_wiped`, `lost_messages`, \
                      `stale_budget`, `clock_skew`";
        return found.error(path, problem, remedy);
    };
    let path = format!("{path}.{key}");
    match what {
        What::StationSlow(slow) => {
            check_machines(scenario, slow.station, slow.peer, &path, found);
        }
        What::StationDown(down) => check_machines(scenario, down.station, down.peer, &path, found),
        What::GatewayCrash(crash) => check_gateway(scenario, crash.gateway, &path, found),
        What::PaymentOutage => {}
        What::LossBurst(burst) => check_loss(scenario, burst, &path, found),
        What::LatencyBurst(burst) => check_latency(scenario, burst, &path, found),
        What::ErrorBurst(burst) => {
            check_machines(scenario, burst.station, burst.peer, &path, found);
        }
        What::ClockSkew(skew) => check_skew(scenario, skew, &path, found),
        What::Partition(_) | What::SessionStoreWiped(_) | What::LostMessages(_) | What::StaleBudget(_) => {
            check_fault_behind(scenario, *what, &path, found);
        }
    }
}

pub(super) fn check_machines(
    scenario: &Scenario,
    service: Service,
    peer: Option<u8>,
    path: &str,
    found: &mut Found,
) {
    let name = service.name();
    let Some(station) = scenario.services.declared(service) else {
        let problem = format!("the service `{name}` is not declared: it takes no time and cannot break");
        found.error(format!("{path}.station"), problem, format!("declare `services.{name}`"));
        found.because_of(&["services"]);
        return;
    };
    if let Some(peer) = peer.filter(|peer| *peer >= station.peers) {
        let problem =
            format!("`{name}` has no peer {peer}: they count from 0 to {}", station.peers.saturating_sub(1));
        found.error(format!("{path}.peer"), problem, "write one of them, or null for all");
        found.because_of(&["services"]);
    }
}

pub(super) fn check_gateway(scenario: &Scenario, gateway: Option<u8>, path: &str, found: &mut Found) {
    let gateways = autoscale::gateways_at_most(&scenario.edge);
    if let Some(gateway) = gateway.filter(|gateway| *gateway >= gateways) {
        let problem =
            format!("there is no gateway {gateway}: they count from 0 to {}", gateways.saturating_sub(1));
        found.error(format!("{path}.gateway"), problem, "write one of them, or null for all");
        found.because_of(&["edge"]);
    }
}

fn check_loss(scenario: &Scenario, burst: &LossBurst, path: &str, found: &mut Found) {
    check_networks(scenario, burst.networks.as_deref(), path, found);
    if burst.up == 0.0 && burst.down == 0.0 {
        found.error(path, "nothing is lost", "give `up`, `down`, or both a share");
    }
}

fn check_latency(scenario: &Scenario, burst: &LatencyBurst, path: &str, found: &mut Found) {
    check_networks(scenario, burst.networks.as_deref(), path, found);
    match &burst.add {
        Some(add) => found.law(add, &format!("{path}.add")),
        None if burst.factor == 1.0 => {
            found.error(path, "nothing takes longer", "write a `factor` other than 1, or what to `add`");
        }
        None => {}
    }
}

pub(super) fn check_networks(
    scenario: &Scenario,
    networks: Option<&[String]>,
    path: &str,
    found: &mut Found,
) {
    let Some(networks) = networks else { return };
    if networks.is_empty() {
        let remedy = "name network classes, or write null for all";
        return found.error(format!("{path}.networks"), "there is none", remedy);
    }
    let listed: Vec<&str> = scenario.network.iter().map(|class| class.name.as_str()).collect();
    let built_in = Class::BUILT_IN.into_iter().filter(|name| !listed.contains(name));
    let known: Vec<&str> = built_in.chain(listed.iter().copied()).collect();
    for (i, name) in networks.iter().enumerate() {
        let path = format!("{path}.networks[{i}]");
        if !known.contains(&name.as_str()) {
            let problem = format!("there is no network class \"{}\"", printable(name));
            found.error(path, problem, one_of(name, &known));
            found.because_of(&["network"]);
        } else if !scenario.crowd.iter().any(|cohort| cohort.network == *name) {
            let problem = format!("no cohort uses the network class \"{}\"", printable(name));
            found.warning(path, problem, "name it in a cohort's `network`, or leave it out here");
            found.because_of(&["crowd"]);
        }
    }
}
