//! Checkout and payment: the shop's side of the third party that takes the money. The provider answers after a while,
//! and some of its answers never reach the shop, which waits for its own timer and then knows nothing. Sold is what the
//! ledger commits, not what the provider charged: between the two lie tickets nobody got and money nobody gave back.
//! What the provider says is in `provider.rs`.
//!
//! ```text
//!   held --pay--> asked --charged--> sold
//!    ^ |            | +--declined--> free again
//!    | |            +--the answer is lost, an error, a proof is wanted--> held
//!    +-|---------------------------------------------------------------+
//!      +--never pays: reserved --deadline--> free again
//! ```

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::Tables;
use crate::model::backend::active::Hold;
use crate::model::backend::shop::provider::{Asked, Outcome, Payment};
use crate::model::sim::crowd::Flag;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{CheckoutEvent, Emitter, Fact, Observer, Reply, SessionId, Truth, Who};
use crate::scenario::plan::Late;

/// An order that stands without a payment.
pub(in crate::model) struct Reservation {
    session: SessionId,
    hold: Hold,
}

/// What came of a payment request.
#[derive(Clone, Copy)]
pub(in crate::model) enum PayResult {
    /// This is the answer, and nothing has changed.
    Answered(Reply, Emitter),
    /// The person has an order already.
    HasBought,
    /// The order of this slot stands without a payment.
    Reserved(u32),
    /// The provider is asked, and its answer comes later.
    Asked,
    /// The provider has too much to do: the request is refused.
    ProviderFull,
}

impl<O: Observer> World<O> {
    /// The checkout opens for whoever still holds seats.
    pub(in crate::model) fn open_checkout(&mut self, session: SessionId) -> Reply {
        match self.slot_with_hold(session) {
            Some(_) => Reply::CheckoutOpen,
            None if self.sim.crowd.row(session).truth() == Truth::Sold => Reply::Confirmed,
            None if self.has_reserved(session) => Reply::Reserved,
            None => Reply::HoldEnded,
        }
    }

    fn slot_with_hold(&self, session: SessionId) -> Option<u32> {
        let row = self.sim.crowd.row(session);
        (row.is(Flag::Inside) && self.tables.active.at(row.place).hold.is_some()).then_some(row.place)
    }

