//! A reply on its way out: from whoever answers, through the gateway, to the person before the screen; and the polls that
//! are held until there is one.

use crate::engine::Agenda;
use crate::model::across::World;
use crate::model::backend::edge::Edge;
use crate::model::backend::edge::withheld_reply::Withheld;
use crate::model::backend::requests::RequestRef;
use crate::model::sim::words::{Answer, NOT_SHOWN, Response};
use crate::protocol::{Emitter, Fact, Kind, Observer, Reply, SessionId};

impl<O: Observer> World<O> {
    /// A reply leaves the gateway.
    pub(in crate::model) fn answer(&mut self, answer: Answer, agenda: &mut Agenda) {
        let Answer { session, kind, reply, emitter, gateway, cause, accepted_at, .. } = answer;
        let who = self.sim.crowd.who(session);
        if !self.edge.controls.is_empty() {
            self.edge.controls_learn(&mut self.sim, &answer);
        }
        if let Some(counters) = self.operator.counters() {
            counters.count(reply, self.sim.now.saturating_since(accepted_at));
        }
        if let Some(line) = self.line.room.as_mut().filter(|_| !self.sim.pauses.is_on()) {
            line.learn_answer(kind, reply, emitter, self.sim.now.saturating_since(accepted_at));
        }
        let fact = if reply.has_status() {
            Fact::Answered { who, kind, reply, emitter, gateway, cause }
        } else {
            Fact::ConnectionClosed { who, kind, gateway, cause }
        };
        self.sim.record.fact(self.sim.now, fact);
        let position = match reply {
            Reply::InLine if self.people.tolerance.minds_positions() => {
                self.line.position_of(&self.sim, session)
            }
            _ => NOT_SHOWN,
        };
        self.people.reply_travels(&mut self.sim, Answer { position, ..answer }, agenda);
    }

    /// An answer that took no service: out it goes, unless the waiting room keeps it back.
    pub(in crate::model) fn answer_or_withhold(&mut self, answer: Answer, agenda: &mut Agenda) {
        let proof_due = self.line.proofs.due_at(answer.session);
        if let Some(answer) =
            self.edge.answer_unless_withheld(&mut self.sim, &mut self.tables, answer, proof_due, agenda)
        {
            self.answer(answer, agenda);
        }
    }

    /// The work upstream has ended with this reply: out it goes, unless a 504 or an abort was first, another peer is to
    /// be asked, or the waiting room keeps it back.
    pub(in crate::model) fn respond(
        &mut self, slot: u32, reply: Reply, emitter: Emitter, agenda: &mut Agenda,
    ) {
        if Edge::dropped_by_partition(&mut self.sim, &mut self.tables, slot) {
            return;
        }
        let request = self.tables.requests.at(slot);
        let (session, kind, replied) = (request.session, request.kind, request.replied);
        match Edge::withheld(&self.sim, session, kind, reply).filter(|_| !replied) {
            Some(withheld) => {
                let proof_due = self.line.proofs.due_at(session);
                self.edge.withhold(&mut self.sim, &mut self.tables, slot, withheld, proof_due, agenda);
            }
            None => self.reply_to(slot, reply, emitter, agenda),
        }
    }

    /// This is the reply: out it goes, unless a 504 or an abort was first, or another peer is to be asked.
    fn reply_to(&mut self, slot: u32, reply: Reply, emitter: Emitter, agenda: &mut Agenda) {
        match self.edge.retry_next_upstream(&mut self.sim, &mut self.tables, slot, reply, agenda) {
            Some(another) => self.send_upstream(another, agenda),
            None => self.end_with(slot, Response::new(reply, emitter), agenda),
        }
    }

    /// Nothing more will come from upstream: this goes out, unless a 504 or an abort was first.
    pub(in crate::model) fn end_with(&mut self, slot: u32, response: Response, agenda: &mut Agenda) {
        let answer = self.edge.end_request(&mut self.sim, &mut self.tables, slot, response, agenda);
        if let Some(answer) = answer {
            self.answer(answer, agenda);
        }
    }

    /// The time of a held poll is over, or its session has to prove itself.
    pub(in crate::model) fn end_held_poll(&mut self, request: RequestRef, agenda: &mut Agenda) {
        if Edge::is_held(&mut self.tables, request) {
            let session = self.tables.requests.at(request.slot).session;
            self.ask_policy(session, agenda);
            // Who enters is answered by that, and the poll is not held any more.
            if Edge::is_held(&mut self.tables, request) {
                self.answer_held_poll(request.slot, agenda);
            }
        }
        self.edge.end_awaited(&mut self.sim, &mut self.tables, request, agenda);
    }

    /// Tells what there is to tell, be it that there is no news.
    fn answer_held_poll(&mut self, slot: u32, agenda: &mut Agenda) {
        let session = self.tables.requests.at(slot).session;
        let reply = self.line.standing(&mut self.sim, &mut self.tables, session);
        if Edge::withheld(&self.sim, session, Kind::Poll, reply) == Some(Withheld::ForGood) {
            Edge::silence(&mut self.sim, &mut self.tables, slot);
        } else {
            self.reply_to(slot, reply, Emitter::WaitingRoom, agenda);
        }
    }

    /// Something has changed for this session: if a poll of its is held, that is answered.
    pub(in crate::model) fn answer_held_poll_of(&mut self, session: SessionId, agenda: &mut Agenda) {
        if let Some(slot) = self.edge.held_poll_of(&mut self.sim, &mut self.tables, session) {
            self.answer_held_poll(slot, agenda);
        }
    }

    /// Something has changed for everybody: all polls that are held are answered.
    pub(in crate::model) fn answer_held_polls(&mut self, agenda: &mut Agenda) {
        while let Some(slot) = self.edge.next_held_poll(&mut self.tables) {
            self.answer_held_poll(slot, agenda);
        }
    }
}
