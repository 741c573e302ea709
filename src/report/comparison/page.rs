//! The page of a comparison: one file that works offline, without JavaScript, in light and dark, on a telephone and on
//! paper. What it says is gathered here; how it looks is `templates/compare.html`, with the parts and the style of the
//! page of a run.

use super::overview::{Overview, overview};
use super::{MANY, comparison_sentence, named, paired_seeds, tables, title, worth};
use crate::experiment::compare::{Comparison, Variant};
use crate::report::charts::{ComparisonCharts, palette};
use crate::report::formatting::{counted, listed};
use crate::report::layout::unbroken;
use crate::report::replications::seeds_of;
use crate::report::run_page::{Figure, figure, without_empty_lines};
use crate::report::tables::PageTable;
use askama::Template;

/// One variant against the first.
struct Other<'a> {
    /// Names its place in the page.
    id: String,
    heading: String,
    sentence: String,
    figures: Vec<Figure<'a>>,
    family: PageTable,
    flips: Option<PageTable>,
    worth: Option<String>,
    folded: Vec<Folded>,
}

/// A table too long to stand open.
struct Folded {
    summary: String,
    table: PageTable,
}

/// Tables of more cohorts than this are folded.
const COHORTS: usize = 8;

/// One scenario, whole.
struct Whole<'a> {
    label: &'a str,
    text: String,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Page<'a> {
    engine: &'a str,
    light: String,
    dark: String,
    title: String,
    simulated: String,
    overview: Vec<PageTable>,
    others: Vec<Other<'a>>,
    plane: Option<Figure<'a>>,
    changed: Option<PageTable>,
    by_seed: Vec<PageTable>,
    meanings: PageTable,
    scenarios: Vec<Whole<'a>>,
    seeds: String,
    policies: String,
    command: &'a str,
}

/// A comparison as one HTML page with its charts; `command` gives it again. Everything that comes from scenarios and from
/// labels is escaped.
///
/// # Panics
/// Never: a page is written to memory.
pub fn comparison_page(comparison: &Comparison, charts: &ComparisonCharts, command: &str) -> String {
    let page = Page {
        engine: &comparison.engine,
        light: palette::declarations(|color| color.light),
        dark: palette::declarations(|color| color.dark),
        title: title(comparison),
        simulated: simulated(comparison),
        overview: overview(comparison).iter().map(Overview::table).collect(),
        others: (1..comparison.variants.len()).map(|number| other(comparison, charts, number)).collect(),
        plane: charts.plane.as_ref().map(figure),
        changed: tables::scenarios(comparison),
        by_seed: tables::by_seed(comparison),
        meanings: tables::meanings(comparison),
        scenarios: comparison.variants.iter().map(whole).collect(),
        seeds: seeds_of(&comparison.variants[0].runs),
        policies: policies(comparison),
        command,
    };
    without_empty_lines(&page.render().expect("a page is written to memory"))
}

fn other<'a>(comparison: &Comparison, charts: &'a ComparisonCharts, number: usize) -> Other<'a> {
    let (variant, against) = (&comparison.variants[number], &comparison.against[number - 1]);
    let label = &variant.label;
    let cohorts = comparison.variants[0].runs.cohorts.len();
    let family = |cohorts: usize| tables::family(comparison, label, against, cohorts);
    let mut flips = tables::flips(comparison, label, against);
    let mut folded = Vec::new();
    if cohorts > COHORTS {
        let summary = format!("The same table with all of {cohorts} cohorts");
        folded.push(Folded { summary, table: family(usize::MAX) });
        let summary = format!("The same persons under both, all of {cohorts} cohorts");
        folded.extend(flips.take().map(|table| Folded { summary, table }));
    }
    Other {
        id: format!("variant-{number}"),
        heading: format!("{} against {}", named(label), named(&comparison.variants[0].label)),
        sentence: unbroken(&comparison_sentence(comparison, label, against)),
        figures: charts.others[number - 1].iter().map(figure).collect(),
        family: family(COHORTS),
        flips,
        worth: worth(against),
        folded,
    }
}

/// What was compared, in one or two sentences.
fn simulated(comparison: &Comparison) -> String {
    let first = &comparison.variants[0].runs;
    // Of many it is what they have in common that counts, and not what the first is called.
    let about =
        if comparison.variants.len() < MANY { first.scenario.title_or(&first.name) } else { "One crowd" };
    format!(
        "{about}: {} wanted {}; {}. Each person has the same luck under every variant.",
        counted(first.persons as f64, "person", "persons"),
        counted(first.seats as f64, "seat", "seats"),
        paired_seeds(comparison)
    )
}

fn policies(comparison: &Comparison) -> String {
    let of = |variant: &Variant| {
        if variant.label == variant.runs.policy {
            variant.label.clone()
        } else {
            format!("{} ({})", variant.runs.policy, variant.label)
        }
    };
    listed(&comparison.variants.iter().map(of).collect::<Vec<String>>())
}

fn whole(variant: &Variant) -> Whole<'_> {
    let text = serde_json::to_string_pretty(&variant.runs.scenario).expect("a scenario has a JSON form");
    Whole { label: &variant.label, text }
}
