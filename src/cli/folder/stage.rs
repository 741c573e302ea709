//! The stage: where a report is written before it comes into its place. Each is made anew and for its owner alone, under
//! a name that nobody can have prepared; what a killed run left is known by the form of that name.

use super::known::has_lists;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the name of every stage begins; the name of the report folder follows where the stage lies beside it.
const PREFIX: &str = ".onsale-partial-";
/// How many random letters and digits end it.
const RANDOM: usize = 12;

/// The finished runs of a command with many, in a stage.
pub(super) const ROWS: &str = "rows.ndjson";

/// A stage of this process.
#[derive(Debug)]
pub(super) struct Stage {
    path: PathBuf,
    /// Says to others that its owner lives; `None` where the system knows no such lock.
    _lock: Option<File>,
}

impl Stage {
    /// Makes one in `folder`, for a report folder of this name beside it, or around it if the name is empty.
    pub(super) fn make(folder: &Path, name: &str) -> io::Result<Stage> {
        let prefix = format!("{PREFIX}{name}.");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).rand_bytes(RANDOM);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let path = builder.tempdir_in(folder)?.keep();
        let lock = File::open(&path).ok().filter(|stage| stage.try_lock().is_ok());
        Ok(Stage { path, _lock: lock })
    }

    /// Another one at the same place, for the same report folder.
    pub(super) fn sister(&self) -> io::Result<Stage> {
        let file_name = self.path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let name = file_name.strip_prefix(PREFIX).and_then(|rest| rest.rsplit_once('.'));
        let name = name.map_or("", |(name, _random)| name);
        Stage::make(self.path.parent().unwrap_or(Path::new(".")), name)
    }

    /// Holds it finished runs?
    pub(super) fn has_runs(&self) -> bool {
        fs::symlink_metadata(self.path.join(ROWS)).is_ok_and(|rows| rows.is_file() && rows.len() > 0)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a new file, whole and flushed.
    pub(super) fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let place = self.path.join(path);
        fs::create_dir_all(place.parent().unwrap_or(&self.path))?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(&place)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    /// Removes it with everything in it; links in it are removed, never followed.
    pub(super) fn remove(&self) {
        // What cannot be removed now is a leftover for the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Is this how a stage is called that lies beside a folder of this name, or within one if the name is empty?
pub(super) fn is_stage_of(file_name: &str, name: &str) -> bool {
    let random = file_name.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(name)?.strip_prefix('.'));
    random.is_some_and(|random| random.len() == RANDOM && random.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The stages that killed runs left in `folder`: real folders, whose owners do not live. Those that hold neither the
/// lists of a swap nor finished runs are removed at once; the others are returned, in the order of their names.
pub(super) fn leftovers(folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_stage = entry.file_name().to_str().is_some_and(|file_name| is_stage_of(file_name, name));
        if !is_stage || !entry.file_type()?.is_dir() || is_held(&entry.path()) {
            continue;
        }
        let path = entry.path();
        if has_lists(&path) || is_file(&path.join(ROWS)) {
            kept.push(path);
        } else {
            fs::remove_dir_all(&path)?;
        }
    }
    kept.sort();
    Ok(kept)
}

/// Its owner lives.
fn is_held(stage: &Path) -> bool {
    File::open(stage).is_ok_and(|stage| matches!(stage.try_lock(), Err(TryLockError::WouldBlock)))
}

fn is_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

/// Where a stage of this folder may lie so that one exchange of two names replaces the folder: beside it, under the name
/// that it has there. `None` where that would be no whole replacement: a place that is mounted, of another owner, or that
/// this process stands in.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn beside(target: &Path) -> Option<(PathBuf, String)> {
    use std::os::unix::fs::MetadataExt;
    let place = fs::canonicalize(target).ok()?;
    let (parent, name) = (place.parent()?, place.file_name().and_then(OsStr::to_str)?);
    let here = std::env::current_dir().and_then(fs::canonicalize).ok()?;
    let (inner, outer) = (fs::metadata(&place).ok()?, fs::metadata(parent).ok()?);
    let fits = inner.dev() == outer.dev() && !here.starts_with(&place);
    fits.then(|| (parent.to_path_buf(), name.to_owned()))
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn beside(_target: &Path) -> Option<(PathBuf, String)> {
    None
}

/// Two folders change their names with one another, at one instant. A file system that cannot says so, and nothing has
/// happened.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(super) fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
pub(super) fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Is the mode, and whom it belongs to, the same? If not, the first gets the mode of the other.
#[cfg(unix)]
pub(super) fn take_on_mode(new: &Path, old: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (is, should) = (fs::metadata(new)?, fs::metadata(old)?);
    if (is.uid(), is.gid()) != (should.uid(), should.gid()) {
        return Ok(false);
    }
    fs::set_permissions(new, should.permissions())?;
    Ok(true)
}

#[cfg(not(unix))]
pub(super) fn take_on_mode(_new: &Path, _old: &Path) -> io::Result<bool> {
    Ok(false)
}
