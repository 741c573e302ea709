//! Several tabs of one person: what ends them, and what a person is counted as who learned different things in them.

use crate::support;
use onsale::experiment::explain::explain;
use onsale::experiment::journey::Outcome;
use onsale::experiment::result::RunResult;
use onsale::experiment::{Run, observe};
use onsale::protocol::{Belief, Fact, Kind, PersonId, Stop};
use std::ops::ControlFlow;

use super::Book;

/// One turn a minute, and the sale closes 40 s after it opened, while the first tab fills in the form.
const CLOSES_MEANWHILE: &str = r#"{ "opens_at": "10s", "closes_at": "50s", "horizon": "20m",
    "crowd": [{ "name": "one", "count": 1, "network": "still", "sessions": [0, 1], "choose": "0s", "fill_in": "60s",
        "arrivals": { "spike": {} } }],
    "network": [{ "name": "still", "up": "10ms", "down": "10ms" }],
    "waiting_room": { "new_per_minute": 1, "poll_interval": "5s", "poll_jitter": 0 },
    "inventory": { "bands": [{ "name": "all", "seats": 5 }] }, "payment": { "delay": "0s" } }"#;

/// The only seat is held for two minutes by somebody who buys it; whoever gets a turn meanwhile is refused.
const TAKEN: &str = r#"{ "opens_at": "10s", "horizon": "20m",
    "crowd": [
        { "name": "first", "count": 1, "network": "still", "choose": "0s", "fill_in": "120s", "arrivals": { "spike": {} } },
        { "name": "two", "count": 1, "network": "still", "sessions": [0, 1], "choose": "0s", "fill_in": "60s",
          "arrivals": { "spike": { "at": "11s" } } }],
    "network": [{ "name": "still", "up": "10ms", "down": "10ms" }],
    "waiting_room": { "new_per_minute": 6, "poll_interval": "5s", "poll_jitter": 0 },
    "inventory": { "bands": [{ "name": "all", "seats": 1 }], "when_none_free": "refuse" }, "payment": { "delay": "0s" } }"#;

const LEFT: [&str; 2] =
    ["silent.table.left_before_decision_answered", "silent.table.left_before_decision_silent"];

fn told_no(book: &Book) -> usize {
    book.count(|fact| matches!(fact, Fact::Believes { belief: Belief::ToldNo, .. }))
}

fn stops(book: &Book, reason: Stop) -> usize {
    book.count(|fact| matches!(fact, Fact::Stopped { why, .. } if *why == reason))
}

fn happens(text: &str) -> Book {
    let scenario = support::scenario(text);
    observe(support::plan(&scenario), scenario.seed, Book::default()).observer
}

/// Who left before it was decided, by the story of each person.
fn left_as_explained(text: &str, result: &RunResult) -> f64 {
    let prepared = support::prepared(&support::scenario(text), "test");
    let persons: Vec<PersonId> = (0..result.cast.persons as u32).map(PersonId).collect();
    let run = Run::of_seed(result.seed.parse().expect("a number"));
    let told = explain(&prepared, run, &persons, &mut |_, _| ControlFlow::Continue(())).expect("it ends");
    told.iter().flatten().filter(|told| told.journey.ending.outcome == Outcome::Left).count() as f64
}

/// Who left before it was decided, which envy, table and stories say alike.
#[track_caller]
fn left(text: &str, result: &RunResult) -> f64 {
    let table: f64 = LEFT.iter().map(|row| result.value(row).expect("defined")).sum();
    assert_eq!(result.value("fairness.envy.excluded.left"), Some(table), "envy and table");
    assert_eq!(left_as_explained(text, result), table, "stories and table");
    table
}

#[test]
fn a_tab_that_reads_that_the_sale_is_closed_leaves_the_seats_of_another_alone() {
    let result = support::run(CLOSES_MEANWHILE, 1);
    assert_eq!(result.value("sale.sold"), Some(1.0));
    assert_eq!(result.value("silent.table.known_purchase"), Some(1.0));
    let book = happens(CLOSES_MEANWHILE);
    assert_eq!((told_no(&book), stops(&book, Stop::Bought)), (1, 1), "one tab each");
}

