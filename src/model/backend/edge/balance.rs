//! Which gateway a request goes to.

use crate::engine::Time;
use crate::engine::random::Stream;
use crate::model::backend::Sim;
use crate::model::backend::edge::Edge;
use crate::model::sim::draws::{DrawKey, DrawPurpose};
use crate::protocol::{Fact, GatewayId, Kind, Observer, SessionId};
use crate::scenario::plan::Balancing;

impl Edge {
    /// The gateway of a session's next request.
    #[inline]
    pub(in crate::model) fn balance<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, attempt: u32, kind: Kind,
    ) -> GatewayId {
        let gateways = u64::from(self.serving);
        if gateways == 1 && !self.scaling.keeps_gateways() {
            return GatewayId(0);
        }
        let place = match sim.plan.edge.balancing {
            Balancing::Sticky => {
                let tab = sim.crowd.wire(session).tab();
                let (stream, n) = sim.draws.of_person(DrawPurpose::Gateway, sim.entity_of(session), tab);
                let drawn = stream.below(n, gateways);
                if self.scaling.keeps_gateways() {
                    self.scaling.keep_gateway(session, drawn, self.serving)
                } else {
                    drawn
                }
            }
            Balancing::IpHash => {
                let address = u64::from(sim.address_of(session));
                let (stream, n) =
                    sim.draws.of_person(DrawPurpose::Gateway, address, DrawPurpose::PERSONAL_TAB);
                stream.below(n, gateways)
            }
            Balancing::RoundRobin => {
                self.balanced += 1;
                (self.balanced - 1) % gateways
            }
            by @ (Balancing::LeastLoaded | Balancing::TwoChoices) => {
                self.balance_by_load(sim, by, sim.draw_key_of(session, attempt, kind))
            }
        };
        let gateway = GatewayId(u8::try_from(place).expect("at most 255 gateways"));
        if self.has_listener_limits { self.around_the_fallen(sim, gateway) } else { gateway }
    }

    /// Apart, so that a sale whose balancer does not look at the load does not pay for it.
    #[inline(never)]
    fn balance_by_load<O: Observer, P>(&self, sim: &Sim<O, P>, by: Balancing, draw_key: DrawKey) -> u64 {
        let (stream, n) = sim.draws.of_request(DrawPurpose::Balance, draw_key);
        match by {
            Balancing::TwoChoices => self.two_choices(sim, stream.fork(n), u64::from(self.serving)),
            _ => self.least_loaded(sim, stream, n),
        }
    }

    /// A gateway with the fewest open connections, by lot among equals. One that is known to be down is left out, if not
    /// all of them are.
    fn least_loaded<O: Observer, P>(&self, sim: &Sim<O, P>, stream: Stream, n: u64) -> u64 {
        let load = |index: usize| (self.is_known_down(sim, index), self.gateways[index].connections());
        let serving = usize::from(self.serving);
        let least = (0..serving).map(load).min().expect("there is a gateway");
        let mut equals = (0..serving).filter(|&index| load(index) == least);
        let chosen = stream.below(n, equals.clone().count() as u64) as usize;
        equals.nth(chosen).map_or(0, |index| index as u64)
    }

    /// The one of two gateways that has fewer open connections; the first of them if they are equals.
    fn two_choices<O: Observer, P>(&self, sim: &Sim<O, P>, stream: Stream, gateways: u64) -> u64 {
        let first = stream.below(0, gateways);
        let other = (first + 1 + stream.below(1, gateways - 1)) % gateways;
        let load = |index: u64| {
            let index = index as usize;
            (self.is_known_down(sim, index), self.gateways[index].connections())
        };
        if load(other) < load(first) { other } else { first }
    }

    /// The balancer has noticed that this gateway is down.
    fn is_known_down<O: Observer, P>(&self, sim: &Sim<O, P>, index: usize) -> bool {
        let noticed = |down: Time| {
            sim.plan.edge.health_check.is_some_and(|check| sim.now.saturating_since(down) >= check)
        };
        self.gateways[index].down_since.is_some_and(noticed)
    }

    /// The next gateway that is not known to be down; the given one if all of them are.
    fn around_the_fallen<O: Observer, P>(&self, sim: &Sim<O, P>, gateway: GatewayId) -> GatewayId {
        let count = usize::from(self.serving);
        (0..count)
            .map(|step| (gateway.index() + step) % count)
            .find(|&index| !self.is_known_down(sim, index))
            .map_or(gateway, |index| GatewayId(u8::try_from(index).expect("at most 255 gateways")))
    }

    /// More are in flight behind a gateway than ever before: how evenly the load was spread shows by that.
    #[inline(never)]
    pub(in crate::model) fn note_peak<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, gateway: GatewayId) {
        if self.gateways.len() > 1 {
            let in_flight = self.gateways[gateway.index()].peak;
            sim.record.fact(sim.now, Fact::GatewayPeak { gateway, in_flight });
        }
    }
}
