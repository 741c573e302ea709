//! What the scenario says a run must show, in whole runs: values, margins, instants, and lines that prove nothing.

use crate::support;
use onsale::engine::Time;
use onsale::experiment::observe;
use onsale::experiment::result::{Expectation, ExpectationVerdict, IfMissed, RunResult};
use onsale::metrics::{Metrics, names};
use onsale::protocol::{Fact, InstantQuery, Observer, PersonId};
use onsale::report::{self, Style};
use std::collections::BTreeSet;

/// A sale with a line, a lossy network, a gateway with limits, and a decline now and then.
const ROUGH: &str = r#"{
    "opens_at": "2m", "horizon": "32m",
    "crowd": [
        { "name": "early", "count": 150, "arrivals": { "lounge_fill": { "lead": { "exponential": { "mean": "40s" } } } } },
        { "name": "on the train", "count": 150, "network": "tunnel", "timeout": "4s", "wants": 2, "abandon": 0.1,
          "arrivals": { "spike": { "at": "90s", "jitter": { "exponential": { "mean": "20s" } } } },
          "patience": { "exponential": { "mean": "20m" } } }
    ],
    "network": [{ "name": "tunnel", "loss_up": 0.05, "loss_down": 0.05,
                  "up": { "log_normal": { "median": "200ms", "p95": "3s" } },
                  "down": { "log_normal": { "median": "200ms", "p95": "3s" } } }],
    "edge": { "concurrency": 40, "upstream_timeout": "2s" },
    "waiting_room": { "total_active": 30, "new_per_minute": 60, "grace": "25s", "turn_validity": "50s" },
    "services": { "checkout": { "servers": 2, "queue": 6, "service": { "log_normal": { "median": "700ms", "p95": "4s" } } } },
    "inventory": { "bands": [{ "name": "hall", "seats": 200 }] },
    "payment": { "decline": 0.1, "lost_reply": 0.1, "timeout": "5s" }
    EXPECT
}"#;

/// Nothing can go wrong here, and nobody is in a hurry.
const CALM: &str = r#"{
    "crowd": [
        { "name": "fans", "count": 20, "timeout": null, "network": "wire", "arrivals": { "spike": { "jitter": "1s" } } },
        { "name": "nobody", "count": 0, "arrivals": { "spike": {} } }
    ],
    "network": [{ "name": "wire", "up": "5ms", "down": "5ms" }],
    "edge": { "concurrency": null, "upstream_timeout": null },
    "inventory": { "bands": [{ "name": "hall", "seats": 50 }] }
    EXPECT
}"#;

