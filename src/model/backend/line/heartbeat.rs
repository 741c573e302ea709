//! Heartbeats: pages inside send a beacon from time to time, and the waiting room drops a session that it has not
//! heard of for longer than its grace, so that a closed tab does not keep seats and slot until its turn ends.
//!
//! ```text
//!   page:   seat map shown --interval--> beacon --interval--> beacon ...      (ends with the page)
//!   room:   entered --grace after the last contact--> heard of since? watch on; not: seats and slot are free
//! ```
//!
//! A beacon is a request that nobody waits for: it has its own luck and delay, may be lost, passes the gateway's
//! checks, and leaves the page's attempts alone. Whoever is dropped learns it by the next protected request.

use crate::engine::{Agenda, Span, Time};
use crate::model::across::World;
use crate::model::sim::crowd::Flag;
use crate::model::sim::draws::DrawKey;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Kind, Observer, SessionId, Way};
use crate::scenario::plan::LinePlan;

/// No request has this attempt: a beacon is nobody's newest attempt.
const NO_ATTEMPT: u32 = 0;

/// Who beats, and who is not asked about while the sale is paused.
pub(in crate::model) struct Beacons {
    /// The ordinal of each session's next beacon. Empty where there are none.
    next: Vec<u32>,
    /// Slots inside, with their generations.
    put_off: Vec<(u32, u32)>,
}

impl Beacons {
    pub(in crate::model) fn new(line: Option<&LinePlan>, sessions: u32) -> Beacons {
        let needed = line.is_some_and(|line| line.heartbeat.is_some());
        let next = if needed { vec![0; sessions as usize] } else { Vec::new() };
        Beacons { next, put_off: Vec::new() }
    }

    /// The next beacon of a session, if pages send any; one that was due before is stale from now on.
    fn advance(&mut self, session: SessionId) -> Option<u32> {
        let next = self.next.get_mut(session.index())?;
        *next = (*next + 1) & 0xFF_FFFF;
        Some(*next)
    }
}

impl Beacons {
    /// The number of a session's newest beacon.
    pub(in crate::model) fn newest(&self, session: SessionId) -> u32 {
        self.next.get(session.index()).copied().unwrap_or(0)
    }
}

impl<O: Observer> World<O> {
    /// A page inside is shown at `at`: it beats from now on.
    pub(in crate::model) fn begin_beating(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let Some(heartbeat) = self.sim.plan.line.as_ref().and_then(|line| line.heartbeat) else { return };
        let Some(ordinal) = self.people.beacons.advance(session) else { return };
        self.sim.post(Message::Beat, at + heartbeat.interval, session, ordinal, agenda);
    }

    /// The page is left for the line: it beats no more.
    pub(in crate::model) fn stop_beating(&mut self, session: SessionId) {
        self.people.beacons.advance(session);
    }

    /// A page sends a beacon, unless it is closed or left, and will send the next.
    pub(in crate::model) fn beat(&mut self, session: SessionId, ordinal: u32, agenda: &mut Agenda) {
        let row = self.sim.crowd.row(session);
        let closed = row.is(Flag::Stopped) && row.deadline() <= self.sim.now;
        let over = self.sim.now >= row.leave_at().min(self.sim.plan.roster.horizon);
        if self.people.beacons.next[session.index()] != ordinal || closed || over {
            return;
        }
        let (cohort, kind) = (row.cohort(), Kind::Heartbeat);
        let who = self.sim.crowd.who(session);
        let draw_key = DrawKey { person: self.sim.entity_of(session), tab: who.tab, kind, ordinal };
        self.sim.record.fact(self.sim.now, Fact::Sent { who, kind, first_try: true });
        match self.sim.way_up(session, cohort, draw_key, self.sim.now) {
            Some(up) => {
                let tie = self.sim.draws.tie(draw_key.person, who.tab, ordinal);
                let arrival = Message::EdgeSent(kind).entry(self.sim.now + up, tie, session.0, NO_ATTEMPT);
                agenda.push(arrival);
            }
            None => self.sim.record.fact(self.sim.now, Fact::Lost { who, kind, way: Way::Up }),
        }
        self.begin_beating(session, self.sim.now, agenda);
    }

    /// A session has entered: from now on it must be heard of.
    pub(in crate::model) fn watch_inside(&mut self, slot: u32, agenda: &mut Agenda) {
        if let Some(heartbeat) = self.sim.plan.line.as_ref().and_then(|line| line.heartbeat) {
            let left = heartbeat.grace - self.silence_inside(slot);
            self.check_inside_at(self.sim.now + left + Span::from_ms(1), slot, agenda);
        }
    }

    /// For how long, to the millisecond, the session in this slot was not heard of, pauses of the sale left out.
    fn silence_inside(&self, slot: u32) -> Span {
        let contact_ms = self.sim.crowd.row(self.tables.active.at(slot).session).contact_ms;
        let last_contact = Time::ZERO + Span::from_ms(u64::from(contact_ms));
        self.sim.now.saturating_since(last_contact) - self.sim.pauses.within(last_contact, self.sim.now)
    }

    fn check_inside_at(&self, at: Time, slot: u32, agenda: &mut Agenda) {
        let session = self.tables.active.at(slot).session;
        let generation = self.tables.active.generation(slot);
        let tie = self.sim.tie(session, generation);
        agenda.push(Message::InsideCheck.entry(at, tie, slot, generation));
    }

    /// Is the session in this slot still heard of? While the sale is paused nobody asks, and while a payment is under
    /// way nobody is dropped.
    pub(in crate::model) fn check_inside(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        let Some(heartbeat) = self.sim.plan.line.as_ref().and_then(|line| line.heartbeat) else { return };
        if !self.tables.active.is_live(slot, generation) {
            return;
        }
        let pays = self.tables.active.at(slot).hold.is_some_and(|hold| hold.payments > 0);
        if self.sim.pauses.is_on() {
            self.people.beacons.put_off.push((slot, generation));
        } else if self.silence_inside(slot) <= heartbeat.grace {
            self.watch_inside(slot, agenda);
        } else if pays {
            self.check_inside_at(self.sim.now + heartbeat.grace, slot, agenda);
        } else {
            self.drop_inside(slot, agenda);
        }
    }

    /// The sale goes on: whoever was not asked about meanwhile is asked about now.
    pub(in crate::model) fn check_those_put_off(&mut self, agenda: &mut Agenda) {
        for (slot, generation) in std::mem::take(&mut self.people.beacons.put_off) {
            self.check_inside(slot, generation, agenda);
        }
    }

    fn drop_inside(&mut self, slot: u32, agenda: &mut Agenda) {
        let visit = self.tables.active.at_mut(slot);
        visit.turn_over = true;
        let who = self.sim.crowd.who(visit.session);
        self.sim.record.fact(self.sim.now, Fact::DroppedInside { who });
        self.return_seats(slot, false, agenda);
        self.settle(slot, agenda);
    }
}
