//! Whose screen never said what the backend had decided: belief against truth.
//!
//! Truth of a person = best over sessions. Belief = bought if any screen confirmed it; else unknown if a hold or
//! payment is unanswered; else the final answer that was understood; else unknown. `t_b` is the deciding instant,
//! `t_g` that of giving up (see `verdict.rs`). The last attempt decides between "told, not final" and silence.
//!
//! `silent.cause.*` says what the client saw last; why it saw that is told in `mechanisms.rs`.

use super::columns::{Column, put_columns};
use super::people::{Last, News, People};
use super::person_outcome::{Knowledge, PersonOutcome};
use super::recorder::share;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{BandId, Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SILENT_TABLE_KNOWN_PURCHASE: &str = "silent.table.known_purchase";
    pub(crate) const SILENT_TABLE_GHOST_PURCHASE: &str = "silent.table.ghost_purchase";
    pub(crate) const SILENT_TABLE_PHANTOM_PURCHASE: &str = "silent.table.phantom_purchase";
    pub(crate) const SILENT_TABLE_KNOWN_REJECTION: &str = "silent.table.known_rejection";
    pub(crate) const SILENT_TABLE_TOLD_NOT_FINAL: &str = "silent.table.told_not_final";
    pub(crate) const SILENT_TABLE_SILENT_REJECTION: &str = "silent.table.silent_rejection";
    pub(crate) const SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED: &str =
        "silent.table.left_before_decision_answered";
    pub(crate) const SILENT_TABLE_LEFT_BEFORE_DECISION_SILENT: &str =
        "silent.table.left_before_decision_silent";
    pub(crate) const SILENT_TABLE_UNRESOLVED: &str = "silent.table.unresolved";
    pub(crate) const SILENT_UNRESOLVED_TRYING: &str = "silent.unresolved.trying";
    pub(crate) const SILENT_UNRESOLVED_IN_LINE: &str = "silent.unresolved.in_line";
    pub(crate) const SILENT_UNRESOLVED_INSIDE: &str = "silent.unresolved.inside";
    pub(crate) const SILENT_CAUSE_FALSE_CONFIRMATION: &str = "silent.cause.false_confirmation";
    pub(crate) const SILENT_CAUSE_OPAQUE: &str = "silent.cause.opaque";
    pub(crate) const SILENT_CAUSE_HANG: &str = "silent.cause.hang";
    pub(crate) const SILENT_CAUSE_AS_IF_UNDECIDED: &str = "silent.cause.as_if_undecided";
    pub(crate) const SILENT_CAUSE_REFUSAL: &str = "silent.cause.refusal";
    pub(crate) const SILENT_FAILURE_RATE: &str = "silent.failure_rate";
}

/// Rows of the table, in the order of [`Knowledge`].
const TABLE: [&str; Knowledge::COUNT] = [
    names::SILENT_TABLE_KNOWN_PURCHASE,
    names::SILENT_TABLE_GHOST_PURCHASE,
    names::SILENT_TABLE_PHANTOM_PURCHASE,
    names::SILENT_TABLE_KNOWN_REJECTION,
    names::SILENT_TABLE_TOLD_NOT_FINAL,
    names::SILENT_TABLE_SILENT_REJECTION,
    names::SILENT_TABLE_LEFT_BEFORE_DECISION_ANSWERED,
    names::SILENT_TABLE_LEFT_BEFORE_DECISION_SILENT,
    names::SILENT_TABLE_UNRESOLVED,
];

/// The name of the metric that counts the persons of this row.
pub(super) const fn name_of(row: Knowledge) -> &'static str {
    TABLE[row as usize]
}

/// Standings at the horizon, in the order of `Unresolved`.
const STANDING: [&str; 3] =
    [names::SILENT_UNRESOLVED_TRYING, names::SILENT_UNRESOLVED_IN_LINE, names::SILENT_UNRESOLVED_INSIDE];

/// How silent failures came about, in the order of [`Cause`].
const CAUSES: [&str; 5] = [
    names::SILENT_CAUSE_FALSE_CONFIRMATION,
    names::SILENT_CAUSE_OPAQUE,
    names::SILENT_CAUSE_HANG,
    names::SILENT_CAUSE_AS_IF_UNDECIDED,
    names::SILENT_CAUSE_REFUSAL,
];

/// Why a silent failure was silent: the last attempt tells.
#[derive(Clone, Copy)]
enum Cause {
    FalseConfirmation,
    Opaque,
    Hang,
    AsIfUndecided,
    Refusal,
}

/// Counts at the end only.
pub(super) struct Silent;

