//! The tables of what people could not know: mechanisms of silence, the 504 by cause, trust, and who was told of
//! trouble.

use super::{Cells, PageRow, PageTable, number_table, plain_row};
use crate::experiment::result::{RunResult, Value, definition};
use crate::metrics::names;
use crate::report::formatting::{count, duration, in_unit, or_nothing, percent};
use crate::report::mechanisms::{MECHANISMS, ranked};
use crate::report::readings::{CAUSES, sum};

/// What left people without an answer, the most frequent first; `None` where nothing did, or nobody counted.
pub(in crate::report) fn mechanisms(result: &RunResult) -> Option<PageTable> {
    let all: f64 = ranked(result).iter().map(|cause| cause.failures).sum();
    let share = |failures: Option<f64>| {
        let share = failures.filter(|_| all > 0.0).map(|failures| failures / all);
        or_nothing(share, percent)
    };
    let mut rows: Vec<(f64, PageRow)> = MECHANISMS
        .iter()
        .filter_map(|mechanism| {
            let failures = result.value(mechanism.metric)?;
            let touched = result.value(&format!("{}.touched", mechanism.metric));
            (failures >= 1.0 || touched.unwrap_or(0.0) >= 1.0).then(|| {
                let cells = vec![
                    count(failures),
                    share(Some(failures)),
                    or_nothing(touched, count),
                    mechanism.remedy.to_owned(),
                ];
                (failures, PageRow { note: sentence(mechanism.story), ..plain_row(mechanism.name, cells) })
            })
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let rows: Vec<PageRow> = rows.into_iter().map(|(_, row)| row).collect();
    if !rows.is_empty() {
        let mut table = number_table(
            "Why silent failures were silent: each is counted at the last mechanism that applied and that no readable \
             answer made good. Touched are all to whom it ever applied, told later or not.",
            &["mechanism", "silent failures", "share", "touched", "what would have told them"],
            rows,
        );
        table.cells = Cells::LastText;
        return Some(table);
    }
    let last = CAUSES.iter().filter_map(|cause| {
        let failures = result.value(cause.metric).filter(|failures| *failures >= 1.0)?;
        let cells = vec![count(failures), share(Some(failures))];
        Some(PageRow { note: sentence(cause.story), ..plain_row(cause.name, cells) })
    });
    let rows: Vec<PageRow> = last.collect();
    let head = ["last attempt", "silent failures", "share"];
    (!rows.is_empty())
        .then(|| number_table("Why silent failures were silent: what the last attempt was.", &head, rows))
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The 504 by cause; `None` where there was none.
pub(in crate::report) fn timeouts(result: &RunResult) -> Option<PageTable> {
    let causes = [
        (
            names::TIMEOUTS_504_BY_CAUSE_SLOW_UPSTREAM,
            "a slow backend",
            "The work went on, or was thrown away, behind a closed door.",
        ),
        (
            names::TIMEOUTS_504_BY_CAUSE_DELIBERATE_SILENCE,
            "deliberate silence",
            "Decided, and not answered on purpose.",
        ),
        (
            names::TIMEOUTS_504_BY_CAUSE_PAYMENT,
            "payment did not answer",
            "The shop could not say whether it was paid.",
        ),
    ];
    let values = causes.map(|(metric, ..)| result.value(metric));
    let all = sum(&values).filter(|all| *all >= 1.0)?;
    let rows = causes.iter().zip(values).map(|((_, name, note), value)| {
        let cells = vec![or_nothing(value, count), or_nothing(value.map(|value| value / all), percent)];
        PageRow { note: (*note).to_owned(), ..plain_row(name, cells) }
    });
    let told = result.value(names::TIMEOUTS_504_TOLD_APART).map_or_else(
        || "No client saw one of them.".to_owned(),
        |told| format!("A client could tell which it was for {} of those that it saw.", percent(told)),
    );
    let caption = format!("Why gateways answered 504: they look alike. {told}");
    Some(number_table(&caption, &["cause", "504", "share"], rows.collect()))
}

/// A figure of a table of figures: the metric, what it is called, how to read it.
type Figure = (&'static str, &'static str, &'static str);

const TRUST: [Figure; 13] = [
    (
        names::TRUST_EXPLANATION,
        "what the code explains",
        "Of why a request was refused: 1 if the code tells the cause, 0 if all look alike.",
    ),
    (
        names::TRUST_OPAQUE_ERROR_SHARE,
        "unreadable refusals",
        "Share of refusals that showed a network error without a status.",
    ),
    (
        names::TRUST_PROMISES_BROKEN,
        "promises broken",
        "Persons to whom a screen had promised what it did not keep.",
    ),
    (
        names::TRUST_WASTED_WAIT_PERSON_HOURS,
        "waiting for nothing",
        "By persons about whom it had been decided.",
    ),
    (
        names::SILENT_AMBIGUITY_P95,
        "time in the dark, p95",
        "The outcome unknown, and no true news for longer than promised.",
    ),
    (names::SILENT_AMBIGUITY_PERSON_HOURS, "time in the dark, all persons", "The sum of that time."),
    (
        names::SILENT_DECISION_TO_KNOWLEDGE_P50,
        "from decision to knowledge, median",
        "Undefined where half were never told.",
    ),
    (
        names::SILENT_DECISION_TO_KNOWLEDGE_MEAN_OF_TOLD,
        "from decision to knowledge, mean",
        "Of those who were told.",
    ),
    (
        names::SILENT_OBSERVABILITY_GAP,
        "what the logs did not show",
        "Share of attempts that failed for clients, minus the share that failed in the logs.",
    ),
    (
        names::SILENT_GRAY_TIME,
        "gray time",
        "The logs looked healthy while one attempt in twenty or more failed.",
    ),
    (names::AVAILABILITY_ATTEMPTS, "attempts that worked, for clients", "Share of the attempts that ended."),
    (names::AVAILABILITY_LOGGED, "replies that worked, in the logs", "Share of the replies in the logs."),
    (names::SALE_ORPHANED_HOLDS_SEAT_HOURS, "seats held for nobody", "No client of the holder was left."),
];

const COMMUNICATION: [Figure; 9] = [
    (
        names::COMMUNICATION_AFFECTED,
        "persons affected",
        "Were there between the first fault or pause and the end of the last.",
    ),
    (names::COMMUNICATION_INFORMED_SHARE, "of them informed", "An announcement reached them."),
    (
        names::COMMUNICATION_INFORMED_BY_PAGE,
        "by the page",
        "The first word came by the page of the waiting room.",
    ),
    (names::COMMUNICATION_INFORMED_BY_OTHER_WAYS, "by other ways", "News, mail, social media."),
    (
        names::COMMUNICATION_TIME_TO_FIRST_WORD,
        "time to the first word",
        "From the first fault or pause until anybody was told.",
    ),
    (
        names::COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN,
        "time to the first word, median",
        "Over all affected; undefined where half were never told.",
    ),
    (names::SALE_PAUSED_TIME, "paused, in all", "Over all pauses."),
    (
        names::SALE_UNFAIR_INTERVAL_SOLD,
        "seats sold after the first fault",
        "Until the pause that answered it.",
    ),
    (
        names::SALE_UNFAIR_INTERVAL_SUCCESS_GAP,
        "difference between cohorts by then",
        "Of the shares that bought in that time.",
    ),
];

/// What codes, screens and logs told; `None` where nothing of it was measured.
pub(in crate::report) fn trust(result: &RunResult) -> Option<PageTable> {
    figures(result, &TRUST, "How far what people and operators saw could be trusted.")
}

/// Who was told of trouble; `None` where there was none.
pub(in crate::report) fn communication(result: &RunResult) -> Option<PageTable> {
    let troubled = [names::COMMUNICATION_AFFECTED, names::SALE_PAUSES];
    troubled.iter().any(|metric| result.value(metric).unwrap_or(0.0) >= 1.0).then_some(())?;
    figures(result, &COMMUNICATION, "Who was told that something was wrong, and what was sold meanwhile.")
}

fn figures(result: &RunResult, figures: &[Figure], caption: &str) -> Option<PageTable> {
    let over_all = |value: &&Value| value.cohort.is_none() && value.station.is_none();
    let row = |(metric, name, note): &Figure| {
        let value = result.metrics.iter().filter(over_all).find(|value| value.name == *metric)?;
        let cells = vec![said(metric, value.value)];
        Some(PageRow { note: (*note).to_owned(), ..plain_row(name, cells) })
    };
    let rows: Vec<PageRow> = figures.iter().filter_map(row).collect();
    (!rows.is_empty()).then(|| number_table(caption, &["figure", "value"], rows))
}

/// A value of a metric, a share in percent.
fn said(metric: &str, value: Option<f64>) -> String {
    match definition(metric).map_or("", |definition| definition.unit) {
        "1" => or_nothing(value, percent),
        "s" => or_nothing(value, duration),
        unit => in_unit(value, unit),
    }
}
