//! Who goes next, against closed forms: lotteries with several entries, the advantage of a fast network, the order and the
//! envy of each policy, and waits that have one mean and different spreads. The line is the ordinary waiting room.

use super::{FIFO, check_steady, check_within, mean, number, oracle, plan_of};
use onsale::experiment::result::RunResult;
use onsale::experiment::{Run, observe, run_once};
use onsale::protocol::{Fact, Observer};
use onsale::scenario::{Prepared, Scenario};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A crowd in front of a waiting room on a network that takes no time.
fn sale(policy: &str, room: &str, crowd: &str, seats: u64) -> String {
    format!(
        r#"{{ "opens_at": "10m", "horizon": "12d",
        "crowd": [{crowd}],
        "network": [{{ "name": "still", "up": "0s", "down": "0s" }}],
        "waiting_room": {{ "policy": {policy}, "duplicates": "both", {room} }},
        "inventory": {{ "bands": [{{ "name": "all", "seats": {seats} }}] }},
        "payment": {{ "delay": "0s" }} }}"#
    )
}

fn result(text: &str, seed: u64) -> RunResult {
    let scenario = Scenario::parse(text, "admission").unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let prepared = Prepared::new(scenario, "admission").unwrap_or_else(|problems| panic!("{problems:?}"));
    run_once(&prepared, Run::of_seed(seed), &mut |_, _| ControlFlow::Continue(()))
        .expect("nobody broke it off")
}

/// Sessions in the order in which they got places at the opening, by the persons whose they are.
#[derive(Default)]
struct Draw(Vec<u32>);

impl Observer for Draw {
    fn hear(&mut self, _at: onsale::engine::Time, fact: &Fact) {
        if let Fact::Placed { who, .. } = fact {
            self.0.push(who.person.0);
        }
    }
}

/// Persons who open so many tabs each.
fn with_tabs(name: &str, count: u64, tabs: u64) -> String {
    let shares: Vec<&str> = (1..=tabs).map(|n| if n == tabs { "1" } else { "0" }).collect();
    format!(
        r#"{{ "name": "{name}", "count": {count}, "network": "still", "sessions": [{}], "choose": "0s", "fill_in": "0s",
            "arrivals": {{ "spike": {{ "at": "1m" }} }} }}"#,
        shares.join(", ")
    )
}

