//! People who leave for a position, in silence, or on a refusal. Who has to leave, and when, is worked out here a second
//! time.

use super::{Book, changed, happens, happens_with, measured, runs_with};
use crate::support;
use onsale::protocol::{Fact, Reading, Reply, SessionId, Stop};
use std::collections::BTreeMap;

/// When each session that left for this reason did, in microseconds.
fn left(book: &Book, reason: Stop) -> BTreeMap<SessionId, u64> {
    book.0
        .iter()
        .filter_map(|(at, fact)| match *fact {
            Fact::Stopped { who, why } if why == reason => Some((who.session, at.as_us())),
            _ => None,
        })
        .collect()
}

/// The first fact of this sort of each session, and when, in microseconds.
fn firsts<T>(book: &Book, of: impl Fn(&Fact) -> Option<(SessionId, T)>) -> BTreeMap<SessionId, (u64, T)> {
    let mut found: BTreeMap<SessionId, (u64, T)> = BTreeMap::new();
    for (at, fact) in &book.0 {
        if let Some((session, value)) = of(fact)
            && found.get(&session).is_none_or(|(before, _)| at.as_us() < *before)
        {
            found.insert(session, (at.as_us(), value));
        }
    }
    found
}

const CONSTANT: (&str, &str) = ("{ \"uniform\": { \"low\": 0, \"high\": 1000 } }", "{ \"constant\": 300 }");
const SPIKE_US: u64 = 120_000_000;

#[test]
fn whoever_reads_more_places_ahead_than_they_accept_leaves_at_once() {
    let book = happens_with("too-far-back", &[CONSTANT]);
    let places = firsts(&book, |fact| match *fact {
        Fact::Placed { who, place } => Some((who.session, place)),
        _ => None,
    });
    assert_eq!(places.len(), 1000);
    // The first to join is let in at once, so that place p reads p - 1 ahead of it.
    let expected: BTreeMap<SessionId, u64> = places
        .iter()
        .filter(|(_, (_, place))| *place > 301)
        .map(|(session, _)| (*session, SPIKE_US))
        .collect();
    assert_eq!(expected.len(), 698);
    assert_eq!(left(&book, Stop::TooFarBack), expected);
    let result = runs_with("too-far-back", &[CONSTANT]);
    assert_eq!(result.value("left.too_far_back"), Some(698.0));
    for other in ["left.patience", "left.silence", "left.refused", "left.attempts_used_up", "left.informed"] {
        assert_eq!(result.value(other), Some(0.0), "{other}");
    }
}

#[test]
fn of_those_who_accept_anything_up_to_the_whole_line_half_leave() {
    let book = happens("too-far-back");
    let leavers = left(&book, Stop::TooFarBack);
    assert!(leavers.values().all(|at| *at == SPIKE_US), "a line only gets shorter");
    // Whoever reads k ahead leaves with a probability of (k - 1/2) / 1000, as what is accepted is rounded.
    let chance = |ahead: u32| (f64::from(ahead) - 0.5) / 1000.0;
    let mean: f64 = (1..999).map(chance).sum();
    let variance: f64 = (1..999).map(|ahead| chance(ahead) * (1.0 - chance(ahead))).sum();
    let found = leavers.len() as f64;
    assert!((found - mean).abs() < 4.0 * variance.sqrt(), "{found} left, expected {mean}");
    assert_eq!(measured("too-far-back", "left.too_far_back"), Some(found));
}

