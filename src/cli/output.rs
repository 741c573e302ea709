//! The two streams: stdout is data, stderr is everything said to people.

use super::Failure;
use crate::visible::is_unseen;
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
    let _ = anstream::stderr().lock().write_all(for_terminal(text).as_bytes());
}

/// Writes a summary for people to stdout, without colors where they do not belong.
///
/// # Errors
/// As [`data`].
pub fn summary(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    stdout.write_all(for_terminal(text).as_bytes())?;
    Ok(stdout.flush()?)
}

/// A text for people, whatever got into it: of what nobody sees, breaks of lines and our own colors stay.
fn for_terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let color = color_at(rest);
        let taken = color.map_or(c.len_utf8(), str::len);
        match color {
            Some(color) => out.push_str(color),
            None if is_unseen(c) && !"\n\t".contains(c) => out.push('\u{fffd}'),
            None => out.push(c),
        }
        rest = &rest[taken..];
    }
    out
}

/// The escape sequence that sets a color or a weight here, if there is one.
fn color_at(text: &str) -> Option<&str> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let end = numbers.find(|c: char| !(c.is_ascii_digit() || c == ';'))?;
    numbers[end..].starts_with('m').then(|| &text[..=2 + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_and_lines_reach_a_terminal_and_nothing_else_that_is_not_seen() {
        let told = for_terminal("\u{1b}[1;31mred\u{1b}[0m\n\u{1b}[2J\u{1b}]0;title\u{7}a\rb\u{202e}c");
        assert_eq!(told, "\u{1b}[1;31mred\u{1b}[0m\n\u{fffd}[2J\u{fffd}]0;title\u{fffd}a\u{fffd}b\u{fffd}c");
    }
}
