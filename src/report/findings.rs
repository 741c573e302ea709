//! The three sentences that a reader takes home: who won, who was told nothing, what the load was.

use super::facts::{CAUSES, Fate, peak, sum};
use super::words::{count, counted, fit, instant, listed, number, percent, points};
use crate::experiment::result::RunResult;
use std::fmt::Write;

/// How many cohorts a sentence can name before it becomes a table.
const COHORTS_NAMED: usize = 4;

/// What a run showed, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The most important thing, in a few words.
    pub headline: String,
    /// Who got tickets, and how that reads.
    pub won: String,
    /// Who was told nothing, and of which kind it was.
    pub silence: String,
    /// What the system had to bear.
    pub load: String,
}

impl Findings {
    /// Reads the findings out of a result. Undefined metrics are left out of the sentences.
    pub fn of(result: &RunResult) -> Findings {
        Findings {
            headline: headline(result),
            won: won(result),
            silence: silence(result),
            load: load(result),
        }
    }

    /// The three findings with a word each that says what they are about.
    pub fn parts(&self) -> [(&'static str, &str); 3] {
        [("Who won", &self.won), ("Silence", &self.silence), ("Load", &self.load)]
    }
}

fn headline(result: &RunResult) -> String {
    let all = Fate::read(result, None);
    let (bought, persons) = match (all.bought, all.persons) {
        (Some(bought), Some(persons)) if persons > 0.0 => (bought, persons),
        (None, Some(persons)) if persons > 0.0 => return counted(persons, "person came", "persons came"),
        _ => return "Nobody came".to_owned(),
    };
    let won = format!("{} of {} got a ticket", count(bought), counted(persons, "person", "persons"));
    match untold(result) {
        Some(untold) if untold >= 1.0 => format!("{won}; {} never learned their fate", count(untold)),
        Some(_) => format!("{won}; nobody was left in the dark"),
        None => won,
    }
}

/// Persons about whom something was decided and whose screen never said so, or said the opposite.
pub(super) fn untold(result: &RunResult) -> Option<f64> {
    let table = |name: &str| result.value(&format!("silent.table.{name}"));
    sum(&[table("ghost_purchase"), table("phantom_purchase"), table("silent_rejection")])
}

fn won(result: &RunResult) -> String {
    let all = Fate::read(result, None);
    let mut text = match (all.bought, all.persons, all.success) {
        (Some(bought), Some(persons), Some(success)) => format!(
            "{} of {} got a ticket ({})",
            count(bought),
            counted(persons, "person", "persons"),
            percent(success)
        ),
        (_, Some(persons), _) if persons > 0.0 => return "Who got a ticket was not measured.".to_owned(),
        _ => return "Nobody came, so nobody won.".to_owned(),
    };
    let mut fates: Vec<Fate> =
        Fate::of_cohorts(result).into_iter().filter(|fate| fate.success.is_some()).collect();
    if fates.len() < 2 {
        text.push('.');
        return text;
    }
    fates.sort_by(|a, b| b.success.unwrap_or(0.0).total_cmp(&a.success.unwrap_or(0.0)));
    let name = |fate: &Fate| format!("{} {}", name_of(fate), percent(fate.success.unwrap_or(0.0)));
    let (best, worst) = (&fates[0], &fates[fates.len() - 1]);
    if percent(best.success.unwrap_or(0.0)) == percent(worst.success.unwrap_or(0.0)) {
        text.push_str(", the same in every cohort");
    } else if fates.len() <= COHORTS_NAMED {
        let named: Vec<String> = fates.iter().map(name).collect();
        let _ = write!(text, ": {}", listed(&named));
    } else {
        let _ = write!(text, ", from {} down to {}", name(best), name(worst));
    }
    text.push('.');
    if let Some(reading) = reading_of_the_gap(result, &fates) {
        text.push(' ');
        text.push_str(&reading);
    }
    text
}

/// The name of a cohort as a sentence can bear it.
fn name_of(fate: &Fate) -> String {
    fit(fate.cohort.as_deref().unwrap_or("all"), 40)
}

/// How the gap between the cohorts that fairness compares reads: against chance, and against the four-fifths
/// rule (29 CFR 1607.4(D)). Chance is a fair draw of the same sizes: the difference of the two extreme rates
/// is taken as more than luck from three standard deviations on.
fn reading_of_the_gap(result: &RunResult, fates: &[Fate]) -> Option<String> {
    let gap = result.value("fairness.success.gap")?;
    let compared = |fate: &&Fate| {
        result.cast.cohorts.iter().any(|cohort| cohort.compare && Some(&cohort.name) == fate.cohort.as_ref())
    };
    let mut fates = fates.iter().filter(compared);
    let best = fates.next()?;
    let worst = fates.next_back()?;
    let (n_best, n_worst) = (best.persons?, worst.persons?);
    let pooled = (best.bought? + worst.bought?) / (n_best + n_worst);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / n_best + 1.0 / n_worst)).sqrt();
    if gap <= 3.0 * deviation {
        return Some(format!("The gap of {} is within what luck alone would show.", points(gap)));
    }
    let pair = (name_of(best), name_of(worst));
    let start = format!("The gap of {} is more than luck", points(gap));
    if worst.bought.is_some_and(|bought| bought < 1.0) {
        return Some(format!("{start}: not one person of {} got a ticket.", pair.1));
    }
    Some(match result.value("fairness.success.disparate_impact") {
        Some(impact) if impact < 0.8 => format!(
            "{start}: {} had {} of the chance of {}, below the four-fifths rule.",
            pair.1,
            percent(impact),
            pair.0
        ),
        Some(impact) => format!("{start}: {} had {} of the chance of {}.", pair.1, percent(impact), pair.0),
        None => format!("{start}."),
    })
}

