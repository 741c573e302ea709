//! Joins: whether a session that asks for a place is new, what was known of it, and the place that the policy gives it.

use crate::admission::Join;
use crate::engine::Agenda;
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::books::NO_PLACE;
use crate::model::backend::line::Line;
use crate::model::backend::line::identity::Meeting;
use crate::model::backend::line::session_signals::RiskTreatment;
use crate::model::backend::line::waiting_room::WaitingRoom;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Fact, GatewayId, Incident, Observer, Reply, SessionId, Truth};

/// What came of a join.
#[derive(Clone, Copy)]
pub(in crate::model) enum Joined {
    /// It is to stand in line.
    Stands {
        /// Its join reached the edge before the opening.
        early: bool,
    },
    /// It has joined, and no place yet.
    Waits,
    /// It has joined, and is to be taken out at once.
    Out,
    /// It has what it had: a place, a share of one, a turn, or nothing to hope for.
    Known,
    /// It has the place of this session from now on.
    TookOver(SessionId),
    /// This is the answer.
    Refused(Reply),
}

impl Line {
    /// A gateway accepted a join: whether that was before the opening decides about the lounge.
    pub(in crate::model) fn note_join_at_edge<O: Observer, P>(
        sim: &mut Sim<O, P>, session: SessionId, gateway: GatewayId,
    ) {
        let opens_at = sim.plan.roster.opens_at;
        let early = sim.clock_of(gateway) < opens_at;
        if sim.crowd.books(session).truth() == Truth::Queued {
            return;
        }
        if early != (sim.now < opens_at) {
            let who = sim.crowd.who(session);
            sim.record.fact(sim.now, Fact::Incident { who, incident: Incident::JoinMisdated });
        }
        let row = sim.crowd.row_mut(session);
        if early {
            row.books.set_early(true);
        } else {
            row.books.set_early(false);
        }
    }

    /// A join reached the edge when nobody new is let in: is it refused? Not of a session with a place, nor of one that
    /// has been decided about already, nor where the whole line is told a final no. One whose earlier join is still being verified is refused like any other, and
    /// that join then gives no place.
    pub(in crate::model) fn turns_newcomer_away<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> bool {
        let row = sim.crowd.row(session);
        let newcomer = self.room.as_ref().is_some_and(|line| !line.is_closed())
            && !row.books.is_inside()
            && matches!(row.books.truth(), Truth::Unknown | Truth::Expired | Truth::Declined | Truth::Left);
        if newcomer {
            tables.decide_now(sim, session, Truth::TurnedAway);
        }
        newcomer
    }

    /// A join, verified: a place in line, kept if the session already has one.
    pub(in crate::model) fn join<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, agenda: &mut Agenda,
    ) -> Joined {
        let unknown = self.comes_as_newcomer(sim, session);
        if unknown {
            self.leave_to_nobody(sim, tables, session);
        }
        let row = sim.crowd.row(session);
        let (inside, early) = (row.books.is_inside(), row.books.is_early());
        let known = row.books.truth() == Truth::Queued && !unknown;
        let settled = known
            || matches!(
                row.books.truth(),
                Truth::Sold | Truth::Cancelled | Truth::TurnedAway | Truth::Evicted
            );
        let newcomer = !inside && !settled && !self.room.as_ref().is_some_and(WaitingRoom::is_closed);
        if !newcomer {
            return Joined::Known;
        }
        if self.codes.are_needed() && self.refuses_code(sim, session) {
            return Joined::Refused(Reply::CodeRefused);
        }
        match self.meets_a_duplicate(sim, tables, session) {
            Meeting::Nobody => self.take_place(sim, tables, session, early, agenda),
            Meeting::Shares => Joined::Known,
            Meeting::TakesOver(holder) => Joined::TookOver(holder),
        }
    }

    /// A place in line of the session's own, at once or later.
    fn take_place<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, early: bool,
        agenda: &mut Agenda,
    ) -> Joined {
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Enqueued { who });
        sim.crowd.books_mut(session).set_place(NO_PLACE);
        self.expect_proof(sim, session);
        tables.decide_now(sim, session, Truth::Queued);
        if self.keeps_for_ever(sim, session) {
            return Joined::Waits;
        }
        match self.risk_treatment(sim, tables, session, agenda) {
            RiskTreatment::Usual if self.sends_for_place(sim, session, agenda) => Joined::Waits,
            RiskTreatment::Usual => Joined::Stands { early },
            RiskTreatment::Waits => Joined::Waits,
            RiskTreatment::Out => Joined::Out,
        }
    }

    /// The policy takes the session into its line. Returns whether it has a place now.
    pub(in crate::model) fn give_place<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId, early: bool,
    ) -> bool {
        let now = sim.now;
        let who = sim.crowd.who(session);
        let (stream, n) = sim.draws.of_person(DrawPurpose::Place, sim.entity_of(session), who.tab);
        let cohort = u8::try_from(sim.crowd.wire(session).cohort()).expect("at most 256 cohorts");
        let variables = self.variables(sim, tables, session);
        let line = self.room.as_mut().expect("whoever takes a place has a line to stand in");
        let luck = stream.draw(n);
        let place =
            line.policy.join(now, Join { session, person: who.person, cohort, early, luck, variables });
        line.waiting += 1;
        let number = place.map(|place| line.number(place));
        self.note_place_of_newcomer(sim, tables, session, place);
        let (Some(place), Some(number)) = (place, number) else { return false };
        sim.crowd.books_mut(session).set_place(place);
        sim.record.fact(now, Fact::Placed { who, place: number });
        true
    }
}