#[test]
fn in_the_lounge_no_position_is_shown_and_a_poll_shows_it_later() {
    let lounge = [
        CONSTANT,
        ("\"at\": \"2m\"", "\"at\": \"30s\""),
        ("\"new_per_minute\": 60", "\"new_per_minute\": 60, \"policy\": { \"prequeue_shuffle\": {} }"),
    ];
    let book = happens_with("too-far-back", &lounge);
    let turns = book.instants_us(|fact| matches!(fact, Fact::TurnIssued { .. }));
    let places = firsts(&book, |fact| match *fact {
        Fact::Placed { who, place } => Some((who.session, place)),
        _ => None,
    });
    let shown = firsts(&book, |fact| match *fact {
        Fact::Polled { who, position, .. } if position != u32::MAX => Some((who.session, position)),
        _ => None,
    });
    let mut leaves = BTreeMap::new();
    for (session, (at, position)) in &shown {
        assert!(*at >= 60_000_000, "session {} was shown a position before the opening", session.0);
        let ahead = places[session].1 - turns.iter().filter(|turn| *turn < at).count() as u32;
        // A turn may be issued in the very microsecond.
        assert!(position.abs_diff(ahead) <= 1, "{position} places ahead shown, {ahead} counted");
        if *position > 300 {
            leaves.insert(*session, *at);
        }
    }
    assert!(leaves.len() > 600, "{} of a thousand", leaves.len());
    assert_eq!(left(&book, Stop::TooFarBack), leaves);
}

#[test]
fn a_hidden_or_capped_position_drives_nobody_away_who_accepts_the_cap() {
    for shown in ["\"hidden\"", "{ \"capped\": 300 }"] {
        let room = format!("\"new_per_minute\": 60, \"position\": {shown}");
        let book = happens_with("too-far-back", &[CONSTANT, ("\"new_per_minute\": 60", &room)]);
        assert_eq!(left(&book, Stop::TooFarBack).len(), 0, "{shown}");
    }
    let room = "\"new_per_minute\": 60, \"position\": { \"capped\": 301 }";
    let book = happens_with("too-far-back", &[CONSTANT, ("\"new_per_minute\": 60", room)]);
    assert_eq!(left(&book, Stop::TooFarBack).len(), 698, "\"301+\" is more than they accept");
}

/// How long each session had looked at nothing when it left, in seconds.
fn silences(book: &Book) -> Vec<f64> {
    let came = firsts(book, |fact| match *fact {
        Fact::Sent { who, .. } => Some((who.session, ())),
        _ => None,
    });
    left(book, Stop::Silence).iter().map(|(session, at)| (at - came[session].0) as f64 / 1e6).collect()
}

#[test]
fn whoever_can_read_nothing_leaves_when_they_have_borne_it_long_enough() {
    let borne = silences(&happens("leaving-in-silence"));
    // The page is there at once, and then nothing: exponential, with a mean of 180 s and the same deviation.
    assert_eq!(borne.len(), 2000, "everybody leaves");
    let mean = borne.iter().sum::<f64>() / 2000.0;
    assert!((mean - 180.0).abs() < 4.0 * 180.0 / 2000.0_f64.sqrt(), "{mean} s");
    let longer = borne.iter().filter(|borne| **borne > 360.0).count() as f64;
    let share = libm::exp(-2.0);
    let (expected, deviation) = (2000.0 * share, (2000.0 * share * (1.0 - share)).sqrt());
    assert!(
        (longer - expected).abs() < 4.0 * deviation,
        "{longer} bear it for six minutes, expected {expected}"
    );
    assert_eq!(measured("leaving-in-silence", "left.silence"), Some(2000.0));
}

const NINETY: (&str, &str) = ("{ \"exponential\": { \"mean\": \"3m\" } }", "\"90s\"");

#[test]
fn errors_that_cannot_be_read_and_timeouts_end_no_silence() {
    // The gateways' 504 comes after 60 s, without a header; or the client's own timeout after 40 s.
    for timeout in ["\"300s\"", "\"40s\"", "null"] {
        let own = format!("\"network\": \"instant\", \"timeout\": {timeout}, \"giving_up\"");
        let changes = [NINETY, ("\"network\": \"instant\", \"giving_up\"", own.as_str())];
        let borne = silences(&happens_with("leaving-in-silence", &changes));
        assert_eq!(borne, vec![90.0; 2000], "with a timeout of {timeout}");
    }
}

#[test]
fn an_answer_that_can_be_read_ends_the_silence_be_it_a_504() {
    let readable = (
        "\"waiting_room\"",
        "\"edge\": { \"cors\": { \"gateway\": { \"server_error\": true } } }, \"waiting_room\"",
    );
    let book = happens_with("leaving-in-silence", &[NINETY, readable]);
    assert_eq!(left(&book, Stop::Silence).len(), 0, "it never lasts longer than the gateways' 60 s");
    let shorter = (NINETY.0, "\"45s\"");
    let borne = silences(&happens_with("leaving-in-silence", &[shorter, readable]));
    assert_eq!(borne, vec![45.0; 2000]);
}

