//! Which gateway a request goes to, and from which address and account it comes.

use super::World;
use super::luck::{Ask, Use};
use crate::engine::Time;
use crate::engine::random::Stream;
use crate::protocol::{Fact, GatewayId, Kind, Observer, SessionId};
use crate::scenario::plan::Balancing;

impl<O: Observer> World<O> {
    /// The gateway of a session's next request.
    #[inline]
    pub(super) fn balance(&mut self, session: SessionId, attempt: u32, kind: Kind) -> GatewayId {
        let gateways = u64::from(self.serving);
        if gateways == 1 && !self.scaling.keeps_gateways() {
            return GatewayId(0);
        }
        let place = match self.plan.edge.balancing {
            Balancing::Sticky => {
                let tab = self.crowd.row(session).tab();
                let (stream, n) = self.luck.of_person(Use::Gateway, self.entity_of(session), tab);
                let drawn = stream.below(n, gateways);
                if self.scaling.keeps_gateways() {
                    self.scaling.keep_gateway(session, drawn, self.serving)
                } else {
                    drawn
                }
            }
            Balancing::IpHash => {
                let address = u64::from(self.address_of(session));
                let (stream, n) = self.luck.of_person(Use::Gateway, address, Use::PERSONAL_TAB);
                stream.below(n, gateways)
            }
            Balancing::RoundRobin => {
                self.balanced += 1;
                (self.balanced - 1) % gateways
            }
            by @ (Balancing::LeastLoaded | Balancing::TwoChoices) => {
                self.balance_by_load(by, self.ask_of(session, attempt, kind))
            }
        };
        let gateway = GatewayId(u8::try_from(place).expect("at most 255 gateways"));
        if self.has_door { self.around_the_fallen(gateway) } else { gateway }
    }

    /// Apart, so that a sale whose balancer does not look at the load does not pay for it.
    #[inline(never)]
    fn balance_by_load(&self, by: Balancing, ask: Ask) -> u64 {
        let (stream, n) = self.luck.of_ask(Use::Balance, ask);
        match by {
            Balancing::TwoChoices => self.two_choices(stream.fork(n), u64::from(self.serving)),
            _ => self.least_loaded(stream, n),
        }
    }

    /// A gateway with the fewest open connections, by lot among equals. One that is known to be down is left out, if not
    /// all of them are.
    fn least_loaded(&self, stream: Stream, n: u64) -> u64 {
        let load = |index: usize| (self.is_known_down(index), self.gateways[index].connections());
        let serving = usize::from(self.serving);
        let least = (0..serving).map(load).min().expect("there is a gateway");
        let mut equals = (0..serving).filter(|&index| load(index) == least);
        let chosen = stream.below(n, equals.clone().count() as u64) as usize;
        equals.nth(chosen).map_or(0, |index| index as u64)
    }

    /// The one of two gateways that has fewer open connections; the first of them if they are equals.
    fn two_choices(&self, stream: Stream, gateways: u64) -> u64 {
        let first = stream.below(0, gateways);
        let other = (first + 1 + stream.below(1, gateways - 1)) % gateways;
        let load = |index: u64| {
            let index = index as usize;
            (self.is_known_down(index), self.gateways[index].connections())
        };
        if load(other) < load(first) { other } else { first }
    }

    /// The balancer has noticed that this gateway is down.
    fn is_known_down(&self, index: usize) -> bool {
        let noticed = |down: Time| {
            self.plan.edge.health_check.is_some_and(|check| self.now.saturating_since(down) >= check)
        };
        self.gateways[index].down_since.is_some_and(noticed)
    }

    /// The next gateway that is not known to be down; the given one if all of them are.
    fn around_the_fallen(&self, gateway: GatewayId) -> GatewayId {
        let count = usize::from(self.serving);
        (0..count)
            .map(|step| (gateway.index() + step) % count)
            .find(|&index| !self.is_known_down(index))
            .map_or(gateway, |index| GatewayId(u8::try_from(index).expect("at most 255 gateways")))
    }

    /// The address that a session's requests come from.
    pub(super) fn address_of(&self, session: SessionId) -> u32 {
        self.address_in_turn(session, self.crowd.row(session).attempt())
    }

    /// One of the addresses that a session's person has, taken in turn.
    pub(super) fn address_in_turn(&self, session: SessionId, turn: u32) -> u32 {
        if self.switches.are_possible()
            && let Some(address) = self.address_elsewhere(session)
        {
            return address;
        }
        let cohort = &self.plan.cohorts[self.crowd.row(session).cohort()];
        let group = (self.crowd.person(session).0 - cohort.persons.start) % cohort.addresses;
        cohort.first_address + group * cohort.addresses_each + turn % cohort.addresses_each
    }

    /// The account that a session's requests come from: a person's sessions use theirs in turn.
    pub(super) fn account_of(&self, session: SessionId) -> u32 {
        let row = self.crowd.row(session);
        let cohort = &self.plan.cohorts[row.cohort()];
        let person = self.crowd.person(session).0 - cohort.persons.start;
        cohort.first_account + person * u32::from(cohort.accounts) + u32::from(row.tab() % cohort.accounts)
    }

    /// More are in flight behind a gateway than ever before: how evenly the load was spread shows by that.
    #[inline(never)]
    pub(super) fn note_peak(&mut self, gateway: GatewayId) {
        if self.gateways.len() > 1 {
            let in_flight = self.gateways[gateway.index()].peak;
            self.record.fact(self.now, Fact::GatewayPeak { gateway, in_flight });
        }
    }
}
