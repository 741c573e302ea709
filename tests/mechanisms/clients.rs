//! What clients do, one small scenario a mechanism: what came about against what is worked out here from the sources,
//! without the program's own arithmetic. Tolerances: 4 standard errors, or a chi-square that luck exceeds once in
//! 10,000; the seeds are fixed.

use super::Book;
use crate::support;
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::protocol::{Belief, Fact, Kind};
use onsale::scenario::Scenario;
use std::collections::BTreeMap;

impl Book {
    /// When each session sent a request of this kind, in order, in seconds; sessions in their order.
    fn sent(&self, wanted: Kind) -> BTreeMap<u32, Vec<f64>> {
        let mut sent: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (at, fact) in &self.0 {
            match *fact {
                Fact::Sent { who, kind, .. } if kind == wanted => {
                    sent.entry(who.session.0).or_default().push(at.as_secs_f64());
                }
                Fact::Polled { who, up, .. } if wanted == Kind::Poll => {
                    sent.entry(who.session.0).or_default().push(at.as_secs_f64() - up.as_secs_f64());
                }
                _ => {}
            }
        }
        sent.values_mut().for_each(|times| times.sort_by(f64::total_cmp));
        sent
    }
}

fn mechanism(name: &str) -> Scenario {
    support::load(&support::root().join(format!("scenarios/mechanisms/{name}.json")))
}

fn heard_of(scenario: &Scenario) -> Book {
    observe(support::plan(scenario), scenario.seed, Book::default()).observer
}

/// The waits between attempts that follow each other.
fn waits(times: &[f64]) -> Vec<f64> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[track_caller]
fn assert_mean(what: &str, values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!((mean - expected).abs() <= 4.0 * error, "{what}: mean {mean} +- {error}, expected {expected}");
}

/// Numbers from 0 to 1 are as many in each tenth.
#[track_caller]
fn assert_uniform(what: &str, values: &[f64]) {
    let mut tenths = [0.0_f64; 10];
    for value in values {
        assert!((-1e-5..1.0 + 1e-5).contains(value), "{what}: {value} is out of bounds");
        tenths[((value * 10.0) as usize).min(9)] += 1.0;
    }
    let expected = values.len() as f64 / 10.0;
    // Nine degrees of freedom.
    assert_chi_square(what, &tenths, &[expected; 10], 33.7);
}

#[track_caller]
fn assert_chi_square(what: &str, found: &[f64], expected: &[f64], bound: f64) {
    let terms = found
        .iter()
        .zip(expected)
        .map(|(found, expected)| (found - expected) * (found - expected) / expected);
    let chi_square: f64 = terms.sum();
    assert!(chi_square < bound, "{what}: chi-square {chi_square}\n{found:?}\n{expected:?}");
}

#[test]
fn trace_arrivals_follow_the_record_row_by_row() {
    let record = include_str!("../../scenarios/mechanisms/traces/wc98_1998-05-12_step_0600-0730_permin.csv");
    let last_field =
        |line: &str| line.rsplit(',').next().and_then(|field| field.parse().ok()).expect("a count");
    let counts: Vec<f64> = record.lines().skip(1).map(last_field).collect();
    assert_eq!((counts.len(), counts.iter().sum::<f64>()), (90, 336_279.0));

    let mut came = [vec![0.0; 90], vec![0.0; 90]];
    for (at, fact) in heard_of(&mechanism("trace-arrivals")).0 {
        if let Fact::Arrived { person } = fact {
            let at = at.as_secs_f64();
            let (cohort, row) =
                if person.0 < 5000 { (0, (at - 300.0) / 60.0) } else { (1, (at - 600.0) / 6.0) };
            came[cohort][row as usize] += 1.0;
        }
    }
    assert_eq!(came[0].iter().sum::<f64>(), 5000.0, "everybody comes");
    let shape: Vec<f64> = counts.iter().map(|count| count / 336_279.0 * 5000.0).collect();
    let as_they_are: Vec<f64> = counts.iter().map(|count| count / 100.0).collect();
    // 89 and 90 degrees of freedom.
    assert_chi_square("shape", &came[0], &shape, 144.0);
    assert_chi_square("as they are", &came[1], &as_they_are, 146.0);
}

