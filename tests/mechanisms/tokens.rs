//! Ties, tokens and turns that are not used: what happens then is in `scenarios/policies/README.md`, a test each.

use super::presets::{heard, is_about, sale_in, stock_until, turns};
use super::{Book, support};
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, PersonId, Reply};

fn at_s(at: Time) -> u64 {
    at.as_us() / 1_000_000
}

/// The places that a person was given, in order of time.
fn places_of(book: &Book, person: u32) -> Vec<u32> {
    let placed = |(_, fact): &(Time, Fact)| match fact {
        Fact::Placed { who, place } if who.person == PersonId(person) => Some(*place),
        _ => None,
    };
    book.0.iter().filter_map(placed).collect()
}

fn turns_of(book: &Book, person: u32) -> Vec<u64> {
    turns(book).into_iter().filter(|(_, who)| who.0 == person).map(|(at, _)| at_s(at)).collect()
}

#[test]
fn a_turn_that_has_ended_buys_nothing_and_its_person_joins_again_behind_everybody() {
    // One turn a minute. The first chooses for eleven minutes, under a turn of ten.
    let crowd = [("slow", 1, "10s", r#", "choose": "11m""#), ("others", 20, "20s", "")];
    let book =
        heard(&sale_in(r#""new_per_minute": 1, "turn_validity": "10m""#, &crowd, &stock_until(99, "1h")));
    let refused = book.times(|fact| {
        matches!(fact, Fact::Answered { who, kind: Kind::Hold, reply: Reply::TurnEnded, .. } if who.person.0 == 0)
    });
    assert_eq!(at_s(refused[0]), 70 + 660, "the turn was told at the poll of 70 s");
    let held = |fact: &Fact| matches!(fact, Fact::SeatHeld { who, .. } if who.person.0 == 0);
    assert_eq!(book.count(held), 0);
    let places = places_of(&book, 0);
    assert_eq!(places[..2], [0, 21], "behind the twenty others");
    assert_eq!(turns_of(&book, 0)[..2], [60, 60 + 21 * 60]);
}

#[test]
fn a_turn_that_nobody_uses_goes_to_the_next_when_it_ends_or_is_lost_for_ever_where_nothing_is_issued_again() {
    // Ghosts leave without a word, and their turns of two minutes end unused.
    let crowd = [("ghosts", 3, "10s", r#", "patience": "5s""#), ("fans", 5, "20s", "")];
    let with = |reissue: bool| {
        let room = format!(
            r#""total_active": 3, "turn_validity": "2m", "poll_interval": "5s", "revoke_on_purchase": false, "reissue": {reissue}"#
        );
        heard(&sale_in(&room, &crowd, &stock_until(99, "20m")))
    };
    let book = with(true);
    let fans = |book: &Book| -> Vec<u64> {
        turns(book).into_iter().filter(|(_, who)| who.0 >= 3).map(|(at, _)| at_s(at)).collect()
    };
    assert_eq!(book.count(|fact| matches!(fact, Fact::NoShow { .. })), 3);
    assert_eq!(fans(&book), [180, 180, 180, 300, 300], "three at a time, two minutes each");
    let book = with(false);
    assert_eq!(book.count(|fact| matches!(fact, Fact::NoShow { .. })), 3);
    assert!(fans(&book).is_empty(), "all three slots are lost");
}

#[test]
fn whoever_is_not_heard_of_for_longer_than_the_grace_is_skipped_and_joins_again_behind_everybody() {
    // One turn a minute from 60 s on. The quiet one asks each eight minutes, and would be called at 420 s, 400 s after
    // it joined.
    let quiet = r#", "behavior": { "polling_page": { "interval": "8m" } }"#;
    let crowd = [("first", 6, "10s", ""), ("quiet", 1, "20s", quiet), ("late", 10, "30s", "")];
    let room = |grace: &str| {
        let room = format!(r#""new_per_minute": 1, "grace": "{grace}""#);
        heard(&sale_in(&room, &crowd, &stock_until(99, "40m")))
    };
    let book = room("5m");
    let skipped = book.times(|fact| matches!(fact, Fact::Skipped { .. }));
    assert_eq!(skipped.into_iter().map(at_s).collect::<Vec<_>>(), [420]);
    assert_eq!(turns_of(&book, 7), [420], "the next in line has the turn, at once");
    let told = book.times(|fact| matches!(fact, Fact::Answered { reply: Reply::PlaceLost, .. }));
    assert_eq!(told.into_iter().map(at_s).collect::<Vec<_>>(), [500], "at its next poll");
    assert_eq!(places_of(&book, 6), [6, 17], "and stands behind the ten who came later");
    assert_eq!(turns_of(&book, 6), [60 + 16 * 60]);
    assert_eq!(turns_of(&room("7m"), 6), [420], "within the grace it keeps its place");
}

#[test]
fn of_two_who_join_in_the_same_microsecond_each_is_first_as_often_as_the_other() {
    let crowd = [("one", 1, "10s", ""), ("other", 1, "10s", "")];
    let scenario = sale_in(r#""new_per_minute": 1"#, &crowd, &stock_until(9, "5m"));
    let first = |seed: u64| {
        let book: Book = observe(support::plan(&scenario), seed, Book::default()).observer;
        assert_eq!(turns(&book).len(), 2);
        turns(&book)[0].1.0
    };
    let wins = (1..=400).filter(|seed| first(*seed) == 0).count();
    is_about(wins as f64, 200.0, 10.0);
    assert_eq!(first(7), first(7), "and the same under the same seed");
}
