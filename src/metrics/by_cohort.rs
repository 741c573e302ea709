//! Counts of several sorts, each by cohort: what families share that count what befell sessions.

use super::Recorder;
use super::people::{People, cohort_ends, cohort_index};
use crate::protocol::{PersonId, Possibility, Roster};

/// So many counts for each cohort.
pub(super) struct ByCohort<const COUNTS: usize> {
    counts: Vec<[u64; COUNTS]>,
    cohort_ends: Vec<u32>,
}

impl<const COUNTS: usize> ByCohort<COUNTS> {
    /// Nothing is counted yet.
    pub fn new(roster: &Roster) -> ByCohort<COUNTS> {
        ByCohort { counts: vec![[0; COUNTS]; roster.cohorts.len()], cohort_ends: cohort_ends(roster) }
    }

    /// One more of this sort, of the cohort of this person.
    #[inline]
    pub fn add(&mut self, person: PersonId, sort: usize) {
        self.counts[cohort_index(&self.cohort_ends, person)][sort] += 1;
    }

    /// Records each sort under its name, over the persons who came, where it is possible at all.
    pub fn finish(
        self, names: [&str; COUNTS], possibilities: [Possibility; COUNTS], people: &People,
        recorder: &mut Recorder<'_>,
    ) {
        let came = people.came_by_cohort(recorder.roster);
        for (sort, (name, possibility)) in names.into_iter().zip(possibilities).enumerate() {
            let counts: Vec<u64> = self.counts.iter().map(|counts| counts[sort]).collect();
            recorder.count_by_cohort(name, &counts, &came, possibility);
        }
    }
}
