//! The walls of the house, held by a test: who may name whom, how long files and functions may grow, and that
//! whatever is declared has a user. The map is in the crate documentation of `src/lib.rs`.

mod reader;
mod samples;
mod tokens;
mod users;
mod walls;

use reader::{Names, Source};
use std::path::Path;
use std::sync::LazyLock;
use users::Users;
use walls::{House, Walls};

/// The top rooms, and what of ours each may name. `engine::time` alone is narrower than `engine`.
const WALLS: &Walls = &[
    ("engine", &[]),
    ("quantity", &["engine::time"]),
    ("protocol", &["engine::time"]),
    ("expr", &["engine::time"]),
    ("named", &[]),
    ("visible", &[]),
    ("registry", &[]),
    ("admission", &["engine::time", "engine::random", "protocol", "expr"]),
    ("overload", &["engine::time", "engine::random", "protocol"]),
    ("discipline", &["engine::time", "engine::random", "protocol"]),
    ("behavior", &["engine::time", "engine::random", "engine::sample", "protocol"]),
    (
        "scenario",
        &[
            "visible",
            "engine::time",
            "engine::sample",
            "engine::random",
            "quantity",
            "protocol",
            "expr",
            "admission",
            "behavior",
            "discipline",
            "overload",
            "metrics::names",
        ],
    ),
    (
        "model",
        &[
            "engine",
            "quantity",
            "protocol",
            "scenario::Plan",
            "scenario::plan",
            "admission",
            "behavior",
            "discipline",
            "overload",
        ],
    ),
    ("metrics", &["engine::time", "protocol"]),
    ("experiment", &["engine", "protocol", "scenario", "model", "metrics", "visible"]),
    (
        "report",
        &[
            "visible",
            "experiment::result",
            "experiment::check",
            "experiment::compare",
            "experiment::journey",
            "experiment::replicate",
            "experiment::stats",
            "metrics::names",
            "protocol",
        ],
    ),
    ("cli", &["engine::Time", "protocol::PersonId", "scenario", "experiment", "report", "model", "visible"]),
];

/// The rooms within `model`: no wing names another, and `across` alone names them all. What lies in `backend` but in
/// none of its wings is shared by these.
const WINGS: &Walls = &[
    ("", &["across::world"]),
    ("sim", &[]),
    ("people", &["sim", KEY]),
    ("backend", &["sim", KEY]),
    ("backend::edge", &["sim", "backend", KEY]),
    ("backend::line", &["sim", "backend", KEY]),
    ("backend::shop", &["sim", "backend", KEY]),
    ("across", &["sim", "people", "backend", "backend::edge", "backend::line", "backend::shop"]),
];

const KEY: &str = "across::key::Key";

/// Lines beyond which a file has become a room.
const LONGEST_FILE: usize = 450;

/// Lines beyond which a function does several things.
const LONGEST_FUNCTION: usize = 70;

/// Lists of words that one enum holds and no room could divide: a longer list is no harder to read.
const LISTS: &[&str] = &["src/protocol/fact/table.rs"];

/// What the library offers although no command uses it yet: where, and why.
const OFFERED: &[(&str, &str)] = &[
    ("src/experiment/stats/", "the methods of a study of many runs, each held to published values by a test"),
    ("src/report/escape.rs", "askama.toml names the escaper, and every template is written with it"),
    ("src/main.rs:5: static ALLOCATOR", "the language itself uses it"),
    ("src/experiment/executor.rs", "whoever runs many without the command line has no executor of their own"),
];

/// What would make a result depend on the machine, the moment or a dependency's version, or write past `cli`.
const BANNED: &[&str] = &[
    "std::time::Instant",
    "std::time::SystemTime",
    "std::thread",
    "rayon",
    "std::fs",
    "std::net",
    "std::env",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    // What the distributions of rand draw may change with its version: no simulated value comes from them.
    "rand::distr",
    "rand::RngExt",
];

