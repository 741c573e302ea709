//! Deliberate silence: how the waiting room answers those whom it took out of the line.
//!
//! ```text
//!   taken out of the line --explicit--> a readable refusal
//!                         --drop------> nothing; the gateway's timer fires: a 504 like any other
//!                         --hold_open-> nothing, and bytes keep the timer from firing: a page that hangs
//! ```
//!
//! The backend has decided and works no more: a row that is only kept open ends with its connection. On the wire a
//! 504 out of silence and a 504 of a slow service are the same; only the record knows the cause.

use super::World;
use super::gateway::Answer;
use super::request::Request;
use crate::engine::Agenda;
use crate::protocol::{Cause, Fact, Observer, Reply};
use crate::scenario::plan::{LinePlan, RefusalStyle};

impl<O: Observer> World<O> {
    /// Is this answer never given?
    pub(super) fn is_silent_about(&self, reply: Reply) -> bool {
        let silent = |line: &LinePlan| line.refusal != RefusalStyle::Explicit;
        reply == Reply::Evicted && self.plan.line.as_ref().is_some_and(silent)
    }

    /// An answer that took no service: out it goes, unless the waiting room is silent about it.
    pub(super) fn answer_or_stay_silent(&mut self, answer: Answer, agenda: &mut Agenda) {
        if !self.is_silent_about(answer.reply) {
            return self.answer(answer, agenda);
        }
        let Answer { session, attempt, kind, ask, gateway, accepted_at, .. } = answer;
        let request = Request::new(session, attempt, kind, ask, gateway).accepted(accepted_at);
        let request = self.take_slot(request);
        self.silence(request.slot);
        self.await_upstream(request, agenda);
    }

    /// The backend has decided about the session, and this request will not be answered.
    pub(super) fn silence(&mut self, slot: u32) {
        let request = self.requests.at_mut(slot);
        request.cause = Cause::DeliberateSilence;
        request.only_kept_open = true;
        let (session, kind, gateway) = (request.session, request.kind, request.gateway);
        let who = self.crowd.who(session);
        self.record.fact(self.now, Fact::Silenced { who, kind, gateway });
    }

    /// Do bytes keep the gateway's timer from firing? It runs between two reads.
    pub(super) fn is_kept_alive(&self, slot: u32) -> bool {
        let hold_open = self.plan.line.as_ref().is_some_and(|line| line.refusal == RefusalStyle::HoldOpen);
        hold_open && self.requests.at(slot).cause == Cause::DeliberateSilence
    }

    /// The connection of a request has ended; where nothing upstream works on it any more, so has its row.
    pub(super) fn close_if_only_kept_open(&mut self, slot: u32) {
        if self.requests.at(slot).only_kept_open {
            self.requests.close(slot);
        }
    }
}
