//! Whom a station serves: the disciplines of its queue.
//!
//! A discipline keeps the requests that wait and decides which is served next, and which is dropped unserved. It
//! knows what a real server can know of a request: when it came, and whether its connection has been closed since.
//! It serves and answers nobody itself; the station (`model::station`) executes.
//!
//! To add a discipline, write one file like `fifo.rs` - `Config` with documented keys, the discipline, its unit
//! tests - and add `mod x;` and one line to the registry below: scenario key, schema and listing follow.

mod drop_expired;
mod fifo;

use crate::engine::time::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

registry! {
    /// Which discipline decides whom a station serves next.
    Config:
    /// First come, first served, whether or not the client still waits for the answer.
    Fifo => fifo, "fifo";
    /// First come, first served; whoever is known to have gone is dropped unserved when the turn comes.
    DropExpired => drop_expired, "drop_expired";
}

impl Config {
    /// An empty queue under this discipline.
    pub fn build(&self) -> Box<dyn Discipline> {
        self.factory().build()
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::Fifo(fifo::Config::default())
    }
}

/// What every discipline's `Config` does: it is the discipline's factory.
trait Build {
    /// An empty queue.
    fn build(&self) -> Box<dyn Discipline>;
}

/// What becomes of the request that was taken out of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is served.
    Serve(u32),
    /// It is dropped, unserved, at no server's time.
    Drop(u32),
}

/// Whom a station serves. A request is a number that means nothing to the discipline.
pub trait Discipline {
    /// A request begins to wait.
    fn push(&mut self, now: Time, request: u32);

    /// A server is free: takes one request out of the queue; `None` if none waits. After a drop it is asked again.
    ///
    /// `is_gone(request)`: the station knows that nobody waits for the answer any more, because the gateway has closed
    /// the connection: its 504 has left, or the client's abort has reached it. A client that has gone without the
    /// gateway's knowing is not gone.
    fn pop(&mut self, now: Time, is_gone: &dyn Fn(u32) -> bool) -> Option<Next>;

    /// How many wait, those included who have gone and are still in the queue.
    fn waiting(&self) -> usize;
}
