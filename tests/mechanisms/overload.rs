//! Overload control at the gateways: what is refused, whom it hurts, and what it saves.

use super::{Book, happens_with, runs_with};
use crate::support::oracles::expected;
use onsale::protocol::{Cause, Fact, Kind, PersonId, Reply};
use std::collections::BTreeSet;

fn shed(fact: &Fact) -> bool {
    matches!(fact, Fact::ControlRefused { .. })
}

/// Facts of a sort between two instants, seconds, for each second.
fn per_second(book: &Book, from_s: u64, until_s: u64, is: impl Fn(&Fact) -> bool) -> f64 {
    let during = from_s * 1_000_000..until_s * 1_000_000;
    let count = book.instants_us(is).into_iter().filter(|at| during.contains(at)).count();
    count as f64 / (until_s - from_s) as f64
}

fn reached_station(fact: &Fact) -> bool {
    // Whoever finds a server free, waits, or is turned away has reached it; whoever waits is served later.
    matches!(fact, Fact::Accepted { kind: Kind::OpenPage, .. })
}

#[test]
fn a_gateway_that_throttles_itself_sends_k_times_what_the_backend_accepts() {
    let case = "sre_throttle_l1000_K1.1";
    let book = happens_with("adaptive-throttling", &[]);
    let sent = per_second(&book, 40, 80, reached_station);
    // The fluid limit. Of 40,000 draws 4,400 pass, give or take 66: three times that is 5 %.
    assert!((sent / expected(case, "backend_rate") - 1.0).abs() < 0.05, "{sent} a second reach the backend");
    let refused = per_second(&book, 40, 80, shed) / 1000.0;
    assert!((refused - expected(case, "p_local_reject")).abs() < 0.01, "{refused} refused by the gateway");
    let turned_away = per_second(&book, 40, 80, |fact| matches!(fact, Fact::TurnedAway { .. })) / sent;
    let oracle = expected(case, "backend_reject_fraction");
    assert!((turned_away - oracle).abs() < 0.04, "{turned_away} refused by the backend");
}

#[test]
fn below_k_times_what_the_backend_accepts_nothing_is_throttled() {
    let case = "sre_throttle_l150_K2";
    let changes = [
        ("\"per_second\": 1000", "\"per_second\": 150"),
        ("\"k\": 1.1, \"window\": \"20s\"", ""),
        ("\"count\": 80000", "\"count\": 12000"),
    ];
    let book = happens_with("adaptive-throttling", &changes);
    let refused = per_second(&book, 40, 80, shed) / 150.0;
    assert!((refused - expected(case, "p_local_reject")).abs() < 0.005, "{refused}");
    let sent = per_second(&book, 40, 80, reached_station);
    assert!((sent / expected(case, "backend_rate") - 1.0).abs() < 0.02, "{sent} a second");
    let turned_away = per_second(&book, 40, 80, |fact| matches!(fact, Fact::TurnedAway { .. })) / sent;
    assert!((turned_away - expected(case, "backend_reject_fraction")).abs() < 0.02, "{turned_away}");
}

/// What became of the tasks of those who came between two instants.
struct Tasks {
    /// The share of all calls that was served.
    let_in: f64,
    /// The share of the persons who finished all calls of their task.
    done: f64,
    /// The share of the served calls that was for nothing.
    in_vain: f64,
}

/// The calls of a task, in their order.
const CALLS: [Kind; 4] = [Kind::OpenPage, Kind::SeatMap, Kind::Hold, Kind::Checkout];

/// The tasks of `k` calls each.
fn tasks(book: &Book, k: usize, from_s: u64, until_s: u64) -> Tasks {
    let during = from_s * 1_000_000..until_s * 1_000_000;
    let came: BTreeSet<PersonId> = book
        .0
        .iter()
        .filter_map(|(at, fact)| match fact {
            Fact::Arrived { person } if during.contains(&at.as_us()) => Some(*person),
            _ => None,
        })
        .collect();
    let of = |wanted: &dyn Fn(&Fact) -> Option<PersonId>| -> Vec<PersonId> {
        book.0.iter().filter_map(|(_, fact)| wanted(fact)).filter(|person| came.contains(person)).collect()
    };
    let served = of(&|fact| match fact {
        Fact::ServiceEnded { who, .. } => Some(who.person),
        _ => None,
    });
    let asked = of(&|fact| match fact {
        Fact::Sent { who, kind, .. } if CALLS[..k].contains(kind) => Some(who.person),
        _ => None,
    });
    let mut calls = std::collections::BTreeMap::new();
    for person in &served {
        *calls.entry(*person).or_insert(0) += 1;
    }
    let done = calls.values().filter(|count| **count >= k).count();
    let in_vain: usize = calls.values().filter(|count| **count < k).sum();
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    Tasks {
        let_in: share(served.len(), asked.len()),
        done: share(done, came.len()),
        in_vain: share(in_vain, served.len()),
    }
}

