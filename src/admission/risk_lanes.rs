//! `risk_lanes`: a risk is scored at the join, and decides how a session is treated: the fast lane; the slow lane, which has
//! a share of the turns and may begin later; a lock-out, which is told; or a place in line for ever, which is not.
//!
//! ```text
//!   0 ----------- slow_above ----------- lock_out_above ----------- infinite_above ----------- 1
//!     fast lane       slow lane, delayed      out at once, and told      "in line", for ever
//! ```
//!
//! Within a lane, first come, first served. Whoever is no program and is not in the fast lane is a false alarm.

use super::priority::Priority;
use super::{AdmissionPolicy, Build, BuildContext, Capabilities, Join, Mistake, Origin, Treatment};
use crate::engine::time::{Span, Time};
use crate::expr::LineError;
use crate::expr::score::{self, Score, Variable, Variables};
use crate::protocol::{Incident, Possibility, Possible, SessionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How a risk is scored, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The risk, as an expression like the score of `eligibility_pool`, without `waiting_s`: it is scored once, when nobody
    /// has waited. Below 0 it counts as 0, beyond 1 as 1. Default: "risk", what the risk scorer makes of the person.
    #[serde(default = "default_risk")]
    #[schemars(length(min = 1, max = 2000))]
    pub risk: String,
    /// Beyond this risk a session is in the slow lane, 0 to 1; null: nobody is. Default: 0.5, from which on reCAPTCHA v3 takes
    /// somebody for a program unless told otherwise. 12306 put 4.07 million orders of one day into its slow queue.
    #[serde(default = "default_slow_above")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub slow_above: Option<f64>,
    /// The share of turns that the slow lane has while both have somebody, 0 to less than 1; 0: none while the fast lane has
    /// somebody. Default: 0.1, an assumption.
    #[serde(default = "default_slow_share")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub slow_share: f64,
    /// How much later than its join a session of the slow lane begins to stand there. Default: null, at once. 12306 delayed
    /// 2.95 million reservations of one day, and does not say for how long.
    #[serde(default)]
    pub delay: Option<Span>,
    /// Beyond this risk a session is out at once, and answered as `waiting_room.refusal` says, 0 to 1; null: nobody is.
    /// Default: null. 12306 blocked 39.82 million log-ins of one day.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lock_out_above: Option<f64>,
    /// Beyond this risk a session is told that it is in line, for ever, 0 to 1; null: nobody is. Default: null. Cloudflare's
    /// `turnstile_action` of `infinite_queue`.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub infinite_above: Option<f64>,
}

