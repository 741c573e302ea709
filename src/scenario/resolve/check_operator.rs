//! What can be wrong with what the operator sees, does and announces, and with how the crowd takes it.

use super::super::Scenario;
use super::super::announcement::{Announce, Word};
use super::super::diagnose::printable;
use super::super::operator::{
    Action, After, CountBound, RULES_MAX, Rule, SetOutflow, SettleOrders, ShareBound, Signal, Telemetry,
    Trigger, When,
};
use super::check::Found;
use super::check_crowd::one_of;
use super::operator::named;
use super::written_line;
use crate::engine::time::Span;

/// Checks telemetry, every rule, and how the cohorts take what is announced.
pub(super) fn check_operator(scenario: &Scenario, found: &mut Found) {
    let rules = &scenario.operator;
    check_telemetry(scenario, found);
    if rules.len() > RULES_MAX {
        let problem = format!("there are {} rules", rules.len());
        found.error("operator", problem, format!("write at most {RULES_MAX}"));
    }
    let (places, names): (Vec<usize>, Vec<&str>) =
        rules.iter().enumerate().filter_map(|(i, rule)| Some((i, rule.name.as_deref()?))).unzip();
    found.names(names.into_iter(), |i| format!("operator[{}].name", places[i]));
    for (i, rule) in rules.iter().enumerate() {
        let path = format!("operator[{i}]");
        match &rule.trigger {
            Trigger::At(at) => check_instant(scenario, *at, &format!("{path}.trigger.at"), found),
            Trigger::When(when) => check_when(scenario, when, &format!("{path}.trigger.when"), found),
            Trigger::After(after) => check_after(rules, i, after, found),
        }
        if rule.actions.is_empty() {
            found.error(format!("{path}.actions"), "nothing is done", "write one action at least");
        }
        for (j, action) in rule.actions.iter().enumerate() {
            check_action(scenario, action, &format!("{path}.actions[{j}]"), found);
        }
    }
    check_resumes(rules, found);
    check_reactions(scenario, found);
}

fn check_telemetry(scenario: &Scenario, found: &mut Found) {
    let watched = scenario.operator.iter().any(|rule| matches!(rule.trigger, Trigger::When(_)));
    if !watched && scenario.telemetry != Telemetry::default() {
        found.warning(
            "telemetry",
            "no rule of the operator waits for a figure: nobody looks at the telemetry",
            "write a rule with {\"when\": { ... }}, or remove it",
        );
        found.because_of(&["operator"]);
    }
}

fn check_instant(scenario: &Scenario, at: Span, path: &str, found: &mut Found) {
    let horizon = scenario.horizon_or_default();
    if at >= horizon {
        let problem = format!("nobody acts from the horizon on: {at} is not before {horizon}");
        found.error(path, problem, "choose an earlier time, or a later `horizon`");
        found.because_of(&["horizon", "opens_at"]);
    }
}

fn check_when(scenario: &Scenario, when: &When, path: &str, found: &mut Found) {
    check_signal(scenario, &when.signal, &format!("{path}.signal"), found);
    if let Some(not_before) = when.not_before {
        check_instant(scenario, not_before, &format!("{path}.not_before"), found);
    }
    let Telemetry { interval, delay } = scenario.telemetry;
    let from = when.not_before.unwrap_or_default();
    let horizon = scenario.horizon_or_default();
    if from < horizon && from + interval + when.lasting + delay >= horizon {
        let problem = format!(
            "a figure that lasts for {} is acted on {delay} later, which is never before the horizon {horizon}",
            when.lasting
        );
        found.error(format!("{path}.for"), problem, "write a shorter time, or a later `horizon`");
        found.because_of(&["horizon", "opens_at", "telemetry"]);
    }
}

