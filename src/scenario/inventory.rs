//! What is for sale.

use crate::engine::time::Span;
use crate::quantity::{Count, Positive, PositiveShare, Share};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is for sale, and how seats are held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// The price bands, best first: 1 to 255, at most 50,000,000 seats together.
    #[schemars(length(min = 1, max = 255))]
    pub bands: Vec<Band>,
    /// A hold ends so long after it was taken, more than 0. Default: "10m" (Ticketmaster, Glastonbury, tixCraft;
    /// `BookMyShow` has 4, Brown Paper Tickets 15 minutes).
    #[serde(default = "default_hold")]
    pub hold: Positive<Span>,
    /// What a hold request is told when no seat is free while some are only held. Default: ask again after 5 s,
    /// while the turn is valid. The interval is the refresh of Fastly's waiting page; seat maps publish none.
    #[serde(default)]
    pub when_none_free: WhenNoneFree,
    /// From its first payment on, a hold ends so long after that payment was asked for instead, more than 0: each step
    /// has a deadline of its own. Default: null, the deadline stays. `TicketSwap` holds for 10 minutes, then for 30
    /// once paying; Ticket Tailor's strictest setting gives 4 minutes for the details and 8 to pay.
    #[serde(default)]
    pub hold_when_paying: Option<Positive<Span>>,
    /// A session in the shop that has no seats so long after it came in, or after it lost those that it had, is put out:
    /// its turn ends, and it learns so by its next request; more than 0. Default: null, as long as its turn lasts. Ticket
    /// Tailor's strictest setting gives 2 minutes to select.
    #[serde(default)]
    pub choose_within: Option<Positive<Span>>,
    /// A session that has not bought so long after it came into the shop is put out, and its seats are free again (once a
    /// payment for them has ended, where `deadline_while_paying` says so); more than 0. Default: null, no more than the
    /// deadlines of its steps. `BookMyShow` gives 4 minutes to choose and pay, Ticketmaster 10.
    #[serde(default)]
    pub buy_within: Option<Positive<Span>>,
    /// What becomes of a hold whose deadline passes while a payment for it is under way. Default: `wait`.
    #[serde(default)]
    pub deadline_while_paying: DeadlineWhilePaying,
    /// How hold requests that come at once are kept from taking the same seat. Default: `atomic`.
    #[serde(default)]
    pub concurrency: Concurrency,
    /// Who says which seats a hold is of. Default: `best_available`.
    #[serde(default)]
    pub selection: Selection,
    /// A hold request after the sell-out is refused before its service, at no cost. Default: false, it costs its
    /// full service.
    #[serde(default)]
    pub cheap_refusal: bool,
}

/// What becomes of a hold whose deadline passes while a payment for it is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineWhilePaying {
    /// The seats wait for the end of the payment.
    #[default]
    Wait,
    /// The seats are free again at once, whatever the payment provider will say: its answer may find them gone.
    Strip,
}

/// How hold requests that come at once are kept from taking the same seat. All but `atomic`, `sharded` and `pre_deduct`
/// tell only where a service takes holds and takes its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Concurrency {
    /// One writer: seats are looked for and taken in one step, at the end of the service.
    #[default]
    Atomic,
    /// Not at all: the free seats are read when the service begins, and written as held when it ends, whatever came in
    /// between. The same seat may be sold to several.
    Unsafe(Unsafe),
    /// A version of the stock is read with the seats; where it is another by the end of the service, nothing is written.
    Optimistic(Optimistic),
    /// The stock is divided evenly, and everybody is bound to one part of it.
    Sharded(Sharded),
    /// A lock on the stock: one hold at a time passes it, in the order in which their services end, and the others wait.
    Serialised(Serialised),
    /// One writer, as for `atomic`, on a stock in the memory of the service that takes holds. A fault that takes all of
    /// that service down (`station_down`) loses what was not on disk yet.
    PreDeduct(PreDeduct),
}

/// Read, then write: nothing to set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unsafe {}

/// A version of the stock is read with the seats, and every hold and every end of one makes it another. A request whose
/// write fails is served again at once by the same server, for another service time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Optimistic {
    /// So many services of one request, the first included, 1 to 255; then it is answered 503. Default: 3, an assumption.
    #[serde(default = "default_attempts")]
    pub attempts: Count<u8, 1>,
}

