//! The same person elsewhere: under another policy, or in another scenario, with the same luck. Where do the two
//! evenings part?

use super::Examined;
use crate::experiment::journey::{Fork, JourneyEntry, Lane};
use crate::protocol::{PersonId, Roster};

/// The same person in another cast: of the cohort with the same name, with the same number in it. That is whom the same
/// luck belongs to. `None`: there is no such person.
pub fn counterpart(here: &Roster, person: PersonId, there: &Roster) -> Option<PersonId> {
    let cohort = &here.cohorts[here.cohort_of(person).index()];
    let index = person.0 - cohort.persons.start;
    let other = there.cohorts.iter().find(|other| other.name == cohort.name)?;
    let number = other.persons.start.checked_add(index)?;
    other.persons.contains(&number).then_some(PersonId(number))
}

/// The first difference between two journeys of one person; `None`: there is none. What concerns everybody is no
/// difference of theirs.
pub fn fork(here: &Examined, there: &Examined) -> Option<Fork> {
    let own = |examined: &Examined| -> Vec<JourneyEntry> {
        examined.unfolded.iter().filter(|entry| entry.tab.is_some()).cloned().collect()
    };
    let (mine, theirs) = (own(here), own(there));
    let (a, b) = first_difference(&mine, &theirs, |_| true)?;
    let at_us = a.iter().chain(&b).map(|entry| entry.at_us).min()?;
    let seen = first_difference(&mine, &theirs, |entry| entry.lane == Lane::User);
    let seen_at_us = seen.and_then(|(a, b)| a.iter().chain(&b).map(|entry| entry.at_us).min());
    Some(Fork { at_us, here: a, there: b, seen_at_us })
}

/// The first two entries that differ, of those that count; a journey that goes on differs from one that has ended.
fn first_difference(
    here: &[JourneyEntry], there: &[JourneyEntry], counts: impl Fn(&JourneyEntry) -> bool,
) -> Option<(Option<JourneyEntry>, Option<JourneyEntry>)> {
    let mut here = here.iter().filter(|entry| counts(entry));
    let mut there = there.iter().filter(|entry| counts(entry));
    loop {
        match (here.next(), there.next()) {
            (None, None) => return None,
            (a, b) if a == b => {}
            (a, b) => return Some((a.cloned(), b.cloned())),
        }
    }
}
