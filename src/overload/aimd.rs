//! `aimd`: additive increase, multiplicative decrease, as TCP finds its window. The limit of requests in flight grows by one
//! with each good answer while at least half of it is used; an answer that failed, or took too long, takes a share of it
//! away. After Netflix' concurrency-limits, `AIMDLimit`. Simplified: how many are in flight is looked at when the answer
//! comes, where the library remembers how many there were when the request was sent.

use super::limits::{self, LEAST_LATENCY_US};
use super::{Build, Completion, Control, Decision, Mistake, Outcome, RequestInfo};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a limit that grows by one and shrinks by a share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The limit at first, `min` to `max`. Default: 20 (Netflix concurrency-limits).
    #[schemars(range(min = 1))]
    pub initial: u32,
    /// It never falls below this, 1 or more. Default: 20 (Netflix concurrency-limits).
    #[schemars(range(min = 1))]
    pub min: u32,
    /// It never grows above this, `min` or more. Default: 200 (Netflix concurrency-limits).
    #[schemars(range(min = 1))]
    pub max: u32,
    /// What is left of it after a failure, 0.5 to less than 1. Default: 0.9 (Netflix concurrency-limits).
    #[schemars(range(min = 0.5, max = 1.0))]
    pub backoff: f64,
    /// An answer that took longer counts as a failure; more than 0. Default: "5s" (Netflix concurrency-limits).
    pub timeout: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config { initial: 20, min: 20, max: 200, backoff: 0.9, timeout: Span::from_secs(5) }
    }
}

impl Build for Config {
    fn build(&self) -> Box<dyn Control> {
        Box::new(Aimd { limit: self.initial, config: self.clone() })
    }

    fn problems(&self) -> Vec<Mistake> {
        let mut problems = limits::problems(self.initial, self.min, self.max);
        if !(0.5..1.0).contains(&self.backoff) {
            let problem = format!("after a failure {} of the limit would be left", self.backoff);
            problems.push(("backoff", problem, "write 0.5 or more, and less than 1".to_owned()));
        }
        if self.timeout.is_zero() {
            let problem = "every answer takes longer than 0s, and would count as a failure".to_owned();
            problems.push(("timeout", problem, "write a duration such as \"5s\"".to_owned()));
        }
        problems
    }
}

/// The limit just now.
struct Aimd {
    limit: u32,
    config: Config,
}

impl Control for Aimd {
    fn on_request(&mut self, request: &RequestInfo) -> Decision {
        Decision::admit_if(request.in_flight < self.limit)
    }

    fn on_completion(&mut self, completion: &Completion) {
        let failed = match completion.outcome {
            Outcome::Abandoned => return,
            Outcome::Refused | Outcome::Failed => true,
            Outcome::Served if completion.latency.as_us() < LEAST_LATENCY_US => return,
            Outcome::Served => completion.latency > self.config.timeout,
        };
        let limit = if failed {
            let left = (f64::from(self.limit) * self.config.backoff) as u32;
            left.min(self.limit - 1)
        } else if u64::from(completion.in_flight + 1) * 2 >= u64::from(self.limit) {
            self.limit.saturating_add(1)
        } else {
            return;
        };
        self.limit = limit.clamp(self.config.min, self.config.max);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{completion, request};
    use super::*;

    /// The limit, by asking.
    fn limit_of(control: &mut dyn Control) -> u32 {
        (0..1000)
            .find(|&in_flight| control.on_request(&request(0, in_flight)) == Decision::Refuse)
            .expect("it has one")
    }

    #[test]
    fn it_grows_by_one_where_it_is_used_and_shrinks_by_a_tenth() {
        let mut control = Config::default().build();
        for good in 0..30 {
            control.on_completion(&completion(good, Outcome::Served, 10, 40));
        }
        assert_eq!(limit_of(&mut *control), 50);
        control.on_completion(&completion(50, Outcome::Served, 10, 3));
        assert_eq!(limit_of(&mut *control), 50, "less than half of it is used");
        control.on_completion(&completion(51, Outcome::Failed, 10, 40));
        assert_eq!(limit_of(&mut *control), 45);
        control.on_completion(&completion(52, Outcome::Served, 5001, 40));
        assert_eq!(limit_of(&mut *control), 40, "too late is a failure");
        control.on_completion(&completion(53, Outcome::Abandoned, 9000, 40));
        assert_eq!(limit_of(&mut *control), 40, "whoever goes away says nothing");
    }

    #[test]
    fn it_stays_between_its_ends() {
        let mut control = Config::default().build();
        control.on_completion(&completion(0, Outcome::Refused, 10, 19));
        assert_eq!(limit_of(&mut *control), 20);
        for good in 0..1000 {
            control.on_completion(&completion(good, Outcome::Served, 10, 199));
        }
        assert_eq!(limit_of(&mut *control), 200);
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let wrong = Config { initial: 300, min: 0, max: 200, backoff: 1.0, timeout: Span::ZERO };
        let keys: Vec<&str> = wrong.problems().iter().map(|(key, ..)| *key).collect();
        assert_eq!(keys, ["min", "initial", "backoff", "timeout"]);
        let crossed = Config { min: 50, max: 40, ..Config::default() };
        assert_eq!(crossed.problems().iter().map(|(key, ..)| *key).collect::<Vec<_>>(), ["max"]);
    }
}
