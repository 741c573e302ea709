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

use super::World;
use super::gateway::{Answer, Gateway};
use crate::engine::Agenda;
use crate::protocol::{Cause, Emitter, GatewayId, Observer, Reply};
use crate::scenario::plan::Broken;

impl<O: Observer> World<O> {
    /// A gateway goes down, unless it is down already.
    pub(super) fn crash(&mut self, id: GatewayId, agenda: &mut Agenda) {
        if self.gateways[id.index()].down_since.is_some() {
            return;
        }
        let peak = self.gateways[id.index()].peak;
        let fallen = Gateway { peak, ..Gateway::fallen(self.now) };
        let before = std::mem::replace(&mut self.gateways[id.index()], fallen);
        self.scaling.note_in_flight(self.now, id, -i64::from(before.in_flight));
        self.has_door = true;
        self.forget_peers(id);
        self.forget_load(id);
        for caller in before.accept.into_iter().chain(self.porch.cut_off(id)) {
            if self.still_waits(caller) {
                self.close_connection(caller, Cause::GatewayDown, agenda);
            } else {
                self.find_gone(caller);
            }
        }
        for slot in self.requests.waiting_at(id) {
            self.reset(slot, agenda);
        }
    }

    /// The connection of a request is reset. Whatever works on it upstream goes on.
    fn reset(&mut self, slot: u32, agenda: &mut Agenda) {
        let now = self.now;
        let request = self.requests.at_mut(slot);
        request.replied = true;
        request.gone_at.get_or_insert(now);
        let closed = request.answer(Reply::ConnectionClosed, Emitter::Gateway);
        if request.held || request.only_kept_open {
            self.requests.close(slot);
        }
        self.answer(Answer { cause: Cause::GatewayDown, ..closed }, agenda);
    }

    /// A gateway comes back, unless another fault keeps it down.
    pub(super) fn restart(&mut self, id: GatewayId) {
        if self.is_crashed(id) {
            return;
        }
        self.gateways[id.index()].down_since = None;
        let down = self.gateways.iter().any(|gateway| gateway.down_since.is_some());
        self.has_door = down || self.plan.edge.has_door();
    }

    /// Some fault keeps this gateway down now.
    fn is_crashed(&self, id: GatewayId) -> bool {
        self.lasting(self.now)
            .any(|(_, fault)| matches!(fault.what, Broken::GatewayCrash(crashed) if crashed.is_none_or(|it| it == id)))
    }
}
