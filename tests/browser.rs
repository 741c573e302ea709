//! The pages, of a run and of a comparison, in a real browser: nothing sticks out sideways, everything is there without JavaScript, and light and dark
//! are both drawn, on a telephone and on a wide screen.
//!
//! The tests need Chromium, so that `cargo test` alone leaves them out and says so. `.ci/run` runs them; by hand:
//!
//! ```text
//! ONSALE_BROWSER=/usr/bin/chromium cargo test --test suite browser:: -- --ignored
//! ```
//!
//! The page stands in a frame of the width in question, because a window cannot be made narrower than 500 pixels. The
//! frame is sandboxed: no script of the page could run. The document around it measures.

use crate::support;
use onsale::experiment::compare::{Candidate, Comparison};
use onsale::experiment::plane::Place;
use onsale::experiment::replicate::{Replications, Row};
use onsale::experiment::result::{Buyers, RunResult, Value};
use onsale::experiment::{Run, run_with_buyers};
use onsale::report;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

/// A sale with a pause, faults, errors, silence, words that are hard to escape, and one expectation of each kind.
const SOURCE: &str = r#"{
  "about": { "title": "A paused evening <&>", "description": "\"Quoted\" & <b>bold</b>, 搶票." },
  "opens_at": "2m", "horizon": "40m",
  "crowd": [
    { "name": "desktop", "count": 700, "reference": true, "patience": { "exponential": { "mean": "20m" } },
      "arrivals": { "lounge_fill": { "lead": { "exponential": { "mean": "40s" } } } } },
    { "name": "mobile in a <tunnel>", "count": 800, "network": "train", "timeout": "10s",
      "patience": { "exponential": { "mean": "15m" } },
      "arrivals": { "spike": { "at": "1m50s", "jitter": { "log_normal": { "median": "4s", "p95": "30s" } } } } }
  ],
  "network": [{ "name": "train", "up": { "log_normal": { "median": "90ms", "p95": "600ms" } }, "loss_up": 0.03,
                "down": { "log_normal": { "median": "90ms", "p95": "600ms" } }, "loss_down": 0.03 }],
  "edge": { "gateways": 1, "concurrency": 200, "upstream_timeout": "4s" },
  "waiting_room": { "policy": { "fifo": {} }, "total_active": 120, "new_per_minute": 120 },
  "services": {
    "inventory": { "servers": 4, "service": { "log_normal": { "median": "400ms", "p95": "2s" } }, "queue": 60 },
    "checkout": { "servers": 4, "service": { "log_normal": { "median": "700ms", "p95": "5s" } }, "queue": 40 }
  },
  "inventory": { "bands": [{ "name": "all", "seats": 200 }] },
  "payment": { "decline": 0.05, "lost_reply": 0.05 },
  "operator": [
    { "name": "trouble", "trigger": { "at": "4m" },
      "actions": [{ "pause": {} }, { "announce": { "word": "paused", "reach": 0.4, "on_page": true } }] },
    { "name": "mended", "trigger": { "after": { "rule": "trouble", "delay": "5m" } }, "actions": [{ "resume": {} }] }
  ],
  "faults": [{ "at": "3m30s", "for": "1m", "payment_outage": {} },
             { "at": "150s", "for": "3m", "loss_burst": { "networks": ["train"], "up": 0.2 } }],
  "expect": ["sale.oversold == 0", "silent.failure_rate <= 0.1 %", "sale.sold @ t=5m in 1..50",
             "wait.p95 @ cohort=desktop <= 40 min"]
}"#;

const COMMAND: &str = "onsale run paused-evening.json --seed 7 --out 'a folder'";

const WIDTHS: [u32; 2] = [400, 1600];

/// A theme, and the number by which Chromium knows it.
const THEMES: [(Theme, &str); 2] = [(Theme::Dark, "0"), (Theme::Light, "1")];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Dark,
    Light,
}