#[test]
fn a_purchase_ends_the_other_tabs_and_they_give_back_what_they_hold() {
    // Both tabs get their turns at once, and hold seats; the first one pays.
    let text = CLOSES_MEANWHILE
        .replace(r#""closes_at": "50s", "#, "")
        .replace(r#""new_per_minute": 1,"#, r#""total_active": 10,"#);
    let book = happens(&text);
    assert_eq!((stops(&book, Stop::Bought), stops(&book, Stop::Sibling)), (1, 1));
    let held = book.count(|fact| matches!(fact, Fact::SeatHeld { .. }));
    let returned = book.count(|fact| matches!(fact, Fact::SeatReturned { .. }));
    let sold = book.count(|fact| matches!(fact, Fact::SeatSold { .. }));
    assert_eq!((held, returned, sold), (2, 1, 1));
}

#[test]
fn whoever_was_told_sold_out_is_a_loser_however_many_tabs_they_had() {
    for tabs in ["[1]", "[0, 1]", "[0, 0, 0, 0, 1]"] {
        let text = TAKEN.replace("[0, 1]", tabs);
        let result = support::run(&text, 1);
        assert_eq!(result.value("fairness.envy.losers"), Some(1.0), "{tabs}");
        assert_eq!(left(&text, &result), 0.0, "{tabs}");
        assert_eq!(result.value("silent.table.known_rejection"), Some(1.0), "{tabs}");
    }
}

#[test]
fn whoever_was_told_sold_out_in_one_tab_and_waits_in_vain_in_another_has_not_left_before() {
    // One turn a minute: the first tab is refused at 70 s, the second would be let in at 130 s, and the person leaves at
    // 101 s. The seat is held until after the horizon, so that nothing else decides.
    let text = TAKEN
        .replace(r#""fill_in": "120s""#, r#""fill_in": "1h""#)
        .replace(r#""new_per_minute": 6"#, r#""new_per_minute": 1"#)
        .replace(r#""seats": 1 }], "#, r#""seats": 1 }], "hold": "2h", "#)
        .replace(r#""sessions": [0, 1],"#, r#""sessions": [0, 1], "patience": "90s","#);
    let (result, book) = (support::run(&text, 1), happens(&text));
    assert_eq!((told_no(&book), stops(&book, Stop::Patience)), (1, 1));
    assert_eq!(result.value("fairness.envy.losers"), Some(1.0));
    assert_eq!(result.value("silent.table.known_rejection"), Some(1.0));
    assert_eq!(left(&text, &result), 0.0);
}

#[test]
fn whoever_read_that_nothing_is_left_opens_no_further_tab() {
    // The first tab is refused some twenty seconds after it came; a second one would open after a minute.
    let text = TAKEN.replace(r#""sessions": [0, 1],"#, r#""sessions": [0, 0, 1], "open_after": "1m","#);
    let book = happens(&text);
    assert_eq!(told_no(&book), 1);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. })), 2, "one each");
}

#[test]
fn envy_table_and_stories_count_the_same_leavers_of_a_sale_with_every_way_to_leave() {
    let text = r#"{ "opens_at": "2m", "closes_at": "20m", "horizon": "30m",
        "crowd": [{ "name": "fans", "count": 300, "sessions": [0.3, 0.3, 0.4], "abandon": 0.2,
            "patience": { "exponential": { "mean": "20m" } },
            "arrivals": { "spike": { "at": "1m", "jitter": { "uniform": { "low": "0s", "high": "3m" } } } },
            "giving_up": { "positions": { "constant": 550 }, "silence": "10m", "refusals": { "after": 2, "leave": 0.3 } } }],
        "waiting_room": { "new_per_minute": 20, "turn_validity": "1m" },
        "inventory": { "bands": [{ "name": "all", "seats": 60 }], "when_none_free": "refuse" },
        "payment": { "decline": 0.2 },
        "faults": [{ "at": "6m", "for": "2m", "loss_burst": { "down": 0.5 } }] }"#;
    let result = support::run(text, 1);
    let left = left(text, &result);
    let [sold, losers] =
        ["sale.buyers", "fairness.envy.losers"].map(|name| result.value(name).expect("defined"));
    assert!(left > 20.0 && losers > 20.0 && sold > 20.0, "{left} left, {losers} lost, {sold} bought");
}
