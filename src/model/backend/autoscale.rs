//! How many nodes are wanted: the algorithm of the Kubernetes `HorizontalPodAutoscaler` ("Horizontal Pod Autoscaling",
//! kubernetes.io, and its controller), in integers. What is seen and executed is in `scaling.rs`.
//!
//! ```text
//!   nodes that would be as busy as they should    =  busy time of all / (time x capacity x target)
//!   within the tolerance of what there is         -> what there is
//!   otherwise rounded up                          -> recommended; one that starts counts as idle, if more are needed
//!   more than there are                           -> so many, at most twice or 4 more than 15 s ago
//!   fewer                                         -> the highest that was recommended in the window
//! ```

use crate::engine::{Span, Time};
use crate::scenario::plan::AutoscalePlan;
use std::collections::VecDeque;

/// The policies of scaling up count what was added in so long.
const PERIOD: Span = Span::from_secs(15);
/// In that time so many may be added, or as many as there were.
const ADDED_AT_MOST: u32 = 4;
const MILLION: u128 = 1_000_000;

/// What decides how many nodes are wanted.
pub(in crate::model) struct Autoscaler {
    pub(in crate::model) plan: AutoscalePlan,
    /// How much the nodes that serve have to do.
    pub(in crate::model) load: Load,
    /// Nodes that serve.
    serving: u32,
    /// Those, and the ones that start.
    wanted: u32,
    /// The looks of the window, and what each recommended.
    recommended: VecDeque<(Time, u32)>,
    /// When the number wanted changed in the period of the policies, and by how much.
    changes: VecDeque<(Time, i64)>,
    /// Nodes that start, by the number of their order.
    starting: VecDeque<(u32, u32)>,
    orders: u32,
}

/// The time that nodes were busy and that they served, since the look before.
#[derive(Default)]
pub(in crate::model) struct Load {
    busy: u32,
    nodes: u32,
    since: Time,
    busy_us: u128,
    nodes_us: u128,
}

/// What a look decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Decision {
    /// The number wanted is another one.
    pub(in crate::model) changed: bool,
    /// The number of the order of new nodes, if some are ordered.
    pub(in crate::model) order: Option<u32>,
}

impl Load {
    /// So much is being done by so many nodes from now on.
    pub(in crate::model) fn set(&mut self, now: Time, busy: u32, nodes: u32) {
        let lasted = u128::from(now.saturating_since(self.since).as_us());
        self.busy_us += lasted * u128::from(self.busy);
        self.nodes_us += lasted * u128::from(self.nodes);
        *self = Load { busy, nodes, since: now, ..*self };
    }

    /// More or less is being done from now on.
    pub(in crate::model) fn shift(&mut self, now: Time, by: i64) {
        let busy = u32::try_from(i64::from(self.busy) + by).expect("no less than nothing is in flight");
        self.set(now, busy, self.nodes);
    }

    /// The busy time and the time of all nodes so far, which are set back.
    fn take(&mut self, now: Time) -> (u128, u128) {
        self.set(now, self.busy, self.nodes);
        (std::mem::take(&mut self.busy_us), std::mem::take(&mut self.nodes_us))
    }
}

impl Autoscaler {
    pub(in crate::model) fn new(plan: AutoscalePlan) -> Autoscaler {
        Autoscaler {
            plan,
            load: Load { nodes: plan.begins, ..Load::default() },
            serving: plan.begins,
            wanted: plan.begins,
            recommended: VecDeque::from([(Time::ZERO, plan.begins)]),
            changes: VecDeque::new(),
            starting: VecDeque::new(),
            orders: 0,
        }
    }

    /// Nodes that serve.
    pub(in crate::model) fn serving(&self) -> u32 {
        self.serving
    }

    /// Those, and the ones that start.
    pub(in crate::model) fn wanted(&self) -> u32 {
        self.wanted
    }

    /// Looks at the load since the look before. Fewer nodes serve from now on where fewer are wanted than do.
    pub(in crate::model) fn look(&mut self, now: Time) -> Decision {
        let (busy_us, nodes_us) = self.load.take(now);
        let recommended = self.recommend(busy_us, nodes_us);
        self.recommended.push_back((now, recommended));
        let window = self.plan.scale_down_after;
        self.recommended.retain(|(at, _)| now.saturating_since(*at) < window);
        let highest = self.recommended.iter().map(|(_, nodes)| *nodes).fold(recommended, u32::max);
        self.changes.retain(|(at, _)| now.saturating_since(*at) < PERIOD);
        let before = self.wanted;
        let wanted = before.max(recommended).min(highest).min(self.most_now());
        self.wanted = wanted.clamp(self.plan.min, self.plan.max);
        if self.wanted != before {
            self.changes.push_back((now, i64::from(self.wanted) - i64::from(before)));
        }
        self.give_up(before.saturating_sub(self.wanted));
        let more = self.wanted.saturating_sub(before);
        let order = (more > 0).then(|| {
            self.orders += 1;
            self.starting.push_back((self.orders, more));
            self.orders
        });
        Decision { changed: self.wanted != before, order }
    }

    /// How many nodes this load needs, near enough.
    fn recommend(&self, busy_us: u128, nodes_us: u128) -> u32 {
        if nodes_us == 0 {
            return self.wanted;
        }
        // needed / one is how many nodes would be as busy as they should.
        let needed = u128::from(self.serving) * busy_us * MILLION;
        let one = nodes_us * u128::from(self.plan.capacity) * u128::from(self.plan.target_ppm);
        let more = needed > u128::from(self.serving) * one;
        let there = one * u128::from(if more { self.wanted } else { self.serving });
        let near = needed.abs_diff(there) * MILLION <= there * u128::from(self.plan.tolerance_ppm);
        if near || more && needed <= there {
            return self.wanted;
        }
        u32::try_from(needed.div_ceil(one)).unwrap_or(u32::MAX)
    }

