//! The end of a journey in sentences: where screen and backend parted, why, and what would have told the person.

use super::{clock, lasting, phrases, words};
use crate::experiment::journey::{Journey, JourneyEntry, Lane, Outcome, What};
use crate::metrics::names;
use crate::protocol::{Cause, Reply, Stop};
use crate::report::mechanisms::MECHANISMS;

/// The journey's end in sentences: what happened, and where there was a silence, its cause, its mechanism and its
/// remedy.
pub fn sentences(journey: &Journey) -> Vec<String> {
    parts(journey).into_iter().map(|(word, sentence)| format!("{word}: {sentence}")).collect()
}

/// The same, with a word for each sentence that says what it is about.
pub(super) fn parts(journey: &Journey) -> Vec<(&'static str, String)> {
    let mut parts = vec![("In short", what_happened(journey))];
    if !journey.ending.silent {
        return parts;
    }
    if let Some(cause) = journey.ending.cause.filter(|cause| *cause != Cause::None) {
        parts.push(("Cause of the last silence", format!("{}.", words::cause(cause))));
    }
    let mechanism = journey.ending.mechanism.as_deref();
    if let Some(known) = MECHANISMS.iter().find(|known| Some(known.metric) == mechanism) {
        parts.push(("Mechanism", format!("{}: {}.", known.name, to_you(known.story))));
        let remedy = said_no(journey).unwrap_or(known.remedy);
        parts.push(("What would have told you", format!("{}.", to_you(remedy))));
    }
    parts
}

/// Whatever hid the last answer: where it was a no that was kept back on purpose, only the no itself would have told.
fn said_no(journey: &Journey) -> Option<&'static str> {
    let kept_back = journey.ending.cause.is_some_and(|cause| cause == Cause::DeliberateSilence);
    let deliberate =
        || MECHANISMS.iter().find(|known| known.metric == names::SILENT_MECHANISM_DELIBERATE_SILENCE);
    kept_back.then(deliberate).flatten().map(|known| known.remedy)
}

