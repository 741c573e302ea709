//! Hand-made comparisons: what they say does not change with the model.

use onsale::experiment::compare::{Candidate, Comparison};
use onsale::experiment::plane::Place;
use onsale::experiment::replicate::{Replications, Row};
use onsale::experiment::result::{Buyers, RunResult, Value};
use onsale::scenario::Scenario;

use crate::support;

/// The value of a metric under each seed, over all persons or over one cohort.
pub type Figure = (&'static str, Option<usize>, Vec<Option<f64>>);

/// One variant that is yet to be made.
pub struct Made {
    pub label: &'static str,
    pub policy: &'static str,
    pub figures: Vec<Figure>,
    /// Who has a ticket, whatever the seed; empty: not known.
    pub buyers: Vec<u32>,
    pub jain: Option<f64>,
}

/// The cohorts of a crowd: names and persons.
pub type Crowd<'a> = [(&'a str, u64)];

fn scenario(crowd: &Crowd<'_>, policy: &str) -> (String, Scenario) {
    let cohort = |(name, count): &(&str, u64)| {
        let name = serde_json::to_string(name).unwrap();
        format!(r#"{{ "name": {name}, "count": {count}, "arrivals": {{ "spike": {{}} }} }}"#)
    };
    let crowd: Vec<String> = crowd.iter().map(cohort).collect();
    let text = format!(
        r#"{{ "about": {{ "title": "A made evening" }}, "crowd": [{}],
             "waiting_room": {{ "policy": {{ "{policy}": {{}} }}, "total_active": 40 }},
             "inventory": {{ "bands": [{{ "name": "all", "seats": 100 }}] }} }}"#,
        crowd.join(", ")
    );
    let scenario = support::scenario(&text);
    (text, scenario)
}

/// A comparison of these variants under so many seeds.
pub fn comparison(crowd: &Crowd<'_>, seeds: usize, variants: Vec<Made>) -> Comparison {
    Comparison::of(variants.into_iter().map(|made| candidate(crowd, seeds, &made)).collect())
}

fn candidate(crowd: &Crowd<'_>, seeds: usize, made: &Made) -> Candidate {
    let (text, scenario) = scenario(crowd, made.policy);
    let result = support::run(&text, 1);
    let rows = (0..seeds).map(|run| Row::from(of_run(&result, crowd, &made.figures, run))).collect();
    let buyers: Buyers = made.buyers.iter().copied().collect();
    Candidate {
        label: made.label.to_owned(),
        place: made.jain.map(|jain| Place { ex_ante_jain: Some(jain), throws: 20 }),
        runs: Replications::of(&support::prepared(&scenario, "made"), rows),
        buyers: if made.buyers.is_empty() { Vec::new() } else { vec![buyers; seeds] },
    }
}

fn of_run(result: &RunResult, crowd: &Crowd<'_>, figures: &[Figure], run: usize) -> RunResult {
    let value = |(name, cohort, values): &Figure| Value {
        name: (*name).to_owned(),
        cohort: cohort.map(|cohort| crowd[cohort].0.to_owned()),
        station: None,
        value: values[run],
        n: None,
    };
    RunResult {
        seed: (run + 1).to_string(),
        expectations: Vec::new(),
        metrics: figures.iter().map(value).collect(),
        ..result.clone()
    }
}

/// A value that varies a little from run to run, in the same way under every variant, and by `apart` in another way.
pub fn about(mean: f64, spread: f64, apart: f64) -> Vec<Option<f64>> {
    const TOGETHER: [f64; 6] = [-1.0, 0.5, 1.0, -0.5, 0.25, -0.25];
    const APART: [f64; 6] = [0.2, -0.4, 0.1, 0.3, -0.5, 0.3];
    (0..6).map(|run| Some(mean + spread * TOGETHER[run] + apart * APART[run])).collect()
}

/// The same in every run.
pub fn always(value: f64) -> Vec<Option<f64>> {
    vec![Some(value); 6]
}

pub const CROWD: [(&str, u64); 2] = [("early fans", 300), ("mobile", 200)];

/// A line that keeps its order: the early ones win.
pub fn fifo() -> Made {
    Made {
        label: "fifo",
        policy: "fifo",
        figures: vec![
            ("sale.sold", None, always(100.0)),
            ("sale.sold_out_at", None, about(817.0, 9.0, 0.0)),
            ("fairness.success", None, always(0.2)),
            ("fairness.success", Some(0), about(0.32, 0.01, 0.0)),
            ("fairness.success", Some(1), about(0.02, 0.01, 0.0)),
            ("fairness.envy", None, about(0.011, 0.002, 0.0)),
            ("fairness.tau.winners.intent_turn", None, about(0.991, 0.002, 0.0)),
            ("wait.winners.p50", None, about(240.0, 12.0, 0.0)),
            ("wait.winners.p95", None, about(612.0, 20.0, 0.0)),
            ("silent.failure_rate", None, about(0.031, 0.004, 0.0)),
            ("silent.failure_rate", Some(0), about(0.012, 0.002, 0.0)),
            ("silent.failure_rate", Some(1), about(0.055, 0.006, 0.0)),
            ("silent.table.ghost_purchase", None, always(0.0)),
            ("load.requests_per_ticket", None, about(128.4, 7.0, 0.0)),
            ("timeouts.gateway_504", None, about(1840.0, 55.0, 0.0)),
            ("timeouts.client", None, always(0.0)),
        ],
        buyers: (0..100).collect(),
        jain: Some(0.2),
    }
}

