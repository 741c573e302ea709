//! Answers that the waiting room keeps back: for good, which is deliberate silence, or until there is news, which
//! is a long poll (`long_poll.rs`).
//!
//! ```text
//!   taken out of the line --explicit--> a readable refusal
//!                         --drop------> nothing; the gateway's timer fires: a 504 like any other
//!                         --hold_open-> nothing, and bytes keep the timer from firing: a page that hangs
//! ```
//!
//! The backend has decided and works no more: a row that is only kept open ends with its connection. On the wire a
//! 504 out of silence and a 504 of a slow service are the same; only the record knows the cause.

use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::requests::Request;
use crate::model::sim::words::Answer;
use crate::protocol::{Cause, Fact, Kind, Observer, Reply, SessionId};
use crate::scenario::plan::RefusalStyle;

/// How an answer that is ready is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Withheld {
    /// It is never given.
    ForGood,
    /// It is given when there is news, or when the time of the poll is over.
    UntilNews,
}

impl Edge {
    /// Is this answer kept back? "Still in line" is no news, unless the page says something that the person has not
    /// read.
    pub(in crate::model) fn withheld<O: Observer, P>(
        sim: &Sim<O, P>, session: SessionId, kind: Kind, reply: Reply,
    ) -> Option<Withheld> {
        let line = sim.plan.line.as_ref()?;
        match reply {
            Reply::Evicted if line.refusal != RefusalStyle::Explicit => Some(Withheld::ForGood),
            Reply::InLine if kind == Kind::Poll && line.long_poll.is_some() => {
                let unread = sim.notices.has_unread(sim.crowd.person(session));
                (!unread).then_some(Withheld::UntilNews)
            }
            _ => None,
        }
    }

    /// An answer that took no service. Returns it, unless the waiting room keeps it back; `proof_due` is when its session
    /// has to prove itself.
    pub(in crate::model) fn answer_unless_withheld<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, answer: Answer, proof_due: Option<Time>,
        agenda: &mut Agenda,
    ) -> Option<Answer> {
        let Some(withheld) = Self::withheld(sim, answer.session, answer.kind, answer.reply) else {
            return Some(answer);
        };
        let Answer { session, attempt, kind, draw_key, gateway, accepted_at, .. } = answer;
        let request = Request::new(session, attempt, kind, draw_key, gateway).accepted(accepted_at);
        let request = self.take_slot(sim, tables, request);
        self.withhold(sim, tables, request.slot, withheld, proof_due, agenda);
        Self::await_upstream(sim, tables, request, agenda);
        None
    }

    /// Keeps the answer to a request back.
    pub(in crate::model) fn withhold<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, withheld: Withheld,
        proof_due: Option<Time>, agenda: &mut Agenda,
    ) {
        tables.requests.at_mut(slot).only_kept_open = true;
        match withheld {
            Withheld::ForGood => Self::silence(sim, tables, slot),
            Withheld::UntilNews => self.hold_poll(sim, tables, slot, proof_due, agenda),
        }
    }

    /// The backend has decided about the session, and this request will not be answered.
    pub(in crate::model) fn silence<O: Observer, P>(sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32) {
        let request = tables.requests.at_mut(slot);
        request.cause = Cause::DeliberateSilence;
        let (session, kind, gateway) = (request.session, request.kind, request.gateway);
        let who = sim.crowd.who(session);
        sim.record.fact(sim.now, Fact::Silenced { who, kind, gateway });
    }

    /// Do bytes keep the gateway's timer from firing? It runs between two reads.
    pub(in crate::model) fn is_kept_alive<O: Observer, P>(
        sim: &Sim<O, P>, tables: &Tables, slot: u32,
    ) -> bool {
        let hold_open = sim.plan.line.as_ref().is_some_and(|line| line.refusal == RefusalStyle::HoldOpen);
        hold_open && tables.requests.at(slot).cause == Cause::DeliberateSilence
    }

    /// The connection of a request has ended; where nothing upstream works on it any more, so has its row.
    pub(in crate::model) fn close_if_only_kept_open(tables: &mut Tables, slot: u32) {
        if tables.requests.at(slot).only_kept_open {
            tables.requests.close(slot);
        }
    }
}
