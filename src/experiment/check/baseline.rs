//! The document that is committed beside a scenario: what its runs gave under fixed seeds. It has no clock, host or path,
//! and one line a run and a metric, so that a change of it reads well.
//!
//! Metrics that a gate may ask for are kept run by run; of the others the mean over the first seeds is kept, for the
//! reader.

use super::exact::{blocks, settings_hash, workload_hash};
use super::figures::FIRST_SEEDS;
use super::gates::{self, Gate};
use super::{Refused, Runs};
use crate::experiment::compare::is_of_family;
use crate::experiment::replicate::{Replicated, Replications, RunOfMany, numbers_or_null};
use crate::experiment::result::CohortInfo;
use crate::experiment::seeds::SeedList;
use crate::experiment::stats::Summary;
use crate::metrics::number_or_null;
use crate::scenario::{Prepared, Scenario};
use crate::visible::visible;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format of [`Baseline`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.baseline/1";

/// What the runs of a scenario gave when they were last accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Always `onsale.baseline/1`.
    pub schema: String,
    /// The version of the engine that ran them.
    pub engine: String,
    /// The name of the scenario.
    pub name: String,
    /// The admission policy.
    pub policy: String,
    /// The hash of who comes, over which network, and when; runs are paired where it is the same.
    pub workload: String,
    /// The hash of everything in the scenario that has an effect on a run; bytes are compared where it is the same.
    pub scenario: String,
    /// The hash of everything else in this document: it was not damaged or edited by hand.
    pub blake3: String,
    /// Persons in the scenario.
    pub persons: u64,
    /// Seats on sale.
    pub seats: u64,
    /// The cohorts, in the order of the scenario.
    pub cohorts: Vec<CohortInfo>,
    /// The runs, in the order of their seeds: the first 20 are looked at first, then 40, then 80.
    pub runs: Vec<KeptRun>,
    /// 16 bits of the fingerprint of each 2^20 us of simulated time of the first run, from time 0, in four hexadecimal
    /// digits each.
    pub blocks: Vec<String>,
    /// What gates may ask for: the value in each run.
    pub values: Vec<KeptValues>,
    /// Every other metric: its mean over the first 20 runs.
    pub means: Vec<KeptMean>,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptRun {
    /// Its seed, in decimal.
    pub seed: String,
    /// The fingerprint over all facts.
    pub fingerprint: String,
    /// The hash of all figures.
    pub figures: String,
}

/// One metric, run by run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptValues {
    /// The metric's dotted name.
    pub name: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// The value in each run; null where it is undefined.
    #[serde(serialize_with = "numbers_or_null")]
    pub values: Vec<Option<f64>>,
}

/// One metric on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptMean {
    /// The metric's dotted name.
    pub name: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// The mean; null where it is undefined in every run.
    #[serde(serialize_with = "number_or_null")]
    pub mean: Option<f64>,
}

/// What is asked of a metric that is kept: its name, cohort, station, and mean over the first runs.
pub(super) type Mean<'b> = (&'b str, Option<&'b str>, Option<&'b str>, Option<f64>);

