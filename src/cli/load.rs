//! From a path to a plan: what every command that needs a scenario begins with.

use super::Failure;
use crate::scenario::{Diagnosis, Plan, Scenario, check, parse};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest scenario file, in bytes: a scenario of 255 cohorts has some 200 kB.
const SIZE_MAX: u64 = 16 << 20;

/// A scenario, ready to run.
#[derive(Debug)]
pub struct Loaded {
    /// Its name: the file's name without the ending; `stdin` for `-`.
    pub name: String,
    /// The path as it was given, for messages.
    pub path: String,
    /// The text as it was written.
    pub text: String,
    /// What was written.
    pub scenario: Scenario,
    /// What will run.
    pub plan: Plan,
    /// Warnings, if there are any; the caller shows them.
    pub warnings: Option<Diagnosis>,
}

/// Reads, checks and resolves the scenario in a file; `-` is stdin.
///
/// # Errors
/// The pictures of all mistakes, or why the file cannot be read.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    let shown = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let text = read(path, &shown)?;
    let scenario = parse(&text, &shown).map_err(Failure::Invalid)?;
    let plan = Plan::new(&scenario)
        .map_err(|problems| Failure::Invalid(Diagnosis::of_problems(&shown, &text, &problems)))?;
    let problems = check(&scenario);
    let warnings = (!problems.is_empty()).then(|| Diagnosis::of_problems(&shown, &text, &problems));
    let name = path.file_stem().filter(|_| shown != "stdin");
    let name = name.map_or_else(|| "stdin".to_owned(), |name| name.to_string_lossy().into_owned());
    Ok(Loaded { name, path: shown, text, scenario, plan, warnings })
}

fn read(path: &Path, shown: &str) -> Result<String, Failure> {
    let unreadable = |problem: &str, remedy: &str| Failure::Unreadable {
        path: shown.to_owned(),
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    };
    let mut bytes = Vec::new();
    let taken = if path == Path::new("-") {
        io::stdin().lock().take(SIZE_MAX + 1).read_to_end(&mut bytes)
    } else if path.is_dir() {
        return Err(unreadable("this is a directory", "name a scenario file in it"));
    } else {
        File::open(path).and_then(|file| file.take(SIZE_MAX + 1).read_to_end(&mut bytes))
    };
    taken.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => unreadable("there is no such file", "check the path"),
        io::ErrorKind::PermissionDenied => {
            unreadable("reading is not permitted", "check who may read the file")
        }
        _ => unreadable(&format!("reading failed: {error}"), "check the path"),
    })?;
    if bytes.len() as u64 > SIZE_MAX {
        let problem = format!("the file is larger than {} MiB", SIZE_MAX >> 20);
        return Err(unreadable(&problem, "a scenario is a few kilobytes of JSON: is this the right file?"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return unreadable("the text is in UTF-16", "save it as UTF-8");
        }
        let line = 1 + bytes[..good].split(|byte| *byte == b'\n').skip(1).count();
        unreadable(
            &format!("line {line} is not UTF-8 text"),
            "save the file as UTF-8: is it a scenario at all?",
        )
    })
}
