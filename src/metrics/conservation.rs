//! The ledger that is always on, in release builds too: no seat is held or sold twice, none is lost, and every
//! person who came ends in exactly one state. It puts nothing on the sheet: it panics.

use super::people::{News, People};
use super::verdict::Verdict;
use super::{Definition, Metric, Page, people};
use crate::engine::time::Time;
use crate::protocol::{Fact, PersonId, Roster, SeatId, Truth, Who};

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
}

impl Metric for Conservation {
    const DEFINITIONS: &'static [Definition] = &[];

    fn new(roster: &Roster) -> Conservation {
        let seats = vec![Seat::Free; roster.seats as usize];
        Conservation { free: seats.len() as u64, held: 0, sold: 0, seats }
    }

    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
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
        assert!(
            self.free + self.held + self.sold == self.seats.len() as u64,
            "after {fact:?} at {at}: {} free, {} held and {} sold are not the {} seats there are",
            self.free,
            self.held,
            self.sold,
            self.seats.len()
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
