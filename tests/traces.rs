//! Recorded crowds: where their files are looked for, what is told about a wrong one, and that a result needs them no
//! more. That arrivals follow them is shown in `src/model/arrivals.rs` and in `tests/mechanisms/clients.rs`.

use crate::support;
use onsale::experiment::result::RunResult;
use onsale::scenario::trace::Unread;
use onsale::scenario::{Diagnosis, Plan, Scenario, check};
use std::path::Path;

fn sale(trace: &str) -> String {
    format!(
        r#"{{ "opens_at": "1m", "horizon": "20m",
  "crowd": [{{ "name": "fans", "count": 100, "arrivals": {{ "trace": {{ {trace} }} }} }}],
  "inventory": {{ "bands": [{{ "name": "all", "seats": 5 }}] }} }}"#
    )
}

const MINUTES: &str = "minute,requests,errors\n17:00,30,0\n17:01,0,0\n17:02,70,0\n";

/// The one file there is.
fn files(path: &str) -> Result<String, Unread> {
    match path {
        "crowds/minutes.csv" => Ok(MINUTES.to_owned()),
        _ => Err(Unread { problem: "there is no such file".to_owned(), remedy: "check the path".to_owned() }),
    }
}

/// Everything wrong with a text, of both stages: path, problem and remedy.
fn told(text: &str) -> Vec<(String, String)> {
    let diagnosis = match Scenario::parse_with(text, "sale.json", &mut files) {
        Err(diagnosis) => diagnosis,
        Ok(scenario) => Diagnosis::of_problems("sale.json", text, &check(&scenario)),
    };
    diagnosis.mistakes().iter().map(|m| (m.path.clone(), format!("{}; {}", m.problem, m.remedy))).collect()
}

#[track_caller]
fn tells(trace: &str, key: &str, contains: &str) {
    let found = told(&sale(trace));
    let path = format!("crowd[0].arrivals.trace{key}");
    assert!(
        found.len() == 1 && found[0].0 == path && found[0].1.contains(contains),
        "`{contains}` was expected at `{path}`, and told was {found:#?}"
    );
}

#[test]
fn what_is_read_stands_in_the_scenario() {
    let text = sale(r#""file": "crowds/minutes.csv", "column": "requests""#);
    let scenario = Scenario::parse_with(&text, "sale.json", &mut files).expect("it is right");
    let expanded = scenario.expanded();
    assert_eq!(Scenario::parse(&expanded, "alone").expect("it stands alone"), scenario);
    let written = sale(r#""counts": [30, 0, 70]"#);
    let (read, written) = (support::run_scenario(&scenario, "x", 1), support::run(&written, 1));
    assert_eq!(read.fingerprint, written.fingerprint, "a file is nothing but its counts");
}

#[test]
fn a_wrong_file_is_told_with_its_line_its_key_and_a_remedy() {
    tells(r#""file": "minutes.csv""#, ".file", "minutes.csv: there is no such file");
    tells(r#""file": "crowds/minutes.csv", "column": "requets""#, ".column", "one of the 3 names");
    tells(r#""file": "crowds/minutes.csv", "column": "minute""#, ".file", "line 2 of crowds/minutes.csv");
    tells(r#""file": "crowds/minutes.csv""#, ".file", "every count is 0");
    tells(
        r#""file": "crowds/minutes.csv", "column": "requests", "first_row": 2, "last_row": 2"#,
        ".file",
        "every count is 0",
    );
    tells(
        r#""file": "crowds/minutes.csv", "column": "requests", "first_row": 9"#,
        ".first_row",
        "has 3 rows",
    );
    tells("", "", "there are no counts");
    tells(r#""counts": []"#, ".counts", "empty");
    tells(r#""counts": [0, 0]"#, ".counts", "every count is 0");
    tells(r#""counts": [1, -2]"#, ".counts[1]", "negative");
    tells(r#""counts": [1], "row_length": "0s""#, ".row_length", "longer than 0s");
    tells(
        r#""counts": [1], "used": { "as_they_are": { "factor": 0 } }"#,
        ".used.as_they_are.factor",
        "more than 0",
    );
    tells(r#""counts": [1], "used": "as_a_shape""#, ".used", "write {\"as_a_shape\": {}}");
}

#[test]
fn a_trace_that_does_not_fit_the_sale_is_told() {
    tells(r#""counts": [1, 2], "from": "20m""#, ".from", "nobody comes");
    tells(r#""counts": [0, 0, 2], "from": "18m""#, ".from", "the first does at 20m");
    tells(r#""counts": [1, 1, 1, 1], "row_length": "10m""#, ".from", "about 50 of 100 persons");
    tells(
        r#""counts": [40], "used": { "as_they_are": {} }"#,
        ".used.as_they_are.factor",
        "bring about 40 of 100",
    );
    tells(
        r#""counts": [400], "used": { "as_they_are": {} }"#,
        ".used.as_they_are.factor",
        "after 100 nobody comes any more; write the factor 0.2500, or the `count` 400",
    );
    tells(r#""counts": [1], "column": "requests""#, ".column", "there is none");
    assert_eq!(told(&sale(r#""counts": [90, 10], "used": { "as_they_are": {} }"#)), []);
}

#[test]
fn all_mistakes_are_told_at_once_and_none_is_an_echo() {
    let text = sale(r#""file": "nowhere.csv", "from": 5"#).replace("\"seats\": 5", "\"seats\": 0");
    let paths: Vec<String> = told(&text).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["crowd[0].arrivals.trace.from", "inventory.bands[0].seats"]);
    let text = sale(r#""file": "nowhere.csv""#).replace("\"seats\": 5", "\"seats\": 0");
    let paths: Vec<String> = told(&text).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["crowd[0].arrivals.trace.file", "inventory.bands[0].seats"]);
}

#[test]
fn a_text_without_files_says_so() {
    let mistakes = Scenario::parse(&sale(r#""file": "crowds/minutes.csv""#), "alone").unwrap_err();
    let said = mistakes.picture(false);
    assert!(said.contains("stands alone") && said.contains("write the `counts`"), "{said}");
}

/// The command's exit code and what people read.
fn onsale(folder: &Path, arguments: &[&str], stdin: &str) -> (Option<i32>, String) {
    let done = assert_cmd::Command::cargo_bin("onsale")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn paths_count_from_the_folder_of_the_scenario_and_results_need_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let sales = folder.path().join("sales");
    std::fs::create_dir_all(sales.join("crowds")).unwrap();
    std::fs::write(sales.join("crowds/minutes.csv"), MINUTES).unwrap();
    let text = sale(r#""file": "crowds/minutes.csv", "column": "requests""#);
    std::fs::write(sales.join("sale.json"), &text).unwrap();

    let (code, said) = onsale(folder.path(), &["run", "sales/sale.json", "--quiet"], "");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = onsale(folder.path(), &["validate", "-"], &text);
    assert_eq!(code, Some(3), "what stdin names counts from the folder of the process: {said}");
    assert!(said.contains("crowds/minutes.csv: there is no such file"), "{said}");
    let (code, said) = onsale(&sales, &["validate", "-"], &text);
    assert_eq!(code, Some(0), "{said}");

    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    let result: RunResult = serde_json::from_str(&read("reports/sale/result.json")).unwrap();
    std::fs::remove_file(sales.join("crowds/minutes.csv")).unwrap();
    let plan = Plan::new(&result.scenario).expect("it was checked");
    assert_eq!(plan.roster.persons, 100);
    let again = support::run_scenario(&result.scenario, &result.name, result.scenario.seed);
    assert_eq!(again.fingerprint, result.fingerprint);
}
