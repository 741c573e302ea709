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

use super::World;
use super::crowd::Flag;
use super::luck::Use;
use super::message::Message;
use crate::behavior::Failure;
use crate::engine::Agenda;
use crate::protocol::{Belief, Cause, Fact, Mishap, Mode, Observer, SessionId, Stop, Truth};
use crate::scenario::plan::{Identity, NetworkPlan, Plan};

/// The room has not heard of the session at its new address yet.
const UNKNOWN: u8 = 128;

/// How often each session's device has changed its network.
#[derive(Default)]
pub(super) struct Switches {
    /// By session: how often, and [`UNKNOWN`]. Empty where no device does.
    changes: Vec<u8>,
}

impl Switches {
    pub(super) fn new(plan: &Plan, sessions: u32) -> Switches {
        let needed = plan.cohorts.iter().any(|cohort| cohort.switches.is_some());
        Switches { changes: vec![0; if needed { sessions as usize } else { 0 }] }
    }

    /// Some device may change its network.
    #[inline]
    pub(super) fn are_possible(&self) -> bool {
        !self.changes.is_empty()
    }

    /// How often the device of a session has changed its network since it was opened.
    pub(super) fn count(&self, session: SessionId) -> u8 {
        self.changes.get(session.index()).map_or(0, |changes| changes & !UNKNOWN)
    }

    /// The room knew this session at another address, and has not heard of it since.
    pub(super) fn hides(&self, session: SessionId) -> bool {
        self.changes.get(session.index()).is_some_and(|changes| changes & UNKNOWN != 0)
    }

    /// The room has heard of this session.
    pub(super) fn introduce(&mut self, session: SessionId) {
        if let Some(changes) = self.changes.get_mut(session.index()) {
            *changes &= !UNKNOWN;
        }
    }
}

impl<O: Observer> World<O> {
    /// A session was opened: plans when its device changes its network, if it is the first one of it, and it does.
    pub(super) fn plan_switch(&mut self, session: SessionId, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        let cohort = &self.plan.cohorts[row.cohort()];
        let Some(switches) = &cohort.switches else { return };
        let first = SessionId(session.0 - u32::from(row.tab() % cohort.tabs_per_device));
        if first != session {
            // Opened later: it is where its device is.
            self.switches.changes[session.index()] = self.switches.count(first);
            return;
        }
        let (stream, n) = self.luck.of_person(Use::Switches, self.entity_of(session), row.tab());
        if stream.chance(n, switches.share) {
            self.plan_next_switch(session, 1, agenda);
        }
    }

    fn plan_next_switch(&self, first: SessionId, times: u8, agenda: &mut Agenda) {
        let row = self.crowd.row(first);
        let Some(switches) = &self.plan.cohorts[row.cohort()].switches else { return };
        let (stream, n) = self.luck.of_person(Use::SwitchAfter, self.entity_of(first), row.tab());
        let at = self.now + switches.after.sample(stream, n | u64::from(times));
        if times <= switches.most && at < row.leave_at().min(self.plan.roster.horizon) {
            self.post(Message::SwitchNetwork, at, first, u32::from(times), agenda);
        }
    }

    /// A device changes its network: with it all its tabs.
    pub(super) fn switch_network(&mut self, first: SessionId, agenda: &mut Agenda) {
        let row = self.crowd.row(first);
        let tabs = self.plan.cohorts[row.cohort()].tabs_per_device;
        let times = self.switches.count(first) + 1;
        let end = self.crowd.sessions(self.crowd.person(first)).end.min(first.0 + u32::from(tabs));
        let mut there = false;
        for session in (first.0..end).map(SessionId) {
            let row = self.crowd.row(session);
            let (arrived, stopped) = (row.is(Flag::Arrived), row.is(Flag::Stopped));
            there |= !stopped;
            let sent = arrived && !stopped && self.let_arrive(session, agenda);
            if arrived {
                let unknown = self.switches.changes[session.index()] & UNKNOWN;
                self.switches.changes[session.index()] = times | unknown;
            }
            if arrived && !stopped {
                self.move_session(session, times, sent, agenda);
            }
        }
        if there {
            self.plan_next_switch(first, times + 1, agenda);
        }
    }