/// The checkout is a call of the same service too.
const FOUR_CALLS: (&str, &str) =
    ("\"open_page\": \"inventory\"", "\"open_page\": \"inventory\", \"checkout\": \"inventory\"");

#[test]
fn shedding_by_account_lets_as_many_finish_all_calls_as_one() {
    for (case, k, changes) in [
        ("dagor_subsequent_k3", 3, vec![]),
        // 300 calls a second are half of what 150 persons a second ask for.
        ("dagor_subsequent_k4", 4, vec![FOUR_CALLS, ("\"per_second\": 200", "\"per_second\": 150")]),
    ] {
        let book = happens_with("priority-shedding", &changes);
        let Tasks { done, in_vain, .. } = tasks(&book, k, 100, 250);
        // The limit moves by steps around a mean wait of 20 ms, a little below what the service can do, and whoever comes
        // while it moves may be cut off between two calls.
        let oracle = expected(case, "task_success_consistent");
        assert!((done - oracle).abs() < 0.05, "{done} finish {k} calls, not {oracle}");
        assert!(in_vain < 0.03, "{in_vain} of the work was for nothing");
    }
}

#[test]
fn shedding_by_a_coin_for_each_call_lets_p_to_the_k_finish_and_wastes_the_rest() {
    // So many persons a second that half of their calls are 300 a second: whoever is refused asks for nothing more, so a
    // person asks for 1 + p + p^2 (+ p^3) calls.
    for (case, k, per_second, changes) in
        [("dagor_subsequent_k3", 3, "342.86", vec![]), ("dagor_subsequent_k4", 4, "320", vec![FOUR_CALLS])]
    {
        let rate = format!("\"per_second\": {per_second}");
        let mut all = vec![
            ("\"priority_shedding\": { \"ranks\": [] }", "\"adaptive_throttling\": { \"window\": \"10s\" }"),
            ("\"service\": \"100ms\"", "\"service\": \"100ms\", \"queue\": 20"),
            ("\"per_second\": 200", rate.as_str()),
            ("\"count\": 59500", "\"count\": 90000"),
            // A moment between two calls: right after an answer there is always room for one.
            ("\"down\": \"1ms\"", "\"down\": { \"exponential\": { \"mean\": \"300ms\" } }"),
        ];
        all.extend(changes);
        let Tasks { let_in, done, in_vain } = tasks(&happens_with("priority-shedding", &all), k, 100, 250);
        assert!((let_in - 0.5).abs() < 0.01, "{let_in} of the calls are let in");
        let oracle = expected(case, "task_success_random");
        assert!((done - oracle).abs() < 0.01, "{done} finish {k} calls, not {oracle}");
        // Called one after the other, a task breaks off at the first refusal.
        let p = 0.5_f64;
        let share_of_call: Vec<f64> =
            std::iter::successors(Some(p), |share| Some(share * p)).take(k).collect();
        let wasted = 1.0 - k as f64 * share_of_call[k - 1] / share_of_call.iter().sum::<f64>();
        assert!(
            (in_vain - wasted).abs() < 0.02,
            "{in_vain} of the work of {k} calls was for nothing, not {wasted}"
        );
    }
}

#[test]
fn the_important_class_does_not_feel_a_flood_of_the_unimportant_one() {
    let flooded = runs_with("priority-classes", &[]);
    let quiet = runs_with("priority-classes", &[("\"count\": 180000", "\"count\": 1")]);
    for (name, result) in [("flooded", &flooded), ("quiet", &quiet)] {
        let shed = result.value("overload.shed_share.orders").expect("there were orders");
        assert!(shed <= 1.0 - 0.994, "{name}: {shed} of the orders are refused");
        let bought = result.of_cohort("fairness.success", "buyers").expect("a share");
        assert!(bought >= 0.994, "{name}: {bought} of the buyers buy at the first try");
    }
    assert_eq!(quiet.value("overload.shed"), Some(0.0));
    let shed = flooded.value("overload.shed_share").expect("there were requests");
    // 200 of 1,200 a second can be served, once the limit has come down to that.
    assert!(shed > 0.6 && shed < 1000.0 / 1200.0, "{shed} of all requests");
    let without = ("\"overload\": { \"priority_shedding\": {} }", "\"overload\": null");
    let bare = runs_with("priority-classes", &[without]);
    let bought = bare.of_cohort("fairness.success", "buyers").expect("a share");
    assert!(bought < 0.4, "without it the full queue refuses whoever comes: {bought} buy");
    assert_eq!(bare.value("overload.shed_share"), None);
}

