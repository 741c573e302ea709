//! What is read: the summary, the charts, the page and the CSV of one real run; of one whose metrics are all
//! undefined; and of one with hostile names.

use crate::support::svg::{check_texts, check_xml};
use onsale::experiment::{Run, result::RunResult, run_once};
use onsale::report::{self, Chart, Findings, Style};
use onsale::scenario::{Prepared, Scenario};
use std::ops::ControlFlow;
use std::sync::LazyLock;

mod told;

/// A sale in which much goes wrong: errors without CORS headers, lossy networks, too few servers, lost replies.
const SOURCE: &str = r#"{
  "about": { "title": "A rough sale", "description": "4,000 people want 400 seats from a house with holes." },
  "opens_at": "2m", "horizon": "40m",
  "crowd": [
    { "name": "desktop", "count": 1500, "reference": true,
      "arrivals": { "spike": { "jitter": { "log_normal": { "median": "2s", "p95": "20s" } } } },
      "patience": { "exponential": { "mean": "15m" } } },
    { "name": "mobile", "count": 1500, "network": "underground",
      "arrivals": { "spike": { "jitter": { "log_normal": { "median": "4s", "p95": "30s" } } } },
      "patience": { "exponential": { "mean": "15m" } }, "timeout": "10s" },
    { "name": "early", "count": 1000, "arrivals": { "lounge_fill": { "lead": { "exponential": { "mean": "40s" } } } },
      "patience": { "exponential": { "mean": "20m" } } }
  ],
  "network": [
    { "name": "underground", "up": { "log_normal": { "median": "200ms", "p95": "1s" } },
      "down": { "log_normal": { "median": "200ms", "p95": "1s" } }, "loss_up": 0.04, "loss_down": 0.04 }
  ],
  "edge": { "gateways": 1, "concurrency": 300, "upstream_timeout": "5s" },
  "waiting_room": { "policy": { "fifo": {} }, "total_active": 150, "new_per_minute": 120 },
  "services": {
    "inventory": { "servers": 4, "service": { "log_normal": { "median": "400ms", "p95": "2s" } }, "queue": 60 },
    "checkout": { "servers": 5, "service": { "log_normal": { "median": "700ms", "p95": "5s" } }, "queue": 40 }
  },
  "inventory": { "bands": [{ "name": "all", "seats": 400 }] },
  "payment": { "decline": 0.05, "lost_reply": 0.05 },
  "faults": [{ "at": "5m", "for": "3m", "payment_outage": {} }],
  "operator": [
    { "name": "trouble", "actions": [{ "pause": {} }, { "announce": { "word": "trouble", "reach": 0.6 } }],
      "trigger": { "when": { "signal": { "error_rate": { "above": 0.05 } }, "for": "30s" } } },
    { "name": "mended", "actions": [{ "resume": {} }], "trigger": { "after": { "rule": "trouble", "delay": "8m" } } }
  ]
}"#;

/// A sale in which nothing happens.
const CALM: &str = r#"{ "crowd": [{ "name": "fans", "count": 10, "arrivals": { "spike": {} } }],
  "inventory": { "bands": [{ "name": "all", "seats": 20 }] } }"#;

const COMMAND: &str = "onsale run rough-sale.json --seed 7";

fn run(source: &str) -> RunResult {
    let scenario =
        Scenario::parse(source, "rough-sale.json").unwrap_or_else(|told| panic!("{}", told.picture(false)));
    let prepared = Prepared::new(scenario, "rough-sale").expect("it makes sense");
    run_once(&prepared, Run::of_seed(7), &mut |_, _| ControlFlow::Continue(())).expect("nobody breaks it off")
}

/// A run of [`SOURCE`] with hand-made figures: what is written down here does not change with the model.
fn sample() -> &'static RunResult {
    static SAMPLE: LazyLock<RunResult> = LazyLock::new(|| told::told(run(SOURCE)));
    &SAMPLE
}

/// The sample with nothing to say: every metric null, no requests, no timeline.
fn undefined() -> RunResult {
    let mut result = sample().clone();
    result.metrics.iter_mut().for_each(|metric| metric.value = None);
    result.requests.clear();
    result.timeline.series.clear();
    result
}

/// The sample with no metrics at all, as a result of another version might be.
fn bare() -> RunResult {
    let mut result = undefined();
    result.metrics.clear();
    result
}

