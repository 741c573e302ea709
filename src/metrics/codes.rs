//! Access codes that were guessed, and whom that hurt.

use super::people::{News, People};
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{CodeTry, Fact, Possibility, Roster};
use std::collections::BTreeSet;

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const CODES_GUESSES: &str = "codes.guesses";
    pub(crate) const CODES_GUESSED: &str = "codes.guessed";
    pub(crate) const CODES_GUESSES_LOCKED_OUT: &str = "codes.guesses_locked_out";
    pub(crate) const CODES_OWNERS_BURNT: &str = "codes.owners_burnt";
    pub(crate) const CODES_OWNERS_LOCKED_OUT: &str = "codes.owners_locked_out";
}

/// Counts, and the owners who were refused.
#[derive(Default)]
pub(super) struct Codes {
    tries: [u64; CodeTry::ALL.len()],
    burnt: BTreeSet<u32>,
    locked_out: BTreeSet<u32>,
}

impl Metric for Codes {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::CODES_GUESSES,
            "joins",
            "Joins that carried a guessed access code, listened to or not.",
        )
        .out_of("guesses of a sale in which codes may be guessed"),
        Definition::lower(
            names::CODES_GUESSED,
            "codes",
            "Codes that were guessed before their owners used them: the guesser is in.",
        )
        .out_of("guesses of a sale in which codes may be guessed"),
        Definition::plain(
            names::CODES_GUESSES_LOCKED_OUT,
            "joins",
            "Guesses that were not looked at, because there had been too many wrong tries.",
        )
        .out_of("guesses of a sale in which codes may be guessed"),
        Definition::lower(
            names::CODES_OWNERS_BURNT,
            "persons",
            "Persons refused because their code had been guessed.",
        )
        .out_of("persons of a sale in which codes may be guessed"),
        Definition::lower(
            names::CODES_OWNERS_LOCKED_OUT,
            "persons",
            "Persons with a code of their own refused because of the wrong tries of others.",
        )
        .out_of("persons of a sale in which codes may be guessed"),
    ];

    fn new(_roster: &Roster) -> Codes {
        Codes::default()
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        if let Fact::CodeTried { who, what } = *fact {
            self.tries[what as usize] += 1;
            match what {
                CodeTry::Burnt => self.burnt.insert(who.person.0),
                CodeTry::OwnerLockedOut => self.locked_out.insert(who.person.0),
                CodeTry::Guessed | CodeTry::Wrong | CodeTry::GuesserLockedOut => false,
            };
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        let [guessed, wrong, unheard] = [CodeTry::Guessed, CodeTry::Wrong, CodeTry::GuesserLockedOut]
            .map(|what| self.tries[what as usize]);
        let guesses = recorder.chances(Possibility::CodeGuessing, guessed + wrong + unheard);
        let came = people.came_by_cohort(recorder.roster).iter().sum();
        let came = recorder.chances(Possibility::CodeGuessing, came);
        recorder.count(names::CODES_GUESSES, guessed + wrong + unheard).over(guesses);
        recorder.count(names::CODES_GUESSED, guessed).over(guesses);
        recorder.count(names::CODES_GUESSES_LOCKED_OUT, unheard).over(guesses);
        recorder.count(names::CODES_OWNERS_BURNT, self.burnt.len() as u64).over(came);
        recorder.count(names::CODES_OWNERS_LOCKED_OUT, self.locked_out.len() as u64).over(came);
    }
}
