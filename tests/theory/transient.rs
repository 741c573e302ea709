//! What starts full and drains, what fills, and what is there at an instant: many short runs, each with a seed of its own,
//! so that the rule for means of independent runs holds.

use super::{EXPONENTIAL, UNITS_PER_S, number, oracle, plan_of};
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, Observer};
use serde_json::Value;

/// A station before which so many stand at time 0 (the opening), and to which others come at this rate from then on.
fn scenario(there: u32, per_second: f64, coming: u32, service: &str, more: (&str, &str)) -> String {
    let (of_person, of_station) = more;
    let cohort = |name: &str, count: u32, arrivals: &str| {
        format!(
            r#"{{ "name": "{name}", "count": {count}, "network": "none", "timeout": null, "choose": "12d",
                "arrivals": {arrivals}, "behavior": {{ "backoff": {{ "attempts": 1 }} }} {of_person} }}"#
        )
    };
    let mut crowd = Vec::new();
    if there > 0 {
        crowd.push(cohort("there", there, r#"{ "spike": {} }"#));
    }
    if coming > 0 {
        let rate = format!(r#"{{ "poisson": {{ "per_second": {per_second} }} }}"#);
        crowd.push(cohort("coming", coming, &rate));
    }
    format!(
        r#"{{
        "opens_at": "1s", "horizon": "12d", "crowd": [{crowd}],
        "network": [{{ "name": "none", "up": "0s", "down": "0s" }}], "edge": {{ "upstream_timeout": null }},
        "services": {{ "inventory": {{ "servers": 1, "service": {service} {of_station} }} }},
        "route": {{ "open_page": "inventory", "seat_map": "none" }},
        "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}
    }}"#,
        crowd = crowd.join(", ")
    )
}

/// How many were there at each instant at which that changed, in units after the opening.
#[derive(Default)]
struct Number {
    there: i32,
    changes: Vec<(f64, i32)>,
}

impl Observer for Number {
    fn hear(&mut self, at: Time, fact: &Fact) {
        self.there += match *fact {
            Fact::Accepted { kind: Kind::OpenPage, .. } => 1,
            Fact::ServiceEnded { .. } => -1,
            _ => return,
        };
        let units = at.saturating_since(Time::from_us(1_000_000)).as_secs_f64() * UNITS_PER_S;
        self.changes.push((units, self.there));
    }
}

/// The rule for independent values: within four standard errors, and the standard error small enough to say so.
#[track_caller]
fn check_runs(case: &str, what: &str, values: &[f64], expected: f64, most: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    println!("{case} {what}: {mean} +- {error}, expected {expected}");
    assert!(
        (mean - expected).abs() <= 4.0 * error + 1e-9,
        "{case} {what}: {mean} +- {error}, expected {expected}"
    );
    assert!(error <= most * expected, "{case} {what}: {mean} +- {error}: too few runs to say so");
}

fn expected(case: &Value, what: &str) -> f64 {
    number(&case["expect"][what])
}

#[test]
fn the_number_at_an_instant_is_the_solution_of_the_birth_and_death_equations() {
    for (id, instants, runs) in [
        ("mm1_transient_n0_20", [5_u32, 20, 50, 100].as_slice(), 5_000_u64),
        ("mm1_transient_overload", [5, 20, 50].as_slice(), 5_000),
    ] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let (lam, there) = (of("lam"), of("n0") as u32);
        let last = f64::from(*instants.last().expect("some"));
        // Enough that the stream does not end before the last instant.
        let coming = (lam * last + 10.0 * (lam * last).sqrt()) as u32;
        let plan = plan_of(&scenario(there, lam * UNITS_PER_S, coming, EXPONENTIAL, ("", "")));
        let mut numbers = vec![Vec::new(); instants.len()];
        for seed in 1..=runs {
            let changes = observe(plan.clone(), seed, Number::default()).observer.changes;
            for (numbers, instant) in numbers.iter_mut().zip(instants) {
                let before = changes.partition_point(|(at, _)| *at <= f64::from(*instant));
                numbers.push(f64::from(if before == 0 { 0 } else { changes[before - 1].1 }));
            }
        }
        for (numbers, instant) in numbers.iter().zip(instants) {
            check_runs(
                id,
                &format!("EN_t{instant}"),
                numbers,
                expected(&case, &format!("EN_t{instant}")),
                0.02,
            );
            let empty: Vec<f64> = numbers.iter().map(|there| f64::from(u8::from(*there == 0.0))).collect();
            let what = format!("p_empty_t{instant}");
            let probability = expected(&case, &what);
            if probability > 0.01 {
                check_runs(id, &what, &empty, probability, 0.1);
            } else {
                // Rare, or never: as a Poisson number of runs.
                let most = runs as f64 * probability + 5.0 * (runs as f64 * probability).sqrt();
                assert!(empty.iter().sum::<f64>() <= most, "{id} {what}: more than {most} of {runs}");
            }
        }
    }
}

