//! Who is called back to the line, and what can be wrong with it.

use super::super::Scenario;
use super::super::line::WaitingRoom;
use super::check::Found;
use crate::engine::time::Span;
use crate::protocol::{Incident, Possibility};

pub(super) fn check(scenario: &Scenario, room: &WaitingRoom, found: &mut Found) {
    const PATH: &str = "waiting_room.call_back";
    let Some(call_back) = &room.call_back else { return };
    if room.policy.capabilities().self_paced {
        found.error(
            PATH,
            format!(
                "under `{}` whoever does not ask never gets in, and whoever went away does not ask",
                room.policy.name()
            ),
            "write null here, or choose a policy that calls people, such as {\"triggered_queue\": {}}",
        );
        found.because_of(&["waiting_room.policy"]);
        return;
    }
    let possible = super::identity::possible(scenario, room);
    let shared = [Incident::SharesOwnPlace, Incident::SharesStrangersPlace, Incident::CutByDuplicate];
    if shared.into_iter().any(|incident| possible.has(Possibility::Incident(incident))) {
        found.warning(
            PATH,
            "sessions may share a place here, which goes to whoever asks: nobody is offered to be called back",
            "know each session by something of its own (`waiting_room.identity`), or leave this out",
        );
        found.because_of(&["waiting_room.identity", "waiting_room.duplicates"]);
    }
    if room.reverify.is_some() {
        found.warning(
            PATH,
            "whoever goes away gives no proof, and is out at the next one that is due",
            "leave out one of the two, unless that is what you want to see",
        );
        found.because_of(&["waiting_room.reverify"]);
    }
    let mean = call_back.delay.distribution().mean_us();
    if let Some(mean) = mean.map(|us| Span::from_us(us as u64)).filter(|mean| room.turn_validity <= *mean) {
        let long = mean.saturating_mul(3);
        found.warning(
            format!("{PATH}.delay"),
            format!("mails are read after {mean} on average, and a turn ends after {}", room.turn_validity),
            format!("write at least \"{long}\" at `waiting_room.turn_validity`"),
        );
        found.because_of(&["waiting_room.turn_validity"]);
    }
}
