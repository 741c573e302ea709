//! Bots, and those who go around the line. Every count is worked out here a second time, from the facts that lead to
//! it.

use super::{Book, happens, happens_with, measured};
use onsale::protocol::{Fact, Incident, Kind, PersonId, Reply};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

impl Book {
    /// How many facts of this sort are about these persons.
    fn count_of(&self, persons: &Range<u32>, is: impl Fn(&Fact) -> bool) -> usize {
        self.count(|fact| fact.person().is_some_and(|person| persons.contains(&person.0)) && is(fact))
    }
}

#[test]
fn a_bot_with_many_addresses_passes_a_limit_of_each_address() {
    let book = happens("many-addresses");
    let (fans, one_address, proxies) = (0..100, 100..110, 110..120);
    let refused = |persons: &Range<u32>| {
        book.count_of(persons, |fact| matches!(fact, Fact::Answered { reply: Reply::RateLimited, .. }))
    };
    assert_eq!((refused(&fans), refused(&proxies)), (0, 0));
    // Five polls a second of which two pass, until their turn at the earliest: from 11 s to 60 s.
    let at_least = 10 * 49 * 5 * 3 / 5;
    let many = refused(&one_address);
    assert!(many * 10 > at_least * 9, "{many} refused, expected {at_least} at least");
    assert_eq!(measured("many-addresses", "refusals.429"), Some(many as f64));
}

#[test]
fn who_calls_the_shop_directly_wins_where_nobody_checks_and_only_there() {
    let inspectors = 300..320;
    let sold = |book: &Book| {
        let mut buyers: BTreeSet<PersonId> = BTreeSet::new();
        for (_, fact) in &book.0 {
            if let Fact::SeatSold { who, .. } = fact
                && inspectors.contains(&who.person.0)
            {
                buyers.insert(who.person);
            }
        }
        buyers.len()
    };
    let unchecked = happens("without-a-turn");
    assert_eq!(sold(&unchecked), 20, "all of them buy");
    let came =
        unchecked.count(|fact| matches!(fact, Fact::Incident { incident: Incident::CameWithoutTurn, .. }));
    assert_eq!(came, 20);
    assert_eq!(measured("without-a-turn", "line.came_without_turn"), Some(20.0));
    let other = unchecked.count_of(&inspectors, |fact| {
        matches!(fact, Fact::Sent { kind: Kind::OpenPage | Kind::Join | Kind::Poll | Kind::SeatMap, .. })
    });
    assert_eq!(other, 0, "no page, no line, no map");

    let checked = happens_with("without-a-turn", &[("\"pages\"", "\"shop\"")]);
    assert_eq!(sold(&checked), 0);
    let asked = checked.count_of(&inspectors, |fact| matches!(fact, Fact::Accepted { kind: Kind::Hold, .. }));
    let refused = checked.count_of(&inspectors, |fact| {
        matches!(fact, Fact::Answered { kind: Kind::Hold, reply: Reply::TurnEnded | Reply::SoldOut, .. })
    });
    assert!(asked > 20 * 10 && refused == asked, "{refused} of {asked} requests for seats are refused");
}

#[test]
fn without_a_line_who_calls_the_shop_directly_needs_no_turn() {
    let book = happens_with(
        "without-a-turn",
        &[("\"new_per_minute\": 20, \"protects\": \"pages\"", "\"policy\": { \"none\": {} }")],
    );
    let bought = book.count_of(&(300..320), |fact| matches!(fact, Fact::SeatSold { .. }));
    assert!(bought > 0, "the quickest of them are served");
    assert_eq!(book.count(|fact| matches!(fact, Fact::Incident { .. })), 0);
}

#[test]
fn whoever_is_taken_for_a_bot_is_told_to_be_in_line_for_ever() {
    let book = happens("infinite-queue");
    let mut kept: BTreeMap<PersonId, usize> = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::Incident { who, incident: Incident::KeptForEver } = fact {
            kept.insert(who.person, 0);
        }
    }
    let (people, bots): (Vec<u32>, Vec<u32>) = kept.keys().map(|person| person.0).partition(|p| *p < 1000);
    let within = |found: usize, n: f64, share: f64| {
        (found as f64 - n * share).abs() < 4.0 * (n * share * (1.0 - share)).sqrt()
    };
    assert!(within(people.len(), 1000.0, 0.02), "{} people", people.len());
    assert!(within(bots.len(), 100.0, 0.95), "{} bots", bots.len());
    for (_, fact) in &book.0 {
        match fact {
            Fact::TurnIssued { who, .. } | Fact::Placed { who, .. } => {
                assert!(!kept.contains_key(&who.person), "person {} has no place", who.person.0);
            }
            Fact::Polled { who, .. } | Fact::Answered { who, kind: Kind::Poll, reply: Reply::InLine, .. } => {
                kept.entry(who.person).and_modify(|told| *told += 1);
            }
            _ => {}
        }
    }
    assert!(kept.values().all(|told| *told > 20), "each is told again and again: {kept:?}");
    assert_eq!(measured("infinite-queue", "line.kept_for_ever"), Some(kept.len() as f64));
}
