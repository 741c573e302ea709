//! The journey in HTML: a piece of the report, and a page by itself. It is read without JavaScript, in light and dark,
//! on paper, and on a telephone, where the two columns stand below each other.

use super::clock;
use super::rows::{JourneyRow, Line, Tone, rows};
use super::story::{parting_line, parts};
use super::text::{elsewhere, fork_in_words};
use crate::experiment::journey::{Account, Journey};
use crate::report::charts::palette;
use askama::Template;

/// One row of the table.
struct DrawnRow {
    time: String,
    user: Vec<Line>,
    backend: Vec<Line>,
    /// A line across both columns; empty: none.
    across: String,
    class: &'static str,
}

/// One person's evening, drawn.
#[derive(Template)]
#[template(path = "journey.html")]
pub(in crate::report) struct Evening {
    title: String,
    about: String,
    command: String,
    rows: Vec<DrawnRow>,
    parts: Vec<(&'static str, String)>,
}

/// A page by itself.
#[derive(Template)]
#[template(path = "journey-page.html")]
struct Page<'a> {
    light: String,
    dark: String,
    engine: &'a str,
    title: String,
    headline: String,
    evenings: Vec<String>,
}

impl Line {
    fn class(&self) -> &'static str {
        match self.tone {
            Tone::Plain => "",
            Tone::Good => "went-well",
            Tone::Bad => "went-wrong",
            Tone::Everybody => "everybody",
            Tone::Dim => "again",
        }
    }
}

/// The evening of one person as a piece of a page. `command` tells it in a terminal; empty: nobody knows.
pub(in crate::report) fn evening(journey: &Journey, title: String, command: String, from_us: u64) -> Evening {
    let mut apart = false;
    let drawn = rows(journey, from_us).into_iter().map(|row| match row {
        JourneyRow::Events { at_us, user, backend } => DrawnRow {
            time: clock(at_us, journey.opens_at_us),
            user,
            backend,
            across: String::new(),
            class: if apart { "apart" } else { "" },
        },
        JourneyRow::Parting { at_us } => {
            apart = true;
            across(journey, at_us, parting_line(journey), "across parted")
        }
        JourneyRow::Meeting { at_us } => {
            apart = false;
            across(journey, at_us, "HERE THEY MEET AGAIN: the screen has said it".to_owned(), "across met")
        }
    });
    let tabs =
        if journey.sessions == 1 { "one tab".to_owned() } else { format!("{} tabs", journey.sessions) };
    let about = format!(
        "Person {} of the cohort “{}”, {tabs}, network {}. Times count from the opening.",
        journey.client, journey.cohort, journey.network
    );
    Evening { title, about, command, rows: drawn.collect(), parts: sentences(journey) }
}

fn across(journey: &Journey, at_us: u64, words: String, class: &'static str) -> DrawnRow {
    let time = clock(at_us, journey.opens_at_us);
    DrawnRow { time, user: Vec::new(), backend: Vec::new(), across: words, class }
}

/// What the end is told in, each sentence with its capital.
fn sentences(journey: &Journey) -> Vec<(&'static str, String)> {
    parts(journey).into_iter().map(|(word, sentence)| (word, capital(&sentence))).collect()
}

/// The parting in a few words; without one, what happened.
fn headline(journey: &Journey) -> String {
    match journey.parting {
        Some(_) => capital(parting_line(journey).trim_start_matches("HERE THEY PART: ")),
        None => sentences(journey).first().map_or_else(String::new, |(_, words)| words.clone()),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// An account as one HTML page that works offline. Everything that comes from a scenario is escaped.
///
/// # Panics
/// Never: a page is written to memory.
pub fn page(account: &Account) -> String {
    let journey = &account.journey;
    let mut evenings =
        vec![evening(journey, format!("Under the policy {}", journey.policy), String::new(), 0)];
    if let Some(twin) = &account.twin {
        let title = format!("The same person, with the same luck, {}", elsewhere(journey, twin));
        let from_us = account.fork.as_ref().map_or(0, |fork| fork.at_us);
        let mut other = evening(twin, title, String::new(), from_us);
        other.about = match &account.fork {
            Some(fork) => fork_in_words(account, fork),
            None => "The two evenings are the same to the last microsecond.".to_owned(),
        };
        evenings.push(other);
    }
    let page = Page {
        light: palette::declarations(|color| color.light),
        dark: palette::declarations(|color| color.dark),
        engine: &account.engine,
        title: format!("{}: person {}", journey.title, journey.client),
        headline: headline(journey),
        evenings: evenings.iter().map(|evening| evening.render().expect("written to memory")).collect(),
    };
    page.render().expect("a page is written to memory")
}
