//! What happened to the sale as a whole, read from the log of a result: marks for the charts over time, and pauses with
//! the reason that the operator's rule gives. The log is in words, `RULE: what was done`; the reason is in the scenario.

use super::formatting::{count, duration, percent};
use super::readings::opens_at;
use crate::experiment::result::operator::{CountBound, Rule, ShareBound, Signal, Trigger};
use crate::experiment::result::{RunResult, faults};
use crate::metrics::names;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The sale opened, or closed.
    Sale,
    /// The last seat was sold.
    SoldOut,
    /// The operator paused the sale.
    Paused,
    /// The operator let it go on.
    Resumed,
    /// The fault of this number, counted from 1, began.
    FaultBegan(usize),
    /// It ended.
    FaultEnded(usize),
    /// The operator did something else, or somebody was told something.
    Other,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// When, in seconds after the opening.
    pub at: f64,
    /// Its kind.
    pub what: What,
    /// In a word or two, for a chart.
    pub label: String,
    /// In a sentence without its full stop.
    pub words: String,
}

/// A stretch of time in which the sale was paused, or something was broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spell {
    /// How it began: [`What::Paused`] or [`What::FaultBegan`].
    pub what: What,
    /// Its beginning, in seconds after the opening.
    pub from: f64,
    /// Its end; `None`: it never ended.
    pub to: Option<f64>,
}

/// One pause.
pub(super) struct Pause {
    /// When it began, in seconds after the opening.
    pub at: f64,
    /// When the sale went on; `None`: it never did.
    pub until: Option<f64>,
    /// Why, as a clause: the rule that acted and what it had waited for.
    pub why: String,
}

/// Everything in the log, and the instant at which the sale sold out, in order of time.
pub(super) fn marks(result: &RunResult) -> Vec<Mark> {
    let opens_at = opens_at(result);
    let mut marks: Vec<Mark> = result
        .log
        .iter()
        .map(|entry| mark(result, entry.at_us as f64 / 1e6 - opens_at, &entry.what))
        .collect();
    if let Some(at) = result.value(names::SALE_SOLD_OUT_AT) {
        let words = "the last seat is sold".to_owned();
        marks.push(Mark { at, what: What::SoldOut, label: "sold out".to_owned(), words });
    }
    marks.sort_by(|a, b| a.at.total_cmp(&b.at));
    marks
}

fn mark(result: &RunResult, at: f64, text: &str) -> Mark {
    let said = |what, label: &str, words: String| Mark { at, what, label: label.to_owned(), words };
    if let Some(rule) = text.strip_suffix(": pause") {
        return said(What::Paused, "paused", format!("the sale is paused: {}", why(result, rule)));
    }
    if let Some(rule) = text.strip_suffix(": resume") {
        return said(What::Resumed, "resumed", format!("the sale goes on: {}", why(result, rule)));
    }
    if let Some((number, fault)) = text.strip_suffix(" begins").and_then(|name| fault(result, name, at)) {
        return said(What::FaultBegan(number), &fault, format!("fault {number} begins: {fault}"));
    }
    if let Some((number, fault)) = text.strip_suffix(" ends").and_then(|name| fault(result, name, at)) {
        let label = format!("{fault} ends");
        return said(What::FaultEnded(number), &label, format!("fault {number} ends: {fault}"));
    }
    let (what, label) = match text {
        "the sale opens" => (What::Sale, "opened"),
        "the sale closes" => (What::Sale, "closed"),
        _ => (What::Other, act(text)),
    };
    said(what, label, text.to_owned())
}

