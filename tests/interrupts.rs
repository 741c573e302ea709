//! Commands that are asked to stop, or killed: what has ended by then is kept.

#![cfg(unix)]

use crate::support::desk::Desk;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SMALL: &str = r#"{
    "crowd": [{ "name": "fans", "count": 50, "arrivals": { "spike": { "jitter": "1s" } } }],
    "waiting_room": { "total_active": 10 },
    "inventory": { "bands": [{ "name": "hall", "seats": 20 }] }
}"#;

/// More seeds than anybody waits for.
const ENDLESS: &str = "1..90000";

impl Desk {
    fn begin(&self, shell: &str) -> Child {
        let line = format!("{shell} exec \"$0\" \"$@\"");
        let mut command = Command::new("bash");
        command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin("onsale"));
        command.current_dir(self.path()).stdout(Stdio::null()).stderr(Stdio::null());
        command.args(["run", "small.json", "-q", "-j", "1", "--out", "out", "--seeds", ENDLESS]);
        command.spawn().expect("it runs")
    }

    /// Where stages lie: here, or in the report folder.
    fn stages(&self) -> Vec<PathBuf> {
        let folders = [self.path().to_path_buf(), self.path().join("out")];
        let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.to_string_lossy().contains(".onsale-partial-")).collect()
    }

    /// How many runs are written down.
    fn finished(&self) -> usize {
        let rows =
            self.stages().into_iter().filter_map(|stage| fs::read_to_string(stage.join("rows.ndjson")).ok());
        rows.map(|rows| rows.matches('\n').count()).sum()
    }

    fn wait_for_runs(&self, at_least: usize) {
        wait_until(|| self.finished() >= at_least);
    }

    fn document(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).expect("a whole document")
    }
}

fn wait_until(is_so: impl Fn() -> bool) {
    let so = (0..6000).any(|_| {
        is_so() || {
            std::thread::sleep(Duration::from_millis(10));
            false
        }
    });
    assert!(so, "it never came");
}

/// Are these tests run under `nohup`? What they start ignores hang-ups then, as it should.
fn ignores_hang_ups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(sent.expect("there is kill").success());
}

#[test]
fn whoever_asks_a_command_to_stop_gets_what_has_ended_and_what_to_go_on_with() {
    for signal in
        ["-INT", "-TERM", "-HUP"].into_iter().filter(|signal| *signal != "-HUP" || !ignores_hang_ups())
    {
        let desk = Desk::with(&[("small.json", SMALL)]);
        let mut child = desk.begin("");
        desk.wait_for_runs(2);
        send(signal, &child);
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{signal}");
        let runs = desk.document("out/result.json")["runs"].as_array().expect("a list").len();
        assert!(runs >= 2, "{signal}: {runs}");
        assert_eq!(desk.stages(), [] as [PathBuf; 0]);
        assert!(!desk.path().join("out/rows.ndjson").exists());
        let seeds = format!("1..{}", runs + 1);
        desk.onsale(&["run", "small.json", "-q", "--out", "out", "--seeds", &seeds, "--resume"]).success();
        desk.onsale(&["run", "small.json", "-q", "--out", "whole", "--seeds", &seeds]).success();
        assert_eq!(desk.read("out/result.json"), desk.read("whole/result.json"));
    }
}

