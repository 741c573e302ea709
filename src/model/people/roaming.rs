//! Devices that change their network in mid-line: from `WiFi` to mobile, and back.
//!
//! ```text
//!   opened --after--> changes --after--> changes back --> ...
//!                       | a request under way: its connection is lost, and the page sees a network error
//!                       | a new address: a room that knows sessions by address takes the next request for a newcomer's,
//!                       |                and limits of an address count anew
//! ```
//!
//! The reply that has left its gateway, and a request that the client's own timers were set for (`client.rs`), are on
//! their way for a network delay at most: they are not cut off. Beacons of pages inside are not either. How often a
//! device has changed is kept in its first session, and nothing where none does.

use crate::behavior::Failure;
use crate::engine::Agenda;
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Belief, Cause, Fact, Mode, Observer, SessionId, Stop};

impl People {
    /// A session was opened: plans when its device changes its network, if it is the first one of it, and it does.
    pub(in crate::model) fn plan_switch<O: Observer, B>(
        sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let cohort = &sim.plan.cohorts[row.wire.cohort()];
        let Some(switches) = &cohort.switches else { return };
        let first = SessionId(session.0 - u32::from(row.wire.tab() % cohort.tabs_per_device));
        if first != session {
            // Opened later: it is where its device is.
            sim.roaming.set_count(session, sim.roaming.count(first));
            return;
        }
        let (stream, n) = sim.draws.of_person(DrawPurpose::Roaming, sim.entity_of(session), row.wire.tab());
        if stream.chance(n, switches.share) {
            Self::plan_next_switch(sim, session, 1, agenda);
        }
    }

    pub(in crate::model) fn plan_next_switch<O: Observer, B>(
        sim: &Sim<O, B>, first: SessionId, times: u8, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(first);
        let Some(switches) = &sim.plan.cohorts[row.wire.cohort()].switches else { return };
        let (stream, n) = sim.draws.of_person(DrawPurpose::SwitchAfter, sim.entity_of(first), row.wire.tab());
        let at = sim.now + switches.after.sample(stream, n | u64::from(times));
        if times <= switches.most && at < row.page.leave_at().min(sim.plan.roster.horizon) {
            sim.post(Message::SwitchNetwork, at, first, u32::from(times), agenda);
        }
    }

    /// A planned request that was sent already, and is on its way to the edge, arrives by the network that its device
    /// leaves, and its answer finds nobody. Returns whether there is one.
    pub(in crate::model) fn let_arrive<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) -> bool {
        let row = sim.crowd.row(session);
        let (attempt, sent_at) = (row.wire.attempt(), row.wire.deadline());
        let sent = row.wire.is_planned() && sent_at <= sim.now;
        if sent {
            self.record_sent(sim, session, sent_at);
            self.begin_waiting(sim, session, sent_at);
            Self::send_up(sim, session, attempt, sent_at, agenda);
        }
        sent
    }

    /// One session goes on elsewhere, from the network that its device is in by now; a request of its may be on its way.
    pub(in crate::model) fn move_session<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, under_way: bool, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let (kind, at, silent) = (row.wire.kind(), row.wire.deadline(), row.wire.silence() != Cause::None);
        let planned = row.wire.is_planned();
        let broken = !planned && (under_way || silent);
        let (who, times) = (sim.crowd.who(session), sim.roaming.count(session));
        sim.record.fact(sim.now, Fact::NetworkSwitched { who, times, broken });
        if planned {
            // It will be sent from the new network.
            self.plan_request(sim, session, kind, at, agenda);
        } else if broken {
            self.lose_connection(sim, session, agenda);
        }
    }

    /// The connection of the request under way is gone, and the client knows at once.
    fn lose_connection<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, agenda: &mut Agenda,
    ) {
        let mode = sim.mode_of(sim.crowd.wire(session).kind());
        self.abandon_request(sim, session, sim.now);
        self.abandon_flights(sim, session, sim.now);
        if Self::person_is_done(sim, session) {
            return self.stop(sim, session, sim.now, Stop::Sibling, agenda);
        }
        Self::believe(sim, session, sim.now, Belief::OpaqueError);
        if self.callers.exist() {
            self.program_learns(sim, session, sim.now, true);
        }
        let failure = if mode == Mode::Navigation { Failure::Reset } else { Failure::Opaque };
        self.fail(sim, session, sim.now, failure, agenda);
    }
}
