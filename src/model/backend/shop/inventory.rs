//! The stock: price bands of numbered seats, best seat first; holds with a deadline; the ledger. One writer,
//! so a seat is never given twice, unless the scenario has it written without care. A hold takes the number of
//! seats wanted - or fewer, where its person takes what is left - the best free ones of the band asked for (of the house, where none is), or those that the buyer has picked
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
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::active::Hold;
use crate::model::backend::shop::Shop;
use crate::model::backend::shop::seats::OrderSize;
use crate::model::sim::message::Message;
use crate::protocol::{BandId, Fact, Observer, Reply, SeatId, SessionId, StockAnomaly, Truth, Who};
use crate::scenario::plan::{DeadlineWhilePaying, WhenNoneFree};

/// What came of a hold request.
#[derive(Clone, Copy)]
pub(in crate::model) enum HoldResult {
    /// This is the answer, and nothing has changed.
    Answered(Reply),
    /// Seats are held.
    Held,
    /// The person has an order already.
    HasBought,
    /// Others wrote each time: it is refused.
    WritingFailed,
    /// It waits for a seat to come back.
    Waits,
    /// Nothing is left for it.
    SoldOut,
}

impl Shop {
    /// The price band that the session's cohort asks for.
    fn band_of<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> Option<BandId> {
        sim.plan.cohorts[sim.crowd.wire(session).cohort()].band
    }

