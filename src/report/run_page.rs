//! The page: one file that works offline, without JavaScript, in light and dark, on a telephone and on paper.
//! What it says is gathered here; how it looks is `templates/report.html` and `templates/report.css`.

use super::charts::{Chart, palette};
use super::findings::{Findings, number_rounded, sale, untold};
use super::formatting::{count, duration, instant, or_nothing, percent};
use super::history::{Mark, What, marks};
use super::readings::{self, CohortOutcome, Rating, sum, waiters};
use super::tables::{self, PageTable};
use super::worst_cases::{self, WorstCases};
use crate::experiment::result::RunResult;
use crate::metrics::names;
use askama::Template;

/// A number that a reader should see first.
struct Tile {
    value: String,
    label: String,
    rating: &'static str,
}

/// A chart inside the page, its two pictures already SVG.
pub(super) struct Figure<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub wide: &'a str,
    pub narrow: &'a str,
    pub note: &'a str,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    engine: &'a str,
    light: String,
    dark: String,
    title: String,
    simulated: String,
    /// What the scenario says of itself, in pieces: every second one stood between backticks.
    description: Vec<&'a str>,
    sources: &'a [String],
    headline: String,
    expectations: Option<PageTable>,
    tiles: Vec<Tile>,
    findings: Vec<(&'static str, &'a str)>,
    history: Vec<(String, String)>,
    figures: Vec<Figure<'a>>,
    cohorts: PageTable,
    belief: PageTable,
    mechanisms: Option<PageTable>,
    worst_cases: Vec<worst_cases::Section>,
    timeouts: Option<PageTable>,
    trust: Option<PageTable>,
    communication: Option<PageTable>,
    order: Option<PageTable>,
    requests: PageTable,
    replies: PageTable,
    stations: Option<PageTable>,
    sale: Vec<String>,
    metrics: PageTable,
    source: &'a str,
    command: &'a str,
    result: &'a RunResult,
    events: String,
}

/// The report of a run as one HTML page. `source` is the scenario as its author wrote it, `command` reproduces
/// the run, and `cases` are the journeys of its worst cases. Everything that comes from a scenario is escaped.
///
/// # Panics
/// Never: a page is written to memory.
pub fn run_page(
    result: &RunResult, charts: &[Chart], source: &str, command: &str, cases: WorstCases<'_>,
) -> String {
    let findings = Findings::of(result);
    let page = Page {
        engine: &result.engine,
        light: palette::declarations(|color| color.light),
        dark: palette::declarations(|color| color.dark),
        title: readings::title(result),
        simulated: readings::simulated(result),
        description: result.scenario.about.description.trim().split('`').collect(),
        sources: &result.scenario.about.sources,
        headline: findings.headline.clone(),
        expectations: tables::expectations(result),
        tiles: tiles(result),
        findings: findings.parts(),
        history: history(result),
        figures: charts.iter().map(figure).collect(),
        cohorts: tables::cohorts(result, waiters(result)),
        belief: tables::belief(result),
        mechanisms: tables::mechanisms(result),
        worst_cases: worst_cases::sections(result, cases),
        timeouts: tables::timeouts(result),
        trust: tables::trust(result),
        communication: tables::communication(result),
        order: tables::order(result),
        requests: tables::requests(result),
        replies: tables::replies(result),
        stations: tables::stations(result),
        sale: sale(result),
        metrics: tables::metrics(result),
        source,
        command,
        result,
        events: count(result.events as f64),
    };
    without_empty_lines(&page.render().expect("a page is written to memory"))
}

/// A page without the empty lines that instructions of its template leave behind; what is quoted keeps its own.
pub(super) fn without_empty_lines(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut verbatim = false;
    for line in page.lines() {
        verbatim |= line.contains("<pre");
        if verbatim || !line.trim().is_empty() {
            out.push_str(line);
            out.push('\n');
        }
        verbatim &= !line.contains("</pre>");
    }
    out
}

fn tiles(result: &RunResult) -> Vec<Tile> {
    let all = CohortOutcome::read(result, None);
    let tile = |value: String, label: String, rating: Rating| Tile { value, label, rating: rating.class() };
    let persons = or_nothing(all.persons, count);
    let untold = untold(result);
    let share = all.failure_rate.map_or_else(String::new, |rate| format!(" ({})", percent(rate)));
    let rating = if untold.is_some_and(|untold| untold >= 1.0) { Rating::Bad } else { Rating::Good };
    let refused = sum(&[all.told_no, all.error_last]);
    vec![
        tile(or_nothing(all.bought, count), format!("of {persons} persons got a ticket"), Rating::Good),
        tile(or_nothing(untold, count), format!("were never told what had been decided{share}"), rating),
        tile(or_nothing(refused, count), "were refused and could read it".to_owned(), Rating::Neutral),
        tile(
            or_nothing(result.value(names::WAIT_WINNERS_P50), duration),
            "median wait of those who bought".to_owned(),
            Rating::Neutral,
        ),
        tile(
            or_nothing(result.value(names::LOAD_REQUESTS_PER_TICKET), number_rounded),
            "requests for each ticket sold".to_owned(),
            Rating::Neutral,
        ),
    ]
}

/// What happened to the sale as a whole, with its time; empty where it just opened and closed.
fn history(result: &RunResult) -> Vec<(String, String)> {
    let marks = marks(result);
    let is_plain = |mark: &Mark| matches!(mark.what, What::Sale | What::SoldOut);
    if marks.iter().all(is_plain) {
        return Vec::new();
    }
    marks.into_iter().map(|mark| (instant(mark.at), mark.words)).collect()
}

pub(super) fn figure(chart: &Chart) -> Figure<'_> {
    let id = chart.file_name.trim_end_matches(".svg");
    Figure { id, title: &chart.title, wide: &chart.wide, narrow: &chart.narrow, note: &chart.about }
}
