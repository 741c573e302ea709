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

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::active::Hold;
use crate::model::sim::crowd::Flag;
use crate::model::sim::message::Message;
use crate::protocol::{BandId, Emitter, Fact, Observer, Refusal, Reply, SeatId, SessionId, Slip, Truth, Who};
use crate::scenario::plan::{Closes, DeadlineWhilePaying, WhenNoneFree};

impl<O: Observer> World<O> {
    /// The price band that the session's cohort asks for.
    fn band_of(&self, session: SessionId) -> Option<BandId> {
        self.sim.plan.cohorts[self.sim.crowd.row(session).cohort()].band
    }

    /// The seat map, or the news that nothing is left on it.
    pub(in crate::model) fn seat_map(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        if self.shop.inventory.is_gone(self.band_of(session)) {
            self.refuse(session, Truth::RefusedSoldOut, agenda);
            Reply::SoldOut
        } else {
            self.show_map(session, self.band_of(session), agenda)
        }
    }

    /// Does a hold request not even get its service, because everything is sold?
    pub(in crate::model) fn refuses_cheaply(&self, session: SessionId) -> bool {
        self.sim.plan.inventory.cheap_refusal && self.shop.inventory.is_gone(self.band_of(session))
    }

    /// The backend refuses a session for good; its slot inside is free again.
    pub(in crate::model) fn refuse(&mut self, session: SessionId, truth: Truth, agenda: &mut Agenda) {
        let row = self.sim.crowd.row(session);
        if row.is(Flag::Inside) && self.tables.active.at(row.place).hold.is_none() {
            self.expel(row.place, agenda);
        }
        if !matches!(self.sim.crowd.row(session).truth(), Truth::Sold | Truth::Declined) {
            self.tables.decide_now(&mut self.sim, session, truth);
        }
    }

    /// A hold request was served: seats, a refusal, or (waiting_holds) no answer yet.
    pub(in crate::model) fn hold(&mut self, request: u32, agenda: &mut Agenda) -> Option<Reply> {
        let session = self.tables.requests.at(request).session;
        let row = self.sim.crowd.row(session);
        let (slot, inside, cohort) = (row.place, row.is(Flag::Inside), row.cohort());
        match row.truth() {
            Truth::Sold => return Some(Reply::Confirmed),
            Truth::RefusedSoldOut if !inside => return Some(Reply::SoldOut),
            Truth::RefusedClosed if !inside => return Some(Reply::SaleClosed),
            _ if !inside => return Some(Reply::TurnEnded),
            _ if Tables::person_has_bought(&self.sim, session) => {
                return Some(self.turn_away_buyer(session, agenda));
            }
            _ => {}
        }
        if self.tables.active.at(slot).hold.is_some() {
            return Some(Reply::Held);
        }
        if self.tables.active.at(slot).turn_over {
            return Some(Reply::TurnEnded);
        }
        let plan = &self.sim.plan.cohorts[cohort];
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
        let gone = self.shop.inventory.is_gone_for(band, shard);
        if self.is_beaten(session, band, wants) && !gone {
            return Some(Reply::SeatsTaken);
        }
        match self.sim.plan.inventory.when_none_free {
            _ if gone => {}
            WhenNoneFree::Refuse => {}
            WhenNoneFree::Retry(_) => return Some(Reply::NoneFree),
            WhenNoneFree::Wait => {
                self.shop.inventory.waiting_holds.push_back(self.tables.requests.reference(request));
                return None;
            }
        }
        if self.shop.inventory.shards > 1 && self.shop.inventory.free_in(band) > 0 {
            self.slip(session, None, Slip::StockElsewhere);
        }
        self.refuse(session, Truth::RefusedSoldOut, agenda);
        Some(Reply::SoldOut)
    }

