//! The stock and the payment provider, resolved.

use super::super::Scenario;
use super::super::inventory::WhenNoneFree as WrittenNoneFree;
use super::super::plan::{CapacityPlan, ChallengePlan, InventoryPlan, PaymentPlan, UnpaidPlan, WhenNoneFree};
use crate::engine::sample::Sampler;
use crate::quantity::Positive;

pub(super) fn inventory_plan(scenario: &Scenario) -> InventoryPlan {
    let inventory = &scenario.inventory;
    InventoryPlan {
        hold: inventory.hold.get(),
        hold_when_paying: inventory.hold_when_paying.map(Positive::get),
        choose_within: inventory.choose_within.map(Positive::get),
        buy_within: inventory.buy_within.map(Positive::get),
        deadline_while_paying: inventory.deadline_while_paying,
        when_none_free: match &inventory.when_none_free {
            WrittenNoneFree::Refuse => WhenNoneFree::Refuse,
            WrittenNoneFree::Wait => WhenNoneFree::Wait,
            WrittenNoneFree::Retry(retry) => WhenNoneFree::Retry(retry.interval.get()),
        },
        concurrency: inventory.concurrency,
        selection: inventory.selection,
        cheap_refusal: inventory.cheap_refusal,
    }
}

pub(super) fn payment_plan(scenario: &Scenario) -> PaymentPlan {
    let payment = &scenario.payment;
    PaymentPlan {
        delay: Sampler::new(&payment.delay),
        decline: payment.decline.get(),
        lost_reply: payment.lost_reply.get(),
        error: payment.error.get(),
        timeout: payment.timeout.get(),
        capacity: payment
            .capacity
            .as_ref()
            .map(|capacity| CapacityPlan { at_once: capacity.at_once.get(), queue: capacity.queue }),
        challenge: payment.challenge.as_ref().map(|challenge| ChallengePlan {
            share: challenge.share.get(),
            time: Sampler::new(&challenge.time),
            abandon: challenge.abandon.get(),
        }),
        idempotency: payment.idempotency,
        late: payment.late,
        unpaid: payment
            .unpaid
            .as_ref()
            .map(|unpaid| UnpaidPlan { share: unpaid.share.get(), after: unpaid.after.get() }),
    }
}
