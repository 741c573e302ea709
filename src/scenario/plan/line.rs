//! The waiting room, ready to run.

pub use super::super::call_back::CallBack;
pub use super::super::codes::Subject;
pub use super::super::line::{
    AsyncJoin, Closes, Duplicates, Exits, Heartbeat, Identity, Locations, Position, RefusalStyle, Reverify,
    Steering,
};
use crate::admission;
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
    pub exits: Option<Exits>,
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
    pub position: Position,
    /// How the page asks for one's place.
    pub polls: Mode,
    /// Sessions in line must prove themselves again; `None`: never.
    pub reverify: Option<Reverify>,
    /// How a session that was taken out of the line is answered.
    pub refusal: RefusalStyle,
    /// A poll without news is held so long; `None`: it is answered at once.
    pub long_poll: Option<Span>,
    /// Pages inside send beacons; `None`: they do not.
    pub heartbeat: Option<Heartbeat>,
    /// Places are given later than the join; `None`: at once.
    pub async_join: Option<AsyncJoin>,
    /// Requests for seats are served without a turn too.
    pub pages_alone: bool,
    /// By what sessions are known again.
    pub identity: Identity,
    /// What a join does under an identity that has a place already.
    pub duplicates: Duplicates,
    /// Whoever is in line may go away, and is called back; `None`: nobody is.
    pub call_back: Option<CallBack>,
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
