//! `onsale check` as a CI job meets it: exit codes, baselines, what is written and what is left alone.

use crate::support;
use crate::support::desk::Desk;
use assert_cmd::Command;
use std::fs;

/// A sale whose waits follow from how many are let in a minute.
const SALE: &str = r#"{
    "opens_at": "1m", "horizon": "31m",
    "crowd": [
        { "name": "desktop", "count": 150, "arrivals": { "spike": { "jitter": { "exponential": { "mean": "10s" } } } } },
        { "name": "mobile", "count": 150, "network": "mobile",
          "arrivals": { "spike": { "jitter": { "exponential": { "mean": "10s" } } } } }
    ],
    "waiting_room": { "new_per_minute": 30 },
    "inventory": { "bands": [{ "name": "hall", "seats": 150 }] },
    "check": { "margins": [
        { "metric": "fairness.success.difference", "absolute": 0.1 },
        { "metric": "wait.winners.p95", "relative": 0.045 }
    ] }
}"#;

impl Desk {
    /// A desk with the sale on it, and its baseline of so many seeds.
    fn blessed(seeds: &str) -> Desk {
        let desk = Desk::with_sale();
        desk.onsale(&["check", "sale.json", "--bless", "--seeds", seeds]).code(0).stderr("");
        desk
    }

    fn with_sale() -> Desk {
        Desk::with(&[("sale.json", SALE)])
    }

    /// The sale with something else in it.
    fn write_changed(&self, path: &str, from: &str, to: &str) {
        assert!(SALE.contains(from), "{from}");
        self.write(path, &SALE.replacen(from, to, 1));
    }

    /// What a check says in JSON, and its exit code.
    fn checked(&self, arguments: &[&str]) -> (serde_json::Value, i32) {
        let told = self.onsale(&[&["check", "--format", "json", "-q"], arguments].concat());
        let output = told.get_output();
        let document =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        (document, output.status.code().expect("it ends by itself"))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn gate<'d>(document: &'d serde_json::Value, metric: &str) -> &'d serde_json::Value {
    let gates = document["scenarios"][0]["checked"]["against"]["gates"].as_array().expect("gates");
    gates.iter().find(|gate| gate["metric"] == metric).unwrap_or_else(|| panic!("{metric}: {gates:?}"))
}

/// One constant of the policy, changed by a little, by much, and by just about the margin.
#[test]
fn a_little_passes_much_fails_and_what_lies_near_the_margin_asks_for_more_seeds() {
    let desk = Desk::blessed("1..80");
    let with = |new_per_minute: &str| {
        let set = format!("waiting_room.new_per_minute={new_per_minute}");
        desk.checked(&["sale.json", "--set", &set])
    };
    let seeds =
        |document: &serde_json::Value| document["scenarios"][0]["checked"]["seeds"].as_array().unwrap().len();
    let (same, code) = with("30");
    assert_eq!((code, seeds(&same), &same["verdict"]), (0, 20, &"passed".into()));
    let (little, code) = with("31");
    let wait = gate(&little, "wait.winners.p95");
    assert_eq!((code, seeds(&little), &wait["verdict"]), (0, 20, &"passed".into()), "{wait}");
    assert_ne!(wait["worse_by"], 0.0, "and it is another sale");
    let (near, code) = with("29");
    let wait = gate(&near, "wait.winners.p95");
    assert!(seeds(&near) > 20, "{wait}");
    assert_eq!(
        (code, &wait["verdict"], &wait["seeds"]),
        (0, &"passed".into(), &seeds(&near).into()),
        "{wait}"
    );
    assert_eq!(with("29"), (near, code), "asking again changes nothing");
    let (much, code) = with("20");
    let wait = gate(&much, "wait.winners.p95");
    assert_eq!((code, seeds(&much), &wait["verdict"]), (11, 20, &"failed".into()), "{wait}");
}

