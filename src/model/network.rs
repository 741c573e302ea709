//! The network between clients and the edge: delay and loss, by cohort, up and down apart. Every message
//! draws its own; nothing is lost between gateways and what stands behind them.

use super::World;
use super::luck::{Ask, Luck, Use};
use crate::engine::Span;
use crate::protocol::{Observer, SessionId};
use crate::scenario::plan::CohortPlan;

/// Is it lost? A share of zero costs no draw.
fn lost(luck: &Luck, share: f64, what: Use, ask: Ask) -> bool {
    share > 0.0 && {
        let (stream, n) = luck.of_ask(what, ask);
        stream.chance(n, share)
    }
}

impl<O: Observer> World<O> {
    /// The draws of this session's newest attempt.
    pub(super) fn ask(&self, session: SessionId) -> Ask {
        let row = self.crowd.row(session);
        Ask { person: self.entity_of(session), tab: row.tab(), kind: row.kind(), ordinal: row.ordinal() }
    }

    /// The way up: its delay, or `None` if the request is lost.
    pub(super) fn way_up(&self, cohort: usize, ask: Ask) -> Option<Span> {
        let cohort: &CohortPlan = &self.plan.cohorts[cohort];
        if lost(&self.luck, cohort.loss_up, Use::LossUp, ask) {
            return None;
        }
        let (stream, n) = self.luck.of_ask(Use::Up, ask);
        Some(cohort.up.sample(stream, n))
    }

    /// The way down: its delay, or `None` if the reply is lost.
    pub(super) fn way_down(&self, cohort: usize, ask: Ask) -> Option<Span> {
        let cohort: &CohortPlan = &self.plan.cohorts[cohort];
        if lost(&self.luck, cohort.loss_down, Use::LossDown, ask) {
            return None;
        }
        let (stream, n) = self.luck.of_ask(Use::Down, ask);
        Some(cohort.down.sample(stream, n))
    }

    /// The delay of an abort on its way up; aborts are not lost (a connection's end is repeated until heard).
    pub(super) fn abort_delay(&self, cohort: usize, ask: Ask) -> Span {
        let (stream, n) = self.luck.of_ask(Use::AbortUp, ask);
        self.plan.cohorts[cohort].up.sample(stream, n)
    }
}
