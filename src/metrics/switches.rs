//! Devices that changed their network meanwhile, and what that cut off.

use super::people::{News, People, cohort_ends, cohort_index};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Possibility, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const CROWD_NETWORK_SWITCHES: &str = "crowd.network_switches";
    pub(crate) const REQUESTS_BROKEN_BY_SWITCH: &str = "requests.broken_by_switch";
}

/// Counts by cohort.
pub(super) struct Switches {
    changes: Vec<u64>,
    broken: Vec<u64>,
    cohort_ends: Vec<u32>,
}

impl Metric for Switches {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(
            names::CROWD_NETWORK_SWITCHES,
            "switches",
            "Times that the device of a session changed its network, counted for each session that was open then.",
        )
        .out_of("persons of a sale in which devices change their network")
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::REQUESTS_BROKEN_BY_SWITCH,
            "requests",
            "Requests under way whose connection was lost because their device changed its network.",
        )
        .out_of("persons of a sale in which devices change their network")
        .per(Per::SaleAndCohort),
    ];

    fn new(roster: &Roster) -> Switches {
        let none = vec![0; roster.cohorts.len()];
        Switches { changes: none.clone(), broken: none, cohort_ends: cohort_ends(roster) }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        if let Fact::NetworkSwitched { who, broken, .. } = *fact {
            let cohort = cohort_index(&self.cohort_ends, who.person);
            self.changes[cohort] += 1;
            self.broken[cohort] += u64::from(broken);
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let came = people.came_by_cohort(recorder.roster);
        recorder.count_by_cohort(
            names::CROWD_NETWORK_SWITCHES,
            &self.changes,
            &came,
            Possibility::NetworkSwitch,
        );
        recorder.count_by_cohort(
            names::REQUESTS_BROKEN_BY_SWITCH,
            &self.broken,
            &came,
            Possibility::NetworkSwitch,
        );
    }
}