#[test]
fn without_a_baseline_the_lines_are_checked_in_every_run() {
    let desk = Desk::with_sale();
    let expecting = |lines: &str| SALE.replacen('{', &format!("{{ \"expect\": [{lines}],"), 1);
    desk.write("met.json", &expecting(r#""sale.sold == 150", { "warn": "sale.sold == 1" }"#));
    desk.write("missed.json", &expecting(r#""sale.sold == 150", "wait.p95 <= 1 s""#));
    let told = desk.onsale(&["check", "met.json", "--seeds", "1..3"]).code(0).stderr("");
    let stdout = text(&told.get_output().stdout);
    assert!(stdout.contains("! sale.sold == 1") && stdout.contains("missed in 3 of 3 runs"), "{stdout}");
    let told = desk.onsale(&["check", "met.json", "missed.json", "--seeds", "1..3"]).code(10);
    let stdout = text(&told.get_output().stdout);
    assert!(stdout.starts_with("✗ missed: missed wait.p95 <= 1 s\n"), "what failed stands first: {stdout}");
    assert!(stdout.contains("1 of 2 scenarios passed."), "{stdout}");
    assert_eq!(desk.files(), ["met.json", "missed.json", "sale.json"], "nothing was written");
}

#[test]
fn a_check_of_nothing_is_refused() {
    let desk = Desk::with_sale();
    let told = desk.onsale(&["check", "sale.json"]).code(2);
    assert!(text(&told.get_output().stderr).contains("there is nothing to check"));
    let told = desk.onsale(&["check", "sale.json", "--baseline", "none.json"]).code(2);
    assert!(text(&told.get_output().stderr).contains("there is no such baseline"));
}

#[test]
fn the_worst_of_several_scenarios_counts_and_all_are_checked() {
    let desk = Desk::with_sale();
    let expecting = |line: &str| SALE.replacen('{', &format!("{{ \"expect\": [\"{line}\"],"), 1);
    desk.write("met.json", &expecting("sale.sold == 150"));
    desk.write("missed.json", &expecting("sale.sold == 149"));
    desk.write("wrong.json", "{}");
    let (document, code) =
        desk.checked(&["wrong.json", "missed.json", "sale.json", "met.json", "--seeds", "1..2"]);
    assert_eq!(code, 3);
    let verdicts: Vec<&str> = document["scenarios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["refused", "expectation_missed", "refused", "passed"]);
    assert_eq!(desk.checked(&["missed.json", "met.json", "--seeds", "1..2"]).1, 10);
    assert_eq!(desk.checked(&["missed.json", "sale.json", "--seeds", "1..2"]).1, 2);
}

#[test]
fn the_same_scenario_passes_exactly_whatever_the_number_of_threads() {
    let desk = Desk::blessed("1..20");
    let one = desk.checked(&["sale.json", "-j", "1"]);
    assert_eq!(one, desk.checked(&["sale.json", "-j", "3"]));
    let exact = &one.0["scenarios"][0]["checked"]["against"]["exact"];
    assert_eq!((one.1, &exact["verdict"], &exact["seeds"]), (0, &"same".into(), &20.into()));
    let before = desk.read("sale.baseline.json");
    desk.onsale(&["check", "sale.json", "--bless", "--seeds", "1..20", "-j", "2"]).code(0);
    assert_eq!(desk.read("sale.baseline.json"), before, "the same bytes when it is written again");
    assert_eq!(desk.files(), ["sale.baseline.json", "sale.json"], "nothing else is left");
}

/// A baseline that says other bytes for the same scenario: written with another value of one constant, and with the
/// hash of this scenario, as it would be of a version in which the constant sits in the code.
#[test]
fn other_bytes_are_told_with_the_block_in_which_they_begin() {
    let desk = Desk::blessed("1..20");
    let scenario_hash = |text: &str| {
        let document: serde_json::Value = serde_json::from_str(text).expect("JSON");
        document["scenario"].as_str().expect("a hash").to_owned()
    };
    let own = scenario_hash(&desk.read("sale.baseline.json"));
    // People are let in from the opening on, at 60 s: block 57 (of 1.048576 s) is the first that can differ.
    desk.write_changed("other.json", "\"new_per_minute\": 30", "\"new_per_minute\": 29");
    desk.onsale(&["check", "other.json", "--bless", "--seeds", "1..20"]).code(0);
    let other = desk.read("other.baseline.json");
    desk.write("sale.baseline.json", &sealed(&other.replace(&scenario_hash(&other), &own)));
    let (document, code) = desk.checked(&["sale.json"]);
    let exact = &document["scenarios"][0]["checked"]["against"]["exact"];
    assert_eq!((code, &exact["verdict"]), (11, &"differs".into()), "{exact}");
    assert_eq!(exact["facts_differ"].as_array().map(Vec::len), Some(20));
    let block = exact["first_block"].as_u64().expect("the first seed differs");
    assert!((57..=62).contains(&block), "{block}");
    assert_eq!(exact["first_block_us"], block << 20);
    let told = desk.onsale(&["check", "sale.json"]).code(11);
    let stdout = text(&told.get_output().stdout);
    assert!(stdout.contains(&format!("block {block}")) && stdout.contains("--bless"), "{stdout}");
    desk.write_changed("sale.json", "\"check\": {", "\"check\": { \"on_difference\": \"warn\",");
    assert_eq!(desk.checked(&["sale.json"]).1, 0, "where that is only a warning, the margins decide");
}

/// A baseline with the hash that belongs to its text.
fn sealed(text: &str) -> String {
    let document: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let old = document["blake3"].as_str().expect("a hash");
    let without = text.replacen(old, "", 1);
    let hash = &blake3::hash(without.as_bytes()).to_hex()[..32];
    text.replacen(old, hash, 1)
}

#[test]
fn another_version_is_not_compared_byte_by_byte_and_its_margins_are_held() {
    let desk = Desk::blessed("1..20");
    let old = desk.read("sale.baseline.json").replacen(
        &format!("\"engine\": \"{}\"", env!("CARGO_PKG_VERSION")),
        "\"engine\": \"0.0.1\"",
        1,
    );
    desk.write("sale.baseline.json", &sealed(&old));
    let (document, code) = desk.checked(&["sale.json"]);
    assert_eq!(code, 0);
    let against = &document["scenarios"][0]["checked"]["against"];
    assert_eq!(against["exact"]["verdict"], "not_comparable");
    assert!(against["exact"]["not_comparable"].as_str().unwrap().contains("onsale 0.0.1"));
    assert!(against["gates"].as_array().unwrap().iter().all(|gate| gate["verdict"] != "failed"));
    assert_eq!(desk.checked(&["sale.json", "--set", "waiting_room.new_per_minute=20"]).1, 11);
}

#[test]
fn a_baseline_that_cannot_be_used_is_refused_and_left_alone() {
    let desk = Desk::blessed("1..20");
    let whole = desk.read("sale.baseline.json");
    let refused = |arguments: &[&str], reason: &str| {
        let before = desk.read("sale.baseline.json");
        let told = desk.onsale(&[&["check"], arguments].concat()).code(2);
        let stderr = text(&told.get_output().stderr);
        assert!(stderr.contains(reason), "{reason}: {stderr}");
        assert_eq!(desk.read("sale.baseline.json"), before);
    };
    refused(&["sale.json", "--seeds", "2..21"], "it holds the seeds 1..20");
    refused(&["sale.json", "--set", "crowd.mobile.count=149"], "another workload");
    desk.write("sale.baseline.json", &whole[..whole.len() / 3]);
    refused(&["sale.json"], "it is damaged");
    refused(&["sale.json", "--bless"], "it is damaged");
    desk.write("sale.baseline.json", SALE);
    refused(&["sale.json", "--bless"], "it is no baseline of onsale");
    desk.write("sale.baseline.json", &whole);
    desk.write_changed("sale.json", "\"wait.winners.p95\", \"relative\"", "\"load.requests\", \"relative\"");
    refused(&["sale.json"], "it does not hold `load.requests`");
    desk.write_changed("sale.json", "\"absolute\": 0.1", "\"absolute\": 0.0001");
    refused(&["sale.json", "--bless", "--seeds", "1..20"], "cannot be decided");
}

#[test]
fn blessing_shows_what_changes_and_then_it_passes() {
    let desk = Desk::blessed("1..20");
    desk.write_changed("sale.json", "\"new_per_minute\": 30", "\"new_per_minute\": 20");
    desk.onsale(&["check", "sale.json"]).code(11);
    let told = desk.onsale(&["check", "sale.json", "--bless", "--seeds", "1..20"]).code(0);
    let stdout = text(&told.get_output().stdout);
    assert!(stdout.contains("have changed") && stdout.contains("winners' p95 wait"), "{stdout}");
    assert!(stdout.lines().all(|line| line.chars().count() <= 100), "{stdout}");
    desk.onsale(&["check", "sale.json"]).code(0);
    let again = desk.onsale(&["check", "sale.json", "--bless", "--seeds", "1..20"]).code(0);
    assert!(text(&again.get_output().stdout).contains("byte for byte"));
}

#[test]
fn a_sale_that_misses_its_lines_may_be_blessed_and_fails_all_the_same() {
    let desk = Desk::with_sale();
    desk.write("sale.json", &SALE.replacen('{', "{ \"expect\": [\"sale.sold == 1\"],", 1));
    desk.onsale(&["check", "sale.json", "--bless", "--seeds", "1..3"]).code(10);
    assert!(desk.read("sale.baseline.json").contains("onsale.baseline/1"));
    desk.onsale(&["check", "sale.json"]).code(10);
}

/// Whenever Ctrl-C comes, before the first run or among many: the baseline is the old one.
#[cfg(unix)]
#[test]
fn an_interrupted_check_blesses_nothing() {
    let desk = Desk::blessed("1..2");
    let before = desk.read("sale.baseline.json");
    for moment in [0, 50, 400] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("onsale"))
            .args(["check", "sale.json", "--bless", "--seeds", "1..90000", "-q"])
            .current_dir(desk.path())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it runs");
        std::thread::sleep(std::time::Duration::from_millis(moment));
        let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(sent.expect("there is kill").success());
        assert!(!child.wait().expect("it ends").success());
        assert_eq!(desk.read("sale.baseline.json"), before);
        assert_eq!(desk.files(), ["sale.baseline.json", "sale.json"], "nothing else is left");
    }
}

#[test]
fn the_baseline_and_the_check_are_valid_by_their_schemas_and_name_no_place() {
    let desk = Desk::blessed("1..20");
    let valid = |schema: &str, document: &serde_json::Value| {
        let schema = desk.onsale(&["schema", schema]).success();
        let schema = serde_json::from_slice(&schema.get_output().stdout).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let wrong: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    };
    let baseline = desk.read("sale.baseline.json");
    valid("baseline", &serde_json::from_str(&baseline).expect("JSON"));
    let (document, _) = desk.checked(&["sale.json", "--set", "waiting_room.new_per_minute=20"]);
    valid("check", &document);
    let folder = desk.path().to_string_lossy().into_owned();
    assert!(!baseline.contains(&folder) && !document.to_string().contains(&folder));
    assert!(baseline.len() < 150_000, "{} bytes are much to commit", baseline.len());
}

#[test]
fn every_output_says_what_failed_first_and_is_the_same_every_time() {
    let desk = Desk::blessed("1..20");
    let set = ["sale.json", "--set", "waiting_room.new_per_minute=20"];
    let printed = |format: &str| {
        let told = desk.onsale(&[&["check", "-q", "--format", format], set.as_slice()].concat()).code(11);
        text(&told.get_output().stdout)
    };
    for format in ["json", "markdown", "junit"] {
        assert_eq!(printed(format), printed(format));
    }
    let files = ["--junit", "check.xml", "--markdown", "out/check.md"];
    let told = desk.onsale(&[&["check"], set.as_slice(), &files].concat()).code(11);
    assert_eq!((desk.read("check.xml"), desk.read("out/check.md")), (printed("junit"), printed("markdown")));
    let screen = text(&told.get_output().stdout);
    assert!(screen.starts_with("✗ sale: wait.winners.p95 is worse by "), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 100), "{screen}");
    let failed = screen.lines().find(|line| line.starts_with('✗') && line.contains("wait.winners.p95"));
    assert!(failed.is_some(), "{screen}");
    assert_eq!(text(&told.get_output().stderr), "error: not what the baseline says: sale\n");
    let xml = desk.read("check.xml");
    assert!(
        xml.contains("<testcase classname=\"sale.margin\" name=\"wait.winners.p95\">\n      <failure "),
        "{xml}"
    );
    assert!(xml.contains("failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
    for word in ["time=", "timestamp", "hostname"] {
        assert!(!xml.contains(word), "{word}: {xml}");
    }
    let markdown = desk.read("out/check.md");
    assert!(markdown.starts_with("### ❌ sale: "), "{markdown}");
    assert!(markdown.contains("| ❌ failed | wait.winners.p95 |"), "{markdown}");
}

#[test]
fn names_cannot_break_the_outputs() {
    let desk = Desk::with_sale();
    desk.write(
        "odd.json",
        r#"{
            "crowd": [{ "name": "a <b> & `c` | d", "count": 20, "arrivals": { "spike": {} } }],
            "inventory": { "bands": [{ "name": "hall", "seats": 10 }] },
            "expect": ["fairness.success @ cohort=\"a <b> & `c` | d\" <= 1 %"]
        }"#,
    );
    let told = desk.onsale(&["check", "odd.json", "--seeds", "1", "--format", "junit"]).code(10);
    let xml = text(&told.get_output().stdout);
    assert!(xml.contains("a &#60;b&#62; &#38; `c` | d"), "{xml}");
    let told = desk.onsale(&["check", "odd.json", "--seeds", "1", "--format", "markdown"]).code(10);
    let markdown = text(&told.get_output().stdout);
    assert!(markdown.contains("'a <b> & `c` \\| d' <= 1 % `` |"), "{markdown}");
}

/// The commands of the README's CI job, as they stand there, against the scenario and the baseline that are committed.
#[cfg(unix)]
#[test]
fn the_ci_job_in_the_readme_works_as_it_stands_there() {
    let readme = fs::read_to_string(support::root().join("README.md")).expect("readable");
    let job = readme.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a job");
    let commands = |word: &str| -> Vec<&str> {
        let runs = job.lines().filter_map(|line| line.split_once("run: ").map(|(_, command)| command));
        runs.filter(|command| command.starts_with(word)).collect()
    };
    let [check] = commands("onsale check ")[..] else { panic!("one check in {job}") };
    let [show] = commands("cat ")[..] else { panic!("one command that shows it in {job}") };
    let desk = Desk::with_sale();
    fs::create_dir(desk.path().join("scenarios")).expect("writable");
    let baseline = "scenarios/small-sale.baseline.json";
    let onsale = assert_cmd::cargo::cargo_bin("onsale");
    let bin = onsale.parent().expect("a folder").display().to_string();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
    if std::env::var_os("ONSALE_BLESS").is_some() {
        let mut bless = Command::new(&onsale);
        bless
            .current_dir(support::root())
            .args(["check", "scenarios/small-sale.json", "--bless"])
            .assert()
            .code(0);
    }
    for file in ["scenarios/small-sale.json", baseline] {
        fs::copy(support::root().join(file), desk.path().join(file)).expect("it is committed");
    }
    let shell = |command: &str| {
        let output = std::process::Command::new("sh")
            .args(["-c", command])
            .current_dir(desk.path())
            .env("PATH", &path)
            .env("GITHUB_STEP_SUMMARY", desk.path().join("summary.md"))
            .output()
            .expect("a shell");
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let (code, told) = shell(check);
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(shell(show).0, Some(0));
    assert!(desk.read("summary.md").starts_with("### ✅ small-sale: passed"), "{}", desk.read("summary.md"));
    assert!(desk.read("sale.xml").contains("<testsuite name=\"small-sale\""));
    assert!(desk.read(baseline).len() < 300_000, "small enough to commit");
}