/// `nohup` asks for a command that outlives its terminal.
#[test]
#[cfg(target_os = "linux")]
fn a_hang_up_that_is_ignored_stays_ignored() {
    let desk = Desk::with(&[("small.json", SMALL)]);
    let mut child = desk.begin("trap '' HUP;");
    desk.wait_for_runs(1);
    send("-HUP", &child);
    let before = desk.finished();
    desk.wait_for_runs(before + 3);
    send("-TERM", &child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}

#[test]
fn finished_runs_survive_a_kill_and_the_command_that_goes_on_takes_them() {
    let desk = Desk::with(&[("small.json", SMALL)]);
    desk.onsale(&["run", "small.json", "-q", "--out", "out", "--seeds", "7"]).success();
    let old = desk.read("out/result.json");
    let mut child = desk.begin("");
    desk.wait_for_runs(3);
    child.kill().expect("it runs still");
    child.wait().expect("it ends");
    assert_eq!(desk.read("out/result.json"), old, "the old one is there");
    let [stage] = &desk.stages()[..] else { panic!("one stage: {:?}", desk.stages()) };
    let rows = stage.join("rows.ndjson");
    let finished = desk.finished();
    // As if the kill had cut the last line, and with a mark on the first, by which it is known again.
    let text = fs::read_to_string(&rows).expect("readable");
    let mark = "0123456789abcdef0123456789abcdef";
    let first =
        text.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok()).expect("a line");
    let print = first["row"]["run"]["fingerprint"].as_str().expect("a text").to_owned();
    fs::write(&rows, text.replacen(&print, mark, 1) + &text[..40]).expect("writable");

    desk.write("other.json", &SMALL.replace("\"seats\": 20", "\"seats\": 21"));
    let run = |file: &str, arguments: &[&str]| {
        desk.onsale(&[&["run", file, "-q", "--out", "out"], arguments].concat())
    };
    let told = run("other.json", &["--seeds", "1..3", "--resume"]).code(2);
    assert!(String::from_utf8_lossy(&told.get_output().stderr).contains("of another scenario"), "{told}");
    assert_eq!(desk.finished(), finished, "nothing is lost");
    // Who begins again is told of them, before they go.
    run("small.json", &["--seeds", &format!("1..{}", finished + 1), "--resume"]).success();
    let runs = desk.document("out/result.json")["runs"].clone();
    assert_eq!(runs[0]["fingerprint"], mark, "it was not run again");
    assert_eq!(runs.as_array().map(Vec::len), Some(finished + 1));
    assert_eq!(desk.stages(), [] as [PathBuf; 0]);
    run("small.json", &["--seeds", "1..3"]).success();
    assert_eq!(desk.document("out/result.json")["runs"][0]["fingerprint"], print.as_str());
}

#[test]
fn who_begins_again_is_told_of_finished_runs_before_they_go() {
    let desk = Desk::with(&[("small.json", SMALL)]);
    let mut child = desk.begin("");
    desk.wait_for_runs(2);
    child.kill().expect("it runs still");
    child.wait().expect("it ends");
    assert_eq!(desk.files().len(), 3, "the scenario, the folder and the stage: {:?}", desk.files());
    let told = desk.onsale(&["run", "small.json", "--out", "out", "--seeds", "1..2"]).success();
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(stderr.contains("finished runs of a command that did not come to its end"), "{stderr}");
    assert!(stderr.contains("--resume"), "{stderr}");
    assert_eq!(desk.files(), ["out", "small.json"]);
}

#[test]
fn a_killed_comparison_is_gone_on_from_and_gives_the_same_bytes() {
    for signal in ["-KILL", "-TERM"] {
        let desk = Desk::with(&[("small.json", SMALL)]);
        let compare =
            ["compare", "small.json", "--policy", "fifo", "--throws", "0", "-q", "-j", "1", "--out", "out"];
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("onsale"))
            .args(compare)
            .args(["--seeds", ENDLESS])
            .current_dir(desk.path())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        desk.wait_for_runs(3);
        send(signal, &child);
        child.wait().expect("it ends");
        assert!(desk.finished() >= 3, "{signal}");
        let go_on = [&compare[..], &["--seeds", "1..3", "--resume"]].concat();
        desk.onsale(&go_on).success();
        let whole = [&compare[..10], &["whole", "--seeds", "1..3"]].concat();
        desk.onsale(&whole).success();
        // Their pages quote the two commands, which name two folders.
        let [gone_on, whole] = ["out", "whole"].map(|out| {
            let mut document = desk.document(&format!("{out}/result.json"));
            document.as_object_mut().expect("an object").remove("files");
            document
        });
        assert!(gone_on == whole, "{signal}");
        assert_eq!(desk.stages(), [] as [PathBuf; 0]);
    }
}

#[test]
fn a_single_run_that_is_asked_to_stop_leaves_nothing() {
    let desk = Desk::with(&[("large.json", &SMALL.replace("\"count\": 50", "\"count\": 400000"))]);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("onsale"))
        .args(["run", "large.json", "-q", "--out", "out"])
        .current_dir(desk.path())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    wait_until(|| !desk.stages().is_empty());
    send("-TERM", &child);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(desk.files(), ["large.json"]);
}
