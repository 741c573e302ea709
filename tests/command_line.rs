//! The command line as its users meet it: exit codes, what is written, what is not.

use crate::support::desk::Desk;
use std::fs;

/// A sale small enough to run in a blink.
const SMALL: &str = r#"{
    "crowd": [{ "name": "fans", "count": 50, "arrivals": { "spike": { "jitter": "1s" } } }],
    "waiting_room": { "total_active": 10 },
    "inventory": { "bands": [{ "name": "hall", "seats": 20 }] }
}"#;

impl Desk {
    fn with_small_sale() -> Desk {
        Desk::with(&[("small.json", SMALL)])
    }
}

#[test]
fn a_run_prints_a_summary_and_writes_a_whole_folder() {
    let desk = Desk::with_small_sale();
    let told = desk.onsale(&["run", "small.json"]).success();
    let stdout = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert!(stdout.contains("20 of 50 persons"), "{stdout}");
    assert!(!stdout.contains('\u{1b}'), "no colors into a pipe");
    let result: serde_json::Value =
        serde_json::from_str(&desk.read("reports/small/result.json")).expect("JSON");
    assert_eq!(result["schema"], "onsale.result/1");
    let files = result["files"].as_array().expect("a list");
    assert!(files.len() >= 6, "a page, a table and the charts: {files:?}");
    assert_whole(&desk, &result, "");
}

/// Every file that the result of the small sale lists is there, with the hash that it or `run-info.json` lists.
fn assert_whole(desk: &Desk, result: &serde_json::Value, when: &str) {
    let folder = desk.path().join("reports/small");
    let info: serde_json::Value =
        serde_json::from_str(&desk.read("reports/small/run-info.json")).expect("JSON");
    let beside = info["files"].as_array().expect("a list");
    for file in result["files"].as_array().expect("a list") {
        let bytes = fs::read(folder.join(file["path"].as_str().expect("a path"))).expect("it is there");
        let hash = file.get("blake3").unwrap_or_else(|| {
            let listed = beside.iter().find(|there| there["path"] == file["path"]);
            &listed.unwrap_or_else(|| panic!("no hash of {}", file["path"]))["blake3"]
        });
        assert_eq!(*hash, blake3::hash(&bytes).to_hex().as_str(), "{} {when}", file["path"]);
    }
}

/// The folder, the way to the file, the file's name and stdin are no part of a result.
#[test]
fn a_result_depends_on_nothing_but_scenario_seed_and_version() {
    let desk = Desk::with(&[("small.json", SMALL), ("other.json", SMALL)]);
    let result = |command: &[&str], stdin: &str, out: &str| {
        let mut onsale = assert_cmd::Command::cargo_bin("onsale").expect("the binary");
        onsale.current_dir(desk.path()).args(command).args(["--out", out]);
        onsale.write_stdin(stdin).assert().success();
        desk.read(&format!("{out}/result.json"))
    };
    for many in [&[][..], &["--seeds", "1..2"]] {
        let run = |input: &str, stdin: &str, out: &str| {
            result(&[&["run", input, "--quiet"], many].concat(), stdin, out)
        };
        let first = run("small.json", "", "first");
        assert_eq!(run("./small.json", "", "a/second"), first, "another way to the file");
        assert_eq!(run("other.json", "", "third"), first, "another name of the file");
        assert_eq!(run("-", SMALL, "fourth"), first, "stdin");
        assert!(
            desk.read("first/run-info.json").contains("\"name\": \"small\""),
            "the name is kept beside it"
        );
    }
    let compare = |input: &str, stdin: &str, out: &str| {
        let what = ["--set", "waiting_room.total_active=5", "--seeds", "1..2", "--throws", "0"];
        result(&[&["compare", input, "--quiet"], &what[..]].concat(), stdin, out)
    };
    assert_eq!(compare("./other.json", "", "sixth"), compare("-", SMALL, "seventh"), "a comparison");
}

