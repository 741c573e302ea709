//! What overload controls refused, which accounts were locked, and how evenly the load was spread over the gateways.

use super::people::{News, People};
use super::recorder::share;
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Cause, Fact, Kind, Possibility, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const OVERLOAD_SHED: &str = "overload.shed";
    pub(crate) const OVERLOAD_SHED_SHARE: &str = "overload.shed_share";
    pub(crate) const OVERLOAD_SHED_SHARE_ORDERS: &str = "overload.shed_share.orders";
    pub(crate) const ACCOUNTS_LOCKED: &str = "accounts.locked";
    pub(crate) const ACCOUNTS_REFUSED_LOCKED: &str = "accounts.refused_locked";
    pub(crate) const GATEWAYS_IN_FLIGHT_PEAK: &str = "gateways.in_flight_peak";
    pub(crate) const GATEWAYS_IMBALANCE: &str = "gateways.imbalance";
}

/// Counters.
#[derive(Default)]
pub(super) struct Gateways {
    /// Requests that an overload control refused, by kind.
    shed: [u64; Kind::ALL.len()],
    /// Requests that gateways accepted, by kind.
    accepted: [u64; Kind::ALL.len()],
    locked: u64,
    refused_locked: u64,
    /// The most requests in flight behind each gateway, where there are several.
    peaks: Vec<u32>,
    /// The most that served at a time, where their number follows the load.
    served: Option<u32>,
}

/// The kinds that an order is made of.
const ORDER: [Kind; 3] = [Kind::Hold, Kind::Checkout, Kind::Pay];

impl Metric for Gateways {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::OVERLOAD_SHED,
            "requests",
            "Requests that an overload control refused, however that was said.",
        )
        .out_of("requests to a gateway with an overload control"),
        Definition::lower(
            names::OVERLOAD_SHED_SHARE,
            "1",
            "The share of requests to gateways that their overload controls refused, 0 to 1; null without such a control.",
        ),
        Definition::lower(
            names::OVERLOAD_SHED_SHARE_ORDERS,
            "1",
            "The same of requests that an order is made of: holds, checkouts and payments; null without any.",
        ),
        Definition::lower(
            names::ACCOUNTS_LOCKED,
            "locks",
            "Times that an account was locked after too many refusals.",
        )
        .out_of("accounts where gateways lock them"),
        Definition::lower(
            names::ACCOUNTS_REFUSED_LOCKED,
            "requests",
            "Requests refused, with a status or by closing the connection, because their account was locked.",
        )
        .out_of("requests to gateways that lock accounts"),
        Definition::lower(
            names::GATEWAYS_IN_FLIGHT_PEAK,
            "requests",
            "The most requests in flight behind one gateway; null with a single one, or if nothing was ever in flight.",
        ),
        Definition::lower(
            names::GATEWAYS_IMBALANCE,
            "1",
            "The peak of requests in flight of the busiest gateway over the mean of the peaks of all gateways that ever served, 1 or more; \
             null with a single one, or if nothing was ever in flight.",
        ),
    ];

    fn new(roster: &Roster) -> Gateways {
        let several = if roster.gateways > 1 { usize::from(roster.gateways) } else { 0 };
        Gateways { peaks: vec![0; several], ..Gateways::default() }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Accepted { kind, .. } => self.accepted[kind as usize] += 1,
            Fact::ControlRefused { kind, .. } => self.shed[kind as usize] += 1,
            Fact::AccountLocked { .. } => self.locked += 1,
            Fact::Answered { cause: Cause::AccountLock, .. }
            | Fact::ConnectionClosed { cause: Cause::AccountLock, .. } => self.refused_locked += 1,
            Fact::GatewayPeak { gateway, in_flight } => {
                let peak = &mut self.peaks[gateway.index()];
                *peak = in_flight.max(*peak);
            }
            Fact::Nodes { station: None, serving, .. } => self.served = self.served.max(Some(serving)),
            _ => {}
        }
    }

    #[inline]
    fn polled(&mut self, _at: Time, _up: Span) {
        self.accepted[Kind::Poll as usize] += 1;
    }

    fn finish(mut self, _people: &People, recorder: &mut Recorder<'_>) {
        let shed: u64 = self.shed.iter().sum();
        let asked = recorder.chances(Possibility::OverloadControl, shed + self.accepted.iter().sum::<u64>());
        recorder.count(names::OVERLOAD_SHED, shed).over(asked);
        recorder.put(names::OVERLOAD_SHED_SHARE, share(shed, asked)).over(asked);
        let of_orders = |counts: &[u64]| -> u64 { ORDER.iter().map(|kind| counts[*kind as usize]).sum() };
        let shed = of_orders(&self.shed);
        let asked = recorder.chances(Possibility::OverloadControl, shed + of_orders(&self.accepted));
        recorder.put(names::OVERLOAD_SHED_SHARE_ORDERS, share(shed, asked)).over(asked);
        let persons = u64::from(recorder.roster.persons);
        recorder.count(names::ACCOUNTS_LOCKED, self.locked).over_if(Possibility::AccountLock, persons);
        let accepted = self.accepted.iter().sum::<u64>();
        recorder
            .count(names::ACCOUNTS_REFUSED_LOCKED, self.refused_locked)
            .over_if(Possibility::AccountLock, accepted + self.refused_locked);
        self.peaks.truncate(match self.served {
            Some(1) => 0,
            Some(most) => most as usize,
            None => self.peaks.len(),
        });
        let peak = self.peaks.iter().copied().max().filter(|peak| *peak > 0);
        let total: u64 = self.peaks.iter().map(|peak| u64::from(*peak)).sum();
        let mean = total as f64 / self.peaks.len() as f64;
        recorder.put(names::GATEWAYS_IN_FLIGHT_PEAK, peak.map(f64::from)).over(self.peaks.len() as u64);
        recorder
            .put(names::GATEWAYS_IMBALANCE, peak.map(|peak| f64::from(peak) / mean))
            .over(self.peaks.len() as u64);
    }
}
