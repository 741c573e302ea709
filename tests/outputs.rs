//! What is written where: output files through links, into pipes and devices, and never over what is read.

#![cfg(unix)]

use crate::support::desk::Desk;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

/// A sale small enough to run in a blink, whose arrivals are in a file of their own.
const SALE: &str = r#"{
    "expect": ["sale.sold == 2"],
    "crowd": [{ "name": "fans", "count": 3, "arrivals": { "trace": { "file": "minutes.csv", "column": "requests" } } }],
    "inventory": { "bands": [{ "name": "hall", "seats": 2 }] }
}"#;
const MINUTES: &str = "minute,requests\n17:00,3\n17:01,0\n17:02,1\n";

impl Desk {
    fn with_traced_sale() -> Desk {
        let desk = Desk::with(&[("sale.json", SALE), ("minutes.csv", MINUTES)]);
        desk.onsale(&["validate", "sale.json"]).success();
        desk
    }

    fn link(&self, to: &str, name: &str) {
        symlink(to, self.path().join(name)).expect("a link");
    }

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path().join(path)).expect("it is there").permissions().mode() & 0o777
    }

    /// Runs a line of a shell, `onsale` being the program; what it prints.
    fn shell(&self, line: &str) -> String {
        let line = line.replace("onsale", &format!("'{}'", assert_cmd::cargo::cargo_bin("onsale").display()));
        let output = Command::new("bash").args(["-c", &line]).current_dir(self.path()).output();
        let output = output.expect("bash runs");
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }
}

/// The found case: a cloned repository carries a link by the name of a folder that was emptied.
#[test]
fn a_run_empties_no_folder_behind_a_link() {
    for name in [".onsale-partial", "charts", "deeper"] {
        let desk = Desk::with_traced_sale();
        fs::create_dir_all(desk.path().join("precious")).expect("writable");
        fs::create_dir_all(desk.path().join("reports/sale")).expect("writable");
        desk.write("precious/a", "a");
        desk.link("../../precious", &format!("reports/sale/{name}"));
        let told = desk.onsale(&["run", "sale.json"]).code(1);
        let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
        assert!(stderr.contains(&format!("holds {name}, which no run of onsale wrote")), "{stderr}");
        assert_eq!(desk.read("precious/a"), "a");
    }
}

/// A link on the way from here to the report is somebody's; what is behind it is not what is seen here.
#[test]
fn a_report_folder_behind_a_link_is_refused_with_what_to_name() {
    for (link, to, target) in [
        ("reports", "elsewhere", "reports/sale"),
        ("out", "elsewhere/sale", "out"),
        ("gone", "nowhere", "gone/x"),
    ] {
        let desk = Desk::with_traced_sale();
        desk.onsale(&["run", "sale.json", "-q", "--out", "elsewhere/sale"]).success();
        desk.link(to, link);
        let before = desk.read("elsewhere/sale/run-info.json");
        for target in [
            target.to_owned(),
            format!("{target}/"),
            format!("./{target}"),
            desk.path().join(target).display().to_string(),
        ] {
            let told = desk.onsale(&["run", "sale.json", "--out", &target]).code(1);
            let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
            assert!(stderr.contains("is a link, and nothing behind a link is replaced"), "{stderr}");
        }
        assert_eq!(desk.read("elsewhere/sale/run-info.json"), before);
        assert!(!desk.path().join("nowhere").exists());
    }
}

#[test]
fn an_output_file_goes_through_links_and_keeps_its_mode() {
    let desk = Desk::with_traced_sale();
    fs::create_dir(desk.path().join("kept")).expect("writable");
    for (number, (name, first)) in [("check.xml", Some("old")), ("new.xml", None)].into_iter().enumerate() {
        let file = format!("kept/{name}");
        if let Some(first) = first {
            desk.write(&file, first);
            fs::set_permissions(desk.path().join(&file), fs::Permissions::from_mode(0o640)).expect("ours");
        }
        desk.link(&file, &format!("first{number}"));
        desk.link(&format!("first{number}"), &format!("second{number}"));
        desk.onsale(&["check", "sale.json", "-q", "--junit", &format!("second{number}")]).success();
        for link in [format!("first{number}"), format!("second{number}")] {
            assert!(desk.path().join(link).is_symlink(), "it is a link still");
        }
        assert!(desk.read(&file).starts_with("<?xml"));
    }
    assert_eq!(desk.mode("kept/check.xml"), 0o640);
    assert_eq!(desk.read("kept/new.xml"), desk.read("kept/check.xml"));
}

#[test]
fn a_baseline_behind_a_link_is_blessed_there_and_a_link_to_nothing_only_where_it_is_named() {
    let desk = Desk::with_traced_sale();
    desk.link("elsewhere.json", "sale.baseline.json");
    let bless = ["check", "sale.json", "-q", "--bless", "--seeds", "1..2"];
    let told = desk.onsale(&bless).code(1);
    assert!(
        String::from_utf8_lossy(&told.get_output().stderr)
            .contains("a link to elsewhere.json, which is not there")
    );
    assert!(!desk.path().join("elsewhere.json").exists());
    desk.onsale(&[&bless[..], &["--baseline", "sale.baseline.json"]].concat()).success();
    assert!(desk.path().join("sale.baseline.json").is_symlink());
    assert!(desk.read("elsewhere.json").contains("onsale.baseline/1"));
    desk.onsale(&bless).success();
    assert!(desk.path().join("sale.baseline.json").is_symlink());
}

