//! Heartbeats: pages inside send a beacon from time to time, and the waiting room drops a session that it has not
//! heard of for longer than its grace, so that a closed tab does not keep seats and slot until its turn ends.
//!
//! ```text
//!   page:   seat map shown --interval--> beacon --interval--> beacon ...      (ends with the page)
//!   room:   entered --grace after the last contact--> heard of since? watch on; not: seats and slot are free
//! ```
//!
//! A beacon is a request that nobody waits for: it has its own luck and delay, may be lost, passes the gateway's
//! checks, and leaves the page's attempts alone. Whoever is dropped learns it by the next protected request.

use crate::engine::{Agenda, Span, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::line::Line;
use crate::model::sim::message::Message;
use crate::protocol::{Fact, Observer};

impl Line {
    /// A session has entered: from now on it must be heard of.
    pub(in crate::model) fn watch_inside<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, agenda: &mut Agenda,
    ) {
        if let Some(heartbeat) = sim.plan.line.as_ref().and_then(|line| line.heartbeat) {
            let left = heartbeat.grace.get() - Self::silence_inside(sim, tables, slot);
            Self::check_inside_at(sim, tables, sim.now + left + Span::from_ms(1), slot, agenda);
        }
    }

    /// For how long, to the millisecond, the session in this slot was not heard of, pauses of the sale left out.
    fn silence_inside<O: Observer, P>(sim: &Sim<O, P>, tables: &Tables, slot: u32) -> Span {
        let contact_ms = tables.last_contact_ms(sim, tables.active.at(slot).session);
        let last_contact = Time::ZERO + Span::from_ms(u64::from(contact_ms));
        sim.now.saturating_since(last_contact) - sim.pauses.within(last_contact, sim.now)
    }

    fn check_inside_at<O: Observer, P>(
        sim: &Sim<O, P>, tables: &Tables, at: Time, slot: u32, agenda: &mut Agenda,
    ) {
        let session = tables.active.at(slot).session;
        let generation = tables.active.generation(slot);
        let tie = sim.tie(session, generation);
        agenda.push(Message::InsideCheck.entry(at, tie, slot, generation));
    }

    /// Is the session in this slot still heard of? While the sale is paused nobody asks, and while a payment is under
    /// way nobody is dropped. Returns whether it is to be dropped now.
    pub(in crate::model) fn is_gone_inside<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, generation: u32, agenda: &mut Agenda,
    ) -> bool {
        let Some(heartbeat) = sim.plan.line.as_ref().and_then(|line| line.heartbeat) else {
            return false;
        };
        if !tables.active.is_live(slot, generation) {
            return false;
        }
        let pays = tables.active.at(slot).hold.is_some_and(|hold| hold.payments > 0);
        if sim.pauses.is_on() {
            self.unchecked_while_paused.push((slot, generation));
        } else if Self::silence_inside(sim, tables, slot) <= heartbeat.grace {
            Self::watch_inside(sim, tables, slot, agenda);
        } else if pays {
            Self::check_inside_at(sim, tables, sim.now + heartbeat.grace, slot, agenda);
        } else {
            return true;
        }
        false
    }

    /// A session inside was not heard of for too long: its turn is over.
    pub(in crate::model) fn drop_inside<O: Observer, P>(sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32) {
        let visit = tables.active.at_mut(slot);
        visit.turn_over = true;
        let who = sim.crowd.who(visit.session);
        sim.record.fact(sim.now, Fact::DroppedInside { who });
    }
}