    /// Records what went wrong at the stock.
    pub(in crate::model) fn slip(&mut self, session: SessionId, seat: Option<SeatId>, slip: Slip) {
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::StockSlipped { who, seat, slip });
    }

    /// The purchase limit: a person who has an order is shown it, and what this session holds is free again.
    pub(in crate::model) fn turn_away_buyer(&mut self, session: SessionId, agenda: &mut Agenda) -> Reply {
        let row = self.sim.crowd.row(session);
        if row.is(Flag::Inside) {
            let slot = row.place;
            self.return_seats(slot, false, agenda);
            self.expel(slot, agenda);
            self.tables.decide_now(&mut self.sim, session, Truth::Left);
        }
        Reply::Confirmed
    }

    /// Seats out of the stock are held from now on.
    fn keep_seats(&mut self, slot: u32, seats: &[SeatId], agenda: &mut Agenda) {
        let serial = self.shop.inventory.next_serial;
        self.shop.inventory.next_serial = (serial + 1) & 0xFF_FFFF;
        let visit = self.tables.active.at_mut(slot);
        visit.hold = Some(Hold::new(serial, seats));
        let session = visit.session;
        self.end_choosing(slot);
        let who = self.sim.crowd.who(session);
        for &seat in seats {
            self.sim.record.fact(self.sim.now, Fact::SeatHeld { who, seat });
        }
        self.tables.decide_now(&mut self.sim, session, Truth::Holding);
        let until = self.sim.now + self.sim.plan.inventory.hold;
        let tie = self.sim.draws.tie(self.sim.entity_of(session), who.tab, serial);
        agenda.push(Message::HoldEnd.entry(until, tie, slot, serial));
        let closes = self.sim.plan.line.as_ref().map(|line| line.closes);
        if closes == Some(Closes::WhenNoneFree) && self.shop.inventory.free_in(None) == 0 {
            self.close_line(Refusal::SoldOut, agenda);
        }
    }

    /// The first payment of a hold is asked for: from now on its deadline is that of paying, where there is one.
    pub(in crate::model) fn move_deadline(&mut self, slot: u32, agenda: &mut Agenda) {
        let Some(span) = self.sim.plan.inventory.hold_when_paying else { return };
        let until = self.sim.now + span;
        let visit = self.tables.active.at_mut(slot);
        let session = visit.session;
        let hold = visit.hold.as_mut().expect("only what is held is paid for");
        if hold.moved_to.is_some() {
            return;
        }
        hold.moved_to = Some(until);
        let serial = hold.serial;
        let tie = self.sim.draws.tie(self.sim.entity_of(session), self.sim.crowd.row(session).tab(), serial);
        agenda.push(Message::HoldEnd.entry(until, tie, slot, serial));
    }

    /// A hold's deadline: the seats are free again, unless a payment is under way for them and the shop waits for it.
    pub(in crate::model) fn end_hold(&mut self, slot: u32, serial: u32, agenda: &mut Agenda) {
        if !self.tables.active.holds(slot, serial) {
            return;
        }
        let now = self.sim.now;
        let visit = self.tables.active.at_mut(slot);
        let session = visit.session;
        if visit.hold.is_some_and(|hold| hold.moved_to.is_some_and(|until| until > now)) {
            return;
        }
        let waits = self.sim.plan.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
        if let Some(hold) = visit.hold.as_mut().filter(|hold| waits && hold.payments > 0) {
            hold.overdue = true;
            return;
        }
        let is_theirs = !visit.of_nobody;
        self.return_seats(slot, true, agenda);
        if is_theirs {
            self.tables.decide_now(&mut self.sim, session, Truth::Active);
        }
        self.settle(slot, agenda);
    }

    /// Frees what a slot holds, if it holds anything; whoever waits for a seat gets it.
    pub(in crate::model) fn return_seats(&mut self, slot: u32, expired: bool, agenda: &mut Agenda) {
        let visit = self.tables.active.at_mut(slot);
        let Some(hold) = visit.hold.take() else { return };
        let who = self.sim.crowd.who(visit.session);
        self.begin_choosing(slot, agenda);
        self.free_seats(who, &hold, expired);
        self.retry_waiting_holds(agenda);
    }

    /// What was held together is free again.
    pub(in crate::model) fn free_seats(&mut self, who: Who, hold: &Hold, expired: bool) {
        for &seat in hold.seats() {
            let was_free = self.shop.inventory.is_free(seat);
            if self.shop.inventory.give_back(seat) {
                self.slip(who.session, Some(seat), Slip::OthersKeep);
            } else if !was_free {
                self.note_change(seat, who.session);
            }
            self.sim.record.fact(self.sim.now, Fact::SeatReturned { who, seat, expired });
        }
    }

    /// Hold requests that wait for a seat are tried again, each once, in order.
    pub(in crate::model) fn retry_waiting_holds(&mut self, agenda: &mut Agenda) {
        for _ in 0..self.shop.inventory.waiting_holds.len() {
            let Some(request) = self.shop.inventory.waiting_holds.pop_front() else { return };
            if self.tables.requests.get_mut(request).is_some()
                && let Some(reply) = self.hold(request.slot, agenda)
            {
                self.respond(request.slot, reply, Emitter::Service, agenda);
            }
        }
    }

    /// The ledger's commit: what the slot holds is sold.
    pub(in crate::model) fn sell(&mut self, slot: u32, agenda: &mut Agenda) {
        let visit = self.tables.active.at_mut(slot);
        let session = visit.session;
        let hold = visit.hold.take().expect("only what is held is sold");
        let turn_over = visit.turn_over;
        let who = self.sim.crowd.who(session);
        for &seat in hold.seats() {
            if self.shop.inventory.commit(seat) {
                self.slip(session, Some(seat), Slip::SoldTwice);
            }
            self.sim.record.fact(self.sim.now, Fact::SeatSold { who, seat });
            self.shop.orders.note(self.sim.now, session, seat);
        }
        self.tables.decide_now(&mut self.sim, session, Truth::Sold);
        let revoked = self.sim.plan.line.as_ref().is_none_or(|line| line.revoke_on_purchase);
        if self.shop.inventory.is_gone(None) {
            self.shop.inventory.sold_out_at = Some(self.sim.now);
            if self.sim.plan.line.as_ref().is_some_and(|line| line.closes != Closes::Never) {
                self.close_line(Refusal::SoldOut, agenda);
            }
        }
        if revoked || turn_over {
            self.expel(slot, agenda);
        }
        self.retry_waiting_holds(agenda);
    }
}
