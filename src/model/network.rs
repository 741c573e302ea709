//! The network between clients and the edge: delay and loss, by cohort, up and down apart. Every message
//! draws its own, which faults may make worse (`faults.rs`); nothing is lost between gateways and what stands behind them.

use super::World;
use super::luck::{Ask, Luck, Use};
use crate::engine::{Sampler, Span, Time};
use crate::protocol::{Observer, SessionId, Way};
use crate::scenario::plan::NetworkPlan;

/// One way of a cohort's network: the share that it loses, how long it takes, and what is drawn for either.
struct Course<'p> {
    loss: f64,
    delay: &'p Sampler,
    loss_use: Use,
    delay_use: Use,
}

impl Course<'_> {
    /// The delay of one message, or `None` if it is lost. A share of zero costs no draw.
    fn travel(&self, luck: &Luck, ask: Ask) -> Option<Span> {
        if self.loss > 0.0 {
            let (stream, n) = luck.of_ask(self.loss_use, ask);
            if stream.chance(n, self.loss) {
                return None;
            }
        }
        let (stream, n) = luck.of_ask(self.delay_use, ask);
        Some(self.delay.sample(stream, n))
    }
}

impl<O: Observer> World<O> {
    /// The draws of this session's newest attempt.
    #[inline]
    pub(super) fn ask(&self, session: SessionId) -> Ask {
        let row = self.crowd.row(session);
        Ask { person: self.entity_of(session), tab: row.tab(), kind: row.kind(), ordinal: row.ordinal() }
    }

    /// The way up of a session's request sent at `at`: its delay, or `None` if it is lost.
    pub(super) fn way_up(&self, session: SessionId, cohort: usize, ask: Ask, at: Time) -> Option<Span> {
        self.way(Way::Up, self.network(session, cohort), cohort, ask, at)
    }

    /// The way down of a reply to a session that leaves now: its delay, or `None` if it is lost.
    pub(super) fn way_down(&self, session: SessionId, cohort: usize, ask: Ask) -> Option<Span> {
        self.way(Way::Down, self.network(session, cohort), cohort, ask, self.now)
    }

    /// The network of a session of this cohort.
    #[inline]
    fn network(&self, session: SessionId, cohort: usize) -> &NetworkPlan {
        if self.switches.are_possible() {
            self.network_of(session)
        } else {
            &self.plan.cohorts[cohort].network
        }
    }

    #[inline]
    fn way(&self, way: Way, network: &NetworkPlan, cohort: usize, ask: Ask, at: Time) -> Option<Span> {
        if self.plan.faults.is_empty() {
            course(way, network).travel(&self.luck, ask)
        } else {
            self.way_through_faults(way, network, cohort, ask, at)
        }
    }

    /// Apart, so that a sale in which nothing breaks does not pay for it.
    #[inline(never)]
    fn way_through_faults(
        &self,
        way: Way,
        network: &NetworkPlan,
        cohort: usize,
        ask: Ask,
        at: Time,
    ) -> Option<Span> {
        let burst = self.burst(way, cohort, ask, at);
        let usual = course(way, network);
        let course = Course { loss: burst.loss(usual.loss), ..usual };
        course.travel(&self.luck, ask).map(|delay| burst.delay(delay))
    }

    /// The delay of an abort sent at `at`; aborts are not lost (a connection's end is repeated until heard).
    pub(super) fn abort_delay(&self, session: SessionId, cohort: usize, ask: Ask, at: Time) -> Span {
        let (stream, n) = self.luck.of_ask(Use::AbortUp, ask);
        let delay = self.network(session, cohort).up.sample(stream, n);
        self.burst(Way::Up, cohort, ask, at).delay(delay)
    }
}

fn course(way: Way, network: &NetworkPlan) -> Course<'_> {
    match way {
        Way::Up => {
            Course { loss: network.loss_up, delay: &network.up, loss_use: Use::LossUp, delay_use: Use::Up }
        }
        Way::Down => Course {
            loss: network.loss_down,
            delay: &network.down,
            loss_use: Use::LossDown,
            delay_use: Use::Down,
        },
    }
}
