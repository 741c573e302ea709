//! The waiting room, ready to run.

pub use super::super::codes::Subject;
pub use super::super::line::{Duplicates, Identity, Locations, RefusalStyle, Steering};
use crate::admission;
use crate::engine::sample::Sampler;
use crate::engine::time::Span;
use crate::protocol::Mode;

/// The waiting room, ready to run.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the scenario, independent of each other")]
pub struct LinePlan {
    /// Who goes next.
    pub policy: admission::Config,
    /// How many may be active at a time; `None`: any number.
    pub total_active: Option<u32>,
    /// How many turns a minute; `None`: any number.
    pub new_per_minute: Option<u32>,
    /// Turns a minute are counted in fixed windows from the opening on, instead of a token bucket of burst 1.
    pub fixed_window: bool,
    /// The outflow follows how long the shop takes to answer.
    pub steering: Option<Steering>,
    /// How many locations spend the budget without hearing of each other at first, and for how long.
    pub locations: Option<Locations>,
    /// How the room learns who has left.
    pub exits: Option<ExitsPlan>,
    /// A session is active from its entry on, instead of from the grant of its turn.
    pub counts_from_entry: bool,
    /// The interval of polls that the page is asked to keep.
    pub poll_interval: Span,
    /// Spread of that interval, 0..=1.
    pub poll_jitter: f64,
    /// A place without contact for longer than this is skipped.
    pub grace: Span,
    /// A turn ends so long after its issue.
    pub turn_validity: Span,
    /// How many protected requests a turn admits; `None`: any number while valid.
    pub max_uses: Option<u32>,
    /// How often a session is let through under one turn; `None`: any number of times.
    pub max_redirects: Option<u32>,
    /// The slot of a turn that ended unused goes to the next in line.
    pub reissue: bool,
    /// A purchase frees the slot at once; otherwise it stays taken until the turn ends.
    pub revoke_on_purchase: bool,
    /// When the line is told that it is over.
    pub closes: Closes,
    /// What the page shows of one's place.
    pub position: PositionShown,
    /// How the page asks for one's place.
    pub polls: Mode,
    /// Sessions in line must prove themselves again; `None`: never.
    pub reverify: Option<ReverifyPlan>,
    /// How a session that was taken out of the line is answered.
    pub refusal: RefusalStyle,
    /// A poll without news is held so long; `None`: it is answered at once.
    pub long_poll: Option<Span>,
    /// Pages inside send beacons; `None`: they do not.
    pub heartbeat: Option<HeartbeatPlan>,
    /// Places are given later than the join; `None`: at once.
    pub async_join: Option<AsyncJoinPlan>,
    /// Requests for seats are served without a turn too.
    pub pages_alone: bool,
    /// By what sessions are known again.
    pub identity: Identity,
    /// What a join does under an identity that has a place already.
    pub duplicates: Duplicates,
    /// Whoever is in line may go away, and is called back; `None`: nobody is.
    pub call_back: Option<CallBackPlan>,
    /// A join needs an access code; `None`: none does.
    pub codes: Option<CodesPlan>,
}

/// Access codes, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct CodesPlan {
    /// How many there could be.
    pub space: u64,
    /// How many were sent: the first of them.
    pub sent: u32,
    /// Whose wrong tries are counted, after how many nobody is listened to, and for how long; `None`: for good.
    pub lockout: Option<(Subject, u32, Option<Span>)>,
}

/// Calling back, ready to run.
#[derive(Clone, Debug)]
pub struct CallBackPlan {
    /// Share of those in line who leave an address, 0..=1.
    pub share: f64,
    /// How long after it was sent a mail is read.
    pub delay: Sampler,
    /// Share of mails that are read at all, 0..=1.
    pub read: f64,
    /// A mail tells that the line is over.
    pub tells_the_end: bool,
}

/// Re-verification, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct ReverifyPlan {
    /// A proof is due so long after the join or the last proof.
    pub interval: Span,
    /// Share of proofs after which the session is taken out of the line, 0..=1.
    pub evict: f64,
    /// Without a proof so long after it was due, the session is taken out of the line.
    pub deadline: Span,
}

/// Reports of exits, ready to run.
#[derive(Clone, Debug)]
pub struct ExitsPlan {
    /// Share of them that are lost, 0..=1.
    pub lost: f64,
    /// How long one takes.
    pub delay: Sampler,
}

/// Places that are given later, ready to run.
#[derive(Clone, Debug)]
pub struct AsyncJoinPlan {
    /// How long the message of a join takes.
    pub delay: Sampler,
    /// Share of messages that are put aside for good, 0..=1.
    pub dead_letter: f64,
}

/// Heartbeats, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct HeartbeatPlan {
    /// The interval of beacons.
    pub interval: Span,
    /// A session inside that was not heard of for longer than this is dropped.
    pub grace: Span,
}

/// When the line is told that it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closes {
    /// When the last seat is sold.
    WhenSold,
    /// When no seat is free, though some are only held.
    WhenNoneFree,
    /// Not before the sale closes.
    Never,
}

/// What the page shows of one's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionShown {
    /// The places ahead.
    Exact,
    /// The places ahead, up to a cap.
    Capped(u32),
    /// Nothing.
    Hidden,
}
