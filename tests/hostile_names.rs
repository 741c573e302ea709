//! Names that come with somebody else's files: what is printed to be copied can be copied, and in no medium is a name
//! anything but a name.

#![cfg(unix)]

use crate::support::desk::Desk;
use std::path::Path;
use std::process::Command;

const SALE: &str = r#"{
    "expect": ["sale.sold == 2"],
    "crowd": [{ "name": NAME, "count": 9, "arrivals": { "spike": {} } }, { "name": "others", "count": 9, "arrivals": { "spike": {} } }],
    "inventory": { "bands": [{ "name": "hall", "seats": 2 }] }
}"#;

fn sale(cohort: &str) -> String {
    SALE.replace("NAME", &serde_json::Value::from(cohort).to_string())
}

/// Names of files that a shell would take for something else.
const FILES: [&str; 12] = [
    "a b",
    "$(touch pwned)",
    "`touch pwned`",
    "it's",
    "\"q\"",
    "a;touch pwned",
    "-x",
    "~",
    "a&b",
    "*",
    "esc\u{1b}[2J\nline",
    "\u{202e}gpj.exe",
];

/// Characters that nobody sees, or not where they stand.
fn unseen(text: &str) -> Vec<char> {
    let is_unseen = |c: &char| {
        c.is_control() && !"\n\t".contains(*c)
            || ('\u{202a}'..='\u{202e}').contains(c)
            || ('\u{2066}'..='\u{2069}').contains(c)
            || ('\u{200e}'..='\u{200f}').contains(c)
    };
    text.chars().filter(is_unseen).collect()
}

#[test]
fn every_command_and_path_that_is_printed_can_be_copied() {
    let binary = assert_cmd::cargo::cargo_bin("onsale");
    for name in FILES {
        let desk = Desk::with(&[(&format!("{name}.json"), &sale("fans"))]);
        let file = if name.starts_with('-') { format!("./{name}.json") } else { format!("{name}.json") };
        let lines = |arguments: &[&str]| -> Vec<(String, String)> {
            let told = desk.onsale(arguments).success();
            let text = String::from_utf8(told.get_output().stdout.clone()).expect("a text");
            assert_eq!(unseen(&text), [], "{name:?}");
            let parts = |line: &str| {
                line.trim_start()
                    .split_once("  ")
                    .map(|(what, rest)| (what.to_owned(), rest.trim().to_owned()))
            };
            text.lines().filter_map(parts).collect()
        };
        let is_copied =
            |what: &str| ["explain onsale", "again", "report", "runs", "baseline"].contains(&what);
        let run = lines(&["run", &file, "--seed", "3"]);
        let out = format!("out {name}");
        let seeds = lines(&["run", &file, "--seeds", "1..2", "--out", &out]);
        let compared = lines(&[
            "compare",
            &file,
            "--set",
            "inventory.bands.hall.seats=3",
            "--seeds",
            "1..2",
            "--throws",
            "0",
        ]);
        let blessed = lines(&["check", &file, "--bless", "--seeds", "1..2"]);
        let mut copied = 0;
        for (what, rest) in [run, seeds, compared, blessed].concat() {
            let explain = format!("{what}  {rest}")
                .split_once("explain onsale")
                .map(|(_, rest)| format!("onsale{}", rest.split("  ").next().unwrap_or_default()));
            let line = match (explain, is_copied(&what)) {
                (Some(explain), _) => explain,
                (None, true) if what == "again" => rest,
                (None, true) => format!("test -e {rest}"),
                (None, false) => continue,
            };
            copied += 1;
            let line = line.replacen("onsale ", &format!("'{}' ", binary.display()), 1);
            let done = Command::new("bash")
                .args(["-c", &line])
                .current_dir(desk.path())
                .output()
                .expect("bash runs");
            assert!(done.status.success(), "{name:?}: {line}: {}", String::from_utf8_lossy(&done.stderr));
        }
        assert!(copied >= 7, "{name:?}: {copied}");
        assert!(!desk.path().join("pwned").exists(), "{name:?}");
        desk.onsale(&["validate", &file]).success();
        let refused = desk.onsale(&["explain", &file, "--client", "99"]).code(4);
        assert_eq!(unseen(&String::from_utf8_lossy(&refused.get_output().stderr)), [], "{name:?}");
    }
}