/// Whose sessions got places at the opening, in order of place.
fn order_of(policy: &str, crowd: &str, seed: u64) -> Vec<u32> {
    let text = sale(policy, r#""new_per_minute": 1"#, crowd, 1)
        .replace(r#""horizon": "12d""#, r#""horizon": "10m1s""#);
    observe(plan_of(&text), seed, Draw::default()).observer.0
}

const SHUFFLE: &str = r#"{ "prequeue_shuffle": {} }"#;

/// How many standard errors a mean of independent values is from what is expected.
#[track_caller]
fn check_mean(case: &str, what: &str, values: &[f64], expected: f64) {
    let found = mean(values);
    let squares: f64 = values.iter().map(|value| (value - found) * (value - found)).sum();
    let error = (squares / (values.len() - 1) as f64 / values.len() as f64).sqrt();
    let message = format!("{case} {what}: found {found:.5} +- {error:.5}, expected {expected:.5}");
    println!("{message}");
    assert!((found - expected).abs() <= 4.0 * error, "{message}: more than 4 standard errors away");
    assert!(error <= 0.02 * expected.abs(), "{message}: too few draws to say so");
}

#[test]
fn k_entries_of_a_lottery_win_as_often_as_drawing_without_replacement_says() {
    for (id, seeds) in [("lottery_M10000_k1", 2), ("lottery_M100_k3", 400)] {
        let case = oracle(id);
        let of = |name: &str| case["params"][name].as_u64().expect("a count");
        let (entries, k, tickets) = (of("entries"), of("k"), of("tickets") as usize);
        let (mut won, mut tickets_won, mut best) = (Vec::new(), Vec::new(), Vec::new());
        let holders = entries / k;
        let crowd =
            [with_tabs("holders", holders, k), with_tabs("rest", entries - holders * k, 1)].join(", ");
        for seed in 1..=seeds {
            let mut held: BTreeMap<u32, (u32, usize)> = BTreeMap::new();
            for (rank, person) in order_of(SHUFFLE, &crowd, seed).iter().enumerate() {
                let entry = held.entry(*person).or_insert((0, rank + 1));
                entry.0 += u32::from(rank < tickets);
            }
            let holders: Vec<(u32, usize)> = (0..holders as u32).map(|person| held[&person]).collect();
            let mean_of =
                |of: &dyn Fn(&(u32, usize)) -> f64| mean(&holders.iter().map(of).collect::<Vec<f64>>());
            won.push(mean_of(&|(n, _)| f64::from(u8::from(*n > 0))));
            tickets_won.push(mean_of(&|(n, _)| f64::from(*n)));
            best.push(mean_of(&|(_, rank)| *rank as f64));
        }
        let expect = |name: &str| number(&case["expect"][name]);
        if k == 1 {
            // Everybody has one entry, so these are sums and not estimates.
            assert!((mean(&won) - expect("p_win_at_least_one")).abs() < 1e-12);
            assert!((mean(&best) - expect("mean_best_rank")).abs() < 1e-9);
        } else {
            check_mean(id, "P(win)", &won, expect("p_win_at_least_one"));
            check_mean(id, "tickets", &tickets_won, expect("mean_tickets"));
            check_mean(id, "best rank", &best, expect("mean_best_rank"));
        }
    }
}

#[test]
fn the_best_of_k_tabs_comes_before_a_single_one_k_times_of_k_plus_one() {
    let case = oracle("multitab_beats_single");
    for k in [2_u32, 3, 5, 10] {
        let crowd = [with_tabs("tabs", 2000, u64::from(k)), with_tabs("single", 2000, 1)].join(", ");
        let mut beats = Vec::new();
        for seed in 1..=5 {
            let order = order_of(SHUFFLE, &crowd, seed);
            let mut best: BTreeMap<u32, usize> = BTreeMap::new();
            for (rank, person) in order.iter().enumerate() {
                best.entry(*person).or_insert(rank);
            }
            beats.extend((0..2000).map(|i| f64::from(u8::from(best[&i] < best[&(2000 + i)]))));
        }
        check_mean(
            "multitab_beats_single",
            &format!("k = {k}"),
            &beats,
            number(&case["expect"][format!("p_k{k}")]),
        );
    }
}

#[test]
fn with_one_ticket_a_person_several_tabs_win_as_the_exponential_race_says() {
    for (id, seeds) in [("lottery_dedupe_900_100_k5", 40), ("lottery_dedupe_90_10_k10", 400)] {
        let case = oracle(id);
        let of = |name: &str| case["params"][name].as_u64().expect("a count");
        let crowd =
            [with_tabs("single", of("n_single"), 1), with_tabs("multi", of("n_multi"), of("k"))].join(", ");
        // A turn is told within the second in which it is issued, and used at once.
        let room =
            r#""new_per_minute": 60, "poll_interval": "500ms", "poll_jitter": 0, "position": "hidden""#;
        let text = sale(SHUFFLE, room, &crowd, of("tickets"));
        let runs: Vec<RunResult> = (1..=seeds).map(|seed| result(&text, seed)).collect();
        for (cohort, expected) in [("single", "p_win_single"), ("multi", "p_win_multi")] {
            let won: Vec<f64> =
                runs.iter().map(|run| run.of_cohort("fairness.success", cohort).expect("a share")).collect();
            check_mean(id, expected, &won, number(&case["expect"][expected]));
        }
    }
}

#[test]
fn a_fast_network_wins_a_race_as_the_fluid_limit_says_and_a_lottery_by_nothing() {
    let case = oracle("latency_groups_exp");
    let of = |name: &str| case["params"][name].as_u64().expect("a number");
    let cohort = |name: &str, count, ms| {
        format!(
            r#"{{ "name": "{name}", "count": {count}, "network": "still", "choose": "0s", "fill_in": "0s",
                "arrivals": {{ "spike": {{ "jitter": {{ "exponential": {{ "mean": "{ms}ms" }} }} }} }} }}"#
        )
    };
    let crowd =
        [cohort("fast", of("nA"), of("meanA_ms")), cohort("slow", of("nB"), of("meanB_ms"))].join(", ");
    // Ten turns a second, each told within half a second: whoever has a turn buys before the next few do.
    let room = r#""new_per_minute": 600, "poll_interval": "500ms", "poll_jitter": 0, "position": "hidden""#;
    let text = sale(FIFO, room, &crowd, of("tickets"));
    let runs: Vec<RunResult> = (1..=5).map(|seed| result(&text, seed)).collect();
    for (cohort, expected) in [("fast", "p_win_A"), ("slow", "p_win_B")] {
        let won: Vec<f64> =
            runs.iter().map(|run| run.of_cohort("fairness.success", cohort).expect("a share")).collect();
        let (found, expected) = (mean(&won), number(&case["expect"][expected]));
        // Two thousand of ten thousand in five runs: a standard error of about 0.003, and a limit of many persons.
        assert!((found - expected).abs() < 0.012, "{cohort}: found {found:.4}, expected {expected:.4}");
    }
    let lounge = text.replace(r#""jitter""#, r#""at": "5m", "jitter""#);
    let lottery = lounge.replace(FIFO, SHUFFLE);
    let won = |cohort| result(&lottery, 1).of_cohort("fairness.success", cohort).expect("a share");
    assert!(
        (won("fast") - won("slow")).abs() < 4.0 * (2.0 * 0.16 / 5000.0_f64).sqrt(),
        "the draw asks for no network"
    );
}

#[test]
fn a_slow_client_comes_first_as_often_as_two_exponentials_say() {
    let case = oracle("latency_p_overtake");
    let crowd = r#"{ "name": "fast", "count": 40000, "network": "still",
            "arrivals": { "spike": { "at": "1m", "jitter": { "exponential": { "mean": "20ms" } } } } },
        { "name": "slow", "count": 40000, "network": "still",
            "arrivals": { "spike": { "at": "1m", "jitter": { "exponential": { "mean": "200ms" } } } } }"#;
    let order = order_of(FIFO, crowd, 1);
    // Persons of a cohort are numbered in order of arrival, so all pairs are counted and not one by one.
    let (mut slow_so_far, mut slow_first) = (0_u64, 0_u64);
    for person in &order {
        if *person < 40_000 { slow_first += slow_so_far } else { slow_so_far += 1 }
    }
    let found = slow_first as f64 / (40_000.0 * 40_000.0);
    let expected = number(&case["expect"]["p_slow_first"]);
    // No more than if each person took part in one pair.
    let error = (expected * (1.0 - expected) / 40_000.0).sqrt();
    assert!((found - expected).abs() < 4.0 * error, "found {found:.5}, expected {expected:.5} +- {error:.5}");
}

