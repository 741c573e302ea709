//! The seats: which are free, held, sold or shared, in bands and shards; and who waits for one. What is done with them is in
//! `inventory.rs`.

use crate::engine::Time;
use crate::model::backend::requests::RequestRef;
use crate::protocol::{BandId, Roster, SeatId};
use crate::scenario::plan::{CohortPlan, Concurrency};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// Every seat, and who waits for one.
pub(in crate::model) struct Inventory {
    /// The price bands, each in as many parts as there are shards.
    bands: Vec<Band>,
    /// Shards of each band, 1 or more.
    pub(in crate::model) shards: usize,
    /// Whoever finds too little in their own shard looks in the next ones.
    looks_elsewhere: bool,
    /// Free seats, one bit each, best seat first.
    free: Vec<u64>,
    /// Seats that belong to more than the stock knows of: to so many beyond one, or beyond none where it is free.
    shared: BTreeMap<u32, u32>,
    /// Seats sold, one bit each; empty where no seat can come to belong to several.
    bought: Vec<u64>,
    /// Changes of what is free.
    writes: u64,
    pub(in crate::model) sold: u32,
    pub(in crate::model) next_serial: u32,
    /// Hold requests that wait for a seat to come back, in order.
    pub(in crate::model) waiting_holds: VecDeque<RequestRef>,
    /// When the last seat was sold.
    pub(in crate::model) sold_out_at: Option<Time>,
}

/// How many seats an order is for.
#[derive(Clone, Copy)]
pub(in crate::model) struct OrderSize {
    pub(in crate::model) most: usize,
    /// Rather none than fewer.
    pub(in crate::model) least: usize,
}

impl OrderSize {
    pub(in crate::model) fn of(cohort: &CohortPlan) -> OrderSize {
        OrderSize { most: usize::from(cohort.wants), least: usize::from(cohort.least) }
    }
}

/// One price band, or one shard of it.
struct Band {
    first: u32,
    end: u32,
    free: u32,
    held: u32,
    /// No seat of the band before this one is free.
    search_from: u32,
}

impl Band {
    fn new(first: u32, end: u32) -> Band {
        Band { first, end, free: end - first, held: 0, search_from: first }
    }
}

impl Inventory {
    pub(in crate::model) fn new(roster: &Roster, concurrency: Concurrency) -> Inventory {
        let (shards, looks_elsewhere) = match concurrency {
            Concurrency::Sharded(sharded) => (u32::from(sharded.shards.get()), sharded.looks_elsewhere),
            _ => (1, false),
        };
        let parts = roster.bands.iter().flat_map(|band| {
            let seats = u64::from(band.seats.end - band.seats.start);
            let start =
                move |part: u32| band.seats.start + (seats * u64::from(part) / u64::from(shards)) as u32;
            (0..shards).map(move |part| Band::new(start(part), start(part + 1)))
        });
        let sells_twice = matches!(concurrency, Concurrency::Unsafe(_) | Concurrency::PreDeduct(_));
        let words = (roster.seats as usize).div_ceil(64);
        Inventory {
            bands: parts.collect(),
            shards: shards as usize,
            looks_elsewhere,
            free: vec![u64::MAX; words],
            shared: BTreeMap::new(),
            bought: vec![0; if sells_twice { words } else { 0 }],
            writes: 0,
            sold: 0,
            next_serial: 0,
            waiting_holds: VecDeque::new(),
            sold_out_at: None,
        }
    }

    /// Seats sold.
    pub(in crate::model) fn sold(&self) -> u32 {
        self.sold
    }

    /// When the last seat was sold, if it was.
    pub(in crate::model) fn sold_out_at(&self) -> Option<Time> {
        self.sold_out_at
    }

    /// The seats of the band (of the house).
    pub(in crate::model) fn seats_of(&self, band: Option<BandId>) -> Range<u32> {
        let parts = &self.bands[self.range(band)];
        parts.first().map_or(0, |part| part.first)..parts.last().map_or(0, |part| part.end)
    }

    /// Which of 64 neighbours are free, one bit each. Beyond the last seat it says nothing.
    pub(in crate::model) fn free_word(&self, word: usize) -> u64 {
        self.free[word]
    }

    pub(in crate::model) fn is_free(&self, seat: SeatId) -> bool {
        self.free[seat.index() / 64] >> (seat.0 % 64) & 1 == 1
    }

    /// Does a seat that is free belong to somebody nevertheless, or one that is taken to several?
    pub(in crate::model) fn is_shared(&self, seat: SeatId) -> bool {
        self.shared.contains_key(&seat.0)
    }

