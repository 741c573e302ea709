//! `backoff`: wait longer after each failure. The n-th failure in a row is followed by a wait of
//! min(cap, base x 2^(n-1)); full jitter draws uniformly between 0 and that (M. Brooker, "Exponential
//! Backoff And Jitter", AWS Architecture Blog, 2015). News that is not a failure is polled for at the
//! interval that the system asks for.

use super::{Behavior, Failure, Heard, Next, View, jittered, scaled};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the wait grows and spreads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Always the base: no growth, no jitter.
    None,
    /// base x 2^(n-1), no jitter.
    Exponential,
    /// Uniform between 0 and base x 2^(n-1).
    #[default]
    FullJitter,
}

/// Settings of a client that backs off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How the wait grows and spreads. Default: `full_jitter`.
    pub schedule: Schedule,
    /// The first wait, counted from knowing of the failure. Default: 1 s.
    pub base: Span,
    /// No wait is longer. Default: 60 s.
    pub cap: Span,
    /// Attempts of one request, the first included, before the client stops; null: never. Default: null.
    pub attempts: Option<u32>,
    /// The failures after which it tries again; after another it stops. Default: all of them.
    pub retry_on: Vec<Failure>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            schedule: Schedule::default(),
            base: Span::from_secs(1),
            cap: Span::from_secs(60),
            attempts: None,
            retry_on: Failure::ALL.to_vec(),
        }
    }
}

impl Config {
    pub(super) fn problems(&self) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        if self.base == Span::ZERO {
            problems.push((
                "base",
                "a base of zero would retry without end at one instant".to_owned(),
                "write a positive wait such as \"1s\"".to_owned(),
            ));
        }
        if self.cap < self.base {
            problems.push((
                "cap",
                format!("the cap {} is shorter than the base {}", self.cap, self.base),
                "make the cap at least as long as the base".to_owned(),
            ));
        }
        if self.attempts == Some(0) {
            problems.push((
                "attempts",
                "attempts counts the first one, so 0 would never ask at all".to_owned(),
                "write 1 for no retry, or null for no limit".to_owned(),
            ));
        }
        problems
    }

    fn ceiling(&self, failures: u32) -> Span {
        let doublings = match self.schedule {
            Schedule::None => 0,
            Schedule::Exponential | Schedule::FullJitter => failures.saturating_sub(1).min(40),
        };
        Span::from_us(self.base.as_us().saturating_mul(1 << doublings)).min(self.cap)
    }
}

impl Behavior for Config {
    fn next(&self, view: &View) -> Next {
        let failure = match view.heard {
            Heard::NotYet => {
                return Next::AskAfter(jittered(view.interval, view.spread, view.luck));
            }
            Heard::Failed(failure) => failure,
        };
        let used_up = self.attempts.is_some_and(|attempts| view.failures >= attempts);
        if used_up || !self.retry_on.contains(&failure) {
            return Next::Stop;
        }
        let ceiling = self.ceiling(view.failures);
        Next::AskAfter(match self.schedule {
            Schedule::None | Schedule::Exponential => ceiling,
            Schedule::FullJitter => scaled(ceiling, view.luck),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Kind;

    fn failed(failures: u32, luck: f64) -> View {
        View {
            heard: Heard::Failed(Failure::Timeout),
            kind: Kind::Join,
            failures,
            interval: Span::from_secs(20),
            spread: 0.0,
            retry_after: None,
            luck,
        }
    }

    fn waits_ms(schedule: Schedule, luck: f64) -> Vec<u64> {
        let client = Config { schedule, cap: Span::from_secs(10), ..Config::default() };
        (1..=5)
            .map(|n| match client.next(&failed(n, luck)) {
                Next::AskAfter(wait) => wait.as_us() / 1000,
                Next::Stop => panic!("no limit was set"),
            })
            .collect()
    }

    #[test]
    fn the_first_wait_is_the_base_and_each_failure_doubles_it_up_to_the_cap() {
        assert_eq!(waits_ms(Schedule::None, 0.5), [1000, 1000, 1000, 1000, 1000]);
        assert_eq!(waits_ms(Schedule::Exponential, 0.5), [1000, 2000, 4000, 8000, 10_000]);
        assert_eq!(waits_ms(Schedule::FullJitter, 0.5), [500, 1000, 2000, 4000, 5000]);
    }

    #[test]
    fn attempts_count_the_first_one() {
        let client = Config { attempts: Some(3), ..Config::default() };
        assert!(matches!(client.next(&failed(2, 0.5)), Next::AskAfter(_)));
        assert_eq!(client.next(&failed(3, 0.5)), Next::Stop);
    }

    #[test]
    fn an_outcome_not_in_the_list_is_not_retried() {
        let client = Config { retry_on: vec![Failure::Opaque], ..Config::default() };
        assert_eq!(client.next(&failed(1, 0.5)), Next::Stop);
    }

    #[test]
    fn news_that_is_no_failure_is_polled_for_at_the_interval_asked() {
        let view = View { heard: Heard::NotYet, ..failed(0, 0.5) };
        assert_eq!(Config::default().next(&view), Next::AskAfter(Span::from_secs(20)));
    }
}
