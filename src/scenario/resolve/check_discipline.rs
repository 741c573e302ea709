//! What can be wrong with the disciplines of the services: settings that contradict themselves, and classes of requests
//! that never come.

use super::super::Scenario;
use super::super::diagnose::printable;
use super::super::services::Station;
use super::check::Found;
use super::check_crowd::one_of;
use super::served_by;
use crate::discipline::{Classes, Config};

pub(super) fn check_discipline(scenario: &Scenario, name: &str, station: &Station, found: &mut Found) {
    let path = format!("services.{name}.discipline.{}", station.discipline.name());
    for (key, problem, remedy) in station.discipline.problems() {
        found.error(format!("{path}.{key}"), problem, remedy);
    }
    if let Config::Priority(classes) = &station.discipline {
        check_classes(scenario, name, classes, &path, found);
    }
    if station.queue == Some(0) && station.discipline != Config::default() {
        let problem = "nobody may wait here, so it never matters who is served next";
        found.warning(path, problem, "give the `queue` places, or remove `discipline`");
        found.because_of(&[&format!("services.{name}.queue")]);
    }
}

fn check_classes(scenario: &Scenario, name: &str, classes: &Classes, path: &str, found: &mut Found) {
    let cohorts: Vec<&str> = scenario.crowd.iter().map(|cohort| cohort.name.as_str()).collect();
    for (i, class) in classes.classes.iter().enumerate() {
        for (k, asked) in class.kinds.iter().flatten().enumerate() {
            if served_by(scenario, asked.kind()) != name {
                let kind = asked.kind().name();
                let problem = format!("`{name}` does not serve requests of the kind `{kind}`");
                found.warning(
                    format!("{path}.classes[{i}].kinds[{k}]"),
                    problem,
                    "remove it, or `route` it here",
                );
                found.because_of(&["route"]);
            }
        }
        for (k, cohort) in class.cohorts.iter().flatten().enumerate() {
            if !cohorts.contains(&cohort.as_str()) {
                let problem = format!("there is no cohort \"{}\"", printable(cohort));
                found.error(format!("{path}.classes[{i}].cohorts[{k}]"), problem, one_of(cohort, &cohorts));
                found.because_of(&["crowd"]);
            }
        }
    }
}
