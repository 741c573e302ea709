//! Markdown as GitHub reads it: the one place that escapes what comes from a scenario, and the one writer of tables.
//!
//! Whatever stands in a cell is an [`Inline`], and only [`text`], [`strong`] and [`code`] make one: a name cannot reach a
//! table with markup of its own.

use super::formatting::clean;
use std::fmt::{self, Display};

/// A piece of a line, with the markup that was asked for and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inline(String);

impl Display for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Plain text: what would be markup in it is escaped. It may begin a paragraph.
pub(super) fn text(text: &str) -> Inline {
    let clean = clean(text);
    let mut escaped = String::with_capacity(clean.len());
    if clean.trim_start() != clean {
        // Four spaces would make a block of code of a paragraph.
        escaped.push_str("&#32;");
    }
    let plain = clean.trim_start();
    let marker = list_marker(plain);
    for (at, c) in plain.char_indices() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' => escaped.extend(['\\', c]),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            c if Some(at) == marker => escaped.extend(['\\', c]),
            c => escaped.push(c),
        }
        if is_live(plain, at, c) {
            escaped.push_str(NOTHING_SEEN);
        }
    }
    Inline(escaped)
}

/// A space of no width: an escape would not do, for mentions and links are found in what is shown.
const NOTHING_SEEN: &str = "&#8203;";

/// Would a link or a mention go through here, that calls somebody or leads somewhere? `@name`, `#12`, `!12`, `GH-12`,
/// `https://`, `www.` and `mailto:`.
fn is_live(text: &str, at: usize, c: char) -> bool {
    let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
    let goes_on = after.chars().next().is_some_and(|next| next.is_alphanumeric() || "_-".contains(next));
    let ends_with = |word: &str| {
        let mut tail = before.chars().rev();
        word.chars().rev().all(|c| tail.next().is_some_and(|other| other.eq_ignore_ascii_case(&c)))
    };
    match c {
        '@' | '#' | '!' => goes_on,
        '-' => goes_on && ends_with("gh"),
        ':' => after.starts_with("//") || ends_with("mailto") || ends_with("xmpp"),
        '.' => ends_with("www"),
        _ => false,
    }
}

/// Where the character stands that would make a quotation or an entry of a list of a paragraph that begins so.
fn list_marker(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let at = text.len() - rest.len();
    let mark = rest.chars().next()?;
    let is_gap = rest[mark.len_utf8()..].chars().next().is_none_or(char::is_whitespace);
    match (at, mark) {
        (0, '>') => Some(0),
        (0, '-' | '+' | '=') if is_gap || rest.chars().all(|c| c == mark) => Some(0),
        (1.., '.' | ')') if is_gap => Some(at),
        _ => None,
    }
}

/// The same in bold.
pub(super) fn strong(words: &str) -> Inline {
    Inline(format!("**{}**", text(words.trim())))
}

/// Text as it is, in the type of a program: inside a code span nothing is markup but the backticks that end it.
pub(super) fn code(text: &str) -> Inline {
    let clean = clean(text);
    let longest = clean.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A space that belongs to the fence, where a backtick would touch it or there is nothing to enclose.
    let gap = if longest > 0 || clean.trim().is_empty() { " " } else { "" };
    Inline(format!("{fence}{gap}{clean}{gap}{fence}"))
}

/// A table: columns of text first, then columns of numbers, which are set to the right.
pub(super) struct Table {
    heads: Vec<Inline>,
    texts: usize,
    rows: Vec<Vec<Inline>>,
}

impl Table {
    /// Without rows; the first `texts` columns are of text.
    pub fn new<'a>(texts: usize, heads: impl IntoIterator<Item = &'a str>) -> Table {
        Table { heads: heads.into_iter().map(text).collect(), texts, rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// If it has more or fewer cells than there are columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Inline>) {
        let cells: Vec<Inline> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.heads.len(), "a cell for each column");
        self.rows.push(cells);
    }
}

impl Display for Table {
    /// Every line ends with a line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, cells: &[Inline]| {
            f.write_str("|")?;
            // A bar ends a cell even inside a code span.
            cells.iter().try_for_each(|cell| match cell.0.as_str() {
                "" => f.write_str(" |"),
                written => write!(f, " {} |", written.replace('|', "\\|")),
            })?;
            f.write_str("\n")
        };
        line(f, &self.heads)?;
        let rule = |at| if at < self.texts { "---|" } else { "--:|" };
        writeln!(f, "|{}", (0..self.heads.len()).map(rule).collect::<String>())?;
        self.rows.iter().try_for_each(|cells| line(f, cells))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "*early* _birds_ | <b> & [a](b) `c` ~~d~~ #1 $x$ \\\n| e";

    #[test]
    fn no_markup_of_a_name_survives() {
        assert_eq!(
            text(HOSTILE).to_string(),
            "\\*early\\* \\_birds\\_ | &lt;b> &amp; \\[a\\](b) \\`c\\` \\~\\~d\\~\\~ \\#&#8203;1 \\$x\\$ \\\\?| e"
        );
        assert_eq!(strong(" **a** ").to_string(), "**\\*\\*a\\*\\***");
    }

    #[test]
    fn a_name_that_begins_a_paragraph_makes_no_list_and_no_heading() {
        for (written, expected) in [
            ("- a", "\\- a"),
            ("+ a", "\\+ a"),
            ("--", "\\--"),
            ("12. a", "12\\. a"),
            ("1) a", "1\\) a"),
            ("> a", "\\> a"),
            ("# a", "\\# a"),
            ("    a", "&#32;a"),
            ("-8.6 ± 0.3 points", "-8.6 ± 0.3 points"),
            ("12.5 %", "12.5 %"),
            ("", ""),
        ] {
            assert_eq!(text(written).to_string(), expected);
        }
    }

    #[test]
    fn nobody_is_called_and_no_link_is_live() {
        for (written, expected) in [
            ("@alice", "@&#8203;alice"),
            ("a@b.example", "a@&#8203;b.example"),
            ("sale.sold @ t=10m", "sale.sold @ t=10m"),
            ("org/repo#12", "org/repo\\#&#8203;12"),
            ("GH-12 gh-3", "GH-&#8203;12 gh-&#8203;3"),
            ("https://evil.example", "https:&#8203;//evil.example"),
            ("WWW.evil.example", "WWW.&#8203;evil.example"),
            ("mailto:a", "mailto:&#8203;a"),
            ("![a](b)", "!\\[a\\](b)"),
            ("a\u{202e}b\u{200b}c", "a?b?c"),
        ] {
            assert_eq!(text(written).to_string(), expected, "{written:?}");
        }
    }

    #[test]
    fn code_is_told_as_it_is() {
        assert_eq!(code("a *b* <c>").to_string(), "`a *b* <c>`");
        assert_eq!(code("a `b`").to_string(), "`` a `b` ``");
        assert_eq!(code("``").to_string(), "``` `` ```");
        assert_eq!(code("").to_string(), "`  `");
    }

    #[test]
    fn a_table_has_its_columns_whatever_stands_in_it() {
        let mut table = Table::new(2, ["", "a|b", "n"]);
        table.row([text(HOSTILE), code("x | y"), text("-1")]);
        let written = table.to_string();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(lines[..2], ["| | a\\|b | n |", "|---|---|--:|"]);
        assert!(lines[2].ends_with(" | `x \\| y` | -1 |"), "{written}");
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        assert!(lines.iter().all(|line| bars(line) == 4), "{written}");
    }
}
