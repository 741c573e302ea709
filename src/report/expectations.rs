//! The lines of `expect` and what came of them, as rows that the terminal and the page share. Numbers of a line that was
//! missed are in full precision: it may be by the last digit. Of a line that was met five digits are enough; the
//! result has them all.

use super::formatting::{NOTHING, count, rounded};
use super::readings::Rating;
use crate::experiment::result::{Expectation, ExpectationVerdict, IfMissed, RunResult};

/// One line and what came of it.
pub(super) struct ExpectationRow {
    /// How it is to be taken: as kept, as a warning, as broken, or as nothing.
    pub rating: Rating,
    /// One character that says so without colour.
    pub mark: &'static str,
    /// The line.
    pub line: String,
    /// The value with its unit; `never` for an instant that did not come.
    pub value: String,
    /// The comparison and its limit, in the unit of the value.
    pub limit: String,
    /// The distance from the limit, with its sign: a plus is room to spare.
    pub margin: String,
    /// Why the line proves nothing, if it does not.
    pub proves_nothing: Option<String>,
}

/// The lines, in the order of the scenario.
pub(super) fn rows(result: &RunResult) -> Vec<ExpectationRow> {
    result.expectations.iter().map(row).collect()
}

fn row(line: &Expectation) -> ExpectationRow {
    let (rating, mark) = match (line.verdict, line.if_missed) {
        (ExpectationVerdict::Met, _) => (Rating::Good, "✓"),
        (ExpectationVerdict::Missed, IfMissed::Fail) => (Rating::Bad, "✗"),
        (ExpectationVerdict::Missed, IfMissed::Warn) => (Rating::Partial, "!"),
        (ExpectationVerdict::Vacuous, _) => (Rating::Neutral, "?"),
    };
    let said = if line.verdict == ExpectationVerdict::Met { five_digits } else { exact };
    let value = match (line.value, line.verdict) {
        (Some(value), _) => with_unit(&said(value), &line.unit),
        (None, ExpectationVerdict::Vacuous) => NOTHING.to_owned(),
        (None, _) => "never".to_owned(),
    };
    let limits: Vec<String> = line.limits.iter().map(|limit| exact(*limit)).collect();
    let time = if line.unit == "s" { " s" } else { "" };
    ExpectationRow {
        rating,
        mark,
        line: line.line.clone(),
        value,
        limit: format!("{} {}{time}", line.comparison, limits.join("..")),
        margin: line.margin.map_or_else(|| NOTHING.to_owned(), |margin| signed(margin, said)),
        proves_nothing: line.proves_nothing.clone(),
    }
}

/// How many lines were met, and what became of the others; `None` where nothing was expected.
pub(super) fn summary(result: &RunResult) -> Option<String> {
    let lines = &result.expectations;
    let of = |verdict: ExpectationVerdict| lines.iter().filter(move |line| line.verdict == verdict).count();
    let failed = lines.iter().filter(|line| line.fails()).count();
    let warned = of(ExpectationVerdict::Missed) - failed;
    let mut parts = vec![format!("{} of {} met", of(ExpectationVerdict::Met), lines.len())];
    let others = [
        (failed, "missed", "missed"),
        (warned, "missed, as a warning", "missed, as warnings"),
        (of(ExpectationVerdict::Vacuous), "proves nothing", "prove nothing"),
    ];
    for (n, one, many) in others.into_iter().filter(|(n, _, _)| *n > 0) {
        parts.push(format!("{n} {}", if n == 1 { one } else { many }));
    }
    (!lines.is_empty()).then(|| parts.join("; "))
}

/// A number with every digit that it has, whole ones with separators.
fn exact(value: f64) -> String {
    const WHOLE: f64 = 1e15;
    if value.fract() == 0.0 && value.abs() < WHOLE { count(value) } else { value.to_string() }
}

/// The same with five digits, and whole where that leaves four of them.
fn five_digits(value: f64) -> String {
    let rounded = if value.abs() >= 1000.0 { value.round() } else { rounded(value, 5) };
    exact(rounded)
}

fn signed(margin: f64, said: fn(f64) -> String) -> String {
    if margin > 0.0 { format!("+{}", said(margin)) } else { said(margin) }
}

fn with_unit(value: &str, unit: &str) -> String {
    match unit {
        "1" => value.to_owned(),
        unit => format!("{value} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(value: Option<f64>, margin: Option<f64>, unit: &str, verdict: ExpectationVerdict) -> Expectation {
        Expectation {
            line: "the line".to_owned(),
            if_missed: IfMissed::Fail,
            metric: "the.metric".to_owned(),
            cohort: None,
            station: None,
            after_opening_us: None,
            unit: unit.to_owned(),
            value,
            n: None,
            comparison: "<=".to_owned(),
            limits: vec![2400.0],
            margin,
            verdict,
            proves_nothing: (verdict == ExpectationVerdict::Vacuous)
                .then(|| "there were no payments".to_owned()),
        }
    }

    #[track_caller]
    fn check(line: &Expectation, expected: [&str; 4]) {
        let row = row(line);
        assert_eq!([row.mark, &row.value, &row.limit, &row.margin], expected);
    }

    #[test]
    fn what_is_met_has_five_digits_and_what_is_missed_has_all() {
        check(
            &line(Some(2_292.481_233), Some(107.518_767), "s", ExpectationVerdict::Met),
            ["✓", "2,292 s", "<= 2,400 s", "+107.52"],
        );
        check(
            &line(Some(123_456.7), Some(1e-9), "1", ExpectationVerdict::Met),
            ["✓", "123,457", "<= 2,400", "+0.000000001"],
        );
        check(
            &line(Some(2_400.481_233), Some(-0.481_233), "s", ExpectationVerdict::Missed),
            ["✗", "2400.481233 s", "<= 2,400 s", "-0.481233"],
        );
        check(
            &line(Some(2400.0), Some(0.0), "seats", ExpectationVerdict::Met),
            ["✓", "2,400 seats", "<= 2,400", "0"],
        );
        check(
            &line(Some(0.1 + 0.2), Some(-1e-17), "1", ExpectationVerdict::Missed),
            ["✗", "0.30000000000000004", "<= 2,400", "-0.00000000000000001"],
        );
    }

    #[test]
    fn what_never_came_is_told_apart_from_what_has_no_value() {
        check(&line(None, None, "s", ExpectationVerdict::Missed), ["✗", "never", "<= 2,400 s", "–"]);
        check(&line(None, None, "s", ExpectationVerdict::Vacuous), ["?", "–", "<= 2,400 s", "–"]);
    }

    #[test]
    fn a_missed_line_that_only_warns_has_a_mark_of_its_own() {
        let warning = Expectation {
            if_missed: IfMissed::Warn,
            ..line(Some(2.0), None, "1", ExpectationVerdict::Missed)
        };
        assert_eq!((row(&warning).mark, row(&warning).rating), ("!", Rating::Partial));
    }
}
