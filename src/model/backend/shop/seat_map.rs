//! Picking seats on a map: what the map of an earlier moment showed, which of its seats a buyer picks, and whether
//! somebody else was faster. Modelled on the seat maps of ticket shops: drawn from time to time, kept in a cache, shown to
//! everybody, and old as soon as they are shown.
//!
//! ```text
//!   seat map asked for --> the map that is kept, or another --> chooses --> asks for these seats --> held
//!         ^                                                        ^               | somebody was faster
//!         |                                                        +--other seats--+
//!         +------------------------------------------------------no more tries-----+
//! ```
//!
//! No map is copied: every change of what is free has a number, a map is the number of changes before it, and from the
//! changes of a seat after that it follows what it showed. Left out: seats that are shown as somebody takes them, as some
//! shops do for the part of the house that is on the screen.

use crate::engine::random::Stream;
use crate::engine::{Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::shop::Shop;
use crate::model::backend::shop::seats::{Inventory, OrderSize};
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::seat_picks::{Look, Map};
use crate::protocol::{BandId, Observer, Reply, SeatId, SessionId, StockAnomaly};
use crate::scenario::Plan;
use crate::scenario::plan::{Choice, PickASeat, Selection, WhenNoneFree};
use std::ops::Range;

/// What happened at every seat, the map that is kept, and who has seen which. Empty where nobody picks.
pub(in crate::model) struct SeatMaps {
    pick: Option<PickASeat>,
    /// For each change of what is free: one more than the number of the one before at the same seat, 0 for none.
    changes: Vec<u32>,
    /// One more than the number of the last change at each seat; 0: never changed.
    last: Vec<u32>,
    /// The same for each 64 neighbours.
    touched: Vec<u32>,
    /// When the map that is kept was drawn, and the map.
    kept: Option<(Time, Map)>,
}

/// Draws for the seat of a pick before it is looked for one by one.
const DRAWS: u64 = 16;

impl SeatMaps {
    pub(in crate::model) fn new(plan: &Plan) -> SeatMaps {
        let pick = match plan.inventory.selection {
            Selection::PickASeat(pick) => Some(pick),
            Selection::BestAvailable => None,
        };
        let seats = if pick.is_some() { plan.roster.seats as usize } else { 0 };
        SeatMaps {
            pick,
            changes: Vec::new(),
            last: vec![0; seats],
            touched: vec![0; seats.div_ceil(64)],
            kept: None,
        }
    }

    /// Is this how seats are chosen?
    pub(in crate::model) fn are_used(&self) -> bool {
        self.pick.is_some()
    }

    /// A seat that was free is not, or the other way round.
    #[inline]
    pub(in crate::model) fn note(&mut self, seat: SeatId) {
        if self.pick.is_some() {
            self.note_change(seat);
        }
    }

    fn note_change(&mut self, seat: SeatId) {
        self.changes.push(self.last[seat.index()]);
        let changes = self.newest();
        self.last[seat.index()] = changes;
        self.touched[seat.index() / 64] = changes;
    }

    /// The map of this moment.
    fn newest(&self) -> Map {
        u32::try_from(self.changes.len()).expect("fewer than 2^32 changes")
    }

    /// The map that is shown now: the one that is kept, unless it is too old.
    fn show(&mut self, now: Time, map_age: Span) -> Map {
        match self.kept {
            Some((drawn_at, map)) if now < drawn_at + map_age => map,
            _ => {
                let map = self.newest();
                self.kept = Some((now, map));
                map
            }
        }
    }

    /// Which of 64 neighbours a map shows as free, one bit each.
    fn shown(&self, map: Map, word: usize, stock: &Inventory) -> u64 {
        let mut free = stock.free_word(word);
        if self.touched[word] > map {
            for (bit, last) in self.last[word * 64..].iter().take(64).enumerate() {
                let mut change = *last;
                while change > map {
                    free ^= 1 << bit;
                    change = self.changes[change as usize - 1];
                }
            }
        }
        free
    }

    /// The words of these seats as a map shows them: the first seat of each, and which are free.
    fn words<'a>(
        &'a self, map: Map, seats: Range<u32>, stock: &'a Inventory,
    ) -> impl Iterator<Item = (u32, u64)> + 'a {
        let (start, end) = (seats.start, seats.end);
        (start / 64..end.div_ceil(64)).map(move |word| {
            let first = word * 64;
            let from = u64::MAX << start.saturating_sub(first).min(63);
            let until = u64::MAX >> (first + 64).saturating_sub(end).min(63);
            (first, self.shown(map, word as usize, stock) & from & until)
        })
    }

    fn is_free(&self, map: Map, seat: u32, stock: &Inventory) -> bool {
        self.shown(map, seat as usize / 64, stock) >> (seat % 64) & 1 == 1
    }

    /// The best of these seats that the map shows as free, after so many better ones.
    fn after(&self, map: Map, seats: Range<u32>, better: u32, stock: &Inventory) -> Option<u32> {
        let mut better = better;
        for (first, mut free) in self.words(map, seats, stock) {
            if better >= free.count_ones() {
                better -= free.count_ones();
                continue;
            }
            for _ in 0..better {
                free &= free - 1;
            }
            return Some(first + free.trailing_zeros());
        }
        None
    }

    /// One of the seats that the map shows as free, by the distribution of choice.
    fn choose(&self, map: Map, seats: Range<u32>, stock: &Inventory, luck: (Stream, u64)) -> Option<u32> {
        let (stream, n) = luck;
        let count = || self.words(map, seats.clone(), stock).map(|(_, free)| free.count_ones()).sum::<u32>();
        if let Some(PickASeat { choice: Choice::Front(front), .. }) = self.pick
            && stream.chance(n | DRAWS, front.share.get())
        {
            let best = (f64::from(count()) * front.part.get()).ceil() as u64;
            let better = stream.below(n | (DRAWS + 1), best) as u32;
            return self.after(map, seats, better, stock);
        }
        let drawn = (0..DRAWS)
            .map(|draw| seats.start + stream.below(n | draw, u64::from(seats.end - seats.start)) as u32);
        drawn.into_iter().find(|&seat| self.is_free(map, seat, stock)).or_else(|| {
            let better = stream.below(n | (DRAWS + 2), u64::from(count())) as u32;
            self.after(map, seats.clone(), better, stock)
        })
    }

    /// So many seats, or as many as the map shows, or none if that is too few: the first by the distribution of choice, and the next ones after it, from the
    /// last on to the first.
    fn pick(
        &self, map: Map, seats: Range<u32>, size: OrderSize, stock: &Inventory, luck: (Stream, u64),
    ) -> Vec<SeatId> {
        let Some(first) = self.choose(map, seats.clone(), stock, luck) else { return Vec::new() };
        let mut picked = vec![SeatId(first)];
        for part in [first + 1..seats.end, seats.start..first] {
            let mut from = part.start;
            while picked.len() < size.most
                && from < part.end
                && let Some(seat) = self.after(map, from..part.end, 0, stock)
            {
                picked.push(SeatId(seat));
                from = seat + 1;
            }
        }
        if picked.len() < size.least {
            picked.clear();
        }
        picked
    }
}

