//! What is announced to the crowd, how it spreads, and what persons do on hearing it.

use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::protocol;
use crate::quantity::Share;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An announcement: by the page of the waiting room, by other ways (news, mail, social media), or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announce {
    /// What it says.
    pub word: Word,
    /// The share of the persons then present (who have come, and not stopped) whom it reaches by other ways than the
    /// page, 0 to 1. Default: 0.
    #[serde(default)]
    pub reach: Share,
    /// How long it takes to reach each of them by those ways; whoever has left by then is not reached. Default:
    /// exponential, mean 5 minutes, an assumption: at one sale word of trouble spread in less than 15 (Paris, 2023).
    #[serde(default = "default_delay")]
    pub delay: Sampler,
    /// The page says it from then on: whoever gets a readable answer of the waiting room reads it, newcomers included.
    /// A notice of a pause is taken down when the sale goes on, and one of its going on when it is paused again.
    /// Default: false: a paused queue of Queue-it shows no reason.
    #[serde(default)]
    pub on_page: bool,
    /// With "paused": the instant, counted from time 0, at which the sale is said to go on. Whoever hears it asks nothing
    /// more until then. Whether it does go on then is another rule's business. Default: null, no time is named.
    #[serde(default)]
    pub reopens_at: Option<Span>,
}

/// What an announcement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The sale is paused; places and codes stay valid. Whoever is in line or trying believes it until a readable
    /// answer says otherwise; "you are in line" does not.
    Paused,
    /// The sale goes on. Whoever believed it paused sees again what the page said before.
    Resumed,
    /// Do not refresh the page. Clients that reload by hand poll instead.
    DoNotRefresh,
    /// Keep trying.
    KeepTrying,
    /// Nobody new is let in.
    ClosedToNewcomers,
    /// There is trouble, and it is being worked on.
    Trouble,
}

impl From<Word> for protocol::Announcement {
    fn from(word: Word) -> protocol::Announcement {
        match word {
            Word::Paused => protocol::Announcement::Paused,
            Word::Resumed => protocol::Announcement::Resumed,
            Word::DoNotRefresh => protocol::Announcement::DoNotRefresh,
            Word::KeepTrying => protocol::Announcement::KeepTrying,
            Word::ClosedToNewcomers => protocol::Announcement::ClosedToNewcomers,
            Word::Trouble => protocol::Announcement::Trouble,
        }
    }
}

/// What persons of a cohort do on hearing an announcement.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnAnnouncement {
    /// On hearing that the sale is paused.
    pub paused: OnPaused,
    /// On hearing that they should keep trying.
    pub keep_trying: OnKeepTrying,
}

/// What persons do on hearing that the sale is paused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnPaused {
    /// The share who leave for good when they first hear it, 0 to 1; nobody leaves who knows of a turn. Default: 0.
    pub leave: Share,
    /// While they believe it, their clients wait so much longer before each request; on hearing that the sale goes on
    /// they ask at once. Default: "0s", they go on as before.
    pub wait: Span,
    /// Where the announcement named the time at which the sale goes on: how much later than that each of them asks again.
    /// Default: "0s", everybody at once: a second opening.
    pub return_after: Sampler,
}

impl Default for OnPaused {
    fn default() -> OnPaused {
        OnPaused {
            leave: Share::NONE,
            wait: Span::ZERO,
            return_after: Sampler::new(&Distribution::Constant(Span::ZERO)),
        }
    }
}

/// What persons do on hearing that they should keep trying.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnKeepTrying {
    /// The share who, where their client would stop after failures, ask again at the interval of the waiting room
    /// instead, 0 to 1. Default: 0.
    pub persist: Share,
}

fn default_delay() -> Sampler {
    Sampler::new(&Distribution::Exponential { mean: Span::from_secs(300) })
}
