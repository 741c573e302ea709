//! Whom a station serves next: with one mean wait, orders differ in its second moment, its tail, and who overtakes whom;
//! classes differ in the mean too; and under overload the order decides whether anybody is answered in time.

use super::{
    EXPONENTIAL, FIFO, Queue, UNITS_PER_S, check_steady, check_within, number, oracle, plan_of, share,
    steady, waiting_line,
};
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, Observer};

const ORDERS: [(&str, &str); 3] =
    [("fifo", FIFO), ("siro", r#"{ "random": {} }"#), ("lifo", r#"{ "lifo": {} }"#)];

/// In order of the beginning of service: whose it was, by order of arrival, and how long it had waited, in units.
#[derive(Default)]
struct Order {
    began: Vec<(u32, f64)>,
    /// In order of arrival, in units.
    came: Vec<f64>,
}

impl Observer for Order {
    fn hear(&mut self, at: Time, fact: &Fact) {
        match *fact {
            Fact::ServiceBegan { who, waited, .. } => {
                self.began.push((who.person.0, waited.as_secs_f64() * UNITS_PER_S));
            }
            Fact::Accepted { kind: Kind::SeatMap, .. } => {
                self.came.push(at.saturating_since(Time::ZERO).as_secs_f64() * UNITS_PER_S);
            }
            _ => {}
        }
    }
}

impl Order {
    fn of(queue: &Queue<'_>, seed: u64) -> Order {
        observe(plan_of(&queue.scenario()), seed, Order::default()).observer
    }

    fn waits(&self) -> Vec<f64> {
        self.began.iter().map(|began| began.1).collect()
    }

    /// In order of arrival; `None`: never served.
    fn waits_by_arrival(&self) -> Vec<Option<f64>> {
        let mut waits = vec![None; self.came.len()];
        self.began.iter().for_each(|&(number, wait)| waits[number as usize] = Some(wait));
        waits
    }

    /// For each service in order of its beginning, how many who came later had begun before: by how many it was
    /// overtaken.
    fn overtaken(&self) -> Vec<f64> {
        // A Fenwick tree over numbers of arrival, of those who have begun.
        let size = self.came.len() + 1;
        let mut tree = vec![0_u32; size + 1];
        let mut overtaken = Vec::with_capacity(self.began.len());
        for (begun, &(number, _)) in (0_u32..).zip(&self.began) {
            let mut place = number as usize + 1;
            let mut earlier = 0;
            while place > 0 {
                earlier += tree[place];
                place &= place - 1;
            }
            overtaken.push(f64::from(begun - earlier));
            let mut place = number as usize + 1;
            while place <= size {
                tree[place] += 1;
                place += place & place.wrapping_neg();
            }
        }
        overtaken
    }
}

fn squares(waits: &[f64]) -> Vec<f64> {
    waits.iter().map(|wait| wait * wait).collect()
}

#[test]
fn with_one_mean_wait_orders_differ_in_its_second_moment_and_in_who_overtakes_whom() {
    // Half of the second moment of the last to be served first comes from one wait in a thousand: it is known to 15 %.
    for (id, persons, most) in [
        ("disc_mm1_rho50", 250_000, 0.06),
        ("disc_mmc_c10_rho90", 1_000_000, 0.15),
        ("disc_mm1_rho90", 2_000_000, 0.15),
    ] {
        for (name, discipline) in ORDERS {
            let (expect, queue) = waiting_line(id, EXPONENTIAL, persons);
            let heard = Order::of(&Queue { discipline, ..queue }, 20_221_115);
            let waits = heard.waits();
            let waits = steady(&waits);
            let of = |what: &str| number(&expect[what]);
            check_within(id, &format!("mean wait, {name}"), waits, of("Wq_all"), 0.08);
            check_within(
                id,
                &format!("second moment, {name}"),
                &squares(waits),
                of(&format!("Wq2_{name}")),
                most,
            );
            let overtaken = heard.overtaken();
            if name == "fifo" {
                assert!(
                    overtaken.iter().all(|others| *others == 0.0),
                    "nobody overtakes in order of arrival"
                );
            } else {
                let expected = of(&format!("mean_overtakes_{name}"));
                check_within(id, &format!("overtaken, {name}"), steady(&overtaken), expected, 0.08);
            }
        }
    }
}

#[test]
fn the_tails_of_waits_cross_so_that_a_timeout_alone_may_rank_orders_either_way() {
    let id = "disc_tail_rho95";
    for (name, discipline) in ORDERS {
        let (expect, queue) = waiting_line(id, EXPONENTIAL, 1_000_000);
        let waits = Order::of(&Queue { discipline, ..queue }, 1).waits();
        for units in [1, 5, 10, 20, 50] {
            let beyond = share(steady(&waits), |wait| wait > f64::from(units));
            let what = format!("P_Wq_gt_{units}_{name}");
            check_within(id, &what, &beyond, number(&expect[&what]), 0.2);
        }
    }
}

#[test]
fn second_moments_follow_the_order_for_every_service_law() {
    let distributions = [
        ("mg1_D_rho70", r#""100ms""#, 0.08),
        ("mg1_E2_rho70", r#"{ "erlang": { "shape": 2, "mean": "100ms" } }"#, 0.08),
        ("mg1_U_rho70", r#"{ "uniform": { "low": "0s", "high": "200ms" } }"#, 0.08),
        (
            "mg1_H2_rho70",
            r#"{ "hyperexponential": { "branches": [
                { "share": 0.9, "mean": "55556us" }, { "share": 0.1, "mean": "500ms" }] } }"#,
            0.2,
        ),
    ];
    for (id, service, most) in distributions {
        for (name, discipline) in ORDERS {
            let (expect, queue) = waiting_line(id, service, 250_000);
            let waits = Order::of(&Queue { discipline, ..queue }, 3).waits();
            let expected = number(&expect[format!("Wq2_{name}")]);
            check_within(id, &format!("second moment, {name}"), &squares(steady(&waits)), expected, most);
        }
    }
}

#[test]
fn the_mean_waits_of_classes_are_cobham_s() {
    for id in ["prio_np_3eq", "prio_np_2het"] {
        check_cobham(id);
    }
}

/// The second case has classes whose requests are work of different sizes.
fn check_cobham(id: &str) {
    let case = oracle(id);
    let of = |name: &str| case["params"][name].as_array().expect("one of each class").iter().map(number);
    let cohorts: Vec<String> = (1..)
        .zip(of("lam").zip(of("mu")))
        .map(|(class, (rate, served))| {
            let per_second = rate * UNITS_PER_S;
            let work = 1.0 / served;
            format!(
                r#"{{ "name": "class{class}", "count": {count}, "network": "none", "timeout": null, "choose": "12d",
                    "work": {work}, "arrivals": {{ "poisson": {{ "per_second": {per_second} }} }},
                    "behavior": {{ "backoff": {{ "attempts": 1 }} }} }}"#,
                count = (rate * 900_000.0) as u32,
            )
        })
        .collect();
    let classes: Vec<String> =
        (1..=cohorts.len()).map(|class| format!(r#"{{ "cohorts": ["class{class}"] }}"#)).collect();
    let text = format!(
        r#"{{
        "opens_at": "1s", "horizon": "12d", "crowd": [{cohorts}],
        "network": [{{ "name": "none", "up": "0s", "down": "0s" }}], "edge": {{ "upstream_timeout": null }},
        "services": {{ "inventory": {{ "servers": 1, "service": {EXPONENTIAL}, "discipline": {{ "priority": {{
            "classes": [{classes}] }} }} }} }},
        "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}
    }}"#,
        cohorts = cohorts.join(", "),
        classes = classes.join(", ")
    );
    let plan = plan_of(&text);
    let first: Vec<u32> = plan.roster.cohorts.iter().map(|cohort| cohort.persons.start).collect();
    let heard = observe(plan, 20_221_115, Order::default()).observer;
    for class in 1..=cohorts.len() {
        let is = |number: u32| first.iter().rposition(|start| number >= *start) == Some(class - 1);
        let waits: Vec<f64> =
            heard.began.iter().filter(|(number, _)| is(*number)).map(|(_, wait)| *wait).collect();
        let what = format!("Wq_class{class}");
        check_within(id, &what, steady(&waits), number(&case["expect"][&what]), 0.06);
    }
    let waits = heard.waits();
    check_within(id, "Wq_mean", steady(&waits), number(&case["expect"]["Wq_mean"]), 0.06);
}

