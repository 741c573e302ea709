//! The stock: price bands of numbered seats, best seat first; holds with a deadline; the ledger. One writer,
//! so a seat is never given twice. A hold takes up to the number of seats wanted, the best free ones of the
//! band asked for (of the house, where none is).
//!
//! ```text
//!   free --hold--> held --commit--> sold
//!     ^              |
//!     +--deadline, goodbye, declined card
//! ```
//!
//! A hold is taken at the end of the hold request's service. Left out for now: picking a seat on a map, other
//! ways of locking, returns of sold seats.

use super::World;
use super::crowd::Flag;
use super::inside::Hold;
use super::message::Message;
use super::request::RequestRef;
use crate::engine::{Agenda, Time};
use crate::protocol::{
    BandId, Emitter, Fact, Observer, Refusal, Reply, Roster, SeatId, SessionId, Truth, Who,
};
use crate::scenario::plan::{Closes, DeadlineWhilePaying, WhenNoneFree};
use std::collections::VecDeque;

/// Every seat, and who waits for one.
pub(super) struct Inventory {
    bands: Vec<Band>,
    /// Free seats, one bit each, best seat first.
    free: Vec<u64>,
    sold: u32,
    next_serial: u32,
    /// Hold requests that wait for a seat to come back, in order.
    parked: VecDeque<RequestRef>,
    /// When the last seat was sold.
    sold_out_at: Option<Time>,
}

/// One price band.
struct Band {
    first: u32,
    end: u32,
    free: u32,
    held: u32,
    /// No seat of the band before this one is free.
    search_from: u32,
}

impl Inventory {
    pub(super) fn new(roster: &Roster) -> Inventory {
        let bands = roster
            .bands
            .iter()
            .map(|band| Band {
                first: band.seats.start,
                end: band.seats.end,
                free: band.seats.end - band.seats.start,
                held: 0,
                search_from: band.seats.start,
            })
            .collect();
        Inventory {
            bands,
            free: vec![u64::MAX; (roster.seats as usize).div_ceil(64)],
            sold: 0,
            next_serial: 0,
            parked: VecDeque::new(),
            sold_out_at: None,
        }
    }

    /// Seats sold.
    pub(super) fn sold(&self) -> u32 {
        self.sold
    }

    /// When the last seat was sold, if it was.
    pub(super) fn sold_out_at(&self) -> Option<Time> {
        self.sold_out_at
    }

    fn matching(&self, band: Option<BandId>) -> &[Band] {
        match band {
            Some(band) => &self.bands[band.index()..=band.index()],
            None => &self.bands,
        }
    }

    fn free_in(&self, band: Option<BandId>) -> u32 {
        self.matching(band).iter().map(|band| band.free).sum()
    }

    /// All seats of the band (of the house) are sold.
    pub(super) fn is_gone(&self, band: Option<BandId>) -> bool {
        self.matching(band).iter().all(|band| band.free + band.held == 0)
    }

    /// Holds the best free seats of the band (of the house), at most `wants` of them.
    fn take(&mut self, band: Option<BandId>, wants: usize) -> Vec<SeatId> {
        let range = match band {
            Some(band) => band.index()..band.index() + 1,
            None => 0..self.bands.len(),
        };
        let mut taken = Vec::with_capacity(wants);
        for band in range {
            while taken.len() < wants && self.bands[band].free > 0 {
                let seat = self.first_free(band);
                self.free[seat as usize / 64] &= !(1 << (seat % 64));
                let band = &mut self.bands[band];
                band.free -= 1;
                band.held += 1;
                band.search_from = seat + 1;
                taken.push(SeatId(seat));
            }
        }
        taken
    }

    /// The best free seat of a band that has one.
    fn first_free(&self, band: usize) -> u32 {
        let Band { search_from, end, .. } = self.bands[band];
        let mut word = search_from as usize / 64;
        let mut bits = self.free[word] & (u64::MAX << (search_from % 64));
        while bits == 0 {
            word += 1;
            bits = self.free[word];
        }
        let seat = word as u32 * 64 + bits.trailing_zeros();
        assert!(seat < end, "a band with free seats has a first one");
        seat
    }

