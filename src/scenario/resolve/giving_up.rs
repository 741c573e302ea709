//! For what persons leave: what is possible, what can be wrong with it, and its plan.

use super::super::Scenario;
use super::super::caller::Caller;
use super::super::crowd::Cohort;
use super::super::giving_up::{Between, GivingUp, Positions, Spread};
use super::super::line::Position;
use super::super::plan::GivingUpPlan;
use super::check::Found;
use super::written_line;
use crate::behavior;
use crate::engine::sample::Sampler;
use crate::protocol::{Possibility, Possible, Stop};

pub(super) fn plan(written: &GivingUp) -> GivingUpPlan {
    GivingUpPlan {
        positions: written.positions.as_ref().map(|positions| Sampler::new(&positions.distribution())),
        silence: written.silence.clone(),
        refusals: written.refusals.as_ref().map(|refusals| (refusals.after.get(), refusals.leave.get())),
    }
}

/// For what the persons of a cohort may leave.
pub(super) fn possible(scenario: &Scenario, cohort: &Cohort) -> Possible {
    let has = |is: fn(&GivingUp) -> bool| cohort.giving_up.as_ref().is_some_and(is);
    let refused = has(|written| written.refusals.as_ref().is_some_and(|refusals| refusals.leave > 0.0));
    let too_far_back = shows_positions(scenario) && has(|written| written.positions.is_some());
    Possibility::Leaving(Stop::Patience).when(cohort.patience.is_some())
        | Possibility::Leaving(Stop::TooFarBack).when(too_far_back)
        | Possibility::Leaving(Stop::Silence).when(has(|written| written.silence.is_some()))
        | Possibility::Leaving(Stop::Refused).when(refused)
        | Possibility::Leaving(Stop::Informed).when(cohort.on_announcement.paused.leave > 0.0)
        | Possibility::Leaving(Stop::AttemptsUsedUp).when(stops_by_itself(cohort))
}

/// The page may stop asking.
fn stops_by_itself(cohort: &Cohort) -> bool {
    let counts = matches!(&cohort.behavior, behavior::Config::Backoff(backoff) if backoff.attempts.is_some());
    let denies = |caller: &Caller| {
        caller.ask_again_after.is_none() && (caller.denies_retries() || caller.stops_requests())
    };
    counts || cohort.caller.as_ref().is_some_and(denies)
}

/// There is a line whose page shows positions.
fn shows_positions(scenario: &Scenario) -> bool {
    written_line(scenario).is_some_and(|room| room.position != Position::Hidden)
}

/// Checks for what a cohort leaves.
pub(super) fn check(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let Some(written) = &cohort.giving_up else { return };
    let path = format!("{path}.giving_up");
    if *written == GivingUp::default() {
        let problem = "nobody leaves for anything by this";
        found.warning(&path, problem, "write `positions`, `silence` or `refusals`, or leave it out");
    }
    if let Some(positions) = &written.positions {
        let path = format!("{path}.positions");
        check_positions(positions, &path, found);
        if !shows_positions(scenario) {
            let problem = "no position is ever shown that could drive anybody away";
            let remedy = "add a `waiting_room` with a line that does not hide it, or leave this out";
            found.warning(path, problem, remedy);
            found.because_of(&["waiting_room"]);
        }
    }
    if let Some(silence) = &written.silence {
        if silence.distribution().mean_us().is_some_and(|mean| mean <= 0.0) {
            let remedy = "write a duration such as \"45s\"; null for people whom silence does not drive away";
            found.error(
                format!("{path}.silence"),
                "everybody leaves before anything can be answered",
                remedy,
            );
        }
        if cohort.background.is_some() {
            let problem = "silence is counted in the background too, where nobody notices it";
            found.warning(
                format!("{path}.silence"),
                problem,
                "write a longer one, or leave out `background`",
            );
        }
    }
}

fn check_positions(positions: &Positions, path: &str, found: &mut Found) {
    match *positions {
        Positions::Uniform(Between { low, high }) if high < low => {
            found.error(
                format!("{path}.uniform.high"),
                format!("{high} is less than low, {low}"),
                "exchange them",
            );
        }
        Positions::LogNormal(Spread { median, p95 }) if p95 < median.get() => {
            let problem = format!("{p95} is less than the median, {median}");
            found.error(format!("{path}.log_normal.p95"), problem, "write the median or more");
        }
        _ => {}
    }
}
