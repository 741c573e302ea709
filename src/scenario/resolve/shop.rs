//! What stock and payment provider make possible.

use super::super::Scenario;
use super::super::inventory::{Concurrency, Selection};
use super::super::services::Service;
use super::served_by;
use crate::protocol::{Kind, Possibility, Possible};

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
