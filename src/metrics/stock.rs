//! What went wrong between hold requests that wanted the same stock: failed writes, waits for the lock, shards that were
//! empty. Seats sold twice are counted with what was sold, in `sale.rs`.

use super::page::chances;
use super::people::{News, People};
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Page};
use crate::engine::time::Time;
use crate::protocol::{Fact, Kind, Roster, Slip};

/// Counters, and how long requests waited for the lock.
pub(super) struct Stock {
    /// Requests for seats that reached a gateway.
    asked: u64,
    slips: [u64; Slip::ALL.len()],
    waits_us: Vec<u64>,
}

impl Metric for Stock {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            "stock.held_twice",
            "seats",
            "Seats that were held for one person while they belonged to another.",
        )
        .out_of("requests for seats, where the same seat can come to belong to several"),
        Definition::lower(
            "stock.write_conflicts",
            "services",
            "Services of requests for seats that wrote nothing, since others had changed the stock since it was read.",
        )
        .out_of("requests for seats, where what was read can be old when it is written"),
        Definition::lower(
            "stock.conflicts_given_up",
            "requests",
            "Requests for seats that were refused because that had befallen all their attempts.",
        )
        .out_of("requests for seats, where what was read can be old when it is written"),
        Definition::lower(
            "stock.lock_waits",
            "requests",
            "Requests for seats that waited for others to pass the lock.",
        )
        .out_of("requests for seats, where there is a lock"),
        Definition::lower(
            "stock.lock_wait.p95",
            "s",
            "How long they waited, the 95th percentile; null if none did.",
        ),
        Definition::lower("stock.lock_wait.max", "s", "The longest of these waits; null if none did."),
        Definition::lower(
            "sale.refused_with_stock_elsewhere",
            "refusals",
            "Final refusals to persons whose shard of the stock had nothing, while others had free seats.",
        )
        .out_of("requests for seats, where the stock is divided"),
    ];

    fn new(_roster: &Roster) -> Stock {
        Stock { asked: 0, slips: [0; Slip::ALL.len()], waits_us: Vec::new() }
    }

    #[inline]
    fn hear(&mut self, _at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Accepted { kind: Kind::Hold, .. } => self.asked += 1,
            Fact::StockSlipped { slip, .. } => self.slips[slip as usize] += 1,
            Fact::LockAwaited { wait, .. } => self.waits_us.push(wait.as_us()),
            _ => {}
        }
    }

    fn finish(self, _people: &People, page: &mut Page<'_>) {
        let risks = page.roster.risks;
        let asked = |possible: bool| chances(self.asked, possible);
        let of = |slip: Slip| self.slips[slip as usize];
        page.count("stock.held_twice", of(Slip::HeldTwice)).over(asked(risks.oversell));
        page.count("stock.write_conflicts", of(Slip::WriteConflict)).over(asked(risks.write_conflict));
        page.count("stock.conflicts_given_up", of(Slip::AttemptsUsedUp)).over(asked(risks.write_conflict));
        page.count("stock.lock_waits", self.waits_us.len() as u64).over(asked(risks.stock_lock));
        page.count("sale.refused_with_stock_elsewhere", of(Slip::StockElsewhere)).over(asked(risks.shards));
        let waits = Spread::new(self.waits_us);
        page.put("stock.lock_wait.p95", waits.percentile(95).map(seconds)).over(waits.count());
        page.put("stock.lock_wait.max", waits.max().map(seconds)).over(waits.count());
    }
}
