//! `onsale explain` as its users meet it.

use super::GHOST;
use crate::support::desk::Desk;
use assert_cmd::Command;
use assert_cmd::assert::Assert;
use std::fs;

impl Desk {
    fn with_ghost() -> Desk {
        let calm = r#"{ "crowd": [{ "name": "fans", "count": 20, "arrivals": { "spike": {} } }],
            "inventory": { "bands": [{ "name": "hall", "seats": 30 }] } }"#;
        Desk::with(&[("ghost.json", GHOST), ("calm.json", calm)])
    }

    fn explain(&self, arguments: &[&str]) -> Assert {
        self.onsale(&[&["explain"], arguments].concat())
    }
}

fn stdout(told: &Assert) -> String {
    String::from_utf8_lossy(&told.get_output().stdout).into_owned()
}

fn stderr(told: &Assert) -> String {
    String::from_utf8_lossy(&told.get_output().stderr).into_owned()
}

#[test]
fn somebody_must_be_named_and_only_once() {
    let desk = Desk::with_ghost();
    desk.explain(&["ghost.json"]).code(2);
    desk.explain(&["ghost.json", "--client", "0", "--worst", "ghost"]).code(2);
    desk.explain(&["ghost.json", "--worst", "unlucky"]).code(2);
}

#[test]
fn the_worst_ghost_is_found_and_told_without_escapes() {
    let desk = Desk::with_ghost();
    let told = desk.explain(&["ghost.json", "--worst", "ghost"]).success();
    assert!(stdout(&told).contains("HERE THEY PART"), "{}", stdout(&told));
    assert!(!stdout(&told).contains('\u{1b}'));
    assert_eq!(fs::read_dir(desk.path()).expect("readable").count(), 2, "nothing is written");
    let colored = desk.explain(&["ghost.json", "--worst", "ghost", "--color", "always"]).success();
    assert!(stdout(&colored).contains('\u{1b}'));
}

#[test]
fn an_unknown_client_exits_with_4_and_says_who_there_is() {
    let told = Desk::with_ghost().explain(&["calm.json", "--client", "20"]).code(4);
    assert!(stderr(&told).contains("there are persons 0 to 19"), "{}", stderr(&told));
}

#[test]
fn a_run_without_ghosts_exits_with_4_and_says_so() {
    let told = Desk::with_ghost().explain(&["calm.json", "--worst", "ghost"]).code(4);
    let said = stderr(&told);
    assert!(said.contains("no ghost purchase") && said.contains("--worst wait"), "{said}");
}

#[test]
fn an_unknown_policy_is_told_what_was_meant() {
    let desk = Desk::with_ghost();
    let told = desk.explain(&["calm.json", "--client", "0", "--against", "prequeue_shufle"]).code(2);
    assert!(stderr(&told).contains("did you mean prequeue_shuffle?"), "{}", stderr(&told));
    let told = desk.explain(&["calm.json", "--client", "0", "--against", "{\"fifoo\": {}}"]).code(3);
    assert!(stderr(&told).contains("fifo"), "{}", stderr(&told));
    desk.explain(&["calm.json", "--client", "0", "--against", "missing.json"]).code(3);
    let told = desk.explain(&["calm.json", "--client", "0", "--against", "ghost.json"]).code(4);
    assert!(stderr(&told).contains("cohort of the same name"), "{}", stderr(&told));
}

#[test]
fn a_twin_is_told_from_where_the_two_part() {
    let told = Desk::with_ghost().explain(&["calm.json", "--client", "0", "--against", "fifo"]).success();
    let said = stdout(&told);
    assert!(said.contains("The same person, with the same luck, under the policy fifo"), "{said}");
    assert!(said.contains("Everything is the same until T"), "{said}");
    assert!(said.lines().all(|line| line.chars().count() <= 100), "{said}");
}

#[test]
fn the_account_is_valid_by_its_own_schema() {
    let desk = Desk::with_ghost();
    let mut command = Command::cargo_bin("onsale").expect("the binary is built");
    let schema = command.args(["schema", "journey"]).assert().success();
    let schema = serde_json::from_slice(&schema.get_output().stdout).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for arguments in [&["--worst", "ghost"][..], &["--client", "0", "--against", "fifo"]] {
        let told = desk.explain(&[&["ghost.json", "--as", "json"], arguments].concat()).success();
        let account = serde_json::from_slice(&told.get_output().stdout).expect("JSON");
        let wrong: Vec<String> = validator.iter_errors(&account).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(account["schema"], "onsale.journey/1");
    }
}

#[test]
fn diagram_and_page_are_data_on_stdout() {
    let desk = Desk::with_ghost();
    let diagram = desk.explain(&["ghost.json", "--client", "0", "--as", "mermaid"]).success();
    assert!(stdout(&diagram).starts_with("sequenceDiagram\n"));
    let page = stdout(&desk.explain(&["ghost.json", "--client", "0", "--as", "html"]).success());
    assert!(page.starts_with("<!doctype html>") && page.contains("HERE THEY PART"));
    assert!(
        !page.contains("<script") && !page.contains("http:") && !page.contains("https:"),
        "it works offline, without JavaScript"
    );
}

#[test]
fn a_run_ends_with_the_command_that_tells_the_worst_evening_and_its_page_tells_it() {
    let desk = Desk::with_ghost();
    let mut command = Command::cargo_bin("onsale").expect("the binary is built");
    let told = command.current_dir(desk.path()).args(["run", "ghost.json", "--seed", "5"]).assert().success();
    let said = stdout(&told);
    assert!(
        said.contains("  explain onsale explain ghost.json --seed 5 --client 0    bought at T+"),
        "{said}"
    );
    let page = fs::read_to_string(desk.path().join("reports/ghost/report.html")).expect("written");
    assert!(page.contains("One evening in two columns") && page.contains("HERE THEY PART"));
}
