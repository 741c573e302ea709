//! Figures that are counted person by person: one column for each cohort, and one over all persons.

use super::Page;
use super::people::{People, cohorts};
use crate::protocol::BandId;

/// One column in the making: all persons, or one cohort.
pub(super) trait Column: Default {
    /// Takes in a person who came and asks for this band (`None`: any seat).
    fn count(&mut self, people: &People, person: u32, band: Option<BandId>);

    /// Takes in what another column has counted.
    fn add(&mut self, other: &Self);

    /// Puts its figures on the page; `None`: over all persons.
    fn put(self, page: &mut Page<'_>, cohort: Option<usize>);
}

/// Counts everybody who came, and puts a column for each cohort and one over all on the page.
pub(super) fn put_columns<C: Column>(people: &People, page: &mut Page<'_>) {
    let mut all = C::default();
    for (cohort, persons, band) in cohorts(page.roster) {
        let mut column = C::default();
        for person in persons.filter(|person| people.arrived(*person)) {
            column.count(people, person, band);
        }
        all.add(&column);
        column.put(page, Some(cohort));
    }
    all.put(page, None);
}
