//! The shop: its machines, the stock, what is held and sold, and the payment provider it asks.

pub(in crate::model) mod checkout_deadlines;
pub(in crate::model) mod contention;
pub(in crate::model) mod inventory;
pub(in crate::model) mod orders;
pub(in crate::model) mod payment;
pub(in crate::model) mod provider;
pub(in crate::model) mod scaling;
pub(in crate::model) mod seat_map;
pub(in crate::model) mod seats;
pub(in crate::model) mod station;
pub(in crate::model) mod stock_persistence;

use crate::model::sim::draws::Draws;
use crate::scenario::Plan;
use checkout_deadlines::Deadlines;
use contention::Contention;
use orders::Orders;
use payment::Reservation;
use provider::Provider;
use scaling::ServerScaling;
use seat_map::SeatMaps;
use seats::Inventory;
use station::Machine;
use stock_persistence::WriteBehindLog;

/// The stations of the shop, its stock and its orders.
pub(in crate::model) struct Shop {
    /// The machines of all stations, in order.
    pub(in crate::model) machines: Vec<Machine>,
    pub(in crate::model) scaling: ServerScaling,
    pub(in crate::model) inventory: Inventory,
    pub(in crate::model) contention: Contention,
    pub(in crate::model) write_behind: WriteBehindLog,
    pub(in crate::model) deadlines: Deadlines,
    pub(in crate::model) seat_maps: SeatMaps,
    pub(in crate::model) provider: Provider,
    /// Orders that stand without a payment, in order; none where their deadline has passed.
    pub(in crate::model) reserved: Vec<Option<Reservation>>,
    pub(in crate::model) orders: Orders,
}

impl Shop {
    pub(in crate::model) fn new(plan: &Plan, draws: &Draws) -> Shop {
        Shop {
            machines: Machine::all(plan, draws),
            scaling: ServerScaling::new(plan),
            inventory: Inventory::new(&plan.roster, plan.inventory.concurrency),
            contention: Contention::default(),
            write_behind: WriteBehindLog::default(),
            deadlines: Deadlines::default(),
            seat_maps: SeatMaps::new(plan),
            provider: Provider::new(plan.payment.capacity),
            reserved: Vec::new(),
            orders: Orders::new(plan),
        }
    }
}