fn text(scenario: &str, lines: &[&str]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("{line:?}")).collect();
    scenario.replace("EXPECT", &format!(r#", "expect": [{}]"#, lines.join(", ")))
}

fn run(scenario: &str, lines: &[&str]) -> RunResult {
    support::run(&text(scenario, lines), 3)
}

/// The one line, judged.
fn judged(scenario: &str, line: &str) -> Expectation {
    let [expectation] = run(scenario, &[line]).expectations.try_into().expect("one line, one verdict");
    expectation
}

#[track_caller]
fn check(scenario: &str, line: &str, verdict: ExpectationVerdict) {
    let judged = judged(scenario, line);
    assert_eq!(judged.verdict, verdict, "{judged:?}");
}

#[track_caller]
fn proves_nothing(scenario: &str, line: &str, because: &str) {
    let judged = judged(scenario, line);
    assert_eq!(judged.verdict, ExpectationVerdict::Vacuous, "{judged:?}");
    assert!(judged.proves_nothing.as_ref().is_some_and(|why| why.contains(because)), "{judged:?}");
    assert!(!judged.fails(), "a line that proves nothing fails nothing");
}

#[test]
fn each_operator_is_judged_with_the_value_on_the_sheet() {
    let sold = run(ROUGH, &[]).value("sale.sold").expect("seats are sold");
    let lines = [
        (format!("sale.sold == {sold}"), ExpectationVerdict::Met, 0.0),
        (format!("sale.sold != {sold}"), ExpectationVerdict::Missed, 0.0),
        (format!("sale.sold < {sold}"), ExpectationVerdict::Missed, 0.0),
        (format!("sale.sold <= {sold}"), ExpectationVerdict::Met, 0.0),
        (format!("sale.sold > {}", sold - 1.0), ExpectationVerdict::Met, 1.0),
        (format!("sale.sold >= {}", sold + 2.0), ExpectationVerdict::Missed, -2.0),
        (format!("sale.sold in {}..{}", sold - 5.0, sold + 3.0), ExpectationVerdict::Met, 3.0),
        (format!("sale.sold in 0..{}", sold - 4.0), ExpectationVerdict::Missed, -4.0),
    ];
    let texts: Vec<&str> = lines.iter().map(|(line, _, _)| line.as_str()).collect();
    let judged = run(ROUGH, &texts).expectations;
    for ((line, verdict, margin), judged) in lines.iter().zip(judged) {
        assert_eq!((&judged.line, judged.value), (line, Some(sold)));
        assert_eq!((judged.verdict, judged.margin), (*verdict, Some(*margin)), "{line}");
    }
}

#[test]
fn a_margin_keeps_every_digit() {
    let p95 = run(ROUGH, &[]).of_cohort("wait.p95", "on the train").expect("some were told their turn");
    let judged = judged(ROUGH, "wait.p95 @ cohort=on the train <= 40 min");
    assert_eq!((judged.value, judged.margin), (Some(p95), Some(2400.0 - p95)));
    assert_eq!((judged.cohort.as_deref(), judged.limits.as_slice()), (Some("on the train"), &[2400.0][..]));
}

#[test]
fn expecting_something_changes_nothing_of_the_sale() {
    let (without, with) =
        (run(ROUGH, &[]), run(ROUGH, &["sale.sold @ t=1m >= 1", "load.requests @ t=1m >= 1"]));
    assert_eq!((with.fingerprint, with.events), (without.fingerprint, without.events));
    assert_eq!(with.metrics, without.metrics);
    assert_eq!(with.timeline, without.timeline);
}

/// Keeps the instants of what it hears.
#[derive(Default)]
struct Instants {
    sold: Vec<(Time, PersonId)>,
    sent: Vec<Time>,
}

impl Observer for Instants {
    fn hear(&mut self, at: Time, fact: &Fact) {
        match *fact {
            Fact::SeatSold { who, .. } => self.sold.push((at, who.person)),
            Fact::Sent { .. } => self.sent.push(at),
            Fact::Polled { up, .. } => self.sent.push(at - up),
            _ => {}
        }
    }
}

#[test]
fn a_count_at_an_instant_is_exact_to_the_microsecond() {
    let scenario = support::scenario(&text(ROUGH, &[]));
    let heard = observe(support::plan(&scenario), 3, Instants::default()).observer;
    let opens_at = support::plan(&scenario).roster.opens_at;
    let mut times: Vec<Time> = heard.sold.iter().map(|(at, _)| *at).collect();
    times.sort_unstable();
    let middle = times[times.len() / 2].as_us() - opens_at.as_us();
    let mut lines = Vec::new();
    let mut expected = Vec::new();
    for after_us in [0, 1_000_000, middle - 1, middle, middle + 1, 30 * 60 * 1_000_000] {
        let until = Time::from_us(opens_at.as_us() + after_us);
        let sold = heard.sold.iter().filter(|(at, _)| *at <= until);
        let buyers: BTreeSet<PersonId> = sold.clone().map(|(_, person)| *person).collect();
        let train = sold.clone().filter(|(_, person)| person.0 >= 150).count();
        let sent = heard.sent.iter().filter(|at| **at <= until).count();
        for (metric, count) in [
            (format!("sale.sold @ t={after_us}us"), sold.count()),
            (format!("sale.sold @ cohort=on the train @ t={after_us}us"), train),
            (format!("sale.buyers @ t={after_us}us"), buyers.len()),
            (format!("load.requests @ t={after_us}us"), sent),
        ] {
            lines.push(format!("{metric} == {count}"));
            expected.push((after_us, count as f64));
        }
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    for (judged, (after_us, count)) in run(ROUGH, &lines).expectations.iter().zip(expected) {
        assert_eq!((judged.value, judged.after_opening_us), (Some(count), Some(after_us)), "{}", judged.line);
        assert_eq!(judged.verdict, ExpectationVerdict::Met, "{}", judged.line);
    }
}

#[test]
fn whatever_is_known_at_an_instant_ends_at_its_value_on_the_sheet() {
    let plan = support::plan(&support::scenario(&text(ROUGH, &[])));
    let mut roster = plan.roster.clone();
    let question = |metric| InstantQuery { metric, cohort: None, until: Time::MAX };
    roster.instant_queries = names::known_at_instants().map(question).collect();
    let sheet = observe(plan, 3, Metrics::new(&roster)).observer.finish();
    let mut happened = 0;
    for (question, answer) in roster.instant_queries.iter().zip(&sheet.answers) {
        let whole = |value: &&onsale::metrics::Value| value.name == question.metric && value.cohort.is_none();
        let value = sheet.values.iter().find(whole).expect("it is on the sheet").value;
        assert_eq!(value, Some(*answer as f64), "{}", question.metric);
        happened += u32::from(*answer > 0);
    }
    assert!(
        happened >= 18,
        "of {} counts only {happened} had something to count",
        roster.instant_queries.len()
    );
}

#[test]
fn what_could_not_have_happened_proves_nothing() {
    proves_nothing(CALM, "timeouts.gateway_504 == 0", "no requests forwarded behind a gateway's timer");
    proves_nothing(
        CALM,
        "timeouts.gateway_504 @ t=1h == 0",
        "no requests forwarded behind a gateway's timer",
    );
    proves_nothing(CALM, "refusals.gateway_503 <= 5 replies", "no requests to a gateway that answers 503");
    proves_nothing(CALM, "refusals.station_503 == 0", "no requests to a station that may refuse");
    proves_nothing(CALM, "timeouts.client == 0", "no requests of clients with a timeout");
    proves_nothing(CALM, "requests.lost_up == 0", "no requests over a network that loses some");
    proves_nothing(CALM, "sale.declines == 0", "no payments that could be declined");
    proves_nothing(CALM, "refusals.502 == 0", "no requests that could need a service out of reach");
    proves_nothing(CALM, "refusals.503 == 0", "no requests to anybody who answers 503");
    proves_nothing(CALM, "requests.closed == 0", "no requests to a gateway that closes connections");
    proves_nothing(CALM, "requests.silenced == 0", "no requests to anybody who refuses by silence");
    proves_nothing(CALM, "line.evictions @ cohort=fans == 0", "no persons in a line that takes anybody out");
    proves_nothing(CALM, "inside.dropped == 0", "no persons whose pages send beacons");
    proves_nothing(CALM, "sale.no_shows == 0", "no turns");
    proves_nothing(CALM, "silent.table.ghost_purchase @ cohort=nobody == 0", "nothing that it could count");
    let cut_off =
        r#", "faults": [{ "at": "30m", "for": "1m", "partition": { "networks": ["wire"] } }] EXPECT"#;
    for line in ["requests.lost_up == 0", "requests.lost_down == 0"] {
        check(&CALM.replace("EXPECT", cut_off), line, ExpectationVerdict::Met);
    }
    let no_timer_fires = ROUGH.replace(r#""upstream_timeout": "2s""#, r#""upstream_timeout": "10m""#);
    check(&no_timer_fires, "timeouts.gateway_504 == 0", ExpectationVerdict::Met);
}

#[test]
fn where_nobody_paid_payments_prove_nothing() {
    let nobody_pays = CALM.replace(r#""timeout": null"#, r#""timeout": null, "abandon": 1"#);
    for line in
        ["timeouts.payment_504 == 0", "sale.duplicate_charges == 0", "sale.charged_without_ticket == 0"]
    {
        check(&nobody_pays, line, ExpectationVerdict::Vacuous);
        check(CALM, line, ExpectationVerdict::Met);
    }
    proves_nothing(&nobody_pays, "sale.payment_replies_lost == 0", "there were no payments");
    proves_nothing(&nobody_pays, "sale.oversold == 0", "there were no seats sold");
}

#[test]
fn what_has_no_value_proves_nothing() {
    proves_nothing(CALM, "wait.p95 @ cohort=nobody <= 40 min", "nothing to compute it from");
    proves_nothing(CALM, "fairness.success @ cohort=nobody >= 0.5", "nothing to compute it from");
    proves_nothing(CALM, "wait.p95 @ cohort=nobody > 40 min", "undefined");
}

#[test]
fn a_limit_from_below_on_what_cannot_happen_is_missed_and_not_excused() {
    check(CALM, "timeouts.gateway_504 >= 1", ExpectationVerdict::Missed);
    check(CALM, "sale.turns > 0", ExpectationVerdict::Missed);
    assert!(judged(CALM, "timeouts.gateway_504 >= 1").fails());
}

#[test]
fn never_is_later_than_any_limit() {
    for (line, verdict) in [
        ("sale.sold_out_at <= 1 h", ExpectationVerdict::Missed),
        ("sale.sold_out_at >= 1 h", ExpectationVerdict::Met),
        ("sale.time_to_none_free != 5 min", ExpectationVerdict::Met),
        ("sale.time_to_99 in 0 s..2 h", ExpectationVerdict::Missed),
    ] {
        let judged = judged(CALM, line);
        assert_eq!((judged.verdict, judged.value, judged.margin), (verdict, None, None), "{line}");
    }
}

#[test]
fn a_result_reads_back_and_its_scenario_expects_the_same() {
    let lines =
        r#", "expect": ["sale.oversold == 0", { "fail": "sale.sold >= 1" }, { "warn": "sale.sold>=1,000" }]"#;
    let result = support::run(&CALM.replace("EXPECT", lines), 1);
    let verdicts: Vec<(ExpectationVerdict, bool)> =
        result.expectations.iter().map(|line| (line.verdict, line.fails())).collect();
    assert_eq!(
        verdicts,
        [
            (ExpectationVerdict::Met, false),
            (ExpectationVerdict::Met, false),
            (ExpectationVerdict::Missed, false)
        ]
    );
    assert_eq!(result.expectations[2].line, "sale.sold >= 1000");
    let again: RunResult = serde_json::from_str(&result.to_json()).expect("a result reads back");
    assert_eq!(again, result);
    assert_eq!(support::scenario(&result.scenario.expanded()), result.scenario);
}

/// A result with hand-made verdicts, one of each kind; some lines are long.
fn of_every_kind() -> RunResult {
    let mut result = run(CALM, &[]);
    let line =
        |line: &str, unit: &str, value: Option<f64>, limit: f64, verdict: ExpectationVerdict| Expectation {
            line: line.to_owned(),
            if_missed: IfMissed::Fail,
            metric: String::new(),
            cohort: None,
            station: None,
            after_opening_us: None,
            unit: unit.to_owned(),
            value,
            n: None,
            comparison: "<=".to_owned(),
            limits: vec![limit],
            margin: value.map(|value| limit - value),
            verdict,
            proves_nothing: (verdict == ExpectationVerdict::Vacuous)
                .then(|| "there were no requests to a gateway".to_owned()),
        };
    result.expectations = vec![
        line("silent.failure_rate <= 0.5 %", "1", Some(1.0 / 3e2), 0.005, ExpectationVerdict::Met),
        line(
            "wait.p95 @ cohort=on the train <= 40 min",
            "s",
            Some(2_400.000_001),
            2400.0,
            ExpectationVerdict::Missed,
        ),
        Expectation {
            if_missed: IfMissed::Warn,
            ..line("sale.sold <= 3000", "seats", Some(3812.0), 3000.0, ExpectationVerdict::Missed)
        },
        line("sale.sold_out_at <= 1 h", "s", None, 3600.0, ExpectationVerdict::Missed),
        line("refusals.gateway_503 <= 0", "replies", Some(0.0), 0.0, ExpectationVerdict::Vacuous),
        line(
            &format!("wait.p95 @ cohort='{}' <= 1 s", "slow, ".repeat(9)),
            "s",
            Some(0.5),
            1.0,
            ExpectationVerdict::Met,
        ),
        line(
            &format!("wait.p50 @ cohort='{}' <= 1 s", "搶票的人們".repeat(12)),
            "s",
            None,
            1.0,
            ExpectationVerdict::Vacuous,
        ),
    ];
    result
}

/// What stands on the first screen between the title and the findings.
fn expected_on_screen(result: &RunResult, style: Style) -> String {
    let screen = report::run_summary(result, style);
    screen.split("\n\n").nth(1).expect("the second paragraph").to_owned()
}

#[test]
fn what_was_expected_stands_first_and_aligned() {
    let shown = expected_on_screen(&of_every_kind(), Style::Plain);
    for line in shown.lines() {
        let wide = line.chars().filter(|c| u32::from(*c) > 0x2E80).count();
        assert!(line.chars().count() + wide <= 100, "{line}");
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_marks_of_what_was_expected_have_colours_and_no_other_part_changes() {
    let result = of_every_kind();
    let (plain, colored) =
        (expected_on_screen(&result, Style::Plain), expected_on_screen(&result, Style::Colored));
    for mark in ["\u{1b}[32m✓", "\u{1b}[31m✗", "\u{1b}[33m!", "\u{1b}[2m?"] {
        assert!(colored.contains(mark), "{mark:?} in {colored:?}");
    }
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}
