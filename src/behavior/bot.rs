//! `bot`: a program that asks at a rate of its own, whatever the page or a reply asks for, and however long an answer takes:
//! an open loop, as load generators send it (a slow site slows down people, not its attackers). What else makes a bot is
//! said of its cohort: many `addresses`, several `accounts`, no cookies, no page.
//!
//! Bots were 40 % of the traffic of ticketing sites in 2018 (Distil), and 125 requests for each human visitor at one
//! sale (Ticketek, 2023). Left out: programs that slow down when they are refused.

use super::{Behavior, Next, OpenLoop, Settings, View};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Requests a second of each session while it asks for a page, a place, a turn, the map or seats, 0.001 to 1000,
    /// whatever the site's latency; beside them only what it asks next after news. Default: 1. An assumption: published
    /// are totals alone, such as 20 million attempts in half an hour (Walmart, 2020).
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub requests_per_second: f64,
    /// Most requests of a session in flight at a time, 1 or more: with as many the next one waits until one is answered or
    /// timed out, so that a slow site slows the program; null: as many as come of the rate. Default: null (the load
    /// generator vegeta has no bound either, unless `-max-workers` sets one).
    pub requests_in_flight: Option<u32>,
}

impl Default for Config {
    fn default() -> Config {
        Config { requests_per_second: 1.0, requests_in_flight: None }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(&'static str, String, String)> {
        let mut problems = Vec::new();
        if !(0.001..=1000.0).contains(&self.requests_per_second) {
            let problem = format!("{} requests a second is no rate to ask at", self.requests_per_second);
            problems.push(("requests_per_second", problem, "write 0.001 to 1000".to_owned()));
        }
        if self.requests_in_flight == Some(0) {
            let problem = "with no request in flight nothing is ever asked".to_owned();
            problems.push((
                "requests_in_flight",
                problem,
                "write 1 or more, or null for no bound".to_owned(),
            ));
        }
        problems
    }
}

impl Config {
    fn period(&self) -> Span {
        Span::from_us((1e6 / self.requests_per_second).round() as u64)
    }
}

impl Behavior for Config {
    fn next(&self, _view: &View) -> Next {
        Next::AskAfter(self.period())
    }

    fn open_loop(&self) -> Option<OpenLoop> {
        Some(OpenLoop { period: self.period(), in_flight: self.requests_in_flight })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Earlier, Failure, Heard};
    use super::*;
    use crate::engine::time::Time;
    use crate::protocol::Kind;

    #[test]
    fn it_asks_at_its_own_rate_whatever_it_is_told() {
        let bot = Config { requests_per_second: 4.0, ..Config::default() };
        for heard in [Heard::NotYet, Heard::Failed(Failure::RateLimited)] {
            let view = View {
                heard,
                kind: Kind::Poll,
                failures: 3,
                at: Time::ZERO,
                opens_at: Time::ZERO,
                interval: Span::from_secs(20),
                spread: 0.1,
                retry_after: Some(Span::from_secs(60)),
                luck: 0.5,
                earlier: Earlier::of_nobody(),
            };
            assert_eq!(bot.next(&view), Next::AskAfter(Span::from_ms(250)));
        }
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        assert_eq!(Config { requests_per_second: 0.0, ..Config::default() }.problems().len(), 1);
        assert_eq!(Config { requests_in_flight: Some(0), ..Config::default() }.problems().len(), 1);
        assert!(Config::default().problems().is_empty());
    }
}
