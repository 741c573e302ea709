//! How long persons were in the dark: before they knew, and after it had been decided.
//!
//! When somebody is in the dark is defined in `people/outlook.rs`. `t_b` is the deciding instant (see `verdict.rs`; for
//! a buyer the first ticket), `t_k` the first instant at which the outcome was understood, and final.

use super::columns::{Column, put_columns};
use super::people::{News, People};
use super::person_outcome::{Knowledge, PersonOutcome};
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{BandId, Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SILENT_DECISION_TO_KNOWLEDGE_P50: &str = "silent.decision_to_knowledge.p50";
    pub(crate) const SILENT_DECISION_TO_KNOWLEDGE_P95: &str = "silent.decision_to_knowledge.p95";
    pub(crate) const SILENT_DECISION_TO_KNOWLEDGE_P99: &str = "silent.decision_to_knowledge.p99";
    pub(crate) const SILENT_AMBIGUITY_MEAN: &str = "silent.ambiguity.mean";
    pub(crate) const SILENT_AMBIGUITY_P95: &str = "silent.ambiguity.p95";
    pub(crate) const SILENT_AMBIGUITY_PERSON_HOURS: &str = "silent.ambiguity.person_hours";
    pub(crate) const SILENT_DECISION_TO_KNOWLEDGE_MEAN_OF_TOLD: &str =
        "silent.decision_to_knowledge.mean_of_told";
    pub(crate) const SILENT_DECISION_TO_KNOWLEDGE_NEVER_TOLD: &str =
        "silent.decision_to_knowledge.never_told";
    pub(crate) const TRUST_WASTED_WAIT_PERSON_HOURS: &str = "trust.wasted_wait_person_hours";
}

const LAG: [(u64, &str); 3] = [
    (50, names::SILENT_DECISION_TO_KNOWLEDGE_P50),
    (95, names::SILENT_DECISION_TO_KNOWLEDGE_P95),
    (99, names::SILENT_DECISION_TO_KNOWLEDGE_P99),
];

const US_PER_HOUR: f64 = 3.6e9;

/// Read from the persons' instants at the end.
pub(super) struct Ambiguity;

/// Microseconds, one entry a person.
#[derive(Default)]
struct Counts {
    dark: Vec<u64>,
    told: Vec<u64>,
    never_told: u64,
    wasted_us: u64,
    refused: u64,
}

impl Metric for Ambiguity {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::SILENT_AMBIGUITY_MEAN,
            "s",
            "Mean over persons who came of the time in the dark: the outcome unknown, and news (an answer that could be \
             read and was true when made) older than the promised interval and 10 s, counted from 10 s after the first \
             request that brought none, to the millisecond; null where nobody came.",
        )
        .per(Per::SaleAndCohort),
        Definition::lower(names::SILENT_AMBIGUITY_P95, "s", "95th percentile of that time, nearest rank.")
            .per(Per::SaleAndCohort),
        Definition::lower(names::SILENT_AMBIGUITY_PERSON_HOURS, "person-hours", "The sum of that time.")
            .per(Per::SaleAndCohort),
        Definition::lower(
            LAG[0].1,
            "s",
            "Median of t_k - t_b, from the decision to its being understood, to the millisecond, over persons decided \
             about; the never-told count as infinite, and the percentile is null where it is one of them.",
        )
        .or_never()
        .per(Per::SaleAndCohort),
        Definition::lower(LAG[1].1, "s", "95th percentile of that time, nearest rank; null as the median is.")
            .or_never()
            .per(Per::SaleAndCohort),
        Definition::lower(LAG[2].1, "s", "99th percentile of that time, nearest rank; null as the median is.")
            .or_never()
            .per(Per::SaleAndCohort),
        Definition::lower(
            names::SILENT_DECISION_TO_KNOWLEDGE_MEAN_OF_TOLD,
            "s",
            "Mean of that time over those who were told; null of nobody.",
        )
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::SILENT_DECISION_TO_KNOWLEDGE_NEVER_TOLD,
            "persons",
            "Persons decided about who never understood it: ghost and phantom purchases, silent rejections, and those \
             told, but nothing final.",
        )
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::TRUST_WASTED_WAIT_PERSON_HOURS,
            "person-hours",
            "Time that persons decided against went on waiting: from t_b until they knew, left, or the horizon came.",
        )
        .per(Per::SaleAndCohort),
    ];

    fn new(_roster: &Roster) -> Ambiguity {
        Ambiguity
    }

    fn hear(&mut self, _at: Time, _fact: &Fact, _news: &News) {}

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        put_columns::<Counts>(people, recorder);
    }
}

impl Column for Counts {
    fn count(&mut self, people: &People, person: u32, band: Option<BandId>) {
        let verdict = PersonOutcome::of(people, person, band);
        self.dark.push(people.in_the_dark(person).as_us());
        let against = verdict.against();
        if let Some(at) = against {
            self.refused += 1;
            self.wasted_us += people.waited_until(person).saturating_since(at).as_us();
        }
        let decided_at = if verdict == PersonOutcome::Sold { people.ticket_at(person) } else { against };
        let Some(decided_at) = decided_at else { return };
        let known_at = people.known_at(person);
        if Knowledge::of(people, person, verdict).is_known() {
            let Some(known_at) = known_at else { panic!("person {person} knows, but since when?") };
            self.told.push(known_at.saturating_since(decided_at).as_us());
        } else {
            self.never_told += 1;
        }
    }

    fn add(&mut self, other: &Counts) {
        self.dark.extend_from_slice(&other.dark);
        self.told.extend_from_slice(&other.told);
        self.never_told += other.never_told;
        self.wasted_us += other.wasted_us;
        self.refused += other.refused;
    }

    fn put(self, recorder: &mut Recorder<'_>, cohort: Option<usize>) {
        let (dark, told) = (Spread::new(self.dark), Spread::new(self.told));
        let (persons, decided) = (dark.count(), told.count() + self.never_told);
        let mean = dark.mean().map(|us| us / 1e6);
        recorder.put(names::SILENT_AMBIGUITY_MEAN, mean).over(persons).of_cohort(cohort);
        let p95 = dark.percentile(95).map(seconds);
        recorder.put(names::SILENT_AMBIGUITY_P95, p95).over(persons).of_cohort(cohort);
        let hours = dark.sum() as f64 / US_PER_HOUR;
        recorder.put(names::SILENT_AMBIGUITY_PERSON_HOURS, hours).over(persons).of_cohort(cohort);
        for (percent, name) in LAG {
            let lag = told.percentile_among(percent, decided).map(seconds);
            recorder.put(name, lag).over(decided).of_cohort(cohort);
        }
        let mean = told.mean().map(|us| us / 1e6);
        recorder
            .put(names::SILENT_DECISION_TO_KNOWLEDGE_MEAN_OF_TOLD, mean)
            .over(told.count())
            .of_cohort(cohort);
        let never = names::SILENT_DECISION_TO_KNOWLEDGE_NEVER_TOLD;
        recorder.count(never, self.never_told).over(decided).of_cohort(cohort);
        let wasted = self.wasted_us as f64 / US_PER_HOUR;
        recorder.put(names::TRUST_WASTED_WAIT_PERSON_HOURS, wasted).over(self.refused).of_cohort(cohort);
    }
}