/// What one run of the sale leaves to read.
struct Report {
    page: String,
    sentences: Vec<String>,
    lines: Vec<String>,
}

static REPORT: LazyLock<Report> = LazyLock::new(|| {
    let result = support::run(SOURCE, 7);
    assert!(result.value("silent.failure_rate") > Some(0.0), "somebody is told nothing");
    let findings = report::Findings::of(&result);
    let mut sentences: Vec<String> = findings.parts().iter().map(|part| part.1.to_owned()).collect();
    assert_eq!(sentences.len(), 4, "the sale was paused");
    sentences.push(findings.headline);
    let lines = result.expectations.iter().map(|expectation| expectation.line.clone()).collect();
    let page =
        report::run_page(&result, &report::charts(&result), SOURCE, COMMAND, report::WorstCases::default());
    Report { page, sentences, lines }
});

const COMPARE: &str =
    "onsale compare paused-evening.json --set operator=[] --policy prequeue_shuffle --seeds 1..3";

/// The page of a comparison of the sale with a shuffled one, and one without its operator; and its sentences.
static COMPARED: LazyLock<(String, Vec<String>)> = LazyLock::new(|| {
    let shuffled = SOURCE.replace("{ \"fifo\": {} }", "{ \"prequeue_shuffle\": {} }");
    let mut alone: Json = serde_json::from_str(SOURCE).expect("it is JSON");
    alone["operator"] = json!([]);
    let candidates = vec![
        candidate("as written", SOURCE, 0.15),
        candidate("prequeue_shuffle", &shuffled, 0.9),
        candidate("operator=[], and a label that goes on & on <for> ever", &alone.to_string(), 0.16),
    ];
    let comparison = Comparison::of(candidates);
    let others = comparison.variants[1..].iter().zip(&comparison.against);
    let sentences =
        others.map(|(variant, against)| report::comparison_sentence(&comparison, &variant.label, against));
    let charts = report::ComparisonCharts::of(&comparison);
    (report::comparison_page(&comparison, &charts, COMPARE), sentences.collect())
});

fn candidate(label: &str, source: &str, jain: f64) -> Candidate {
    let prepared = support::prepared(&support::scenario(source), "test");
    let run = |seed| {
        run_with_buyers(&prepared, Run::of_seed(seed), &mut |_, _| ControlFlow::Continue(()))
            .expect("nobody breaks it off")
    };
    // So few people are refused for lack of stock that envy is undefined; it is made up, so that the plane is drawn.
    let made = |(mut result, buyers): (RunResult, Buyers)| {
        let is_envy = |metric: &&mut Value| metric.name == "fairness.envy" && metric.cohort.is_none();
        result.metrics.iter_mut().find(is_envy).expect("there is envy").value = Some(jain / 2.0);
        (Row::from(result), buyers)
    };
    let (rows, buyers) = (1..=3).map(run).map(made).unzip();
    let place = Some(Place { ex_ante_jain: Some(jain), throws: 20 });
    Candidate { label: label.to_owned(), place, runs: Replications::of(&prepared, rows), buyers }
}

fn browser() -> PathBuf {
    let path = std::env::var_os("ONSALE_BROWSER").expect("ONSALE_BROWSER is the path of Chromium");
    PathBuf::from(path)
}

