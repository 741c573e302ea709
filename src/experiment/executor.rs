//! Where many runs are done: the caller decides, and hands over an executor. Here is the sequential one; the one with
//! threads lives in `cli`. Neither the order nor the number of threads changes a result.

use crate::model::Progress;

/// Hears of many runs, from whatever thread does them. Runs have numbers from 0, in the order in which they are asked
/// for.
pub trait Watcher: Sync {
    /// No run is begun from now on; those in hand go on to their end.
    fn stops(&self) -> bool;
    /// A run has come so far, with so many events handled.
    fn progress(&self, run: usize, progress: Progress, events: u64);
    /// A run has ended.
    fn ended(&self, run: usize);
}

/// The watcher of whoever wants to hear nothing: it never stops a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {
    fn stops(&self) -> bool {
        false
    }

    fn progress(&self, _run: usize, _progress: Progress, _events: u64) {}

    fn ended(&self, _run: usize) {}
}

/// Does many runs that depend on nothing but their number: one after another, or several at once.
pub trait Executor {
    /// Calls `run` with each number below `runs`, the lowest first, tells the watcher of each that has ended, and
    /// returns what came of them in the order of their numbers; `None` where the watcher had stopped before a run began.
    fn execute<T: Send>(
        &self, runs: usize, watcher: &dyn Watcher, run: impl Fn(usize) -> T + Sync,
    ) -> Vec<Option<T>>;
}

/// One run after another, on the thread of the caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequential;

impl Executor for Sequential {
    fn execute<T: Send>(
        &self, runs: usize, watcher: &dyn Watcher, run: impl Fn(usize) -> T + Sync,
    ) -> Vec<Option<T>> {
        let each = |number| {
            let result = (!watcher.stops()).then(|| run(number))?;
            watcher.ended(number);
            Some(result)
        };
        (0..runs).map(each).collect()
    }
}
