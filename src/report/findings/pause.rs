//! Why the sale was paused, what had been sold by then, and who was told.

use crate::experiment::result::RunResult;
use crate::metrics::names;
use crate::report::formatting::{count, counted, duration, instant, percent, points};
use crate::report::history::{Mark, Pause, What, marks, pauses, sold_by};
use std::fmt::Write;

/// The first pause with its reason and its price, and how many there were; `None` if the sale was never paused.
pub(super) fn pause(result: &RunResult) -> Option<String> {
    let pauses = pauses(result);
    let first = pauses.first()?;
    let mut text = format!("At {} by {}.", instant(first.at), first.why);
    text.push_str(&sold(result, first));
    let _ = write!(text, " {}.", until(first, pauses.len()));
    text.push_str(&told(result, first));
    Some(text)
}

/// When the sale went on, and how often it was paused.
fn until(first: &Pause, pauses: usize) -> String {
    let lasted = match first.until {
        Some(until) => format!("The sale went on after {}", duration(until - first.at)),
        None => "The sale was never resumed".to_owned(),
    };
    match pauses {
        1 => lasted,
        2 => format!("{lasted} and was paused once more"),
        many => format!("{lasted} and was paused {} times more", many - 1),
    }
}

/// What had been sold by then, and how much of it while things were broken already.
fn sold(result: &RunResult, first: &Pause) -> String {
    let Some((sold, exact)) = sold_by(result, first.at) else { return String::new() };
    let about = if exact { "" } else { "about " };
    let seats = result.cast.seats as f64;
    let mut text =
        format!(" By then {about}{} of {} were sold", count(sold), counted(seats, "seat", "seats"));
    let broken = result.value(names::SALE_UNFAIR_INTERVAL_SECONDS).filter(|seconds| *seconds > 0.0);
    if let (Some(seconds), Some(unfair)) = (broken, result.value(names::SALE_UNFAIR_INTERVAL_SOLD)) {
        let fault = first_fault(result, first).map_or_else(String::new, |fault| format!(": {fault}"));
        let _ = write!(
            text,
            ", {} of them in the {} since the first fault{fault}",
            count(unfair),
            duration(seconds)
        );
        if let Some(gap) = result.value(names::SALE_UNFAIR_INTERVAL_SUCCESS_GAP) {
            let _ = write!(text, " (gap between cohorts: {})", points(gap));
        }
    }
    text.push('.');
    text
}

/// What broke first before this pause, in a word or two.
fn first_fault(result: &RunResult, pause: &Pause) -> Option<String> {
    let broke = |mark: &Mark| matches!(mark.what, What::FaultBegan(_)) && mark.at <= pause.at;
    marks(result).into_iter().find(broke).map(|mark| mark.label)
}

/// Who was told of it, and how long after the first fault, or the pause where nothing had broken.
fn told(result: &RunResult, first_pause: &Pause) -> String {
    let (Some(affected), Some(share)) =
        (result.value(names::COMMUNICATION_AFFECTED), result.value(names::COMMUNICATION_INFORMED_SHARE))
    else {
        return String::new();
    };
    let persons = counted(affected, "person affected", "persons affected");
    let Some(first) = result.value(names::COMMUNICATION_TIME_TO_FIRST_WORD).filter(|_| share > 0.0) else {
        return format!(" Of {persons} nobody was told anything.");
    };
    let mut text = format!(
        " Of {persons} {} were ever told what was going on: the first {} after the {}",
        percent(share),
        duration(first),
        if first_fault(result, first_pause).is_some() { "first fault" } else { "pause" }
    );
    if let Some(median) = result.value(names::COMMUNICATION_TIME_TO_FIRST_WORD_MEDIAN) {
        let _ = write!(text, ", half of all affected within {}", duration(median));
    }
    text.push('.');
    text
}