/// The fault of this name that begins or ends at this time: its number, counted from 1, and what it is in a word or two.
fn fault(result: &RunResult, name: &str, at: f64) -> Option<(usize, String)> {
    let now_us = ((at + opens_at(result)) * 1e6).round() as u64;
    let meant = |fault: &faults::Fault| {
        let (begins, ends) = (fault.at.as_us(), fault.at.as_us() + fault.r#for.as_us());
        fault.name() == name && (begins == now_us || ends == now_us)
    };
    let (at, fault) = result.scenario.faults.iter().enumerate().find(|(_, fault)| meant(fault))?;
    Some((at + 1, fault.label()?))
}

/// What was done, without the name of the rule that did it; announcements in the word that they were.
fn act(text: &str) -> &str {
    const ACTS: [(&str, &str); 8] = [
        (": close to newcomers", "no newcomers"),
        (": change outflow", "outflow changed"),
        (": announce that the sale is paused", "said: paused"),
        (": announce that the sale goes on", "said: it goes on"),
        (": announce: do not refresh", "said: do not refresh"),
        (": announce: keep trying", "said: keep trying"),
        (": announce that nobody new is let in", "said: no newcomers"),
        (": announce that there is trouble", "said: trouble"),
    ];
    if text.starts_with("the line is told") {
        return "line told";
    }
    ACTS.iter().find(|(end, _)| text.ends_with(end)).map_or(text, |(_, label)| label)
}

/// The stretches in which the sale was paused or something was broken, in order of their beginnings.
pub(super) fn spells(marks: &[Mark]) -> Vec<Spell> {
    let begun = marks.iter().enumerate().filter_map(|(at, mark)| {
        let end = match mark.what {
            What::Paused => What::Resumed,
            What::FaultBegan(number) => What::FaultEnded(number),
            _ => return None,
        };
        let to = marks[at + 1..].iter().find(|later| later.what == end).map(|later| later.at);
        Some(Spell { what: mark.what, from: mark.at, to })
    });
    begun.collect()
}

/// The pauses. A sale that is paused is not paused again.
pub(super) fn pauses(result: &RunResult) -> Vec<Pause> {
    let marks = marks(result);
    let mut pauses: Vec<Pause> = Vec::new();
    for mark in marks {
        let is_open = pauses.last().is_some_and(|pause| pause.until.is_none());
        match mark.what {
            What::Paused if !is_open => {
                let why = mark.words.trim_start_matches("the sale is paused: ").to_owned();
                pauses.push(Pause { at: mark.at, until: None, why });
            }
            What::Resumed if is_open => pauses.last_mut().expect("one is open").until = Some(mark.at),
            _ => {}
        }
    }
    pauses
}

/// How many seats had been sold before an instant, as far as the windows of the timeline tell: a number, and whether it
/// is exact.
pub(super) fn sold_by(result: &RunResult, at: f64) -> Option<(f64, bool)> {
    let values = &result.series(names::series::SOLD)?.values;
    let window = result.timeline.window_us as f64 / 1e6;
    let start = result.timeline.start_us as f64 / 1e6 - opens_at(result);
    let within = ((at - start) / window).floor().max(0.0) as usize;
    let before = if within == 0 { 0.0 } else { *values.get(within - 1).or(values.last())? };
    let after = *values.get(within).or(values.last())?;
    Some((before, before == after))
}

/// Why a rule acted: its name and what it had waited for.
fn why(result: &RunResult, rule: &str) -> String {
    let rules = &result.scenario.operator;
    let called = |at: usize, candidate: &Rule| match &candidate.name {
        Some(name) => name == rule,
        None => rule == format!("rule {}", at + 1),
    };
    let found = rules.iter().enumerate().find(|(at, candidate)| called(*at, candidate));
    match found {
        Some((_, found)) => format!("rule “{rule}”, {}", occasion(&found.trigger)),
        None => format!("rule “{rule}”"),
    }
}

/// What a rule waits for.
fn occasion(trigger: &Trigger) -> String {
    match trigger {
        Trigger::At(_) => "as planned beforehand".to_owned(),
        Trigger::After(after) => format!("{} after rule “{}”", seconds(after.delay.as_us()), after.rule),
        Trigger::When(when) if when.lasting.as_us() == 0 => format!("because {}", signal(&when.signal)),
        Trigger::When(when) => {
            format!("because {} for {}", signal(&when.signal), seconds(when.lasting.as_us()))
        }
    }
}

fn seconds(us: u64) -> String {
    duration(us as f64 / 1e6)
}

fn signal(signal: &Signal) -> String {
    match signal {
        Signal::ErrorRate(bound) => format!("{} of all replies had been server errors (5xx)", share(*bound)),
        Signal::Latency(latency) => {
            let slow = seconds(latency.slower_than.as_us());
            format!("{} of all replies had taken longer than {slow}", share(latency.share))
        }
        Signal::SoldShare(bound) => format!("{} of the seats had been sold", share(*bound)),
        Signal::Sold(bound) => format!("{} seats had been sold", number(*bound)),
        Signal::Left(bound) => format!("{} seats had been left", number(*bound)),
        Signal::Queue(queue) => {
            format!("{} requests had waited at {}", number(queue.length), queue.station.name())
        }
        Signal::InLine(bound) => format!("{} sessions had stood in line", number(*bound)),
    }
}

fn share(bound: ShareBound) -> String {
    match bound {
        ShareBound::Above(share) => format!("more than {}", percent(share.get())),
        ShareBound::Below(share) => format!("less than {}", percent(share.get())),
    }
}

fn number(bound: CountBound) -> String {
    match bound {
        CountBound::Above(n) => format!("more than {}", count(f64::from(n))),
        CountBound::Below(n) => format!("fewer than {}", count(f64::from(n))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(at: f64, what: What, label: &str) -> Mark {
        Mark { at, what, label: label.to_owned(), words: String::new() }
    }

    #[test]
    fn a_pause_lasts_until_the_sale_goes_on_and_a_fault_until_it_ends_itself() {
        let marks = [
            mark(1.0, What::FaultBegan(1), "losses"),
            mark(2.0, What::FaultBegan(2), "losses"),
            mark(3.0, What::Paused, "paused"),
            mark(4.0, What::FaultEnded(2), "losses ends"),
            mark(5.0, What::Resumed, "resumed"),
        ];
        let spells: Vec<(f64, Option<f64>)> = spells(&marks).iter().map(|s| (s.from, s.to)).collect();
        assert_eq!(spells, [(1.0, None), (2.0, Some(4.0)), (3.0, Some(5.0))]);
    }

    #[test]
    fn a_rule_is_put_into_words() {
        let trigger: Trigger = serde_json::from_str(
            r#"{ "when": { "signal": { "latency": { "slower_than": "4s", "share": { "above": 0.1 } } }, "for": "1m" } }"#,
        )
        .unwrap();
        assert_eq!(
            occasion(&trigger),
            "because more than 10.0 % of all replies had taken longer than 4 s for 1 min"
        );
        let trigger: Trigger = serde_json::from_str(
            r#"{ "when": { "signal": { "queue": { "station": "checkout", "length": { "above": 1500 } } }, "for": "0s" } }"#,
        )
        .unwrap();
        assert_eq!(occasion(&trigger), "because more than 1,500 requests had waited at checkout");
    }

    #[test]
    fn what_was_done_stands_in_the_log_behind_the_name_of_its_rule() {
        assert_eq!(act("tell: announce: keep trying"), "said: keep trying");
        assert_eq!(act("the line is told: sold out"), "line told");
    }
}