#[test]
fn the_result_is_valid_by_its_own_schema() {
    let desk = Desk::with_small_sale();
    desk.onsale(&["run", "small.json", "--quiet"]).success();
    let schema = desk.onsale(&["schema", "result"]).success();
    let schema = serde_json::from_slice(&schema.get_output().stdout).expect("a schema is JSON");
    let result = serde_json::from_str(&desk.read("reports/small/result.json")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(&result).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn three_runs_give_the_same_bytes_and_another_seed_gives_others() {
    let desk = Desk::with_small_sale();
    let run = |arguments: &[&str]| {
        desk.onsale(&[&["run", "small.json", "--quiet"], arguments].concat()).success().stdout("").stderr("");
        desk.read("reports/small/result.json")
    };
    let first = run(&[]);
    assert_eq!(run(&[]), first);
    assert_eq!(run(&[]), first);
    assert_ne!(run(&["--seed", "2"]), first);
    assert_eq!(run(&["--seed", "1"]).lines().count(), first.lines().count());
}

#[test]
fn json_on_stdout_is_the_result_and_nothing_else() {
    let desk = Desk::with_small_sale();
    let told = desk.onsale(&["run", "small.json", "--format", "json"]).success();
    let stdout = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert_eq!(stdout, desk.read("reports/small/result.json"));
}

#[test]
fn a_wrong_command_line_exits_with_2_and_help_with_0() {
    let desk = Desk::with_small_sale();
    desk.onsale(&["run"]).code(2);
    desk.onsale(&["runn", "small.json"]).code(2);
    desk.onsale(&["run", "small.json", "--seed", "minus one"]).code(2);
    desk.onsale(&["--help"]).code(0);
    desk.onsale(&["--version"]).code(0);
}

#[test]
fn a_wrong_scenario_exits_with_3_and_writes_nothing() {
    let desk = Desk::with_small_sale();
    fs::write(desk.path().join("wrong.json"), SMALL.replace("\"count\": 50", "\"cuont\": 50"))
        .expect("writable");
    let before = desk.files();
    let told = desk.onsale(&["run", "wrong.json"]).code(3);
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(stderr.contains("cuont") && stderr.contains("count"), "{stderr}");
    desk.onsale(&["run", "missing.json"]).code(3);
    assert_eq!(desk.files(), before, "nothing was written");
}

/// The small sale with lines of `expect`.
fn expecting(lines: &str) -> String {
    SMALL.replacen('{', &format!(r#"{{ "expect": [{lines}],"#), 1)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_missed_line_exits_with_10_after_everything_is_written_and_shown() {
    let desk = Desk::with_small_sale();
    let lines = r#""sale.sold == 20", "sale.sold >= 21", { "warn": "sale.sold >= 22" }"#;
    fs::write(desk.path().join("missed.json"), expecting(lines)).expect("writable");
    let told = desk.onsale(&["run", "missed.json"]).code(10);
    let (stdout, stderr) = (text(&told.get_output().stdout), text(&told.get_output().stderr));
    assert!(stdout.contains("Expected  1 of 3 met; 1 missed; 1 missed, as a warning."), "{stdout}");
    assert!(stdout.contains("✗ sale.sold >= 21") && stdout.contains("! sale.sold >= 22"), "{stdout}");
    assert!(stdout.contains("report  reports/missed/report.html"), "{stdout}");
    assert_eq!(stderr, "error: expected, and missed: sale.sold >= 21\n");
    let result: serde_json::Value =
        serde_json::from_str(&desk.read("reports/missed/result.json")).expect("a whole result");
    assert_eq!(result["expectations"][1]["verdict"], "missed");
    assert_eq!(result["expectations"][1]["margin"], -1);
    assert_eq!(result["expectations"][2]["if_missed"], "warn");

    desk.onsale(&["run", "missed.json", "--quiet"]).code(10).stdout("");
    let told = desk.onsale(&["run", "missed.json", "--format", "json"]).code(10);
    assert_eq!(text(&told.get_output().stdout), desk.read("reports/missed/result.json"));
    let help = text(&desk.onsale(&["--help"]).code(0).get_output().stdout);
    assert!(help.contains("  10  "), "{help}");
}

#[test]
fn what_is_met_or_only_warns_or_proves_nothing_exits_with_0() {
    let desk = Desk::with_small_sale();
    let lines = r#""sale.oversold == 0", { "warn": "sale.sold == 0" }, "station.wait.p95 @ station=checkout <= 1 s",
        "requests.lost_up == 0""#;
    let scenario = expecting(lines).replacen(
        '{',
        r#"{ "services": { "checkout": { "servers": 1, "service": "1s" } }, "route": { "checkout": "none", "pay": "none" },"#,
        1,
    );
    fs::write(desk.path().join("fine.json"), scenario).expect("writable");
    let told = desk.onsale(&["run", "fine.json"]).code(0).stderr("");
    let stdout = text(&told.get_output().stdout);
    assert!(stdout.contains("1 of 4 met; 1 missed, as a warning; 2 prove nothing."), "{stdout}");
}

#[test]
fn without_lines_nothing_is_said_of_them() {
    let desk = Desk::with_small_sale();
    let told = desk.onsale(&["run", "small.json"]).success();
    assert!(!text(&told.get_output().stdout).contains("Expected"));
}

/// The documents of `--format json`, held against their schema.
fn mistakes(desk: &Desk, told: &assert_cmd::assert::Assert) -> serde_json::Value {
    assert_eq!(text(&told.get_output().stderr), "", "programs are told on stdout");
    let document = serde_json::from_slice(&told.get_output().stdout).expect("one document");
    let schema = desk.onsale(&["schema", "mistakes"]).success();
    let schema = serde_json::from_slice(&schema.get_output().stdout).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    document
}

#[test]
fn programs_are_told_the_mistakes_of_all_files_in_one_document() {
    let desk = Desk::with_small_sale();
    fs::write(desk.path().join("wrong.json"), "{\n  \"sede\": 1,\n  \"expect\": [\"sale.sodl >= 1\"]\n}")
        .expect("writable");
    fs::write(desk.path().join("warned.json"), expecting(r#""wait.p95 <= 60""#)).expect("writable");
    let told = desk.onsale(&[
        "validate",
        "--format",
        "json",
        "wrong.json",
        "small.json",
        "warned.json",
        "none.json",
    ]);
    let document = mistakes(&desk, &told.code(3));
    assert_eq!(document["schema"], "onsale.mistakes/1");
    assert_eq!(document["engine"], env!("CARGO_PKG_VERSION"));
    let names = ["wrong.json", "small.json", "warned.json", "none.json"];
    for (file, name) in document["files"].as_array().expect("a list").iter().zip(names) {
        assert_eq!(file["file"], name);
    }
    let [wrong, small, warned, none] = [0, 1, 2, 3].map(|i| document["files"][i]["mistakes"].clone());
    let at = |path: &str| {
        let mut mistakes = wrong.as_array().expect("a list").iter();
        mistakes.find(|mistake| mistake["path"] == path).expect("it is told").clone()
    };
    let misspelt = serde_json::json!({
        "path": "sede", "line": 2, "column": 3, "end_line": 2, "end_column": 9, "severity": "error",
        "problem": "unknown key", "remedy": "did you mean `seed`?"
    });
    assert_eq!(at("sede"), misspelt);
    let metric = at("expect[0]");
    assert_eq!(
        [&metric["line"], &metric["column"], &metric["end_column"]],
        [3, 15, 24],
        "the name in the line"
    );
    assert_eq!(small, serde_json::json!([]));
    assert_eq!((&warned[0]["severity"], warned.as_array().map(Vec::len)), (&"warning".into(), Some(1)));
    assert_eq!(
        (&none[0]["line"], &none[0]["problem"]),
        (&serde_json::Value::Null, &"there is no such file".into())
    );
    let document = mistakes(&desk, &desk.onsale(&["validate", "--format", "json", "small.json"]).code(0));
    assert_eq!(document["files"], serde_json::json!([{ "file": "small.json", "mistakes": [] }]));
}

#[test]
fn a_run_for_programs_tells_them_the_mistakes_and_writes_nothing() {
    let desk = Desk::with_small_sale();
    fs::write(desk.path().join("wrong.json"), SMALL.replace("\"count\": 50", "\"cuont\": 50"))
        .expect("writable");
    let before = desk.files();
    let document = mistakes(&desk, &desk.onsale(&["run", "wrong.json", "--format", "json"]).code(3));
    assert_eq!(document["files"][0]["mistakes"][0]["path"], "crowd[0].cuont");
    let document = mistakes(&desk, &desk.onsale(&["run", "missing.json", "--format", "json"]).code(3));
    assert_eq!(document["files"][0]["file"], "missing.json");
    assert_eq!(desk.files(), before, "nothing was written");
}

#[test]
fn a_wrong_command_line_is_told_to_people_whatever_the_format() {
    let desk = Desk::with_small_sale();
    desk.onsale(&["run", "--format", "json"]).code(2).stdout("");
    let told = desk.onsale(&["validate", "--format", "json", "--expand", "small.json"]).code(2).stdout("");
    assert!(text(&told.get_output().stderr).contains("leave one of them out"));
    fs::create_dir(desk.path().join("mine")).expect("writable");
    fs::write(desk.path().join("mine/thesis.txt"), "years of work").expect("writable");
    desk.onsale(&["run", "small.json", "--out", "mine", "--format", "json"]).code(1).stdout("");
}

#[test]
fn a_folder_with_somebody_elses_files_is_refused_before_anything_runs() {
    let desk = Desk::with_small_sale();
    fs::create_dir(desk.path().join("mine")).expect("writable");
    fs::write(desk.path().join("mine/thesis.txt"), "years of work").expect("writable");
    let told = desk.onsale(&["run", "small.json", "--out", "mine"]).code(1);
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(stderr.contains("thesis.txt"), "{stderr}");
    assert_eq!(desk.read("mine/thesis.txt"), "years of work");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_an_error_with_a_remedy() {
    let desk = Desk::with_small_sale();
    // A file where a folder should be stops root too, which permission bits do not.
    let told = desk.onsale(&["run", "small.json", "--out", "small.json/reports"]).code(1);
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(stderr.contains("small.json") && stderr.contains("--out"), "{stderr}");
    assert_eq!(desk.files(), ["small.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_file_system_is_an_error_and_not_a_panic() {
    let desk = Desk::with_small_sale();
    let told = desk.onsale(&["run", "small.json", "--out", "/proc/onsale"]).code(1);
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(stderr.contains("/proc/onsale") && !stderr.contains("panicked"), "{stderr}");
}

/// `onsale run ... | head -1`: the reader goes away, the run does not mind.
#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::with_small_sale();
    let binary = assert_cmd::cargo::cargo_bin("onsale");
    let line = format!(
        "'{}' validate --expand small.json small.json | head -n 1; exit ${{PIPESTATUS[0]}}",
        binary.display()
    );
    let output = std::process::Command::new("bash").args(["-c", &line]).current_dir(desk.path()).output();
    let output = output.expect("bash runs");
    assert!(output.status.success(), "{:?}", output.status);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

/// Killed at any moment, a run leaves no result or a whole one, and never takes one away.
#[test]
fn a_killed_run_leaves_no_result_or_a_whole_one() {
    let desk = Desk::with_small_sale();
    let binary = assert_cmd::cargo::cargo_bin("onsale");
    let mut was_there = false;
    for moment in 0..30 {
        let mut child = std::process::Command::new(&binary)
            .args(["run", "small.json", "--quiet"])
            .current_dir(desk.path())
            .spawn()
            .expect("it runs");
        std::thread::sleep(std::time::Duration::from_millis(moment));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("it ends");
        let result = desk.path().join("reports/small/result.json");
        assert!(!was_there || result.exists(), "the old one or the new one, after a kill at {moment} ms");
        let Ok(text) = fs::read_to_string(result) else { continue };
        was_there = true;
        let result: serde_json::Value = serde_json::from_str(&text).expect("a whole result");
        assert_whole(&desk, &result, &format!("after a kill at {moment} ms"));
    }
    desk.onsale(&["run", "small.json", "--quiet"]).success();
}

#[test]
fn many_seeds_leave_every_value_and_any_number_of_threads_the_same_bytes() {
    let desk = Desk::with_small_sale();
    let told = desk.onsale(&["run", "small.json", "--seeds", "1..5", "-j", "1"]).success();
    let said = text(&told.get_output().stdout);
    assert!(said.contains("5 seeds (1 to 5)") && said.contains("seats sold"), "{said}");
    desk.onsale(&["run", "small.json", "--seeds", "1..5", "-j", "3", "--out", "three"]).success();
    let one = desk.read("reports/small-seeds/result.json");
    assert_eq!(one, desk.read("three/result.json"));
    let document: serde_json::Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!(document["schema"], "onsale.replications/1");
    let sold = document["metrics"].as_array().expect("a list").iter().find(|row| row["name"] == "sale.sold");
    assert_eq!(sold.expect("it is counted")["values"], serde_json::json!([20, 20, 20, 20, 20]));
    let csv = desk.read("three/runs.csv");
    assert!(csv.starts_with("metric,mean,sd,half_width_95,defined,seed 1,seed 2"), "{csv}");
    desk.onsale(&["run", "small.json", "--seeds", "5..1"]).code(2);
    desk.onsale(&["run", "small.json", "--seeds", "1..5", "--seed", "1"]).code(2);
}

#[test]
fn what_was_kept_of_an_interrupted_command_is_gone_on_from() {
    let desk = Desk::with_small_sale();
    desk.onsale(&["run", "small.json", "--seeds", "1..3", "--out", "some"]).success();
    desk.onsale(&["run", "small.json", "--seeds", "1..6", "--out", "some", "--resume"]).success();
    desk.onsale(&["run", "small.json", "--seeds", "1..6", "--out", "all"]).success();
    assert_eq!(desk.read("some/result.json"), desk.read("all/result.json"));
    desk.write("other.json", &SMALL.replace("\"seats\": 20", "\"seats\": 21"));
    let told = desk.onsale(&["run", "other.json", "--seeds", "1..6", "--out", "some", "--resume"]).code(2);
    assert!(text(&told.get_output().stderr).contains("of another scenario"), "{told}");
    assert_eq!(desk.read("some/result.json"), desk.read("all/result.json"), "nothing is lost");
}

#[test]
fn policies_settings_and_saved_runs_are_compared_and_mistakes_are_told() {
    let desk = Desk::with_small_sale();
    let compare = |arguments: &[&str]| {
        desk.onsale(&[&["compare", "small.json", "--seeds", "1..3", "--throws", "3"], arguments].concat())
    };
    let told = compare(&["--policy", "fifo", "--policy", "prequeue_shuffle"]).success();
    let said = text(&told.get_output().stdout);
    assert!(said.contains("prequeue_shuffle against fifo") && said.contains("3 paired seeds"), "{said}");
    let page = desk.read("reports/small-compare/report.html");
    assert!(page.contains("--policy fifo --policy prequeue_shuffle --seeds 1..3 --throws 3"), "it says how");
    compare(&["--set", "inventory.bands.hall.seats=30", "--out", "more"]).success();
    assert!(desk.read("more/result.json").contains("\"schema\": \"onsale.comparison/1\""));
    for seats in ["20", "30"] {
        desk.write("sale.json", &SMALL.replace("\"seats\": 20", &format!("\"seats\": {seats}")));
        desk.onsale(&["run", "sale.json", "--seeds", "1..3", "--out", seats]).success();
    }
    let told = desk.onsale(&["compare", "20", "30", "--format", "markdown"]).success();
    assert!(text(&told.get_output().stdout).contains("30"), "{told}");
    for (arguments, code, says) in [
        (&["--policy", "fifoo"][..], 2, "did you mean fifo?"),
        (&["--set", "edge.concurency=5"], 3, "did you mean `concurrency`"),
        (&["--set", "crowd.bots.count=5"], 2, "there are fans"),
        (&["--set", "edge"], 2, "write PATH=VALUE"),
        (&[], 2, "only one thing to compare"),
    ] {
        let told = compare(arguments).code(code);
        assert!(text(&told.get_output().stderr).contains(says), "{arguments:?}: {told}");
    }
}

/// What the program prints.
fn printed(arguments: &[&str]) -> String {
    text(&Desk::with_small_sale().onsale(arguments).success().get_output().stdout)
}

#[test]
fn every_list_has_one_line_for_each_thing_and_a_policy_names_its_real_system() {
    for (what, one, says) in [
        ("policies", "poll_cursor", "[Fastly"),
        ("overload", "gradient2", "latency|take longer"),
        ("disciplines", "codel", "drops at the head"),
        ("behaviors", "refresher", "reloads the page"),
        ("metrics", "silent.failure_rate", "[1]"),
        ("presets", "queue-it", "[Queue-it"),
    ] {
        let list = printed(&["list", what]);
        let lines: Vec<&str> = list.lines().filter(|line| line.starts_with(&format!("{one} "))).collect();
        let [line] = lines.as_slice() else { panic!("{what}: one line of {one}: {lines:?}") };
        assert!(says.split('|').any(|says| line.contains(says)), "{line}");
        let document: serde_json::Value =
            serde_json::from_str(&printed(&["list", what, "--format", "json"])).expect("JSON");
        assert_eq!(document["schema"], "onsale.listing/1");
        assert_eq!(document["entries"].as_array().map(Vec::len), Some(list.lines().count()), "{what}");
    }
}

#[test]
fn a_policy_is_told_with_its_keys_its_source_and_what_it_leaves_out() {
    let told = printed(&["list", "policies", "poll_cursor"]);
    for part in [
        "quantity: a whole number from 1 on; default 5",
        "every: a duration such as \"20s\"; default \"15s\"",
        "\"waiting_room\": { \"policy\": { \"poll_cursor\": {} } }",
        "compute-starter-kit-javascript-queue",
        "Leaves out\n  the operator's page",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    assert!(printed(&["list", "policies", "fifo"]).contains("It takes no settings."));
    let preset = printed(&["list", "presets", "queue-it"]);
    for part in
        ["max_redirects: 3\n      helpcenter.queue-it.net", "\"preset\": \"queue-it\"", "The countdown"]
    {
        assert!(preset.contains(part), "{part} in\n{preset}");
    }
    let metric = printed(&["list", "metrics", "sale.sold"]);
    assert!(metric.contains("unit     ") && metric.contains("@ t=10m"), "{metric}");
}

#[test]
fn what_a_listing_writes_of_a_policy_is_a_scenario() {
    let document: serde_json::Value =
        serde_json::from_str(&printed(&["list", "policies", "--format", "json"])).expect("JSON");
    for entry in document["entries"].as_array().expect("a list") {
        let written = entry["written"].as_str().expect("a text");
        let written = written.replace("\"classes\": ...", r#""classes": [{ "cohorts": ["fans"] }]"#);
        if written.contains("...") {
            continue;
        }
        let text = SMALL.replace(r#""waiting_room": { "total_active": 10 }"#, &written);
        assert_ne!(text, SMALL);
        Desk::with(&[("written.json", &text)]).onsale(&["validate", "written.json"]).success();
    }
}

#[test]
fn a_name_that_is_not_listed_exits_with_2_and_says_what_was_meant() {
    let desk = Desk::with_small_sale();
    let told = desk.onsale(&["list", "policies", "fifo_bucket"]).code(2);
    let stderr = text(&told.get_output().stderr);
    assert!(stderr.contains("there is no policy \"fifo_bucket\""), "{stderr}");
    assert!(stderr.contains("did you mean fifo_buckets?"), "{stderr}");
    let told = desk.onsale(&["list", "metrics", "silent.failure_rat"]).code(2);
    assert!(text(&told.get_output().stderr).contains("did you mean silent.failure_rate?"));
    desk.onsale(&["list", "polices"]).code(2);
    desk.onsale(&["list"]).code(2);
}

#[test]
fn a_listing_is_valid_by_its_own_schema() {
    let schema = serde_json::from_str(&printed(&["schema", "listing"])).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for what in ["policies", "overload", "disciplines", "behaviors", "metrics", "presets"] {
        let listing = serde_json::from_str(&printed(&["list", what, "--format", "json"])).expect("JSON");
        let wrong: Vec<String> = validator.iter_errors(&listing).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{what}: {wrong:?}");
    }
}
