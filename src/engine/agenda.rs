//! The agenda: everything that is still to happen, handed out in order.
//!
//! A chunked lazy calendar. Entries are filed unsorted, by time, into buckets; a bucket is sorted once, when its turn
//! comes. What is pushed into the bucket that is open already goes to a small heap beside it, so a hundred thousand
//! entries for one microsecond - the moment a sale opens - cost no more than any others. While few are pending the
//! heap holds them all. The width of the buckets follows the density of the entries.
//!
//! ```text
//!   push ──> before the front? ──> late: a heap ───────────────┐
//!        └─> calendar: near buckets, far piles ──open──> open ─┴─> pop: the smaller of the two
//!                                             (sort once)
//! ```
//!
//! What is deliberately absent: cancellation, and any memory of the order of pushes.

mod calendar;
mod chunks;
mod entry;
mod tuning;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Time;
use calendar::Calendar;
pub use entry::Entry;

/// At most this many entries are kept in the heap alone, which is faster for few.
const HEAP_MAX: usize = 512;
/// A calendar with fewer entries becomes a heap; well below [`HEAP_MAX`], or it would flutter.
const HEAP_BELOW: usize = 128;
/// Late comers beside the open bucket that make its width suspect.
const LATE_SUSPECT: usize = 1024;
/// Buckets opened between two looks at how full they were.
const BUCKETS_OBSERVED: usize = 64;
/// Fewest entries filed between two re-shapings that are not due to growth.
const RESHAPE_AFTER_MIN: usize = 1 << 14;

/// The entries that are pending, smallest first: see the [module](self).
pub struct Agenda {
    now: Time,
    /// The open bucket, sorted; those before `cursor` have been popped.
    open: Vec<Entry>,
    cursor: usize,
    late: BinaryHeap<Reverse<Entry>>,
    /// Entries before this are late: the calendar's front, or the end of time while the heap holds them all.
    late_before_us: u64,
    late_suspect: usize,
    calendar: Calendar,
    observed: Observed,
}

/// What happened since the shape of the calendar was last looked at.
#[derive(Default)]
struct Observed {
    buckets: usize,
    entries: usize,
    /// Entries filed since the last look.
    filed: usize,
    /// How many must be filed before the next one, so that looking costs a bounded share of the work.
    patience: usize,
    /// More entries than this make the calendar look again; so do fewer than `shrink_below`.
    grow_above: usize,
    shrink_below: usize,
}

impl Default for Agenda {
    fn default() -> Self {
        Self::new()
    }
}

impl Agenda {
    /// An empty agenda at time 0.
    pub fn new() -> Self {
        Self {
            now: Time::ZERO,
            open: Vec::new(),
            cursor: 0,
            late: BinaryHeap::new(),
            late_before_us: u64::MAX,
            late_suspect: HEAP_MAX,
            calendar: Calendar::new(),
            observed: Observed::default(),
        }
    }

