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

use super::World;
use super::crowd::Flag;
use super::luck::Ask;
use super::message::Message;
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Fact, Kind, Observer, SessionId, Way};
use crate::scenario::plan::LinePlan;

/// No request has this attempt: a beacon is nobody's newest attempt.
const NO_ATTEMPT: u32 = 0;

/// Who beats, and who is not asked about while the sale is paused.
pub(super) struct Beacons {
    /// The ordinal of each session's next beacon. Empty where there are none.
    next: Vec<u32>,
    /// Slots inside, with their generations.
    put_off: Vec<(u32, u32)>,
}

impl Beacons {
    pub(super) fn new(line: Option<&LinePlan>, sessions: u32) -> Beacons {
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
    pub(super) fn newest(&self, session: SessionId) -> u32 {
        self.next.get(session.index()).copied().unwrap_or(0)
    }
}

impl<O: Observer> World<O> {
    /// A page inside is shown at `at`: it beats from now on.
    pub(super) fn begin_beating(&mut self, session: SessionId, at: Time, agenda: &mut Agenda) {
        let Some(heartbeat) = self.plan.line.as_ref().and_then(|line| line.heartbeat) else { return };
        let Some(ordinal) = self.beacons.advance(session) else { return };
        self.post(Message::Beat, at + heartbeat.interval, session, ordinal, agenda);
    }

    /// The page is left for the line: it beats no more.
    pub(super) fn stop_beating(&mut self, session: SessionId) {
        self.beacons.advance(session);
    }

    /// A page sends a beacon, unless it is closed or left, and will send the next.
    pub(super) fn beat(&mut self, session: SessionId, ordinal: u32, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        let closed = row.is(Flag::Stopped) && row.deadline() <= self.now;
        let over = self.now >= row.leave_at().min(self.plan.roster.horizon);
        if self.beacons.next[session.index()] != ordinal || closed || over {
            return;
        }
        let (cohort, kind) = (row.cohort(), Kind::Heartbeat);
        let who = self.crowd.who(session);
        let ask = Ask { person: self.entity_of(session), tab: who.tab, kind, ordinal };
        self.record.fact(self.now, Fact::Sent { who, kind, first_try: true });
        match self.way_up(session, cohort, ask, self.now) {
            Some(up) => {
                let tie = self.luck.tie(ask.person, who.tab, ordinal);
                let arrival = Message::EdgeSent(kind).entry(self.now + up, tie, session.0, NO_ATTEMPT);
                agenda.push(arrival);
            }
            None => self.record.fact(self.now, Fact::Lost { who, kind, way: Way::Up }),
        }
        self.begin_beating(session, self.now, agenda);
    }

    /// A session has entered: from now on it must be heard of.
    pub(super) fn watch_inside(&mut self, slot: u32, agenda: &mut Agenda) {
        if let Some(heartbeat) = self.plan.line.as_ref().and_then(|line| line.heartbeat) {
            let left = heartbeat.grace - self.silence_inside(slot);
            self.check_inside_at(self.now + left + Span::from_ms(1), slot, agenda);
        }
    }

    /// For how long, to the millisecond, the session in this slot was not heard of, pauses of the sale left out.
    fn silence_inside(&self, slot: u32) -> Span {
        let contact_ms = self.crowd.row(self.insiders.at(slot).session).contact_ms;
        let last_contact = Time::ZERO + Span::from_ms(u64::from(contact_ms));
        self.now.saturating_since(last_contact) - self.pauses.within(last_contact, self.now)
    }

    fn check_inside_at(&self, at: Time, slot: u32, agenda: &mut Agenda) {
        let session = self.insiders.at(slot).session;
        let generation = self.insiders.generation(slot);
        let tie = self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), generation);
        agenda.push(Message::InsideCheck.entry(at, tie, slot, generation));
    }

    /// Is the session in this slot still heard of? While the sale is paused nobody asks, and while a payment is under
    /// way nobody is dropped.
    pub(super) fn check_inside(&mut self, slot: u32, generation: u32, agenda: &mut Agenda) {
        let Some(heartbeat) = self.plan.line.as_ref().and_then(|line| line.heartbeat) else { return };
        if !self.insiders.is_live(slot, generation) {
            return;
        }
        let pays = self.insiders.at(slot).hold.is_some_and(|hold| hold.payments > 0);
        if self.pauses.is_on() {
            self.beacons.put_off.push((slot, generation));
        } else if self.silence_inside(slot) <= heartbeat.grace {
            self.watch_inside(slot, agenda);
        } else if pays {
            self.check_inside_at(self.now + heartbeat.grace, slot, agenda);
        } else {
            self.drop_inside(slot, agenda);
        }
    }

    /// The sale goes on: whoever was not asked about meanwhile is asked about now.
    pub(super) fn check_those_put_off(&mut self, agenda: &mut Agenda) {
        for (slot, generation) in std::mem::take(&mut self.beacons.put_off) {
            self.check_inside(slot, generation, agenda);
        }
    }

    fn drop_inside(&mut self, slot: u32, agenda: &mut Agenda) {
        let insider = self.insiders.at_mut(slot);
        insider.turn_over = true;
        let who = self.crowd.who(insider.session);
        self.record.fact(self.now, Fact::DroppedInside { who });
        self.return_seats(slot, false, agenda);
        self.settle(slot, agenda);
    }
}