impl Baseline {
    /// What these runs leave to be held against.
    ///
    /// # Errors
    /// A margin that so many seeds cannot decide, or a group of which too few win.
    ///
    /// # Panics
    /// If a seed is no number.
    pub fn of(prepared: &Prepared, runs: &Runs) -> Result<Baseline, Refused> {
        let scenario = prepared.scenario();
        let Runs { replications: many, figures } = runs;
        let gates = gates::gates(scenario, many);
        gates::decidable(&gates, scenario, many)?;
        let is_kept = |metric: &&Replicated| is_kept(&gates, metric);
        let (values, means): (Vec<&Replicated>, Vec<&Replicated>) = many.metrics.iter().partition(is_kept);
        let first = many.runs[0].seed.parse().expect("a seed is a number");
        let run = |(run, figures): (&RunOfMany, &String)| KeptRun {
            seed: run.seed.clone(),
            fingerprint: run.fingerprint.clone(),
            figures: figures.clone(),
        };
        let mut baseline = Baseline {
            schema: SCHEMA.to_owned(),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            name: many.name.clone(),
            policy: many.policy.clone(),
            workload: workload_hash(scenario),
            scenario: settings_hash(scenario),
            blake3: String::new(),
            persons: many.persons,
            seats: many.seats,
            cohorts: many.cohorts.clone(),
            runs: many.runs.iter().zip(figures).map(run).collect(),
            blocks: blocks(prepared, first),
            values: values.into_iter().map(KeptValues::from).collect(),
            means: means.into_iter().map(KeptMean::from).collect(),
        };
        baseline.blake3 = baseline.own_hash();
        Ok(baseline)
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// Why it is none, or was damaged.
    pub fn from_json(text: &str) -> Result<Baseline, Refused> {
        let refused = |problem: &str| Refused {
            problem: problem.to_owned(),
            remedy: "take the file back from version control, or remove it and write it anew with --bless"
                .to_owned(),
        };
        let document: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| refused(&format!("it is damaged: line {} is not JSON", error.line())))?;
        match document.get("schema").and_then(|schema| schema.as_str()) {
            Some(SCHEMA) => {}
            Some(other) if other.starts_with("onsale.baseline/") => {
                let other = visible(other, '?');
                return Err(refused(&format!("its schema is {other}, and this version reads {SCHEMA}")));
            }
            _ => {
                let problem = "it is no baseline of onsale".to_owned();
                return Err(Refused { problem, remedy: "name another file with --baseline".to_owned() });
            }
        }
        let baseline: Baseline = serde_json::from_value(document)
            .map_err(|error| refused(&format!("it is damaged: {}", visible(&error.to_string(), '?'))))?;
        let whole = baseline.own_hash() == baseline.blake3
            && !baseline.runs.is_empty()
            && baseline.runs.iter().all(|run| run.seed.parse::<u64>().is_ok())
            && baseline.values.iter().all(|kept| kept.values.len() == baseline.runs.len());
        if whole {
            Ok(baseline)
        } else {
            Err(refused("it is damaged, or was edited by hand: its hash is not its own"))
        }
    }

    /// As it is saved: JSON with one line a run and a metric, ending with a line break.
    pub fn to_json(&self) -> String {
        let mut out = String::from("{\n");
        let texts = [
            ("schema", &self.schema),
            ("engine", &self.engine),
            ("name", &self.name),
            ("policy", &self.policy),
            ("workload", &self.workload),
            ("scenario", &self.scenario),
            ("blake3", &self.blake3),
        ];
        for (key, text) in texts {
            out.push_str(&format!("  \"{key}\": {},\n", json(text)));
        }
        out.push_str(&format!("  \"persons\": {},\n  \"seats\": {},\n", self.persons, self.seats));
        let lists = [
            list("cohorts", &self.cohorts),
            list("runs", &self.runs),
            list("blocks", &self.blocks),
            list("values", &self.values),
            list("means", &self.means),
        ];
        out.push_str(&lists.join(",\n"));
        out.push_str("\n}\n");
        out
    }

    /// Whether a scenario can be held against it.
    ///
    /// # Errors
    /// Why it cannot: other people come, or these are no first seeds of it.
    pub fn accepts(&self, scenario: &Scenario, seeds: Option<&SeedList>) -> Result<(), Refused> {
        let bless = "if that is meant, write the baseline anew with --bless";
        if self.workload != workload_hash(scenario) {
            let mut problem =
                "it is of another workload: crowd, network classes or opening have been changed, and \
                               runs can no longer be paired"
                    .to_owned();
            if self.engine != env!("CARGO_PKG_VERSION") {
                problem.push_str(&format!(" (or onsale {} wrote them otherwise)", self.engine));
            }
            return Err(Refused { problem, remedy: bless.to_owned() });
        }
        let Some(seeds) = seeds else { return Ok(()) };
        let own = self.seeds();
        if own.seeds().starts_with(seeds.seeds()) {
            return Ok(());
        }
        let problem = format!("it holds the seeds {own}, and the first of them are not {seeds}");
        Err(Refused { problem, remedy: format!("leave --seeds out; {bless}") })
    }