    /// Adds an entry. It may sort before the one being handled, but not be of an earlier time.
    ///
    /// # Panics
    /// If its time is before [`Agenda::now`]: time never moves backward.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        assert!(entry.at() >= self.now, "time never moves backward: now is {:?}, pushed {entry:?}", self.now);
        self.observed.filed += 1;
        if entry.at().as_us() < self.late_before_us {
            self.late.push(Reverse(entry));
            if self.late.len() > self.late_suspect {
                self.on_many_late();
            }
        } else {
            self.calendar.insert(entry);
            if self.calendar.len() > self.observed.grow_above {
                self.reshape();
            }
        }
    }

    /// Takes the smallest of the entries that are pending at this moment.
    ///
    /// # Panics
    /// If time would move backward, which would be a bug of the agenda.
    #[inline]
    pub fn pop(&mut self) -> Option<Entry> {
        let entry = loop {
            match (self.open.get(self.cursor), self.late.peek()) {
                (None, None) => {
                    if !self.open_next() {
                        return None;
                    }
                }
                (Some(open), late) if late.is_none_or(|late| *open <= late.0) => {
                    self.cursor += 1;
                    break *open;
                }
                _ => break self.late.pop()?.0,
            }
        };
        assert!(entry.at() >= self.now, "time never moves backward: now is {:?}, popped {entry:?}", self.now);
        self.now = entry.at();
        Some(entry)
    }

    /// Time of the last entry popped; 0 before the first.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Time of the next entry to be popped, if there is one.
    pub fn next_at(&mut self) -> Option<Time> {
        loop {
            match (self.open.get(self.cursor), self.late.peek()) {
                (None, None) => {
                    if !self.open_next() {
                        return None;
                    }
                }
                (Some(open), late) => {
                    return Some(late.map_or(open.at(), |late| open.at().min(late.0.at())));
                }
                (None, Some(late)) => return Some(late.0.at()),
            }
        }
    }

    /// An entry that will probably be popped after `ahead` others, for prefetching. Best effort: late comers are
    /// overlooked, and there is none near the end of a bucket or while few are pending.
    #[inline]
    pub fn upcoming(&self, ahead: usize) -> Option<Entry> {
        self.open.get(self.cursor + ahead).copied()
    }

    /// Entries pending.
    pub fn len(&self) -> usize {
        self.open.len() - self.cursor + self.late.len() + self.calendar.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory held, in bytes, used or kept for use: about 20 an entry at a million, buckets being part full.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + (self.open.capacity() + self.late.capacity()) * size_of::<Entry>()
            + self.calendar.memory_bytes()
    }

    /// Opens the next bucket of the calendar; false if the calendar is empty.
    #[cold]
    fn open_next(&mut self) -> bool {
        self.look_at_shape();
        self.open.clear();
        self.cursor = 0;
        if !self.calendar.open_next(&mut self.open) {
            // Either all are in the heap now, or there is nothing.
            return !self.late.is_empty();
        }
        // A crowded bucket leaves a large buffer behind: give it back when an ordinary one follows.
        if self.open.capacity() > (64 * tuning::TARGET).max(8 * self.open.len()) {
            self.open.shrink_to(16 * tuning::TARGET);
        }
        self.open.sort_unstable();
        self.late_before_us = self.calendar.front_us();
        self.late_suspect = LATE_SUSPECT;
        self.observed.buckets += 1;
        self.observed.entries += self.open.len();
        true
    }

    /// Between two buckets: does the shape still suit the entries?
    fn look_at_shape(&mut self) {
        if self.calendar.len() < self.observed.shrink_below {
            self.reshape();
            return;
        }
        let seen = &mut self.observed;
        if seen.buckets < BUCKETS_OBSERVED && seen.entries < BUCKETS_OBSERVED * tuning::TARGET {
            return;
        }
        let a_bucket = seen.entries / seen.buckets;
        (seen.buckets, seen.entries) = (0, 0);
        let suits = (tuning::TARGET / 4..=tuning::TARGET * 4).contains(&a_bucket);
        if !suits && seen.filed >= seen.patience {
            self.reconsider();
        }
    }

    /// The heap of late comers has grown: the heap alone no longer does, or the open bucket may be too wide.
    #[cold]
    fn on_many_late(&mut self) {
        let heap_alone = self.late_before_us == u64::MAX;
        // A narrower bucket would not part entries that share the current microsecond.
        let of_this_tick = self.late_before_us <= self.now.as_us() + 1;
        let impatient = self.observed.filed >= self.observed.patience;
        if heap_alone || (impatient && !of_this_tick) {
            self.reshape();
        } else {
            self.late_suspect = 2 * self.late.len();
        }
    }

    /// Looks for a better shape, and becomes more patient each time there is none.
    fn reconsider(&mut self) {
        if self.suitable_shape() == self.calendar.shape() {
            let longest = 16 * self.len().max(RESHAPE_AFTER_MIN);
            self.observed.patience = (2 * self.observed.patience).min(longest);
            self.observed.filed = 0;
        } else {
            self.reshape();
        }
    }

    /// The shape that would suit what is pending now.
    fn suitable_shape(&self) -> calendar::Shape {
        let len = self.len();
        let stride = len / tuning::SAMPLES + 1;
        let mut times = Vec::with_capacity(len / stride + 3);
        let mut see = |entry: Entry| times.push(entry.at().as_us());
        self.calendar.sample(stride, &mut see);
        self.open[self.cursor..].iter().step_by(stride).for_each(|entry| see(*entry));
        self.late.iter().step_by(stride).for_each(|entry| see(entry.0));
        tuning::shape_for(len, &mut times, stride)
    }

    /// Files everything anew in the shape that suits it: in a calendar, or in the heap alone when there is little.
    #[cold]
    fn reshape(&mut self) {
        let len = self.len();
        if len < HEAP_BELOW {
            self.calendar.drain_into(&mut self.open);
            self.late.extend(self.open.drain(..).skip(self.cursor).map(Reverse));
            self.cursor = 0;
            self.late_before_us = u64::MAX;
            self.late_suspect = HEAP_MAX;
            self.observed = Observed::default();
            return;
        }
        let shape = self.suitable_shape();
        self.calendar.reshape(shape, self.now.as_us());
        for entry in self.open.drain(..).skip(self.cursor).chain(self.late.drain().map(|entry| entry.0)) {
            self.calendar.insert(entry);
        }
        self.cursor = 0;
        // An empty heap keeps no memory of the crowd it once held.
        self.late.shrink_to(HEAP_MAX);
        self.late_before_us = self.calendar.front_us();
        self.late_suspect = LATE_SUSPECT;
        self.observed = Observed {
            patience: len.max(RESHAPE_AFTER_MIN),
            grow_above: 4 * len,
            shrink_below: len / 4,
            ..Observed::default()
        };
    }
}

#[cfg(test)]
mod tests;
