//! Counts as they were at the instants that somebody asked for: exact, where the timeline is rounded to its windows.
//!
//! A fact counts by its own time, in whatever order facts are heard. Only what was asked for is counted; where
//! nothing was, hearing a fact costs one branch. Known at an instant are the counts of what happens at one; shares,
//! percentiles and everything that is worked out from persons at the end are not.

use super::names as metric;
use super::people::{News, People};
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Direction, Fact, Kind, PersonId, Reading, Reply, Roster};
use std::collections::BTreeSet;
use std::ops::Range;
/// It has no metrics of its own.
pub(crate) mod names {}

/// What can be counted up to an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tally {
    Came,
    Sold,
    Buyers,
    Returned,
    Expired,
    Turns,
    NoShows,
    Skipped,
    Declines,
    Charges,
    DuplicateCharges,
    PaymentRepliesLost,
    Requests,
    Polls,
    Opaque,
    Gateway504,
    Payment504,
    ClientTimeouts,
    Gateway503,
    Station503,
    Status429,
    Status502,
    Status503,
    SynDropped,
    Closed,
    Silenced,
    NextPeer,
    Aborted,
    LostUp,
    LostDown,
    Ignored,
}

/// The metrics that are known at an instant.
pub(super) const KNOWN: [(&str, Tally); 31] = [
    (metric::CROWD_PERSONS, Tally::Came),
    (metric::SALE_SOLD, Tally::Sold),
    (metric::SALE_BUYERS, Tally::Buyers),
    (metric::SALE_SEATS_RETURNED, Tally::Returned),
    (metric::SALE_HOLDS_EXPIRED, Tally::Expired),
    (metric::SALE_TURNS, Tally::Turns),
    (metric::SALE_NO_SHOWS, Tally::NoShows),
    (metric::SALE_SKIPPED_PLACES, Tally::Skipped),
    (metric::SALE_DECLINES, Tally::Declines),
    (metric::SALE_CHARGES, Tally::Charges),
    (metric::SALE_DUPLICATE_CHARGES, Tally::DuplicateCharges),
    (metric::SALE_PAYMENT_REPLIES_LOST, Tally::PaymentRepliesLost),
    (metric::LOAD_REQUESTS, Tally::Requests),
    (metric::LOAD_POLLS, Tally::Polls),
    (metric::LOAD_OPAQUE, Tally::Opaque),
    (metric::TIMEOUTS_GATEWAY_504, Tally::Gateway504),
    (metric::TIMEOUTS_PAYMENT_504, Tally::Payment504),
    (metric::TIMEOUTS_CLIENT, Tally::ClientTimeouts),
    (metric::REFUSALS_GATEWAY_503, Tally::Gateway503),
    (metric::REFUSALS_STATION_503, Tally::Station503),
    (metric::REFUSALS_429, Tally::Status429),
    (metric::REFUSALS_502, Tally::Status502),
    (metric::REFUSALS_503, Tally::Status503),
    (metric::REQUESTS_SYN_DROPPED, Tally::SynDropped),
    (metric::REQUESTS_CLOSED, Tally::Closed),
    (metric::REQUESTS_SILENCED, Tally::Silenced),
    (metric::REQUESTS_NEXT_PEER, Tally::NextPeer),
    (metric::REQUESTS_ABORTED, Tally::Aborted),
    (metric::REQUESTS_LOST_UP, Tally::LostUp),
    (metric::REQUESTS_LOST_DOWN, Tally::LostDown),
    (metric::REQUESTS_IGNORED, Tally::Ignored),
];