impl Shop {
    /// A seat map is asked for, of a band that is not sold out: the map that is kept, or another. Where it shows nothing
    /// as free, that is the answer.
    pub(in crate::model) fn show_map<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, band: Option<BandId>,
    ) -> Reply {
        let Some(PickASeat { map_age, .. }) = self.seat_maps.pick else { return Reply::SeatMap };
        let map = self.seat_maps.show(sim.now, map_age);
        sim.seat_picks.show(map);
        let seats = self.inventory.seats_of(band);
        if self.seat_maps.after(map, seats, 0, &self.inventory).is_some() {
            return Reply::SeatMap;
        }
        let refuses = sim.plan.inventory.when_none_free == WhenNoneFree::Refuse;
        if refuses && self.inventory.free_in(band) == 0 { Reply::SoldOut } else { Reply::NoneFree }
    }

    /// The seats that a session has picked on its map. A program that asks for seats without having looked at a map knows
    /// the stock.
    pub(in crate::model) fn picked_seats<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId, band: Option<BandId>, size: OrderSize,
    ) -> Vec<SeatId> {
        let maps = &self.seat_maps;
        let unseen = || Look { map: maps.newest(), number: 0, beaten: 0 };
        let look = sim.seat_picks.of(session).unwrap_or_else(unseen);
        let (stream, n) =
            sim.draws.of_person(DrawPurpose::Seat, sim.entity_of(session), sim.crowd.wire(session).tab());
        let n = n | u64::from(look.number) << 16 | u64::from(look.beaten) << 8;
        maps.pick(look.map, self.inventory.seats_of(band), size, &self.inventory, (stream, n))
    }

    /// The seats that a hold request is for, if all of them are free; or else none.
    pub(in crate::model) fn seats_wanted<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId, band: Option<BandId>, size: OrderSize,
    ) -> Vec<SeatId> {
        if !self.seat_maps.are_used() {
            return self.inventory.look(band, size);
        }
        let mut picked = self.picked_seats(sim, session, band, size);
        if picked.iter().any(|&seat| !self.inventory.is_free(seat)) {
            picked.clear();
        }
        picked
    }

    /// Nothing is held for a hold request: was somebody else faster to the seats that were picked?
    pub(in crate::model) fn is_beaten<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, band: Option<BandId>, size: OrderSize,
    ) -> bool {
        if !self.seat_maps.are_used() {
            return false;
        }
        let picked = self.picked_seats(sim, session, band, size);
        let Some(&first) = picked.first() else { return false };
        let gone = picked.iter().copied().find(|&seat| !self.inventory.is_free(seat)).unwrap_or(first);
        Self::record_anomaly(sim, session, Some(gone), StockAnomaly::Beaten);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Key;
    use crate::quantity::Count;

    /// 130 seats in one band, and the maps of them.
    fn house() -> (Inventory, SeatMaps) {
        let pick = PickASeat { map_age: Span::ZERO, tries: Count::of(1), choice: Choice::Uniform };
        let maps = SeatMaps {
            pick: Some(pick),
            changes: Vec::new(),
            last: vec![0; 130],
            touched: vec![0; 3],
            kept: None,
        };
        (Inventory::of_one_band(130), maps)
    }

    fn up_to(most: usize) -> OrderSize {
        OrderSize { most, least: 1 }
    }

    fn luck(n: u64) -> (Stream, u64) {
        (Stream::new(Key::from_words(1, 2), n), 0)
    }

    fn free(maps: &SeatMaps, map: Map, stock: &Inventory) -> Vec<u32> {
        (0..130).filter(|&seat| maps.is_free(map, seat, stock)).collect()
    }

    #[test]
    fn each_map_shows_what_was_free_when_it_was_drawn_however_often_a_seat_changed_since() {
        let (mut stock, mut maps) = house();
        let mut drawn = vec![free(&maps, 0, &stock)];
        for step in 0..200_u32 {
            let seat = SeatId(step * step % 130);
            if stock.is_free(seat) {
                stock.claim(seat);
            } else {
                stock.give_back(seat);
            }
            maps.note(seat);
            drawn.push((0..130).filter(|&seat| stock.is_free(SeatId(seat))).collect());
        }
        for (map, was_free) in (0..).zip(&drawn) {
            assert_eq!(&free(&maps, map, &stock), was_free);
            let listed = |seats: Range<u32>| {
                (0..130)
                    .map_while(|better| maps.after(map, seats.clone(), better, &stock))
                    .collect::<Vec<_>>()
            };
            assert_eq!(&listed(0..130), was_free);
            let some: Vec<u32> = was_free.iter().copied().filter(|seat| (63..65).contains(seat)).collect();
            assert_eq!(listed(63..65), some);
        }
    }

    #[test]
    fn neighbours_are_picked_and_the_first_row_follows_the_last() {
        let (mut stock, mut maps) = house();
        for seat in (0..130).filter(|seat| ![5, 128, 129].contains(seat)).map(SeatId) {
            stock.claim(seat);
            maps.note(seat);
        }
        let map = maps.newest();
        let mut seen = std::collections::BTreeSet::new();
        for n in 0..100 {
            let picked: Vec<u32> =
                maps.pick(map, 0..130, up_to(2), &stock, luck(n)).iter().map(|seat| seat.0).collect();
            assert!([[5, 128], [128, 129], [129, 5]].contains(&[picked[0], picked[1]]), "{picked:?}");
            seen.insert(picked);
        }
        assert_eq!(seen.len(), 3);
        assert_eq!(maps.pick(map, 0..130, up_to(8), &stock, luck(0)).len(), 3, "as many as there are");
        assert!(maps.pick(map, 0..5, up_to(1), &stock, luck(0)).is_empty());
        let together = OrderSize { most: 4, least: 4 };
        assert!(maps.pick(map, 0..130, together, &stock, luck(0)).is_empty(), "the map shows three");
    }
}
