//! The report folder: the old one or the new one, at every instant.
//!
//! ```text
//!  reports/.onsale-partial-NAME.3kW9...   the stage: everything is written here first, and flushed
//!  reports/NAME/                          then the two change their names with one another, and the old one goes
//! ```
//!
//! Where that cannot be done at one instant, the stage is within the target and its files are moved one after another,
//! `result.json` last (`swap`). What a killed run left is known by its name, and by the lists in it. A folder with files
//! that no run of ours wrote is refused before anything runs; so is one behind a link, for a link may come with files
//! of somebody else, and what is behind it is not what its user sees.

mod known;
mod rows;
mod stage;
mod swap;

use super::Failure;
use super::failure::exit;
use super::output_file::{absolute, is_same_or_below};
use super::shell::quoted_path;
use crate::experiment::check::Refused;
use crate::experiment::compare::Comparison;
use crate::experiment::replicate::Replications;
use crate::experiment::result::{FileHash, RunResult};
use crate::scenario::trace::Unread;
use known::{Contents, is_inside};
pub(super) use rows::{FinishedRun, RunLog, hash_of, usable};
use stage::{ROWS, Stage};
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The file that makes a folder whole.
const RESULT: &str = "result.json";
/// What a run says about itself that is not the same every time.
const RUN_INFO: &str = "run-info.json";
/// The one file that quotes the command line: its hash stands in [`RUN_INFO`], so that the result depends on nothing
/// but scenario, seed and version.
const PAGE: &str = "report.html";
/// The result of the report that is being replaced, in a stage.
const OLD_RESULT: &str = "old-result.json";

/// Why a folder cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// Something that is not a folder is in the way.
    #[error("{} is a file, and the report needs a folder of that name", .0.display())]
    NotAFolder(PathBuf),
    /// Somebody else's files are there.
    #[error("{} holds {example}{}, which no run of onsale wrote", .folder.display(), and_more(*.more))]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// One of the files.
        example: String,
        /// How many others there are.
        more: usize,
    },
    /// The folder is behind a link.
    #[error("{} is a link, and nothing behind a link is replaced", .0.display())]
    Link(PathBuf),
    /// What is read would be replaced.
    #[error("{} is read, and lies where the report goes, {}", .input.display(), .folder.display())]
    Input {
        /// What is read.
        input: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// Another run writes there at this moment.
    #[error("another run of onsale is writing to {} right now", .0.display())]
    Busy(PathBuf),
    /// The system refused; the folder is as it was.
    #[error("{} cannot be written: {cause}", .path.display())]
    System {
        /// Which path.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

fn and_more(more: usize) -> String {
    if more == 0 { String::new() } else { format!(" and {more} more") }
}

impl FolderError {
    /// What to do about it.
    fn remedy(&self) -> String {
        let remedy = match self {
            FolderError::NotAFolder(_) | FolderError::Input { .. } => "name another folder with --out",
            FolderError::Foreign { .. } => {
                "name an empty or a new folder with --out, or move these files away yourself"
            }
            FolderError::Link(link) => return behind(link),
            FolderError::Busy(_) => "wait for it to end, or name another folder with --out",
            FolderError::System { cause, .. } => match cause.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    "free some space on that disk, or name a folder on another one with --out"
                }
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    "make it writable, or name another folder with --out"
                }
                _ => "name another folder with --out",
            },
        };
        remedy.to_owned()
    }
}

