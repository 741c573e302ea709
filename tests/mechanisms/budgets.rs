//! What the budget of a line learns, and when: of other locations, of who has left, of how long the shop takes.

use super::{Book, happens, happens_with, measured, measured_with};
use crate::support;
use onsale::protocol::{Fact, Kind};
use onsale::scenario::Scenario;
use std::collections::BTreeMap;

const SECOND: u64 = 1_000_000;

fn turn(fact: &Fact) -> bool {
    matches!(fact, Fact::TurnIssued { .. })
}

fn sold(fact: &Fact) -> bool {
    matches!(fact, Fact::SeatSold { .. })
}

#[test]
fn locations_that_open_together_spend_the_budget_once_each_until_they_hear_of_each_other() {
    let book = happens("locations");
    let turns = book.instants_us(turn);
    let first = turns.iter().filter(|at| **at == 10 * SECOND).count();
    assert_eq!(first, 4 * 20);
    // They take a minute to buy, and sixty of them are too many.
    assert!(turns[first..].iter().all(|at| *at >= 70 * SECOND), "{:?}", &turns[first..]);
    assert_eq!(measured("locations", "line.overshoot.turns"), Some(60.0));
    assert_eq!(measured("locations", "line.overshoot.most"), Some(60.0));
    let one = [(r#""locations": { "count": 4, "propagation": "30s" },"#, "")];
    assert_eq!(
        happens_with("locations", &one).instants_us(turn).iter().filter(|at| **at == 10 * SECOND).count(),
        20
    );
}

#[test]
fn each_exit_that_is_not_reported_takes_a_slot_for_ever_and_the_line_locks_up() {
    let book = happens("exits-lost");
    let (turns, bought) = (book.count(turn), book.count(sold));
    let lost = measured("exits-lost", "line.exits_lost").expect("exits may be lost") as usize;
    assert_eq!(lost, 20, "every slot is taken by somebody who has left");
    assert_eq!(turns, 20 + bought - lost, "twenty at first, and one for each exit that was reported");
    assert_eq!(turns, bought);
    // The reports that arrive before twenty are lost are negative binomial: mean 20, deviation 6.3.
    assert!((20..20 + 20 + 26).contains(&turns), "{turns} turns");
    let all = [(r#""lost": 0.5"#, r#""lost": 1"#)];
    assert_eq!(happens_with("exits-lost", &all).count(turn), 20);
    let none = [(r#""exits": { "lost": 0.5 },"#, "")];
    assert_eq!(happens_with("exits-lost", &none).count(sold), 200);
    assert_eq!(measured_with("exits-lost", "line.exits_lost", &none), Some(0.0));
}

#[test]
fn a_slot_whose_exit_is_reported_late_is_free_late() {
    let late = [(r#""lost": 0.5"#, r#""delay": "30s""#)];
    let book = happens_with("exits-lost", &late);
    let (turns, bought) = (book.instants_us(turn), book.instants_us(sold));
    let expected: Vec<u64> = bought.iter().map(|at| at + 30 * SECOND).collect();
    let next = &turns[20..];
    assert_eq!(next, &expected[..next.len()], "each thirty seconds after somebody has bought");
}

/// The shop's answers that took longer than a second, and all of them, in each interval of ten seconds after the opening.
fn slow_share(book: &Book) -> BTreeMap<u64, (u64, u64)> {
    let shop = |kind: Kind| matches!(kind, Kind::SeatMap | Kind::Hold | Kind::Checkout | Kind::Pay);
    let mut accepted = BTreeMap::new();
    let mut windows: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    let mut facts: Vec<_> = book.0.iter().collect();
    facts.sort_by_key(|(at, _)| *at);
    for (at, fact) in facts {
        match fact {
            Fact::Accepted { who, kind, .. } if shop(*kind) => {
                accepted.insert(who.session, at.as_us());
            }
            Fact::Answered { who, kind, .. } if shop(*kind) => {
                let took = at.as_us() - accepted[&who.session];
                let window = (at.as_us() - 30 * SECOND) / (10 * SECOND);
                let (slow, all) = windows.entry(window).or_default();
                *slow += u64::from(took > SECOND);
                *all += 1;
            }
            _ => {}
        }
    }
    windows
}

#[test]
fn an_outflow_that_is_steered_grows_by_a_step_while_the_shop_answers_and_shrinks_by_a_share_when_it_does_not()
{
    let book = happens("steering");
    let windows = slow_share(&book);
    let mut expected = 60;
    let mut steered: Vec<(u64, u32)> = Vec::new();
    for (at, fact) in &book.0 {
        if let Fact::OutflowSteered { per_minute } = fact {
            steered.push((at.as_us(), *per_minute));
        }
    }
    assert!(steered.len() > 60, "{} changes", steered.len());
    let mut shrunk = 0;
    for (at, per_minute) in &steered {
        assert_eq!(at % (10 * SECOND), 0);
        let (slow, all) = windows.get(&((at - 30 * SECOND) / (10 * SECOND) - 1)).copied().unwrap_or_default();
        let too_slow = all > 0 && slow as f64 / all as f64 > 0.05;
        expected = if too_slow { (f64::from(expected) * 0.9) as u32 } else { expected + 12 };
        assert_eq!(*per_minute, expected, "at {at} us, {slow} of {all} were slow");
        shrunk += u32::from(too_slow);
    }
    assert!(shrunk > 5, "it met the shop's limit {shrunk} times");
    assert_eq!(measured("steering", "outflow.changes"), Some(steered.len() as f64));
    let of = |pick: fn(u32, u32) -> u32| {
        f64::from(steered.iter().map(|(_, per_minute)| *per_minute).reduce(pick).expect("changes"))
    };
    assert_eq!(measured("steering", "outflow.lowest"), Some(of(u32::min)));
    assert_eq!(measured("steering", "outflow.highest"), Some(of(u32::max)));
}

#[test]
fn every_mistake_of_the_budgets_is_told_with_its_place() {
    let wrong = support::changed(
        "mechanisms",
        "steering",
        &[
            (
                r#""steering": { "slower_than": "1s", "increase": 12 }"#,
                r#""steering": { "every": "0s", "share": 2, "increase": 0, "decrease": 1, "min": 9, "max": 3 },
                   "locations": { "count": 1, "propagation": "0s" }, "exits": { "lost": -1 }"#,
            ),
            (r#""new_per_minute": 60, "#, ""),
        ],
    );
    let told = Scenario::parse(&wrong, "budgets").expect_err("nothing of it makes sense").picture(false);
    assert!(told.contains("8 mistakes"), "{told}");
    for problem in [
        "waiting_room.steering.every: this must be longer than 0s",
        "waiting_room.steering.decrease: 1 is out of range",
        "the most, 3, is less than the fewest, 9",
        "write a whole number from 2 to 1,000",
        "waiting_room.locations.propagation: this must be longer than 0s",
    ] {
        assert!(told.contains(problem), "{problem}: {told}");
    }
}

#[test]
fn steering_without_an_outflow_and_locations_and_exits_without_a_limit_are_told() {
    let bare = [
        (r#""new_per_minute": 60, "#, ""),
        (r#""increase": 12 }"#, r#""increase": 12 }, "locations": { "count": 2 }, "exits": {}"#),
    ];
    let scenario = support::scenario(&support::changed("mechanisms", "steering", &bare));
    let told: Vec<String> =
        onsale::scenario::check(&scenario).into_iter().map(|problem| problem.problem).collect();
    for problem in [
        "there are no turns a minute that could be changed",
        "there is no limit that they could overshoot together",
        "nobody counts the active",
    ] {
        assert!(told.iter().any(|told| told.contains(problem)), "{problem}: {told:?}");
    }
}
