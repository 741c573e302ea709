//! What clients saw against what the gateways' logs say, window by window. The counts are kept by `timeline.rs`.
//!
//! An attempt ends for its client when it is answered, or when the client's own timeout ends it; beacons that nobody
//! waits for are none, and whoever leaves while waiting has seen neither. A poll that changed nothing counts on both
//! sides in the window in which it was answered. What was dropped, closed, lost or aborted is in no log.

use super::recorder::share;
use super::{Definition, Recorder};
use crate::protocol::{Reply, StatusClass};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SILENT_OBSERVABILITY_GAP: &str = "silent.observability_gap";
    pub(crate) const SILENT_OBSERVABILITY_GAP_MAX: &str = "silent.observability_gap.max";
    pub(crate) const SILENT_GRAY_TIME: &str = "silent.gray_time";
    pub(crate) const AVAILABILITY_ATTEMPTS: &str = "availability.attempts";
    pub(crate) const AVAILABILITY_LOGGED: &str = "availability.logged";
}

/// Failures are worth an alarm from one in so many attempts: 5 % (Huang et al., Gray Failure, 2017).
const ALARM: u64 = 20;

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition::lower(
        names::SILENT_OBSERVABILITY_GAP,
        "1",
        "Failures that clients saw / attempts that ended for them, minus failures in the logs / replies in the logs \
         (0 where nothing was logged), -1..=1. A failure is a 5xx, a 429, an unreadable error or a client's timeout. Null \
         where no attempt ended.",
    ),
    Definition::lower(
        names::SILENT_OBSERVABILITY_GAP_MAX,
        "1",
        "That gap in the window of the timeline in which it hid most failures (gap x attempts); null where no attempt \
         ended.",
    ),
    Definition::lower(
        names::SILENT_GRAY_TIME,
        "s",
        "Windows of the timeline in which health looked green (no connection was closed by a gateway that is down, and \
         fewer than 5 % of the logged replies were failures) while at least 5 % of the attempts failed for clients.",
    ),
    Definition::higher(
        names::AVAILABILITY_ATTEMPTS,
        "1",
        "Attempts that ended without a failure for their client / attempts that ended, 0..=1; null where none ended.",
    ),
    Definition::higher(
        names::AVAILABILITY_LOGGED,
        "1",
        "Replies in the gateways' logs that are no failures / replies in the logs, 0..=1, as a dashboard has it; null \
         where nothing was logged.",
    ),
];

/// Does this reply, read or logged, say that the system failed? Refusals of the business do not.
pub(super) fn is_failure(reply: Reply) -> bool {
    reply.class() == StatusClass::ServerError || reply == Reply::RateLimited
}

/// The counts of one window, or of the whole sale.
#[derive(Clone, Copy, Default)]
pub(super) struct Window {
    /// Attempts that ended for their client.
    pub ended: u64,
    /// Of those, the ones that failed.
    pub failed: u64,
    /// Replies that left a gateway.
    pub logged: u64,
    /// Of those, the failures.
    pub logged_failed: u64,
    /// Connections closed by a gateway that is down.
    pub refused_by_down: u64,
}

impl Window {
    /// The observability gap; `None` where no attempt ended.
    fn gap(&self) -> Option<f64> {
        let logged = share(self.logged_failed, self.logged).unwrap_or(0.0);
        share(self.failed, self.ended).map(|seen| seen - logged)
    }

    /// Attempts that failed beyond the share that the logs show; fewer are negative.
    pub fn hidden(&self) -> f64 {
        self.gap().unwrap_or(0.0) * self.ended as f64
    }

    fn is_gray(&self) -> bool {
        let alarmed = self.logged > 0 && self.logged_failed * ALARM >= self.logged;
        let hurt = self.ended > 0 && self.failed * ALARM >= self.ended;
        hurt && !alarmed && self.refused_by_down == 0
    }

    fn add(&mut self, other: &Window) {
        self.ended += other.ended;
        self.failed += other.failed;
        self.logged += other.logged;
        self.logged_failed += other.logged_failed;
        self.refused_by_down += other.refused_by_down;
    }
}

/// Puts what these windows, each of this length, say.
pub(super) fn put(windows: &[Window], width_us: u64, recorder: &mut Recorder<'_>) {
    let mut all = Window::default();
    windows.iter().for_each(|window| all.add(window));
    let worst = windows
        .iter()
        .filter(|window| window.ended > 0)
        .max_by(|a, b| a.hidden().total_cmp(&b.hidden()))
        .copied()
        .unwrap_or_default();
    let gray = windows.iter().filter(|window| window.is_gray()).count() as u64;
    recorder.put(names::SILENT_OBSERVABILITY_GAP, all.gap()).over(all.ended);
    recorder.put(names::SILENT_OBSERVABILITY_GAP_MAX, worst.gap()).over(worst.ended);
    recorder.put(names::SILENT_GRAY_TIME, gray as f64 * width_us as f64 / 1e6).over(all.ended);
    recorder.put(names::AVAILABILITY_ATTEMPTS, share(all.ended - all.failed, all.ended)).over(all.ended);
    recorder
        .put(names::AVAILABILITY_LOGGED, share(all.logged - all.logged_failed, all.logged))
        .over(all.logged);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Window = Window { ended: 100, failed: 4, logged: 100, logged_failed: 4, refused_by_down: 0 };

    #[test]
    fn the_gap_is_the_difference_of_the_shares() {
        assert_eq!(CALM.gap(), Some(0.0));
        assert_eq!(Window { failed: 54, ..CALM }.gap(), Some(0.5));
        assert_eq!(Window { failed: 50, logged: 0, logged_failed: 0, ..CALM }.gap(), Some(0.5));
        assert_eq!(Window::default().gap(), None);
        assert_eq!(Window::default().hidden(), 0.0);
    }

    #[test]
    fn gray_is_hurt_while_health_looks_green() {
        assert!(!CALM.is_gray(), "4 % is no alarm on either side");
        assert!(Window { failed: 5, ..CALM }.is_gray());
        assert!(!Window { failed: 5, logged_failed: 5, ..CALM }.is_gray(), "the log shows it");
        assert!(!Window { failed: 5, refused_by_down: 1, ..CALM }.is_gray(), "a gateway is down");
        assert!(Window { failed: 5, logged: 0, logged_failed: 0, ..CALM }.is_gray(), "nothing was logged");
        assert!(!Window::default().is_gray());
    }
}
