//! What can be wrong with the crowd.

use super::super::crowd::{Arrivals, Cohort, Rates, Together};
use super::super::diagnose::printable;
use super::super::network::Class;
use super::super::trace::ALL_ROWS_MAX;
use super::super::{NAMES_MAX, PERSONS_MAX, SESSIONS_MAX, Scenario};
use super::check::Found;
use super::trace::check_trace;
use crate::behavior::{self, Breaker, Budget};
use crate::engine::time::Span;

/// How far the shares of sessions may sum from 1: they are decimals that a person wrote.
const SHARES_TOLERANCE: f64 = 1e-9;

/// Checks every cohort, and all of them together.
pub(super) fn check_crowd(scenario: &Scenario, found: &mut Found) {
    let crowd = &scenario.crowd;
    found.names(crowd.iter().map(|cohort| cohort.name.as_str()), |i| format!("crowd[{i}].name"));
    if crowd.len() > NAMES_MAX {
        found.error(
            "crowd",
            format!("there are {} cohorts", crowd.len()),
            format!("write at most {NAMES_MAX}"),
        );
    }
    let persons: u64 = crowd.iter().map(|cohort| u64::from(cohort.count)).sum();
    if persons == 0 {
        found.error("crowd", "nobody comes: every cohort is empty", "give one of them a `count`");
    } else if persons > PERSONS_MAX {
        let problem = format!("all cohorts together have {persons} persons");
        found.error("crowd", problem, format!("keep them to {PERSONS_MAX} together"));
    } else {
        warn_of_memory(crowd, found);
    }
    let references: Vec<usize> =
        crowd.iter().enumerate().filter(|(_, cohort)| cohort.reference).map(|(i, _)| i).collect();
    if let [first, others @ ..] = references.as_slice() {
        for i in others {
            let problem = format!("crowd[{first}] is the reference already");
            found.error(
                format!("crowd[{i}].reference"),
                problem,
                "keep one: the others are measured against it",
            );
        }
        if !crowd[*first].compare {
            let problem = "the reference is not compared itself";
            found.warning(
                format!("crowd[{first}].reference"),
                problem,
                "let it be compared, or choose another reference",
            );
        }
    }
    check_trace_rows(crowd, found);
    for (i, cohort) in crowd.iter().enumerate() {
        check_cohort(scenario, cohort, &format!("crowd[{i}]"), found);
    }
}

/// What all traces take together is bounded, as it is kept as long as the run lasts.
fn check_trace_rows(crowd: &[Cohort], found: &mut Found) {
    let rows = crowd.iter().map(|cohort| match &cohort.arrivals {
        Arrivals::Trace(trace) => trace.counts.as_ref().map_or(0, Vec::len),
        _ => 0,
    });
    let rows: usize = rows.sum();
    if rows > ALL_ROWS_MAX {
        let problem = format!("all traces together take {rows} rows");
        let remedy = format!("take at most {ALL_ROWS_MAX}: add rows up, or let cohorts share a trace");
        found.error("crowd", problem, remedy);
    }
}

/// What a session takes, with every metric: measured by `benches/surge.rs`, rounded up.
const BYTES_A_SESSION: f64 = 120.0;
/// What a machine to work at has to spare.
const MEMORY_BYTES: f64 = 8e9;

fn warn_of_memory(crowd: &[Cohort], found: &mut Found) {
    let sessions_a_person = |cohort: &Cohort| {
        (1..).zip(&cohort.sessions).map(|(count, share)| f64::from(count) * share.get()).sum::<f64>()
    };
    let sessions: f64 = crowd.iter().map(|c| f64::from(c.count) * sessions_a_person(c)).sum();
    let bytes = sessions * BYTES_A_SESSION;
    if bytes > MEMORY_BYTES {
        let problem = format!("a run needs about {:.0} GB of memory ({sessions:.0} sessions)", bytes / 1e9);
        found.warning("crowd", problem, "use a machine that has it, or scale crowd and stock down together");
    }
}

fn check_cohort(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    check_names(scenario, cohort, path, found);
    check_sessions(cohort, path, found);
    check_open_after(cohort, &format!("{path}.open_after"), found);
    check_arrivals(scenario, cohort, &format!("{path}.arrivals"), found);
    super::identity::check_cohort(scenario, cohort, path, found);
    super::giving_up::check(scenario, cohort, path, found);
    super::switches::check(scenario, cohort, path, found);
    super::codes::check_cohort(scenario, cohort, path, found);
    super::traits::check(scenario, cohort, path, found);
    let behavior = format!("{path}.behavior.{}", cohort.behavior.name());
    for (key, problem, remedy) in cohort.behavior.problems() {
        found.error(format!("{behavior}.{key}"), problem, remedy);
    }
    check_party(scenario, cohort, path, found);
    check_caller(cohort, path, found);
    let interval = match &cohort.behavior {
        behavior::Config::PollingPage(page) => page.interval,
        behavior::Config::Refresher(person) => Some(person.interval),
        behavior::Config::ClockWatcher(watcher) => Some(watcher.every),
        behavior::Config::Backoff(_) | behavior::Config::Bot(_) => None,
    };
    if let Some(room) = &scenario.waiting_room
        && let Some(interval) = interval.filter(|interval| *interval > room.grace)
    {
        found.warning(
            format!("{behavior}.interval"),
            format!(
                "this client asks every {interval}, and a place without contact for {} is skipped",
                room.grace
            ),
            "ask more often, or lengthen `waiting_room.grace`",
        );
        found.because_of(&["waiting_room"]);
    }
}

