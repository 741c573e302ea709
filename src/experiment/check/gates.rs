//! Which metrics are held to which margin, and the verdict: passed, failed, or more seeds. What it means is in
//! [`crate::experiment::stats::gate`]; "any proven regression" is corrected by Holm over all gates of a look.

use super::Refused;
use super::baseline::Baseline;
use crate::experiment::replicate::{Replicated, Replications};
use crate::experiment::result::{CohortInfo, definition};
use crate::experiment::stats::gate::{self, Judgement, LEVEL_OF_A_LOOK, Look};
use crate::experiment::stats::{Summary, holm};
use crate::metrics::names;
use crate::metrics::names::{Better, Per};
use crate::metrics::number_or_null;
use crate::scenario::Scenario;
use crate::scenario::gate::{DEFAULTS, DIFFERENCES, Margin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A group with fewer winners a run than this says too little of itself for a gate (as for a normal approximation of a
/// share).
const FEWEST_WINNERS: f64 = 30.0;

/// One metric that is held to a margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The metric's dotted name.
    pub metric: String,
    /// Only over this cohort; `None`: over all persons.
    pub cohort: Option<String>,
    /// How much worse it may become.
    pub size: Size,
}

/// How large a margin is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// In the unit of the metric.
    Absolute(f64),
    /// As a share of the baseline's mean.
    Relative(f64),
}

/// One gate and what came of it; all numbers in the unit of the metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gated {
    /// The metric's dotted name.
    pub metric: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// How much worse it may become.
    #[serde(serialize_with = "number_or_null")]
    pub margin: Option<f64>,
    /// At how many seeds it was decided: 20, 40 or 80; where it was not, how many were looked at.
    pub seeds: u64,
    /// In how many of them the metric is defined in both.
    pub pairs: u64,
    /// The baseline's mean over these pairs.
    #[serde(serialize_with = "number_or_null")]
    pub baseline: Option<f64>,
    /// The mean now.
    #[serde(serialize_with = "number_or_null")]
    pub now: Option<f64>,
    /// By how much it is worse on average; below 0 it is better.
    #[serde(serialize_with = "number_or_null")]
    pub worse_by: Option<f64>,
    /// By so much at least, with 98.33 %.
    #[serde(serialize_with = "number_or_null")]
    pub at_least: Option<f64>,
    /// By so much at most, with 98.33 %.
    #[serde(serialize_with = "number_or_null")]
    pub at_most: Option<f64>,
    /// The one-sided p value of "worse by no more than the margin", adjusted by Holm over all gates.
    #[serde(serialize_with = "number_or_null")]
    pub p_adjusted: Option<f64>,
    /// What follows.
    pub verdict: GateVerdict,
}

/// What a gate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Proven to be worse by less than the margin.
    Passed,
    /// Proven to be worse by more than the margin.
    Failed,
    /// Neither is proven by all the seeds that there are, or that were needed to know that something failed.
    Inconclusive,
    /// It is undefined in every run, then and now.
    ProvesNothing,
}

/// What is held to a margin in this scenario: the margins that it names, and those by default that it does not. Of a
/// metric that its runs do not have there is no gate by default.
pub(super) fn gates(scenario: &Scenario, runs: &Replications) -> Vec<Gate> {
    let mut gates: Vec<Gate> = Vec::new();
    let mut put = |metric: &str, cohort: Option<&str>, size: Size| {
        let of = |gate: &&mut Gate| gate.metric == metric && gate.cohort.as_deref() == cohort;
        match gates.iter_mut().find(of) {
            Some(gate) => gate.size = size,
            None => gates.push(Gate { metric: metric.to_owned(), cohort: cohort.map(str::to_owned), size }),
        }
    };
    for (metric, absolute, relative) in DEFAULTS {
        for cohort in over(metric, &runs.cohorts) {
            if runs.metric(metric, cohort, None).is_some() {
                put(metric, cohort, size(absolute, relative));
            }
        }
    }
    // One for all cohorts first, so that one for a single cohort can differ from it.
    let margins = &scenario.check.margins;
    for margin in margins.iter().filter(|margin| margin.cohort.is_none()) {
        for cohort in over(&margin.metric, &runs.cohorts) {
            put(&margin.metric, cohort, margin_size(margin));
        }
    }
    for margin in margins.iter().filter(|margin| margin.cohort.is_some()) {
        put(&margin.metric, margin.cohort.as_deref(), margin_size(margin));
    }
    gates
}

