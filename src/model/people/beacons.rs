//! Beacons: pages inside send one from time to time, as long as they are open. What the waiting room makes of them, and of
//! their absence, is in `heartbeat.rs` of the line.
//!
//! A beacon is a request that nobody waits for: it has its own luck and delay, may be lost, passes the gateway's
//! checks, and leaves the page's attempts alone.

use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawKey;
use crate::model::sim::message::Message;
use crate::protocol::{Direction, Fact, Kind, Observer, SessionId};
use crate::scenario::plan::LinePlan;

/// No request has this attempt: a beacon is nobody's newest attempt.
const NO_ATTEMPT: u32 = 0;

/// The ordinal of each session's next beacon. Empty where there are none.
pub(in crate::model) struct Beacons(Vec<u32>);

impl Beacons {
    pub(in crate::model) fn new(line: Option<&LinePlan>, sessions: u32) -> Beacons {
        let needed = line.is_some_and(|line| line.heartbeat.is_some());
        Beacons(if needed { vec![0; sessions as usize] } else { Vec::new() })
    }

    /// The next beacon of a session, if pages send any; one that was due before is stale from now on.
    fn advance(&mut self, session: SessionId) -> Option<u32> {
        let next = self.0.get_mut(session.index())?;
        *next = (*next + 1) & 0xFF_FFFF;
        Some(*next)
    }

    /// The number of a session's newest beacon.
    pub(in crate::model) fn newest(&self, session: SessionId) -> u32 {
        self.0.get(session.index()).copied().unwrap_or(0)
    }
}

impl People {
    /// A page inside is shown at `at`: it beats from now on.
    pub(in crate::model) fn begin_beating<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, agenda: &mut Agenda,
    ) {
        let Some(heartbeat) = sim.plan.line.as_ref().and_then(|line| line.heartbeat) else { return };
        let Some(ordinal) = self.beacons.advance(session) else { return };
        sim.post(Message::Beat, at + heartbeat.interval, session, ordinal, agenda);
    }

    /// The page is left for the line: it beats no more.
    pub(in crate::model) fn stop_beating(&mut self, session: SessionId) {
        self.beacons.advance(session);
    }

    /// A page sends a beacon, unless it is closed or left, and will send the next.
    pub(in crate::model) fn beat<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, ordinal: u32, agenda: &mut Agenda,
    ) {
        let row = sim.crowd.row(session);
        let closed = row.wire.is_stopped() && row.wire.deadline() <= sim.now;
        let over = sim.now >= row.page.leave_at().min(sim.plan.roster.horizon);
        if self.beacons.0[session.index()] != ordinal || closed || over {
            return;
        }
        let (cohort, kind) = (row.wire.cohort(), Kind::Heartbeat);
        let who = sim.crowd.who(session);
        let draw_key = DrawKey { person: sim.entity_of(session), tab: who.tab, kind, ordinal };
        sim.record.fact(sim.now, Fact::Sent { who, kind, first_try: true });
        match sim.way_up(session, cohort, draw_key, sim.now) {
            Some(up) => {
                let tie = sim.draws.tie(draw_key.person, who.tab, ordinal);
                let arrival = Message::EdgeSent(kind).entry(sim.now + up, tie, session.0, NO_ATTEMPT);
                agenda.push(arrival);
            }
            None => sim.record.fact(sim.now, Fact::Lost { who, kind, way: Direction::Up }),
        }
        self.begin_beating(sim, session, sim.now, agenda);
    }
}
