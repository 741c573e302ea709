//! What will run: a scenario resolved to integers, identities and compiled distributions. Everything in a plan has
//! been checked; the world trusts it. What is ready to run as it was written is in the plan as it was written.

use super::Scenario;
use super::diagnose::{Problem, Severity};
use super::expect::IfMissed;
pub use super::inventory::{
    Choice, Concurrency, DeadlineWhilePaying, Front, Inventory, Optimistic, PickASeat, PreDeduct, Retry,
    Selection, Serialised, Sharded, Unsafe, WhenNoneFree,
};
pub use super::payment::{Capacity, Challenge, Idempotency, InFlight, Keeps, Late, Payment, Unpaid};
use super::resolve::{check, resolve};
use crate::engine::time::Time;
use crate::expr::Bounds;
use crate::metrics::names::Definition;
use crate::protocol::{CohortId, InstantQuery, Kind, Roster, StationId};

mod autoscale;
mod crowd;
mod edge;
mod faults;
mod line;
pub mod operator;
mod services;

pub use autoscale::*;
pub use crowd::*;
pub use edge::*;
pub use faults::*;
pub use line::*;
pub use services::*;

/// One sale, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names and numbers for observers; opening, closing and horizon are in it.
    pub roster: Roster,
    /// The scenario's own seed.
    pub seed: u64,
    /// Requests of some cohort are more work than those of another.
    pub work_differs: bool,
    /// The cohorts, in the order of the roster.
    pub cohorts: Vec<CohortPlan>,
    /// The edge.
    pub edge: EdgePlan,
    /// The waiting room; `None` where the policy is `none`.
    pub line: Option<LinePlan>,
    /// The stations, in the order of the roster.
    pub stations: Vec<StationPlan>,
    /// Which station serves each kind of request, by the kind's number; `None`: no service time.
    pub route: [Option<StationId>; Kind::ALL.len()],
    /// The stock.
    pub inventory: Inventory,
    /// The payment provider.
    pub payment: Payment,
    /// What the operator does.
    pub operator: operator::OperatorPlan,
    /// What the run must show. Those with an instant are, in this order, the questions of the roster.
    pub expectations: Vec<ExpectationPlan>,
    /// What breaks, in the order of the scenario; at most 255.
    pub faults: Vec<FaultPlan>,
}

impl Plan {
    /// Checks a scenario for meaning and resolves it.
    ///
    /// # Errors
    /// All problems at once, warnings included, if one of them is an error. Warnings alone are no error;
    /// [`Prepared`](super::Prepared) keeps them.
    pub fn new(scenario: &Scenario) -> Result<Plan, Vec<Problem>> {
        Plan::with_warnings(scenario).map(|(plan, _)| plan)
    }

    /// Like [`Plan::new`]; also says what the checks warn of.
    pub(super) fn with_warnings(scenario: &Scenario) -> Result<(Plan, Vec<Problem>), Vec<Problem>> {
        let problems = check(scenario);
        if problems.iter().any(|problem| problem.severity == Severity::Error) {
            return Err(problems);
        }
        Ok((resolve(scenario), problems))
    }
}

/// One line of what a run must show, ready to be judged.
#[derive(Clone, Debug)]
pub struct ExpectationPlan {
    /// The line, in its canonical form.
    pub line: String,
    /// What happens if it is missed.
    pub if_missed: IfMissed,
    /// The figure.
    pub metric: &'static Definition,
    /// Only over this cohort.
    pub cohort: Option<CohortId>,
    /// Only at this station.
    pub station: Option<String>,
    /// As it was at this instant; `None`: at the end.
    pub at: Option<Time>,
    /// What it must be, in the unit of the metric.
    pub bounds: Bounds,
}

impl ExpectationPlan {
    /// What must be counted for it while the sale runs.
    pub fn question(&self) -> Option<InstantQuery> {
        self.at.map(|until| InstantQuery { metric: self.metric.name, cohort: self.cohort, until })
    }
}
