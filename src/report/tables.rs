//! The tables of the page, as text in cells: one shape for all, so that one piece of the template draws them.

mod silence;

pub(super) use silence::{communication, mechanisms, timeouts, trust};

use super::expectations;
use super::formatting::{NOTHING, count, duration, in_unit, number, or_nothing, percent};
use super::readings::{self, CohortOutcome, OUTCOMES, Waiters};
use crate::experiment::result::{RunResult, Value, definition};
use crate::metrics::names;

/// How many cohorts stand beside each other in one table.
const COHORTS_BESIDE: usize = 6;

/// One table.
pub(super) struct PageTable {
    /// What it shows, for those who hear it.
    pub caption: String,
    /// The heads of its columns.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<PageRow>,
    /// What stands in its cells.
    pub cells: Cells,
}

/// What stands in the cells of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cells {
    /// Numbers.
    Numbers,
    /// Numbers, and text in the last one.
    LastText,
    /// Text.
    Text,
}

impl Cells {
    /// The class of the table.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass everything by reference")]
    pub(super) const fn class(&self) -> &'static str {
        match self {
            Cells::Numbers => "",
            Cells::LastText => "last-prose",
            Cells::Text => "prose",
        }
    }
}

/// One row: the first cell names it.
pub(super) struct PageRow {
    /// Its name.
    pub name: String,
    /// Small print below the name.
    pub note: String,
    /// The other cells.
    pub cells: Vec<String>,
    /// A class that colours its mark, or nothing.
    pub rating: &'static str,
}

impl PageTable {
    /// The head of the column in which a cell stands.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass everything by reference")]
    pub(super) fn head_of(&self, cell: &usize) -> &str {
        self.head.get(cell + 1).map_or("", String::as_str)
    }
}

/// A table of numbers.
pub(super) fn number_table(caption: &str, head: &[&str], rows: Vec<PageRow>) -> PageTable {
    let head = head.iter().map(|head| (*head).to_owned()).collect();
    PageTable { caption: caption.to_owned(), head, rows, cells: Cells::Numbers }
}

/// A row without a note.
pub(super) fn plain_row(name: &str, cells: Vec<String>) -> PageRow {
    PageRow { name: name.to_owned(), note: String::new(), cells, rating: "" }
}

/// What the scenario said the run must show; `None` where it said nothing.
pub(super) fn expectations(result: &RunResult) -> Option<PageTable> {
    let summary = expectations::summary(result)?;
    let rows = expectations::rows(result).into_iter().map(|row| PageRow {
        name: format!("{} {}", row.mark, row.line),
        note: row.proves_nothing.map_or_else(String::new, |why| format!("Proves nothing: {why}.")),
        cells: vec![row.value, row.limit, row.margin],
        rating: row.rating.class(),
    });
    let caption = format!("{summary}. A margin with a plus is room to spare.");
    Some(number_table(&caption, &["expected", "value", "limit", "margin"], rows.collect()))
}

/// Who got what, by cohort.
pub(super) fn cohorts(result: &RunResult, waiters: Waiters) -> PageTable {
    let head = [
        "cohort",
        "persons",
        "got a ticket",
        "success",
        "told no",
        "only an error",
        "refused in silence",
        "gave up before",
        "still there",
        "never told",
        "median wait",
        "p95 wait",
    ];
    let mut outcomes = CohortOutcome::of_cohorts(result);
    if outcomes.len() != 1 {
        outcomes.push(CohortOutcome::read(result, None));
    }
    let rows = outcomes.iter().map(|outcome| {
        let counts = [outcome.told_no, outcome.error_last, outcome.silent, outcome.left, outcome.open];
        let mut cells = vec![
            or_nothing(outcome.persons, count),
            or_nothing(outcome.bought, count),
            or_nothing(outcome.success, percent),
        ];
        cells.extend(counts.iter().map(|value| or_nothing(*value, count)));
        cells.push(or_nothing(outcome.failure_rate, percent));
        cells.push(or_nothing(outcome.wait, duration));
        cells.push(or_nothing(outcome.wait_p95, duration));
        plain_row(outcome.cohort.as_deref().unwrap_or("all"), cells)
    });
    number_table(
        &format!("What became of each cohort. Waits run {}.", waiters.words()),
        &head,
        rows.collect(),
    )
}

