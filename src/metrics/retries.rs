//! What callers did after failures: which retries they were denied, which requests they never sent, and who came back
//! before they had been asked to.

use super::people::{News, People};
use super::recorder::share;
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Kind, Possibility, Reading, Reply, Roster, SessionId};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const RETRIES_DENIED: &str = "retries.denied";
    pub(crate) const RETRIES_FAILED_FAST: &str = "retries.failed_fast";
    pub(crate) const RETRIES_BREAKER_OPENINGS: &str = "retries.breaker_openings";
    pub(crate) const RETRIES_DENIED_NEXT_PEER: &str = "retries.denied_next_peer";
    pub(crate) const RETRIES_CALL_SUCCESS: &str = "retries.call_success";
    pub(crate) const RETRIES_TOO_EARLY: &str = "retries.too_early";
}

/// Counters, and until when each session was asked to stay away.
#[derive(Default)]
pub(super) struct Retries {
    first_tries: u64,
    tried_again: u64,
    denied: u64,
    failed_fast: u64,
    never_sent: u64,
    opened: u64,
    denied_next_peer: u64,
    next_peer: u64,
    succeeded: u64,
    /// The wait that goes with refusals; `None`: none is named.
    retry_after: Option<Span>,
    /// Until when, in milliseconds since time 0; 0: nobody asked.
    away_until_ms: Vec<u32>,
    asked: u64,
    too_early: u64,
}

impl Metric for Retries {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::plain(
            names::RETRIES_DENIED,
            "retries",
            "Retries that a client's program did not allow: its budget was spent, or its circuit breaker open.",
        )
        .out_of("retries of clients, wished for or made, where programs deny some"),
        Definition::plain(
            names::RETRIES_FAILED_FAST,
            "requests",
            "Requests that failed before they were sent: their program's circuit breaker was open.",
        )
        .out_of("requests of clients with a circuit breaker, sent or not"),
        Definition::lower(
            names::RETRIES_BREAKER_OPENINGS,
            "openings",
            "Times that a client's program saw too many failures and opened its circuit breaker.",
        ),
        Definition::plain(
            names::RETRIES_DENIED_NEXT_PEER,
            "requests",
            "Requests that a gateway did not send to another peer: its retry budget was spent.",
        )
        .out_of("requests that a gateway would send to another peer, where it has a budget"),
        Definition::higher(
            names::RETRIES_CALL_SUCCESS,
            "1",
            "First tries that ended well, by themselves or by a retry / first tries, those never sent included; 0 to 1. \
             Well: a readable answer that is neither 429 nor 5xx. Beacons are left out. Null without first tries.",
        ),
        Definition::lower(
            names::RETRIES_TOO_EARLY,
            "requests",
            "Requests sent before the wait was over that the refusal before them had named (Retry-After).",
        )
        .out_of("requests that followed a refusal which named a wait"),
    ];

    fn new(roster: &Roster) -> Retries {
        Retries { retry_after: roster.retry_after, ..Retries::default() }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Sent { who, kind, first_try } if kind.is_waited_for() => {
                self.first_tries += u64::from(first_try);
                self.tried_again += u64::from(!first_try);
                if self.retry_after.is_some() {
                    self.comes_back(who.session, at);
                }
            }
            Fact::Heard { who, kind, reading, .. } => self.note_answer(who.session, at, kind, reading),
            Fact::RetryDenied { .. } => self.denied += 1,
            Fact::FailedFast { first_try, .. } => {
                self.failed_fast += 1;
                self.never_sent += u64::from(first_try);
            }
            Fact::BreakerOpened { .. } => self.opened += 1,
            Fact::NextPeerDenied { .. } => self.denied_next_peer += 1,
            Fact::SentToNextPeer { .. } => self.next_peer += 1,
            _ => {}
        }
    }

    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {
        self.first_tries += 1;
        self.succeeded += 1;
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        recorder
            .count(names::RETRIES_DENIED, self.denied)
            .over_if(Possibility::RetryDenied, self.tried_again + self.denied);
        let requests = self.first_tries + self.tried_again + self.failed_fast;
        recorder
            .count(names::RETRIES_FAILED_FAST, self.failed_fast)
            .over_if(Possibility::FailedFast, requests);
        recorder.count(names::RETRIES_BREAKER_OPENINGS, self.opened);
        recorder
            .count(names::RETRIES_DENIED_NEXT_PEER, self.denied_next_peer)
            .over_if(Possibility::NextPeerDenied, self.next_peer + self.denied_next_peer);
        let calls = self.first_tries + self.never_sent;
        recorder.put(names::RETRIES_CALL_SUCCESS, share(self.succeeded.min(calls), calls)).over(calls);
        recorder.count(names::RETRIES_TOO_EARLY, self.too_early).over(self.asked);
    }
}

impl Retries {
    fn note_answer(&mut self, session: SessionId, at: Time, kind: Kind, reading: Reading) {
        match reading {
            Reading::Answer(reply) if reply.status() != 429 && reply.status() < 500 => {
                self.succeeded += u64::from(kind.is_waited_for());
            }
            Reading::Answer(reply) | Reading::Opaque(reply) => {
                if let Some(wait) = self.retry_after
                    && matches!(reply, Reply::RateLimited | Reply::GatewayBusy)
                {
                    self.ask_away(session, at + wait);
                }
            }
        }
    }

    fn ask_away(&mut self, session: SessionId, until: Time) {
        let index = session.index();
        if self.away_until_ms.len() <= index {
            self.away_until_ms.resize(index + 1, 0);
        }
        self.away_until_ms[index] = u32::try_from(until.as_us() / 1000).unwrap_or(u32::MAX);
    }

    fn comes_back(&mut self, session: SessionId, at: Time) {
        let Some(until) = self.away_until_ms.get_mut(session.index()).filter(|until| **until > 0) else {
            return;
        };
        self.asked += 1;
        self.too_early += u64::from(at.as_us() / 1000 < u64::from(*until));
        *until = 0;
    }
}
