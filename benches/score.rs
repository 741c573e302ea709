//! Nanoseconds a score: expressions of a scenario against the same formulas compiled by Rust, in one run on one machine.
//!
//! Both must give the same bits for every session: a difference is a failure. `cargo bench --bench score`, or
//! `-- --smoke` for an instant's worth (also what `cargo test --benches` runs).

#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock")]
#![allow(missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use onsale::engine::{Key, Stream};
use onsale::expr::score::{Variable, Variables, parse};

/// A score as a scenario has it, and the part of it without time as Rust has it.
struct Case {
    name: &'static str,
    text: &'static str,
    compiled: fn(&Variables) -> f64,
}

fn truth(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

const CASES: [Case; 4] = [
    Case { name: "a lottery", text: "luck", compiled: |of| of.get(Variable::Luck) },
    Case {
        name: "an eligibility pool",
        text: "waiting_s / 60 - 5 * retries - 20 * max(0, sessions_of_person - 1) + if(verified, 30, 0)",
        compiled: |of| {
            let tabs = (of.get(Variable::SessionsOfPerson) - 1.0).max(0.0);
            let verified = if of.get(Variable::Verified) == 0.0 { 0.0 } else { 30.0 };
            -(5.0 * of.get(Variable::Retries)) - 20.0 * tabs + verified
        },
    },
    Case {
        name: "the module's table",
        text: "waiting_s / 60 - 5 * retries - 20 * max(0, sessions_of_person - 1) + 30 * verified - 40 * risk \
               + latency_ms / 100",
        compiled: |of| {
            let tabs = (of.get(Variable::SessionsOfPerson) - 1.0).max(0.0);
            -(5.0 * of.get(Variable::Retries)) - 20.0 * tabs + 30.0 * of.get(Variable::Verified)
                - 40.0 * of.get(Variable::Risk)
                + of.get(Variable::Latency) / 100.0
        },
    },
    Case {
        name: "all variables",
        text: "waiting_s / 60 - 5 * retries - 3 * missed_heartbeats - 8 * network_switches \
               - 20 * max(0, sessions_of_person - 1) - 15 * max(0, sessions_of_account - 1) \
               - 2 * max(0, sessions_of_address - 4) + min(account_age_days, 365) / 36.5 \
               - 100 * (risk > 0.8 and not verified) + if(latency_ms > 400, 5, 0) + 10 * luck",
        compiled: |of| {
            let over = |variable: Variable, free: f64| (of.get(variable) - free).max(0.0);
            -(5.0 * of.get(Variable::Retries))
                - 3.0 * of.get(Variable::MissedHeartbeats)
                - 8.0 * of.get(Variable::NetworkSwitches)
                - 20.0 * over(Variable::SessionsOfPerson, 1.0)
                - 15.0 * over(Variable::SessionsOfAccount, 1.0)
                - 2.0 * over(Variable::SessionsOfAddress, 4.0)
                + of.get(Variable::AccountAge).min(365.0) / 36.5
                - 100.0 * truth(of.get(Variable::Risk) > 0.8 && of.get(Variable::Verified) == 0.0)
                + if of.get(Variable::Latency) > 400.0 { 5.0 } else { 0.0 }
                + 10.0 * of.get(Variable::Luck)
        },
    },
];

/// Sessions enough that no branch is learnt by heart.
const SESSIONS: usize = 1024;

fn sessions() -> Vec<Variables> {
    let stream = Stream::new(Key::from_words(1, 2), 3);
    let session = |n: u64| {
        let mut session = Variables::default();
        for (i, variable) in Variable::ALL.into_iter().enumerate() {
            let draw = stream.below(n * Variable::ALL.len() as u64 + i as u64, 1 << 20);
            let value = match variable {
                Variable::Risk | Variable::Luck => draw as f64 / f64::from(1 << 20),
                Variable::Verified => (draw % 2) as f64,
                Variable::Waiting | Variable::Latency | Variable::AccountAge => (draw % 900) as f64,
                _ => (draw % 6) as f64,
            };
            session.set(variable, value);
        }
        session
    };
    (0..SESSIONS as u64).map(session).collect()
}

/// Nanoseconds a score: the best of many short rounds, since a shared machine has hiccups.
fn measure(rounds: usize, sessions: &[Variables], score: impl Fn(&Variables) -> f64) -> f64 {
    let mut ns = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        let sum: f64 = sessions.iter().map(|session| score(black_box(session))).sum();
        black_box(sum);
        ns = ns.min(start.elapsed().as_nanos() as f64 / sessions.len() as f64);
    }
    ns
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // `cargo bench` passes --bench; anything else (a test run) must be quick.
    let rounds = if has("--smoke") || !has("--bench") { 2 } else { 5_000 };
    let sessions = sessions();
    println!("{:>24} {:>9} {:>9} {:>9}   checksum", "ns", "a score", "compiled", "reading");
    for Case { name, text, compiled } in CASES {
        let start = Instant::now();
        let score = parse(text).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
        let reading = start.elapsed().as_nanos();
        let mut checksum = 0_u64;
        for session in &sessions {
            let (value, expected) = (score.eval(session), compiled(session) + 0.0);
            assert_eq!(value.to_bits(), expected.to_bits(), "{name}: {value} is not {expected}");
            checksum = checksum.rotate_left(5) ^ value.to_bits();
        }
        println!(
            "{name:>24} {:>9.1} {:>9.1} {reading:>9}   {checksum:016x}",
            measure(rounds, &sessions, |session| score.eval(session)),
            measure(rounds, &sessions, compiled),
        );
    }
}
