//! The waiting room: who goes next, how many, and what those in line are told.

use super::call_back::CallBack;
use super::codes::Codes;
use super::presets::Preset;
use crate::admission;
use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::quantity::{Count, Positive, ProperFraction, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The waiting room: decides whose turn it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WaitingRoom {
    /// A real waiting room by name: fills this section with what its maker documents; the keys written beside it replace the
    /// preset's. `onsale list presets NAME` prints what it fills, from which sources, and what it leaves out. Default:
    /// null, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Who goes next. Default: {"fifo": {}}; {"none": {}} means no line at all.
    pub policy: admission::Config,
    /// How many may be active at a time, 1 or more; null: any number. Default: null. Cloudflare advises 75 % of
    /// what the origin can bear.
    pub total_active: Option<Count<u32, 1>>,
    /// How many turns a minute, 1 or more; null: any number. Default: null.
    pub new_per_minute: Option<Count<u32, 1>>,
    /// How turns a minute are counted. Default: "bucket".
    pub window: Window,
    /// The outflow follows how long the shop takes to answer. Default: null, it is what the operator says.
    pub steering: Option<Steering>,
    /// Several edge locations spend the budget together. Default: null, one place counts.
    pub locations: Option<Locations>,
    /// The room learns by messages who has left the shop. Default: null, at once and always (Cloudflare counts cookies
    /// of its own).
    pub exits: Option<Exits>,
    /// From when on a session counts as active. Default: "grant".
    pub counts_from: CountsFrom,
    /// The interval of polls that the page is asked to keep, more than 0. Default: "20s" (Cloudflare's refresh;
    /// Fastly's kit has 5 s, the AWS sample 3 s).
    pub poll_interval: Positive<Span>,
    /// Spread of that interval: it is multiplied by 1 - spread to 1 + spread, 0 to 1. Default: 0.1; 0 keeps a
    /// herd together for ever.
    pub poll_jitter: Share,
    /// A place without contact for longer than this is skipped, more than 0. A request that is open, such as a join that
    /// waits to be verified, is contact until it is answered or its client has gone. Default: "5m" (Cloudflare's queued
    /// cookie).
    pub grace: Positive<Span>,
    /// A turn ends so long after its issue, more than 0. Default: "10m" (Ticketmaster Smart Queue).
    pub turn_validity: Positive<Span>,
    /// How many protected requests a turn admits, 1 or more; null: any number while it is valid. Default: null.
    pub max_uses: Option<Count<u32, 1>>,
    /// How often the page lets a session through under one turn, 1 or more: after that it shows an error until the turn
    /// ends; null: any number of times. Default: null. Queue-it: 3.
    pub max_redirects: Option<Count<u32, 1>>,
    /// The slot of a turn that ended unused goes to the next in line. Default: true (the AWS waiting room does
    /// not, unless told to).
    pub reissue: bool,
    /// A purchase frees the slot at once; otherwise it stays taken until the turn ends. Default: true.
    pub revoke_on_purchase: bool,
    /// When the line is told that it is over. Default: `"when_sold"`.
    pub closes: Closes,
    /// What the page shows of one's place. Default: "exact".
    pub position: Position,
    /// How the page asks for one's place. Default: "fetch".
    pub polls: Polls,
    /// Sessions in line must prove again, from time to time, that they are entitled to be there. Default: null, the
    /// first proof is enough.
    pub reverify: Option<Reverify>,
    /// How a session that was taken out of the line is answered. Default: "explicit".
    pub refusal: RefusalStyle,
    /// A poll without news is held so long, in a slot of its gateway, until there is news (a turn, the end of the
    /// line, a proof that is due) or the time is over; more than 0; null: it is answered at once. After the answer
    /// the page asks again after `poll_interval`: write a short one, such as "1s". Default: null. RFC 6202, section
    /// 5.5, calls 30 s a safe value.
    pub long_poll: Option<Positive<Span>>,
    /// Pages inside send beacons, and a session that is not heard of is dropped. Default: null, whoever is inside
    /// stays until the turn ends.
    pub heartbeat: Option<Heartbeat>,
    /// What a turn is needed for. Default: "shop".
    pub protects: Protects,
    /// By what the room knows a session again. Default: "cookie" (Cloudflare, Queue-it, Fastly).
    pub identity: Identity,
    /// Places are given some time after the join, which is answered at once, and not in the order of joins. Default: null,
    /// at once.
    #[serde(alias = "places_later")]
    pub async_join: Option<AsyncJoin>,
    /// What a join does under an identity that has a place or a turn already. Default: "ignore": a second tab with the
    /// same cookie is shown the same place (Queue-it's queue number, Cloudflare's cookie).
    pub duplicates: Duplicates,
    /// Whoever is in line may go away, and is called back by mail. Default: null, everybody waits.
    pub call_back: Option<CallBack>,
    /// A join needs an access code. Default: null, none does.
    pub codes: Option<Codes>,
}

impl Default for WaitingRoom {
    fn default() -> WaitingRoom {
        WaitingRoom {
            preset: None,
            policy: admission::Config::default(),
            total_active: None,
            new_per_minute: None,
            window: Window::default(),
            steering: None,
            locations: None,
            exits: None,
            counts_from: CountsFrom::default(),
            poll_interval: Positive::from_secs(20),
            poll_jitter: Share::of(0.1),
            grace: Positive::from_secs(300),
            turn_validity: Positive::from_secs(600),
            max_uses: None,
            max_redirects: None,
            reissue: true,
            revoke_on_purchase: true,
            closes: Closes::default(),
            position: Position::default(),
            polls: Polls::default(),
            reverify: None,
            refusal: RefusalStyle::default(),
            long_poll: None,
            heartbeat: None,
            async_join: None,
            protects: Protects::default(),
            identity: Identity::default(),
            duplicates: Duplicates::default(),
            call_back: None,
            codes: None,
        }
    }
}

/// Additive increase, multiplicative decrease of the turns a minute: while the shop answers in time, a few more are let in;
/// once too many answers are slow, a share fewer (Chiu and Jain, 1989; the same law as TCP's). It begins at
/// `new_per_minute`, and goes on from whatever the operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Steering {
    /// The interval at which it looks, more than 0. Default: "10s". Assumption.
    pub every: Positive<Span>,
    /// An answer of the shop (seat map, hold, checkout, payment) that took longer is slow. Default: "2s"
    /// (healthcare.gov's queue was switched on when answers took 2 s instead of 1 s).
    pub slower_than: Span,
    /// More than this share of slow answers since the last look is too many, 0 to 1. Default: 0.05. Assumption.
    pub share: Share,
    /// How many turns a minute are added, 1 or more. Default: 10. Assumption.
    pub increase: Count<u32, 1>,
    /// What is left of the turns a minute when too many answers are slow, more than 0 and less than 1. Default: 0.9
    /// (`backoffRatio` of Netflix's concurrency-limits).
    pub decrease: ProperFraction,
    /// Never fewer turns a minute, 1 or more. Default: 1.
    pub min: Count<u32, 1>,
    /// Never more turns a minute. Default: 100000. Assumption.
    pub max: Count<u32, 1>,
}

