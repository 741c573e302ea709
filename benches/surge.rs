//! One surge at 1e5, 1e6 and 1e7 persons: events a second on one core, events a poll, bytes a session, and the
//! fingerprint, which is the same on every machine.
//!
//! ```text
//! cargo bench --bench surge                 all three sizes (1e7 takes minutes)
//! cargo bench --bench surge -- 100000       one size
//! cargo bench --bench surge -- --smoke      a tiny one, as the tests run it
//! ```
//!
//! Bytes a session = (peak resident memory - that of 1,000 persons) / sessions, exact metrics included. Each size
//! runs in a process of its own, since the peak is the process's. Events a poll = all events / polls: arrivals, joins
//! and purchases are counted against the polls too.

use onsale::experiment::{Run, run_once};
use onsale::scenario::{Prepared, Scenario};
use std::ops::ControlFlow;
use std::process::Command;

/// A lounge that fills for ten minutes, a spike at the opening, seats for one in ten; everybody polls every 20 s
/// until the house is sold out, some 25 minutes later.
fn scenario(persons: u64) -> String {
    let stations = persons / 2_000 + 4;
    format!(
        r#"{{
        "about": {{ "title": "The surge of the benchmark" }},
        "opens_at": "15m", "horizon": "2h",
        "crowd": [
            {{ "name": "lounge", "count": {lounge}, "network": "desktop",
               "patience": {{ "weibull": {{ "shape": 2, "scale": "1h" }} }},
               "arrivals": {{ "lounge_fill": {{ "lead": {{ "uniform": {{ "low": "0s", "high": "10m" }} }} }} }} }},
            {{ "name": "spike", "count": {spike}, "network": "mobile",
               "patience": {{ "weibull": {{ "shape": 2, "scale": "1h" }} }},
               "arrivals": {{ "spike": {{ "jitter": {{ "exponential": {{ "mean": "20s" }} }} }} }} }}
        ],
        "waiting_room": {{ "policy": {{ "prequeue_shuffle": {{}} }},
            "total_active": {active}, "new_per_minute": {minute} }},
        "services": {{
            "inventory": {{ "servers": {stations}, "service": {{ "exponential": {{ "mean": "100ms" }} }}, "queue": 1000 }},
            "checkout": {{ "servers": {stations}, "service": {{ "exponential": {{ "mean": "200ms" }} }}, "queue": 1000 }}
        }},
        "inventory": {{ "bands": [{{ "name": "all", "seats": {seats} }}] }},
        "payment": {{ "decline": 0.02, "lost_reply": 0.001 }}
    }}"#,
        lounge = persons / 2,
        spike = persons - persons / 2,
        active = persons / 40 + 1,
        minute = persons / 200,
        seats = persons / 10,
    )
}

/// What one size gave.
struct Measured {
    sessions: u64,
    events: u64,
    polls: u64,
    nanoseconds: u64,
    peak_bytes: u64,
    fingerprint: String,
}

fn measure(persons: u64) -> Measured {
    let scenario = Scenario::parse(&scenario(persons), "surge").expect("the bench's scenario is well formed");
    let prepared = Prepared::new(scenario, "surge").expect("the bench's scenario makes sense");
    #[expect(clippy::disallowed_types, reason = "a benchmark measures")]
    let began = std::time::Instant::now();
    let result = run_once(&prepared, Run::of_seed(1), &mut |_, _| ControlFlow::Continue(()))
        .expect("nobody broke it off");
    Measured {
        sessions: result.cast.sessions,
        events: result.events,
        polls: result.value("load.polls").unwrap_or(0.0) as u64,
        nanoseconds: u64::try_from(began.elapsed().as_nanos()).expect("less than 584 years"),
        peak_bytes: peak_resident_bytes(),
        fingerprint: result.fingerprint,
    }
}

/// The process's peak resident memory; 0 where the system does not tell.
fn peak_resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// One size in a process of its own, its line read back.
fn measure_apart(persons: u64) -> Measured {
    let me = std::env::current_exe().expect("a running program has a path");
    let output = Command::new(me).args(["--child", &persons.to_string()]).output().expect("it runs again");
    let text = String::from_utf8_lossy(&output.stdout);
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [sessions, events, polls, nanoseconds, peak_bytes, fingerprint] = fields[..] else {
        panic!("the child said: {text}{}", String::from_utf8_lossy(&output.stderr));
    };
    let number = |text: &str| text.parse::<u64>().expect("a whole number");
    Measured {
        sessions: number(sessions),
        events: number(events),
        polls: number(polls),
        nanoseconds: number(nanoseconds),
        peak_bytes: number(peak_bytes),
        fingerprint: fingerprint.to_owned(),
    }
}

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|a| a != "--bench" && a != "--test").collect();
    if let [child, persons] = &arguments[..]
        && child == "--child"
    {
        let m = measure(persons.parse().expect("a number of persons"));
        println!(
            "{} {} {} {} {} {}",
            m.sessions, m.events, m.polls, m.nanoseconds, m.peak_bytes, m.fingerprint
        );
        return;
    }
    let smoke = arguments.iter().any(|a| a == "--smoke") || cfg!(debug_assertions);
    let mut sizes: Vec<u64> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = if smoke { vec![2_000] } else { vec![100_000, 1_000_000, 10_000_000] };
    }
    let base = measure_apart(1_000);
    println!("   persons      events  Mevents/s  ns/event  events/poll  bytes/session  fingerprint");
    for persons in sizes {
        let m = measure_apart(persons);
        println!(
            "{persons:>10} {:>11} {:>10.2} {:>9.0} {:>12.2} {:>14.1}  {}",
            m.events,
            m.events as f64 * 1e3 / m.nanoseconds as f64,
            m.nanoseconds as f64 / m.events as f64,
            m.events as f64 / m.polls as f64,
            m.peak_bytes.saturating_sub(base.peak_bytes) as f64 / m.sessions as f64,
            m.fingerprint
        );
    }
}
