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
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::active::{Hold, PaymentOutcome};
use crate::model::backend::shop::Shop;
use crate::model::backend::shop::provider::{Asked, Payment};
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

impl Shop {
    /// The checkout opens for whoever still holds seats.
    pub(in crate::model) fn open_checkout<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> Reply {
        match Self::slot_with_hold(sim, tables, session) {
            Some(_) => Reply::CheckoutOpen,
            None if sim.crowd.books(session).truth() == Truth::Sold => Reply::Confirmed,
            None if self.has_reserved(session) => Reply::Reserved,
            None => Reply::HoldEnded,
        }
    }

    fn slot_with_hold<O: Observer, P>(sim: &Sim<O, P>, tables: &Tables, session: SessionId) -> Option<u32> {
        let row = sim.crowd.row(session);
        (row.books.is_inside() && tables.active.at(row.books.place()).hold.is_some())
            .then_some(row.books.place())
    }

    /// A payment request was served: the provider is asked, and the answer comes later; unless it cannot be reached,
    /// which is known at once: nothing is charged, and the seats stay held.
    pub(in crate::model) fn pay<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, request: u32, agenda: &mut Agenda,
    ) -> PayResult {
        let upstream = tables.requests.at(request);
        let (session, draw_key) = (upstream.session, upstream.draw_key);
        let slot = Self::slot_with_hold(sim, tables, session);
        if let Some(slot) = slot {
            if Tables::person_has_bought(sim, session) {
                return PayResult::HasBought;
            }
            if Self::never_pays(sim, draw_key.person) {
                self.reserve(sim, tables, slot, agenda);
                return PayResult::Reserved(slot);
            }
        } else if sim.crowd.books(session).truth() != Truth::Sold {
            return PayResult::Answered(self.open_checkout(sim, tables, session), Emitter::Service);
        }
        // What is sold already is paid for once more: only a key could tell that it is the same payment.
        let who = sim.crowd.who(session);
        if sim.payment_is_out(sim.now) {
            sim.record.fact(sim.now, Fact::PaymentUnreachable { who });
            return PayResult::Answered(Reply::PaymentUnavailable, Emitter::Payment);
        }
        match self.ask_provider(sim, tables, (session, slot), draw_key) {
            Asked::TakenOn(payment) => self.await_provider(sim, tables, request, payment, agenda),
            Asked::KeyInFlight => {
                sim.record.fact(sim.now, Fact::AtCheckout { who, step: CheckoutEvent::KeyInFlight });
                return PayResult::Answered(Reply::PaymentInFlight, Emitter::Payment);
            }
            Asked::Full => {
                sim.record.fact(sim.now, Fact::AtCheckout { who, step: CheckoutEvent::ProviderFull });
                return PayResult::ProviderFull;
            }
        }
        PayResult::Asked
    }

    /// The provider has taken a payment on: its answer comes, or the shop's timer on it fires.
    fn await_provider<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, request: u32, payment: Payment,
        agenda: &mut Agenda,
    ) {
        let session = tables.requests.at(request).session;
        let who = sim.crowd.who(session);
        if let Some((slot, _)) = payment.hold {
            tables.active.at_mut(slot).hold.as_mut().expect("the slot holds seats").payments += 1;
            Self::move_deadline(sim, tables, slot, agenda);
        }
        if !payment.queued.is_zero() {
            sim.record.fact(sim.now, Fact::PaymentQueued { who, wait: payment.queued });
        }
        if payment.hold.is_some() {
            tables.decide_now(sim, session, Truth::Paying);
        }
        let heard_at = if payment.unheard { sim.now + sim.plan.payment.timeout } else { payment.done_at };
        self.provider.under_way.insert(request, payment);
        let reference = tables.requests.reference(request);
        tables.requests.post(sim, Message::PaymentDone, heard_at, reference, agenda);
    }

    /// What the provider has done, whether or not anybody hears of it.
    fn record_outcome<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, who: Who, payment: Payment, slot: Option<u32>,
    ) {
        let step = match (payment.outcome, payment.repeated) {
            (PaymentOutcome::Charged, false) => {
                let charges = slot.and_then(|slot| tables.active.at_mut(slot).hold.as_mut()).map(|hold| {
                    hold.charges = hold.charges.saturating_add(1);
                    hold.charges
                });
                let duplicate =
                    charges.is_some_and(|charges| charges > 1) || Tables::person_has_bought(sim, who.session);
                return sim.record.fact(payment.done_at, Fact::Charged { who, duplicate });
            }
            (PaymentOutcome::Charged, true) => CheckoutEvent::ChargeRepeated,
            (PaymentOutcome::Declined, true) => CheckoutEvent::DeclineRepeated,
            (PaymentOutcome::Failed, true) => CheckoutEvent::ErrorRepeated,
            (PaymentOutcome::Failed, false) => CheckoutEvent::ProviderFailed,
            // A card that is declined for the first time is told of when the shop hears of it.
            (PaymentOutcome::Declined, false) | (PaymentOutcome::Challenged, _) => return,
        };
        sim.record.fact(payment.done_at, Fact::AtCheckout { who, step });
    }

    /// The money was taken for seats that are held no longer.
    pub(in crate::model) fn answer_too_late<O: Observer, P>(
        sim: &mut Sim<O, P>, session: SessionId,
    ) -> Reply {
        if Tables::person_has_bought(sim, session) || sim.plan.payment.late == Late::Confirm {
            return Reply::Confirmed;
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::AtCheckout { who, step: CheckoutEvent::ChargedTooLate });
        if sim.plan.payment.late == Late::Refund {
            sim.record.fact(sim.now, Fact::AtCheckout { who, step: CheckoutEvent::Refunded });
        }
        Reply::HoldEnded
    }

    /// One payment of a hold has ended without a sale; returns whether another is still under way.
    pub(in crate::model) fn others_under_way(tables: &mut Tables, slot: u32) -> bool {
        let hold = tables.active.at_mut(slot).hold.as_mut().expect("a payment keeps its hold");
        hold.payments -= 1;
        hold.payments > 0
    }

    /// Whether a person is one of those who reserve their order and never pay.
    fn never_pays<O: Observer, P>(sim: &Sim<O, P>, person: u64) -> bool {
        let Some(unpaid) = &sim.plan.payment.unpaid else { return false };
        let (stream, n) = sim.draws.of_person(DrawPurpose::Unpaid, person, DrawPurpose::PERSONAL_TAB);
        stream.chance(n, unpaid.share.get())
    }

    pub(in crate::model) fn has_reserved(&self, session: SessionId) -> bool {
        self.reserved.iter().flatten().any(|reservation| reservation.session == session)
    }

    /// An order without a payment: its seats are kept until a deadline of their own, and the buyer needs no slot.
    fn reserve<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        let visit = tables.active.at_mut(slot);
        let session = visit.session;
        let hold = visit.hold.take().expect("only what is held is reserved");
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::AtCheckout { who, step: CheckoutEvent::Reserved });
        let after = sim.plan.payment.unpaid.as_ref().expect("orders may go unpaid").after;
        let number = u32::try_from(self.reserved.len()).expect("fewer than 2^32 orders");
        let tie = sim.draws.tie(sim.entity_of(session), who.tab, hold.serial);
        agenda.push(Message::ReservationEnd.entry(sim.now + after, tie, number, 0));
        self.reserved.push(Some(Reservation { session, hold }));
    }

    /// The provider answered, or the shop's timer on it fired: the payment, and the slot whose hold it is for, if that
    /// holds it still.
    pub(in crate::model) fn take_payment<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, request: u32,
    ) -> (Payment, Option<u32>) {
        let payment = self.provider.under_way.remove(&request).expect("the provider was asked");
        let slot =
            payment.hold.filter(|&(slot, serial)| tables.active.holds(slot, serial)).map(|hold| hold.0);
        let who = sim.crowd.who(tables.requests.at(request).session);
        Self::record_outcome(sim, tables, who, payment, slot);
        (payment, slot)
    }

    /// A payment has ended and nothing is decided, or nobody knows: the seats stay held until their deadline. Returns
    /// whether that has passed already.
    pub(in crate::model) fn go_on_holding<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, slot: Option<u32>,
    ) -> bool {
        let Some(slot) = slot else { return false };
        if Self::others_under_way(tables, slot) {
            return false;
        }
        let overdue = tables.active.at(slot).hold.is_some_and(|hold| hold.overdue);
        if !overdue {
            tables.decide_now(sim, session, Truth::Holding);
        }
        overdue
    }

    /// The deadline of an order that nobody paid: its seats come back.
    pub(in crate::model) fn end_reservation<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, number: u32,
    ) {
        let reservation = self.reserved[number as usize].take();
        let Reservation { session, hold } = reservation.expect("a reservation ends once");
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::AtCheckout { who, step: CheckoutEvent::ReservationEnded });
        self.free_seats(sim, who, &hold, true);
        let row = sim.crowd.row(session);
        if row.books.truth() == Truth::Holding && !row.books.is_inside() {
            tables.decide_now(sim, session, Truth::Expired);
        }
    }
}
