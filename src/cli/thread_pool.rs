//! Many runs over the cores of this machine. Threads are begun here and nowhere else.

use crate::experiment::executor::{Executor, Watcher};
use rayon::iter::{ParallelBridge, ParallelIterator};
use std::num::NonZero;

/// An executor that does so many runs at once.
#[derive(Clone, Copy, Debug)]
pub struct ThreadPool {
    /// The number of threads.
    pub threads: NonZero<usize>,
}

impl ThreadPool {
    /// As many threads as there are cores.
    pub fn of_all_cores() -> ThreadPool {
        ThreadPool { threads: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN) }
    }
}

impl Executor for ThreadPool {
    /// # Panics
    /// If there are no threads to be had.
    fn execute<T: Send>(
        &self, runs: usize, watcher: &dyn Watcher, run: impl Fn(usize) -> T + Sync,
    ) -> Vec<Option<T>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.threads.get().min(runs)).build();
        let pool = pool.expect("the system gives threads");
        let each = |number| {
            let result = (!watcher.stops()).then(|| run(number))?;
            watcher.ended(number);
            Some((number, result))
        };
        // A bridge hands the numbers out in order; a split range would begin in its middle.
        let mut done: Vec<(usize, T)> = pool.install(|| (0..runs).par_bridge().filter_map(each).collect());
        done.sort_by_key(|(number, _)| *number);
        let mut done = done.into_iter().peekable();
        (0..runs).map(|run| done.next_if(|(number, _)| *number == run).map(|(_, result)| result)).collect()
    }
}
