//! The scenarios we ship: they carry their schema, fit it, and can run; and expanding loses nothing.

use assert_cmd::Command;
use onsale::scenario::{Plan, Scenario, check, parse};
use std::fs;
use std::path::{Path, PathBuf};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/scenario.schema.json");

/// Every scenario below `scenarios/`, and its text.
fn scenarios() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "json")
                && path != Path::new(SCHEMA)
                && !path.to_string_lossy().ends_with(".baseline.json")
            {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut found);
    found.sort();
    assert!(!found.is_empty());
    found.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The scenario in a file, with the files that it names.
fn load(path: &Path) -> Scenario {
    let loaded = onsale::cli::load(path).unwrap_or_else(|failure| panic!("{}", failure.picture()));
    loaded.prepared.scenario().clone()
}

fn stdout(args: &[&str]) -> String {
    let done = Command::cargo_bin("onsale").unwrap().args(args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Mechanisms that are the mistake which is warned of: the scenario, and where the warning points.
const ON_PURPOSE: [(&str, &str); 3] = [
    ("late-payment.json", "inventory.hold"),
    ("shared-address.json", "edge.rate_limit.per_second"),
    // The files of that folder differ in the policy alone.
    ("policies/none.json", "waiting_room.policy"),
];

#[test]
fn every_scenario_is_right_and_has_no_warnings_but_those_of_its_own_mechanism() {
    for (path, _) in scenarios() {
        let name = path.display().to_string();
        let scenario = load(&path);
        let on_purpose =
            |place: &str| ON_PURPOSE.iter().any(|(file, at)| path.ends_with(file) && place == *at);
        let told = check(&scenario);
        let unexpected: Vec<_> = told.iter().filter(|problem| !on_purpose(&problem.path)).collect();
        assert!(unexpected.is_empty(), "{name}: {unexpected:?}");
        Plan::new(&scenario).unwrap();
        assert!(!scenario.about.title.is_empty(), "{name} has no title");
    }
}

#[test]
fn every_scenario_names_the_schema_and_fits_it() {
    let schema = serde_json::from_str(&stdout(&["schema", "scenario"])).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (path, text) in scenarios() {
        let document: serde_json::Value = serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{} is not plain JSON: {e}", path.display()));
        let named =
            document["$schema"].as_str().unwrap_or_else(|| panic!("{} names no schema", path.display()));
        assert_eq!(
            path.parent().unwrap().join(named).canonicalize().unwrap(),
            Path::new(SCHEMA).canonicalize().unwrap()
        );
        for document in [document, serde_json::from_str(&load(&path).expanded()).unwrap()] {
            let errors: Vec<String> =
                validator.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert_eq!(errors, [""; 0], "{}", path.display());
        }
    }
}

#[test]
fn expanding_loses_nothing_and_happens_once() {
    for (path, _) in scenarios() {
        let scenario = load(&path);
        let once = scenario.expanded();
        // The expanded text stands alone: what was read from files is in it.
        let again = parse(&once, "x").unwrap();
        assert_eq!(again, scenario, "{}", path.display());
        assert_eq!(again.expanded(), once);
        assert_eq!(stdout(&["validate", "--expand", path.to_str().unwrap()]), once);
    }
}

#[test]
fn the_schema_beside_the_scenarios_is_the_one_we_print() {
    let printed = stdout(&["schema", "scenario"]);
    if std::env::var_os("ONSALE_BLESS").is_some() {
        assert!(printed.contains("urn:onsale:scenario"), "this is no schema: {printed}");
        fs::write(SCHEMA, &printed).unwrap();
    }
    let committed = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert_eq!(committed, printed, "run the tests once with ONSALE_BLESS=1");
}

#[test]
fn every_key_of_the_schemas_is_documented() {
    fn walk(schema: &serde_json::Value, place: &str, missing: &mut Vec<String>) {
        for (key, inside) in schema["properties"].as_object().into_iter().flatten() {
            let tag = schema["required"].as_array().is_some_and(|r| r.len() == 1)
                && schema["description"].is_string();
            if inside["description"].is_null() && !tag {
                missing.push(format!("{place}.{key}"));
            }
        }
        match schema {
            serde_json::Value::Object(map) => {
                for (key, inside) in map {
                    walk(inside, &format!("{place}/{key}"), missing);
                }
            }
            serde_json::Value::Array(list) => list.iter().for_each(|inside| walk(inside, place, missing)),
            _ => {}
        }
    }
    for document in ["scenario", "result", "baseline", "check", "mistakes"] {
        let schema = serde_json::from_str(&stdout(&["schema", document])).unwrap();
        jsonschema::validator_for(&schema).unwrap();
        let mut missing = Vec::new();
        walk(&schema, "", &mut missing);
        assert_eq!(missing, [""; 0], "keys of the {document} schema without a description");
    }
}