/// What to name in place of a link.
fn behind(link: &Path) -> String {
    match fs::canonicalize(link) {
        Ok(place) => format!(
            "if you mean what it points to, name that: --out with {} in its place",
            quoted_path(&place)
        ),
        Err(_) => "remove it, or name another folder with --out".to_owned(),
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Failure {
        let code = match error {
            FolderError::Input { .. } => exit::USAGE,
            _ => exit::INTERNAL,
        };
        Failure::Other { code, problem: error.to_string(), remedy: error.remedy() }
    }
}

/// The document of a folder: what is saved as `result.json`, and lists its sisters.
pub(super) trait Document {
    /// These are its sisters.
    fn set_files(&mut self, files: Vec<FileHash>);
    /// As it is saved.
    fn to_json(&self) -> String;
}

impl Document for RunResult {
    fn set_files(&mut self, files: Vec<FileHash>) {
        self.files = files;
    }

    fn to_json(&self) -> String {
        RunResult::to_json(self)
    }
}

impl Document for Replications {
    fn set_files(&mut self, files: Vec<FileHash>) {
        self.files = files;
    }

    fn to_json(&self) -> String {
        Replications::to_json(&self.clone().sealed())
    }
}

impl Document for Comparison {
    fn set_files(&mut self, files: Vec<FileHash>) {
        self.files = files;
    }

    fn to_json(&self) -> String {
        Comparison::to_json(self)
    }
}

/// The runs that are saved in a folder; `None` where it holds no document.
///
/// # Errors
/// A document that holds none, or was damaged.
pub(super) fn saved_runs(folder: &Path) -> Option<Result<Replications, Refused>> {
    let path = folder.join(RESULT);
    path.exists().then(|| {
        let text = super::read::regular(&path, super::read::RESULT_MAX)
            .map_err(|Unread { problem, remedy }| Refused { problem, remedy })?;
        Replications::from_json(&text)
    })
}

/// A target that may be written, with its stage.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
pub(super) struct ReportFolder {
    target: PathBuf,
    stage: Stage,
    /// The stage is beside the target, and the two can be exchanged.
    beside: bool,
    /// What killed runs left of use.
    leftovers: Vec<PathBuf>,
    /// Held as long as this run may write; `None` where the system knows no such lock.
    lock: Option<File>,
    /// The target was not there before.
    made: bool,
    /// What is in the stage must stay, so that the next run knows of it.
    keeps_stage: bool,
    /// The report is there.
    is_published: bool,
}

impl ReportFolder {
    /// Checks the target and makes its stage: whatever would fail at the end fails now. None of the `inputs` may lie in
    /// the target.
    pub(super) fn prepare(target: &Path, inputs: &[PathBuf]) -> Result<ReportFolder, FolderError> {
        refuse_links(target)?;
        if let Some(input) = inputs.iter().find(|input| is_same_or_below(input, target)) {
            return Err(FolderError::Input { input: input.clone(), folder: target.to_path_buf() });
        }
        let made = !target.exists();
        fs::create_dir_all(target).map_err(|cause| match cause.kind() {
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                FolderError::NotAFolder(in_the_way(target))
            }
            _ => system(target, cause),
        })?;
        let prepared = ReportFolder::prepare_made(target, made);
        if made && prepared.is_err() {
            // Only an empty folder goes.
            let _ = fs::remove_dir(target);
        }
        prepared
    }

    fn prepare_made(target: &Path, made: bool) -> Result<ReportFolder, FolderError> {
        let lock = lock(target)?;
        let failed = |cause| system(target, cause);
        let mut leftovers = stage::leftovers(target, "").map_err(failed)?;
        let beside = stage::beside(target);
        if let Some((folder, name)) = &beside {
            // A folder that may be searched and not read is no reason to fail.
            leftovers.extend(stage::leftovers(folder, name).unwrap_or_default());
        }
        Contents::of(target, &leftovers)?.refuse_foreign(target)?;
        // Even where the stage is beside it: a folder that may not be written is not replaced.
        let within = Stage::make(target, "").map_err(failed)?;
        let beside = beside.and_then(|(folder, name)| Stage::make(&folder, &name).ok());
        let is_beside = beside.is_some();
        let stage = match beside {
            Some(beside) => {
                within.remove();
                beside
            }
            None => within,
        };
        let target = target.to_path_buf();
        Ok(ReportFolder {
            target,
            stage,
            beside: is_beside,
            leftovers,
            lock,
            made,
            keeps_stage: false,
            is_published: false,
        })
    }

    /// The finished runs that killed commands left here.
    pub(super) fn finished_runs(&self) -> Vec<FinishedRun> {
        self.leftovers.iter().flat_map(|stage| rows::read(&stage.join(ROWS))).collect()
    }

    /// The runs that this command has written down.
    pub(super) fn logged_runs(&self) -> Vec<FinishedRun> {
        rows::read(&self.stage.path().join(ROWS))
    }

    /// Where the runs of this command are written down as they end, for the case that it is killed.
    pub(super) fn run_log(&self) -> Result<RunLog, FolderError> {
        RunLog::create(&self.stage.path().join(ROWS)).map_err(|cause| system(&self.target, cause))
    }

    /// Leaves these runs to the command that goes on, whatever is published.
    pub(super) fn leave_runs<'a>(
        &self, runs: impl Iterator<Item = &'a FinishedRun>,
    ) -> Result<(), FolderError> {
        let failed = |cause| system(&self.target, cause);
        let left = self.stage.sister().map_err(failed)?;
        let log = RunLog::create(&left.path().join(ROWS)).map_err(failed)?;
        runs.for_each(|run| log.append(run));
        Ok(())
    }

    /// Writes the files, the result, which lists them, and `run_info`, an object that no hash covers.
    pub(super) fn publish(
        mut self, files: &[(String, Vec<u8>)], result: &mut impl Document, mut run_info: serde_json::Value,
    ) -> Result<(), FolderError> {
        list(files, result, &mut run_info);
        let (result, run_info) = (result.to_json(), format!("{run_info:#}\n"));
        self.write_all(files, result.as_bytes(), run_info.as_bytes())?;
        let contents = Contents::of(&self.target, &self.leftovers)?;
        if !(self.beside && self.exchange(&contents)?) {
            if self.beside {
                let within = Stage::make(&self.target, "").map_err(|cause| system(&self.target, cause))?;
                std::mem::replace(&mut self.stage, within).remove();
                self.beside = false;
                self.write_all(files, result.as_bytes(), run_info.as_bytes())?;
            }
            let paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
            self.keeps_stage = true;
            swap::move_each(&self.target, &self.stage, &paths, &contents)?;
        }
        self.keeps_stage = false;
        self.is_published = true;
        self.made = false;
        // Where the stage has become the folder.
        let _ = fs::remove_file(self.target.join(ROWS));
        for leftover in &self.leftovers {
            let _ = fs::remove_dir_all(leftover);
        }
        Ok(())
    }

    fn write_all(
        &self, files: &[(String, Vec<u8>)], result: &[u8], run_info: &[u8],
    ) -> Result<(), FolderError> {
        let sisters = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        for (path, bytes) in sisters.chain([(RUN_INFO, run_info), (RESULT, result)]) {
            assert!(is_inside(path), "{path} is not a path inside the folder");
            // People know the file by the name that it would have had.
            self.stage.write(path, bytes).map_err(|cause| system(&self.target.join(path), cause))?;
        }
        Ok(())
    }

    fn exchange(&self, contents: &Contents) -> Result<bool, FolderError> {
        swap::exchange_whole(&self.target, &self.stage, contents).map_err(|cause| system(&self.target, cause))
    }
}

