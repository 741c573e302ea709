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
pub(super) enum InstantCount {
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
pub(super) const KNOWN: [(&str, InstantCount); 31] = [
    (metric::CROWD_PERSONS, InstantCount::Came),
    (metric::SALE_SOLD, InstantCount::Sold),
    (metric::SALE_BUYERS, InstantCount::Buyers),
    (metric::SALE_SEATS_RETURNED, InstantCount::Returned),
    (metric::SALE_HOLDS_EXPIRED, InstantCount::Expired),
    (metric::SALE_TURNS, InstantCount::Turns),
    (metric::SALE_NO_SHOWS, InstantCount::NoShows),
    (metric::SALE_SKIPPED_PLACES, InstantCount::Skipped),
    (metric::SALE_DECLINES, InstantCount::Declines),
    (metric::SALE_CHARGES, InstantCount::Charges),
    (metric::SALE_DUPLICATE_CHARGES, InstantCount::DuplicateCharges),
    (metric::SALE_PAYMENT_REPLIES_LOST, InstantCount::PaymentRepliesLost),
    (metric::LOAD_REQUESTS, InstantCount::Requests),
    (metric::LOAD_POLLS, InstantCount::Polls),
    (metric::LOAD_OPAQUE, InstantCount::Opaque),
    (metric::TIMEOUTS_GATEWAY_504, InstantCount::Gateway504),
    (metric::TIMEOUTS_PAYMENT_504, InstantCount::Payment504),
    (metric::TIMEOUTS_CLIENT, InstantCount::ClientTimeouts),
    (metric::REFUSALS_GATEWAY_503, InstantCount::Gateway503),
    (metric::REFUSALS_STATION_503, InstantCount::Station503),
    (metric::REFUSALS_429, InstantCount::Status429),
    (metric::REFUSALS_502, InstantCount::Status502),
    (metric::REFUSALS_503, InstantCount::Status503),
    (metric::REQUESTS_SYN_DROPPED, InstantCount::SynDropped),
    (metric::REQUESTS_CLOSED, InstantCount::Closed),
    (metric::REQUESTS_SILENCED, InstantCount::Silenced),
    (metric::REQUESTS_NEXT_PEER, InstantCount::NextPeer),
    (metric::REQUESTS_ABORTED, InstantCount::Aborted),
    (metric::REQUESTS_LOST_UP, InstantCount::LostUp),
    (metric::REQUESTS_LOST_DOWN, InstantCount::LostDown),
    (metric::REQUESTS_IGNORED, InstantCount::Ignored),
];

impl InstantCount {
    /// Does this fact count? A poll that changed nothing is not told here.
    fn counts(self, fact: &Fact) -> bool {
        match *fact {
            Fact::Arrived { .. } => self == InstantCount::Came,
            Fact::SeatSold { .. } => matches!(self, InstantCount::Sold | InstantCount::Buyers),
            Fact::SeatReturned { expired, .. } => {
                self == InstantCount::Returned || self == InstantCount::Expired && expired
            }
            Fact::TurnIssued { .. } => self == InstantCount::Turns,
            Fact::NoShow { .. } => self == InstantCount::NoShows,
            Fact::Skipped { .. } => self == InstantCount::Skipped,
            Fact::CardDeclined { .. } => self == InstantCount::Declines,
            Fact::Charged { duplicate, .. } => {
                self == InstantCount::Charges || self == InstantCount::DuplicateCharges && duplicate
            }
            Fact::PaymentReplyLost { .. } => self == InstantCount::PaymentRepliesLost,
            Fact::Sent { kind, .. } => {
                self == InstantCount::Requests || self == InstantCount::Polls && kind == Kind::Poll
            }
            Fact::Heard { reading: Reading::Opaque(_), .. } => self == InstantCount::Opaque,
            Fact::Answered { reply, .. } => match self {
                InstantCount::Gateway504 => reply == Reply::UpstreamTimeout,
                InstantCount::Payment504 => reply == Reply::PaymentUnknown,
                InstantCount::Gateway503 => reply == Reply::GatewayBusy,
                InstantCount::Station503 => reply == Reply::StationBusy,
                InstantCount::Status429 => reply.status() == 429,
                InstantCount::Status502 => reply.status() == 502,
                InstantCount::Status503 => reply.status() == 503,
                _ => false,
            },
            Fact::TimedOut { .. } => self == InstantCount::ClientTimeouts,
            Fact::SynDropped { .. } => self == InstantCount::SynDropped,
            Fact::ConnectionClosed { .. } => self == InstantCount::Closed,
            Fact::Silenced { .. } => self == InstantCount::Silenced,
            Fact::SentToNextPeer { .. } => self == InstantCount::NextPeer,
            Fact::Aborted { .. } => self == InstantCount::Aborted,
            Fact::Lost { way: Direction::Up, .. } => self == InstantCount::LostUp,
            Fact::Lost { way: Direction::Down, .. } => self == InstantCount::LostDown,
            Fact::Ignored { .. } => self == InstantCount::Ignored,
            _ => false,
        }
    }
}

/// One question and the count so far.
struct RunningCount {
    what: InstantCount,
    persons: Option<Range<u32>>,
    until: Time,
    count: u64,
    /// Who has bought by then; only where buyers are counted, since one person may buy several seats.
    buyers: BTreeSet<PersonId>,
}

/// The questions, in the order of the roster.
pub(super) struct Instants {
    asked: Vec<RunningCount>,
}

impl Metric for Instants {
    const DEFINITIONS: &'static [Definition] = &[];

    fn new(roster: &Roster) -> Instants {
        let asked = roster.instant_queries.iter().map(|question| {
            let known = KNOWN.iter().find(|(name, _)| *name == question.metric);
            let (_, what) = known.unwrap_or_else(|| panic!("{} is not known at an instant", question.metric));
            RunningCount {
                what: *what,
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
            let counts =
                matches!(asked.what, InstantCount::Requests | InstantCount::Polls) && at - up <= asked.until;
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
            let less = match asked.what {
                InstantCount::Sold => among,
                InstantCount::Buyers => asked.buyers.remove(&person),
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
            if at > asked.until || !asked.what.counts(fact) || !asked.persons.as_ref().is_none_or(among) {
                continue;
            }
            let again = asked.what == InstantCount::Buyers
                && person.is_some_and(|person| !asked.buyers.insert(person));
            asked.count += u64::from(!again);
        }
    }
}
