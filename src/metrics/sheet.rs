//! What the metrics of one run say, in the form in which it is saved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

/// One value of one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Value {
    /// The metric's dotted name.
    pub name: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// The value in the metric's unit; null where it is undefined.
    #[serde(serialize_with = "number_or_null")]
    pub value: Option<f64>,
    /// Over how many persons, pairs or requests it was computed, where that says something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
}

/// One row of the table of requests: how many were answered so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestCount {
    /// What was asked.
    pub kind: String,
    /// What became of it: the name of a reply, or `lost_up`, `connection_closed`, `aborted` or `unanswered`.
    pub outcome: String,
    /// The HTTP status; absent where no reply left a gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Who made the reply; absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitter: Option<String>,
    /// How many.
    pub count: u64,
}

/// Quantities over simulated time, all in the same windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// Where the first window begins, in microseconds since time 0.
    pub start_us: u64,
    /// How long each window is, in microseconds.
    pub window_us: u64,
    /// The quantities.
    pub series: Vec<Series>,
}

/// One quantity over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Its dotted name.
    pub name: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// The unit of its values.
    pub unit: String,
    /// One value a window: a count within it, or a level at its end.
    #[serde(serialize_with = "numbers")]
    pub values: Vec<f64>,
}

/// Everything that the metrics of one run say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricSheet {
    /// The values, in the order in which the registry names them.
    pub values: Vec<Value>,
    /// Requests by kind, outcome and emitter.
    pub requests: Vec<RequestCount>,
    /// Quantities over time.
    pub timeline: Timeline,
    /// Counts as they were at an instant, one for each question of the roster, in their order.
    pub answers: Vec<u64>,
}

/// Integral values are written without a fraction; both forms read back to the same number.
#[derive(Clone, Copy)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// Writes a value that may be undefined, an integral one without a fraction.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(crate) fn number_or_null<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(Number).serialize(serializer)
}

/// Writes values, integral ones without a fraction.
pub(crate) fn numbers<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().copied().map(Number))
}
