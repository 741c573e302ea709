//! What happened. The world records facts; observers hear them and cannot speak.
//!
//! A fact carries its own time, which may be later than the event that recorded it (a reply whose fate was
//! known when it left) or earlier (a request noticed on arrival): observers may not assume time order.

use super::{
    Belief, Cause, Emitter, GatewayId, Kind, PersonId, Reading, Reply, SeatId, StationId, Truth, Who,
};
use crate::engine::time::Span;

/// Which way a message was going when the network lost it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Way {
    /// From the client to the edge.
    Up = 0,
    /// From the edge to the client.
    Down = 1,
}

/// Why a session stopped for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stop {
    /// Its screen confirmed an order.
    Bought = 0,
    /// Its screen told it no, finally.
    ToldNo = 1,
    /// The person's patience ended.
    Patience = 2,
    /// The behavior's attempts were used up.
    AttemptsUsedUp = 3,
    /// The person gave the seats back.
    Abandoned = 4,
    /// The card was declined and the person does not try again.
    Declined = 5,
    /// Another session of the person had the final answer.
    Sibling = 6,
    /// Its screen told it that it was taken out of the line, or not let into it: final for this session alone.
    Excluded = 7,
}

impl Stop {
    /// Every reason, in the order of its number.
    pub const ALL: [Stop; 8] = [
        Stop::Bought,
        Stop::ToldNo,
        Stop::Patience,
        Stop::AttemptsUsedUp,
        Stop::Abandoned,
        Stop::Declined,
        Stop::Sibling,
        Stop::Excluded,
    ];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Stop::Bought => "bought",
            Stop::ToldNo => "told_no",
            Stop::Patience => "patience",
            Stop::AttemptsUsedUp => "attempts_used_up",
            Stop::Abandoned => "abandoned",
            Stop::Declined => "declined",
            Stop::Sibling => "sibling",
            Stop::Excluded => "excluded",
        }
    }
}

/// Where a session stood when the horizon cut it off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Unresolved {
    /// Still trying to get an answer from the edge.
    Trying = 0,
    /// Still in the lounge or in line.
    InLine = 1,
    /// Had a turn, or was inside.
    Inside = 2,
}

impl Unresolved {
    /// Every reason, in the order of its number.
    pub const ALL: [Unresolved; 3] = [Unresolved::Trying, Unresolved::InLine, Unresolved::Inside];

    /// The name used in results.
    pub const fn name(self) -> &'static str {
        match self {
            Unresolved::Trying => "trying",
            Unresolved::InLine => "in_line",
            Unresolved::Inside => "inside",
        }
    }
}

/// What an announcement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Word {
    /// The sale is paused; places and codes stay valid.
    Paused = 0,
    /// The sale goes on.
    Resumed = 1,
    /// Do not refresh the page.
    DoNotRefresh = 2,
    /// Keep trying.
    KeepTrying = 3,
    /// Nobody new is let in.
    ClosedToNewcomers = 4,
    /// There is trouble, and it is being worked on.
    Trouble = 5,
}

impl Word {
    /// Every word, in the order of its number.
    pub const ALL: [Word; 6] = [
        Word::Paused,
        Word::Resumed,
        Word::DoNotRefresh,
        Word::KeepTrying,
        Word::ClosedToNewcomers,
        Word::Trouble,
    ];

    /// The name used in scenarios and results.
    pub const fn name(self) -> &'static str {
        match self {
            Word::Paused => "paused",
            Word::Resumed => "resumed",
            Word::DoNotRefresh => "do_not_refresh",
            Word::KeepTrying => "keep_trying",
            Word::ClosedToNewcomers => "closed_to_newcomers",
            Word::Trouble => "trouble",
        }
    }
}

/// What the operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Pauses the sale.
    Pause,
    /// Lets it go on.
    Resume,
    /// Lets nobody new into the line.
    CloseToNewcomers,
    /// Changes how many are let in.
    ChangeOutflow,
    /// Announces something.
    Announce(Word),
}

impl Act {
    /// Its number in fingerprints.
    const fn code(self) -> u64 {
        match self {
            Act::Pause => 0,
            Act::Resume => 1,
            Act::CloseToNewcomers => 2,
            Act::ChangeOutflow => 3,
            Act::Announce(word) => 16 + word as u64,
        }
    }
}

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
        /// The part of it delivered after this request's 504 had left the gateway.
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
}

