//! What happened. The world records facts; observers hear them and cannot speak.
//!
//! A fact carries its own time, which may be later than the event that recorded it (a reply whose fate was
//! known when it left) or earlier (a request noticed on arrival): observers may not assume time order.
//! The small enumerations that facts speak of are in `detail.rs`, their words for the fingerprint in `words.rs`,
//! whom a fact is about in `whose.rs`.

mod apart;
mod call_back;
mod code;
mod detail;
mod whose;
mod words;

pub use apart::Apart;
pub use call_back::CallBack;
pub use code::CodeTry;
pub use detail::{Act, Mishap, Shed, Slip, Step, Stop, Unresolved, Way, Word};

use super::{
    Belief, Cause, Emitter, GatewayId, Kind, PersonId, Reading, Reply, SeatId, StationId, Truth, Who,
};
use crate::engine::time::Span;

/// One thing that happened at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    // ---- the person and the screen -------------------------------------------------------------------
    /// The person's first click (`t_intent`).
    Arrived {
        /// Who clicked.
        person: PersonId,
    },
    /// A request left the client.
    Sent {
        /// Who sent it.
        who: Who,
        /// What it asks for.
        kind: Kind,
        /// Not a repetition after a failure.
        first_try: bool,
    },
    /// The network lost a request, or a reply. Nobody is told.
    Lost {
        /// Whose it was.
        who: Who,
        /// What the request asked for.
        kind: Kind,
        /// Where it was lost.
        way: Way,
    },
    /// A whole poll that changed nothing: sent, accepted (the time of this fact), answered "still in line"
    /// and heard. It stands for one [`Fact::Sent`] (a first try), one [`Fact::Accepted`], one
    /// [`Fact::Answered`] and one [`Fact::Heard`].
    Polled {
        /// Who polled.
        who: Who,
        /// Through which gateway.
        gateway: GatewayId,
        /// How long before this fact's time the poll was sent.
        up: Span,
        /// How long after this fact's time the answer was heard.
        down: Span,
        /// The position in line that was told: places ahead; `u32::MAX` where none is shown.
        position: u32,
    },
    /// A reply was delivered to a client that was waiting for it (or is final about an order).
    Heard {
        /// Who heard.
        who: Who,
        /// What had been asked.
        kind: Kind,
        /// What could be read.
        reading: Reading,
        /// Why it was refused, as the backend knows it.
        cause: Cause,
    },
    /// A reply was delivered after the client had stopped waiting for it.
    Ignored {
        /// Whose screen ignored it.
        who: Who,
        /// What the reply meant.
        reply: Reply,
    },
    /// The client's own timeout ended an attempt.
    TimedOut {
        /// Who stopped waiting.
        who: Who,
        /// What had been asked.
        kind: Kind,
        /// Why no answer came, as the backend (or the network) knows it.
        cause: Cause,
    },
    /// The screen changed.
    Believes {
        /// Whose screen.
        who: Who,
        /// What it says now.
        belief: Belief,
    },
    /// A session stopped for good.
    Stopped {
        /// Who stopped.
        who: Who,
        /// Why.
        why: Stop,
    },
    /// The horizon cut a session off.
    Cut {
        /// Who was cut off.
        who: Who,
        /// Where it stood.
        standing: Unresolved,
    },

    // ---- the edge ------------------------------------------------------------------------------------
    /// A gateway accepted a request (the first one is `t_edge`).
    Accepted {
        /// Whose request.
        who: Who,
        /// What it asks for.
        kind: Kind,
        /// Through which gateway.
        gateway: GatewayId,
    },
    /// A reply left a gateway; this is what its log says.
    Answered {
        /// To whom.
        who: Who,
        /// What had been asked.
        kind: Kind,
        /// What was answered.
        reply: Reply,
        /// Who made the answer.
        emitter: Emitter,
        /// Through which gateway.
        gateway: GatewayId,
        /// Why it refuses.
        cause: Cause,
    },
    /// A client's abort reached its gateway before any reply left: nobody is answered.
    Aborted {
        /// Whose request.
        who: Who,
        /// What had been asked.
        kind: Kind,
        /// At which gateway.
        gateway: GatewayId,
    },

    /// A gateway's accept queue was full: the request's SYN vanished, and nobody logs it. The client's TCP tries
    /// again by itself.
    SynDropped {
        /// Whose request.
        who: Who,
        /// What it asks for.
        kind: Kind,
        /// At which gateway.
        gateway: GatewayId,
    },
    /// A gateway closed or reset the connection without a reply, and nobody logs it.
    ConnectionClosed {
        /// Whose request.
        who: Who,
        /// What it asks for.
        kind: Kind,
        /// At which gateway.
        gateway: GatewayId,
        /// Why.
        cause: Cause,
    },
    /// The backend decided about a request and chose not to answer it.
    Silenced {
        /// Whose request.
        who: Who,
        /// What it asks for.
        kind: Kind,
        /// At which gateway it stays open.
        gateway: GatewayId,
    },
    /// The overload control of a gateway refused a request, however that is said.
    ControlRefused {
        /// Whose request.
        who: Who,
        /// What it asks for.
        kind: Kind,
        /// At which gateway.
        gateway: GatewayId,
    },
    /// An account was locked after too many refusals: every request of it is refused from now on.
    AccountLocked {
        /// Whose last request did it.
        who: Who,
    },
    /// More requests are in flight behind a gateway than ever before; told only where there are several gateways.
    GatewayPeak {
        /// Which gateway.
        gateway: GatewayId,
        /// So many.
        in_flight: u32,
    },
    /// The turns a minute follow how long the shop takes to answer: so many from now on.
    OutflowSteered {
        /// Turns a minute.
        per_minute: u32,
    },
    /// The admission policy switched its queue on, or off: then everybody passes.
    QueueSwitched {
        /// It is on.
        on: bool,
    },
    /// How many gateways, or servers of a station, serve and are wanted: at the beginning, and whenever that changes. Told only
    /// where they follow the load.
    Nodes {
        /// Of which station; `None`: gateways.
        station: Option<StationId>,
        /// So many serve.
        serving: u32,
        /// So many are wanted: those, and the ones that start.
        wanted: u32,
    },
    /// A gateway sent a request to another peer after the one before had failed.
    SentToNextPeer {
        /// Whose request.
        who: Who,
        /// To which station.
        station: StationId,
    },
    /// A gateway marked a peer of a station as failed: it is left out for a while.
    PeerMarkedDown {
        /// Which gateway.
        gateway: GatewayId,
        /// Of which station.
        station: StationId,
        /// Which of its peers, from 0.
        peer: u8,
    },

    // ---- the line ------------------------------------------------------------------------------------
    /// The waiting room accepted a join: lounge or line (`t_enqueue`).
    Enqueued {
        /// Who joined.
        who: Who,
    },
    /// A place in line was given (`t_place`).
    Placed {
        /// Who.
        who: Who,
        /// The place, counted from 0.
        place: u32,
    },
    /// A place was skipped: no contact for longer than the grace.
    Skipped {
        /// Whose place.
        who: Who,
    },
    /// A turn was issued (`t_turn`).
    TurnIssued {
        /// To whom.
        who: Who,
        /// Its number in the order of issue, from 0.
        order: u32,
    },
    /// The first protected request of a turn passed the gateway (`t_enter`).
    Entered {
        /// Who.
        who: Who,
    },
    /// A turn ended unused.
    NoShow {
        /// Whose turn.
        who: Who,
    },
    /// A session in line proved, or failed to prove, that it is still entitled.
    Reverified {
        /// Who.
        who: Who,
        /// It stays in line.
        entitled: bool,
    },
    /// A session inside was not heard of for longer than its grace: seats, turn and slot are free again, and nobody
    /// is told.
    DroppedInside {
        /// Who.
        who: Who,
    },
    /// Something befell a session and its place that its screen does not say.
    Befell {
        /// Whom.
        who: Who,
        /// What.
        mishap: Mishap,
    },
    /// The backend's view of a session changed.
    Decided {
        /// Of whom.
        who: Who,
        /// What it is now.
        truth: Truth,
    },

    // ---- stations ------------------------------------------------------------------------------------
    /// A request had to wait at a station.
    Waited {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
        /// How many wait now, this one included.
        length: u32,
    },
    /// A station refused: its queue was full.
    TurnedAway {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
    },
    /// Service began.
    ServiceBegan {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
        /// How long it had waited in the queue.
        waited: Span,
    },
    /// Service ended.
    ServiceEnded {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
        /// How long it took.
        served: Span,
        /// The part of it delivered after this request's 504 had left the gateway, or another peer had been asked.
        zombie: Span,
        /// The part of it delivered after the first of 504, client timeout, giving up.
        wasted: Span,
    },

    /// A station took a request out of its queue unserved: its client had gone.
    DroppedExpired {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
        /// How long it had waited.
        waited: Span,
    },
    /// A station took a request out of its queue unserved, though it could have served it; if its client still waits, it
    /// is refused.
    Shed {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
        /// How long it had waited.
        waited: Span,
        /// Why.
        why: Shed,
    },
    /// Work on a request was lost: its station went down.
    WorkLost {
        /// Whose request.
        who: Who,
        /// Where.
        station: StationId,
    },

    // ---- stock and money -----------------------------------------------------------------------------
    /// A free seat is held.
    SeatHeld {
        /// By whom.
        who: Who,
        /// Which.
        seat: SeatId,
    },
    /// A held seat is free again.
    SeatReturned {
        /// Whose hold it was.
        who: Who,
        /// Which.
        seat: SeatId,
        /// The hold ran out; otherwise it was given back.
        expired: bool,
    },
    /// A held seat is sold: the ledger's commit.
    SeatSold {
        /// To whom.
        who: Who,
        /// Which.
        seat: SeatId,
    },
    /// The payment provider took the money.
    Charged {
        /// Whose.
        who: Who,
        /// It had already taken the money for the same hold.
        duplicate: bool,
    },
    /// The payment provider declined the card.
    CardDeclined {
        /// Whose.
        who: Who,
    },
    /// The payment provider's reply never reached the shop, or too late.
    PaymentReplyLost {
        /// Whose.
        who: Who,
        /// The money had been taken.
        charged: bool,
    },

    /// The payment provider could not be reached; nothing was charged.
    PaymentUnreachable {
        /// Whose payment.
        who: Who,
    },
    /// Something else happened at the checkout.
    AtCheckout {
        /// To whom.
        who: Who,
        /// What.
        step: Step,
    },
    /// The payment provider had enough to do: a payment waits for others to end.
    PaymentQueued {
        /// Whose payment.
        who: Who,
        /// How long it will wait.
        wait: Span,
    },

    /// Something came between a person and a seat that it is not in the order of things to come between.
    StockSlipped {
        /// To whom it happened.
        who: Who,
        /// At which seat, where it was one.
        seat: Option<SeatId>,
        /// What.
        slip: Slip,
    },
    /// A hold request waits for others to pass the lock on the stock.
    LockAwaited {
        /// Whose request.
        who: Who,
        /// How long it will wait.
        wait: Span,
    },

    // ---- the sale ------------------------------------------------------------------------------------
    /// The sale opened (T0).
    Opened,
    /// The sale closed: no new turns.
    Closed,
    /// From now on the line is answered with a final no, where telling works.
    LineClosed {
        /// Everything was sold (or none was free, where the scenario closes on that); otherwise the sale
        /// itself closed.
        sold_out: bool,
    },
    /// The operator acted.
    Operated {
        /// Which of the scenario's rules, from 0.
        rule: u8,
        /// What was done.
        act: Act,
    },
    /// An announcement reached a person: by the page, or by other ways.
    Informed {
        /// Who.
        person: PersonId,
        /// What it said.
        word: Word,
        /// The page said it.
        by_page: bool,
    },
    /// A fault of the scenario began.
    FaultBegan {
        /// Which of the scenario's faults, from 0.
        fault: u8,
    },
    /// A fault of the scenario ended.
    FaultEnded {
        /// Which of the scenario's faults, from 0.
        fault: u8,
    },

    /// A sold seat is free again: the operator cancelled the order, and the money goes back.
    SeatCancelled {
        /// Whose order.
        who: Who,
        /// Which seat.
        seat: SeatId,
    },

    // ---- what faults do behind the gateways ------------------------------------------------------------
    /// The waiting room lost all it knew of a session: its place or its turn.
    Forgotten {
        /// Whose.
        who: Who,
    },
    /// A message between parts of the backend was lost after the gateway had accepted it.
    MessageLost {
        /// Whose.
        who: Who,
        /// What it was.
        kind: Kind,
    },
    /// A request, or the answer to it, vanished between a gateway and a station.
    CutOff {
        /// Whose request.
        who: Who,
        /// Which station.
        station: StationId,
    },
    /// A turn was issued beyond what the budgets allow.
    Overshot {
        /// Whose turn.
        who: Who,
        /// How many more than allowed are active now, this one included.
        beyond: u32,
    },
    // ---- the programs of callers ---------------------------------------------------------------------
    /// A client would have tried again, and its program did not allow it: no budget was left, or its breaker was open.
    RetryDenied {
        /// Whose retry.
        who: Who,
        /// Of what.
        kind: Kind,
    },
    /// A request failed before it was sent: the circuit breaker of its program was open.
    FailedFast {
        /// Whose request.
        who: Who,
        /// What it would have asked for.
        kind: Kind,
        /// Not a repetition after a failure.
        first_try: bool,
    },
    /// The circuit breaker of a program opened.
    BreakerOpened {
        /// Whose attempt it was that did it.
        who: Who,
    },
    /// A join carried an access code that somebody guessed, or that was refused.
    CodeTried {
        /// Whose join.
        who: Who,
        /// What became of it.
        what: CodeTry,
    },
    /// The device of a session changed its network, and with it its address.
    NetworkSwitched {
        /// Whose.
        who: Who,
        /// How often it has by now.
        times: u8,
        /// The connection of a request under way was lost with it.
        broken: bool,
    },
    /// The admission policy took a session that joined for a risk, and treats it unlike the others.
    SetApart {
        /// Which session.
        who: Who,
        /// How.
        how: Apart,
    },
    /// Somebody is called back to the line, or asked for it.
    CalledBack {
        /// Which session.
        who: Who,
        /// How far that has come.
        step: CallBack,
    },
    /// A session that was taken out of the line asked again, scored enough, and is back.
    Restored {
        /// Which session.
        who: Who,
    },
    /// A gateway would have sent a request to another peer, and its retry budget did not allow it.
    NextPeerDenied {
        /// Whose request.
        who: Who,
        /// To which station.
        station: StationId,
    },
}
