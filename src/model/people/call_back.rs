//! Whoever would rather be called back: leaves an address, goes away, and comes back when the mail is read. What the
//! waiting room does about it is in its own `call_back.rs`.

use crate::engine::{Agenda, Time};
use crate::model::people::People;
use crate::model::people::Sim;
use crate::model::sim::call_backs::Stage;
use crate::model::sim::draws::DrawPurpose;
use crate::protocol::{Belief, CallBack, Kind, Observer, Reply, SessionId, Stop};

impl People {
    /// The page says that they are in line, and offers to call them back. Returns whether the person goes away.
    pub(in crate::model) fn goes_away<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, at: Time,
    ) -> bool {
        let Some(call_back) = sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref()) else {
            return false;
        };
        // Nobody decides before a tab that nobody looks at, or about a place that others may have too.
        let asks_nobody = self.is_hidden(session, at) || sim.call_backs.places_are_shared;
        let row = sim.call_backs.of(session);
        match row.stage {
            Stage::Undecided if asks_nobody => false,
            Stage::Undecided => {
                let (stream, n) = sim.draws.of_person(
                    DrawPurpose::CallBack,
                    sim.entity_of(session),
                    DrawPurpose::PERSONAL_TAB,
                );
                let wants = stream.chance(n, call_back.share.get()) && !sim.crowd.has_siblings(session);
                sim.call_backs.of(session).stage = if wants { Stage::Asks } else { Stage::Waits };
                false
            }
            Stage::Noted => {
                row.stage = Stage::Away;
                row.away_at = at;
                // Neither a timer nor patience runs before a screen that nobody looks at.
                let row = sim.crowd.row_mut(session);
                row.wire.set_deadline(Time::MAX);
                row.wire.set_answered();
                self.hidden_tabs.close(session);
                true
            }
            Stage::Waits | Stage::Asks | Stage::Away => false,
        }
    }

    /// A mail is read. Whoever has gone away comes back for the turn, or knows that there will be none.
    pub(in crate::model) fn read_mail<O: Observer, B>(
        &mut self, sim: &mut Sim<O, B>, session: SessionId, attempt: u32, agenda: &mut Agenda,
    ) {
        let (now, row) = (sim.now, sim.crowd.row(session));
        let (stopped, leave_at) = (row.wire.is_stopped(), row.page.leave_at());
        if stopped || row.wire.attempt() != attempt || sim.call_backs.stage(session) != Stage::Away {
            return;
        }
        let row = sim.call_backs.of(session);
        let (mail, away) = (row.mail, now.saturating_since(row.away_at));
        row.stage = Stage::Undecided;
        if mail == Reply::YourTurn {
            sim.record_call_back(session, CallBack::TurnRead);
            if leave_at < Time::MAX {
                sim.crowd.page_mut(session).set_leave_at(leave_at + away);
            }
            Self::believe(sim, session, now, Belief::YourTurn);
            self.plan_request(sim, session, Kind::Poll, now, agenda);
        } else {
            sim.record_call_back(session, CallBack::EndRead);
            Self::believe(sim, session, now, Belief::ToldNo);
            self.stop(sim, session, now, Stop::ToldNo, agenda);
        }
    }
}
