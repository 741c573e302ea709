//! How a hold request gets along with others at the stock, where that is not settled in one step: what it has read
//! when its service began, whether it may write when its service ends, and the lock. Modelled on how shops keep a
//! count in a data base: unsafe reads and writes, optimistic versions, row locks, and a stock in shards; one in memory that
//! can crash is in `stock_persistence.rs`.
//!
//! ```text
//!   service begins --reads--> service ends --may write--> seats held
//!                     ^             +--a version, and others wrote--> served again, or refused (503)
//!                     +-------------+
//!                                   +--a lock--> waits for it at its server --> seats held
//! ```
//!
//! Left out: reads of a replica that lags behind.

use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::requests::Request;
use crate::model::backend::shop::Shop;
use crate::model::backend::shop::seats::OrderSize;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{BandId, Fact, Kind, Observer, SeatId, SessionId, StockAnomaly};
use crate::scenario::plan::{Concurrency, Optimistic, Serialised};
use std::collections::BTreeMap;

/// What hold requests in service have read, by their row, and when the lock is free.
#[derive(Default)]
pub(in crate::model) struct Contention {
    readings: BTreeMap<u32, Reading>,
    lock_free_at: Time,
}

/// What a request has read, or that it has the lock.
#[derive(Default)]
struct Reading {
    /// The free seats that it would take.
    seats: Vec<SeatId>,
    /// How often the stock had been written.
    writes: u64,
    /// Services begun after the first.
    repeated: u8,
    /// It may not write, and has used up its attempts.
    used_up: bool,
}