/// Belief against truth, over all and by cohort.
pub(super) fn belief(result: &RunResult) -> PageTable {
    let cohorts: Vec<&str> =
        result.cast.cohorts.iter().take(COHORTS_BESIDE).map(|cohort| cohort.name.as_str()).collect();
    let cohorts = if cohorts.len() > 1 { cohorts } else { Vec::new() };
    let persons = CohortOutcome::read(result, None).persons.filter(|persons| *persons > 0.0);
    let rows = OUTCOMES.iter().map(|row| {
        let all = result.value(row.metric);
        let share = all.zip(persons).map(|(all, persons)| all / persons);
        let mut cells = vec![or_nothing(all, count), or_nothing(share, percent)];
        cells.extend(cohorts.iter().map(|cohort| or_nothing(result.of_cohort(row.metric, cohort), count)));
        let what = result_note(row.metric);
        PageRow { name: row.words.to_owned(), note: what, cells, rating: row.rating.class() }
    });
    let mut head = vec!["what was true, and what the screen had said", "persons", "share"];
    head.extend(&cohorts);
    number_table("Every person who came is in exactly one row.", &head, rows.collect())
}

fn result_note(metric: &str) -> String {
    definition(metric).map_or_else(String::new, |definition| definition.doc.to_owned())
}

/// What became of the order of coming, step by step; `None` where there was no order to keep.
pub(super) fn order(result: &RunResult) -> Option<PageTable> {
    let steps = [
        (
            names::FAIRNESS_TAU_INTENT_EDGE,
            "first click to the edge",
            "what the network did to the order of coming",
        ),
        (names::FAIRNESS_TAU_EDGE_ENQUEUE, "edge to joining", "what gateways and checks did"),
        (names::FAIRNESS_TAU_ENQUEUE_TURN, "joining to turn", "what the policy did"),
        (names::FAIRNESS_TAU_INTENT_TURN, "first click to turn", "what a person lives through"),
        (names::FAIRNESS_TAU_INTENT_TOLD, "first click to being told", "with what polling adds"),
    ];
    let mut rows: Vec<PageRow> = Vec::new();
    for (metric, name, note) in steps {
        let Some(value) = result.metrics.iter().find(|m| m.name == metric && m.cohort.is_none()) else {
            continue;
        };
        let cells = vec![or_nothing(value.value, |tau| format!("{tau:.3}")), said_of_tau(value.value)];
        rows.push(PageRow { name: name.to_owned(), note: note.to_owned(), cells, rating: "" });
    }
    for (metric, name) in [
        (names::FAIRNESS_ENVY, "justified envy, by order of joining"),
        (names::FAIRNESS_ENVY_INTENT, "justified envy, by order of the first click"),
    ] {
        let Some(envy) = result.value(metric) else { continue };
        let said = "share of (loser, winner) pairs in which the loser had come first: 0 if first come is first \
                    served, 50 % in a lottery, 100 % if last come is first served";
        rows.push(plain_row(name, vec![percent(envy), said.to_owned()]));
    }
    let mut table = number_table(
        "What became of the order of coming. Kendall's tau-b: 1 keeps the order, 0 forgets it, -1 reverses it.",
        &["step", "value", "how it reads"],
        rows,
    );
    table.cells = Cells::Text;
    (!table.rows.is_empty()).then_some(table)
}

fn said_of_tau(tau: Option<f64>) -> String {
    match tau {
        None => "undefined: fewer than two persons, or an order that ties all",
        Some(tau) if tau > 0.95 => "the order was kept",
        Some(tau) if tau > 0.5 => "the order was mostly kept",
        Some(tau) if tau > 0.1 => "little was left of the order",
        Some(tau) if tau >= -0.1 => "the order was forgotten",
        Some(_) => "who came later was served earlier",
    }
    .to_owned()
}

/// Requests by kind and by what became of them.
pub(super) fn requests(result: &RunResult) -> PageTable {
    let mut kinds: Vec<&str> = Vec::new();
    let mut ends: Vec<(u16, String)> = Vec::new();
    for row in &result.requests {
        if !kinds.contains(&row.kind.as_str()) {
            kinds.push(&row.kind);
        }
        let end = end_of(row.status, &row.outcome);
        if row.count > 0 && !ends.contains(&end) {
            ends.push(end);
        }
    }
    ends.sort();
    let total = |kind: Option<&str>, end: Option<&(u16, String)>| -> u64 {
        let of = result.requests.iter().filter(|row| kind.is_none_or(|kind| row.kind == kind));
        of.filter(|row| end.is_none_or(|end| end_of(row.status, &row.outcome) == *end))
            .map(|row| row.count)
            .sum()
    };
    let cells = |kind: Option<&str>| -> Vec<String> {
        let mut cells = vec![count(total(kind, None) as f64)];
        cells.extend(ends.iter().map(|end| count(total(kind, Some(end)) as f64)));
        cells
    };
    let mut rows: Vec<PageRow> =
        kinds.iter().map(|kind| plain_row(&spaced(kind), cells(Some(kind)))).collect();
    rows.push(plain_row("all", cells(None)));
    let mut head = vec!["request", "sent"];
    head.extend(ends.iter().map(|end| end.1.as_str()));
    number_table("Requests by kind, and the status of the reply that left a gateway.", &head, rows)
}