    /// How often it has changed what is free.
    pub(in crate::model) fn writes(&self) -> u64 {
        self.writes
    }

    /// The parts of the band (of the house), best first.
    fn range(&self, band: Option<BandId>) -> Range<usize> {
        match band {
            Some(band) => band.index() * self.shards..(band.index() + 1) * self.shards,
            None => 0..self.bands.len(),
        }
    }

    /// Those of them in which whoever is bound to a shard looks, in the order in which they do.
    fn parts(&self, band: Option<BandId>, shard: u16) -> impl Iterator<Item = usize> + use<> {
        let shards = self.shards;
        let looked_at = if self.looks_elsewhere { shards } else { 1 };
        self.range(band).step_by(shards).flat_map(move |first| {
            (0..looked_at).map(move |next| first + (usize::from(shard) + next) % shards)
        })
    }

    pub(in crate::model) fn free_in(&self, band: Option<BandId>) -> u32 {
        self.bands[self.range(band)].iter().map(|band| band.free).sum()
    }

    /// All seats of the band (of the house) are sold.
    pub(in crate::model) fn is_gone(&self, band: Option<BandId>) -> bool {
        self.bands[self.range(band)].iter().all(|band| band.free + band.held == 0)
    }

    /// Too many of them are for an order of this size.
    pub(in crate::model) fn is_gone_for(&self, band: Option<BandId>, size: OrderSize) -> bool {
        let unsold: u32 = self.bands[self.range(band)].iter().map(|band| band.free + band.held).sum();
        (unsold as usize) < size.least
    }

    /// Too many of those are that whoever is bound to a shard can see.
    pub(in crate::model) fn is_gone_in(&self, band: Option<BandId>, shard: u16, size: OrderSize) -> bool {
        let parts = self.parts(band, shard).map(|part| &self.bands[part]);
        let unsold: u32 = parts.map(|band| band.free + band.held).sum();
        (unsold as usize) < size.least
    }

    /// Holds the best free seats of the band (of the house) that whoever is bound to a shard can see, as many as the order
    /// is for; none if there are too few.
    pub(in crate::model) fn take(
        &mut self, band: Option<BandId>, shard: u16, size: OrderSize,
    ) -> Vec<SeatId> {
        let mut taken = Vec::new();
        let free: u32 = self.parts(band, shard).map(|part| self.bands[part].free).sum();
        if (free as usize) < size.least {
            return taken;
        }
        for part in self.parts(band, shard) {
            while taken.len() < size.most && self.bands[part].free > 0 {
                let seat = self.first_free(part, self.bands[part].search_from);
                self.mark_held(part, seat);
                self.bands[part].search_from = seat + 1;
                taken.push(SeatId(seat));
            }
        }
        taken
    }

    fn mark_held(&mut self, part: usize, seat: u32) {
        self.free[seat as usize / 64] &= !(1 << (seat % 64));
        let band = &mut self.bands[part];
        band.free -= 1;
        band.held += 1;
        self.writes += 1;
    }

    /// The seats that `take` would take from an undivided stock.
    pub(in crate::model) fn look(&self, band: Option<BandId>, size: OrderSize) -> Vec<SeatId> {
        let mut seen = Vec::new();
        if (self.free_in(band) as usize) < size.least {
            return seen;
        }
        for (part, band) in self.range(band).map(|part| (part, &self.bands[part])) {
            let mut from = band.search_from;
            for _ in 0..band.free.min((size.most - seen.len()) as u32) {
                let seat = self.first_free(part, from);
                from = seat + 1;
                seen.push(SeatId(seat));
            }
        }
        seen
    }

    /// Holds a seat, whether or not it is free. Returns whether it belonged to somebody.
    pub(in crate::model) fn claim(&mut self, seat: SeatId) -> bool {
        let part = self.part_of(seat);
        if self.is_free(seat) {
            self.mark_held(part, seat.0);
            return self.is_shared(seat);
        }
        self.bands[part].held += 1;
        self.writes += 1;
        *self.shared.entry(seat.0).or_default() += 1;
        true
    }

    /// The best free seat of a part, from this one on, where there is one.
    fn first_free(&self, part: usize, from: u32) -> u32 {
        let end = self.bands[part].end;
        let mut word = from as usize / 64;
        let mut bits = self.free[word] & (u64::MAX << (from % 64));
        while bits == 0 {
            word += 1;
            bits = self.free[word];
        }
        let seat = word as u32 * 64 + bits.trailing_zeros();
        assert!(seat < end, "a band with free seats has a first one");
        seat
    }