    /// Whether every gate has what it needs in it, and in the runs.
    ///
    /// # Errors
    /// Which metric is missing.
    pub fn has_every_metric(&self, scenario: &Scenario, runs: &Replications) -> Result<(), Refused> {
        let gates = gates::gates(scenario, runs);
        let missing = |gate: &&Gate| {
            let cohort = gate.cohort.as_deref();
            self.values(&gate.metric, cohort).is_none() || runs.metric(&gate.metric, cohort, None).is_none()
        };
        let Some(gate) = gates.iter().find(missing) else { return Ok(()) };
        let of = gate.cohort.as_ref().map_or_else(String::new, |cohort| format!(" of {cohort}"));
        let problem = format!("it does not hold `{}`{of} run by run, and a margin asks for it", gate.metric);
        Err(Refused { problem, remedy: "write the baseline anew with --bless".to_owned() })
    }

    /// Its seeds.
    ///
    /// # Panics
    /// If a seed is no number: then it was not written by us.
    pub fn seeds(&self) -> SeedList {
        SeedList::of(self.runs.iter().map(|run| run.seed.parse().expect("a seed is a number")).collect())
    }

    pub(super) fn values(&self, name: &str, cohort: Option<&str>) -> Option<&KeptValues> {
        self.values.iter().find(|kept| kept.name == name && kept.cohort.as_deref() == cohort)
    }

    /// The margin of a gate: a share is one of the mean over all of its runs, whatever is looked at.
    pub(super) fn margin(&self, gate: &Gate) -> Option<f64> {
        let values = &self.values(&gate.metric, gate.cohort.as_deref())?.values;
        gate.size.of_mean(Summary::of(values.iter().copied()).mean)
    }

    /// Every metric with its mean over the first runs.
    pub(super) fn first_means(&self) -> impl Iterator<Item = Mean<'_>> {
        let of_values = |kept: &KeptValues| Summary::of(kept.values.iter().copied().take(FIRST_SEEDS)).mean;
        let values = self
            .values
            .iter()
            .map(move |kept| (kept.name.as_str(), kept.cohort.as_deref(), None, of_values(kept)));
        let means = self
            .means
            .iter()
            .map(|kept| (kept.name.as_str(), kept.cohort.as_deref(), kept.station.as_deref(), kept.mean));
        values.chain(means)
    }

    fn own_hash(&self) -> String {
        let without = Baseline { blake3: String::new(), ..self.clone() };
        blake3::hash(without.to_json().as_bytes()).to_hex()[..32].to_owned()
    }
}

/// Whether a metric is kept run by run: a gate asks for it, or a comparison would show it.
fn is_kept(gates: &[Gate], metric: &Replicated) -> bool {
    let Replicated { name, cohort, station, .. } = metric;
    let asked = gates.iter().any(|gate| gate.metric == *name && gate.cohort == *cohort);
    is_of_family(metric) || asked && station.is_none()
}

impl From<&Replicated> for KeptValues {
    fn from(metric: &Replicated) -> KeptValues {
        let Replicated { name, cohort, values, .. } = metric.clone();
        KeptValues { name, cohort, values }
    }
}

impl From<&Replicated> for KeptMean {
    fn from(metric: &Replicated) -> KeptMean {
        let Replicated { name, cohort, station, values, .. } = metric.clone();
        KeptMean { name, cohort, station, mean: Summary::of(values.into_iter().take(FIRST_SEEDS)).mean }
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("there is no map with odd keys")
}

/// A list with one line an entry.
fn list<T: Serialize>(key: &str, entries: &[T]) -> String {
    let lines: Vec<String> = entries.iter().map(|entry| format!("    {}", json(entry))).collect();
    if lines.is_empty() {
        format!("  \"{key}\": []")
    } else {
        format!("  \"{key}\": [\n{}\n  ]", lines.join(",\n"))
    }
}

#[cfg(test)]
mod tests;
