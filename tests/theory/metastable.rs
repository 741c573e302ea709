//! Overload that outlives its cause: clients that try again at once when they hear nothing in time, before a station that
//! serves whether or not anybody still waits. The fluid limits say below which load, with which buffer and after which
//! trigger it recovers; near them, a run on either side does what they say.

use super::{number, oracle, plan_of};
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::protocol::{Cause, Fact, Kind, Observer};

/// When pages were heard in time, and when clients timed out, in seconds.
#[derive(Default)]
struct Answers {
    heard: Vec<f64>,
    timed_out: Vec<f64>,
}

impl Observer for Answers {
    fn hear(&mut self, at: Time, fact: &Fact) {
        let s = at.saturating_since(Time::ZERO).as_secs_f64();
        match *fact {
            Fact::Heard { kind: Kind::OpenPage, cause: Cause::None, .. } => self.heard.push(s),
            Fact::TimedOut { .. } => self.timed_out.push(s),
            _ => {}
        }
    }
}

/// A station of a constant service, and clients who try so often again.
struct Loop {
    capacity: f64,
    queue: Option<u32>,
    timeout_s: f64,
    retries: u32,
    /// Persons a second, each from its instant on, and the end of the last.
    rates: Vec<(f64, f64)>,
    until_s: f64,
    /// From, for how long, and by which factor services are slower.
    slow: Option<(f64, f64, f64)>,
}

impl Loop {
    fn run(&self) -> Answers {
        let pieces: Vec<String> = self
            .rates
            .iter()
            .map(|(from, rate)| format!(r#"{{ "from": "{from}s", "per_second": {rate} }}"#))
            .collect();
        let fault = self.slow.map_or(String::new(), |(at, lasts, factor)| {
            format!(
                r#"{{ "at": "{at}s", "for": "{}us",
                    "station_slow": {{ "station": "inventory", "factor": {factor} }} }}"#,
                (lasts * 1e6).round()
            )
        });
        let text = format!(
            r#"{{
            "opens_at": "1s", "horizon": "{horizon}s",
            "crowd": [{{ "name": "all", "count": 3000000, "network": "none", "timeout": "{timeout}s", "choose": "12d",
                "arrivals": {{ "rates": {{ "pieces": [{pieces}], "until": "{until}s" }} }},
                "behavior": {{ "backoff": {{ "delay": "0s", "attempts": {attempts} }} }} }}],
            "network": [{{ "name": "none", "up": "0s", "down": "0s" }}], "edge": {{ "upstream_timeout": null }},
            "services": {{ "inventory": {{ "servers": 1, "service": "{service}us", "queue": {queue} }} }},
            "route": {{ "open_page": "inventory", "seat_map": "none" }}, "faults": [{fault}],
            "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}
        }}"#,
            horizon = self.until_s,
            timeout = self.timeout_s,
            pieces = pieces.join(", "),
            until = self.until_s,
            attempts = self.retries + 1,
            service = (1e6 / self.capacity).round(),
            queue = self.queue.map_or("null".to_owned(), |most| most.to_string()),
        );
        observe(plan_of(&text), 20_221_115, Answers::default()).observer
    }
}

/// Pages a second that were heard in time in the last `lasts_s` seconds before `until_s`.
fn goodput(answers: &Answers, until_s: f64, lasts_s: f64) -> f64 {
    let heard = answers.heard.iter().filter(|at| (until_s - lasts_s..until_s).contains(*at));
    heard.count() as f64 / lasts_s
}

/// Whether a run ends well, with almost every first try answered, or stuck, with almost none.
#[track_caller]
fn ends_well(case: &str, it: &Loop, lasts_s: f64) -> bool {
    let load = it.rates[it.rates.len() - 1].1;
    let found = goodput(&it.run(), it.until_s, lasts_s) / load;
    println!("{case}: {found} of a load of {load} are answered in time in the end");
    assert!(!(0.1..0.9).contains(&found), "{case}: neither well nor stuck: {found} of a load of {load}");
    found >= 0.9
}

#[test]
fn with_retries_a_station_bears_its_capacity_over_the_tries_of_each_request() {
    for (id, timeout_s) in [("metastable_threshold_C300_r1", 1.0), ("metastable_threshold_C10_r5", 5.0)] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let (capacity, retries) = (of("capacity"), of("retries") as u32);
        let hidden = number(&case["expect"]["hidden_capacity"]);
        assert_eq!(f64::from(retries) + 1.0, number(&case["expect"]["max_amplification"]));
        // Ten timeouts in which nothing is served: one service that takes as long.
        let stall = 10.0 * timeout_s;
        let at_load = |share: f64| Loop {
            capacity,
            queue: None,
            timeout_s,
            retries,
            rates: vec![(1.0, share * hidden)],
            until_s: 1000.0 * timeout_s,
            slow: Some((60.0, stall, stall * capacity)),
        };
        assert!(
            ends_well(id, &at_load(0.94), 100.0 * timeout_s),
            "{id}: below the hidden capacity it drains"
        );
        assert!(!ends_well(id, &at_load(1.06), 100.0 * timeout_s), "{id}: above it, never");
    }
}

#[test]
fn a_buffer_that_is_served_within_the_timeout_cannot_be_stuck() {
    let id = "metastable_buffer_rule";
    let case = oracle(id);
    let of = |what: &str| number(&case["params"][what]);
    let critical = number(&case["expect"]["K_critical"]);
    assert_eq!(critical, of("mu") * of("T"));
    let with_buffer = |places: f64| Loop {
        capacity: of("mu"),
        queue: Some(places as u32),
        timeout_s: of("T"),
        retries: of("r") as u32,
        rates: vec![(1.0, of("lam")), (100.0, 3.0 * of("lam")), (400.0, of("lam"))],
        until_s: 3000.0,
        slow: None,
    };
    for (places, recovers) in [
        (number(&case["expect"]["published_recovers_K"]), true),
        (0.9 * critical, true),
        (1.2 * critical, false),
        (number(&case["expect"]["published_stuck_K"]), false),
    ] {
        assert_eq!(ends_well(&format!("{id}, {places} places"), &with_buffer(places), 500.0), recovers);
    }
}

#[test]
fn a_slow_time_that_lasts_longer_than_the_critical_one_is_never_recovered_from() {
    for id in ["metastable_trigger_s0.22", "metastable_trigger_s0.3"] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let critical = number(&case["expect"]["d_critical"]);
        let lasting = |lasts: f64| Loop {
            capacity: of("C"),
            queue: None,
            timeout_s: of("T"),
            retries: of("r") as u32,
            rates: vec![(1.0, of("lam"))],
            until_s: 150.0,
            slow: Some((20.0, lasts, 1.0 / of("capacity_fraction"))),
        };
        let long = lasting(1.04 * critical);
        let first = long.run().timed_out.first().copied().expect("somebody times out") - 20.0;
        let expected = number(&case["expect"]["first_timeout_after"]);
        println!("{id}: the first times out after {first} s, {expected} expected");
        assert!((first / expected - 1.0).abs() < 0.04, "{id}: after {first} s, expected {expected}");
        assert!(!ends_well(id, &long, 20.0), "{id}: longer than critical");
        assert!(ends_well(id, &lasting(0.96 * critical), 20.0), "{id}: shorter than critical");
    }
}
