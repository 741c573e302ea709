//! What breaks between the gateways and what stands behind them: the waiting room's session store, messages that parts of the
//! backend send each other, the way to a station, and a budget that several places share.
//!
//! ```text
//!   gateway --accepted--> waiting room   its store is down: 500, and whoever it knew is forgotten
//!           --accepted--> a message      lost: its sender takes it for done
//!           --forwarded-> station        cut off: nothing arrives, and nothing comes back; the timers go on
//! ```

use super::World;
use super::crowd::{Flag, NO_PLACE};
use super::door::Caller;
use super::gateway::Answer;
use super::luck::{Ask, Use};
use crate::engine::{Agenda, Time};
use crate::protocol::{Cause, Emitter, Fact, GatewayId, Kind, Observer, Reply, SessionId, StationId, Truth};
use crate::scenario::plan::{Broken, Lossy};

impl<O: Observer> World<O> {
    /// A gateway has accepted a request: does a fault keep it from whoever should act on it? Then it is answered here.
    #[inline(never)]
    pub(super) fn fails_behind(&mut self, caller: Caller, agenda: &mut Agenda) -> bool {
        let Caller { session, attempt, kind, .. } = caller;
        let room_is_lost = self.line.as_ref().is_some_and(|line| line.is_lost);
        if room_is_lost && kind.answered_by() == Emitter::WaitingRoom {
            let error = self.answer_to(caller, Reply::ServerError, Emitter::WaitingRoom);
            self.answer(Answer { cause: Cause::SessionStore, ..error }, agenda);
            return true;
        }
        let (message, reply) = match kind {
            Kind::Leave => (Lossy::Goodbyes, Reply::Goodbye),
            Kind::Heartbeat => (Lossy::Heartbeats, Reply::Noted),
            _ => return false,
        };
        let mut ask = self.ask_of(session, attempt, kind);
        if kind == Kind::Heartbeat {
            ask.ordinal = self.beacons.newest(session);
        }
        let lost = self.loses_message(message, ask, self.now);
        if lost {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::MessageLost { who, kind });
            self.answer(self.answer_to(caller, reply, Emitter::WaitingRoom), agenda);
        }
        lost
    }

    /// Is this message lost that is sent at `at`? Faults that overlap lose independently of each other.
    pub(super) fn loses_message(&self, message: Lossy, ask: Ask, at: Time) -> bool {
        self.lasting(at).any(|(index, fault)| match &fault.what {
            Broken::LostMessages { messages, share } if messages.contains(&message) => {
                let (stream, n) = self.luck.of_fault(Use::MessageLoss, ask, index);
                stream.chance(n, *share)
            }
            _ => false,
        })
    }

    // ---- partitions ----------------------------------------------------------------------------------

    /// The station that serves requests of this kind, if this gateway is cut off from it.
    fn cut_off_from(&self, gateway: GatewayId, kind: Kind) -> Option<StationId> {
        let station = self.plan.route[kind as usize]?;
        let mut cuts = self.lasting(self.now).filter_map(|(_, fault)| match fault.what {
            Broken::Partition { gateway, station } => Some((gateway, station)),
            _ => None,
        });
        cuts.any(|(cut, from)| from == station && cut.is_none_or(|cut| cut == gateway)).then_some(station)
    }

    /// A request that is on its way to its station, or an answer on its way back, vanishes if a partition lies between.
    /// Returns whether it does: then only the gateway's timer, or the client, ends it.
    #[inline]
    pub(super) fn vanishes(&mut self, slot: u32) -> bool {
        !self.plan.faults.is_empty() && self.vanishes_in_a_partition(slot)
    }

    #[inline(never)]
    fn vanishes_in_a_partition(&mut self, slot: u32) -> bool {
        let request = self.requests.at(slot);
        if request.replied {
            return false;
        }
        let Some(station) = self.cut_off_from(request.gateway, request.kind) else { return false };
        let request = self.requests.at_mut(slot);
        request.station = station;
        request.cause = Cause::Partition;
        request.only_kept_open = true;
        let who = self.crowd.who(request.session);
        self.record.fact(self.now, Fact::CutOff { who, station });
        true
    }

    // ---- the session store ---------------------------------------------------------------------------

    fn session_store_is_down(&self) -> bool {
        self.lasting(self.now).any(|(_, fault)| matches!(fault.what, Broken::SessionStoreWiped(_)))
    }

    /// The waiting room loses what it knows of this share of the sessions, and knows nothing until the fault ends.
    pub(super) fn wipe_session_store(&mut self, fault: u32, share: f64, agenda: &mut Agenda) {
        let Some(line) = &mut self.line else { return };
        line.is_lost = true;
        for session in (0..self.crowd.len()).map(SessionId) {
            let row = self.crowd.row(session);
            let known = row.truth() == Truth::Queued || row.is(Flag::Inside);
            let (stream, n) = self.luck.of_person(Use::Forget, self.entity_of(session), row.tab());
            if known && stream.chance(n | u64::from(fault), share) {
                self.lose_from_store(session, agenda);
            }
        }
    }

    fn lose_from_store(&mut self, session: SessionId, agenda: &mut Agenda) {
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Forgotten { who });
        if self.crowd.row(session).is(Flag::Inside) {
            let slot = self.crowd.row(session).place;
            self.insiders.at_mut(slot).turn_over = true;
            self.settle(slot, agenda);
        } else {
            self.leave_line(session);
            self.crowd.row_mut(session).place = NO_PLACE;
            self.decide_truth(session, self.now, Truth::Expired);
            self.answer_held_poll_of(session, agenda);
        }
    }

    /// The store is there again, unless another fault keeps it down.
    pub(super) fn find_session_store(&mut self) {
        let down = self.session_store_is_down();
        if let Some(line) = &mut self.line {
            line.is_lost = down;
        }
    }

    // ---- a budget that is shared ---------------------------------------------------------------------

    /// From now on so many places spend the budget without hearing of each other.
    pub(super) fn let_budget_go_stale(&mut self, locations: u32, agenda: &mut Agenda) {
        let now = self.now;
        if let Some(budget) = self.budget() {
            budget.go_stale(locations, now);
            self.admit(agenda);
        }
    }

    /// How many places spend the budget without hearing of each other now: because of a fault, or because the line has just
    /// opened.
    pub(super) fn stale_locations(&self) -> Option<u32> {
        let fault = self.lasting(self.now).find_map(|(_, fault)| match fault.what {
            Broken::StaleBudget(locations) => Some(locations),
            _ => None,
        });
        let locations = self.plan.line.as_ref().and_then(|line| line.locations);
        let unheard = locations.filter(|spread| self.now < self.plan.roster.opens_at + spread.propagation);
        fault.or(unheard.map(|locations| locations.count))
    }

    /// News have spread, or a fault has ended: unless something else keeps it from them, all of them know what was taken.
    pub(super) fn learn_budgets(&mut self, agenda: &mut Agenda) {
        let now = self.now;
        if self.stale_locations().is_none()
            && let Some(budget) = self.budget()
        {
            budget.learn(now);
            self.admit(agenda);
        }
    }

    /// Records that this turn is one too many, if it is.
    pub(super) fn note_overshoot(&mut self, session: SessionId) {
        let now = self.now;
        if self.line.as_ref().is_some_and(|line| line.policy.passes_everybody()) {
            return;
        }
        if let Some(beyond) = self.budget().and_then(|budget| budget.overshoot(now)) {
            let who = self.crowd.who(session);
            self.record.fact(now, Fact::Overshot { who, beyond });
        }
    }
}