#[test]
fn a_pipe_and_a_device_are_written_to_and_stay_what_they_are() {
    let desk = Desk::with_traced_sale();
    let told = desk.shell("mkfifo pipe; cat pipe > read & onsale check sale.json -q --junit pipe; wait; test -p pipe && head -n1 read");
    assert!(told.starts_with("<?xml"), "{told}");
    // Links of our own: a program that replaced a device would break the machine that tests it.
    desk.link("/proc/self/fd/1", "to-stdout");
    for stdout in ["-", "/dev/fd/1", "/proc/self/fd/1", "to-stdout"] {
        let told = desk.shell(&format!("onsale check sale.json -q --junit {stdout} | head -n1"));
        assert!(told.starts_with("<?xml"), "{stdout}: {told}");
        let told = desk.shell(&format!(
            "onsale check sale.json --junit {stdout} > both; head -n1 both; grep -c Baseline both; rm both"
        ));
        assert!(told.starts_with("<?xml") && !told.ends_with("0\n"), "{stdout}: {told}");
    }
    assert!(
        desk.shell("onsale check sale.json -q --junit /proc/self/fd/2 2>&1 >/dev/null").starts_with("<?xml")
    );
    let told = desk.shell("onsale check sale.json -q --markdown >(cat > read2); wait $!; cat read2");
    assert!(told.contains("###"), "{told}");
}

#[test]
fn an_output_that_is_read_is_refused_by_any_name() {
    let desk = Desk::with_traced_sale();
    desk.onsale(&["check", "sale.json", "-q", "--bless", "--seeds", "1..2"]).success();
    fs::hard_link(desk.path().join("sale.json"), desk.path().join("hard")).expect("a hard link");
    desk.link("minutes.csv", "soft");
    let before = ["sale.json", "minutes.csv", "sale.baseline.json"].map(|file| desk.read(file));
    for output in ["sale.json", "./sale.json", "hard", "minutes.csv", "soft", "sale.baseline.json"] {
        for option in ["--junit", "--markdown"] {
            let told = desk.onsale(&["check", "sale.json", option, output]).code(2);
            let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
            assert!(stderr.contains(&format!("{output} is read, and cannot be written too")), "{stderr}");
        }
    }
    let told = desk.shell("onsale check - -q --junit sale.json < sale.json");
    assert!(told.contains("is read, and cannot be written too"), "{told}");
    desk.onsale(&["check", "sale.json", "--junit", "one", "--markdown", "./one"]).code(2);
    assert_eq!(["sale.json", "minutes.csv", "sale.baseline.json"].map(|file| desk.read(file)), before);
}

#[test]
fn a_report_never_takes_the_place_of_what_is_compared() {
    let desk = Desk::with_traced_sale();
    for (seeds, out) in [("1..3", "one"), ("1..3", "two")] {
        desk.onsale(&["run", "sale.json", "-q", "--seeds", seeds, "--out", out]).success();
    }
    let before = desk.read("one/result.json");
    let told = desk.onsale(&["compare", "one", "two", "--out", "one"]).code(2);
    let stderr = String::from_utf8_lossy(&told.get_output().stderr).into_owned();
    assert!(stderr.contains("one is read, and lies where the report goes"), "{stderr}");
    assert_eq!(desk.read("one/result.json"), before);
    // A list that claims the scenario for itself does not make it a file of a report.
    desk.write("result.json", r#"{ "schema": "onsale.result/1", "files": [{ "path": "sale.json" }, { "path": "minutes.csv" }, { "path": "one/runs.csv" }] }"#);
    desk.onsale(&["run", "sale.json", "--out", "."]).code(2);
    assert_eq!(desk.read("sale.json"), SALE);
}

#[test]
fn a_file_or_a_folder_that_may_not_be_written_stays_as_it_is() {
    let desk = Desk::with_traced_sale();
    fs::create_dir(desk.path().join("folder")).expect("writable");
    desk.onsale(&["check", "sale.json", "--junit", "folder"]).code(1);
    desk.link("folder", "to-folder");
    desk.onsale(&["check", "sale.json", "--junit", "to-folder"]).code(1);
    desk.link("circle", "circle");
    let told = desk.onsale(&["check", "sale.json", "--junit", "circle"]).code(1);
    assert!(String::from_utf8_lossy(&told.get_output().stderr).contains("circle cannot be written"));
    desk.write("locked.xml", "old");
    fs::set_permissions(desk.path().join("locked.xml"), fs::Permissions::from_mode(0o444)).expect("ours");
    // The administrator may write anything; whoever may not is told before anything runs.
    if fs::OpenOptions::new().write(true).open(desk.path().join("locked.xml")).is_err() {
        desk.onsale(&["check", "sale.json", "--junit", "locked.xml"]).code(1);
        assert_eq!(desk.read("locked.xml"), "old");
    }
}

/// A writer that was killed leaves its temporary file; the next one clears it, and none that is being written.
#[test]
fn what_a_killed_bless_left_is_cleared() {
    let desk = Desk::with_traced_sale();
    let dead = ".sale.baseline.json.onsale-0123456789ab";
    let living = ".sale.baseline.json.onsale-ba9876543210";
    let others = [".other.json.onsale-0123456789ab", ".sale.baseline.json.onsale-notes"];
    for file in [&[dead, living][..], &others].concat() {
        desk.write(file, "half");
    }
    let held = fs::File::open(desk.path().join(living)).expect("readable");
    held.lock().expect("it is nobody's yet");
    desk.onsale(&["check", "sale.json", "-q", "--bless", "--seeds", "1..2"]).success();
    let files = desk.files();
    assert!(!files.iter().any(|file| file == dead), "{files:?}");
    assert!(files.iter().any(|file| file == living), "{files:?}");
    assert!(others.iter().all(|other| files.iter().any(|file| file == other)), "{files:?}");
}
