//! What can be wrong with what the waiting room does to those in line and inside: proofs, silence, long polls,
//! heartbeats.

use super::super::Scenario;
use super::super::diagnose::printable;
use super::super::line::{CountsFrom, Heartbeat, RefusalStyle, Reverify, WaitingRoom};
use super::check::Found;
use super::line;
use crate::admission;
use crate::engine::time::Span;
use crate::protocol::Possibility;

/// Checks the keys of a waiting room that has a line; without one they have no effect, and that is told elsewhere.
pub(super) fn check_line(scenario: &Scenario, room: &WaitingRoom, found: &mut Found) {
    if matches!(room.policy, admission::Config::None(_)) {
        return;
    }
    let cohorts: Vec<&str> = scenario.crowd.iter().map(|cohort| cohort.name.as_str()).collect();
    for (key, problem, remedy) in room.policy.problems(&cohorts) {
        found.error(format!("waiting_room.policy.{}.{key}", room.policy.name()), problem, remedy);
    }
    for (key, mistake) in room.policy.malformed() {
        let clean = |text: &str| crate::visible::visible(text, '\u{fffd}');
        let path = format!("waiting_room.policy.{}.{key}", room.policy.name());
        found.error(path, clean(&mistake.problem), clean(&mistake.remedy));
        found.within(mistake.span);
    }
    check_budgets(room, found);
    if let Some(reverify) = &room.reverify {
        check_reverify(reverify, room, found);
    }
    check_refusal(scenario, room, found);
    super::identity::check_room(room, found);
    super::codes::check(scenario, room, found);
    super::call_back::check(scenario, room, found);
    if room.policy.capabilities().delays && room.async_join.is_some() {
        let problem =
            "places are given later than the joins, and the slow lane's later still, but not by this";
        let path = format!("waiting_room.policy.{}.delay", room.policy.name());
        found.warning(path, problem, "write the whole delay here, or leave one of the two out");
        found.because_of(&["waiting_room.async_join"]);
    }
    if let Some(hold) = room.long_poll {
        check_long_poll(scenario, hold.get(), found);
    }
    if let Some(heartbeat) = &room.heartbeat {
        check_heartbeat(heartbeat, found);
    }
}

/// Checks what the budgets learn, and when.
fn check_budgets(room: &WaitingRoom, found: &mut Found) {
    if let Some(steering) = &room.steering {
        const PATH: &str = "waiting_room.steering";
        if steering.max < steering.min {
            let problem = format!("the most, {}, is less than the fewest, {}", steering.max, steering.min);
            found.error(format!("{PATH}.max"), problem, "write at least `min`");
            found.because_of(&[&format!("{PATH}.min")]);
        }
        match room.new_per_minute {
            None => {
                found.error(
                    PATH,
                    "there are no turns a minute that could be changed",
                    "set `waiting_room.new_per_minute`: it is where steering begins",
                );
                found.because_of(&["waiting_room.new_per_minute"]);
            }
            Some(begins) if begins < steering.min || begins > steering.max => {
                found.warning(
                    PATH,
                    format!(
                        "the outflow begins at {begins}, which is not from {} to {}",
                        steering.min, steering.max
                    ),
                    "let `min` and `max` enclose `waiting_room.new_per_minute`",
                );
                found.because_of(&["waiting_room.new_per_minute"]);
            }
            Some(_) => {}
        }
    }
    if room.counts_from == CountsFrom::Entry && room.total_active.is_some() && room.new_per_minute.is_none() {
        found.warning(
            "waiting_room.counts_from",
            "whoever has a turn and has not come yet is not counted: one free slot lets the whole line in",
            "write \"grant\", or set `waiting_room.new_per_minute` too",
        );
        found.because_of(&["waiting_room.total_active", "waiting_room.new_per_minute"]);
    }
    if room.locations.is_some() && room.total_active.is_none() && room.new_per_minute.is_none() {
        let remedy = "set `waiting_room.total_active` or `waiting_room.new_per_minute`";
        let problem = "there is no limit that they could overshoot together";
        found.warning("waiting_room.locations", problem, remedy);
    }
    if room.exits.is_some() {
        const PATH: &str = "waiting_room.exits";
        if room.total_active.is_none() {
            found.warning(
                PATH,
                "nobody counts the active, so it never matters who has left",
                "set `waiting_room.total_active`, or leave `exits` out",
            );
            found.because_of(&["waiting_room.total_active"]);
        }
    }
}

fn check_reverify(reverify: &Reverify, room: &WaitingRoom, found: &mut Found) {
    const PATH: &str = "waiting_room.reverify";
    let longest = room.poll_interval.as_us() as f64 * (1.0 + room.poll_jitter.get());
    let deadline = reverify.deadline;
    if room.long_poll.is_none() && deadline.as_us() as f64 <= longest {
        found.warning(
            format!("{PATH}.deadline"),
            format!("the deadline {deadline} can pass before the next poll tells that a proof is due"),
            format!("write at least \"{}\"", Span::from_us(longest as u64 * 2)),
        );
        found.because_of(&["waiting_room.poll_interval", "waiting_room.poll_jitter"]);
    }
}

fn check_refusal(scenario: &Scenario, room: &WaitingRoom, found: &mut Found) {
    const PATH: &str = "waiting_room.refusal";
    let evicts = line::possible(scenario).has(Possibility::Eviction);
    if room.refusal != RefusalStyle::Explicit && !evicts {
        found.warning(
            PATH,
            "nobody is taken out of the line, so how they are answered has no effect",
            "set `waiting_room.reverify`, or a policy that takes sessions out, or leave `refusal` out",
        );
        found.because_of(&["waiting_room.reverify", "waiting_room.policy"]);
    } else if room.refusal == RefusalStyle::Drop && scenario.edge.upstream_timeout.is_none() {
        found.warning(
            PATH,
            "what is dropped is never answered: the gateways have no timer that would end it with a 504",
            "set `edge.upstream_timeout`, or write \"hold_open\" if a page that hangs is meant",
        );
        found.because_of(&["edge.upstream_timeout"]);
    }
}

fn check_long_poll(scenario: &Scenario, hold: Span, found: &mut Found) {
    const PATH: &str = "waiting_room.long_poll";
    if let Some(timer) = scenario.edge.upstream_timeout.filter(|timer| *timer <= hold) {
        found.warning(
            PATH,
            format!("a poll is held for {hold}, but the gateways answer 504 after {timer}"),
            "hold polls for a shorter time, or raise `edge.upstream_timeout`",
        );
        found.because_of(&["edge.upstream_timeout"]);
    }
    for (i, cohort) in scenario.crowd.iter().enumerate() {
        if let Some(timeout) = cohort.timeout.filter(|timeout| *timeout <= hold) {
            let name = printable(&cohort.name);
            found.warning(
                PATH,
                format!(
                    "a poll is held for {hold}, but the clients of \"{name}\" stop waiting after {timeout}"
                ),
                format!("hold polls for a shorter time, or raise `crowd[{i}].timeout`"),
            );
            found.because_of(&[&format!("crowd[{i}].timeout")]);
        }
    }
}

fn check_heartbeat(heartbeat: &Heartbeat, found: &mut Found) {
    const PATH: &str = "waiting_room.heartbeat";
    let Heartbeat { interval, grace } = *heartbeat;
    if grace <= interval {
        found.warning(
            format!("{PATH}.grace"),
            format!("pages send a beacon every {interval}: people who are there are dropped after {grace}"),
            format!("write at least \"{}\"", interval.saturating_mul(3)),
        );
        found.because_of(&["waiting_room.heartbeat.interval"]);
    }
}
