//! Requests in flight behind a gateway. In transit a request is its agenda entry alone; a row lives from the
//! forwarding until the work upstream has ended: a zombie outlives its attempt.

use crate::engine::{Agenda, Span, Time};
use crate::model::backend::Sim;
use crate::model::sim::draws::DrawKey;
use crate::model::sim::message::Message;
use crate::protocol::{Cause, GatewayId, Kind, Observer, SessionId, StationId};

/// A row with its generation: what messages about it carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct RequestRef {
    pub(in crate::model) slot: u32,
    pub(in crate::model) generation: u32,
}

/// One request behind a gateway.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent yes-or-no facts, each with a name")]
pub(in crate::model) struct Request {
    generation: u32,
    pub(in crate::model) session: SessionId,
    pub(in crate::model) attempt: u32,
    pub(in crate::model) kind: Kind,
    /// Whose draws its service takes.
    pub(in crate::model) draw_key: DrawKey,
    pub(in crate::model) gateway: GatewayId,
    pub(in crate::model) station: StationId,
    /// Which machine of the station.
    pub(in crate::model) peer: u8,
    /// It waits there, or is being served.
    pub(in crate::model) at_station: bool,
    /// The peers of the station that it was sent to, one bit each; none where there is only one.
    pub(in crate::model) tried: u32,
    /// The connection is held open and will never be answered: there is no work upstream.
    pub(in crate::model) held: bool,
    /// The gateway waits for this no more: a reply has left, the client's abort has come, or another peer was tried.
    pub(in crate::model) replied: bool,
    /// Its gateway accepted it then, and sent it upstream.
    pub(in crate::model) accepted_at: Time,
    /// Queued at the station, then served from then on.
    pub(in crate::model) since: Time,
    /// How long it had waited at a station before it was served; `None`: none has begun it.
    pub(in crate::model) queued: Option<Span>,
    /// When the gateway's timer on it fired: its 504 left, or another peer was tried.
    pub(in crate::model) timed_out_at: Option<Time>,
    /// Nobody waits for it since then: its client has stopped, or its gateway went down.
    pub(in crate::model) gone_at: Option<Time>,
    /// Why it is not answered yet: the upstream is slow, unless the backend chose to be silent.
    pub(in crate::model) cause: Cause,
    /// Nothing upstream works on it any more: the waiting room keeps it open, until it has news or for good. The
    /// row ends with its connection.
    pub(in crate::model) only_kept_open: bool,
}

/// All rows; freed ones are used again under a new generation.
#[derive(Default)]
pub(in crate::model) struct Requests {
    rows: Vec<Request>,
    free: Vec<u32>,
}

impl Requests {
    /// Opens a row.
    pub(in crate::model) fn open(&mut self, mut request: Request) -> RequestRef {
        if let Some(slot) = self.free.pop() {
            let row = &mut self.rows[slot as usize];
            request.generation = row.generation;
            *row = request;
            return RequestRef { slot, generation: request.generation };
        }
        let slot = u32::try_from(self.rows.len()).expect("fewer than 2^32 requests in flight");
        request.generation = 0;
        self.rows.push(request);
        RequestRef { slot, generation: 0 }
    }

    /// The row, if it is still the same request.
    pub(in crate::model) fn get_mut(&mut self, request: RequestRef) -> Option<&mut Request> {
        self.rows.get_mut(request.slot as usize).filter(|row| row.generation == request.generation)
    }

    /// The row in this slot, whichever request it is.
    pub(in crate::model) fn at(&self, slot: u32) -> &Request {
        &self.rows[slot as usize]
    }

    pub(in crate::model) fn at_mut(&mut self, slot: u32) -> &mut Request {
        &mut self.rows[slot as usize]
    }

    pub(in crate::model) fn reference(&self, slot: u32) -> RequestRef {
        RequestRef { slot, generation: self.at(slot).generation }
    }

