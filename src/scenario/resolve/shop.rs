//! The stock and the payment provider, resolved, and what they make possible.

use super::super::Scenario;
use super::super::inventory::{Concurrency, Selection, WhenNoneFree as WrittenNoneFree};
use super::super::plan::{CapacityPlan, ChallengePlan, InventoryPlan, PaymentPlan, UnpaidPlan, WhenNoneFree};
use super::super::services::Service;
use super::served_by;
use crate::engine::sample::Sampler;
use crate::protocol::{Kind, Possibility, Possible};
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

/// What stock and payment provider make possible.
pub(super) fn possible(scenario: &Scenario) -> Possible {
    let (inventory, payment) = (&scenario.inventory, &scenario.payment);
    let by_concurrency = match inventory.concurrency {
        Concurrency::Unsafe(_) => Possibility::Oversell.into(),
        Concurrency::Optimistic(_) => {
            Possible::from(Possibility::WriteConflict) | Possibility::ServiceUnavailable.into()
        }
        Concurrency::Sharded(_) => Possibility::ShardedStock.into(),
        Concurrency::Serialised(_) => Possibility::StockLock.into(),
        Concurrency::Atomic | Concurrency::PreDeduct(_) => Possible::NONE,
    };
    by_concurrency
        | Possibility::SeatPicking.when(matches!(inventory.selection, Selection::PickASeat(_)))
        | Possibility::ChoosingDeadline.when(inventory.choose_within.is_some())
        | Possibility::BuyingDeadline.when(inventory.buy_within.is_some())
        | Possibility::Decline.when(payment.decline > 0.0)
        | Possibility::ProviderQueue.when(payment.capacity.is_some())
        | Possibility::ProviderError.when(payment.error > 0.0)
        | Possibility::Challenge.when(payment.challenge.is_some())
        | Possibility::IdempotencyKey.when(payment.idempotency.is_some())
        | Possibility::UnpaidReservation.when(payment.unpaid.is_some())
}

/// Does what is in the memory of the stock go down with this service, or with this peer of it?
pub(super) fn forgets_with(scenario: &Scenario, service: Service, peer: Option<u8>) -> bool {
    let alone = scenario.services.declared(service).is_some_and(|station| station.peers == 1);
    matches!(scenario.inventory.concurrency, Concurrency::PreDeduct(_))
        && served_by(scenario, Kind::Hold) == service.name()
        && (peer.is_none() || alone)
}
