//! For what people leave beside the end of their patience: a position too far back, silence, a clear refusal.
//!
//! ```text
//!   the page shows a position --more places ahead than accepted--> leaves
//!   a request is sent, and nothing that can be read comes --as long as silence is borne--> leaves
//!   a clear refusal is read, the n-th or a later one --with a probability--> leaves
//! ```
//!
//! How long silence is borne and how far back one stands are drawn again from their keys when needed. Since when a
//! session is silent and how often it was refused stands here, and nowhere if nobody leaves for it.
//!
//! A client has one wake of its own, for its deadline, and deadlines only move later (`wire.rs`). Silence keeps to that:
//! what a person bears is the same each time, so that a silence which begins later ends later.

use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::words::NOT_SHOWN;
use crate::protocol::{Belief, Kind, Observer, Reply, SessionId, Stop};
use crate::scenario::Plan;
use crate::scenario::plan::GivingUpPlan;

/// What sessions have borne so far.
#[derive(Default)]
pub(in crate::model) struct Tolerance {
    /// Somebody leaves for a position.
    positions: bool,
    /// By session: when the first request was sent, or is to be, after the last readable answer; [`Time::MAX`]: none
    /// was. Empty where nobody leaves for silence.
    silent_since: Vec<Time>,
    /// By session: clear refusals so far. Empty where nobody leaves for them.
    refusals: Vec<u32>,
}

impl Tolerance {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Tolerance {
        let some = |is: fn(&GivingUpPlan) -> bool| {
            plan.cohorts.iter().any(|cohort| cohort.giving_up.as_ref().is_some_and(is))
        };
        let rows = |needed: bool| if needed { sessions as usize } else { 0 };
        Tolerance {
            positions: plan.line.is_some() && some(|plan| plan.positions.is_some()),
            silent_since: vec![Time::MAX; rows(some(|plan| plan.silence.is_some()))],
            refusals: vec![0; rows(some(|plan| plan.refusals.is_some()))],
        }
    }

    /// Somebody may leave for a position.
    pub(in crate::model) fn minds_positions(&self) -> bool {
        self.positions
    }

    /// Somebody may leave for silence.
    pub(in crate::model) fn minds_silence(&self) -> bool {
        !self.silent_since.is_empty()
    }

    /// Somebody may leave for a refusal.
    pub(in crate::model) fn minds_refusals(&self) -> bool {
        !self.refusals.is_empty()
    }
}

/// Does this answer say no, for now, to somebody without seats?
const fn is_clear_refusal(kind: Kind, reply: Reply) -> bool {
    !matches!(kind, Kind::Checkout | Kind::Pay)
        && matches!(
            reply,
            Reply::NoneFree
                | Reply::TurnEnded
                | Reply::PlaceLost
                | Reply::GatewayBusy
                | Reply::StationBusy
                | Reply::UpstreamTimeout
                | Reply::RateLimited
                | Reply::AccountLocked
                | Reply::CodeRefused
                | Reply::BadGateway
                | Reply::ServerError
        )
}

impl People {
    fn gives_up_for<O: Observer, B>(sim: &Sim<O, B>, session: SessionId) -> Option<&GivingUpPlan> {
        sim.plan.cohorts[sim.crowd.wire(session).cohort()].giving_up.as_ref()
    }

    /// A page with a position was delivered at `at`. Returns whether its person leaves for it.
    #[inline(never)]
    pub(in crate::model) fn leaves_for_position<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, position: u32, agenda: &mut Agenda,
    ) -> bool {
        let Some(positions) = Self::gives_up_for(sim, session).and_then(|plan| plan.positions.as_ref())
        else {
            return false;
        };
        let (stream, n) =
            sim.draws.of_person(DrawPurpose::FarthestBack, sim.entity_of(session), DrawPurpose::PERSONAL_TAB);
        let accepted = positions.sample(stream, n).as_us();
        let seen = position != NOT_SHOWN && !self.is_hidden(session, at);
        let leaves = seen && u64::from(position) > accepted;
        if leaves {
            self.stop(sim, session, at, Stop::TooFarBack, agenda);
        }
        leaves
    }

    /// A request is to be sent at `at`: silence begins then, unless it has begun already.
    #[inline(never)]
    pub(in crate::model) fn expect_answer<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time,
    ) {
        let since = &mut self.tolerance.silent_since[session.index()];
        // What was planned and is not sent yet may have been put off.
        if *since > sim.now {
            *since = at;
        }
    }

    /// An answer could be read: no silence any more.
    #[inline(never)]
    pub(in crate::model) fn break_silence(&mut self, session: SessionId) {
        self.tolerance.silent_since[session.index()] = Time::MAX;
    }

    /// When the person leaves a session for silence, if none is broken until then; [`Time::MAX`]: never.
    #[inline(never)]
    fn silence_ends_at<O: Observer, B>(&self, sim: &Sim<O, B>, session: SessionId) -> Time {
        let since = self.tolerance.silent_since[session.index()];
        let Some(silence) = Self::gives_up_for(sim, session).and_then(|plan| plan.silence.as_ref()) else {
            return Time::MAX;
        };
        if since == Time::MAX {
            return Time::MAX;
        }
        let (stream, n) =
            sim.draws.of_person(DrawPurpose::Silence, sim.entity_of(session), DrawPurpose::PERSONAL_TAB);
        since + silence.sample(stream, n)
    }

    /// When the person leaves a session, if nothing comes until then: for silence, or with their patience.
    #[inline]
    pub(in crate::model) fn leaves_at<O: Observer, B>(&self, sim: &Sim<O, B>, session: SessionId) -> Time {
        let leave_at = sim.crowd.page(session).leave_at();
        if self.tolerance.minds_silence() {
            leave_at.min(self.silence_ends_at(sim, session))
        } else {
            leave_at
        }
    }

    /// A readable answer was delivered at `at`. Returns whether it is a refusal for which its person leaves.
    #[inline(never)]
    pub(in crate::model) fn leaves_for_refusal<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time, reply: Reply, agenda: &mut Agenda,
    ) -> bool {
        let kind = sim.crowd.wire(session).kind();
        let Some((after, leave)) = Self::gives_up_for(sim, session).and_then(|plan| plan.refusals) else {
            return false;
        };
        if !is_clear_refusal(kind, reply) {
            return false;
        }
        let borne = &mut self.tolerance.refusals[session.index()];
        *borne = borne.saturating_add(1);
        let leaves = *borne >= after && {
            let (stream, n) = sim.draws.of_request(DrawPurpose::Refusal, sim.draw_key(session));
            leave > 0.0 && stream.chance(n, leave)
        };
        if leaves {
            Self::believe(sim, session, at, Belief::ErrorShown);
            self.stop(sim, session, at, Stop::Refused, agenda);
        }
        leaves
    }
}
