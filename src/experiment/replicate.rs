//! Replications: one scenario under several seeds. Each run is the one that `onsale run --seed` gives. They come
//! together in the order of the seeds, so that the number of threads of an [`Executor`](super::executor::Executor)
//! changes no byte.
//!
//! Of each run only its values stay: the memory is that of the worlds that run at the same time.

use super::executor::{Executor, Watcher};
use super::result::{CohortInfo, Expectation, ExpectationVerdict, FileHash, IfMissed, RunResult, saved};
use super::stats::Summary;
use super::{Run, run_with_buyers};
use crate::metrics::{Buyers, Value, number_or_null};
use crate::model::Progress;
use crate::scenario::{Prepared, Scenario};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use std::ops::ControlFlow;

/// The format of [`Replications`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.replications/1";

/// The confidence of every interval that is not said to have another.
pub const CONFIDENCE: f64 = 0.95;

/// Runs a scenario under each of these seeds, and keeps of each run what `keep` takes of it; `None` where the watcher had
/// stopped before a run began.
pub fn replicate<T: Send>(
    prepared: &Prepared, seeds: &[u64], executor: &impl Executor, watcher: &dyn Watcher,
    keep: impl Fn(RunResult, Buyers) -> T + Sync,
) -> Vec<Option<T>> {
    executor.execute(seeds.len(), watcher, |number| {
        let (result, buyers) = run_of_many(prepared, Run::of_seed(seeds[number]), number, watcher);
        keep(result, buyers)
    })
}

/// One run of many, with every metric and who has a ticket; its progress is told under its number.
pub fn run_of_many(
    prepared: &Prepared, run: Run, number: usize, watcher: &dyn Watcher,
) -> (RunResult, Buyers) {
    let mut watch = |progress: Progress, events: u64| {
        watcher.progress(number, progress, events);
        ControlFlow::Continue(())
    };
    match run_with_buyers(prepared, run, &mut watch) {
        Some(done) => done,
        None => unreachable!("nobody breaks a run of many off"),
    }
}

/// What many runs of one scenario leave behind. Lists of values have one entry a run, in the order of `runs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replications {
    /// Always `onsale.replications/1`.
    pub schema: String,
    /// The version of the engine that ran them.
    pub engine: String,
    /// What the scenario is called. Absent from the `result.json` of a report folder, as in the result of one run.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The admission policy.
    pub policy: String,
    /// The runs.
    pub runs: Vec<RunOfMany>,
    /// Persons in the scenario.
    pub persons: u64,
    /// Seats on sale.
    pub seats: u64,
    /// The cohorts, in the order of the scenario.
    pub cohorts: Vec<CohortInfo>,
    /// What the scenario said each run must show, line by line.
    pub expectations: Vec<ExpectedOfMany>,
    /// Every metric, over all persons and over each cohort or station where that makes sense.
    pub metrics: Vec<Replicated>,
    /// The scenario with every default filled in.
    pub scenario: Scenario,
    /// The other files of the report folder with their hashes.
    pub files: Vec<FileHash>,
    /// The hash of everything else in this document: it was not damaged or edited by hand. Absent where these runs are a
    /// part of another document.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub blake3: String,
}

/// One run of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunOfMany {
    /// Its seed, in decimal.
    pub seed: String,
    /// The fingerprint over all facts, 32 hexadecimal digits.
    pub fingerprint: String,
    /// How many events the engine handled.
    pub events: u64,
}

/// One metric over many runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replicated {
    /// The metric's dotted name.
    pub name: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// In how many runs it is defined; mean, spread and interval are over these.
    pub defined: u64,
    /// The mean; null where it is defined in no run.
    #[serde(serialize_with = "number_or_null")]
    pub mean: Option<f64>,
    /// The standard deviation between runs; null with fewer than two.
    #[serde(serialize_with = "number_or_null")]
    pub sd: Option<f64>,
    /// Half the width of the 95 % Student-t interval around the mean; null with fewer than two.
    #[serde(serialize_with = "number_or_null")]
    pub half_width: Option<f64>,
    /// The value in each run; null where it is undefined.
    #[serde(serialize_with = "numbers_or_null")]
    pub values: Vec<Option<f64>>,
    /// Over how many persons, pairs or requests each was computed, where that says something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub n: Vec<u64>,
}

