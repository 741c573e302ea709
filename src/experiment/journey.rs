//! The journey of one person, as it is saved and read: everything that was heard of them, in order of time, the
//! moment at which screen and backend parted, and how it ended. Times are integer microseconds since time 0; no
//! clock, host or path is in it. Words that people read are made of it by `report`.

use super::result::saved;
pub use crate::metrics::Outcome;
use crate::protocol::{
    Act, Apart, Belief, CallBack, Cause, Emitter, Kind, Mishap, Reply, Shed, Slip, Step, Stop, Truth,
    Unresolved, Word,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// The format of [`Account`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.journey/1";

/// A word of the protocol, saved under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<T>(pub T);

/// What has a name in saved files.
pub trait Name: Copy {
    /// The name.
    fn name(self) -> &'static str;
}

macro_rules! names {
    ($($word:ty),+) => { $(impl Name for $word {
        fn name(self) -> &'static str {
            <$word>::name(self)
        }
    })+ };
}

names!(
    Act, Apart, Belief, CallBack, Cause, Emitter, Kind, Mishap, Outcome, Reply, Shed, Slip, Step, Stop,
    Truth, Unresolved, Word
);

impl<T: Name> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl<T> JsonSchema for Named<T> {
    fn schema_name() -> Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A name, in snake case." })
    }
}

/// One person's evening; or the same person's under two policies, with the same luck.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Always `onsale.journey/1`.
    pub schema: String,
    /// The version of the engine that ran it.
    pub engine: String,
    /// The journey.
    pub journey: Journey,
    /// The same person elsewhere; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<Journey>,
    /// Where the two part; absent without a twin, or where they never do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
    /// The end of the journey in sentences, and of the twin's.
    pub words: Vec<String>,
}

/// The first difference between two journeys of one person.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// When they part.
    pub at_us: u64,
    /// What happens first from then on; absent: nothing more.
    pub here: Option<Entry>,
    /// What happens first to the twin from then on; absent: nothing more.
    pub there: Option<Entry>,
    /// When the person could first see a difference; absent: never.
    pub seen_at_us: Option<u64>,
}

/// Everything that one run knows of one person.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// The number of the person, from 0.
    pub client: u64,
    /// Their cohort.
    pub cohort: String,
    /// How many tabs, apps or devices of theirs were heard of.
    pub sessions: u64,
    /// The name of their network.
    pub network: String,
    /// The name of the scenario: its file's name without the ending.
    pub scenario: String,
    /// What the scenario is called; its name where it says nothing.
    pub title: String,
    /// The admission policy.
    pub policy: String,
    /// The seed of the run, in decimal.
    pub seed: String,
    /// The fingerprint over all facts of the run: that of the plain run.
    pub fingerprint: String,
    /// The sale opened then (T0).
    pub opens_at_us: u64,
    /// Nobody started a request from then on.
    pub horizon_us: u64,
    /// What happened, in order of time; what repeats itself is told once and counted.
    pub entries: Vec<Entry>,
    /// How many facts that is.
    pub facts: u64,
    /// Where screen and backend parted; absent where they never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parting: Option<Parting>,
    /// How it ended.
    pub ending: Ending,
}

/// From when on the screen did not say what the backend had decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parting {
    /// The backend decided.
    pub at_us: u64,
    /// The person understood it; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_us: Option<u64>,
    /// From then on the person waited no longer for it.
    pub ended_us: u64,
}

/// How a journey ended, as the metrics count it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    /// What had been decided: `sold`, `refused`, `expired`, `declined`, `evicted`, `turned_away`, `left` or
    /// `unresolved`.
    pub outcome: Named<Outcome>,
    /// The best truth over the person's sessions.
    pub truth: Named<Truth>,
    /// The last screen of the person's last session.
    pub belief: Named<Belief>,
    /// The metric that counts the person in the table of belief and truth.
    pub row: String,
    /// When it was decided; absent: it was not while they were there.
    pub decided_at_us: Option<u64>,
    /// When the person understood it, to the millisecond; absent: never.
    pub known_at_us: Option<u64>,
    /// Until when the person waited, to the millisecond.
    pub waited_until_us: u64,
    /// The backend had decided, and the screen never said so, or said the opposite.
    pub silent: bool,
    /// The metric that counts this silent failure at its mechanism; absent: it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// The metrics of the mechanisms that ever applied.
    pub touched_by: Vec<String>,
    /// Why the last attempt was not answered as it was meant, as the backend knows it; absent: it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Named<Cause>>,
}

