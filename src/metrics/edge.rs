//! What gateways refused, dropped, closed, kept silent about and sent elsewhere. A count that the scenario can rule out
//! comes with how often it could have happened.

use super::people::{News, People};
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Possibility, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const REFUSALS_429: &str = "refusals.429";
    pub(crate) const REFUSALS_502: &str = "refusals.502";
    pub(crate) const REFUSALS_503: &str = "refusals.503";
    pub(crate) const REQUESTS_SYN_DROPPED: &str = "requests.syn_dropped";
    pub(crate) const REQUESTS_CLOSED: &str = "requests.closed";
    pub(crate) const REQUESTS_SILENCED: &str = "requests.silenced";
    pub(crate) const REQUESTS_NEXT_PEER: &str = "requests.next_peer";
    pub(crate) const GATEWAYS_PEERS_MARKED_DOWN: &str = "gateways.peers_marked_down";
}

/// Counters.
#[derive(Default)]
pub(super) struct Edge {
    too_many: u64,
    bad_gateway: u64,
    unavailable: u64,
    syn_dropped: u64,
    closed: u64,
    silenced: u64,
    next_peer: u64,
    peers_marked: u64,
    accepted: u64,
}

impl Metric for Edge {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(names::REFUSALS_429, "replies", "429: an address was over its rate limit.")
            .out_of("requests to a gateway that answers 429"),
        Definition::lower(names::REFUSALS_502, "replies", "502: no upstream could be reached, or it broke off.")
            .out_of("requests that could need a service out of reach"),
        Definition::lower(
            names::REFUSALS_503,
            "replies",
            "503, whoever made it: a gateway at its limit, a full queue, a pause, a provider that cannot be reached.",
        )
        .out_of("requests to anybody who answers 503"),
        Definition::lower(
            names::REQUESTS_SYN_DROPPED,
            "SYNs",
            "SYNs that vanished before a full accept queue; one request can lose several.",
        )
        .out_of("requests to a gateway whose accept queue has an end"),
        Definition::lower(
            names::REQUESTS_CLOSED,
            "requests",
            "Connections that a gateway closed or reset without a reply.",
        )
        .out_of("requests to a gateway that closes connections"),
        Definition::lower(
            names::REQUESTS_SILENCED,
            "requests",
            "Requests about which the backend had decided, and chose not to answer.",
        )
        .out_of("requests to anybody who refuses by silence"),
        Definition::plain(
            names::REQUESTS_NEXT_PEER,
            "requests",
            "Times that a gateway sent a request to another peer after one had failed.",
        ),
        Definition::lower(
            names::GATEWAYS_PEERS_MARKED_DOWN,
            "marks",
            "Times that a gateway marked a peer as failed and left it out for a while.",
        ),
    ];

    fn new(_roster: &Roster) -> Edge {
        Edge::default()
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Answered { reply, .. } => match reply.status() {
                429 => self.too_many += 1,
                502 => self.bad_gateway += 1,
                503 => self.unavailable += 1,
                _ => {}
            },
            Fact::Accepted { .. } => self.accepted += 1,
            Fact::SynDropped { .. } => self.syn_dropped += 1,
            Fact::ConnectionClosed { .. } => self.closed += 1,
            Fact::Silenced { .. } => self.silenced += 1,
            Fact::SentToNextPeer { .. } => self.next_peer += 1,
            Fact::PeerMarkedDown { .. } => self.peers_marked += 1,
            _ => {}
        }
    }

    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {
        self.accepted += 1;
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        recorder
            .count(names::REFUSALS_429, self.too_many)
            .over_if(Possibility::TooManyRequests, self.accepted + self.too_many);
        recorder.count(names::REFUSALS_502, self.bad_gateway).over_if(Possibility::BadGateway, self.accepted);
        recorder
            .count(names::REFUSALS_503, self.unavailable)
            .over_if(Possibility::ServiceUnavailable, self.accepted);
        recorder
            .count(names::REQUESTS_SYN_DROPPED, self.syn_dropped)
            .over_if(Possibility::SynDrop, self.accepted + self.syn_dropped);
        recorder
            .count(names::REQUESTS_CLOSED, self.closed)
            .over_if(Possibility::ConnectionClosed, self.accepted + self.closed);
        recorder
            .count(names::REQUESTS_SILENCED, self.silenced)
            .over_if(Possibility::SilentRefusal, self.accepted);
        recorder.count(names::REQUESTS_NEXT_PEER, self.next_peer);
        recorder.count(names::GATEWAYS_PEERS_MARKED_DOWN, self.peers_marked);
    }
}
