//! What makes a comparison one of twins: a person has the same luck whatever the policy, and many runs are the same
//! bytes however they are run.

use crate::support;
use onsale::cli::ThreadPool;
use onsale::engine::Time;
use onsale::experiment::compare::{Candidate, Comparison, DifferenceVerdict};
use onsale::experiment::executor::{Executor, Sequential, Unwatched, Watcher};
use onsale::experiment::observe;
use onsale::experiment::replicate::{Replications, Row, replicate};
use onsale::model::Progress;
use onsale::protocol::{Fact, Kind, Observer, StationId};
use onsale::scenario::change::Change;
use onsale::scenario::{Prepared, Scenario};
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Everybody gets a seat at last, and what happens to a person shows the person's luck: no server is ever waited for.
const SALE: &str = r#"{
    "opens_at": "5m", "horizon": "3h",
    "crowd": [{ "name": "fans", "count": 400, "network": "mobile", "timeout": null, "after_decline": "leave",
                "arrivals": { "lounge_fill": { "lead": { "exponential": { "mean": "2m" } } } } }],
    "edge": { "upstream_timeout": null },
    "waiting_room": { "policy": { "fifo": {} }, "new_per_minute": 40, "poll_interval": "20s", "grace": "1h", "turn_validity": "1h" },
    "services": {
        "inventory": { "servers": 500, "service": { "log_normal": { "median": "80ms", "p95": "2s" } } },
        "checkout": { "servers": 500, "service": { "exponential": { "mean": "700ms" } } } },
    "inventory": { "bands": [{ "name": "hall", "seats": 1000 }], "hold": "20m" },
    "payment": { "decline": 0.3 }
}"#;

/// What shows a person's luck: who is asked, what for, and what came of it, in microseconds.
type Luck = BTreeMap<(u32, &'static str), u64>;

/// Hears the luck of each person's first request of each kind.
#[derive(Default)]
struct Ear {
    sent: BTreeMap<(u32, Kind), Time>,
    luck: Luck,
    polls: usize,
    turns: Vec<u32>,
}

impl Ear {
    fn first(&mut self, person: u32, what: &'static str, value: u64) {
        self.luck.entry((person, what)).or_insert(value);
    }
}

impl Observer for Ear {
    fn hear(&mut self, at: Time, fact: &Fact) {
        match *fact {
            Fact::Arrived { person } => self.first(person.0, "arrives", at.as_us()),
            Fact::Polled { .. } | Fact::Sent { kind: Kind::Poll, .. } => self.polls += 1,
            Fact::TurnIssued { who, .. } => self.turns.push(who.person.0),
            Fact::Sent { who, kind, .. } => {
                self.sent.entry((who.person.0, kind)).or_insert(at);
            }
            Fact::Accepted { who, kind, .. } => {
                let name = match kind {
                    Kind::Join => "join travels",
                    Kind::Hold => "hold travels",
                    Kind::Pay => "payment travels",
                    _ => return,
                };
                let sent = self.sent[&(who.person.0, kind)];
                self.first(who.person.0, name, at.saturating_since(sent).as_us());
            }
            Fact::ServiceEnded { who, station: StationId(0), served, .. } => {
                self.first(who.person.0, "inventory takes", served.as_us());
            }
            Fact::ServiceEnded { who, served, .. } => {
                self.first(who.person.0, "checkout takes", served.as_us());
            }
            Fact::Charged { who, .. } => self.first(who.person.0, "card", 1),
            Fact::CardDeclined { who } => self.first(who.person.0, "card", 0),
            _ => {}
        }
    }
}

fn sale() -> Prepared {
    support::prepared(&support::scenario(SALE), "sale")
}

fn with(change: Change) -> Scenario {
    let changed = sale().changed(&[change], "changed").unwrap_or_else(|reason| panic!("{reason:?}"));
    changed.scenario().clone()
}

fn ear(scenario: &Scenario) -> Ear {
    observe(support::plan(scenario), 5, Ear::default()).observer
}

/// Fails if a person's luck differs in something that happened under both; says how often each thing was compared.
#[track_caller]
fn check_twins(one: &Luck, other: &Luck) -> BTreeMap<&'static str, usize> {
    let mut compared = BTreeMap::new();
    for ((person, what), value) in one {
        if let Some(twin) = other.get(&(*person, what)) {
            assert_eq!(value, twin, "{what} of person {person}");
            *compared.entry(*what).or_default() += 1;
        }
    }
    compared
}

