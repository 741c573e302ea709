//! From a path to a plan: what every command that needs a scenario begins with.

use super::Failure;
use crate::scenario::trace::Unread;
use crate::scenario::{Diagnosis, Prepared, parse_with};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Largest file, in bytes: a scenario of 255 cohorts has some 200 kB, a trace of a day of seconds 3 MB.
const SIZE_MAX: u64 = 16 << 20;

/// A scenario, ready to run.
#[derive(Debug)]
pub struct Loaded {
    /// What was written and what will run. Its name is the file's name without the ending; `stdin` for `-`.
    pub prepared: Prepared,
    /// The path as it was given, for messages.
    pub path: String,
    /// The text as it was written.
    pub text: String,
    /// The files that it names, as they were opened.
    pub named_files: Vec<PathBuf>,
    /// Warnings, if there are any; the caller shows them.
    pub warnings: Option<Diagnosis>,
}

/// Reads, checks and resolves the scenario in a file, and the files that it names; `-` is stdin, and what it names
/// counts from the folder of the process.
///
/// # Errors
/// The pictures of all mistakes, or why the file cannot be read.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    let shown = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let text = if path == Path::new("-") { read(io::stdin().lock()) } else { open(path) };
    let text = text.map_err(|unread| Failure::Unreadable {
        path: shown.clone(),
        problem: unread.problem,
        remedy: unread.remedy,
    })?;
    let mut named_files = Vec::new();
    let mut open_named = |named: &str| {
        named_files.push(folder_of(path).join(named));
        beside(path, named)
    };
    let scenario = parse_with(&text, &shown, &mut open_named).map_err(Failure::Invalid)?;
    let prepared = Prepared::new(scenario, name_of(path))
        .map_err(|problems| Failure::Invalid(Diagnosis::of_problems(&shown, &text, &problems)))?;
    let warnings = Some(prepared.warnings()).filter(|warnings| !warnings.is_empty());
    let warnings = warnings.map(|warnings| Diagnosis::of_problems(&shown, &text, warnings));
    Ok(Loaded { prepared, path: shown, text, named_files, warnings })
}

/// What a scenario in this file is called: the file's name without the ending, or `stdin`.
pub(super) fn name_of(path: &Path) -> String {
    let name = path.file_stem().filter(|_| path != Path::new("-"));
    name.map_or_else(|| "stdin".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The folder of a scenario, from which the paths in it count.
fn folder_of(scenario: &Path) -> &Path {
    scenario.parent().unwrap_or(Path::new(""))
}

/// The text of a file that a scenario names; its path counts from the scenario's folder.
fn beside(scenario: &Path, named: &str) -> Result<String, Unread> {
    open(&folder_of(scenario).join(named)).map_err(|unread| Unread {
        remedy: unread.remedy + "; paths count from the folder of the scenario",
        ..unread
    })
}

fn open(path: &Path) -> Result<String, Unread> {
    if path.is_dir() {
        return Err(unread("this is a directory", "name a file in it"));
    }
    match File::open(path) {
        Ok(file) => read(file),
        Err(error) => Err(cannot(&error)),
    }
}

fn read(from: impl Read) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    from.take(SIZE_MAX + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > SIZE_MAX {
        let problem = format!("the file is larger than {} MiB", SIZE_MAX >> 20);
        return Err(unread(
            &problem,
            "what is read here is a few kilobytes of text: is this the right file?",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return unread("the text is in UTF-16", "save it as UTF-8");
        }
        let line = 1 + bytes[..good].split(|byte| *byte == b'\n').skip(1).count();
        unread(
            &format!("line {line} is not UTF-8 text"),
            "save the file as UTF-8: is it the right file at all?",
        )
    })
}

fn cannot(error: &io::Error) -> Unread {
    match error.kind() {
        io::ErrorKind::NotFound => unread("there is no such file", "check the path"),
        io::ErrorKind::PermissionDenied => unread("reading is not permitted", "check who may read the file"),
        _ => unread(&format!("reading failed: {error}"), "check the path"),
    }
}

fn unread(problem: &str, remedy: &str) -> Unread {
    Unread { problem: problem.to_owned(), remedy: remedy.to_owned() }
}
