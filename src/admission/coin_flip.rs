//! `coin_flip`: no line at all. Each request is let in with a fixed chance, whoever asks and however often: whoever
//! reloads most gets in first, and nobody can be told where they stand (Akamai's Visitor Prioritization, Glastonbury's
//! holding page until 2023). After n requests the chance to be in is 1 - (1 - p)^n.
//!
//! Budgets hold besides: where one is used up, nobody gets in.

use super::{
    AdmissionPolicy, Build, BuildContext, Capabilities, Join, Mistake, Origin, PollOutcome, PositionPoll,
};
use crate::engine::time::Time;
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many get in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Share of requests that are let in, more than 0 and at most 1. Default: 0.1. Assumption: Akamai's operators set a
    /// percentage of 0 to 100 and may change it at any time.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub admit: f64,
}

impl Default for Config {
    fn default() -> Config {
        Config { admit: 0.1 }
    }
}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(CoinFlip { admit: self.admit, joins: 0 }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        if self.admit > 0.0 && self.admit <= 1.0 {
            return Vec::new();
        }
        let problem = format!("a share of {} lets in nobody, or is no share", self.admit);
        vec![("admit", problem, "write more than 0, and at most 1".to_owned())]
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { self_paced: true, ..Capabilities::default() }
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "Akamai Visitor Prioritization, Alibaba CDN, Glastonbury until 2023",
            source: "techdocs.akamai.com/cloudlets/docs/what-visitor-prioritization",
            leaves_out: "percentages that differ by place or by rule",
        }
    }
}

/// The chance, and how many have come.
struct CoinFlip {
    admit: f64,
    joins: u32,
}

impl AdmissionPolicy for CoinFlip {
    fn join(&mut self, _now: Time, _join: Join) -> Option<u32> {
        self.joins += 1;
        Some(self.joins - 1)
    }

    fn next(&mut self, _now: Time) -> Option<(SessionId, u32)> {
        None
    }

    fn ahead(&self, _place: u32) -> Option<u32> {
        None
    }

    fn on_poll(&mut self, _now: Time, ask: PositionPoll) -> PollOutcome {
        if ask.may_enter && ask.luck < self.admit { PollOutcome::Enters } else { PollOutcome::Waits }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{built, join};
    use super::*;

    #[test]
    fn each_request_has_the_same_chance_and_none_where_the_budget_is_used_up() {
        let mut line = built(&Config { admit: 0.25 });
        let place = line.join(Time::ZERO, join(0, true, 0)).expect("a number");
        let mut asks = |luck, may_enter| line.on_poll(Time::ZERO, PositionPoll { place, may_enter, luck });
        assert_eq!(asks(0.249, true), PollOutcome::Enters);
        assert_eq!(asks(0.25, true), PollOutcome::Waits);
        assert_eq!(asks(0.249, false), PollOutcome::Waits);
        assert_eq!(line.ahead(place), None, "nobody knows where they stand");
        assert_eq!(line.next(Time::ZERO), None, "nobody is called");
    }

    #[test]
    fn a_share_of_none_or_of_more_than_all_is_a_mistake() {
        let keys = |admit| Config { admit }.problems(&[]).len();
        assert_eq!([-0.1, 0.0, f64::NAN, 1.1].map(keys), [1; 4]);
        assert_eq!([1e-9, 1.0].map(keys), [0; 2]);
    }
}
