//! Levels, windows, and a queue at twice its capacity.

use super::*;
use crate::overload::Outcome;

fn request(us: u64, kind: Kind, user: u64) -> RequestInfo {
    RequestInfo { now: Time::from_us(us), kind, user: mix64(user), in_flight: 0, luck: 0.5 }
}

fn completion(us: u64, queued: Span) -> Completion {
    Completion {
        now: Time::from_us(us),
        outcome: Outcome::Served,
        latency: Span::from_ms(30),
        queued: Some(queued),
        in_flight: 0,
    }
}

/// 1,000 requests of as many accounts in each second, each answered after this wait; how many of a second are admitted.
fn seconds(control: &mut dyn Control, seconds: std::ops::Range<u64>, queued: Span) -> Vec<usize> {
    let second = |second: u64| {
        let admitted = (0..1000).filter(|user| {
            let us = second * 1_000_000 + user * 1000;
            control.on_completion(&completion(us, queued));
            control.on_request(&request(us, Kind::Hold, *user)) == Decision::Admit
        });
        admitted.count()
    };
    seconds.map(second).collect()
}

#[test]
fn in_overload_five_percent_fewer_are_admitted_each_window_and_else_one_percent_more() {
    let mut control = Config::default().build();
    let falling = seconds(&mut *control, 0..20, Span::from_ms(21));
    assert_eq!(falling[0], 1000);
    for pair in falling.windows(2) {
        let aim = pair[0] as f64 * 0.95;
        // Whole levels of about 8 accounts each.
        assert!((pair[1] as f64) <= aim && (pair[1] as f64) > aim - 24.0, "{falling:?}");
    }
    let rising = seconds(&mut *control, 20..40, Span::from_ms(19));
    for pair in rising.windows(2) {
        assert!(pair[1] > pair[0] && pair[1] <= pair[0] + 24, "{rising:?}");
    }
}

#[test]
fn a_person_is_admitted_always_or_never_while_the_level_stands() {
    let mut control = Config::default().build();
    seconds(&mut *control, 0..10, Span::from_ms(50));
    for user in 0..1000 {
        let mut decision = |ms: u64| control.on_request(&request(10_000_000 + ms * 1000, Kind::Hold, user));
        let first = decision(user / 10);
        assert!((1..5).all(|again| decision(user / 10 + again) == first), "account {user}");
    }
}

#[test]
fn the_least_important_kind_goes_first_however_many_ask_for_it() {
    let mut control = Config::default().build();
    let mut refused = [0, 0];
    for us in (0..30_000_000).step_by(1000) {
        control.on_completion(&completion(us, Span::from_ms(30)));
        // Nine pages to one payment: payments alone would do.
        let page = us % 10_000 != 0;
        let kind = if page { Kind::OpenPage } else { Kind::Pay };
        if control.on_request(&request(us, kind, us)) == Decision::Refuse {
            refused[usize::from(page)] += 1;
        }
    }
    assert_eq!(refused[0], 0, "payments");
    assert!(refused[1] > 10_000, "pages: {refused:?}");
}

#[test]
fn levels_are_dealt_anew_with_the_epoch() {
    let mut control = Config { epoch: Span::from_secs(60), ..Config::default() }.build();
    seconds(&mut *control, 0..15, Span::from_ms(50));
    let refused = |control: &mut dyn Control, us: u64| -> Vec<u64> {
        (0..1000)
            .filter(|user| control.on_request(&request(us, Kind::Hold, *user)) == Decision::Refuse)
            .collect()
    };
    let before = refused(&mut *control, 15_500_000);
    let again = refused(&mut *control, 15_600_000);
    assert_eq!(before, again);
    let after = refused(&mut *control, 60_000_000);
    let both = after.iter().filter(|user| before.contains(user)).count();
    assert!(both < before.len() * 3 / 4, "{both} of {}", before.len());
}

#[test]
fn with_one_level_a_kind_that_was_refused_comes_back() {
    let mut control = Config { ranks: vec![vec![Asking::Pay]], user_levels: 1, ..Config::default() }.build();
    let falling = seconds(&mut *control, 0..3, Span::from_ms(50));
    assert_eq!(falling.last(), Some(&0), "holds are in the last rank");
    assert_eq!(seconds(&mut *control, 3..5, Span::ZERO).last(), Some(&1000));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let wrong = Config {
        ranks: vec![vec![Asking::Pay], vec![Asking::Pay]],
        user_levels: 0,
        epoch: Span::ZERO,
        queueing: Span::ZERO,
        window: Span::ZERO,
        window_requests: 0,
        alpha: 1.0,
        beta: 0.0,
    };
    let keys: Vec<&str> = wrong.problems().iter().map(|(key, ..)| *key).collect();
    assert_eq!(keys, ["ranks", "user_levels", "epoch", "window", "window_requests", "alpha", "beta"]);
    assert!(Config::default().problems().is_empty());
}
