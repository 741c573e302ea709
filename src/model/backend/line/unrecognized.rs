//! Sessions that the waiting room does not know again: a browser that keeps no cookie is a newcomer with each request,
//! and stands at the back each time; a device that has changed its address is one where the room knows sessions by that
//! (`roaming.rs` of the people).
//!
//! ```text
//!   poll without a cookie --> the place so far is left to nobody
//!                         --> a new place at the back
//!   a place left to nobody is called --within the grace--> a turn for nobody, until its validity ends
//!                                    --later--> skipped
//! ```
//!
//! A place that is left behind needs no row: the policy holds the same session several times, and here stands, for each of
//! its places that was not called yet, when it was last heard of there and what became of it. Nothing is kept where
//! everybody is known again.

use crate::engine::Agenda;
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::NO_PLACE;
use crate::model::backend::line::Line;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Fact, Incident, Observer, SessionId, Truth};
use crate::scenario::Plan;
use crate::scenario::plan::Identity;

/// The places in line of sessions that may not be known again.
#[derive(Default)]
pub(in crate::model) struct OrphanedPlaces {
    /// By session: its places, in the order of its joins. Empty where everybody is known again.
    places: Vec<Vec<Kept>>,
    /// Sessions are known by cookie.
    by_cookie: bool,
    /// By session: the room knew it at another address, and has not heard of it since. Empty where none is known by that,
    /// or none moves.
    moved: Vec<bool>,
}

/// A place of a session that was not called yet.
struct Kept {
    /// The place; [`NO_PLACE`]: it is to be given.
    place: u32,
    /// The last contact, in milliseconds since time 0.
    contact_ms: u32,
    whose: Whose,
}

/// What became of a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Its session has it: at most one of its places is so.
    Theirs,
    /// It is left to nobody, and counts as in line until it is called.
    Nobodys,
    /// Its session has left the line.
    Gone,
}

impl OrphanedPlaces {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> OrphanedPlaces {
        let by = |identity| plan.line.as_ref().is_some_and(|line| line.identity == identity);
        let by_cookie = by(Identity::Cookie);
        let cookieless = by_cookie && plan.cohorts.iter().any(|cohort| cohort.cookieless > 0.0);
        let moving = by(Identity::Address) && plan.cohorts.iter().any(|cohort| cohort.switches.is_some());
        let rows = if cookieless || moving { sessions as usize } else { 0 };
        OrphanedPlaces {
            places: std::iter::repeat_with(Vec::new).take(rows).collect(),
            by_cookie,
            moved: vec![false; if moving { sessions as usize } else { 0 }],
        }
    }

    /// Somebody may not be known again.
    pub(in crate::model) fn are_possible(&self) -> bool {
        !self.places.is_empty()
    }

    /// The room knew this session at another address, and has not heard of it since.
    fn has_moved(&self, session: SessionId) -> bool {
        self.moved.get(session.index()).copied().unwrap_or(false)
    }

    /// The room has heard of this session at its address of now.
    fn introduce(&mut self, session: SessionId) {
        if let Some(moved) = self.moved.get_mut(session.index()) {
            *moved = false;
        }
    }

    /// The place that the session has.
    fn theirs(&mut self, session: SessionId) -> Option<&mut Kept> {
        self.places.get_mut(session.index())?.last_mut().filter(|kept| kept.whose == Whose::Theirs)
    }

    /// The session leaves the line.
    pub(in crate::model) fn note_gone(&mut self, session: SessionId) {
        if let Some(kept) = self.theirs(session) {
            kept.whose = Whose::Gone;
        }
    }

    /// The session is back in line, at the place that it had left.
    pub(in crate::model) fn note_back(&mut self, session: SessionId, place: u32) {
        let Some(places) = self.places.get_mut(session.index()) else { return };
        if let Some(kept) = places.iter_mut().find(|kept| kept.place == place) {
            kept.whose = Whose::Theirs;
        }
    }

    /// A place is given that was to be. Returns whether its session still has it.
    pub(in crate::model) fn is_given(&mut self, session: SessionId, place: u32) -> bool {
        let Some(places) = self.places.get_mut(session.index()) else { return true };
        let Some(kept) = places.iter_mut().find(|kept| kept.place == NO_PLACE) else { return true };
        kept.place = place;
        kept.whose == Whose::Theirs
    }
}

