//! Queueing theory through ordinary scenarios: Poisson persons who each make one request that takes time, an
//! ordinary gateway, an ordinary station. The closed forms are in `tests/oracles.json`, with their sources.
//!
//! The oracles' unit of time, the mean service time, is a tenth of a second here, so that millions of services
//! fit into the 12.7 days of a run. Each person asks for the seat map and then thinks for ever.
//!
//! Rule: fixed seed and n; after the first tenth is dropped, the error is at most 4 standard errors (of 30 batch
//! means, so that correlation between neighbours is counted), and the standard error at most 2 % of the value
//! expected.

mod admission;
mod loss;
mod metastable;
mod orbit;
mod order;
mod patience;
mod polling;
mod statistics;
mod transient;

use crate::support::oracles::oracle;
use onsale::engine::{Distribution, Span, Time};
use onsale::experiment::observe;
use onsale::protocol::{Fact, Kind, Observer, Reply};
use onsale::scenario::{Plan, Scenario};
use serde_json::Value;

/// How many of the oracles' units of time there are in a second.
const UNITS_PER_S: f64 = 10.0;

/// What each request to the station met, in order of its number there.
#[derive(Default)]
struct Station {
    /// In units of time.
    waits: Vec<f64>,
    refused_at: Vec<usize>,
    /// Persons so far: each asks for the page and, at the same instant, for the seat map.
    asked: usize,
}

impl Observer for Station {
    fn hear(&mut self, _at: Time, fact: &Fact) {
        match fact {
            Fact::ServiceBegan { waited, .. } => {
                self.waits.push(waited.as_secs_f64() * UNITS_PER_S);
            }
            Fact::Accepted { kind: Kind::OpenPage, .. } => self.asked += 1,
            Fact::TurnedAway { .. } => self.refused_at.push(self.asked - 1),
            Fact::Answered { reply: Reply::GatewayBusy, kind: Kind::OpenPage, .. } => {
                self.asked += 1;
                self.refused_at.push(self.asked - 1);
            }
            _ => {}
        }
    }
}

/// First come, first served.
const FIFO: &str = r#"{ "fifo": {} }"#;

/// A queue in front of servers, as a scenario: `edge` and `queue` bound it.
struct Queue<'a> {
    discipline: &'a str,
    arrivals_per_unit: f64,
    service: &'a str,
    servers: u32,
    waiting_places: Option<u32>,
    concurrency: Option<u32>,
    persons: u32,
}

impl Queue<'_> {
    fn scenario(&self) -> String {
        let or_null = |bound: Option<u32>| bound.map_or("null".to_owned(), |bound| bound.to_string());
        format!(
            r#"{{
            "opens_at": "1s", "horizon": "12d",
            "crowd": [{{ "name": "all", "count": {persons}, "network": "none", "timeout": null,
                "arrivals": {{ "poisson": {{ "per_second": {rate} }} }},
                "choose": "12d",
                "behavior": {{ "backoff": {{ "attempts": 1 }} }} }}],
            "network": [{{ "name": "none", "up": "0s", "down": "0s" }}],
            "edge": {{ "upstream_timeout": null, "concurrency": {concurrency} }},
            "services": {{ "inventory": {{ "servers": {servers}, "service": {service}, "queue": {queue},
                "discipline": {discipline} }} }},
            "inventory": {{ "bands": [{{ "name": "all", "seats": 1 }}] }}
        }}"#,
            persons = self.persons,
            rate = self.arrivals_per_unit * UNITS_PER_S,
            service = self.service,
            discipline = self.discipline,
            servers = self.servers,
            queue = or_null(self.waiting_places),
            concurrency = or_null(self.concurrency),
        )
    }

    fn run(&self) -> Station {
        self.run_seeded(20_221_115)
    }

    fn run_seeded(&self, seed: u64) -> Station {
        let heard = observe(plan_of(&self.scenario()), seed, Station::default()).observer;
        assert_eq!(heard.asked, self.persons as usize, "everybody asks once");
        heard
    }
}

