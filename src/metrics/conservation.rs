//! The ledger that is always on, in release builds too: no seat is held or sold twice, none is lost, and every
//! person who came ends in exactly one state. Where the stock is written without care, several may have a seat, and each
//! time that must have been said before. It puts nothing on the sheet: it panics.

use super::people::{News, People};
use super::verdict::Verdict;
use super::{Definition, Metric, Page, people};
use crate::engine::time::Time;
use crate::protocol::{Fact, PersonId, Roster, SeatId, Slip, Truth, Who};
use std::collections::BTreeMap;

/// Where a seat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    Free,
    Held(PersonId),
    Sold(PersonId),
}

/// The state of every seat (8 bytes each) and their sums.
pub(super) struct Conservation {
    seats: Vec<Seat>,
    free: u64,
    held: u64,
    sold: u64,
    /// Where several have a seat: what all but one of them are to it.
    beside: BTreeMap<u32, Vec<Seat>>,
    /// How many they are over all seats.
    beyond: u64,
    /// It was said that what happens to this seat next happens to one whom others share it with.
    said: Option<(SeatId, Slip)>,
    may_oversell: bool,
}

impl Metric for Conservation {
    const DEFINITIONS: &'static [Definition] = &[];

    fn new(roster: &Roster) -> Conservation {
        let seats = vec![Seat::Free; roster.seats as usize];
        Conservation {
            free: seats.len() as u64,
            held: 0,
            sold: 0,
            seats,
            beside: BTreeMap::new(),
            beyond: 0,
            said: None,
            may_oversell: roster.risks.oversell,
        }
    }

    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::StockSlipped {
                seat: Some(seat),
                slip: slip @ (Slip::HeldTwice | Slip::OthersKeep | Slip::SoldTwice),
                ..
            } => {
                assert!(self.may_oversell, "{fact:?} at {at}: no seat can come to belong to several");
                self.said = Some((seat, slip));
            }
            Fact::SeatHeld { seat, .. } | Fact::SeatReturned { seat, .. } | Fact::SeatSold { seat, .. }
                if self.said.is_some() || self.beside.contains_key(&seat.0) =>
            {
                self.step_shared(at, fact, seat);
            }
            Fact::SeatHeld { who, seat } => {
                self.step(at, fact, seat, |old| (old == Seat::Free).then_some(Seat::Held(who.person)));
            }
            Fact::SeatReturned { who, seat, .. } => {
                self.step(at, fact, seat, |old| held_by(old, who).then_some(Seat::Free));
            }
            Fact::SeatSold { who, seat } => {
                self.step(at, fact, seat, |old| held_by(old, who).then_some(Seat::Sold(who.person)));
            }
            Fact::SeatCancelled { who, seat } => {
                self.step(at, fact, seat, |old| (old == Seat::Sold(who.person)).then_some(Seat::Free));
            }
            _ => {}
        }
    }

    fn finish(self, people: &People, page: &mut Page<'_>) {
        for (_, persons, band) in people::cohorts(page.roster) {
            for person in persons.filter(|person| people.arrived(*person)) {
                check_person(people, person, Verdict::of(people, person, band));
            }
        }
    }
}

impl Conservation {
    /// Moves one seat, and checks that nothing was made or lost.
    fn step(&mut self, at: Time, fact: &Fact, seat: SeatId, moved: impl Fn(Seat) -> Option<Seat>) {
        assert!(seat.index() < self.seats.len(), "{fact:?} at {at}: there is no such seat");
        let old = self.seats[seat.index()];
        let Some(new) = moved(old) else { panic!("{fact:?} at {at}: that seat is {old:?}") };
        self.seats[seat.index()] = new;
        *self.sum_of(old) -= 1;
        *self.sum_of(new) += 1;
        self.add_up(at, fact);
    }

    /// The same for a seat that others have, too.
    fn step_shared(&mut self, at: Time, fact: &Fact, seat: SeatId) {
        let said = self.said.take().map(|(of, slip)| {
            assert!(of == seat, "{fact:?} at {at}: something else was said of seat {}", of.0);
            slip
        });
        let others = self.beside.entry(seat.0).or_default();
        others.push(self.seats[seat.index()]);
        let had = others.iter().position(|claim| match *fact {
            Fact::SeatReturned { who, .. } | Fact::SeatSold { who, .. } => held_by(*claim, who),
            _ => false,
        });
        let sold_before = others.iter().any(|claim| matches!(claim, Seat::Sold(_)));
        match (*fact, said, had) {
            (Fact::SeatHeld { who, .. }, Some(Slip::HeldTwice), _) if !others.contains(&Seat::Free) => {
                others.push(Seat::Held(who.person));
                self.held += 1;
                self.beyond += 1;
            }
            (Fact::SeatReturned { .. }, Some(Slip::OthersKeep), Some(had)) if others.len() > 1 => {
                others.remove(had);
                self.held -= 1;
                self.beyond -= 1;
            }
            (Fact::SeatSold { who, .. }, _, Some(had)) if (said == Some(Slip::SoldTwice)) == sold_before => {
                others[had] = Seat::Sold(who.person);
                self.held -= 1;
                self.sold += 1;
            }
            _ => panic!("{fact:?} at {at}: {said:?} was said of that seat, and it is {others:?}"),
        }
        self.seats[seat.index()] = others.pop().expect("somebody has it");
        if others.is_empty() {
            self.beside.remove(&seat.0);
        }
        self.add_up(at, fact);
    }

    fn add_up(&self, at: Time, fact: &Fact) {
        let seats = self.seats.len() as u64;
        assert!(
            self.free + self.held + self.sold == seats + self.beyond,
            "after {fact:?} at {at}: {} free, {} held and {} sold are not the {seats} seats there are and the {} that \
             others have, too",
            self.free,
            self.held,
            self.sold,
            self.beyond
        );
    }

    fn sum_of(&mut self, seat: Seat) -> &mut u64 {
        match seat {
            Seat::Free => &mut self.free,
            Seat::Held(_) => &mut self.held,
            Seat::Sold(_) => &mut self.sold,
        }
    }
}

fn held_by(seat: Seat, who: Who) -> bool {
    seat == Seat::Held(who.person)
}

/// Nobody may get lost on the way, and the seats' ledger and the persons' truth must say the same.
fn check_person(people: &People, person: u32, verdict: Verdict) {
    let truth = people.truth(person);
    assert!(
        people.ended(person),
        "person {person} ended nowhere: truth {truth:?}, {verdict:?}, neither stopped nor cut off"
    );
    assert!(
        people.has_ticket(person) == (truth == Truth::Sold),
        "person {person} has truth {truth:?}, but the ledger of seats says otherwise ({verdict:?})"
    );
}
