//! What callers do after failures: budgets, breakers, waits that were named, the browser's own reloads, chosen instants.
//! What came about against what is worked out here from the sources, without the program's own arithmetic.

use super::{Book, happens, happens_with, measured, measured_with};
use crate::support::oracles::expected;
use onsale::protocol::{Fact, Kind, Reply, Stop};

fn is_retry(fact: &Fact) -> bool {
    matches!(fact, Fact::Sent { first_try: false, .. })
}

fn is_first_try(fact: &Fact) -> bool {
    matches!(fact, Fact::Sent { first_try: true, .. })
}

fn is_denied(fact: &Fact) -> bool {
    matches!(fact, Fact::RetryDenied { .. })
}

#[track_caller]
fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() < tolerance, "{what}: {found}, expected {expected}");
}

/// What a bucket of 0.1 and 5 in each of 100 programs lets through, worked out from what paid into it.
#[track_caller]
fn assert_paid_for(retries: usize, payments: usize) {
    let (retries, most) = (retries as f64, 500.0 + 0.1 * payments as f64);
    assert!(retries <= most + 1e-6, "{retries} retries were paid for, and at most {most} can be");
    assert!(
        retries > most - 101.0,
        "{retries} retries, and each of 100 buckets keeps less than one of {most}"
    );
}

#[test]
fn a_retry_budget_makes_retries_a_share_of_first_tries_whatever_fails() {
    for (share, case) in [("0.5", "retry_policy_f0.5"), ("0.9", "retry_policy_f0.9")] {
        let book = happens_with("retry-budget", &[(r#""share": 0.5"#, &format!(r#""share": {share}"#))]);
        let (first_tries, retries) = (book.count(is_first_try), book.count(is_retry));
        assert_paid_for(retries, first_tries);
        // The buckets were full at first: without those 500 the load is that of a saturated bucket.
        let load = 1.0 + (retries as f64 - 500.0) / first_tries as f64;
        assert_close(case, load, expected(case, "load_bucket_deposit_per_first_try"), 0.02);
        let denied = book.count(is_denied);
        let stopped = book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::AttemptsUsedUp, .. }));
        assert_eq!(denied, stopped, "whoever may not try again stops");
    }
}

