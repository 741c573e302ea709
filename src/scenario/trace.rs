//! Recorded crowds: counts of people, one row after another, written in the scenario or read from a file that it
//! names. Files are read once, while the scenario is; from then on the counts stand in it, and it needs the file no
//! more. What does not live here: opening files, which is `cli`'s; it hands over their text.

use super::Scenario;
use super::crowd::Arrivals;
use super::diagnose::{Problem, Severity, printable, without_byte_order_mark};
use crate::engine::time::Span;
use crate::quantity::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most rows of a trace: a day of seconds has 86,400.
pub const ROWS_MAX: usize = 100_000;
/// Most rows of all traces of a scenario together: ten such days. A run keeps 20 bytes of each.
pub const ALL_ROWS_MAX: usize = 1_000_000;
/// Most bytes that the traces of a scenario read together; a file counts for each trace that names it.
const ALL_BYTES_MAX: usize = 256 << 20;

/// As a recorded crowd came: counts, each for the same length of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// A file of counts: CSV text with a header line, fields separated by commas, one row for each length of time. Its
    /// path counts from the folder of the scenario and leads to a place below it, unless the command is given
    /// `--allow-files`. At most 16 MiB; all traces together read at most 256 MiB and take at most 1,000,000 rows.
    /// Default: null, the counts are written here.
    #[serde(default)]
    pub file: Option<String>,
    /// The column that holds the counts, by its name in the header. Default: null, the last one.
    #[serde(default)]
    pub column: Option<String>,
    /// The first row of the file to take, from 1, the header not counted. Default: 1.
    #[serde(default = "first")]
    pub first_row: Count<u32, 1>,
    /// The last row of the file to take, `first_row` or later. Default: null, the last there is.
    #[serde(default)]
    pub last_row: Option<Count<u32, 1>>,
    /// The counts, one for each length of time: 1 to 100,000 whole numbers. Default: null, they are read from the file.
    /// Where they are written the file is not opened; so a scenario that is saved with its result runs without it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100_000))]
    pub counts: Option<Vec<u32>>,
    /// How long one row lasts, more than 0. Default: "1m". Another length than the recorded one plays the record
    /// slower or faster.
    #[serde(default = "minute")]
    pub row_length: Positive<Span>,
    /// When the first row taken begins, counted from time 0. Default: "0s".
    #[serde(default)]
    pub from: Span,
    /// What the counts stand for. Default: {"`as_a_shape"`: {}}.
    #[serde(default)]
    pub used: Used,
}

/// What the counts of a trace stand for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Used {
    /// For when people come, not for how many: each person of the cohort falls into a row with the probability of its
    /// share of all counts, anywhere within it. A log of served requests is cut off at what its server could bear, so
    /// it is a shape and no demand.
    AsAShape(AsAShape),
    /// For how many come, too: a Poisson stream that brings in each row as many as are counted there, on average. It
    /// ends with the cohort's count.
    AsTheyAre(AsTheyAre),
}

/// The cohort's count is spread over the rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsAShape {}

/// The counts are persons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AsTheyAre {
    /// How many persons come for each that was counted, more than 0. Default: 1.
    #[serde(default = "one")]
    pub factor: Positive<f64>,
}

impl Default for Used {
    fn default() -> Used {
        Used::AsAShape(AsAShape::default())
    }
}

fn first() -> Count<u32, 1> {
    Count::of(1)
}

fn minute() -> Positive<Span> {
    Positive::from_secs(60)
}

fn one() -> Positive<f64> {
    Positive::<f64>::of(1.0)
}

/// Why a file that a scenario names cannot be read, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// Hands over the text of a file that a scenario names, given its path as it is written there.
pub type Files<'f> = dyn FnMut(&str) -> Result<String, Unread> + 'f;

/// There are no files beside a text that stands alone.
pub(super) fn no_files(_path: &str) -> Result<String, Unread> {
    Err(Unread {
        problem: "this scenario stands alone, with no files beside it".to_owned(),
        remedy: "read it from its own file, or write the `counts` into it".to_owned(),
    })
}