fn silence(result: &RunResult) -> String {
    let table = |name: &str| result.value(&format!("silent.table.{name}")).unwrap_or(0.0);
    let Some(untold) = untold(result) else {
        return "Who was told what was not measured.".to_owned();
    };
    let undecided = table("unresolved");
    if untold < 1.0 && undecided >= 1.0 {
        return format!(
            "{} still waited at the end with nothing decided; of the others, nobody was left untold.",
            counted(undecided, "person", "persons")
        );
    }
    if untold < 1.0 {
        return "Everybody about whom something was decided was told so: no silent failure.".to_owned();
    }
    let rate = result
        .metrics
        .iter()
        .find(|m| m.name == "silent.failure_rate" && m.cohort.is_none() && m.station.is_none())
        .and_then(|m| m.n.zip(m.value));
    let who = match rate {
        Some((senders, rate)) => {
            format!("{} of {} persons ({})", count(untold), count(senders as f64), percent(rate))
        }
        None => counted(untold, "person", "persons"),
    };
    let kinds = [
        (table("silent_rejection"), "refused in silence"),
        (table("ghost_purchase"), "bought and never heard (ghost purchases)"),
        (table("phantom_purchase"), "told of a ticket that does not exist (phantom purchases)"),
    ];
    let kinds: Vec<String> = kinds
        .iter()
        .filter(|(persons, _)| *persons >= 1.0)
        .map(|(persons, words)| format!("{} {words}", count(*persons)))
        .collect();
    let kinds = match kinds.as_slice() {
        [_] if table("silent_rejection") >= 1.0 => "all of them were refused in silence".to_owned(),
        [_] if table("ghost_purchase") >= 1.0 => "all of them had bought (ghost purchases)".to_owned(),
        kinds => listed(kinds),
    };
    let mut text = format!("{who} never learned what had been decided: {kinds}.");
    if let Some((share, words)) = main_cause(result, untold) {
        let _ = write!(text, " For {} of them {words}.", percent(share));
    }
    text
}

