//! What the order of coming and the stock are counted with: dense ranks, and when nothing was left.

use super::People;
use crate::engine::time::Time;
use crate::protocol::SeatId;

/// Gives equal instants equal ranks, in order of time.
pub(super) struct Ranks {
    last: Time,
    rank: u32,
}

impl Ranks {
    pub(super) fn new() -> Ranks {
        Ranks { last: Time::ZERO, rank: 0 }
    }

    pub(super) fn of(&mut self, at: Time) -> u32 {
        assert!(at >= self.last, "acceptance is heard in order of time: {at} came after {}", self.last);
        self.rank += u32::from(at > self.last);
        self.last = at;
        self.rank
    }
}

/// A stock of seats and the instant at which none was left.
pub(super) struct Stock {
    pub(super) unsold: u32,
    /// Seats that are about to be sold once more.
    pub(super) sold_already: u32,
    pub(super) sold_out: Option<Time>,
}

impl Stock {
    pub(super) fn sell(&mut self, at: Time) {
        if self.sold_already > 0 {
            self.sold_already -= 1;
            return;
        }
        self.unsold = self.unsold.saturating_sub(1);
        if self.unsold == 0 && self.sold_out.is_none_or(|old| old < at) {
            self.sold_out = Some(at);
        }
    }

    /// A seat that was sold is for sale again.
    pub(super) fn take_back(&mut self) {
        self.unsold += 1;
        self.sold_out = None;
    }
}

impl People {
    pub(super) fn seat_sold(&mut self, at: Time, seat: SeatId) {
        self.band_of(seat).sell(at);
        self.house.sell(at);
    }

    pub(super) fn seat_cancelled(&mut self, seat: SeatId) {
        self.band_of(seat).take_back();
        self.house.take_back();
    }

    /// A seat is sold once more; `None` where it was no seat in particular.
    pub(super) fn seat_sold_twice(&mut self, seat: Option<SeatId>) {
        if let Some(seat) = seat {
            self.band_of(seat).sold_already += 1;
            self.house.sold_already += 1;
        }
    }

    fn band_of(&mut self, seat: SeatId) -> &mut Stock {
        let band = self.band_ends.partition_point(|end| *end <= seat.0);
        &mut self.bands[band]
    }
}
