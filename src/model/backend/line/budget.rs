//! How many may enter: a cap on the active and a rate a minute, both of which must allow an admission.
//!
//! The rate is an integer token bucket of n/60 tokens a second with a burst of one, full at the opening; or n
//! in each fixed minute counted from the opening. A turn that ends unused gives its active slot back and not
//! its allowance. While the sale is paused nobody is admitted, and the bucket gains nothing.

use crate::engine::{Span, Time};
use crate::scenario::plan::LinePlan;
use crate::scenario::plan::operator::Limit;

const MINUTE: Span = Span::from_secs(60);

/// May somebody be admitted now?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Allowance {
    /// Yes.
    Now,
    /// Not before this instant.
    At(Time),
    /// Not before somebody active leaves.
    WhenSomebodyLeaves,
    /// Not before the sale goes on.
    WhenResumed,
}

/// What both budgets allow; the operator may change it.
#[derive(Clone, Copy, Debug)]
pub(in crate::model) struct Limits {
    total_active: Option<u32>,
    new_per_minute: Option<u32>,
    fixed_window: bool,
}

impl Limits {
    pub(in crate::model) fn new(plan: &LinePlan) -> Limits {
        Limits {
            total_active: plan.total_active,
            new_per_minute: plan.new_per_minute,
            fixed_window: plan.fixed_window,
        }
    }

    /// Turns a minute, if they are limited.
    pub(in crate::model) fn per_minute(&self) -> Option<u32> {
        self.new_per_minute
    }

    pub(in crate::model) fn change(&mut self, new_per_minute: Limit, total_active: Limit) {
        self.new_per_minute = new_per_minute.applied_to(self.new_per_minute);
        self.total_active = total_active.applied_to(self.total_active);
    }
}

/// Both budgets.
#[derive(Clone, Debug)]
pub(in crate::model) struct Budget {
    total_active: Option<u32>,
    active: u32,
    rate: Option<Rate>,
    opened_at: Time,
    paused: bool,
    /// Where it is shared and has gone stale: how.
    stale: Option<Stale>,
}

/// A budget that several places spend without hearing of each other. The crowd is spread over them evenly, so together they
/// spend what one of them would so many times over.
#[derive(Clone, Debug)]
struct Stale {
    /// How many places.
    locations: u32,
    /// How many were active when they last heard of each other.
    active_then: u32,
    /// What the rate would have allowed if they did.
    rate: Option<Rate>,
}

#[derive(Clone, Debug)]
enum Rate {
    /// `credit` is in parts of a token, [`MINUTE`] microseconds' worth of them being one token; it was counted
    /// up to `counted_at`.
    Bucket { per_minute: u64, credit: u64, counted_at: Time },
    /// `used` of the window that began at `began_at`.
    Fixed { per_minute: u32, used: u32, began_at: Time },
}

impl Budget {
    pub(in crate::model) fn new(limits: Limits, opened_at: Time) -> Budget {
        let rate = Rate::new(limits, opened_at);
        Budget { total_active: limits.total_active, active: 0, rate, opened_at, paused: false, stale: None }
    }

    /// May somebody be admitted now? The cap is asked first: allowance may accrue while all slots are taken.
    pub(in crate::model) fn allowance(&mut self, now: Time) -> Allowance {
        if self.paused {
            return Allowance::WhenResumed;
        }
        if self.total_active.is_some_and(|cap| self.active >= self.believed_cap(cap)) {
            return Allowance::WhenSomebodyLeaves;
        }
        self.rate.as_mut().map_or(Allowance::Now, |rate| rate.allowance(now))
    }

    /// A turn is issued: takes one token, which [`Budget::allowance`] has just granted.
    pub(in crate::model) fn spend(&mut self) {
        if let Some(rate) = &mut self.rate {
            rate.spend();
        }
    }

    /// Somebody became active.
    pub(in crate::model) fn enter(&mut self) {
        self.active += 1;
    }

    /// Somebody active left.
    pub(in crate::model) fn leave(&mut self) {
        self.active -= 1;
    }

    /// From now on nobody is admitted, and what part of a token has accrued stays as it is. Fixed windows stay aligned
    /// on the opening: one that passes during the pause is lost, and the one in which the sale goes on has what is left
    /// of its own.
    pub(in crate::model) fn pause(&mut self, now: Time) {
        self.settle(now);
        self.paused = true;
    }

    /// Goes on with the allowance there was.
    pub(in crate::model) fn resume(&mut self, now: Time) {
        if let Some(Rate::Bucket { counted_at, .. }) = &mut self.rate {
            *counted_at = now;
        }
        self.paused = false;
    }

    /// The limits change. What has accrued, or was used of this minute, stays; a rate where there was none begins with
    /// a full bucket, or an unused minute.
    pub(in crate::model) fn change(&mut self, limits: Limits, now: Time) {
        self.settle(now);
        self.total_active = limits.total_active;
        change_rate(&mut self.rate, limits, self.opened_at);
        if let Some(stale) = &mut self.stale {
            change_rate(&mut stale.rate, limits, self.opened_at);
            if let Some(rate) = &mut self.rate {
                rate.multiply(stale.locations);
            }
        }
    }

