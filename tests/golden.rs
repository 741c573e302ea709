//! Every shipped scenario is a golden test: its fingerprint and every metric, in `tests/golden/`, one line each, so
//! that a difference reads as prose.
//!
//! A golden file names a metric only where it is neither 0 nor null. What the others are is kept too: `names.txt` says
//! of each metric which of the two is usual, and a golden file names those of its own that are the other. So every
//! value of then can be told from every value of now, and a new metric that is 0 touches `names.txt` alone.
//!
//! `ONSALE_BLESS=1` writes the files anew. The reason for a change belongs into the commit message.

use crate::support;
use onsale::experiment::result::RunResult;
use onsale::metrics::{Per, names};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

const ZERO: &str = "0";
const NULL: &str = "null";

/// The lines at the end of a golden file that name metrics: what they are here, and how the line begins.
const UNUSUAL: [(&str, &str); 2] = [(ZERO, "usually null, here 0 = "), (NULL, "usually 0, here null = ")];

/// One figure of a run.
struct Figure {
    /// Its name, with its scope.
    name: String,
    /// What `names.txt` calls it; empty for what is no metric.
    listed: String,
    value: String,
}

impl Figure {
    fn is_left_out(&self) -> bool {
        self.value == ZERO || self.value == NULL
    }
}

/// Everything that a golden test compares, in the order of the sheet.
/// A metric that is not given, as the run has nothing to compare for a cohort, is null.
fn figures(result: &RunResult) -> Vec<Figure> {
    let plain = |name: String, value: String| Figure { name, listed: String::new(), value };
    let mut figures = vec![
        plain("fingerprint".to_owned(), result.fingerprint.clone()),
        plain("events".to_owned(), result.events.to_string()),
    ];
    let mut given: BTreeMap<(&str, &str), Option<f64>> = BTreeMap::new();
    for metric in &result.metrics {
        let scope = metric.cohort.as_deref().or(metric.station.as_deref()).unwrap_or("");
        given.insert((&metric.name, scope), metric.value);
    }
    let cohorts = || result.cast.cohorts.iter().map(|cohort| (" @ cohort", cohort.name.as_str()));
    let stations = || result.cast.stations.iter().map(|station| (" @ station", station.name.as_str()));
    for definition in names::all() {
        let scopes: Vec<(&str, &str)> = match definition.per {
            Per::Sale => vec![("", "")],
            Per::SaleAndCohort => [("", "")].into_iter().chain(cohorts()).collect(),
            Per::Cohort => cohorts().collect(),
            Per::Station => stations().collect(),
        };
        for (kind, scope) in scopes {
            let name = definition.name;
            // Minus nothing is nothing, as in a saved result.
            let value = given.remove(&(name, scope)).flatten();
            figures.push(Figure {
                name: if scope.is_empty() { name.to_owned() } else { format!("{name} @ {scope}") },
                listed: format!("{name}{kind}"),
                value: value.map_or(NULL.to_owned(), |value| (value + 0.0).to_string()),
            });
        }
    }
    assert!(given.is_empty(), "metrics are given for whom they are not: {given:?}");
    for row in &result.requests {
        let emitter = row.emitter.as_deref().unwrap_or("nobody");
        figures.push(plain(
            format!("requests {} {} by {emitter}", row.kind, row.outcome),
            row.count.to_string(),
        ));
    }
    figures
}

/// Every metric as `names.txt` lists it: once for each kind of scope.
fn listed_names() -> Vec<String> {
    let mut listed = Vec::new();
    for definition in names::all() {
        let scopes: &[&str] = match definition.per {
            Per::Sale => &[""],
            Per::SaleAndCohort => &["", " @ cohort"],
            Per::Cohort => &[" @ cohort"],
            Per::Station => &[" @ station"],
        };
        listed.extend(scopes.iter().map(|scope| format!("{}{scope}", definition.name)));
    }
    listed
}

/// What each metric usually is where it is 0 or null: the lines of `names.txt`.
struct Usual(BTreeMap<String, String>);

