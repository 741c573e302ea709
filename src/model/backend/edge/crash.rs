//! A gateway goes down and comes back.
//!
//! ```text
//!   in its accept queue, delayed by its rate limit, in flight, held open --crash--> connection reset
//!   behind it, at a service                                           ------------> works on, for nobody
//!   whoever comes while it is down                                    ------------> connection reset, at once
//! ```
//!
//! Nothing of this is in any log. The balancer goes on sending people there until its health check has noticed. It
//! comes back empty: what it knew of the peers of services, and what its overload control had learned, is
//! forgotten too.

use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::edge::gateway::Gateway;
use crate::model::backend::edge::listener::Passage;
use crate::model::sim::words::{Answer, InboundRequest};
use crate::protocol::{Cause, Emitter, GatewayId, Observer, Reply};
use crate::scenario::plan::Broken;

impl Edge {
    /// A gateway goes down, unless it is down already. Returns what its connections were for: those that were not accepted,
    /// and the rows of those that were.
    pub(in crate::model) fn crash<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, id: GatewayId,
    ) -> (Vec<InboundRequest>, Vec<u32>) {
        if self.gateways[id.index()].down_since.is_some() {
            return (Vec::new(), Vec::new());
        }
        let peak = self.gateways[id.index()].peak;
        let fallen = Gateway { peak, ..Gateway::fallen(sim.now) };
        let before = std::mem::replace(&mut self.gateways[id.index()], fallen);
        self.scaling.note_in_flight(sim.now, id, -i64::from(before.in_flight));
        self.has_listener_limits = true;
        self.forget_peers(sim, id);
        self.forget_load(sim, id);
        let unaccepted = before.accept.into_iter().chain(self.pending.cut_off(id)).collect();
        (unaccepted, tables.requests.waiting_at(id))
    }

    /// The connection of a request that was not accepted is reset, if somebody is at the other end.
    pub(in crate::model) fn reset_unaccepted<O: Observer, P>(
        sim: &mut Sim<O, P>, inbound: InboundRequest,
    ) -> Passage {
        if sim.still_waits(inbound) {
            return Self::close_connection(sim, inbound, Cause::GatewayDown);
        }
        Self::on_client_gone(sim, inbound);
        Passage::Pending
    }

    /// The connection of a request is reset. Whatever works on it upstream goes on.
    pub(in crate::model) fn reset<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) -> Answer {
        let now = sim.now;
        let request = tables.requests.at_mut(slot);
        request.replied = true;
        request.gone_at.get_or_insert(now);
        let closed = request.answer(Reply::ConnectionClosed, Emitter::Gateway);
        if request.held || request.only_kept_open {
            tables.requests.close(slot);
        }
        Answer { cause: Cause::GatewayDown, ..closed }
    }

    /// A gateway comes back, unless another fault keeps it down.
    pub(in crate::model) fn restart<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, id: GatewayId) {
        if Self::is_crashed(sim, id) {
            return;
        }
        self.gateways[id.index()].down_since = None;
        let down = self.gateways.iter().any(|gateway| gateway.down_since.is_some());
        self.has_listener_limits = down || sim.plan.edge.has_door();
    }

    /// Some fault keeps this gateway down now.
    fn is_crashed<O: Observer, P>(sim: &Sim<O, P>, id: GatewayId) -> bool {
        sim.lasting(sim.now)
            .any(|(_, fault)| matches!(fault.what, Broken::GatewayCrash(crashed) if crashed.is_none_or(|it| it == id)))
    }
}