/// The waits of everybody but the one who blocks the door, each from 1 to `attempts` - 1.
fn backoff_waits(scenario: &str, attempts: usize) -> Vec<Vec<f64>> {
    let heard = heard_of(&mechanism(scenario));
    let all: Vec<Vec<f64>> =
        heard.sent(Kind::Join).into_values().skip(1).map(|times| waits(&times)).collect();
    assert_eq!(all.len(), 4000);
    assert!(all.iter().all(|waits| waits.len() == attempts - 1), "attempts count the first one");
    all
}

#[test]
fn equal_jitter_waits_half_of_the_ceiling_and_a_draw_of_the_other_half() {
    let all = backoff_waits("equal-jitter", 6);
    let mut drawn = Vec::new();
    for (n, ceiling_s) in [1.0, 2.0, 4.0, 8.0, 10.0].into_iter().enumerate() {
        let half = ceiling_s / 2.0;
        let draws: Vec<f64> = all.iter().map(|waits| (waits[n] - half) / half).collect();
        assert_uniform(&format!("wait {}", n + 1), &draws);
        drawn.push(draws);
    }
    for (n, pair) in drawn.windows(2).enumerate() {
        let together: Vec<f64> = pair[0].iter().zip(&pair[1]).map(|(a, b)| (a - 0.5) * (b - 0.5)).collect();
        assert_mean(&format!("waits {} and {} have nothing in common", n + 1, n + 2), &together, 0.0);
    }
}

#[test]
fn decorrelated_jitter_draws_each_wait_from_the_one_before() {
    const BASE_S: f64 = 1.0;
    const CAP_S: f64 = 30.0;
    let all = backoff_waits("decorrelated-jitter", 7);
    // Of a wait between b and 3 w the mean is (b + 3 w) / 2; the cap is out of reach of the first three.
    let mut mean = BASE_S;
    for n in 0..3 {
        mean = f64::midpoint(BASE_S, 3.0 * mean);
        let waits: Vec<f64> = all.iter().map(|waits| waits[n]).collect();
        assert_mean(&format!("wait {}", n + 1), &waits, mean);
    }
    let (mut free, mut at_cap, mut expected_at_cap, mut variance) = (Vec::new(), 0.0, 0.0, 0.0);
    for waits in &all {
        let mut before = BASE_S;
        for &wait in waits {
            let width = 3.0 * before - BASE_S;
            if 3.0 * before <= CAP_S {
                free.push((wait - BASE_S) / width);
            } else {
                let beyond = 1.0 - (CAP_S - BASE_S) / width;
                expected_at_cap += beyond;
                variance += beyond * (1.0 - beyond);
                at_cap += f64::from(u8::from(wait > CAP_S - 1e-6));
            }
            before = wait;
        }
    }
    assert_uniform("waits that the cap cannot reach", &free);
    let error = (at_cap - expected_at_cap) / variance.sqrt();
    assert!(
        error.abs() < 4.0,
        "{at_cap} waits at the cap, {expected_at_cap} expected: {error} standard errors"
    );
    assert!(free.len() > 10_000 && at_cap > 1000.0, "both happen: {} and {at_cap}", free.len());
}

/// How often each of some sessions acted in each of the first ten minutes.
fn by_minute(sent: &BTreeMap<u32, Vec<f64>>, sessions: std::ops::Range<u32>) -> Vec<u32> {
    let mut counts = vec![0; 10];
    for time in sent.range(sessions).flat_map(|(_, times)| times).filter(|time| **time < 600.0) {
        counts[(time / 60.0) as usize] += 1;
    }
    counts
}

/// 300 times, in each of the first ten minutes, what happens first at `first_s` and then every `every_s`.
fn clockwork(first_s: f64, every_s: f64) -> Vec<u32> {
    let mut counts = vec![0; 10];
    for n in 0..600 {
        let at = first_s + f64::from(n) * every_s;
        if at < 600.0 {
            counts[(at / 60.0) as usize] += 300;
        }
    }
    counts
}