/// Whoever wants all seats together or none gets none where the band, or the house, has fewer.
fn check_party(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let wants = u32::from(cohort.wants.get());
    let asked = scenario
        .inventory
        .bands
        .iter()
        .filter(|band| cohort.band.as_ref().is_none_or(|name| *name == band.name));
    let seats: u64 = asked.map(|band| u64::from(band.seats)).sum();
    if cohort.together == Together::All && 0 < seats && seats < u64::from(wants) {
        found.warning(
            format!("{path}.together"),
            format!("nobody of them can buy: they want {wants} seats or none, and there are {seats}"),
            "lower `wants`, or let them take `\"as_many\"` as there are",
        );
    }
}

fn check_caller(cohort: &Cohort, path: &str, found: &mut Found) {
    let Some(caller) = &cohort.caller else { return };
    let path = format!("{path}.caller");
    for (key, problem, remedy) in caller.retry_budget.iter().flat_map(Budget::problems) {
        found.error(format!("{path}.retry_budget.{key}"), problem, remedy);
    }
    for (key, problem, remedy) in caller.circuit_breaker.iter().flat_map(Breaker::problems) {
        found.error(format!("{path}.circuit_breaker.{key}"), problem, remedy);
    }
    if caller.ask_again_after.is_some() && !caller.denies_retries() {
        let problem = "no retry is ever denied, so nobody asks by hand";
        let remedy = "give it a `retry_budget`, or a breaker that stops retries, or remove this";
        found.warning(format!("{path}.ask_again_after"), problem, remedy);
    }
    if caller.retry_budget.is_none() && caller.circuit_breaker.is_none() {
        let problem = "a program without a budget and a breaker allows everything";
        found.warning(path, problem, "give it a `retry_budget` or a `circuit_breaker`, or remove this");
    }
}

fn check_names(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let listed = || scenario.network.iter().map(|class| class.name.as_str());
    if super::network_class(scenario, &cohort.network).is_none() {
        let known: Vec<&str> = Class::BUILT_IN
            .into_iter()
            .filter(|name| !listed().any(|other| other == *name))
            .chain(listed())
            .collect();
        let problem = format!("there is no network class \"{}\"", printable(&cohort.network));
        found.error(format!("{path}.network"), problem, one_of(&cohort.network, &known));
        found.because_of(&["network"]);
    }
    if let Some(band) = &cohort.band
        && !scenario.inventory.bands.iter().any(|other| other.name == *band)
    {
        let known: Vec<&str> = scenario.inventory.bands.iter().map(|band| band.name.as_str()).collect();
        let problem = format!("there is no band \"{}\"", printable(band));
        found.error(
            format!("{path}.band"),
            problem,
            one_of(band, &known) + ", or null for the best seats of all",
        );
        found.because_of(&["inventory"]);
    }
}

/// "did you mean", or what there is.
pub(super) fn one_of(written: &str, known: &[&str]) -> String {
    let quoted = |name: &&str| format!("\"{}\"", printable(name));
    match super::super::form::suggest(written, known.iter().copied()) {
        Some(name) => format!("did you mean {}?", quoted(&name)),
        None => format!("write one of {}", known.iter().take(12).map(quoted).collect::<Vec<_>>().join(", ")),
    }
}

fn check_sessions(cohort: &Cohort, path: &str, found: &mut Found) {
    let path = format!("{path}.sessions");
    if cohort.sessions.is_empty() || cohort.sessions.len() > SESSIONS_MAX {
        let problem = format!("there are {} shares", cohort.sessions.len());
        return found.error(
            path,
            problem,
            format!("write 1 to {SESSIONS_MAX}: of persons with 1, 2, ... sessions"),
        );
    }
    let sum: f64 = cohort.sessions.iter().map(|share| share.get()).sum();
    if (sum - 1.0).abs() > SHARES_TOLERANCE {
        let problem = format!("the shares of persons with 1, 2, ... sessions sum to {sum}, not to 1");
        found.error(path, problem, "change them so that they do, such as [0.7, 0.3]");
    }
}

