//! Reading files that somebody else may have written: never more than a limit, and never a pipe or a device where a
//! file is meant, which might not end.

use crate::scenario::trace::Unread;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Largest saved result, in bytes: ten thousand runs of a sale with three cohorts have a tenth of that.
pub(super) const RESULT_MAX: u64 = 1 << 30;
/// Largest baseline, in bytes: that of a sale with 255 cohorts has 8 MB.
pub(super) const BASELINE_MAX: u64 = 64 << 20;

/// The text of a file, or of a pipe, as a shell hands over what another command says.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn text_of(path: &Path, most: u64) -> Result<String, Unread> {
    if path.is_dir() {
        return Err(unread("this is a directory", "name a file in it"));
    }
    match File::open(path) {
        Ok(file) => text(file, most),
        Err(error) => Err(cannot(&error)),
    }
}

/// The text of a file that is one.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn regular(path: &Path, most: u64) -> Result<String, Unread> {
    match path.metadata() {
        Ok(there) if there.is_file() || there.is_dir() => text_of(path, most),
        Ok(_) => Err(unread("this is a pipe or a device", "name a file")),
        Err(error) => Err(cannot(&error)),
    }
}

/// The text that comes from somewhere.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn text(from: impl Read, most: u64) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    from.take(most + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > most {
        let problem = format!("the file is larger than {} MiB", most >> 20);
        return Err(unread(&problem, "what is read here is text and far smaller: is this the right file?"));
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

pub(super) fn cannot(error: &io::Error) -> Unread {
    match error.kind() {
        io::ErrorKind::NotFound => unread("there is no such file", "check the path"),
        io::ErrorKind::PermissionDenied => unread("reading is not permitted", "check who may read the file"),
        _ => unread(&format!("reading failed: {error}"), "check the path"),
    }
}

pub(super) fn unread(problem: &str, remedy: &str) -> Unread {
    Unread { problem: problem.to_owned(), remedy: remedy.to_owned() }
}
