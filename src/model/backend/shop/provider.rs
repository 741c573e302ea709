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

use crate::engine::{Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::active::{Hold, KeptAnswer, PaymentOutcome};
use crate::model::backend::shop::Shop;
use crate::model::sim::draws::{DrawKey, DrawPurpose};
use crate::protocol::{Observer, SessionId};
use crate::scenario::plan::{Capacity, InFlight, Keeps, Lossy};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

/// One payment under way.
#[derive(Clone, Copy)]
pub(in crate::model) struct Payment {
    /// The hold that it is for: slot and serial number; `None`: that was paid for before, and its order stands.
    pub(in crate::model) hold: Option<(u32, u32)>,
    pub(in crate::model) outcome: PaymentOutcome,
    /// When the provider is done.
    pub(in crate::model) done_at: Time,
    /// Its answer never reaches the shop, or too late.
    pub(in crate::model) unheard: bool,
    /// It only repeats what it said before.
    pub(in crate::model) repeated: bool,
    /// How long it waits for others to end.
    pub(in crate::model) queued: Span,
}

/// What comes of asking.
pub(in crate::model) enum Asked {
    /// It takes the payment on.
    TakenOn(Payment),
    /// A payment with the same key is under way.
    KeyInFlight,
    /// It has too much to do.
    Full,
}

/// What the provider is at.
pub(in crate::model) struct Provider {
    /// The payments under way, by their request's row.
    pub(in crate::model) under_way: BTreeMap<u32, Payment>,
    workers: Option<WorkerPool>,
    /// What it has answered under the keys of holds that are sold by now, by their sessions.
    kept: BTreeMap<u32, KeptAnswer>,
}

impl Provider {
    pub(in crate::model) fn new(capacity: Option<Capacity>) -> Provider {
        Provider { under_way: BTreeMap::new(), workers: capacity.map(WorkerPool::new), kept: BTreeMap::new() }
    }

    /// What a session held is sold: the key of that hold outlives it, where there is one.
    pub(in crate::model) fn keep_key(&mut self, session: SessionId, hold: &Hold) {
        if let Some(kept) = hold.kept {
            self.kept.insert(session.0, kept);
        }
    }
}

/// A provider that can do only so much at a time: first come, first served. Since it is known when each payment ends,
/// it is known at once when the next one begins.
struct WorkerPool {
    /// When each of its workers is free again, soonest first.
    free_at: BinaryHeap<Reverse<Time>>,
    /// When those that wait will begin, in order.
    begin_at: VecDeque<Time>,
    queue: Option<u32>,
}

impl WorkerPool {
    fn new(capacity: Capacity) -> WorkerPool {
        WorkerPool {
            free_at: (0..capacity.at_once.get()).map(|_| Reverse(Time::ZERO)).collect(),
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

impl Shop {
    /// The provider is asked for the money of what this slot of the session holds; or (no slot) once more of what it held
    /// and has bought. It cannot tell these two apart but by the key.
    pub(in crate::model) fn ask_provider<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, (session, slot): (SessionId, Option<u32>),
        draw_key: DrawKey,
    ) -> Asked {
        let held =
            slot.map(|slot| (slot, tables.active.at(slot).hold.expect("only what is held is paid for")));
        let hold = held.map(|(slot, hold)| (slot, hold.serial));
        let kept = held.map_or_else(|| self.provider.kept.get(&session.0).copied(), |(_, hold)| hold.kept);
        match kept {
            Some(kept) if sim.now < kept.from => match sim.plan.payment.idempotency {
                Some(keys) if keys.in_flight == InFlight::Conflict => return Asked::KeyInFlight,
                _ => {}
            },
            Some(kept) if sim.now < kept.until => {
                let repeat =
                    Payment { repeated: true, ..Self::payment(sim, hold, kept.outcome, draw_key, sim.now) };
                return Asked::TakenOn(repeat);
            }
            _ => {}
        }
        let (stream, n) = sim.draws.of_request(DrawPurpose::Payment, draw_key.personal());
        let work = sim.plan.payment.delay.sample(stream, n);
        let begin = match &mut self.provider.workers {
            Some(workers) => workers.take_on(sim.now, work),
            None => Some(sim.now),
        };
        let Some(begin) = begin else { return Asked::Full };
        let proven = held.is_none_or(|(_, hold)| hold.challenged);
        let outcome = Self::outcome(sim, draw_key, proven);
        let queued = begin.saturating_since(sim.now);
        let payment = Payment { queued, ..Self::payment(sim, hold, outcome, draw_key, begin + work) };
        if let Some(kept) = Self::answer_to_keep(sim, kept, &payment) {
            match slot.and_then(|slot| tables.active.at_mut(slot).hold.as_mut()) {
                Some(hold) => hold.kept = Some(kept),
                None => drop(self.provider.kept.insert(session.0, kept)),
            }
        }
        Asked::TakenOn(payment)
    }

    /// A payment that will be done then. An answer that would come while the provider cannot be reached is lost.
    fn payment<O: Observer, P>(
        sim: &Sim<O, P>, hold: Option<(u32, u32)>, outcome: PaymentOutcome, draw_key: DrawKey, done_at: Time,
    ) -> Payment {
        let plan = &sim.plan.payment;
        Payment {
            hold,
            outcome,
            done_at,
            unheard: sim.happens(DrawPurpose::PaymentLoss, plan.lost_reply.get(), draw_key)
                || done_at > sim.now + plan.timeout
                || sim.payment_is_out(done_at)
                || sim.loses_message(Lossy::PaymentResults, draw_key.personal(), done_at),
            repeated: false,
            queued: Span::ZERO,
        }
    }

    /// What the provider says to a payment that it takes on.
    fn outcome<O: Observer, P>(sim: &Sim<O, P>, draw_key: DrawKey, proven: bool) -> PaymentOutcome {
        let plan = &sim.plan.payment;
        let asked_for_proof = || {
            let share = plan.challenge.as_ref().map_or(0.0, |challenge| challenge.share.get());
            let (stream, n) =
                sim.draws.of_person(DrawPurpose::Challenge, draw_key.person, DrawPurpose::PERSONAL_TAB);
            share > 0.0 && stream.chance(n, share)
        };
        if sim.happens(DrawPurpose::PaymentError, plan.error.get(), draw_key) {
            PaymentOutcome::Failed
        } else if !proven && asked_for_proof() {
            PaymentOutcome::Challenged
        } else if sim.happens(DrawPurpose::Decline, plan.decline.get(), draw_key) {
            PaymentOutcome::Declined
        } else {
            PaymentOutcome::Charged
        }
    }

    /// The provider keeps its answer under the key of the hold, unless it has one already. A proof that is wanted is no
    /// answer yet.
    fn answer_to_keep<O: Observer, P>(
        sim: &Sim<O, P>, kept: Option<KeptAnswer>, payment: &Payment,
    ) -> Option<KeptAnswer> {
        let keys = sim.plan.payment.idempotency?;
        let is_answer = payment.outcome != PaymentOutcome::Challenged;
        let has_one = kept.is_some_and(|kept| sim.now < kept.from);
        let repeats = keys.keeps == Keeps::AllReplies || payment.outcome == PaymentOutcome::Charged;
        let from = payment.done_at;
        let until = if repeats { from + keys.kept_for } else { from };
        (is_answer && !has_one).then_some(KeptAnswer { outcome: payment.outcome, from, until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Count;

    fn at(s: u64) -> Time {
        Time::ZERO + Span::from_secs(s)
    }

    #[test]
    fn two_workers_serve_first_come_first_and_whoever_finds_the_queue_full_is_refused() {
        let mut workers = WorkerPool::new(Capacity { at_once: Count::of(2), queue: Some(1) });
        assert_eq!(workers.take_on(at(0), Span::from_secs(10)), Some(at(0)));
        assert_eq!(workers.take_on(at(1), Span::from_secs(2)), Some(at(1)));
        assert_eq!(workers.take_on(at(2), Span::from_secs(5)), Some(at(3)), "behind the shorter one");
        assert_eq!(workers.take_on(at(2), Span::from_secs(1)), None, "one waits already");
        assert_eq!(workers.take_on(at(3), Span::from_secs(1)), Some(at(8)), "the one before has begun");
    }

    #[test]
    fn any_number_waits_where_the_queue_has_no_end() {
        let mut workers = WorkerPool::new(Capacity { at_once: Count::of(1), queue: None });
        for n in 0..100 {
            assert_eq!(workers.take_on(at(0), Span::from_secs(1)), Some(at(n)));
        }
    }
}
