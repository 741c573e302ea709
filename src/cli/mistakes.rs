//! What is wrong with scenario files, for programs: one document for all files, in place of pictures. Mistakes of
//! the command line itself are always told to people.

use super::Failure;
use super::output::data;
use crate::scenario::{Diagnosis, Mistake, Severity};
use schemars::JsonSchema;
use serde::Serialize;

/// What is wrong with some scenario files: errors, which keep a scenario from running, and warnings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mistakes {
    /// Always `onsale.mistakes/1`.
    schema: &'static str,
    /// The version of the engine that read the files.
    engine: &'static str,
    /// The files, in the order in which they were named; one that is right has an empty list.
    files: Vec<FileMistakes>,
}

/// What is wrong with one file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileMistakes {
    /// The file as it was named; `stdin` for `-`.
    file: String,
    /// Its mistakes, in the order of the text.
    mistakes: Vec<MistakeEntry>,
}

/// One mistake and its place. The place is null where the file could not be read at all.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Entry")]
struct MistakeEntry {
    /// Where in the document: keys and indices from the root, such as `crowd[2].network`; empty for the whole.
    path: String,
    /// The line on which it begins, from 1.
    line: Option<u32>,
    /// The column at which it begins, in characters, from 1.
    column: Option<u32>,
    /// The line on which it ends.
    end_line: Option<u32>,
    /// The column behind its last character; that of its beginning where something is missing.
    end_column: Option<u32>,
    /// How bad it is.
    severity: Severity,
    /// What is wrong.
    problem: String,
    /// What to do; empty if there is nothing to say beyond the problem.
    remedy: String,
}

impl Mistakes {
    fn of(files: Vec<FileMistakes>) -> Mistakes {
        Mistakes { schema: "onsale.mistakes/1", engine: env!("CARGO_PKG_VERSION"), files }
    }

    /// Prints the one document on stdout.
    ///
    /// # Errors
    /// If stdout cannot be written to.
    pub(super) fn print(files: Vec<FileMistakes>) -> Result<(), Failure> {
        let document = Mistakes::of(files);
        let text = serde_json::to_string_pretty(&document).expect("a document has no map with odd keys");
        data(&(text + "\n"))
    }
}

impl FileMistakes {
    /// A file that can run, with its warnings.
    pub(super) fn warnings(file: &str, warnings: Option<&Diagnosis>) -> FileMistakes {
        FileMistakes { file: file.to_owned(), mistakes: warnings.map(entries).unwrap_or_default() }
    }

    /// A file that cannot run; `None` where something else failed.
    pub(super) fn of(failure: &Failure) -> Option<FileMistakes> {
        match failure {
            Failure::Invalid(diagnosis) => {
                Some(FileMistakes { file: diagnosis.name().to_owned(), mistakes: entries(diagnosis) })
            }
            Failure::Unreadable { path, problem, remedy } => {
                let entry = MistakeEntry {
                    path: String::new(),
                    line: None,
                    column: None,
                    end_line: None,
                    end_column: None,
                    severity: Severity::Error,
                    problem: problem.clone(),
                    remedy: remedy.clone(),
                };
                Some(FileMistakes { file: path.clone(), mistakes: vec![entry] })
            }
            Failure::StdoutClosed | Failure::AlreadyReported { .. } | Failure::Other { .. } => None,
        }
    }
}

/// Tells the mistakes of the only file on stdout; whatever else failed is left to be told to people.
pub(super) fn report(failure: Failure) -> Failure {
    let Some(file) = FileMistakes::of(&failure) else { return failure };
    match Mistakes::print(vec![file]) {
        Ok(()) => Failure::AlreadyReported { code: failure.code() },
        Err(unheard) => unheard,
    }
}

fn entries(diagnosis: &Diagnosis) -> Vec<MistakeEntry> {
    let entry = |mistake: &Mistake| MistakeEntry {
        path: mistake.path.clone(),
        line: Some(mistake.line),
        column: Some(mistake.column),
        end_line: Some(mistake.end_line),
        end_column: Some(mistake.end_column),
        severity: mistake.severity,
        problem: mistake.problem.clone(),
        remedy: mistake.remedy.clone(),
    };
    diagnosis.mistakes().iter().map(entry).collect()
}
