//! How text for a terminal is laid out: the widest line, what is painted, where lines break.

use super::formatting::{clean, width};
use super::readings::Rating;
use anstyle::{AnsiColor, Style as Paint};
use std::fmt::Write;

/// The widest line.
pub(super) const COLUMNS: usize = 100;
/// Where the text of a finding begins.
pub(super) const INDENT: usize = 10;

/// How the summary is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone: for files, pipes and `NO_COLOR`.
    Plain,
    /// With a little colour, for terminals.
    Colored,
}

impl Style {
    /// `text`, painted if this style paints and there is something to paint.
    fn paint(self, paint: Paint, text: &str) -> String {
        match self {
            Style::Plain => text.to_owned(),
            Style::Colored if text.is_empty() => String::new(),
            Style::Colored => format!("{paint}{text}{paint:#}"),
        }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.paint(Paint::new().bold(), text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }

    pub(super) fn rating(self, rating: Rating, text: &str) -> String {
        let color = match rating {
            Rating::Good => AnsiColor::Green,
            Rating::Partial => AnsiColor::Yellow,
            Rating::Bad => AnsiColor::Red,
            Rating::Neutral => return self.dim(text),
        };
        self.paint(color.on_default(), text)
    }
}

/// One finding: a word that says what it is about, and its sentences beside it.
pub(super) fn finding(out: &mut String, style: Style, word: &str, sentence: &str) {
    for (at, line) in wrap(sentence, COLUMNS - INDENT).iter().enumerate() {
        let head = if at == 0 { style.bold(&pad(word, INDENT)) } else { " ".repeat(INDENT) };
        let _ = writeln!(out, "{head}{line}");
    }
}

/// A remark in small print, as many lines as it needs.
pub(super) fn small_print(out: &mut String, style: Style, text: &str) {
    for line in wrap(text, COLUMNS) {
        let _ = writeln!(out, "{}", style.dim(&line));
    }
}

/// Breaks a text into lines of at most so many columns, at spaces that do not stand inside a number and its unit.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let clean = clean(text);
    let mut lines = vec![String::new()];
    for word in glued(&clean) {
        let last = lines.last_mut().expect("there is always a line");
        if last.is_empty() {
            last.push_str(&word);
        } else if width(last) + 1 + width(&word) <= columns {
            last.push(' ');
            last.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}

/// A text in which a browser breaks no line inside a quantity: `-8.6 ± 0.3 points`.
pub(super) fn unbroken(text: &str) -> String {
    glued(text)
        .iter()
        .map(|word| word.replace(' ', "\u{a0}"))
        .collect::<Vec<String>>()
        .join(" ")
        .replace(" ± ", "\u{a0}±\u{a0}")
}

/// The words of a text, with a number and its unit (`6.1 %`, `3 min`) as one word.
fn glued(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let unit = word.trim_end_matches(|c: char| c.is_ascii_punctuation() && c != '%');
        let is_unit = matches!(unit, "%" | "s" | "ms" | "min" | "h");
        match words.last_mut() {
            Some(last) if is_unit && last.ends_with(|c: char| c.is_ascii_digit()) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// A text with spaces behind it up to so many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text with spaces before it up to so many columns.
pub(super) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_words_and_never_inside_a_quantity() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("it was 6.1 %, so", 10), ["it was", "6.1 %, so"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(unbroken("by 6.1 % ± 2 min more"), "by 6.1\u{a0}%\u{a0}±\u{a0}2\u{a0}min more");
    }
}
