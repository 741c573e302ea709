//! What a gateway knows of the peers of a station: round robin over those that it holds for up. Modelled on nginx: a peer
//! that failed `max_fails` times is left out for `fail_timeout`, counted in whole seconds, then one request tries it. Each
//! gateway knows only what it has met itself.

use crate::engine::Time;
use crate::protocol::Kind;
use crate::scenario::plan::{Plan, TryNext, UpstreamPlan};

/// What one gateway knows of the peers of one station.
#[derive(Clone, Default)]
pub(in crate::model) struct Upstream {
    /// The peer to ask next.
    next: u8,
    pub(in crate::model::backend::edge) peers: Vec<Health>,
}

/// What one gateway knows of one peer. Instants are whole seconds.
#[derive(Clone, Copy, Default)]
pub(in crate::model::backend::edge) struct Health {
    fails: u32,
    failed_at_s: u64,
    /// When it last failed, or was first asked again after being left out.
    checked_at_s: u64,
}

/// How a peer failed a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::model::backend::edge) enum Failing {
    /// The connection was refused: nothing was sent.
    Refused,
    /// The connection broke off.
    BrokenOff,
    /// No answer came in time.
    TimedOut,
    /// The answer has this status.
    Answered(u16),
}

impl Upstream {
    /// What each gateway knows at first; nothing is kept where no station has several peers.
    pub(in crate::model) fn all(plan: &Plan) -> Vec<Upstream> {
        if plan.stations.iter().all(|station| station.peers == 1) {
            return Vec::new();
        }
        let of_gateway = plan.stations.iter().map(|station| Upstream::of(station.peers));
        let gateways = usize::from(plan.edge.gateways);
        std::iter::repeat_n(of_gateway, gateways).flatten().collect()
    }

    /// Nothing is known of so many peers yet.
    pub(in crate::model::backend::edge) fn of(peers: u8) -> Upstream {
        Upstream { next: 0, peers: vec![Health::default(); usize::from(peers)] }
    }

    /// The next peer that is held for up and was not tried (one bit each in `tried`).
    pub(in crate::model::backend::edge) fn choose(
        &mut self, tried: u32, now_s: u64, plan: &UpstreamPlan,
    ) -> Option<u8> {
        let count = u8::try_from(self.peers.len()).expect("at most 32 peers");
        let order = (0..count).map(|step| (self.next + step) % count);
        let peers = &self.peers;
        let is_open = |peer: &u8| tried & (1 << peer) == 0 && peers[usize::from(*peer)].is_up(now_s, plan);
        let peer = order.clone().find(is_open)?;
        self.next = (peer + 1) % count;
        let health = &mut self.peers[usize::from(peer)];
        if now_s.saturating_sub(health.checked_at_s) > plan.fail_timeout_s {
            health.checked_at_s = now_s;
        }
        Some(peer)
    }
}

impl Health {
    fn is_up(self, now_s: u64, plan: &UpstreamPlan) -> bool {
        !self.is_marked(plan) || now_s.saturating_sub(self.checked_at_s) > plan.fail_timeout_s
    }

    pub(in crate::model::backend::edge) fn is_marked(self, plan: &UpstreamPlan) -> bool {
        plan.max_fails > 0 && self.fails >= plan.max_fails
    }

    pub(in crate::model::backend::edge) fn failed(&mut self, now_s: u64) {
        self.fails = self.fails.saturating_add(1);
        self.failed_at_s = now_s;
        self.checked_at_s = now_s;
    }

    /// A request ended well that was sent after the time of being left out: the failures are forgotten.
    pub(in crate::model::backend::edge) fn succeeded(&mut self) {
        if self.failed_at_s < self.checked_at_s {
            self.fails = 0;
        }
    }
}

/// Kinds that are sent as a POST: they change something, or carry a code. AWS's waiting room takes joins so; beacons
/// always are.
const fn is_post(kind: Kind) -> bool {
    match kind {
        Kind::Join | Kind::Reverify | Kind::Hold | Kind::Pay | Kind::Leave | Kind::Heartbeat => true,
        Kind::OpenPage | Kind::Poll | Kind::SeatMap | Kind::Checkout => false,
    }
}

/// Does a request of this kind go to another peer after this failure?
pub(in crate::model::backend::edge) fn is_tried_again(
    plan: &UpstreamPlan, kind: Kind, failing: Failing,
) -> bool {
    let listed = |failure: TryNext| plan.next_upstream.contains(&failure);
    let failure = match failing {
        Failing::Refused => return listed(TryNext::Error),
        Failing::BrokenOff => TryNext::Error,
        Failing::TimedOut => TryNext::Timeout,
        Failing::Answered(503) => TryNext::Unavailable,
        Failing::Answered(504) => TryNext::GatewayTimeout,
        Failing::Answered(_) => return false,
    };
    listed(failure) && (!is_post(kind) || listed(TryNext::NonIdempotent))
}

