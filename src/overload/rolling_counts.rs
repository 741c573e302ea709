//! Counts over the last so many whole seconds, kept second by second, as Envoy's success rate and Google's client-side
//! throttling keep them.

use super::Mistake;
use crate::engine::time::{Span, Time};
use std::collections::VecDeque;

/// Two counts over a sliding window.
pub(super) struct RollingCounts {
    seconds: u64,
    slices: VecDeque<Slice>,
    /// The sums over all slices.
    requests: u64,
    good: u64,
}

/// One second of them.
#[derive(Clone, Copy)]
struct Slice {
    second: u64,
    requests: u64,
    good: u64,
}

impl RollingCounts {
    /// Nothing counted yet, over a window of whole seconds.
    pub fn over(window: Span) -> RollingCounts {
        RollingCounts { seconds: window.as_us() / 1_000_000, slices: VecDeque::new(), requests: 0, good: 0 }
    }

    /// Counts so many requests and so many good ones at this instant.
    pub fn add(&mut self, now: Time, requests: u64, good: u64) {
        self.forget_before(now);
        let second = second_of(now);
        self.requests += requests;
        self.good += good;
        match self.slices.back_mut().filter(|slice| slice.second == second) {
            Some(slice) => {
                slice.requests += requests;
                slice.good += good;
            }
            None => self.slices.push_back(Slice { second, requests, good }),
        }
    }

    /// Requests and good ones of the window that ends at this instant.
    pub fn sums(&mut self, now: Time) -> (u64, u64) {
        self.forget_before(now);
        (self.requests, self.good)
    }

    fn forget_before(&mut self, now: Time) {
        let second = second_of(now);
        while let Some(slice) = self.slices.front().filter(|slice| slice.second + self.seconds <= second) {
            self.requests -= slice.requests;
            self.good -= slice.good;
            self.slices.pop_front();
        }
    }
}

fn second_of(at: Time) -> u64 {
    at.as_us() / 1_000_000
}

/// What is wrong with a window that is counted second by second.
pub(super) fn problem_of_window(window: Span) -> Option<Mistake> {
    let whole = !window.is_zero() && window.as_us().is_multiple_of(1_000_000);
    let problem = || format!("it is counted in whole seconds, and {window} is none");
    (!whole).then(|| ("window", problem(), "write whole seconds, such as \"30s\"".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_forgotten_second_by_second() {
        let mut counts = RollingCounts::over(Span::from_secs(3));
        for second in 0..5 {
            counts.add(Time::from_us(second * 1_000_000 + 7), 1 << second, 1);
        }
        assert_eq!(counts.sums(Time::from_us(4_999_999)), (0b1_1100, 3));
        assert_eq!(counts.sums(Time::from_us(6_000_000)), (0b1_0000, 1));
        assert_eq!(counts.sums(Time::from_us(60_000_000)), (0, 0));
    }
}
