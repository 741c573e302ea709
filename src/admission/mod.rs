//! Who goes next: the admission policies of a waiting room.
//!
//! A policy keeps the order of the line and decides who is next; it knows nothing of budgets, graces, turns
//! or requests, sends nothing and touches no client. The waiting room (`model::waiting_room`) executes.
//!
//! To add a policy, write one file like `fifo.rs` - `Config` with documented keys, the policy, its unit
//! tests - and add `mod x;` and one line to the registry below: scenario key, schema and listing follow.

mod fifo;
mod none;
mod prequeue_shuffle;

use crate::engine::time::Time;
use crate::protocol::SessionId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

registry! {
    /// Which admission policy decides who goes next.
    Config:
    /// No line: whoever asks is inside. The race of a sale without a waiting room.
    None => none, "none";
    /// First come, first served, in the order in which joins were accepted.
    Fifo => fifo, "fifo";
    /// Whoever joined before the opening gets a random place at the opening; later comers queue behind.
    PrequeueShuffle => prequeue_shuffle, "prequeue_shuffle";
}

impl Config {
    /// Builds the policy for one run; `None` where there is no line.
    pub fn build(&self) -> Option<Box<dyn AdmissionPolicy>> {
        self.factory().build()
    }
}

/// A session joins the line.
#[derive(Clone, Copy, Debug)]
pub struct Join {
    /// Who joins.
    pub session: SessionId,
    /// Its join was accepted at the edge before the opening.
    pub early: bool,
    /// The session's own luck under this policy: uniform over all words, the same however often it joins.
    pub luck: u64,
}

/// What every policy's `Config` does: it is the policy's factory.
trait Build {
    /// The policy for one run; `None` where there is no line.
    fn build(&self) -> Option<Box<dyn AdmissionPolicy>>;
}

/// Who goes next. Places are counted from 0.
pub trait AdmissionPolicy {
    /// A session joins. Returns its place, or `None` if places are given at the opening.
    fn join(&mut self, now: Time, join: Join) -> Option<u32>;

    /// The sale opens. Calls `placed(session, place)` for each place given at this instant, in order of place.
    fn open(&mut self, now: Time, placed: &mut dyn FnMut(SessionId, u32));

    /// Takes the next session out of the line, with the place at which it is called. The waiting room skips those who
    /// left, were not heard of, or have another place by now.
    fn next(&mut self, now: Time) -> Option<(SessionId, u32)>;

    /// How many places are ahead of this one, leavers included.
    fn ahead(&self, place: u32) -> u32;
}

impl Default for Config {
    fn default() -> Config {
        Config::Fifo(fifo::Config::default())
    }
}