fn margin_size(margin: &Margin) -> Size {
    size(margin.absolute.as_deref().copied(), margin.relative.as_deref().copied())
}

fn size(absolute: Option<f64>, relative: Option<f64>) -> Size {
    match (absolute, relative) {
        (Some(size), _) => Size::Absolute(size),
        (None, size) => Size::Relative(size.expect("checked: a margin has a size")),
    }
}

/// Over what a metric is taken where nothing is said: all persons, or each compared cohort but the reference.
fn over<'r>(metric: &str, cohorts: &'r [CohortInfo]) -> Vec<Option<&'r str>> {
    if definition(metric).is_some_and(|definition| definition.per == Per::Cohort) {
        let compared =
            cohorts.iter().filter(|cohort| cohort.compare && !cohort.reference && cohort.persons > 0);
        return compared.map(|cohort| Some(cohort.name.as_str())).collect();
    }
    vec![None]
}

/// Judges every gate in as many looks as there are seeds for in both; `None` with fewer than 20. A baseline that was
/// [accepted](Baseline::accepts) has every metric.
pub(super) fn judged(gates: &[Gate], baseline: &Baseline, now: &Replications) -> Option<Vec<Gated>> {
    let seeds = baseline.runs.len().min(now.runs.len());
    let mut last: Option<Vec<Gated>> = None;
    for look in Look::ALL.into_iter().filter(|look| look.seeds() <= seeds) {
        let looked = looked(gates, baseline, now, look);
        let decided = |gate: &Gated| gate.verdict != GateVerdict::Inconclusive;
        last = Some(match last {
            None => looked,
            Some(before) => {
                let first_word = |(before, now)| if decided(&before) { before } else { now };
                before.into_iter().zip(looked).map(first_word).collect()
            }
        });
        let failed = |gate: &Gated| gate.verdict == GateVerdict::Failed;
        if last.iter().flatten().all(decided) || last.iter().flatten().any(failed) {
            break;
        }
    }
    last
}

/// All gates at one look; Holm's adjustment is over all of them, whatever was decided before.
fn looked(gates: &[Gate], baseline: &Baseline, now: &Replications, look: Look) -> Vec<Gated> {
    let one = |gate: &Gate| -> (Gated, Option<Judgement>) {
        let then = baseline.values(&gate.metric, gate.cohort.as_deref()).expect("accepted: it is there");
        let now = now.metric(&gate.metric, gate.cohort.as_deref(), None).expect("accepted: it is there");
        let (then, now) = (&then.values[..look.seeds()], &now.values[..look.seeds()]);
        held(gate, then, now, baseline.margin(gate), look)
    };
    let (mut gated, judgements): (Vec<Gated>, Vec<Option<Judgement>>) = gates.iter().map(one).unzip();
    let p = |judgement: &Option<Judgement>| judgement.and_then(|judgement| judgement.p_of_regression);
    let adjusted = holm(&judgements.iter().map(p).collect::<Vec<_>>());
    for ((gated, judgement), adjusted) in gated.iter_mut().zip(&judgements).zip(adjusted) {
        gated.p_adjusted = adjusted;
        gated.verdict = match judgement.map(|judgement| judgement.verdict) {
            None => GateVerdict::ProvesNothing,
            Some(gate::Decision::Pass) => GateVerdict::Passed,
            Some(gate::Decision::Fail) if adjusted.is_some_and(|p| p < LEVEL_OF_A_LOOK) => {
                GateVerdict::Failed
            }
            Some(gate::Decision::Fail | gate::Decision::Inconclusive) => GateVerdict::Inconclusive,
        };
    }
    gated
}

