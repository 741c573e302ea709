//! The tables of the page of a comparison.

use super::scenarios::differing;
use super::{difference_row, shown};
use crate::experiment::compare::{Against, Comparison, Difference, Flips};
use crate::experiment::result::definition;
use crate::metrics::names;
use crate::report::formatting::{count, counted};
use crate::report::replications::{name_of, value_of};
use crate::report::tables::{Cells, PageRow, PageTable, number_table, plain_row};
use serde_json::Value;

/// More seeds than this are left to `result.json`: a page is read by people.
const SEEDS: usize = 100;
/// The longest value that a table shows whole.
const LONGEST: usize = 160;

/// The family of one variant, with verdicts; of at most so many cohorts.
pub(super) fn family(comparison: &Comparison, other: &str, against: &Against, cohorts: usize) -> PageTable {
    let first = comparison.variants[0].label.as_str();
    let (shown, hidden) = shown(against, cohorts);
    let rows = shown.into_iter().map(|difference| {
        let row = difference_row(difference);
        let all = difference.pairs + difference.dropped;
        let note = if difference.dropped > 0 {
            format!("{} of {all} pairs; in the others it is undefined", difference.pairs)
        } else {
            String::new()
        };
        let cells = vec![row.first, row.other, row.change, row.p, row.verdict.to_owned()];
        PageRow { name: row.name, note, cells, rating: row.rating.class() }
    });
    let mut caption = String::from(
        "Means over the runs; the difference is paired, with its own unadjusted 95 % interval. The verdict rests on p adjusted \
         by Holm over this table, so that one such table in twenty of equals has a wrong one.",
    );
    if hidden > 0 {
        let cohorts = counted(hidden as f64, "cohort", "cohorts");
        caption.push_str(&format!(" {cohorts} whose success moves less are folded away below."));
    }
    let head = ["figure", first, other, "difference ± 95 %", "p (Holm)", "verdict"];
    number_table(&caption, &head, rows.collect())
}

/// Who won under one and lost under the other, a run on average.
pub(super) fn flips(comparison: &Comparison, other: &str, against: &Against) -> Option<PageTable> {
    let (all, cohorts) = against.flips.split_last()?;
    let runs = comparison.seeds.len() as f64;
    let row = |flips: &Flips| {
        let Flips { cohort, persons, won_both, won_to_lost, lost_to_won, lost_both } = flips;
        let counts = [persons, won_both, won_to_lost, lost_to_won, lost_both];
        let cells = counts.map(|persons| count(*persons as f64 / runs)).to_vec();
        plain_row(cohort.as_deref().unwrap_or("all"), cells)
    };
    let cohorts = if cohorts.len() > 1 { cohorts } else { &[] };
    let first = &comparison.variants[0].label;
    let caption = format!("The same persons, a run on average: first under {first}, then under {other}.");
    let head = ["cohort", "persons", "won both", "won → lost", "lost → won", "lost both"];
    Some(number_table(&caption, &head, cohorts.iter().chain([all]).map(row).collect()))
}

/// The keys of the scenarios that differ; `None` where there are none.
pub(super) fn scenarios(comparison: &Comparison) -> Option<PageTable> {
    let documents: Vec<Value> = comparison
        .variants
        .iter()
        .map(|variant| serde_json::to_value(&variant.runs.scenario).expect("a scenario has a JSON form"))
        .collect();
    let rows: Vec<PageRow> = differing(&documents)
        .into_iter()
        .map(|one| plain_row(&one.path, one.values.iter().map(|value| written(value.as_ref())).collect()))
        .collect();
    let head: Vec<&str> =
        ["key"].into_iter().chain(comparison.variants.iter().map(|variant| variant.label.as_str())).collect();
    let caption = "Every other key is the same in all of them. A path is one that --set takes.";
    (!rows.is_empty()).then(|| PageTable { cells: Cells::Text, ..number_table(caption, &head, rows) })
}

/// A value on one line, cut where it is long.
fn written(value: Option<&Value>) -> String {
    let Some(value) = value else { return "not there".to_owned() };
    crate::report::formatting::fit(&value.to_string(), LONGEST)
}

/// What the figures of the family mean.
pub(super) fn meanings(comparison: &Comparison) -> PageTable {
    let mut metrics: Vec<&str> = Vec::new();
    for difference in comparison.against.iter().flat_map(Against::family) {
        if !metrics.contains(&difference.metric.as_str()) {
            metrics.push(&difference.metric);
        }
    }
    let rows = metrics.into_iter().map(|metric| {
        let doc = definition(metric).map_or("", |definition| definition.doc);
        let words = if metric == names::FAIRNESS_SUCCESS { "success" } else { name_of(metric) };
        PageRow { note: metric.to_owned(), ..plain_row(words, vec![doc.to_owned()]) }
    });
    let rows = rows.collect();
    PageTable {
        cells: Cells::Text,
        ..number_table("As in the metrics of every run.", &["figure", "what it is"], rows)
    }
}

/// The value of each figure of the family under each seed, a table each; empty where there are too many seeds.
pub(super) fn by_seed(comparison: &Comparison) -> Vec<PageTable> {
    if comparison.seeds.len() > SEEDS {
        return Vec::new();
    }
    let Some(against) = comparison.against.first() else { return Vec::new() };
    shown(against, usize::MAX).0.into_iter().map(|difference| of_figure(comparison, difference)).collect()
}

fn of_figure(comparison: &Comparison, figure: &Difference) -> PageTable {
    let values = |number: usize| {
        let runs = &comparison.variants[number].runs;
        let metric = runs.metric(&figure.metric, figure.cohort.as_deref(), None);
        metric.map_or_else(Vec::new, |metric| metric.values.clone())
    };
    let columns: Vec<Vec<Option<f64>>> = (0..comparison.variants.len()).map(values).collect();
    let rows = comparison.seeds.iter().enumerate().map(|(run, seed)| {
        let cell = |column: &Vec<Option<f64>>| value_of(&figure.metric, column.get(run).copied().flatten());
        plain_row(seed, columns.iter().map(cell).collect())
    });
    let head: Vec<&str> = ["seed"]
        .into_iter()
        .chain(comparison.variants.iter().map(|variant| variant.label.as_str()))
        .collect();
    number_table(&difference_row(figure).name, &head, rows.collect())
}
