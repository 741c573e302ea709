//! How available the system was to its users (Hauer et al., Meaningful Availability, NSDI 2020).
//!
//! A user is one session. It is up from an attempt that was served until the next that failed, and down from there until
//! the next that was served; before the first attempt ended, and after the session stopped or the horizon cut it off, it
//! is neither. What a failure is, `observability.rs` says.
//!
//! ```text
//!   user-uptime = sum of uptime / sum of uptime and downtime
//!   windowed    = the smallest such ratio over all windows of one length (the minimal cumulative ratio)
//! ```

use super::people::{News, People, Service};
use super::windows::Windows;
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Roster};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const AVAILABILITY_WINDOWED_10S: &str = "availability.windowed.10s";
    pub(crate) const AVAILABILITY_WINDOWED_1M: &str = "availability.windowed.1m";
    pub(crate) const AVAILABILITY_WINDOWED_12M: &str = "availability.windowed.12m";
    pub(crate) const AVAILABILITY_WINDOWED_1H: &str = "availability.windowed.1h";
    pub(crate) const AVAILABILITY_USER_UPTIME: &str = "availability.user_uptime";
}

/// Lengths of the windows, in seconds: multiples of the lengths that windows of counts have.
const WINDOWED: [(u64, &str); 4] = [
    (10, names::AVAILABILITY_WINDOWED_10S),
    (60, names::AVAILABILITY_WINDOWED_1M),
    (720, names::AVAILABILITY_WINDOWED_12M),
    (3600, names::AVAILABILITY_WINDOWED_1H),
];

/// Columns: changes of how many sessions are up (down), and each change times its instant in milliseconds. From both
/// follows the time spent up (down) in a window, however windows coarsen.
const UP: usize = 0;
const DOWN: usize = 2;
const COLUMNS: usize = 4;

const fn windowed(place: usize, doc: &'static str) -> Definition {
    Definition::higher(WINDOWED[place].1, "1", doc)
}

/// Changes by window.
pub(super) struct Availability {
    windows: Windows,
    horizon: Time,
}

impl Metric for Availability {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::higher(
            names::AVAILABILITY_USER_UPTIME,
            "1",
            "Time that sessions were served / time that they were served or failed, 0..=1 (Hauer et al., NSDI 2020): \
             served from an attempt without a failure to the next with one, and the other way round, until the session \
             stopped. Null where no attempt ended before its session did.",
        ),
        windowed(
            0,
            "The smallest such ratio over windows of 10 s, 0..=1, between the first end of an attempt and the last change; \
             null where windows of the sale are not as fine, or the user-uptime is null.",
        ),
        windowed(1, "The same over windows of a minute."),
        windowed(2, "The same over windows of 12 minutes; a shorter sale is one window."),
        windowed(3, "The same over windows of an hour; a shorter sale is one window."),
    ];

    fn new(roster: &Roster) -> Availability {
        Availability { windows: Windows::new(COLUMNS), horizon: roster.horizon }
    }

    #[inline]
    fn hear(&mut self, at: Time, _fact: &Fact, news: &News) {
        if let Some((before, now)) = news.served {
            self.change(at, before, -1);
            self.change(at, now, 1);
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let (up, down) = (self.spent(UP), self.spent(DOWN));
        let (all_up, all_down): (i128, i128) = (up.iter().sum(), down.iter().sum());
        recorder.put(names::AVAILABILITY_USER_UPTIME, ratio(all_up, all_down));
        let width_us = self.windows.width_us();
        for (seconds, name) in WINDOWED {
            let parts = usize::try_from(seconds * 1_000_000 / width_us).expect("few windows");
            let fits = seconds * 1_000_000 % width_us == 0;
            let smallest = fits.then(|| minimal_cumulative_ratio(&up, &down, parts)).flatten();
            recorder.put(name, smallest);
        }
    }
}

impl Availability {
    fn change(&mut self, at: Time, service: Service, change: i64) {
        let column = match service {
            Service::Idle => return,
            Service::Up => UP,
            Service::Down => DOWN,
        };
        // What is still heard after the horizon finds a session that is over.
        let at = at.min(self.horizon);
        let at_ms = (at.as_us() / 1000).cast_signed();
        self.windows.add(at, column, change);
        self.windows.add(at, column + 1, change * at_ms);
    }

