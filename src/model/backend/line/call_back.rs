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

use crate::engine::{Agenda, Time};
use crate::model::across::World;
use crate::model::sim::crowd::Flag;
use crate::model::sim::draws::DrawPurpose;
use crate::model::sim::message::Message;
use crate::protocol::{Belief, CallBack, Fact, Kind, Observer, Reply, SessionId, Stop, Truth};
use crate::scenario::Plan;

/// How far sessions are on the way to be called back; empty where nobody is.
#[derive(Default)]
pub(in crate::model) struct CallBacks {
    rows: Vec<Row>,
}

#[derive(Clone, Copy)]
struct Row {
    stage: Stage,
    /// What the mail says that is under way, or was sent last.
    mail: Reply,
    /// When the person went away.
    away_at: Time,
    /// How many mails were sent so far: the ordinal of the next.
    mails: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was asked yet.
    Undecided,
    /// Its person would rather wait.
    Waits,
    /// Its next poll carries the address.
    Asks,
    /// The room has the address; the page may not know yet.
    Noted,
    /// Its person has gone away.
    Away,
}

impl CallBacks {
    pub(in crate::model) fn new(plan: &Plan, sessions: u32) -> CallBacks {
        let offered = plan.line.as_ref().is_some_and(|line| line.call_back.is_some());
        let nothing = Row { stage: Stage::Undecided, mail: Reply::InLine, away_at: Time::ZERO, mails: 0 };
        CallBacks { rows: vec![nothing; if offered { sessions as usize } else { 0 }] }
    }

    /// People may ask to be called back.
    #[inline]
    pub(in crate::model) fn are_offered(&self) -> bool {
        !self.rows.is_empty()
    }

    fn stage(&self, session: SessionId) -> Stage {
        self.rows.get(session.index()).map_or(Stage::Undecided, |row| row.stage)
    }

    /// The room has an address for it: it need not be heard of.
    pub(in crate::model) fn has_address(&self, session: SessionId) -> bool {
        matches!(self.stage(session), Stage::Noted | Stage::Away)
    }

    /// Its person has gone away.
    pub(in crate::model) fn is_away(&self, session: SessionId) -> bool {
        self.stage(session) == Stage::Away
    }

    /// The session leaves the line: nobody has its address any more. Whoever has gone away does not know.
    pub(in crate::model) fn forget(&mut self, session: SessionId) {
        if let Some(row) = self.rows.get_mut(session.index()).filter(|row| row.stage == Stage::Noted) {
            row.stage = Stage::Undecided;
        }
    }

    /// Its next poll says something, or its answer does.
    pub(in crate::model) fn is_under_way(&self, session: SessionId) -> bool {
        matches!(self.stage(session), Stage::Asks | Stage::Noted)
    }
}

impl<O: Observer> World<O> {
    /// The page says that they are in line, and offers to call them back. Returns whether the person goes away.
    pub(in crate::model) fn goes_away(&mut self, session: SessionId, at: Time) -> bool {
        let Some(call_back) = self.sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref()) else {
            return false;
        };
        // Nobody decides before a tab that nobody looks at, or about a place that others may have too.
        let asks_nobody = self.is_hidden(session, at) || self.line.identities.may_meet();
        let row = &mut self.sim.call_backs.rows[session.index()];
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
                self.sim.call_backs.rows[session.index()].stage =
                    if wants { Stage::Asks } else { Stage::Waits };
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

    /// A gateway has accepted a poll, or the join of a page that was loaded again: it may carry an address.
    pub(in crate::model) fn take_address(&mut self, session: SessionId, kind: Kind) {
        let asks = matches!(kind, Kind::Poll | Kind::Join);
        if asks && self.sim.call_backs.stage(session) == Stage::Asks && self.is_in_open_line(session) {
            self.sim.call_backs.rows[session.index()].stage = Stage::Noted;
            self.record_call_back(session, CallBack::Asked);
        }
    }

    fn record_call_back(&mut self, session: SessionId, step: CallBack) {
        let who = self.sim.crowd.who(session);
        self.sim.record.fact(self.sim.now, Fact::CalledBack { who, step });
    }

    /// A session that left an address has a turn: it is told so by mail.
    pub(in crate::model) fn mail_turn(&mut self, session: SessionId, agenda: &mut Agenda) {
        self.mail(session, Reply::YourTurn, agenda);
    }

    /// The line has ended: those who left an address are told so by mail, where the room does that.
    pub(in crate::model) fn mail_end(&mut self, agenda: &mut Agenda) {
        let tells = self.sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref());
        if !tells.is_some_and(|call_back| call_back.tells_the_end) {
            return;
        }
        for session in (0..self.sim.crowd.len()).map(SessionId) {
            if self.sim.call_backs.has_address(session)
                && self.sim.crowd.row(session).truth() == Truth::Queued
            {
                let reply = self.standing(session);
                self.mail(session, reply, agenda);
            }
        }
    }

    /// A mail leaves, and is read after a while, or never.
    fn mail(&mut self, session: SessionId, says: Reply, agenda: &mut Agenda) {
        let step = if says == Reply::YourTurn { CallBack::TurnMailed } else { CallBack::EndMailed };
        self.record_call_back(session, step);
        let Some(call_back) = self.sim.plan.line.as_ref().and_then(|line| line.call_back.as_ref()) else {
            return;
        };
        let row = &mut self.sim.call_backs.rows[session.index()];
        let ordinal = u64::from(row.mails);
        row.mail = says;
        row.mails = row.mails.saturating_add(1);
        let away_at = row.away_at;
        let drawn = |what| {
            self.sim.draws.of_person(what, self.sim.entity_of(session), self.sim.crowd.row(session).tab())
        };
        let (stream, n) = drawn(DrawPurpose::MailRead);
        let is_read = stream.chance(n | ordinal, call_back.read);
        let (stream, n) = drawn(DrawPurpose::MailDelay);
        // Nobody reads a mail about a page that they are still looking at.
        let at = (self.sim.now + call_back.delay.sample(stream, n | ordinal)).max(away_at);
        if is_read && at < self.sim.plan.roster.horizon {
            let attempt = self.sim.crowd.row(session).attempt();
            self.sim.post(Message::MailRead, at, session, attempt, agenda);
        }
    }

    /// A mail is read. Whoever has gone away comes back for the turn, or knows that there will be none.
    pub(in crate::model) fn read_mail(&mut self, session: SessionId, attempt: u32, agenda: &mut Agenda) {
        let (now, row) = (self.sim.now, self.sim.crowd.row(session));
        let (stopped, leave_at) = (row.is(Flag::Stopped), row.leave_at());
        if stopped || row.attempt() != attempt || self.sim.call_backs.stage(session) != Stage::Away {
            return;
        }
        let row = &mut self.sim.call_backs.rows[session.index()];
        let (mail, away) = (row.mail, now.saturating_since(row.away_at));
        row.stage = Stage::Undecided;
        if mail == Reply::YourTurn {
            self.record_call_back(session, CallBack::TurnRead);
            if leave_at < Time::MAX {
                self.sim.crowd.row_mut(session).set_leave_at(leave_at + away);
            }
            self.believe(session, now, Belief::YourTurn);
            self.plan_request(session, Kind::Poll, now, agenda);
        } else {
            self.record_call_back(session, CallBack::EndRead);
            self.believe(session, now, Belief::ToldNo);
            self.stop(session, now, Stop::ToldNo, agenda);
        }
    }
}
