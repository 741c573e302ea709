//! What families record their values with.

use super::{MetricSheet, Metrics, Value};
use crate::protocol::{Possibility, Roster};
use std::collections::BTreeMap;

/// Records the values of one run.
pub(super) struct Recorder<'a> {
    /// Who took part.
    pub roster: &'a Roster,
    /// What has been recorded so far.
    pub sheet: MetricSheet,
}

/// One value just recorded.
pub(super) struct Recorded<'a> {
    roster: &'a Roster,
    value: &'a mut Value,
}

impl<'a> Recorder<'a> {
    /// Nothing recorded yet.
    pub fn new(roster: &'a Roster) -> Recorder<'a> {
        Recorder { roster, sheet: MetricSheet::default() }
    }

    /// Records a value, over all persons; `None` where it is undefined.
    pub fn put(&mut self, name: &str, value: impl Into<Option<f64>>) -> Recorded<'_> {
        let value = value.into();
        assert!(value.is_none_or(f64::is_finite), "{name} is {value:?}: an undefined value is null");
        self.sheet.values.push(Value { name: name.to_owned(), cohort: None, station: None, value, n: None });
        let value = self.sheet.values.last_mut().expect("it was just put there");
        Recorded { roster: self.roster, value }
    }

    /// Records a count.
    pub fn count(&mut self, name: &str, count: u64) -> Recorded<'_> {
        self.put(name, count as f64)
    }

    /// Records counts by cohort, and their sum, over the persons who came by cohort, where this is possible at all.
    pub fn count_by_cohort(&mut self, name: &str, counts: &[u64], came: &[u64], possibility: Possibility) {
        self.count(name, counts.iter().sum()).over_if(possibility, came.iter().sum());
        for (cohort, (count, came)) in counts.iter().zip(came).enumerate() {
            self.count(name, *count).over_if(possibility, *came).of_cohort(cohort);
        }
    }

    /// How often this could have happened: so often, where it is possible at all.
    pub fn chances(&self, possibility: Possibility, n: u64) -> u64 {
        chances(self.roster, possibility, n)
    }

    /// The values, in the order of the definitions (and of the cohorts and stations within).
    ///
    /// # Panics
    /// If a value has a name that nobody defined.
    pub fn into_sheet(self) -> MetricSheet {
        let order: BTreeMap<&str, usize> =
            Metrics::definitions().enumerate().map(|(place, definition)| (definition.name, place)).collect();
        let mut sheet = self.sheet;
        sheet.values.sort_by_cached_key(|value| match order.get(value.name.as_str()) {
            Some(place) => *place,
            None => panic!("nobody defined the metric {}", value.name),
        });
        sheet
    }
}

impl Recorded<'_> {
    /// It was computed over so many persons, pairs or requests.
    pub fn over(self, n: u64) -> Self {
        self.value.n = Some(n);
        self
    }

    /// It was computed over so many, where this is possible at all; else over none.
    pub fn over_if(self, possibility: Possibility, n: u64) -> Self {
        let n = chances(self.roster, possibility, n);
        self.over(n)
    }

    /// It is about this cohort alone (`None`: about all persons).
    pub fn of_cohort(self, cohort: impl Into<Option<usize>>) -> Self {
        self.value.cohort = cohort.into().map(|cohort| self.roster.cohorts[cohort].name.clone());
        self
    }

    /// It is about this station alone.
    pub fn at_station(self, station: usize) -> Self {
        self.value.station = Some(self.roster.stations[station].name.clone());
        self
    }
}

fn chances(roster: &Roster, possibility: Possibility, n: u64) -> u64 {
    if roster.possible.has(possibility) { n } else { 0 }
}

/// `part / whole`; undefined where the whole is nothing.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