#[test]
fn a_reload_is_a_page_and_a_join_and_the_place_is_kept() {
    let heard = heard_of(&mechanism("refresher"));
    let [pages, joins, polls] = [Kind::OpenPage, Kind::Join, Kind::Poll].map(|kind| heard.sent(kind));
    // Sessions 0.. poll, 300.. reload, 600.. reload like metronomes; the check of a join takes a millisecond.
    assert_eq!(by_minute(&pages, 0..300), clockwork(0.0, 1e9), "a polling page is opened once");
    assert_eq!(by_minute(&joins, 0..300), clockwork(0.0, 1e9));
    assert_eq!(by_minute(&polls, 0..300), clockwork(20.001, 20.0));
    assert_eq!(by_minute(&pages, 600..900), clockwork(0.0, 5.001));
    assert_eq!(by_minute(&joins, 600..900), clockwork(0.0, 5.001));
    assert_eq!(polls.range(300..).count(), 0, "whoever reloads does not poll");

    let reloads: Vec<Vec<f64>> = pages.range(300..600).map(|(_, times)| times.clone()).collect();
    let in_the_lounge = |times: &[f64]| times.iter().filter(|time| **time < 600.0).count();
    let gaps: Vec<f64> = reloads
        .iter()
        .flat_map(|times| waits(&times[..in_the_lounge(times)]))
        .map(|gap| (gap - 2.501) / 5.0)
        .collect();
    assert_uniform("times between reloads", &gaps);
    // Renewals (Feller, An Introduction to Probability Theory, volume II, chapter XI): by time t there are on average
    // t / mean + (variance - mean^2) / (2 mean^2); the first page is not one of them.
    let (mean, variance) = (5.001_f64, 25.0 / 12.0);
    let expected = 1.0 + 600.0 / mean + (variance - mean * mean) / (2.0 * mean * mean);
    let looks: Vec<f64> = reloads.iter().map(|times| in_the_lounge(times) as f64).collect();
    assert_mean("pages opened by somebody who reloads", &looks, expected);

    let places = heard.count(|fact| matches!(fact, Fact::Enqueued { .. }));
    assert_eq!(places, 900, "one place each, however often the page was opened");
}

#[test]
fn a_page_that_hangs_is_reloaded_as_soon_as_the_person_has_enough() {
    let scenario = support::scenario(
        r#"{ "opens_at": "1m", "horizon": "10m",
        "crowd": [{ "name": "fans", "count": 5, "network": "instant", "timeout": "8s",
            "arrivals": { "spike": { "at": "0s" } }, "behavior": { "refresher": {} } }],
        "network": [{ "name": "instant", "up": "0s", "down": "0s" }],
        "edge": { "upstream_timeout": null },
        "waiting_room": { "new_per_minute": 60 },
        "services": { "verify": { "servers": 5, "service": "3h" } },
        "inventory": { "bands": [{ "name": "all", "seats": 5 }] } }"#,
    );
    let heard = heard_of(&scenario);
    let expected: Vec<f64> = (0..75).map(|n| f64::from(n) * 8.0).collect();
    for kind in [Kind::OpenPage, Kind::Join] {
        for (session, times) in heard.sent(kind) {
            assert_eq!(times, expected, "session {session} sends {}", kind.name());
        }
    }
    let first_tries = heard.count(|fact| matches!(fact, Fact::Sent { first_try: true, .. }));
    assert_eq!(first_tries, 10, "a reload after a failure is no first try of page or join");
}

/// What became of one person with tabs.
#[derive(Default)]
struct Opener {
    came: f64,
    /// When each tab opened, in order.
    tabs: Vec<f64>,
    /// When a turn, or the final answer, was first read.
    told: Option<f64>,
}

fn openers(heard: &[(Time, Fact)]) -> Vec<Opener> {
    let mut people: BTreeMap<u32, Opener> = BTreeMap::new();
    for (at, fact) in heard {
        let at = at.as_secs_f64();
        match *fact {
            Fact::Arrived { person } => people.entry(person.0).or_default().came = at,
            Fact::Sent { who, kind: Kind::OpenPage, .. } => {
                people.entry(who.person.0).or_default().tabs.push(at);
            }
            Fact::Believes { who, belief: Belief::YourTurn | Belief::ToldNo | Belief::Confirmed } => {
                let told = &mut people.entry(who.person.0).or_default().told;
                *told = Some(told.map_or(at, |old| old.min(at)));
            }
            _ => {}
        }
    }
    people.into_values().collect()
}

