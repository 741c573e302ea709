//! What goes over the network: a request at the edge, and the reply that leaves it.

use super::Sim;
use super::draws::DrawKey;
use super::message::Message;
use crate::engine::{Agenda, Span, Time};
use crate::protocol::{Cause, Emitter, GatewayId, Kind, Observer, Reading, Reply, SessionId};

/// A request that stands before a gateway.
#[derive(Clone, Copy)]
pub(in crate::model) struct InboundRequest {
    pub(in crate::model) session: SessionId,
    pub(in crate::model) attempt: u32,
    pub(in crate::model) kind: Kind,
    pub(in crate::model) gateway: GatewayId,
}

/// A reply on its way out.
#[derive(Clone, Copy)]
pub(in crate::model) struct Answer {
    pub(in crate::model) session: SessionId,
    pub(in crate::model) attempt: u32,
    pub(in crate::model) kind: Kind,
    pub(in crate::model) draw_key: DrawKey,
    pub(in crate::model) gateway: GatewayId,
    pub(in crate::model) reply: Reply,
    pub(in crate::model) emitter: Emitter,
    pub(in crate::model) cause: Cause,
    /// The position that it shows, where that matters to somebody; else [`NOT_SHOWN`].
    pub(in crate::model) position: u32,
    /// When its request was accepted.
    pub(in crate::model) accepted_at: Time,
    /// How long its request had waited at a station before it was served; `None`: none has begun it.
    pub(in crate::model) queued: Option<Span>,
}

/// What comes back for a request from upstream, or in place of it.
#[derive(Clone, Copy)]
pub(in crate::model) struct Response {
    pub(in crate::model) reply: Reply,
    pub(in crate::model) emitter: Emitter,
    pub(in crate::model) cause: Cause,
}

impl Response {
    /// A reply that explains itself.
    pub(in crate::model) fn new(reply: Reply, emitter: Emitter) -> Response {
        Response { reply, emitter, cause: reply.cause() }
    }

    /// The same for another reason.
    pub(in crate::model) fn because(self, cause: Cause) -> Response {
        Response { cause, ..self }
    }
}

/// The position told where none is shown, and in the lounge before places are given.
pub(in crate::model) const NOT_SHOWN: u32 = u32::MAX;

/// A reply that has reached its client.
#[derive(Clone, Copy)]
pub(in crate::model) struct Delivery {
    pub(in crate::model) at: Time,
    /// What was asked for.
    pub(in crate::model) kind: Kind,
    pub(in crate::model) reading: Reading,
    pub(in crate::model) cause: Cause,
    /// The position that it shows, or [`NOT_SHOWN`].
    pub(in crate::model) position: u32,
}

impl<O: Observer, P, B> Sim<O, P, B> {
    /// An answer to a caller that the reply itself explains.
    pub(in crate::model) fn answer_to(
        &self, inbound: InboundRequest, reply: Reply, emitter: Emitter,
    ) -> Answer {
        let InboundRequest { session, attempt, kind, gateway } = inbound;
        let draw_key = self.draw_key_of(session, attempt, kind);
        let (cause, accepted_at) = (reply.cause(), self.now);
        Answer {
            session,
            attempt,
            kind,
            draw_key,
            gateway,
            reply,
            emitter,
            cause,
            accepted_at,
            queued: None,
            position: NOT_SHOWN,
        }
    }

    /// The client of this attempt still waits for it. Nobody waits for the answer to a goodbye, and it is never called
    /// off.
    pub(in crate::model) fn still_waits(&mut self, inbound: InboundRequest) -> bool {
        let now = self.now;
        if self.flights.are_possible()
            && let Some(flight) = self.flight(inbound.session, inbound.attempt)
        {
            return flight.gone_at >= now;
        }
        let row = self.crowd.row(inbound.session);
        let same = row.wire.attempt() == inbound.attempt && !row.wire.is_stopped() && !row.wire.is_planned();
        !inbound.kind.is_waited_for() || (same && self.now <= row.wire.deadline())
    }

    /// Nothing has been answered yet, for this reason: the client's own timer is what ends its waiting.
    pub(in crate::model) fn leave_unanswered(
        &mut self, inbound: InboundRequest, cause: Cause, agenda: &mut Agenda,
    ) {
        if inbound.kind.is_waited_for() && self.still_waits(inbound) {
            self.set_silence(inbound.session, inbound.attempt, cause);
            self.arm_client_timer(inbound.session, agenda);
        }
    }

    /// Wakes the client when it stops waiting, if it does so before the horizon; a wake that is already pending will
    /// see to it.
    pub(in crate::model) fn arm_client_timer(&mut self, session: SessionId, agenda: &mut Agenda) {
        let horizon = self.plan.roster.horizon;
        let row = self.crowd.row_mut(session);
        let (at, attempt) = (row.wire.deadline(), row.wire.attempt());
        if at < horizon && !row.wire.wake_is_pending() {
            row.wire.set_wake_pending(true);
            self.post(Message::Wake, at, session, attempt, agenda);
        }
    }
}