    /// The cap that all places together keep to: each thinks that what was left is its own to give.
    fn believed_cap(&self, cap: u32) -> u32 {
        self.stale.as_ref().map_or(cap, |stale| {
            let left = cap.saturating_sub(stale.active_then);
            cap.saturating_add(left.saturating_mul(stale.locations - 1))
        })
    }

    /// From now on so many places spend the budget without hearing of each other; if some do already, nothing changes.
    pub(in crate::model) fn go_stale(&mut self, locations: u32, now: Time) {
        if self.stale.is_none() {
            self.settle(now);
            let rate = self.rate.clone();
            self.stale = Some(Stale { locations, active_then: self.active, rate });
            if let Some(rate) = &mut self.rate {
                rate.multiply(locations);
            }
        }
    }

    /// All places know what was taken: the limits hold again.
    pub(in crate::model) fn learn(&mut self, now: Time) {
        if let Some(stale) = self.stale.take() {
            self.settle(now);
            if let Some(rate) = &mut self.rate {
                rate.divide(stale.locations);
            }
        }
    }

    /// Was the turn just issued one that the budget does not allow? If so, how many more than allowed are active.
    pub(in crate::model) fn overshoot(&mut self, now: Time) -> Option<u32> {
        let stale = self.stale.as_mut()?;
        let too_fast = stale.rate.as_mut().is_some_and(|rate| {
            let allowed = rate.allowance(now) == Allowance::Now;
            if allowed {
                rate.spend();
            }
            !allowed
        });
        let beyond = self.total_active.map_or(0, |cap| self.active.saturating_sub(cap));
        (too_fast || beyond > 0).then_some(beyond)
    }

    /// Counts what has accrued so far, unless the sale is paused.
    fn settle(&mut self, now: Time) {
        if let Some(rate) = self.rate.as_mut().filter(|_| !self.paused) {
            rate.allowance(now);
        }
    }
}

/// The rate that these limits give in place of this one.
fn change_rate(rate: &mut Option<Rate>, limits: Limits, opened_at: Time) {
    match (&mut *rate, limits.new_per_minute) {
        (Some(Rate::Bucket { per_minute, .. }), Some(new)) => *per_minute = u64::from(new),
        (Some(Rate::Fixed { per_minute, .. }), Some(new)) => *per_minute = new,
        _ => *rate = Rate::new(limits, opened_at),
    }
}

impl Rate {
    /// A full bucket, or an unused minute; `None` where there is no limit.
    fn new(limits: Limits, opened_at: Time) -> Option<Rate> {
        let per_minute = limits.new_per_minute?;
        Some(if limits.fixed_window {
            Rate::Fixed { per_minute, used: 0, began_at: opened_at }
        } else {
            let per_minute = u64::from(per_minute);
            Rate::Bucket { per_minute, credit: MINUTE.as_us(), counted_at: opened_at }
        })
    }

    fn allowance(&mut self, now: Time) -> Allowance {
        let token = MINUTE.as_us();
        match self {
            Rate::Bucket { per_minute, credit, counted_at } => {
                let accrued = now.saturating_since(*counted_at).as_us().saturating_mul(*per_minute);
                *credit = credit.saturating_add(accrued).min(token);
                *counted_at = now;
                if *credit == token {
                    Allowance::Now
                } else {
                    Allowance::At(now + Span::from_us((token - *credit).div_ceil(*per_minute)))
                }
            }
            Rate::Fixed { per_minute, used, began_at } => {
                let windows = now.saturating_since(*began_at).as_us() / token;
                if windows > 0 {
                    *began_at += Span::from_us(windows * token);
                    *used = 0;
                }
                if *used < *per_minute { Allowance::Now } else { Allowance::At(*began_at + MINUTE) }
            }
        }
    }

    /// So many places have this rate each.
    fn multiply(&mut self, locations: u32) {
        match self {
            Rate::Bucket { per_minute, .. } => *per_minute *= u64::from(locations),
            Rate::Fixed { per_minute, .. } => *per_minute = per_minute.saturating_mul(locations),
        }
    }

    /// They have it together again.
    fn divide(&mut self, locations: u32) {
        match self {
            Rate::Bucket { per_minute, .. } => *per_minute /= u64::from(locations),
            Rate::Fixed { per_minute, .. } => *per_minute /= locations,
        }
    }