/// The sample with names that try to be markup, to move the cursor, and to run out of the picture.
fn hostile() -> RunResult {
    let names = [
        "<script>alert(1)</script>&\"'",
        "搶票的人們都來了搶票的人們都來了搶票的人們都來了",
        "a\u{1b}[2J,b\n\"c\"",
    ];
    let text = serde_json::to_string(sample()).unwrap();
    let mut result: RunResult = serde_json::from_str(&text).unwrap();
    let old: Vec<String> = result.cast.cohorts.iter().map(|cohort| cohort.name.clone()).collect();
    let renamed = |name: &mut String| {
        if let Some(at) = old.iter().position(|old| old == name) {
            *name = names[at].repeat(if at == 0 { 3 } else { 1 });
        }
    };
    result.cast.cohorts.iter_mut().for_each(|cohort| renamed(&mut cohort.name));
    result.metrics.iter_mut().filter_map(|metric| metric.cohort.as_mut()).for_each(renamed);
    result.timeline.series.iter_mut().filter_map(|series| series.cohort.as_mut()).for_each(renamed);
    result.scenario.about.title = String::from("</title><script>alert(2)</script>");
    result.scenario.about.description = String::from("<img src=x onerror=alert(3)>");
    result.scenario.about.sources = vec!["<a href=\"https://example.org/\">x</a>".to_owned()];
    result
}

fn all_kinds() -> Vec<(&'static str, RunResult)> {
    let no_line = SOURCE.replace("{ \"fifo\": {} }", "{ \"none\": {} }");
    vec![
        ("sample", sample().clone()),
        ("undefined", undefined()),
        ("bare", bare()),
        ("hostile", hostile()),
        ("no-line", run(&no_line)),
        ("many-cohorts", run(&many_cohorts())),
    ]
}

/// Twelve cohorts, one of them empty and one of a single person, and far more seats than people.
fn many_cohorts() -> String {
    let cohort = |n: u32| {
        let count = [0, 1, 3, 10, 20, 30, 40, 50, 60, 70, 80, 90][n as usize];
        format!(
            r#"{{ "name": "cohort number {n}", "count": {count}, "arrivals": {{ "poisson": {{ "per_second": 0.5 }} }} }}"#
        )
    };
    let crowd: Vec<String> = (0..12).map(cohort).collect();
    format!(
        r#"{{ "opens_at": "10s", "crowd": [{}], "inventory": {{ "bands": [{{ "name": "all", "seats": 1000 }}] }} }}"#,
        crowd.join(", ")
    )
}

fn page(result: &RunResult) -> String {
    report::run_page(result, &report::charts(result), SOURCE, COMMAND, report::WorstCases::default())
}

#[test]
fn the_summary_fits_a_screen_and_says_who_won_who_was_untold_and_what_the_load_was() {
    insta::assert_snapshot!(report::run_summary(sample(), Style::Plain));
}

#[test]
fn the_summary_of_undefined_metrics_has_dashes() {
    insta::assert_snapshot!(report::run_summary(&undefined(), Style::Plain));
}