impl Default for Steering {
    fn default() -> Steering {
        Steering {
            every: Positive::from_secs(10),
            slower_than: Span::from_secs(2),
            share: Share::of(0.05),
            increase: Count::of(10),
            decrease: ProperFraction::of(0.9),
            min: Count::of(1),
            max: Count::of(100_000),
        }
    }
}

/// Edge locations that spend the budget together. When the line opens, none of them knows what the others take: until the
/// news has spread, each may spend the whole budget, and what they take together is reported as overshoot. After that each
/// knows its part. Left out: traffic that moves between locations later, and reserves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locations {
    /// How many, 2 to 1,000; the crowd is spread over them evenly.
    pub count: Count<u32, 2, 1000>,
    /// How long the news takes to spread, more than 0. Default: "2m" (Cloudflare).
    #[serde(default = "two_minutes")]
    pub propagation: Positive<Span>,
}

/// Reports of who has left the shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Exits {
    /// Share of them that are lost, 0 to 1: the slot stays taken for ever (the AWS waiting room's `MaxSize` inlet moves
    /// only by reported exits). Default: 0.
    pub lost: Share,
    /// How long one takes. Default: "0s". Dashboards of Cloudflare are 20 to 50 s behind.
    pub delay: Sampler,
}

impl Default for Exits {
    fn default() -> Exits {
        Exits { lost: Share::NONE, delay: Sampler::new(&Distribution::Constant(Span::ZERO)) }
    }
}

/// Places are given when the message of the join is taken up, as the AWS waiting room does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AsyncJoin {
    /// How long the message of a join takes. Default: exponential with a mean of 2 s. Assumption; AWS keeps no order in
    /// its standard queues and promises no time.
    pub delay: Sampler,
    /// Share of messages that are put aside for good after they failed too often (AWS: twice), 0 to 1: the page says "in
    /// line" for ever. Default: 0.
    pub dead_letter: Share,
}

