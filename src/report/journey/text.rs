//! The journey for a terminal: two columns, at most 100 columns wide together, with a little colour where it is wanted.

use super::rows::{JourneyRow, Line, Tone, rows};
use super::story::{parting_line, parts};
use super::{clock, phrases};
use crate::experiment::journey::{Account, Fork, Journey, JourneyEntry, Lane};
use crate::report::formatting::{counted, fit, width};
use crate::report::layout::{COLUMNS, pad, right, small_print, wrap};
use crate::report::{Rating, Style};
use std::fmt::Write;

/// Widths of the three columns; between them stands a rule with a space on both sides.
const TIME: usize = 13;
const USER: usize = 40;
const BACKEND: usize = 41;
/// How far what continues a line is set in.
const HANG: usize = 2;

/// The account of a person's evening, ending with a line break.
pub fn text(account: &Account, style: Style) -> String {
    let mut out = String::new();
    head(&mut out, &account.journey, style);
    columns(&mut out, &account.journey, 0, style);
    end(&mut out, &account.journey, style);
    if let Some(twin) = &account.twin {
        other(&mut out, account, twin, style);
    }
    out
}

fn head(out: &mut String, journey: &Journey, style: Style) {
    let sessions = counted(journey.sessions as f64, "tab", "tabs");
    let who = format!(
        "Person {} ({}), {sessions} on {}: {}",
        journey.client, journey.cohort, journey.network, journey.title
    );
    let _ = writeln!(out, "{}", style.bold(&fit(&who, COLUMNS)));
    let run = format!(
        "policy {}, seed {}, fingerprint {}: that of the plain run. Times count from the opening.",
        journey.policy, journey.seed, journey.fingerprint
    );
    small_print(out, style, &run);
    out.push('\n');
}

/// The two columns from an instant on.
fn columns(out: &mut String, journey: &Journey, from_us: u64, style: Style) {
    let heads = (pad("what the user saw", USER), "what the backend decided");
    let _ = writeln!(out, "{}   {}   {}", " ".repeat(TIME), style.bold(&heads.0), style.bold(heads.1));
    let rule = |cross: &str| {
        format!("{}─{cross}─{}─{cross}─{}", "─".repeat(TIME), "─".repeat(USER), "─".repeat(BACKEND))
    };
    let _ = writeln!(out, "{}", style.dim(&rule("┼")));
    let mut apart = false;
    for row in rows(journey, from_us) {
        match row {
            JourneyRow::Events { at_us, user, backend } => {
                said(out, style, &clock(at_us, journey.opens_at_us), &user, &backend, apart);
            }
            JourneyRow::Parting { at_us } => {
                apart = true;
                across(out, style, Rating::Bad, &clock(at_us, journey.opens_at_us), &parting_line(journey));
            }
            JourneyRow::Meeting { at_us } => {
                apart = false;
                let words = "HERE THEY MEET AGAIN: the screen has said it";
                across(out, style, Rating::Good, &clock(at_us, journey.opens_at_us), words);
            }
        }
    }
    out.push('\n');
}

/// One row: as many lines as the longer cell has.
fn said(out: &mut String, style: Style, time: &str, user: &[Line], backend: &[Line], apart: bool) {
    let (user, backend) = (cell(user, USER), cell(backend, BACKEND));
    let rule = if apart { style.rating(Rating::Bad, "║") } else { style.dim("│") };
    for at in 0..user.len().max(backend.len()) {
        let time = if at == 0 { style.dim(&right(time, TIME)) } else { " ".repeat(TIME) };
        let left = user.get(at).map_or_else(|| " ".repeat(USER), |line| painted(style, line, Some(USER)));
        let line = match backend.get(at) {
            Some(line) => format!("{time} {rule} {left} {rule} {}", painted(style, line, None)),
            None => format!("{time} {rule} {left} {rule}"),
        };
        let _ = writeln!(out, "{line}");
    }
}

