//! What the backend kept for clients who had gone, and what it took from clients who had not.
//!
//! A *zombie session* is one that the backend still counts as in line, with a turn, or inside after its client has
//! stopped, until it finds out by itself; a goodbye that is received ends it without counting. An *orphaned hold* is seats
//! held for a client who has gone, until they run out or are sold. A *silent eviction* is a place, a turn or the time
//! inside that was taken from a person who was still there; its lag lasts until an answer says so.

use super::people::{News, People};
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Recorder};
use crate::engine::time::{Span, Time};
use crate::protocol::{Fact, Roster, SeatId, Truth};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const SILENT_EVICTIONS_LAG_P50: &str = "silent.evictions.lag.p50";
    pub(crate) const SILENT_EVICTIONS_LAG_P95: &str = "silent.evictions.lag.p95";
    pub(crate) const SILENT_ZOMBIE_SESSIONS: &str = "silent.zombie_sessions";
    pub(crate) const SILENT_ZOMBIE_SESSIONS_HOURS: &str = "silent.zombie_sessions.hours";
    pub(crate) const SILENT_EVICTIONS: &str = "silent.evictions";
    pub(crate) const SILENT_EVICTIONS_UNTOLD: &str = "silent.evictions.untold";
    pub(crate) const SILENT_EVICTIONS_LAG_MEAN: &str = "silent.evictions.lag.mean";
    pub(crate) const SALE_ORPHANED_HOLDS: &str = "sale.orphaned_holds";
    pub(crate) const SALE_ORPHANED_HOLDS_SEAT_HOURS: &str = "sale.orphaned_holds.seat_hours";
    pub(crate) const SALE_ORPHANED_HOLDS_UNSOLD: &str = "sale.orphaned_holds.unsold";
}

const LAG: [(u64, &str); 2] = [(50, names::SILENT_EVICTIONS_LAG_P50), (95, names::SILENT_EVICTIONS_LAG_P95)];

/// Sums, and what must be known of each seat (9 bytes).
pub(super) struct Orphans {
    zombies: u64,
    zombie_us: u64,
    taken: u64,
    lags_us: Vec<u64>,
    held_at: Vec<Time>,
    orphaned: u64,
    orphaned_us: u64,
    /// The seat came back from an orphaned hold when the sale or the line was closed, and was not sold since.
    came_back_late: Vec<bool>,
    closed: bool,
}

impl Metric for Orphans {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::SILENT_ZOMBIE_SESSIONS,
            "sessions",
            "Sessions that the backend kept in line, with a turn or inside after their client had stopped, until it found \
             out by itself (a goodbye that is received does not count).",
        ),
        Definition::lower(
            names::SILENT_ZOMBIE_SESSIONS_HOURS,
            "session-hours",
            "For how long, from the stop to the backend's finding out, over all of them.",
        ),
        Definition::lower(
            names::SILENT_EVICTIONS,
            "evictions",
            "Places, turns and times inside taken from a person who was still there and had no other session open.",
        ),
        Definition::lower(
            names::SILENT_EVICTIONS_UNTOLD,
            "evictions",
            "Of those, the ones of which no answer ever told.",
        ),
        Definition::lower(
            names::SILENT_EVICTIONS_LAG_MEAN,
            "s",
            "Mean time from an eviction to the first answer that told of it, over those told of; null of none.",
        ),
        Definition::lower(
            LAG[0].1,
            "s",
            "Median of that time, nearest rank; the untold count as infinite, and it is null where it is one of them.",
        )
        .or_never(),
        Definition::lower(LAG[1].1, "s", "95th percentile of that time; null as the median is.").or_never(),
        Definition::lower(
            names::SALE_ORPHANED_HOLDS,
            "seats",
            "Holds that ran out, or were sold, after their client had gone.",
        ),
        Definition::lower(
            names::SALE_ORPHANED_HOLDS_SEAT_HOURS,
            "seat-hours",
            "For how long those seats were held with no client there.",
        ),
        Definition::lower(
            names::SALE_ORPHANED_HOLDS_UNSOLD,
            "seats",
            "Seats never sold because such a hold ran out only when the line or the sale was closed.",
        ),
    ];

    fn new(roster: &Roster) -> Orphans {
        let seats = roster.seats as usize;
        Orphans {
            zombies: 0,
            zombie_us: 0,
            taken: 0,
            lags_us: Vec::new(),
            held_at: vec![Time::ZERO; seats],
            orphaned: 0,
            orphaned_us: 0,
            came_back_late: vec![false; seats],
            closed: false,
        }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, news: &News) {
        match *fact {
            Fact::Decided { .. } => {
                if let (Some((old, new)), Some(gone_for)) = (news.truth, news.gone_for) {
                    self.found_out(old, new, gone_for);
                }
                self.taken += u64::from(news.taken);
            }
            Fact::SeatHeld { seat, .. } => self.held_at[seat.index()] = at,
            Fact::SeatSold { seat, .. } => {
                self.orphan(at, seat, news.gone_for);
                self.came_back_late[seat.index()] = false;
            }
            Fact::SeatReturned { seat, expired: true, .. } => {
                self.orphan(at, seat, news.gone_for);
                self.came_back_late[seat.index()] |= self.closed && news.gone_for.is_some();
            }
            Fact::Closed {} | Fact::LineClosed { .. } => self.closed = true,
            _ => {}
        }
        if let Some(lag) = news.told_of_loss {
            self.lags_us.push(lag.as_us());
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let hours = |us: u64| us as f64 / 3.6e9;
        recorder.count(names::SILENT_ZOMBIE_SESSIONS, self.zombies);
        recorder.put(names::SILENT_ZOMBIE_SESSIONS_HOURS, hours(self.zombie_us)).over(self.zombies);
        let lags = Spread::new(self.lags_us);
        recorder.count(names::SILENT_EVICTIONS, self.taken);
        recorder.count(names::SILENT_EVICTIONS_UNTOLD, self.taken - lags.count()).over(self.taken);
        let mean = lags.mean().map(|us| us / 1e6);
        recorder.put(names::SILENT_EVICTIONS_LAG_MEAN, mean).over(lags.count());
        for (percent, name) in LAG {
            let lag = lags.percentile_among(percent, self.taken).map(seconds);
            recorder.put(name, lag).over(self.taken);
        }
        recorder.count(names::SALE_ORPHANED_HOLDS, self.orphaned);
        recorder.put(names::SALE_ORPHANED_HOLDS_SEAT_HOURS, hours(self.orphaned_us)).over(self.orphaned);
        let unsold = self.came_back_late.iter().filter(|late| **late).count() as u64;
        recorder.count(names::SALE_ORPHANED_HOLDS_UNSOLD, unsold).over(self.orphaned);
    }
}

impl Orphans {
    /// The backend's view of a session changed, so long after the session had stopped.
    fn found_out(&mut self, old: Truth, new: Truth, gone_for: Span) {
        let kept = |truth: Truth| {
            matches!(truth, Truth::Queued | Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying)
        };
        if kept(old) && !kept(new) && new != Truth::Left {
            self.zombies += 1;
            self.zombie_us += gone_for.as_us();
        }
    }

    /// A hold ended that had been orphaned for so long, or since it began.
    fn orphan(&mut self, at: Time, seat: SeatId, gone_for: Option<Span>) {
        if let Some(gone_for) = gone_for {
            self.orphaned += 1;
            self.orphaned_us += gone_for.min(at.saturating_since(self.held_at[seat.index()])).as_us();
        }
    }
}
