//! What breaks: what can be wrong with it, what it becomes in the plan, and what it makes possible. The table of faults is
//! in `scenario::faults`; each says all of this of itself in `kinds.rs`.

mod kinds;

use super::super::Scenario;
use super::super::diagnose::printable;
use super::super::faults::Fault;
use super::super::network::Class;
use super::super::plan::{Broken, FaultPlan};
use super::super::services::Service;
use super::check::Found;
use super::check_crowd::one_of;
use super::{autoscale, instant};
use crate::protocol::Possible;

/// Most faults: their numbers are bytes.
const FAULTS_MAX: usize = 255;

/// The settings of a fault.
pub(in crate::scenario) trait Breaks {
    /// The part of the backend that it hits, where it is one of several.
    fn part(&self) -> Option<String> {
        None
    }

    /// What it is in a word or two, for charts.
    fn label(&self) -> String;

    /// What can be wrong with it.
    fn check(&self, scenario: &Scenario, path: &str, found: &mut Found);

    /// What breaks; `None` for what has not been checked, and makes no sense.
    fn plan(&self, scenario: &Scenario) -> Option<Broken>;

    /// What it makes possible, beside what is possible without it.
    fn possible(&self, _scenario: &Scenario) -> Possible {
        Possible::NONE
    }
}

/// Checks all faults.
pub(super) fn check_faults(scenario: &Scenario, found: &mut Found) {
    if scenario.faults.len() > FAULTS_MAX {
        let problem = format!("there are {} faults", scenario.faults.len());
        found.error("faults", problem, format!("write at most {FAULTS_MAX}"));
    }
    for (i, fault) in scenario.faults.iter().enumerate() {
        check_fault(scenario, fault, &format!("faults[{i}]"), found);
    }
}

fn check_fault(scenario: &Scenario, fault: &Fault, path: &str, found: &mut Found) {
    let horizon = scenario.horizon_or_default();
    if fault.at >= horizon {
        let problem = format!("this begins at {}, when the horizon {horizon} has come", fault.at);
        found.warning(format!("{path}.at"), problem, "write an earlier time, or a later `horizon`");
        found.because_of(&["horizon", "opens_at"]);
    }
    match fault.written().as_slice() {
        [(key, what)] => what.check(scenario, &format!("{path}.{key}"), found),
        several => {
            let keys = |keys: &[&str], by: &str| {
                keys.iter().map(|key| format!("`{key}`")).collect::<Vec<String>>().join(by)
            };
            let written: Vec<&str> = several.iter().map(|(key, _)| *key).collect();
            let problem = match written.as_slice() {
                [] => "nothing says what breaks".to_owned(),
                written => format!("one fault is one thing, and this is {}", keys(written, " and ")),
            };
            found.error(path, problem, format!("write one of {}", keys(Fault::KEYS, ", ")));
        }
    }
}

/// What the faults make possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let written = scenario.faults.iter().flat_map(Fault::written);
    written.map(|(_, what)| what.possible(scenario)).collect()
}

/// A fault that has been checked; `None` for one that has not, and makes no sense.
pub(super) fn fault_plan(scenario: &Scenario, fault: &Fault) -> Option<FaultPlan> {
    let what = fault.written().first()?.1.plan(scenario)?;
    Some(FaultPlan { from: instant(fault.at), until: instant(fault.at + fault.r#for), what })
}

fn check_machines(scenario: &Scenario, service: Service, peer: Option<u8>, path: &str, found: &mut Found) {
    let name = service.name();
    let Some(station) = scenario.services.declared(service) else {
        let problem = format!("the service `{name}` is not declared: it takes no time and cannot break");
        found.error(format!("{path}.station"), problem, format!("declare `services.{name}`"));
        found.because_of(&["services"]);
        return;
    };
    if let Some(peer) = peer.filter(|peer| *peer >= station.peers.get()) {
        let problem =
            format!("`{name}` has no peer {peer}: they count from 0 to {}", station.peers.get() - 1);
        found.error(format!("{path}.peer"), problem, "write one of them, or null for all");
        found.because_of(&["services"]);
    }
}

fn check_gateway(scenario: &Scenario, gateway: Option<u8>, path: &str, found: &mut Found) {
    let gateways = autoscale::gateways_at_most(&scenario.edge);
    if let Some(gateway) = gateway.filter(|gateway| *gateway >= gateways) {
        let problem =
            format!("there is no gateway {gateway}: they count from 0 to {}", gateways.saturating_sub(1));
        found.error(format!("{path}.gateway"), problem, "write one of them, or null for all");
        found.because_of(&["edge"]);
    }
}

fn check_networks(scenario: &Scenario, networks: Option<&[String]>, path: &str, found: &mut Found) {
    let Some(networks) = networks else { return };
    if networks.is_empty() {
        let remedy = "name network classes, or write null for all";
        return found.error(format!("{path}.networks"), "there is none", remedy);
    }
    let listed: Vec<&str> = scenario.network.iter().map(|class| class.name.as_str()).collect();
    let built_in = Class::BUILT_IN.into_iter().filter(|name| !listed.contains(name));
    let known: Vec<&str> = built_in.chain(listed.iter().copied()).collect();
    for (i, name) in networks.iter().enumerate() {
        if found.is_full() {
            return;
        }
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

fn needs_a_line(scenario: &Scenario, path: &str, consequence: &str, found: &mut Found) {
    if super::written_line(scenario).is_none() {
        let problem = format!("there is no waiting room: {consequence}");
        found.warning(path, problem, "declare `waiting_room`, or leave the fault out");
        found.because_of(&["waiting_room"]);
    }
}
