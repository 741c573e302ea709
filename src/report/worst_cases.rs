//! The persons whose evening tells most: who they are in a few words, and their evenings as pieces of the page.

use super::formatting::{counted, duration, instant};
use super::journey::evening;
use crate::experiment::journey::Journey;
use crate::experiment::result::{RunResult, WorstCase, WorstOf};
use askama::Template;

/// What the page needs to tell the worst cases of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct WorstCases<'a> {
    /// The journeys of worst cases of the result; empty: only the commands that tell them are given.
    pub journeys: &'a [Journey],
    /// The command that tells an evening, up to the person: `onsale explain sale.json`.
    pub command: &'a str,
}

/// The kinds of which the page tells, the most telling first.
const KINDS: [WorstOf; 3] = [WorstOf::Silent, WorstOf::Ghost, WorstOf::Unfair];

/// The person whose evening should be looked at first, and why in a few words: who was refused and never told, else who
/// bought and was never told, else who was passed over. `None`: there is nobody of the kind.
pub fn worst_case(result: &RunResult) -> Option<(u64, String)> {
    let case = KINDS.iter().find_map(|kind| result.worst(*kind))?;
    let at = instant((case.since_us as f64 - result.clock.opens_at_us as f64) / 1e6);
    let why = match case.kind {
        WorstOf::Silent => format!("refused at {at}, never told"),
        WorstOf::Ghost => format!("bought at {at}, never told"),
        WorstOf::Unfair | WorstOf::Wait => passed_over(case),
    };
    Some((case.client, why))
}

fn passed_over(case: &WorstCase) -> String {
    let later = counted(case.passed_by.unwrap_or(0) as f64, "person", "persons");
    format!("got nothing, though {later} joined later and bought")
}

/// One evening for the page: its HTML, or empty and only the command that tells it.
pub(super) struct Section {
    pub title: String,
    pub command: String,
    pub html: String,
}

/// The evenings of the worst cases that there are.
pub(super) fn sections(result: &RunResult, cases: WorstCases<'_>) -> Vec<Section> {
    let sections = KINDS.iter().filter_map(|kind| result.worst(*kind)).map(|case| {
        let title = title(case);
        let command = format!("{} --client {}", cases.command, case.client);
        let journey = cases.journeys.iter().find(|journey| journey.client == case.client);
        let html = journey.map_or_else(String::new, |journey| {
            let evening = evening(journey, String::new(), command.clone(), 0);
            evening.render().expect("written to memory")
        });
        Section { title, command, html }
    });
    sections.collect()
}

fn title(case: &WorstCase) -> String {
    let person = case.client;
    match case.kind {
        WorstOf::Silent => {
            format!(
                "Refused, and never told: person {person} waited for a word for {}",
                duration(case.seconds)
            )
        }
        WorstOf::Ghost => {
            format!(
                "Bought, and never told: person {person} waited for a word for {}",
                duration(case.seconds)
            )
        }
        WorstOf::Unfair => format!("Passed over: person {person} {}", passed_over(case)),
        WorstOf::Wait => format!("The longest wait: person {person}, {}", duration(case.seconds)),
    }
}
