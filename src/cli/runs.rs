//! What every command with many runs shares: how many at once, the bar over runs, being asked to stop, and where to go on.

use super::{ThreadPool, interrupt};
use crate::experiment::executor::Watcher;
use crate::experiment::seeds::SeedList;
use crate::model::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The options of every command with many runs.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RunsArgs {
    /// How many runs at once. Default: as many as there are cores.
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZero<usize>>,
}

impl RunsArgs {
    /// What does so many runs at once.
    pub(super) fn executor(&self) -> ThreadPool {
        self.jobs.map_or_else(ThreadPool::of_all_cores, |threads| ThreadPool { threads })
    }
}

/// Reads a list of seeds from the command line.
///
/// # Errors
/// What is wrong with it, and how to write it.
pub(super) fn seed_list(text: &str) -> Result<SeedList, String> {
    text.parse().map_err(|error: crate::experiment::seeds::NoSeeds| error.to_string())
}

/// Watches many runs: a bar on stderr, and being asked to stop, which lets the runs in hand come to their end.
pub(super) struct RunsProgress {
    bar: ProgressBar,
    /// Events handled by the runs that have ended, and by those in hand, by their numbers.
    ended: AtomicU64,
    in_hand: Mutex<Vec<(usize, u64)>>,
}

impl RunsProgress {
    /// Before the first of so many runs. Signals are listened to from now on.
    pub(super) fn new(runs: usize, shown: bool) -> RunsProgress {
        interrupt::listen();
        let bar = ProgressBar::new(runs as u64);
        bar.set_draw_target(if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() });
        let style = "{bar:24.cyan/dim} {pos} of {len} runs  {msg}  {eta} left";
        let style = ProgressStyle::with_template(style).expect("a well-formed template");
        bar.set_style(style.progress_chars("━━─"));
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        RunsProgress { bar, ended: AtomicU64::new(0), in_hand: Mutex::default() }
    }

    /// After the last run: takes the bar away, and says how many seconds it was there.
    pub(super) fn finish(&self) -> f64 {
        self.bar.finish_and_clear();
        self.bar.elapsed().as_secs_f64()
    }

    fn show_rate(&self, in_hand: &[(usize, u64)]) {
        let events =
            self.ended.load(Ordering::Relaxed) + in_hand.iter().map(|(_, events)| events).sum::<u64>();
        let rate = events as f64 / self.bar.elapsed().as_secs_f64().max(1e-9) / 1e6;
        let stopping = if interrupt::is_asked() { "  stopping after the runs in hand" } else { "" };
        self.bar.set_message(format!("{rate:.1} M events/s{stopping}"));
    }
}

impl Watcher for RunsProgress {
    fn stops(&self) -> bool {
        interrupt::is_asked()
    }

    fn progress(&self, run: usize, _progress: Progress, events: u64) {
        // A thread that panicked has no more to say; the others still count.
        let Ok(mut in_hand) = self.in_hand.lock() else { return };
        in_hand.retain(|(number, _)| *number != run);
        in_hand.push((run, events));
        self.show_rate(&in_hand);
    }

    fn ended(&self, run: usize) {
        let Ok(mut in_hand) = self.in_hand.lock() else { return };
        let events = in_hand.iter().find(|(number, _)| *number == run).map_or(0, |(_, events)| *events);
        in_hand.retain(|(number, _)| *number != run);
        self.ended.fetch_add(events, Ordering::Relaxed);
        self.show_rate(&in_hand);
        self.bar.inc(1);
    }
}
