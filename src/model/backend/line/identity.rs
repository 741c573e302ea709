//! By what the waiting room knows a session again, and what it makes of a second one under the same key.
//!
//! ```text
//!   join --key is new--> a place of its own
//!         --key has a place--> both: a place of its own
//!                              ignore: shares it; the turn goes to whichever of them asks next
//!                              replace: takes it over, and the other is cut off
//! ```
//!
//! A key has one holder at most: the session whose place, turn or visit it is. Nothing is kept where no two sessions
//! can have the same key, or where both count. Who shares a place is in line and has none of its own; when the visit
//! of the holder is over, it learns so by its next poll, and joins again.

use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::Books;
use crate::model::backend::line::Line;
use crate::model::sim::crowd::Crowd;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Fact, Incident, Observer, SessionId, Truth};
use crate::scenario::Plan;
use crate::scenario::plan::{CohortPlan, Duplicates, Identity};

/// No session holds the place of a key.
const NOBODY: u32 = u32::MAX;

/// Who holds the place of each key.
#[derive(Default)]
pub(in crate::model) struct Identities {
    /// By key: a session's number, or [`NOBODY`]. Empty where no two sessions can meet under a key.
    holders: Vec<u32>,
}

/// May two sessions have the same key?
fn is_shared(cohort: &CohortPlan, by: Identity) -> bool {
    let several = cohort.sessions.len() > 1;
    match by {
        Identity::Cookie | Identity::Device => several && cohort.tabs_per_device > 1,
        Identity::Account | Identity::Code => several,
        Identity::Address => several || (cohort.addresses as usize) < cohort.persons.len(),
    }
}

impl Identities {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> Identities {
        let Some(line) = plan.line.as_ref().filter(|line| line.duplicates != Duplicates::Both) else {
            return Identities::default();
        };
        if !plan.cohorts.iter().any(|cohort| is_shared(cohort, line.identity)) {
            return Identities::default();
        }
        let keys = if line.identity == Identity::Address { plan.edge.addresses } else { sessions };
        Identities { holders: vec![NOBODY; keys as usize] }
    }

    /// Sessions may meet under one key.
    pub(in crate::model) fn may_meet(&self) -> bool {
        !self.holders.is_empty()
    }

    fn holder(&self, key: u32) -> Option<SessionId> {
        let holder = self.holders[key as usize];
        (holder != NOBODY).then_some(SessionId(holder))
    }
}

/// Whom a session meets that joins.
#[derive(Clone, Copy)]
pub(in crate::model) enum Meeting {
    /// Nobody: it is to have a place of its own.
    Nobody,
    /// Somebody, whose place it shares.
    Shares,
    /// This session, whose place it takes over.
    TakesOver(SessionId),
}

/// The backend has a place, a turn or a visit of this session on its books.
fn is_live<P>(crowd: &Crowd<P, Books>, session: SessionId) -> bool {
    matches!(
        crowd.books(session).truth(),
        Truth::Queued | Truth::Turn | Truth::Active | Truth::Holding | Truth::Paying
    )
}

impl Line {
    /// The key of a session: an address, or the number of the first session that has the same cookie, device, account
    /// or code.
    fn key_of<O: Observer, P>(&self, sim: &Sim<O, P>, session: SessionId) -> u32 {
        let by = sim.plan.line.as_ref().map_or(Identity::Cookie, |line| line.identity);
        let row = sim.crowd.row(session);
        let cohort = &sim.plan.cohorts[row.wire.cohort()];
        let behind_the_first = match by {
            Identity::Cookie if self.keeps_no_cookie(sim, session) => 0,
            Identity::Cookie | Identity::Device => row.wire.tab() % cohort.tabs_per_device,
            Identity::Account => row.wire.tab() - row.wire.tab() % cohort.accounts,
            Identity::Code => row.wire.tab(),
            Identity::Address => {
                // Whoever has several keeps one of them for each session, where sessions are known by it.
                return sim.address_in_turn(session, u32::from(row.wire.tab()));
            }
        };
        session.0 - u32::from(behind_the_first)
    }

    /// The sessions that may have this session's key: its person's, or those of everybody at its address.
    fn may_share_with<O: Observer, P>(sim: &Sim<O, P>, session: SessionId) -> Vec<SessionId> {
        let person = sim.crowd.person(session);
        if sim.plan.line.as_ref().is_none_or(|line| line.identity != Identity::Address) {
            return sim.crowd.sessions(person).map(SessionId).collect();
        }
        let cohort = &sim.plan.cohorts[sim.crowd.wire(session).cohort()];
        let first = cohort.persons.start + (person.0 - cohort.persons.start) % cohort.addresses;
        let neighbours = (first..cohort.persons.end).step_by(cohort.addresses as usize);
        neighbours
            .flat_map(|person| sim.crowd.sessions(crate::protocol::PersonId(person)))
            .map(SessionId)
            .collect()
    }

