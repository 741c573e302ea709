//! What was published of queues and retries under overload, run again from `scenarios/published/`: the file as it stands
//! shows the failure, and with one thing changed its cure.

use crate::support;
use onsale::engine::{Span, Time};
use onsale::experiment::observe;
use onsale::experiment::result::{ExpectationVerdict, RunResult};
use onsale::protocol::{Cause, Fact, Kind, Observer};

/// The text of a published scenario, with some of it replaced.
fn text(name: &str, changes: &[(&str, &str)]) -> String {
    support::changed("published", name, changes)
}

fn run(name: &str, changes: &[(&str, &str)]) -> RunResult {
    support::run(&text(name, changes), 1)
}

/// When pages were heard in time, and when they were asked for, in seconds.
#[derive(Default)]
struct Pages {
    heard: Vec<f64>,
    asked: Vec<f64>,
    waits: Vec<(f64, Span)>,
}

impl Observer for Pages {
    fn hear(&mut self, at: Time, fact: &Fact) {
        let s = at.saturating_since(Time::ZERO).as_secs_f64();
        match fact {
            Fact::Heard { kind: Kind::OpenPage, cause: Cause::None, .. } => self.heard.push(s),
            Fact::Sent { kind: Kind::OpenPage, .. } => self.asked.push(s),
            Fact::ServiceBegan { waited, .. } => self.waits.push((s, *waited)),
            _ => {}
        }
    }
}

fn pages(name: &str, changes: &[(&str, &str)]) -> Pages {
    let scenario = support::scenario(&text(name, changes));
    observe(support::plan(&scenario), 1, Pages::default()).observer
}

/// How many of these instants lie between, a second.
fn rate(instants: &[f64], from: f64, until: f64) -> f64 {
    instants.iter().filter(|at| (from..until).contains(*at)).count() as f64 / (until - from)
}

const HOTOS25: &str = "hotos25-queue150";
const QUEUE_35: (&str, &str) = ("\"queue\": 150", "\"queue\": 35");

#[test]
fn a_queue_of_150_never_recovers_and_one_of_35_does() {
    let stuck = pages(HOTOS25, &[]);
    // Half an hour after a surge of ten minutes, with six tries of each of five a second.
    assert_eq!(rate(&stuck.heard, 1000.0, 2700.0), 0.0);
    let attempts = rate(&stuck.asked, 1000.0, 2700.0);
    assert!((attempts - 30.0).abs() < 1.5, "{attempts} tries a second");
    let well = pages(HOTOS25, &[QUEUE_35]);
    let goodput = rate(&well.heard, 1000.0, 2700.0);
    assert!((goodput - 5.0).abs() < 0.25, "{goodput} a second");
    let in_the_surge = rate(&well.heard, 310.0, 900.0);
    assert!(in_the_surge > 9.5, "{in_the_surge} a second while it lasts, of the 10 that can be served");
}

#[test]
fn the_verdict_says_so_and_names_the_cures() {
    let verdict = |changes: &[(&str, &str)]| run(HOTOS25, changes).value("stability.metastable");
    assert_eq!(verdict(&[]), Some(1.0));
    let queue = "\"queue\": 150";
    for cure in [
        QUEUE_35,
        (queue, "\"queue\": 150, \"discipline\": { \"drop_expired\": {} }"),
        (queue, "\"queue\": 150, \"discipline\": { \"lifo\": {} }"),
        ("\"attempts\": 6", "\"attempts\": 2"),
    ] {
        assert_eq!(verdict(&[cure]), Some(0.0), "{}", cure.1);
    }
}

#[test]
fn a_retry_budget_of_a_tenth_lets_the_long_queue_recover() {
    const BUDGET: &str = r#""attempts": 6 } },
        "caller": { "programs": 1, "retry_budget": { "bucket": {} } }"#;
    let budget = [("\"attempts\": 6 } }", BUDGET)];
    assert_eq!(run(HOTOS25, &budget).value("stability.metastable"), Some(0.0));
    let well = pages(HOTOS25, &budget);
    let (goodput, attempts) = (rate(&well.heard, 1200.0, 2700.0), rate(&well.asked, 310.0, 900.0));
    assert!((goodput - 5.0).abs() < 0.25, "{goodput} a second");
    assert!((attempts - 16.5).abs() < 1.0, "{attempts} tries of the 15 a second in the surge");
}