/// One line of what each run must show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedOfMany {
    /// The line, in its canonical form.
    pub line: String,
    /// What happens if it is missed.
    pub if_missed: IfMissed,
    /// The unit of values and margins: that of the metric.
    pub unit: String,
    /// The value in each run; null where it is undefined or never came.
    #[serde(serialize_with = "numbers_or_null")]
    pub values: Vec<Option<f64>>,
    /// The signed distance from the limit in each run, 0 or more where it is met.
    #[serde(serialize_with = "numbers_or_null")]
    pub margins: Vec<Option<f64>>,
    /// What came of it in each run.
    pub verdicts: Vec<ExpectationVerdict>,
    /// Why it proves nothing, in the first run in which it does; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves_nothing: Option<String>,
}

impl ExpectedOfMany {
    /// How many runs came to this verdict.
    pub fn count(&self, verdict: ExpectationVerdict) -> usize {
        self.verdicts.iter().filter(|other| **other == verdict).count()
    }

    /// It is missed in some run, and that is a failure.
    pub fn fails(&self) -> bool {
        self.if_missed == IfMissed::Fail && self.count(ExpectationVerdict::Missed) > 0
    }
}

/// What stays of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    run: RunOfMany,
    values: Vec<Value>,
    lines: Vec<Line>,
}

/// One line of `expect` in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    text: String,
    if_missed: IfMissed,
    unit: String,
    value: Option<f64>,
    margin: Option<f64>,
    verdict: ExpectationVerdict,
    proves_nothing: Option<String>,
}

impl From<RunResult> for Row {
    fn from(result: RunResult) -> Row {
        let RunResult { seed, fingerprint, events, metrics, expectations, .. } = result;
        let lines = expectations.into_iter().map(Line::from).collect();
        Row { run: RunOfMany { seed, fingerprint, events }, values: metrics, lines }
    }
}

impl From<Expectation> for Line {
    fn from(line: Expectation) -> Line {
        let Expectation { line, if_missed, unit, value, margin, verdict, proves_nothing, .. } = line;
        Line { text: line, if_missed, unit, value, margin, verdict, proves_nothing }
    }
}

impl Row {
    /// It is of the same figures and lines as another.
    pub fn is_like(&self, other: &Row) -> bool {
        let figures = |row: &'_ Row| -> Vec<_> {
            let of = |value: &Value| (value.name.clone(), value.cohort.clone(), value.station.clone());
            row.values.iter().map(of).collect()
        };
        let lines = |row: &Row| row.lines.iter().map(|line| line.text.clone()).collect::<Vec<String>>();
        figures(self) == figures(other) && lines(self) == lines(other)
    }

    /// Which seed it had, in decimal.
    pub fn seed(&self) -> &str {
        &self.run.seed
    }
}

impl Replications {
    /// Brings runs of one scenario together, in this order.
    ///
    /// # Panics
    /// If there is none, or they are not of one scenario.
    pub fn of(prepared: &Prepared, rows: Vec<Row>) -> Replications {
        let roster = &prepared.plan().roster;
        let empty = Replications {
            schema: SCHEMA.to_owned(),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            name: prepared.name().to_owned(),
            policy: prepared.scenario().policy_name().to_owned(),
            persons: u64::from(roster.persons),
            seats: u64::from(roster.seats),
            cohorts: roster.cohorts.iter().map(CohortInfo::from).collect(),
            expectations: Vec::new(),
            metrics: Vec::new(),
            runs: Vec::new(),
            scenario: prepared.scenario().clone(),
            files: Vec::new(),
            blake3: String::new(),
        };
        empty.with_rows(rows)
    }

