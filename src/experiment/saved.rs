//! Reading back what `onsale run --seeds` has saved. A document may have been cut short, edited by hand or made to harm:
//! whatever is not exactly what runs of this version leave is refused, so that nothing behind it needs to doubt it.

use super::check::Refused;
use super::replicate::{Replications, SCHEMA};
use crate::scenario::{Severity, check};
use std::collections::BTreeSet;

/// Largest magnitude of a value: metrics are counts, seconds and ratios, and squares of sums of them must be finite.
const VALUE_MAX: f64 = 1e18;

impl Replications {
    /// Reads a document that [`Replications::sealed`] was written of.
    ///
    /// # Errors
    /// Why it is none, is of another version, or was damaged.
    pub fn from_json(text: &str) -> Result<Replications, Refused> {
        let refused = |problem: String| Refused {
            problem,
            remedy: "write it anew with `onsale run --seeds`, or take the file back from where it was kept"
                .to_owned(),
        };
        let damaged = |what: &str| refused(format!("it is damaged: {what}"));
        let document: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| damaged(&format!("line {} is not JSON", error.line())))?;
        let of = |key: &str| document.get(key).and_then(|value| value.as_str());
        let (schema, engine) = (of("schema"), of("engine"));
        match (schema, engine) {
            (Some(SCHEMA), Some(env!("CARGO_PKG_VERSION"))) => {}
            (Some(SCHEMA), Some(other)) => {
                return Err(refused(format!("it was written by onsale {}", shown(other))));
            }
            (Some(other), _) if other.starts_with("onsale.") => {
                return Err(refused(format!("it is {}, and not {SCHEMA}", shown(other))));
            }
            _ => return Err(refused("it holds no runs of onsale".to_owned())),
        }
        let runs: Replications =
            serde_json::from_value(document).map_err(|error| damaged(&shown(&error.to_string())))?;
        if runs.blake3 != runs.own_hash() {
            return Err(damaged("its hash is not its own, or it was edited by hand"));
        }
        runs.is_whole().map_err(damaged)?;
        Ok(runs)
    }

    /// The document with its own hash in it: as it is saved.
    #[must_use]
    pub fn sealed(self) -> Replications {
        let blake3 = self.own_hash();
        Replications { blake3, ..self }
    }

    fn own_hash(&self) -> String {
        let without = Replications { blake3: String::new(), ..self.clone() };
        blake3::hash(without.to_json().as_bytes()).to_hex()[..32].to_owned()
    }

    /// Whether every part of it fits the others.
    fn is_whole(&self) -> Result<(), &'static str> {
        let runs = self.runs.len();
        let seeds: BTreeSet<u64> = self.runs.iter().filter_map(|run| run.seed.parse().ok()).collect();
        if runs == 0 || seeds.len() != runs {
            return Err("each run needs a seed of its own");
        }
        let is_value = |value: &Option<f64>| value.is_none_or(|value| value.abs() <= VALUE_MAX);
        let of_runs = |values: &[Option<f64>]| values.len() == runs && values.iter().all(is_value);
        let metrics = self
            .metrics
            .iter()
            .all(|metric| of_runs(&metric.values) && (metric.n.is_empty() || metric.n.len() == runs));
        let lines = self
            .expectations
            .iter()
            .all(|line| of_runs(&line.values) && of_runs(&line.margins) && line.verdicts.len() == runs);
        if !metrics || !lines {
            return Err("a list of values has not one for each run");
        }
        if check(&self.scenario).iter().any(|problem| problem.severity == Severity::Error) {
            return Err("its scenario cannot run");
        }
        let crowd = self.scenario.crowd.iter().map(|cohort| (cohort.name.as_str(), u64::from(cohort.count)));
        let cohorts = self.cohorts.iter().map(|cohort| (cohort.name.as_str(), cohort.persons));
        let persons: u64 = self.scenario.crowd.iter().map(|cohort| u64::from(cohort.count)).sum();
        let seats: u64 = self.scenario.inventory.bands.iter().map(|band| u64::from(band.seats)).sum();
        if !crowd.eq(cohorts) || (persons, seats) != (self.persons, self.seats) {
            return Err("its crowd or its stock is not that of its scenario");
        }
        // Means, spreads and counts follow from the values.
        let Replications { metrics, expectations, .. } = self.clone().with_rows(self.rows());
        if metrics != self.metrics || expectations != self.expectations {
            return Err("a mean does not follow from its values");
        }
        Ok(())
    }
}

/// What a document says, fit to stand in a message.
fn shown(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect()
}
