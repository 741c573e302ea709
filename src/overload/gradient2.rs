//! `gradient2`: the limit of requests in flight follows how long answers take just now against how long they took over a
//! long time. After Netflix' concurrency-limits, `Gradient2Limit` within a `WindowedLimit`:
//!
//! ```text
//! gradient  = max(0.5, min(1, tolerance x long / short))      short: mean latency of a window; long: its slow average
//! new limit = limit x gradient + queue_size
//! limit     = limit x (1 - smoothing) + new limit x smoothing
//! ```
//!
//! It does not grow while less than half of it is used, and the slow average, once it is twice the latency of now, comes
//! down by 5 % a window. Answers that came within 100 us are no measurement.

use super::limits::{self, LEAST_LATENCY_US};
use super::{Build, Completion, Control, Decision, Mistake, Outcome, RequestInfo};
use crate::engine::time::{Span, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a limit that follows latency.
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
    /// How much of a new limit is taken at once, more than 0 to 1. Default: 0.2 (Netflix concurrency-limits).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub smoothing: f64,
    /// Over how many windows the long average reaches, 1 or more. Default: 600 (Netflix concurrency-limits).
    #[schemars(range(min = 1))]
    pub long_window: u32,
    /// Answers may take so many times the long average before the limit shrinks, 1 or more. Default: 1.5 (Netflix
    /// concurrency-limits).
    #[schemars(range(min = 1.0))]
    pub rtt_tolerance: f64,
    /// By how much the limit may grow in a window, before smoothing, 1 or more. Default: 4 (Netflix concurrency-limits).
    #[schemars(range(min = 1))]
    pub queue_size: u32,
    /// How often the limit is set, more than 0. Default: "1s" (Netflix concurrency-limits, `WindowedLimit`).
    pub window: Span,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            initial: 20,
            min: 20,
            max: 200,
            smoothing: 0.2,
            long_window: 600,
            rtt_tolerance: 1.5,
            queue_size: 4,
            window: Span::from_secs(1),
        }
    }
}

/// A window with fewer answers says nothing (Netflix concurrency-limits, `WindowedLimit`).
const LEAST_ANSWERS: u32 = 10;
/// So many windows are averaged plainly before the average becomes a slow one (the same, `Gradient2Limit`).
const WARM_UP: u32 = 10;
/// What is left of a long average that is more than twice the latency of now.
const DRIFT: f64 = 0.95;

impl Build for Config {
    fn build(&self) -> Box<dyn Control> {
        Box::new(Gradient2 {
            limit: f64::from(self.initial),
            long_us: 0.0,
            windows: 0,
            window: Window::default(),
            ends_at: Time::ZERO,
            config: self.clone(),
        })
    }

    fn problems(&self) -> Vec<Mistake> {
        let mut problems = limits::problems(self.initial, self.min, self.max);
        if !(self.smoothing > 0.0 && self.smoothing <= 1.0) {
            let problem = format!("{} of a new limit cannot be taken at once", self.smoothing);
            problems.push(("smoothing", problem, "write more than 0, and at most 1".to_owned()));
        }
        if self.long_window == 0 {
            let problem = "an average over no window is none".to_owned();
            problems.push(("long_window", problem, "write 1 or more".to_owned()));
        }
        if !(self.rtt_tolerance.is_finite() && self.rtt_tolerance >= 1.0) {
            let problem = format!("answers that take {} times the usual are not slow", self.rtt_tolerance);
            problems.push(("rtt_tolerance", problem, "write 1 or more".to_owned()));
        }
        if self.queue_size == 0 {
            let problem = "a limit that grows by 0 stays down for ever once it has shrunk".to_owned();
            problems.push(("queue_size", problem, "write 1 or more".to_owned()));
        }
        if self.window.is_zero() {
            let problem = "a window of 0s has no answers in it".to_owned();
            problems.push(("window", problem, "write a duration such as \"1s\"".to_owned()));
        }
        problems
    }
}

/// The limit just now, and what it rests on.
struct Gradient2 {
    limit: f64,
    /// The long average of latencies, microseconds.
    long_us: f64,
    /// Windows in it so far.
    windows: u32,
    window: Window,
    /// The first answer after this ends the window.
    ends_at: Time,
    config: Config,
}

/// The answers of one window.
#[derive(Clone, Copy, Default)]
struct Window {
    answers: u32,
    latency_us: u64,
    in_flight_max: u32,
}

