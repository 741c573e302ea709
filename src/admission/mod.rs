//! Who goes next: the admission policies of a waiting room.
//!
//! A policy keeps the order of the line and decides who is next; it knows nothing of budgets, turns or requests,
//! sends nothing and touches no client. The waiting room (`model::backend::line`) executes.
//!
//! ```text
//!   called      budgets allow --next()--> that session has a turn, told when it polls     fifo, shuffle, lottery, lifo ...
//!   self-paced  a session polls --on_poll()--> it may enter now, if budgets allow         buckets, cursor, percentage
//! ```
//!
//! To add a policy, write one file like `fifo.rs` - `Config` with documented keys, where it comes from, the policy, its
//! unit tests - and add `mod x;` and one line to the registry below: scenario key, schema and listing follow.

mod batch_lottery;
mod coin_flip;
mod eligibility_pool;
mod fifo;
mod fifo_buckets;
mod lifo;
mod none;
mod per_person;
mod poll_cursor;
mod prequeue_shuffle;
mod priority;
mod random_draw;
mod risk_lanes;
mod serving_counter;
mod triggered_queue;

use crate::engine::random::Stream;
use crate::engine::time::{Span, Time};
use crate::expr::LineError;
use crate::protocol::{PersonId, Possible, SessionId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::expr::score::{Variable, Variables};

registry! {
    /// Which admission policy decides who goes next.
    Config:
    /// No line: whoever asks is inside. The race of a sale without a waiting room.
    None => none, "none";
    /// First come, first served, in the order in which joins were accepted.
    Fifo => fifo, "fifo";
    /// First come, first served by the minute: who stands in one minute's bucket enters as they ask, and the next
    /// bucket waits until the one before is empty.
    FifoBuckets => fifo_buckets, "fifo_buckets";
    /// Whoever joined before the opening gets a random place at the opening; later comers queue behind.
    PrequeueShuffle => prequeue_shuffle, "prequeue_shuffle";
    /// Each free slot is drawn among all who wait at that moment.
    RandomDraw => random_draw, "random_draw";
    /// No line: each request is let in with a fixed chance.
    CoinFlip => coin_flip, "coin_flip";
    /// Numbers are served in order, whether or not their holders are there.
    ServingCounter => serving_counter, "serving_counter";
    /// Numbers are served in order by a cursor that only moves when somebody in line asks.
    PollCursor => poll_cursor, "poll_cursor";
    /// Last come, first served.
    Lifo => lifo, "lifo";
    /// Classes of persons, one before the other, or by weight.
    Priority => priority, "priority";
    /// A random place at the opening for each person, whatever their tabs, devices and accounts.
    PerPerson => per_person, "per_person";
    /// Short rounds: whoever joins within one is shuffled with the others of it, and the rounds are served in order.
    BatchLottery => batch_lottery, "batch_lottery";
    /// Whoever scores highest, and everybody is scored again whenever they are heard of.
    EligibilityPool => eligibility_pool, "eligibility_pool";
    /// A risk scored at the join decides: a fast lane, a slow one, a lock-out, or in line for ever.
    RiskLanes => risk_lanes, "risk_lanes";
    /// No queue while the shop is healthy: it is switched on by slow or failed answers, and then first come, first served.
    TriggeredQueue => triggered_queue, "triggered_queue";
}

/// What a policy may do to those in line, besides ordering them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
pub struct Capabilities {
    /// It calls nobody: sessions enter as they ask, if [`AdmissionPolicy::on_poll`] says so.
    pub self_paced: bool,
    /// It looks at sessions again whenever they are heard of: [`AdmissionPolicy::rescore`].
    pub rescores: bool,
    /// It looks at sessions before they join: [`AdmissionPolicy::assess_join`].
    pub assesses_joins: bool,
    /// It may let sessions stand in line later than they joined.
    pub delays: bool,
}

/// What is wrong with a setting: (key, problem, remedy).
pub type Mistake = (&'static str, String, String);

/// Where a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The real system, or systems, that decide like this.
    pub system: &'static str,
    /// Where that is written.
    pub source: &'static str,
    /// What the real system does besides, and this does not.
    pub leaves_out: &'static str,
}

/// What a policy is built with, besides its own settings.
#[derive(Clone, Copy, Debug)]
pub struct BuildContext<'a> {
    /// What it draws for itself, by a number of its own.
    pub luck: Stream,
    /// When the sale opens.
    pub opens_at: Time,
    /// A place without contact for longer than this is given up.
    pub grace: Span,
    /// The names of the cohorts, by their number.
    pub cohorts: &'a [String],
}

impl Config {
    /// Builds the policy for one run; `None` where there is no line.
    pub fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>> {
        self.factory().build(context)
    }

    /// What is wrong with its settings, in a scenario with these cohorts.
    pub fn problems(&self, cohorts: &[&str]) -> Vec<Mistake> {
        self.factory().problems(cohorts)
    }