    /// The session is in line on the place of another one, and has none of its own.
    pub(in crate::model) fn shares_a_place<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        self.identities.may_meet()
            && sim.crowd.books(session).truth() == Truth::Queued
            && self.identities.holder(self.key_of(sim, session)) != Some(session)
    }

    /// No other session has the place of this one's key.
    pub(in crate::model) fn holds_its_key<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        !self.identities.may_meet() || self.identities.holder(self.key_of(sim, session)) == Some(session)
    }

    /// Whose place it is that a session stands at: its own, or that of the holder of its key. `None`: nobody's.
    pub(in crate::model) fn holder_of_place<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> Option<SessionId> {
        if self.shares_a_place(sim, session) {
            self.identities.holder(self.key_of(sim, session))
        } else {
            Some(session)
        }
    }

    /// The turn of a place that several share goes to this session, which asked first.
    pub(in crate::model) fn take_shared_place<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, place: u32,
    ) {
        if self.shares_a_place(sim, session) {
            let key = self.key_of(sim, session);
            self.identities.holders[key as usize] = session.0;
            sim.crowd.books_mut(session).set_place(place);
        }
    }

    /// The session shares a place that is no more: whoever had it has left, or has bought.
    pub(in crate::model) fn shares_nothing_any_more<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        self.shares_a_place(sim, session)
            && !self
                .identities
                .holder(self.key_of(sim, session))
                .is_some_and(|holder| is_live(&sim.crowd, holder))
    }

    /// A session without a place joins: whom it meets under its key, which then decides about it. If nobody, it becomes
    /// the holder of its key.
    pub(in crate::model) fn meets_a_duplicate<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> Meeting {
        if !self.identities.may_meet() {
            return Meeting::Nobody;
        }
        let key = self.key_of(sim, session);
        let holder = self.identities.holder(key);
        let other = holder.filter(|&holder| holder != session && is_live(&sim.crowd, holder));
        let Some(holder) = other else {
            self.identities.holders[key as usize] = session.0;
            return Meeting::Nobody;
        };
        let replaces = sim.plan.line.as_ref().is_some_and(|line| line.duplicates == Duplicates::Replace);
        if replaces && sim.crowd.books(holder).truth() == Truth::Queued {
            self.take_place_over(sim, tables, session, holder, key);
            Meeting::TakesOver(holder)
        } else {
            Self::share_place(sim, tables, session, holder);
            Meeting::Shares
        }
    }

    fn share_place<O: Observer, P>(
        sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, holder: SessionId,
    ) {
        let place = sim.crowd.books(holder).place();
        let with_a_stranger = sim.crowd.person(holder) != sim.crowd.person(session);
        let incident =
            if with_a_stranger { Incident::SharesStrangersPlace } else { Incident::SharesOwnPlace };
        let in_line = sim.crowd.books(holder).truth() == Truth::Queued;
        sim.crowd.books_mut(session).set_place(if in_line {
            place
        } else {
            crate::model::backend::books::NO_PLACE
        });
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Incident { who, incident });
        tables.decide_now(sim, session, Truth::Queued);
    }

    /// The newer session has the place from now on, though the policy will call the older one.
    fn take_place_over<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, holder: SessionId, key: u32,
    ) {
        let place = sim.crowd.books(holder).place();
        self.identities.holders[key as usize] = session.0;
        sim.crowd.books_mut(session).set_place(place);
        if self.pending_joins.has(holder) {
            // What is still to come for the older one comes for this one.
            self.pending_joins.clear(holder);
            self.pending_joins.set(session);
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Enqueued { who });
        self.expect_proof(sim, session);
        tables.decide_now(sim, session, Truth::Queued);
        if place != crate::model::backend::books::NO_PLACE {
            sim.record.fact(sim.now, Fact::Placed { who, place });
        }
        tables.decide_now(sim, holder, Truth::Evicted);
        let who = sim.crowd.who(holder);
        sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::CutByDuplicate });
    }

    /// Who has what was promised to this session: itself, or whoever took it over.
    pub(in crate::model) fn successor_of<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> SessionId {
        let holder = || self.identities.holder(self.key_of(sim, session));
        if self.identities.may_meet() { holder().unwrap_or(session) } else { session }
    }

    /// The policy calls the place of a session: who has it now, or is to have the turn. `None`: nobody, the place was
    /// given up.
    pub(in crate::model) fn heir_of<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, called: SessionId, place: u32,
    ) -> Option<SessionId> {
        if !self.identities.may_meet() {
            return Some(called);
        }
        let key = self.key_of(sim, called);
        let holder = self.identities.holder(key)?;
        let row = sim.crowd.row(holder);
        if row.books.place() != place || row.books.truth() != Truth::Queued {
            return None;
        }
        let asks_next = Self::may_share_with(sim, holder)
            .into_iter()
            .filter(|&session| self.key_of(sim, session) == key)
            .filter(|&session| {
                let row = sim.crowd.row(session);
                row.books.truth() == Truth::Queued && !row.wire.is_stopped()
            })
            .min_by_key(|&session| {
                let row = sim.crowd.row(session);
                (
                    row.wire.deadline(),
                    sim.draws.tie(sim.entity_of(session), row.wire.tab(), DrawPurpose::Place as u32),
                )
            });
        let heir = asks_next.unwrap_or(holder);
        self.identities.holders[key as usize] = heir.0;
        sim.crowd.books_mut(heir).set_place(place);
        Some(heir)
    }

    /// Places of the lounge are given: whoever took one over has it too.
    pub(in crate::model) fn inherit_place<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, called: SessionId, place: u32,
    ) {
        if let Some(holder) =
            self.identities.holder(self.key_of(sim, called)).filter(|holder| *holder != called)
        {
            sim.crowd.books_mut(holder).set_place(place);
        }
    }
}
