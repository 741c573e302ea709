//! The swap: a whole report comes into the place of an older one.
//!
//! Where the system can exchange two names at one instant, the new folder and the old one do, and no instant is between
//! them. Elsewhere, or where something lies in the folder that must stay, the files move one after another and
//! `result.json` last: the old result is there until then. Both lists are kept in the stage, so that a run that finds a
//! swap cut short knows what all the files are.

use super::known::Contents;
use super::stage::{Stage, exchange, take_on_mode};
use super::{FolderError, OLD_RESULT, RESULT, RUN_INFO, system};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Exchanges the target and a whole stage beside it. Returns whether it could be done; then the stage holds what was
/// replaced.
pub(super) fn exchange_whole(target: &Path, stage: &Stage, contents: &Contents) -> io::Result<bool> {
    if !contents.litter.is_empty() || !contents.foreign.is_empty() || has_empty_folders(target)? {
        return Ok(false);
    }
    let place = fs::canonicalize(target)?;
    flush_all(stage.path());
    if !take_on_mode(stage.path(), &place)? || exchange(stage.path(), &place).is_err() {
        return Ok(false);
    }
    flush(place.parent().unwrap_or(&place));
    // Somebody may have put a file there since it was looked at: it stays, in the new folder.
    let old = Contents::of(stage.path(), &[] as &[&Path]).unwrap_or_default();
    for path in old.foreign.iter().chain(&old.litter).filter(|path| !contents.ours.contains(*path)) {
        let to = target.join(path);
        if fs::symlink_metadata(&to).is_err() {
            let _ = fs::create_dir_all(to.parent().unwrap_or(target));
            let _ = fs::rename(stage.path().join(path), to);
        }
    }
    Ok(true)
}

/// Moves the files of a stage within the target into place, the result last; then what is stale goes.
pub(super) fn move_each(
    target: &Path, stage: &Stage, files: &[String], contents: &Contents,
) -> Result<(), FolderError> {
    let new: BTreeSet<&str> = files.iter().map(String::as_str).chain([RUN_INFO, RESULT]).collect();
    contents.refuse_in_the_way(target, new.iter().copied())?;
    let old_result = target.join(RESULT);
    if contents.ours.contains(RESULT) {
        let bytes = fs::read(&old_result).map_err(|cause| system(&old_result, cause))?;
        stage.write(OLD_RESULT, &bytes).map_err(|cause| system(target, cause))?;
        flush(stage.path());
    }
    let (mut stale, mut blocking) = (Vec::new(), Vec::new());
    for path in contents.ours.iter().filter(|path| !new.contains(path.as_str())) {
        // A file where a folder has to be goes first, all others last.
        let blocks = new.iter().any(|file| Path::new(file).starts_with(path));
        if blocks { blocking.push(path) } else { stale.push(path) }
    }
    remove(target, &blocking);
    for path in files.iter().map(String::as_str).chain([RUN_INFO]) {
        let to = target.join(path);
        let folder = to.parent().unwrap_or(target);
        fs::create_dir_all(folder).map_err(|cause| system(folder, cause))?;
        rename(&stage.path().join(path), &to)?;
        flush(folder);
    }
    flush(target);
    rename(&stage.path().join(RESULT), &old_result)?;
    flush(target);
    remove(target, &stale);
    Ok(())
}

fn remove(target: &Path, files: &[&String]) {
    for path in files {
        // A file that is gone already is as good as removed.
        let _ = fs::remove_file(target.join(path));
    }
}

/// Is there an empty folder below this one? Nobody lists those: they stay where they are.
fn has_empty_folders(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        if fs::read_dir(entry.path())?.next().is_none() || has_empty_folders(&entry.path())? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rename(from: &Path, to: &Path) -> Result<(), FolderError> {
    fs::rename(from, to).map_err(|cause| system(to, cause))
}

/// Makes what was written and renamed survive a loss of power, where folders can be flushed at all.
fn flush(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn flush_all(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            flush_all(&entry.path());
        }
    }
    flush(folder);
}