/// Reads the files of all traces that have no counts yet and whose place is sound; tells what is wrong with them. It
/// never tells what stands in them: whoever reads the message may not be meant to read the file. Also returns where traces
/// are that were not read any more.
pub(super) fn read_files(
    scenario: &mut Scenario, files: &mut Files<'_>, is_sound: impl Fn(&str) -> bool,
) -> (Vec<Problem>, Vec<String>) {
    let (mut problems, mut unread) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for (i, cohort) in scenario.crowd.iter_mut().enumerate() {
        let Arrivals::Trace(trace) = &mut cohort.arrivals else { continue };
        let place = format!("crowd[{i}].arrivals.trace");
        let (Some(file), None) = (&trace.file, &trace.counts) else { continue };
        if !is_sound(&place) {
            continue;
        }
        if bytes > ALL_BYTES_MAX {
            unread.push(place);
            continue;
        }
        let read = files(file).map_err(|Unread { problem, remedy }| {
            wrong("file", format!("{}: {problem}", printable(file)), remedy)
        });
        let within = read.and_then(|text| {
            bytes += text.len();
            if bytes <= ALL_BYTES_MAX { Ok(text) } else { Err(too_much()) }
        });
        match within.and_then(|text| counts_in(without_byte_order_mark(&text), file, trace)) {
            Ok(counts) => trace.counts = Some(counts),
            Err(Wrong { key, unread }) => problems.push(Problem {
                path: format!("{place}.{key}"),
                problem: unread.problem,
                remedy: unread.remedy,
                severity: Severity::Error,
                within: None,
                depends_on: Vec::new(),
            }),
        }
    }
    (problems, unread)
}

/// What is wrong, and which key of the trace says so.
#[derive(Debug)]
struct Wrong {
    key: &'static str,
    unread: Unread,
}

fn wrong(key: &'static str, problem: String, remedy: String) -> Wrong {
    Wrong { key, unread: Unread { problem, remedy } }
}

fn too_much() -> Wrong {
    let problem = format!("the traces up to this one read more than {} MiB", ALL_BYTES_MAX >> 20);
    let remedy =
        "a file is read for each trace that names it: name smaller ones, each with what its trace takes";
    wrong("file", problem, remedy.to_owned())
}

/// A field without what may stand around it.
fn bare(field: &str) -> &str {
    field.trim().trim_matches('"')
}

/// The counts that a trace takes from the text of its file.
fn counts_in(text: &str, file: &str, trace: &Trace) -> Result<Vec<u32>, Wrong> {
    let file = printable(file);
    // Empty lines at the end are no rows.
    let mut lines = text.trim_end().lines();
    let header = lines.next().unwrap_or_default();
    let rows = lines.clone().count();
    if rows == 0 {
        let problem = format!("{file} has no rows of counts");
        return Err(wrong("file", problem, "it needs a header line, and a row for each count".to_owned()));
    }
    let column = column_in(header, &file, trace)?;
    let taken = window(rows, &file, trace)?;
    let (mut first_bad, mut bad) = (None, 0_usize);
    let mut counts = Vec::with_capacity(taken.len());
    for (row, line) in lines.enumerate().skip(taken.start).take(taken.len()) {
        let field = line.split(',').nth(column).map(bare);
        if let Some(Ok(count)) = field.map(str::parse) {
            counts.push(count);
        } else {
            bad += 1;
            // The header is line 1, and rows count from 0 here.
            first_bad = first_bad.or(Some((row + 2, field)));
        }
    }
    let Some((line, field)) = first_bad else { return Ok(counts) };
    let what = match field {
        Some("") => "the count is missing".to_owned(),
        Some(_) => format!("field {} is not a count", column + 1),
        None => format!("there is no field {}", column + 1),
    };
    let others = match bad - 1 {
        0 => String::new(),
        n => format!(" (and so on, in {n} more)"),
    };
    let problem = format!("line {line} of {file}: {what}{others}");
    Err(wrong("file", problem, "counts are whole numbers from 0 to 4,294,967,295".to_owned()))
}

/// Which field of a row is the count.
fn column_in(header: &str, file: &str, trace: &Trace) -> Result<usize, Wrong> {
    let names: Vec<&str> = header.split(',').map(bare).collect();
    let Some(column) = &trace.column else { return Ok(names.len() - 1) };
    names.iter().position(|name| name == column).ok_or_else(|| {
        let remedy = match names.len() {
            1 => "leave `column` out: the header names one column".to_owned(),
            n => format!("write one of the {n} names in its header, or leave `column` out for the last"),
        };
        wrong("column", format!("{file} has no column \"{}\"", printable(column)), remedy)
    })
}