    /// A planned request that was sent already, and is on its way to the edge, arrives by the network that its device
    /// leaves, and its answer finds nobody. Returns whether there is one.
    fn let_arrive(&mut self, session: SessionId, agenda: &mut Agenda) -> bool {
        let row = self.crowd.row(session);
        let (attempt, sent_at) = (row.attempt(), row.deadline());
        let sent = row.is(Flag::Planned) && sent_at <= self.now;
        if sent {
            self.record_sent(session, sent_at);
            self.begin_waiting(session, sent_at);
            self.send_up(session, attempt, sent_at, agenda);
        }
        sent
    }

    /// One session goes on elsewhere; a request of its was `sent` and is on its way.
    fn move_session(&mut self, session: SessionId, times: u8, sent: bool, agenda: &mut Agenda) {
        self.leave_address(session);
        let row = self.crowd.row(session);
        let (attempt, kind, at) = (row.attempt(), row.kind(), row.deadline());
        let who = self.crowd.who(session);
        if row.is(Flag::Planned) {
            self.record.fact(self.now, Fact::NetworkSwitched { who, times, broken: false });
            // It will be sent from the new network.
            return self.plan_request(session, kind, at, agenda);
        }
        let (slot, silent) = (row.request, row.silence() != Cause::None);
        let broken = sent || silent || self.requests.of_attempt(slot, session, attempt).is_some();
        self.record.fact(self.now, Fact::NetworkSwitched { who, times, broken });
        if broken {
            self.lose_connection(session, agenda);
        }
    }

    /// The connection of the request under way is gone, and the client knows at once.
    fn lose_connection(&mut self, session: SessionId, agenda: &mut Agenda) {
        let mode = self.mode_of(self.crowd.row(session).kind());
        self.abandon_request(session, self.now, agenda);
        if self.person_is_done(session) {
            return self.stop(session, self.now, Stop::Sibling, agenda);
        }
        self.believe(session, self.now, Belief::OpaqueError);
        if self.callers.exist() {
            self.program_learns(session, self.now, true);
        }
        let failure = if mode == Mode::Navigation { Failure::Reset } else { Failure::Opaque };
        self.fail(session, self.now, failure, agenda);
    }

    /// Nothing comes from the session's old address any more. A room that knew it by that will not know it again.
    fn leave_address(&mut self, session: SessionId) {
        let by_address = self.plan.line.as_ref().is_some_and(|line| line.identity == Identity::Address);
        let row = self.crowd.row(session);
        let has_something = row.truth() == Truth::Queued || row.is(Flag::Inside);
        if by_address && has_something && !self.switches.hides(session) {
            self.switches.changes[session.index()] |= UNKNOWN;
            self.note_last_contact(session);
        }
    }

    /// The address that a session's device has changed to, if it has.
    pub(super) fn address_elsewhere(&self, session: SessionId) -> Option<u32> {
        let times = self.switches.count(session);
        let row = self.crowd.row(session);
        let cohort = &self.plan.cohorts[row.cohort()];
        let switches = cohort.switches.as_ref().filter(|_| times > 0)?;
        let person = self.crowd.person(session).0 - cohort.persons.start;
        let device = person * switches.devices + u32::from(row.tab() / cohort.tabs_per_device);
        Some(switches.first_address + device * u32::from(switches.most) + u32::from(times - 1))
    }

    /// The network that a session's device is in.
    pub(super) fn network_of(&self, session: SessionId) -> &NetworkPlan {
        let cohort = &self.plan.cohorts[self.crowd.row(session).cohort()];
        match &cohort.switches {
            Some(switches) if self.switches.count(session) % 2 == 1 => &switches.other,
            _ => &cohort.network,
        }
    }

    /// The room cannot know the session again by which a request comes: it keeps no cookie, or has a new address.
    pub(super) fn comes_as_newcomer(&self, session: SessionId) -> bool {
        self.switches.hides(session) || self.keeps_no_cookie(session)
    }

    /// Why it is not known again.
    pub(super) fn mishap_of_newcomer(&self, session: SessionId) -> Mishap {
        if self.switches.hides(session) { Mishap::LostWithAddress } else { Mishap::TakenForNewcomer }
    }
}
