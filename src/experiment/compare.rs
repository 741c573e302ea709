//! Comparing in pairs: several variants of a sale - policies, settings, scenarios - under the same seeds, which give
//! each person the same luck under all of them (common random numbers). The first variant is what the others are held
//! against.
//!
//! The *family* of a comparison is the table that a reader sees: the figures of [`FAMILY`] over all persons, and success
//! and silence by cohort. Its p values are adjusted by Holm, so that one verdict in twenty comparisons of equals is
//! wrong and not one row in twenty. Every other metric is compared too, with its unadjusted interval, and no verdict.

use super::plane::Place;
use super::replicate::{CONFIDENCE, Replicated, Replications};
use super::result::{FileHash, definition, saved};
use super::stats::{Paired, holm};
use crate::metrics::names;
use crate::metrics::{Better, Buyers, number_or_null};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The format of [`Comparison`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.comparison/1";

/// A difference is one if its adjusted p is at most this.
const LEVEL: f64 = 1.0 - CONFIDENCE;

/// What a scenario is called in which nothing was changed.
pub const AS_WRITTEN: &str = "as written";

/// The figures that are compared over all persons.
pub const FAMILY: [&str; 11] = [
    names::SALE_SOLD,
    names::SALE_SOLD_OUT_AT,
    names::SILENT_FAILURE_RATE,
    names::SILENT_TABLE_GHOST_PURCHASE,
    names::FAIRNESS_ENVY,
    names::FAIRNESS_TAU_WINNERS_INTENT_TURN,
    names::WAIT_WINNERS_P50,
    names::WAIT_WINNERS_P95,
    names::LOAD_REQUESTS_PER_TICKET,
    names::TIMEOUTS_GATEWAY_504,
    names::TIMEOUTS_CLIENT,
];

/// The figures that are compared cohort by cohort.
pub const FAMILY_BY_COHORT: [&str; 2] = [names::FAIRNESS_SUCCESS, names::SILENT_FAILURE_RATE];

/// Is this one of the figures that a reader of a comparison sees?
pub(super) fn is_of_family(metric: &Replicated) -> bool {
    let Replicated { name, cohort, station, .. } = metric;
    let family: &[&str] = if cohort.is_some() { &FAMILY_BY_COHORT } else { &FAMILY };
    station.is_none() && family.contains(&name.as_str())
}

/// Several variants under the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Always `onsale.comparison/1`.
    pub schema: String,
    /// The version of the engine that ran them.
    pub engine: String,
    /// The seeds that all of them have, in decimal, in the order of the first.
    pub seeds: Vec<String>,
    /// What was compared; the first is what the others are held against.
    pub variants: Vec<Variant>,
    /// Every other variant against the first.
    pub against: Vec<Against>,
    /// The other files of the report folder with their hashes.
    pub files: Vec<FileHash>,
}

/// One variant with its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// What it is called here.
    pub label: String,
    /// Where it stands in the plane of envy and equal chances; absent where that was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Its runs under the seeds that all variants have.
    pub runs: Replications,
}

/// One variant against the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Against {
    /// The family first, in its order, then every other metric that both have.
    pub differences: Vec<Difference>,
    /// Who won under one and lost under the other, cohort by cohort; empty where the persons are not the same, or not
    /// known.
    pub flips: Vec<Flips>,
}

/// One metric under two variants, pair by pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The metric's dotted name.
    pub metric: String,
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Only at this station; absent: the whole system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// In how many runs both are defined.
    pub pairs: u64,
    /// In how many runs one is null, and the pair is dropped.
    pub dropped: u64,
    /// The mean under the first variant, over the pairs that count.
    #[serde(serialize_with = "number_or_null")]
    pub first: Option<f64>,
    /// The mean under the other.
    #[serde(serialize_with = "number_or_null")]
    pub other: Option<f64>,
    /// The mean difference, other minus first; null without a pair.
    #[serde(serialize_with = "number_or_null")]
    pub mean: Option<f64>,
    /// The standard deviation of the differences; null with fewer than two pairs.
    #[serde(serialize_with = "number_or_null")]
    pub sd: Option<f64>,
    /// Half the width of its 95 % Student-t interval, unadjusted; null with fewer than two pairs.
    #[serde(serialize_with = "number_or_null")]
    pub half_width: Option<f64>,
    /// The two-sided p value of "no difference", unadjusted; null with fewer than two pairs.
    #[serde(serialize_with = "number_or_null")]
    pub p: Option<f64>,
    /// The same adjusted by Holm over the family; null outside it.
    #[serde(serialize_with = "number_or_null")]
    pub p_adjusted: Option<f64>,
    /// What pairing was worth: so many times more runs without it would say as much; null where it cannot be said.
    #[serde(serialize_with = "number_or_null")]
    pub worth: Option<f64>,
    /// What can be said; null outside the family.
    pub verdict: Option<DifferenceVerdict>,
}

