//! How many may enter: a cap on the active and a rate a minute, both of which must allow an admission.
//!
//! The rate is an integer token bucket of n/60 tokens a second with a burst of one, full at the opening; or n
//! in each fixed minute counted from the opening. A turn that ends unused gives its active slot back and not
//! its allowance.

use crate::engine::{Span, Time};
use crate::scenario::plan::LinePlan;

const MINUTE: Span = Span::from_secs(60);

/// May somebody be admitted now?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowance {
    /// Yes.
    Now,
    /// Not before this instant.
    At(Time),
    /// Not before somebody active leaves.
    WhenSomebodyLeaves,
}

/// Both budgets.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    total_active: Option<u32>,
    active: u32,
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
    pub(super) fn new(plan: &LinePlan, opens_at: Time) -> Budget {
        let rate = plan.new_per_minute.map(|per_minute| {
            if plan.fixed_window {
                Rate::Fixed { per_minute, used: 0, began_at: opens_at }
            } else {
                Rate::Bucket {
                    per_minute: u64::from(per_minute),
                    credit: MINUTE.as_us(),
                    counted_at: opens_at,
                }
            }
        });
        Budget { total_active: plan.total_active, active: 0, rate }
    }

    /// May somebody be admitted now? The cap is asked first: allowance may accrue while all slots are taken.
    pub(super) fn allowance(&mut self, now: Time) -> Allowance {
        if self.total_active.is_some_and(|cap| self.active >= cap) {
            return Allowance::WhenSomebodyLeaves;
        }
        self.rate.as_mut().map_or(Allowance::Now, |rate| rate.allowance(now))
    }

    /// A turn is issued: takes one token, which [`Budget::allowance`] has just granted.
    pub(super) fn spend(&mut self) {
        if let Some(rate) = &mut self.rate {
            rate.spend();
        }
    }

    /// Somebody became active.
    pub(super) fn enter(&mut self) {
        self.active += 1;
    }

    /// Somebody active left.
    pub(super) fn leave(&mut self) {
        self.active -= 1;
    }
}

impl Rate {
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
        Budget { total_active, active: 0, rate }
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
                Allowance::WhenSomebodyLeaves => break,
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
}