#[test]
fn the_last_first_keeps_answering_while_the_surge_lasts() {
    let lifo = pages(HOTOS25, &[("\"queue\": 150", "\"queue\": 150, \"discipline\": { \"lifo\": {} }")]);
    let in_the_surge = rate(&lifo.heard, 310.0, 900.0);
    // A full queue refuses the newest too, so a few of those who are served have waited too long.
    assert!(in_the_surge > 9.0, "{in_the_surge} a second, of the 10 that can be served");
}

/// The retry example of `HotOS` 2021 at another load.
fn at_load(per_second: u32) -> RunResult {
    let load = format!("\"per_second\": {per_second}");
    run("hotos21-retry", &[("\"per_second\": 280", &load)])
}

#[test]
fn with_one_retry_half_of_the_capacity_is_the_load_that_recovers() {
    let well = at_load(140);
    assert_eq!(well.value("stability.metastable"), Some(0.0));
    // Ten seconds of first tries and nine of second ones wait when the stall ends; once that is under a second of work
    // nobody tries twice any more, and the whole capacity is there for it.
    let backlog = 140.0 * 10.0 + 140.0 * 9.0 - 300.0;
    let expected = backlog / (300.0 - 2.0 * 140.0);
    let found = well.value("stability.time_to_recover").expect("it recovers");
    assert!((found / expected - 1.0).abs() < 0.25, "after {found} s, {expected} expected");
    for load in [155, 280] {
        assert_eq!(at_load(load).value("stability.metastable"), Some(1.0), "at {load} a second, never");
    }
    let stuck = pages("hotos21-retry", &[]);
    let (attempts, goodput) = (rate(&stuck.asked, 100.0, 650.0), rate(&stuck.heard, 100.0, 650.0));
    assert!((attempts - 560.0).abs() < 5.0 && goodput == 0.0, "{attempts} tries, {goodput} answers a second");
}

#[test]
fn adaptive_lifo_keeps_nine_tenths_of_the_capacity_where_order_of_arrival_keeps_nothing() {
    const NAME: &str = "facebook-codel-alifo";
    let deadline = Span::from_ms(5);
    let in_time = |discipline: &str| {
        let pages = pages(NAME, &[("{ \"adaptive_lifo\": {} }", discipline)]);
        let begun = pages.waits.iter().filter(|(_, waited)| *waited <= deadline).map(|(at, _)| *at);
        begun.collect::<Vec<f64>>()
    };
    // Served within five service times, of a thousand a second: the oracle `lifo_overload_l1.5` says 0.9035.
    let lifo = rate(&in_time("{ \"lifo\": {} }"), 2.0, 31.0) / 1000.0;
    assert!((lifo - 0.9035).abs() < 0.02, "{lifo} of the capacity");
    let adaptive = rate(&in_time("{ \"adaptive_lifo\": {} }"), 2.0, 31.0) / 1000.0;
    assert!(adaptive > lifo && adaptive <= 1.03, "{adaptive} of the capacity");
    // In order of arrival the wait grows by half of the time: a deadline of 5 ms is over after 10 ms, give or take a few.
    let fifo = in_time("{ \"fifo\": {} }");
    assert_eq!(rate(&fifo, 1.5, 31.0), 0.0);
}

#[test]
fn a_bounded_queue_is_too_long_once_it_is_longer_than_the_client_waits() {
    let wasted = |queue: &str| {
        let changes = [("\"queue\": 300", queue)];
        run("bounded-queue-too-long", &changes).value("work.wasted_requests").expect("it serves")
    };
    // The client waits 2 s; 300 places are 3 s, and 150 are 1.5 s.
    assert!(wasted("\"queue\": 300") > 0.9);
    assert_eq!(wasted("\"queue\": 150"), 0.0);
}

