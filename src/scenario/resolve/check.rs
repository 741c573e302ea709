//! Everything that can be wrong with the meaning of a scenario, all at once.

use super::super::diagnose::{MISTAKES_MAX, Problem, Severity, printable};
use super::super::line::WaitingRoom;
use super::super::{RenamedKey, Scenario};
use super::check_backend::check_backend;
use super::check_crowd::check_crowd;
use super::check_edge::check_edge;
use super::check_gate::check_margins;
use super::check_line::check_line;
use super::check_operator::check_operator;
use super::check_pace::check_pace;
use super::check_shop::{check_inventory, check_payment};
use super::expect::check_expect;
use super::written_route;
use crate::admission;
use crate::engine::time::Span;
use crate::protocol::Kind;
use crate::quantity::Positive;
use std::collections::BTreeMap;
use std::ops::Range;

/// All problems of a scenario: errors, and warnings that do not keep it from running. Order: as the sections are
/// documented.
pub fn check(scenario: &Scenario) -> Vec<Problem> {
    let mut found = Found::default();
    for RenamedKey { path, current } in &scenario.renamed_keys {
        let problem = "this key has another name now, and is read by its former one";
        found.warning(path, problem, format!("write `{current}`"));
    }
    check_clock(scenario, &mut found);
    check_crowd(scenario, &mut found);
    check_pace(scenario, &mut found);
    check_network(scenario, &mut found);
    check_edge(scenario, &mut found);
    if let Some(room) = &scenario.waiting_room {
        check_waiting_room(room, &mut found);
        check_line(scenario, room, &mut found);
    }
    check_services(scenario, &mut found);
    check_inventory(scenario, &mut found);
    check_payment(scenario, &mut found);
    check_operator(scenario, &mut found);
    check_backend(scenario, &mut found);
    check_expect(scenario, &mut found);
    check_margins(scenario, &mut found);
    found.kept
}

/// The problems so far. Of errors and of warnings so many are kept as a text may have mistakes; a loop over something
/// long ends where no more would be kept.
#[derive(Default)]
pub(in crate::scenario) struct Found {
    kept: Vec<Problem>,
    errors: usize,
    /// The last one was beyond what is kept: nothing can be added to it.
    dropped: bool,
}

impl Found {
    pub(super) fn error(
        &mut self, path: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>,
    ) {
        self.push(Severity::Error, path.into(), problem.into(), remedy.into());
    }

    pub(super) fn warning(
        &mut self, path: impl Into<String>, problem: impl Into<String>, remedy: impl Into<String>,
    ) {
        self.push(Severity::Warning, path.into(), problem.into(), remedy.into());
    }

    fn push(&mut self, severity: Severity, path: String, problem: String, remedy: String) {
        let of_this_kind = match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.kept.len() - self.errors,
        };
        self.dropped = of_this_kind >= MISTAKES_MAX;
        if !self.dropped {
            self.errors += usize::from(severity == Severity::Error);
            self.kept.push(Problem { path, problem, remedy, severity, within: None, depends_on: Vec::new() });
        }
    }

    /// The last problem, if it was kept.
    fn last(&mut self) -> Option<&mut Problem> {
        self.kept.last_mut().filter(|_| !self.dropped)
    }

    /// No further error is kept.
    pub(super) fn is_full(&self) -> bool {
        self.errors >= MISTAKES_MAX
    }

    /// Says which other places the last problem rests on.
    pub(super) fn because_of(&mut self, places: &[&str]) {
        if let Some(last) = self.last() {
            last.depends_on = places.iter().map(|place| (*place).to_owned()).collect();
        }
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Says which bytes of the text there the last problem is about.
    pub(super) fn within(&mut self, bytes: Range<usize>) {
        if let Some(last) = self.last() {
            last.within = Some(bytes);
        }
    }

    /// Names must be unique and readable; `key` is where the name of entry `i` stands.
    pub(super) fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>, key: impl Fn(usize) -> String) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (i, name) in names.enumerate() {
            let shown = printable(name);
            if name.trim().is_empty() || name.chars().any(char::is_control) {
                self.error(key(i), format!("\"{shown}\" is not a name"), "use letters that can be seen");
            }
            match seen.get(name) {
                Some(first) => {
                    let first = key(*first);
                    self.error(
                        key(i),
                        format!("the name \"{shown}\" is taken by {first}"),
                        "give each its own name",
                    );
                    self.because_of(&[&first]);
                }
                None => {
                    seen.insert(name, i);
                }
            }
        }
    }
}