/// Whose side of the evening an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// What the person did, or saw.
    User,
    /// What the backend did, or decided.
    Backend,
    /// What happened on the way, seen by neither.
    Wire,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When.
    pub at_us: u64,
    /// Whose side it belongs to.
    pub lane: Lane,
    /// In which of the person's tabs, from 0; absent: it concerns the person, or the whole sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<u8>,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "fields are what their type says; those that are not are documented")]
pub enum What {
    /// The first click.
    Clicked {},
    /// A request left the client.
    Asked {
        kind: Named<Kind>,
        /// It repeats one that failed.
        again: bool,
    },
    /// A reply was delivered to a client that waited for it.
    Heard {
        kind: Named<Kind>,
        reply: Named<Reply>,
        /// The HTTP status; 0: there was none.
        status: u16,
        /// The client could read it; otherwise it saw a network error.
        readable: bool,
        cause: Named<Cause>,
        /// The position in line that it told; absent: none.
        position: Option<u32>,
    },
    /// A reply was delivered when nobody waited for it any more.
    Ignored { reply: Named<Reply> },
    /// The client's own timeout ended an attempt.
    TimedOut { kind: Named<Kind>, cause: Named<Cause> },
    /// The screen changed.
    Screen { says: Named<Belief> },
    /// The session stopped for good.
    Stopped { why: Named<Stop> },
    /// The horizon cut the session off.
    Cut { standing: Named<Unresolved> },
    /// An announcement reached the person.
    Informed {
        word: Named<Word>,
        /// The page said it; otherwise other ways did.
        by_page: bool,
    },
    /// The network lost a request, or (`reply`) a reply.
    Lost {
        kind: Named<Kind>,
        /// It was the reply.
        reply: bool,
    },
    /// The accept queue of a gateway was full: the connection never came about.
    SynDropped { kind: Named<Kind> },
    /// A gateway closed the connection without a reply.
    ConnectionClosed { kind: Named<Kind>, cause: Named<Cause> },
    /// A gateway accepted a request.
    Accepted { kind: Named<Kind> },
    /// A reply left a gateway.
    Answered {
        kind: Named<Kind>,
        reply: Named<Reply>,
        /// The HTTP status.
        status: u16,
        by: Named<Emitter>,
        cause: Named<Cause>,
    },
    /// The client's end of the connection reached the gateway before any reply had left.
    Aborted { kind: Named<Kind> },
    /// The backend decided about a request, and chose not to answer it.
    Silenced { kind: Named<Kind> },
    /// A gateway sent the request to another peer of a station.
    NextPeer { station: String },
    /// A gateway's retry budget did not allow another peer of a station.
    NextPeerDenied { station: String },
    /// The client's program did not allow a retry.
    RetryDenied { kind: Named<Kind> },
    /// The request failed before it was sent: the program's circuit breaker was open.
    FailedFast { kind: Named<Kind> },
    /// The program's circuit breaker opened.
    BreakerOpened {},
    /// The waiting room accepted a join.
    Enqueued {},
    /// A place in line was given, counted from 0.
    Placed { place: u32 },
    /// The place was skipped for want of contact.
    Skipped {},
    /// A turn was issued; its number in the order of issue, from 0.
    TurnIssued { order: u32 },
    /// The turn was used.
    Entered {},
    /// The turn ended unused.
    NoShow {},
    /// The session proved that it is entitled to be in line, or failed to.
    Reverified { entitled: bool },
    /// The admission policy took the session that joined for a risk, and treats it so.
    SetApart { how: Named<Apart> },
    /// The person is called back to the line by mail, or asked for it.
    CalledBack { step: Named<CallBack> },
    /// The session, which had been taken out of the line, scores enough by now, and is back.
    Restored {},
    /// Dropped inside, for want of a sign of life.
    DroppedInside {},
    /// Something befell the session and its place.
    Befell { mishap: Named<Mishap> },
    /// The operator cancelled the order: the seat is free again.
    SeatCancelled { seat: u32 },
    /// The waiting room lost all it knew of the session.
    Forgotten {},
    /// A message was lost after its gateway had accepted it.
    MessageLost { kind: Named<Kind> },
    /// The request, or its answer, vanished between gateway and station.
    CutOff { station: String },
    /// The backend's view of the session changed.
    Decided { truth: Named<Truth> },
    /// A request had to wait at a station.
    Waited {
        station: String,
        /// How many waited then, this one included.
        length: u32,
    },
    /// A station refused a request: its queue was full.
    TurnedAway { station: String },
    /// Service ended.
    Served {
        station: String,
        /// How long it had waited.
        waited_us: u64,
        /// How long it took.
        served_us: u64,
        /// The part of it that was delivered after the request's 504 had left.
        after_504_us: u64,
        /// The part of it that was delivered when nobody waited any more.
        wasted_us: u64,
    },
    /// A station dropped a request unserved: its client had gone.
    Dropped { station: String, waited_us: u64 },
    /// A station dropped a request unserved, to keep the waits of others short.
    Shed { station: String, waited_us: u64, why: Named<Shed> },
    /// Work was lost: its station went down.
    WorkLost { station: String },
    /// A seat is held.
    SeatHeld { seat: u32, band: String },
    /// A held seat is free again.
    SeatReturned {
        seat: u32,
        /// The hold ran out; otherwise it was given back.
        expired: bool,
    },
    /// A held seat is sold.
    SeatSold { seat: u32, band: String },
    /// The payment provider took the money.
    Charged {
        /// Once more.
        duplicate: bool,
    },
    /// The payment provider declined the card.
    CardDeclined {},
    /// The payment provider's reply never reached the shop.
    PaymentReplyLost {
        /// The money had been taken.
        charged: bool,
    },
    /// The payment provider could not be reached.
    PaymentUnreachable {},
    /// Something else happened at the checkout.
    AtCheckout { step: Named<Step> },
    /// A payment had to wait at the payment provider.
    PaymentQueued { wait_us: u64 },
    /// Something went wrong at the stock.
    StockSlipped {
        /// At this seat, where it was one.
        seat: Option<u32>,
        slip: Named<Slip>,
    },
    /// A hold request had to wait for the lock on the stock.
    LockAwaited { wait_us: u64 },
    /// Nothing was left of what the person asks for, from then on.
    NothingLeft {
        /// The sale was closed; otherwise the last seat was sold.
        closed: bool,
    },
    /// The sale opened.
    Opened {},
    /// The sale closed.
    Closed {},
    /// From now on the line is answered with a final no.
    LineClosed { sold_out: bool },
    /// The admission policy switched its queue on, or off.
    QueueSwitched { on: bool },
    /// The operator acted.
    Operated { rule: String, act: Named<Act> },
    /// A fault of the scenario began.
    FaultBegan { fault: String },
    /// A fault of the scenario ended.
    FaultEnded { fault: String },
    /// A stretch in which nothing new happened: requests like those told before, and what came of each.
    Repeated {
        /// How many requests.
        times: u64,
        /// Of which kinds.
        rounds: Vec<Round>,
        /// The last of them ended then.
        until_us: u64,
        /// The mean time between the beginnings of two of them.
        every_us: u64,
        /// The first position told among them.
        from_position: Option<u32>,
        /// The last position told among them.
        to_position: Option<u32>,
    },
}

/// One kind of request of a stretch, and what came of it on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// What was asked.
    pub kind: Named<Kind>,
    /// The reply that came, readable or not; absent: none that the client waited for.
    pub reply: Option<Named<Reply>>,
    /// The client could read it.
    pub readable: bool,
    /// How many were so.
    pub times: u64,
}

impl Journey {
    /// The mechanism's own name, without that of its family: `opaque_error`.
    pub fn mechanism(&self) -> Option<&str> {
        self.ending.mechanism.as_deref().map(|name| name.rsplit('.').next().unwrap_or(name))
    }
}

impl Account {
    /// The account as it is saved: pretty JSON, ending with a line break.
    ///
    /// # Panics
    /// Never: every part of it has a JSON form.
    pub fn to_json(&self) -> String {
        saved(self)
    }
}
