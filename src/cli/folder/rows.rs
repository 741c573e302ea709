//! The finished runs of a command with many, written down one by one as they end, so that a kill loses those in hand and
//! no others. Each stands on a line of its own, with what it depends on: the engine, the scenario and the seed.

use crate::experiment::replicate::Row;
use crate::experiment::result::Buyers;

use crate::scenario::Prepared;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

/// One finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct FinishedRun {
    engine: String,
    /// The hash of the scenario with every default filled in.
    scenario: String,
    /// What stays of it.
    pub(in crate::cli) row: Row,
    /// Who had a ticket, where that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) buyers: Option<Buyers>,
}

impl FinishedRun {
    /// A run of the scenario with this hash, done now.
    pub(in crate::cli) fn of(scenario: &str, row: Row, buyers: Option<Buyers>) -> FinishedRun {
        let engine = env!("CARGO_PKG_VERSION").to_owned();
        FinishedRun { engine, scenario: scenario.to_owned(), row, buyers }
    }

    /// The hash of its scenario.
    pub(in crate::cli) fn scenario(&self) -> &str {
        &self.scenario
    }

    /// Would this engine give the same for the scenario with this hash?
    pub(in crate::cli) fn is_of(&self, scenario: &str) -> bool {
        self.engine == env!("CARGO_PKG_VERSION") && self.scenario == scenario
    }
}

/// The hash by which finished runs know their scenario.
pub(in crate::cli) fn hash_of(prepared: &Prepared) -> String {
    blake3::hash(prepared.scenario().expanded().as_bytes()).to_hex().to_string()
}

/// Where finished runs are written down.
#[derive(Debug)]
pub(in crate::cli) struct RunLog {
    file: Mutex<File>,
}

impl RunLog {
    pub(super) fn create(path: &Path) -> io::Result<RunLog> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(RunLog { file: Mutex::new(file) })
    }

    /// Writes one down, from whatever thread. One that cannot be written is lost to a kill alone: the command goes on, and
    /// fails at its end if the disk is still full.
    pub(in crate::cli) fn append(&self, run: &FinishedRun) {
        let line = serde_json::to_string(run).expect("a row has no odd keys") + "\n";
        // A thread that panicked has no more to say; the others still write.
        if let Ok(mut file) = self.file.lock() {
            let _ = file.write_all(line.as_bytes());
        }
    }
}

/// Those of them that would be the same now, under one of these scenarios. Nothing is thrown away in silence.
///
/// # Errors
/// Why they cannot be gone on from, if there are any and none would be the same.
pub(in crate::cli) fn usable(
    runs: Vec<FinishedRun>, scenarios: &[String],
) -> Result<Vec<FinishedRun>, &'static str> {
    let were_there = !runs.is_empty();
    let fits = |run: &FinishedRun| scenarios.iter().any(|scenario| run.is_of(scenario));
    let usable: Vec<FinishedRun> = runs.into_iter().filter(fits).collect();
    if were_there && usable.is_empty() {
        return Err("its runs are of another scenario, or of this one before it was changed");
    }
    Ok(usable)
}

/// The runs that were written down; the last line may have been cut by the kill.
pub(super) fn read(path: &Path) -> Vec<FinishedRun> {
    if !fs::symlink_metadata(path).is_ok_and(|there| there.is_file()) {
        return Vec::new();
    }
    let text = fs::read(path).unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}
