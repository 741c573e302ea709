//! Whoever would rather be called back: leaves an address, goes away, and comes back when the mail is read. What the
//! waiting room does about it is in its own `call_back.rs`.

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::sim::call_backs::Stage;
use crate::model::sim::crowd::Flag;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Belief, CallBack, Kind, Observer, Reply, SessionId, Stop};

impl<O: Observer> World<O> {
    /// The page says that they are in line, and offers to call them back. Returns whether the person goes away.
    pub(in crate::model) fn goes_away(&mut self, session: SessionId, at: Time) -> bool {
        let Some(call_back) = self.sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref()) else {
            return false;
        };
        // Nobody decides before a tab that nobody looks at, or about a place that others may have too.
        let asks_nobody = self.is_hidden(session, at) || self.sim.call_backs.places_are_shared;
        let row = self.sim.call_backs.of(session);
        match row.stage {
            Stage::Undecided if asks_nobody => false,
            Stage::Undecided => {
                let (stream, n) = self.sim.draws.of_person(
                    DrawPurpose::CallBack,
                    self.sim.entity_of(session),
                    DrawPurpose::PERSONAL_TAB,
                );
                let wants =
                    stream.chance(n, call_back.share) && !self.sim.crowd.row(session).is(Flag::Several);
                self.sim.call_backs.of(session).stage = if wants { Stage::Asks } else { Stage::Waits };
                false
            }
            Stage::Noted => {
                row.stage = Stage::Away;
                row.away_at = at;
                // Neither a timer nor patience runs before a screen that nobody looks at.
                let row = self.sim.crowd.row_mut(session);
                row.set_deadline(Time::MAX);
                row.set_answered();
                self.people.hidden_tabs.close(session);
                true
            }
            Stage::Waits | Stage::Asks | Stage::Away => false,
        }
    }

    /// A mail is read. Whoever has gone away comes back for the turn, or knows that there will be none.
    pub(in crate::model) fn read_mail(&mut self, session: SessionId, attempt: u32, agenda: &mut Agenda) {
        let (now, row) = (self.sim.now, self.sim.crowd.row(session));
        let (stopped, leave_at) = (row.is(Flag::Stopped), row.leave_at());
        if stopped || row.attempt() != attempt || self.sim.call_backs.stage(session) != Stage::Away {
            return;
        }
        let row = self.sim.call_backs.of(session);
        let (mail, away) = (row.mail, now.saturating_since(row.away_at));
        row.stage = Stage::Undecided;
        if mail == Reply::YourTurn {
            self.sim.record_call_back(session, CallBack::TurnRead);
            if leave_at < Time::MAX {
                self.sim.crowd.row_mut(session).set_leave_at(leave_at + away);
            }
            self.believe(session, now, Belief::YourTurn);
            self.plan_request(session, Kind::Poll, now, agenda);
        } else {
            self.sim.record_call_back(session, CallBack::EndRead);
            self.believe(session, now, Belief::ToldNo);
            self.stop(session, now, Stop::ToldNo, agenda);
        }
    }
}
