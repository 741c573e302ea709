//! What a file may not do to whoever reads it: cost more than its length, fill a screen, name what is not its own, or
//! bring a command down. Sizes and counts are held here, and no times.

use crate::support::desk::Desk;
use assert_cmd::Command;
use onsale::scenario::trace::Unread;
use onsale::scenario::{Diagnosis, Plan, Scenario, parse};
use std::path::Path;
use std::process::Output;

const CROWD: &str = r#""crowd": [{ "name": "fans", "count": 10, "arrivals": { "spike": {} } }]"#;
const STOCK: &str = r#""inventory": { "bands": [{ "name": "all", "seats": 5 }] }"#;

/// All mistakes of a text, of both stages.
fn told(text: &str) -> Diagnosis {
    match parse(text, "sale.json") {
        Err(diagnosis) => diagnosis,
        Ok(scenario) => match Plan::new(&scenario) {
            Err(problems) => Diagnosis::of_problems("sale.json", text, &problems),
            Ok(_) => panic!("nothing is wrong with it"),
        },
    }
}

fn many(count: usize, entry: impl Fn(usize) -> String) -> String {
    (0..count).map(entry).collect::<Vec<String>>().join(", ")
}

#[test]
fn the_walk_stops_at_its_limit_whatever_the_mistakes_are() {
    let unknown = many(5000, |i| format!("\"k{i}\": 1"));
    let cohorts = many(250, |_| "{ \"x\": 1, \"y\": 2, \"z\": 3 }".to_owned());
    for text in [
        format!("{{ {unknown}, {CROWD}, {STOCK} }}"),
        format!("{{ {CROWD}, {STOCK}, {} }}", many(5000, |_| "\"seed\": 1".to_owned())),
        format!("{{ \"crowd\": [{cohorts}], {STOCK} }}"),
    ] {
        let told = told(&text);
        assert_eq!(told.mistakes().len(), 1000, "{}", &text[..60]);
        let said = told.picture(false);
        assert!(said.ends_with("1000 mistakes in sale.json, and perhaps more; nothing was run or written\n"));
    }
}