impl Default for AsyncJoin {
    fn default() -> AsyncJoin {
        AsyncJoin {
            delay: Sampler::new(&Distribution::Exponential { mean: Span::from_secs(2) }),
            dead_letter: Share::NONE,
        }
    }
}

/// What a turn is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protects {
    /// The seat map and every request for seats: the shop checks the token.
    #[default]
    Shop,
    /// The pages alone: a request for seats that comes without a token is served, as where the shop does not know of
    /// the waiting room before it.
    Pages,
}

/// By what the room knows a session again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The cookie of a browser: tabs of one device share it.
    #[default]
    Cookie,
    /// The account that is logged in, on whatever device (Ticketmaster, tixCraft, 12306).
    Account,
    /// The device, by its fingerprint: as a cookie, but one that cannot be deleted.
    Device,
    /// The address: everybody behind one NAT is one.
    Address,
    /// The code that a person was sent, one each (Verified Fan).
    Code,
}

/// What a join does under an identity that has a place or a turn already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// It gets a place of its own: both count.
    Both,
    /// It shares the place of the first: the page shows that place, and the turn goes to whichever of them asks next.
    /// The others have nothing then, and join again once the turn is over.
    #[default]
    Ignore,
    /// It takes the place over, and the session that had it is cut off (Interpark: duplicate access can cut the
    /// existing place). A turn that was issued stays where it is.
    Replace,
}

/// How turns a minute are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// A token bucket: one turn every 60 s / n, burst 1, full at the opening.
    #[default]
    Bucket,
    /// Fixed minutes counted from the opening: all turns of a minute at its start.
    Fixed,
}

/// From when on a session counts as active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountsFrom {
    /// From the grant of its turn, told or not.
    #[default]
    Grant,
    /// From its entry: the first protected request.
    Entry,
}

/// When the line is told that it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closes {
    /// When the last seat is sold.
    #[default]
    WhenSold,
    /// When no seat is free, though some are only held.
    WhenNoneFree,
    /// Not before the sale closes.
    Never,
}

/// What the page shows of one's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The places ahead.
    #[default]
    Exact,
    /// Nothing.
    Hidden,
    /// The places ahead up to this many, as in "2,000+".
    Capped(Count<u32, 1>),
}

/// How the page asks for one's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Polls {
    /// A script of the page asks: an error's status is readable only with CORS headers.
    #[default]
    Fetch,
    /// The page reloads itself, as Cloudflare's does: whatever status comes is shown.
    Navigation,
}

/// A session in line must prove again, each `interval`, that it is entitled to be there: the answer to its next poll
/// says so, and its proof goes where `route.reverify` leads. Here sessions are evicted by a share and by a deadline;
/// a score of how a session behaves is the business of an admission policy, to come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reverify {
    /// A proof is due so long after the join, or after the proof before; more than 0, counted to the millisecond.
    pub interval: Positive<Span>,
    /// Share of proofs after which the session is taken out of the line, 0 to 1: it is not entitled any more.
    /// Default: 0.
    #[serde(default)]
    pub evict: Share,
    /// A session that has not proved itself so long after the proof was due is taken out of the line, at its next
    /// contact or when its turn would come; more than 0. Default: "2m". Assumption; no published figure is known.
    #[serde(default = "two_minutes")]
    pub deadline: Positive<Span>,
}

/// How a session that was taken out of the line is answered, now and whenever it asks again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalStyle {
    /// By a readable refusal.
    #[default]
    Explicit,
    /// Not at all: the gateway's own timer, `edge.upstream_timeout`, ends it with a 504, as it ends a slow answer.
    Drop,
    /// Not at all, while bytes keep the connection alive: the gateway's timer, which runs between two reads, never
    /// fires, and the page hangs until its own timeout or patience ends.
    HoldOpen,
}

/// Pages inside (choosing, seats held, paying) send a beacon from time to time, which nobody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Heartbeat {
    /// The interval of beacons, more than 0, from the seat map on. Default: "30s". Assumption.
    pub interval: Positive<Span>,
    /// A session inside that was not heard of for longer than this, neither by a beacon nor by a request, is
    /// dropped, and not told: its seats and its slot are free again, unless a payment is under way; more than 0.
    /// Default: "5m" (Cloudflare's `session_duration`). The turn ends at `turn_validity` in any case.
    pub grace: Positive<Span>,
}

impl Default for Heartbeat {
    fn default() -> Heartbeat {
        Heartbeat { interval: Positive::from_secs(30), grace: Positive::from_secs(300) }
    }
}

fn two_minutes() -> Positive<Span> {
    Positive::from_secs(120)
}
