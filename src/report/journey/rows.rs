//! A journey in rows of two cells. What happens within one second stands in one row; what the two columns both say is
//! said once.

use super::phrases;
use crate::experiment::journey::{Journey, JourneyEntry, Lane, What};
use crate::protocol::{Belief, Kind, Stop, Truth};

/// So long after a row's beginning still belongs to it, in microseconds.
const ONE_ROW_US: u64 = 1_000_000;

/// How a line is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it is.
    Plain,
    /// It went well.
    Good,
    /// It went wrong, or said nothing.
    Bad,
    /// It concerns everybody.
    Everybody,
    /// It repeats something.
    Dim,
}

/// One thing said in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) tone: Tone,
}

/// One row, or the line across both columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JourneyRow {
    /// What the user saw, and what the backend decided, from this instant on.
    Events { at_us: u64, user: Vec<Line>, backend: Vec<Line> },
    /// Screen and backend part.
    Parting { at_us: u64 },
    /// They meet again.
    Meeting { at_us: u64 },
}

/// The rows of a journey from an instant on, the partings among them.
pub(super) fn rows(journey: &Journey, from_us: u64) -> Vec<JourneyRow> {
    let mut builder = Builder { journey, rows: Vec::new(), marks: marks(journey) };
    let entries = &journey.entries;
    for (at, entry) in entries.iter().enumerate() {
        if entry.at_us < from_us {
            builder.marks.retain(|(mark, _)| *mark > entry.at_us);
            continue;
        }
        let user = user_line(journey, entries, at);
        let backend = backend_line(entries, at);
        if user.is_none() && backend.is_none() {
            continue;
        }
        builder.mark(entry);
        builder.say(entry, user, backend);
    }
    builder.mark_the_rest();
    builder.rows
}

/// The lines across: when, and whether they part.
fn marks(journey: &Journey) -> Vec<(u64, bool)> {
    let Some(parting) = journey.parting else { return Vec::new() };
    let meeting = parting.until_us.map(|until| (until, false));
    [(parting.at_us, true)].into_iter().chain(meeting).collect()
}

struct Builder<'a> {
    journey: &'a Journey,
    rows: Vec<JourneyRow>,
    /// The lines across that are still to come.
    marks: Vec<(u64, bool)>,
}

impl Builder<'_> {
    /// Draws the lines across that come before this entry: what decides stands before the parting, what is understood
    /// before the meeting.
    fn mark(&mut self, entry: &JourneyEntry) {
        while let Some(&(at_us, parts)) = self.marks.first()
            && at_us / 1000 < entry.at_us / 1000
        {
            self.marks.remove(0);
            self.rows.push(if parts { JourneyRow::Parting { at_us } } else { JourneyRow::Meeting { at_us } });
        }
    }

    fn mark_the_rest(&mut self) {
        for (at_us, parts) in std::mem::take(&mut self.marks) {
            self.rows.push(if parts { JourneyRow::Parting { at_us } } else { JourneyRow::Meeting { at_us } });
        }
    }

    fn say(&mut self, entry: &JourneyEntry, said: Option<Line>, decided: Option<Line>) {
        let several = self.journey.sessions > 1;
        let said = said.map(|line| match entry.tab.filter(|_| several) {
            Some(tab) => Line { text: format!("[tab {}] {}", u32::from(tab) + 1, line.text), ..line },
            None => line,
        });
        if let Some(JourneyRow::Events { at_us, user, backend }) = self.rows.last_mut()
            && entry.at_us - *at_us < ONE_ROW_US
        {
            user.extend(said);
            backend.extend(decided);
            return;
        }
        let (user, backend) = (said.into_iter().collect(), decided.into_iter().collect());
        self.rows.push(JourneyRow::Events { at_us: entry.at_us, user, backend });
    }
}

/// What the person's column says at this entry.
fn user_line(journey: &Journey, entries: &[JourneyEntry], at: usize) -> Option<Line> {
    let entry = &entries[at];
    if let Some(text) = phrases::repeated(entry, journey.opens_at_us) {
        return Some(Line { text, tone: Tone::Dim });
    }
    if entry.lane != Lane::User {
        return None;
    }
    let tone = tone_of_user(&entry.what);
    match &entry.what {
        What::Asked { .. } => {
            let asks = phrases::user(&entry.what)?;
            match answer(entries, at) {
                Some(heard) if heard.at_us - entry.at_us < ONE_ROW_US => {
                    let tone = tone_of_user(&heard.what);
                    Some(Line { text: format!("{asks}: {}", phrases::heard(&heard.what)?), tone })
                }
                Some(_) => Some(Line { text: format!("{asks} …"), tone }),
                None => Some(Line { text: asks, tone }),
            }
        }
        What::Heard { .. } => {
            let asked = entries[..at].iter().rposition(|earlier| {
                earlier.tab == entry.tab
                    && matches!(earlier.what, What::Asked { kind, .. } if kind.is_waited_for())
            });
            let with_it = asked.is_some_and(|asked| {
                entry.at_us - entries[asked].at_us < ONE_ROW_US
                    && answer(entries, asked).is_some_and(|heard| std::ptr::eq(heard, entry))
            });
            (!with_it)
                .then(|| phrases::heard(&entry.what).map(|text| Line { text: format!("… {text}"), tone }))?
        }
        What::Screen { says } => {
            let told = entries.iter().any(|other| {
                other.at_us == entry.at_us
                    && other.lane == Lane::User
                    && !matches!(other.what, What::Screen { .. })
            });
            let goes_without_saying =
                told || matches!(says, Belief::Loading | Belief::Paying | Belief::GaveUp);
            (!goes_without_saying).then(|| phrases::user(&entry.what).map(|text| Line { text, tone }))?
        }
        what => phrases::user(what).map(|text| Line { text, tone }),
    }
}