    fn band_of(&mut self, seat: SeatId) -> &mut Band {
        let after = self.bands.partition_point(|band| band.end <= seat.0);
        &mut self.bands[after]
    }

    fn give_back(&mut self, seat: SeatId) {
        self.free[seat.index() / 64] |= 1 << (seat.0 % 64);
        let band = self.band_of(seat);
        debug_assert!(seat.0 >= band.first);
        band.free += 1;
        band.held -= 1;
        band.search_from = band.search_from.min(seat.0);
    }

    fn commit(&mut self, seat: SeatId) {
        self.band_of(seat).held -= 1;
        self.sold += 1;
    }

    /// A sold seat is free again.
    pub(super) fn uncommit(&mut self, seat: SeatId) {
        self.band_of(seat).held += 1;
        self.give_back(seat);
        self.sold -= 1;
        self.sold_out_at = None;
    }
}

impl<O: Observer> World<O> {
    /// The price band that the session's cohort asks for.
    fn band_of(&self, session: SessionId) -> Option<BandId> {
        self.plan.cohorts[self.crowd.row(session).cohort()].band
    }

    /// The seat map, or the news that nothing is left on it.
    pub(super) fn seat_map(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        if self.inventory.is_gone(self.band_of(session)) {
            self.refuse(session, Truth::RefusedSoldOut, agenda);
            Reply::SoldOut
        } else {
            Reply::SeatMap
        }
    }

    /// Does a hold request not even get its service, because everything is sold?
    pub(super) fn refuses_cheaply(&self, session: SessionId) -> bool {
        self.plan.inventory.cheap_refusal && self.inventory.is_gone(self.band_of(session))
    }

    /// The backend refuses a session for good; its slot inside is free again.
    pub(super) fn refuse(&mut self, session: SessionId, truth: Truth, agenda: &mut Agenda) {
        let row = self.crowd.row(session);
        if row.is(Flag::Inside) && self.insiders.at(row.place).hold.is_none() {
            self.expel(row.place, agenda);
        }
        if !matches!(self.crowd.row(session).truth(), Truth::Sold | Truth::Declined) {
            self.decide_truth(session, self.now, truth);
        }
    }

    /// A hold request was served: seats, a refusal, or (parked) no answer yet.
    pub(super) fn hold(&mut self, request: u32, agenda: &mut Agenda) -> Option<Reply> {
        let session = self.requests.at(request).session;
        let row = self.crowd.row(session);
        let (slot, inside, cohort) = (row.place, row.is(Flag::Inside), row.cohort());
        match row.truth() {
            Truth::Sold => return Some(Reply::Confirmed),
            Truth::RefusedSoldOut if !inside => return Some(Reply::SoldOut),
            Truth::RefusedClosed if !inside => return Some(Reply::SaleClosed),
            _ if !inside => return Some(Reply::TurnEnded),
            _ if self.person_has_bought(session) => return Some(self.turn_away_buyer(session, agenda)),
            _ => {}
        }
        if self.insiders.at(slot).hold.is_some() {
            return Some(Reply::Held);
        }
        if self.insiders.at(slot).turn_over {
            return Some(Reply::TurnEnded);
        }
        let plan = &self.plan.cohorts[cohort];
        let (band, wants) = (plan.band, usize::from(plan.wants));
        if self.inventory.free_in(band) > 0 {
            self.take_seats(slot, band, wants, agenda);
            return Some(Reply::Held);
        }
        let gone = self.inventory.is_gone(band);
        match self.plan.inventory.when_none_free {
            _ if gone => {}
            WhenNoneFree::Refuse => {}
            WhenNoneFree::Retry(_) => return Some(Reply::NoneFree),
            WhenNoneFree::Wait => {
                self.inventory.parked.push_back(self.requests.reference(request));
                return None;
            }
        }
        self.refuse(session, Truth::RefusedSoldOut, agenda);
        Some(Reply::SoldOut)
    }

