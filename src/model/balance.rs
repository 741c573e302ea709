//! Which gateway a request goes to, and from which address and account it comes.

use super::World;
use super::luck::Use;
use crate::engine::Time;
use crate::protocol::{GatewayId, Observer, SessionId};
use crate::scenario::plan::Balancing;

impl<O: Observer> World<O> {
    /// The gateway of a session's next request.
    pub(super) fn balance(&mut self, session: SessionId) -> GatewayId {
        let gateways = self.gateways.len() as u64;
        if gateways == 1 {
            return GatewayId(0);
        }
        let place = match self.plan.edge.balancing {
            Balancing::Sticky => {
                let tab = self.crowd.row(session).tab();
                let (stream, n) = self.luck.of_person(Use::Gateway, self.entity_of(session), tab);
                stream.below(n, gateways)
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
        };
        let gateway = GatewayId(u8::try_from(place).expect("at most 255 gateways"));
        if self.has_door { self.around_the_fallen(gateway) } else { gateway }
    }

    /// The next gateway that is not known to be down; the given one if all of them are.
    fn around_the_fallen(&self, gateway: GatewayId) -> GatewayId {
        let noticed = |down: Time| {
            self.plan.edge.health_check.is_some_and(|check| self.now.saturating_since(down) >= check)
        };
        let count = self.gateways.len();
        (0..count)
            .map(|step| (gateway.index() + step) % count)
            .find(|&index| !self.gateways[index].down_since.is_some_and(noticed))
            .map_or(gateway, |index| GatewayId(u8::try_from(index).expect("at most 255 gateways")))
    }

    /// The address that a session's requests come from.
    pub(super) fn address_of(&self, session: SessionId) -> u32 {
        let cohort = &self.plan.cohorts[self.crowd.row(session).cohort()];
        let group = (self.crowd.person(session).0 - cohort.persons.start) % cohort.addresses;
        let in_turn = self.crowd.row(session).attempt() % cohort.addresses_each;
        cohort.first_address + group * cohort.addresses_each + in_turn
    }

    /// The account that a session's requests come from: a person's sessions share one.
    pub(super) fn account_of(&self, session: SessionId) -> u32 {
        self.crowd.person(session).0
    }
}
