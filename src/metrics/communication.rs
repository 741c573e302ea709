//! Who was told that something is wrong, when, and by what: announcements after the first fault or pause.
//!
//! *Trouble* lasts from the beginning of the first fault or pause until no fault and no pause is left, for the last time
//! (or the horizon). *Affected* is whoever was there meanwhile: had come, and neither knew the outcome nor had left.

use super::people::{News, People, cohorts};
use super::recorder::share;
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, OperatorAction, PersonId, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const COMMUNICATION_TIME_TO_FIRST_WORD: &str = "communication.time_to_first_word";
    pub(crate) const COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN: &str =
        "communication.time_to_first_word.median";
    pub(crate) const COMMUNICATION_AFFECTED: &str = "communication.affected";
    pub(crate) const COMMUNICATION_INFORMED_SHARE: &str = "communication.informed_share";
    pub(crate) const COMMUNICATION_INFORMED_BY_PAGE: &str = "communication.informed.by_page";
    pub(crate) const COMMUNICATION_INFORMED_BY_OTHER_WAYS: &str = "communication.informed.by_other_ways";
}

/// Nothing reached the person.
const NOTHING: u32 = u32::MAX;

/// The instants of trouble, and the first word that reached each person.
pub(super) struct Communication {
    persons: u32,
    began: Option<Time>,
    ended: Time,
    faults: u32,
    paused: bool,
    /// The first word after trouble began: twice its instant in milliseconds, and one more if it did not come by the
    /// page. Empty until somebody hears one: 4 bytes a person where there are announcements.
    words: Vec<u32>,
}

/// Who was affected, and what reached them.
#[derive(Clone, Copy, Default)]
struct Reach {
    affected: u64,
    informed: u64,
    by_page: u64,
}

impl Metric for Communication {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::COMMUNICATION_TIME_TO_FIRST_WORD,
            "s",
            "From the first fault or pause to the first announcement that reached anybody, to the millisecond; null \
             without fault and pause, or where nobody was informed after it.",
        )
        .or_never(),
        Definition::lower(
            names::COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN,
            "s",
            "Median over affected persons of the time from the first fault or pause, or their first click if that was later, \
             to the first announcement that reached them; who heard none counts as infinite, and the median is null where \
             it is one of them.",
        )
        .or_never(),
        Definition::plain(
            names::COMMUNICATION_AFFECTED,
            "persons",
            "Persons who were there between the beginning of the first fault or pause and the end of the last.",
        )
        .per(Per::SaleAndCohort),
        Definition::higher(
            names::COMMUNICATION_INFORMED_SHARE,
            "1",
            "Affected persons whom an announcement reached / affected persons, 0..=1; null where nobody was affected.",
        )
        .per(Per::SaleAndCohort),
        Definition::plain(
            names::COMMUNICATION_INFORMED_BY_PAGE,
            "persons",
            "Affected persons whose first announcement came by the page.",
        )
        .per(Per::SaleAndCohort),
        Definition::plain(
            names::COMMUNICATION_INFORMED_BY_OTHER_WAYS,
            "persons",
            "Affected persons whose first announcement came by other ways than the page.",
        )
        .per(Per::SaleAndCohort),
    ];

    fn new(roster: &Roster) -> Communication {
        Communication {
            persons: roster.persons,
            began: None,
            ended: roster.horizon,
            faults: 0,
            paused: false,
            words: Vec::new(),
        }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::FaultBegan { .. } => {
                self.faults += 1;
                self.began.get_or_insert(at);
            }
            Fact::FaultEnded { .. } => {
                self.faults -= 1;
                self.note_end(at);
            }
            Fact::Operated { act: OperatorAction::Pause, .. } => {
                self.paused = true;
                self.began.get_or_insert(at);
            }
            Fact::Operated { act: OperatorAction::Resume, .. } => {
                self.paused = false;
                self.note_end(at);
            }
            Fact::Informed { person, by_page, .. } if self.began.is_some_and(|began| began <= at) => {
                self.inform(at, person, u32::from(!by_page));
            }
            _ => {}
        }
    }

    fn finish(mut self, people: &People, recorder: &mut Recorder<'_>) {
        if self.faults > 0 || self.paused {
            self.ended = recorder.roster.horizon;
        }
        let mut all = Reach::default();
        let mut delays_us = Vec::new();
        for (cohort, persons, _) in cohorts(recorder.roster) {
            let mut reach = Reach::default();
            for person in persons {
                self.count(people, person, &mut reach, &mut delays_us);
            }
            reach.put(recorder, Some(cohort));
            all.affected += reach.affected;
            all.informed += reach.informed;
            all.by_page += reach.by_page;
        }
        all.put(recorder, None);
        let words = || self.words.iter().filter(|word| **word != NOTHING);
        let first = words().min().zip(self.began).map(|(word, began)| {
            seconds(Time::from_us(u64::from(word / 2) * 1000).saturating_since(began).as_us())
        });
        recorder.put(names::COMMUNICATION_TIME_TO_FIRST_WORD, first).over(all.affected);
        let median = Spread::new(delays_us).percentile_among(50, all.affected).map(seconds);
        recorder.put(names::COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN, median).over(all.affected);
    }
}

impl Communication {
    fn note_end(&mut self, at: Time) {
        if self.faults == 0 && !self.paused {
            self.ended = at;
        }
    }

    #[cold]
    fn inform(&mut self, at: Time, person: PersonId, by_other_ways: u32) {
        if self.words.is_empty() {
            self.words = vec![NOTHING; self.persons as usize];
        }
        let at_ms = u32::try_from(at.as_us() / 1000).expect("12.7 days fit into 31 bits of milliseconds");
        let word = &mut self.words[person.index()];
        *word = (*word).min(2 * at_ms + by_other_ways);
    }

    fn count(&self, people: &People, person: u32, reach: &mut Reach, delays_us: &mut Vec<u64>) {
        let (Some(began), Some(intent)) = (self.began, people.intent(person)) else { return };
        if intent >= self.ended || people.waited_until(person) <= began {
            return;
        }
        reach.affected += 1;
        let word = self.words.get(person as usize).copied().unwrap_or(NOTHING);
        if word != NOTHING {
            reach.informed += 1;
            reach.by_page += u64::from(word.is_multiple_of(2));
            let heard_at = Time::from_us(u64::from(word / 2) * 1000);
            delays_us.push(heard_at.saturating_since(began.max(intent)).as_us());
        }
    }
}

impl Reach {
    fn put(&self, recorder: &mut Recorder<'_>, cohort: Option<usize>) {
        recorder.count(names::COMMUNICATION_AFFECTED, self.affected).of_cohort(cohort);
        let informed = share(self.informed, self.affected);
        recorder.put(names::COMMUNICATION_INFORMED_SHARE, informed).over(self.affected).of_cohort(cohort);
        recorder
            .count(names::COMMUNICATION_INFORMED_BY_PAGE, self.by_page)
            .over(self.informed)
            .of_cohort(cohort);
        let others = self.informed - self.by_page;
        recorder
            .count(names::COMMUNICATION_INFORMED_BY_OTHER_WAYS, others)
            .over(self.informed)
            .of_cohort(cohort);
    }
}
