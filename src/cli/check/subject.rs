//! What is checked: a scenario as it is written or changed, where its baseline is, and its runs.

use super::super::changes::change_failure;
use super::super::failure::exit;
use super::super::load::load_with;
use super::super::read;
use super::super::runs::{RunsArgs, RunsProgress};
use super::super::{Failure, Loaded, output};
use super::Args;
use crate::experiment::check::baseline::Baseline;
use crate::experiment::check::{Ran, Refused};
use crate::experiment::replicate::replicate;
use crate::scenario::Prepared;
use crate::scenario::change::Change;
use crate::scenario::trace::Unread;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One scenario to check.
pub(super) struct Subject {
    /// What was written, with the changes that were asked for.
    pub prepared: Prepared,
    /// The path as it was given, for messages.
    pub path: String,
    /// Where its baseline is, or would be; `None` where the scenario has no place of its own.
    pub place: Option<PathBuf>,
    /// The scenario's file, and the files that it names.
    pub read: Vec<PathBuf>,
}

/// Reads a scenario, and changes it as asked.
pub(super) fn load_subject(args: &Args, path: &Path, changes: &[Change]) -> Result<Subject, Failure> {
    let Loaded { prepared, path: shown, named_files, warnings, .. } = load_with(path, args.named)?;
    if let Some(warnings) = warnings.filter(|_| !args.quiet) {
        output::message(&warnings.picture(true));
    }
    let prepared = if changes.is_empty() {
        prepared
    } else {
        let called: Vec<String> = changes.iter().map(Change::to_string).collect();
        prepared
            .changed(changes, &format!("{shown}, changed: {}", called.join("; ")))
            .map_err(change_failure)?
    };
    let file = format!("{}.baseline.json", prepared.name());
    let beside = (path != Path::new("-")).then(|| path.with_file_name(file));
    let read = std::iter::once(path.to_path_buf()).chain(named_files).collect();
    Ok(Subject { prepared, path: shown, place: args.baseline.clone().or(beside), read })
}

impl Subject {
    /// Everything that a check of it reads; what is blessed is written.
    pub(super) fn inputs(&self, args: &Args) -> Vec<PathBuf> {
        let baseline = self.place.iter().filter(|_| !args.bless);
        self.read.iter().chain(baseline).cloned().collect()
    }

    /// The baseline, if there is one.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub(super) fn baseline(&self) -> Result<Option<Baseline>, Failure> {
        let Some(place) = &self.place else { return Ok(None) };
        if std::fs::metadata(place).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
            return Ok(None);
        }
        let text = read::regular(place, read::BASELINE_MAX)
            .map_err(|Unread { problem, remedy }| self.refused(Refused { problem, remedy }))?;
        Baseline::from_json(&text).map(Some).map_err(|refused| self.refused(refused))
    }

    /// A refusal that is about the baseline.
    pub(super) fn refused(&self, Refused { problem, remedy }: Refused) -> Failure {
        let place = self.place.as_ref().map_or_else(String::new, |place| format!("{}: ", place.display()));
        Failure::Other { code: exit::USAGE, problem: format!("{place}{problem}"), remedy }
    }

    /// Runs it under these seeds.
    ///
    /// # Errors
    /// Ctrl-C: then nothing is decided and nothing written.
    pub(super) fn run(&self, seeds: &[u64], many: &RunsArgs, quiet: bool) -> Result<Vec<Ran>, Failure> {
        let watcher = RunsProgress::new(seeds.len(), !quiet);
        let ran = replicate(&self.prepared, seeds, &many.executor(), &watcher, |result, _| Ran::from(result));
        watcher.finish();
        let done: Vec<Ran> = ran.into_iter().flatten().collect();
        if done.len() == seeds.len() {
            return Ok(done);
        }
        Err(Failure::Other {
            code: exit::INTERRUPTED,
            problem: format!(
                "interrupted after {} of {} runs of {}; nothing was decided or written",
                done.len(),
                seeds.len(),
                self.prepared.name()
            ),
            remedy: "run it again: the same seeds give the same verdict".to_owned(),
        })
    }
}