fn check_clock(scenario: &Scenario, found: &mut Found) {
    let horizon = scenario.horizon_or_default();
    let opens_at = scenario.opens_at;
    if horizon >= Span::MAX {
        let path = if scenario.horizon.is_some() { "horizon" } else { "opens_at" };
        found.error(
            path,
            format!("the clock ends at {}, and the horizon must be before that", Span::MAX),
            "choose an earlier time",
        );
    } else if horizon <= opens_at {
        found.error(
            "horizon",
            format!("the horizon {horizon} is not after the opening {opens_at}"),
            format!("both count from time 0: write \"{}\", for example", opens_at + Span::from_secs(7200)),
        );
        found.because_of(&["opens_at"]);
    }
    if let Some(closes_at) = scenario.closes_at {
        if closes_at <= opens_at {
            found.error(
                "closes_at",
                format!("the sale closes at {closes_at}, not after it opens at {opens_at}"),
                "both count from time 0: write a later time, or null for the horizon",
            );
            found.because_of(&["opens_at"]);
        } else if closes_at > horizon {
            found.error(
                "closes_at",
                format!("the sale closes at {closes_at}, after the horizon {horizon}"),
                format!("write at most \"{horizon}\", or a later `horizon`"),
            );
            found.because_of(&["opens_at", "horizon"]);
        }
    }
}

fn check_network(scenario: &Scenario, found: &mut Found) {
    let classes = &scenario.network;
    found.names(classes.iter().map(|class| class.name.as_str()), |i| format!("network[{i}].name"));
    for (i, class) in classes.iter().enumerate() {
        if !scenario.crowd.iter().any(|cohort| cohort.network == class.name) {
            let problem = format!("no cohort uses the network class \"{}\"", printable(&class.name));
            found.warning(
                format!("network[{i}].name"),
                problem,
                "name it in a cohort's `network`, or remove it",
            );
            found.because_of(&["crowd"]);
        }
    }
}

fn check_waiting_room(room: &WaitingRoom, found: &mut Found) {
    const ROOM: &str = "waiting_room";
    if matches!(room.policy, admission::Config::None(_)) {
        let rest = WaitingRoom { preset: room.preset, policy: room.policy.clone(), ..WaitingRoom::default() };
        if *room != rest {
            found.warning(
                format!("{ROOM}.policy"),
                "with the policy `none` there is no line, and the other keys of the waiting room have no effect",
                "choose another policy, such as {\"fifo\": {}}, or remove the other keys",
            );
        }
        return;
    }
    if room.total_active.is_none() && room.new_per_minute.is_none() && !room.policy.limits_by_itself() {
        found.warning(
            ROOM,
            "nothing limits how many are let in: nobody ever waits in this line",
            "set `total_active`, `new_per_minute`, or both",
        );
    }
    let longest = room.poll_interval.as_us() as f64 * (1.0 + room.poll_jitter.get());
    let longest_silence = longest + room.long_poll.map_or(Span::ZERO, Positive::get).as_us() as f64;
    if (room.grace.as_us() as f64) < longest_silence {
        found.warning(
            format!("{ROOM}.grace"),
            format!("the grace {} is shorter than an interval of polls can be: places of people who wait are skipped", room.grace),
            format!("write at least \"{}\"", Span::from_us(longest_silence as u64 * 2)),
        );
        found.because_of(&[
            "waiting_room.poll_interval",
            "waiting_room.poll_jitter",
            "waiting_room.long_poll",
        ]);
    }
    if room.turn_validity.as_us() as f64 <= longest {
        found.warning(
            format!("{ROOM}.turn_validity"),
            "a turn can end before the next poll tells of it",
            "make it longer than `poll_interval`",
        );
        found.because_of(&["waiting_room.poll_interval", "waiting_room.poll_jitter"]);
    }
}

fn check_services(scenario: &Scenario, found: &mut Found) {
    for kind in Kind::ALL {
        let (Some(target), _) = written_route(scenario, kind) else { continue };
        let target = target.name();
        let exists = |(name, station): (&str, Option<_>)| name == target && station.is_some();
        if target != "none" && !scenario.services.all().into_iter().any(exists) {
            found.error(
                format!("route.{}", kind.name()),
                format!("the service `{target}` is not declared"),
                format!("declare `services.{target}`, or write \"none\" for no service time"),
            );
            found.because_of(&["services"]);
        }
    }
}
