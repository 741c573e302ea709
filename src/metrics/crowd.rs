//! How many came. Persons who never arrived (a cohort whose rates ended before its count) are counted nowhere
//! else.

use super::people::{News, People, cohorts};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const CROWD_PERSONS: &str = "crowd.persons";
    pub(crate) const CROWD_ABSENT: &str = "crowd.absent";
    pub(crate) const CROWD_SESSIONS: &str = "crowd.sessions";
}

/// Counts at the end only.
pub(super) struct Crowd;

impl Metric for Crowd {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(names::CROWD_PERSONS, "persons", "Persons who came: who clicked at least once.")
            .per(Per::SaleAndCohort),
        Definition::plain(names::CROWD_ABSENT, "persons", "Persons of the scenario who never came.")
            .per(Per::SaleAndCohort),
        Definition::plain(
            names::CROWD_SESSIONS,
            "sessions",
            "Tabs, apps and devices that sent or showed something.",
        )
        .per(Per::SaleAndCohort),
    ];

    fn new(_roster: &Roster) -> Crowd {
        Crowd
    }

    fn hear(&mut self, _at: Time, _fact: &Fact, _news: &News) {}

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let mut all = [0_u64; 3];
        for (cohort, persons, _) in cohorts(recorder.roster) {
            let count = persons.len() as u64;
            let came = persons.clone().filter(|person| people.arrived(*person)).count() as u64;
            let sessions = persons.map(|person| u64::from(people.sessions(person))).sum();
            let row = [came, count - came, sessions];
            for (definition, count) in Self::DEFINITIONS.iter().zip(row) {
                recorder.count(definition.name, count).of_cohort(cohort);
            }
            all.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
        for (definition, count) in Self::DEFINITIONS.iter().zip(all) {
            recorder.count(definition.name, count);
        }
    }
}
