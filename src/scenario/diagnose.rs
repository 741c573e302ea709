//! A picture of every mistake: file, line, column, caret, what is wrong and what to do.
//!
//! A [`Problem`] is a mistake of meaning and knows its place as a path such as `crowd[2].network`; a [`Mistake`]
//! has a place in the text. A [`Diagnosis`] holds all mistakes of one text, in the order of the text, for people
//! ([`Diagnosis::picture`]) and for machines ([`Diagnosis::mistakes`]).

use super::form::read;
use crate::visible::is_unseen;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// Most mistakes collected of one text, and most of its warnings: enough for anybody, and a bound for hostile files.
pub(super) const MISTAKES_MAX: usize = 1000;
/// Longest text of a mistake - its place, what is wrong, what to do - in characters; the longest remedy lists all keys
/// of a cohort.
const SAID_MAX: usize = 2000;
/// Most pictures drawn of one text; the rest is counted. Nobody mends more at a time.
const PICTURES_MAX: usize = 40;
/// Longest line shown whole, in characters; of a longer one, how much is shown before and after the caret.
const SHOWN_WHOLE: usize = 120;
const SHOWN_BEFORE: usize = 40;
const SHOWN_AFTER: usize = 70;

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The scenario cannot run.
    Error,
    /// It can run, but probably not as meant.
    Warning,
}

/// One mistake of meaning in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: keys and indices from the root, such as `crowd[2].network`; empty for the whole.
    pub path: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// How bad it is.
    pub severity: Severity,
    /// Which bytes of the text that stands there it is about; `None`: the whole place.
    pub within: Option<Range<usize>>,
    /// Other places that took part in the verdict: where one of them has a mistake of its own, this problem may be
    /// only its echo, and is not shown.
    pub depends_on: Vec<String>,
}

/// One mistake with its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where in the document: keys and indices from the root; empty for the whole.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line on which it ends.
    pub end_line: u32,
    /// The column behind its last character.
    pub end_column: u32,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// How bad it is.
    pub severity: Severity,
    /// The bytes of the text that it is about.
    pub span: Range<usize>,
}

/// All mistakes of one text, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    name: String,
    text: String,
    mistakes: Vec<Mistake>,
}

impl Diagnosis {
    /// Gives mistakes, known by their spans, their lines and columns.
    pub(super) fn new(name: &str, text: &str, mut mistakes: Vec<Mistake>) -> Diagnosis {
        mistakes.sort_by(|a, b| a.span.start.cmp(&b.span.start).then_with(|| a.path.cmp(&b.path)));
        let (mut line, mut line_start, mut column, mut seen) = (1_u32, 0, 1_u32, 0);
        for mistake in &mut mistakes {
            let start = floor_to_char(text, mistake.span.start);
            let end = floor_to_char(text, mistake.span.end.max(start));
            // From one mistake to the next, so that a long line is counted once.
            let between = &text[seen..start];
            if let Some(last) = between.rfind('\n') {
                line += count(between.matches('\n').count());
                line_start = seen + last + 1;
                column = 1;
            }
            column += count(text[seen.max(line_start)..start].chars().count());
            seen = start;
            mistake.span = start..end;
            mistake.line = line;
            mistake.column = column;
            let inside = &text[start..end];
            mistake.end_line = line + count(inside.matches('\n').count());
            mistake.end_column = match inside.rfind('\n') {
                Some(last) => 1 + count(inside[last + 1..].chars().count()),
                None => column + count(inside.chars().count()),
            };
        }
        Diagnosis { name: name.to_owned(), text: text.to_owned(), mistakes }
    }

    /// Finds the places of problems in the text that the scenario was read from.
    pub fn of_problems(name: &str, text: &str, problems: &[Problem]) -> Diagnosis {
        let text = without_byte_order_mark(text);
        let tree = read::tree(text).ok();
        let mistakes = problems
            .iter()
            .map(|problem| {
                let span = tree.as_ref().map_or(0..0, |tree| read::place(text, tree, problem));
                Mistake::new(&problem.path, span, problem.problem.clone(), problem.remedy.clone())
                    .with_severity(problem.severity)
            })
            .collect();
        Diagnosis::new(name, text, mistakes)
    }

    /// How messages call the text: a file's name, for example.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The mistakes, in the order of the text.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// How many of them are errors.
    pub fn errors(&self) -> usize {
        self.mistakes.iter().filter(|m| m.severity == Severity::Error).count()
    }

    /// How many of them are warnings.
    pub fn warnings(&self) -> usize {
        self.mistakes.len() - self.errors()
    }

