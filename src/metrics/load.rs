//! How many requests there were, of which kind, and what became of them.

use super::people::{News, People};
use super::recorder::share;
use super::{Definition, Metric, Recorder, RequestCount};
use crate::engine::time::{Span, Time};
use crate::protocol::{Direction, Emitter, Fact, Kind, Reading, Reply, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const LOAD_RETRY_AMPLIFICATION_OPEN_PAGE: &str = "load.retry_amplification.open_page";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_JOIN: &str = "load.retry_amplification.join";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_POLL: &str = "load.retry_amplification.poll";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_SEAT_MAP: &str = "load.retry_amplification.seat_map";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_HOLD: &str = "load.retry_amplification.hold";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_CHECKOUT: &str = "load.retry_amplification.checkout";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_PAY: &str = "load.retry_amplification.pay";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_LEAVE: &str = "load.retry_amplification.leave";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_REVERIFY: &str = "load.retry_amplification.reverify";
    pub(crate) const LOAD_RETRY_AMPLIFICATION_HEARTBEAT: &str = "load.retry_amplification.heartbeat";
    pub(crate) const LOAD_REQUESTS: &str = "load.requests";
    pub(crate) const LOAD_REQUESTS_PER_TICKET: &str = "load.requests_per_ticket";
    pub(crate) const LOAD_POLLS: &str = "load.polls";
    pub(crate) const LOAD_OPAQUE: &str = "load.opaque";
    pub(crate) const LOAD_RETRY_AMPLIFICATION: &str = "load.retry_amplification";
}

const KINDS: usize = Kind::ALL.len();
const REPLIES: usize = Reply::COUNT;
const EMITTERS: usize = Emitter::ALL.len();

/// Names of the amplification by kind, in the order of the kinds.
const AMPLIFICATION: [&str; KINDS] = [
    names::LOAD_RETRY_AMPLIFICATION_OPEN_PAGE,
    names::LOAD_RETRY_AMPLIFICATION_JOIN,
    names::LOAD_RETRY_AMPLIFICATION_POLL,
    names::LOAD_RETRY_AMPLIFICATION_SEAT_MAP,
    names::LOAD_RETRY_AMPLIFICATION_HOLD,
    names::LOAD_RETRY_AMPLIFICATION_CHECKOUT,
    names::LOAD_RETRY_AMPLIFICATION_PAY,
    names::LOAD_RETRY_AMPLIFICATION_LEAVE,
    names::LOAD_RETRY_AMPLIFICATION_REVERIFY,
    names::LOAD_RETRY_AMPLIFICATION_HEARTBEAT,
];

const AMPLIFICATION_DOC: &str = "Requests of this kind sent / first tries of this kind, >= 1 unless a circuit breaker stops some; null without any.";

const fn amplification(kind: usize) -> Definition {
    Definition::lower(AMPLIFICATION[kind], "1", AMPLIFICATION_DOC)
}

/// Counters by kind, reply and emitter.
pub(super) struct Load {
    polled: u64,
    sent: [u64; KINDS],
    first_tries: [u64; KINDS],
    answered: [[[u64; EMITTERS]; REPLIES]; KINDS],
    lost_up: [u64; KINDS],
    aborted: [u64; KINDS],
    closed: [u64; KINDS],
    opaque: u64,
    tickets: u64,
}