#[test]
fn whoever_is_told_again_and_again_to_be_in_line_does_not_leave_in_silence() {
    let changes = [
        ("\"positions\": { \"uniform\": { \"low\": 0, \"high\": 1000 } }", "\"silence\": \"5s\""),
        ("\"inventory\"", "\"payment\": { \"delay\": \"2s\" }, \"inventory\""),
    ];
    let book = happens_with("too-far-back", &changes);
    assert_eq!(left(&book, Stop::Silence).len(), 0, "between two polls the page says in line");
    assert!(book.count(|fact| matches!(fact, Fact::Polled { .. })) > 1000);
}

#[test]
fn patience_ends_before_a_longer_silence() {
    let changes = [NINETY, ("\"giving_up\"", "\"patience\": \"70s\", \"giving_up\"")];
    let book = happens_with("leaving-in-silence", &changes);
    assert_eq!((left(&book, Stop::Patience).len(), left(&book, Stop::Silence).len()), (2000, 0));
    let changes = [NINETY, ("\"giving_up\"", "\"patience\": \"91s\", \"giving_up\"")];
    let book = happens_with("leaving-in-silence", &changes);
    assert_eq!((left(&book, Stop::Patience).len(), left(&book, Stop::Silence).len()), (0, 2000));
}

#[test]
fn whoever_may_leave_from_the_third_refusal_on_bears_as_many_more_as_the_geometric_law_says() {
    let book = happens("refused-often-enough");
    let mut heard: BTreeMap<SessionId, u32> = BTreeMap::new();
    for (_, fact) in &book.0 {
        if let Fact::Heard { who, reading: Reading::Answer(Reply::StationBusy), .. } = fact {
            *heard.entry(who.session).or_default() += 1;
        }
    }
    let leavers = left(&book, Stop::Refused);
    assert_eq!((heard.len(), leavers.len()), (4000, 4000), "all but the first, whose check hangs");
    let mut counts = [0.0_f64; 8];
    for refusals in heard.values() {
        assert!(*refusals >= 3, "two are borne");
        counts[(*refusals as usize - 3).min(7)] += 1.0;
    }
    let chi_square: f64 = (0..8)
        .map(|more| {
            let borne = libm::pow(0.75, f64::from(more));
            let expected = 4000.0 * if more < 7 { 0.25 * borne } else { borne };
            let off = counts[more as usize] - expected;
            off * off / expected
        })
        .sum();
    // Seven degrees of freedom: beyond 29.9 with probability 0.0001.
    assert!(chi_square < 29.9, "chi-square {chi_square}: {counts:?}");
    assert_eq!(measured("refused-often-enough", "left.refused"), Some(4000.0));
}

#[test]
fn a_refusal_that_cannot_be_read_is_none() {
    let unreadable = [("\"server_error\": true", "\"server_error\": false")];
    let book = happens_with("refused-often-enough", &unreadable);
    assert_eq!(left(&book, Stop::Refused).len(), 0);
    assert!(book.count(|fact| matches!(fact, Fact::Heard { .. })) > 4000 * 10, "they ask on");
}

#[test]
fn a_key_that_can_have_no_effect_is_warned_of() {
    let warned = |name: &str, changes: &[(&str, &str)]| {
        let problems = onsale::scenario::check(&support::scenario(&changed(name, changes)));
        problems.into_iter().map(|problem| problem.path).collect::<Vec<_>>()
    };
    assert_eq!(warned("too-far-back", &[]), [""; 0]);
    let hidden = [("\"new_per_minute\": 60", "\"new_per_minute\": 60, \"position\": \"hidden\"")];
    assert_eq!(warned("too-far-back", &hidden), ["crowd[0].giving_up.positions"]);
    let nothing = [("{ \"silence\": { \"exponential\": { \"mean\": \"3m\" } } }", "{}")];
    assert_eq!(warned("leaving-in-silence", &nothing), ["crowd[0].giving_up"]);
}