/// The reply that this request's client heard; `None` where it heard none before it asked anew.
fn answer(entries: &[JourneyEntry], asked: usize) -> Option<&JourneyEntry> {
    let tab = entries[asked].tab;
    let What::Asked { kind: kind_asked, .. } = entries[asked].what else { return None };
    let own = entries[asked + 1..].iter().filter(|entry| entry.tab == tab);
    own.take_while(|entry| {
        !matches!(entry.what, What::Repeated { .. })
            && !matches!(entry.what, What::Asked { kind, .. } if kind.is_waited_for())
    })
    .find(|entry| matches!(entry.what, What::Heard { kind, .. } if kind == kind_asked))
}

fn tone_of_user(what: &What) -> Tone {
    match what {
        What::Heard { readable: false, .. }
        | What::TimedOut { .. }
        | What::Ignored { .. }
        | What::Cut { .. } => Tone::Bad,
        What::Heard { status, .. } if *status >= 400 => Tone::Bad,
        What::Heard { reply, .. } if *reply == crate::protocol::Reply::Confirmed => Tone::Good,
        What::Stopped { why } => match why {
            Stop::Bought => Tone::Good,
            Stop::Patience | Stop::AttemptsUsedUp | Stop::TooFarBack | Stop::Silence | Stop::Refused => {
                Tone::Bad
            }
            _ => Tone::Plain,
        },
        _ => Tone::Plain,
    }
}

/// What the backend's column says at this entry.
fn backend_line(entries: &[JourneyEntry], at: usize) -> Option<Line> {
    let entry = &entries[at];
    if entry.lane == Lane::User || is_said_otherwise(entries, at) {
        return None;
    }
    let text =
        phrases::refusal(&entry.what, is_readable(entries, at)).or_else(|| phrases::backend(&entry.what))?;
    Some(Line { text, tone: tone_of_backend(entry) })
}

fn tone_of_backend(entry: &JourneyEntry) -> Tone {
    match &entry.what {
        What::Lost { .. }
        | What::SynDropped { .. }
        | What::ConnectionClosed { .. }
        | What::Silenced { .. }
        | What::Answered { .. }
        | What::TurnedAway { .. }
        | What::DroppedInside {}
        | What::Forgotten {}
        | What::SeatCancelled { .. }
        | What::MessageLost { .. }
        | What::CutOff { .. }
        | What::NoShow {}
        | What::Skipped {}
        | What::NothingLeft { .. }
        | What::WorkLost { .. }
        | What::Dropped { .. }
        | What::Shed { .. }
        | What::PaymentReplyLost { .. }
        | What::PaymentUnreachable {}
        | What::AtCheckout { .. }
        | What::PaymentQueued { .. }
        | What::StockSlipped { .. }
        | What::LockAwaited { .. }
        | What::CardDeclined {}
        | What::SeatReturned { expired: true, .. } => Tone::Bad,
        What::Decided { truth } => match truth {
            Truth::Evicted
            | Truth::RefusedSoldOut
            | Truth::RefusedClosed
            | Truth::Expired
            | Truth::TurnedAway
            | Truth::Cancelled => Tone::Bad,
            Truth::Sold => Tone::Good,
            _ => Tone::Plain,
        },
        What::SeatSold { .. } => Tone::Good,
        _ if entry.tab.is_none() => Tone::Everybody,
        _ => Tone::Plain,
    }
}

/// Could the client read this answer? Nobody knows of one that nobody waited for: it counts as readable.
fn is_readable(entries: &[JourneyEntry], answered: usize) -> bool {
    let What::Answered { reply: left, .. } = entries[answered].what else { return true };
    let own = entries[answered..].iter().filter(|entry| entry.tab == entries[answered].tab);
    let heard = own.take_while(|entry| !matches!(entry.what, What::Asked { .. } | What::Repeated { .. }));
    !heard
        .into_iter()
        .any(|entry| matches!(entry.what, What::Heard { reply, readable: false, .. } if reply == left))
}

/// Another entry of the same instant says the same, and more.
fn is_said_otherwise(entries: &[JourneyEntry], at: usize) -> bool {
    let entry = &entries[at];
    let beside = |what: &dyn Fn(&What) -> bool| {
        let near = entries[at.saturating_sub(12)..].iter().take(24);
        near.filter(|other| other.at_us == entry.at_us && other.tab == entry.tab)
            .any(|other| what(&other.what))
    };
    match &entry.what {
        What::Decided { truth } => match truth {
            Truth::Queued => true,
            Truth::Turn => beside(&|what| matches!(what, What::TurnIssued { .. })),
            Truth::Active => beside(&|what| {
                matches!(what, What::Entered {} | What::SeatReturned { .. } | What::TurnIssued { .. })
            }),
            Truth::Holding => beside(&|what| matches!(what, What::SeatHeld { .. })),
            Truth::Sold => beside(&|what| matches!(what, What::SeatSold { .. })),
            Truth::Expired => beside(&|what| matches!(what, What::Skipped {} | What::NoShow {})),
            Truth::Declined => beside(&|what| matches!(what, What::CardDeclined {})),
            _ => false,
        },
        What::Reverified { .. } => beside(&|what| matches!(what, What::Decided { .. })),
        // An answer that a person reads within the row needs no second telling.
        What::Answered { kind, .. } => *kind == Kind::Heartbeat,
        _ => false,
    }
}
