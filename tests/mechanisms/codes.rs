//! Access codes that bots guess. How many they find, and whom that hurts, is worked out here a second time.

use super::{Book, happens, happens_with, measured, measured_with};
use onsale::protocol::{CodeTry, Fact, PersonId};
use std::collections::{BTreeMap, BTreeSet};

const SENT: f64 = 2000.0;
const SPACE: f64 = 200_000.0;
const SPACE_KEY: &str = "\"space\": 200000";

/// Every code that was guessed or refused, in the order in which it was tried.
fn tries(book: &Book) -> Vec<(u64, PersonId, CodeTry)> {
    let mut tries: Vec<(u64, PersonId, CodeTry)> = book
        .0
        .iter()
        .filter_map(|(at, fact)| match *fact {
            Fact::CodeTried { who, what } => Some((at.as_us(), who.person, what)),
            _ => None,
        })
        .collect();
    tries.sort_by_key(|(at, ..)| *at);
    tries
}

fn count(tries: &[(u64, PersonId, CodeTry)], wanted: CodeTry) -> usize {
    tries.iter().filter(|(_, _, what)| *what == wanted).count()
}

fn persons(tries: &[(u64, PersonId, CodeTry)], wanted: CodeTry) -> BTreeSet<PersonId> {
    tries.iter().filter(|(_, _, what)| *what == wanted).map(|(_, person, _)| *person).collect()
}

#[test]
fn codes_are_guessed_as_often_as_the_geometric_law_says_and_their_owners_are_burnt() {
    let book = happens("guessed-codes");
    let tries = tries(&book);
    let came_us = 780_000_000;
    let early: Vec<(u64, PersonId, CodeTry)> =
        tries.iter().copied().filter(|(at, ..)| *at < came_us).collect();
    // Each guess finds a code that was sent and not used with a probability that falls with each one found.
    let (mut hits, mut mean, mut variance) = (0.0, 0.0, 0.0);
    for (_, _, what) in &early {
        let share = (SENT - hits) / SPACE;
        mean += share;
        variance += share * (1.0 - share);
        hits += f64::from(u8::from(*what == CodeTry::Guessed));
    }
    assert!((hits - mean).abs() < 4.0 * libm::sqrt(variance), "{hits} codes found, expected {mean}");
    // Without that the k-th try of each is the first to hit with probability p (1 - p)^(k - 1), and 770 tries are made.
    let share = SENT / SPACE;
    let found = 200.0 * (1.0 - libm::pow(1.0 - share, 770.0));
    assert!(hits > found - 4.0 && hits <= 200.0, "{hits} of 200 bots have found one, expected {found}");
    let mut of_each: BTreeMap<PersonId, f64> = BTreeMap::new();
    early.iter().for_each(|(_, person, _)| *of_each.entry(*person).or_default() += 1.0);
    let tries_each = of_each.values().sum::<f64>() / 200.0;
    let deviation = 1.0 / share / libm::sqrt(200.0);
    assert!(
        tries_each > 100.0 - 4.0 * deviation && tries_each < 100.0 / 0.9 + 4.0 * deviation,
        "{tries_each} tries each"
    );

    let burnt = persons(&tries, CodeTry::Burnt);
    assert_eq!(
        burnt.len(),
        count(&tries, CodeTry::Guessed),
        "each code that was found has an owner, who came"
    );
    assert!(burnt.iter().all(|person| person.0 < 2000));
    let in_line: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(_, fact)| match fact {
            Fact::Enqueued { who } => Some(who.person),
            _ => None,
        })
        .collect();
    assert_eq!(in_line.len(), 2000, "a place for each code, whoever had it first");
    assert!(in_line.is_disjoint(&burnt));
    let said = |metric| measured("guessed-codes", metric);
    assert_eq!(said("codes.owners_burnt"), Some(burnt.len() as f64));
    assert_eq!(said("codes.guessed"), Some(burnt.len() as f64));
    let guesses = count(&tries, CodeTry::Guessed) + count(&tries, CodeTry::Wrong);
    assert_eq!(said("codes.guesses"), Some(guesses as f64));
    assert_eq!(said("codes.owners_locked_out"), Some(0.0));
}

