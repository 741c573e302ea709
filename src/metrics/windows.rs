//! Counts over simulated time in equal windows that coarsen by themselves: whatever the length of a sale, there
//! are at most [`WINDOWS`] of them, all of a round length and beginning at a multiple of it.

use crate::engine::time::Time;

/// As many windows as a chart can show.
const WINDOWS: usize = 240;

/// Lengths of a window, in seconds, each a multiple of the one before; then they double. They are round, so that
/// an opening at a whole minute begins a window, and the rush after it is not averaged with the calm before.
const LENGTHS_S: [u64; 9] = [1, 5, 10, 30, 60, 120, 240, 720, 3600];

/// Columns of counts, a row for each window.
pub(super) struct Windows {
    columns: usize,
    width_us: u64,
    /// The number of the first window; 0 begins at time 0.
    first: usize,
    cells: Vec<i64>,
    /// The window last written to: most facts fall into the one before them.
    from_us: u64,
    to_us: u64,
    row: usize,
}

impl Windows {
    /// No windows yet, and so many columns.
    pub fn new(columns: usize) -> Windows {
        let width_us = LENGTHS_S[0] * 1_000_000;
        Windows { columns, width_us, first: 0, cells: Vec::new(), from_us: 0, to_us: 0, row: 0 }
    }

    /// Adds to one column in the window of `at`.
    #[inline]
    pub fn add(&mut self, at: Time, column: usize, change: i64) {
        let at_us = at.as_us();
        if at_us < self.from_us || at_us >= self.to_us {
            self.turn_to(at_us);
        }
        self.cells[self.row + column] += change;
    }

    /// Where the first window begins, in microseconds since time 0.
    pub fn start_us(&self) -> u64 {
        self.first as u64 * self.width_us
    }

    /// How long each window is.
    pub fn width_us(&self) -> u64 {
        self.width_us
    }

    /// One column, a count for each window.
    pub fn counts(&self, column: usize) -> impl Iterator<Item = i64> {
        self.cells.chunks(self.columns).map(move |row| row[column])
    }

    /// One column, summed up to the end of each window.
    pub fn levels(&self, column: usize) -> impl Iterator<Item = i64> {
        self.counts(column).scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
    }

    /// Makes the window of this instant the one that is written to, adding windows or coarsening them.
    #[cold]
    fn turn_to(&mut self, at_us: u64) {
        let window = loop {
            let window = (at_us / self.width_us) as usize;
            if self.cells.is_empty() {
                self.first = window;
            }
            let (first, end) = (self.first.min(window), self.end().max(window + 1));
            if end - first <= WINDOWS {
                let before = (self.first - first) * self.columns;
                self.cells.splice(0..0, std::iter::repeat_n(0, before));
                self.cells.resize((end - first) * self.columns, 0);
                self.first = first;
                break window;
            }
            self.coarsen();
        };
        self.from_us = window as u64 * self.width_us;
        self.to_us = self.from_us + self.width_us;
        self.row = (window - self.first) * self.columns;
    }

    /// Makes windows longer: the parts of each new one are added up.
    fn coarsen(&mut self) {
        let longer = LENGTHS_S.iter().map(|s| s * 1_000_000).find(|us| *us > self.width_us);
        let longer = longer.unwrap_or(2 * self.width_us);
        let parts = (longer / self.width_us) as usize;
        let (first, end) = (self.first / parts, self.end().div_ceil(parts));
        let mut cells = vec![0; (end - first) * self.columns];
        for (window, old) in (self.first..).zip(self.cells.chunks(self.columns)) {
            let new = (window / parts - first) * self.columns;
            cells[new..].iter_mut().zip(old).for_each(|(sum, count)| *sum += count);
        }
        self.cells = cells;
        self.first = first;
        self.width_us = longer;
    }

    /// The number after that of the last window.
    fn end(&self) -> usize {
        self.first + self.cells.len() / self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_have_round_lengths_and_an_opening_at_a_whole_minute_begins_one() {
        let opening = 600_000_000;
        let mut windows = Windows::new(1);
        windows.add(Time::from_us(opening), 0, 1);
        windows.add(Time::from_us(opening - 1), 0, 1);
        assert_eq!((windows.start_us(), windows.width_us()), (599_000_000, 1_000_000));
        assert_eq!(windows.counts(0).collect::<Vec<_>>(), [1, 1]);
        windows.add(Time::from_us(3_600_000_000), 0, 1);
        assert_eq!((windows.start_us(), windows.width_us()), (570_000_000, 30_000_000));
        assert_eq!(windows.counts(0).take(2).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn each_length_is_a_multiple_of_the_one_before() {
        assert!(LENGTHS_S.windows(2).all(|pair| pair[1] % pair[0] == 0 && pair[1] > pair[0]));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_whatever_order_it_is_heard(
            times in prop::collection::vec(0_u64..20_000_000_000, 1..300), late in 0_u64..900_000_000_000,
        ) {
            let times: Vec<u64> = times.into_iter().chain([late]).collect();
            let mut windows = Windows::new(2);
            for at in &times {
                windows.add(Time::from_us(*at), 1, 1);
            }
            let counts: Vec<i64> = windows.counts(1).collect();
            prop_assert!(counts.len() <= WINDOWS);
            prop_assert_eq!(windows.counts(0).sum::<i64>(), 0);
            prop_assert_eq!(windows.levels(1).last(), Some(times.len().cast_signed() as i64));
            // Each window holds what fell between its ends.
            for (i, count) in (0_u64..).zip(counts) {
                let from = windows.start_us() + i * windows.width_us();
                let within = times.iter().filter(|at| **at >= from && **at < from + windows.width_us());
                prop_assert_eq!(count, within.count().cast_signed() as i64);
            }
        }
    }
}