/// Which rows are taken, counted from 0.
fn window(rows: usize, file: &str, trace: &Trace) -> Result<std::ops::Range<usize>, Wrong> {
    let first = trace.first_row.get() as usize;
    let last = trace.last_row.map_or(rows, |last| last.get() as usize);
    if first > rows || last > rows {
        let key = if first > rows { "first_row" } else { "last_row" };
        let problem = format!("{file} has {rows} rows");
        return Err(wrong(key, problem, format!("write 1 to {rows}; the header is not counted")));
    }
    if last < first {
        let problem = format!("the last row taken, {last}, is before the first, {first}");
        return Err(wrong("last_row", problem, "exchange them".to_owned()));
    }
    if last - (first - 1) > ROWS_MAX {
        let problem = format!("{} rows are taken", last - (first - 1));
        return Err(wrong(
            "last_row",
            problem,
            format!("take at most {ROWS_MAX}, or add rows up in the file"),
        ));
    }
    Ok(first - 1..last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTES: &str = "minute,\"requests\", errors\n17:00,5,1\r\n17:01, 7 ,0\n17:02,\"9\",2\n\n";

    fn trace(keys: &str) -> Trace {
        serde_json::from_str(&format!("{{\"file\": \"t.csv\"{keys}}}")).expect("a trace")
    }

    #[track_caller]
    fn refused(text: &str, keys: &str, key: &str, contains: &str) {
        let wrong = counts_in(text, "t.csv", &trace(keys)).unwrap_err();
        let said = format!("{}; {}", wrong.unread.problem, wrong.unread.remedy);
        assert!(wrong.key == key && said.contains(contains), "{}: {said}", wrong.key);
    }

    #[test]
    fn the_column_and_the_rows_asked_for_are_taken() {
        for (keys, counts) in [
            ("", vec![1, 0, 2]),
            (", \"column\": \"requests\"", vec![5, 7, 9]),
            (", \"column\": \"requests\", \"first_row\": 2", vec![7, 9]),
            (", \"column\": \"requests\", \"first_row\": 2, \"last_row\": 2", vec![7]),
        ] {
            assert_eq!(counts_in(MINUTES, "t.csv", &trace(keys)).expect("well formed"), counts, "{keys}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_a_remedy() {
        refused("", "", "file", "has no rows");
        refused("requests\n\n", "", "file", "has no rows");
        refused(MINUTES, ", \"column\": \"request\"", "column", "one of the 3 names");
        refused("n\n1\n", ", \"column\": \"m\"", "column", "leave `column` out");
        refused(
            MINUTES,
            ", \"column\": \"minute\"",
            "file",
            "line 2 of t.csv: field 1 is not a count (and so on, in 2 more)",
        );
        refused("a,b\n1,2\n3\n", "", "file", "line 3 of t.csv: there is no field 2");
        refused("a,b\n1,2\n3,\n", "", "file", "line 3 of t.csv: the count is missing");
        refused("a\n1\n\n3\n", "", "file", "line 3 of t.csv: the count is missing");
        refused("a\n-1\n", "", "file", "field 1 is not a count");
        refused("a\n1.5\n", "", "file", "whole numbers");
        refused(MINUTES, ", \"first_row\": 4", "first_row", "has 3 rows");
        refused(MINUTES, ", \"last_row\": 4", "last_row", "write 1 to 3");
        refused(MINUTES, ", \"first_row\": 3, \"last_row\": 2", "last_row", "exchange them");
    }

    #[test]
    fn nothing_that_stands_in_a_file_is_told() {
        for text in ["SECRET,KEY\nhunter2,hunter3\n", "hunter2\nKEY=hunter3\n", "SECRET\n\nhunter2"] {
            for keys in ["", ", \"column\": \"SECRE\"", ", \"column\": \"hunter\"", ", \"first_row\": 9"] {
                let Err(Wrong { unread, .. }) = counts_in(text, "t.csv", &trace(keys)) else { continue };
                let said = format!("{}; {}", unread.problem, unread.remedy);
                assert!(!said.contains("hunter2") && !said.contains("hunter3"), "{said}");
            }
        }
    }

    #[test]
    fn traces_together_read_no_more_than_their_limit() {
        let big = "n\n1\n".to_owned() + &" ".repeat(16 << 20);
        let cohort = r#"{ "name": "NAME", "count": 1, "arrivals": { "trace": { "file": "t.csv" } } }"#;
        let crowd: Vec<String> = (0..40).map(|i| cohort.replace("NAME", &i.to_string())).collect();
        let bands = r#"{ "bands": [{ "name": "all", "seats": 5 }] }"#;
        let text = format!(r#"{{ "crowd": [{}], "inventory": {bands} }}"#, crowd.join(","));
        let mut reads = 0;
        let mut files = |_: &str| {
            reads += 1;
            Ok(big.clone())
        };
        let told = Scenario::parse_with(&text, "sale", &mut files).unwrap_err();
        assert_eq!((reads, told.mistakes().len()), (16, 1), "{}", told.picture(false));
        assert!(told.mistakes()[0].problem.contains("more than 256 MiB"));
    }
}
