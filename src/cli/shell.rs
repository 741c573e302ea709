//! Commands that are printed to be copied: every word as a shell takes it.

/// A word as a POSIX shell takes it, whatever is in it: the shell reads back exactly this, and no control character
/// reaches a terminal.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