fn default_risk() -> String {
    "risk".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
fn default_slow_above() -> Option<f64> {
    Some(0.5)
}

fn default_slow_share() -> f64 {
    0.1
}

impl Default for Config {
    fn default() -> Config {
        Config {
            risk: default_risk(),
            slow_above: default_slow_above(),
            slow_share: default_slow_share(),
            delay: None,
            lock_out_above: None,
            infinite_above: None,
        }
    }
}

/// Turns are shared in millionths.
const WHOLE: f64 = 1e6;

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        let weight = |share: f64| (share * WHOLE) as u32;
        let weights =
            (self.slow_share > 0.0).then(|| [weight(1.0 - self.slow_share), weight(self.slow_share)]);
        Some(Box::new(RiskLanes {
            risk: score::parse(&self.risk).expect("checked: the risk can be read"),
            config: self.clone(),
            slowed: BTreeSet::new(),
            lanes: Priority::of_two(weights),
        }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        let mut problems: Vec<Mistake> = Vec::new();
        let limits = [
            ("slow_above", self.slow_above),
            ("lock_out_above", self.lock_out_above),
            ("infinite_above", self.infinite_above),
        ];
        for (key, limit) in limits.iter().filter_map(|(key, limit)| limit.map(|limit| (*key, limit))) {
            if !(0.0..=1.0).contains(&limit) {
                problems.push((key, format!("{limit} is no risk"), "write a number from 0 to 1".to_owned()));
            }
        }
        let written: Vec<(&'static str, f64)> =
            limits.into_iter().filter_map(|(key, limit)| limit.map(|limit| (key, limit))).collect();
        for pair in written.windows(2) {
            let [(before, low), (key, high)] = pair else { continue };
            if low > high {
                let problem = format!("{high} is below the {low} of `{before}`, which is the milder");
                problems.push((key, problem, format!("write {low} or more")));
            }
        }
        if written.is_empty() {
            let problem = "no risk is too high, so everybody is in the fast lane".to_owned();
            problems.push(("slow_above", problem, "write a limit, or \"fifo\"".to_owned()));
        }
        if !(0.0..1.0).contains(&self.slow_share) || self.slow_share > 0.0 && self.slow_share * WHOLE < 1.0 {
            let problem = format!("{} is no share of the turns for the slow lane", self.slow_share);
            problems.push((
                "slow_share",
                problem,
                "write 0, or a number from 0.000001 to less than 1".to_owned(),
            ));
        }
        if self.delay.is_some() && self.slow_above.is_none() {
            let problem = "nobody is in the slow lane, so nobody is delayed".to_owned();
            problems.push(("delay", problem, "write `slow_above`, or leave it out".to_owned()));
        }
        if self.looks_at(Variable::Waiting) {
            let problem = "the risk is scored once, at the join, when nobody has waited".to_owned();
            problems.push(("risk", problem, "leave `waiting_s` out".to_owned()));
        }
        problems
    }

    fn malformed(&self) -> Vec<(&'static str, LineError)> {
        let mistakes = score::parse(&self.risk).err().unwrap_or_default();
        mistakes.into_iter().map(|mistake| ("risk", mistake)).collect()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { assesses_joins: true, delays: self.delay.is_some(), ..Capabilities::default() }
    }

    fn possible(&self) -> Possible {
        Possible::from(Possibility::RiskTreatment)
            | Possibility::Eviction.when(self.lock_out_above.is_some())
            | Possibility::Incident(Incident::KeptForEver).when(self.infinite_above.is_some())
    }

    fn looks_at(&self, variable: Variable) -> bool {
        score::parse(&self.risk).is_ok_and(|risk| risk.uses(variable))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "12306; Cloudflare Turnstile in a waiting room",
            source: "China Railway on 11 January 2025; developers.cloudflare.com/waiting-room, turnstile_action",
            leaves_out: "how a risk is found: it is drawn",
        }
    }
}

/// The two lanes.
struct RiskLanes {
    risk: Score,
    config: Config,
    /// Sessions that will stand in the slow lane.
    slowed: BTreeSet<SessionId>,
    /// The fast one first.
    lanes: Priority,
}

impl AdmissionPolicy for RiskLanes {
    fn assess_join(&mut self, session: SessionId, variables: &Variables) -> Treatment {
        let risk = self.risk.eval(variables).clamp(0.0, 1.0);
        let beyond = |limit: Option<f64>| limit.is_some_and(|limit| risk > limit);
        self.slowed.remove(&session);
        if beyond(self.config.infinite_above) {
            Treatment::KeptForEver
        } else if beyond(self.config.lock_out_above) {
            Treatment::LockedOut
        } else if beyond(self.config.slow_above) {
            self.slowed.insert(session);
            Treatment::Slowed(self.config.delay.unwrap_or(Span::ZERO))
        } else {
            Treatment::Usual
        }
    }

    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        let lane = usize::from(self.slowed.remove(&join.session));
        self.lanes.join_class(now, join, lane)
    }

    fn open(&mut self, now: Time, placed: &mut dyn FnMut(SessionId, u32)) {
        self.lanes.open(now, placed);
    }

    fn next(&mut self, now: Time) -> Option<(SessionId, u32)> {
        self.lanes.next(now)
    }

    fn ahead(&self, place: u32) -> Option<u32> {
        self.lanes.ahead(place)
    }

    fn on_turn(&mut self, place: u32) {
        self.lanes.on_turn(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{OPENS_AT, built, join};
    use super::*;

    fn risk(risk: f64) -> Variables {
        Variables::default().with(Variable::Risk, risk)
    }

    #[test]
    fn a_risk_is_treated_by_the_highest_limit_that_it_is_beyond() {
        let delay = Some(Span::from_secs(60));
        let config =
            Config { delay, lock_out_above: Some(0.8), infinite_above: Some(0.9), ..Config::default() };
        let mut lanes = built(&config);
        let mut treated = |value| lanes.assess_join(SessionId(1), &risk(value));
        let slowed = Treatment::Slowed(Span::from_secs(60));
        assert_eq!([0.0, 0.5].map(&mut treated), [Treatment::Usual; 2]);
        assert_eq!([0.51, 0.8].map(&mut treated), [slowed; 2]);
        assert_eq!([0.81, 0.9].map(&mut treated), [Treatment::LockedOut; 2]);
        assert_eq!([0.91, 7.0].map(&mut treated), [Treatment::KeptForEver; 2]);
    }

    /// Twenty of each, by turns; the first turns, `f` for the fast lane.
    fn turns(slow_share: f64, most: usize) -> String {
        let mut lanes = built(&Config { slow_share, ..Config::default() });
        for session in 0..40 {
            let value = if session % 2 == 0 { 0.1 } else { 0.9 };
            lanes.assess_join(SessionId(session), &risk(value));
            lanes.join(Time::ZERO, join(session, true, 0));
        }
        let turn = |_| {
            let (session, place) = lanes.next(OPENS_AT)?;
            lanes.on_turn(place);
            Some(if session.0 % 2 == 0 { "f" } else { "s" })
        };
        (0..most).map_while(turn).collect()
    }

    #[test]
    fn the_slow_lane_has_its_share_of_the_turns_while_both_have_somebody() {
        assert_eq!(turns(0.25, 20).matches('s').count(), 5);
        assert_eq!(turns(0.5, 20).matches('s').count(), 10);
        assert_eq!(turns(0.0, 40), "f".repeat(20) + &"s".repeat(20));
        assert_eq!(turns(0.25, 40).len(), 40, "whoever is left has all turns");
    }

    #[test]
    fn every_contradiction_of_the_limits_is_told() {
        let keys = |config: Config| -> Vec<&'static str> {
            config.problems(&[]).into_iter().map(|(key, ..)| key).collect()
        };
        let sample = Config::default;
        assert!(keys(sample()).is_empty() && sample().malformed().is_empty());
        assert_eq!(keys(Config { lock_out_above: Some(0.4), ..sample() }), ["lock_out_above"]);
        assert_eq!(
            keys(Config { lock_out_above: Some(0.9), infinite_above: Some(0.8), ..sample() }),
            ["infinite_above"]
        );
        assert_eq!(keys(Config { slow_share: 1.0, ..sample() }), ["slow_share"]);
        assert_eq!(keys(Config { risk: "waiting_s".to_owned(), ..sample() }), ["risk"]);
        let nobody = Config { slow_above: None, delay: Some(Span::from_secs(1)), ..sample() };
        assert_eq!(keys(nobody), ["slow_above", "delay"]);
    }
}
