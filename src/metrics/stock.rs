//! What went wrong between hold requests that wanted the same stock: failed writes, waits for the lock, shards that were
//! empty. Seats sold twice are counted with what was sold, in `sale.rs`.

use super::people::{News, People};
use super::recorder::share;
use super::spread::{Spread, seconds};
use super::{Definition, Metric, Recorder};
use crate::engine::time::Time;
use crate::protocol::{Fact, Kind, Possibility, Roster, StockAnomaly, Who};

/// The names of its metrics.
pub(crate) mod names {
    pub(crate) const STOCK_HELD_TWICE: &str = "stock.held_twice";
    pub(crate) const STOCK_WRITE_CONFLICTS: &str = "stock.write_conflicts";
    pub(crate) const STOCK_CONFLICTS_GIVEN_UP: &str = "stock.conflicts_given_up";
    pub(crate) const STOCK_LOCK_WAITS: &str = "stock.lock_waits";
    pub(crate) const STOCK_LOCK_WAIT_P95: &str = "stock.lock_wait.p95";
    pub(crate) const STOCK_LOCK_WAIT_MAX: &str = "stock.lock_wait.max";
    pub(crate) const SALE_REFUSED_WITH_STOCK_ELSEWHERE: &str = "sale.refused_with_stock_elsewhere";
    pub(crate) const STOCK_DEDUCTIONS_LOST: &str = "stock.deductions_lost";
    pub(crate) const SALE_SEATS_LOST: &str = "sale.seats_lost";
    pub(crate) const CHECKOUT_SEATS_BEATEN: &str = "checkout.seats_beaten";
    pub(crate) const CHECKOUT_SEATS_BEATEN_SHARE: &str = "checkout.seats_beaten_share";
    pub(crate) const CHECKOUT_SESSIONS_BEATEN: &str = "checkout.sessions_beaten";
}

/// Counters, how long requests waited for the lock, and who picked seats on a map.
pub(super) struct Stock {
    /// Requests for seats that reached a gateway.
    asked: u64,
    anomalies: [u64; StockAnomaly::ALL.len()],
    waits_us: Vec<u64>,
    /// Seats are picked on a map.
    picks: bool,
    /// Whose hold the last seat was of, and when it began: its other seats follow.
    held: Option<(Time, Who)>,
    /// Sessions for which what they had picked was held, or was another's by then, once for each time.
    got: Vec<u32>,
    beaten: Vec<u32>,
}