/// What can be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceVerdict {
    /// The other variant is better.
    Better,
    /// The other variant is worse.
    Worse,
    /// It is different, which is neither good nor bad by itself.
    Different,
    /// It is the same in every run.
    Same,
    /// These runs cannot tell them apart.
    CannotTell,
}

/// Who won under one variant and lost under the other, over all runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flips {
    /// Only over this cohort; absent: over all persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort: Option<String>,
    /// Persons times runs.
    pub persons: u64,
    /// Won under both.
    pub won_both: u64,
    /// Won under the first, lost under the other.
    pub won_to_lost: u64,
    /// Lost under the first, won under the other.
    pub lost_to_won: u64,
    /// Lost under both.
    pub lost_both: u64,
}

/// What is compared: runs, and who won in each of them, where that is known.
pub struct Candidate {
    /// What it is called.
    pub label: String,
    /// Its place in the plane, if that was asked for.
    pub place: Option<Place>,
    /// Its runs.
    pub runs: Replications,
    /// Who won, one entry a run; empty where it is not known.
    pub buyers: Vec<Buyers>,
}

impl Comparison {
    /// Compares every candidate with the first, over the seeds that all of them have.
    ///
    /// # Panics
    /// If there are fewer than two candidates, or no seed that all of them have.
    pub fn of(candidates: Vec<Candidate>) -> Comparison {
        assert!(candidates.len() >= 2, "there is something to compare with");
        let has = |candidate: &Candidate, seed: &str| candidate.runs.runs.iter().any(|run| run.seed == seed);
        let seeds: Vec<String> = candidates[0]
            .runs
            .runs
            .iter()
            .map(|run| run.seed.clone())
            .filter(|seed| candidates.iter().all(|candidate| has(candidate, seed)))
            .collect();
        assert!(!seeds.is_empty(), "all have a seed in common");
        let paired: Vec<Candidate> =
            candidates.into_iter().map(|candidate| candidate.under(&seeds)).collect();
        let against = paired[1..].iter().map(|other| Against::of(&paired[0], other)).collect();
        let variant = |Candidate { label, place, runs, .. }: Candidate| Variant { label, place, runs };
        Comparison {
            schema: SCHEMA.to_owned(),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            seeds,
            variants: paired.into_iter().map(variant).collect(),
            against,
            files: Vec::new(),
        }
    }

    /// As it is saved: JSON, ending with a line break.
    ///
    /// # Panics
    /// Never: every part of it has a JSON form.
    pub fn to_json(&self) -> String {
        saved(self)
    }
}

impl Candidate {
    /// The same under these seeds only, in this order.
    fn under(self, seeds: &[String]) -> Candidate {
        if self.runs.runs.iter().map(|run| &run.seed).eq(seeds) {
            return self;
        }
        let rows = self.runs.rows();
        let place_of = |seed: &String| rows.iter().position(|row| row.seed() == seed).expect("all have it");
        let places: Vec<usize> = seeds.iter().map(place_of).collect();
        let buyers = places.iter().filter_map(|place| self.buyers.get(*place).cloned()).collect();
        let rows = places.iter().map(|place| rows[*place].clone()).collect();
        let runs = self.runs.with_rows(rows);
        Candidate { runs, buyers, ..self }
    }
}

