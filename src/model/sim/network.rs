//! The network between clients and the edge: delay and loss, by cohort, up and down apart. Every message
//! draws its own, which faults may make worse (`faults.rs`); nothing is lost between gateways and what stands behind them.

use super::Sim;
use crate::engine::{Sampler, Span, Time};
use crate::model::sim::draws::{DrawKey, DrawPurpose, Draws};
use crate::protocol::{Direction, Observer, SessionId};
use crate::scenario::plan::NetworkPlan;

/// One way of a cohort's network: the share that it loses, how long it takes, and what is drawn for either.
struct Course<'p> {
    loss: f64,
    delay: &'p Sampler,
    loss_use: DrawPurpose,
    delay_use: DrawPurpose,
}

impl Course<'_> {
    /// The delay of one message, or `None` if it is lost. A share of zero costs no draw.
    fn travel(&self, draws: &Draws, draw_key: DrawKey) -> Option<Span> {
        if self.loss > 0.0 {
            let (stream, n) = draws.of_request(self.loss_use, draw_key);
            if stream.chance(n, self.loss) {
                return None;
            }
        }
        let (stream, n) = draws.of_request(self.delay_use, draw_key);
        Some(self.delay.sample(stream, n))
    }
}

impl<O: Observer, P, B> Sim<O, P, B> {
    /// The way up of a session's request sent at `at`: its delay, or `None` if it is lost.
    pub(in crate::model) fn way_up(
        &self, session: SessionId, cohort: usize, draw_key: DrawKey, at: Time,
    ) -> Option<Span> {
        self.way(Direction::Up, self.network(session, cohort), cohort, draw_key, at)
    }

    /// The way down of a reply to a session that leaves now: its delay, or `None` if it is lost.
    pub(in crate::model) fn way_down(
        &self, session: SessionId, cohort: usize, draw_key: DrawKey,
    ) -> Option<Span> {
        self.way(Direction::Down, self.network(session, cohort), cohort, draw_key, self.now)
    }

    /// The network of a session of this cohort.
    #[inline]
    fn network(&self, session: SessionId, cohort: usize) -> &NetworkPlan {
        if self.roaming.are_possible() {
            self.network_of(session)
        } else {
            &self.plan.cohorts[cohort].network
        }
    }

    /// The network that a session's device is in.
    fn network_of(&self, session: SessionId) -> &NetworkPlan {
        let cohort = &self.plan.cohorts[self.crowd.wire(session).cohort()];
        match &cohort.switches {
            Some(switches) if self.roaming.count(session) % 2 == 1 => &switches.other,
            _ => &cohort.network,
        }
    }

    #[inline]
    fn way(
        &self, way: Direction, network: &NetworkPlan, cohort: usize, draw_key: DrawKey, at: Time,
    ) -> Option<Span> {
        if self.plan.faults.is_empty() {
            course(way, network).travel(&self.draws, draw_key)
        } else {
            self.way_through_faults(way, network, cohort, draw_key, at)
        }
    }

    /// Apart, so that a sale in which nothing breaks does not pay for it.
    #[inline(never)]
    fn way_through_faults(
        &self, way: Direction, network: &NetworkPlan, cohort: usize, draw_key: DrawKey, at: Time,
    ) -> Option<Span> {
        let burst = self.burst(way, cohort, draw_key, at);
        let usual = course(way, network);
        let course = Course { loss: burst.loss(usual.loss), ..usual };
        course.travel(&self.draws, draw_key).map(|delay| burst.delay(delay))
    }

    /// The delay of an abort sent at `at`; aborts are not lost (a connection's end is repeated until heard).
    pub(in crate::model) fn abort_delay(
        &self, session: SessionId, cohort: usize, draw_key: DrawKey, at: Time,
    ) -> Span {
        let (stream, n) = self.draws.of_request(DrawPurpose::AbortUp, draw_key);
        let delay = self.network(session, cohort).up.sample(stream, n);
        self.burst(Direction::Up, cohort, draw_key, at).delay(delay)
    }
}

fn course(way: Direction, network: &NetworkPlan) -> Course<'_> {
    match way {
        Direction::Up => Course {
            loss: network.loss_up,
            delay: &network.up,
            loss_use: DrawPurpose::LossUp,
            delay_use: DrawPurpose::Up,
        },
        Direction::Down => Course {
            loss: network.loss_down,
            delay: &network.down,
            loss_use: DrawPurpose::LossDown,
            delay_use: DrawPurpose::Down,
        },
    }
}