fn texts(under: &str, endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = vec![root.join(under)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| endings.iter().any(|ending| found == *ending)) {
                let name = path.strip_prefix(root).expect("below the package").to_string_lossy().into_owned();
                files.push((name, std::fs::read_to_string(&path).expect("readable")));
            }
        }
    }
    files.sort();
    files
}

/// Reads files together: a module that one declares for tests only may be another file.
fn read(files: &[(String, String)]) -> Vec<Source> {
    let mut sources: Vec<Source> = files.iter().map(|(name, text)| Source::read(name, text)).collect();
    let modules = sources.iter().filter(|source| source.is_code()).flat_map(|source| source.modules.clone());
    let tests: Vec<Names> = modules.filter(|(_, in_test)| *in_test).map(|(module, _)| module).collect();
    for source in &mut sources {
        source.is_test |= tests.iter().any(|module| source.module.starts_with(module));
    }
    sources
}

/// Everything, read once for all tests.
static SOURCES: LazyLock<Vec<Source>> =
    LazyLock::new(|| read(&["src", "benches", "tests"].map(|folder| texts(folder, &["rs"])).concat()));

fn sources() -> impl Iterator<Item = &'static Source> {
    SOURCES.iter().filter(|source| source.file.starts_with("src/"))
}

fn assert_none(found: &[String], what: &str) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn imports_go_one_way() {
    for source in sources() {
        let room = source.module.first().map_or("lib", String::as_str);
        let is_known = ["lib", "main"].contains(&room) || WALLS.iter().any(|(name, _)| *name == room);
        assert!(is_known, "{} is in no room", source.file);
    }
    let house = House::of(sources());
    assert_none(&house.breaches(&SOURCES, WALLS, ("model", WINGS)), "these names lead through a wall");
}

#[test]
fn a_file_that_outgrows_its_reader_has_become_a_room() {
    let long = |source: &&Source| source.text.lines().count() > LONGEST_FILE;
    let long = sources().filter(long).filter(|source| !LISTS.contains(&source.file.as_str()));
    let found: Vec<String> =
        long.map(|source| format!("{}: {} lines", source.file, source.text.lines().count())).collect();
    assert_none(&found, &format!("these files have more than {LONGEST_FILE} lines"));
}

#[test]
fn a_function_that_outgrows_its_reader_does_several_things() {
    let found = functions_beyond(LONGEST_FUNCTION, &SOURCES);
    assert_none(&found, &format!("these functions have more than {LONGEST_FUNCTION} lines"));
}

/// The cases of an integration test may be a long list.
fn functions_beyond(lines: usize, sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !source.file.starts_with("tests/")) {
        for function in source.functions.iter().filter(|function| function.lines > lines) {
            found.push(format!(
                "{}:{}: {}: {} lines",
                source.file, function.line, function.name, function.lines
            ));
        }
    }
    found
}

#[test]
fn whatever_is_declared_has_a_user() {
    let templates: Vec<String> =
        texts("templates", &["html", "xml"]).into_iter().map(|(_, text)| text).collect();
    let mut found = Users::of(&SOURCES, &templates).unused(&SOURCES);
    for (place, why) in OFFERED {
        let before = found.len();
        found.retain(|unused| !unused.starts_with(place));
        assert!(found.len() < before, "{place} is listed as offered ({why}), and all of it has users");
    }
    assert_none(&found, "these have no user");
}

#[test]
fn unsafe_is_a_hint_to_the_processor_and_the_end_of_memory() {
    let found: Vec<&str> =
        sources().filter(|source| source.has_unsafe).map(|source| source.file.as_str()).collect();
    assert_eq!(found, ["src/cli/out_of_memory.rs", "src/engine/prefetch.rs"]);
}

#[test]
fn no_clock_no_thread_and_no_file_below_the_command_line() {
    let found = House::of(sources()).foreign(&SOURCES, BANNED, &["cli", "main"]);
    assert_none(&found, "these names are the command line's alone");
}

#[test]
fn every_file_opens_with_what_lives_in_it() {
    let silent = sources().filter(|source| !source.text.starts_with("//!"));
    let found: Vec<String> = silent.map(|source| source.file.clone()).collect();
    assert_none(&found, "these files do not say what lives in them");
}
