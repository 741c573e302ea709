//! The journey of one person, as it is saved and read: everything that was heard of them, in order of time, the
//! moment at which screen and backend parted, and how it ended. Times are integer microseconds since time 0; no
//! clock, host or path is in it. Words that people read are made of it by `report`.

use super::result::saved;
pub use crate::metrics::Outcome;
use crate::protocol::{
    Announcement, Belief, CallBack, Cause, CheckoutEvent, Direction, Emitter, Fact, Incident, Kind,
    OperatorAction, Reading, Reply, RiskAction, Roster, ShedReason, StockAnomaly, Stop, Truth, Unresolved,
    fact_fields, facts,
};
use schemars::JsonSchema;
use serde::Serialize;

/// The format of [`Account`]; the number changes when a reader of the old one would be misled.
pub const SCHEMA: &str = "onsale.journey/1";

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
    pub here: Option<JourneyEntry>,
    /// What happens first to the twin from then on; absent: nothing more.
    pub there: Option<JourneyEntry>,
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
    /// How many seats they want.
    pub wants: u64,
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
    pub entries: Vec<JourneyEntry>,
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
    pub outcome: Outcome,
    /// The best truth over the person's sessions.
    pub truth: Truth,
    /// The last screen of the person's last session.
    pub belief: Belief,
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
    pub cause: Option<Cause>,
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
pub struct JourneyEntry {
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

/// Makes [`What`] of the table of facts.
macro_rules! what {
    (
        ($roster:ident)
        $(#[$doc:meta] $(#[$more:meta])*
        $number:literal $name:ident $whose:tt $fields:tt words $words:tt
        $(told $lane:ident $told:ident {
            $($(#[$about:meta])* $saved:ident: $type:ty $(= $value:expr)?),* $(,)?
        })?;)+
    ) => {
        /// What happened.
        #[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        #[expect(missing_docs, reason = "fields are what their type says; those that are not are documented")]
        pub enum What {
            $($(#[$doc] $told { $($(#[$about])* $saved: $type,)* },)?)+
            /// Nothing was left of what the person asks for, from then on.
            NothingLeft {
                /// The sale was closed; otherwise the last seat was sold.
                closed: bool,
            },
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

        impl What {
            /// What is saved of a fact, and whose side it belongs to; `None`: it goes without saying, or is told with
            /// another.
            #[expect(unused_variables, reason = "not everything that a fact carries is saved")]
            pub(super) fn of(fact: &Fact, $roster: &Roster) -> Option<(Lane, What)> {
                match *fact {
                    $($(fact_fields!($name $fields) => {
                        Some((Lane::$lane, What::$told { $($saved $(: $value)?),* }))
                    })?)+
                    _ => None,
                }
            }
        }
    };
}

facts!(what);

/// One kind of request of a stretch, and what came of it on the screen.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Round {
    /// What was asked.
    pub kind: Kind,
    /// The reply that came, readable or not; absent: none that the client waited for.
    pub reply: Option<Reply>,
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
