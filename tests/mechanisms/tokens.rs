//! Ties, tokens and turns that are not used: what happens then is in `scenarios/policies/README.md`, a test each.

use super::Book;
use super::presets::{heard, is_about, sale_in, stock_until, turns};
use crate::support;
use onsale::engine::{Span, Time};
use onsale::experiment::observe;
use onsale::protocol::{Fact, Incident, Kind, PersonId, Reply, Truth};

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

/// Two tabs of one person, the second opened five seconds after the first.
const PAIR: &str = r#", "sessions": [0, 1], "open_after": "5s", "tabs_per_device": 2"#;

fn sessions_with(book: &Book, person: u32, is: impl Fn(&Fact) -> bool) -> Vec<(u64, u8)> {
    let of = |(at, fact): &(Time, Fact)| {
        let who = fact.session().filter(|who| who.person.0 == person && is(fact))?;
        Some((at_s(*at), who.tab))
    };
    book.0.iter().filter_map(of).collect()
}

#[test]
fn a_place_that_its_holder_was_taken_out_of_is_nobody_s_though_another_tab_shared_it() {
    // The first tab asks at 30, 50 and 70 s, and fails the proof that is due from 55 s on. The second asks at 75 s; the
    // place would be called at 72 s.
    let room = r#""new_per_minute": 5, "reverify": { "interval": "45s", "evict": 1 }"#;
    let crowd = [("first", 1, "5s", ""), ("pair", 1, "10s", PAIR), ("late", 1, "20s", "")];
    let book = heard(&sale_in(room, &crowd, &stock_until(9, "10m")));
    let out = |fact: &Fact| matches!(fact, Fact::Decided { truth: Truth::Evicted, .. });
    assert_eq!(sessions_with(&book, 1, out)[0], (70, 0));
    let told = |fact: &Fact| matches!(fact, Fact::Answered { reply: Reply::PlaceLost, .. });
    assert_eq!(sessions_with(&book, 1, told), [(75, 1)]);
    let first_turn = turns_of(&book, 1).first().copied();
    assert!(first_turn.is_none_or(|at| at > 75), "{first_turn:?}");
}

#[test]
fn a_place_that_is_still_to_come_comes_to_the_tab_that_took_it_over() {
    let room =
        r#""new_per_minute": 5, "duplicates": "replace", "async_join": { "delay": "10s", "dead_letter": 0 }"#;
    let book = heard(&sale_in(room, &[("pair", 1, "10s", PAIR)], &stock_until(9, "10m")));
    let cut = |fact: &Fact| matches!(fact, Fact::Incident { incident: Incident::CutByDuplicate, .. });
    assert_eq!(sessions_with(&book, 0, cut), [(15, 0)]);
    let placed = |fact: &Fact| matches!(fact, Fact::Placed { .. });
    assert_eq!(sessions_with(&book, 0, placed), [(20, 1)]);
    assert_eq!(sessions_with(&book, 0, |fact| matches!(fact, Fact::TurnIssued { .. })), [(60, 1)]);
}

#[test]
fn places_left_to_nobody_within_one_round_are_called_once_each_and_the_next_round_goes_on() {
    // Browsers without cookies join anew with each poll: in a round of a minute three times, once for each.
    let room =
        r#""policy": { "batch_lottery": { "every": "1m" } }, "new_per_minute": 60, "turn_validity": "30s""#;
    let crowd =
        [("cookieless", 20, "61s", r#", "cookieless": 1, "patience": "3m""#), ("fans", 30, "130s", "")];
    let book = heard(&sale_in(room, &crowd, &stock_until(99, "20m")));
    let joined = book.count(|fact| matches!(fact, Fact::Enqueued { who } if who.person.0 < 20));
    let left = book.count(|fact| matches!(fact, Fact::Incident { incident: Incident::TakenForNewcomer, .. }));
    let nobody = book.count(|fact| matches!(fact, Fact::Incident { incident: Incident::TurnForNobody, .. }));
    assert!(joined > 60 && nobody <= left, "{joined} joins, {left} left, {nobody} turns for nobody");
    let fans = turns(&book).into_iter().filter(|(_, person)| person.0 >= 20).count();
    assert_eq!(fans, 30, "everybody who is known again has a turn");
}

#[test]
fn whoever_is_taken_back_into_an_empty_pool_is_scored_on_its_next_tick() {
    // Out at once, for nobody has waited yet; back at the first request a minute later, of a page that is not answered.
    let room = r#""policy": { "eligibility_pool": { "score": "waiting_s / 60 - 1", "evict_below": 0, "tick": "30s" } },
        "refusal": "drop", "new_per_minute": 60"#;
    let more = r#", "edge": { "upstream_timeout": "10s" }"#;
    let crowd = [("early", 1, "10s", ""), ("later", 1, "5m", "")];
    let text = format!("{more}{}", stock_until(9, "30m"));
    let mut scenario = sale_in(room, &crowd, &text);
    scenario.opens_at = Span::from_secs(600);
    let book = heard(&scenario);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Restored { .. })), 2);
    assert_eq!((turns_of(&book, 0), turns_of(&book, 1)), (vec![600], vec![601]));
}

#[test]
fn seats_held_by_a_visit_that_was_left_to_nobody_come_back_without_a_word_about_the_visit_after_it() {
    // Straight at the shop, without cookies: each request for seats is a newcomer's, and the seats of the one before are
    // held for nobody until their deadline, long after the last one has bought.
    let text = r#"{ "opens_at": "1m", "horizon": "30m",
        "crowd": [{ "name": "callers", "count": 40, "network": "lossy", "begins": "hold", "cookieless": 1, "timeout": "5s",
                    "choose": "1s", "fill_in": "1s", "arrivals": { "spike": {} } }],
        "network": [{ "name": "lossy", "up": "20ms", "down": "20ms", "loss_down": 0.4 }],
        "waiting_room": { "protects": "pages", "new_per_minute": 60 },
        "inventory": { "bands": [{ "name": "all", "seats": 200 }], "hold": "10m" } }"#;
    let book = heard(&support::scenario(text));
    let left = book.count(|fact| matches!(fact, Fact::Incident { incident: Incident::TakenForNewcomer, .. }));
    let expired = book.count(|fact| matches!(fact, Fact::SeatReturned { expired: true, .. }));
    assert!(left > 10 && expired == left, "{left} left, {expired} came back");
    let decided_again = |(at, fact): &(Time, Fact)| {
        matches!(fact, Fact::Decided { truth: Truth::Active, .. }) && at_s(*at) > 600
    };
    assert_eq!(book.0.iter().filter(|entry| decided_again(entry)).count(), 0);
}
