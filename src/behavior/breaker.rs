//! Circuit breakers: a caller that sees too many of its attempts fail stops asking for a while (M. Nygard, "Release
//! It!", 2007), or only stops retrying (M. Brooker, 2022). Each caller knows only what it has met itself.
//!
//! ```text
//!   closed --too many failures--> open --open_for--> half open --every trial succeeds--> closed
//!                                   ^                    |
//!                                   +---a trial fails----+
//! ```

use crate::engine::time::{Span, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most attempts that a window can hold: one bit each.
const WINDOW_MAX: u8 = 128;

/// When a caller gives up asking, and what it then leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Breaker {
    /// It opens when more than this share of its last attempts failed, 0 to 1: a readable 429, any 5xx, an error that
    /// cannot be read, a timeout. Default: 0.1 (M. Brooker, 2022; resilience4j and Hystrix have 0.5).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub failure_rate: f64,
    /// How many of its last attempts it looks at, 1 to 128; null: all since the beginning. Default: 100
    /// (resilience4j).
    #[schemars(range(min = 1, max = 128))]
    pub window: Option<u8>,
    /// It does not judge by fewer attempts than this, 1 or more. Default: 20 (Hystrix's `requestVolumeThreshold`).
    #[schemars(range(min = 1))]
    pub least: u32,
    /// What it leaves out while it is open. Default: "requests".
    pub stops: Stops,
    /// How long it stays open, more than 0. Default: "5s" (Hystrix's `sleepWindow`; resilience4j has 60 s). It means
    /// nothing where only retries are stopped.
    pub open_for: Span,
    /// Requests let through then, all of which must succeed for it to close, 1 or more. Default: 1 (Hystrix;
    /// resilience4j has 10). It means nothing where only retries are stopped.
    #[schemars(range(min = 1))]
    pub trials: u8,
}

/// What a breaker leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stops {
    /// Every request fails at once, and none is sent.
    #[default]
    Requests,
    /// Retries alone, for as long as the share of failures is too high: first tries go on, so it needs no trial.
    Retries,
}

impl Default for Breaker {
    fn default() -> Breaker {
        Breaker {
            failure_rate: 0.1,
            window: Some(100),
            least: 20,
            stops: Stops::default(),
            open_for: Span::from_secs(5),
            trials: 1,
        }
    }
}

impl Breaker {
    /// What is wrong with the settings: (key, problem, remedy).
    pub fn problems(&self) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        if !(0.0..=1.0).contains(&self.failure_rate) {
            let problem = format!("{} is not a share", self.failure_rate);
            problems.push(("failure_rate", problem, "write a number from 0 to 1".to_owned()));
        }
        if self.window.is_some_and(|window| !(1..=WINDOW_MAX).contains(&window)) {
            let problem = "a window holds 1 to 128 attempts".to_owned();
            problems.push(("window", problem, "write 1 to 128, or null for all attempts so far".to_owned()));
        }
        let out_of_reach = self.window.is_some_and(|window| self.least > u32::from(window));
        if self.least == 0 || out_of_reach {
            let problem = match self.window {
                Some(window) if out_of_reach => {
                    format!("it would wait for {} attempts in a window of {window}", self.least)
                }
                _ => "it cannot judge by no attempt".to_owned(),
            };
            problems.push(("least", problem, "write 1 or more, and no more than `window`".to_owned()));
        }
        if self.open_for == Span::ZERO {
            let problem = "a breaker that closes at once never opens".to_owned();
            problems.push(("open_for", problem, "write a duration such as \"5s\"".to_owned()));
        }
        if self.trials == 0 {
            let problem = "without a trial it would never close".to_owned();
            problems.push(("trials", problem, "write 1 or more".to_owned()));
        }
        problems
    }
}

/// The state of one breaker.
#[derive(Clone, Copy, Debug, Default)]
pub struct BreakerState {
    /// The last attempts, the newest in the lowest bit: 1 for a failure.
    recent: u128,
    /// How many attempts the window holds.
    attempts: u32,
    /// How many of all attempts failed, where the window is all of them.
    failed: u32,
    phase: Phase,
    /// When an open breaker lets trials through; when a half-open one gives its trials up for lost.
    until: Time,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Closed,
    Open,
    /// So many trials are out, and so many have succeeded.
    HalfOpen {
        out: u8,
        succeeded: u8,
    },
}

impl BreakerState {
    /// Is a request let through that would be sent now? A trial counts as sent.
    pub fn allows_request(&mut self, breaker: &Breaker, at: Time) -> bool {
        if breaker.stops == Stops::Retries {
            return true;
        }
        let fresh_trials = at >= self.until;
        match &mut self.phase {
            Phase::Closed => return true,
            Phase::HalfOpen { out, .. } if *out < breaker.trials => {
                *out += 1;
                return true;
            }
            Phase::Open | Phase::HalfOpen { .. } => {}
        }
        // Trials that nobody waits for any more tell nothing: after a while others are tried.
        if fresh_trials {
            self.phase = Phase::HalfOpen { out: 1, succeeded: 0 };
            self.until = at + breaker.open_for;
        }
        fresh_trials
    }

    /// Is a retry let through? Only a breaker that stops retries alone has something against it.
    pub fn allows_retry(&self, breaker: &Breaker) -> bool {
        breaker.stops == Stops::Requests || !self.exceeds_failure_rate(breaker)
    }

