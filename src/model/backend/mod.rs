//! What stands behind the network: gateways, waiting room and shop, and the two tables that all of them work on.

pub(in crate::model) mod active;
pub(in crate::model) mod autoscale;
pub(in crate::model) mod edge;
pub(in crate::model) mod line;
pub(in crate::model) mod requests;
pub(in crate::model) mod scaling;
pub(in crate::model) mod shop;

use active::ActiveSessions;
use requests::Requests;

/// What gateways, waiting room and shop keep together.
#[derive(Default)]
pub(in crate::model) struct Tables {
    /// Requests behind a gateway.
    pub(in crate::model) requests: Requests,
    /// Whoever has a turn, or has reached the shop.
    pub(in crate::model) active: ActiveSessions,
}
