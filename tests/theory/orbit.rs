//! Retrials: a server without a queue refuses, and whoever is refused asks again after a time drawn from one distribution, for ever.
//! Those between two tries are the orbit; each is as likely to come next as any other, whoever came first.

use super::{
    EXPONENTIAL, FIFO, Queue, UNITS_PER_S, check_steady, check_within, number, oracle, plan_of, steady,
};
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, Observer};

/// What one customer met, in units of time.
#[derive(Clone, Copy, Default)]
struct Customer {
    came: Option<Time>,
    found_nobody: bool,
    refused: u32,
    began: f64,
    served: f64,
}

/// Customers in order of arrival.
#[derive(Default)]
struct Orbit {
    customers: Vec<Customer>,
    inside: u32,
}

impl Observer for Orbit {
    fn hear(&mut self, at: Time, fact: &Fact) {
        match *fact {
            Fact::Arrived { .. } => self.customers.push(Customer::default()),
            Fact::Accepted { who, kind: Kind::SeatMap, .. } => {
                let customer = &mut self.customers[who.person.index()];
                if customer.came.is_none() {
                    customer.came = Some(at);
                    customer.found_nobody = self.inside == 0;
                    self.inside += 1;
                }
            }
            Fact::TurnedAway { who, .. } => self.customers[who.person.index()].refused += 1,
            Fact::ServiceBegan { who, .. } => {
                let customer = &mut self.customers[who.person.index()];
                let came = customer.came.expect("who is served has come");
                customer.began = at.saturating_since(came).as_secs_f64() * UNITS_PER_S;
            }
            Fact::ServiceEnded { who, served, .. } => {
                self.customers[who.person.index()].served = served.as_secs_f64() * UNITS_PER_S;
                self.inside -= 1;
            }
            _ => {}
        }
    }
}

/// The customers of a case, without the first tenth.
fn customers(id: &str, service: &str, persons: u32) -> (serde_json::Value, Vec<Customer>) {
    let case = oracle(id);
    let queue = Queue {
        discipline: FIFO,
        arrivals_per_unit: number(&case["params"]["lam"]),
        service,
        servers: 1,
        waiting_places: Some(0),
        concurrency: None,
        persons,
    };
    let delay_us = (1e6 / UNITS_PER_S / number(&case["params"]["theta"])).round();
    let text = queue.scenario();
    let again = format!(r#""delay": {{ "exponential": {{ "mean": "{delay_us}us" }} }}"#);
    assert!(text.contains(r#""attempts": 1"#));
    let text = text.replace(r#""attempts": 1"#, &again);
    let heard = observe(plan_of(&text), 20_221_115, Orbit::default()).observer;
    assert_eq!(heard.inside, 0, "everybody is served in the end");
    (case, steady(&heard.customers).to_vec())
}

fn of(customers: &[Customer], value: impl Fn(&Customer) -> f64) -> Vec<f64> {
    customers.iter().map(value).collect()
}

fn one_if(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

#[test]
fn those_who_ask_again_are_the_orbit_of_a_classical_retrial_queue() {
    for (id, persons) in [("retrial_classic_l0.5_th1", 200_000), ("retrial_classic_l0.8_th0.5", 400_000)] {
        let (case, customers) = customers(id, EXPONENTIAL, persons);
        let lam = number(&case["params"]["lam"]);
        for (what, expected) in case["expect"].as_object().expect("what is expected") {
            let values = match what.as_str() {
                // Who comes sees the time average (PASTA).
                "p_blocked_first" => of(&customers, |it| one_if(it.refused > 0)),
                "p_idle_empty" => of(&customers, |it| one_if(it.found_nobody)),
                "p_busy" => of(&customers, |it| it.served * lam),
                // Little's law: the orbit is the time from the first refusal to the service, of all arrivals.
                "N_orbit" => of(&customers, |it| it.began * lam),
                "W_orbit" => of(&customers, |it| it.began),
                "mean_retries_per_customer" => of(&customers, |it| f64::from(it.refused)),
                other => panic!("{id} expects {other}, and nothing here measures that"),
            };
            let most = if what == "p_idle_empty" { 0.06 } else { 0.03 };
            check_within(id, what, &values, number(expected), most);
        }
    }
}

#[test]
fn the_orbit_before_a_server_of_constant_times_is_smaller_by_what_its_queue_is() {
    let id = "retrial_mg1_D";
    let (case, customers) = customers(id, r#""100ms""#, 400_000);
    let lam = number(&case["params"]["lam"]);
    let expect = &case["expect"];
    check_steady(
        id,
        "p_blocked_first",
        &of(&customers, |it| one_if(it.refused > 0)),
        number(&expect["p_blocked_first"]),
    );
    check_steady(id, "N_orbit", &of(&customers, |it| it.began * lam), number(&expect["N_orbit"]));
}
