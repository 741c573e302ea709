//! Places that are given later: the join is answered at once, and a message carries it to whoever numbers the line. The
//! order of places is that in which messages are taken up, and a message that fails too often is put aside: its session
//! is told "in line" for ever.
//!
//! ```text
//!   join --202 at once--> message --after a delay of its own--> a place
//!                            +--fails each time it is taken up--> put aside: no place, and no word
//! ```
//!
//! Whoever is taken for a bot has no place either, by intent (Cloudflare's `infinite_queue`). Modelled on the AWS waiting room: an unordered SQS queue, and a dead letter queue after two receives. Left out: the
//! batch in which messages are taken up.

use crate::engine::Agenda;
use crate::model::backend::Sim;
use crate::model::backend::line::Line;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Incident, Observer, SessionId, Truth};
use crate::scenario::Plan;

/// Who has joined and has no place yet.
#[derive(Default)]
pub(in crate::model) struct PendingJoins {
    /// One bit a session; empty where everybody gets a place at once.
    sessions: Vec<u64>,
}

impl PendingJoins {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> PendingJoins {
        let later = plan.line.as_ref().is_some_and(|line| line.async_join.is_some());
        let capabilities = plan.line.as_ref().map(|line| line.policy.capabilities()).unwrap_or_default();
        let needed =
            later || capabilities.assesses_joins || plan.cohorts.iter().any(|cohort| cohort.flagged > 0.0);
        let words = if needed { (sessions as usize).div_ceil(64) } else { 0 };
        PendingJoins { sessions: vec![0; words] }
    }

    /// The session has joined and has no place yet.
    pub(in crate::model) fn has(&self, session: SessionId) -> bool {
        self.sessions.get(session.index() / 64).is_some_and(|word| word >> (session.0 % 64) & 1 == 1)
    }

    pub(in crate::model) fn set(&mut self, session: SessionId) {
        self.sessions[session.index() / 64] |= 1 << (session.0 % 64);
    }

    pub(in crate::model) fn clear(&mut self, session: SessionId) {
        if let Some(word) = self.sessions.get_mut(session.index() / 64) {
            *word &= !(1 << (session.0 % 64));
        }
    }
}

impl Line {
    /// The check takes the person of a session that joins for a bot: it is told that it is in line, and no turn will
    /// come. Returns whether it does.
    pub(in crate::model) fn keeps_for_ever<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId,
    ) -> bool {
        let share = sim.plan.cohorts[sim.crowd.wire(session).cohort()].flagged;
        let (stream, n) =
            sim.draws.of_person(DrawPurpose::Flagged, sim.entity_of(session), DrawPurpose::PERSONAL_TAB);
        let is_flagged = share > 0.0 && stream.chance(n, share);
        if is_flagged {
            self.pending_joins.set(session);
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::KeptForEver });
        }
        is_flagged
    }

    /// A join that was verified is on its way to a place, if places are given later here. Returns whether they are.
    pub(in crate::model) fn sends_for_place<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, agenda: &mut Agenda,
    ) -> bool {
        let Some(later) = sim.plan.line.as_ref().and_then(|line| line.async_join.as_ref()) else {
            return false;
        };
        let draw_key = sim.draw_key(session);
        let (stream, n) = sim.draws.of_request(DrawPurpose::DeadLetter, draw_key);
        let is_lost = later.dead_letter > 0.0 && stream.chance(n, later.dead_letter.get());
        let (stream, n) = sim.draws.of_request(DrawPurpose::PlaceDelay, draw_key);
        let at = sim.now + later.delay.sample(stream, n);
        self.pending_joins.set(session);
        if is_lost {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::JoinLost });
        } else {
            sim.post(Message::PlaceComes, at, session, 0, agenda);
        }
        true
    }

    /// The message of a join is taken up: the session that gets a place now, if it is still in line, and whether it joined
    /// early.
    pub(in crate::model) fn take_up_join<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId,
    ) -> Option<(SessionId, bool)> {
        let session = self.successor_of(sim, session);
        let row = sim.crowd.row(session);
        let (early, queued) = (row.books.is_early(), row.books.truth() == Truth::Queued);
        let open = self.room.as_ref().is_some_and(|line| !line.is_closed());
        let gets_one = self.pending_joins.has(session) && queued && open;
        gets_one.then(|| {
            self.pending_joins.clear(session);
            (session, early)
        })
    }
}
