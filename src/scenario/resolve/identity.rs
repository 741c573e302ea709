//! By what the waiting room knows sessions again: which incidents may come of it, and what can be wrong with it.

use super::super::Scenario;
use super::super::crowd::{Begins, Cohort};
use super::super::line::{Duplicates, Identity, Protects, WaitingRoom};
use super::check::Found;
use super::written_line;
use crate::protocol::{Incident, Possibility, Possible};

/// By what the room knows a session again. Under a policy that gives each person one place it does so whatever they come
/// with, as by a code of their own.
pub(super) fn known_by(room: &WaitingRoom) -> Identity {
    if room.policy.is_per_person() { Identity::Code } else { room.identity }
}

/// Which incidents may come of how the room knows sessions again.
pub(super) fn possible(scenario: &Scenario, room: &WaitingRoom) -> Possible {
    let some =
        |is: &dyn Fn(&Cohort) -> bool| scenario.crowd.iter().any(|cohort| cohort.count > 0 && is(cohort));
    let among_strangers =
        known_by(room) == Identity::Address && some(&|cohort| cohort.persons_per_address > 1);
    let among_own = some(&|cohort| meets_itself(cohort, known_by(room)));
    let merges = room.duplicates != Duplicates::Both;
    let cuts = room.duplicates == Duplicates::Replace && (among_own || among_strangers);
    let loses_cookies = known_by(room) == Identity::Cookie && some(&|cohort| cohort.cookieless > 0.0);
    let hides = some(&|cohort| cohort.background.is_some());
    let unchecked = room.protects == Protects::Pages && some(&|cohort| cohort.begins == Begins::Hold);
    Possibility::Incident(Incident::SharesOwnPlace).when(merges && among_own)
        | Possibility::Incident(Incident::SharesStrangersPlace).when(merges && among_strangers)
        | Possibility::Incident(Incident::CutByDuplicate).when(cuts)
        | Possibility::Incident(Incident::TakenForNewcomer).when(loses_cookies)
        | Possibility::Incident(Incident::TurnForNobody).when(loses_cookies)
        | Possibility::Incident(Incident::TabHidden).when(hides)
        | Possibility::Incident(Incident::ExpiredInBackground).when(hides)
        | Possibility::Incident(Incident::KeptForEver).when(some(&|cohort| cohort.flagged > 0.0))
        | Possibility::Incident(Incident::CameWithoutTurn).when(unchecked)
}

/// Two sessions of one person may be known by one key.
fn meets_itself(cohort: &Cohort, by: Identity) -> bool {
    let most = cohort.sessions.len();
    match by {
        Identity::Cookie | Identity::Device => most > 1 && cohort.tabs_per_device > 1,
        Identity::Account => most > usize::from(cohort.accounts.get()),
        Identity::Address => most > usize::from(cohort.addresses.get()),
        Identity::Code => most > 1,
    }
}

/// Checks what a cohort says of devices and accounts.
pub(super) fn check_cohort(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let by = written_line(scenario).map(known_by);
    if cohort.addresses > 1 && cohort.persons_per_address > 1 {
        found.error(
            format!("{path}.addresses"),
            "persons have several addresses each, and share them",
            "leave out this, or `persons_per_address`",
        );
        found.because_of(&[&format!("{path}.persons_per_address")]);
    }
    if cohort.flagged > 0.0 && by.is_none() {
        let problem = "there is no line in which anybody could be kept for ever";
        found.warning(
            format!("{path}.flagged"),
            problem,
            "add a `waiting_room` with a line, or leave it out",
        );
        found.because_of(&["waiting_room"]);
    }
    if cohort.cookieless > 0.0 && by.is_some_and(|by| by != Identity::Cookie) {
        let path = format!("{path}.cookieless");
        found.warning(
            path,
            "the waiting room knows sessions by something else than a cookie, so this has no effect",
            "write \"cookie\" at `waiting_room.identity`, or leave it out",
        );
        found.because_of(&["waiting_room.identity"]);
    }
    let counts = [
        ("tabs_per_device", cohort.tabs_per_device, &[Identity::Cookie, Identity::Device][..]),
        ("accounts", cohort.accounts, &[Identity::Account][..]),
    ];
    for (key, count, matters_for) in counts {
        let path = format!("{path}.{key}");
        if count > 1 && cohort.sessions.len() == 1 {
            let problem = "everybody has one session, so there is nothing to share or to choose from";
            found.warning(
                path,
                problem,
                "write shares of persons with more, such as \"sessions\": [0.7, 0.3]",
            );
        } else if key == "accounts" && scenario.edge.account_limit.is_some() {
            // Each account has a limit of its own, whatever the room goes by.
        } else if count > 1 && by.is_some_and(|by| !matters_for.contains(&by)) {
            found.warning(
                path,
                "the waiting room knows sessions by something else, so this has no effect",
                "change `waiting_room.identity`, or leave it out",
            );
            found.because_of(&["waiting_room.identity"]);
        }
    }
}

/// Checks what the waiting room says of keys.
pub(super) fn check_room(room: &WaitingRoom, found: &mut Found) {
    let per_person = room.policy.is_per_person();
    if per_person && room.duplicates == Duplicates::Both {
        found.error(
            "waiting_room.duplicates",
            "under \"per_person\" a person has one place, and here each join gets one of its own",
            "leave it out, or write the policy \"prequeue_shuffle\"",
        );
        found.because_of(&["waiting_room.policy"]);
    }
    if per_person && room.identity != Identity::default() {
        found.warning(
            "waiting_room.identity",
            "under \"per_person\" a person is known by who they are, so this has no effect",
            "leave it out",
        );
        found.because_of(&["waiting_room.policy"]);
    } else if room.duplicates == Duplicates::Both && room.identity != Identity::default() {
        found.warning(
            "waiting_room.identity",
            "every join counts, whatever it is known by, so this has no effect",
            "write \"ignore\" or \"replace\" at `waiting_room.duplicates`, or leave `identity` out",
        );
        found.because_of(&["waiting_room.duplicates"]);
    }
}
