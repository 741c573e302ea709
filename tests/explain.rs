//! One person's evening, explained: the same run, the right person, a story that can be read aloud.

use crate::support::{load, plan, prepared, root, run_scenario, scenario};
use onsale::engine::Time;
use onsale::experiment::explain::{Examined, counterpart, explain, fork};
use onsale::experiment::journey::{Account, Journey, JourneyEntry, Outcome, SCHEMA, What};
use onsale::experiment::result::WorstOf;
use onsale::experiment::{Run, observe};
use onsale::protocol::{Fact, Observer, PersonId, Reading, Reply, RiskAction, Truth};
use onsale::report::{Style, journey};
use onsale::scenario::Scenario;
use onsale::scenario::change::Change;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

mod command_line;

/// One person, one seat, and a network that loses every reply from the payment on: the hold is confirmed, the order is
/// not. The client waits 20 s, asks again twice, and gives up.
const GHOST: &str = r#"{
    "about": { "title": "A lost confirmation" },
    "opens_at": "1s", "horizon": "5m",
    "crowd": [{ "name": "all", "count": 1, "network": "still", "choose": "5s", "fill_in": "30s", "timeout": "20s",
                "arrivals": { "spike": { "at": "2s" } }, "behavior": { "backoff": { "attempts": 2, "schedule": "none" } } }],
    "network": [{ "name": "still", "up": "50ms", "down": "50ms" }],
    "inventory": { "bands": [{ "name": "hall", "seats": 1 }] },
    "payment": { "delay": "2s" },
    "faults": [{ "at": "20s", "for": "4m", "loss_burst": { "down": 1.0 } }]
}"#;

fn examine(scenario: &Scenario, seed: u64, persons: &[u32]) -> Vec<Option<Examined>> {
    let persons: Vec<PersonId> = persons.iter().copied().map(PersonId).collect();
    let run = Run::of_seed(seed);
    explain(&prepared(scenario, "test"), run, &persons, &mut |_, _| ControlFlow::Continue(()))
        .expect("nobody broke the run off")
}

fn one(scenario: &Scenario, seed: u64, person: u32) -> Examined {
    examine(scenario, seed, &[person]).pop().flatten().expect("the person came")
}

fn account(journey: Journey) -> Account {
    let words = journey::sentences(&journey);
    Account { schema: SCHEMA.to_owned(), engine: String::new(), journey, twin: None, fork: None, words }
}

fn told(journey: &Journey) -> String {
    journey::text(&account(journey.clone()), Style::Plain)
}

fn mechanism(name: &str) -> Scenario {
    load(&root().join(format!("scenarios/mechanisms/{name}.json")))
}

#[test]
fn the_microscope_changes_nothing_and_agrees_with_the_metrics() {
    for name in ["refusal-drop", "opaque-errors", "two-kinds-of-504", "multi-tab", "announce-a-pause"] {
        let scenario = mechanism(name);
        let result = run_scenario(&scenario, name, scenario.seed);
        let persons: Vec<u32> = (0..result.cast.persons.min(60) as u32).collect();
        for examined in examine(&scenario, scenario.seed, &persons).into_iter().flatten() {
            assert_eq!(examined.journey.fingerprint, result.fingerprint, "{name}");
        }
    }
}

#[test]
fn everybody_is_told_of_as_they_are_counted() {
    let scenario = mechanism("refusal-drop");
    let result = run_scenario(&scenario, "refusal-drop", 1);
    let persons: Vec<u32> = (0..result.cast.persons as u32).collect();
    let mut counted: BTreeMap<String, f64> = BTreeMap::new();
    for examined in examine(&scenario, 1, &persons).into_iter().flatten() {
        let ending = examined.journey.ending;
        *counted.entry(ending.row).or_default() += 1.0;
        ending.mechanism.into_iter().for_each(|name| *counted.entry(name).or_default() += 1.0);
    }
    assert!(counted.len() >= 3, "{counted:?}");
    for (metric, persons) in counted {
        assert_eq!(result.value(&metric), Some(persons), "{metric}");
    }
}

