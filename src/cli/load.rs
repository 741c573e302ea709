//! From a path to a plan: what every command that needs a scenario begins with.

use super::Failure;
use super::read::{self, cannot, unread};
use crate::scenario::trace::Unread;
use crate::scenario::{Diagnosis, Prepared, parse_with};
use std::io;
use std::path::{Component, Path, PathBuf};

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

/// Which files a scenario may name.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct NamedFiles {
    /// Let a scenario name files that are not below its own folder.
    #[arg(long)]
    allow_files: bool,
}

impl NamedFiles {
    /// What a command is given to allow the same again.
    pub(super) fn again(self) -> &'static str {
        if self.allow_files { " --allow-files" } else { "" }
    }
}

/// Reads, checks and resolves the scenario in a file, and the files below its folder that it names; `-` is stdin, and
/// what it names counts from the folder of the process.
///
/// # Errors
/// The pictures of all mistakes, or why the file cannot be read.
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    load_with(path, NamedFiles::default())
}

/// Like [`load`], with what the command line allows.
///
/// # Errors
/// As [`load`].
pub(super) fn load_with(path: &Path, files: NamedFiles) -> Result<Loaded, Failure> {
    let shown = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    let text = if path == Path::new("-") {
        read::text(io::stdin().lock(), SIZE_MAX)
    } else {
        read::text_of(path, SIZE_MAX)
    };
    let text = text.map_err(|unread| Failure::Unreadable {
        path: shown.clone(),
        problem: unread.problem,
        remedy: unread.remedy,
    })?;
    let mut named_files = Vec::new();
    let mut open_named = |named: &str| {
        named_files.push(folder_of(path).join(named));
        beside(path, named, files)
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
    scenario.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The text of a file that a scenario names; its path counts from the scenario's folder. A scenario may come from
/// somebody else: what it names elsewhere is not even looked for, unless that is allowed.
fn beside(scenario: &Path, named: &str, files: NamedFiles) -> Result<String, Unread> {
    let folder = folder_of(scenario);
    let path = folder.join(named);
    let text = if files.allow_files || leads_below(named) {
        let real = path.canonicalize().map_err(|error| cannot(&error));
        let home = folder.canonicalize().map_err(|error| cannot(&error));
        real.and_then(|real| {
            // A link may lead out of the folder, too.
            if files.allow_files || real.starts_with(home?) {
                read::regular(&real, SIZE_MAX)
            } else {
                Err(outside())
            }
        })
    } else {
        Err(outside())
    };
    text.map_err(|unread| Unread {
        remedy: unread.remedy + "; paths count from the folder of the scenario",
        ..unread
    })
}

fn outside() -> Unread {
    unread(
        "it is not below the scenario's folder",
        "copy it there, or, if you trust this scenario, give the command --allow-files",
    )
}

/// No part of the path leaves the folder that it counts from.
fn leads_below(path: &str) -> bool {
    let mut depth = 0_i64;
    Path::new(path).components().all(|part| {
        depth += match part {
            Component::Normal(_) => 1,
            Component::CurDir => 0,
            Component::ParentDir => -1,
            Component::RootDir | Component::Prefix(_) => return false,
        };
        depth >= 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_a_folder_never_leaves_it() {
        for path in ["a.csv", "./a.csv", "a/b.csv", "a/../b.csv", "a/./b/../../c.csv"] {
            assert!(leads_below(path), "{path}");
        }
        for path in ["../a.csv", "a/../../b.csv", "/etc/passwd", "a/../../a/b.csv", ".."] {
            assert!(!leads_below(path), "{path}");
        }
    }
}