    /// Milliseconds that all sessions together spent up (down), window by window.
    fn spent(&self, column: usize) -> Vec<i128> {
        let width_ms = i128::from(self.windows.width_us() / 1000);
        let changes = self.windows.counts(column).zip(self.windows.counts(column + 1));
        let (mut begin_ms, mut level) = (i128::from(self.windows.start_us() / 1000), 0_i128);
        changes
            .map(|(change, moment_ms)| {
                let end_ms = begin_ms + width_ms;
                let (change, moment_ms) = (i128::from(change), i128::from(moment_ms));
                let spent = level * width_ms + change * end_ms - moment_ms;
                (begin_ms, level) = (end_ms, level + change);
                // Whoever leaves on hearing news while an answer is on its way is gone before it comes: its time is
                // negative, and where hardly anybody else is there, so is the sum.
                spent.max(0)
            })
            .collect()
    }
}

fn ratio(up: i128, down: i128) -> Option<f64> {
    (up + down > 0).then(|| up as f64 / (up + down) as f64)
}

/// The smallest ratio over runs of so many windows, or over all where there are fewer.
fn minimal_cumulative_ratio(up: &[i128], down: &[i128], windows: usize) -> Option<f64> {
    let length = windows.min(up.len()).max(1);
    let ratios = up.windows(length).zip(down.windows(length));
    ratios.filter_map(|(up, down)| ratio(up.iter().sum(), down.iter().sum())).min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{expected, oracle};
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_us(seconds * 1_000_000)
    }

    /// Sessions that change from one to the next at these seconds.
    fn told(changes: &[(u64, Service, Service)]) -> Availability {
        let mut family = Availability { windows: Windows::new(COLUMNS), horizon: Time::MAX };
        for (second, before, now) in changes {
            family.change(at(*second), *before, -1);
            family.change(at(*second), *now, 1);
        }
        family
    }

    #[test]
    fn user_uptime_counts_neither_the_inactive_nor_users_alike() {
        let case = oracle("user_uptime_example");
        let (idle, up, down) = (Service::Idle, Service::Up, Service::Down);
        let family = told(&[
            (0, idle, up),
            (100, up, idle),
            (0, idle, up),
            (60, up, down),
            (100, down, idle),
            (50, idle, down),
            (100, down, idle),
        ]);
        let sum = |column: usize| family.spent(column).iter().sum::<i128>();
        assert_eq!((sum(UP), sum(DOWN)), (160_000, 90_000));
        assert_eq!(ratio(sum(UP), sum(DOWN)), Some(expected(&case, "user_uptime")));
    }

    #[test]
    fn the_minimal_cumulative_ratio_is_that_of_the_worst_window() {
        let case = oracle("mcr_example");
        let (idle, up, down) = (Service::Idle, Service::Up, Service::Down);
        // The last window holds the instant of the end alone.
        let family = told(&[(0, idle, up), (40, up, down), (50, down, up), (100, up, idle)]);
        let (ups, downs) = (family.spent(UP), family.spent(DOWN));
        assert_eq!((ups.len(), ups[100]), (101, 0));
        for length in [5, 10, 20, 50, 100] {
            let smallest = minimal_cumulative_ratio(&ups[..100], &downs[..100], length);
            assert_eq!(smallest, Some(expected(&case, &format!("mcr_{length}"))));
        }
    }

    #[test]
    fn time_spent_survives_the_coarsening_of_windows() {
        let (idle, up, down) = (Service::Idle, Service::Up, Service::Down);
        let family =
            told(&[(3, idle, up), (1000, up, down), (5000, down, idle), (4, idle, down), (9999, down, idle)]);
        assert!(family.windows.width_us() > 1_000_000);
        let sum = |column: usize| family.spent(column).iter().sum::<i128>();
        assert_eq!((sum(UP), sum(DOWN)), (997_000, 4_000_000 + 9_995_000));
    }

    #[test]
    fn nobody_gives_no_ratio_and_a_short_sale_is_one_window() {
        assert_eq!(ratio(0, 0), None);
        assert_eq!(minimal_cumulative_ratio(&[], &[], 5), None);
        assert_eq!(minimal_cumulative_ratio(&[1, 0], &[0, 3], 5), Some(0.25));
    }
}