    /// The seat map, or the news that nothing is left on it.
    pub(in crate::model) fn seat_map<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId,
    ) -> Reply {
        let band = Self::band_of(sim, session);
        if self.inventory.is_gone(band) { Reply::SoldOut } else { self.show_map(sim, band) }
    }

    /// Does a hold request not even get its service, because too much is sold?
    pub(in crate::model) fn refuses_cheaply<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        sim.plan.inventory.cheap_refusal && self.inventory.is_gone_for(cohort.band, OrderSize::of(cohort))
    }

    /// A hold request was served: seats, a refusal, or no answer yet.
    pub(in crate::model) fn hold<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, request: u32, agenda: &mut Agenda,
    ) -> HoldResult {
        let session = tables.requests.at(request).session;
        let row = sim.crowd.row(session);
        let (slot, inside, cohort) = (row.books.place(), row.books.is_inside(), row.wire.cohort());
        match row.books.truth() {
            Truth::Sold => return HoldResult::Answered(Reply::Confirmed),
            Truth::RefusedSoldOut if !inside => return HoldResult::Answered(Reply::SoldOut),
            Truth::RefusedClosed if !inside => return HoldResult::Answered(Reply::SaleClosed),
            _ if !inside => return HoldResult::Answered(Reply::TurnEnded),
            _ if Tables::person_has_bought(sim, session) => {
                return HoldResult::HasBought;
            }
            _ => {}
        }
        if tables.active.at(slot).hold.is_some() {
            return HoldResult::Answered(Reply::Held);
        }
        if tables.active.at(slot).turn_over {
            return HoldResult::Answered(Reply::TurnEnded);
        }
        let plan = &sim.plan.cohorts[cohort];
        let (band, size) = (plan.band, OrderSize::of(plan));
        if self.gives_up_writing(sim, tables, request) {
            return HoldResult::WritingFailed;
        }
        let shard = Self::shard_of(sim, tables, request);
        let seats = self.claim_seats(sim, tables, request, band, shard, size);
        if !seats.is_empty() {
            self.keep_seats(sim, tables, slot, &seats, agenda);
            return HoldResult::Held;
        }
        let gone = self.inventory.is_gone_in(band, shard, size);
        if self.is_beaten(sim, session, band, size) && !gone {
            return HoldResult::Answered(Reply::SeatsTaken);
        }
        match sim.plan.inventory.when_none_free {
            _ if gone => {}
            WhenNoneFree::Refuse => {}
            WhenNoneFree::Retry(_) => return HoldResult::Answered(Reply::NoneFree),
            WhenNoneFree::Wait => {
                self.inventory.waiting_holds.push_back(tables.requests.reference(request));
                return HoldResult::Waits;
            }
        }
        if self.inventory.shards > 1 && self.inventory.free_in(band) as usize >= size.least {
            Self::record_anomaly(sim, session, None, StockAnomaly::StockElsewhere);
        }
        HoldResult::SoldOut
    }

    /// Records what went wrong at the stock.
    pub(in crate::model) fn record_anomaly<O: Observer, P>(
        sim: &mut Sim<O, P>, session: SessionId, seat: Option<SeatId>, anomaly: StockAnomaly,
    ) {
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::StockAnomaly { who, seat, anomaly });
    }

    /// Seats out of the stock are held from now on.
    fn keep_seats<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, seats: &[SeatId], agenda: &mut Agenda,
    ) {
        let serial = self.inventory.next_serial;
        self.inventory.next_serial = (serial + 1) & 0xFF_FFFF;
        let visit = tables.active.at_mut(slot);
        visit.hold = Some(Hold::new(serial, seats));
        let session = visit.session;
        self.end_choosing(slot);
        let who = sim.crowd.who(session);
        for &seat in seats {
            sim.record.fact(sim.now, Fact::SeatHeld { who, seat });
        }
        tables.decide_now(sim, session, Truth::Holding);
        let until = sim.now + sim.plan.inventory.hold;
        let tie = sim.draws.tie(sim.entity_of(session), who.tab, serial);
        agenda.push(Message::HoldEnd.entry(until, tie, slot, serial));
    }

    /// The first payment of a hold is asked for: from now on its deadline is that of paying, where there is one.
    pub(in crate::model) fn move_deadline<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        let Some(span) = sim.plan.inventory.hold_when_paying else { return };
        let until = sim.now + span;
        let visit = tables.active.at_mut(slot);
        let session = visit.session;
        let hold = visit.hold.as_mut().expect("only what is held is paid for");
        if hold.moved_to.is_some() {
            return;
        }
        hold.moved_to = Some(until);
        let serial = hold.serial;
        let tie = sim.draws.tie(sim.entity_of(session), sim.crowd.wire(session).tab(), serial);
        agenda.push(Message::HoldEnd.entry(until, tie, slot, serial));
    }

    /// Frees what a slot holds. Returns whether it held anything.
    pub(in crate::model) fn release_hold<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, expired: bool, agenda: &mut Agenda,
    ) -> bool {
        let visit = tables.active.at_mut(slot);
        let Some(hold) = visit.hold.take() else { return false };
        let who = sim.crowd.who(visit.session);
        self.begin_choosing(sim, tables, slot, agenda);
        self.free_seats(sim, who, &hold, expired);
        true
    }

    /// What was held together is free again.
    pub(in crate::model) fn free_seats<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, who: Who, hold: &Hold, expired: bool,
    ) {
        for &seat in hold.seats() {
            let was_free = self.inventory.is_free(seat);
            if self.inventory.give_back(seat) {
                Self::record_anomaly(sim, who.session, Some(seat), StockAnomaly::OthersKeep);
            } else if !was_free {
                self.note_change(sim, seat, who.session);
            }
            sim.record.fact(sim.now, Fact::SeatReturned { who, seat, expired });
        }
    }

    /// A hold's deadline: is what it holds to come back? Not if a payment is under way for it and the shop waits for that.
    pub(in crate::model) fn hold_expires<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, serial: u32,
    ) -> bool {
        if !tables.active.holds(slot, serial) {
            return false;
        }
        let now = sim.now;
        let visit = tables.active.at_mut(slot);
        if visit.hold.is_some_and(|hold| hold.moved_to.is_some_and(|until| until > now)) {
            return false;
        }
        let waits = sim.plan.inventory.deadline_while_paying == DeadlineWhilePaying::Wait;
        if let Some(hold) = visit.hold.as_mut().filter(|hold| waits && hold.payments > 0) {
            hold.overdue = true;
            return false;
        }
        true
    }

    /// The next hold request that waits for a seat, if it is still the same; `most` is how many are left to ask for.
    pub(in crate::model) fn next_waiting_hold(
        &mut self, tables: &mut Tables, most: &mut usize,
    ) -> Option<u32> {
        while *most > 0 {
            *most -= 1;
            let request = self.inventory.waiting_holds.pop_front()?;
            if tables.requests.get_mut(request).is_some() {
                return Some(request.slot);
            }
        }
        None
    }

    /// The ledger's commit: what the slot holds is sold. Returns whether the house is sold out.
    pub(in crate::model) fn commit_sale<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) -> bool {
        let visit = tables.active.at_mut(slot);
        let session = visit.session;
        let hold = visit.hold.take().expect("only what is held is sold");
        let who = sim.crowd.who(session);
        for &seat in hold.seats() {
            if self.inventory.commit(seat) {
                Self::record_anomaly(sim, session, Some(seat), StockAnomaly::SoldTwice);
            }
            sim.record.fact(sim.now, Fact::SeatSold { who, seat });
            self.orders.note(sim.now, session, seat);
        }
        self.provider.keep_key(session, &hold);
        tables.decide_now(sim, session, Truth::Sold);
        let sold_out = self.inventory.is_gone(None);
        if sold_out {
            self.inventory.sold_out_at = Some(sim.now);
        }
        sold_out
    }
}
