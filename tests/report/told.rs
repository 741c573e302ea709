//! Hand-made figures in which everything happens: ghosts, phantoms, silent refusals, errors, people still there.

use onsale::experiment::result::{LogEntry, RunResult};

/// Rows of the table of belief and truth for desktop, mobile and early; they sum to the persons of each.
const TABLE: [(&str, [f64; 3]); 9] = [
    ("known_purchase", [96.0, 61.0, 214.0]),
    ("ghost_purchase", [2.0, 17.0, 3.0]),
    ("phantom_purchase", [0.0, 1.0, 0.0]),
    ("known_rejection", [873.0, 640.0, 531.0]),
    ("told_not_final", [12.0, 31.0, 4.0]),
    ("silent_rejection", [88.0, 296.0, 41.0]),
    ("left_before_decision_answered", [401.0, 377.0, 198.0]),
    ("left_before_decision_silent", [21.0, 70.0, 9.0]),
    ("unresolved", [7.0, 7.0, 0.0]),
];

const COHORTS: [(&str, f64); 3] = [("desktop", 1500.0), ("mobile", 1500.0), ("early", 1000.0)];

/// Figures over all persons.
const ALL: [(&str, f64); 47] = [
    ("crowd.persons", 4000.0),
    ("fairness.success", 0.098_25),
    ("fairness.success.gap", 0.165),
    ("fairness.success.disparate_impact", 0.239_6),
    ("silent.failure_rate", 0.112),
    ("silent.mechanism.opaque_error", 301.0),
    ("silent.mechanism.opaque_error.touched", 644.0),
    ("silent.mechanism.client_timeout", 96.0),
    ("silent.mechanism.client_timeout.touched", 1320.0),
    ("silent.mechanism.frozen_line", 29.0),
    ("silent.mechanism.frozen_line.touched", 400.0),
    ("silent.mechanism.ticket_without_confirmation", 22.0),
    ("silent.mechanism.ticket_without_confirmation.touched", 31.0),
    ("silent.cause.opaque", 311.0),
    ("silent.cause.hang", 96.0),
    ("silent.cause.as_if_undecided", 40.0),
    ("silent.cause.false_confirmation", 1.0),
    ("load.requests", 212_345.0),
    ("load.requests_per_ticket", 540.3),
    ("load.polls", 151_209.0),
    ("refusals.gateway_503", 1204.0),
    ("refusals.station_503", 3310.0),
    ("refusals.503", 4600.0),
    ("timeouts.504.by_cause.slow_upstream", 831.0),
    ("timeouts.504.by_cause.deliberate_silence", 40.0),
    ("timeouts.504.by_cause.payment", 12.0),
    ("timeouts.504.told_apart", 0.0),
    ("trust.explanation", 0.312),
    ("communication.affected", 2500.0),
    ("communication.informed_share", 0.6),
    ("communication.time_to_first_word.median", 190.0),
    ("communication.time_to_first_word", 12.0),
    ("timeouts.gateway_504", 871.0),
    ("timeouts.payment_504", 12.0),
    ("timeouts.client", 2417.0),
    ("sale.unfair_interval.seconds", 120.0),
    ("sale.unfair_interval.sold", 61.0),
    ("sale.unfair_interval.success_gap", 0.031),
    ("sale.sold", 393.0),
    ("sale.unsold", 7.0),
    ("sale.time_to_50", 252.0),
    ("sale.declines", 21.0),
    ("sale.no_shows", 37.0),
    ("sale.holds_expired", 64.0),
    ("wait.winners.p50", 171.0),
    ("wait.p50", 204.0),
    ("wait.p95", 841.0),
];

/// Figures over one cohort: desktop, mobile, early.
const EACH: [(&str, [f64; 3]); 5] = [
    ("crowd.persons", [1500.0, 1500.0, 1000.0]),
    ("fairness.success", [0.065_333, 0.052, 0.217]),
    ("silent.failure_rate", [0.06, 0.209_3, 0.044]),
    ("wait.p50", [322.0, 371.0, 61.0]),
    ("wait.p95", [900.0, 1012.0, 240.0]),
];

/// Figures at a station.
const STATIONS: [(&str, [f64; 2]); 3] = [
    ("station.utilisation", [0.31, 0.874]),
    ("station.wait.p95", [0.412, 8.8]),
    ("station.refused", [0.0, 3310.0]),
];

/// The run with these figures in the place of its own.
pub fn told(mut result: RunResult) -> RunResult {
    let cohort = |name: &str| COHORTS.iter().position(|(cohort, _)| *cohort == name);
    for metric in &mut result.metrics {
        let column = metric.cohort.as_deref().and_then(cohort);
        if let Some(row) = TABLE.iter().find(|row| metric.name == format!("silent.table.{}", row.0)) {
            metric.value = Some(column.map_or_else(|| row.1.iter().sum(), |column| row.1[column]));
            continue;
        }
        let figure = match (column, metric.station.as_deref()) {
            (Some(column), _) => find(&EACH, &metric.name).map(|row| row[column]),
            (None, Some("inventory")) => find(&STATIONS, &metric.name).map(|row| row[0]),
            (None, Some(_)) => find(&STATIONS, &metric.name).map(|row| row[1]),
            (None, None) => find(&ALL, &metric.name),
        };
        if figure.is_some() {
            metric.value = figure;
        }
        if [
            "sale.sold_out_at",
            "sale.charged_without_ticket",
            "sale.duplicate_charges",
            "sale.turns_to_nobody",
        ]
        .contains(&metric.name.as_str())
            || (metric.name.starts_with("silent.mechanism.") && figure.is_none())
        {
            metric.value = None;
        }
        if metric.name == "silent.failure_rate" {
            metric.n = Some(column.map_or(4000, |column| COHORTS[column].1 as u64));
        }
    }
    let log = |seconds: u64, what: &str| LogEntry { at_us: seconds * 1_000_000, what: what.to_owned() };
    result.log = vec![
        log(120, "the sale opens"),
        log(300, "payment_outage begins"),
        log(420, "trouble: pause"),
        log(420, "trouble: announce that there is trouble"),
        log(480, "payment_outage ends"),
        log(900, "mended: resume"),
    ];
    let start = result.timeline.start_us;
    let window = result.timeline.window_us;
    for series in result.timeline.series.iter_mut().filter(|series| series.name == "sold") {
        let level =
            |at: usize| if at as u64 * window <= 420_000_000 - start + window { 180.0 } else { 393.0 };
        series.values = (1..=series.values.len()).map(level).collect();
    }
    for series in result.timeline.series.iter_mut().filter(|series| series.name == "requests") {
        let opening = ((result.clock.opens_at_us - start) / window) as usize;
        series.values[opening] = 1000.0 * window as f64 / 1e6;
    }
    result
}

fn find<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == name).map(|(_, figure)| *figure)
}