/// A thousand come one by one, a second apart, and nobody leaves; two hundred seats, all turns at the opening's pace.
fn ordered(policy: &str, seed: u64) -> RunResult {
    let crowd = r#"{ "name": "all", "count": 1000, "network": "still", "choose": "0s", "fill_in": "0s",
        "arrivals": { "lounge_fill": { "lead": { "uniform": { "low": "1s", "high": "9m" } } } } }"#;
    let room = r#""new_per_minute": 60, "poll_interval": "500ms", "poll_jitter": 0"#;
    result(&sale(policy, room, crowd, 200), seed)
}

#[test]
fn first_come_has_no_envy_and_a_lottery_a_half_and_last_come_all() {
    let of = |run: &RunResult, metric| run.value(metric).expect("there were winners and losers");
    let first = ordered(FIFO, 1);
    assert_eq!(of(&first, "fairness.tau.enqueue_turn"), 1.0);
    assert_eq!(of(&first, "fairness.envy"), 0.0);
    let last = ordered(r#"{ "lifo": {} }"#, 1);
    assert_eq!(of(&last, "fairness.tau.enqueue_turn"), -1.0);
    assert_eq!(of(&last, "fairness.envy"), 1.0);
    // The variance of the Mann-Whitney share: (n + 1) / (12 W L).
    let deviation = (1001.0 / (12.0 * 200.0 * 800.0_f64)).sqrt();
    for policy in [SHUFFLE, r#"{ "random_draw": {} }"#] {
        let envy: Vec<f64> = (1..=10).map(|seed| of(&ordered(policy, seed), "fairness.envy")).collect();
        let found = mean(&envy);
        assert!((found - 0.5).abs() < 4.0 * deviation / 10.0_f64.sqrt(), "{policy}: envy {found:.4}");
    }
}

#[test]
fn rounds_that_are_shuffled_have_the_order_of_shuffled_batches() {
    let case = oracle("kendall_batch_B60_m500");
    let expect = |name: &str| number(&case["expect"][name]);
    // Sixty rounds of ten seconds, five hundred of each.
    let cohorts: Vec<String> = (0..60)
        .map(|round| {
            format!(
                r#"{{ "name": "round {round}", "count": 500, "network": "still", "choose": "12d",
                    "arrivals": {{ "spike": {{ "at": "{at}s",
                        "jitter": {{ "uniform": {{ "low": "0s", "high": "9s" }} }} }} }} }}"#,
                at = 600 + 10 * round
            )
        })
        .collect();
    let room = r#""new_per_minute": 600000, "poll_interval": "10m", "grace": "1h""#;
    let text = sale(r#"{ "batch_lottery": { "every": "10s" } }"#, room, &cohorts.join(", "), 1)
        .replace(r#""horizon": "12d""#, r#""horizon": "40m""#);
    let tau = result(&text, 1).value("fairness.tau.enqueue_turn").expect("there were turns");
    let deviation = expect("tau_var").sqrt();
    let found = (tau - expect("tau_mean")) / deviation;
    assert!(found.abs() < 4.0, "tau {tau}, {found:.2} deviations away");
}

/// When each joined and had the turn, in seconds.
#[derive(Default)]
struct Waits {
    joined: BTreeMap<u32, f64>,
    waited: Vec<f64>,
}

impl Observer for Waits {
    fn hear(&mut self, at: onsale::engine::Time, fact: &Fact) {
        match fact {
            Fact::Enqueued { who } => {
                self.joined.insert(who.person.0, at.as_secs_f64());
            }
            Fact::TurnIssued { who, .. } => self.waited.push(at.as_secs_f64() - self.joined[&who.person.0]),
            _ => {}
        }
    }
}

#[test]
fn every_order_of_a_line_has_one_mean_wait_and_a_spread_of_its_own() {
    // A budget of one turn a second is a server of one second each: M/D/1 with a load of 0.7. Pollaczek-Khinchine for
    // the first two moments in order; Kingman (1962) and Takacs (1963) for the other two orders.
    let load = 0.7_f64;
    let in_mean = load / (2.0 * (1.0 - load));
    let in_order = 2.0 * in_mean * in_mean + load / (3.0 * (1.0 - load));
    let squares = [
        ("fifo", in_order),
        ("random_draw", in_order * 2.0 / (2.0 - load)),
        ("lifo", in_order / (1.0 - load)),
    ];
    let crowd = r#"{ "name": "all", "count": 400000, "network": "still", "timeout": null, "choose": "12d",
        "arrivals": { "poisson": { "per_second": 0.7 } } }"#;
    let room = r#""new_per_minute": 60, "poll_interval": "1h", "grace": "12h", "turn_validity": "12h""#;
    for (policy, square) in squares {
        let text = sale(&format!(r#"{{ "{policy}": {{}} }}"#), room, crowd, 1)
            .replace(r#""opens_at": "10m""#, r#""opens_at": "1s""#);
        let waits = observe(plan_of(&text), 7, Waits::default()).observer.waited;
        assert!(waits.len() > 399_000, "{policy}: {} turns", waits.len());
        check_steady(policy, "mean wait", &waits[40_000..], in_mean);
        let squared: Vec<f64> = waits[40_000..].iter().map(|wait| wait * wait).collect();
        check_within(policy, "mean square of the wait", &squared, square, 0.06);
    }
}