impl Usual {
    fn read(text: &str) -> Usual {
        let entries = text.lines().filter_map(|line| line.rsplit_once(" = "));
        Usual(entries.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// The same for all metrics of today: what was usual stays so, and what is new is what most runs say.
    fn with_new(mut self, runs: &[(String, Vec<Figure>)]) -> Usual {
        let mut kept = BTreeMap::new();
        for name in listed_names() {
            let is = |what: &str| {
                let all = runs.iter().flat_map(|(_, figures)| figures);
                all.filter(|figure| figure.listed == name && figure.value == what).count()
            };
            let usual = self.0.remove(&name).unwrap_or_else(|| {
                let most = if is(NULL) > is(ZERO) { NULL } else { ZERO };
                most.to_owned()
            });
            kept.insert(name, usual);
        }
        Usual(kept)
    }

    fn of(&self, listed: &str) -> &str {
        self.0.get(listed).map_or(ZERO, String::as_str)
    }

    fn text(&self) -> String {
        let lines = listed_names().into_iter().map(|name| format!("{name} = {}\n", self.of(&name)));
        lines.collect()
    }
}

/// A golden file.
fn text(figures: &[Figure], usual: &Usual) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: &str| writeln!(text, "{what}{value}").expect("a string grows");
    for figure in figures.iter().filter(|figure| !figure.is_left_out()) {
        line(&format!("{} = ", figure.name), &figure.value);
    }
    let are = |what: &'static str| figures.iter().filter(move |figure| figure.value == what);
    for (what, begins) in UNUSUAL {
        let here: Vec<&str> = are(what)
            .filter(|figure| !figure.listed.is_empty() && usual.of(&figure.listed) != what)
            .map(|figure| figure.name.as_str())
            .collect();
        if !here.is_empty() {
            line(begins, &here.join("; "));
        }
    }
    text
}

/// What a golden file kept.
struct Kept<'t> {
    /// In the order of the file.
    values: Vec<(&'t str, &'t str)>,
    /// What a metric was, where `names.txt` says otherwise.
    unusual: BTreeMap<&'t str, &'static str>,
}

