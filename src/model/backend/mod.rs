//! What stands behind the network: gateways, waiting room and shop, and the two tables that all of them work on.

pub(in crate::model) mod active;
pub(in crate::model) mod autoscale;
pub(in crate::model) mod books;
pub(in crate::model) mod edge;
pub(in crate::model) mod in_line;
pub(in crate::model) mod line;
pub(in crate::model) mod requests;
pub(in crate::model) mod shop;

use crate::engine::Time;
use crate::model::sim;
use crate::protocol::{Fact, Observer, SessionId, Truth};
use crate::scenario::Plan;
use active::ActiveSessions;
use books::Books;
use in_line::InLine;
use requests::Requests;

/// What is shared, as the backend sees it: what a person has and believes (`P`) is nothing that it can read.
pub(in crate::model) type Sim<O, P> = sim::Sim<O, P, Books>;

/// What gateways, waiting room and shop keep together.
pub(in crate::model) struct Tables {
    /// Requests behind a gateway.
    pub(in crate::model) requests: Requests,
    /// Whoever has a turn, or has reached the shop.
    pub(in crate::model) active: ActiveSessions,
    /// How many are in line at each address.
    pub(in crate::model) in_line: InLine,
}

/// An instant as the books of contacts note it.
fn ms_of(at: Time) -> u32 {
    u32::try_from(at.as_us() / 1000).expect("12.7 days fit into 32 bits of milliseconds")
}

impl Tables {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Tables {
        Tables {
            requests: Requests::default(),
            active: ActiveSessions::default(),
            in_line: InLine::new(plan, sessions),
        }
    }

    /// Changes what the backend has decided about a session.
    pub(in crate::model) fn decide<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, at: Time, truth: Truth,
    ) {
        let before = sim.crowd.books_mut(session).decide(truth);
        if before == truth {
            return;
        }
        if (before == Truth::Queued) != (truth == Truth::Queued) {
            self.in_line.count(sim, session, truth == Truth::Queued);
        }
        let who = sim.crowd.who(session);
        sim.record.fact(at, Fact::Decided { who, truth });
    }

    /// Changes it at this instant.
    pub(in crate::model) fn decide_now<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, truth: Truth,
    ) {
        self.decide(sim, session, sim.now, truth);
    }

    /// One order a person, whichever session placed it.
    pub(in crate::model) fn person_has_bought<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> bool {
        let mut sessions = sim.crowd.sessions(sim.crowd.person(session)).map(SessionId);
        sessions.any(|session| sim.crowd.books(session).truth() == Truth::Sold)
    }

    /// Whatever a gateway accepts from a session is contact with the waiting room behind it, and so is every moment until
    /// that request is answered or its client has gone.
    #[inline]
    pub(in crate::model) fn note_contact<O: Observer, P>(sim: &mut Sim<O, P>, session: SessionId) {
        sim.crowd.books_mut(session).set_contact_ms(ms_of(sim.now));
    }

    /// When a session was last in contact with the waiting room, in milliseconds since time 0: now, while a gateway has a
    /// request of its open, whose client is there as far as anybody can tell.
    pub(in crate::model) fn last_contact_ms<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> u32 {
        let row = sim.crowd.row(session);
        if self.requests.awaits_reply(row.wire.slot(), session, row.wire.attempt()) {
            return ms_of(sim.now);
        }
        row.books.contact_ms()
    }

    /// The slot inside that a session has, if it is inside.
    pub(in crate::model) fn slot_of<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> Option<u32> {
        let books = sim.crowd.books(session);
        books.is_inside().then(|| books.place())
    }

    /// A session is in line.
    #[inline]
    pub(in crate::model) fn is_queued<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> bool {
        sim.crowd.books(session).truth() == Truth::Queued
    }

    /// A session is in line at this place.
    pub(in crate::model) fn stands_at<O: Observer, P>(
        sim: &Sim<O, P>, session: SessionId, place: u32,
    ) -> bool {
        Self::is_queued(sim, session) && sim.crowd.books(session).place() == place
    }

    /// The backend refuses a session for good, unless it has bought or was declined.
    pub(in crate::model) fn refuse<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, truth: Truth,
    ) {
        if !matches!(sim.crowd.books(session).truth(), Truth::Sold | Truth::Declined) {
            self.decide_now(sim, session, truth);
        }
    }

    /// The visit of a session is over, if it was on one.
    pub(in crate::model) fn expire_visit<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, session: SessionId) {
        let truth = sim.crowd.books(session).truth();
        if matches!(truth, Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying) {
            self.decide_now(sim, session, Truth::Expired);
        }
    }

    /// What was decided about a session stays if it says goodbye.
    pub(in crate::model) fn outlasts_goodbye<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> bool {
        matches!(
            sim.crowd.books(session).truth(),
            Truth::Sold
                | Truth::RefusedSoldOut
                | Truth::RefusedClosed
                | Truth::Declined
                | Truth::Evicted
                | Truth::TurnedAway
                | Truth::Cancelled
        )
    }
}