impl Against {
    fn of(first: &Candidate, other: &Candidate) -> Against {
        let (mut family, mut rest) = (Vec::new(), Vec::new());
        for metric in &first.runs.metrics {
            let Replicated { name, cohort, station, .. } = metric;
            let Some(twin) = other.runs.metric(name, cohort.as_deref(), station.as_deref()) else { continue };
            let difference = Difference::of(metric, twin);
            if is_of_family(metric) { family.push(difference) } else { rest.push(difference) }
        }
        let adjusted = holm(&family.iter().map(|difference| difference.p).collect::<Vec<Option<f64>>>());
        for (difference, p) in family.iter_mut().zip(adjusted) {
            difference.p_adjusted = p;
            difference.verdict = Some(difference.judged());
        }
        family.extend(rest);
        Against { differences: family, flips: flips(first, other) }
    }

    /// The table that a reader sees.
    pub fn family(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.verdict.is_some())
    }
}

impl Difference {
    fn of(first: &Replicated, other: &Replicated) -> Difference {
        let paired = Paired::of(&other.values, &first.values);
        let both = || other.values.iter().zip(&first.values).filter_map(|(other, first)| other.zip(*first));
        let mean_of =
            |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        Difference {
            metric: first.name.clone(),
            cohort: first.cohort.clone(),
            station: first.station.clone(),
            pairs: paired.difference.n,
            dropped: paired.difference.nulls,
            first: mean_of(both().map(|(_, first)| first).collect()),
            other: mean_of(both().map(|(other, _)| other).collect()),
            mean: paired.difference.mean,
            sd: paired.difference.sd,
            half_width: paired.difference.half_width(CONFIDENCE),
            p: paired.p(),
            p_adjusted: None,
            worth: paired.worth,
            verdict: None,
        }
    }

    fn judged(&self) -> DifferenceVerdict {
        let (Some(mean), Some(p)) = (self.mean, self.p_adjusted) else {
            return DifferenceVerdict::CannotTell;
        };
        if mean == 0.0 && self.sd == Some(0.0) {
            return DifferenceVerdict::Same;
        }
        if p > LEVEL {
            return DifferenceVerdict::CannotTell;
        }
        match definition(&self.metric).map_or(Better::Neither, |definition| definition.better) {
            Better::Neither => DifferenceVerdict::Different,
            Better::Higher if mean > 0.0 => DifferenceVerdict::Better,
            Better::Lower if mean < 0.0 => DifferenceVerdict::Better,
            Better::Higher | Better::Lower => DifferenceVerdict::Worse,
        }
    }

    /// These runs tell the variants apart here.
    pub fn is_told(&self) -> bool {
        matches!(
            self.verdict,
            Some(DifferenceVerdict::Better | DifferenceVerdict::Worse | DifferenceVerdict::Different)
        )
    }
}

/// The flips of each cohort and of all persons, where both know their winners and have the same cohorts.
fn flips(first: &Candidate, other: &Candidate) -> Vec<Flips> {
    let runs = first.runs.runs.len();
    let known = first.buyers.len() == runs && other.buyers.len() == runs;
    let crowd = |candidate: &Candidate| -> Vec<(String, u64)> {
        candidate.runs.cohorts.iter().map(|cohort| (cohort.name.clone(), cohort.persons)).collect()
    };
    if !known || crowd(first) != crowd(other) {
        return Vec::new();
    }
    let (mut rows, mut all, mut start) = (Vec::new(), Flips::default(), 0_u32);
    for (name, persons) in crowd(first) {
        let end = start + u32::try_from(persons).expect("persons have numbers of 32 bits");
        let mut row = Flips { cohort: Some(name), ..Flips::default() };
        for (before, after) in first.buyers.iter().zip(&other.buyers) {
            (start..end).for_each(|person| row.count(before.include(person), after.include(person)));
        }
        all.add(&row);
        rows.push(row);
        start = end;
    }
    rows.push(all);
    rows
}

impl Flips {
    fn count(&mut self, before: bool, after: bool) {
        self.persons += 1;
        match (before, after) {
            (true, true) => self.won_both += 1,
            (true, false) => self.won_to_lost += 1,
            (false, true) => self.lost_to_won += 1,
            (false, false) => self.lost_both += 1,
        }
    }

    fn add(&mut self, other: &Flips) {
        self.persons += other.persons;
        self.won_both += other.won_both;
        self.won_to_lost += other.won_to_lost;
        self.lost_to_won += other.lost_to_won;
        self.lost_both += other.lost_both;
    }
}