fn check_signal(scenario: &Scenario, signal: &Signal, path: &str, found: &mut Found) {
    let seats: u64 = scenario.inventory.bands.iter().map(|band| u64::from(band.seats)).sum();
    let seats = (seats, "seats there are", "inventory");
    match signal {
        Signal::ErrorRate(bound) => check_share(*bound, &format!("{path}.error_rate"), found),
        Signal::Latency(latency) => {
            check_share(latency.share, &format!("{path}.latency.share"), found);
        }
        Signal::SoldShare(bound) => check_share(*bound, &format!("{path}.sold_share"), found),
        Signal::Sold(bound) => check_count(*bound, Some(seats), &format!("{path}.sold"), found),
        Signal::Left(bound) => check_count(*bound, Some(seats), &format!("{path}.left"), found),
        Signal::Queue(queue) => {
            let path = format!("{path}.queue");
            let name = queue.station.name();
            let Some(station) = scenario.services.declared(queue.station) else {
                let problem =
                    format!("the service `{name}` is not declared: it takes no time and has no queue");
                found.error(format!("{path}.station"), problem, format!("declare `services.{name}`"));
                return found.because_of(&["services"]);
            };
            let room = station.queue.map(|queue| u64::from(queue) * u64::from(station.peers.get()));
            let room = room.map(|room| (room, "may wait there", "services"));
            check_count(queue.length, room, &format!("{path}.length"), found);
        }
        Signal::InLine(bound) => {
            let path = format!("{path}.in_line");
            needs_line(scenario, &path, "there is no line to count", found);
            check_count(*bound, None, &path, found);
        }
    }
}

fn check_share(bound: ShareBound, path: &str, found: &mut Found) {
    match bound {
        ShareBound::Above(share) => {
            let path = format!("{path}.above");
            if share == 1.0 {
                found.error(path, "no share is more than 1", "write a smaller one");
            }
        }
        ShareBound::Below(share) => {
            let path = format!("{path}.below");
            if share == 0.0 {
                found.error(path, "no share is less than 0", "write a larger one");
            }
        }
    }
}

/// A bound on a number; `most` is how many there can be, in words, and the section that says so.
fn check_count(bound: CountBound, most: Option<(u64, &str, &str)>, path: &str, found: &mut Found) {
    match (bound, most) {
        (CountBound::Below(0), _) => {
            found.error(format!("{path}.below"), "no number is less than 0", "write 1 or more");
        }
        (CountBound::Above(count), Some((most, what, section))) if u64::from(count) >= most => {
            let problem = format!("there are never more than {count}: {most} {what}");
            found.error(format!("{path}.above"), problem, "write a smaller number");
            found.because_of(&[section]);
        }
        _ => {}
    }
}

fn check_after(rules: &[Rule], number: usize, after: &After, found: &mut Found) {
    let path = format!("operator[{number}].trigger.after.rule");
    let Some(first) = named(rules, &after.rule) else {
        let names: Vec<&str> = rules.iter().filter_map(|rule| rule.name.as_deref()).collect();
        let remedy = match names.as_slice() {
            [] => "give the other rule this `name`".to_owned(),
            names => one_of(&after.rule, names),
        };
        let problem = format!("there is no rule \"{}\"", printable(&after.rule));
        return found.error(path, problem, remedy);
    };
    let mut before = first;
    for _ in 0..rules.len() {
        let Trigger::After(after) = &rules[before].trigger else { return };
        match named(rules, &after.rule) {
            Some(next) => before = next,
            None => return,
        }
    }
    found.error(
        path,
        "the rule waits for itself, in the end",
        "let one of those rules act `at` an instant, or `when` a figure calls for it",
    );
}

fn check_action(scenario: &Scenario, action: &Action, path: &str, found: &mut Found) {
    match action {
        Action::Pause(_) | Action::Resume(_) => {}
        Action::SetOutflow(outflow) => {
            let path = format!("{path}.set_outflow");
            needs_line(scenario, &path, "nobody is let in by a waiting room", found);
            check_outflow(outflow, &path, found);
        }
        Action::CloseToNewcomers(_) => {
            let path = format!("{path}.close_to_newcomers");
            needs_line(scenario, &path, "there is no line to close", found);
        }
        Action::OpenToNewcomers(_) => {
            let path = format!("{path}.open_to_newcomers");
            needs_line(scenario, &path, "there is no line to open", found);
            let closes = |action: &Action| matches!(action, Action::CloseToNewcomers(_));
            if !scenario.operator.iter().flat_map(|rule| &rule.actions).any(closes) {
                let remedy = "close it before, with `close_to_newcomers`, or leave this out";
                found.warning(path, "nothing ever closes the line to newcomers", remedy);
                found.because_of(&["operator"]);
            }
        }
        Action::SettleOrders(settle) => {
            check_settlement(scenario, settle, &format!("{path}.settle_orders"), found);
        }
        Action::Announce(announce) => check_announce(announce, &format!("{path}.announce"), found),
    }
}