    fn spend(&mut self) {
        match self {
            Rate::Bucket { credit, .. } => *credit = 0,
            Rate::Fixed { used, .. } => *used += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(total_active: Option<u32>, rate: Option<Rate>) -> Budget {
        Budget { total_active, active: 0, rate, opened_at: Time::ZERO, paused: false, stale: None }
    }

    fn admitted(mut budget: Budget, until: Time) -> u32 {
        let (mut now, mut admitted) = (Time::ZERO, 0);
        while now <= until {
            match budget.allowance(now) {
                Allowance::Now => {
                    budget.spend();
                    admitted += 1;
                }
                Allowance::At(at) => {
                    assert!(at > now, "allowance must come later than now");
                    now = at;
                }
                Allowance::WhenSomebodyLeaves | Allowance::WhenResumed => break,
            }
        }
        admitted
    }

    #[test]
    fn a_bucket_of_700_a_minute_admits_one_at_once_and_exactly_700_in_each_minute_after() {
        let bucket = || Rate::Bucket { per_minute: 700, credit: MINUTE.as_us(), counted_at: Time::ZERO };
        let minutes = |n: u64| Time::ZERO + Span::from_secs(60 * n);
        assert_eq!(admitted(budget(None, Some(bucket())), minutes(1)), 700);
        assert_eq!(admitted(budget(None, Some(bucket())), minutes(10)), 7000);
    }

    #[test]
    fn a_fixed_window_admits_all_of_a_minute_at_its_beginning() {
        let fixed = Rate::Fixed { per_minute: 50, used: 0, began_at: Time::ZERO };
        assert_eq!(admitted(budget(None, Some(fixed.clone())), Time::ZERO), 50);
        assert_eq!(admitted(budget(None, Some(fixed)), Time::from_us(59_999_999)), 50);
    }

    #[test]
    fn a_full_house_waits_for_somebody_to_leave_whatever_the_rate_allows() {
        let mut budget = budget(Some(1), None);
        assert_eq!(budget.allowance(Time::ZERO), Allowance::Now);
        budget.enter();
        assert_eq!(budget.allowance(Time::ZERO), Allowance::WhenSomebodyLeaves);
        budget.leave();
        assert_eq!(budget.allowance(Time::ZERO), Allowance::Now);
    }

    fn bucket(per_minute: u64) -> Budget {
        budget(None, Some(Rate::Bucket { per_minute, credit: MINUTE.as_us(), counted_at: Time::ZERO }))
    }

    fn second(s: u64) -> Time {
        Time::from_us(s * 1_000_000)
    }

    #[test]
    fn allowance_does_not_accrue_while_the_sale_is_paused() {
        let mut budget = bucket(6);
        assert_eq!(budget.allowance(Time::ZERO), Allowance::Now);
        budget.spend();
        budget.pause(second(4));
        assert_eq!(budget.allowance(second(1000)), Allowance::WhenResumed);
        budget.resume(second(1004));
        assert_eq!(budget.allowance(second(1004)), Allowance::At(second(1010)), "4 of 10 s had accrued");
    }

    #[test]
    fn a_minute_that_passes_during_a_pause_is_lost_and_the_next_has_its_own_allowance_only() {
        let mut budget = budget(None, Some(Rate::Fixed { per_minute: 2, used: 0, began_at: Time::ZERO }));
        for _ in 0..2 {
            assert_eq!(budget.allowance(second(10)), Allowance::Now);
            budget.spend();
        }
        budget.pause(second(20));
        budget.resume(second(50));
        assert_eq!(budget.allowance(second(50)), Allowance::At(second(60)));
        budget.pause(second(55));
        budget.resume(second(610));
        assert_eq!(admitted_at(&mut budget, second(610)), 2);
        assert_eq!(budget.allowance(second(610)), Allowance::At(second(660)), "windows stay aligned");
    }

    fn admitted_at(budget: &mut Budget, now: Time) -> u32 {
        let mut admitted = 0;
        while budget.allowance(now) == Allowance::Now {
            budget.spend();
            admitted += 1;
        }
        admitted
    }

    #[test]
    fn a_new_rate_keeps_what_has_accrued_under_the_old_one() {
        let mut budget = bucket(6);
        budget.spend();
        let limits = Limits { total_active: Some(9), new_per_minute: Some(60), fixed_window: false };
        budget.change(limits, second(5));
        assert_eq!(
            budget.allowance(second(5)),
            Allowance::At(Time::from_us(5_500_000)),
            "half a token is left"
        );
        assert_eq!(budget.total_active, Some(9));
    }

    #[test]
    fn a_rate_changed_during_a_pause_accrues_nothing_before_the_sale_goes_on() {
        let mut budget = bucket(6);
        budget.spend();
        budget.pause(second(5));
        let limits = Limits { total_active: None, new_per_minute: Some(60), fixed_window: false };
        budget.change(limits, second(500));
        budget.resume(second(600));
        assert_eq!(budget.allowance(second(600)), Allowance::At(Time::from_us(600_500_000)));
    }

    #[test]
    fn a_rate_where_there_was_none_begins_full_and_fixed_windows_are_aligned_on_the_opening() {
        let mut open = budget(None, None);
        open.change(Limits { total_active: None, new_per_minute: Some(3), fixed_window: true }, second(70));
        assert_eq!(admitted_at(&mut open, second(70)), 3);
        assert_eq!(open.allowance(second(70)), Allowance::At(second(120)));
        open.change(Limits { total_active: None, new_per_minute: None, fixed_window: true }, second(71));
        assert_eq!(open.allowance(second(71)), Allowance::Now);
        open.change(Limits { total_active: None, new_per_minute: Some(60), fixed_window: false }, second(80));
        assert_eq!(admitted_at(&mut open, second(80)), 1);
    }
}