/// One column of the table: all persons, or one cohort.
#[derive(Clone, Copy, Default)]
struct Counts {
    table: [u64; Knowledge::COUNT],
    standing: [u64; STANDING.len()],
    causes: [u64; CAUSES.len()],
    persons: u64,
    senders: u64,
    failures: u64,
}

const fn row(place: usize, doc: &'static str) -> Definition {
    Definition::lower(TABLE[place], "persons", doc).per(Per::SaleAndCohort)
}

const fn cause(place: usize, doc: &'static str) -> Definition {
    Definition::lower(CAUSES[place], "persons", doc).per(Per::SaleAndCohort)
}

const fn unresolved(place: usize, doc: &'static str) -> Definition {
    Definition::lower(STANDING[place], "persons", doc).per(Per::SaleAndCohort)
}

impl Metric for Silent {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::SILENT_FAILURE_RATE,
            "1",
            "(ghost + phantom + silent rejection) / persons who sent at least once, 0..=1; null where nobody sent.",
        )
        .per(Per::SaleAndCohort),
        Definition::higher(TABLE[0], "persons", "Have a ticket, and a screen confirmed it.").per(Per::SaleAndCohort),
        row(1, "Have a ticket, and no screen ever confirmed it."),
        row(2, "Have no ticket, though a screen confirmed one."),
        row(3, "Have no ticket, and understood a final no (no hold or payment left open)."),
        row(4, "Were decided against before they gave up; the last attempt was answered by a readable refusal."),
        row(5, "Were decided against before they gave up, and the last attempt said nothing of it."),
        row(6, "Gave up before anything was decided; the last attempt that ended had been answered."),
        row(7, "Gave up before anything was decided; the last attempt that ended was silent or unreadable."),
        row(8, "Still there at the horizon, and nothing decided."),
        unresolved(0, "Of the unresolved: still trying to get an answer from the edge."),
        unresolved(1, "Of the unresolved: still in the lounge or in line."),
        unresolved(2, "Of the unresolved: had a turn, or were inside."),
        cause(0, "Of the silent failures: a screen confirmed an order that does not exist."),
        cause(1, "Of the other silent failures: the last attempt was a network error with no status to read."),
        cause(2, "Of the other silent failures: the last attempt timed out or was never answered."),
        cause(3, "Of the other silent failures: the last attempt was answered as if nothing were decided."),
        cause(4, "Of the other silent failures: the last attempt was answered by a readable refusal, though a seat was sold."),
    ];

    fn new(_roster: &Roster) -> Silent {
        Silent
    }

    fn hear(&mut self, _at: Time, _fact: &Fact, _news: &News) {}

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        put_columns::<Counts>(people, recorder);
    }
}

impl Column for Counts {
    fn count(&mut self, people: &People, person: u32, band: Option<BandId>) {
        let verdict = PersonOutcome::of(people, person, band);
        let knowledge = Knowledge::of(people, person, verdict);
        self.persons += 1;
        self.table[knowledge as usize] += 1;
        if let (Knowledge::Unresolved, PersonOutcome::Unresolved(standing)) = (knowledge, verdict) {
            self.standing[standing as usize] += 1;
        }
        if !people.sent_anything(person) {
            return;
        }
        self.senders += 1;
        if !knowledge.is_silent_failure() {
            return;
        }
        let cause = match people.last(person) {
            _ if knowledge == Knowledge::PhantomPurchase => Cause::FalseConfirmation,
            Last::Opaque => Cause::Opaque,
            Last::Nothing | Last::Unanswered | Last::TimedOut => Cause::Hang,
            Last::Undecided => Cause::AsIfUndecided,
            Last::Refused => Cause::Refusal,
        };
        self.failures += 1;
        self.causes[cause as usize] += 1;
    }

    fn add(&mut self, other: &Counts) {
        let add = |sums: &mut [u64], counts: &[u64]| {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        };
        add(&mut self.table, &other.table);
        add(&mut self.standing, &other.standing);
        add(&mut self.causes, &other.causes);
        self.persons += other.persons;
        self.senders += other.senders;
        self.failures += other.failures;
    }

    fn put(self, recorder: &mut Recorder<'_>, cohort: Option<usize>) {
        let rows: u64 = self.table.iter().sum();
        assert!(rows == self.persons, "the rows of the table count {rows} of {} persons", self.persons);
        let counts = TABLE.iter().zip(&self.table).chain(STANDING.iter().zip(&self.standing));
        for (name, count) in counts.chain(CAUSES.iter().zip(&self.causes)) {
            recorder.count(name, *count).over(self.persons).of_cohort(cohort);
        }
        let rate = share(self.failures, self.senders);
        recorder.put(names::SILENT_FAILURE_RATE, rate).over(self.senders).of_cohort(cohort);
    }
}
