//! The waiting room, ready to run, and what it makes possible.

use super::super::Scenario;
use super::super::line::{self, WaitingRoom};
use super::super::plan::LinePlan;
use super::{codes, identity, written_line};
use crate::protocol::{Incident, Mode, Possibility, Possible};
use crate::quantity::{Count, Positive};

pub(super) fn line_plan(scenario: &Scenario, room: &WaitingRoom) -> LinePlan {
    LinePlan {
        policy: room.policy.clone(),
        total_active: room.total_active.map(Count::get),
        new_per_minute: room.new_per_minute.map(Count::get),
        fixed_window: room.window == line::Window::Fixed,
        steering: room.steering,
        locations: room.locations,
        exits: room.exits.clone(),
        counts_from_entry: room.counts_from == line::CountsFrom::Entry,
        poll_interval: room.poll_interval.get(),
        poll_jitter: room.poll_jitter.get(),
        grace: room.grace.get(),
        turn_validity: room.turn_validity.get(),
        max_uses: room.max_uses.map(Count::get),
        max_redirects: room.max_redirects.map(Count::get),
        reissue: room.reissue,
        revoke_on_purchase: room.revoke_on_purchase,
        closes: room.closes,
        position: room.position,
        polls: match room.polls {
            line::Polls::Fetch => Mode::Fetch,
            line::Polls::Navigation => Mode::Navigation,
        },
        reverify: room.reverify,
        refusal: room.refusal,
        long_poll: room.long_poll.map(Positive::get),
        heartbeat: room.heartbeat,
        async_join: room.async_join.clone(),
        pages_alone: room.protects == line::Protects::Pages,
        identity: identity::known_by(room),
        duplicates: room.duplicates,
        call_back: room.call_back.clone(),
        codes: codes::plan(scenario, room),
    }
}

/// What the waiting room makes possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let Some(room) = written_line(scenario) else { return Possible::NONE };
    let out_of_line = room.policy.possible() | Possibility::Eviction.when(room.reverify.is_some());
    let silent = out_of_line.has(Possibility::Eviction) && room.refusal != line::RefusalStyle::Explicit;
    let exit_lost = room.exits.as_ref().is_some_and(|exits| exits.lost > 0.0);
    let join_lost = room.async_join.as_ref().is_some_and(|later| later.dead_letter > 0.0);
    out_of_line
        | Possibility::SilentRefusal.when(silent)
        | Possibility::CallBack.when(room.call_back.is_some())
        | Possibility::HeartbeatTimeout.when(room.heartbeat.is_some())
        | Possibility::BudgetOvershoot.when(room.locations.is_some())
        | Possibility::CodeGuessing.when(codes::may_be_guessed(scenario))
        | Possibility::Incident(Incident::ExitLost).when(exit_lost)
        | Possibility::Incident(Incident::JoinLost).when(join_lost)
        | Possibility::Incident(Incident::RedirectsUsedUp).when(room.max_redirects.is_some())
        | identity::possible(scenario, room)
}
