//! `eligibility_pool`: the queue is not a line. Everybody has a score, made of what the room knows of them, and whoever
//! scores highest is next. A session is scored again whenever it is heard of, and the whole pool on a slow tick; who falls
//! too low is taken out, and may come back.
//!
//! ```text
//!   heard of --score--> below `evict_below`: out, told or not --asks again, high enough--> back
//!                   +--> ordered by (score, luck) --the highest, from `admit_above` on--> turn
//! ```
//!
//! Time passes for everybody alike: a score grows evenly with `waiting_s`, so the pool is ordered by the score without
//! time less what the instant of joining is worth, and nobody has to be scored again because time passes. A join and a
//! touch cost O(log n), a tick O(n).

use super::{AdmissionPolicy, Build, BuildContext, Capabilities, Join, Mistake, Origin, place};
use crate::engine::time::{Span, Time};
use crate::expr::LineError;
use crate::expr::score::{self, Score, Variable, Variables};
use crate::protocol::{Possibility, Possible, SessionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// How sessions are scored, and from which score on they stay and go in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The score: an expression of `waiting_s`, `retries`, `missed_heartbeats`, `network_switches`, `latency_ms`,
    /// `sessions_of_person`, `sessions_of_account`, `sessions_of_address`, `account_age_days`, `verified`, `risk` and
    /// `luck`, with + - * / and brackets, comparisons, `and`, `or`, `not`, and `min`, `max`, `abs`, `floor`, `if`. It has to
    /// grow evenly with `waiting_s`. Default:
    /// `waiting_s / 60 - retries - missed_heartbeats - network_switches - latency_ms / 1000 - 10 * (sessions_of_account - 1) -
    /// (sessions_of_address - 1)`: a minute of waiting makes good one sign of an
    /// unstable session, and ten make good a second session of the account. What it looks at is what is said of such systems
    /// (session stability, retries, latency, concurrency of account and address); its weights are an assumption, nobody has
    /// published theirs.
    #[serde(default = "default_score")]
    #[schemars(length(min = 1, max = 2000))]
    pub score: String,
    /// Whoever scores less waits, even where there is room; null: everybody may go in. Default: null.
    #[serde(default)]
    pub admit_above: Option<f64>,
    /// Whoever scores less is taken out of the line, at the join or whenever it is scored again, and answered as
    /// `waiting_room.refusal` says; null: nobody is. Default: null. Not more than `admit_above`.
    #[serde(default)]
    pub evict_below: Option<f64>,
    /// Who was taken out and asks again with a score that is high enough: `never`, they stay out; `anew`, they are back,
    /// and wait from then on; `with_wait`, they are back with all the time since their join. Default: `with_wait`, an
    /// assumption. Who was told to be out does not ask again.
    #[serde(default)]
    pub restore: Restore,
    /// Everybody in line is scored again so often, heard of or not, at least "30s": it takes time in proportion to the
    /// line; null: only when heard of. Default: null.
    #[serde(default)]
    pub tick: Option<Span>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            score: default_score(),
            admit_above: None,
            evict_below: None,
            restore: Restore::default(),
            tick: None,
        }
    }
}

/// What becomes of those who were taken out and ask again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Restore {
    /// They stay out.
    Never,
    /// They are back, and wait from then on.
    Anew,
    /// They are back, with all the time since their join.
    #[default]
    WithWait,
}

/// The shortest interval at which everybody is scored again.
const TICK_MIN: Span = Span::from_secs(30);

fn default_score() -> String {
    "waiting_s / 60 - retries - missed_heartbeats - network_switches - latency_ms / 1000 \
     - 10 * (sessions_of_account - 1) - (sessions_of_address - 1)"
        .to_owned()
}

