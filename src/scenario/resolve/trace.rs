//! What can be wrong with a recorded crowd, and the stream of arrivals that it becomes.

use super::super::crowd::Cohort;
use super::super::plan::ArrivalsPlan;
use super::super::trace::{ROWS_MAX, Trace, Used};
use super::check::Found;
use super::instant;
use crate::engine::time::{Span, Time};

/// Checks one trace, the files of which have been read; `path` is its place.
pub(super) fn check_trace(trace: &Trace, cohort: &Cohort, horizon: Span, path: &str, found: &mut Found) {
    if trace.file.is_none() {
        let written = [
            ("column", trace.column.is_some()),
            ("first_row", trace.first_row != 1),
            ("last_row", trace.last_row.is_some()),
        ];
        for (key, _) in written.iter().filter(|(_, is_written)| *is_written) {
            let problem = "this says what to take of a file, and there is none";
            found.warning(format!("{path}.{key}"), problem, "name the `file`, or remove this");
        }
    }
    let factor = match &trace.used {
        Used::AsTheyAre(used) => Some(used.factor.get()),
        Used::AsAShape(_) => None,
    };
    let counts = trace.counts.as_deref().unwrap_or_default();
    if counts.is_empty() || counts.len() > ROWS_MAX {
        let problem = match counts.len() {
            0 => "there are no counts".to_owned(),
            n => format!("there are {n} counts"),
        };
        return found.error(path, problem, format!("name a `file`, or write 1 to {ROWS_MAX} `counts`"));
    }
    let Some(first) = counts.iter().position(|count| *count > 0) else {
        let key = if trace.file.is_some() { "file" } else { "counts" };
        let remedy = "take other rows, or another column";
        return found.error(format!("{path}.{key}"), "every count is 0: nobody comes", remedy);
    };
    let first_at = trace.from + trace.row_length.saturating_mul(first as u64);
    if first_at >= horizon {
        let problem = format!("nobody comes: the first does at {first_at}, and the horizon is {horizon}");
        found.error(format!("{path}.from"), problem, "let it begin earlier, or choose a later `horizon`");
        found.because_of(&["horizon", "opens_at", &format!("{path}.row_length")]);
    } else {
        let [all, before] = [Span::MAX, horizon].map(|end| counted_before(trace, end));
        match factor {
            None => warn_of_late_comers(cohort.count, before / all, horizon, path, found),
            Some(factor) => compare_with_count(cohort.count, before, factor, path, found),
        }
    }
}

/// Warns where a part of the shape lies beyond the horizon.
fn warn_of_late_comers(count: u32, share_before: f64, horizon: Span, path: &str, found: &mut Found) {
    if share_before < 0.99 {
        let late = f64::from(count) * (1.0 - share_before);
        let problem = format!("about {late:.0} of {count} persons would come after the horizon {horizon}");
        let remedy = "take fewer rows, shorten `row_length`, or choose a later `horizon`";
        found.warning(format!("{path}.from"), problem, remedy);
        found.because_of(&["horizon", "opens_at", &format!("{path}.row_length")]);
    }
}

/// Warns where not all persons of the cohort come, or not all of the trace is played.
fn compare_with_count(count: u32, counted: f64, factor: f64, path: &str, found: &mut Found) {
    let (persons, expected) = (f64::from(count), counted * factor);
    let problem = if expected < persons * 0.99 {
        format!("these counts bring about {expected:.0} of {count} persons before the horizon")
    } else if count > 0 && expected > persons * 1.01 {
        format!("these counts bring about {expected:.0} persons, and after {count} nobody comes any more")
    } else {
        return;
    };
    let remedy = format!("write the factor {:.4}, or the `count` {expected:.0}", persons / counted);
    found.warning(format!("{path}.used.as_they_are.factor"), problem, remedy);
    let places = [path.replace(".arrivals.trace", ".count"), format!("{path}.row_length")];
    found.because_of(&["horizon", "opens_at", &places[0], &places[1]]);
}

/// How many are counted before an instant, rows spread evenly over their length.
fn counted_before(trace: &Trace, end: Span) -> f64 {
    let length = trace.row_length.get();
    let counts = trace.counts.as_deref().unwrap_or_default();
    let within = counts.iter().zip(0_u64..).map(|(&count, row)| {
        let played = (end - (trace.from + length.saturating_mul(row))).min(length);
        f64::from(count) * played.as_us() as f64 / length.as_us().max(1) as f64
    });
    within.sum()
}

/// The stream of arrivals of a trace that was checked.
pub(super) fn plan(trace: &Trace) -> ArrivalsPlan {
    let counts = trace.counts.as_deref().expect("checked: the counts are there");
    let rows = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    let start = |row: usize| instant(trace.from) + trace.row_length.saturating_mul(row as u64);
    let pieces = |of_one: f64| -> Vec<(Time, f64)> {
        let per_second = of_one / trace.row_length.as_secs_f64();
        counts[..rows].iter().enumerate().map(|(row, &n)| (start(row), f64::from(n) * per_second)).collect()
    };
    match &trace.used {
        Used::AsAShape(_) => {
            let all: f64 = counts.iter().map(|&count| f64::from(count)).sum();
            ArrivalsPlan::Shape { pieces: pieces(1.0 / all), until: start(rows) }
        }
        Used::AsTheyAre(used) => {
            ArrivalsPlan::Rates { pieces: pieces(used.factor.get()), until: start(rows) }
        }
    }
}