impl Metric for Stock {
    const DEFINITIONS: &'static [Definition] = &[
        Definition::lower(
            names::STOCK_HELD_TWICE,
            "seats",
            "Seats that were held for one person while they belonged to another.",
        )
        .out_of("requests for seats, where the same seat can come to belong to several"),
        Definition::lower(
            names::STOCK_WRITE_CONFLICTS,
            "services",
            "Services of requests for seats that wrote nothing, since others had changed the stock since it was read.",
        )
        .out_of("requests for seats, where what was read can be old when it is written"),
        Definition::lower(
            names::STOCK_CONFLICTS_GIVEN_UP,
            "requests",
            "Requests for seats that were refused because that had befallen all their attempts.",
        )
        .out_of("requests for seats, where what was read can be old when it is written"),
        Definition::lower(
            names::STOCK_LOCK_WAITS,
            "requests",
            "Requests for seats that waited for others to pass the lock.",
        )
        .out_of("requests for seats, where there is a lock"),
        Definition::lower(
            names::STOCK_LOCK_WAIT_P95,
            "s",
            "How long they waited, the 95th percentile; null if none did.",
        ),
        Definition::lower(names::STOCK_LOCK_WAIT_MAX, "s", "The longest of these waits; null if none did."),
        Definition::lower(
            names::SALE_REFUSED_WITH_STOCK_ELSEWHERE,
            "refusals",
            "Final refusals to persons whose shard of the stock had nothing, while others had free seats.",
        )
        .out_of("requests for seats, where the stock is divided"),
        Definition::lower(
            names::STOCK_DEDUCTIONS_LOST,
            "seats",
            "Seats that were free again after a crash of the stock, though somebody had them.",
        )
        .out_of("requests for seats, where a crash can lose the last changes of the stock"),
        Definition::lower(
            names::SALE_SEATS_LOST,
            "seats",
            "Seats that came back before a crash of the stock, which has forgotten it: nobody has them, and nobody can.",
        )
        .out_of("requests for seats, where a crash can lose the last changes of the stock"),
        Definition::lower(
            names::CHECKOUT_SEATS_BEATEN,
            "requests",
            "Requests for seats that were picked on a map, of which somebody else had one by then: nothing was held.",
        )
        .out_of("requests for seats picked on a map that came to the stock"),
        Definition::lower(
            names::CHECKOUT_SEATS_BEATEN_SHARE,
            "1",
            "Those requests / all requests for seats picked on a map that came to the stock, 0..=1; null where none did.",
        ),
        Definition::lower(names::CHECKOUT_SESSIONS_BEATEN, "sessions", "Sessions to which that happened.")
            .out_of("sessions whose requests for seats picked on a map came to the stock"),
    ];

    fn new(roster: &Roster) -> Stock {
        Stock {
            asked: 0,
            anomalies: [0; StockAnomaly::ALL.len()],
            waits_us: Vec::new(),
            picks: roster.possible.has(Possibility::SeatPicking),
            held: None,
            got: Vec::new(),
            beaten: Vec::new(),
        }
    }

    #[inline]
    fn hear(&mut self, at: Time, fact: &Fact, _news: &News) {
        match *fact {
            Fact::Accepted { kind: Kind::Hold, .. } => self.asked += 1,
            Fact::StockAnomaly { who, anomaly, .. } => {
                self.anomalies[anomaly as usize] += 1;
                if anomaly == StockAnomaly::Beaten {
                    self.beaten.push(who.session.0);
                }
            }
            Fact::SeatHeld { who, .. } if self.picks && self.held != Some((at, who)) => {
                self.held = Some((at, who));
                self.got.push(who.session.0);
            }
            Fact::LockAwaited { wait, .. } => self.waits_us.push(wait.as_us()),
            _ => {}
        }
    }

    fn finish(self, _people: &People, recorder: &mut Recorder<'_>) {
        let of = |anomaly: StockAnomaly| self.anomalies[anomaly as usize];
        recorder
            .count(names::STOCK_HELD_TWICE, of(StockAnomaly::HeldTwice))
            .over_if(Possibility::Oversell, self.asked);
        recorder
            .count(names::STOCK_WRITE_CONFLICTS, of(StockAnomaly::WriteConflict))
            .over_if(Possibility::WriteConflict, self.asked);
        recorder
            .count(names::STOCK_CONFLICTS_GIVEN_UP, of(StockAnomaly::AttemptsUsedUp))
            .over_if(Possibility::WriteConflict, self.asked);
        recorder
            .count(names::STOCK_LOCK_WAITS, self.waits_us.len() as u64)
            .over_if(Possibility::StockLock, self.asked);
        recorder
            .count(names::SALE_REFUSED_WITH_STOCK_ELSEWHERE, of(StockAnomaly::StockElsewhere))
            .over_if(Possibility::ShardedStock, self.asked);
        recorder
            .count(names::STOCK_DEDUCTIONS_LOST, of(StockAnomaly::DeductionLost))
            .over_if(Possibility::StockLoss, self.asked);
        recorder
            .count(names::SALE_SEATS_LOST, of(StockAnomaly::ReturnLost))
            .over_if(Possibility::StockLoss, self.asked);
        let picked = (self.got.len() + self.beaten.len()) as u64;
        let beaten = of(StockAnomaly::Beaten);
        recorder.count(names::CHECKOUT_SEATS_BEATEN, beaten).over(picked);
        recorder.put(names::CHECKOUT_SEATS_BEATEN_SHARE, share(beaten, picked)).over(picked);
        let sessions = apart(self.got.iter().chain(&self.beaten).copied().collect());
        recorder.count(names::CHECKOUT_SESSIONS_BEATEN, apart(self.beaten)).over(sessions);
        let waits = Spread::new(self.waits_us);
        recorder.put(names::STOCK_LOCK_WAIT_P95, waits.percentile(95).map(seconds)).over(waits.count());
        recorder.put(names::STOCK_LOCK_WAIT_MAX, waits.max().map(seconds)).over(waits.count());
    }
}

/// How many different ones there are.
fn apart(mut sessions: Vec<u32>) -> u64 {
    sessions.sort_unstable();
    sessions.dedup();
    sessions.len() as u64
}