    /// An attempt ended. Returns whether that opens the breaker. While it is open, what was sent before says nothing.
    pub fn record_outcome(&mut self, breaker: &Breaker, failed: bool, at: Time) -> bool {
        match &mut self.phase {
            Phase::Open => false,
            Phase::HalfOpen { .. } if failed => self.open(breaker, at),
            Phase::HalfOpen { succeeded, .. } => {
                *succeeded += 1;
                if *succeeded >= breaker.trials {
                    *self = BreakerState::default();
                }
                false
            }
            Phase::Closed => {
                let exceeded_before = self.exceeds_failure_rate(breaker);
                self.recent = self.recent << 1 | u128::from(failed);
                self.failed = self.failed.saturating_add(u32::from(failed));
                let held = breaker.window.map_or(u32::MAX, u32::from);
                self.attempts = self.attempts.saturating_add(1).min(held);
                let exceeds = self.exceeds_failure_rate(breaker);
                match breaker.stops {
                    Stops::Requests => exceeds && self.open(breaker, at),
                    Stops::Retries => exceeds && !exceeded_before,
                }
            }
        }
    }

    fn open(&mut self, breaker: &Breaker, at: Time) -> bool {
        *self = BreakerState { phase: Phase::Open, until: at + breaker.open_for, ..BreakerState::default() };
        true
    }

    fn exceeds_failure_rate(&self, breaker: &Breaker) -> bool {
        let failed = match breaker.window {
            Some(window) => {
                let beyond = u32::from(WINDOW_MAX - window.min(WINDOW_MAX));
                (self.recent & u128::MAX >> beyond).count_ones()
            }
            None => self.failed,
        };
        self.attempts >= breaker.least && f64::from(failed) > breaker.failure_rate * f64::from(self.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn after(breaker: &Breaker, outcomes: &[bool]) -> (BreakerState, Vec<bool>) {
        let mut breaker_state = BreakerState::default();
        let opened =
            outcomes.iter().map(|failed| breaker_state.record_outcome(breaker, *failed, at(0))).collect();
        (breaker_state, opened)
    }

    #[test]
    fn it_opens_above_its_share_of_failures_and_not_before_it_has_seen_enough() {
        let breaker = Breaker { failure_rate: 0.5, window: Some(4), least: 4, ..Breaker::default() };
        let (_, opened) = after(&breaker, &[true, true, true, true]);
        assert_eq!(opened, [false, false, false, true]);
        let (mut breaker_state, opened) = after(&breaker, &[true, true, false, false, true, false]);
        assert!(!opened.contains(&true), "half of them is not more than half");
        assert!(breaker_state.allows_request(&breaker, at(0)));
        let (_, opened) = after(&breaker, &[true, true, true, false, false, false, false, true, true, true]);
        assert_eq!(opened.iter().position(|opened| *opened), Some(3), "three of the first four");
    }

    #[test]
    fn a_trial_that_succeeds_closes_it_and_one_that_fails_opens_it_again() {
        let breaker = Breaker { least: 1, trials: 2, ..Breaker::default() };
        let (mut breaker_state, opened) = after(&breaker, &[true]);
        assert_eq!(opened, [true]);
        assert!(!breaker_state.allows_request(&breaker, at(4)));
        assert!(!breaker_state.record_outcome(&breaker, false, at(4)), "what was sent before says nothing");
        assert!(!breaker_state.allows_request(&breaker, at(4)));
        assert_eq!(
            [5, 5, 5].map(|second| breaker_state.allows_request(&breaker, at(second))),
            [true, true, false]
        );
        assert!(breaker_state.record_outcome(&breaker, true, at(6)), "it opens again");
        assert_eq!(
            [10, 11, 11].map(|second| breaker_state.allows_request(&breaker, at(second))),
            [false, true, true]
        );
        assert!(
            !breaker_state.record_outcome(&breaker, false, at(12))
                && !breaker_state.allows_request(&breaker, at(12))
        );
        breaker_state.record_outcome(&breaker, false, at(12));
        assert!((0..10).all(|_| breaker_state.allows_request(&breaker, at(12))), "both trials succeeded");
    }

    #[test]
    fn trials_that_never_come_back_are_given_up_for_lost() {
        let breaker = Breaker { least: 1, ..Breaker::default() };
        let (mut breaker_state, _) = after(&breaker, &[true]);
        assert_eq!(
            [5, 9, 10, 11].map(|second| breaker_state.allows_request(&breaker, at(second))),
            [true, false, true, false]
        );
    }

    #[test]
    fn one_that_stops_retries_lets_every_first_try_through_and_closes_by_itself() {
        let breaker = Breaker {
            stops: Stops::Retries,
            window: None,
            least: 1,
            failure_rate: 0.25,
            ..Breaker::default()
        };
        let (mut breaker_state, opened) = after(&breaker, &[true, true]);
        assert_eq!(opened, [true, false], "it is open already");
        assert!(breaker_state.allows_request(&breaker, at(0)) && !breaker_state.allows_retry(&breaker));
        (0..6).for_each(|_| assert!(!breaker_state.record_outcome(&breaker, false, at(0))));
        assert!(breaker_state.allows_retry(&breaker), "two of eight");
    }

    #[test]
    fn nonsense_is_told() {
        let keys = |breaker: Breaker| breaker.problems().into_iter().map(|(key, ..)| key).collect::<Vec<_>>();
        assert!(keys(Breaker::default()).is_empty());
        assert_eq!(keys(Breaker { window: Some(10), ..Breaker::default() }), ["least"]);
        assert_eq!(keys(Breaker { window: Some(0), least: 0, ..Breaker::default() }), ["window", "least"]);
        let wrong = Breaker { failure_rate: 1.5, open_for: Span::ZERO, trials: 0, ..Breaker::default() };
        assert_eq!(keys(wrong), ["failure_rate", "open_for", "trials"]);
    }
}
