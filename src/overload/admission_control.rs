//! `admission_control`: refuses at random, the more the further the share of successes falls below a threshold. After
//! Envoy's HTTP filter of that name:
//!
//! ```text
//! max(0, (requests - successes / threshold) / (requests + 1)) ^ (1 / aggression), at most max_rejection
//! ```
//!
//! over the requests of the window that were let through and ended; a success is any status below 500. Because what is
//! refused here is not counted, all may fail and a share is still let through to see.

use super::rolling_counts::{RollingCounts, problem_of_window};
use super::{Build, Completion, Control, Decision, Mistake, Outcome, RequestInfo};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a filter that looks at the share of successes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Over how long it counts, whole seconds, 1 s or more. Default: "30s" (Envoy).
    pub window: Span,
    /// Above this share of successes nothing is refused, more than 0 to 1. Default: 0.95 (Envoy).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub success_threshold: f64,
    /// How fast refusals grow below the threshold, 1 or more; 1 is linear. Default: 1 (Envoy).
    #[schemars(range(min = 1.0))]
    pub aggression: f64,
    /// No more than this share is refused, 0 to 1. Default: 0.8 (Envoy).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_rejection: f64,
    /// With fewer requests a second than this nothing is refused. Default: 0 (Envoy).
    pub rps_threshold: u32,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            window: Span::from_secs(30),
            success_threshold: 0.95,
            aggression: 1.0,
            max_rejection: 0.8,
            rps_threshold: 0,
        }
    }
}

impl Build for Config {
    fn build(&self) -> Box<dyn Control> {
        Box::new(AdmissionControl { counts: RollingCounts::over(self.window), config: self.clone() })
    }

    fn problems(&self) -> Vec<Mistake> {
        let mut problems: Vec<Mistake> = problem_of_window(self.window).into_iter().collect();
        if !(self.success_threshold > 0.0 && self.success_threshold <= 1.0) {
            let problem = format!("{} is no share of successes to fall below", self.success_threshold);
            problems.push(("success_threshold", problem, "write more than 0, and at most 1".to_owned()));
        }
        if !(self.aggression.is_finite() && self.aggression >= 1.0) {
            let problem = format!("{} is gentler than linear", self.aggression);
            problems.push(("aggression", problem, "write 1 or more".to_owned()));
        }
        if !(0.0..=1.0).contains(&self.max_rejection) {
            let problem = format!("{} is not a share", self.max_rejection);
            problems.push(("max_rejection", problem, "write a number from 0 to 1".to_owned()));
        } else if self.max_rejection == 1.0 {
            let problem = "once all fail, nothing is let through that could show that it need not".to_owned();
            problems.push(("max_rejection", problem, "write less than 1".to_owned()));
        }
        problems
    }
}

/// What was let through and how it ended.
struct AdmissionControl {
    counts: RollingCounts,
    config: Config,
}

impl AdmissionControl {
    fn refusal(&self, requests: u64, successes: u64) -> f64 {
        let Config { window, success_threshold, aggression, max_rejection, rps_threshold } = self.config;
        let requests = requests as f64;
        if requests / window.as_secs_f64() < f64::from(rps_threshold) {
            return 0.0;
        }
        let linear = ((requests - successes as f64 / success_threshold) / (requests + 1.0)).max(0.0);
        libm::pow(linear, 1.0 / aggression).min(max_rejection)
    }
}

impl Control for AdmissionControl {
    fn on_request(&mut self, request: &RequestInfo) -> Decision {
        let (requests, successes) = self.counts.sums(request.now);
        Decision::admit_if(request.luck >= self.refusal(requests, successes))
    }

    fn on_completion(&mut self, completion: &Completion) {
        match completion.outcome {
            Outcome::Served => self.counts.add(completion.now, 1, 1),
            Outcome::Refused | Outcome::Failed => self.counts.add(completion.now, 1, 0),
            Outcome::Abandoned => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{completion, request};
    use super::*;

    fn control(config: Config) -> AdmissionControl {
        AdmissionControl { counts: RollingCounts::over(config.window), config }
    }

    #[test]
    fn the_probability_is_that_of_the_filter() {
        let plain = control(Config::default());
        let (none, half): (f64, f64) = (plain.refusal(999, 999), plain.refusal(999, 475));
        assert_eq!(none.to_bits(), 0.0_f64.to_bits());
        assert!((half - 0.499).abs() < 1e-12, "(999 - 500) / 1000, and not {half}");
        assert!((plain.refusal(999, 0) - 0.8).abs() < 1e-12, "no more than 80 %");
        let keen = control(Config { aggression: 2.0, max_rejection: 0.9, ..Config::default() });
        assert!((keen.refusal(999, 475) - 0.499_f64.sqrt()).abs() < 1e-12);
        let few = control(Config { rps_threshold: 34, ..Config::default() });
        assert_eq!(few.refusal(999, 0).to_bits(), 0.0_f64.to_bits(), "33.3 a second");
    }

    #[test]
    fn failures_make_it_refuse_and_aborts_do_not() {
        let mut control = Config::default().build();
        for ms in 0..50 {
            control.on_completion(&completion(ms, Outcome::Abandoned, 1, 0));
        }
        assert_eq!(control.on_request(&request(60, 0)), Decision::Admit);
        for ms in 0..50 {
            control.on_completion(&completion(100 + ms, Outcome::Failed, 1, 0));
        }
        assert_eq!(control.on_request(&request(160, 0)), Decision::Refuse);
        assert_eq!(
            control.on_request(&request(30_999, 0)),
            Decision::Admit,
            "half a minute later it has forgotten"
        );
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let wrong = Config {
            window: Span::ZERO,
            success_threshold: 0.0,
            aggression: 0.5,
            max_rejection: 1.5,
            rps_threshold: 0,
        };
        let keys: Vec<&str> = wrong.problems().iter().map(|(key, ..)| *key).collect();
        assert_eq!(keys, ["window", "success_threshold", "aggression", "max_rejection"]);
        assert_eq!(Config { max_rejection: 1.0, ..Config::default() }.problems().len(), 1);
    }
}