    /// The syntax errors of the expressions among its settings, by key.
    pub fn malformed(&self) -> Vec<(&'static str, LineError)> {
        self.factory().malformed()
    }

    /// What it may do to those in line, besides ordering them.
    pub fn capabilities(&self) -> Capabilities {
        self.factory().capabilities()
    }

    /// What can happen under it.
    pub fn possible(&self) -> Possible {
        self.factory().possible()
    }

    /// Its expressions use this variable; the room keeps no other.
    pub fn looks_at(&self, variable: Variable) -> bool {
        self.factory().looks_at(variable)
    }

    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        self.factory().origin()
    }

    /// It limits how many enter even where no budget does.
    pub fn limits_by_itself(&self) -> bool {
        matches!(self, Config::CoinFlip(_) | Config::PollCursor(_))
    }

    /// The room knows a person again whatever they come with, and each has one place.
    pub fn is_per_person(&self) -> bool {
        matches!(self, Config::PerPerson(_))
    }
}

/// A session joins the line.
#[derive(Clone, Copy, Debug)]
pub struct Join {
    /// Who joins.
    pub session: SessionId,
    /// The person in front of it.
    pub person: PersonId,
    /// The number of that person's cohort.
    pub cohort: u8,
    /// Its join was accepted at the edge before the opening.
    pub early: bool,
    /// The session's own luck under this policy: uniform over all words, the same however often it joins.
    pub luck: u64,
    /// What is known of it; nothing but what the policy looks at.
    pub variables: Variables,
}

/// A session in line polls for its position.
#[derive(Clone, Copy, Debug)]
pub struct PositionPoll {
    /// Its place.
    pub place: u32,
    /// The budgets let somebody in at this moment.
    pub may_enter: bool,
    /// This request's own draw, between 0 and 1.
    pub luck: f64,
}

/// What a policy answers to a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollOutcome {
    /// It stands where it stood.
    Waits,
    /// It has a turn from now on. Only where [`PositionPoll::may_enter`] says so.
    Enters,
    /// It was not heard of for too long, and its place is gone.
    Expired,
}

/// What a policy makes of a session that is about to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It is treated as usual.
    Usual,
    /// It will stand in a slow lane, so much later.
    Slowed(Span),
    /// It is out at once.
    LockedOut,
    /// It is told that it is in line, and has no place.
    KeptForEver,
}

/// What a policy wants to know of how the shop does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthWatch {
    /// The interval at which it is told, from the opening on; more than 0.
    pub every: Span,
    /// An answer that took longer is slow.
    pub slower_than: Span,
}

/// How the shop did since a policy was told the last time: shares of its answers, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShopHealth {
    /// Those that were slow.
    pub slow_share: f64,
    /// Those that failed: 5xx.
    pub error_share: f64,
}

/// What every policy's `Config` does: it is the policy's factory, and knows what settings make sense.
trait Build {
    /// The policy for one run; `None` where there is no line.
    fn build(&self, context: &BuildContext) -> Option<Box<dyn AdmissionPolicy>>;

    /// What is wrong with the settings, in a scenario with these cohorts.
    fn problems(&self, _cohorts: &[&str]) -> Vec<Mistake> {
        Vec::new()
    }

    /// The syntax errors of the expressions among the settings, by key.
    fn malformed(&self) -> Vec<(&'static str, LineError)> {
        Vec::new()
    }

    /// What the policy may do to those in line, besides ordering them.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// What can happen under the policy, beside what happens in every line.
    fn possible(&self) -> Possible {
        Possible::NONE
    }

    /// The policy's expressions use this variable.
    fn looks_at(&self, _variable: Variable) -> bool {
        false
    }

    /// Where the policy comes from.
    fn origin(&self) -> Origin;
}

/// Who goes next. Places are counted from 0; each session in line has one of its own.
pub trait AdmissionPolicy {
    /// A session is about to join: how is it treated? Called before [`AdmissionPolicy::join`], where the policy judges joins.
    fn assess_join(&mut self, _session: SessionId, _variables: &Variables) -> Treatment {
        Treatment::Usual
    }

    /// A session joins. Returns its place, or `None` if places are given later: at the opening, or by
    /// [`AdmissionPolicy::act`].
    fn join(&mut self, now: Time, join: Join) -> Option<u32>;

    /// The sale opens. Calls `placed(session, place)` for each place given at this instant, in order of place.
    fn open(&mut self, _now: Time, _placed: &mut dyn FnMut(SessionId, u32)) {}

    /// Takes the next session out of the line, with the place at which it is called. The waiting room skips those who
    /// left, were not heard of, or have another place by now.
    fn next(&mut self, now: Time) -> Option<(SessionId, u32)>;

    /// How many places are ahead of this one, leavers included; `None` where the policy knows no order.
    fn ahead(&self, place: u32) -> Option<u32>;

