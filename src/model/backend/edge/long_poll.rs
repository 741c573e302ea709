//! Long polls: a poll whose answer would be "still in line" keeps its row and its gateway's slot until something
//! changes for its session, or its time is over.
//!
//! ```text
//!   poll --no news--> held --turn, place lost, eviction, proof due, line closed, word on the page--> answered now
//!                      |  time over: "still in line"
//!                      |  gateway's timer, client's timeout or goodbye: as with any request
//! ```
//!
//! All are held equally long, so they stand in the order in which their time ends, and one end at a time is in the
//! agenda. Whoever is answered or gone before stays in the queue, stale, until its end is reached. Modelled on
//! RFC 6202, section 2.

use crate::engine::{Agenda, Time};
use crate::model::backend::Sim;
use crate::model::backend::Tables;
use crate::model::backend::edge::Edge;
use crate::model::backend::requests::RequestRef;
use crate::model::sim::message::Message;
use crate::protocol::{Cause, Kind, Observer, SessionId};
use std::collections::VecDeque;

/// The polls that are held, in the order in which their time ends.
#[derive(Default)]
pub(in crate::model) struct HeldPolls {
    queue: VecDeque<(RequestRef, Time)>,
    /// Whose end is in the agenda.
    awaited: Option<RequestRef>,
}

impl Edge {
    /// Holds a poll that has no news. Its own end is asked for apart if a proof is due before.
    pub(in crate::model) fn hold_poll<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, slot: u32, proof_due: Option<Time>,
        agenda: &mut Agenda,
    ) {
        let hold = sim.plan.line.as_ref().and_then(|line| line.long_poll).expect("polls are long polls");
        let request = tables.requests.reference(slot);
        let until = sim.now + hold;
        self.held_polls.queue.push_back((request, until));
        self.await_end(sim, tables, agenda);
        if let Some(due) = proof_due.filter(|due| *due < until) {
            tables.requests.post(sim, Message::HeldPollEnd, due, request, agenda);
        }
    }

    /// Asks for the first end of those still held, unless one is asked for.
    fn await_end<O: Observer, P>(&mut self, sim: &mut Sim<O, P>, tables: &mut Tables, agenda: &mut Agenda) {
        if self.held_polls.awaited.is_some() {
            return;
        }
        while let Some(&(request, until)) = self.held_polls.queue.front() {
            if Self::is_held(tables, request) {
                self.held_polls.awaited = Some(request);
                return tables.requests.post(sim, Message::HeldPollEnd, until, request, agenda);
            }
            self.held_polls.queue.pop_front();
        }
    }

    /// A poll that is held, and not one that has been answered, aborted or silenced since.
    pub(in crate::model) fn is_held(tables: &mut Tables, request: RequestRef) -> bool {
        let row = tables.requests.get_mut(request);
        row.is_some_and(|row| {
            row.kind == Kind::Poll && row.only_kept_open && row.cause != Cause::DeliberateSilence
        })
    }

    /// The end of a held poll was reached, or its poll answered before: asks for the next end.
    pub(in crate::model) fn end_awaited<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, request: RequestRef, agenda: &mut Agenda,
    ) {
        if self.held_polls.awaited == Some(request) {
            self.held_polls.awaited = None;
            self.await_end(sim, tables, agenda);
        }
    }

    /// The poll of this session that is held, if one is.
    pub(in crate::model) fn held_poll_of<O: Observer, P>(
        &mut self, sim: &mut Sim<O, P>, tables: &mut Tables, session: SessionId,
    ) -> Option<u32> {
        if self.held_polls.queue.is_empty() {
            return None;
        }
        let row = sim.crowd.row(session);
        let (slot, attempt) = (row.wire.slot(), row.wire.attempt());
        let request = tables.requests.of_attempt(slot, session, attempt)?;
        Self::is_held(tables, request).then_some(request.slot)
    }

    /// Takes out the next poll that is held, to be answered.
    pub(in crate::model) fn next_held_poll(&mut self, tables: &mut Tables) -> Option<u32> {
        while let Some((request, _)) = self.held_polls.queue.pop_front() {
            if Self::is_held(tables, request) {
                return Some(request.slot);
            }
        }
        None
    }
}
