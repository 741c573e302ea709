//! The network between clients and the edge: delay and loss, by cohort, up and down apart. Every message
//! draws its own, which faults may make worse (`faults.rs`); nothing is lost between gateways and what stands behind them.

use super::World;
use super::luck::{Ask, Luck, Use};
use crate::engine::{Span, Time};
use crate::protocol::{Observer, SessionId, Way};
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

    /// The way up of a request sent at `at`: its delay, or `None` if it is lost.
    pub(super) fn way_up(&self, cohort: usize, ask: Ask, at: Time) -> Option<Span> {
        let burst = self.burst(Way::Up, cohort, ask, at);
        let cohort: &CohortPlan = &self.plan.cohorts[cohort];
        let loss = burst.map_or(cohort.loss_up, |burst| burst.loss(cohort.loss_up));
        if lost(&self.luck, loss, Use::LossUp, ask) {
            return None;
        }
        let (stream, n) = self.luck.of_ask(Use::Up, ask);
        let delay = cohort.up.sample(stream, n);
        Some(burst.map_or(delay, |burst| burst.delay(delay)))
    }

    /// The way down of a reply that leaves now: its delay, or `None` if it is lost.
    pub(super) fn way_down(&self, cohort: usize, ask: Ask) -> Option<Span> {
        let burst = self.burst(Way::Down, cohort, ask, self.now);
        let cohort: &CohortPlan = &self.plan.cohorts[cohort];
        let loss = burst.map_or(cohort.loss_down, |burst| burst.loss(cohort.loss_down));
        if lost(&self.luck, loss, Use::LossDown, ask) {
            return None;
        }
        let (stream, n) = self.luck.of_ask(Use::Down, ask);
        let delay = cohort.down.sample(stream, n);
        Some(burst.map_or(delay, |burst| burst.delay(delay)))
    }

    /// The delay of an abort sent at `at`; aborts are not lost (a connection's end is repeated until heard).
    pub(super) fn abort_delay(&self, cohort: usize, ask: Ask, at: Time) -> Span {
        let (stream, n) = self.luck.of_ask(Use::AbortUp, ask);
        let delay = self.plan.cohorts[cohort].up.sample(stream, n);
        self.burst(Way::Up, cohort, ask, at).map_or(delay, |burst| burst.delay(delay))
    }
}
