//! A stock that is kept in memory and written to disk from time to time, and what a crash makes of it: the stock comes back
//! as it was when it was last written. Modelled on shops that deduct in Redis, whose log reaches the disk once a second
//! (`appendfsync everysec`), and record orders elsewhere.
//!
//! ```text
//!   taken since it was last written       --crash--> free again, though somebody has it: two may come to buy it
//!   came back since it was last written   --crash--> still taken, and nobody has it: it cannot be sold
//! ```
//!
//! Holds and orders are not forgotten: they are in the shop's data base, which does not look at the stock again. Left out:
//! books that are compared with the stock afterwards, and seats that come back while it is down, which wait for it.

use crate::engine::{Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::shop::Shop;
use crate::protocol::{Kind, Observer, SeatId, SessionId, StockAnomaly};
use crate::scenario::plan::{Concurrency, Machines, PreDeduct};
use std::collections::{BTreeMap, VecDeque};

/// Changes of what is free that are in memory alone, in order: when, of which seat, and whose doing.
#[derive(Default)]
pub(in crate::model) struct WriteBehindLog(VecDeque<(Time, SeatId, SessionId)>);

impl WriteBehindLog {
    fn note(&mut self, now: Time, seat: SeatId, session: SessionId, persist_after: Span) {
        while self.0.front().is_some_and(|(at, ..)| *at + persist_after <= now) {
            self.0.pop_front();
        }
        self.0.push_back((now, seat, session));
    }

    /// The seats that were free when the stock was last written and are not, or the other way round, and who changed each
    /// of them last. Memory and disk are the same from now on.
    fn take(&mut self, now: Time, persist_after: Span) -> Vec<(SeatId, SessionId)> {
        let mut changed: BTreeMap<u32, (bool, SessionId)> = BTreeMap::new();
        for (at, seat, session) in self.0.drain(..) {
            if at + persist_after > now {
                let (differs, whose) = changed.entry(seat.0).or_insert((false, session));
                (*differs, *whose) = (!*differs, session);
            }
        }
        let differ = changed.into_iter().filter(|(_, (differs, _))| *differs);
        differ.map(|(seat, (_, session))| (SeatId(seat), session)).collect()
    }
}

impl Shop {
    fn persist_after<O: Observer, P>(sim: &Sim<O, P>) -> Option<Span> {
        match sim.plan.inventory.concurrency {
            Concurrency::PreDeduct(PreDeduct { persist_after }) => Some(persist_after.get()),
            _ => None,
        }
    }

    /// A seat that was free is not, or the other way round.
    pub(in crate::model) fn note_change<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, seat: SeatId, session: SessionId,
    ) {
        self.seat_maps.note(seat);
        if let Some(persist_after) = Self::persist_after(sim) {
            self.write_behind.note(sim.now, seat, session, persist_after);
        }
    }

    /// These machines go down: if that is the whole of the service that takes holds, the stock in its memory goes with it.
    pub(in crate::model) fn lose_stock<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, machines: Machines) {
        let Some(persist_after) = Self::persist_after(sim).filter(|_| Self::keeps_stock(sim, machines))
        else {
            return;
        };
        for (seat, session) in self.write_behind.take(sim.now, persist_after) {
            if self.inventory.is_free(seat) {
                self.inventory.forget_return(seat);
                Self::record_anomaly(sim, session, Some(seat), StockAnomaly::ReturnLost);
            } else {
                self.inventory.forget_hold(seat);
                Self::record_anomaly(sim, session, Some(seat), StockAnomaly::DeductionLost);
            }
            self.seat_maps.note(seat);
        }
    }

    /// These machines are back. Returns whether the stock is with them: whoever waits for a seat may have one now.
    pub(in crate::model) fn recover_stock<O: Observer, P>(sim: &Sim<O, P>, machines: Machines) -> bool {
        Self::persist_after(sim).is_some() && Self::keeps_stock(sim, machines)
    }

    fn keeps_stock<O: Observer, P>(sim: &Sim<O, P>, Machines { station, peer }: Machines) -> bool {
        let peers = sim.plan.stations[station.index()].peers;
        sim.plan.route[Kind::Hold as usize] == Some(station) && (peer.is_none() || peers == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_back_before_the_crash_is_not_changed() {
        let mut write_behind = WriteBehindLog::default();
        let span = Span::from_us(10);
        let (first, second) = (SessionId(1), SessionId(2));
        for (at, seat, session) in [
            (1, 0, first), // written when the crash comes
            (12, 1, first),
            (15, 2, first),
            (16, 1, first),
            (17, 0, first),
            (18, 3, first),
            (19, 3, second),
            (20, 3, second),
        ] {
            write_behind.note(Time::from_us(at), SeatId(seat), session, span);
        }
        let lost = write_behind.take(Time::from_us(21), span);
        assert_eq!(lost, [(SeatId(0), first), (SeatId(2), first), (SeatId(3), second)]);
        assert!(write_behind.take(Time::from_us(21), span).is_empty(), "nothing is forgotten twice");
    }
}
