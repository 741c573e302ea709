//! The stock: price bands of numbered seats, best seat first; holds with a deadline; the ledger. One writer,
//! so a seat is never given twice, unless the scenario has it written without care. A hold takes up to the number of
//! seats wanted, the best free ones of the band asked for (of the house, where none is), or those that the buyer has picked
//! on a map (`seat_map.rs`). How requests that come at once get along is in `contention.rs`.
//!
//! ```text
//!   free --hold--> held --commit--> sold
//!     ^              |
//!     +--deadline, goodbye, declined card
//! ```
//!
//! A hold is taken at the end of the hold request's service. Left out for now: returns of
//! sold seats.

use super::World;
use super::crowd::Flag;
use super::inside::Hold;
use super::message::Message;
use crate::engine::Agenda;
use crate::protocol::{BandId, Emitter, Fact, Observer, Refusal, Reply, SeatId, SessionId, Slip, Truth, Who};
use crate::scenario::plan::{Closes, DeadlineWhilePaying, WhenNoneFree};

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
            self.show_map(session, self.band_of(session), agenda)
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
        if self.gives_up_writing(request, agenda) {
            return None;
        }
        let shard = self.shard_of(request);
        let seats = self.claim_seats(request, band, shard, wants);
        if !seats.is_empty() {
            self.keep_seats(slot, &seats, agenda);
            return Some(Reply::Held);
        }
        let gone = self.inventory.is_gone_for(band, shard);
        if self.is_beaten(session, band, wants) && !gone {
            return Some(Reply::SeatsTaken);
        }
        match self.plan.inventory.when_none_free {
            _ if gone => {}
            WhenNoneFree::Refuse => {}
            WhenNoneFree::Retry(_) => return Some(Reply::NoneFree),
            WhenNoneFree::Wait => {
                self.inventory.parked.push_back(self.requests.reference(request));
                return None;
            }
        }
        if self.inventory.shards > 1 && self.inventory.free_in(band) > 0 {
            self.slip(session, None, Slip::StockElsewhere);
        }
        self.refuse(session, Truth::RefusedSoldOut, agenda);
        Some(Reply::SoldOut)
    }

    /// Records what went wrong at the stock.
    pub(super) fn slip(&mut self, session: SessionId, seat: Option<SeatId>, slip: Slip) {
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::StockSlipped { who, seat, slip });
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

    /// Seats out of the stock are held from now on.
    fn keep_seats(&mut self, slot: u32, seats: &[SeatId], agenda: &mut Agenda) {
        let serial = self.inventory.next_serial;
        self.inventory.next_serial = (serial + 1) & 0xFF_FFFF;
        let insider = self.insiders.at_mut(slot);
        insider.hold = Some(Hold::new(serial, seats));
        let session = insider.session;
        self.end_choosing(slot);
        let who = self.crowd.who(session);
        for &seat in seats {
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
        let is_theirs = !insider.of_nobody;
        self.return_seats(slot, true, agenda);
        if is_theirs {
            self.decide_truth(session, self.now, Truth::Active);
        }
        self.settle(slot, agenda);
    }

    /// Frees what a slot holds, if it holds anything; whoever waits for a seat gets it.
    pub(super) fn return_seats(&mut self, slot: u32, expired: bool, agenda: &mut Agenda) {
        let insider = self.insiders.at_mut(slot);
        let Some(hold) = insider.hold.take() else { return };
        let who = self.crowd.who(insider.session);
        self.begin_choosing(slot, agenda);
        self.free_seats(who, &hold, expired);
        self.serve_parked(agenda);
    }

    /// What was held together is free again.
    pub(super) fn free_seats(&mut self, who: Who, hold: &Hold, expired: bool) {
        for &seat in hold.seats() {
            let was_free = self.inventory.is_free(seat);
            if self.inventory.give_back(seat) {
                self.slip(who.session, Some(seat), Slip::OthersKeep);
            } else if !was_free {
                self.note_change(seat, who.session);
            }
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
            if self.inventory.commit(seat) {
                self.slip(session, Some(seat), Slip::SoldTwice);
            }
            self.record.fact(self.now, Fact::SeatSold { who, seat });
            self.orders.note(self.now, session, seat);
        }
        self.decide_truth(session, self.now, Truth::Sold);
        let revoked = self.plan.line.as_ref().is_none_or(|line| line.revoke_on_purchase);
        if self.inventory.is_gone(None) {
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