impl Shop {
    /// The service of a request has begun: one for seats reads what is free.
    pub(in crate::model) fn read_stock<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) {
        if tables.requests.at(slot).kind != Kind::Hold {
            return;
        }
        match sim.plan.inventory.concurrency {
            Concurrency::Atomic | Concurrency::Sharded(_) | Concurrency::PreDeduct(_) => {}
            Concurrency::Serialised(_) => drop(self.contention.readings.remove(&slot)),
            Concurrency::Unsafe(_) | Concurrency::Optimistic(_) => {
                let reading = self.reading(sim, tables, slot, 0);
                self.contention.readings.insert(slot, reading);
            }
        }
    }

    fn reading<O: Observer, P>(&self, sim: &Sim<O, P>, tables: &Tables, slot: u32, repeated: u8) -> Reading {
        let session = tables.requests.at(slot).session;
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        let seats = self.seats_wanted(sim, session, cohort.band, OrderSize::of(cohort));
        Reading { seats, writes: self.inventory.writes(), repeated, used_up: false }
    }

    /// The service of a request would end. Returns whether its server goes on with it: it waits for the lock, or is served
    /// again.
    pub(in crate::model) fn continues_service<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) -> bool {
        if tables.requests.at(slot).kind != Kind::Hold {
            return false;
        }
        match sim.plan.inventory.concurrency {
            Concurrency::Atomic
            | Concurrency::Sharded(_)
            | Concurrency::PreDeduct(_)
            | Concurrency::Unsafe(_) => false,
            Concurrency::Optimistic(Optimistic { attempts }) => {
                self.is_served_again(sim, tables, slot, attempts.get(), agenda)
            }
            Concurrency::Serialised(serialised) => self.awaits_lock(sim, tables, slot, serialised, agenda),
        }
    }

    /// A write fails if another came since the reading; where nothing was free, nothing is written.
    fn is_served_again<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, attempts: u8, agenda: &mut Agenda,
    ) -> bool {
        let Some(reading) = self.contention.readings.get_mut(&slot) else { return false };
        if reading.seats.is_empty() || reading.writes == self.inventory.writes() {
            return false;
        }
        let repeated = reading.repeated + 1;
        reading.used_up = repeated >= attempts;
        let used_up = reading.used_up;
        let &Request { session, draw_key, .. } = tables.requests.at(slot);
        Self::record_anomaly(sim, session, None, StockAnomaly::WriteConflict);
        if used_up {
            return false;
        }
        let reading = self.reading(sim, tables, slot, repeated);
        self.contention.readings.insert(slot, reading);
        let (stream, n) = sim.draws.of_repeated_service(DrawPurpose::Service, draw_key, repeated);
        let until = sim.now + self.service_time(sim, tables, slot, stream, n);
        tables.requests.post(sim, Message::ServiceDone, until, tables.requests.reference(slot), agenda);
        true
    }

    /// Whoever comes to the lock first has it first. It is known when each gives it back, so waiting is one event.
    fn awaits_lock<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, Serialised { lock }: Serialised,
        agenda: &mut Agenda,
    ) -> bool {
        if self.contention.readings.remove(&slot).is_some() {
            return false;
        }
        let has_it_at = self.contention.lock_free_at.max(sim.now);
        let until = has_it_at + lock;
        self.contention.lock_free_at = until;
        self.contention.readings.insert(slot, Reading::default());
        let wait = has_it_at.saturating_since(sim.now);
        if !wait.is_zero() {
            let who = sim.crowd.who(tables.requests.at(slot).session);
            sim.record.fact(sim.now, Fact::LockAwaited { who, wait });
        }
        tables.requests.post(sim, Message::ServiceDone, until, tables.requests.reference(slot), agenda);
        true
    }

    /// Does a hold request give up, since others wrote each time?
    pub(in crate::model) fn gives_up_writing<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32,
    ) -> bool {
        if !self.contention.readings.get(&slot).is_some_and(|reading| reading.used_up) {
            return false;
        }
        self.contention.readings.remove(&slot);
        Self::record_anomaly(sim, tables.requests.at(slot).session, None, StockAnomaly::AttemptsUsedUp);
        true
    }

    /// Takes the seats for a hold request out of the stock; none if it finds none free.
    pub(in crate::model) fn claim_seats<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, band: Option<BandId>, shard: u16,
        size: OrderSize,
    ) -> Vec<SeatId> {
        let read = match sim.plan.inventory.concurrency {
            Concurrency::Unsafe(_) | Concurrency::Optimistic(_) => self.contention.readings.remove(&slot),
            Concurrency::Atomic
            | Concurrency::Sharded(_)
            | Concurrency::PreDeduct(_)
            | Concurrency::Serialised(_) => None,
        };
        let session = tables.requests.at(slot).session;
        let seats = match read {
            Some(reading) => reading.seats,
            None if self.seat_maps.are_used() => self.seats_wanted(sim, session, band, size),
            None => return self.take_best(sim, session, band, shard, size),
        };
        for &seat in &seats {
            let was_free = self.inventory.is_free(seat);
            if self.inventory.claim(seat) {
                Self::record_anomaly(sim, session, Some(seat), StockAnomaly::HeldTwice);
            }
            if was_free {
                self.note_change(sim, seat, session);
            }
        }
        seats
    }

    /// The best that are free. One of them may be somebody's nevertheless, where the stock has forgotten it.
    fn take_best<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, band: Option<BandId>, shard: u16, size: OrderSize,
    ) -> Vec<SeatId> {
        let seats = self.inventory.take(band, shard, size);
        if matches!(sim.plan.inventory.concurrency, Concurrency::PreDeduct(_)) {
            for &seat in &seats {
                if self.inventory.is_shared(seat) {
                    Self::record_anomaly(sim, session, Some(seat), StockAnomaly::HeldTwice);
                }
                self.note_change(sim, seat, session);
            }
        }
        seats
    }

    /// The shard that a request is bound to; the first where the stock is not divided.
    pub(in crate::model) fn shard_of<O: Observer, P>(sim: &Sim<O, P>, tables: &Tables, slot: u32) -> u16 {
        let Concurrency::Sharded(sharded) = sim.plan.inventory.concurrency else { return 0 };
        let person = tables.requests.at(slot).draw_key.person;
        let (stream, n) = sim.draws.of_person(DrawPurpose::Shard, person, DrawPurpose::PERSONAL_TAB);
        stream.below(n, u64::from(sharded.shards.get())) as u16
    }
}