impl Tally {
    /// Does this fact count? A poll that changed nothing is not told here.
    fn counts(self, fact: &Fact) -> bool {
        match *fact {
            Fact::Arrived { .. } => self == Tally::Came,
            Fact::SeatSold { .. } => matches!(self, Tally::Sold | Tally::Buyers),
            Fact::SeatReturned { expired, .. } => {
                self == Tally::Returned || self == Tally::Expired && expired
            }
            Fact::TurnIssued { .. } => self == Tally::Turns,
            Fact::NoShow { .. } => self == Tally::NoShows,
            Fact::Skipped { .. } => self == Tally::Skipped,
            Fact::CardDeclined { .. } => self == Tally::Declines,
            Fact::Charged { duplicate, .. } => {
                self == Tally::Charges || self == Tally::DuplicateCharges && duplicate
            }
            Fact::PaymentReplyLost { .. } => self == Tally::PaymentRepliesLost,
            Fact::Sent { kind, .. } => self == Tally::Requests || self == Tally::Polls && kind == Kind::Poll,
            Fact::Heard { reading: Reading::Opaque(_), .. } => self == Tally::Opaque,
            Fact::Answered { reply, .. } => match self {
                Tally::Gateway504 => reply == Reply::UpstreamTimeout,
                Tally::Payment504 => reply == Reply::PaymentUnknown,
                Tally::Gateway503 => reply == Reply::GatewayBusy,
                Tally::Station503 => reply == Reply::StationBusy,
                Tally::Status429 => reply.status() == 429,
                Tally::Status502 => reply.status() == 502,
                Tally::Status503 => reply.status() == 503,
                _ => false,
            },
            Fact::TimedOut { .. } => self == Tally::ClientTimeouts,
            Fact::SynDropped { .. } => self == Tally::SynDropped,
            Fact::ConnectionClosed { .. } => self == Tally::Closed,
            Fact::Silenced { .. } => self == Tally::Silenced,
            Fact::SentToNextPeer { .. } => self == Tally::NextPeer,
            Fact::Aborted { .. } => self == Tally::Aborted,
            Fact::Lost { way: Direction::Up, .. } => self == Tally::LostUp,
            Fact::Lost { way: Direction::Down, .. } => self == Tally::LostDown,
            Fact::Ignored { .. } => self == Tally::Ignored,
            _ => false,
        }
    }
}

/// One question and the count so far.
struct Asked {
    tally: Tally,
    persons: Option<Range<u32>>,
    until: Time,
    count: u64,
    /// Who has bought by then; only where buyers are counted, since one person may buy several seats.
    buyers: BTreeSet<PersonId>,
}

/// The questions, in the order of the roster.
pub(super) struct Instants {
    asked: Vec<Asked>,
}

impl Metric for Instants {
    const DEFINITIONS: &'static [Definition] = &[];

    fn new(roster: &Roster) -> Instants {
        let asked = roster.instant_queries.iter().map(|question| {
            let known = KNOWN.iter().find(|(name, _)| *name == question.metric);
            let (_, tally) =
                known.unwrap_or_else(|| panic!("{} is not known at an instant", question.metric));
            Asked {
                tally: *tally,
                persons: question.cohort.map(|cohort| roster.cohorts[cohort.index()].persons.clone()),
                until: question.until,
                count: 0,
                buyers: BTreeSet::new(),
            }
        });
        Instants { asked: asked.collect() }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        if !self.asked.is_empty() {
            self.count(at, fact);
        }
    }

    #[inline]
    fn polled(&mut self, at: Time, up: Span) {
        for asked in &mut self.asked {
            let counts = matches!(asked.tally, Tally::Requests | Tally::Polls) && at - up <= asked.until;
            asked.count += u64::from(counts);
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        recorder.sheet.answers = self.asked.into_iter().map(|asked| asked.count).collect();
    }
}

impl Instants {
    /// An order was cancelled: its seats are sold no longer.
    fn uncount_seat(&mut self, at: Time, person: PersonId) {
        for asked in self.asked.iter_mut().filter(|asked| at <= asked.until) {
            let among = asked.persons.as_ref().is_none_or(|persons| persons.contains(&person.0));
            let less = match asked.tally {
                Tally::Sold => among,
                Tally::Buyers => asked.buyers.remove(&person),
                _ => false,
            };
            asked.count -= u64::from(less);
        }
    }

    fn count(&mut self, at: Time, fact: &Fact) {
        // The metrics that are given for each cohort count persons who come, and seats sold to them.
        let person = match *fact {
            Fact::Arrived { person } => Some(person),
            Fact::SeatSold { who, .. } => Some(who.person),
            _ => None,
        };
        if let Fact::SeatCancelled { who, .. } = *fact {
            return self.uncount_seat(at, who.person);
        }
        for asked in &mut self.asked {
            let among = |of: &Range<u32>| person.is_some_and(|person| of.contains(&person.0));
            if at > asked.until || !asked.tally.counts(fact) || !asked.persons.as_ref().is_none_or(among) {
                continue;
            }
            let again =
                asked.tally == Tally::Buyers && person.is_some_and(|person| !asked.buyers.insert(person));
            asked.count += u64::from(!again);
        }
    }
}