/// The lines of a cell, wrapped to its width.
fn cell(lines: &[Line], columns: usize) -> Vec<Line> {
    let mut wrapped = Vec::new();
    for line in lines {
        for (at, piece) in wrap(&line.text, columns - HANG).into_iter().enumerate() {
            let text = if at == 0 { piece } else { format!("{}{piece}", " ".repeat(HANG)) };
            wrapped.push(Line { text: fit(&text, columns), tone: line.tone });
        }
    }
    wrapped
}

fn painted(style: Style, line: &Line, columns: Option<usize>) -> String {
    let gap = columns.map_or(0, |columns| columns.saturating_sub(width(&line.text)));
    let text = match line.tone {
        Tone::Plain => line.text.clone(),
        Tone::Good => style.rating(Rating::Good, &line.text),
        Tone::Bad => style.rating(Rating::Bad, &line.text),
        Tone::Everybody => style.bold(&line.text),
        Tone::Dim => style.dim(&line.text),
    };
    text + &" ".repeat(gap)
}

/// A line across both columns.
fn across(out: &mut String, style: Style, rating: Rating, time: &str, words: &str) {
    let room = COLUMNS - TIME - 1;
    let text = fit(&format!("═══ {words} "), room);
    let line = format!("{text}{}", "═".repeat(room - width(&text)));
    let _ = writeln!(out, "{} {}", style.rating(rating, &right(time, TIME)), style.rating(rating, &line));
}

/// The end in sentences.
fn end(out: &mut String, journey: &Journey, style: Style) {
    for (word, sentence) in parts(journey) {
        for (at, line) in wrap(&format!("{word}: {sentence}"), COLUMNS).iter().enumerate() {
            match line.strip_prefix(&format!("{word}:")).filter(|_| at == 0) {
                Some(rest) => {
                    let _ = writeln!(out, "{}{rest}", style.bold(&format!("{word}:")));
                }
                None => {
                    let _ = writeln!(out, "{line}");
                }
            }
        }
    }
}

/// The same person elsewhere, from where the two part.
fn other(out: &mut String, account: &Account, twin: &Journey, style: Style) {
    let elsewhere = elsewhere(&account.journey, twin);
    let _ = writeln!(
        out,
        "\n{}",
        style.bold(&fit(&format!("The same person, with the same luck, {elsewhere}"), COLUMNS))
    );
    let Some(fork) = &account.fork else {
        let _ = writeln!(out, "The two evenings are the same to the last microsecond.");
        return;
    };
    for line in wrap(&fork_in_words(account, fork), COLUMNS) {
        let _ = writeln!(out, "{line}");
    }
    out.push('\n');
    columns(out, twin, fork.at_us, style);
    end(out, twin, style);
}

/// Where the twin lives.
pub(super) fn elsewhere(here: &Journey, twin: &Journey) -> String {
    if here.scenario == twin.scenario {
        format!("under the policy {}", twin.policy)
    } else {
        format!("in {} (policy {})", twin.title, twin.policy)
    }
}

/// Where the two part, in a sentence or two.
pub(super) fn fork_in_words(account: &Account, fork: &Fork) -> String {
    let opens_at = account.journey.opens_at_us;
    let at = |us: u64| clock(us, opens_at);
    let what = |entry: &Option<JourneyEntry>| match entry {
        Some(entry) => format!("{} ({})", in_words(entry), at(entry.at_us)),
        None => "nothing more happens".to_owned(),
    };
    let seen = match fork.seen_at_us {
        Some(seen) if seen == fork.at_us => "It could be seen at once.".to_owned(),
        Some(seen) => format!("The first difference that the person could see came at {}.", at(seen)),
        None => "The person could see no difference at all.".to_owned(),
    };
    format!(
        "Everything is the same until {}. Then, here: {}; there: {}. {seen}",
        at(fork.at_us),
        what(&fork.here),
        what(&fork.there)
    )
}

/// One entry by itself.
fn in_words(entry: &JourneyEntry) -> String {
    let said =
        if entry.lane == Lane::User { phrases::user(&entry.what) } else { phrases::backend(&entry.what) };
    said.unwrap_or_else(|| phrases::on_its_way(&entry.what))
}
