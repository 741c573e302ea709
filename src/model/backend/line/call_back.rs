//! Called back instead of waiting before a screen: whoever leaves an address goes away, keeps the place without a sign of
//! life, and is told by mail when the turn has come.
//!
//! ```text
//!   "in line" --wants to--> the next poll carries an address --answered--> away, no polls, no grace
//!   a turn is issued, or the line ends --mail--> read, after a while --> the page: the turn, if it is still valid
//!                                         +--> never read: a turn that nobody sees
//! ```
//!
//! Modelled on healthcare.gov's queue, which invited people back to the front of the line; what an invitation is worth is a
//! turn here, and ends with it. Left out: an address of several sessions of one person, whose tabs wait for each other, and of
//! those who may share a place, which goes to whoever asks.

use crate::engine::Agenda;
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::line::Line;
use crate::model::sim::call_backs::Stage;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{CallBack, Kind, Observer, Reply, SessionId, Truth};

impl Line {
    /// A gateway has accepted a poll, or the join of a page that was loaded again: it may carry an address.
    pub(in crate::model) fn take_address<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, session: SessionId, kind: Kind,
    ) {
        let asks = matches!(kind, Kind::Poll | Kind::Join);
        if asks && sim.call_backs.stage(session) == Stage::Asks && self.is_in_open_line(sim, session) {
            sim.call_backs.of(session).stage = Stage::Noted;
            sim.record_call_back(session, CallBack::Asked);
        }
    }

    /// A session that left an address has a turn: it is told so by mail.
    pub(in crate::model) fn mail_turn<O: Observer, P>(
        sim: &mut Sim<O, P>, session: SessionId, agenda: &mut Agenda,
    ) {
        Self::mail(sim, session, Reply::YourTurn, agenda);
    }

    /// The line has ended: those who left an address are told so by mail, where the room does that.
    pub(in crate::model) fn mail_end<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, agenda: &mut Agenda,
    ) {
        let tells = sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref());
        if !tells.is_some_and(|call_back| call_back.tells_the_end) {
            return;
        }
        for session in (0..sim.crowd.len()).map(SessionId) {
            if sim.call_backs.has_address(session) && sim.crowd.books(session).truth() == Truth::Queued {
                let reply = self.standing(sim, tables, session);
                Self::mail(sim, session, reply, agenda);
            }
        }
    }

    /// A mail leaves, and is read after a while, or never.
    fn mail<O: Observer, P>(sim: &mut Sim<O, P>, session: SessionId, says: Reply, agenda: &mut Agenda) {
        let step = if says == Reply::YourTurn { CallBack::TurnMailed } else { CallBack::EndMailed };
        sim.record_call_back(session, step);
        let Some(call_back) = sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref()) else {
            return;
        };
        let row = sim.call_backs.of(session);
        let ordinal = u64::from(row.mails);
        row.mail = says;
        row.mails = row.mails.saturating_add(1);
        let away_at = row.away_at;
        let drawn = |what| sim.draws.of_person(what, sim.entity_of(session), sim.crowd.wire(session).tab());
        let (stream, n) = drawn(DrawPurpose::MailRead);
        let is_read = stream.chance(n | ordinal, call_back.read.get());
        let (stream, n) = drawn(DrawPurpose::MailDelay);
        // Nobody reads a mail about a page that they are still looking at.
        let at = (sim.now + call_back.delay.sample(stream, n | ordinal)).max(away_at);
        if is_read && at < sim.plan.roster.horizon {
            let attempt = sim.crowd.wire(session).attempt();
            sim.post(Message::MailRead, at, session, attempt, agenda);
        }
    }
}
