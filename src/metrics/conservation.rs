//! The ledger that is always on, in release builds too: no seat is held or sold twice, none is lost, and every
//! person who came ends in exactly one state. Where the stock is written without care, several may have a seat, and each
//! time that must have been said before. It puts nothing on the sheet: it panics.

use super::people::{News, People, Shown};
use super::person_outcome::PersonOutcome;
use super::{Definition, Metric, Recorder, people};
use crate::engine::time::Time;
use crate::protocol::{Fact, PersonId, Possibility, Roster, SeatId, StockAnomaly, Truth, Who};
use std::collections::BTreeMap;

/// It has no metrics.
pub(crate) mod names {}

/// Where a seat is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seat {
    Free,
    Held(PersonId),
    Sold(PersonId),
    /// Nobody has it, and it cannot be sold.
    Lost,
}

/// The state of every seat (8 bytes each) and their sums.
pub(super) struct Conservation {
    seats: Vec<Seat>,
    free: u64,
    held: u64,
    sold: u64,
    lost: u64,
    /// Where several have a seat: what all but one of them are to it.
    beside: BTreeMap<u32, Vec<Seat>>,
    /// How many they are over all seats.
    beyond: u64,
    /// It was said of these seats that what happens to each next happens to one whom others share it with.
    said: BTreeMap<u32, StockAnomaly>,
    may_oversell: bool,
    may_lose: bool,
}

impl Metric for Conservation {
    const DEFINITIONS: &'static [Definition] = &[];

    fn new(roster: &Roster) -> Conservation {
        let seats = vec![Seat::Free; roster.seats as usize];
        Conservation {
            free: seats.len() as u64,
            held: 0,
            sold: 0,
            lost: 0,
            seats,
            beside: BTreeMap::new(),
            beyond: 0,
            said: BTreeMap::new(),
            may_oversell: roster.possible.has(Possibility::Oversell),
            may_lose: roster.possible.has(Possibility::StockLoss),
        }
    }

    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::StockAnomaly {
                seat: Some(seat),
                anomaly:
                    anomaly @ (StockAnomaly::HeldTwice | StockAnomaly::OthersKeep | StockAnomaly::SoldTwice),
                ..
            } => {
                assert!(self.may_oversell, "{fact:?} at {at}: no seat can come to belong to several");
                self.said.insert(seat.0, anomaly);
            }
            Fact::StockAnomaly { seat: Some(seat), anomaly: StockAnomaly::ReturnLost, .. } => {
                assert!(self.may_lose, "{fact:?} at {at}: no seat can be lost");
                self.step(at, fact, seat, |old| (old == Seat::Free).then_some(Seat::Lost));
            }
            Fact::StockAnomaly { seat: Some(seat), anomaly: StockAnomaly::DeductionLost, .. } => {
                assert!(self.may_lose, "{fact:?} at {at}: no seat can be forgotten");
                let old = self.seats[seat.index()];
                assert!(
                    matches!(old, Seat::Held(_) | Seat::Sold(_)),
                    "{fact:?} at {at}: that seat is {old:?}"
                );
            }
            Fact::SeatHeld { seat, .. } | Fact::SeatReturned { seat, .. } | Fact::SeatSold { seat, .. }
                if self.said.contains_key(&seat.0) || self.beside.contains_key(&seat.0) =>
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

    fn finish(self, people: &People, recorder: &mut Recorder<'_>) {
        assert!(self.said.is_empty(), "nothing has come of what was said of seats {:?}", self.said);
        for (_, persons, band) in people::cohorts(recorder.roster) {
            for person in persons.filter(|person| people.arrived(*person)) {
                check_person(people, person, PersonOutcome::of(people, person, band));
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
        let said = self.said.remove(&seat.0);
        let others = self.beside.entry(seat.0).or_default();
        others.push(self.seats[seat.index()]);
        let had = others.iter().position(|claim| match *fact {
            Fact::SeatReturned { who, .. } | Fact::SeatSold { who, .. } => held_by(*claim, who),
            _ => false,
        });
        let sold_before = others.iter().any(|claim| matches!(claim, Seat::Sold(_)));
        match (*fact, said, had) {
            (Fact::SeatHeld { who, .. }, Some(StockAnomaly::HeldTwice), _)
                if others.iter().all(|claim| matches!(claim, Seat::Held(_) | Seat::Sold(_))) =>
            {
                others.push(Seat::Held(who.person));
                self.held += 1;
                self.beyond += 1;
            }
            (Fact::SeatReturned { .. }, Some(StockAnomaly::OthersKeep), Some(had)) if others.len() > 1 => {
                others.remove(had);
                self.held -= 1;
                self.beyond -= 1;
            }
            (Fact::SeatSold { who, .. }, _, Some(had))
                if (said == Some(StockAnomaly::SoldTwice)) == sold_before =>
            {
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
            self.free + self.held + self.sold + self.lost == seats + self.beyond,
            "after {fact:?} at {at}: {} free, {} held, {} sold and {} lost are not the {seats} seats there are and the {} that \
             others have, too",
            self.free,
            self.held,
            self.sold,
            self.lost,
            self.beyond
        );
    }

    fn sum_of(&mut self, seat: Seat) -> &mut u64 {
        match seat {
            Seat::Free => &mut self.free,
            Seat::Held(_) => &mut self.held,
            Seat::Sold(_) => &mut self.sold,
            Seat::Lost => &mut self.lost,
        }
    }
}

fn held_by(seat: Seat, who: Who) -> bool {
    seat == Seat::Held(who.person)
}

/// Nobody may get lost on the way, and the seats' ledger and the persons' truth must say the same.
fn check_person(people: &People, person: u32, verdict: PersonOutcome) {
    let truth = people.truth(person);
    assert!(
        people.ended(person),
        "person {person} ended nowhere: truth {truth:?}, {verdict:?}, neither stopped nor cut off"
    );
    assert!(
        !matches!(verdict, PersonOutcome::Left(_)) || people.shown(person) == Shown::GaveUp,
        "person {person} left before anything was decided, and the screens say {:?}",
        people.shown(person)
    );
    assert!(
        people.has_ticket(person) == (truth == Truth::Sold),
        "person {person} has truth {truth:?}, but the ledger of seats says otherwise ({verdict:?})"
    );
}