#[test]
fn a_further_tab_opens_while_nothing_was_told_and_no_other_is_counted() {
    let scenario = mechanism("multi-tab");
    let heard = heard_of(&scenario).0;
    let people = openers(&heard);
    let waiting_at = |person: &Opener, at: f64| person.told.is_none_or(|told| told > at);
    for person in &people {
        for (k, &opened) in (0..).zip(&person.tabs) {
            let due = person.came + 90.0 * f64::from(k);
            assert!((opened - due).abs() < 1e-6, "tab {k} opened at {opened}, and was due at {due}");
            assert!(k == 0 || waiting_at(person, due), "tab {k} opened at {due}, told at {:?}", person.told);
        }
    }
    // Of those who still waited when the third tab was due, as many opened each number as the shares say.
    let long: Vec<&Opener> = people.iter().filter(|person| waiting_at(person, person.came + 180.0)).collect();
    let n = long.len() as f64;
    assert!(n > 500.0, "{n} waited for three minutes");
    let opened = |k: usize| long.iter().filter(|person| person.tabs.len() == k).count() as f64;
    assert_chi_square("tabs", &[opened(1), opened(2), opened(3)], &[0.34 * n, 0.33 * n, 0.33 * n], 18.4);
    let early = people.iter().filter(|person| !waiting_at(person, person.came + 90.0));
    let (early, tabs) = early.fold((0, 0), |(n, tabs), person| (n + 1, tabs + person.tabs.len()));
    assert!(
        early > 50 && early == tabs,
        "{early} had their turn before a second tab was due, and opened {tabs}"
    );

    let all: usize = people.iter().map(|person| person.tabs.len()).sum();
    let result = support::run_scenario(&scenario, "multi-tab", scenario.seed);
    assert_eq!(result.value("crowd.sessions"), Some(all as f64), "what never opened is nobody's session");
    assert!(result.cast.sessions > all as u64, "{} rows", result.cast.sessions);
    let ended =
        heard.iter().filter(|(_, fact)| matches!(fact, Fact::Stopped { .. } | Fact::Cut { .. })).count();
    assert_eq!(ended, all, "every session that opened ends once, and no other");
}

#[test]
fn whoever_is_asked_not_to_refresh_polls_as_the_page_asks() {
    let scenario = support::scenario(
        r#"{ "opens_at": "20m", "horizon": "30m",
        "crowd": [{ "name": "fans", "count": 50, "network": "instant", "arrivals": { "spike": { "at": "1m" } },
            "behavior": { "refresher": { "interval": "5s", "spread": 0 } } }],
        "network": [{ "name": "instant", "up": "0s", "down": "0s" }],
        "waiting_room": { "new_per_minute": 60, "poll_interval": "20s", "poll_jitter": 0 },
        "inventory": { "bands": [{ "name": "all", "seats": 5 }] },
        "operator": [{ "name": "advice", "trigger": { "at": "3m2s" },
            "actions": [{ "announce": { "word": "do_not_refresh", "on_page": true } }] }] }"#,
    );
    let heard = heard_of(&scenario);
    let (pages, polls) = (heard.sent(Kind::OpenPage), heard.sent(Kind::Poll));
    // They come at 60 s and reload every 5 s; the page that they open at 185 s says so, and they never open it again.
    let reloads: Vec<f64> = (0..26).map(|n| 60.0 + 5.0 * f64::from(n)).collect();
    let until_the_opening: Vec<f64> = (1..51).map(|n| 185.0 + 20.0 * f64::from(n)).collect();
    assert_eq!(pages.len(), 50);
    for (session, times) in &pages {
        assert_eq!(*times, reloads, "session {session} opens the page");
        let polled: Vec<f64> = polls[session].iter().copied().filter(|time| *time < 1200.0).collect();
        assert_eq!(polled, until_the_opening, "session {session} polls");
    }
}

#[test]
fn whoever_left_on_hearing_news_opens_no_further_tab() {
    let scenario = support::scenario(
        r#"{ "opens_at": "10m", "horizon": "30m",
        "crowd": [{ "name": "fans", "count": 50, "network": "instant", "arrivals": { "spike": { "at": "0s" } },
            "sessions": [0, 0, 1], "open_after": "90s", "on_announcement": { "paused": { "leave": 1 } } }],
        "network": [{ "name": "instant", "up": "0s", "down": "0s" }],
        "waiting_room": { "new_per_minute": 60 },
        "inventory": { "bands": [{ "name": "all", "seats": 5 }] },
        "operator": [{ "name": "trouble", "trigger": { "at": "2m" },
            "actions": [{ "announce": { "word": "paused", "reach": 1, "delay": "0s" } }] }] }"#,
    );
    let heard = heard_of(&scenario);
    assert_eq!(heard.sent(Kind::OpenPage).len(), 100, "the third tab was due at three minutes");
    assert_eq!(heard.count(|fact| matches!(fact, Fact::Stopped { .. })), 100);
}
