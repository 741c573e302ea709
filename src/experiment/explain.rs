//! One person's evening, explained: a run under a microscope. A run is exactly repeatable, so nothing need be stored:
//! the scenario runs again with an observer on the person, and its fingerprint is that of the plain run.
//!
//! ```text
//!   the same facts --> Metrics      what became of the person, as everybody is counted
//!                  --> Microscope   what was heard of them --entries--> --fold--> Journey
//! ```
//!
//! Truth, belief, instants and mechanism are those of the metrics; nothing here works them out again.

mod entries;
mod fold;
mod microscope;
mod twin;

pub use microscope::Microscope;
pub use twin::{counterpart, fork};

use super::journey::{self, Journey, JourneyEntry, Parting, What};
use super::{Run, drive_any};
use crate::metrics::{self, ATTENTION_LOST, Metrics, Outcome};
use crate::model::Progress;
use crate::protocol::{Belief, Cause, Fact, PersonId};
use crate::scenario::Prepared;
use entries::Writer;
use microscope::Heard;
use std::ops::ControlFlow;

/// A journey, and every entry of it before repetitions were folded.
#[derive(Clone, Debug, PartialEq)]
pub struct Examined {
    /// The journey.
    pub journey: Journey,
    /// Everything, in order of time.
    pub unfolded: Vec<JourneyEntry>,
}

/// Runs a scenario with a microscope on these persons. `None` in the place of a person who never came; `None` altogether
/// if `watch` breaks the run off.
///
/// # Panics
/// If a person is not of the scenario.
pub fn explain(
    prepared: &Prepared, run: Run, persons: &[PersonId],
    watch: &mut dyn FnMut(Progress, u64) -> ControlFlow<()>,
) -> Option<Vec<Option<Examined>>> {
    let listeners = (Metrics::new(&prepared.plan().roster), Microscope::new(persons));
    let (finished, _) = drive_any(prepared.plan().clone(), run, listeners, watch)?;
    let (metrics, microscope) = finished.observer;
    let (subjects, everybody) = microscope.into_parts();
    let evening = Evening { prepared, run, fingerprint: finished.fingerprint.hex() };
    let examined = subjects.into_iter().map(|subject| {
        let ending = metrics.ending(subject.person)?;
        Some(evening.examine(subject.person, &subject.facts, &everybody, &ending))
    });
    Some(examined.collect())
}

/// What all journeys of one run have in common.
struct Evening<'a> {
    prepared: &'a Prepared,
    run: Run,
    fingerprint: String,
}

impl Evening<'_> {
    fn examine(
        &self, person: PersonId, facts: &[Heard], everybody: &[Heard], ending: &metrics::Ending,
    ) -> Examined {
        let (scenario, name) = (self.prepared.scenario(), self.prepared.name());
        let roster = &self.prepared.plan().roster;
        let mut writer = Writer::new(roster);
        facts.iter().for_each(|heard| writer.write(heard));
        everybody.iter().for_each(|heard| writer.write_for_everybody(heard));
        if let (Outcome::Refused, Some(at)) = (ending.outcome, ending.decided_at) {
            // The last seat is sold to somebody else: no fact about this person tells it.
            let tells =
                |heard: &&Heard| heard.0 == at && matches!(heard.1, Fact::Decided { .. } | Fact::Closed {});
            if !facts.iter().chain(everybody).any(|heard| tells(&heard)) {
                writer.write_nothing_left(at, false);
            }
        }
        let unfolded = writer.finish();
        let parting = parting(ending);
        let cohort = roster.cohort_of(person);
        let written = &scenario.crowd[cohort.index()];
        let journey = Journey {
            client: u64::from(person.0),
            cohort: written.name.clone(),
            sessions: u64::from(ending.sessions),
            wants: u64::from(written.wants.get()),
            network: written.network.clone(),
            scenario: name.to_owned(),
            title: scenario.title_or(name).to_owned(),
            policy: scenario.policy_name().to_owned(),
            seed: self.run.seed.to_string(),
            fingerprint: self.fingerprint.clone(),
            opens_at_us: roster.opens_at.as_us(),
            horizon_us: roster.horizon.as_us(),
            facts: facts.len() as u64,
            parting,
            ending: ended(ending, &unfolded),
            entries: fold::fold(until_the_end(unfolded.clone()), parting.map(|parting| parting.at_us)),
        };
        Examined { journey, unfolded }
    }
}

/// Leaves out what happened to everybody after the last thing that happened to the person, but for the line being told.
fn until_the_end(mut entries: Vec<JourneyEntry>) -> Vec<JourneyEntry> {
    let last = entries.iter().filter(|entry| entry.tab.is_some()).map(|entry| entry.at_us).max();
    entries.retain(|entry| {
        last.is_none_or(|last| entry.at_us <= last) || matches!(entry.what, What::LineClosed { .. })
    });
    entries
}

/// Where screen and backend parted, if they did for longer than attention lasts.
fn parting(ending: &metrics::Ending) -> Option<Parting> {
    // Who believes in an order that does not exist has parted when it was confirmed.
    let at = ending.decided_at.or(ending.known_at.filter(|_| ending.silent))?;
    let known_at = ending.known_at.filter(|_| !ending.silent);
    let soon = known_at.is_some_and(|known| known.saturating_since(at) <= ATTENTION_LOST);
    (!soon).then(|| Parting {
        at_us: at.as_us(),
        until_us: known_at.map(crate::engine::Time::as_us),
        ended_us: ending.waited_until.as_us(),
    })
}

fn ended(ending: &metrics::Ending, entries: &[JourneyEntry]) -> journey::Ending {
    let screens = entries.iter().rev();
    let belief = screens.filter_map(|entry| match entry.what {
        What::Screen { says } => Some(says),
        _ => None,
    });
    journey::Ending {
        outcome: ending.outcome,
        truth: ending.truth,
        belief: belief.into_iter().next().unwrap_or(Belief::Idle),
        row: ending.row.to_owned(),
        decided_at_us: ending.decided_at.map(crate::engine::Time::as_us),
        known_at_us: ending.known_at.map(crate::engine::Time::as_us),
        waited_until_us: ending.waited_until.as_us(),
        silent: ending.silent,
        mechanism: ending.mechanism.map(str::to_owned),
        touched_by: ending.touched_by.iter().map(|name| (*name).to_owned()).collect(),
        cause: cause_of_the_last_attempt(entries),
    }
}

/// Why the last attempt that somebody waited for was not answered as it was meant.
fn cause_of_the_last_attempt(entries: &[JourneyEntry]) -> Option<Cause> {
    let mut last = Cause::None;
    for entry in entries {
        last = match entry.what {
            What::Asked { kind, .. } if kind.is_waited_for() => Cause::None,
            What::Lost { kind, reply: false } if kind.is_waited_for() => Cause::LostUp,
            What::Lost { kind, reply: true } if kind.is_waited_for() => Cause::LostDown,
            What::SynDropped { kind } if kind.is_waited_for() => Cause::BacklogFull,
            What::Silenced { kind } if kind.is_waited_for() => Cause::DeliberateSilence,
            What::Answered { kind, cause, .. }
            | What::ConnectionClosed { kind, cause }
            | What::TimedOut { kind, cause }
            | What::Heard { kind, cause, .. }
                if kind.is_waited_for() && cause != Cause::None =>
            {
                cause
            }
            _ => last,
        };
    }
    (last != Cause::None).then_some(last)
}
