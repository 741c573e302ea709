//! Who left without an outcome and without seats, and for what.

use super::by_cohort::ByCohort;
use super::people::{News, People};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Possibility, Roster, Stop};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const LEFT_PATIENCE: &str = "left.patience";
    pub(crate) const LEFT_TOO_FAR_BACK: &str = "left.too_far_back";
    pub(crate) const LEFT_SILENCE: &str = "left.silence";
    pub(crate) const LEFT_REFUSED: &str = "left.refused";
    pub(crate) const LEFT_ATTEMPTS_USED_UP: &str = "left.attempts_used_up";
    pub(crate) const LEFT_INFORMED: &str = "left.informed";
}

const REASONS: usize = Stop::LEAVING.len();

/// Names in the order of [`Stop::LEAVING`].
const NAMES: [&str; REASONS] = [
    names::LEFT_PATIENCE,
    names::LEFT_TOO_FAR_BACK,
    names::LEFT_SILENCE,
    names::LEFT_REFUSED,
    names::LEFT_ATTEMPTS_USED_UP,
    names::LEFT_INFORMED,
];

/// Counts by cohort and reason.
pub(super) struct Abandonment {
    counts: ByCohort<REASONS>,
}

const fn count(place: usize, doc: &'static str) -> Definition {
    Definition::lower(NAMES[place], "sessions", doc)
        .out_of("persons of a sale in which anybody may leave for this")
        .per(Per::SaleAndCohort)
}

impl Metric for Abandonment {
    const DEFINITIONS: &'static [Definition] = &[
        count(0, "Sessions closed because their person had waited as long as they wanted to."),
        count(1, "Sessions closed because the page showed more places ahead than their person accepts."),
        count(
            2,
            "Sessions closed because nothing that could be read had come for longer than their person bears.",
        ),
        count(
            3,
            "Sessions closed because their person had been refused clearly, if only for now, and had enough of it.",
        ),
        count(
            4,
            "Sessions whose page or program gave up by itself: its attempts were used up, or it may not try again.",
        ),
        count(5, "Sessions closed because their person had heard that the sale is paused."),
    ];

    fn new(roster: &Roster) -> Abandonment {
        Abandonment { counts: ByCohort::new(roster) }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        if let Fact::Stopped { who, why } = *fact
            && let Some(reason) = Stop::LEAVING.iter().position(|leaving| *leaving == why)
        {
            self.counts.add(who.person, reason);
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        self.counts.finish(NAMES, Stop::LEAVING.map(Possibility::Leaving), people, recorder);
    }
}