/// Runs the browser on a file and returns what it wrote to the standard output.
fn browse(file: &Path, theme: &str, options: &[String]) -> String {
    const LOOK: Duration = Duration::from_millis(50);
    const LOOKS: u32 = 2400;
    let profile = tempfile::tempdir().expect("a folder for the profile");
    let output = tempfile::NamedTempFile::new().expect("a file for the output");
    let mut browser = Command::new(browser())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--hide-scrollbars", &format!("--blink-settings=preferredColorScheme={theme}")])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(options)
        .arg(format!("file://{}", file.display()))
        .stdout(output.reopen().expect("the output can be written"))
        .stderr(Stdio::null())
        .spawn()
        .expect("ONSALE_BROWSER can be started");
    let mut looks = 0;
    while browser.try_wait().expect("it can be waited for").is_none() {
        if looks == LOOKS {
            let _ = browser.kill();
            panic!("the browser did not end within {} s", (LOOK * LOOKS).as_secs());
        }
        looks += 1;
        std::thread::sleep(LOOK);
    }
    std::fs::read_to_string(output.path()).expect("the output is text")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// A document that shows the page in a frame of this width and writes down what it measures.
fn around(page: &str, width: u32, height: u32) -> String {
    let source = serde_json::to_string(SOURCE).unwrap().replace('<', "\\u003c");
    format!(
        r##"<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<style>body {{ margin: 0 }} iframe {{ border: 0; display: block; width: {width}px; height: {height}px }}</style>
<iframe id="frame" sandbox="allow-same-origin" srcdoc="{page}"></iframe><pre id="measured"></pre>
<script>frame.onload = () => {{
  const inner = frame.contentDocument, root = inner.documentElement, view = frame.contentWindow
  const all = selector => [...inner.querySelectorAll(selector)]
  const scrolls = element => element && (element.matches(".scroll, pre") || scrolls(element.parentElement))
  const outside = element => element.getBoundingClientRect().right > view.innerWidth + 0.5 && !scrolls(element)
  measured.textContent = JSON.stringify({{
    width: view.innerWidth, needed: root.scrollWidth, dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    outside: all("body *").filter(outside).map(element => element.outerHTML.slice(0, 100)),
    shown: inner.body.innerText, scenario_is_whole: all("#scenario pre").some(pre => pre.textContent === {source}),
    headings: all("h1, h2, h3").map(heading => heading.tagName), landmarks: all("header, main, footer").length,
    unnamed: all("svg").filter(svg => !svg.querySelector("title") || !svg.querySelector("desc")).length,
    order: all("h2").map(heading => heading.id)
  }})
}}</script>"##,
        page = escaped(page),
    )
}

/// What the document around the page measured.
fn measured(page: &str, theme: &str, width: u32) -> Json {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("around.html");
    std::fs::write(&file, around(page, width, 1000)).expect("it can be written");
    let dumped = browse(&file, theme, &["--window-size=1700,1200".to_owned(), "--dump-dom".to_owned()]);
    let text = dumped.split("<pre id=\"measured\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let text = text.expect("the browser dumped the document").replace("&lt;", "<").replace("&gt;", ">");
    serde_json::from_str(&text.replace("&nbsp;", " ").replace("&amp;", "&")).expect("it measured something")
}

#[test]
#[ignore = "needs Chromium: ONSALE_BROWSER=/usr/bin/chromium cargo test --test suite browser:: -- --ignored"]
fn nothing_sticks_out_sideways_on_a_telephone_and_on_a_wide_screen() {
    for (theme, number) in THEMES {
        for width in WIDTHS {
            for page in [&REPORT.page, &COMPARED.0] {
                let measured = measured(page, number, width);
                assert_eq!(measured["width"], width, "the frame is as wide as it should be");
                assert_eq!(measured["dark"], theme == Theme::Dark, "the browser prefers {theme:?}");
                let needed = measured["needed"].as_u64().expect("a width");
                assert!(needed <= u64::from(width), "{needed} pixels of {width}: {}", measured["outside"]);
                assert_eq!(measured["outside"], json!([]), "{width}");
            }
        }
    }
}

#[test]
#[ignore = "needs Chromium: ONSALE_BROWSER=/usr/bin/chromium cargo test --test suite browser:: -- --ignored"]
fn expectations_findings_and_scenario_can_be_read_without_scripts() {
    for width in WIDTHS {
        let measured = measured(&REPORT.page, "1", width);
        let shown = measured["shown"].as_str().expect("a text");
        for text in REPORT.sentences.iter().chain(&REPORT.lines).map(String::as_str).chain([COMMAND]) {
            assert!(shown.contains(text), "{width}: {text:?} is not in\n{shown}");
        }
        assert_eq!(measured["scenario_is_whole"], true);
        let order: Vec<&str> =
            measured["order"].as_array().unwrap().iter().filter_map(Json::as_str).collect();
        assert_eq!(order[..5], ["expectations", "findings", "charts", "cohorts", "belief-table"]);
        let headings = measured["headings"].as_array().unwrap();
        assert_eq!(headings.iter().filter(|heading| *heading == "H1").count(), 1);
        assert_eq!(headings[0], "H1");
        assert_eq!(measured["landmarks"], 3);
        assert_eq!(measured["unnamed"], 0, "every chart says what it is");
    }
}

#[test]
#[ignore = "needs Chromium: ONSALE_BROWSER=/usr/bin/chromium cargo test --test suite browser:: -- --ignored"]
fn the_sentences_and_the_command_of_a_comparison_can_be_read_without_scripts() {
    for width in WIDTHS {
        let measured = measured(&COMPARED.0, "1", width);
        let shown = measured["shown"].as_str().expect("a text").replace('\u{a0}', " ");
        for text in COMPARED.1.iter().map(String::as_str).chain([COMPARE, "waiting_room.policy"]) {
            assert!(shown.contains(text), "{width}: {text:?} is not in\n{shown}");
        }
        let order = ["variant-1", "variant-2", "principles", "changed", "reproduce"];
        assert_eq!(measured["order"], json!(order));
        let headings = measured["headings"].as_array().unwrap();
        assert_eq!(headings.iter().filter(|heading| *heading == "H1").count(), 1);
        assert_eq!(headings[0], "H1");
        assert_eq!(measured["landmarks"], 3);
        assert_eq!(measured["unnamed"], 0, "every chart says what it is");
    }
}

/// What a picture looks like: its mean brightness, 0 to 1, and how many colours it has.
fn looks(file: &Path) -> (f64, usize) {
    let file = std::io::BufReader::new(std::fs::File::open(file).expect("the browser took a picture"));
    let mut reader = png::Decoder::new(file).read_info().expect("it is a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it fits into memory")];
    let info = reader.next_frame(&mut pixels).expect("it can be read");
    let pixels: Vec<&[u8]> =
        pixels.chunks_exact(info.color_type.samples()).map(|pixel| &pixel[..3]).collect();
    let sum: u64 = pixels.iter().flat_map(|pixel| pixel.iter()).map(|value| u64::from(*value)).sum();
    let colors: BTreeSet<&[u8]> = pixels.iter().copied().collect();
    (sum as f64 / (pixels.len() * 3 * 255) as f64, colors.len())
}

#[test]
#[ignore = "needs Chromium: ONSALE_BROWSER=/usr/bin/chromium cargo test --test suite browser:: -- --ignored"]
fn light_and_dark_are_drawn_and_differ() {
    for page in [&REPORT.page, &COMPARED.0] {
        for width in WIDTHS {
            check_looks(page, width);
        }
    }
}

fn check_looks(page: &str, width: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    // A window cannot be narrower than 500 pixels.
    let file = folder.path().join("around.html");
    std::fs::write(&file, around(page, width.max(500), 3000)).expect("it can be written");
    for (theme, number) in THEMES {
        let picture = folder.path().join(format!("{theme:?}.png"));
        let options =
            [format!("--window-size={},3000", width.max(500)), format!("--screenshot={}", picture.display())];
        browse(&file, number, &options);
        let (brightness, colors) = looks(&picture);
        assert!(colors > 100, "{width} {theme:?}: {colors} colours are no report");
        let as_it_should_be = if theme == Theme::Dark { 0.05..0.35 } else { 0.8..0.99 };
        assert!(as_it_should_be.contains(&brightness), "{width} {theme:?}: brightness {brightness}");
    }
}
