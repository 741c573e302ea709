//! Being asked to stop: Ctrl-C, a terminal that closes (SIGHUP), and whoever ends processes in an orderly way (SIGTERM).
//! All three keep the same: what has ended by then is written and told. A second Ctrl-C ends the process at once.

use super::Failure;
use super::failure::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Somebody has asked: no run is begun from now on.
static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Listens from now on, in all of this process. A listener that the system refuses is not there: the signal then ends
/// the process, and what has ended is found in the stage.
pub(super) fn listen() {
    ASKED.get_or_init(|| {
        let asked = Arc::new(AtomicBool::new(false));
        listen_with(&asked);
        asked
    });
}

/// Was it asked to stop?
pub(super) fn is_asked() -> bool {
    ASKED.get().is_some_and(|asked| asked.load(Ordering::Relaxed))
}

/// The command was broken off: what has become of what it did, and how to go on.
pub(super) fn interrupted(problem: impl Into<String>, remedy: impl Into<String>) -> Failure {
    Failure::Other { code: exit::INTERRUPTED, problem: problem.into(), remedy: remedy.into() }
}

#[cfg(unix)]
fn listen_with(asked: &Arc<AtomicBool>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag::{register, register_conditional_shutdown};
    // In this order: the second Ctrl-C finds the flag that the first one set.
    let _ = register_conditional_shutdown(SIGINT, exit::INTERRUPTED.into(), Arc::clone(asked));
    let _ = register(SIGINT, Arc::clone(asked));
    let _ = register(SIGTERM, Arc::clone(asked));
    // `nohup` asks for a process that outlives its terminal.
    if !is_ignored(SIGHUP) {
        let _ = register(SIGHUP, Arc::clone(asked));
    }
}

/// Does this process ignore a signal? Told by Linux alone without a call that is unsafe; elsewhere nobody knows.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

#[cfg(not(unix))]
fn listen_with(asked: &Arc<AtomicBool>) {
    let asked = Arc::clone(asked);
    let _ = ctrlc::set_handler(move || {
        if asked.swap(true, Ordering::Relaxed) {
            std::process::exit(exit::INTERRUPTED.into());
        }
    });
}