/// The most frequent cause of a silent failure with its share.
fn main_cause(result: &RunResult, untold: f64) -> Option<(f64, &'static str)> {
    let mut main: Option<(f64, &str)> = None;
    for (metric, words) in CAUSES {
        let persons = result.value(metric).unwrap_or(0.0);
        if persons >= 1.0 && main.is_none_or(|(most, _)| persons > most) {
            main = Some((persons, words));
        }
    }
    main.map(|(persons, words)| (persons / untold, words))
}

fn load(result: &RunResult) -> String {
    let Some(requests) = result.value("load.requests") else {
        return "Requests were not counted.".to_owned();
    };
    let mut text = counted(requests, "request", "requests");
    if let Some(each) = result.value("load.requests_per_ticket") {
        let _ = write!(text, ", {} for each ticket sold", number_rounded(each));
    }
    if let Some(polls) = result.value("load.polls").filter(|polls| *polls >= 1.0) {
        let _ = write!(text, "; {} only asked how far the line was", percent(polls / requests));
    }
    text.push('.');
    if let Some((rate, at)) = peak(result, "requests") {
        let _ = write!(text, " The peak was {} a second at {}.", number_rounded(rate), instant(at));
    }
    text.push_str(&errors(result));
    text
}

/// How many requests were refused or timed out, and by whom.
fn errors(result: &RunResult) -> String {
    let slow = sum(&[result.value("timeouts.gateway_504"), result.value("timeouts.payment_504")]);
    let parts: Vec<String> = [
        (result.value("refusals.gateway_503"), "were refused by a full gateway (503)"),
        (result.value("refusals.station_503"), "were refused by a station with a full queue (503)"),
        (slow, "timed out at a gateway or at payment (504)"),
        (result.value("timeouts.client"), "ran into the client's own timeout"),
    ]
    .iter()
    .filter_map(|(value, words)| value.filter(|value| *value >= 1.0).map(|value| (value, words)))
    .map(|(value, words)| format!("{} {words}", count(value)))
    .collect();
    if parts.is_empty() {
        return " Nothing was refused and nothing timed out.".to_owned();
    }
    format!(" {}.", listed(&parts))
}

/// A rate or ratio in a sentence: no decimals where they would be noise.
pub(super) fn number_rounded(value: f64) -> String {
    if value >= 20.0 { count(value) } else { number((value * 10.0).round() / 10.0) }
}

/// How the sale went, in short clauses.
pub(super) fn sale(result: &RunResult) -> Vec<String> {
    let mut parts = Vec::new();
    let seats = result.cast.seats as f64;
    if let Some(sold) = result.value("sale.sold") {
        parts.push(format!("{} of {} sold", count(sold), counted(seats, "seat", "seats")));
    }
    if let Some(at) = result.value("sale.sold_out_at") {
        parts.push(format!("sold out at {}", instant(at)));
    } else if let Some(unsold) = result.value("sale.unsold").filter(|unsold| *unsold >= 1.0) {
        parts.push(format!("{} left over", count(unsold)));
    }
    if let Some(half) = result.value("sale.time_to_50") {
        parts.push(format!("half sold by {}", instant(half)));
    }
    if let Some(none) = result.value("sale.time_to_none_free") {
        parts.push(format!("none free at {}", instant(none)));
    }
    for (metric, one, many) in [
        (
            "sale.charged_without_ticket",
            "person charged without a ticket",
            "persons charged without a ticket",
        ),
        ("sale.duplicate_charges", "hold charged twice", "holds charged twice"),
        ("sale.holds_expired", "hold ran out", "holds ran out"),
        ("sale.declines", "card declined", "cards declined"),
        ("sale.no_shows", "turn unused", "turns unused"),
        ("sale.turns_to_nobody", "turn given to nobody", "turns given to nobody"),
    ] {
        if let Some(value) = result.value(metric).filter(|value| *value >= 1.0) {
            parts.push(counted(value, one, many));
        }
    }
    parts
}
