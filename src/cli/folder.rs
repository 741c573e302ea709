//! The report folder, whole or recognisably not.
//!
//! ```text
//!  NAME/.onsale-partial/    everything is written here first, and flushed
//!  NAME/result.json         moved away first, moved in last: it lists the hashes of its sisters
//! ```
//!
//! Whenever a run is killed, the folder has no `result.json`, or one whose files are those that it lists. The
//! partial folder is inside the target and not beside it, so that both are on one disk even where the target is a
//! mount, and so that what an interrupted run left behind is known by its lists: the next run clears it. A folder
//! with files that no run of ours wrote is refused before anything runs.

use super::Failure;
use super::failure::exit;
use crate::experiment::check::Refused;
use crate::experiment::compare::Comparison;
use crate::experiment::replicate::Replications;
use crate::experiment::result::{FileHash, RunResult};
use crate::scenario::trace::Unread;
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// The file that makes a folder whole.
const RESULT: &str = "result.json";
/// What a run says about itself that is not the same every time.
const RUN_INFO: &str = "run-info.json";
/// Where files are written before they are moved into place.
const PARTIAL: &str = ".onsale-partial";
/// The result of the report that is being replaced, inside [`PARTIAL`].
const OLD_RESULT: &str = "old-result.json";
/// What a folder's document may be.
const DOCUMENTS: [&str; 3] = ["onsale.result/", "onsale.replications/", "onsale.comparison/"];
/// What file managers leave in every folder that somebody looks at.
const LITTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

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
    fn remedy(&self) -> &'static str {
        match self {
            FolderError::NotAFolder(_) => "name another folder with --out",
            FolderError::Foreign { .. } => {
                "name an empty or a new folder with --out, or move these files away yourself"
            }
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
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Failure {
        Failure::Other { code: exit::INTERNAL, problem: error.to_string(), remedy: error.remedy().to_owned() }
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

/// A target that may be written, with its partial folder.
#[derive(Debug)]
pub(super) struct ReportFolder {
    target: PathBuf,
    partial: PathBuf,
    /// Held as long as this run may write; `None` where the system knows no such lock.
    _lock: Option<File>,
    /// The target was not there before.
    made: bool,
    /// The swap has begun and not ended: what is there must stay, so that the next run knows it.
    swapping: bool,
    /// What lies there now and is ours.
    old: BTreeSet<String>,
}

impl ReportFolder {
    /// Checks the target and makes its partial folder: whatever would fail at the end fails now.
    pub(super) fn prepare(target: &Path) -> Result<ReportFolder, FolderError> {
        let made = !target.exists();
        fs::create_dir_all(target).map_err(|cause| match cause.kind() {
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                FolderError::NotAFolder(in_the_way(target))
            }
            _ => system(target, cause),
        })?;
        let lock = lock(target)?;
        let old = ours_only(target)?;
        let partial = target.join(PARTIAL);
        restart(&partial, target).map_err(|cause| system(target, cause))?;
        let target = target.to_path_buf();
        Ok(ReportFolder { target, partial, _lock: lock, made, swapping: false, old })
    }

    /// Writes the files and the result, which gets their hashes, and `run_info`, which no hash covers.
    pub(super) fn publish(
        mut self, files: &[(String, Vec<u8>)], result: &mut impl Document, run_info: &[u8],
    ) -> Result<(), FolderError> {
        let hash = |(path, bytes): &(String, Vec<u8>)| FileHash {
            path: path.clone(),
            blake3: blake3::hash(bytes).to_hex().to_string(),
        };
        result.set_files(files.iter().map(hash).collect());
        for (path, bytes) in files {
            assert!(is_inside(path), "{path} is not a path inside the folder");
            self.write(path, bytes)?;
        }
        self.write(RUN_INFO, run_info)?;
        self.write(RESULT, result.to_json().as_bytes())?;
        self.swapping = true;
        self.swap(files)?;
        self.swapping = false;
        Ok(())
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let place = self.partial.join(path);
        let write = || {
            fs::create_dir_all(place.parent().unwrap_or(&self.partial))?;
            let mut file = File::create(&place)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        // People know the file by the name that it would have had.
        write().map_err(|cause| system(&self.target.join(path), cause))
    }

    /// Moves everything into place: the old result away first, the new one in last.
    fn swap(&self, files: &[(String, Vec<u8>)]) -> Result<(), FolderError> {
        let old_result = self.target.join(RESULT);
        if old_result.exists() {
            rename(&old_result, &self.partial.join(OLD_RESULT))?;
            flush(&self.partial);
            flush(&self.target);
        }
        let new: BTreeSet<&str> =
            files.iter().map(|(path, _)| path.as_str()).chain([RUN_INFO, RESULT]).collect();
        for stale in self.old.iter().filter(|path| !new.contains(path.as_str())) {
            // A file that is gone already is as good as removed.
            let _ = fs::remove_file(self.target.join(stale));
        }
        for path in files.iter().map(|(path, _)| path.as_str()).chain([RUN_INFO]) {
            let to = self.target.join(path);
            let folder = to.parent().unwrap_or(&self.target);
            fs::create_dir_all(folder).map_err(|cause| system(folder, cause))?;
            rename(&self.partial.join(path), &to)?;
            flush(folder);
        }
        flush(&self.target);
        rename(&self.partial.join(RESULT), &old_result)?;
        flush(&self.target);
        Ok(())
    }
}

impl Drop for ReportFolder {
    fn drop(&mut self) {
        if self.swapping {
            return;
        }
        // Until the old list is back where it came from, what it names would look like somebody else's.
        let interrupted = !self.target.join(RESULT).exists() && self.partial.join(OLD_RESULT).exists();
        if !interrupted {
            let _ = fs::remove_dir_all(&self.partial);
        }
        if self.made {
            // Only an empty folder goes: the run that it was made for never came to its end.
            let _ = fs::remove_dir(&self.target);
        }
    }
}

/// The folder is locked as long as the file returned is open, or its process lives.
fn lock(target: &Path) -> Result<Option<File>, FolderError> {
    let Ok(folder) = File::open(target) else { return Ok(None) };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(FolderError::Busy(target.to_path_buf())),
        // Some network disks know no locks; two runs into one folder at once are then the user's to avoid.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Makes the partial folder, without what an earlier run left there. If that run was cut short in its swap, one
/// list stays: all that may lie in the target, what was being replaced and what came.
fn restart(partial: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(partial)?;
    let cut_short = !target.join(RESULT).exists();
    let lists = [OLD_RESULT, RESULT].map(|list| partial.join(list));
    let known: BTreeSet<String> = lists.iter().filter_map(|list| listed(list)).flatten().collect();
    if cut_short && !known.is_empty() {
        let files: Vec<_> = known.iter().map(|path| serde_json::json!({ "path": path })).collect();
        let list = serde_json::json!({ "schema": "onsale.result/1", "files": files });
        let new = partial.join("list");
        fs::write(&new, list.to_string())?;
        fs::rename(&new, &lists[0])?;
    }
    for entry in fs::read_dir(partial)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if !cut_short || entry.file_name() != OLD_RESULT {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The files in a folder, if all of them are ours.
fn ours_only(target: &Path) -> Result<BTreeSet<String>, FolderError> {
    let partial = target.join(PARTIAL);
    let lists = [target.join(RESULT), partial.join(OLD_RESULT), partial.join(RESULT)];
    let mut ours: BTreeSet<String> = lists.iter().filter_map(|list| listed(list)).flatten().collect();
    if listed(&lists[0]).is_some() {
        ours.insert(RESULT.to_owned());
    }
    if json(&target.join(RUN_INFO)).is_some_and(|info| is_schema(&info, "onsale.run-info/")) {
        ours.insert(RUN_INFO.to_owned());
    }
    let mut there = BTreeSet::new();
    walk(target, "", &mut there).map_err(|cause| system(target, cause))?;
    let foreign: Vec<&String> = there.difference(&ours).collect();
    match foreign.first() {
        Some(example) => Err(FolderError::Foreign {
            folder: target.to_path_buf(),
            example: (*example).clone(),
            more: foreign.len() - 1,
        }),
        None => Ok(there),
    }
}

/// Every file below a folder, as paths inside it with `/`; the partial folder, litter and empty folders are none.
fn walk(folder: &Path, inside: &str, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if (inside.is_empty() && name == PARTIAL) || LITTER.contains(&name.as_str()) {
            continue;
        }
        let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
        // A link is a file, wherever it points: nothing of ours is a link.
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &path, found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// The files that a result lists, inside its folder only; `None` if it is no result of ours.
fn listed(path: &Path) -> Option<Vec<String>> {
    let result = json(path).filter(|result| DOCUMENTS.iter().any(|schema| is_schema(result, schema)))?;
    let files = result.get("files").and_then(|files| files.as_array()).cloned().unwrap_or_default();
    let path_of = |file: &serde_json::Value| file.get("path")?.as_str().map(str::to_owned);
    Some(files.iter().filter_map(path_of).filter(|path| is_inside(path)).collect())
}

fn json(path: &Path) -> Option<serde_json::Value> {
    let text = super::read::regular(path, super::read::RESULT_MAX).ok()?;
    serde_json::from_str(&text).ok()
}

fn is_schema(document: &serde_json::Value, prefix: &str) -> bool {
    document.get("schema").and_then(|schema| schema.as_str()).is_some_and(|schema| schema.starts_with(prefix))
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The nearest thing on the way to `target` that is there and is no folder.
fn in_the_way(target: &Path) -> PathBuf {
    let file = target.ancestors().find(|path| fs::metadata(path).is_ok_and(|there| !there.is_dir()));
    file.unwrap_or(target).to_path_buf()
}

fn system(path: &Path, cause: io::Error) -> FolderError {
    FolderError::System { path: path.to_path_buf(), cause }
}

fn rename(from: &Path, to: &Path) -> Result<(), FolderError> {
    fs::rename(from, to).map_err(|cause| system(to, cause))
}

/// Makes renames survive a loss of power, where folders can be flushed at all.
fn flush(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests;
