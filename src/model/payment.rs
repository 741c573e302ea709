//! Checkout and payment: the third party that takes the money. The provider answers after its delay, declines
//! some cards, and some of its answers never reach the shop, which waits for its own timer and then knows
//! nothing. Sold is what the ledger commits, not what the provider charged: between the two lie tickets
//! nobody got and money nobody gave back.
//!
//! There is no idempotency key yet: a repeated payment of one hold charges again, and is counted.

use super::World;
use super::crowd::Flag;
use super::luck::{Ask, Use};
use super::message::Message;
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Emitter, Fact, Observer, Reply, SessionId, Truth};
use crate::scenario::plan::Lossy;

/// What the provider does with one payment.
struct Outcome {
    /// How long it takes.
    delay: Span,
    /// It takes the money.
    approved: bool,
    /// Its answer never reaches the shop, or too late.
    unknown: bool,
}

impl<O: Observer> World<O> {
    /// The checkout opens for whoever still holds seats.
    pub(super) fn open_checkout(&mut self, session: SessionId) -> Reply {
        match self.slot_with_hold(session) {
            Some(_) => Reply::CheckoutOpen,
            None if self.crowd.row(session).truth() == Truth::Sold => Reply::Confirmed,
            None => Reply::HoldEnded,
        }
    }

    fn slot_with_hold(&self, session: SessionId) -> Option<u32> {
        let row = self.crowd.row(session);
        (row.is(Flag::Inside) && self.insiders.at(row.place).hold.is_some()).then_some(row.place)
    }

    /// The luck of a payment is the person's, whichever session pays. An answer that would come while the provider cannot
    /// be reached is lost.
    fn outcome(&self, ask: Ask, asked_at: Time) -> Outcome {
        let plan = &self.plan.payment;
        let personal = Ask { tab: Use::PERSONAL_TAB, ..ask };
        let drawn = |what: Use, share: f64| {
            let (stream, n) = self.luck.of_ask(what, personal);
            share > 0.0 && stream.chance(n, share)
        };
        let (stream, n) = self.luck.of_ask(Use::Payment, personal);
        let delay = plan.delay.sample(stream, n);
        Outcome {
            delay,
            approved: !drawn(Use::Decline, plan.decline),
            unknown: drawn(Use::PaymentLoss, plan.lost_reply)
                || delay > plan.timeout
                || self.payment_is_out(asked_at + delay)
                || self.loses_message(Lossy::PaymentResults, personal, asked_at + delay),
        }
    }

    /// A payment request was served: the provider is asked, and the answer comes later; unless it cannot be reached,
    /// which is known at once: nothing is charged, and the seats stay held.
    pub(super) fn pay(&mut self, request: u32, agenda: &mut Agenda) -> Option<(Reply, Emitter)> {
        let upstream = self.requests.at(request);
        let (session, ask) = (upstream.session, upstream.ask);
        let Some(slot) = self.slot_with_hold(session) else {
            return Some((self.open_checkout(session), Emitter::Service));
        };
        if self.person_has_bought(session) {
            return Some((self.turn_away_buyer(session, agenda), Emitter::Service));
        }
        if self.payment_is_out(self.now) {
            let who = self.crowd.who(session);
            self.record.fact(self.now, Fact::PaymentUnreachable { who });
            return Some((Reply::PaymentUnavailable, Emitter::Payment));
        }
        self.insiders.at_mut(slot).hold.as_mut().expect("the slot holds seats").payments += 1;
        self.decide_truth(session, self.now, Truth::Paying);
        let outcome = self.outcome(ask, self.now);
        let timeout = self.plan.payment.timeout;
        let answered_after = if outcome.unknown { timeout } else { outcome.delay };
        self.requests.at_mut(request).since = self.now;
        let reference = self.requests.reference(request);
        self.post_row(Message::PaymentDone, self.now + answered_after, reference, agenda);
        None
    }

    /// The provider answered, or the shop's timer on it fired.
    pub(super) fn end_payment(&mut self, request: u32, agenda: &mut Agenda) {
        let upstream = self.requests.at(request);
        let (session, ask, asked_at) = (upstream.session, upstream.ask, upstream.since);
        let outcome = self.outcome(ask, asked_at);
        let who = self.crowd.who(session);
        let slot = self.slot_with_hold(session);
        if outcome.approved {
            let charges = slot.and_then(|slot| self.insiders.at_mut(slot).hold.as_mut()).map(|hold| {
                hold.charges = hold.charges.saturating_add(1);
                hold.charges
            });
            let duplicate = charges.is_none_or(|charges| charges > 1) || self.person_has_bought(session);
            self.record.fact(asked_at + outcome.delay, Fact::Charged { who, duplicate });
        }
        let (reply, emitter) = if outcome.unknown {
            self.record.fact(self.now, Fact::PaymentReplyLost { who, charged: outcome.approved });
            self.payment_unknown(session, slot, agenda);
            (Reply::PaymentUnknown, Emitter::Payment)
        } else if outcome.approved {
            match slot {
                Some(_) if self.person_has_bought(session) => {
                    self.turn_away_buyer(session, agenda);
                }
                Some(slot) => self.sell(slot, agenda),
                None => {}
            }
            (Reply::Confirmed, Emitter::Service)
        } else {
            self.record.fact(self.now, Fact::CardDeclined { who });
            self.payment_declined(session, slot, agenda);
            (Reply::Declined, Emitter::Payment)
        };
        self.respond(request, reply, emitter, agenda);
    }

    /// One payment of a hold has ended without a sale; returns whether another is still under way.
    fn others_under_way(&mut self, slot: u32) -> bool {
        let hold = self.insiders.at_mut(slot).hold.as_mut().expect("a payment keeps its hold");
        hold.payments -= 1;
        hold.payments > 0
    }

    /// Paid or not, nobody knows: the seats stay held until their deadline.
    fn payment_unknown(&mut self, session: SessionId, slot: Option<u32>, agenda: &mut Agenda) {
        let Some(slot) = slot else { return };
        if self.others_under_way(slot) {
            return;
        }
        let overdue = self.insiders.at(slot).hold.is_some_and(|hold| hold.overdue);
        if overdue {
            self.return_seats(slot, true, agenda);
            self.decide_truth(session, self.now, Truth::Active);
            self.settle(slot, agenda);
        } else {
            self.decide_truth(session, self.now, Truth::Holding);
        }
    }

    /// The card was declined: the backend knows, so the seats are free again.
    fn payment_declined(&mut self, session: SessionId, slot: Option<u32>, agenda: &mut Agenda) {
        let Some(slot) = slot else { return };
        if self.others_under_way(slot) {
            return;
        }
        self.return_seats(slot, false, agenda);
        self.decide_truth(session, self.now, Truth::Declined);
        self.settle(slot, agenda);
    }
}
