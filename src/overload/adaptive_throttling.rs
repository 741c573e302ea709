//! `adaptive_throttling`: a client of a backend that refuses throttles itself. Of the last two minutes it knows how many
//! requests it was asked for and how many the backend accepted, and refuses a request itself with probability
//!
//! ```text
//! max(0, (requests - k x accepts) / (requests + 1))
//! ```
//!
//! (B. Beyer et al., "Site Reliability Engineering", O'Reilly 2016, chapter 21, equation 21-1). In the long run the backend
//! sees k times what it can take. What is refused here counts among the requests.

use super::rolling_counts::{RollingCounts, problem_of_window};
use super::{Build, Completion, Control, Decision, Mistake, Outcome, RequestInfo};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a gateway that throttles itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// So many times what the backend accepts are let through, 1 or more: less refuses earlier, more finds out sooner that
    /// the backend is well again. Default: 2 (SRE book).
    #[schemars(range(min = 1.0))]
    pub k: f64,
    /// Over how long it counts, whole seconds, 1 s or more. Default: "2m" (SRE book).
    pub window: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config { k: 2.0, window: Span::from_secs(120) }
    }
}

impl Build for Config {
    fn build(&self) -> Box<dyn Control> {
        Box::new(AdaptiveThrottling { k: self.k, counts: RollingCounts::over(self.window) })
    }

    fn problems(&self) -> Vec<Mistake> {
        let mut problems = Vec::new();
        if !(self.k.is_finite() && self.k >= 1.0) {
            let problem = format!(
                "with {} times what is accepted it would refuse more and more, and in the end all",
                self.k
            );
            problems.push(("k", problem, "write 1 or more".to_owned()));
        }
        problems.extend(problem_of_window(self.window));
        problems
    }
}

/// What was asked for and what was accepted.
struct AdaptiveThrottling {
    k: f64,
    counts: RollingCounts,
}

impl AdaptiveThrottling {
    fn refusal(&self, requests: u64, accepts: u64) -> f64 {
        let requests = requests as f64;
        ((requests - self.k * accepts as f64) / (requests + 1.0)).max(0.0)
    }
}

impl Control for AdaptiveThrottling {
    fn on_request(&mut self, request: &RequestInfo) -> Decision {
        let (requests, accepts) = self.counts.sums(request.now);
        self.counts.add(request.now, 1, 0);
        Decision::admit_if(request.luck >= self.refusal(requests, accepts))
    }

    fn on_completion(&mut self, completion: &Completion) {
        if completion.outcome == Outcome::Served {
            self.counts.add(completion.now, 0, 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{completion, request};
    use super::*;

    #[test]
    fn the_probability_is_that_of_the_book() {
        let control = AdaptiveThrottling { k: 2.0, counts: RollingCounts::over(Span::from_secs(120)) };
        for (requests, accepts, expected) in
            [(0, 0, 0.0), (100, 100, 0.0), (100, 50, 0.0), (99, 0, 0.99), (399, 100, 199.0 / 400.0)]
        {
            let refusal: f64 = control.refusal(requests, accepts);
            assert!((refusal - expected).abs() < 1e-12, "{requests} requests, {accepts} accepts");
        }
    }

    #[test]
    fn a_backend_that_accepts_again_is_believed_after_the_window() {
        let mut control = Config { window: Span::from_secs(10), ..Config::default() }.build();
        let decision = |control: &mut dyn Control, ms| control.on_request(&request(ms, 0));
        for ms in 0..100 {
            decision(&mut *control, ms);
        }
        assert_eq!(decision(&mut *control, 100), Decision::Refuse, "it accepted none of 100");
        assert_eq!(decision(&mut *control, 10_000), Decision::Admit, "all of that is forgotten");
        control.on_completion(&completion(10_001, Outcome::Served, 1, 0));
        assert_eq!(decision(&mut *control, 10_002), Decision::Admit);
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let wrong = Config { k: 0.9, window: Span::from_ms(1500) };
        assert_eq!(wrong.problems().iter().map(|(key, ..)| *key).collect::<Vec<_>>(), ["k", "window"]);
    }
}
