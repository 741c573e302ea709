//! Every metric as it was and as it is, over the same first seeds: for the reader, without a verdict.

use super::baseline::Baseline;
use crate::experiment::replicate::{Replicated, Replications};
use crate::experiment::stats::Summary;
use crate::experiment::stats::gate::Look;
use crate::metrics::number_or_null;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Figures are means over so many runs at most, the first ones: those that every check has.
pub(super) const FIRST_SEEDS: usize = Look::First.seeds();

/// One metric as it was and as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The metric's dotted name.
    pub metric: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// The mean over the first seeds in the baseline; null where it was undefined.
    #[serde(serialize_with = "number_or_null")]
    pub baseline: Option<f64>,
    /// The mean now; null where it is undefined.
    #[serde(serialize_with = "number_or_null")]
    pub now: Option<f64>,
}

impl Figure {
    /// Now minus then; `None` where either is undefined.
    pub fn delta(&self) -> Option<f64> {
        Some(self.now? - self.baseline?)
    }

    /// It is not what it was.
    pub fn has_changed(&self) -> bool {
        self.now != self.baseline
    }
}

/// Every metric that both have, in the order of the runs; none where there are fewer runs than the means are over.
pub(super) fn figures(now: &Replications, baseline: &Baseline) -> Vec<Figure> {
    let seeds = baseline.runs.len().min(FIRST_SEEDS);
    if now.runs.len() < seeds {
        return Vec::new();
    }
    let mean_now = |metric: &Replicated| Summary::of(metric.values.iter().copied().take(seeds)).mean;
    let means: Vec<_> = baseline.first_means().collect();
    let figure = |metric: &Replicated| {
        let same = |(name, cohort, station, _): &&(&str, Option<&str>, Option<&str>, _)| {
            metric.name == *name
                && metric.cohort.as_deref() == *cohort
                && metric.station.as_deref() == *station
        };
        let (.., then) = means.iter().find(same)?;
        Some(Figure {
            metric: metric.name.clone(),
            cohort: metric.cohort.clone(),
            station: metric.station.clone(),
            baseline: *then,
            now: mean_now(metric),
        })
    };
    now.metrics.iter().filter_map(figure).collect()
}

/// What changes where one baseline takes the place of another: every metric that both have.
pub fn between(then: &Baseline, now: &Baseline) -> Vec<Figure> {
    let old: Vec<_> = then.first_means().collect();
    let figure = |(name, cohort, station, mean): (&str, Option<&str>, Option<&str>, Option<f64>)| {
        let (.., then) = old.iter().find(|(n, c, s, _)| *n == name && *c == cohort && *s == station)?;
        Some(Figure {
            metric: name.to_owned(),
            cohort: cohort.map(str::to_owned),
            station: station.map(str::to_owned),
            baseline: *then,
            now: mean,
        })
    };
    now.first_means().filter_map(figure).collect()
}
