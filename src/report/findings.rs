//! The sentences that a reader takes home: who won, who was told nothing, what the load was; and where the sale was
//! paused, why. Each has a file of its own.

mod load;
mod pause;
mod silence;
mod won;

use super::formatting::{count, counted, instant, number};
use super::readings::{CohortOutcome, sum};
use crate::experiment::result::RunResult;
use crate::metrics::names;

/// What a run showed, in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The most important thing, in a few words.
    pub headline: String,
    /// Who got tickets, and how that reads.
    pub won: String,
    /// Who was told nothing, of which kind it was, and by which mechanism.
    pub silence: String,
    /// What the system had to bear, and what it refused.
    pub load: String,
    /// Why the sale was paused, what had been sold by then, and who was told; `None`: it was not.
    pub paused: Option<String>,
}

impl Findings {
    /// Reads the findings out of a result. Undefined metrics are left out of the sentences.
    pub fn of(result: &RunResult) -> Findings {
        Findings {
            headline: headline(result),
            won: won::won(result),
            silence: silence::silence(result),
            load: load::load(result),
            paused: pause::pause(result),
        }
    }

    /// The three findings, and the pause if there was one, with a word each that says what they are about.
    pub fn parts(&self) -> Vec<(&'static str, &str)> {
        let three = [("Who won", &self.won), ("Silence", &self.silence), ("Load", &self.load)];
        let parts = three.into_iter().chain(self.paused.as_ref().map(|paused| ("Paused", paused)));
        parts.map(|(word, sentence)| (word, sentence.as_str())).collect()
    }
}

fn headline(result: &RunResult) -> String {
    let all = CohortOutcome::read(result, None);
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

/// A rate or ratio in a sentence: no decimals where they would be noise.
pub(super) fn number_rounded(value: f64) -> String {
    if value >= 20.0 { count(value) } else { number((value * 10.0).round() / 10.0) }
}

/// How the sale went, in short clauses.
pub(super) fn sale(result: &RunResult) -> Vec<String> {
    let mut parts = Vec::new();
    let seats = result.cast.seats as f64;
    if let Some(sold) = result.value(names::SALE_SOLD) {
        parts.push(format!("{} of {} sold", count(sold), counted(seats, "seat", "seats")));
    }
    if let Some(at) = result.value(names::SALE_SOLD_OUT_AT) {
        parts.push(format!("sold out at {}", instant(at)));
    } else if let Some(unsold) = result.value(names::SALE_UNSOLD).filter(|unsold| *unsold >= 1.0) {
        parts.push(format!("{} unsold", count(unsold)));
    }
    if let Some(half) = result.value(names::SALE_TIME_TO_50) {
        parts.push(format!("half sold by {}", instant(half)));
    }
    if let Some(none) = result.value(names::SALE_TIME_TO_NONE_FREE) {
        parts.push(format!("none free at {}", instant(none)));
    }
    for (metric, one, many) in [
        (
            names::SALE_CHARGED_WITHOUT_TICKET,
            "person charged without a ticket",
            "persons charged without a ticket",
        ),
        (names::SALE_DUPLICATE_CHARGES, "hold charged twice", "holds charged twice"),
        (names::SALE_HOLDS_EXPIRED, "hold ran out", "holds ran out"),
        (names::SALE_DECLINES, "card declined", "cards declined"),
        (names::SALE_NO_SHOWS, "turn unused", "turns unused"),
        (names::SALE_TURNS_TO_NOBODY, "turn given to nobody", "turns given to nobody"),
    ] {
        if let Some(value) = result.value(metric).filter(|value| *value >= 1.0) {
            parts.push(counted(value, one, many));
        }
    }
    parts
}
