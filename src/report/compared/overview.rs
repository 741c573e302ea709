//! All variants side by side, a row each: what a comparison of many begins with, where a table a pair would hide the
//! whole.

use super::{MANY, named};
use crate::experiment::compare::{Against, Comparison, Variant, Verdict};
use crate::report::many::value_of;
use crate::report::tables::{Table, line, table};
use crate::report::words::{NOTHING, or_nothing, rounded};

/// The figures that have a column, and its head.
const COLUMNS: [(&str, &str); 6] = [
    ("sale.sold", "sold"),
    ("fairness.envy", "envy"),
    ("fairness.tau.winners.intent_turn", "order"),
    ("wait.winners.p50", "wait"),
    ("silent.failure_rate", "never told"),
    ("load.requests_per_ticket", "requests"),
];

/// What may be proven, and the head of its column.
const VERDICTS: [(Verdict, &str); 3] =
    [(Verdict::Better, "better"), (Verdict::Worse, "worse"), (Verdict::Different, "other")];

/// All variants, a row each.
pub(super) struct Overview {
    /// The heads of the columns, that of the variants' names first.
    pub heads: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What the columns are.
    pub legend: String,
}

/// One variant.
pub(super) struct Row {
    /// What it is called.
    pub name: String,
    /// Its figures, and how many of them are proven to be better, worse or different.
    pub cells: Vec<String>,
}

/// The overview; `None` where there are so few variants that each has its table.
pub(super) fn overview(comparison: &Comparison) -> Option<Overview> {
    if comparison.variants.len() < MANY {
        return None;
    }
    let first = named(&comparison.variants[0].label);
    let against = [None].into_iter().chain(comparison.against.iter().map(Some));
    let rows = comparison.variants.iter().zip(against).map(|(variant, against)| row(variant, against));
    let heads = ["variant"].into_iter().chain(COLUMNS.map(|(_, head)| head)).chain(["chances"]);
    let legend = format!(
        "Means over the runs. Envy 0: seniority is kept. Order: Kendall's tau between coming and turns, 1 where it is kept. \
         Wait: the winners' median. Requests: for each ticket. Chances: ex-ante Jain, 1 where they are equal. Better, \
         worse, other: how many figures of the pair's table are proven to be better, worse, or neither and different, \
         compared with those of {first}."
    );
    Some(Overview {
        heads: heads.chain(VERDICTS.map(|(_, head)| head)).collect(),
        rows: rows.collect(),
        legend,
    })
}

fn row(variant: &Variant, against: Option<&Against>) -> Row {
    let figures = COLUMNS.iter().map(|(metric, _)| value_of(metric, variant.runs.mean(metric)));
    let jain = variant.place.and_then(|place| place.ex_ante_jain);
    let chances = or_nothing(jain, |jain| format!("{:.2}", rounded(jain, 2)));
    let proven = VERDICTS.iter().map(|(wanted, _)| {
        let count = |against: &Against| against.family().filter(|one| one.verdict == Some(*wanted)).count();
        against.map_or_else(|| NOTHING.to_owned(), |against| count(against).to_string())
    });
    Row { name: named(&variant.label), cells: figures.chain([chances]).chain(proven).collect() }
}

impl Overview {
    /// The same as a table of the page.
    pub fn table(&self) -> Table {
        let rows = self.rows.iter().map(|row| line(&row.name, row.cells.clone()));
        table(&self.legend, &self.heads, rows.collect())
    }
}
