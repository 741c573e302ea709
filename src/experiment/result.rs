//! The saved result of one run: versioned, the same bytes on every machine. It holds no clock, host, path or
//! duration; those go to `run-info.json` beside it. Simulation and presentation meet only here.

use crate::metrics::Metrics;
pub use crate::metrics::{Buyers, Definition, RequestCount, Series, Timeline, Value};
use crate::metrics::{Worst, WorstKind, number_or_null, numbers};
use crate::protocol::{CohortEntry, Roster};
use crate::scenario::Scenario;
pub use crate::scenario::expect::IfMissed;
pub use crate::scenario::{faults, operator};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format of [`RunResult`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.result/1";

/// Everything one run leaves behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Always `onsale.result/1`.
    pub schema: String,
    /// The version of the engine that ran it.
    pub engine: String,
    /// What the scenario is called. Absent from the `result.json` of a report folder, which depends on nothing but
    /// scenario, seed and version: there the name is that of a file, and stands in `run-info.json`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The seed of the run, in decimal (a string: JSON readers damage numbers above 2^53).
    pub seed: String,
    /// The number of the run under this seed, in decimal.
    pub run: String,
    /// The fingerprint over all facts, 32 hexadecimal digits.
    pub fingerprint: String,
    /// How many events the engine handled.
    pub events: u64,
    /// The instants of the sale.
    pub clock: Clock,
    /// Who took part.
    pub cast: Cast,
    /// What the scenario said this run must show, line by line, and whether it did. Empty where it said nothing.
    pub expectations: Vec<Expectation>,
    /// Every metric, over all persons and over each cohort or station where that makes sense.
    pub metrics: Vec<Value>,
    /// Requests by kind, outcome and emitter.
    pub requests: Vec<RequestCount>,
    /// Quantities over simulated time.
    pub timeline: Timeline,
    /// What happened to the sale as a whole, in order of time: opening and close, what the operator did, which faults
    /// began and ended.
    pub log: Vec<LogEntry>,
    /// The persons whose evening tells most, at most one of each kind: `onsale explain` tells it.
    #[serde(default)]
    pub worst: Vec<WorstCase>,
    /// The scenario with every default filled in.
    pub scenario: Scenario,
    /// The other files of the report folder with their hashes, so that a folder is whole or recognisably not.
    pub files: Vec<FileHash>,
}

/// The instants of the sale, in microseconds since time 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The sale opened (T0).
    pub opens_at_us: u64,
    /// No new turns from then on.
    pub closes_at_us: u64,
    /// Nobody started a request from then on.
    pub horizon_us: u64,
    /// The last event was handled then.
    pub ended_at_us: u64,
}

/// One thing that happened to the sale as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// When, in microseconds since time 0.
    pub at_us: u64,
    /// What, in words.
    pub what: String,
}

/// One person who is the worst case of something. Of several, the one with the lowest number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorstCase {
    /// Of what.
    pub kind: WorstOf,
    /// The number of the person, from 0.
    pub client: u64,
    /// Their cohort.
    pub cohort: String,
    /// When what is measured begins, in microseconds since time 0: with the decision; with the click or the opening,
    /// whichever was later, for `wait` and `unfair`.
    pub since_us: u64,
    /// How long it lasts, in seconds: until the end of their waiting, or until the turn was told for `wait`.
    pub seconds: f64,
    /// How many joined later, asked for the same and bought; absent but for `unfair`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_by: Option<u64>,
}

/// What somebody is the worst case of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorstOf {
    /// Refused in silence, the longest from the decision to the end of their waiting.
    Silent,
    /// Bought and never told, the longest likewise.
    Ghost,
    /// Refused for lack of stock although they joined first of all losers and most winners joined later.
    Unfair,
    /// The longest wait for a turn among those who bought; where nobody bought, among those who were told a turn.
    Wait,
}

impl WorstOf {
    /// The name used in results and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            WorstOf::Silent => "silent",
            WorstOf::Ghost => "ghost",
            WorstOf::Unfair => "unfair",
            WorstOf::Wait => "wait",
        }
    }
}

impl WorstCase {
    pub(super) fn of(worst: &Worst, roster: &Roster) -> WorstCase {
        WorstCase {
            kind: match worst.kind {
                WorstKind::Silent => WorstOf::Silent,
                WorstKind::Ghost => WorstOf::Ghost,
                WorstKind::Unfair => WorstOf::Unfair,
                WorstKind::Wait => WorstOf::Wait,
            },
            client: u64::from(worst.person.0),
            cohort: roster.cohorts[worst.cohort.index()].name.clone(),
            since_us: worst.since.as_us(),
            seconds: worst.until.saturating_since(worst.since).as_us() as f64 / 1e6,
            passed_by: (worst.kind == WorstKind::Unfair).then_some(worst.passed_by),
        }
    }
}