#[test]
fn under_overload_the_last_first_keeps_answering_in_time_and_in_order_of_arrival_nobody_is() {
    for id in ["lifo_overload_l1.5", "lifo_overload_l2"] {
        let case = oracle(id);
        let of = |what: &str| number(&case["expect"][what]);
        let (lam, deadline) = (number(&case["params"]["lam"]), number(&case["params"]["T"]));
        let waits = |discipline| {
            let queue = Queue {
                discipline,
                arrivals_per_unit: lam,
                service: EXPONENTIAL,
                servers: 1,
                waiting_places: None,
                concurrency: None,
                persons: 200_000,
            };
            let heard = Order::of(&queue, 7);
            // What is served once nobody comes any more, the last tenth served, is no overload.
            let end = heard.came[heard.came.len() * 9 / 10];
            let waits = heard.waits_by_arrival();
            let in_overload = heard.came.into_iter().zip(waits).filter(|(came, _)| *came <= end);
            let served = |(came, wait): (f64, Option<f64>)| wait.filter(|wait| came + wait <= end);
            in_overload.map(served).collect::<Vec<Option<f64>>>()
        };
        let lifo = waits(ORDERS[2].1);
        let one_if = |yes: bool| f64::from(u8::from(yes));
        let ever: Vec<f64> = lifo.iter().map(|wait| one_if(wait.is_some())).collect();
        let in_time = |waits: &[Option<f64>]| -> Vec<f64> {
            waits.iter().map(|wait| one_if(wait.is_some_and(|wait| wait <= deadline))).collect()
        };
        check_steady(id, "p_ever_served_lifo", steady(&ever), of("p_ever_served_lifo"));
        check_steady(id, "p_wait_le_T_lifo", steady(&in_time(&lifo)), of("p_wait_le_T_lifo"));
        let goodput: Vec<f64> = in_time(&lifo).iter().map(|yes| yes * lam).collect();
        check_steady(id, "goodput_lifo", steady(&goodput), of("goodput_lifo"));
        let fifo = in_time(&waits(FIFO));
        assert_eq!(steady(&fifo).iter().sum::<f64>(), of("goodput_fifo_limit"), "{id}");
    }
}

#[test]
fn in_order_of_arrival_answers_in_time_end_when_the_queue_is_as_long_as_the_deadline() {
    // The fluid limit: a server that is four thousand times as fast, and four thousand times as many arrivals.
    for id in ["lifo_overload_l1.5", "lifo_overload_l2"] {
        let case = oracle(id);
        let (lam, deadline) = (number(&case["params"]["lam"]), number(&case["params"]["T"]));
        let queue = Queue {
            discipline: FIFO,
            arrivals_per_unit: 4_000.0 * lam,
            service: r#""25us""#,
            servers: 1,
            waiting_places: None,
            concurrency: None,
            persons: 100_000,
        };
        let heard = Order::of(&queue, 7);
        let in_time = heard.began.iter().filter(|(_, wait)| *wait <= deadline).map(|(number, _)| *number);
        let last = in_time.max().expect("the first are in time");
        let collapse = heard.came[last as usize] - heard.came[0];
        let expected = number(&case["expect"]["fifo_collapse_time"]);
        println!("{id}: the last in time comes after {collapse} units, {expected} expected");
        // Four standard errors of the number that came by then.
        assert!(
            (collapse / expected - 1.0).abs() < 0.06,
            "{id}: after {collapse} units, {expected} expected"
        );
    }
}