    /// The request that this session's attempt has in flight, if any.
    pub(in crate::model) fn of_attempt(
        &mut self, slot: u32, session: SessionId, attempt: u32,
    ) -> Option<RequestRef> {
        let row = self.rows.get(slot as usize)?;
        let same = row.session == session && row.attempt == attempt;
        same.then_some(RequestRef { slot, generation: row.generation })
    }

    /// This session's attempt is behind a gateway that has neither answered it nor seen its client go.
    pub(in crate::model) fn awaits_reply(&self, slot: u32, session: SessionId, attempt: u32) -> bool {
        let row = self.rows.get(slot as usize);
        row.is_some_and(|row| row.session == session && row.attempt == attempt && !row.replied)
    }

    /// Pushes a message about a row; its tie is its session's and attempt's.
    pub(in crate::model) fn post<O: Observer, P>(
        &self, sim: &Sim<O, P>, message: Message, at: Time, request: RequestRef, agenda: &mut Agenda,
    ) {
        let row = self.at(request.slot);
        let tie = sim.draws.tie(row.draw_key.person, row.draw_key.tab, row.attempt);
        agenda.push(message.entry(at, tie, request.slot, request.generation));
    }

    /// Closes a row: its work upstream has ended.
    pub(in crate::model) fn close(&mut self, slot: u32) -> Request {
        let closed = self.rows[slot as usize];
        let row = &mut self.rows[slot as usize];
        row.generation = (closed.generation + 1) & 0xFF_FFFF;
        row.attempt = Request::NO_ATTEMPT;
        row.at_station = false;
        self.free.push(slot);
        closed
    }

    /// The slots of the rows of this sort.
    fn slots(&self, is: impl Fn(&Request) -> bool) -> Vec<u32> {
        (0..).zip(&self.rows).filter(|(_, row)| is(row)).map(|(slot, _)| slot).collect()
    }

    /// Whatever waits or is being served at this machine.
    pub(in crate::model) fn at_machine(&self, station: StationId, peer: u8) -> Vec<u32> {
        self.slots(|row| row.at_station && row.station == station && row.peer == peer)
    }

    /// Whatever this gateway has accepted and not answered.
    pub(in crate::model) fn waiting_at(&self, gateway: GatewayId) -> Vec<u32> {
        self.slots(|row| row.is_open() && row.gateway == gateway && !row.replied)
    }

    /// How many requests are in flight.
    pub(in crate::model) fn len(&self) -> usize {
        self.rows.len() - self.free.len()
    }
}

impl Request {
    /// The attempt of a closed row.
    const NO_ATTEMPT: u32 = u32::MAX;

    fn is_open(&self) -> bool {
        self.attempt != Request::NO_ATTEMPT
    }

    /// The same request for another peer: nothing has come of it yet.
    pub(in crate::model) fn again(&self) -> Request {
        Request {
            replied: false,
            at_station: false,
            queued: None,
            timed_out_at: None,
            cause: Cause::SlowUpstream,
            only_kept_open: false,
            ..*self
        }
    }

    /// A request forwarded now; its generation is set when its row opens.
    pub(in crate::model) fn new(
        session: SessionId, attempt: u32, kind: Kind, draw_key: DrawKey, gateway: GatewayId,
    ) -> Request {
        Request {
            generation: 0,
            session,
            attempt,
            kind,
            draw_key,
            gateway,
            station: StationId::default(),
            peer: 0,
            at_station: false,
            tried: 0,
            held: false,
            replied: false,
            accepted_at: Time::ZERO,
            since: Time::ZERO,
            queued: None,
            timed_out_at: None,
            gone_at: None,
            cause: Cause::SlowUpstream,
            only_kept_open: false,
        }
    }

    /// The same, accepted by its gateway at that instant.
    pub(in crate::model) fn accepted(self, at: Time) -> Request {
        Request { accepted_at: at, ..self }
    }
}
