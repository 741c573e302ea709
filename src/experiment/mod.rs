//! One run and many: from a scenario and a seed to a [`RunResult`], from several seeds to what they say together, and
//! the same run again with a microscope on one person ([`explain`]).

pub mod check;
pub mod compare;
pub mod executor;
mod expectations;
pub mod explain;
pub mod journey;
mod log;
pub mod plane;
mod pooled;
pub mod replicate;
pub mod result;
mod saved;
pub mod seeds;
pub mod stats;

use crate::engine::{Agenda, Seeds, step};
use crate::metrics::{Buyers, MetricSheet, Metrics};
use crate::model::{Finished, Progress, World};
use crate::protocol::{Observer, Roster};
use crate::scenario::{Plan, Prepared, Scenario};
use log::Log;
use result::{Cast, Clock, CohortInfo, RunResult, SCHEMA, StationInfo, WorstCase};
use std::ops::ControlFlow;

/// How many events are handled between two looks at the progress.
const EVENTS_A_STEP: u64 = 1 << 18;

/// Which run of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The seed.
    pub seed: u64,
    /// The number of the run under this seed; 0 for a single run.
    pub number: u64,
    /// The number of the policy's own luck, so that one crowd can meet one policy with other dice; usually `number`.
    pub dice: u64,
}

impl Run {
    /// The one run of a seed: what `onsale run --seed` gives.
    pub const fn of_seed(seed: u64) -> Run {
        Run { seed, number: 0, dice: 0 }
    }
}

/// Runs a scenario once, with every metric. `watch` sees the progress, with the events handled so far, after every
/// quarter of a million events, and may break the run off: then there is no result.
pub fn run_once(
    prepared: &Prepared, run: Run, watch: &mut dyn FnMut(Progress, u64) -> ControlFlow<()>,
) -> Option<RunResult> {
    run_with_buyers(prepared, run, watch).map(|(result, _)| result)
}

/// Like [`run_once`]; also says who has a ticket.
pub fn run_with_buyers(
    prepared: &Prepared, run: Run, watch: &mut dyn FnMut(Progress, u64) -> ControlFlow<()>,
) -> Option<(RunResult, Buyers)> {
    let Plan { roster, expectations, .. } = prepared.plan();
    let listeners = (Metrics::new(roster), Log::new(roster));
    let (finished, events) = drive_fast(prepared.plan().clone(), run, listeners, watch)?;
    let (metrics, log) = finished.observer;
    let buyers = metrics.buyers();
    let cast = cast(roster, prepared.scenario(), u64::from(finished.sessions));
    let clock = Clock {
        opens_at_us: roster.opens_at.as_us(),
        closes_at_us: roster.closes_at.as_us(),
        horizon_us: roster.horizon.as_us(),
        ended_at_us: finished.ended_at.as_us(),
    };
    let worst = metrics.worst();
    let sheet = metrics.finish();
    let expectations = expectations::judged(expectations, roster, &sheet);
    let MetricSheet { values, requests, timeline, .. } = sheet;
    let result = RunResult {
        schema: SCHEMA.to_owned(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        name: prepared.name().to_owned(),
        seed: run.seed.to_string(),
        run: run.number.to_string(),
        fingerprint: finished.fingerprint.hex(),
        events,
        clock,
        cast,
        expectations,
        metrics: values,
        requests,
        timeline,
        log: log.finish(),
        worst: worst.iter().map(|worst| WorstCase::of(worst, roster)).collect(),
        scenario: prepared.scenario().clone(),
        files: Vec::new(),
    };
    Some((result, buyers))
}

/// Runs a plan under an observer of one's own; `()` is the unobserved run, with the same fingerprint.
pub fn observe<O: Observer>(plan: Plan, seed: u64, observer: O) -> Finished<O> {
    match drive_any(plan, Run::of_seed(seed), observer, &mut |_, _| ControlFlow::Continue(())) {
        Some((finished, _)) => finished,
        None => unreachable!("nobody broke the run off"),
    }
}

/// The model is compiled once for each observer that it knows: for the product's runs, which are fast so, and in
/// [`drive_any`] for all others. A build with debug assertions, such as that of the tests, has only the latter.
#[cfg(not(debug_assertions))]
use self::drive as drive_fast;
#[cfg(debug_assertions)]
use self::drive_any as drive_fast;

/// [`drive`] for any observer, which is reached by a call for each fact.
fn drive_any<O: Observer>(
    plan: Plan, run: Run, mut observer: O, watch: &mut dyn FnMut(Progress, u64) -> ControlFlow<()>,
) -> Option<(Finished<O>, u64)> {
    let (finished, events) = drive_dyn(plan, run, &mut observer, watch)?;
    let Finished { observer: _, fingerprint, ended_at, sessions, undrained } = finished;
    Some((Finished { observer, fingerprint, ended_at, sessions, undrained }, events))
}

/// Not generic, so that no other crate compiles the model again.
#[inline(never)]
fn drive_dyn<'o>(
    plan: Plan, run: Run, observer: &'o mut dyn Observer,
    watch: &mut dyn FnMut(Progress, u64) -> ControlFlow<()>,
) -> Option<(Finished<&'o mut dyn Observer>, u64)> {
    drive(plan, run, observer, watch)
}

/// The main path: builds the world, lets it drain, and hands back what was heard.
fn drive<O: Observer>(
    plan: Plan, run: Run, observer: O, watch: &mut dyn FnMut(Progress, u64) -> ControlFlow<()>,
) -> Option<(Finished<O>, u64)> {
    let seeds = Seeds::new(run.seed, run.number, run.dice);
    let mut agenda = Agenda::new();
    let mut world = World::new(plan, &seeds, observer, &mut agenda);
    let mut events = 0;
    loop {
        let stepped = step(&mut world, &mut agenda, EVENTS_A_STEP);
        events += stepped.events;
        if stepped.done {
            return Some((world.finish(), events));
        }
        if watch(world.progress(), events).is_break() {
            return None;
        }
    }
}

fn cast(roster: &Roster, scenario: &Scenario, sessions: u64) -> Cast {
    let cohorts = roster.cohorts.iter().map(CohortInfo::from);
    let stations = roster
        .stations
        .iter()
        .map(|station| StationInfo { name: station.name.clone(), servers: u64::from(station.servers) });
    Cast {
        persons: u64::from(roster.persons),
        sessions,
        seats: u64::from(roster.seats),
        cohorts: cohorts.collect(),
        stations: stations.collect(),
        has_line: roster.has_line,
        new_per_minute: roster.new_per_minute.map(u64::from),
        policy: scenario.policy_name().to_owned(),
    }
}
