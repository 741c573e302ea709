//! Checking a sale: its `expect` lines over several seeds, and, where there is a baseline, whether it gives the same bytes
//! and whether anything has become worse by more than a margin. The same runs give the same verdict, however often they
//! are asked.
//!
//! | file | holds |
//! |---|---|
//! | `baseline` | the document that is committed beside a scenario: what it holds, how it is written and read |
//! | `exact` | the same scenario, seed and version: the same bytes, or the first block of time that differs |
//! | `gates` | which metrics are held to which margin, and the verdict in three looks |
//! | `figures` | every metric as it was and as it is, for the reader |

pub mod baseline;
pub mod exact;
pub mod figures;
pub mod gates;

use super::replicate::{ExpectedOfMany, Replications, Row};
use super::result::{RunResult, saved};
use super::stats::gate::Look;
use crate::scenario::Prepared;
use crate::scenario::expect::IfMissed;
use baseline::Baseline;
use exact::Exact;
use figures::Figure;
use gates::{Gate, Gated};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format of [`Report`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.check/1";

/// What was checked in one command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Always `onsale.check/1`.
    pub schema: String,
    /// The version of the engine that ran it.
    pub engine: String,
    /// The worst of all verdicts.
    pub verdict: CheckVerdict,
    /// The scenarios, in the order in which they were named.
    pub scenarios: Vec<ScenarioCheck>,
}

/// One scenario of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioCheck {
    /// Its name: the file's name without the ending.
    pub name: String,
    /// What came of it.
    pub verdict: CheckVerdict,
    /// Why it could not be checked; absent where it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// What was found; absent where it could not be checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
}

/// What comes of a check; each is worse than those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// Nothing is wrong.
    Passed,
    /// It differs from its baseline, or has become worse than it.
    DiffersFromBaseline,
    /// A line of `expect` that must not be missed was missed in some run.
    ExpectationMissed,
    /// It could not be checked.
    Refused,
}

/// Why something cannot be checked, or become a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{problem}")]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// One scenario, checked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    /// Its title, or its name where it has none.
    pub title: String,
    /// The admission policy.
    pub policy: String,
    /// Persons in the scenario.
    pub persons: u64,
    /// Seats on sale.
    pub seats: u64,
    /// When the sale opens, in microseconds since time 0.
    pub opens_at_us: u64,
    /// The seeds that were run, in decimal, in order.
    pub seeds: Vec<String>,
    /// What the scenario said each run must show, line by line.
    pub expectations: Vec<ExpectedOfMany>,
    /// Against the baseline; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
}

/// One scenario against its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Against {
    /// The version of the engine that wrote the baseline.
    pub engine: String,
    /// How many seeds it holds; those that were not run are in reserve.
    pub seeds: u64,
    /// Whether the bytes are the same.
    pub exact: Exact,
    /// What happens if they are not.
    pub on_difference: IfMissed,
    /// What is held to a margin, in the order of the margins.
    pub gates: Vec<Gated>,
    /// What happens if they cannot tell.
    pub on_inconclusive: IfMissed,
    /// Why no gate was judged; absent where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_judged: Option<String>,
    /// Every metric that both have, over the same first seeds.
    pub figures: Vec<Figure>,
}

/// One run of a check: its values, and a hash of everything that it found.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// Its values.
    pub row: Row,
    /// The hash of all its figures.
    pub figures: String,
}

impl From<RunResult> for Ran {
    fn from(result: RunResult) -> Ran {
        Ran { figures: exact::figures_hash(&result), row: Row::from(result) }
    }
}

/// The runs of a check so far, brought together.
pub struct Runs {
    /// Their values.
    pub replications: Replications,
    /// The hash of all figures of each, in the same order.
    pub figures: Vec<String>,
}

impl Runs {
    /// Brings runs of one scenario together, in this order.
    ///
    /// # Panics
    /// If there is none, or they are not of one scenario.
    pub fn of(prepared: &Prepared, ran: Vec<Ran>) -> Runs {
        let (rows, figures) = ran.into_iter().map(|ran| (ran.row, ran.figures)).unzip();
        Runs { replications: Replications::of(prepared, rows), figures }
    }
}