const BROOKER: &str = "brooker-retry-policies";
const BREAKER: (&str, &str) = (
    r#""circuit_breaker": { "stops": "retries", "window": null, "least": 1 }"#,
    r#""retry_budget": { "bucket": {} }"#,
);
const NEVER_OPENS: (&str, &str) = (r#""least": 1 }"#, r#""least": 1, "failure_rate": 1 }"#);

/// The share of first tries that ended well, by themselves or by a retry.
fn success(changes: &[(&str, &str)]) -> f64 {
    run(BROOKER, changes).value("retries.call_success").expect("they call")
}

#[test]
fn three_retries_fail_only_where_four_attempts_do() {
    for failing in [0.3_f64, 0.5, 0.9] {
        let found = success(&[("\"share\": 0.05", &format!("\"share\": {failing}")), NEVER_OPENS]);
        let expected = 1.0 - failing * failing * failing * failing;
        // Nearly 5,000 pages are asked for at least; four standard errors.
        let tolerance = 4.0 * (expected * (1.0 - expected) / 5000.0).sqrt();
        assert!((found - expected).abs() < tolerance, "{found} succeed, {expected} expected at {failing}");
    }
}

/// The chance that a client's breaker of a tenth denies the retry of its attempt that failed, over its first so many
/// attempts, each of which fails independently: the failures before it are binomial.
fn denied_by_few(attempts: u32, failing: f64) -> f64 {
    let mut sum = 0.0;
    for before in 0..attempts {
        // So many failures before, that with this one no more than a tenth failed: it may try again.
        let (mut may, mut chance) = (0.0, (0..before).fold(1.0, |chance, _| chance * (1.0 - failing)));
        for failures in 0..=before {
            if 10 * (failures + 1) <= before + 1 {
                may += chance;
            }
            chance *= f64::from(before - failures) / f64::from(failures + 1) * failing / (1.0 - failing);
        }
        sum += 1.0 - may;
    }
    sum / f64::from(attempts)
}

#[test]
fn a_breaker_of_a_tenth_trips_at_a_twentieth_where_each_client_counts_its_own() {
    let share = |changes: &[(&str, &str)]| {
        let result = run(BROOKER, changes);
        let denied = result.value("retries.denied").expect("it counts");
        // One failure in twenty of some 10,400 attempts; hardly any call fails four times.
        denied / (0.05 * result.value("load.requests").expect("it counts"))
    };
    let (found, expected) = (share(&[]), denied_by_few(104, 0.05));
    // Retries of one client are denied together: over seeds the share has a standard deviation of 0.03.
    assert!((found - expected).abs() < 0.12, "{found} of retries denied, {expected} expected");
    let together = share(&[("\"programs\": 100", "\"programs\": 1")]);
    assert!(together < 0.01, "{together} denied where one client knows of all attempts");
}

#[test]
fn with_more_and_smaller_clients_a_breaker_is_no_retry_and_a_bucket_is_every_retry() {
    let clients = ["1", "10", "100", "1000", "null"].map(|number| format!("\"programs\": {number}"));
    let of = |number: &String, more: &[(&str, &str)]| {
        success(&[&[("\"programs\": 100", number.as_str())], more].concat())
    };
    let breaker = clients.each_ref().map(|number| of(number, &[]));
    assert!(breaker.is_sorted_by(|more, less| more > less), "{breaker:?}");
    assert!(breaker[0] > 0.999, "{breaker:?}");
    assert_eq!(breaker[4], success(&[("\"attempts\": 4", "\"attempts\": 1")]), "nobody tries again");
    let often = ("\"share\": 0.05", "\"share\": 0.3");
    let bucket = clients.each_ref().map(|number| of(number, &[often, BREAKER]));
    assert!(bucket.is_sorted_by(|less, more| less < more), "{bucket:?}");
    let three = success(&[often, NEVER_OPENS]);
    assert!((bucket[4] - three).abs() < 0.002 && bucket[0] < 0.8, "{bucket:?}, and three retries {three}");
}

#[test]
fn full_jitter_halves_the_calls_of_a_hundred_who_back_off_together() {
    let refused = |schedule: &str| {
        let schedule = format!("\"schedule\": \"{schedule}\"");
        let result = run("aws-jitter", &[("\"schedule\": \"exponential\"", &schedule)]);
        result.value("refusals.station_503").expect("it refuses")
    };
    // Each of the hundred is served once, and every other call is refused.
    let (plain, full) = (100.0 + refused("exponential"), 100.0 + refused("full_jitter"));
    assert!(full < plain / 2.0, "{full} calls with full jitter, {plain} without");
}

#[test]
fn what_is_expected_of_the_published_scenarios_comes_true() {
    for (name, scenario) in support::shipped() {
        let published = support::root().join("scenarios/published").join(&name).with_extension("json");
        if published.exists() {
            let result = support::run_scenario(&scenario, &name, scenario.seed);
            assert!(!result.expectations.is_empty(), "{name} expects nothing");
            for line in &result.expectations {
                assert_eq!(line.verdict, ExpectationVerdict::Met, "{name}: {line:?}");
            }
        }
    }
}
