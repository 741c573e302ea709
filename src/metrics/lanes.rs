//! Sessions that the admission policy took for a risk, and who of them was none.

use super::people::{News, People, cohort_ends, cohort_index};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Possibility, RiskAction, Roster};
use std::collections::BTreeSet;

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const LINE_SLOWED: &str = "line.slowed";
    pub(crate) const LINE_LOCKED_OUT: &str = "line.locked_out";
    pub(crate) const LINE_FALSE_ALARMS: &str = "line.false_alarms";
}

/// Counts by cohort, and persons who are no programs.
pub(super) struct Lanes {
    sessions: [Vec<u64>; RiskAction::ALL.len()],
    false_alarms: BTreeSet<u32>,
    cohort_ends: Vec<u32>,
    is_bot: Vec<bool>,
}

impl Metric for Lanes {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(names::LINE_SLOWED, "sessions", "Sessions put in the slow lane because of their risk.")
            .out_of("persons of a sale in which joins are judged")
            .per(Per::SaleAndCohort),
        Definition::plain(
            names::LINE_LOCKED_OUT,
            "sessions",
            "Sessions locked out as they joined because of their risk.",
        )
        .out_of("persons of a sale in which joins are judged")
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::LINE_FALSE_ALARMS,
            "persons",
            "Persons who are no programs, and were slowed, locked out or kept for ever because of their risk.",
        )
        .out_of("persons of a sale in which joins are judged")
        .per(Per::SaleAndCohort),
    ];

    fn new(roster: &Roster) -> Lanes {
        Lanes {
            sessions: RiskAction::ALL.map(|_| vec![0; roster.cohorts.len()]),
            false_alarms: BTreeSet::new(),
            cohort_ends: cohort_ends(roster),
            is_bot: roster.cohorts.iter().map(|cohort| cohort.is_bot).collect(),
        }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        if let Fact::RiskTreated { who, how } = *fact {
            let cohort = cohort_index(&self.cohort_ends, who.person);
            self.sessions[how as usize][cohort] += 1;
            if !self.is_bot[cohort] {
                self.false_alarms.insert(who.person.0);
            }
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let came = people.came_by_cohort(recorder.roster);
        let mut false_alarms = vec![0; self.is_bot.len()];
        for person in self.false_alarms {
            false_alarms[cohort_index(&self.cohort_ends, crate::protocol::PersonId(person))] += 1;
        }
        let [slowed, locked_out, _] = self.sessions;
        recorder.count_by_cohort(names::LINE_SLOWED, &slowed, &came, Possibility::RiskTreatment);
        recorder.count_by_cohort(names::LINE_LOCKED_OUT, &locked_out, &came, Possibility::RiskTreatment);
        recorder.count_by_cohort(names::LINE_FALSE_ALARMS, &false_alarms, &came, Possibility::RiskTreatment);
    }
}