/// One gate at one look; there is no judgement where the metric is undefined in every run.
fn held(
    gate: &Gate, then: &[Option<f64>], now: &[Option<f64>], margin: Option<f64>, look: Look,
) -> (Gated, Option<Judgement>) {
    let both = || then.iter().zip(now).map(|(then, now)| then.zip(*now));
    let baseline = Summary::of(both().map(|pair| pair.map(|(then, _)| then)));
    let mean_now = Summary::of(both().map(|pair| pair.map(|(_, now)| now))).mean;
    let undefined = then.iter().chain(now).all(Option::is_none);
    let worse = Direction::of(&gate.metric, baseline.mean, mean_now);
    let worse_by: Vec<Option<f64>> =
        both().map(|pair| pair.map(|(then, now)| worse.signed(then, now))).collect();
    // Without a mean of the baseline there is no relative margin, and without a pair nothing to hold to it.
    let judgement = (!undefined).then(|| gate::look_at(&worse_by, margin.unwrap_or(0.0), look));
    let gated = Gated {
        metric: gate.metric.clone(),
        cohort: gate.cohort.clone(),
        margin,
        seeds: look.seeds() as u64,
        pairs: baseline.n,
        baseline: baseline.mean,
        now: mean_now,
        worse_by: judgement.and_then(|judgement| judgement.worse_by.mean),
        at_least: judgement.and_then(|judgement| judgement.lower),
        at_most: judgement.and_then(|judgement| judgement.upper),
        p_adjusted: None,
        verdict: GateVerdict::ProvesNothing,
    };
    (gated, judgement)
}

/// Which way a metric gets worse: the factors of its value then and now.
struct Direction {
    then: f64,
    now: f64,
}

impl Direction {
    fn of(metric: &str, then: Option<f64>, now: Option<f64>) -> Direction {
        if DIFFERENCES.contains(&metric) {
            // Away from 0, on the side where the mean lies: so the mean of the differences is |now| - |then|, without
            // the bias that absolute values of each run would have near 0.
            let (then, now) = (then.unwrap_or(0.0), now.unwrap_or(0.0));
            let side = |mean: f64, otherwise: f64| {
                if mean == 0.0 { 1.0_f64.copysign(otherwise) } else { mean.signum() }
            };
            return Direction { then: side(then, now), now: side(now, then) };
        }
        let better = definition(metric).map_or(Better::Neither, |definition| definition.better);
        let sign = if better == Better::Higher { -1.0 } else { 1.0 };
        Direction { then: sign, now: sign }
    }

    fn signed(&self, then: f64, now: f64) -> f64 {
        self.now * now - self.then * then
    }
}

