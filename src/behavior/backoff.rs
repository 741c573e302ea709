//! `backoff`: wait longer after each failure. The n-th failure in a row is followed by a wait of
//! min(cap, base x 2^(n-1)), the ceiling; the jitters draw from it, or from the wait before (M. Brooker, "Exponential
//! Backoff And Jitter", AWS Architecture Blog, 2015):
//!
//! ```text
//! full          U(0, ceiling)
//! equal         ceiling / 2 + U(0, ceiling / 2)
//! decorrelated  min(cap, U(base, 3 x the wait before)), and before the first one that is the base
//! ```
//!
//! Or each wait is drawn from one distribution, whatever the number of the failure: with an exponential one the clients are the
//! orbit of a classical retrial queue (G. I. Falin, J. G. C. Templeton, "Retrial Queues", 1997).
//!
//! A behavior remembers nothing, so the wait before is worked out again from the luck of all failures of this run.
//! News that is not a failure is polled for at the interval that the system asks for.

use super::{Behavior, Failure, Heard, Next, Settings, View};
use crate::engine::sample::{Distribution, Sampler};
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
    /// Uniform between half of base x 2^(n-1) and all of it: no retry comes at once.
    EqualJitter,
    /// Uniform between the base and three times the wait before: the waits of two clients drift apart.
    DecorrelatedJitter,
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
    /// The distribution of the wait after each failure, in place of `schedule`, `base` and `cap`. Default: null, those three hold.
    pub delay: Option<Sampler>,
    /// Attempts of one request, the first included, before the client stops; null: never. Default: null.
    pub attempts: Option<u32>,
    /// The failures after which it tries again; after another it stops. Default: all but a
    /// readable 500.
    pub retry_on: Vec<Failure>,
    /// It waits at least as long as a refusal asks for (Retry-After; RFC 9110, section 10.2.3). Default: true. No
    /// browser's fetch does so by itself: the page's script reads the header, or does not.
    pub obeys_retry_after: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            schedule: Schedule::default(),
            base: Span::from_secs(1),
            cap: Span::from_secs(60),
            delay: None,
            attempts: None,
            retry_on: Failure::USUALLY_RETRIED.to_vec(),
            obeys_retry_after: true,
        }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(&'static str, String, String)> {
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
        if let Some(delay) = &self.delay {
            problems.extend(self.problems_of_delay(delay));
        }
        problems
    }
}

impl Config {
    /// What is wrong with a distribution of the wait.
    fn problems_of_delay(&self, delay: &Sampler) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        if *delay.distribution() == Distribution::Constant(Span::ZERO) && self.attempts.is_none() {
            problems.push((
                "delay",
                "a delay of zero would retry without end at one instant".to_owned(),
                "write a positive wait such as \"1s\", or limit the `attempts`".to_owned(),
            ));
        }
        let plain = Config::default();
        for (key, differs) in [
            ("schedule", self.schedule != plain.schedule),
            ("base", self.base != plain.base),
            ("cap", self.cap != plain.cap),
        ] {
            if differs {
                let problem = format!("the wait is drawn from `delay`, and `{key}` is never looked at");
                problems.push((key, problem, format!("remove `{key}`, or `delay`")));
            }
        }
        problems
    }

    /// base x 2^(n-1), at most the cap.
    fn ceiling(&self, failures: u32) -> Span {
        let doublings = failures.saturating_sub(1).min(40);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }

    /// The wait after a failure.
    fn wait(&self, view: &View) -> Span {
        if let Some(delay) = &self.delay {
            return view.drawn_from(delay);
        }
        match self.schedule {
            Schedule::None => self.base,
            Schedule::Exponential => self.ceiling(view.failures),
            Schedule::FullJitter => self.ceiling(view.failures).scaled(view.luck),
            Schedule::EqualJitter => self.ceiling(view.failures).scaled(f64::midpoint(1.0, view.luck)),
            Schedule::DecorrelatedJitter => {
                let before = (1..view.failures)
                    .rev()
                    .fold(self.base, |before, ago| self.decorrelated(before, view.earlier.luck(ago)));
                self.decorrelated(before, view.luck)
            }
        }
    }

    /// Uniform between the base and three times the wait before, at most the cap.
    fn decorrelated(&self, before: Span, luck: f64) -> Span {
        (self.base + (before.saturating_mul(3) - self.base).scaled(luck)).min(self.cap)
    }
}

