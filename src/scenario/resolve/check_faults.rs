//! What can be wrong with the faults of what stands behind the gateways: partitions, the session store, lost messages, budgets
//! that are shared.

use super::super::faults::{ClockSkew, Lossy, LostMessages, Partition, StaleBudget, What};
use super::super::{Scenario, line::WaitingRoom};
use super::check::Found;
use super::check_backend::{check_gateway, check_machines, check_networks};

/// Checks one such fault.
pub(super) fn check_fault_behind(scenario: &Scenario, what: What<'_>, path: &str, found: &mut Found) {
    match what {
        What::Partition(cut) => check_partition(scenario, cut, path, found),
        What::SessionStoreWiped(_) => needs_a_line(scenario, path, "it has no sessions to forget", found),
        What::LostMessages(lost) => check_lost_messages(scenario, lost, path, found),
        What::StaleBudget(stale) => check_stale_budget(scenario, stale, path, found),
        _ => {}
    }
}

fn check_partition(scenario: &Scenario, cut: &Partition, path: &str, found: &mut Found) {
    match (&cut.networks, cut.station) {
        (None, None) => found.error(
            path,
            "nothing is cut off",
            "name the clients' `networks`, or the `station` that gateways cannot reach",
        ),
        (Some(_), Some(_)) => found.error(
            path,
            "a partition lies before the gateways or behind them, and this names both",
            "write two faults",
        ),
        (Some(networks), None) => {
            check_networks(scenario, Some(networks), path, found);
            if cut.gateway.is_some() {
                found.error(
                    format!("{path}.gateway"),
                    "clients are cut off from the whole edge",
                    "leave the gateway out, or name the `station` that it cannot reach",
                );
            }
        }
        (None, Some(station)) => {
            check_machines(scenario, station, None, path, found);
            check_gateway(scenario, cut.gateway, path, found);
            if scenario.edge.upstream_timeout.is_none() {
                found.warning(
                    path,
                    "no timer ends the requests that vanish: they hang until their clients leave",
                    "set `edge.upstream_timeout`",
                );
                found.because_of(&["edge"]);
            }
        }
    }
}

fn check_lost_messages(scenario: &Scenario, lost: &LostMessages, path: &str, found: &mut Found) {
    if lost.messages.is_empty() {
        let remedy = "name `goodbyes`, `heartbeats` or `payment_results`";
        found.error(format!("{path}.messages"), "there is none", remedy);
    }
    let line = scenario.waiting_room.as_ref();
    for (i, message) in lost.messages.iter().enumerate() {
        let path = format!("{path}.messages[{i}]");
        if lost.messages[..i].contains(message) {
            found.error(path, "this is named already", "name each once");
        } else if *message == Lossy::Heartbeats && line.is_none_or(|line| line.heartbeat.is_none()) {
            let remedy = "declare `waiting_room.heartbeat`, or leave it out here";
            found.warning(path, "no page sends heartbeats", remedy);
            found.because_of(&["waiting_room"]);
        }
    }
}

fn check_stale_budget(scenario: &Scenario, stale: &StaleBudget, path: &str, found: &mut Found) {
    if !(2..=1000).contains(&stale.locations) {
        let problem = format!("{} locations share nothing that could go stale", stale.locations);
        found.error(format!("{path}.locations"), problem, "write 2 to 1000");
    }
    needs_a_line(scenario, path, "there is no budget", found);
    let limits = |line: &WaitingRoom| line.total_active.is_some() || line.new_per_minute.is_some();
    if scenario.waiting_room.as_ref().is_some_and(|line| !limits(line)) {
        let remedy = "set `waiting_room.total_active` or `waiting_room.new_per_minute`";
        found.warning(path, "there is no limit to overshoot", remedy);
        found.because_of(&["waiting_room"]);
    }
}

/// Checks a clock that is wrong.
pub(super) fn check_skew(scenario: &Scenario, skew: &ClockSkew, path: &str, found: &mut Found) {
    check_gateway(scenario, skew.gateway, path, found);
    match (skew.ahead, skew.behind) {
        (Some(_), Some(_)) => {
            found.error(path, "a clock is ahead or behind, and this says both", "write one of the two");
        }
        (None, None) => {
            found.error(path, "the clock is right", "write `ahead` or `behind`, such as \"ahead\": \"2m\"");
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    needs_a_line(scenario, path, "nothing is dated", found);
}

fn needs_a_line(scenario: &Scenario, path: &str, consequence: &str, found: &mut Found) {
    if super::written_line(scenario).is_none() {
        let problem = format!("there is no waiting room: {consequence}");
        found.warning(path, problem, "declare `waiting_room`, or leave the fault out");
        found.because_of(&["waiting_room"]);
    }
}