    fn part_of(&self, seat: SeatId) -> usize {
        self.bands.partition_point(|band| band.end <= seat.0)
    }

    /// A hold of a seat ends. Returns whether the seat still belongs to somebody else, so that it is not free.
    pub(in crate::model) fn give_back(&mut self, seat: SeatId) -> bool {
        self.writes += 1;
        let part = self.part_of(seat);
        let band = &mut self.bands[part];
        debug_assert!(seat.0 >= band.first);
        band.held -= 1;
        if let Some(beyond) = self.shared.get_mut(&seat.0) {
            *beyond -= 1;
            let beyond = *beyond;
            if beyond == 0 {
                self.shared.remove(&seat.0);
            }
            // A seat that the stock has forgotten is free already.
            return beyond > 0 || !self.is_free(seat);
        }
        self.mark_free(part, seat);
        false
    }

    fn mark_free(&mut self, part: usize, seat: SeatId) {
        self.free[seat.index() / 64] |= 1 << (seat.0 % 64);
        let band = &mut self.bands[part];
        band.free += 1;
        band.search_from = band.search_from.min(seat.0);
    }

    /// The stock forgets that a seat is taken: it is free, beside whoever has it.
    pub(in crate::model) fn forget_hold(&mut self, seat: SeatId) {
        self.writes += 1;
        *self.shared.entry(seat.0).or_default() += 1;
        self.mark_free(self.part_of(seat), seat);
        self.sold_out_at = None;
    }

    /// The stock forgets that a seat came back: it is not free, and nobody has it.
    pub(in crate::model) fn forget_return(&mut self, seat: SeatId) {
        self.writes += 1;
        let part = self.part_of(seat);
        self.free[seat.index() / 64] &= !(1 << (seat.0 % 64));
        self.bands[part].free -= 1;
    }

    /// A held seat is sold. Returns whether it had been sold to somebody else before.
    pub(in crate::model) fn commit(&mut self, seat: SeatId) -> bool {
        let part = self.part_of(seat);
        self.bands[part].held -= 1;
        self.sold += 1;
        let Some(bought) = self.bought.get_mut(seat.index() / 64) else { return false };
        let bit = 1 << (seat.0 % 64);
        let before = *bought & bit != 0;
        *bought |= bit;
        before
    }

    /// A sold seat is free again.
    pub(in crate::model) fn uncommit(&mut self, seat: SeatId) {
        let part = self.part_of(seat);
        self.bands[part].held += 1;
        self.give_back(seat);
        self.sold -= 1;
        self.sold_out_at = None;
    }
}

#[cfg(test)]
impl Inventory {
    /// So many seats of one price.
    pub(in crate::model) fn of_one_band(seats: u32) -> Inventory {
        Inventory::of_bands(&[(0, seats)])
    }