/// What cohorts may be called, and what must not stand in a report as it is.
const COHORTS: [(&str, &str); 6] = [
    ("=HYPERLINK(1)", ",=HYPERLINK"),
    ("@everyone", "@everyone"),
    ("see https://evil.example", "https://evil.example"),
    ("www.evil.example", "www.evil.example"),
    ("org/repo#12", "repo#12"),
    ("a\u{202e}b\u{2066}c\u{200f}", "\u{202e}"),
];

#[test]
fn no_name_is_anything_but_a_name_in_any_medium() {
    for (cohort, live) in COHORTS {
        let desk = Desk::with(&[("sale.json", &sale(cohort))]);
        let mut texts = Vec::new();
        let mut printed = |arguments: &[&str]| {
            let told = desk.onsale(arguments).success();
            texts
                .push((arguments.join(" "), String::from_utf8_lossy(&told.get_output().stdout).into_owned()));
        };
        printed(&["run", "sale.json"]);
        printed(&["run", "sale.json", "--seeds", "1..2"]);
        printed(&["explain", "sale.json", "--client", "0"]);
        printed(&["explain", "sale.json", "--client", "0", "--as", "mermaid"]);
        printed(&["explain", "sale.json", "--client", "0", "--as", "html"]);
        printed(&[
            "compare",
            "sale.json",
            "--set",
            "inventory.bands.hall.seats=3",
            "--seeds",
            "1..2",
            "--throws",
            "0",
            "--format",
            "markdown",
        ]);
        desk.onsale(&["check", "sale.json", "--bless", "--seeds", "1..2"]).success();
        printed(&["check", "sale.json", "--seeds", "1..2", "--format", "markdown"]);
        printed(&["check", "sale.json", "--seeds", "1..2", "--format", "junit"]);
        for folder in [
            "reports/sale",
            "reports/sale/charts",
            "reports/sale-seeds",
            "reports/sale-compare",
            "reports/sale-compare/charts",
        ] {
            for entry in std::fs::read_dir(desk.path().join(folder)).expect("readable") {
                let path = entry.expect("an entry").path();
                // Data for programs is what it is.
                if path.is_file() && path.extension().is_some_and(|ending| ending != "json") {
                    let text = std::fs::read_to_string(&path).expect("a text");
                    texts.push((path.strip_prefix(desk.path()).expect("inside").display().to_string(), text));
                }
            }
        }
        for (medium, text) in &texts {
            assert_eq!(unseen(text), [], "{cohort:?} in {medium}");
            let is_table = Path::new(medium).extension().is_some_and(|ending| ending == "csv");
            if is_table {
                let cells = text.lines().flat_map(|line| line.split(','));
                assert!(
                    cells.clone().all(|cell| !cell.starts_with(['=', '+', '@'])),
                    "{cohort:?} in {medium}"
                );
            }
            if medium.ends_with("markdown") {
                let outside_code: String = text.split('`').step_by(2).collect();
                assert!(!outside_code.contains(live), "{cohort:?} in {medium}: {text}");
            }
        }
    }
}

/// A variant of a comparison is called as its change is written; a spreadsheet must not take that for a formula.
#[test]
fn the_label_of_a_variant_is_no_formula() {
    let desk = Desk::with(&[("=1+1.json", &sale("fans")), ("other.json", &sale("fans"))]);
    desk.onsale(&["compare", "other.json", "=1+1.json", "--seeds", "1..2", "--throws", "0", "-q"]).success();
    let table = desk.read("reports/other-compare/differences.csv");
    assert!(table.lines().skip(1).all(|line| line.starts_with("\"'=1+1\",")), "{table}");
}