/// The plan of a scenario's text.
fn plan_of(text: &str) -> Plan {
    let scenario = Scenario::parse(text, "theory").unwrap_or_else(|mistakes| panic!("{mistakes}"));
    Plan::new(&scenario).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What is left without the first tenth, in which the system fills.
fn steady<T>(values: &[T]) -> &[T] {
    &values[values.len() / 10..]
}

/// Mean and standard error by batch means.
fn batch_means(steady: &[f64]) -> (f64, f64) {
    const BATCHES: usize = 30;
    let size = steady.len() / BATCHES;
    let means: Vec<f64> = steady.chunks_exact(size).take(BATCHES).map(mean).collect();
    let over_all = mean(&means);
    let squares: Vec<f64> = means.iter().map(|m| (m - over_all) * (m - over_all)).collect();
    let variance = squares.iter().sum::<f64>() / (BATCHES - 1) as f64;
    (over_all, (variance / BATCHES as f64).sqrt())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[track_caller]
fn check(case: &str, what: &str, values: &[f64], expected: f64) {
    check_steady(case, what, steady(values), expected);
}

#[track_caller]
fn check_steady(case: &str, what: &str, values: &[f64], expected: f64) {
    check_within(case, what, values, expected, 0.02);
}

/// The rule of the suite with another bound on the standard error, as a share of the value expected: tails and second
/// moments of long waits are known less well than means.
#[track_caller]
fn check_within(case: &str, what: &str, values: &[f64], expected: f64, most: f64) {
    let (found, error) = batch_means(values);
    let message = format!("{case} {what}: found {found:.5} +- {error:.5}, expected {expected:.5}");
    println!("{message} ({:+.2} standard errors)", (found - expected) / error);
    assert!((found - expected).abs() <= 4.0 * error, "{message}: more than 4 standard errors away");
    assert!(error <= most * expected.abs().max(1e-9), "{message}: too few requests to say so");
}

/// 1 for each wait that is true of, else 0.
fn share(waits: &[f64], is: impl Fn(f64) -> bool) -> Vec<f64> {
    waits.iter().map(|&wait| f64::from(u8::from(is(wait)))).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// What is expected of an M/G/c/K case, and the queue that should do it.
fn waiting_line<'a>(id: &str, service: &'a str, persons: u32) -> (Value, Queue<'a>) {
    let case = oracle(id);
    let servers = case["params"]["c"].as_u64().map_or(1, |c| u32::try_from(c).expect("few servers"));
    let bound = case["params"]["K"].as_u64().map(|k| u32::try_from(k).expect("a small K") - servers);
    let queue = Queue {
        discipline: FIFO,
        arrivals_per_unit: number(&case["params"]["lam"]),
        service,
        servers,
        waiting_places: bound,
        concurrency: None,
        persons,
    };
    (case["expect"].clone(), queue)
}

const EXPONENTIAL: &str = r#"{ "exponential": { "mean": "100ms" } }"#;

/// Checks an M/M/c case over so many runs of so many persons, each with a seed of its own.
fn check_mmc(id: &str, runs: u64, persons: u32) {
    let (expect, queue) = waiting_line(id, EXPONENTIAL, persons);
    let waits: Vec<f64> =
        (1..=runs).flat_map(|seed| steady(&queue.run_seeded(seed).waits).to_vec()).collect();
    check_steady(id, "mean wait", &waits, number(&expect["Wq"]));
    check_steady(id, "wait probability", &share(&waits, |w| w > 0.0), number(&expect["p_wait"]));
    if number(&expect["p_wait"]) > 0.5 {
        check_steady(id, "P(wait > 1)", &share(&waits, |w| w > 1.0), beyond_one(&expect));
    }
}

/// P(wait > 1 unit): given, or (one server) P(wait) times e to the power of rho - 1.
fn beyond_one(expect: &Value) -> f64 {
    let given = expect.get("p_wait_gt_1").map(number);
    given.unwrap_or_else(|| number(&expect["p_wait"]) * libm::exp(number(&expect["rho"]) - 1.0))
}

#[test]
fn one_server_with_exponential_service_waits_as_m_m_1_does() {
    check_mmc("mm1_rho050", 1, 200_000);
    check_mmc("mm1_rho095", 4, 2_500_000);
}

#[test]
fn several_servers_wait_as_erlang_c_says() {
    check_mmc("mmc_c2_a1.5", 1, 600_000);
    check_mmc("mmc_c3_a2", 1, 400_000);
    check_mmc("mmc_c10_a9", 2, 1_000_000);
    check_mmc("mmc_c50_a45", 2, 1_500_000);
}

#[test]
fn a_bounded_queue_refuses_as_m_m_c_k_says() {
    for (id, persons) in
        [("mmck_l0.9_c1_K5", 200_000), ("mmck_l2_c1_K10", 100_000), ("mmck_l12_c10_K20", 300_000)]
    {
        let (expect, queue) = waiting_line(id, EXPONENTIAL, persons);
        let heard = queue.run();
        check(id, "refused", &refusals(&heard), number(&expect["p_block"]));
        check(id, "mean wait", &heard.waits, number(&expect["Wq_accepted"]));
    }
}

fn refusals(heard: &Station) -> Vec<f64> {
    let mut refused = vec![0.0; heard.asked];
    for &index in &heard.refused_at {
        refused[index] = 1.0;
    }
    refused
}

#[test]
fn servers_without_a_queue_refuse_as_erlang_b_says_whatever_the_service_law() {
    let distributions =
        [EXPONENTIAL, r#""100ms""#, r#"{ "log_normal": { "median": "80ms", "p95": "250ms" } }"#];
    for (distribution, service) in distributions.iter().enumerate() {
        let mean = mean_in_units(service);
        for id in ["erlangb_c1_a1", "erlangb_c5_a3", "erlangb_c10_a10"] {
            let case = oracle(id);
            let queue = Queue {
                discipline: FIFO,
                arrivals_per_unit: number(&case["params"]["lam"]) / mean,
                service,
                servers: u32::try_from(case["params"]["c"].as_u64().expect("c")).expect("few"),
                waiting_places: Some(0),
                concurrency: None,
                persons: 300_000,
            };
            let name = format!("{id} distribution {distribution}");
            check(&name, "refused", &refusals(&queue.run()), number(&case["expect"]["p_block"]));
        }
    }
}

#[test]
fn a_concurrency_limit_at_the_gateway_is_a_loss_system() {
    let case = oracle("erlangb_c10_a10");
    let queue = Queue {
        discipline: FIFO,
        arrivals_per_unit: 10.0,
        service: EXPONENTIAL,
        servers: 1_000,
        waiting_places: None,
        concurrency: Some(10),
        persons: 300_000,
    };
    // Pages take no time, so only seat maps fill the gateway; whoever meets it full is refused the page.
    let heard = queue.run();
    check("erlangb_c10_a10 at the gateway", "refused", &refusals(&heard), number(&case["expect"]["p_block"]));
}

/// The mean of a distribution, in units of time.
fn mean_in_units(distribution: &str) -> f64 {
    let distribution: Distribution = serde_json::from_str(distribution).expect("a distribution");
    distribution.mean_us().expect("a finite mean") / Span::from_secs(1).as_us() as f64 * UNITS_PER_S
}

#[test]
fn the_mean_wait_follows_pollaczek_and_khinchine_for_every_service_law() {
    let distributions = [
        ("mg1_D_rho70", r#""100ms""#),
        ("mg1_E2_rho70", r#"{ "erlang": { "shape": 2, "mean": "100ms" } }"#),
        ("mg1_M_rho70", EXPONENTIAL),
        ("mg1_U_rho70", r#"{ "uniform": { "low": "0s", "high": "200ms" } }"#),
        (
            "mg1_H2_rho70",
            r#"{ "hyperexponential": { "branches": [
                { "share": 0.9, "mean": "55556us" }, { "share": 0.1, "mean": "500ms" }] } }"#,
        ),
    ];
    for (id, service) in distributions {
        let (expect, queue) = waiting_line(id, service, 1_000_000);
        check(id, "mean wait", &queue.run().waits, number(&expect["Wq"]));
    }
}
