//! The walls of the house, held by a test: who may import whom, how long a file may grow, and which words
//! never appear. The map is in the crate documentation of `src/lib.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A room, and what of ours it may name. `engine::time` alone is narrower than `engine`.
const WALLS: &[(&str, &[&str])] = &[
    ("engine", &[]),
    ("quantity", &["engine::time"]),
    ("protocol", &["engine::time"]),
    ("expr", &["engine::time"]),
    ("named", &[]),
    ("registry", &[]),
    ("admission", &["engine::time", "engine::random", "protocol", "expr"]),
    ("overload", &["engine::time", "engine::random", "protocol"]),
    ("discipline", &["engine::time", "engine::random", "protocol"]),
    ("behavior", &["engine::time", "engine::random", "engine::sample", "protocol"]),
    (
        "scenario",
        &[
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
    ("experiment", &["engine", "protocol", "scenario", "model", "metrics"]),
    (
        "report",
        &[
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
    ("cli", &["engine::Time", "protocol::PersonId", "scenario", "experiment", "report", "model"]),
];

/// Lines beyond which a file has become a room.
const LONGEST_FILE: usize = 450;

/// Lists of words that one enum holds and no room could divide: a longer list is no harder to read.
const LISTS: &[&str] = &["src/protocol/fact/table.rs"];

fn rust_files(under: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![under.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn room_of(path: &Path) -> String {
    let inside = path.strip_prefix(source()).expect("a file of src");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The paths below `crate::` that a text names, braces of `use` opened: `crate::{a, b::c}` gives `a` and `b::c`.
fn names_of_ours(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (start, _) in text.match_indices("crate::") {
        let before = text[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        expand("", &text[start + "crate::".len()..], &mut names);
    }
    names
}

fn expand(prefix: &str, rest: &str, names: &mut BTreeSet<String>) {
    if let Some(group) = rest.strip_prefix('{') {
        let mut depth = 0;
        let mut item = String::new();
        for c in group.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(prefix, item.trim(), names);
                    item.clear();
                    continue;
                }
                _ => {}
            }
            item.push(c);
        }
        if !item.trim().is_empty() {
            expand(prefix, item.trim(), names);
        }
        return;
    }
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = format!("{prefix}{}", &rest[..end]);
    match rest[end..].strip_prefix("::") {
        Some(more) if prefix.is_empty() => expand(&format!("{name}::"), more, names),
        _ => {
            names.insert(name);
        }
    }
}

fn without_tests_and_comments(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_go_one_way() {
    let mut broken = Vec::new();
    for path in rust_files(&source()) {
        let room = room_of(&path);
        let Some((_, allowed)) = WALLS.iter().find(|(name, _)| *name == room) else {
            assert!(["lib", "main"].contains(&room.as_str()), "{} is in no room", path.display());
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("readable");
        for name in names_of_ours(&without_tests_and_comments(&text)) {
            let own = name == room || name.starts_with(&format!("{room}::"));
            let open = allowed.iter().any(|&may| name == may || name.starts_with(&format!("{may}::")));
            if !own && !open {
                broken.push(format!("{}: crate::{name}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these imports go through a wall:\n{}", broken.join("\n"));
}

#[test]
fn names_behind_braces_are_seen() {
    let seen = names_of_ours("use crate::{a, b::{c, d}, e::f::g};\nlet x = crate::h::i();");
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["a", "b::c", "b::d", "e::f", "h::i"]);
}

#[test]
fn a_file_that_outgrows_its_reader_has_become_a_room() {
    let mut long = Vec::new();
    for path in rust_files(&source()) {
        let lines = std::fs::read_to_string(&path).expect("readable").lines().count();
        if lines > LONGEST_FILE && !LISTS.iter().any(|list| path.ends_with(list)) {
            long.push(format!("{} has {lines} lines, more than {LONGEST_FILE}", path.display()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn unsafe_lives_in_one_file() {
    for path in rust_files(&source()) {
        let text = std::fs::read_to_string(&path).expect("readable");
        let code = without_tests_and_comments(&text);
        let has = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == "unsafe");
        assert!(
            !has || path.ends_with("engine/prefetch.rs"),
            "unsafe outside prefetch.rs: {}",
            path.display()
        );
    }
}

#[test]
fn no_clock_no_thread_and_no_file_below_the_command_line() {
    let banned = [
        "std::time::Instant",
        "SystemTime",
        "std::thread",
        "rayon",
        "std::fs",
        "std::net",
        "std::env",
        "println!",
        // What the distributions of rand draw may change with its version: no simulated value comes from them.
        "rand::distr",
        "RngExt",
    ];
    for path in rust_files(&source()) {
        if ["cli", "main"].contains(&room_of(&path).as_str()) {
            continue;
        }
        let code = without_tests_and_comments(&std::fs::read_to_string(&path).expect("readable"));
        for word in banned {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn every_file_opens_with_what_lives_in_it() {
    for path in rust_files(&source()) {
        let text = std::fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//!"), "{} does not say what lives in it", path.display());
    }
}