impl Line {
    /// The browser of the session keeps no cookie, by which alone the room would know it.
    pub(in crate::model) fn keeps_no_cookie<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        if !self.orphaned.are_possible() || !self.orphaned.by_cookie {
            return false;
        }
        let share = sim.plan.cohorts[sim.crowd.wire(session).cohort()].cookieless;
        let (stream, n) =
            sim.draws.of_person(DrawPurpose::Cookieless, sim.entity_of(session), DrawPurpose::PERSONAL_TAB);
        share > 0.0 && stream.chance(n, share)
    }

    /// A request comes from a session that the room cannot know again: whatever it had is left to nobody.
    pub(in crate::model) fn leave_to_nobody<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) {
        let incident = self.incident_of_unrecognized(session);
        self.orphaned.introduce(session);
        let row = sim.crowd.row_mut(session);
        let slot = row.books.place();
        let has_turn = row.books.is_inside();
        if !has_turn && row.books.truth() != Truth::Queued {
            return;
        }
        if let Some(kept) = self.orphaned.theirs(session) {
            kept.whose = Whose::Nobodys;
        }
        row.books.set_place(NO_PLACE);
        if has_turn {
            row.books.set_inside(false);
            tables.active.at_mut(slot).of_nobody = true;
        }
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Incident { who, incident });
    }

    /// A session took a place: contact with it ends with this request, if it will not be known again.
    pub(in crate::model) fn note_place_of_newcomer<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &Tables, session: SessionId, place: Option<u32>,
    ) {
        let may_move = || sim.plan.cohorts[sim.crowd.wire(session).cohort()].switches.is_some();
        let by_address = self.orphaned.are_possible() && !self.orphaned.by_cookie;
        if by_address && may_move() || self.keeps_no_cookie(sim, session) {
            let contact_ms = tables.last_contact_ms(sim, session);
            let kept = Kept { place: place.unwrap_or(NO_PLACE), contact_ms, whose: Whose::Theirs };
            self.orphaned.places[session.index()].push(kept);
        }
    }

    /// A session has been heard of for the last time at the place that it has, if that was not called yet.
    pub(in crate::model) fn note_last_contact<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &Tables, session: SessionId,
    ) {
        let contact_ms = tables.last_contact_ms(sim, session);
        if let Some(kept) = self.orphaned.theirs(session) {
            kept.contact_ms = contact_ms;
        }
    }

    /// The policy calls a place of the session. Returns whether that place was left to nobody, and is dealt with.
    pub(in crate::model) fn skip_orphan<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, place: u32,
        agenda: &mut Agenda,
    ) -> bool {
        let Some(places) = self.orphaned.places.get_mut(session.index()) else { return false };
        let Some(index) = places.iter().position(|kept| kept.place == place) else { return false };
        let Kept { contact_ms, whose, .. } = places.remove(index);
        if whose != Whose::Nobodys {
            return false;
        }
        let grace_ms = sim.plan.line.as_ref().map_or(0, |line| line.grace.as_us() / 1000);
        let silent_ms = (sim.now.as_us() / 1000).saturating_sub(u64::from(contact_ms));
        if let Some(line) = &mut self.room {
            line.waiting -= 1;
        }
        if silent_ms <= grace_ms {
            self.issue_turn_to_nobody(sim, tables, session, agenda);
        }
        true
    }

    /// The room lets in somebody who will not come: the slot is taken until the validity ends.
    pub(in crate::model) fn issue_turn_to_nobody<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, agenda: &mut Agenda,
    ) {
        let slot = self.open_turn(sim, tables, session, None, agenda);
        self.note_overshoot(sim, session);
        tables.active.at_mut(slot).of_nobody = true;
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::TurnForNobody });
    }

    /// Nothing comes from the session's old address any more. A room that knew it by that will not know it again.
    pub(in crate::model) fn leave_address<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &Tables, session: SessionId,
    ) {
        let by_address = sim.plan.line.as_ref().is_some_and(|line| line.identity == Identity::Address);
        let row = sim.crowd.row(session);
        let has_something = row.books.truth() == Truth::Queued || row.books.is_inside();
        if by_address && has_something && !self.orphaned.has_moved(session) {
            self.orphaned.moved[session.index()] = true;
            self.note_last_contact(sim, tables, session);
        }
    }

    /// The room cannot know the session again by which a request comes: it keeps no cookie, or has a new address.
    pub(in crate::model) fn comes_as_newcomer<O: Observer, P>(
        &self, sim: &Sim<O, P>, session: SessionId,
    ) -> bool {
        self.orphaned.has_moved(session) || self.keeps_no_cookie(sim, session)
    }

    /// Why it is not known again.
    pub(in crate::model) fn incident_of_unrecognized(&self, session: SessionId) -> Incident {
        if self.orphaned.has_moved(session) { Incident::LostWithAddress } else { Incident::TakenForNewcomer }
    }

    /// A fault makes the session store lose what it knows of this session, if it knows anything: a share of them, by lot.
    pub(in crate::model) fn forgets<O: Observer, P>(
        sim: &Sim<O, P>, session: SessionId, fault: u32, share: f64,
    ) -> bool {
        let books = sim.crowd.books(session);
        let known = books.truth() == Truth::Queued || books.is_inside();
        let tab = sim.crowd.wire(session).tab();
        let (stream, n) = sim.draws.of_person(DrawPurpose::Forget, sim.entity_of(session), tab);
        known && stream.chance(n | u64::from(fault), share)
    }

    /// A session loses its place, because nobody knows of it any more.
    pub(in crate::model) fn lose_place<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) {
        self.leave_line(sim, session);
        sim.crowd.books_mut(session).set_place(NO_PLACE);
        tables.decide_now(sim, session, Truth::Expired);
    }
}
