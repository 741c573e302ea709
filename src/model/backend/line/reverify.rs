//! Re-verification: a session in line must prove again, each interval, that it is entitled to be there.
//!
//! ```text
//!   join, proof --interval--> due --next poll: "prove it again"--> proof, served --+--> stays in line
//!                              |                                                   +--> evicted
//!                              +--no proof within the deadline--> evicted at the next contact, or at its turn
//! ```
//!
//! Nobody is told of an eviction but by the answer to the next request, if there is one (`withheld_reply.rs` of the edge). Modelled on
//! sales that "re-evaluated active sessions"; left out here: why a session is found wanting. It is a share, drawn for
//! the session and the number of its proof; a score of behavior is an admission policy's business.

use crate::engine::{Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::line::Line;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Fact, Observer, SessionId, Truth};
use crate::scenario::plan::LinePlan;

/// When the next proof of each session is due. Empty where nothing has to be proved again.
pub(in crate::model) struct Proofs {
    /// In milliseconds since time 0.
    due_ms: Vec<u32>,
    /// How many proofs were judged: the ordinal of the next.
    judged: Vec<u16>,
}

impl Proofs {
    pub(in crate::model) fn new(line: Option<&LinePlan>, sessions: u32) -> Proofs {
        let needed = line.is_some_and(|line| line.reverify.is_some());
        let rows = if needed { sessions as usize } else { 0 };
        Proofs { due_ms: vec![u32::MAX; rows], judged: vec![0; rows] }
    }

    /// When the next proof of a session in line is due; `None`: never.
    pub(in crate::model) fn due_at(&self, session: SessionId) -> Option<Time> {
        self.due_ms.get(session.index()).map(|due| Time::ZERO + Span::from_ms(u64::from(*due)))
    }

    /// A session in line has a proof to give.
    pub(in crate::model) fn is_due(&self, session: SessionId, now: Time) -> bool {
        self.due_at(session).is_some_and(|due| now >= due)
    }

    fn expect(&mut self, session: SessionId, at: Time) {
        let ms = u32::try_from(at.as_us() / 1000).expect("12.7 days fit into 32 bits of milliseconds");
        self.due_ms[session.index()] = ms;
    }

    /// The ordinal of a proof that is judged now.
    fn judge(&mut self, session: SessionId) -> u16 {
        let judged = &mut self.judged[session.index()];
        let ordinal = *judged;
        *judged = judged.wrapping_add(1);
        ordinal
    }
}

impl Line {
    /// The session has joined, or proved itself: the next proof is due after the interval.
    pub(in crate::model) fn expect_proof<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, session: SessionId) {
        if let Some(reverify) = sim.plan.line.as_ref().and_then(|line| line.reverify) {
            self.proofs.expect(session, sim.now + reverify.interval);
        }
    }

    /// The session is in a line that goes on: once the line has ended, that is all there is to say.
    pub(in crate::model) fn is_in_open_line<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        let open = self.room.as_ref().is_some_and(|line| line.closed().is_none());
        open && sim.crowd.books(session).truth() == Truth::Queued
    }

    /// A proof was served, and one was due. Returns whether the session stays in line.
    pub(in crate::model) fn judge_proof<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId,
    ) -> bool {
        let evict =
            sim.plan.line.as_ref().and_then(|line| line.reverify).map_or(0.0, |plan| plan.evict.get());
        let who = sim.crowd.who(session);
        let (stream, n) = sim.draws.of_person(DrawPurpose::Evict, sim.entity_of(session), who.tab);
        let entitled = !stream.chance(n | u64::from(self.proofs.judge(session)), evict);
        sim.record.fact(sim.now, Fact::Reverified { who, entitled });
        if entitled {
            self.expect_proof(sim, session);
        }
        entitled
    }

    /// The deadline of a proof has passed.
    pub(in crate::model) fn is_overdue<O: Observer, P>(&self, sim: &Sim<O, P>, session: SessionId) -> bool {
        let Some(due) = self.proofs.due_at(session) else { return false };
        let reverify = sim.plan.line.as_ref().and_then(|line| line.reverify);
        reverify.is_some_and(|reverify| sim.now > due + reverify.deadline)
    }

    /// Takes a session out of the line, at no cost to the budgets.
    pub(in crate::model) fn take_out<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) {
        self.leave_line(sim, session);
        tables.decide_now(sim, session, Truth::Evicted);
    }
}
