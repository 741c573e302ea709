//! Access codes: who has which, and what can be wrong with them.

use super::super::Scenario;
use super::super::crowd::Cohort;
use super::super::line::WaitingRoom;
use super::super::plan::{CodesPlan, CohortPlan};
use super::check::Found;
use super::written_line;
use crate::quantity::Positive;

/// Persons who were sent a code.
fn sent(scenario: &Scenario) -> u32 {
    scenario.crowd.iter().filter(|cohort| !cohort.guesses_codes).map(|cohort| cohort.count).sum()
}

/// Gives every person but those who guess a code of their own: the first ones there are.
pub(super) fn hand_out(scenario: &Scenario, plans: &mut [CohortPlan]) {
    let mut next = 0;
    for (cohort, plan) in scenario.crowd.iter().zip(plans).filter(|(cohort, _)| !cohort.guesses_codes) {
        plan.first_code = Some(next);
        next += cohort.count;
    }
}

pub(super) fn plan(scenario: &Scenario, room: &WaitingRoom) -> Option<CodesPlan> {
    let codes = room.codes.as_ref()?;
    let lockout = codes
        .lockout
        .as_ref()
        .map(|lockout| (lockout.per, lockout.after.get(), lockout.r#for.map(Positive::get)));
    Some(CodesPlan { space: codes.space.get(), sent: sent(scenario), lockout })
}

pub(super) fn may_be_guessed(scenario: &Scenario) -> bool {
    let guesses = |cohort: &Cohort| cohort.guesses_codes && cohort.count > 0;
    written_line(scenario).is_some_and(|room| room.codes.is_some()) && scenario.crowd.iter().any(guesses)
}

/// Checks the codes of a waiting room.
pub(super) fn check(scenario: &Scenario, room: &WaitingRoom, found: &mut Found) {
    const PATH: &str = "waiting_room.codes";
    let Some(codes) = &room.codes else { return };
    let sent = sent(scenario);
    if codes.space < u64::from(sent) {
        let problem = format!("there could be {} codes, and {sent} persons were sent one each", codes.space);
        found.error(format!("{PATH}.space"), problem, "write more, or let some cohort guess");
        found.because_of(&["crowd"]);
    }
    if let Some(lockout) = &codes.lockout {
        if !may_be_guessed(scenario) {
            let problem = "nobody guesses, so no code is ever wrong";
            found.warning(
                format!("{PATH}.lockout"),
                problem,
                "write `guesses_codes` at a cohort, or remove this",
            );
            found.because_of(&["crowd"]);
        } else if sent == 0 && lockout.per == super::super::codes::Subject::Code {
            found.error(
                format!("{PATH}.lockout.per"),
                "no code was sent that could be aimed at",
                "write \"address\"",
            );
        }
    }
}

/// Checks what a cohort says of codes.
pub(super) fn check_cohort(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    if cohort.guesses_codes && written_line(scenario).is_none_or(|room| room.codes.is_none()) {
        let problem = "no join needs a code, so there is none to guess";
        found.warning(format!("{path}.guesses_codes"), problem, "write `waiting_room.codes`, or remove this");
        found.because_of(&["waiting_room"]);
    }
}
