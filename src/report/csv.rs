//! `timeline.csv`: every quantity over time as one column, for spreadsheets and notebooks (RFC 4180, with `\n`).

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

fn column(series: &Series) -> String {
    let mut name = series.name.clone();
    for (mark, part) in [('@', &series.cohort), ('#', &series.station)] {
        if let Some(part) = part {
            name.push(mark);
            name.push_str(part);
        }
    }
    name
}

/// A field, quoted where it must be.
fn field(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
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
}
