//! What the overload controls of gateways refused, and of whom.

use super::page::share;
use super::people::{News, People};
use super::{Definition, Metric, Page};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Kind, Roster};

/// Counters.
#[derive(Default)]
pub(super) struct Gateways {
    /// Requests that an overload control refused, by kind.
    shed: [u64; Kind::ALL.len()],
    /// Requests that gateways accepted, by kind.
    accepted: [u64; Kind::ALL.len()],
}

/// The kinds that an order is made of.
const ORDER: [Kind; 3] = [Kind::Hold, Kind::Checkout, Kind::Pay];

impl Metric for Gateways {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            "overload.shed",
            "requests",
            "Requests that an overload control refused, however that was said.",
        )
        .out_of("requests to a gateway with an overload control"),
        Definition::lower(
            "overload.shed_share",
            "1",
            "The share of requests to gateways that their overload controls refused, 0 to 1; null without such a control.",
        ),
        Definition::lower(
            "overload.shed_share.orders",
            "1",
            "The same of requests that an order is made of: holds, checkouts and payments; null without any.",
        ),
    ];

    fn new(_roster: &Roster) -> Gateways {
        Gateways::default()
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Accepted { kind, .. } => self.accepted[kind as usize] += 1,
            Fact::ControlRefused { kind, .. } => self.shed[kind as usize] += 1,
            _ => {}
        }
    }

    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {
        self.accepted[Kind::Poll as usize] += 1;
    }

    fn finish(self, _people: &People, page: &mut Page<'_>) {
        let controlled = page.roster.risks.overload_control;
        let shed: u64 = self.shed.iter().sum();
        let asked = if controlled { shed + self.accepted.iter().sum::<u64>() } else { 0 };
        page.count("overload.shed", shed).over(asked);
        page.put("overload.shed_share", share(shed, asked)).over(asked);
        let of_orders = |counts: &[u64]| -> u64 { ORDER.iter().map(|kind| counts[*kind as usize]).sum() };
        let shed = of_orders(&self.shed);
        let asked = if controlled { shed + of_orders(&self.accepted) } else { 0 };
        page.put("overload.shed_share.orders", share(shed, asked)).over(asked);
    }
}
