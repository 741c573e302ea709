//! How far each session is on the way to be called back: what page and waiting room have agreed on.

use super::Sim;
use crate::engine::Time;
use crate::protocol::{CallBack as Step, Fact, Observer, Reply, SessionId};
use crate::scenario::Plan;

/// How far sessions are on the way to be called back; empty where nobody is.
#[derive(Default)]
pub(in crate::model) struct CallBacks {
    rows: Vec<CallBack>,
    /// Several sessions may share a place: nobody is asked then.
    pub(in crate::model) places_are_shared: bool,
}

#[derive(Clone, Copy)]
pub(in crate::model) struct CallBack {
    pub(in crate::model) stage: Stage,
    /// What the mail says that is under way, or was sent last.
    pub(in crate::model) mail: Reply,
    /// When the person went away.
    pub(in crate::model) away_at: Time,
    /// How many mails were sent so far: the ordinal of the next.
    pub(in crate::model) mails: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Stage {
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
        let nothing =
            CallBack { stage: Stage::Undecided, mail: Reply::InLine, away_at: Time::ZERO, mails: 0 };
        CallBacks {
            rows: vec![nothing; if offered { sessions as usize } else { 0 }],
            places_are_shared: false,
        }
    }

    /// People may ask to be called back.
    #[inline]
    pub(in crate::model) fn are_offered(&self) -> bool {
        !self.rows.is_empty()
    }

    pub(in crate::model) fn stage(&self, session: SessionId) -> Stage {
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

    pub(in crate::model) fn of(&mut self, session: SessionId) -> &mut CallBack {
        &mut self.rows[session.index()]
    }
}

impl<O: Observer, P, B> Sim<O, P, B> {
    /// Records how far a session is.
    pub(in crate::model) fn record_call_back(&mut self, session: SessionId, step: Step) {
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::CalledBack { who, step });
    }
}
