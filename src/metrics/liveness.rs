//! How the line and the shop keep track of who is still there and still entitled: heartbeats, proofs, evictions.

use super::people::{News, People, cohort_ends, cohort_index};
use super::recorder::share;
use super::{Definition, Metric, Per, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Kind, PersonId, Possibility, Roster, Truth};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const LOAD_HEARTBEATS: &str = "load.heartbeats";
    pub(crate) const LINE_REVERIFICATIONS: &str = "line.reverifications";
    pub(crate) const LINE_REVERIFICATIONS_FAILED_SHARE: &str = "line.reverifications.failed_share";
    pub(crate) const LINE_EVICTIONS: &str = "line.evictions";
    pub(crate) const LINE_RESTORATIONS: &str = "line.restorations";
    pub(crate) const LINE_TURNED_AWAY: &str = "line.turned_away";
    pub(crate) const INSIDE_DROPPED: &str = "inside.dropped";
}

/// Counters; those of persons by cohort.
pub(super) struct Liveness {
    heartbeats: u64,
    proofs: u64,
    proofs_failed: u64,
    evicted: Vec<u64>,
    restored: Vec<u64>,
    turned_away: Vec<u64>,
    dropped: Vec<u64>,
    cohort_ends: Vec<u32>,
}

impl Metric for Liveness {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(names::LOAD_HEARTBEATS, "requests", "Beacons of pages that are inside."),
        Definition::plain(
            names::LINE_REVERIFICATIONS,
            "proofs",
            "Times that a session in line proved, or failed to prove, that it is still entitled.",
        ),
        Definition::lower(
            names::LINE_REVERIFICATIONS_FAILED_SHARE,
            "1",
            "Of those, the share that failed, 0..=1; null without any.",
        ),
        Definition::lower(
            names::LINE_EVICTIONS,
            "sessions",
            "Sessions taken out of the line because they were not entitled any more.",
        )
        .out_of("persons in a line that takes anybody out")
        .per(Per::SaleAndCohort),
        Definition::plain(
            names::LINE_RESTORATIONS,
            "sessions",
            "Sessions that were taken out of the line, asked again, and are back because they score enough.",
        )
        .out_of("persons in a line that takes anybody back")
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::LINE_TURNED_AWAY,
            "sessions",
            "Sessions not let into the line because nobody new was.",
        )
        .out_of("persons of a sale that closes to newcomers")
        .per(Per::SaleAndCohort),
        Definition::lower(
            names::INSIDE_DROPPED,
            "sessions",
            "Sessions inside dropped because they were not heard of for longer than the grace.",
        )
        .out_of("persons whose pages send beacons")
        .per(Per::SaleAndCohort),
    ];

    fn new(roster: &Roster) -> Liveness {
        let none = vec![0; roster.cohorts.len()];
        Liveness {
            heartbeats: 0,
            proofs: 0,
            proofs_failed: 0,
            evicted: none.clone(),
            restored: none.clone(),
            turned_away: none.clone(),
            dropped: none,
            cohort_ends: cohort_ends(roster),
        }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        let cohort = |person: PersonId| cohort_index(&self.cohort_ends, person);
        match *fact {
            Fact::Sent { kind: Kind::Heartbeat, .. } => self.heartbeats += 1,
            Fact::Reverified { entitled, .. } => {
                self.proofs += 1;
                self.proofs_failed += u64::from(!entitled);
            }
            Fact::Decided { who, truth: Truth::Evicted } => self.evicted[cohort(who.person)] += 1,
            Fact::Restored { who } => self.restored[cohort(who.person)] += 1,
            Fact::Decided { who, truth: Truth::TurnedAway } => self.turned_away[cohort(who.person)] += 1,
            Fact::DroppedInside { who } => self.dropped[cohort(who.person)] += 1,
            _ => {}
        }
    }

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        recorder.count(names::LOAD_HEARTBEATS, self.heartbeats);
        recorder.count(names::LINE_REVERIFICATIONS, self.proofs);
        let failed = share(self.proofs_failed, self.proofs);
        recorder.put(names::LINE_REVERIFICATIONS_FAILED_SHARE, failed).over(self.proofs);
        let came = people.came_by_cohort(recorder.roster);
        for (name, counts, possibility) in [
            (names::LINE_EVICTIONS, self.evicted, Possibility::Eviction),
            (names::LINE_RESTORATIONS, self.restored, Possibility::Restoration),
            (names::LINE_TURNED_AWAY, self.turned_away, Possibility::ClosedToNewcomers),
            (names::INSIDE_DROPPED, self.dropped, Possibility::HeartbeatTimeout),
        ] {
            recorder.count_by_cohort(name, &counts, &came, possibility);
        }
    }
}
