//! Devices that change their network: their addresses, their plan, what they make possible, and what can be wrong with it.

use super::super::Scenario;
use super::super::crowd::Cohort;
use super::super::diagnose::printable;
use super::super::line::{Duplicates, Identity};
use super::super::network::Class;
use super::super::plan::{CohortPlan, NetworkPlan, SwitchesPlan};
use super::check::Found;
use super::check_crowd::one_of;
use super::identity::known_by;
use super::{network_class, written_line};
use crate::protocol::{Incident, Possibility, Possible};

/// Most addresses that devices change to: more would not leave numbers for the others.
const ADDRESSES_MAX: u64 = 1_000_000_000;

pub(super) fn network(class: &Class) -> NetworkPlan {
    NetworkPlan {
        up: class.up.clone(),
        down: class.down.clone(),
        loss_up: class.loss_up.get(),
        loss_down: class.loss_down.get(),
    }
}

fn devices(cohort: &Cohort) -> u32 {
    (cohort.sessions.len() as u32).div_ceil(u32::from(cohort.tabs_per_device.get()))
}

/// How many addresses the devices of a cohort change to: a new one each time.
pub(super) fn addresses(cohort: &Cohort) -> u32 {
    u32::try_from(all_addresses(cohort)).unwrap_or(u32::MAX)
}

fn all_addresses(cohort: &Cohort) -> u64 {
    let most = cohort.network_switches.as_ref().map_or(0, |switches| switches.most.get());
    u64::from(cohort.count) * u64::from(devices(cohort)) * u64::from(most)
}

/// Tells each cohort where its devices change to: to addresses that come after everybody's own.
pub(super) fn lay_out(scenario: &Scenario, plans: &mut [CohortPlan]) {
    let mut next: u32 = scenario.crowd.iter().map(super::crowd::addresses).sum();
    for (cohort, plan) in scenario.crowd.iter().zip(plans) {
        plan.switches = cohort.network_switches.as_ref().map(|switches| SwitchesPlan {
            after: switches.after.clone(),
            share: switches.share.get(),
            most: switches.most.get(),
            other: network(&network_class(scenario, &switches.to).expect("checked: the class exists")),
            first_address: next,
            devices: devices(cohort),
        });
        next += addresses(cohort);
    }
}

/// What the devices of a cohort make possible that change their network: its losses too, and places that are lost where
/// the waiting room knows sessions by their address.
pub(super) fn possible(scenario: &Scenario, cohort: &Cohort) -> Possible {
    let Some(switches) = cohort.network_switches.as_ref().filter(|switches| switches.share > 0.0) else {
        return Possible::NONE;
    };
    let by_address = written_line(scenario).is_some_and(|room| known_by(room) == Identity::Address);
    Possible::from(Possibility::NetworkSwitch)
        | Possibility::Incident(Incident::LostWithAddress).when(by_address)
        | Possibility::Incident(Incident::TurnForNobody).when(by_address)
        | network_class(scenario, &switches.to).map(|class| class.possible()).unwrap_or_default()
}

/// Checks what a cohort says of changing networks.
pub(super) fn check(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let Some(switches) = &cohort.network_switches else { return };
    let own = format!("{path}.network_switches");
    if all_addresses(cohort) > ADDRESSES_MAX {
        let problem = format!("the devices of this cohort would need {} addresses", all_addresses(cohort));
        found.error(format!("{own}.most"), problem, "let them change less often");
    }
    if network_class(scenario, &switches.to).is_none() {
        let listed = scenario.network.iter().map(|class| class.name.as_str());
        let known: Vec<&str> = Class::BUILT_IN.into_iter().chain(listed).collect();
        let problem = format!("there is no network class \"{}\"", printable(&switches.to));
        found.error(format!("{own}.to"), problem, one_of(&switches.to, &known));
        found.because_of(&["network"]);
    }
    if cohort.addresses > 1 {
        let problem = "its requests come from several addresses in turn, so none is lost with a network";
        found.error(&own, problem, "leave out this, or `addresses`");
        found.because_of(&[&format!("{path}.addresses")]);
    }
    let merges = written_line(scenario)
        .is_some_and(|room| known_by(room) == Identity::Address && room.duplicates != Duplicates::Both);
    if merges && (cohort.sessions.len() > 1 || cohort.persons_per_address > 1) {
        let problem = "several sessions share the place of an address, and one of them cannot leave it alone";
        let remedy =
            "write \"both\" at `waiting_room.duplicates`, or give each session an address of its own";
        found.error(&own, problem, remedy);
        found.because_of(&["waiting_room.identity", "waiting_room.duplicates"]);
    }
}