impl<'t> Kept<'t> {
    fn read(text: &'t str) -> Kept<'t> {
        let mut kept = Kept { values: Vec::new(), unusual: BTreeMap::new() };
        for line in text.lines() {
            let names = UNUSUAL.iter().find_map(|(what, begins)| Some((*what, line.strip_prefix(begins)?)));
            if let Some((what, names)) = names {
                kept.unusual.extend(names.split("; ").map(|name| (name, what)));
            } else if let Some((name, value)) = line.rsplit_once(" = ") {
                kept.values.push((name, value));
            }
        }
        kept
    }

    /// What a figure was.
    fn value<'k>(&'k self, figure: &Figure, usual: &'k Usual) -> &'k str {
        let value = self.values.iter().find(|(name, _)| *name == figure.name).map(|(_, value)| *value);
        let unusual = || self.unusual.get(figure.name.as_str()).copied();
        value.or_else(unusual).unwrap_or_else(|| usual.of(&figure.listed))
    }
}

/// Every figure that is not what the golden file says, a line each for then and now.
fn differences(golden: &str, figures: &[Figure], usual: &Usual) -> String {
    let kept = Kept::read(golden);
    let mut told = String::new();
    let mut tell = |line: String| writeln!(told, "{line}").expect("a string grows");
    for (name, value) in &kept.values {
        if !figures.iter().any(|figure| figure.name == *name) {
            tell(format!("- {name} = {value}"));
        }
    }
    for figure in figures {
        let then = kept.value(figure, usual);
        if then != figure.value {
            tell(format!("- {} = {then}\n+ {} = {}", figure.name, figure.name, figure.value));
        }
    }
    told
}

fn folder() -> PathBuf {
    support::root().join("tests/golden")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap_or_default()
}

/// The golden files that no scenario has.
fn orphans(runs: &[(String, Vec<Figure>)]) -> Vec<String> {
    let files =
        std::fs::read_dir(folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut files: Vec<String> = files.map(|name| name.to_string_lossy().into_owned()).collect();
    files.retain(|file| file != "names.txt" && !runs.iter().any(|(name, _)| *file == format!("{name}.txt")));
    files
}

fn bless(runs: &[(String, Vec<Figure>)]) {
    let write =
        |file: &str, text: &str| std::fs::write(folder().join(file), text).expect("it can be written");
    let usual = Usual::read(&read("names.txt")).with_new(runs);
    write("names.txt", &usual.text());
    for (name, figures) in runs {
        write(&format!("{name}.txt"), &text(figures, &usual));
    }
    for orphan in orphans(runs) {
        std::fs::remove_file(folder().join(orphan)).expect("it can be removed");
    }
}

#[test]
fn shipped_scenarios_give_the_figures_that_were_looked_at() {
    let run = |(name, scenario): (String, onsale::scenario::Scenario)| {
        let result = support::run_scenario(&scenario, &name, scenario.seed);
        (name, figures(&result))
    };
    let runs: Vec<(String, Vec<Figure>)> = support::shipped().into_iter().map(run).collect();
    if std::env::var_os("ONSALE_BLESS").is_some() {
        return bless(&runs);
    }
    let listed = read("names.txt");
    let usual = Usual::read(&listed);
    let mut wrong = String::new();
    for (name, figures) in &runs {
        let golden = read(&format!("{name}.txt"));
        if golden != text(figures, &usual) {
            let told = differences(&golden, figures, &usual);
            let told = match (golden.as_str(), told.as_str()) {
                ("", _) => "there is no such file\n",
                (_, "") => "the same lines, in another order\n",
                (_, told) => told,
            };
            wrong += &format!("\ntests/golden/{name}.txt (- golden, + now):\n{told}");
        }
    }
    for name in orphans(&runs) {
        wrong += &format!("\ntests/golden/{name} has no scenario\n");
    }
    if listed != usual.text() {
        let names = listed_names();
        let new = names.iter().filter(|name| !usual.0.contains_key(*name)).map(|name| format!("+ {name}\n"));
        let gone = usual.0.keys().filter(|name| !names.contains(name)).map(|name| format!("- {name}\n"));
        wrong += &format!("\ntests/golden/names.txt:\n{}", gone.chain(new).collect::<String>());
    }
    assert!(wrong.is_empty(), "ONSALE_BLESS=1 writes tests/golden anew\n{wrong}");
}

#[test]
fn a_difference_names_what_moved_between_a_number_0_and_null() {
    let figure = |name: &str, listed: &str, value: &str| Figure {
        name: name.to_owned(),
        listed: listed.to_owned(),
        value: value.to_owned(),
    };
    let of = |mean: &str, fans: &str, sold: &str, lost: &str| {
        vec![
            figure("events", "", "7"),
            figure("wait.mean", "wait.mean", mean),
            figure("wait.mean @ fans", "wait.mean @ cohort", fans),
            figure("sale.sold", "sale.sold", sold),
            figure("work.lost", "work.lost", lost),
        ]
    };
    let usual = Usual::read("wait.mean = null\nwait.mean @ cohort = null\nsale.sold = 0\nwork.lost = 0\n");
    let then = text(&of("null", "0", "3", "0"), &usual);
    assert_eq!(then, "events = 7\nsale.sold = 3\nusually null, here 0 = wait.mean @ fans\n");
    assert_eq!(differences(&then, &of("null", "0", "3", "0"), &usual), "");
    let moved = differences(&then, &of("0", "null", "0", "2.5"), &usual);
    let expected = "- wait.mean = null\n+ wait.mean = 0\n- wait.mean @ fans = 0\n+ wait.mean @ fans = null\n\
                    - sale.sold = 3\n+ sale.sold = 0\n- work.lost = 0\n+ work.lost = 2.5\n";
    assert_eq!(moved, expected);
}