/// Why these runs cannot become a baseline: gates that no number of its seeds can decide, and groups of which too few win.
/// Differences between runs stand for those between versions, which are not known yet: pairing makes the latter vary less
/// wherever twins correlate by more than one half.
///
/// # Errors
/// All reasons at once, with the smallest margins that can be decided.
pub(super) fn decidable(gates: &[Gate], scenario: &Scenario, runs: &Replications) -> Result<(), Refused> {
    let mut problems: Vec<String> = Vec::new();
    let mut remedies: Vec<String> = Vec::new();
    for gate in gates.iter().filter(|gate| gate.in_runs(runs).is_none()) {
        problems.push(format!("{} is not given in its runs", gate.called()));
        remedies.push(format!("take {} out of `check.margins`", gate.called()));
    }
    if let Some(look) = Look::ALL.into_iter().rfind(|look| look.seeds() <= runs.runs.len()) {
        let mut smallest = Vec::new();
        for (gate, margin, sd) in gates.iter().filter_map(|gate| gate.margin_and_spread(runs)) {
            let decidable = gate::smallest_decidable_margin(sd, look);
            if margin < decidable {
                let (margin, sd) = (three_digits(margin), three_digits(sd));
                problems.push(format!(
                    "a margin of {margin} for {} cannot be decided: runs vary by {sd}",
                    gate.called()
                ));
                smallest.push(gate.written(rounded_up(decidable)));
            }
        }
        if !smallest.is_empty() {
            let fewer = if look == Look::Third { "" } else { " (or bless more seeds: --seeds 1..80)" };
            let besides = if scenario.check.margins.is_empty() { "" } else { ", beside what is there," };
            remedies.push(format!(
                "the smallest that {} seeds can decide{fewer} are, written into the scenario{besides}: \
                 \"check\": {{ \"margins\": [{}] }}",
                look.seeds(),
                smallest.join(", ")
            ));
        }
        for (name, winners) in small_groups(gates, runs) {
            problems
                .push(format!("of {name} only {winners:.0} win in a run, and {FEWEST_WINNERS} are needed"));
            remedies.push(format!(
                "let fairness leave {name} out (`\"compare\": false`), or let more of them win"
            ));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Refused { problem: problems.join("; "), remedy: remedies.join("; ") })
}

impl Gate {
    /// What it is about, for a sentence.
    fn called(&self) -> String {
        let of = self.cohort.as_ref().map_or_else(String::new, |cohort| format!(" of {cohort}"));
        format!("`{}`{of}", self.metric)
    }

    fn in_runs<'r>(&self, runs: &'r Replications) -> Option<&'r Replicated> {
        runs.metric(&self.metric, self.cohort.as_deref(), None)
    }

    /// Its margin in these runs, and how far the runs lie apart.
    fn margin_and_spread(&self, runs: &Replications) -> Option<(&Gate, f64, f64)> {
        let metric = self.in_runs(runs)?;
        Some((self, self.size.of_mean(metric.mean)?, metric.sd?))
    }

    /// This gate with another margin, as a scenario has it.
    fn written(&self, margin: f64) -> String {
        let of = |cohort: &String| format!(", \"cohort\": {}", serde_json::json!(cohort));
        let cohort = self.cohort.as_ref().map_or_else(String::new, of);
        format!("{{ \"metric\": \"{}\"{cohort}, \"absolute\": {margin} }}", self.metric)
    }
}

impl Size {
    /// The margin where the baseline has this mean; `None` where there is none to take a share of.
    pub(super) fn of_mean(self, mean: Option<f64>) -> Option<f64> {
        match self {
            Size::Absolute(margin) => Some(margin),
            Size::Relative(share) => Some(share * mean?.abs()),
        }
    }
}

/// The groups that some gate compares and of which too few win.
fn small_groups(gates: &[Gate], runs: &Replications) -> Vec<(String, f64)> {
    let compares = |cohort: &CohortInfo| {
        let differences = || gates.iter().filter(|gate| DIFFERENCES.contains(&gate.metric.as_str()));
        if cohort.reference {
            return differences().next().is_some();
        }
        differences().any(|gate| gate.cohort.as_ref() == Some(&cohort.name))
    };
    let winners = |cohort: &CohortInfo| {
        let success = runs.metric(names::FAIRNESS_SUCCESS, Some(&cohort.name), None)?.mean?;
        Some((cohort.name.clone(), success * cohort.persons as f64))
    };
    let groups = runs.cohorts.iter().filter(|cohort| compares(cohort)).filter_map(winners);
    groups.filter(|(_, winners)| *winners < FEWEST_WINNERS).collect()
}

fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().expect("a number that was written can be read")
}

/// A number above 0 rounded up to two digits, so that what is proposed is accepted.
fn rounded_up(value: f64) -> f64 {
    let text = format!("{value:.1e}");
    let near: f64 = text.parse().expect("a number that was written can be read");
    if near >= value {
        return near;
    }
    let (_, exponent) = text.split_once('e').expect("written with an exponent");
    let step: f64 =
        format!("1e{}", exponent.parse::<i32>().expect("a whole number") - 1).parse().expect("a number");
    format!("{:.1e}", near + step).parse().expect("a number that was written can be read")
}

#[cfg(test)]
mod tests;