impl Gradient2 {
    /// A window has ended with this mean latency.
    fn adjust(&mut self, short_us: f64, in_flight: u32) {
        let config = &self.config;
        self.windows = self.windows.saturating_add(1);
        let weight = if self.windows <= WARM_UP {
            1.0 / f64::from(self.windows)
        } else {
            2.0 / (f64::from(config.long_window) + 1.0)
        };
        self.long_us += (short_us - self.long_us) * weight;
        let long_us = self.long_us;
        if long_us > 2.0 * short_us {
            self.long_us *= DRIFT;
        }
        if f64::from(in_flight) < self.limit / 2.0 {
            return;
        }
        let gradient = (config.rtt_tolerance * long_us / short_us).clamp(0.5, 1.0);
        let aim = self.limit * gradient + f64::from(config.queue_size);
        let smoothed = self.limit * (1.0 - config.smoothing) + aim * config.smoothing;
        self.limit = smoothed.clamp(f64::from(config.min), f64::from(config.max));
    }
}

impl Control for Gradient2 {
    fn on_request(&mut self, request: &RequestInfo) -> Decision {
        Decision::admit_if(request.in_flight < self.limit as u32)
    }

    fn on_completion(&mut self, completion: &Completion) {
        if completion.outcome == Outcome::Abandoned || completion.latency.as_us() < LEAST_LATENCY_US {
            return;
        }
        self.window.answers += 1;
        self.window.latency_us += completion.latency.as_us();
        self.window.in_flight_max = self.window.in_flight_max.max(completion.in_flight + 1);
        if completion.now <= self.ends_at {
            return;
        }
        self.ends_at = completion.now + self.config.window;
        let Window { answers, latency_us, in_flight_max } = std::mem::take(&mut self.window);
        if answers >= LEAST_ANSWERS {
            self.adjust(latency_us as f64 / f64::from(answers), in_flight_max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{completion, request};
    use super::*;

    /// A second of answers, all alike; returns the limit after it.
    fn a_second_of(control: &mut dyn Control, second: u64, latency_ms: u64, in_flight: u32) -> u32 {
        for answer in 1..=20 {
            control.on_completion(&completion(
                second * 1000 + answer * 51,
                Outcome::Served,
                latency_ms,
                in_flight,
            ));
        }
        (0..1000)
            .find(|&in_flight| control.on_request(&request(0, in_flight)) == Decision::Refuse)
            .expect("it has one")
    }

    #[test]
    fn a_steady_latency_lets_it_grow_to_its_end_by_four_fifths_a_window() {
        let mut control = Config::default().build();
        a_second_of(&mut *control, 0, 100, 199);
        let limits: Vec<u32> = (1..=6).map(|second| a_second_of(&mut *control, second, 100, 199)).collect();
        assert_eq!(limits, [20, 21, 22, 23, 24, 24], "20 + 0.8 a window, whole requests");
        for second in 7..400 {
            a_second_of(&mut *control, second, 100, 199);
        }
        assert_eq!(a_second_of(&mut *control, 400, 100, 199), 200);
    }

    #[test]
    fn half_of_it_unused_it_does_not_grow() {
        let mut control = Config::default().build();
        for second in 0..50 {
            assert_eq!(a_second_of(&mut *control, second, 100, 8), 20);
        }
    }

    #[test]
    fn latency_that_grows_beyond_the_tolerance_shrinks_it() {
        let mut control = Config { initial: 200, ..Config::default() }.build();
        for second in 0..20 {
            a_second_of(&mut *control, second, 100, 199);
        }
        let before = a_second_of(&mut *control, 20, 140, 199);
        assert_eq!(before, 200, "half more is tolerated");
        // Ten times the usual: the gradient is at its least, a half, so a tenth of the limit goes, and 0.8 comes.
        let limits: Vec<u32> = (21..27).map(|second| a_second_of(&mut *control, second, 1000, 199)).collect();
        for pair in limits[1..].windows(2) {
            let expected = f64::from(pair[0]) * 0.9 + 0.8;
            assert!((f64::from(pair[1]) - expected).abs() <= 1.0, "whole requests: {limits:?}");
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let wrong = Config {
            smoothing: 0.0,
            long_window: 0,
            rtt_tolerance: 0.5,
            queue_size: 0,
            window: Span::ZERO,
            ..Config::default()
        };
        let keys: Vec<&str> = wrong.problems().iter().map(|(key, ..)| *key).collect();
        assert_eq!(keys, ["smoothing", "long_window", "rtt_tolerance", "queue_size", "window"]);
    }
}