/// The seats of each band are divided into blocks of neighbours, one for each shard; a hash of the account says which one
/// a person's requests go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sharded {
    /// How many shards, 2 to 1,024, and not more than the seats of any band.
    pub shards: Count<u16, 2, 1_024>,
    /// Whoever finds too few seats in their own shard is given those of the next ones. Default: false, whoever finds none
    /// is told what holds for the shard.
    #[serde(default)]
    pub looks_elsewhere: bool,
}

/// A lock on the stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Serialised {
    /// For so long each request keeps it, after its service and at its server, more than 0. Default: "1ms", an assumption.
    #[serde(default = "default_lock")]
    pub lock: Positive<Span>,
}

/// Who says which seats a hold is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// The stock: it gives the best that are free when the hold is taken.
    #[default]
    BestAvailable,
    /// The buyer, on a map of what was free when the map was drawn.
    PickASeat(PickASeat),
}

/// The buyer picks the first seat, and the next ones beside it, of those that her map shows as free. If one of them is
/// somebody else's by the time that the hold is taken, nothing is held: "these seats are no longer available".
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickASeat {
    /// A map is shown to whoever asks for one until it is so old; then the next request draws another. "0s": each
    /// request draws its own. Default: "1s", what nginx's guide to microcaching keeps a page for (`proxy_cache_valid`).
    #[serde(default = "default_map_age")]
    pub map_age: Span,
    /// So many times she picks from one map, 1 to 255, before she asks for another. Default: 1, Ticketmaster's "another
    /// fan beat you to these tickets" is followed by the map.
    #[serde(default = "default_tries")]
    pub tries: Count<u8, 1>,
    /// Which of the seats shown as free she picks. Default: `uniform`, an assumption that flatters the sale: the more
    /// alike tastes are, the more buyers are beaten.
    #[serde(default)]
    pub choice: Choice,
}

/// Which of the seats that are shown as free a buyer picks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// Any of them, all alike.
    #[default]
    Uniform,
    /// Most buyers want the best ones.
    Front(Front),
}

/// Some buyers pick one of the best seats that are shown as free, and the others any of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// Share of picks that are of the best, 0 to 1. Default: 0.8, an assumption.
    #[serde(default = "default_front_share")]
    pub share: Share,
    /// So many of the seats shown as free count as the best, a share of them, more than 0, to 1. Default: 0.2, an
    /// assumption.
    #[serde(default = "default_front_part")]
    pub part: PositiveShare,
}

/// A stock in memory, with a log that reaches the disk some time later. A crash brings the stock back as it was so long
/// before: seats taken since are free again, though somebody holds or has bought them, and may be sold to others as well;
/// seats that came back since are still taken, though nobody has them, and cannot be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreDeduct {
    /// What is older than this when the crash comes is on disk, more than 0. Default: "1s", what Redis may lose with its
    /// default `appendfsync everysec` (<https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/>).
    #[serde(default = "default_persist_after")]
    pub persist_after: Positive<Span>,
}

/// Seats of one price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Its name, 1 to 64 characters, unique; cohorts refer to it.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// How many seats, 1 to 50,000,000 over all bands.
    #[schemars(range(min = 1, max = 50_000_000))]
    pub seats: u32,
}

/// What a hold request is told when no seat is free while some are only held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenNoneFree {
    /// Sold out, finally, though a seat may come back.
    Refuse,
    /// Nothing until a seat comes back or all are sold; the request stays open at no server's cost.
    Wait,
    /// Ask again after an interval.
    Retry(Retry),
}

/// Ask again after an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The interval, more than 0. Default: "5s".
    #[serde(default = "default_interval")]
    pub interval: Positive<Span>,
}

impl Default for WhenNoneFree {
    fn default() -> WhenNoneFree {
        WhenNoneFree::Retry(Retry { interval: default_interval() })
    }
}

fn default_hold() -> Positive<Span> {
    Positive::from_secs(600)
}

fn default_attempts() -> Count<u8, 1> {
    Count::of(3)
}

fn default_lock() -> Positive<Span> {
    Positive::from_ms(1)
}

fn default_persist_after() -> Positive<Span> {
    Positive::from_secs(1)
}

fn default_map_age() -> Span {
    Span::from_secs(1)
}

fn default_tries() -> Count<u8, 1> {
    Count::of(1)
}

fn default_front_share() -> Share {
    Share::of(0.8)
}

fn default_front_part() -> PositiveShare {
    PositiveShare::of(0.2)
}

fn default_interval() -> Positive<Span> {
    Positive::from_secs(5)
}