#[test]
fn what_is_beyond_the_end_of_a_list_is_told_once_and_not_looked_at() {
    let wrong_cohort =
        |i: usize| format!(r#"{{ "name": "{i}", "count": 1, "arrivals": {{ "spike": {{}} }} }}"#);
    let rule = |i: usize| {
        let before = if i == 0 { 2999 } else { i - 1 };
        format!(
            r#"{{ "name": "r{i}", "trigger": {{ "after": {{ "rule": "r{before}" }} }}, "actions": [{{ "pause": {{}} }}] }}"#
        )
    };
    // A chain of 255 rules whose first waits for one beyond the end.
    let told_of = told(&format!("{{ {CROWD}, {STOCK}, \"operator\": [{}] }}", many(3000, rule)));
    let paths: Vec<&str> = told_of.mistakes().iter().map(|mistake| mistake.path.as_str()).collect();
    assert!(paths.contains(&"operator") && paths.len() <= 256, "{} {paths:?}", paths.len());
    let told_of = told(&format!("{{ {STOCK}, \"crowd\": [{}] }}", many(3000, wrong_cohort)));
    assert_eq!(told_of.mistakes().len(), 1, "{}", told_of.picture(false));
    for (key, entry, most) in [
        ("expect", "\"sale.sould == 1\"", 1000),
        ("network", r#"{ "name": "n", "up": "1s", "down": "1s" }"#, 255),
        ("faults", "{}", 255),
    ] {
        let told =
            told(&format!("{{ {CROWD}, {STOCK}, \"{key}\": [{}] }}", many(5000, |_| entry.to_owned())));
        let of_list =
            told.mistakes().iter().find(|mistake| mistake.path == key).expect("the list is too long");
        assert_eq!(of_list.remedy, format!("write at most {most}"));
        assert!(told.mistakes().len() <= 1001, "{key}: {}", told.mistakes().len());
    }
}

#[test]
fn more_values_than_memory_has_room_for_are_refused_before_they_are_read() {
    let text = format!("{{ {CROWD}, {STOCK}, \"x\": [{}0] }}", "0,".repeat(2_000_000));
    let told = told(&text);
    assert_eq!(told.mistakes().len(), 1);
    assert!(told.mistakes()[0].problem.contains("more than 2000000 values"), "{}", told.picture(false));
}

#[test]
fn no_message_is_longer_than_anybody_reads() {
    let long = "x".repeat(100_000);
    let nines = "9".repeat(100_000);
    for (part, of) in [
        (format!("\"{long}\": 1"), ""),
        (format!("\"opens_at\": \"{nines}\""), "duration"),
        (format!("\"opens_at\": \"{nines}s\""), "duration"),
        (format!("\"opens_at\": \"1{long}\""), "duration"),
        (format!("\"seed\": {nines}"), ""),
        (format!("\"seed\": \"{long}\""), ""),
        (format!("\"expect\": [\"{long} == 1\"]"), ""),
        (format!("\"expect\": [\"sale.sold == 1 {}\"]", &long[..380]), ""),
        (format!("\"expect\": [\"wait.p95 @ cohort={} == 1\"]", &long[..370]), ""),
        (format!("\"about\": {{ \"title\": \"{long}\" }}"), ""),
        (format!("\"check\": {{ \"margins\": [{{ \"metric\": \"{long}\", \"absolute\": 1 }}] }}"), ""),
        (format!("\"waiting_room\": {{ \"policy\": {{ \"{long}\": {{}} }} }}"), ""),
        (
            format!(
                "\"waiting_room\": {{ \"policy\": {{ \"risk_lanes\": {{ \"risk\": \"{}\" }} }} }}",
                &long[..1999]
            ),
            "",
        ),
        (format!("\"services\": {{ \"verify\": {{ \"service\": {{ \"{long}\": 1 }} }} }}"), ""),
        (
            format!(
                "\"operator\": [{{ \"trigger\": {{ \"after\": {{ \"rule\": \"{}\" }} }}, \"actions\": [{{ \"pause\": {{}} }}] }}]",
                &long[..9999]
            ),
            "",
        ),
        (long.clone(), ""),
        (format!("\"seed\": '{long}'"), ""),
    ] {
        let told = told(&format!("{{ {CROWD}, {STOCK}, {part} }}"));
        for mistake in told.mistakes() {
            let said = [&mistake.path, &mistake.problem, &mistake.remedy];
            let longest = said.iter().map(|text| text.chars().count()).max().unwrap_or_default();
            assert!(longest <= 2001, "{longest} characters: {:.100} {of}", mistake.problem);
        }
        assert!(told.picture(false).len() < 12_000, "{} bytes for {:.40}", told.picture(false).len(), part);
    }
}

#[test]
fn columns_are_right_for_many_mistakes_on_one_long_line() {
    let text = format!(
        "{{ {CROWD},\n {STOCK}, {},\n\"z\": 1, \"about\": {{ \"title\": 5 }} }}",
        many(300, |i| format!("\"é日{i}\": 1"))
    );
    let told = told(&text);
    assert_eq!(told.mistakes().len(), 302);
    for mistake in told.mistakes() {
        let before = &text[..mistake.span.start];
        let line = before.rfind('\n').map_or(before, |last| &before[last + 1..]);
        let expected = (1 + before.matches('\n').count(), 1 + line.chars().count());
        assert_eq!((mistake.line as usize, mistake.column as usize), expected, "{}", mistake.path);
        let end = mistake.column as usize + text[mistake.span.clone()].chars().count();
        assert_eq!((mistake.end_line, mistake.end_column as usize), (mistake.line, end), "{}", mistake.path);
    }
}

#[test]
fn all_traces_together_have_a_limit() {
    let counts = format!("n\n{}", "1\n".repeat(100_000));
    let cohort = |i: usize| {
        format!(
            r#"{{ "name": "{i}", "count": 1, "arrivals": {{ "trace": {{ "file": "a.csv", "row_length": "50ms" }} }} }}"#
        )
    };
    let sale = |cohorts: usize| format!("{{ {STOCK}, \"crowd\": [{}] }}", many(cohorts, cohort));
    let read = |text: &str| {
        let mut files = |_: &str| Ok::<String, Unread>(counts.clone());
        Plan::new(&Scenario::parse_with(text, "sale", &mut files).expect("its form is right"))
    };
    assert!(read(&sale(10)).is_ok());
    let problems = read(&sale(11)).unwrap_err();
    let found = problems.iter().find(|problem| problem.problem.contains("take 1100000 rows"));
    assert!(found.is_some_and(|problem| problem.path == "crowd"), "{problems:?}");
}

/// `onsale validate` of a sale that names this file, beside these.
fn naming(folder: &Path, file: &str, more: &[&str]) -> (Option<i32>, String) {
    let trace = format!(r#"{{ "trace": {{ "file": "{file}" }} }}"#);
    let text = format!(r#"{{ {STOCK}, "crowd": [{{ "name": "f", "count": 3, "arrivals": {trace} }}] }}"#);
    std::fs::create_dir_all(folder.join("sales/crowds")).unwrap();
    std::fs::write(folder.join("sales/sale.json"), text).unwrap();
    std::fs::write(folder.join("sales/crowds/a.csv"), "n\n3\n").unwrap();
    std::fs::write(folder.join("outside.csv"), "n\n3\n").unwrap();
    std::fs::write(folder.join("secret"), "USER=me\nKEY=hunter2\n").unwrap();
    let mut command = Command::cargo_bin("onsale").unwrap();
    let done: Output =
        command.current_dir(folder).args(["validate", "sales/sale.json"]).args(more).output().unwrap();
    (done.status.code(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn a_scenario_names_files_below_its_folder_unless_it_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for inside in ["crowds/a.csv", "./crowds/a.csv", "crowds/../crowds/a.csv"] {
        assert_eq!(naming(folder, inside, &[]).0, Some(0), "{inside}");
    }
    let absolute = folder.join("outside.csv").display().to_string();
    for outside in ["../outside.csv", "crowds/../../outside.csv", &absolute, "../nowhere.csv"] {
        let (code, said) = naming(folder, outside, &[]);
        assert_eq!(code, Some(3), "{outside}");
        assert!(said.contains("not below the scenario's folder") && said.contains("--allow-files"), "{said}");
    }
    assert_eq!(naming(folder, "../outside.csv", &["--allow-files"]).0, Some(0));
    assert_eq!(naming(folder, &absolute, &["--allow-files"]).0, Some(0));
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_a_pipe_and_a_device_are_no_files_of_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    naming(folder, "crowds/a.csv", &[]);
    std::os::unix::fs::symlink("../outside.csv", folder.join("sales/link.csv")).unwrap();
    std::os::unix::fs::symlink("crowds/a.csv", folder.join("sales/own.csv")).unwrap();
    assert_eq!(naming(folder, "own.csv", &[]).0, Some(0), "a link that stays inside");
    let (code, said) = naming(folder, "link.csv", &[]);
    assert!(code == Some(3) && said.contains("not below"), "{said}");
    assert_eq!(naming(folder, "link.csv", &["--allow-files"]).0, Some(0));
    let made = std::process::Command::new("mkfifo").arg(folder.join("sales/pipe")).status().unwrap();
    assert!(made.success());
    for (file, more) in [("pipe", vec![]), ("/dev/zero", vec!["--allow-files"])] {
        let (code, said) = naming(folder, file, &more);
        assert!(code == Some(3) && said.contains("pipe or a device"), "{said}");
    }
}

#[test]
fn what_stands_in_a_file_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    for (file, more) in
        [("../secret", vec!["--allow-files"]), ("../secret", vec![]), ("crowds/../../secret", vec![])]
    {
        let (code, said) = naming(folder.path(), file, &more);
        assert_eq!(code, Some(3));
        assert!(!said.contains("hunter2") && !said.contains("USER"), "{said}");
    }
}

/// Runs a sale that needs more memory than it is given.
#[cfg(target_os = "linux")]
#[test]
fn running_out_of_memory_is_told_with_its_remedy() {
    let desk = Desk::with(&[]);
    let crowd = r#""crowd": [{ "name": "all", "count": 100000000, "arrivals": { "spike": {} } }]"#;
    desk.write("huge.json", &format!("{{ {crowd}, {STOCK} }}"));
    let onsale = assert_cmd::cargo::cargo_bin("onsale");
    let limited = format!("ulimit -v 400000; exec '{}' run huge.json --quiet", onsale.display());
    let done =
        std::process::Command::new("sh").args(["-c", &limited]).current_dir(desk.path()).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("out of memory") && said.contains("scale crowd and stock down"), "{said}");
}