    /// The mistakes drawn into the text, and a line that counts them; `styled` adds terminal colors.
    pub fn picture(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for mistake in self.mistakes.iter().take(PICTURES_MAX) {
            out += &renderer.render(&[self.group(mistake)]);
            out += "\n\n";
        }
        if self.mistakes.len() > PICTURES_MAX {
            out += "... and ";
            out += &(self.mistakes.len() - PICTURES_MAX).to_string();
            out += " more\n\n";
        }
        out + &self.count() + "\n"
    }

    /// How many mistakes there are, in words.
    fn count(&self) -> String {
        let plural = |n: usize, word: &str| match n {
            1 => format!("1 {word}"),
            n => format!("{n} {word}s"),
        };
        let name = printable(&self.name);
        match (self.errors(), self.warnings()) {
            (errors, _) if errors >= MISTAKES_MAX => {
                format!("{errors} mistakes in {name}, and perhaps more; nothing was run or written")
            }
            (0, warnings) => format!("{} in {name}", plural(warnings, "warning")),
            (errors, 0) => {
                format!("{} in {name}; nothing was run or written", plural(errors, "mistake"))
            }
            (errors, warnings) => format!(
                "{} and {} in {name}; nothing was run or written",
                plural(errors, "mistake"),
                plural(warnings, "warning")
            ),
        }
    }

    fn group(&self, mistake: &Mistake) -> Group<'static> {
        let level = match mistake.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = match mistake.path.as_str() {
            "" => mistake.problem.clone(),
            path => format!("{path}: {}", mistake.problem),
        };
        let line = mistake.line as usize;
        let Excerpt { source, span, cut } = excerpt(&self.text, &mistake.span);
        let snippet = Snippet::source(source).line_start(line).annotation(AnnotationKind::Primary.span(span));
        let name = printable(&self.name);
        let group = level.primary_title(title);
        let group = if cut {
            // A snippet counts columns in what it is given, so the place is given apart.
            let origin = Origin::path(name).line(line).char_column(mistake.column as usize);
            group.element(origin).element(snippet)
        } else {
            group.element(snippet.path(name))
        };
        match mistake.remedy.as_str() {
            "" => group,
            remedy => group.element(Level::HELP.message(remedy.to_owned())),
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.picture(false))
    }
}

impl std::error::Error for Diagnosis {}

impl Mistake {
    /// An error at a span; [`Diagnosis::new`] finds its line and column.
    pub(super) fn new(path: &str, span: Range<usize>, problem: String, remedy: String) -> Mistake {
        let severity = Severity::Error;
        let (path, problem, remedy) = (said(path.to_owned()), said(problem), said(remedy));
        Mistake { path, line: 0, column: 0, end_line: 0, end_column: 0, problem, remedy, severity, span }
    }

    fn with_severity(self, severity: Severity) -> Mistake {
        Mistake { severity, ..self }
    }
}

/// The text without the mark that some editors put first.
pub(super) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What a person wrote, fit to stand in a message: no control characters, and not a page long.
pub(super) fn printable(text: &str) -> String {
    cut(text, 60)
}

/// A whole message, not longer than anybody reads.
fn said(text: String) -> String {
    let fits = text.chars().nth(SAID_MAX).is_none() && !text.contains(char::is_control);
    if fits { text } else { cut(&text, SAID_MAX) }
}

/// The first characters of a text, none of which moves a terminal's cursor.
fn cut(text: &str, most: usize) -> String {
    let mut shown: String =
        text.chars().take(most).map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// What is shown of a text.
struct Excerpt {
    source: String,
    span: Range<usize>,
    cut: bool,
}

/// The line of the span, cut to the surroundings of its start where it is long, and the span in what is left. A
/// span over several lines is shown by its first one.
fn excerpt(text: &str, span: &Range<usize>) -> Excerpt {
    let start = span.start;
    let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let line_end = start.max(line_start + text[line_start..line_end].trim_end_matches('\r').len());
    let cut = text[line_start..line_end].chars().nth(SHOWN_WHOLE).is_some();
    let (mut from, mut to) = (line_start, line_end);
    if cut {
        let before = text[line_start..start].char_indices().rev().take(SHOWN_BEFORE).last();
        from = before.map_or(start, |(i, _)| line_start + i);
        to = text[start..line_end].char_indices().nth(SHOWN_AFTER).map_or(line_end, |(i, _)| start + i);
    }
    let inside_end = span.end.clamp(start, to.max(start));
    let mut source = String::from(if from > line_start { "…" } else { "" });
    visible(&text[from..start], &mut source);
    let shown_start = source.len();
    visible(&text[start..inside_end], &mut source);
    let shown_end = source.len();
    visible(&text[inside_end..to.max(inside_end)], &mut source);
    if to < line_end {
        source.push('…');
    }
    Excerpt { source, span: shown_start..shown_end, cut }
}

/// Appends a text with control characters, which could move a terminal's cursor, made visible.
fn visible(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if is_unseen(c) && c != '\t' { '\u{fffd}' } else { c }));
}

fn floor_to_char(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