    /// A payment request was served: the provider is asked, and the answer comes later; unless it cannot be reached,
    /// which is known at once: nothing is charged, and the seats stay held.
    pub(in crate::model) fn pay(&mut self, request: u32, agenda: &mut Agenda) -> PayResult {
        let upstream = self.tables.requests.at(request);
        let (session, draw_key) = (upstream.session, upstream.draw_key);
        let Some(slot) = self.slot_with_hold(session) else {
            return PayResult::Answered(self.open_checkout(session), Emitter::Service);
        };
        if Tables::person_has_bought(&self.sim, session) {
            return PayResult::HasBought;
        }
        let who = self.sim.crowd.who(session);
        if self.never_pays(draw_key.person) {
            self.reserve(slot, agenda);
            return PayResult::Reserved(slot);
        }
        if self.sim.payment_is_out(self.sim.now) {
            self.sim.record.fact(self.sim.now, Fact::PaymentUnreachable { who });
            return PayResult::Answered(Reply::PaymentUnavailable, Emitter::Payment);
        }
        match self.ask_provider(slot, draw_key) {
            Asked::TakenOn(payment) => self.await_provider(request, payment, agenda),
            Asked::KeyInFlight => {
                self.sim
                    .record
                    .fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::KeyInFlight });
                return PayResult::Answered(Reply::PaymentInFlight, Emitter::Payment);
            }
            Asked::Full => {
                self.sim
                    .record
                    .fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::ProviderFull });
                return PayResult::ProviderFull;
            }
        }
        PayResult::Asked
    }

    /// The provider has taken a payment on: its answer comes, or the shop's timer on it fires.
    fn await_provider(&mut self, request: u32, payment: Payment, agenda: &mut Agenda) {
        let session = self.tables.requests.at(request).session;
        let who = self.sim.crowd.who(session);
        self.tables.active.at_mut(payment.slot).hold.as_mut().expect("the slot holds seats").payments += 1;
        self.move_deadline(payment.slot, agenda);
        if !payment.queued.is_zero() {
            self.sim.record.fact(self.sim.now, Fact::PaymentQueued { who, wait: payment.queued });
        }
        self.tables.decide_now(&mut self.sim, session, Truth::Paying);
        let heard_at =
            if payment.unheard { self.sim.now + self.sim.plan.payment.timeout } else { payment.done_at };
        self.shop.provider.under_way.insert(request, payment);
        let reference = self.tables.requests.reference(request);
        self.tables.requests.post(&self.sim, Message::PaymentDone, heard_at, reference, agenda);
    }

    /// What the provider has done, whether or not anybody hears of it.
    fn record_outcome(&mut self, who: Who, payment: Payment, slot: Option<u32>) {
        let step = match (payment.outcome, payment.repeated) {
            (Outcome::Charged, false) => {
                let charges =
                    slot.and_then(|slot| self.tables.active.at_mut(slot).hold.as_mut()).map(|hold| {
                        hold.charges = hold.charges.saturating_add(1);
                        hold.charges
                    });
                let duplicate = charges.is_some_and(|charges| charges > 1)
                    || Tables::person_has_bought(&self.sim, who.session);
                return self.sim.record.fact(payment.done_at, Fact::Charged { who, duplicate });
            }
            (Outcome::Charged, true) => CheckoutEvent::ChargeRepeated,
            (Outcome::Declined, true) => CheckoutEvent::DeclineRepeated,
            (Outcome::Failed, true) => CheckoutEvent::ErrorRepeated,
            (Outcome::Failed, false) => CheckoutEvent::ProviderFailed,
            // A card that is declined for the first time is told of when the shop hears of it.
            (Outcome::Declined, false) | (Outcome::Challenged, _) => return,
        };
        self.sim.record.fact(payment.done_at, Fact::AtCheckout { who, step });
    }

    /// The money was taken for seats that are held no longer.
    pub(in crate::model) fn answer_too_late(&mut self, session: SessionId) -> Reply {
        if Tables::person_has_bought(&self.sim, session) || self.sim.plan.payment.late == Late::Confirm {
            return Reply::Confirmed;
        }
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::ChargedTooLate });
        if self.sim.plan.payment.late == Late::Refund {
            self.sim.record.fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::Refunded });
        }
        Reply::HoldEnded
    }

    /// One payment of a hold has ended without a sale; returns whether another is still under way.
    pub(in crate::model) fn others_under_way(&mut self, slot: u32) -> bool {
        let hold = self.tables.active.at_mut(slot).hold.as_mut().expect("a payment keeps its hold");
        hold.payments -= 1;
        hold.payments > 0
    }

    /// Whether a person is one of those who reserve their order and never pay.
    fn never_pays(&self, person: u64) -> bool {
        let Some(unpaid) = &self.sim.plan.payment.unpaid else { return false };
        let (stream, n) = self.sim.draws.of_person(DrawPurpose::Unpaid, person, DrawPurpose::PERSONAL_TAB);
        stream.chance(n, unpaid.share)
    }

    pub(in crate::model) fn has_reserved(&self, session: SessionId) -> bool {
        self.shop.reserved.iter().flatten().any(|reservation| reservation.session == session)
    }

    /// An order without a payment: its seats are kept until a deadline of their own, and the buyer needs no slot.
    fn reserve(&mut self, slot: u32, agenda: &mut Agenda) {
        let visit = self.tables.active.at_mut(slot);
        let session = visit.session;
        let hold = visit.hold.take().expect("only what is held is reserved");
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::Reserved });
        let after = self.sim.plan.payment.unpaid.as_ref().expect("orders may go unpaid").after;
        let number = u32::try_from(self.shop.reserved.len()).expect("fewer than 2^32 orders");
        let tie = self.sim.draws.tie(self.sim.entity_of(session), who.tab, hold.serial);
        agenda.push(Message::ReservationEnd.entry(self.sim.now + after, tie, number, 0));
        self.shop.reserved.push(Some(Reservation { session, hold }));
    }

    /// The provider answered, or the shop's timer on it fired: the payment, and the slot whose hold it is for, if that
    /// holds it still.
    pub(in crate::model) fn take_payment(&mut self, request: u32) -> (Payment, Option<u32>) {
        let payment = self.shop.provider.under_way.remove(&request).expect("the provider was asked");
        let slot = Some(payment.slot).filter(|&slot| self.tables.active.holds(slot, payment.serial));
        let who = self.sim.crowd.who(self.tables.requests.at(request).session);
        self.record_outcome(who, payment, slot);
        (payment, slot)
    }

    /// A payment has ended and nothing is decided, or nobody knows: the seats stay held until their deadline. Returns
    /// whether that has passed already.
    pub(in crate::model) fn go_on_holding(&mut self, session: SessionId, slot: Option<u32>) -> bool {
        let Some(slot) = slot else { return false };
        if self.others_under_way(slot) {
            return false;
        }
        let overdue = self.tables.active.at(slot).hold.is_some_and(|hold| hold.overdue);
        if !overdue {
            self.tables.decide_now(&mut self.sim, session, Truth::Holding);
        }
        overdue
    }

    /// The deadline of an order that nobody paid: its seats come back.
    pub(in crate::model) fn end_reservation(&mut self, number: u32) {
        let reservation = self.shop.reserved[number as usize].take();
        let Reservation { session, hold } = reservation.expect("a reservation ends once");
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::AtCheckout { who, step: CheckoutEvent::ReservationEnded });
        self.free_seats(who, &hold, true);
        let row = self.sim.crowd.row(session);
        if row.truth() == Truth::Holding && !row.is(Flag::Inside) {
            self.tables.decide_now(&mut self.sim, session, Truth::Expired);
        }
    }
}
