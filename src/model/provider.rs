//! The payment provider, a third party: what it makes of each payment it is asked for, and when. It draws the person's
//! luck, whichever session pays. Modelled on card processors: it can do so much at a time and lets the rest wait; the
//! bank behind it may want a proof; it keeps its first answer under the payment's key and repeats it. What it says
//! is settled when it is asked, so a payment is one event, its answer.
//!
//! ```text
//!   shop --payment (key of the hold)--> known key? --repeat, or 409-->
//!                                         | new
//!                                         v
//!                       queue --> at work: error, proof wanted, declined, charged --> shop, unless the answer is lost
//! ```
//!
//! Left out: holds on the money before the charge, chargebacks, and the time in which a refund arrives.

use super::World;
use super::luck::{Ask, Use};
use crate::engine::{Span, Time};
use crate::protocol::Observer;
use crate::scenario::plan::{CapacityPlan, InFlight, Keeps, Lossy};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

/// What the provider says in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It takes the money.
    Charged,
    /// The bank declines the card.
    Declined,
    /// It fails by itself.
    Failed,
    /// The bank wants a proof first.
    Challenged,
}

/// An answer kept under the key of a hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    outcome: Outcome,
    /// Until then the payment is still under way.
    from: Time,
    /// Until then it is repeated.
    until: Time,
}

/// One payment under way.
#[derive(Clone, Copy)]
pub(super) struct Payment {
    /// The hold that it is for: slot and serial number.
    pub(super) slot: u32,
    pub(super) serial: u32,
    pub(super) outcome: Outcome,
    /// When the provider is done.
    pub(super) done_at: Time,
    /// Its answer never reaches the shop, or too late.
    pub(super) unheard: bool,
    /// It only repeats what it said before.
    pub(super) repeated: bool,
    /// How long it waits for others to end.
    pub(super) queued: Span,
}

/// What comes of asking.
pub(super) enum Asked {
    /// It takes the payment on.
    TakenOn(Payment),
    /// A payment with the same key is under way.
    KeyInFlight,
    /// It has too much to do.
    Full,
}

/// What the provider is at.
pub(super) struct Provider {
    /// The payments under way, by their request's row.
    pub(super) under_way: BTreeMap<u32, Payment>,
    desk: Option<Desk>,
}

impl Provider {
    pub(super) fn new(capacity: Option<CapacityPlan>) -> Provider {
        Provider { under_way: BTreeMap::new(), desk: capacity.map(Desk::new) }
    }
}

/// A provider that can do only so much at a time: first come, first served. Since it is known when each payment ends,
/// it is known at once when the next one begins.
struct Desk {
    /// When each of its workers is free again, soonest first.
    free_at: BinaryHeap<Reverse<Time>>,
    /// When those that wait will begin, in order.
    begin_at: VecDeque<Time>,
    queue: Option<u32>,
}

impl Desk {
    fn new(capacity: CapacityPlan) -> Desk {
        Desk {
            free_at: (0..capacity.at_once).map(|_| Reverse(Time::ZERO)).collect(),
            begin_at: VecDeque::new(),
            queue: capacity.queue,
        }
    }

    /// When work that comes now and takes so long begins; `None`: too many wait.
    fn take_on(&mut self, now: Time, work: Span) -> Option<Time> {
        while self.begin_at.front().is_some_and(|begin| *begin <= now) {
            self.begin_at.pop_front();
        }
        let Reverse(free_at) = *self.free_at.peek().expect("at least one worker");
        if free_at > now {
            if self.queue.is_some_and(|most| self.begin_at.len() >= most as usize) {
                return None;
            }
            self.begin_at.push_back(free_at);
        }
        let begin = free_at.max(now);
        self.free_at.pop();
        self.free_at.push(Reverse(begin + work));
        Some(begin)
    }
}

impl<O: Observer> World<O> {
    /// The provider is asked for the money of what this slot holds.
    pub(super) fn ask_provider(&mut self, slot: u32, ask: Ask) -> Asked {
        let hold = self.insiders.at(slot).hold.expect("only what is held is paid for");
        match hold.kept {
            Some(kept) if self.now < kept.from => match self.plan.payment.idempotency {
                Some(keys) if keys.in_flight == InFlight::Conflict => return Asked::KeyInFlight,
                _ => {}
            },
            Some(kept) if self.now < kept.until => {
                let repeat = Payment { repeated: true, ..self.payment(slot, kept.outcome, ask, self.now) };
                return Asked::TakenOn(repeat);
            }
            _ => {}
        }
        let (stream, n) = self.luck.of_ask(Use::Payment, personal(ask));
        let work = self.plan.payment.delay.sample(stream, n);
        let begin = match &mut self.provider.desk {
            Some(desk) => desk.take_on(self.now, work),
            None => Some(self.now),
        };
        let Some(begin) = begin else { return Asked::Full };
        let outcome = self.outcome(ask, hold.challenged);
        let queued = begin.saturating_since(self.now);
        let payment = Payment { queued, ..self.payment(slot, outcome, ask, begin + work) };
        self.keep_answer(&payment);
        Asked::TakenOn(payment)
    }