#[test]
fn in_a_space_of_realistic_size_nothing_is_found() {
    // Eight letters or digits: 150,000 guesses find a code with a probability of 1e-4.
    let wide = [(SPACE_KEY, "\"space\": 2821109907456")];
    let tries = tries(&happens_with("guessed-codes", &wide));
    assert_eq!((count(&tries, CodeTry::Guessed), count(&tries, CodeTry::Burnt)), (0, 0));
    assert!(count(&tries, CodeTry::Wrong) > 150_000);
}

#[test]
fn a_lockout_by_address_or_account_ends_the_guessing_of_whoever_has_one() {
    for per in ["address", "account"] {
        let locked = format!("{SPACE_KEY}, \"lockout\": {{ \"per\": \"{per}\", \"after\": 5 }}");
        let tries = tries(&happens_with("guessed-codes", &[(SPACE_KEY, &locked)]));
        let mut of_each: BTreeMap<PersonId, Vec<CodeTry>> = BTreeMap::new();
        tries.iter().for_each(|(_, person, what)| of_each.entry(*person).or_default().push(*what));
        for (person, tries) in of_each.iter().filter(|(person, _)| person.0 >= 2000) {
            let heard = tries.iter().take_while(|what| **what != CodeTry::GuesserLockedOut).count();
            let lucky = tries.contains(&CodeTry::Guessed);
            assert!(
                if lucky { heard <= 5 } else { heard == 5 },
                "{per}: {heard} tries of {} are heard",
                person.0
            );
            assert!(tries[heard..].iter().all(|what| *what == CodeTry::GuesserLockedOut));
        }
        // 200 times five tries at one in a hundred.
        let hits = count(&tries, CodeTry::Guessed) as f64;
        assert!((hits - 9.8).abs() < 4.0 * libm::sqrt(9.8), "{per}: {hits} codes found");
        assert_eq!(count(&tries, CodeTry::OwnerLockedOut), 0, "{per}");
    }
}

#[test]
fn proxies_pass_a_lockout_by_address() {
    let locked = format!("{SPACE_KEY}, \"lockout\": {{ \"per\": \"address\", \"after\": 5 }}");
    let proxies = [
        (SPACE_KEY, locked.as_str()),
        ("\"guesses_codes\": true", "\"guesses_codes\": true, \"addresses\": 400"),
    ];
    let tries = tries(&happens_with("guessed-codes", &proxies));
    assert_eq!(count(&tries, CodeTry::GuesserLockedOut), 0, "two tries from each address");
    assert!(count(&tries, CodeTry::Guessed) > 180);
}

#[test]
fn a_lockout_by_code_locks_out_the_owners_at_whom_guesses_were_aimed() {
    let locked = format!("{SPACE_KEY}, \"lockout\": {{ \"per\": \"code\", \"after\": 8 }}");
    let changes = [(SPACE_KEY, locked.as_str())];
    let tries = tries(&happens_with("guessed-codes", &changes));
    let aimed = tries
        .iter()
        .filter(|(at, _, what)| {
            *at < 780_000_000 && matches!(what, CodeTry::Wrong | CodeTry::GuesserLockedOut)
        })
        .count() as f64;
    // Tries fall upon the codes at random: of a Poisson distribution the share that got eight or more.
    let each = aimed / SENT;
    let (mut term, mut fewer) = (libm::exp(-each), 0.0);
    for k in 1..=8_u8 {
        fewer += term;
        term *= each / f64::from(k);
    }
    let (expected, deviation) = (SENT * (1.0 - fewer), libm::sqrt(SENT * fewer * (1.0 - fewer)));
    let owners = persons(&tries, CodeTry::OwnerLockedOut);
    let at_once: BTreeSet<PersonId> = tries
        .iter()
        .filter(|(at, _, what)| *at == 780_000_000 && *what == CodeTry::OwnerLockedOut)
        .map(|(_, person, _)| *person)
        .collect();
    let found = at_once.len() as f64;
    assert!(
        expected > 100.0 && (found - expected).abs() < 4.0 * deviation,
        "{found} owners, expected {expected}"
    );
    assert!(owners.iter().all(|person| person.0 < 2000));
    assert_eq!(
        measured_with("guessed-codes", "codes.owners_locked_out", &changes),
        Some(owners.len() as f64)
    );
}