/// A lottery: everybody has a chance, and some of what it changes is clear.
pub fn lottery() -> Made {
    Made {
        label: "prequeue_shuffle",
        policy: "prequeue_shuffle",
        figures: vec![
            ("sale.sold", None, always(100.0)),
            ("sale.sold_out_at", None, about(820.0, 9.0, 21.0)),
            ("fairness.success", None, always(0.2)),
            ("fairness.success", Some(0), about(0.208, 0.01, 0.006)),
            ("fairness.success", Some(1), about(0.188, 0.01, 0.006)),
            ("fairness.envy", None, about(0.462, 0.002, 0.01)),
            ("fairness.tau.winners.intent_turn", None, about(0.012, 0.002, 0.08)),
            ("wait.winners.p50", None, about(381.0, 12.0, 4.0)),
            ("wait.winners.p95", None, about(618.0, 20.0, 28.0)),
            ("silent.failure_rate", None, about(0.024, 0.004, 0.001)),
            ("silent.failure_rate", Some(0), about(0.013, 0.002, 0.004)),
            ("silent.failure_rate", Some(1), about(0.04, 0.006, 0.001)),
            ("silent.table.ghost_purchase", None, about(2.0, 0.0, 1.0)),
            ("load.requests_per_ticket", None, about(129.1, 7.0, 3.0)),
            ("timeouts.gateway_504", None, about(1210.0, 55.0, 20.0)),
            ("timeouts.client", None, always(0.0)),
        ],
        buyers: (0..60).chain(300..340).collect(),
        jain: Some(0.97),
    }
}

/// The lottery with every figure as under the line, give or take what these runs cannot tell.
pub fn hardly_different() -> Made {
    let figures = fifo().figures.into_iter().map(|(name, cohort, values)| {
        let shaken = |(run, value): (usize, Option<f64>)| {
            value.map(|value| value * (1.0 + [0.02, -0.03, 0.01, 0.02, -0.04, 0.01][run]))
        };
        (name, cohort, values.into_iter().enumerate().map(shaken).collect())
    });
    Made { label: "hardly", figures: figures.collect(), ..lottery() }
}

/// The same as the line, to the last digit.
pub fn twin() -> Made {
    Made { label: "twin", ..fifo() }
}

/// The lottery, with figures that are undefined in some runs and in all of them.
pub fn with_gaps() -> Made {
    let mut made = lottery();
    for (name, _, values) in &mut made.figures {
        match *name {
            "sale.sold_out_at" => values[1..5].fill(None),
            "fairness.envy" => values[1..].fill(None),
            "wait.winners.p50" | "wait.winners.p95" => values.fill(None),
            _ => {}
        }
    }
    made
}

pub const MANY: [(&str, u64); 30] = {
    const NAMES: [&str; 30] = [
        "a",
        "b",
        "c",
        "d",
        "e",
        "f",
        "g",
        "h",
        "i",
        "j",
        "k",
        "l",
        "m",
        "n",
        "o",
        "p",
        "q",
        "r",
        "s",
        "t",
        "u",
        "v",
        "w",
        "x",
        "y",
        "z",
        "members of the fan club of the northern district",
        "搶票的人們都來了",
        "<b>&\"'",
        "late",
    ];
    let mut crowd = [("", 20); 30];
    let mut at = 0;
    while at < 30 {
        crowd[at].0 = NAMES[at];
        at += 1;
    }
    crowd
};

/// Thirty cohorts, each moved by another amount.
pub fn many_cohorts(label: &'static str, policy: &'static str, by: f64) -> Made {
    let of_cohort = |cohort: usize| {
        let moved = 0.4 + by * (cohort as f64 - 15.0) / 50.0;
        ("fairness.success", Some(cohort), about(moved, 0.01, 0.004 * by))
    };
    let mut figures = vec![("sale.sold", None, always(100.0)), ("fairness.success", None, always(0.4))];
    figures.extend((0..MANY.len()).map(of_cohort));
    let step = if by > 0.0 { 6 } else { 5 };
    Made { label, policy, figures, buyers: (0..600).step_by(step).collect(), jain: None }
}

/// One figure beyond every scale, one that had been nothing, and one that is enormous both ways.
pub fn enormous() -> Made {
    let mut made = lottery();
    for (name, _, values) in &mut made.figures {
        match *name {
            "load.requests_per_ticket" => *values = about(1e15, 1e12, 1e12),
            "timeouts.gateway_504" => *values = about(1e9, 1e9, 9e9),
            "silent.table.ghost_purchase" => *values = always(1e9),
            "wait.winners.p50" => *values = about(1e7, 1e5, 1e6),
            _ => {}
        }
    }
    Made { label: "enormous; or: a <very> long label & more of it, until the line is full", ..made }
}