    fn of_bands(bands: &[(u32, u32)]) -> Inventory {
        let seats = bands.last().map_or(0, |band| band.1) as usize;
        Inventory {
            bands: bands.iter().map(|&(first, end)| Band::new(first, end)).collect(),
            shards: 1,
            looks_elsewhere: false,
            free: vec![u64::MAX; seats.div_ceil(64)],
            shared: BTreeMap::new(),
            bought: vec![0; seats.div_ceil(64)],
            writes: 0,
            sold: 0,
            next_serial: 0,
            waiting_holds: VecDeque::new(),
            sold_out_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(bands: &[(u32, u32)]) -> Inventory {
        Inventory::of_bands(bands)
    }

    fn up_to(most: usize) -> OrderSize {
        OrderSize { most, least: 1 }
    }

    fn all_of(seats: usize) -> OrderSize {
        OrderSize { most: seats, least: seats }
    }

    fn numbers(seats: &[SeatId]) -> Vec<u32> {
        seats.iter().map(|seat| seat.0).collect()
    }

    #[test]
    fn the_best_free_seats_go_first_and_a_returned_one_is_found_again() {
        let mut stock = inventory(&[(0, 100), (100, 200)]);
        assert_eq!(numbers(&stock.take(None, 0, up_to(3))), [0, 1, 2]);
        stock.give_back(SeatId(1));
        assert_eq!(numbers(&stock.take(None, 0, up_to(2))), [1, 3]);
        assert_eq!(numbers(&stock.take(Some(BandId(1)), 0, up_to(2))), [100, 101]);
    }

    #[test]
    fn an_order_takes_what_is_left_and_spills_over_only_where_no_band_was_asked_for() {
        let mut stock = inventory(&[(0, 2), (2, 4)]);
        assert_eq!(numbers(&stock.take(Some(BandId(0)), 0, up_to(4))), [0, 1]);
        assert_eq!(numbers(&stock.take(None, 0, up_to(4))), [2, 3]);
        assert_eq!(stock.free_in(None), 0);
        assert!(!stock.is_gone(None), "held is not gone");
    }

    #[test]
    fn whoever_stays_together_takes_none_where_there_are_too_few() {
        let mut stock = inventory(&[(0, 2), (2, 5)]);
        assert!(numbers(&stock.take(Some(BandId(0)), 0, all_of(3))).is_empty());
        assert!(numbers(&stock.look(Some(BandId(0)), all_of(3))).is_empty());
        assert_eq!(numbers(&stock.look(None, all_of(4))), [0, 1, 2, 3]);
        assert_eq!(numbers(&stock.take(None, 0, all_of(4))), [0, 1, 2, 3]);
        assert!(numbers(&stock.take(None, 0, all_of(2))).is_empty());
        assert!(!stock.is_gone_for(None, all_of(5)), "held is not gone");
        stock.commit(SeatId(0));
        assert!(stock.is_gone_for(None, all_of(5)) && !stock.is_gone_for(None, all_of(4)));
        assert!(stock.is_gone_in(Some(BandId(0)), 0, all_of(2)) && !stock.is_gone(Some(BandId(0))));
    }

    #[test]
    fn a_band_is_gone_when_all_of_it_is_sold() {
        let mut stock = inventory(&[(0, 1), (1, 2)]);
        let seat = stock.take(Some(BandId(0)), 0, up_to(1))[0];
        stock.commit(seat);
        assert!(stock.is_gone(Some(BandId(0))) && !stock.is_gone(None));
    }

    #[test]
    fn a_seat_that_several_have_is_free_when_nobody_has_it_and_sold_twice_when_two_buy_it() {
        let mut stock = inventory(&[(0, 2)]);
        let seat = stock.look(None, up_to(1))[0];
        assert!(!stock.claim(seat) && stock.claim(seat) && stock.claim(seat));
        assert_eq!(stock.look(None, up_to(2)), [SeatId(1)]);
        assert!(stock.give_back(seat), "two others have it");
        assert!(!stock.commit(seat) && stock.commit(seat));
        assert_eq!((stock.sold, stock.free_in(None)), (2, 1));
        assert!(!stock.claim(SeatId(1)) && stock.claim(SeatId(1)));
        assert!(stock.give_back(SeatId(1)) && !stock.give_back(SeatId(1)));
        assert_eq!(stock.free_in(None), 1);
    }

    #[test]
    fn a_seat_that_the_stock_has_forgotten_is_free_beside_whoever_has_it() {
        let mut stock = inventory(&[(0, 2)]);
        assert_eq!(numbers(&stock.take(None, 0, up_to(2))), [0, 1]);
        stock.forget_hold(SeatId(0));
        stock.forget_hold(SeatId(1));
        assert_eq!(stock.free_in(None), 2);
        assert!(!stock.give_back(SeatId(0)), "nobody has it any more");
        assert_eq!(stock.free_in(None), 2, "it was free already");
        assert_eq!(numbers(&stock.take(None, 0, up_to(2))), [0, 1]);
        assert!(!stock.is_shared(SeatId(0)) && stock.is_shared(SeatId(1)));
        assert!(stock.give_back(SeatId(1)) && !stock.give_back(SeatId(1)));
        assert_eq!(stock.free_in(None), 1);
        stock.forget_return(SeatId(1));
        assert_eq!(stock.free_in(None), 0);
        stock.commit(SeatId(0));
        assert!(stock.is_gone(None), "what is lost cannot be sold");
    }

    #[test]
    fn a_shard_sees_its_own_seats_or_all_of_them_its_own_first() {
        let mut stock = Inventory { shards: 2, ..inventory(&[(0, 2), (2, 4), (4, 6), (6, 8)]) };
        assert_eq!(numbers(&stock.take(None, 1, up_to(3))), [2, 3, 6]);
        assert!(numbers(&stock.take(Some(BandId(0)), 1, up_to(1))).is_empty());
        stock.looks_elsewhere = true;
        assert_eq!(numbers(&stock.take(Some(BandId(0)), 1, up_to(1))), [0]);
    }
}