#[test]
fn no_summary_is_wider_than_a_hundred_columns_or_longer_than_a_screen() {
    for (name, result) in all_kinds() {
        let text = report::run_summary(&result, Style::Plain);
        for line in text.lines() {
            let wide = line.chars().filter(|c| u32::from(*c) > 0x2E80).count();
            assert!(line.chars().count() + wide <= 100, "{name}: {line}");
        }
        assert!(text.lines().count() <= 36, "{name}: {} lines", text.lines().count());
        assert!(!text.contains('\u{1b}'), "{name}: no escapes without colour, whatever the names are");
        assert!(!text.contains("NaN"), "{name}");
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let painted = report::run_summary(sample(), Style::Colored);
    assert!(painted.contains("\u{1b}["));
    assert_eq!(
        anstream::adapter::strip_str(&painted).to_string(),
        report::run_summary(sample(), Style::Plain)
    );
}

#[test]
fn every_chart_is_sound_and_keeps_its_texts_inside() {
    for (name, result) in all_kinds() {
        for Chart { file_name, title, svg, .. } in report::charts(&result) {
            let name = format!("{name}/{file_name}");
            check_xml(&name, &svg);
            check_texts(&name, &svg);
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
            assert!(!title.is_empty() && svg.contains("<title>"), "{name}");
        }
    }
}

#[test]
fn a_run_with_a_timeline_has_all_charts_and_one_with_nothing_defined_has_none() {
    let names =
        |result: &RunResult| report::charts(result).into_iter().map(|c| c.file_name).collect::<Vec<_>>();
    assert_eq!(names(sample()), ["demand.svg", "belief.svg", "load.svg", "outcomes.svg", "line.svg"]);
    assert!(names(&undefined()).is_empty());
    assert!(names(&bare()).is_empty());
}

#[test]
fn the_page_needs_nothing_from_outside_and_runs_nothing() {
    for (name, result) in all_kinds() {
        let page = page(&result);
        for needle in ["<script", "<img", "<iframe", "<object", "<embed", "@import", "url(", "javascript:"] {
            assert!(!page.contains(needle), "{name}: {needle}");
        }
        for (at, _) in page.match_indices("href=\"").chain(page.match_indices("src=\"")) {
            let target = page[at..].split('"').nth(1).unwrap();
            assert!(target.starts_with('#') || target == "data:,", "{name}: {target}");
        }
        assert!(!page.contains("NaN"), "{name}");
    }
}

#[test]
fn the_page_says_the_findings_and_how_to_reproduce_the_run() {
    let page = page(sample());
    let findings = Findings::of(sample());
    let escaped = |text: &str| text.replace('\'', "&#39;").replace('<', "&#60;").replace('>', "&#62;");
    for (_, sentence) in findings.parts() {
        assert!(page.contains(&escaped(sentence)), "{sentence}");
    }
    assert!(page.contains(&escaped(&findings.headline)));
    assert!(page.contains(COMMAND) && page.contains(&sample().fingerprint));
    assert!(page.contains("underground"), "the scenario is in it");
    for (at, _) in page.match_indices("<svg") {
        assert!(page[at..].split('>').next().unwrap().contains("aria-label=\""), "every picture has a name");
    }
    for metric in &sample().metrics {
        assert!(page.contains(&metric.name), "{}", metric.name);
    }
}

#[test]
fn a_pause_is_told_with_its_reason_its_price_and_who_heard_of_it() {
    let paused = Findings::of(sample()).paused.expect("the sale was paused");
    for part in [
        "At T+5 min by rule “trouble”, because more than 5.0 % of all replies had been server errors (5xx) for 30 s",
        "The sale went on after 8 min.",
        "180 of 400 seats were sold, 61 of them in the 2 min since the first fault: ",
        "Of 2,500 persons affected 60.0 % were ever told what was going on: the first 12 s after the first fault",
    ] {
        assert!(paused.contains(part), "{part:?} is not in {paused:?}");
    }
    assert_eq!(Findings::of(&run(CALM)).paused, None);
}

#[test]
fn every_chart_over_time_names_what_happened() {
    let charts = report::charts(sample());
    for chart in charts.iter().filter(|chart| chart.file_name != "belief.svg") {
        for label in ["opened", "payment outage", "paused", "resumed"] {
            assert!(chart.svg.contains(label), "{label:?} is not in {}", chart.file_name);
        }
        assert!(chart.svg.contains("<desc>"), "{}", chart.file_name);
    }
}

#[test]
fn the_page_says_by_which_mechanism_people_were_left_untold_and_what_would_have_told_them() {
    let page = page(sample());
    for text in ["opaque error", "CORS headers on every error reply", "a slow backend", "deliberate silence"]
    {
        assert!(page.contains(text), "{text}");
    }
    let at = |id: &str| page.find(&format!("<h2 id=\"{id}\">")).unwrap_or_else(|| panic!("no section {id}"));
    let order = ["findings", "charts", "cohorts", "belief-table", "mechanisms", "timeouts", "reproduce"];
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])));
}

#[test]
fn what_is_undefined_is_a_dash_in_the_page_too() {
    let page = page(&undefined());
    assert!(page.contains("<td role=\"cell\" data-head=\"success\">–</td>"));
    assert!(!page.contains(">null<"));
}

#[test]
fn the_csv_has_one_column_a_series_and_one_row_a_window() {
    let text = report::csv(sample());
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(head[..3], ["time_us", "arrivals", "requests"]);
    assert!(head.contains(&"outcome.bought@mobile"));
    assert_eq!(head.len(), sample().timeline.series.len() + 1);
    let rows: Vec<Vec<f64>> =
        lines.map(|line| line.split(',').map(|field| field.parse().expect("a number")).collect()).collect();
    assert_eq!(rows.len(), sample().timeline.series[0].values.len());
    let arrived: f64 = rows.iter().map(|row| row[1]).sum();
    assert!((arrived - 4000.0).abs() < 0.5, "{arrived}");
    assert!(rows.windows(2).all(|pair| pair[0][0] < pair[1][0]));
}