#[test]
fn a_lost_confirmation_is_told_from_the_sale_to_the_end_of_patience() {
    let journey = one(&scenario(GHOST), 1, 0).journey;
    assert_eq!(journey.ending.outcome, Outcome::Sold);
    assert_eq!(journey.ending.row, "silent.table.ghost_purchase");
    let text = told(&journey);
    for line in [
        "Person 0 (all), 1 tab on still: A lost confirmation",
        "seat 0, hall, is SOLD to them",
        "~ the network loses the reply to the",
        "HERE THEY PART: the seat is theirs, and the screen will never say so",
        "nothing came: the page stops waiting",
        "the page gives up",
        "What would have told you:",
    ] {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
    let short = &journey::sentences(&journey)[0];
    assert!(short.starts_with("In short: the seat was yours at T+0:"), "{short}");
    assert!(short.contains("the answer was lost; the page hung until T+"), "{short}");
    let sold = text.find("is SOLD").expect("told above");
    assert!(sold < text.find("HERE THEY PART").expect("told above"), "the sale stands before the parting");
}

#[test]
fn the_text_of_a_silent_refusal() {
    let scenario = mechanism("refusal-drop");
    let result = run_scenario(&scenario, "refusal-drop", 1);
    let client = result.worst(WorstOf::Silent).expect("somebody was refused in silence").client;
    let journey = one(&scenario, 1, u32::try_from(client).expect("a person")).journey;
    insta::assert_snapshot!(told(&journey));
}

/// What can be said of everybody from the facts alone, for persons of one tab each.
#[derive(Default)]
struct Ledger(BTreeMap<u32, Line>);

#[derive(Default)]
struct Line {
    came: Option<Time>,
    joined: Option<Time>,
    told_turn: Option<Time>,
    sold: Option<Time>,
    confirmed: bool,
    evicted: Option<Time>,
    told_no: bool,
    refused: bool,
    stopped: Option<Time>,
}

impl Observer for Ledger {
    fn hear(&mut self, at: Time, fact: &Fact) {
        let Some(person) = fact.person() else { return };
        let line = self.0.entry(person.0).or_default();
        match *fact {
            Fact::Arrived { .. } => line.came = Some(at),
            Fact::Enqueued { .. } => line.joined = line.joined.or(Some(at)),
            Fact::SeatSold { .. } => line.sold = line.sold.or(Some(at)),
            Fact::Decided { truth: Truth::Evicted, .. } if line.stopped.is_none() => line.evicted = Some(at),
            Fact::Decided { truth: Truth::RefusedSoldOut, .. } => line.refused = true,
            Fact::Stopped { .. } => line.stopped = Some(at),
            Fact::Heard { reading: Reading::Answer(reply), .. } => match reply {
                Reply::YourTurn => line.told_turn = line.told_turn.or(Some(at)),
                Reply::Confirmed => line.confirmed = true,
                Reply::SoldOut | Reply::SaleClosed | Reply::Evicted => line.told_no = true,
                _ => {}
            },
            _ => {}
        }
    }
}

/// Somebody and the time by which they are chosen, the longest first and of equals the lowest number.
fn longest(of: impl Iterator<Item = (u32, u64)>) -> Option<(u64, u64)> {
    of.map(|(person, us)| (us, std::cmp::Reverse(person)))
        .max()
        .map(|(us, std::cmp::Reverse(person))| (u64::from(person), us))
}

/// An instant as the metrics keep the end of waiting: in whole milliseconds.
fn to_the_millisecond(at: Time) -> u64 {
    at.as_us() / 1000 * 1000
}

#[test]
fn the_worst_are_those_whom_the_facts_name() {
    let scenario = mechanism("refusal-drop");
    let result = run_scenario(&scenario, "refusal-drop", 1);
    let ledger = observe(plan(&scenario), 1, Ledger::default()).observer.0;
    let opens_at = Time::from_us(result.clock.opens_at_us);
    let found = |kind| result.worst(kind).map(|case| (case.client, (case.seconds * 1e6).round() as u64));

    let silent = ledger.iter().filter_map(|(person, line)| {
        let (evicted, stopped) = (line.evicted?, line.stopped?);
        let untold = !line.told_no && line.sold.is_none();
        untold.then(|| (*person, to_the_millisecond(stopped).saturating_sub(evicted.as_us())))
    });
    assert_eq!(found(WorstOf::Silent), longest(silent));

    let wait = ledger.iter().filter_map(|(person, line)| {
        let (told, came) = (line.told_turn?, line.came?);
        line.sold.map(|_| (*person, told.saturating_since(came.max(opens_at)).as_us()))
    });
    assert_eq!(found(WorstOf::Wait), longest(wait));

    let envy = |line: &Line| {
        let joined = line.joined?;
        let later = ledger.values().filter(|other| other.sold.is_some() && other.joined > Some(joined));
        line.refused.then(|| later.count() as u64)
    };
    let unfair = longest(ledger.iter().filter_map(|(person, line)| Some((*person, envy(line)?))));
    let case = result.worst(WorstOf::Unfair).expect("somebody was passed over");
    assert_eq!(Some((case.client, case.passed_by.expect("counted"))), unfair);

    assert_eq!(found(WorstOf::Ghost), None);
    assert!(!ledger.values().any(|line| line.sold.is_some() && !line.confirmed));
}

#[test]
fn the_worst_ghost_is_the_one_who_waited_longest() {
    let many = GHOST.replace("\"count\": 1,", "\"count\": 40,").replace("\"seats\": 1 ", "\"seats\": 40 ");
    let many = scenario(
        &many.replace("\"fill_in\": \"30s\"", r#""fill_in": { "uniform": { "low": "1s", "high": "60s" } }"#),
    );
    let result = run_scenario(&many, "test", 3);
    let ledger = observe(plan(&many), 3, Ledger::default()).observer.0;
    let ghosts = ledger.iter().filter_map(|(person, line)| {
        let (sold, stopped) = (line.sold?, line.stopped?);
        (!line.confirmed).then(|| (*person, to_the_millisecond(stopped).saturating_sub(sold.as_us())))
    });
    let worst = result.worst(WorstOf::Ghost).map(|case| (case.client, (case.seconds * 1e6).round() as u64));
    assert!(worst.is_some());
    assert_eq!(worst, longest(ghosts));
}

fn asked(entries: &[JourneyEntry]) -> u64 {
    let one = |entry: &JourneyEntry| match &entry.what {
        What::Asked { .. } => 1,
        What::Repeated { times, .. } => *times,
        _ => 0,
    };
    entries.iter().map(one).sum()
}

#[test]
fn folding_loses_no_request_and_shortens_a_long_evening() {
    for (name, person) in [("long-poll", 3), ("refresher", 5), ("two-kinds-of-504", 120), ("multi-tab", 7)] {
        let examined = one(&mechanism(name), 1, person);
        let (folded, all) = (&examined.journey.entries, &examined.unfolded);
        assert_eq!(asked(folded), asked(all), "{name}");
        assert!(folded.len() <= all.len(), "{name}");
        assert!(folded.is_sorted_by_key(|entry| entry.at_us), "{name}");
        for entry in folded {
            if let What::Repeated { times, rounds, .. } = &entry.what {
                assert_eq!(*times, rounds.iter().map(|round| round.times).sum::<u64>(), "{name}");
            }
        }
    }
    let long = one(&mechanism("two-kinds-of-504"), 1, 300);
    assert!(long.unfolded.len() > 3 * long.journey.entries.len(), "{} entries", long.unfolded.len());
}

#[test]
fn no_line_is_wider_than_a_hundred_columns_and_plain_text_has_no_escapes() {
    for name in ["refusal-drop", "opaque-errors", "multi-tab", "payment-outage", "announce-a-pause", "peers"]
    {
        let scenario = mechanism(name);
        for examined in examine(&scenario, 2, &[0, 1, 7, 50]).into_iter().flatten() {
            let text = told(&examined.journey);
            assert!(!text.contains('\u{1b}'), "{name}");
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{name}: {line:?}");
            }
            let colored = journey::text(&account(examined.journey), Style::Colored);
            assert!(colored.contains('\u{1b}'));
        }
    }
}

/// What Mermaid 11 takes for a sequence diagram, line by line.
fn is_a_statement(line: &str) -> bool {
    let line = line.trim();
    let arrow = ["-->>", "->>", "--x", "-x", "-)"].iter().find_map(|arrow| line.split_once(arrow));
    let message = arrow.is_some_and(|(from, rest)| {
        let is_name = |name: &str| !name.is_empty() && name.chars().all(char::is_alphabetic);
        rest.split_once(": ").is_some_and(|(to, text)| is_name(from) && is_name(to) && !text.is_empty())
    });
    message
        || line == "sequenceDiagram"
        || line == "end"
        || ["actor ", "participant ", "loop ", "Note over "].iter().any(|word| line.starts_with(word))
}

#[test]
fn every_line_of_the_diagram_is_a_statement_and_every_loop_ends() {
    for name in ["refusal-drop", "opaque-errors", "payment-outage", "multi-tab", "close-to-newcomers"] {
        for examined in examine(&mechanism(name), 1, &[0, 9, 40]).into_iter().flatten() {
            let diagram = journey::mermaid(&examined.journey);
            assert!(diagram.starts_with("sequenceDiagram\n    actor You as You\n"));
            assert!(!diagram.contains([';', '#']), "{name}\n{diagram}");
            let wrong: Vec<&str> = diagram.lines().filter(|line| !is_a_statement(line)).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
            let count = |word: &str| diagram.lines().filter(|line| line.trim().starts_with(word)).count();
            assert_eq!(count("loop "), diagram.lines().filter(|line| line.trim() == "end").count());
        }
    }
}

#[test]
fn a_twin_under_the_same_policy_never_parts_and_under_another_one_parts_at_the_first_difference() {
    let scenario = mechanism("refusal-explicit");
    let here = one(&scenario, 1, 20);
    let under = |policy: &str| {
        let changed = prepared(&scenario, "test").changed(&[Change::policy(policy)], "changed");
        changed.expect("a policy").scenario().clone()
    };
    let same = one(&under("fifo"), 1, 20);
    assert_eq!(fork(&here, &same), None);
    let shuffled = one(&under("{\"prequeue_shuffle\": {}}"), 1, 20);
    assert_eq!(shuffled.journey.policy, "prequeue_shuffle");
    let parted = fork(&here, &shuffled).expect("a place in line is drawn, not taken");
    let own = |examined: &Examined| -> Vec<JourneyEntry> {
        examined.unfolded.iter().filter(|entry| entry.tab.is_some()).cloned().collect()
    };
    let until = |entries: Vec<JourneyEntry>| -> Vec<JourneyEntry> {
        entries.into_iter().filter(|entry| entry.at_us < parted.at_us).collect()
    };
    assert_eq!(until(own(&here)), until(own(&shuffled)), "everything before is the same");
    assert_ne!(parted.here, parted.there);
    assert!(matches!(parted.here.as_ref().expect("something").what, What::Placed { .. }), "{parted:?}");
}

#[test]
fn the_same_person_elsewhere_is_of_the_same_cohort_and_number() {
    let cohorts = |crowd: &str| {
        let text = format!(
            r#"{{ "crowd": [{crowd}], "inventory": {{ "bands": [{{ "name": "hall", "seats": 1 }}] }} }}"#
        );
        plan(&scenario(&text)).roster
    };
    let cohort = |name: &str, count: u32| {
        format!(r#"{{ "name": "{name}", "count": {count}, "arrivals": {{ "spike": {{}} }} }}"#)
    };
    let here = cohorts(&[cohort("a", 10), cohort("b", 10)].join(","));
    let there = cohorts(&[cohort("new", 3), cohort("b", 5)].join(","));
    assert_eq!(counterpart(&here, PersonId(12), &there), Some(PersonId(5)));
    assert_eq!(counterpart(&here, PersonId(15), &there), None, "there are only five of them");
    assert_eq!(counterpart(&here, PersonId(2), &there), None, "there is no such cohort");
}

#[test]
fn whoever_is_scored_is_told_of_as_a_risk_or_as_back_in_line_and_of_no_place() {
    let whats = |name: &str, persons: std::ops::Range<u32>| -> Vec<What> {
        let scenario = mechanism(name);
        let examined = examine(&scenario, scenario.seed, &persons.collect::<Vec<_>>());
        let journeys = examined.into_iter().flatten().map(|examined| examined.journey);
        journeys
            .inspect(|journey| drop(told(journey)))
            .flat_map(|journey| journey.entries)
            .map(|entry| entry.what)
            .collect()
    };
    // The twenty with three tabs: the third session of each is out, and back.
    let pool = whats("eligibility-pool", 100..120);
    assert_eq!(pool.iter().filter(|what| matches!(what, What::Restored {})).count(), 20);
    assert!(!pool.iter().any(|what| matches!(what, What::Placed { .. })), "a pool knows no places");
    let lanes = whats("risk-lanes", 300..600);
    for way in RiskAction::ALL {
        let is_told = |what: &What| matches!(what, What::SetApart { how } if *how == way);
        assert!(lanes.iter().any(is_told), "{way:?}");
    }
}
