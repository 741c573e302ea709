//! Who stopped waiting for whom, who refused, and what the network swallowed.

use super::people::{News, People};
use super::{Definition, Metric, Page};
use crate::engine::time::Time;
use crate::protocol::{Fact, Reply, Roster, Way};

/// Counters.
#[derive(Default)]
pub(super) struct Timeouts {
    gateway: u64,
    payment: u64,
    client: u64,
    gateway_busy: u64,
    station_busy: u64,
    aborted: u64,
    lost_up: u64,
    lost_down: u64,
    ignored: u64,
}

impl Metric for Timeouts {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower("timeouts.gateway_504", "replies", "504 by a gateway whose upstream timer fired."),
        Definition::lower(
            "timeouts.payment_504",
            "replies",
            "504 by the shop whose timer on the provider fired.",
        ),
        Definition::lower("timeouts.client", "attempts", "Attempts that the client's own timeout ended."),
        Definition::lower("refusals.gateway_503", "replies", "503 by a gateway over its concurrency limit."),
        Definition::lower("refusals.station_503", "replies", "503 by a station with a full queue."),
        Definition::lower(
            "requests.aborted",
            "requests",
            "Requests whose client had gone before any reply left: nobody was answered.",
        ),
        Definition::lower("requests.lost_up", "requests", "Requests that the network lost."),
        Definition::lower("requests.lost_down", "replies", "Replies that the network lost."),
        Definition::lower(
            "requests.ignored",
            "replies",
            "Replies delivered after the client had stopped waiting.",
        ),
    ];

    fn new(_roster: &Roster) -> Timeouts {
        Timeouts::default()
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Answered { reply, .. } => match reply {
                Reply::UpstreamTimeout => self.gateway += 1,
                Reply::PaymentUnknown => self.payment += 1,
                Reply::GatewayBusy => self.gateway_busy += 1,
                Reply::StationBusy => self.station_busy += 1,
                _ => {}
            },
            Fact::TimedOut { .. } => self.client += 1,
            Fact::Aborted { .. } => self.aborted += 1,
            Fact::Lost { way: Way::Up, .. } => self.lost_up += 1,
            Fact::Lost { way: Way::Down, .. } => self.lost_down += 1,
            Fact::Ignored { .. } => self.ignored += 1,
            _ => {}
        }
    }

    fn finish(self, _people: &People, page: &mut Page<'_>) {
        page.count("timeouts.gateway_504", self.gateway);
        page.count("timeouts.payment_504", self.payment);
        page.count("timeouts.client", self.client);
        page.count("refusals.gateway_503", self.gateway_busy);
        page.count("refusals.station_503", self.station_busy);
        page.count("requests.aborted", self.aborted);
        page.count("requests.lost_up", self.lost_up);
        page.count("requests.lost_down", self.lost_down);
        page.count("requests.ignored", self.ignored);
    }
}