impl Behavior for Config {
    fn next(&self, view: &View) -> Next {
        let failure = match view.heard {
            Heard::NotYet => return Next::AskAfter(view.interval_asked()),
            Heard::Failed(failure) => failure,
        };
        let used_up = self.attempts.is_some_and(|attempts| view.failures >= attempts);
        if used_up || !self.retry_on.contains(&failure) {
            return Next::Stop;
        }
        let wait = self.wait(view);
        Next::AskAfter(if self.obeys_retry_after { view.as_asked(wait) } else { wait })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Earlier;
    use super::*;
    use crate::engine::random::{Key, Stream};
    use crate::engine::time::Time;
    use crate::protocol::Kind;

    fn failed(failures: u32, luck: f64) -> View {
        View {
            heard: Heard::Failed(Failure::Timeout),
            kind: Kind::Join,
            failures,
            at: Time::ZERO,
            opens_at: Time::ZERO,
            interval: Span::from_secs(20),
            spread: 0.0,
            retry_after: None,
            luck,
            earlier: Earlier::of_nobody(),
        }
    }

    fn wait(client: &Config, view: &View) -> Span {
        match client.next(view) {
            Next::AskAfter(wait) => wait,
            other => panic!("no limit was set, and it decided {other:?}"),
        }
    }

    fn waits_ms(schedule: Schedule, luck: f64) -> Vec<u64> {
        let client = Config { schedule, cap: Span::from_secs(10), ..Config::default() };
        (1..=5).map(|n| wait(&client, &failed(n, luck)).as_us() / 1000).collect()
    }

    #[test]
    fn the_first_wait_is_the_base_and_each_failure_doubles_it_up_to_the_cap() {
        assert_eq!(waits_ms(Schedule::None, 0.5), [1000, 1000, 1000, 1000, 1000]);
        assert_eq!(waits_ms(Schedule::Exponential, 0.5), [1000, 2000, 4000, 8000, 10_000]);
        assert_eq!(waits_ms(Schedule::FullJitter, 0.5), [500, 1000, 2000, 4000, 5000]);
    }

    #[test]
    fn equal_jitter_keeps_half_of_the_wait_and_draws_the_other_half() {
        assert_eq!(waits_ms(Schedule::EqualJitter, 0.0), [500, 1000, 2000, 4000, 5000]);
        assert_eq!(waits_ms(Schedule::EqualJitter, 0.5), [750, 1500, 3000, 6000, 7500]);
        assert_eq!(waits_ms(Schedule::EqualJitter, 1.0), [1000, 2000, 4000, 8000, 10_000]);
    }

    #[test]
    fn decorrelated_jitter_draws_between_the_base_and_three_times_the_wait_before() {
        let client = Config {
            schedule: Schedule::DecorrelatedJitter,
            base: Span::from_ms(700),
            cap: Span::from_secs(40),
            ..Config::default()
        };
        let mut capped = 0;
        for entity in 0..200 {
            let luck = Stream::new(Key::from_words(2015, 3), entity);
            // Sleep as the article has it: it begins with the base, and each follows from the one before.
            let mut sleep_us = 700_000.0;
            for n in 1..=20_u32 {
                let number = 1000 + u64::from(n);
                let view = View { earlier: Earlier::new(luck, number), ..failed(n, luck.unit(number)) };
                sleep_us = f64::min(40e6, 700_000.0 + (3.0 * sleep_us - 700_000.0) * luck.unit(number));
                let wait_us = wait(&client, &view).as_us() as f64;
                // Each wait is rounded to a microsecond, and three times that goes into the next.
                assert!((wait_us - sleep_us).abs() < 1e-6 * sleep_us + 3.0, "{n}: {wait_us}, not {sleep_us}");
                sleep_us = wait_us;
                capped += u32::from(wait_us == 40e6);
            }
        }
        assert!(capped > 100, "the cap is reached: {capped} times");
    }

    #[test]
    fn a_law_of_the_wait_holds_whatever_the_number_of_the_failure() {
        let distribution: Sampler =
            serde_json::from_str(r#"{ "exponential": { "mean": "2s" } }"#).expect("a distribution");
        let client = Config { delay: Some(distribution), ..Config::default() };
        assert_eq!(client.problems(), []);
        let mean_s = |failures: u32| {
            let waits = (0..20_000).map(|entity| {
                let luck = Stream::new(Key::from_words(1997, 1), entity);
                let view = View { earlier: Earlier::new(luck, 7), ..failed(failures, 0.5) };
                wait(&client, &view).as_secs_f64()
            });
            waits.sum::<f64>() / 20_000.0
        };
        for failures in [1, 9] {
            let mean = mean_s(failures);
            assert!((mean - 2.0).abs() < 4.0 * 2.0 / 20_000_f64.sqrt(), "{mean} s after {failures} failures");
        }
    }

    #[test]
    fn a_delay_without_time_or_beside_what_it_replaces_is_a_mistake() {
        let at_once =
            Config { delay: Some(Sampler::new(&Distribution::Constant(Span::ZERO))), ..Config::default() };
        let keys = |client: &Config| client.problems().iter().map(|problem| problem.0).collect::<Vec<_>>();
        assert_eq!(keys(&at_once), ["delay"]);
        assert!(keys(&Config { attempts: Some(6), ..at_once.clone() }).is_empty());
        let twice = Config {
            delay: Some(Sampler::new(&Distribution::Constant(Span::from_secs(1)))),
            base: Span::from_secs(2),
            ..at_once
        };
        assert_eq!(keys(&twice), ["base"]);
    }

    #[test]
    fn a_refusal_may_ask_for_a_longer_wait_and_never_for_a_shorter_one() {
        let refused = |asked_s: u64| View { retry_after: Some(Span::from_secs(asked_s)), ..failed(3, 0.5) };
        let client = Config { schedule: Schedule::Exponential, ..Config::default() };
        assert_eq!(wait(&client, &refused(30)), Span::from_secs(30));
        assert_eq!(wait(&client, &refused(1)), Span::from_secs(4));
        let deaf = Config { obeys_retry_after: false, ..client };
        assert_eq!(wait(&deaf, &refused(30)), Span::from_secs(4));
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
