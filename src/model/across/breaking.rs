//! What breaks between the gateways and what stands behind them: the waiting room's session store, messages that parts of the
//! backend send each other, the way to a station, and a budget that several places share.
//!
//! ```text
//!   gateway --accepted--> waiting room   its store is down: 500, and whoever it knew is forgotten
//!           --accepted--> a message      lost: its sender takes it for done
//!           --forwarded-> station        cut off: nothing arrives, and nothing comes back; the timers go on
//! ```

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::line::Line;
use crate::model::backend::shop::Shop;
use crate::model::sim::message::Message;
use crate::model::sim::words::Answer;
use crate::model::sim::words::InboundRequest;
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Kind, Observer, Reply, SessionId};
use crate::scenario::plan::{Broken, Lossy, Machines};

impl<O: Observer> World<O> {
    /// Pushes the beginnings and ends of all faults.
    pub(in crate::model) fn schedule_faults(&self, agenda: &mut Agenda) {
        for (index, fault) in (0..).zip(&self.sim.plan.faults) {
            agenda.push(Message::FaultBegins.entry(fault.from, 0, index, 0));
            agenda.push(Message::FaultEnds.entry(fault.until, 0, index, 0));
        }
    }

    /// A fault begins. Most only change what is asked of the timeline from now on.
    pub(in crate::model) fn begin_fault(&mut self, index: u32, agenda: &mut Agenda) {
        self.sim.record.fact(self.sim.now, Fact::FaultBegan { fault: number(index) });
        match self.sim.plan.faults[index as usize].what {
            Broken::StationDown(machines) => self.take_down(machines, agenda),
            Broken::GatewayCrash(crashed) => {
                for gateway in self.gateways_of(crashed) {
                    self.crash_gateway(gateway, agenda);
                }
            }
            Broken::StationSlow { .. }
            | Broken::PaymentOutage
            | Broken::LossBurst { .. }
            | Broken::LatencyBurst { .. }
            | Broken::ErrorBurst { .. }
            | Broken::Partition { .. }
            | Broken::LostMessages { .. }
            | Broken::ClockSkew { .. } => {}
            Broken::SessionStoreWiped(share) => self.wipe_session_store(index, share, agenda),
            Broken::StaleBudget(locations) => {
                self.line.let_budget_go_stale(&mut self.sim, locations);
                self.admit(agenda);
            }
        }
    }

    /// A fault ends.
    pub(in crate::model) fn end_fault(&mut self, index: u32, agenda: &mut Agenda) {
        self.sim.record.fact(self.sim.now, Fact::FaultEnded { fault: number(index) });
        match self.sim.plan.faults[index as usize].what {
            Broken::GatewayCrash(crashed) => {
                self.gateways_of(crashed).for_each(|gateway| self.edge.restart(&mut self.sim, gateway));
            }
            Broken::StationDown(machines) if Shop::recover_stock(&self.sim, machines) => {
                self.retry_waiting_holds(agenda);
            }
            Broken::SessionStoreWiped(_) => self.recover_session_store(),
            Broken::StaleBudget(_) => self.learn_budgets(agenda),
            _ => {}
        }
    }

    fn take_down(&mut self, machines: Machines, agenda: &mut Agenda) {
        let Machines { station, peer } = machines;
        let peers = self.sim.plan.stations[station.index()].peers;
        for peer in peer.map_or(0..peers, |one| one..one + 1) {
            for slot in self.shop.lose_work(&mut self.sim, &mut self.tables, station, peer) {
                if let Some(next) =
                    self.edge.on_connection_reset(&mut self.sim, &mut self.tables, slot, agenda)
                {
                    self.go_on(next, agenda);
                }
            }
        }
        self.shop.lose_stock(&mut self.sim, machines);
    }

    /// This gateway, or all of them.
    fn gateways_of(&self, one: Option<GatewayId>) -> impl Iterator<Item = GatewayId> + use<O> {
        let all = 0..self.sim.plan.edge.gateways;
        one.map_or(all, |GatewayId(it)| it..it + 1).map(GatewayId)
    }

    /// A gateway has accepted a request: does a fault keep it from whoever should act on it? Then this is the answer.
    #[inline(never)]
    pub(in crate::model) fn fails_behind(&mut self, inbound: InboundRequest) -> Option<Answer> {
        let InboundRequest { session, attempt, kind, .. } = inbound;
        let room_is_lost = self.line.room.as_ref().is_some_and(|line| line.is_lost);
        if room_is_lost && kind.answered_by() == Emitter::WaitingRoom {
            let error = self.sim.answer_to(inbound, Reply::ServerError, Emitter::WaitingRoom);
            return Some(Answer { cause: Cause::SessionStore, ..error });
        }
        let (message, reply) = match kind {
            Kind::Leave => (Lossy::Goodbyes, Reply::Goodbye),
            Kind::Heartbeat => (Lossy::Heartbeats, Reply::Noted),
            _ => return None,
        };
        let mut draw_key = self.sim.draw_key_of(session, attempt, kind);
        if kind == Kind::Heartbeat {
            draw_key.ordinal = self.people.beacons.newest(session);
        }
        let lost = self.sim.loses_message(message, draw_key, self.sim.now);
        if !lost {
            return None;
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::MessageLost { who, kind });
        Some(self.sim.answer_to(inbound, reply, Emitter::WaitingRoom))
    }

    // ---- partitions ----------------------------------------------------------------------------------

    // ---- the session store ---------------------------------------------------------------------------

    /// The waiting room loses what it knows of this share of the sessions, and knows nothing until the fault ends.
    fn wipe_session_store(&mut self, fault: u32, share: f64, agenda: &mut Agenda) {
        let Some(line) = &mut self.line.room else { return };
        line.is_lost = true;
        for session in (0..self.sim.crowd.len()).map(SessionId) {
            if Line::forgets(&self.sim, session, fault, share) {
                self.lose_from_store(session, agenda);
            }
        }
    }

    fn lose_from_store(&mut self, session: SessionId, agenda: &mut Agenda) {
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::Forgotten { who });
        if let Some(slot) = Tables::slot_of(&self.sim, session) {
            self.tables.active.at_mut(slot).turn_over = true;
            self.settle(slot, agenda);
        } else {
            self.line.lose_place(&mut self.sim, &mut self.tables, session);
            self.answer_held_poll_of(session, agenda);
        }
    }

    /// The store is there again, unless another fault keeps it down.
    pub(in crate::model) fn recover_session_store(&mut self) {
        let down = self.sim.session_store_is_down();
        if let Some(line) = &mut self.line.room {
            line.is_lost = down;
        }
    }

    // ---- a budget that is shared ---------------------------------------------------------------------

    /// A gateway goes down: every connection to it is reset.
    fn crash_gateway(&mut self, id: GatewayId, agenda: &mut Agenda) {
        let (unaccepted, accepted) = self.edge.crash(&mut self.sim, &mut self.tables, id);
        for inbound in unaccepted {
            let passage = Edge::reset_unaccepted(&mut self.sim, inbound);
            self.pass(inbound, passage, agenda);
        }
        for slot in accepted {
            let closed = Edge::reset(&mut self.sim, &mut self.tables, slot);
            self.answer(closed, agenda);
        }
    }
}

fn number(index: u32) -> u8 {
    u8::try_from(index).expect("at most 255 faults")
}
