//! Who stopped waiting for whom, who refused, and what the network swallowed. Each count comes with how often it
//! could have happened, which is 0 where the scenario rules it out.

use super::people::{News, People};
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Direction, Fact, Kind, Possibility, Reply, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const TIMEOUTS_GATEWAY_504: &str = "timeouts.gateway_504";
    pub(crate) const TIMEOUTS_PAYMENT_504: &str = "timeouts.payment_504";
    pub(crate) const TIMEOUTS_CLIENT: &str = "timeouts.client";
    pub(crate) const REFUSALS_GATEWAY_503: &str = "refusals.gateway_503";
    pub(crate) const REFUSALS_STATION_503: &str = "refusals.station_503";
    pub(crate) const REFUSALS_STATION_500: &str = "refusals.station_500";
    pub(crate) const REQUESTS_ABORTED: &str = "requests.aborted";
    pub(crate) const REQUESTS_LOST_UP: &str = "requests.lost_up";
    pub(crate) const REQUESTS_LOST_DOWN: &str = "requests.lost_down";
    pub(crate) const REQUESTS_IGNORED: &str = "requests.ignored";
}

/// Counters.
pub(super) struct Timeouts {
    gateway: u64,
    payment: u64,
    client: u64,
    gateway_busy: u64,
    station_busy: u64,
    server_error: u64,
    aborted: u64,
    lost_up: u64,
    lost_down: u64,
    ignored: u64,
    chances: Chances,
}

/// How often something could have gone wrong.
struct Chances {
    timed_kinds: [bool; Kind::ALL.len()],
    limited_stations: Vec<bool>,
    polled: u64,
    sent: u64,
    accepted: u64,
    behind_timer: u64,
    answered: u64,
    heard: u64,
    payments: u64,
    at_limited_stations: u64,
    services: u64,
}

impl Metric for Timeouts {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::TIMEOUTS_GATEWAY_504,
            "replies",
            "504 by a gateway whose upstream timer fired.",
        )
        .out_of("requests forwarded behind a gateway's timer"),
        Definition::lower(
            names::TIMEOUTS_PAYMENT_504,
            "replies",
            "504 by the shop whose timer on the provider fired.",
        )
        .out_of("payments"),
        Definition::lower(
            names::TIMEOUTS_CLIENT,
            "attempts",
            "Attempts that the client's own timeout ended.",
        )
        .out_of("requests of clients with a timeout"),
        Definition::lower(
            names::REFUSALS_GATEWAY_503,
            "replies",
            "503 by a gateway over its concurrency limit, or by its overload control.",
        )
        .out_of("requests to a gateway that answers 503"),
        Definition::lower(
            names::REFUSALS_STATION_503,
            "replies",
            "503 by a station: its queue was full, or a request for seats gave up.",
        )
        .out_of("requests to a station that may refuse"),
        Definition::lower(
            names::REFUSALS_STATION_500,
            "replies",
            "500 by a station that had an error of its own.",
        )
        .out_of("services, where a fault makes some of them err"),
        Definition::lower(
            names::REQUESTS_ABORTED,
            "requests",
            "Requests whose client had gone before any reply left: nobody was answered.",
        )
        .out_of("requests accepted"),
        Definition::lower(names::REQUESTS_LOST_UP, "requests", "Requests that the network lost.")
            .out_of("requests over a network that loses some"),
        Definition::lower(names::REQUESTS_LOST_DOWN, "replies", "Replies that the network lost.")
            .out_of("replies over a network that loses some"),
        Definition::lower(
            names::REQUESTS_IGNORED,
            "replies",
            "Replies delivered after the client had stopped waiting.",
        )
        .out_of("replies delivered"),
    ];

    fn new(roster: &Roster) -> Timeouts {
        Timeouts {
            gateway: 0,
            payment: 0,
            client: 0,
            gateway_busy: 0,
            station_busy: 0,
            server_error: 0,
            aborted: 0,
            lost_up: 0,
            lost_down: 0,
            ignored: 0,
            chances: Chances {
                timed_kinds: Kind::ALL.map(|kind| roster.possible.has(Possibility::UpstreamTimeout(kind))),
                limited_stations: roster
                    .stations
                    .iter()
                    .map(|station| station.limited || station.sheds)
                    .collect(),
                polled: 0,
                sent: 0,
                accepted: 0,
                behind_timer: 0,
                answered: 0,
                heard: 0,
                payments: 0,
                at_limited_stations: 0,
                services: 0,
            },
        }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        self.chances.hear(fact);
        match *fact {
            Fact::Answered { reply, .. } => match reply {
                Reply::UpstreamTimeout => self.gateway += 1,
                Reply::PaymentUnknown => self.payment += 1,
                Reply::GatewayBusy => self.gateway_busy += 1,
                Reply::StationBusy => self.station_busy += 1,
                Reply::ServerError => self.server_error += 1,
                _ => {}
            },
            Fact::TimedOut { .. } => self.client += 1,
            Fact::Aborted { .. } => self.aborted += 1,
            Fact::Lost { way: Direction::Up, .. } => self.lost_up += 1,
            Fact::Lost { way: Direction::Down, .. } => self.lost_down += 1,
            Fact::Ignored { .. } => self.ignored += 1,
            _ => {}
        }
    }

    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {
        self.chances.polled += 1;
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let all = &self.chances;
        let sent = all.sent + all.polled;
        let accepted = all.accepted + all.polled;
        let answered = all.answered + all.polled;
        let delivered = all.heard + all.polled + self.ignored;
        recorder.count(names::TIMEOUTS_GATEWAY_504, self.gateway).over(all.behind_timer);
        recorder.count(names::TIMEOUTS_PAYMENT_504, self.payment).over(all.payments);
        recorder.count(names::TIMEOUTS_CLIENT, self.client).over_if(Possibility::ClientTimeout, sent);
        recorder
            .count(names::REFUSALS_GATEWAY_503, self.gateway_busy)
            .over_if(Possibility::GatewayBusy, accepted + self.gateway_busy);
        recorder.count(names::REFUSALS_STATION_503, self.station_busy).over(all.at_limited_stations);
        recorder
            .count(names::REFUSALS_STATION_500, self.server_error)
            .over_if(Possibility::ServerError, all.services);
        recorder.count(names::REQUESTS_ABORTED, self.aborted).over(accepted);
        recorder.count(names::REQUESTS_LOST_UP, self.lost_up).over_if(Possibility::RequestLoss, sent);
        recorder.count(names::REQUESTS_LOST_DOWN, self.lost_down).over_if(Possibility::ReplyLoss, answered);
        recorder.count(names::REQUESTS_IGNORED, self.ignored).over(delivered);
    }
}

impl Chances {
    #[inline]
    fn hear(&mut self, fact: &Fact) {
        match *fact {
            Fact::Sent { .. } => self.sent += 1,
            Fact::Accepted { kind, .. } => {
                self.accepted += 1;
                self.behind_timer += u64::from(self.timed_kinds[kind as usize]);
            }
            Fact::Answered { .. } => self.answered += 1,
            Fact::Heard { .. } => self.heard += 1,
            Fact::ServiceBegan { station, .. }
            | Fact::TurnedAway { station, .. }
            | Fact::Shed { station, .. } => {
                self.at_limited_stations += u64::from(self.limited_stations[station.index()]);
            }
            Fact::ServiceEnded { .. } => self.services += 1,
            // Each payment ends in one of these.
            Fact::Charged { .. }
            | Fact::CardDeclined { .. }
            | Fact::PaymentReplyLost { charged: false, .. } => {
                self.payments += 1;
            }
            _ => {}
        }
    }
}