/// Opening further sessions later asks for further sessions.
fn check_open_after(cohort: &Cohort, path: &str, found: &mut Found) {
    if cohort.open_after.is_some() && cohort.sessions.len() == 1 {
        let problem = "everybody has one session, so there is none to open later";
        let remedy = "write shares of persons with more, such as \"sessions\": [0.7, 0.3]";
        found.warning(path, problem, remedy);
    }
}

fn check_arrivals(scenario: &Scenario, cohort: &Cohort, path: &str, found: &mut Found) {
    let horizon = scenario.horizon_or_default();
    let late = |at: Option<Span>| at.filter(|at| *at >= horizon);
    let too_late = |found: &mut Found, at: Option<Span>, path: String| {
        if let Some(at) = late(at) {
            let problem = format!("nobody comes: {at} is not before the horizon {horizon}");
            found.warning(path, problem, "choose an earlier time, or a later `horizon`");
            found.because_of(&["horizon", "opens_at"]);
        }
    };
    match &cohort.arrivals {
        Arrivals::Spike(spike) => {
            too_late(found, spike.at, format!("{path}.spike.at"));
        }
        Arrivals::LoungeFill(fill) => {
            let path = format!("{path}.lounge_fill");
            too_late(found, fill.until, format!("{path}.until"));
            let until = fill.until.unwrap_or(scenario.opens_at);
            let mean = fill.lead.distribution().mean_us();
            if mean.is_some_and(|mean| mean > until.as_us() as f64) {
                let problem =
                    format!("on average people come earlier than time 0: there is only {until} to fill");
                found.warning(
                    format!("{path}.lead"),
                    problem,
                    "shorten the lead, or let `opens_at` be later",
                );
                found.because_of(&["opens_at"]);
            }
        }
        Arrivals::Poisson(stream) => {
            let path = format!("{path}.poisson");
            too_late(found, stream.from, format!("{path}.from"));
            let from = stream.from.unwrap_or(scenario.opens_at);
            let needed_us = f64::from(cohort.count) / stream.per_second.get() * 1e6;
            if late(stream.from).is_none() && needed_us > (horizon - from).as_us() as f64 {
                let problem =
                    format!("at this rate not all {} come before the horizon {horizon}", cohort.count);
                found.warning(
                    format!("{path}.per_second"),
                    problem,
                    "raise the rate, or choose a later `horizon`",
                );
                found.because_of(&["horizon", "opens_at"]);
            }
        }
        Arrivals::Rates(rates) => check_rates(rates, cohort.count, horizon, &format!("{path}.rates"), found),
        Arrivals::Announced(announced) => {
            let path = format!("{path}.announced");
            if super::operator::named(&scenario.operator, &announced.rule).is_none() {
                let rules = scenario.operator.iter().filter_map(|rule| rule.name.as_deref());
                let known: Vec<&str> = rules.collect();
                let problem = format!("the operator has no rule named \"{}\"", printable(&announced.rule));
                let remedy = match known.as_slice() {
                    [] => "give the rule a name under `operator`".to_owned(),
                    known => one_of(&announced.rule, known),
                };
                found.error(format!("{path}.rule"), problem, remedy);
                found.because_of(&["operator"]);
            }
        }
        Arrivals::Trace(trace) => check_trace(trace, cohort, horizon, &format!("{path}.trace"), found),
    }
}

fn check_rates(rates: &Rates, count: u32, horizon: Span, path: &str, found: &mut Found) {
    let pieces = &rates.pieces;
    for (i, piece) in pieces.iter().enumerate() {
        if i > 0 && piece.from <= pieces[i - 1].from {
            let problem = format!("{} is not after the piece before it, {}", piece.from, pieces[i - 1].from);
            found.error(format!("{path}.pieces[{i}].from"), problem, "put the pieces in order of time");
            let before = format!("{path}.pieces[{}].from", i - 1);
            found.because_of(&[&before]);
        }
    }
    let Some(last) = pieces.last() else {
        return found.error(format!("{path}.pieces"), "there is no piece", "write at least one");
    };
    if let Some(until) = rates.until.filter(|until| *until <= last.from) {
        let problem = format!("the last piece begins at {} and ends at {until}", last.from);
        found.error(format!("{path}.until"), problem, "write a later time, or null for no end");
        let pieces = format!("{path}.pieces");
        found.because_of(&[&pieces]);
    }
    let ends =
        pieces.iter().skip(1).map(|piece| piece.from).chain([rates.until.unwrap_or(horizon).min(horizon)]);
    let expected: f64 = pieces
        .iter()
        .zip(ends)
        .map(|(piece, end)| piece.per_second.get() * (end.min(horizon) - piece.from).as_secs_f64())
        .sum();
    if expected < f64::from(count) * 0.99 {
        let problem =
            format!("these rates bring about {expected:.0} of {count} persons before the horizon {horizon}");
        found.warning(format!("{path}.pieces"), problem, "raise the rates, or lower `count`");
        let count_path = path.replace(".arrivals.rates", ".count");
        found.because_of(&["horizon", "opens_at", &count_path]);
    }
}
