//! One output file that the user names: whatever happens, the old one is there or the new one, never half of it.
//!
//! A link is followed, as by a shell's `>`, and the file behind it replaced, which keeps its mode; a device or a pipe is
//! written to. A file that is read is never written.

use super::Failure;
use super::failure::{exit, usage};
use super::output;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Links that lead to links: no file system follows more.
const LINKS_MAX: usize = 40;
/// How many random letters and digits end the name of a temporary file.
const RANDOM: usize = 12;

/// Where an output goes.
#[derive(Debug)]
pub(super) struct OutputFile {
    /// The path as it was given, for messages.
    named: PathBuf,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Stdout,
    Stderr,
    /// A device or a pipe.
    Stream(PathBuf),
    /// A file, there or not yet, behind all links.
    File(PathBuf),
}

/// Who chose the name of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// The user, on the command line.
    ByUser,
    /// It follows from the name of an input: a link to nothing there is nobody's wish.
    ByDefault,
}

impl OutputFile {
    /// Finds out where an output goes; `-` is stdout. Nothing is written or made yet.
    ///
    /// # Errors
    /// A folder; a file that may not be written; a link that leads nowhere.
    pub(super) fn at(path: &Path, chosen: Chosen) -> Result<OutputFile, Failure> {
        let place = Place::of(path, chosen).map_err(|cause| cannot(path, &cause))?;
        Ok(OutputFile { named: path.to_path_buf(), place })
    }

    /// Fails if it is one of these files, which are read; `-` is stdin.
    ///
    /// # Errors
    /// With both names.
    pub(super) fn refuse_inputs<'a>(
        &self, inputs: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<(), Failure> {
        let Place::File(place) = &self.place else { return Ok(()) };
        let is_read = |input: &&PathBuf| {
            if input.as_os_str() == "-" {
                standard(&io::stdin()).is_some_and(|stdin| is_that(place, &stdin))
            } else {
                is_same(place, input)
            }
        };
        let Some(input) = inputs.into_iter().find(is_read) else { return Ok(()) };
        let problem = format!("{} is read, and cannot be written too", self.named.display());
        let as_input = format!("it is {}: name another file to write", input.display());
        Err(usage(problem, &as_input))
    }

    /// Fails if another output goes to the same file.
    ///
    /// # Errors
    /// With both names.
    pub(super) fn refuse_twin(&self, other: &OutputFile) -> Result<(), Failure> {
        match (&self.place, &other.place) {
            (Place::File(one), Place::File(two)) if one == two || is_same(one, two) => {
                let problem = format!("{} and {} are one file", self.named.display(), other.named.display());
                Err(usage(problem, "name a file for each"))
            }
            _ => Ok(()),
        }
    }

    /// Writes it; folders on the way to a new file are made.
    ///
    /// # Errors
    /// What the system refused; a file that was there is as it was.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match &self.place {
            Place::Stdout => return output::bytes(bytes),
            Place::Stderr => io::stderr().lock().write_all(bytes),
            Place::Stream(stream) => {
                OpenOptions::new().write(true).open(stream).and_then(|mut stream| stream.write_all(bytes))
            }
            Place::File(file) => replace(file, bytes),
        };
        written.map_err(|cause| cannot(&self.named, &cause))
    }
}

fn cannot(path: &Path, cause: &io::Error) -> Failure {
    Failure::Other {
        code: exit::INTERNAL,
        problem: format!("{} cannot be written: {cause}", path.display()),
        remedy: "make its folder writable, or name another file; what was there is as it was".to_owned(),
    }
}

impl Place {
    fn of(path: &Path, chosen: Chosen) -> io::Result<Place> {
        if path.as_os_str() == "-" {
            return Ok(Place::Stdout);
        }
        match fs::metadata(path) {
            Ok(there) if there.is_dir() => Err(other(ErrorKind::IsADirectory, "it is a folder")),
            Ok(there) => {
                if standard(&io::stdout()).is_some_and(|stdout| is_one(&stdout, &there)) {
                    return Ok(Place::Stdout);
                }
                if standard(&io::stderr()).is_some_and(|stderr| is_one(&stderr, &there)) {
                    return Ok(Place::Stderr);
                }
                if !there.is_file() {
                    return Ok(Place::Stream(path.to_path_buf()));
                }
                // A file that its user has locked against writing is not replaced either.
                OpenOptions::new().write(true).open(path)?;
                Ok(Place::File(fs::canonicalize(path)?))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let end = end_of_links(path)?;
                if chosen == Chosen::ByDefault && end != path {
                    let text = format!("it is a link to {}, which is not there", end.display());
                    return Err(other(ErrorKind::NotFound, &text));
                }
                // One name for one file, though it is not there yet.
                let folder = end.parent().map(folder_of).and_then(|folder| fs::canonicalize(folder).ok());
                let place = folder.zip(end.file_name()).map(|(folder, name)| folder.join(name));
                Ok(Place::File(place.unwrap_or_else(|| absolute(&end))))
            }
            Err(error) => Err(error),
        }
    }
}

