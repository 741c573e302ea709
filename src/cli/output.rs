//! The two streams: stdout is data, stderr is everything said to people.

use super::Failure;
use std::io::{self, Write};

/// Writes data to stdout.
///
/// # Errors
/// [`Failure::StdoutClosed`] where the reader has gone, and whatever else the system reports.
pub fn data(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// Writes data to stdout that need not be text.
///
/// # Errors
/// As [`data`].
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    Ok(stdout.flush()?)
}

/// Writes something for people to stderr, without colors where they do not belong.
pub fn message(text: &str) {
    // There is no other place to complain that stderr is closed.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Writes a summary for people to stdout, without colors where they do not belong.
///
/// # Errors
/// As [`data`].
pub fn summary(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