/// The mean time from acceptance to the page, in seconds, of the pages served between two instants; and how many a second.
fn pages(book: &Book, from_s: u64, until_s: u64) -> (f64, f64) {
    let mut accepted = std::collections::BTreeMap::new();
    let mut took = Vec::new();
    for (at, fact) in &book.0 {
        match fact {
            Fact::Accepted { who, .. } => {
                accepted.insert(who.person, *at);
            }
            Fact::Answered { who, reply: Reply::Page, .. }
                if (from_s * 1_000_000..until_s * 1_000_000).contains(&at.as_us()) =>
            {
                took.push(at.saturating_since(accepted[&who.person]).as_secs_f64());
            }
            _ => {}
        }
    }
    let served = took.len() as f64;
    (took.iter().sum::<f64>() / served, served / (until_s - from_s) as f64)
}

/// What is served and what waits in a system of `servers` with room for `room` in all: the share refused and the mean
/// time of those who are not (birth and death).
fn loss_system(per_second: f64, service_s: f64, servers: u32, room: u32) -> (f64, f64) {
    let mut weights = vec![1.0];
    for n in 1..=room {
        let busy = f64::from(n.min(servers));
        weights.push(weights[n as usize - 1] * per_second * service_s / busy);
    }
    let total: f64 = weights.iter().sum();
    let refused = weights[room as usize] / total;
    let inside: f64 = weights.iter().enumerate().map(|(n, weight)| n as f64 * weight / total).sum();
    (refused, inside / (per_second * (1.0 - refused)))
}

const FIXED: &str = "\"fixed_limit\": { \"limit\": 20 }";

#[test]
fn a_limit_in_flight_is_a_loss_system() {
    let book = happens_with("limit-in-flight", &[]);
    let (refused, sojourn_s) = loss_system(200.0, 0.1, 10, 20);
    let refused_here = per_second(&book, 10, 100, shed) / 200.0;
    assert!((refused_here - refused).abs() < 0.015, "{refused_here}, not {refused}");
    let (took_s, _) = pages(&book, 10, 100);
    assert!((took_s / sojourn_s - 1.0).abs() < 0.03, "{took_s} s, not {sojourn_s}");
}

#[test]
fn limits_that_move_keep_answers_quick_and_the_service_busy() {
    let without =
        happens_with("limit-in-flight", &[(FIXED, ""), ("\"overload\": {  }", "\"overload\": null")]);
    let (took_s, _) = pages(&without, 60, 100);
    assert!(took_s > 25.0, "without a limit the queue of a minute is half a minute long: {took_s} s");
    for (control, slowest_s) in [
        // An answer later than half a second takes a tenth of the limit away.
        ("\"aimd\": { \"timeout\": \"500ms\" }", 0.5),
        // At 20 in flight an answer takes 0.2 s, and half as much again is tolerated against a slow average.
        ("\"gradient2\": {}", 1.0),
    ] {
        let book = happens_with("limit-in-flight", &[(FIXED, control)]);
        let (took_s, served) = pages(&book, 60, 100);
        assert!(took_s > 0.15 && took_s < slowest_s, "{control}: {took_s} s");
        assert!(served > 95.0, "{control}: {served} a second of 100");
    }
}

#[test]
fn what_is_shed_is_told_apart_from_other_refusals_however_it_is_said() {
    let limit = ("\"limit\": 20 } }", "\"limit\": 20 } }, \"refusal\": \"drop\"");
    let dropped = happens_with("limit-in-flight", &[limit]);
    let closed = |fact: &Fact| matches!(fact, Fact::ConnectionClosed { cause: Cause::OverloadControl, .. });
    assert!(dropped.count(shed) > 0);
    assert_eq!(dropped.count(closed), dropped.count(shed));
    let result = runs_with("limit-in-flight", &[("\"fixed_limit\"", "\"fixed_limit\"")]);
    let shed = result.value("overload.shed").expect("a count");
    assert!(shed > 0.0);
    assert_eq!(result.value("refusals.gateway_503"), Some(shed), "nothing else makes the gateway refuse");
}

#[test]
fn admission_control_lets_some_through_to_see_and_heals_when_the_service_does() {
    // The service is down for good from second 10 on: all that is let through fails.
    let control = ("\"fixed_limit\": { \"limit\": 20 }", "\"admission_control\": {}");
    let down = (
        "\"inventory\": { \"bands\"",
        "\"faults\": [{ \"at\": \"10s\", \"for\": \"80s\", \"station_down\": { \"station\": \"inventory\" } }],
         \"inventory\": { \"bands\"",
    );
    let slower = ("\"per_second\": 200", "\"per_second\": 50");
    let book =
        happens_with("limit-in-flight", &[control, down, slower, ("\"count\": 20000", "\"count\": 6000")]);
    assert_eq!(per_second(&book, 2, 10, shed).to_bits(), 0.0_f64.to_bits(), "all is well");
    let refused = per_second(&book, 45, 85, shed) / 50.0;
    assert!((refused - 0.8).abs() < 0.03, "no more than 80 %: {refused}");
    let healed = per_second(&book, 121, 122, shed);
    assert!(healed < 5.0, "half a minute after it came back it refuses {healed} a second");
}