    /// One order a person, whichever session placed it.
    pub(super) fn person_has_bought(&self, session: SessionId) -> bool {
        let mut sessions = self.crowd.sessions(self.crowd.person(session)).map(SessionId);
        sessions.any(|session| self.crowd.row(session).truth() == Truth::Sold)
    }

    /// The purchase limit: a person who has an order is shown it, and what this session holds is free again.
    pub(super) fn turn_away_buyer(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        let row = self.crowd.row(session);
        if row.is(Flag::Inside) {
            let slot = row.place;
            self.return_seats(slot, false, agenda);
            self.expel(slot, agenda);
            self.decide_truth(session, self.now, Truth::Left);
        }
        Reply::Confirmed
    }

    fn take_seats(&mut self, slot: u32, band: Option<BandId>, wants: usize, agenda: &mut Agenda) {
        let seats = self.inventory.take(band, wants);
        let serial = self.inventory.next_serial;
        self.inventory.next_serial = (serial + 1) & 0xFF_FFFF;
        let insider = self.insiders.at_mut(slot);
        insider.hold = Some(Hold::new(serial, &seats));
        let session = insider.session;
        let who = self.crowd.who(session);
        for seat in seats {
            self.record.fact(self.now, Fact::SeatHeld { who, seat });
        }
        self.decide_truth(session, self.now, Truth::Holding);
        let until = self.now + self.plan.inventory.hold;
        let tie = self.luck.tie(self.entity_of(session), who.tab, serial);
        agenda.push(Message::HoldEnd.entry(until, tie, slot, serial));
        let closes = self.plan.line.as_ref().map(|line| line.closes);
        if closes == Some(Closes::WhenNoneFree) && self.inventory.free_in(None) == 0 {
            self.close_line(Refusal::SoldOut, agenda);
        }
    }

    /// The first payment of a hold is asked for: from now on its deadline is that of paying, where there is one.
    pub(super) fn move_deadline(&mut self, slot: u32, agenda: &mut Agenda) {
        let Some(span) = self.plan.inventory.hold_when_paying else { return };
        let until = self.now + span;
        let insider = self.insiders.at_mut(slot);
        let session = insider.session;
        let hold = insider.hold.as_mut().expect("only what is held is paid for");
        if hold.moved_to.is_some() {
            return;
        }
        hold.moved_to = Some(until);
        let serial = hold.serial;
        let tie = self.luck.tie(self.entity_of(session), self.crowd.row(session).tab(), serial);
        agenda.push(Message::HoldEnd.entry(until, tie, slot, serial));
    }

    /// A hold's deadline: the seats are free again, unless a payment is under way for them and the shop waits for it.
    pub(super) fn end_hold(&mut self, slot: u32, serial: u32, agenda: &mut Agenda) {
        if !self.insiders.holds(slot, serial) {
            return;
        }
        let now = self.now;
        let insider = self.insiders.at_mut(slot);
        let session = insider.session;
        if insider.hold.is_some_and(|hold| hold.moved_to.is_some_and(|until| until > now)) {
            return;
        }
        let waits = self.plan.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
        if let Some(hold) = insider.hold.as_mut().filter(|hold| waits && hold.payments > 0) {
            hold.overdue = true;
            return;
        }
        self.return_seats(slot, true, agenda);
        self.decide_truth(session, self.now, Truth::Active);
        self.settle(slot, agenda);
    }

    /// Frees what a slot holds, if it holds anything; whoever waits for a seat gets it.
    pub(super) fn return_seats(&mut self, slot: u32, expired: bool, agenda: &mut Agenda) {
        let insider = self.insiders.at_mut(slot);
        let Some(hold) = insider.hold.take() else { return };
        let who = self.crowd.who(insider.session);
        self.free_seats(who, &hold, expired);
        self.serve_parked(agenda);
    }