#[test]
fn join_hold_and_payment_luck_of_a_person_is_the_same_under_another_policy() {
    let (fifo, shuffle) =
        (ear(&with(Change::policy("fifo"))), ear(&with(Change::policy("prequeue_shuffle"))));
    let waited_elsewhere = fifo.turns.iter().zip(&shuffle.turns).filter(|(one, other)| one != other).count();
    assert!(waited_elsewhere > 300, "the policies do differ: {waited_elsewhere} turns go to others");
    let compared = check_twins(&fifo.luck, &shuffle.luck);
    for what in ["arrives", "join travels"] {
        assert_eq!(compared[what], 400, "{what}");
    }
    for what in ["hold travels", "payment travels", "inventory takes", "checkout takes", "card"] {
        assert!(compared[what] > 300, "{what}: {}", compared[what]);
    }
    let declined = fifo.luck.iter().filter(|((_, what), value)| *what == "card" && **value == 0).count();
    assert!((80..160).contains(&declined), "{declined} of 400 cards at 30 %");
}

#[test]
fn a_policy_that_causes_more_polls_does_not_change_the_luck_of_a_hold() {
    let patient = ear(&with("waiting_room.poll_interval=20s".parse().unwrap()));
    let eager = ear(&with("waiting_room.poll_interval=2s".parse().unwrap()));
    assert!(eager.polls > 5 * patient.polls, "{} polls against {}", eager.polls, patient.polls);
    let compared = check_twins(&patient.luck, &eager.luck);
    assert!(compared["hold travels"] > 300 && compared["inventory takes"] > 300 && compared["card"] > 300);
}

