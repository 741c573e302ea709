//! `bot`: a program that asks at a rate of its own, after news and after failures alike, whatever the page or a reply
//! asks for. What else makes a bot is said of its cohort: many `addresses`, several `accounts`, no cookies, no page.
//!
//! Bots were 40 % of the traffic of ticketing sites in 2018 (Distil), and 125 requests for each human visitor at one
//! sale (Ticketek, 2023). Left out: programs that slow down when they are refused.

use super::{Behavior, Next, Settings, View};
use crate::engine::time::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of a bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Requests a second of each session while it has to wait, 0.001 to 1000. Default: 1. An assumption: published are
    /// totals alone, such as 20 million attempts in half an hour (Walmart, 2020).
    #[schemars(range(min = 0.001, max = 1000.0))]
    pub requests_per_second: f64,
}

impl Default for Config {
    fn default() -> Config {
        Config { requests_per_second: 1.0 }
    }
}

impl Settings for Config {
    fn problems(&self) -> Vec<(&'static str, String, String)> {
        if (0.001..=1000.0).contains(&self.requests_per_second) {
            return Vec::new();
        }
        let problem = format!("{} requests a second is no rate to ask at", self.requests_per_second);
        vec![("requests_per_second", problem, "write 0.001 to 1000".to_owned())]
    }
}

impl Behavior for Config {
    fn next(&self, _view: &View) -> Next {
        Next::AskAfter(Span::from_us((1e6 / self.requests_per_second) as u64))
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
        let bot = Config { requests_per_second: 4.0 };
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
        assert_eq!(Config { requests_per_second: 0.0 }.problems().len(), 1);
        assert!(Config::default().problems().is_empty());
    }
}