#[test]
fn a_backlog_drains_in_as_many_busy_periods_as_it_has_requests() {
    let id = "drain_MM1_N200";
    let case = oracle(id);
    let of = |what: &str| number(&case["params"][what]);
    // On average 200 come while it drains; 800 of a thousand are more than the longest drain takes.
    let plan = plan_of(&scenario(of("N0") as u32, of("lam") * UNITS_PER_S, 800, EXPONENTIAL, ("", "")));
    let emptied = |seed: u64| {
        let changes = observe(plan.clone(), seed, Number::default()).observer.changes;
        changes.into_iter().find(|(at, there)| *at > 0.0 && *there == 0).expect("it drains").0
    };
    let times: Vec<f64> = (1..=1_200).map(emptied).collect();
    check_runs(id, "mean", &times, expected(&case, "mean"), 0.02);
    let squares: Vec<f64> = times.iter().map(|time| (time - 400.0) * (time - 400.0)).collect();
    check_runs(id, "var", &squares, expected(&case, "var"), 0.06);
}

#[test]
fn a_backlog_before_a_server_of_constant_times_drains_one_by_one() {
    let id = "drain_D_N1000";
    let case = oracle(id);
    let of = |what: &str| number(&case["params"][what]);
    let service = format!(r#""{}us""#, 1e6 / of("rate"));
    let heard = observe(plan_of(&scenario(of("N") as u32, 0.0, 0, &service, ("", ""))), 1, Number::default())
        .observer;
    let ends = heard.changes.windows(2).filter(|pair| pair[1].1 < pair[0].1);
    let released: Vec<f64> = ends.map(|pair| pair[1].0 / UNITS_PER_S).collect();
    let n = released.len() as f64;
    let (sum, squares) = released.iter().fold((0.0, 0.0), |(sum, squares), at| (sum + at, squares + at * at));
    let mut sorted = released.clone();
    sorted.sort_by(f64::total_cmp);
    for (what, found) in [
        ("drain_time", sorted[released.len() - 1]),
        ("mean_wait", sum / n),
        ("p95_wait", sorted[released.len() * 95 / 100 - 1]),
        ("var_wait", squares / n - sum * sum / n / n),
        ("jain_wait", sum * sum / n / squares),
    ] {
        let expected = expected(&case, what);
        assert!((found / expected - 1.0).abs() < 1e-6, "{id} {what}: {found}, expected {expected}");
    }
}

/// What became of those who stood at a station whose server takes the next of those who have not left.
#[derive(Default)]
struct Leavers {
    /// By person: the place in the queue at first.
    places: Vec<(u32, u32)>,
    /// By person: when its service began, in seconds after the opening.
    began: Vec<(u32, f64)>,
    left: Vec<(u32, f64)>,
}

impl Observer for Leavers {
    fn hear(&mut self, at: Time, fact: &Fact) {
        let s = at.saturating_since(Time::from_us(1_000_000)).as_secs_f64();
        match *fact {
            Fact::Waited { who, length, .. } => self.places.push((who.person.0, length)),
            Fact::ServiceBegan { who, .. } => self.began.push((who.person.0, s)),
            Fact::Aborted { who, .. } => self.left.push((who.person.0, s)),
            _ => {}
        }
    }
}

impl Leavers {
    fn of(there: u32, service: &str, patience_s: f64, seed: u64) -> Leavers {
        let patience = format!(r#", "patience": {{ "exponential": {{ "mean": "{patience_s}s" }} }}"#);
        // The first is served at once: it is the one after whom the others wait.
        let more = (patience.as_str(), r#", "discipline": { "drop_expired": {} }"#);
        observe(plan_of(&scenario(there + 1, 0.0, 0, service, more)), seed, Leavers::default()).observer
    }

    /// How many of those who waited were served, and when nobody waited any more.
    fn drained(&self) -> (f64, f64) {
        let served: Vec<f64> = self.began.iter().map(|began| began.1).filter(|at| *at > 0.0).collect();
        let waited = |person: u32| self.places.iter().any(|place| place.0 == person);
        let last_to_be_served = served.iter().copied().fold(0.0, f64::max);
        let last_to_leave = if self.places.len() == served.len() {
            0.0
        } else {
            let unserved = |person: u32| waited(person) && !self.began.iter().any(|began| began.0 == person);
            self.left.iter().filter(|left| unserved(left.0)).map(|left| left.1).fold(0.0, f64::max)
        };
        (served.len() as f64, last_to_be_served.max(last_to_leave))
    }
}

#[test]
fn a_line_that_people_leave_drains_as_a_pure_death_chain() {
    for (id, runs) in [("drain_abandon_exact_N100", 2_000_u64), ("drain_abandon_exact_N1000", 250)] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let service = format!(r#"{{ "exponential": {{ "mean": "{}us" }} }}"#, 1e6 / of("mu"));
        let all: Vec<Leavers> =
            (1..=runs).map(|seed| Leavers::of(of("N") as u32, &service, 1.0 / of("theta"), seed)).collect();
        let (served, times): (Vec<f64>, Vec<f64>) = all.iter().map(Leavers::drained).unzip();
        let mean = expected(&case, "mean_served");
        check_runs(id, "mean_served", &served, mean, 0.01);
        let squares: Vec<f64> = served.iter().map(|n| (n - mean) * (n - mean)).collect();
        check_runs(id, "var_served", &squares, expected(&case, "var_served"), 0.1);
        check_runs(id, "mean_drain", &times, expected(&case, "mean_drain"), 0.01);
        for place in [1, 10, 100] {
            let admitted = |run: &Leavers| {
                let who = run.places.iter().find(|it| it.1 == place).expect("somebody has it").0;
                f64::from(u8::from(run.began.iter().any(|began| began.0 == who)))
            };
            let what = format!("p_admitted_pos{place}");
            let share = all.iter().map(admitted).sum::<f64>() / runs as f64;
            let expected = expected(&case, &what);
            // The error of a share of independent runs: near 1 none of them may say otherwise.
            let error = (expected * (1.0 - expected) / runs as f64).sqrt();
            println!("{id} {what}: {share}, expected {expected} +- {error}");
            assert!(
                (share - expected).abs() <= 4.0 * error,
                "{id} {what}: {share}, expected {expected} +- {error}"
            );
        }
    }
}

#[test]
fn a_great_line_that_people_leave_drains_as_the_fluid_does() {
    for id in ["fluid_abandon_N10000", "fluid_abandon_N20000"] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let service = format!(r#""{}us""#, 1e6 / of("rate"));
        let run = Leavers::of(of("N") as u32, &service, 1.0 / of("theta"), 1);
        let served = run.began.iter().filter(|began| began.1 > 0.0);
        let drained = served.clone().map(|began| began.1).fold(0.0, f64::max);
        let served = served.count() as f64;
        for (what, found) in [("t_drain", drained), ("served", served), ("p_abandon", 1.0 - served / of("N"))]
        {
            let expected = expected(&case, what);
            println!("{id} {what}: {found}, expected {expected}");
            assert!((found / expected - 1.0).abs() < 0.03, "{id} {what}: {found}, expected {expected}");
        }
    }
}

/// Arrivals, and beginnings and lengths of waits, in seconds after the opening.
#[derive(Default)]
struct Burst {
    came: Vec<f64>,
    began: Vec<(f64, f64)>,
}

impl Observer for Burst {
    fn hear(&mut self, at: Time, fact: &Fact) {
        let s = at.saturating_since(Time::from_us(1_000_000)).as_secs_f64();
        match *fact {
            Fact::Accepted { kind: Kind::OpenPage, .. } => self.came.push(s),
            Fact::ServiceBegan { waited, .. } => self.began.push((s, waited.as_secs_f64())),
            _ => {}
        }
    }
}

#[test]
fn a_surge_is_served_as_the_fluid_is() {
    for id in ["fluid_burst_N100000_r200", "fluid_burst_N50000_r500"] {
        let case = oracle(id);
        let of = |what: &str| number(&case["params"][what]);
        let service = format!(r#""{}us""#, 1e6 / of("rate"));
        let text = scenario(of("N") as u32, 0.0, 0, &service, ("", ""));
        let jitter =
            format!(r#"{{ "spike": {{ "jitter": {{ "exponential": {{ "mean": "{}s" }} }} }} }}"#, of("tau"));
        let text = text.replace(r#"{ "spike": {} }"#, &jitter);
        let mut heard = observe(plan_of(&text), 1, Burst::default()).observer;
        heard.came.sort_by(f64::total_cmp);
        // The backlog at each beginning of service: who has come by then and has not begun.
        let backlog =
            heard.began.iter().zip(1..).map(|((at, _), begun): (_, usize)| {
                (heard.came.partition_point(|came| came <= at) - begun, *at)
            });
        let (peak, at_peak) = backlog.max_by_key(|(there, _)| *there).expect("some came");
        // The surge is drained when somebody need not wait again, after its peak.
        let end = heard.began.iter().position(|(at, waited)| *at > at_peak && *waited == 0.0);
        let end = end.expect("it drains");
        let waits: Vec<f64> = heard.began[..end].iter().map(|began| began.1).collect();
        for (what, found, within) in [
            // The backlog is flat at its peak: its instant is known less well.
            ("t_peak", at_peak, 0.05),
            ("backlog_peak", peak as f64, 0.02),
            ("t_drain", heard.began[end].0, 0.02),
            ("wait_max", waits.iter().copied().fold(0.0, f64::max), 0.02),
            ("mean_wait_of_backlogged", waits.iter().sum::<f64>() / end as f64, 0.02),
            ("served_by_drain", end as f64, 0.02),
        ] {
            let expected = expected(&case, what);
            println!("{id} {what}: {found}, expected {expected}");
            assert!((found / expected - 1.0).abs() < within, "{id} {what}: {found}, expected {expected}");
        }
    }
}