    /// What was held together is free again.
    pub(super) fn free_seats(&mut self, who: Who, hold: &Hold, expired: bool) {
        for &seat in hold.seats() {
            self.inventory.give_back(seat);
            self.record.fact(self.now, Fact::SeatReturned { who, seat, expired });
        }
    }

    /// Hold requests that wait for a seat are tried again, each once, in order.
    pub(super) fn serve_parked(&mut self, agenda: &mut Agenda) {
        for _ in 0..self.inventory.parked.len() {
            let Some(request) = self.inventory.parked.pop_front() else { return };
            if self.requests.get_mut(request).is_some()
                && let Some(reply) = self.hold(request.slot, agenda)
            {
                self.respond(request.slot, reply, Emitter::Service, agenda);
            }
        }
    }

    /// The ledger's commit: what the slot holds is sold.
    pub(super) fn sell(&mut self, slot: u32, agenda: &mut Agenda) {
        let insider = self.insiders.at_mut(slot);
        let session = insider.session;
        let hold = insider.hold.take().expect("only what is held is sold");
        let turn_over = insider.turn_over;
        let who = self.crowd.who(session);
        for &seat in hold.seats() {
            self.inventory.commit(seat);
            self.record.fact(self.now, Fact::SeatSold { who, seat });
            self.orders.note(self.now, session, seat);
        }
        self.decide_truth(session, self.now, Truth::Sold);
        let revoked = self.plan.line.as_ref().is_none_or(|line| line.revoke_on_purchase);
        if self.inventory.sold == self.plan.roster.seats {
            self.inventory.sold_out_at = Some(self.now);
            if self.plan.line.as_ref().is_some_and(|line| line.closes != Closes::Never) {
                self.close_line(Refusal::SoldOut, agenda);
            }
        }
        if revoked || turn_over {
            self.expel(slot, agenda);
        }
        self.serve_parked(agenda);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(bands: &[(u32, u32)]) -> Inventory {
        let bands: Vec<Band> = bands
            .iter()
            .map(|&(first, end)| Band { first, end, free: end - first, held: 0, search_from: first })
            .collect();
        let seats = bands.last().map_or(0, |band| band.end) as usize;
        Inventory {
            bands,
            free: vec![u64::MAX; seats.div_ceil(64)],
            sold: 0,
            next_serial: 0,
            parked: VecDeque::new(),
            sold_out_at: None,
        }
    }

    fn numbers(seats: &[SeatId]) -> Vec<u32> {
        seats.iter().map(|seat| seat.0).collect()
    }

    #[test]
    fn the_best_free_seats_go_first_and_a_returned_one_is_found_again() {
        let mut stock = inventory(&[(0, 100), (100, 200)]);
        assert_eq!(numbers(&stock.take(None, 3)), [0, 1, 2]);
        stock.give_back(SeatId(1));
        assert_eq!(numbers(&stock.take(None, 2)), [1, 3]);
        assert_eq!(numbers(&stock.take(Some(BandId(1)), 2)), [100, 101]);
    }

    #[test]
    fn an_order_takes_what_is_left_and_spills_over_only_where_no_band_was_asked_for() {
        let mut stock = inventory(&[(0, 2), (2, 4)]);
        assert_eq!(numbers(&stock.take(Some(BandId(0)), 4)), [0, 1]);
        assert_eq!(numbers(&stock.take(None, 4)), [2, 3]);
        assert_eq!(stock.free_in(None), 0);
        assert!(!stock.is_gone(None), "held is not gone");
    }

    #[test]
    fn a_band_is_gone_when_all_of_it_is_sold() {
        let mut stock = inventory(&[(0, 1), (1, 2)]);
        let seat = stock.take(Some(BandId(0)), 1)[0];
        stock.commit(seat);
        assert!(stock.is_gone(Some(BandId(0))) && !stock.is_gone(None));
    }
}
