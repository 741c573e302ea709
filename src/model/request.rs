//! Requests in flight behind a gateway. In transit a request is its agenda entry alone; a row lives from the
//! forwarding until the work upstream has ended: a zombie outlives its attempt.

use super::luck::Ask;
use crate::engine::{Span, Time};
use crate::protocol::{Cause, GatewayId, Kind, SessionId, StationId};

/// A row with its generation: what messages about it carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestRef {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// One request behind a gateway.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent yes-or-no facts, each with a name")]
pub(super) struct Request {
    generation: u32,
    pub(super) session: SessionId,
    pub(super) attempt: u32,
    pub(super) kind: Kind,
    /// Whose draws its service takes.
    pub(super) ask: Ask,
    pub(super) gateway: GatewayId,
    pub(super) station: StationId,
    /// Which machine of the station.
    pub(super) peer: u8,
    /// It waits there, or is being served.
    pub(super) at_station: bool,
    /// The peers of the station that it was sent to, one bit each; none where there is only one.
    pub(super) tried: u32,
    /// The connection is held open and will never be answered: there is no work upstream.
    pub(super) held: bool,
    /// The gateway waits for this no more: a reply has left, the client's abort has come, or another peer was tried.
    pub(super) replied: bool,
    /// Its gateway accepted it then, and sent it upstream.
    pub(super) accepted_at: Time,
    /// Queued at the station, then served from then on.
    pub(super) since: Time,
    /// How long it had waited at a station before it was served; `None`: none has begun it.
    pub(super) queued: Option<Span>,
    /// When the gateway's timer on it fired: its 504 left, or another peer was tried.
    pub(super) timed_out_at: Option<Time>,
    /// Nobody waits for it since then: its client has stopped, or its gateway went down.
    pub(super) gone_at: Option<Time>,
    /// Why it is not answered yet: the upstream is slow, unless the backend chose to be silent.
    pub(super) cause: Cause,
    /// Nothing upstream works on it any more: the waiting room keeps it open, until it has news or for good. The
    /// row ends with its connection.
    pub(super) only_kept_open: bool,
}

/// All rows; freed ones are used again under a new generation.
#[derive(Default)]
pub(super) struct Requests {
    rows: Vec<Request>,
    free: Vec<u32>,
}

impl Requests {
    /// Opens a row.
    pub(super) fn open(&mut self, mut request: Request) -> RequestRef {
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
    pub(super) fn get_mut(&mut self, request: RequestRef) -> Option<&mut Request> {
        self.rows.get_mut(request.slot as usize).filter(|row| row.generation == request.generation)
    }

    /// The row in this slot, whichever request it is.
    pub(super) fn at(&self, slot: u32) -> &Request {
        &self.rows[slot as usize]
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> &mut Request {
        &mut self.rows[slot as usize]
    }

    pub(super) fn reference(&self, slot: u32) -> RequestRef {
        RequestRef { slot, generation: self.at(slot).generation }
    }

    /// The request that this session's attempt has in flight, if any.
    pub(super) fn of_attempt(&mut self, slot: u32, session: SessionId, attempt: u32) -> Option<RequestRef> {
        let row = self.rows.get(slot as usize)?;
        let same = row.session == session && row.attempt == attempt;
        same.then_some(RequestRef { slot, generation: row.generation })
    }

    /// Closes a row: its work upstream has ended.
    pub(super) fn close(&mut self, slot: u32) -> Request {
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
    pub(super) fn at_machine(&self, station: StationId, peer: u8) -> Vec<u32> {
        self.slots(|row| row.at_station && row.station == station && row.peer == peer)
    }

    /// Whatever this gateway has accepted and not answered.
    pub(super) fn waiting_at(&self, gateway: GatewayId) -> Vec<u32> {
        self.slots(|row| row.is_open() && row.gateway == gateway && !row.replied)
    }

    /// How many requests are in flight.
    pub(super) fn len(&self) -> usize {
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
    pub(super) fn again(&self) -> Request {
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
    pub(super) fn new(session: SessionId, attempt: u32, kind: Kind, ask: Ask, gateway: GatewayId) -> Request {
        Request {
            generation: 0,
            session,
            attempt,
            kind,
            ask,
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
    pub(super) fn accepted(self, at: Time) -> Request {
        Request { accepted_at: at, ..self }
    }
}