    /// A payment that will be done then. An answer that would come while the provider cannot be reached is lost.
    fn payment(&self, slot: u32, outcome: Outcome, ask: Ask, done_at: Time) -> Payment {
        let plan = &self.plan.payment;
        Payment {
            slot,
            serial: self.insiders.at(slot).hold.expect("only what is held is paid for").serial,
            outcome,
            done_at,
            unheard: self.happens(Use::PaymentLoss, plan.lost_reply, ask)
                || done_at > self.now + plan.timeout
                || self.payment_is_out(done_at)
                || self.loses_message(Lossy::PaymentResults, personal(ask), done_at),
            repeated: false,
            queued: Span::ZERO,
        }
    }

    /// What the provider says to a payment that it takes on.
    fn outcome(&self, ask: Ask, proven: bool) -> Outcome {
        let plan = &self.plan.payment;
        let asked_for_proof = || {
            let share = plan.challenge.as_ref().map_or(0.0, |challenge| challenge.share);
            let (stream, n) = self.luck.of_person(Use::Challenge, ask.person, Use::PERSONAL_TAB);
            share > 0.0 && stream.chance(n, share)
        };
        if self.happens(Use::PaymentError, plan.error, ask) {
            Outcome::Failed
        } else if !proven && asked_for_proof() {
            Outcome::Challenged
        } else if self.happens(Use::Decline, plan.decline, ask) {
            Outcome::Declined
        } else {
            Outcome::Charged
        }
    }

    /// The luck of a payment is the person's, whichever session pays.
    pub(super) fn happens(&self, what: Use, share: f64, ask: Ask) -> bool {
        let (stream, n) = self.luck.of_ask(what, personal(ask));
        share > 0.0 && stream.chance(n, share)
    }

    /// The provider keeps its answer under the key of the hold, unless it has one already. A proof that is wanted is no
    /// answer yet.
    fn keep_answer(&mut self, payment: &Payment) {
        let Some(keys) = self.plan.payment.idempotency else { return };
        if payment.outcome == Outcome::Challenged {
            return;
        }
        let now = self.now;
        let hold = self.insiders.at_mut(payment.slot).hold.as_mut().expect("only what is held is paid for");
        if hold.kept.is_some_and(|kept| now < kept.from) {
            return;
        }
        let repeats = keys.keeps == Keeps::AllReplies || payment.outcome == Outcome::Charged;
        let from = payment.done_at;
        let until = if repeats { from + keys.kept_for } else { from };
        hold.kept = Some(Kept { outcome: payment.outcome, from, until });
    }
}

fn personal(ask: Ask) -> Ask {
    Ask { tab: Use::PERSONAL_TAB, ..ask }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> Time {
        Time::ZERO + Span::from_secs(s)
    }

    #[test]
    fn two_workers_serve_first_come_first_and_whoever_finds_the_queue_full_is_refused() {
        let mut desk = Desk::new(CapacityPlan { at_once: 2, queue: Some(1) });
        assert_eq!(desk.take_on(at(0), Span::from_secs(10)), Some(at(0)));
        assert_eq!(desk.take_on(at(1), Span::from_secs(2)), Some(at(1)));
        assert_eq!(desk.take_on(at(2), Span::from_secs(5)), Some(at(3)), "behind the shorter one");
        assert_eq!(desk.take_on(at(2), Span::from_secs(1)), None, "one waits already");
        assert_eq!(desk.take_on(at(3), Span::from_secs(1)), Some(at(8)), "the one before has begun");
    }

    #[test]
    fn any_number_waits_where_the_queue_has_no_end() {
        let mut desk = Desk::new(CapacityPlan { at_once: 1, queue: None });
        for n in 0..100 {
            assert_eq!(desk.take_on(at(0), Span::from_secs(1)), Some(at(n)));
        }
    }
}