fn other(kind: ErrorKind, text: &str) -> io::Error {
    io::Error::new(kind, text.to_owned())
}

/// What a link to nothing stands for, by way of all links.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_path_buf();
    for _ in 0..LINKS_MAX {
        match fs::symlink_metadata(&path) {
            Ok(there) if there.is_symlink() => {
                let to = fs::read_link(&path)?;
                path = path.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(path),
        }
    }
    Err(other(ErrorKind::InvalidInput, "its links go in a circle"))
}

/// A folder as the system takes it: a file without one is in the folder of the process.
fn folder_of(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() { Path::new(".") } else { parent }
}

/// Puts these bytes in the place of a file, or makes it.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().map_or(Path::new("."), folder_of);
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or(OsStr::new(""));
    clear_leftovers(folder, name);
    let mut builder = tempfile::Builder::new();
    let prefix = temporary(name);
    builder.prefix(&prefix).rand_bytes(RANDOM);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: what the user's mask leaves of this.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    // Says to others that its owner lives, where the system knows such locks.
    let _ = file.as_file().try_lock();
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(path) {
        take_on(file.as_file(), &old)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A new file gets the owner, as far as that may be given away, and the mode of the one whose place it takes.
fn take_on(new: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let is = new.metadata()?;
        if (is.uid(), is.gid()) != (old.uid(), old.gid()) {
            let _ = fchown(new, Some(old.uid()), Some(old.gid()));
        }
    }
    new.set_permissions(old.permissions())
}

/// How the name of a temporary file for this file begins.
fn temporary(name: &OsStr) -> OsString {
    // A name may have 255 bytes on most disks.
    let short = name.len() <= 200;
    let hash = || OsString::from(blake3::hash(name.as_encoded_bytes()).to_hex().as_str());
    let mut prefix = OsString::from(".");
    prefix.push(if short { name.to_owned() } else { hash() });
    prefix.push(".onsale-");
    prefix
}

/// Removes what killed writers of this file left: plain files, whose owners do not live.
fn clear_leftovers(folder: &Path, name: &OsStr) {
    let prefix = temporary(name);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes());
        let is_temporary = random
            .is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric));
        let is_plain = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary && is_plain && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            // What cannot be removed is no reason to fail: it is hidden, and in nobody's way.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What a standard stream is: `None` where it is closed.
#[cfg(unix)]
fn standard(stream: &impl std::os::fd::AsFd) -> Option<Metadata> {
    File::from(stream.as_fd().try_clone_to_owned().ok()?).metadata().ok()
}

#[cfg(not(unix))]
fn standard<T>(_stream: &T) -> Option<Metadata> {
    None
}

#[cfg(unix)]
fn is_one(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino(), one.rdev()) == (other.dev(), other.ino(), other.rdev())
}

#[cfg(not(unix))]
fn is_one(_one: &Metadata, _other: &Metadata) -> bool {
    false
}

fn is_that(path: &Path, that: &Metadata) -> bool {
    fs::metadata(path).is_ok_and(|there| is_one(&there, that))
}

/// Do two paths name one file, by links of any kind?
fn is_same(one: &Path, other: &Path) -> bool {
    let canonical = |path| fs::canonicalize(path).ok();
    let by_name = canonical(one).is_some_and(|one| canonical(other).is_some_and(|other| one == other));
    by_name || fs::metadata(other).is_ok_and(|other| is_that(one, &other))
}

/// Is this file, or folder, the other one or within it?
pub(super) fn is_same_or_below(path: &Path, folder: &Path) -> bool {
    let Ok(folder) = fs::canonicalize(folder) else { return false };
    fs::canonicalize(path).is_ok_and(|path| path.starts_with(&folder))
}

/// A path from the root, with `..` as it is written; links are not followed.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
