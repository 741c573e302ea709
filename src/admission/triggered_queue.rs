//! `triggered_queue`: no queue while the shop is healthy. Everybody passes at once, whatever the budgets; once too many of the
//! shop's answers are slow, or fail, the queue is switched on, and from then on it is a line, first come, first served, let
//! in by the budgets. It is switched off again once it is empty and the shop is healthy.
//!
//! ```text
//!   off --too many slow or failed answers at a look--> on --nobody in line, and a look that finds it healthy--> off
//! ```
//!
//! What comes in before the first look that finds it unhealthy is in: the queue protects against a load that lasts, and not
//! against the first seconds of a surge.

use super::fifo::Fifo;
use super::{AdmissionPolicy, Build, BuildContext, HealthWatch, Join, Mistake, Origin, ShopHealth};
use crate::engine::time::{Span, Time};
use crate::protocol::{Possibility, Possible, SessionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What switches the queue on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How often it looks at the shop, more than 0. Default: "10s". Assumption.
    pub every: Span,
    /// An answer of the shop (seat map, hold, checkout, payment) that took longer is slow. Default: "2s" (healthcare.gov's
    /// answers took 2 s instead of 1 s when its queue was switched on).
    pub slower_than: Span,
    /// More than this share of slow answers since the last look is too many, 0 to 1. Default: 0.5: the usual answer
    /// is slow.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub slow_share: f64,
    /// More than this share of answers that failed (5xx) since the last look is too many, 0 to 1. Default: 0.009
    /// (healthcare.gov's errors when its queue was switched on).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub error_share: f64,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            every: Span::from_secs(10),
            slower_than: Span::from_secs(2),
            slow_share: 0.5,
            error_share: 0.009,
        }
    }
}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(TriggeredQueue { config: self.clone(), line: Fifo::default(), is_on: false }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        if !self.every.is_zero() {
            return Vec::new();
        }
        let remedy = "write a duration such as \"10s\"".to_owned();
        vec![("every", "looks without a pause would never end".to_owned(), remedy)]
    }

    fn possible(&self) -> Possible {
        Possibility::QueueSwitch.into()
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "healthcare.gov since December 2013",
            source: "modernhealthcare.com 2013-12-02; CMS operational update of 2013-12-23 (enewspf.com): decided in real time by site metrics",
            leaves_out: "the person who decides; switching by the number of people on the site (budgets have that)",
        }
    }
}

/// A line that is kept only while it is switched on.
struct TriggeredQueue {
    config: Config,
    line: Fifo,
    is_on: bool,
}

impl AdmissionPolicy for TriggeredQueue {
    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        self.line.join(now, join)
    }

    fn next(&mut self, now: Time) -> Option<(SessionId, u32)> {
        self.line.next(now)
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        self.line.ahead(place)
    }

    fn health_watch(&self) -> Option<HealthWatch> {
        Some(HealthWatch { every: self.config.every, slower_than: self.config.slower_than })
    }

    fn on_health(&mut self, health: Option<ShopHealth>, in_line: u32) {
        let is_unhealthy = health.map(|health| {
            health.slow_share > self.config.slow_share || health.error_share > self.config.error_share
        });
        match is_unhealthy {
            Some(true) => self.is_on = true,
            Some(false) if in_line == 0 => self.is_on = false,
            // Without an answer there is nothing to judge by.
            Some(false) | None => {}
        }
    }

    fn passes_everybody(&self) -> bool {
        !self.is_on
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OPENS_AT, built, called, join};
    use super::*;

    fn health(slow_share: f64, error_share: f64) -> ShopHealth {
        ShopHealth { slow_share, error_share }
    }

    #[test]
    fn it_is_switched_on_by_more_than_the_share_of_slow_or_failed_answers_and_not_by_that_share() {
        let mut queue = built(&Config::default());
        assert!(queue.passes_everybody());
        for (slow, failed, passes) in [(0.5, 0.009, true), (0.51, 0.0, false)] {
            queue.on_health(Some(health(slow, failed)), 0);
            assert_eq!(queue.passes_everybody(), passes);
        }
        let mut queue = built(&Config::default());
        queue.on_health(Some(health(0.0, 0.0091)), 0);
        assert!(!queue.passes_everybody());
    }

    #[test]
    fn it_is_switched_off_only_once_the_line_is_empty_and_the_shop_is_healthy() {
        let mut queue = built(&Config::default());
        queue.on_health(Some(health(1.0, 0.0)), 0);
        for session in [4, 2] {
            queue.join(OPENS_AT, join(session, false, 0));
        }
        queue.on_health(Some(health(0.0, 0.0)), 2);
        assert!(!queue.passes_everybody(), "two are in line");
        assert_eq!(called(queue.as_mut()), [4, 2]);
        queue.on_health(None, 0);
        assert!(!queue.passes_everybody(), "nothing was answered: nothing is known");
        queue.on_health(Some(health(0.0, 0.0)), 0);
        assert!(queue.passes_everybody());
    }
}