/// A stream that nobody draws from: a network class without persons.
#[test]
fn an_unused_stream_changes_no_byte() {
    let class =
        r#"{ "name": "satellite", "up": { "exponential": { "mean": "1s" } }, "down": "1s", "loss_up": 0.5 }"#;
    let unused = SALE.replace(r#""services": {"#, &format!(r#""network": [{class}], "services": {{"#));
    assert_ne!(unused, SALE);
    let (plain, unused) = (support::run(SALE, 5), support::run(&unused, 5));
    assert_eq!((plain.fingerprint, plain.metrics), (unused.fingerprint, unused.metrics));
}

/// Watches nothing, and stops after so many runs.
struct Stops {
    after: usize,
    ended: AtomicUsize,
}

impl Watcher for Stops {
    fn stops(&self) -> bool {
        self.ended.load(Ordering::SeqCst) >= self.after
    }

    fn progress(&self, _run: usize, _progress: Progress, _events: u64) {}

    fn ended(&self, _run: usize) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn threads(threads: usize) -> ThreadPool {
    ThreadPool { threads: NonZero::new(threads).expect("a thread at least") }
}

fn candidate(prepared: &Prepared, label: &str, seeds: u64, executor: &impl Executor) -> Candidate {
    let seeds: Vec<u64> = (1..=seeds).collect();
    let keep = |result, buyers| (Row::from(result), buyers);
    let runs = replicate(prepared, &seeds, executor, &Unwatched, keep);
    let (rows, buyers) = runs.into_iter().map(|run| run.expect("nobody stopped it")).unzip();
    Candidate { label: label.to_owned(), place: None, runs: Replications::of(prepared, rows), buyers }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let one = candidate(&sale(), "sale", 7, &Sequential).runs.to_json();
    for count in [1, 2, 3, 8] {
        let many = candidate(&sale(), "sale", 7, &threads(count)).runs.to_json();
        assert_eq!(many, one, "{count} threads");
    }
}

#[test]
fn a_run_of_many_is_the_run_of_its_seed() {
    let many = candidate(&sale(), "sale", 3, &threads(2)).runs;
    let alone = support::run(SALE, 2);
    assert_eq!(many.runs[1].fingerprint, alone.fingerprint);
    for value in &alone.metrics {
        let metric = many.metric(&value.name, value.cohort.as_deref(), value.station.as_deref()).unwrap();
        assert_eq!(metric.values[1], value.value, "{}", value.name);
    }
}

#[test]
fn who_stops_keeps_the_first_runs_whole_and_begins_no_more() {
    let watcher = || Stops { after: 3, ended: AtomicUsize::new(0) };
    let first_three = [Some(0), Some(1), Some(4), None, None, None, None, None, None, None];
    assert_eq!(Sequential.execute(10, &watcher(), |number| number * number), first_three);
    assert_eq!(threads(1).execute(10, &watcher(), |number| number * number), first_three);
    let done = threads(2).execute(1000, &watcher(), |number| number);
    let kept: Vec<usize> = done.into_iter().flatten().collect();
    assert!((3..=4).contains(&kept.len()), "the runs in hand come to their end: {kept:?}");
}

#[test]
fn runs_that_are_taken_apart_come_together_again() {
    let many = candidate(&sale(), "sale", 3, &threads(2)).runs;
    assert_eq!(Replications::of(&sale(), many.rows()), many);
    let read: Replications = serde_json::from_str(&many.to_json()).expect("its own format");
    assert_eq!(read, many);
}

/// Half of the fans come home without: who they are is the policy's doing.
fn scarce() -> String {
    SALE.replace(r#""seats": 1000"#, r#""seats": 140"#)
}

fn compared(first: &str, other: &str) -> Comparison {
    let sale = support::prepared(&support::scenario(&scarce()), "sale");
    let candidate = |policy: &str| {
        let changed = sale.changed(&[Change::policy(policy)], "changed").expect("a policy");
        candidate(&changed, policy, 6, &threads(2))
    };
    Comparison::of(vec![candidate(first), candidate(other)])
}

#[test]
fn a_lottery_against_a_line_raises_envy_and_flips_as_many_each_way_as_the_seats_say() {
    let comparison = compared("fifo", "prequeue_shuffle");
    let against = &comparison.against[0];
    let of = |metric: &str| {
        let is = |difference: &&onsale::experiment::compare::Difference| {
            difference.metric == metric && difference.cohort.is_none()
        };
        against.family().find(is).unwrap_or_else(|| panic!("{metric} is in the family"))
    };
    let envy = of("fairness.envy");
    assert_eq!(envy.verdict, Some(DifferenceVerdict::Worse));
    assert!(envy.first.unwrap() < 0.02 && (envy.other.unwrap() - 0.5).abs() < 0.1, "{envy:?}");
    let sold = of("sale.sold");
    assert!(
        matches!(sold.verdict, Some(DifferenceVerdict::Same | DifferenceVerdict::CannotTell)),
        "{sold:?}"
    );
    let all = against.flips.last().expect("the persons are the same");
    assert_eq!(all.persons, 6 * 400);
    assert_eq!(all.won_both + all.won_to_lost + all.lost_to_won + all.lost_both, all.persons);
    let mean = |name: usize| comparison.variants[name].runs.mean("sale.sold").unwrap() * 6.0;
    assert_eq!((all.won_both + all.won_to_lost) as f64, mean(0));
    assert_eq!((all.won_both + all.lost_to_won) as f64, mean(1));
    assert!(all.lost_to_won > 200, "{all:?}");
}

#[test]
fn a_policy_against_itself_is_the_same_in_everything() {
    let comparison = compared("fifo", "fifo");
    let against = &comparison.against[0];
    assert!(
        against.family().filter(|row| row.pairs > 1).all(|row| row.verdict == Some(DifferenceVerdict::Same))
    );
    assert!(against.differences.iter().all(|row| row.mean.is_none_or(|mean| mean == 0.0)));
    let all = against.flips.last().unwrap();
    assert_eq!((all.won_to_lost, all.lost_to_won), (0, 0));
}