/// Who took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Persons in the scenario.
    pub persons: u64,
    /// Their sessions.
    pub sessions: u64,
    /// Seats on sale.
    pub seats: u64,
    /// The cohorts, in the order of the scenario.
    pub cohorts: Vec<CohortInfo>,
    /// The stations: name and number of servers.
    pub stations: Vec<StationInfo>,
    /// There is a line.
    pub has_line: bool,
    /// How many are let in each minute at most; null without such a budget.
    pub new_per_minute: Option<u64>,
    /// The admission policy.
    pub policy: String,
}

/// One cohort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortInfo {
    /// Its name.
    pub name: String,
    /// Its persons.
    pub persons: u64,
    /// Fairness compares it with the others.
    pub compare: bool,
    /// The others are measured against it.
    pub reference: bool,
}

impl From<&CohortEntry> for CohortInfo {
    fn from(cohort: &CohortEntry) -> CohortInfo {
        CohortInfo {
            name: cohort.name.clone(),
            persons: cohort.persons.len() as u64,
            compare: cohort.compare,
            reference: cohort.reference,
        }
    }
}

/// One station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationInfo {
    /// Its name.
    pub name: String,
    /// How many it serves at a time.
    pub servers: u64,
}

/// One line of what a run must show, held against what it showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The line, in its canonical form: one space between its parts, numbers without separators.
    pub line: String,
    /// What happens if it is missed.
    pub if_missed: IfMissed,
    /// The metric that it is about.
    pub metric: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// As it was so many microseconds after the opening, that instant included; absent: at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_opening_us: Option<u64>,
    /// The unit of value, limits and margin: that of the metric.
    pub unit: String,
    /// The value; null where it is undefined, and where an instant never came, which is later than any limit.
    #[serde(serialize_with = "number_or_null")]
    pub value: Option<f64>,
    /// Over how many persons, pairs or requests it was computed at the end, where that says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
    /// How the value is compared: `==`, `!=`, `<`, `<=`, `>`, `>=`, or `in` a range with both ends included.
    pub comparison: String,
    /// The limit, or the two ends of the range.
    #[serde(serialize_with = "numbers")]
    pub limits: Vec<f64>,
    /// The signed distance from the value to the nearest limit: 0 or more where the line is met, 0 or less where it
    /// is not; null where the value is undefined or never came.
    #[serde(serialize_with = "number_or_null")]
    pub margin: Option<f64>,
    /// What came of it.
    pub verdict: ExpectationVerdict,
    /// Why a vacuous line proves nothing; absent for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proves_nothing: Option<String>,
}

/// What came of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExpectationVerdict {
    /// The run showed it.
    Met,
    /// The run did not show it.
    Missed,
    /// It proves nothing: its value is undefined, or what it rules out could not have happened.
    Vacuous,
}

impl Expectation {
    /// It is missed, and a run fails for it.
    pub fn fails(&self) -> bool {
        self.verdict == ExpectationVerdict::Missed && self.if_missed == IfMissed::Fail
    }
}

/// One file of the report folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileHash {
    /// Its path inside the folder.
    pub path: String,
    /// The BLAKE3 hash of its bytes, in hexadecimal. Absent for a page that quotes the command that made it: its hash
    /// stands in `run-info.json`, so that this document is the same wherever it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

/// A document as it is saved: pretty JSON, ending with a line break.
pub(super) fn saved(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).expect("no document has a map with odd keys") + "\n"
}

impl RunResult {
    /// The result as it is saved: pretty JSON, ending with a line break.
    ///
    /// # Panics
    /// Never: every part of a result has a JSON form.
    pub fn to_json(&self) -> String {
        saved(self)
    }

    /// The value of a metric over all persons; `None` if there is no such metric or it is undefined.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.metrics
            .iter()
            .find(|m| m.name == name && m.cohort.is_none() && m.station.is_none())
            .and_then(|m| m.value)
    }

    /// The value of a metric over one cohort.
    pub fn of_cohort(&self, name: &str, cohort: &str) -> Option<f64> {
        self.metrics
            .iter()
            .find(|m| m.name == name && m.cohort.as_deref() == Some(cohort))
            .and_then(|m| m.value)
    }

    /// The value of a metric at one station.
    pub fn of_station(&self, name: &str, station: &str) -> Option<f64> {
        self.metrics
            .iter()
            .find(|m| m.name == name && m.station.as_deref() == Some(station))
            .and_then(|m| m.value)
    }

    /// The worst case of this kind, if there is one.
    pub fn worst(&self, of: WorstOf) -> Option<&WorstCase> {
        self.worst.iter().find(|case| case.kind == of)
    }

    /// A quantity over time, over all persons.
    pub fn series(&self, name: &str) -> Option<&Series> {
        self.timeline.series.iter().find(|s| s.name == name && s.cohort.is_none() && s.station.is_none())
    }
}

/// What a metric is called, counts and means, if there is one of this name.
pub fn definition(metric: &str) -> Option<&'static Definition> {
    Metrics::definition(metric)
}