impl Build for Config {
    fn build(&self, _setting: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        Some(Box::new(EligibilityPool {
            score: score::parse(&self.score).expect("checked: the score can be read"),
            admit_above: self.admit_above,
            evict_below: self.evict_below,
            restore: self.restore,
            tick: self.tick,
            entries: Vec::new(),
            order: BTreeSet::new(),
            ticks_at: None,
            all_due: false,
            crosses_at: None,
        }))
    }

    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        let mut problems: Vec<Mistake> = Vec::new();
        if let (Some(admit), Some(evict)) = (self.admit_above, self.evict_below)
            && evict > admit
        {
            problems.push((
                "evict_below",
                format!(
                    "whoever scores below {evict} is out, so `admit_above` of {admit} keeps nobody waiting"
                ),
                format!("write at most {admit}, or leave `admit_above` out"),
            ));
        }
        if self.evict_below.is_none() && self.restore != Restore::default() {
            let problem = "nobody is taken out, so nobody comes back".to_owned();
            problems.push(("restore", problem, "write `evict_below`, or leave it out".to_owned()));
        }
        if let Some(tick) = self.tick.filter(|tick| *tick < TICK_MIN) {
            let problem = format!("everybody in line would be scored every {tick}");
            problems.push(("tick", problem, format!("write at least \"{TICK_MIN}\"")));
        }
        problems
    }

    fn malformed(&self) -> Vec<(&'static str, LineError)> {
        let mistakes = score::parse(&self.score).err().unwrap_or_default();
        mistakes.into_iter().map(|mistake| ("score", mistake)).collect()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { rescores: true, ..Capabilities::default() }
    }

    fn possible(&self) -> Possible {
        let evicts = self.evict_below.is_some();
        Possibility::Eviction.when(evicts)
            | Possibility::Restoration.when(evicts && self.restore != Restore::Never)
    }

    fn looks_at(&self, variable: Variable) -> bool {
        score::parse(&self.score).is_ok_and(|score| score.uses(variable))
    }

    fn origin(&self) -> Origin {
        Origin {
            system: "waiting rooms that re-evaluate active sessions",
            source: "what was observed of a concert on-sale that paused: eligibility by stability, retries, latency, \
                     concurrency and risk",
            leaves_out: "how a risk is found: it is drawn",
        }
    }
}

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    InLine,
    /// Its score was too low.
    Out,
    /// It was called, or has left.
    Gone,
}

/// One place.
struct PooledPlace {
    session: SessionId,
    standing: Standing,
    /// Its time counts from then on.
    since: Time,
    luck: u64,
    /// Its score when it was scored last, without what it has for waiting.
    timeless: f64,
}

/// Highest last: what a session would score had time 0 been now, its luck, and its place.
type Rank = (u64, u64, Reverse<u32>);

/// Everybody, by place; and those in line, by rank.
struct EligibilityPool {
    score: Score,
    admit_above: Option<f64>,
    evict_below: Option<f64>,
    restore: Restore,
    tick: Option<Span>,
    entries: Vec<PooledPlace>,
    order: BTreeSet<Rank>,
    /// When everybody is scored again.
    ticks_at: Option<Time>,
    /// Everybody is to be scored now.
    all_due: bool,
    /// When the first of those who wait scores enough, if nobody does.
    crosses_at: Option<Time>,
}

/// A number as a word of the same order.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Scores are finite; there is one zero.
fn finite(value: f64) -> f64 {
    value.clamp(f64::MIN, f64::MAX) + 0.0
}

impl EligibilityPool {
    fn rank(&self, place: u32) -> Rank {
        let entry = &self.entries[place as usize];
        let at_zero = entry.timeless - self.score.per_second() * entry.since.as_secs_f64();
        (ordered(finite(at_zero)), entry.luck, Reverse(place))
    }

    /// The score of a session at this instant.
    fn score_at(&self, timeless: f64, since: Time, now: Time) -> f64 {
        finite(timeless + self.score.per_second() * now.saturating_since(since).as_secs_f64())
    }

    fn is_too_low(&self, timeless: f64, since: Time, now: Time) -> bool {
        self.evict_below.is_some_and(|least| self.score_at(timeless, since, now) < least)
    }