impl Drop for ReportFolder {
    fn drop(&mut self) {
        if !(self.keeps_stage || !self.is_published && self.stage.has_runs()) {
            self.stage.remove();
        }
        if self.made {
            // Only an empty folder goes: the run that it was made for never came to its end.
            let _ = fs::remove_dir(&self.target);
        }
        if let Some(lock) = &self.lock {
            // A child process that is just being started still has the file open, and would keep the lock with it.
            let _ = lock.unlock();
        }
    }
}

/// Lists the files with their hashes: that of a file which quotes the command in `run_info`, all others in the result.
fn list(files: &[(String, Vec<u8>)], result: &mut impl Document, run_info: &mut serde_json::Value) {
    let hash = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    let listed = |(path, bytes): &(String, Vec<u8>)| FileHash {
        path: path.clone(),
        blake3: (path != PAGE).then(|| hash(bytes)),
    };
    result.set_files(files.iter().map(listed).collect());
    let quoting = files.iter().filter(|(path, _)| path == PAGE);
    run_info["files"] =
        quoting.map(|(path, bytes)| serde_json::json!({ "path": path, "blake3": hash(bytes) })).collect();
}

/// Fails if the target is a link, or behind one that is on the way to it from the folder of the process: such links come
/// with the files of other people. Those above, such as `/tmp` on some systems, are the machine's own.
fn refuse_links(target: &Path) -> Result<(), FolderError> {
    let absolute = absolute(target);
    let here = std::env::current_dir().unwrap_or_default();
    let mut way = PathBuf::new();
    for part in absolute.components() {
        way.push(part);
        let is_ours = way == absolute || (way.starts_with(&here) && way != here);
        if is_ours && fs::symlink_metadata(&way).is_ok_and(|there| there.is_symlink()) {
            let named = way.strip_prefix(&here).ok().filter(|_| target.is_relative());
            return Err(FolderError::Link(named.map_or(way.clone(), Path::to_path_buf)));
        }
    }
    Ok(())
}

/// The folder is locked as long as the file returned is open, or its process lives.
fn lock(target: &Path) -> Result<Option<File>, FolderError> {
    let Ok(folder) = File::open(target) else { return Ok(None) };
    match folder.try_lock() {
        // Another run may have exchanged it for a new one meanwhile.
        Ok(()) if is_still(target, &folder) => Ok(Some(folder)),
        Ok(()) | Err(TryLockError::WouldBlock) => Err(FolderError::Busy(target.to_path_buf())),
        // Some network disks know no locks; two runs into one folder at once are then the user's to avoid.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

#[cfg(unix)]
fn is_still(target: &Path, open: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let (there, open) = (fs::metadata(target), open.metadata());
    there.is_ok_and(|there| open.is_ok_and(|open| (there.dev(), there.ino()) == (open.dev(), open.ino())))
}

#[cfg(not(unix))]
fn is_still(_target: &Path, _open: &File) -> bool {
    true
}

/// The nearest thing on the way to `target` that is there and is no folder.
fn in_the_way(target: &Path) -> PathBuf {
    let file = target.ancestors().find(|path| fs::metadata(path).is_ok_and(|there| !there.is_dir()));
    file.unwrap_or(target).to_path_buf()
}

fn system(path: &Path, cause: io::Error) -> FolderError {
    FolderError::System { path: path.to_path_buf(), cause }
}

#[cfg(test)]
mod tests;