#[test]
fn a_bucket_that_successes_fill_dries_up_as_they_do() {
    for (share, case) in [("0.5", "retry_policy_f0.5"), ("0.9", "retry_policy_f0.9")] {
        let changes =
            [(r#""share": 0.5"#, &*format!(r#""share": {share}"#)), (r#""first_try""#, r#""success""#)];
        let book = happens_with("retry-budget", &changes);
        let (first_tries, retries) = (book.count(is_first_try), book.count(is_retry));
        let well = |fact: &Fact| matches!(fact, Fact::Answered { reply, .. } if *reply != Reply::ServerError);
        assert_paid_for(retries, book.count(well));
        // A retry of the 500 that the buckets held at first pays in again where it succeeds.
        let (failing, deposit): (f64, f64) = (share.parse().unwrap(), 0.1);
        let own = 500.0 / (1.0 - deposit * (1.0 - failing));
        let load = 1.0 + (retries as f64 - own) / first_tries as f64;
        assert_close(case, load, expected(case, "load_bucket_deposit_per_success"), 0.02);
    }
}

#[test]
fn whoever_asks_again_by_hand_makes_a_first_try() {
    let by_hand =
        [(r#""programs": 100,"#, r#""programs": 100, "ask_again_after": "2s","#), ("30000", "3000")];
    let book = happens_with("retry-budget", &by_hand);
    assert!(book.count(is_denied) > 1000);
    assert_eq!(book.count(|fact| matches!(fact, Fact::Stopped { why: Stop::AttemptsUsedUp, .. })), 0);
    assert_paid_for(book.count(is_retry), book.count(is_first_try));
}

#[test]
fn without_a_budget_half_of_failures_double_the_load() {
    let free = [(r#", "retry_budget": { "bucket": { "pays_on": "first_try" } }"#, ""), ("30000", "9000")];
    let amplification = measured_with("retry-budget", "load.retry_amplification", &free).unwrap();
    assert_close("unlimited retries", amplification, 2.0, 0.03);
    let kept = measured_with("retry-budget", "retries.denied", &[("30000", "9000")]).unwrap();
    assert!(kept > 4000.0, "{kept} retries were denied");
}

#[test]
fn an_open_breaker_sends_nothing_but_its_trials() {
    const MS: u64 = 1000;
    let book = happens("circuit-breaker");
    let opened = book.instants_us(|fact| matches!(fact, Fact::BreakerOpened { .. }));
    let failed = book.instants_us(
        |fact| matches!(fact, Fact::Heard { reading, .. } if reading.reply() == Reply::ServerError),
    );
    // More than a tenth of the last 100 attempts: the eleventh failure, once there were 100 attempts before it.
    let attempts = book.instants_us(|fact| matches!(fact, Fact::Heard { .. }));
    assert!(attempts.iter().filter(|at| **at < failed[0]).count() > 100);
    assert_eq!(opened[0], failed[10], "it opens at the eleventh failure");
    let sent = book.instants_us(|fact| matches!(fact, Fact::Sent { .. }));
    // From then on each opening is followed by 5 s without a request, and by one that tries.
    for pair in opened.windows(2) {
        let between: Vec<u64> = sent.iter().copied().filter(|at| (pair[0]..pair[1]).contains(at)).collect();
        // What was on its way in the same millisecond is no trial.
        let trials: Vec<u64> = between.into_iter().filter(|at| *at > pair[0] + MS).collect();
        assert_eq!(trials.len(), 1, "one trial after {}", pair[0]);
        assert!(trials[0] >= pair[0] + 5000 * MS && trials[0] + MS == pair[1], "{trials:?}");
    }
    assert_eq!(opened.len(), 3, "10 s, 15 s and 20 s: {opened:?}");
    let fast = book.instants_us(|fact| matches!(fact, Fact::FailedFast { .. }));
    let last = *fast.last().unwrap();
    assert!(last > 22_000 * MS && last < 27_000 * MS, "the outage lasts longer than it was: {last}");
    let all = fast.len() + sent.len();
    let tried = book.count(is_first_try)
        + book.count(|fact| matches!(fact, Fact::FailedFast { first_try: true, .. }));
    assert_eq!(all, tried, "nobody retries here");
    let said = |metric| measured("circuit-breaker", metric);
    assert_eq!(said("retries.failed_fast"), Some(fast.len() as f64));
    assert_eq!(said("retries.breaker_openings"), Some(3.0));
    let never_opens = (r#""circuit_breaker": {}"#, r#""circuit_breaker": { "failure_rate": 1 }"#);
    let without = measured_with("circuit-breaker", "refusals.station_500", &[never_opens]);
    assert!(without.unwrap() > 400.0 && said("refusals.station_500").unwrap() < 20.0);
}

#[test]
fn a_gateway_asks_another_peer_only_as_often_as_its_budget_pays() {
    let book = happens("gateway-retry-budget");
    let sent = book.count(|fact| matches!(fact, Fact::Accepted { .. }));
    let elsewhere = book.count(|fact| matches!(fact, Fact::SentToNextPeer { .. }));
    let denied = book.count(|fact| matches!(fact, Fact::NextPeerDenied { .. }));
    assert_eq!(sent, 1000);
    let asked_again = book.instants_us(|fact| matches!(fact, Fact::SentToNextPeer { .. }))[0];
    let accepted = book.instants_us(|fact| matches!(fact, Fact::Accepted { .. }));
    let paid = accepted.iter().filter(|at| **at > asked_again).count();
    assert_eq!(elsewhere, 5 + paid / 10, "five at first, and one for ten requests from then on");
    assert_eq!(denied, 1000 - elsewhere, "each of them would have been sent to the other machine");
    let free = happens_with("gateway-retry-budget", &[(r#", "retry_budget": { "bucket": {} }"#, "")]);
    assert_eq!(free.count(|fact| matches!(fact, Fact::SentToNextPeer { .. })), 1000);
}

/// Retries of requests that were accepted at these instants, where each asks for one a second later, and ends a second
/// after that: how many may be, as Envoy counts, at a share of `percent` and `least` always.
fn envoy(accepted: &[u64], percent: u64, least: u64) -> (usize, usize) {
    const SECOND: u64 = 1_000_000;
    // When each request is answered: a second later, or two where it was retried. All of them ask in order of arrival.
    let mut ends: Vec<u64> = accepted.iter().map(|at| at + SECOND).collect();
    let mut retries: Vec<u64> = Vec::new();
    let mut denied = 0;
    for (i, at) in accepted.iter().enumerate() {
        let now = at + SECOND;
        let in_flight = (0..accepted.len())
            .filter(|&other| accepted[other] < now && (ends[other] > now || other == i))
            .count() as u64;
        let retrying = retries.iter().filter(|end| **end > now).count() as u64;
        if retrying < (in_flight * percent / 100).max(least) {
            ends[i] = now + SECOND;
            retries.push(now + SECOND);
        } else {
            denied += 1;
        }
    }
    (retries.len(), denied)
}

#[test]
fn of_the_requests_in_flight_a_fifth_may_be_retries_and_three_always() {
    for (percent, least, written) in [
        (20, 3, "{}"),
        (50, 0, r#"{ "budget_percent": 50, "min_retry_concurrency": 0 }"#),
        (0, 7, r#"{ "budget_percent": 0, "min_retry_concurrency": 7 }"#),
        (100, 0, r#"{ "budget_percent": 100, "min_retry_concurrency": 0 }"#),
    ] {
        let written = format!(r#""concurrent": {written}"#);
        let book = happens_with("retries-in-flight", &[(r#""concurrent": {}"#, &written)]);
        let accepted = book.instants_us(|fact| matches!(fact, Fact::Accepted { .. }));
        assert_eq!(accepted.len(), 1000);
        let elsewhere = book.count(|fact| matches!(fact, Fact::SentToNextPeer { .. }));
        let denied = book.count(|fact| matches!(fact, Fact::NextPeerDenied { .. }));
        assert_eq!((elsewhere, denied), envoy(&accepted, percent, least), "{written}");
        assert_eq!(denied == 0, percent == 100, "{written}: {denied}");
    }
    let denied = happens("retries-in-flight").count(|fact| matches!(fact, Fact::NextPeerDenied { .. }));
    assert_eq!(measured("retries-in-flight", "retries.denied_next_peer"), Some(denied as f64));
}

#[test]
fn a_breaker_of_retries_lets_every_first_try_through_and_no_retry_while_too_much_fails() {
    let book = happens("breaker-of-retries");
    // The ends of attempts in order, and whether each failed: a tenth of the last hundred, once there were twenty.
    let mut ends: Vec<(u64, bool)> = book
        .0
        .iter()
        .filter_map(|(at, fact)| match fact {
            Fact::Heard { reading, .. } => Some((at.as_us(), reading.reply() == Reply::ServerError)),
            _ => None,
        })
        .collect();
    ends.sort_unstable();
    let failed_of_last =
        |upto: usize| ends[upto.saturating_sub(100)..upto].iter().filter(|(_, failed)| *failed).count();
    let opened = (100..ends.len())
        .find(|&upto| failed_of_last(upto) > 10)
        .map(|upto| ends[upto - 1].0)
        .expect("it opens");
    let sent_again = book.instants_us(|fact| matches!(fact, Fact::Sent { first_try: false, .. }));
    let denied = book.instants_us(|fact| matches!(fact, Fact::RetryDenied { .. }));
    // Ten failures were let through; their second tries fail too, while it is open.
    assert_eq!(
        sent_again.iter().filter(|at| **at < 22_000_000).count(),
        10,
        "those that failed before it opened"
    );
    assert_eq!(denied[0], opened, "the failure that opens it is the first that is denied");
    let came = book.count(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, first_try: true, .. }));
    assert_eq!(came, 1200, "every first try is sent");
    assert_eq!(book.count(|fact| matches!(fact, Fact::FailedFast { .. })), 0);
    assert_eq!(measured("breaker-of-retries", "retries.denied"), Some(denied.len() as f64));
    let free = [(r#""stops": "retries""#, r#""stops": "retries", "failure_rate": 1"#)];
    let without = happens_with("breaker-of-retries", &free);
    let in_outage = |book: &Book| {
        book.instants_us(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. }))
            .iter()
            .filter(|at| (10_000_000..22_000_000).contains(*at))
            .count() as f64
    };
    // Without it each of them is sent three times but for those of the last two seconds.
    let ratio = in_outage(&without) / in_outage(&book);
    assert!((2.5..3.0).contains(&ratio), "{ratio} times the load");
}

/// When the page was opened, in whole seconds, by everybody alike.
fn pages(book: &Book) -> Vec<u64> {
    let mut instants = book.instants_us(|fact| matches!(fact, Fact::Sent { kind: Kind::OpenPage, .. }));
    let all = instants.len();
    instants.dedup();
    assert_eq!(all, 20 * instants.len(), "all of them at the same instants");
    instants.into_iter().map(|at| at / 1_000_000).collect()
}

#[test]
fn chromium_reloads_a_page_that_did_not_connect_at_its_own_instants() {
    let book = happens("auto-reload");
    assert_eq!(pages(&book), [10, 11, 16, 46, 106, 406, 1006, 2806]);
    let joins = book.instants_us(|fact| matches!(fact, Fact::Sent { kind: Kind::Join, .. }));
    assert_eq!((joins.len(), joins[0]), (20, 2_806_000_000), "the gateway is back, and the page goes on");
    let firefox = happens_with("auto-reload", &[(r#""auto_reload": true,"#, "")]);
    assert_eq!(pages(&firefox)[..4], [10, 30, 50, 70], "without it the behavior asks every 20 s");
}

#[test]
fn a_hidden_page_is_reloaded_once_somebody_looks_at_it() {
    let hidden = r#""auto_reload": true, "background": { "after": "30s", "lasts": "25m" },"#;
    let book = happens_with("auto-reload", &[(r#""auto_reload": true,"#, hidden)]);
    // Away from 40 s to 1540 s: the reload due at 46 s waits, and the next comes 60 s after it, then 300 s, 600 s.
    assert_eq!(pages(&book), [10, 11, 16, 1540, 1600, 1900, 2500, 4300]);
}

#[test]
fn a_person_may_reload_faster_than_the_browser_and_a_status_is_never_reloaded() {
    let by_hand = r#""auto_reload": true, "behavior": { "refresher": { "interval": "8s", "spread": 0 } },"#;
    let book = happens_with("auto-reload", &[(r#""auto_reload": true,"#, by_hand)]);
    assert_eq!(pages(&book)[..6], [10, 11, 16, 24, 32, 40], "from the third failure on the person is faster");
    let status = [
        (r#""gateway_crash": {}"#, r#""error_burst": { "station": "verify" }"#),
        (
            r#""inventory": {"#,
            r#""services": { "verify": { "servers": 99, "service": "1ms" } }, "route": { "open_page": "verify" }, "inventory": {"#,
        ),
        (r#""auto_reload": true,"#, r#""auto_reload": true, "behavior": { "backoff": {} },"#),
    ];
    assert_eq!(pages(&happens_with("auto-reload", &status)), [10], "a 500 is a page");
}

#[test]
fn clock_watchers_meet_at_the_full_minute_and_a_spread_takes_them_apart() {
    let retries = |book: &Book| book.instants_us(is_retry);
    let herd = retries(&happens("clock-watcher"));
    assert!(herd.len() > 1000, "{} retries", herd.len());
    assert!(herd.iter().all(|at| at % 60_000_000 == 30_000_000), "the sale opens at 90 s");
    let spread = happens_with("clock-watcher", &[(r#""spread": "0s""#, r#""spread": "30s""#)]);
    let mut tenths = [0.0_f64; 10];
    for at in retries(&spread) {
        let after = (at + 30_000_000) % 60_000_000;
        assert!(after <= 30_000_000, "{after}");
        tenths[(after / 3_000_001) as usize] += 1.0;
    }
    let expected = tenths.iter().sum::<f64>() / 10.0;
    let chi_square: f64 = tenths.iter().map(|found| (found - expected) * (found - expected) / expected).sum();
    // Nine degrees of freedom.
    assert!(chi_square < 33.7, "{chi_square}: {tenths:?}");
    // Everybody has come by 245 s: from then on they meet only each other.
    let joined = |book: &Book| {
        let instants = book.instants_us(|fact| matches!(fact, Fact::Enqueued { .. }));
        instants.into_iter().filter(|at| *at > 260_000_000).count()
    };
    let (together, apart) = (joined(&happens("clock-watcher")), joined(&spread));
    assert!(
        together <= 6 && apart >= 24,
        "of a herd one is let in a minute: {together}, and {apart} with a spread"
    );
}

#[test]
fn a_named_wait_keeps_a_herd_away_only_where_a_script_reads_it() {
    let deaf = [(r#""obeys_retry_after": true"#, r#""obeys_retry_after": false"#)];
    let hidden = [(r#", "expose_retry_after": true"#, "")];
    for (changes, seconds) in [(&[][..], 20), (&deaf[..], 1), (&hidden[..], 1)] {
        let book = happens_with("retry-after", changes);
        let mut refused = std::collections::BTreeMap::new();
        let mut waits = [Vec::new(), Vec::new()];
        for (at, fact) in &book.0 {
            match *fact {
                Fact::Heard { who, kind, reading, .. } if reading.reply() == Reply::RateLimited => {
                    refused.insert(who.session.0, (*at, kind));
                }
                Fact::Sent { who, .. } => {
                    if let Some((before, kind)) = refused.remove(&who.session.0) {
                        waits[usize::from(kind == Kind::OpenPage)]
                            .push(at.saturating_since(before).as_us() / 1_000_000);
                    }
                }
                _ => {}
            }
        }
        let [scripts, pages] = waits;
        assert!(!scripts.is_empty() && scripts.iter().all(|wait| *wait == seconds), "{seconds}: {scripts:?}");
        assert!(
            !pages.is_empty() && pages.iter().all(|wait| *wait == 1),
            "the browser reads no wait: {pages:?}"
        );
        let early = pages.len() + if seconds == 1 { scripts.len() } else { 0 };
        assert_eq!(measured_with("retry-after", "retries.too_early", changes), Some(early as f64));
    }
    let requests = |changes: &[(&str, &str)]| measured_with("retry-after", "load.requests", changes).unwrap();
    assert!(requests(&[]) < requests(&deaf), "who stays away sends less");
}
