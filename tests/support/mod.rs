//! What the tests speak: scenarios and numbers.

pub mod desk;
pub mod drawn;
pub mod oracles;
pub mod svg;

use onsale::experiment::result::RunResult;
use onsale::experiment::{Run, run_once};
use onsale::scenario::{Plan, Prepared, Scenario};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The text of a shipped scenario of this folder under `scenarios/`, with some of it replaced.
pub fn changed(folder: &str, name: &str, changes: &[(&str, &str)]) -> String {
    let path = root().join("scenarios").join(folder).join(name).with_extension("json");
    let mut text =
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (from, to) in changes {
        assert!(text.contains(from), "{name} says {from}");
        text = text.replace(from, to);
    }
    text
}

/// A scenario from its text.
pub fn scenario(text: &str) -> Scenario {
    Scenario::parse(text, "test").unwrap_or_else(|mistakes| panic!("{}\n{text}", mistakes.picture(false)))
}

/// Its plan.
pub fn plan(scenario: &Scenario) -> Plan {
    Plan::new(scenario).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// It with its plan, under a name.
pub fn prepared(scenario: &Scenario, name: &str) -> Prepared {
    Prepared::new(scenario.clone(), name).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// One run of a text under a seed.
pub fn run(text: &str, seed: u64) -> RunResult {
    run_scenario(&scenario(text), "test", seed)
}

/// One run of a scenario under a seed.
pub fn run_scenario(scenario: &Scenario, name: &str, seed: u64) -> RunResult {
    run_once(&prepared(scenario, name), Run::of_seed(seed), &mut |_, _| ControlFlow::Continue(()))
        .expect("nobody broke the run off")
}

/// Every shipped scenario, with the files that it names: its name and what it says.
pub fn shipped() -> Vec<(String, Scenario)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("scenarios")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("scenarios are readable") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = name
                .strip_suffix(".json")
                .filter(|name| ![".schema", ".baseline"].iter().any(|no| name.ends_with(no)))
            {
                // A policy has the name of a mechanism sometimes: elsewhere it is one of several settings.
                let folder = path.parent().and_then(Path::file_name).expect("a folder");
                let name = if folder == "policies" { format!("policy-{name}") } else { name.to_owned() };
                found.push((name, load(&path)));
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(!found.is_empty(), "no scenario is shipped");
    for pair in found.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "two scenarios of one name would share a golden file");
    }
    found
}

/// The scenario in a file, with the files that it names.
pub fn load(path: &Path) -> Scenario {
    let loaded = onsale::cli::load(path).unwrap_or_else(|failure| panic!("{}", failure.picture()));
    loaded.prepared.scenario().clone()
}