impl Fact {
    /// The fact's content as three words, for the fingerprint: a number for the variant and every field.
    #[rustfmt::skip]
    pub fn words(&self) -> [u64; 3] {
        match *self {
            Fact::Arrived { person } => [1, u64::from(person.0), 0],
            Fact::Sent { who, kind, first_try } => of(2, who, kind as u64, u64::from(first_try)),
            Fact::Lost { who, kind, way } => of(3, who, kind as u64, way as u64),
            Fact::Polled { who, gateway, up, down, position } =>
                of(4 | u64::from(gateway.0) << 16, who, u64::from(position), (up.as_us() << 32) ^ down.as_us()),
            Fact::Heard { who, kind, reading, cause } => of(5, who, kind as u64, (cause as u64) << 16 | match reading {
                Reading::Answer(reply) => u64::from(reply as u8),
                Reading::Opaque(reply) => 256 | u64::from(reply as u8),
            }),
            Fact::Ignored { who, reply } => of(6, who, 0, reply as u64),
            Fact::TimedOut { who, kind, cause } => of(7, who, kind as u64, cause as u64),
            Fact::Believes { who, belief } => of(8, who, 0, belief as u64),
            Fact::Stopped { who, why } => of(9, who, 0, why as u64),
            Fact::Cut { who, standing } => of(10, who, 0, standing as u64),
            Fact::Accepted { who, kind, gateway } => of(11, who, kind as u64, u64::from(gateway.0)),
            Fact::Answered { who, kind, reply, emitter, gateway, cause } =>
                of(12, who, kind as u64, (cause as u64) << 24 | u64::from(gateway.0) << 16 | (emitter as u64) << 8 | reply as u64),
            Fact::Aborted { who, kind, gateway } => of(13, who, kind as u64, u64::from(gateway.0)),
            Fact::Enqueued { who } => of(14, who, 0, 0),
            Fact::Placed { who, place } => of(15, who, 0, u64::from(place)),
            Fact::Skipped { who } => of(16, who, 0, 0),
            Fact::TurnIssued { who, order } => of(17, who, 0, u64::from(order)),
            Fact::Entered { who } => of(18, who, 0, 0),
            Fact::NoShow { who } => of(19, who, 0, 0),
            Fact::Decided { who, truth } => of(20, who, 0, truth as u64),
            Fact::Waited { who, station, length } => of(21, who, u64::from(station.0), u64::from(length)),
            Fact::TurnedAway { who, station } => of(22, who, u64::from(station.0), 0),
            Fact::ServiceBegan { who, station, waited } => of(23, who, u64::from(station.0), waited.as_us()),
            Fact::ServiceEnded { who, station, served, zombie, wasted } =>
                of(24, who, u64::from(station.0), served.as_us() ^ zombie.as_us().rotate_left(24) ^ wasted.as_us().rotate_left(44)),
            Fact::SeatHeld { who, seat } => of(25, who, 0, u64::from(seat.0)),
            Fact::SeatReturned { who, seat, expired } => of(26, who, u64::from(expired), u64::from(seat.0)),
            Fact::SeatSold { who, seat } => of(27, who, 0, u64::from(seat.0)),
            Fact::Charged { who, duplicate } => of(28, who, 0, u64::from(duplicate)),
            Fact::CardDeclined { who } => of(29, who, 0, 0),
            Fact::PaymentReplyLost { who, charged } => of(30, who, 0, u64::from(charged)),
            Fact::Opened => [31, 0, 0],
            Fact::Closed => [32, 0, 0],
            Fact::LineClosed { sold_out } => [33, u64::from(sold_out), 0],
            Fact::SynDropped { who, kind, gateway } => of(34, who, kind as u64, u64::from(gateway.0)),
            Fact::ConnectionClosed { who, kind, gateway, cause } =>
                of(35, who, kind as u64, (cause as u64) << 8 | u64::from(gateway.0)),
            Fact::Silenced { who, kind, gateway } => of(36, who, kind as u64, u64::from(gateway.0)),
            Fact::SentToNextPeer { who, station } => of(37, who, u64::from(station.0), 0),
            Fact::PeerMarkedDown { gateway, station, peer } =>
                [38, u64::from(gateway.0) << 16 | u64::from(station.0) << 8 | u64::from(peer), 0],
            Fact::Reverified { who, entitled } => of(39, who, 0, u64::from(entitled)),
            Fact::DroppedInside { who } => of(40, who, 0, 0),
            Fact::DroppedExpired { who, station, waited } => of(41, who, u64::from(station.0), waited.as_us()),
            Fact::WorkLost { who, station } => of(42, who, u64::from(station.0), 0),
            Fact::PaymentUnreachable { who } => of(43, who, 0, 0),
            Fact::Operated { rule, act } => [44, u64::from(rule), act.code()],
            Fact::Informed { person, word, by_page } =>
                [45, u64::from(person.0), (word as u64) << 1 | u64::from(by_page)],
            Fact::FaultBegan { fault } => [46, u64::from(fault), 0],
            Fact::FaultEnded { fault } => [47, u64::from(fault), 0],
        }
    }
}

/// Words of a fact about a session: variant, tab and a small field; person and session; a large field.
fn of(variant: u64, who: Who, small: u64, large: u64) -> [u64; 3] {
    [
        variant | u64::from(who.tab) << 8 | small << 32,
        u64::from(who.person.0) << 32 | u64::from(who.session.0),
        large,
    ]
}