/// A clause about them, said to one of them.
fn to_you(text: &str) -> String {
    let word = |word: &str| match word.trim_end_matches(',') {
        "they" => word.replace("they", "you"),
        "them" => word.replace("them", "you"),
        "their" => "your".to_owned(),
        _ => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<String>>().join(" ")
}

/// The short name of a parting, for the line across both columns.
pub(super) fn parting_line(journey: &Journey) -> String {
    let decided = match journey.ending.outcome {
        Outcome::Sold => "the seat is theirs",
        Outcome::Refused => "there is nothing left for them",
        Outcome::Expired => "their place is gone",
        Outcome::Declined => "the card is declined",
        Outcome::Evicted => "they are out of the line",
        Outcome::TurnedAway => "they are not let in",
        Outcome::Cancelled => "their order is cancelled afterwards",
        Outcome::Left | Outcome::Unresolved => "an order is confirmed that does not exist",
    };
    let until = match journey.parting.and_then(|parting| parting.until_us) {
        Some(until) => {
            let dark = until.saturating_sub(journey.parting.map_or(until, |parting| parting.at_us));
            format!("the screen will say so in {}", lasting(dark))
        }
        None => "the screen will never say so".to_owned(),
    };
    format!("HERE THEY PART: {decided}, and {until}")
}

fn what_happened(journey: &Journey) -> String {
    let at = |us: u64| clock(us, journey.opens_at_us);
    let mut clauses = vec![decision(journey)];
    let decided_at = journey.parting.map(|parting| parting.at_us);
    match (decided_at, journey.parting.and_then(|parting| parting.until_us)) {
        (Some(decided_at), None) => clauses.extend(silence(journey, decided_at)),
        (Some(decided_at), Some(until)) => {
            let dark = lasting(until.saturating_sub(decided_at));
            clauses.push(format!("you knew it {dark} later, at {}", at(until)));
        }
        (None, _) => match journey.ending.known_at_us {
            Some(known) => clauses.push(format!("you knew it at {}", at(known))),
            None if journey.ending.outcome == Outcome::Left => {}
            None => clauses.extend(end_of(journey)),
        },
    }
    clauses.join("; ") + "."
}

fn decision(journey: &Journey) -> String {
    let at =
        |us: Option<u64>| us.map_or_else(String::new, |us| format!(" at {}", clock(us, journey.opens_at_us)));
    let decided = at(journey.ending.decided_at_us);
    match journey.ending.outcome {
        Outcome::Sold => format!("{}{decided}", bought(journey)),
        Outcome::Refused => format!("there was nothing left for you{decided}"),
        Outcome::Expired => format!("your place, turn or time had run out{decided}"),
        Outcome::Declined => format!("your card was declined{decided}"),
        Outcome::Evicted => format!("you were taken out of the line{decided}"),
        Outcome::TurnedAway => format!("you were not let into the line{decided}"),
        Outcome::Cancelled => format!("your order was cancelled afterwards{decided}"),
        Outcome::Left => {
            format!("you left{} before anything was decided", at(Some(journey.ending.waited_until_us)))
        }
        Outcome::Unresolved => "nothing was decided before the evening ended".to_owned(),
    }
}

/// The seats that they have, of those that they wanted.
fn bought(journey: &Journey) -> String {
    let seats =
        journey.entries.iter().filter(|entry| matches!(entry.what, What::SeatSold { .. })).count() as u64;
    match (seats, journey.wants) {
        (1, 1) => "the seat was yours".to_owned(),
        (1, wants) => format!("only one of the {wants} seats that you wanted was yours"),
        (seats, wants) if seats < wants => {
            format!("only {seats} of the {wants} seats that you wanted were yours")
        }
        (seats, _) => format!("the {seats} seats were yours"),
    }
}

/// What came instead of an answer, and how it ended.
fn silence(journey: &Journey, decided_at: u64) -> Vec<String> {
    let mut clauses = Vec::new();
    let after: Vec<&JourneyEntry> =
        journey.entries.iter().filter(|entry| entry.at_us >= decided_at).collect();
    if was_answered_before(journey, decided_at) {
        clauses.push("the answer to that request had left long before, as a 504".to_owned());
    }
    let until_seen = after.iter().take_while(|entry| !(entry.lane == Lane::User && is_seen(&entry.what)));
    let lost = until_seen.into_iter().find_map(|entry| match entry.what {
        What::Lost { reply: true, .. } => Some("the answer was lost"),
        What::Silenced { .. } => Some("nobody answered, on purpose"),
        What::SynDropped { .. } => Some("nobody heard your knock"),
        What::ConnectionClosed { .. } => Some("the connection was closed without a word"),
        _ => None,
    });
    clauses.extend(lost.map(str::to_owned));
    let saw: Vec<&&JourneyEntry> =
        after.iter().filter(|entry| entry.lane == Lane::User && is_seen(&entry.what)).collect();
    match (saw.first(), saw.last()) {
        (Some(first), Some(last)) if saw.len() > 1 && seen(&first.what) != seen(&last.what) => {
            clauses.push(seen_at(journey, first));
            clauses.push(format!("the last you saw was {} at {}", seen(&last.what), time(journey, last)));
        }
        (Some(first), _) => clauses.push(seen_at(journey, first)),
        _ => clauses.push("the page said nothing more".to_owned()),
    }
    clauses.extend(end_of(journey));
    clauses
}

/// The work that decided was done for a request whose 504 had left.
fn was_answered_before(journey: &Journey, decided_at: u64) -> bool {
    let before = journey.entries.iter().filter(|entry| entry.at_us <= decided_at);
    let served = before.rev().find_map(|entry| match entry.what {
        What::Served { after_504_us, .. } => Some(after_504_us > 0),
        _ => None,
    });
    journey.ending.outcome == Outcome::Sold && served == Some(true)
}

fn is_seen(what: &What) -> bool {
    match what {
        What::Heard { reply, .. } => !matches!(reply, Reply::Page | Reply::Noted | Reply::Goodbye),
        What::TimedOut { .. } => true,
        _ => false,
    }
}

fn seen(what: &What) -> String {
    match what {
        What::TimedOut { .. } => "a page that loads and loads".to_owned(),
        what => phrases::heard(what).unwrap_or_default().replace(".”", "”"),
    }
}

fn time(journey: &Journey, entry: &JourneyEntry) -> String {
    clock(entry.at_us, journey.opens_at_us)
}

fn seen_at(journey: &Journey, entry: &JourneyEntry) -> String {
    match entry.what {
        What::TimedOut { .. } => format!("the page hung until {}", time(journey, entry)),
        ref what => format!("the page said {} at {}", seen(what), time(journey, entry)),
    }
}

/// How the person's evening ended, if not with an answer.
fn end_of(journey: &Journey) -> Option<String> {
    let end = journey.entries.iter().rev().find_map(|entry| {
        let how = match entry.what {
            What::Stopped { why } => match why {
                Stop::Patience => "you had waited long enough, and left",
                Stop::AttemptsUsedUp => "the page gave up",
                Stop::Abandoned => "you gave the seats back",
                Stop::Declined => "you left",
                Stop::Informed => "you heard that the sale was paused, and left",
                Stop::ChallengeAbandoned => "you gave up at your bank's check",
                Stop::NeverPays => "you never paid for the seats",
                Stop::TooFarBack => "the line was too long for you, and you left",
                Stop::Silence => "you had looked at nothing for long enough, and left",
                Stop::Refused => "you had been refused often enough, and left",
                Stop::Bought | Stop::ToldNo | Stop::Sibling | Stop::Excluded => return None,
            },
            What::Cut { .. } => "the evening ended, and you were still there",
            _ => return None,
        };
        Some((how, entry.at_us))
    });
    let (how, at_us) = end?;
    let came = journey.entries.iter().find(|entry| matches!(entry.what, What::Clicked {}));
    let stayed = came
        .map_or_else(String::new, |came| format!(", {} after your first click", lasting(at_us - came.at_us)));
    Some(format!("{how} at {}{stayed}", clock(at_us, journey.opens_at_us)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_them_can_be_said_to_one_of_them() {
        for known in &MECHANISMS {
            for text in [known.story, known.remedy] {
                let said = to_you(text);
                for word in said.split(|c: char| !c.is_alphabetic()) {
                    assert!(!["they", "them", "their"].contains(&word), "{said}");
                }
            }
        }
        assert_eq!(to_you("they left, and nobody told them so"), "you left, and nobody told you so");
    }
}