/// What became of a request: its status, or why there is none; those without a status come last.
fn end_of(status: Option<u16>, outcome: &str) -> (u16, String) {
    match (status, outcome) {
        (Some(status), _) => (status, status.to_string()),
        (None, "lost_up") => (u16::MAX, "lost on the way".to_owned()),
        (None, "aborted") => (u16::MAX, "client had gone".to_owned()),
        (None, other) => (u16::MAX, spaced(other)),
    }
}

/// Every kind of reply and who made it.
pub(super) fn replies(result: &RunResult) -> PageTable {
    let rows = result.requests.iter().filter(|row| row.count > 0).map(|row| {
        let status = row.status.map_or_else(|| NOTHING.to_owned(), |status| status.to_string());
        let emitter = row.emitter.as_deref().map_or_else(|| NOTHING.to_owned(), spaced);
        plain_row(&spaced(&row.kind), vec![spaced(&row.outcome), status, emitter, count(row.count as f64)])
    });
    let mut table = number_table(
        "Requests by kind, answer and who answered.",
        &["request", "answer", "status", "made by", "requests"],
        rows.collect(),
    );
    table.cells = Cells::Text;
    table
}

/// What the stations went through; `None` where none is declared.
pub(super) fn stations(result: &RunResult) -> Option<PageTable> {
    let rows: Vec<PageRow> = readings::stations(result)
        .into_iter()
        .map(|s| {
            let cells =
                vec![s.servers, s.served, s.utilisation, s.wait_mean, s.wait_p95, s.queue_max, s.refused];
            plain_row(&s.name, cells)
        })
        .collect();
    let head = ["station", "servers", "served", "busy", "mean wait", "p95 wait", "longest queue", "refused"];
    (!rows.is_empty())
        .then(|| number_table("The stations: how busy they were and how long requests queued.", &head, rows))
}

/// Every metric, with its meaning.
pub(super) fn metrics(result: &RunResult) -> PageTable {
    let mut rows: Vec<PageRow> = Vec::new();
    let mut at = 0;
    while at < result.metrics.len() {
        let name = &result.metrics[at].name;
        let end = result.metrics[at..].iter().position(|value| value.name != *name);
        let end = end.map_or(result.metrics.len(), |length| at + length);
        rows.push(metric(name, &result.metrics[at..end]));
        at = end;
    }
    let mut table = number_table(
        "Every metric of the run, with its definition.",
        &["metric", "value", "by cohort or station"],
        rows,
    );
    table.cells = Cells::Text;
    table
}

fn metric(name: &str, values: &[Value]) -> PageRow {
    let definition = definition(name);
    let unit = definition.map_or("", |definition| definition.unit);
    let note = definition.map_or_else(String::new, |definition| definition.doc.to_owned());
    let whole = values.iter().find(|value| value.cohort.is_none() && value.station.is_none());
    let over = |value: &Value| value.n.map_or_else(String::new, |n| format!(" (n = {})", count(n as f64)));
    let all =
        whole.map_or_else(String::new, |value| format!("{}{}", in_unit(value.value, unit), over(value)));
    let parts: Vec<String> = values
        .iter()
        .filter_map(|value| {
            let part = value.cohort.as_ref().or(value.station.as_ref())?;
            let text =
                if unit == "s" { or_nothing(value.value, duration) } else { or_nothing(value.value, number) };
            Some(format!("{part} {text}"))
        })
        .collect();
    PageRow { name: name.to_owned(), note, cells: vec![all, parts.join(" · ")], rating: "" }
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tau_is_put_into_words() {
        assert_eq!(said_of_tau(Some(1.0)), "the order was kept");
        assert_eq!(said_of_tau(Some(0.0)), "the order was forgotten");
        assert_eq!(said_of_tau(Some(-0.9)), "who came later was served earlier");
    }
}