    fn insert(&mut self, now: Time, place: u32) {
        self.order.insert(self.rank(place));
        if let (None, Some(tick)) = (self.ticks_at, self.tick) {
            self.ticks_at = Some(now + tick);
        }
    }

    /// When a session will score as much as this, if time alone brings it there: after now.
    fn crossing(&self, place: u32, score: f64, now: Time) -> Option<Time> {
        let entry = &self.entries[place as usize];
        let per_second = self.score.per_second();
        let wait_us = ((score - entry.timeless) / per_second * 1e6).ceil();
        let at = entry.since + Span::from_us(wait_us as u64);
        (per_second > 0.0 && at < Time::MAX).then(|| at.max(now + Span::from_us(1)))
    }
}

impl AdmissionPolicy for EligibilityPool {
    fn join(&mut self, now: Time, join: Join) -> Option<u32> {
        let ordinal = place(self.entries.len());
        let timeless = self.score.eval(&join.variables);
        let Join { session, luck, .. } = join;
        self.entries.push(PooledPlace { session, standing: Standing::InLine, since: now, luck, timeless });
        self.insert(now, ordinal);
        Some(ordinal)
    }

    fn next(&mut self, now: Time) -> Option<(SessionId, u32)> {
        let &(.., Reverse(place)) = self.order.last()?;
        let entry = &self.entries[place as usize];
        if let Some(least) = self.admit_above
            && self.score_at(entry.timeless, entry.since, now) < least
        {
            self.crosses_at = self.crossing(place, least, now);
            return None;
        }
        self.crosses_at = None;
        self.order.pop_last();
        let entry = &mut self.entries[place as usize];
        entry.standing = Standing::Gone;
        Some((entry.session, place))
    }

    fn ahead(&self, _place: u32) -> Option<u32> {
        None
    }

    fn on_leave(&mut self, place: u32) {
        if self.entries[place as usize].standing == Standing::InLine {
            self.order.remove(&self.rank(place));
            self.entries[place as usize].standing = Standing::Gone;
        }
    }

    fn rescore(&mut self, now: Time, place: u32, variables: &Variables) -> bool {
        let &PooledPlace { standing, since, timeless: before, .. } = &self.entries[place as usize];
        if standing != Standing::InLine {
            return true;
        }
        let timeless = self.score.eval(variables);
        let out = self.is_too_low(timeless, since, now);
        if out || timeless != before {
            self.order.remove(&self.rank(place));
            self.entries[place as usize].timeless = timeless;
        }
        if out {
            self.entries[place as usize].standing = Standing::Out;
        } else if timeless != before {
            self.insert(now, place);
        }
        !out
    }

    fn readmit(&mut self, now: Time, place: u32, variables: &Variables) -> bool {
        let &PooledPlace { standing, since, .. } = &self.entries[place as usize];
        let since = match self.restore {
            Restore::Never => return false,
            Restore::Anew => now,
            Restore::WithWait => since,
        };
        let timeless = self.score.eval(variables);
        if standing != Standing::Out || self.is_too_low(timeless, since, now) {
            return false;
        }
        let entry = &mut self.entries[place as usize];
        (entry.standing, entry.since, entry.timeless) = (Standing::InLine, since, timeless);
        self.insert(now, place);
        true
    }

    fn next_action_at(&self) -> Option<Time> {
        self.ticks_at.into_iter().chain(self.crosses_at).min()
    }

    fn act(&mut self, now: Time, _placed: &mut dyn FnMut(SessionId, u32)) {
        if self.crosses_at.is_some_and(|at| at <= now) {
            self.crosses_at = None;
        }
        if self.ticks_at.is_some_and(|at| at <= now) {
            self.all_due = !self.order.is_empty();
            self.ticks_at = self.tick.filter(|_| self.all_due).map(|tick| now + tick);
        }
    }

    fn scores_all(&mut self) -> bool {
        std::mem::take(&mut self.all_due)
    }
}

#[cfg(test)]
mod tests;