    /// The same sale with these runs of it and no others.
    ///
    /// # Panics
    /// As [`Replications::of`].
    pub(super) fn with_rows(self, rows: Vec<Row>) -> Replications {
        let first = rows.first().expect("a run at least");
        let metrics = (0..first.values.len()).map(|index| replicated(&rows, index)).collect();
        let expectations = (0..first.lines.len()).map(|index| expected(&rows, index)).collect();
        let runs = rows.into_iter().map(|row| row.run).collect();
        Replications { expectations, metrics, runs, files: Vec::new(), blake3: String::new(), ..self }
    }

    /// The runs apart again, to go on from.
    pub fn rows(&self) -> Vec<Row> {
        (0..self.runs.len()).map(|index| self.row(index)).collect()
    }

    fn row(&self, index: usize) -> Row {
        let value = |metric: &Replicated| Value {
            name: metric.name.clone(),
            cohort: metric.cohort.clone(),
            station: metric.station.clone(),
            value: metric.values[index],
            n: metric.n.get(index).copied(),
        };
        let line = |line: &ExpectedOfMany| Line {
            text: line.line.clone(),
            if_missed: line.if_missed,
            unit: line.unit.clone(),
            value: line.values[index],
            margin: line.margins[index],
            verdict: line.verdicts[index],
            proves_nothing: line.proves_nothing.clone(),
        };
        Row {
            run: self.runs[index].clone(),
            values: self.metrics.iter().map(value).collect(),
            lines: self.expectations.iter().map(line).collect(),
        }
    }

    /// One metric over all persons, one cohort or one station.
    pub fn metric(&self, name: &str, cohort: Option<&str>, station: Option<&str>) -> Option<&Replicated> {
        let is = |metric: &&Replicated| {
            metric.name == name && metric.cohort.as_deref() == cohort && metric.station.as_deref() == station
        };
        self.metrics.iter().find(is)
    }

    /// The mean of a metric over all persons.
    pub fn mean(&self, name: &str) -> Option<f64> {
        self.metric(name, None, None)?.mean
    }

    /// As it is saved: JSON, ending with a line break.
    ///
    /// # Panics
    /// Never: every part of it has a JSON form.
    pub fn to_json(&self) -> String {
        saved(self)
    }
}

fn replicated(rows: &[Row], index: usize) -> Replicated {
    let Value { name, cohort, station, .. } = rows[0].values[index].clone();
    let of_run = |row: &Row| {
        let value = &row.values[index];
        let same = value.name == name && value.cohort == cohort && value.station == station;
        assert!(same, "the runs are of one scenario");
        value.clone()
    };
    let values: Vec<Value> = rows.iter().map(of_run).collect();
    let n: Option<Vec<u64>> = values.iter().map(|value| value.n).collect();
    let values: Vec<Option<f64>> = values.into_iter().map(|value| value.value).collect();
    Replicated::of(name, cohort, station, values, n.unwrap_or_default())
}

impl Replicated {
    fn of(
        name: String, cohort: Option<String>, station: Option<String>, values: Vec<Option<f64>>, n: Vec<u64>,
    ) -> Replicated {
        let summary = Summary::of(values.iter().copied());
        let half_width = summary.half_width(CONFIDENCE);
        let Summary { n: defined, mean, sd, .. } = summary;
        Replicated { name, cohort, station, defined, mean, sd, half_width, values, n }
    }
}

fn expected(rows: &[Row], index: usize) -> ExpectedOfMany {
    let lines: Vec<&Line> = rows.iter().map(|row| &row.lines[index]).collect();
    let Line { text: line, if_missed, unit, .. } = lines[0].clone();
    ExpectedOfMany {
        line,
        if_missed,
        unit,
        values: lines.iter().map(|line| line.value).collect(),
        margins: lines.iter().map(|line| line.margin).collect(),
        verdicts: lines.iter().map(|line| line.verdict).collect(),
        proves_nothing: lines.iter().find_map(|line| line.proves_nothing.clone()),
    }
}

/// Writes a list of numbers, null for what is undefined.
pub(super) fn numbers_or_null<S: Serializer>(
    values: &[Option<f64>], serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct OrNull(#[serde(serialize_with = "number_or_null")] Option<f64>);
    serializer.collect_seq(values.iter().copied().map(OrNull))
}