    /// What the policies of scaling up allow now, and never fewer than there are.
    fn most_now(&self) -> u32 {
        let changed: i64 = self.changes.iter().map(|(_, by)| by).sum();
        let before = i64::from(self.wanted) - changed;
        let most = (2 * before).max(before + i64::from(ADDED_AT_MOST)).max(i64::from(self.wanted));
        u32::try_from(most).unwrap_or(u32::MAX)
    }

    /// So many fewer: first those that start, the newest first.
    fn give_up(&mut self, mut fewer: u32) {
        while fewer > 0 {
            let Some((_, nodes)) = self.starting.back_mut() else { break };
            let now = fewer.min(*nodes);
            *nodes -= now;
            fewer -= now;
            if *nodes == 0 {
                self.starting.pop_back();
            }
        }
        self.serving -= fewer;
    }

    /// The nodes of an order serve from now on, save those that were given up.
    pub(in crate::model) fn ready(&mut self, order: u32) {
        if let Some(place) = self.starting.iter().position(|(number, _)| *number == order) {
            let (_, nodes) = self.starting.remove(place).expect("it is there");
            self.serving += nodes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> AutoscalePlan {
        AutoscalePlan {
            begins: 2,
            min: 1,
            max: 100,
            capacity: 10,
            target_ppm: 500_000,
            tolerance_ppm: 100_000,
            look_every: Span::from_secs(15),
            lead_time: Span::from_secs(60),
            scale_down_after: Span::from_secs(300),
        }
    }

    fn at(second: u64) -> Time {
        Time::from_us(second * 1_000_000)
    }

    /// What is wanted after looks every 15 s, at each of which so many requests have been in flight since the one before;
    /// new nodes serve at once.
    fn wanted(plan: AutoscalePlan, in_flight: &[u32]) -> Vec<u32> {
        let mut scaler = Autoscaler::new(plan);
        let mut now = Time::ZERO;
        let mut wanted = Vec::new();
        for &busy in in_flight {
            scaler.load.set(now, busy, scaler.serving());
            now += plan.look_every;
            if let Some(order) = scaler.look(now).order {
                scaler.ready(order);
            }
            wanted.push(scaler.wanted());
        }
        wanted
    }

    #[test]
    fn as_many_are_wanted_as_are_half_busy_rounded_up() {
        // 5 each: 24 need 4.8 nodes, 26 need 5.2.
        assert_eq!(wanted(plan(), &[24]), [5]);
        assert_eq!(wanted(plan(), &[26]), [6]);
        assert_eq!(wanted(plan(), &[20]), [4], "a whole number is not rounded up");
    }

    #[test]
    fn within_a_tenth_of_the_target_nothing_changes() {
        assert_eq!(wanted(plan(), &[11, 11, 12]), [2, 2, 3]);
        let at_once = AutoscalePlan { scale_down_after: Span::ZERO, ..plan() };
        assert_eq!(wanted(at_once, &[9, 8, 5]), [2, 2, 1], "8 of 10 need 1.6 nodes, which is 2");
    }

    #[test]
    fn in_15_s_they_double_or_four_are_added() {
        // A look sees no more than what the nodes can do; here it is told that much is asked of them.
        assert_eq!(wanted(plan(), &[1000, 1000, 1000, 1000]), [6, 12, 24, 48]);
        let often = AutoscalePlan { look_every: Span::from_secs(5), ..plan() };
        assert_eq!(
            wanted(often, &[1000, 1000, 1000, 1000]),
            [6, 6, 6, 12],
            "15 s later they may double again"
        );
    }

    #[test]
    fn fewer_are_wanted_once_no_look_of_the_window_wanted_more() {
        let looks: Vec<u32> = [vec![30], vec![15; 25]].concat();
        let wanted = wanted(plan(), &looks);
        // The look at 15 s wanted 6; the first whose window of 300 s does not hold it is the one at 315 s.
        assert_eq!(wanted[..20], [6; 20]);
        assert_eq!(wanted[20..], [3; 6]);
    }

    #[test]
    fn who_starts_counts_as_idle_where_more_are_needed_and_is_given_up_first() {
        let at_once = AutoscalePlan { scale_down_after: Span::ZERO, ..plan() };
        let mut scaler = Autoscaler::new(at_once);
        scaler.load.set(Time::ZERO, 20, 2);
        let order = scaler.look(at(15)).order.expect("two more are ordered");
        assert_eq!((scaler.serving(), scaler.wanted()), (2, 4));
        assert_eq!(scaler.look(at(30)), Decision { changed: false, order: None }, "they are on their way");
        scaler.load.set(at(30), 12, 2);
        scaler.look(at(45));
        assert_eq!(scaler.wanted(), 4, "2.4 are needed: more than serve, and no more than will");
        scaler.load.set(at(45), 5, 2);
        scaler.look(at(60));
        assert_eq!((scaler.serving(), scaler.wanted()), (1, 1));
        scaler.ready(order);
        assert_eq!(scaler.serving(), 1, "nobody waits for that order any more");
    }

    #[test]
    fn the_load_is_the_mean_over_the_time_since_the_look_before() {
        let mut load = Load { nodes: 2, ..Load::default() };
        load.set(at(5), 10, 2);
        load.shift(at(10), -6);
        load.set(at(12), 4, 3);
        assert_eq!(load.take(at(15)), (1_000_000 * (5 * 10 + 5 * 4), 1_000_000 * (12 * 2 + 3 * 3)));
        assert_eq!(load.take(at(16)), (4_000_000, 3_000_000));
    }
}
