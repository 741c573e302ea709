//! How much worse than its baseline a sale may become before `onsale check` fails.

use super::expect::IfMissed;
use crate::metrics::names;
use crate::quantity::Positive;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `onsale check` holds a sale to, beside its `expect` lines, where there is a baseline; nothing here has an effect
/// on a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Check {
    /// How much worse a metric may become. Beside those named here there are margins by default (assumptions: what
    /// people would notice): 0.02 for `fairness.success.difference` of each compared cohort, 0.005 for
    /// `fairness.tau.winners.intent_turn`, 0.01 for `fairness.envy`, 0.001 for `silent.failure_rate`, and 2 % of
    /// `wait.winners.p95`. One named here replaces its default. Default: none.
    pub margins: Vec<Margin>,
    /// What happens if all reserve seeds cannot tell whether a metric has become worse by more than its margin.
    /// Default: "fail".
    pub on_inconclusive: IfMissed,
    /// What happens if the same scenario, seed and version no longer give the same bytes. Default: "fail".
    pub on_difference: IfMissed,
}

impl Default for Check {
    fn default() -> Check {
        Check { margins: Vec::new(), on_inconclusive: IfMissed::Fail, on_difference: IfMissed::Fail }
    }
}

/// How much worse a metric may become: on average over the seeds, in the direction in which it gets worse. For differences
/// between groups (`fairness.success.difference`, `.log_ratio`) that is away from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Margin {
    /// The metric's dotted name; one of which it can be said what is worse.
    pub metric: String,
    /// Only over this cohort. Default: null, over all persons; of what is given for each cohort only, over each compared
    /// cohort but the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// So much in the unit of the metric, more than 0. Either this or `relative`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absolute: Option<Positive<f64>>,
    /// So large a share of the baseline's mean, more than 0: 0.02 is 2 %.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative: Option<Positive<f64>>,
}

/// The margins of a scenario that names none: metric, and an absolute or a relative margin.
pub const DEFAULTS: [(&str, Option<f64>, Option<f64>); 5] = [
    (names::FAIRNESS_SUCCESS_DIFFERENCE, Some(0.02), None),
    (names::FAIRNESS_TAU_WINNERS_INTENT_TURN, Some(0.005), None),
    (names::FAIRNESS_ENVY, Some(0.01), None),
    (names::SILENT_FAILURE_RATE, Some(0.001), None),
    (names::WAIT_WINNERS_P95, None, Some(0.02)),
];

/// Metrics that say how far two groups are apart, with a sign that says which way: worse is away from 0.
pub const DIFFERENCES: [&str; 2] = [names::FAIRNESS_SUCCESS_DIFFERENCE, names::FAIRNESS_SUCCESS_LOG_RATIO];
