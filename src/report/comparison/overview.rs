//! All variants side by side, a row each: what a comparison of many begins with, where a table a pair would hide the
//! whole.

use super::{MANY, named};
use crate::experiment::compare::{Comparison, Variant};
use crate::metrics::names;
use crate::report::formatting::{or_nothing, rounded};
use crate::report::replications::value_of;
use crate::report::tables::{PageTable, number_table, plain_row};

/// The figures that have a column, and its head.
const COLUMNS: [(&str, &str); 7] = [
    (names::SALE_SOLD, "sold"),
    (names::FAIRNESS_ENVY, "envy"),
    (names::FAIRNESS_TAU_WINNERS_INTENT_TURN, "order"),
    (names::WAIT_WINNERS_P50, "wait"),
    (names::SILENT_FAILURE_RATE, "never told"),
    (names::LOAD_REQUESTS_PER_TICKET, "requests"),
    (names::REFUSALS_503, "503"),
];

/// So many cohorts have a column each.
const COHORTS: usize = 6;

/// A table with a row for each variant.
pub(super) struct Overview {
    /// The heads of the columns, that of the variants' names first.
    pub heads: Vec<String>,
    /// The rows: what the variant is called, and its figures.
    pub rows: Vec<(String, Vec<String>)>,
    /// What the columns are.
    pub legend: String,
}

/// All variants side by side, what they come to and who wins under them; nothing where there are so few that each pair has
/// its table at once.
pub(super) fn overview(comparison: &Comparison) -> Vec<Overview> {
    if comparison.variants.len() < MANY {
        return Vec::new();
    }
    [Some(figures(comparison)), success(comparison)].into_iter().flatten().collect()
}

fn figures(comparison: &Comparison) -> Overview {
    let row = |variant: &Variant| {
        let figures = COLUMNS.iter().map(|(metric, _)| value_of(metric, variant.runs.mean(metric)));
        let jain = variant.place.and_then(|place| place.ex_ante_jain);
        let chances = or_nothing(jain, |jain| format!("{:.2}", rounded(jain, 2)));
        (named(&variant.label), figures.chain([chances]).collect())
    };
    let legend = "Means over the runs. Envy 0: seniority is kept. Order: Kendall's tau between coming and turns, 1 where it is \
                  kept. Wait: the winners' median. Requests: for each ticket. 503: requests refused as too many. Chances: \
                  ex-ante Jain, 1 where they are equal.";
    let heads = ["variant"].into_iter().chain(COLUMNS.map(|(_, head)| head)).chain(["chances"]);
    Overview {
        heads: heads.map(str::to_owned).collect(),
        rows: comparison.variants.iter().map(row).collect(),
        legend: legend.to_owned(),
    }
}

/// Who wins; `None` where there is one cohort only.
fn success(comparison: &Comparison) -> Option<Overview> {
    let cohorts = &comparison.variants[0].runs.cohorts;
    if cohorts.len() < 2 {
        return None;
    }
    let names = || cohorts.iter().take(COHORTS).map(|cohort| cohort.name.as_str());
    let row = |variant: &Variant| {
        let of =
            |name| variant.runs.metric(names::FAIRNESS_SUCCESS, Some(name), None).and_then(|one| one.mean);
        let cells = names().map(|name| value_of(names::FAIRNESS_SUCCESS, of(name))).collect();
        (named(&variant.label), cells)
    };
    let mut legend =
        "The share of each cohort that got a ticket. What these seeds can prove of it stands with each pair."
            .to_owned();
    if cohorts.len() > COHORTS {
        legend.push_str(&format!(" {} more cohorts: see there.", cohorts.len() - COHORTS));
    }
    let heads = ["got a ticket"].into_iter().chain(names()).map(str::to_owned).collect();
    Some(Overview { heads, rows: comparison.variants.iter().map(row).collect(), legend })
}

impl Overview {
    /// The same as a table of the page.
    pub fn table(&self) -> PageTable {
        let rows = self.rows.iter().map(|(name, cells)| plain_row(name, cells.clone()));
        let heads: Vec<&str> = self.heads.iter().map(String::as_str).collect();
        number_table(&self.legend, &heads, rows.collect())
    }
}
