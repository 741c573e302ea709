//! Nanoseconds a join, a poll and an admission of every admission policy, with 1e4, 1e6 and 1e7 in line.
//!
//! ```text
//! cargo bench --bench admission                    all policies and sizes (1e7 takes minutes)
//! cargo bench --bench admission -- 10000 1000000   these sizes
//! cargo bench --bench admission -- --smoke         a tiny one, as the tests run it
//! ```
//!
//! A join is a place in line, the draw at the opening counted in; a poll is what the page of one in line costs: where it
//! stands, and the question whether it may enter where the policy goes by that; an admission is one more inside, and its
//! departure from the line. The last column is the cost of an admission among the most in line as a multiple of that
//! among the fewest, and the fingerprint is that of the order of the first thousand, the same on every machine.

#![expect(clippy::disallowed_types, reason = "a benchmark reads the clock")]
#![allow(missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use onsale::admission::{AdmissionPolicy, BuildContext, Config, Join, PollOutcome, PositionPoll};
use onsale::engine::{Key, Span, Stream, Time, mix64};
use onsale::expr::score::Variables;
use onsale::protocol::{PersonId, SessionId};

const OPENS_AT: Time = Time::from_us(900_000_000);
/// The lounge fills for a quarter of an hour, and as long after the opening people go on to come.
const COMING_US: u64 = 1_800_000_000;
const POLLS: u64 = 200_000;
const ADMISSIONS: usize = 100_000;

/// A policy as a scenario has it.
fn config(name: &str) -> Config {
    let settings = match name {
        "priority" => r#"{ "classes": [{ "cohorts": ["fans"], "weight": 3 }] }"#,
        // Everybody who asks may enter, so that admissions are measured and not refusals.
        "coin_flip" => r#"{ "admit": 1 }"#,
        "poll_cursor" => r#"{ "every": "1ms", "quantity": 1000 }"#,
        _ => "{}",
    };
    serde_json::from_str(&format!(r#"{{ "{name}": {settings} }}"#)).expect("a policy and its settings")
}

/// What one policy took at one size, in nanoseconds.
struct Taken {
    join: f64,
    poll: f64,
    admission: f64,
    fingerprint: u64,
}

/// Nanoseconds of each of so many.
fn each(began: Instant, count: usize) -> f64 {
    began.elapsed().as_nanos() as f64 / count.max(1) as f64
}

fn measure(name: &str, sessions: u32) -> Option<Taken> {
    let luck = Stream::new(Key::from_words(1, 2), 3);
    let cohorts = ["fans".to_owned(), "public".to_owned()];
    // Nobody is given up while the order is measured.
    let setting =
        BuildContext { luck, opens_at: OPENS_AT, grace: Span::from_secs(86_400), cohorts: &cohorts };
    let config = config(name);
    let self_paced = config.capabilities().self_paced;
    let mut policy = config.build(&setting)?;
    let mut place_of = vec![None; sessions as usize];
    let comes_at = |n: u32| Time::from_us(u64::from(n) * COMING_US / u64::from(sessions));
    let began = Instant::now();
    let mut opened = false;
    for n in 0..sessions {
        let now = comes_at(n);
        if now >= OPENS_AT && !opened {
            opened = true;
            policy.open(OPENS_AT, &mut |session, place| place_of[session.index()] = Some(place));
        }
        if let Some(due) = policy.next_action_at().filter(|due| *due <= now) {
            policy.act(due, &mut |session, place| place_of[session.index()] = Some(place));
        }
        let session = SessionId(n);
        let join = Join {
            session,
            person: PersonId(n),
            cohort: (n % 2) as u8,
            early: !opened,
            luck: luck.draw(u64::from(n)),
            variables: Variables::default(),
        };
        if let Some(place) = policy.join(now, join) {
            place_of[session.index()] = Some(place);
        }
    }
    if let Some(due) = policy.next_action_at() {
        policy.act(due, &mut |session, place| place_of[session.index()] = Some(place));
    }
    let join = each(began, sessions as usize);
    let now = Time::from_us(COMING_US);
    let began = Instant::now();
    for n in 0..POLLS {
        let session = luck.below(u64::from(sessions) + n, u64::from(sessions));
        let Some(place) = place_of[session as usize] else { continue };
        black_box(policy.ahead(place));
        if self_paced {
            black_box(policy.on_poll(now, PositionPoll { place, may_enter: false, luck: 0.5 }));
        }
    }
    let poll = each(began, POLLS as usize);
    let wanted = ADMISSIONS.min(sessions as usize / 2);
    let mut order = 0_u64;
    let began = Instant::now();
    let admitted = admit(policy.as_mut(), self_paced, wanted, &place_of, &mut |n, session| {
        if n < 1000 {
            order = mix64(order ^ u64::from(session));
        }
    });
    assert_eq!(admitted, wanted, "{name} lets {wanted} in");
    Some(Taken { join, poll, admission: each(began, admitted), fingerprint: order })
}

/// Lets so many in, as the waiting room does: by calling them, or as they ask in order of joining.
fn admit(
    policy: &mut dyn AdmissionPolicy, self_paced: bool, wanted: usize, place_of: &[Option<u32>],
    admitted: &mut dyn FnMut(usize, u32),
) -> usize {
    let mut now = Time::from_us(COMING_US);
    let mut count = 0;
    if self_paced {
        for (session, place) in (0..).zip(place_of) {
            now += Span::from_us(100);
            let place = place.expect("whoever enters by asking has a place");
            if policy.on_poll(now, PositionPoll { place, may_enter: true, luck: 0.5 }) == PollOutcome::Enters
            {
                policy.on_turn(place);
                policy.on_leave(place);
                admitted(count, session);
                count += 1;
            }
            if count == wanted {
                break;
            }
        }
        return count;
    }
    while count < wanted {
        let Some((session, place)) = policy.next(now) else { break };
        policy.on_leave(place);
        policy.on_turn(place);
        admitted(count, session.0);
        count += 1;
    }
    count
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    // `cargo bench` passes --bench; anything else (a test run) must be quick.
    let smoke = has("--smoke") || !has("--bench");
    let written: Vec<u32> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    let sizes = if smoke {
        vec![1000]
    } else if written.is_empty() {
        vec![10_000, 1_000_000, 10_000_000]
    } else {
        written
    };
    println!(
        "{:<18} {:>10} {:>8} {:>8} {:>10} {:>7}  order",
        "policy", "in line", "join ns", "poll ns", "admit ns", "ratio"
    );
    for name in Config::NAMES {
        let mut fewest = None;
        for &sessions in &sizes {
            let Some(taken) = measure(name, sessions) else { continue };
            let first = *fewest.get_or_insert(taken.admission);
            println!(
                "{name:<18} {sessions:>10} {:>8.1} {:>8.1} {:>10.1} {:>7.2}  {:016x}",
                taken.join,
                taken.poll,
                taken.admission,
                taken.admission / first,
                taken.fingerprint
            );
        }
    }
}