/// A request that was sent to these peers (one bit each) was sent to another one after a failure.
pub(in crate::model::backend::edge) const fn is_retry(tried: u32) -> bool {
    tried.count_ones() > 1
}

pub(in crate::model::backend::edge) fn second(at: Time) -> u64 {
    at.as_us() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Span;

    fn plan(max_fails: u32) -> UpstreamPlan {
        UpstreamPlan {
            max_fails,
            fail_timeout_s: 10,
            next_upstream: vec![TryNext::Error, TryNext::Timeout],
            retry_budget: None,
            retries_in_flight: None,
        }
    }

    fn three() -> Upstream {
        Upstream { next: 0, peers: vec![Health::default(); 3] }
    }

    fn chosen(upstream: &mut Upstream, now_s: u64, plan: &UpstreamPlan) -> Vec<Option<u8>> {
        (0..4).map(|_| upstream.choose(0, now_s, plan)).collect()
    }

    #[test]
    fn requests_go_round_and_leave_out_whoever_was_tried_or_failed() {
        let (mut upstream, plan) = (three(), plan(1));
        assert_eq!(chosen(&mut upstream, 20, &plan), [Some(0), Some(1), Some(2), Some(0)]);
        assert_eq!(upstream.choose(0b010, 20, &plan), Some(2));
        upstream.peers[0].failed(20);
        assert_eq!(chosen(&mut upstream, 20, &plan), [Some(1), Some(2), Some(1), Some(2)]);
        upstream.peers[1].failed(21);
        upstream.peers[2].failed(22);
        assert_eq!(upstream.choose(0, 30, &plan), None, "all of them are left out");
    }

    #[test]
    fn one_request_tries_a_peer_after_its_timeout_and_its_success_brings_it_back() {
        let (mut upstream, plan) = (three(), plan(1));
        (1..3).for_each(|peer| upstream.peers[peer].failed(1000));
        upstream.peers[0].failed(20);
        assert_eq!(upstream.choose(0, 30, &plan), None, "10 s later in whole seconds it is still left out");
        assert_eq!(upstream.choose(0, 31, &plan), Some(0));
        assert_eq!(upstream.choose(0, 31, &plan), None, "one try");
        upstream.peers[0].succeeded();
        assert_eq!(upstream.choose(0, 31, &plan), Some(0));
    }

    #[test]
    fn several_failures_within_the_timeout_open_and_old_ones_are_forgotten() {
        let (mut upstream, plan) = (three(), plan(2));
        upstream.peers[0].failed(20);
        assert!(upstream.peers[0].is_up(20, &plan));
        upstream.peers[0].succeeded();
        upstream.peers[0].failed(25);
        assert!(!upstream.peers[0].is_up(25, &plan), "a success in between forgets nothing");
        let mut other = three();
        other.peers[0].failed(20);
        other.next = 0;
        assert_eq!(other.choose(0, 31, &plan), Some(0));
        other.peers[0].succeeded();
        other.peers[0].failed(32);
        assert!(other.peers[0].is_up(32, &plan), "the first failure is too long ago");
    }

    #[test]
    fn no_failures_are_counted_where_max_fails_is_0() {
        let (mut upstream, plan) = (three(), plan(0));
        (0..3).for_each(|peer| upstream.peers[peer].failed(20));
        assert_eq!(upstream.choose(0, 20, &plan), Some(0));
    }

    #[test]
    fn a_post_is_tried_again_only_if_it_was_not_sent() {
        let mut plan = plan(1);
        for (kind, failing, expected) in [
            (Kind::SeatMap, Failing::TimedOut, true),
            (Kind::SeatMap, Failing::BrokenOff, true),
            (Kind::Hold, Failing::Refused, true),
            (Kind::Hold, Failing::BrokenOff, false),
            (Kind::Pay, Failing::TimedOut, false),
            (Kind::SeatMap, Failing::Answered(503), false),
        ] {
            assert_eq!(is_tried_again(&plan, kind, failing), expected, "{kind:?}");
        }
        plan.next_upstream.extend([TryNext::NonIdempotent, TryNext::Unavailable]);
        assert!(is_tried_again(&plan, Kind::Pay, Failing::TimedOut));
        assert!(is_tried_again(&plan, Kind::Hold, Failing::Answered(503)));
        assert!(!is_tried_again(&plan, Kind::Hold, Failing::Answered(200)));
    }

    #[test]
    fn seconds_are_whole() {
        assert_eq!(second(Time::ZERO + Span::from_ms(12_999)), 12);
    }
}