    /// A session in line asks where it stands. Called only where the policy goes by that.
    fn on_poll(&mut self, _now: Time, _ask: PositionPoll) -> PollOutcome {
        PollOutcome::Waits
    }

    /// Takes the next session whose place it has given up because it was not heard of, with that place. Called after
    /// each [`AdmissionPolicy::on_poll`] until there is none.
    fn next_expired(&mut self) -> Option<(SessionId, u32)> {
        None
    }

    /// The session that was called at this place, or that asked, has a turn.
    fn on_turn(&mut self, _place: u32) {}

    /// A session has left the line: it has a turn, was skipped, or said goodbye.
    fn on_leave(&mut self, _place: u32) {}

    /// It calls places whose holders are gone all the same, and they cost what a turn costs.
    fn calls_absent(&self) -> bool {
        false
    }

    /// The session in line at this place was heard of, or everybody is scored. Returns whether it stays in line.
    fn rescore(&mut self, _now: Time, _place: u32, _variables: &Variables) -> bool {
        true
    }

    /// The session at this place, which is not in line any more, asks again. Returns whether it is back in line.
    fn readmit(&mut self, _now: Time, _place: u32, _variables: &Variables) -> bool {
        false
    }

    /// Everybody in line is to be scored now. Asked after each [`AdmissionPolicy::act`].
    fn scores_all(&mut self) -> bool {
        false
    }

    /// It wants to be told how the shop does.
    fn health_watch(&self) -> Option<HealthWatch> {
        None
    }

    /// This is how the shop did since the last time (`None`: it answered nothing), and so many are in line. Called where the
    /// policy watches the shop.
    fn on_health(&mut self, _health: Option<ShopHealth>, _in_line: u32) {}

    /// Everybody in line enters now, whatever the budgets allow.
    fn passes_everybody(&self) -> bool {
        false
    }

    /// When it acts by itself next; `None`: not before the next join.
    fn next_action_at(&self) -> Option<Time> {
        None
    }

    /// It acts by itself. Calls `placed(session, place)` for each place given at this instant, in order of place.
    fn act(&mut self, _now: Time, _placed: &mut dyn FnMut(SessionId, u32)) {}
}

impl Default for Config {
    fn default() -> Config {
        Config::Fifo(fifo::Config::default())
    }
}

/// A place or a count of places, from a length of one of the lists in which they are kept.
fn place(index: usize) -> u32 {
    u32::try_from(index).expect("fewer joins than 2^32")
}

/// A ticket of a draw: the high half of the session's random word, then the session, so that sorting the tickets is the
/// draw.
fn ticket(join: &Join) -> u64 {
    (join.luck >> 32) << 32 | u64::from(join.session.0)
}

/// Whose ticket it is.
fn session_of(ticket: u64) -> SessionId {
    SessionId((ticket & u64::from(u32::MAX)) as u32)
}

/// What the unit tests of several policies need.
#[cfg(test)]
mod samples {
    use super::{AdmissionPolicy, Build, BuildContext, Join, PollOutcome, PositionPoll, Variables};
    use crate::engine::random::{Key, Purpose, Seeds, Stream};
    use crate::engine::time::{Span, Time};
    use crate::protocol::{PersonId, SessionId};

    /// The sale opens one minute after the beginning.
    pub(super) const OPENS_AT: Time = Time::from_us(60_000_000);

    pub(super) fn second(second: u64) -> Time {
        Time::ZERO + Span::from_secs(second)
    }

    pub(super) fn setting(cohorts: &[String]) -> BuildContext<'_> {
        let key: Key = Seeds::new(1, 1, 1).key(Purpose::Policy);
        BuildContext { luck: Stream::new(key, 7), opens_at: OPENS_AT, grace: Span::from_secs(300), cohorts }
    }

    pub(super) fn built(config: &dyn Build) -> Box<dyn AdmissionPolicy> {
        config.build(&setting(&[])).expect("it keeps a line")
    }

    /// A session of a person of its own, with this much luck in the high half.
    pub(super) fn join(session: u32, early: bool, luck: u64) -> Join {
        let person = PersonId(session);
        let (session, luck) = (SessionId(session), luck << 32);
        Join { session, person, cohort: 0, early, luck, variables: Variables::default() }
    }

    /// Everybody who is called at this instant, until nobody is.
    pub(super) fn called(policy: &mut dyn AdmissionPolicy) -> Vec<u32> {
        std::iter::from_fn(|| policy.next(OPENS_AT)).map(|(session, _)| session.0).collect()
    }

    /// May this place enter, where the budgets allow it?
    pub(super) fn asks(policy: &mut dyn AdmissionPolicy, now: Time, place: u32) -> PollOutcome {
        policy.on_poll(now, PositionPoll { place, may_enter: true, luck: 0.5 })
    }
}
