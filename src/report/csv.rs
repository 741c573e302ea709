//! `timeline.csv`: every quantity over time as one column; `runs.csv`: every metric of many runs as one row. For
//! spreadsheets and notebooks (RFC 4180, with `\n`).

use super::formatting::clean;
use crate::experiment::compare::{Comparison, Difference};
use crate::experiment::replicate::{Replicated, Replications};
use crate::experiment::result::{RunResult, Series};

/// The timeline as CSV. `time_us` is the end of the window in microseconds since time 0: a count is what happened
/// within the window that ends there, a level is its value at that instant. A column is called `name`,
/// `name@cohort` or `name#station`. An undefined value is an empty field.
pub fn csv(result: &RunResult) -> String {
    let timeline = &result.timeline;
    let mut out = String::from("time_us");
    for series in &timeline.series {
        out.push(',');
        out.push_str(&field(&column(series)));
    }
    out.push('\n');
    let windows = timeline.series.iter().map(|series| series.values.len()).max().unwrap_or(0);
    for window in 0..windows {
        let end = timeline.start_us + (window as u64 + 1) * timeline.window_us;
        out.push_str(&end.to_string());
        for series in &timeline.series {
            out.push(',');
            if let Some(value) = series.values.get(window).filter(|value| value.is_finite()) {
                out.push_str(&value.to_string());
            }
        }
        out.push('\n');
    }
    out
}

/// Many runs as CSV: one row a metric, with its mean and interval and its value under each seed. A row is called
/// `name`, `name@cohort` or `name#station`. An undefined value is an empty field.
pub fn runs_csv(runs: &Replications) -> String {
    let mut out = String::from("metric,mean,sd,half_width_95,defined");
    for run in &runs.runs {
        out.push_str(",seed ");
        out.push_str(&run.seed);
    }
    out.push('\n');
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    for metric in &runs.metrics {
        let Replicated { name, cohort, station, mean, sd, half_width, defined, values, .. } = metric;
        out.push_str(&field(&scoped(name, cohort.as_deref(), station.as_deref())));
        for value in
            [*mean, *sd, *half_width, Some(*defined as f64)].into_iter().chain(values.iter().copied())
        {
            out.push(',');
            out.push_str(&number(value));
        }
        out.push('\n');
    }
    out
}

/// A comparison as CSV: one row a metric and variant, held against the first variant. An undefined value is an empty
/// field.
pub fn differences_csv(comparison: &Comparison) -> String {
    let mut out = String::from(
        "variant,metric,first,other,difference,half_width_95,p,p_adjusted,pairs,dropped,worth\n",
    );
    for (variant, against) in comparison.variants[1..].iter().zip(&comparison.against) {
        for difference in &against.differences {
            let Difference { metric, cohort, station, first, other, mean, half_width, p, p_adjusted, .. } =
                difference;
            out.push_str(&field(&variant.label));
            out.push(',');
            out.push_str(&field(&scoped(metric, cohort.as_deref(), station.as_deref())));
            let (pairs, dropped) = (Some(difference.pairs as f64), Some(difference.dropped as f64));
            for value in
                [*first, *other, *mean, *half_width, *p, *p_adjusted, pairs, dropped, difference.worth]
            {
                out.push(',');
                out.push_str(&value.map_or_else(String::new, |value| value.to_string()));
            }
            out.push('\n');
        }
    }
    out
}

fn column(series: &Series) -> String {
    scoped(&series.name, series.cohort.as_deref(), series.station.as_deref())
}

/// A metric's name with what it is taken over.
fn scoped(name: &str, cohort: Option<&str>, station: Option<&str>) -> String {
    let mut name = name.to_owned();
    for (mark, part) in [('@', cohort), ('#', station)] {
        if let Some(part) = part {
            name.push(mark);
            name.push_str(part);
        }
    }
    name
}

/// A field, quoted where it must be. What a spreadsheet would take for a formula is text for it, by the apostrophe that it
/// knows for that.
fn field(text: &str) -> String {
    let clean = clean(text);
    let is_formula = clean.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let clean = if is_formula { format!("'{clean}") } else { clean };
    if is_formula || clean.contains(['"', ',', ';', '\'']) {
        format!("\"{}\"", clean.replace('"', "\"\""))
    } else {
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_with_a_comma_or_a_quote_is_quoted() {
        assert_eq!(field("outcome.bought@mobile"), "outcome.bought@mobile");
        assert_eq!(field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn no_name_is_a_formula_or_begins_a_line() {
        for (written, expected) in [
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =1", "\"' =1\""),
            ("\t=1\r\n=2", "?=1??=2"),
            ("a;=1", "\"a;=1\""),
            ("sale.sold@=x", "sale.sold@=x"),
        ] {
            assert_eq!(field(written), expected, "{written:?}");
        }
    }
}