/// Holds runs against the lines of their scenario and, where there is one, against a baseline.
pub fn checked(prepared: &Prepared, runs: &Runs, baseline: Option<&Baseline>) -> Checked {
    let scenario = prepared.scenario();
    let many = &runs.replications;
    Checked {
        title: scenario.title_or(&many.name).to_owned(),
        policy: many.policy.clone(),
        persons: many.persons,
        seats: many.seats,
        opens_at_us: scenario.opens_at.as_us(),
        seeds: many.runs.iter().map(|run| run.seed.clone()).collect(),
        expectations: many.expectations.clone(),
        against: baseline.map(|baseline| against(prepared, runs, baseline)),
    }
}

fn against(prepared: &Prepared, runs: &Runs, baseline: &Baseline) -> Against {
    let scenario = prepared.scenario();
    let gates: Vec<Gate> = gates::gates(scenario, &runs.replications);
    let judged = gates::judged(&gates, baseline, &runs.replications);
    let few = baseline.runs.len().min(runs.replications.runs.len());
    let not_judged = judged
        .is_none()
        .then(|| format!("a margin needs {} seeds, and these are {few}", Look::First.seeds()));
    Against {
        engine: baseline.engine.clone(),
        seeds: baseline.runs.len() as u64,
        exact: exact::compared(prepared, runs, baseline),
        on_difference: scenario.check.on_difference,
        gates: judged.unwrap_or_default(),
        on_inconclusive: scenario.check.on_inconclusive,
        not_judged,
        figures: figures::figures(&runs.replications, baseline),
    }
}

impl Checked {
    /// What came of it.
    pub fn verdict(&self) -> CheckVerdict {
        if self.expectations.iter().any(ExpectedOfMany::fails) {
            return CheckVerdict::ExpectationMissed;
        }
        let fails = self.against.as_ref().is_some_and(Against::fails);
        if fails { CheckVerdict::DiffersFromBaseline } else { CheckVerdict::Passed }
    }
}

impl Against {
    /// It is not as the baseline was, and that is a failure.
    pub fn fails(&self) -> bool {
        self.exact_fails() || self.gates.iter().any(|gate| self.gate_fails(gate))
    }

    /// The bytes differ, and that is a failure.
    pub fn exact_fails(&self) -> bool {
        self.exact.verdict == exact::ExactVerdict::Differs && self.on_difference == IfMissed::Fail
    }

    /// This gate is a failure.
    pub fn gate_fails(&self, gate: &Gated) -> bool {
        match gate.verdict {
            gates::GateVerdict::Failed => true,
            gates::GateVerdict::Inconclusive => self.on_inconclusive == IfMissed::Fail,
            gates::GateVerdict::Passed | gates::GateVerdict::ProvesNothing => false,
        }
    }

    /// How many runs more could tell: to the next look, where a gate is inconclusive, none has failed, and the baseline
    /// holds so many.
    pub fn more_seeds(&self, run: usize) -> Option<usize> {
        let says = |verdict| self.gates.iter().any(|gate| gate.verdict == verdict);
        if !says(gates::GateVerdict::Inconclusive) || says(gates::GateVerdict::Failed) {
            return None;
        }
        let next = Look::ALL.into_iter().map(Look::seeds).find(|seeds| *seeds > run)?;
        (next as u64 <= self.seeds).then(|| next - run)
    }
}

impl Report {
    /// Brings what was checked together.
    pub fn of(scenarios: Vec<ScenarioCheck>) -> Report {
        let verdict = scenarios.iter().map(|entry| entry.verdict).max().unwrap_or(CheckVerdict::Passed);
        Report { schema: SCHEMA.to_owned(), engine: env!("CARGO_PKG_VERSION").to_owned(), verdict, scenarios }
    }

    /// As it is saved: JSON, ending with a line break.
    ///
    /// # Panics
    /// Never: every part of it has a JSON form.
    pub fn to_json(&self) -> String {
        saved(self)
    }
}

impl ScenarioCheck {
    /// A scenario that was checked.
    pub fn checked(name: &str, checked: Checked) -> ScenarioCheck {
        ScenarioCheck {
            name: name.to_owned(),
            verdict: checked.verdict(),
            refused: None,
            checked: Some(checked),
        }
    }

    /// A scenario that could not be checked.
    pub fn refused(name: &str, refused: Refused) -> ScenarioCheck {
        ScenarioCheck {
            name: name.to_owned(),
            verdict: CheckVerdict::Refused,
            refused: Some(refused),
            checked: None,
        }
    }
}
