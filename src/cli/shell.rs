//! What is printed to be copied: every word as a shell takes it, so that it reads back exactly this and runs nothing.

use crate::visible::is_unseen;
use std::ffi::OsStr;
use std::path::Path;

/// A word for a POSIX shell. One with characters that nobody would see, or that is no text at all, is written by
/// numbers (`$'...'`, POSIX 2024, bash, zsh and ksh): so no terminal is moved by it.
pub(super) fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,+@%=".contains(c);
    match word.to_str() {
        // zsh takes `=ls` for a path.
        Some(text) if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('=') => {
            text.to_owned()
        }
        Some(text) if !text.chars().any(is_unseen) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => by_numbers(word),
    }
}

/// A path as an argument: one that begins with a dash is no option.
pub(super) fn quoted_path(path: &Path) -> String {
    let is_dashed = path.as_os_str().as_encoded_bytes().starts_with(b"-") && path != Path::new("-");
    if is_dashed { quoted(Path::new(".").join(path)) } else { quoted(path) }
}

/// A scenario as an argument. What was read from stdin has no name: whoever copies the command says where it is.
pub(super) fn quoted_input(path: &Path) -> String {
    if path == Path::new("-") { "- < SCENARIO.json".to_owned() } else { quoted_path(path) }
}

fn by_numbers(word: &OsStr) -> String {
    let mut written = String::from("$'");
    for byte in word.as_encoded_bytes() {
        match byte {
            b'\'' | b'\\' => written.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => written.push(char::from(*byte)),
            byte => written.push_str(&format!("\\{byte:03o}")),
        }
    }
    written + "'"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_stay_and_all_others_are_quoted() {
        for (word, written) in [
            ("reports/first-sale", "reports/first-sale"),
            ("edge.concurrency=5", "edge.concurrency=5"),
            ("a b", "'a b'"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$(touch x)", "'$(touch x)'"),
            ("~", "'~'"),
            ("=ls", "'=ls'"),
            ("a\n\u{1b}'b", r"$'a\012\033\'b'"),
            ("a\u{202e}b", r"$'a\342\200\256b'"),
        ] {
            assert_eq!(quoted(word), written);
        }
        assert_eq!(quoted_path(Path::new("-rf")), "./-rf");
        assert_eq!(quoted_input(Path::new("-")), "- < SCENARIO.json");
        assert_eq!(quoted_path(Path::new("-")), "-");
    }

    #[test]
    #[cfg(unix)]
    fn a_shell_reads_back_what_was_quoted() {
        use std::os::unix::ffi::OsStrExt;
        for word in [
            &b"a b"[..],
            b"'\"$x`ls`\\",
            b"a\nb\x1b[2J",
            b"\xff\xfe",
            "搶\u{202e}票".as_bytes(),
            b"*?[a]{b,c}!~#;&|<>()",
        ] {
            let line = format!("printf %s {}", quoted(OsStr::from_bytes(word)));
            let read =
                std::process::Command::new("bash").args(["-c", &line]).output().expect("bash runs").stdout;
            assert_eq!(read, word, "{line}");
        }
    }
}
