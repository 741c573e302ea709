//! Hears every fact about a few persons, and those that concern everybody. An observer beside the metrics: it changes
//! nothing, and what it hears is exactly what they hear.

use crate::engine::Time;
use crate::protocol::{Fact, Observer, PersonId};

/// A fact and its instant.
pub(super) type Heard = (Time, Fact);

/// One person under the microscope.
pub(super) struct Subject {
    pub(super) person: PersonId,
    /// What is about them, as it was recorded: not always in order of time.
    pub(super) facts: Vec<Heard>,
}

/// Keeps what it hears of some persons.
pub struct Microscope {
    subjects: Vec<Subject>,
    everybody: Vec<Heard>,
}

impl Microscope {
    /// Looks at these persons.
    pub fn new(persons: &[PersonId]) -> Microscope {
        let subjects = persons.iter().map(|person| Subject { person: *person, facts: Vec::new() });
        Microscope { subjects: subjects.collect(), everybody: Vec::new() }
    }

    /// What was heard: of each person, and of everybody.
    pub(super) fn into_parts(self) -> (Vec<Subject>, Vec<Heard>) {
        (self.subjects, self.everybody)
    }
}

impl Observer for Microscope {
    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact) {
        match fact.person() {
            Some(person) => {
                for subject in self.subjects.iter_mut().filter(|subject| subject.person == person) {
                    subject.facts.push((at, *fact));
                }
            }
            None => self.everybody.push((at, *fact)),
        }
    }
}