impl Metric for Load {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::LOAD_REQUESTS,
            "requests",
            "Requests that left a client, lost ones included.",
        ),
        Definition::lower(
            names::LOAD_REQUESTS_PER_TICKET,
            "requests",
            "Requests sent / tickets sold; null where no ticket was sold.",
        ),
        Definition::lower(names::LOAD_POLLS, "requests", "Requests that asked for one's place in line."),
        Definition::lower(
            names::LOAD_OPAQUE,
            "replies",
            "Replies delivered whose status the client could not read (no CORS headers).",
        ),
        Definition::lower(
            names::LOAD_RETRY_AMPLIFICATION,
            "1",
            "Requests sent / first tries, over all kinds, >= 1, or less where a circuit breaker stops first tries before \
             they are sent; null without first tries.",
        ),
        amplification(0),
        amplification(1),
        amplification(2),
        amplification(3),
        amplification(4),
        amplification(5),
        amplification(6),
        amplification(7),
        amplification(8),
        amplification(9),
    ];

    fn new(_roster: &Roster) -> Load {
        Load {
            polled: 0,
            sent: [0; KINDS],
            first_tries: [0; KINDS],
            answered: [[[0; EMITTERS]; REPLIES]; KINDS],
            lost_up: [0; KINDS],
            aborted: [0; KINDS],
            closed: [0; KINDS],
            opaque: 0,
            tickets: 0,
        }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Sent { kind, first_try, .. } => {
                self.sent[kind as usize] += 1;
                self.first_tries[kind as usize] += u64::from(first_try);
            }
            Fact::FailedFast { kind, first_try, .. } => {
                self.first_tries[kind as usize] += u64::from(first_try);
            }
            Fact::Answered { kind, reply, emitter, .. } => {
                self.answered[kind as usize][reply as usize][emitter as usize] += 1;
            }
            Fact::Lost { kind, way: Direction::Up, .. } => self.lost_up[kind as usize] += 1,
            Fact::Aborted { kind, .. } => self.aborted[kind as usize] += 1,
            Fact::ConnectionClosed { kind, .. } => self.closed[kind as usize] += 1,
            Fact::Heard { reading: Reading::Opaque(_), .. } => self.opaque += 1,
            Fact::SeatSold { .. } => self.tickets += 1,
            Fact::SeatCancelled { .. } => self.tickets -= 1,
            _ => {}
        }
    }

    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {
        self.polled += 1;
    }

    fn finish(mut self, _people: &People, recorder: &mut Recorder<'_>) {
        let poll = Kind::Poll as usize;
        self.sent[poll] += self.polled;
        self.first_tries[poll] += self.polled;
        self.answered[poll][Reply::InLine as usize][Emitter::WaitingRoom as usize] += self.polled;

        let requests: u64 = self.sent.iter().sum();
        recorder.count(names::LOAD_REQUESTS, requests);
        recorder.put(names::LOAD_REQUESTS_PER_TICKET, share(requests, self.tickets)).over(self.tickets);
        recorder.count(names::LOAD_POLLS, self.sent[poll]);
        recorder.count(names::LOAD_OPAQUE, self.opaque);
        let first_tries = self.first_tries.iter().sum();
        recorder.put(names::LOAD_RETRY_AMPLIFICATION, share(requests, first_tries)).over(first_tries);
        for kind in Kind::ALL {
            let (name, first_tries) = (AMPLIFICATION[kind as usize], self.first_tries[kind as usize]);
            recorder.put(name, share(self.sent[kind as usize], first_tries)).over(first_tries);
            self.rows_of(kind, recorder);
        }
    }
}

impl Load {
    /// The rows of one kind in the table of requests: they add up to the requests sent.
    fn rows_of(&self, kind: Kind, recorder: &mut Recorder<'_>) {
        let k = kind as usize;
        let answered: u64 = self.answered[k].iter().flatten().sum();
        let accounted = answered + self.lost_up[k] + self.aborted[k] + self.closed[k];
        assert!(
            accounted <= self.sent[k],
            "{} {} requests were sent, but {answered} answered, {} lost on the way up, {} aborted and {} closed",
            self.sent[k],
            kind.name(),
            self.lost_up[k],
            self.aborted[k],
            self.closed[k]
        );
        let mut row = |outcome: &str, reply: Option<(Reply, Emitter)>, count: u64| {
            if count > 0 {
                recorder.sheet.requests.push(RequestCount {
                    kind: kind.name().to_owned(),
                    outcome: outcome.to_owned(),
                    status: reply.map(|(reply, _)| reply.status()),
                    emitter: reply.map(|(_, emitter)| emitter.name().to_owned()),
                    count,
                });
            }
        };
        for reply in Reply::ALL {
            for emitter in Emitter::ALL {
                let count = self.answered[k][reply as usize][emitter as usize];
                row(reply.name(), Some((reply, emitter)), count);
            }
        }
        row("lost_up", None, self.lost_up[k]);
        row("connection_closed", None, self.closed[k]);
        row("aborted", None, self.aborted[k]);
        row("unanswered", None, self.sent[k] - accounted);
    }
}
