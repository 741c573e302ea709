//! Figures that are counted person by person: one column for each cohort, and one over all persons.

use super::Recorder;
use super::people::{People, cohorts};
use crate::protocol::BandId;

/// One column in the making: all persons, or one cohort.
pub(super) trait Column: Default {
    /// Takes in a person who came and asks for this band (`None`: any seat).
    fn count(&mut self, people: &People, person: u32, band: Option<BandId>);

    /// Takes in what another column has counted.
    fn add(&mut self, other: &Self);

    /// Records its figures; `None`: over all persons.
    fn put(self, recorder: &mut Recorder<'_>, cohort: Option<usize>);
}

/// Counts everybody who came, and records a column for each cohort and one over all.
pub(super) fn put_columns<C: Column>(people: &People, recorder: &mut Recorder<'_>) {
    let mut all = C::default();
    for (cohort, persons, band) in cohorts(recorder.roster) {
        let mut column = C::default();
        for person in persons.filter(|person| people.arrived(*person)) {
            column.count(people, person, band);
        }
        all.add(&column);
        column.put(recorder, Some(cohort));
    }
    all.put(recorder, None);
}