/// An interval that lies before the sale, or ends before it begins, has no orders.
fn check_settlement(scenario: &Scenario, settle: &SettleOrders, path: &str, found: &mut Found) {
    let first_fault = scenario.faults.iter().map(|fault| fault.at).min();
    let from = settle.from.or(first_fault).unwrap_or(scenario.opens_at);
    if let Some(until) = settle.until.filter(|until| *until <= from) {
        let problem = format!("the interval begins at {from} and ends at {until}: no order falls into it");
        found.error(format!("{path}.until"), problem, "write a later time, or null for the last pause");
        found.because_of(&["faults", "opens_at"]);
    }
}

fn needs_line(scenario: &Scenario, path: &str, problem: &str, found: &mut Found) {
    if written_line(scenario).is_none() {
        found.error(path, problem, "add a `waiting_room` with a policy, or remove this");
        found.because_of(&["waiting_room"]);
    }
}

fn check_outflow(outflow: &SetOutflow, path: &str, found: &mut Found) {
    if *outflow == SetOutflow::default() {
        let remedy = "write `new_per_minute` or `total_active`, such as {\"at_most\": 100} or \"unlimited\"";
        found.error(path, "this changes nothing", remedy);
    }
}

fn check_announce(announce: &Announce, path: &str, found: &mut Found) {
    if let Some(reopens_at) = announce.reopens_at.filter(|_| announce.word != Word::Paused) {
        let problem = format!("only a pause is said to end, and this says that it ends at {reopens_at}");
        found.error(format!("{path}.reopens_at"), problem, "announce \"paused\", or remove this");
    }
    if announce.reach == 0.0 && !announce.on_page {
        found.error(
            path,
            "this announcement reaches nobody",
            "write the share of people whom it reaches as `reach`, or let the page say it: \"on_page\": true",
        );
    }
}

/// A resume needs a pause that can come before it.
fn check_resumes(rules: &[Rule], found: &mut Found) {
    let pauses = |rule: &Rule| rule.actions.iter().any(|action| matches!(action, Action::Pause(_)));
    let mut first_pause = None;
    for rule in rules.iter().filter(|rule| pauses(rule)) {
        let earliest = match rule.trigger {
            Trigger::At(at) => at,
            Trigger::When(_) | Trigger::After(_) => Span::ZERO,
        };
        first_pause = Some(first_pause.map_or(earliest, |first: Span| first.min(earliest)));
    }
    for (i, rule) in rules.iter().enumerate() {
        for (j, _) in rule.actions.iter().enumerate().filter(|(_, a)| matches!(a, Action::Resume(_))) {
            let path = format!("operator[{i}].actions[{j}].resume");
            match (first_pause, &rule.trigger) {
                (None, _) => {
                    found.error(path, "nothing pauses the sale", "add a rule that does, or remove this");
                }
                (Some(pause), Trigger::At(at)) if *at < pause => {
                    let problem =
                        format!("at {at} the sale is not paused: that happens at {pause}, at the earliest");
                    found.error(path, problem, "let it resume after that");
                }
                _ => {}
            }
        }
    }
}

fn check_reactions(scenario: &Scenario, found: &mut Found) {
    let said = |word: Word| {
        let mut actions = scenario.operator.iter().flat_map(|rule| &rule.actions);
        actions.any(|action| matches!(action, Action::Announce(announce) if announce.word == word))
    };
    let unheard = |found: &mut Found, path: String, word: &str| {
        let problem = format!("no rule of the operator announces \"{word}\": this has no effect");
        found.warning(path, problem, "announce it, or remove this");
        found.because_of(&["operator"]);
    };
    for (i, cohort) in scenario.crowd.iter().enumerate() {
        let path = format!("crowd[{i}].on_announcement");
        let (paused, keep_trying) = (&cohort.on_announcement.paused, &cohort.on_announcement.keep_trying);
        if paused.leave > 0.0 && !said(Word::Paused) {
            unheard(found, format!("{path}.paused.leave"), "paused");
        }
        if keep_trying.persist > 0.0 && !said(Word::KeepTrying) {
            unheard(found, format!("{path}.keep_trying.persist"), "keep_trying");
        }
        if let Some(room) = &scenario.waiting_room
            && paused.wait > Span::ZERO
            && paused.wait + room.poll_interval > room.grace
        {
            let problem = format!(
                "who waits this long before asking again may lose their place after the pause: the grace is {}",
                room.grace
            );
            found.warning(
                format!("{path}.paused.wait"),
                problem,
                "write a shorter wait, or lengthen `waiting_room.grace`",
            );
            found.because_of(&["waiting_room"]);
        }
    }
}
