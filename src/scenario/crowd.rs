//! Who comes: cohorts of persons alike, when they come, and how they behave.

use super::announcement::OnAnnouncement;
use super::caller::Caller;
use super::giving_up::GivingUp;
use super::switches::Switches;
use super::trace::Trace;
use super::traits::{Between, a_year, low_risk};
use super::yes;
use crate::behavior;
use crate::engine::sample::{Distribution, Sampler};
use crate::engine::time::Span;
use crate::quantity::{Count, NonNegative, Positive, Share, decimals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Bound::{Excluded, Included};

/// Persons alike; the group that fairness compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent of each other")]
pub struct Cohort {
    /// Its name, 1 to 64 characters, unique. Luck hangs on it: renaming a cohort redraws its persons, while
    /// adding or emptying another one changes nothing here.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// How many persons, 0 to 100,000,000 over all cohorts; a cohort may be empty, but not all of them.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub count: u32,
    /// When they come.
    pub arrivals: Arrivals,
    /// Shares of persons with 1, 2, 3 ... sessions (tabs, devices); 1 to 16 shares that sum to 1. Default: [1.0],
    /// one session each. No published distribution is known; families with two to five devices are reported. A session
    /// that reads a no, of whatever kind, is closed and the others go on; only a purchase ends them.
    #[serde(default = "one_session")]
    #[schemars(length(min = 1, max = 16))]
    pub sessions: Vec<Share>,
    /// Further sessions are opened one by one, each so long after the one before, more than 0, while none has brought
    /// a turn or the final answer: somebody who stares at "loading" opens another tab. Null: all at the first click.
    /// Default: null. Whoever is let in early then has fewer sessions than others, and that is no cause of it: read
    /// `fairness.multi_session_advantage` of such a cohort with care.
    #[serde(default)]
    pub open_after: Option<Positive<Span>>,
    /// How many of a person's sessions are tabs of one device, and share its cookie, 1 to 16; 1: each is a device of its
    /// own. Default: 1. It matters where the waiting room knows sessions by cookie or device.
    #[serde(default = "one_tab")]
    pub tabs_per_device: Count<u8, 1, 16>,
    /// Share of persons whose browser keeps no cookies, 0 to 1. Default: 0. Where the waiting room knows sessions by
    /// cookie it takes each of their requests for a newcomer's, at the back (Cloudflare says so of its own).
    #[serde(default)]
    pub cookieless: Share,
    /// How many accounts each person has, 1 to 16, used by their sessions in turn. Default: 1. It matters where the
    /// waiting room knows sessions by account.
    #[serde(default = "one_account")]
    pub accounts: Count<u8, 1, 16>,
    /// How many addresses each person has, used in turn, one request after the other, 1 to 65,535. Default: 1. Proxies of a
    /// bot's operator: a limit of each address catches none of them.
    #[serde(default = "one_address")]
    pub addresses: Count<u16, 1>,
    /// Share of persons whom the waiting room's check takes for bots, 0 to 1: they are told that they are in line, for
    /// ever. Default: 0. Write what the check finds where the cohort is a bot, and its false alarms where it is not
    /// (Cloudflare's `infinite_queue`, deliberately silent).
    #[serde(default)]
    pub flagged: Share,
    /// Its persons have no access code, and each of their joins tries one at random; see `waiting_room.codes`. Default:
    /// false.
    #[serde(default)]
    pub guesses_codes: bool,
    /// How long ago its accounts were made, in days, 0 or more. Default: 365 for all, an assumption. Only a policy that scores
    /// looks at it, here and below.
    #[serde(default = "a_year")]
    pub account_age_days: Between<NonNegative>,
    /// Share of persons whose accounts are verified, 0 to 1. Default: 0.
    #[serde(default)]
    pub verified: Share,
    /// How sure the risk scorer is that a person is a program, 0 to 1, drawn once for each. Default: 0 to 0.3, an assumption;
    /// reCAPTCHA v3 takes those beyond 0.5 for programs unless told otherwise.
    #[serde(default = "low_risk")]
    pub risk: Between<Share>,
    /// Its persons are programs: what is done to them as a risk is no false alarm. Default: false.
    #[serde(default)]
    pub is_bot: bool,
    /// Where its sessions begin. Default: "page".
    #[serde(default)]
    pub begins: Begins,
    /// Some of its sessions are put in the background for a while: the page asks seldom, and nobody sees what it says.
    /// Default: null, somebody looks at every page all the time.
    #[serde(default)]
    pub background: Option<Background>,
    /// Its devices change their network meanwhile: from `WiFi` to mobile. Default: null, none does.
    #[serde(default, alias = "switches")]
    pub network_switches: Option<Switches>,
    /// The network class: "desktop", "mobile", or one listed under `network`. Default: "desktop".
    #[serde(default = "desktop")]
    pub network: String,
    /// How many persons share one address (behind one NAT: a home, an office, a campus), 1 or more. Default: 1. It matters
    /// where the edge limits or balances by address.
    #[serde(default = "one_person")]
    pub persons_per_address: Count<u32, 1>,
    /// How long a person stays from the first click on, the lounge included; null: to the end. Default: null. On
    /// on-sales waits of four to eight hours are reported, while 70 % of people in physical lines leave by 15
    /// minutes (Waitwhile, 1,202 answers).
    #[serde(default)]
    pub patience: Option<Sampler>,
    /// For what a person leaves beside it: a position too far back, silence, a clear refusal. Default: null, nothing.
    #[serde(default)]
    pub giving_up: Option<GivingUp>,
    /// The client's own timeout of one attempt, more than 0; null: none. Default: "300s" (Firefox's
    /// network.http.response.timeout).
    #[serde(default = "default_timeout")]
    pub timeout: Option<Positive<Span>>,
    /// Think time before asking for seats. Default: log-normal, median 20 s, p95 60 s. An assumption: no
    /// measurement of on-sales was found; sites that end a step allow 2 minutes to choose (Ticket Tailor).
    #[serde(default = "default_choose")]
    pub choose: Sampler,
    /// Think time before paying. Default: log-normal, median 45 s, p95 2 min. An assumption: no measurement of
    /// on-sales was found; sites that end a step allow 4 minutes for details (Ticket Tailor).
    #[serde(default = "default_fill_in")]
    pub fill_in: Sampler,
    /// Share of those holding seats who give them back instead of paying, 0 to 1. Default: 0. One sale re-released
    /// 2 % of its tickets as unpaid (Taipei, 2024).
    #[serde(default)]
    pub abandon: Share,
    /// How much work its requests are, as a multiple of the services' times, more than 0 and at most 1,000: the orders of
    /// a group are more than those of one. Default: 1.
    #[serde(default = "as_usual")]
    pub work: WorkFactor,
    /// Seats each person wants, 1 to 8. Default: 1. Caps per order are 4 (`BookMyShow`, tixCraft) or 6 (Glastonbury).
    #[serde(default = "one_seat")]
    pub wants: Count<u8, 1, 8>,
    /// What an order takes where fewer seats are left than its person wants: all of them or none, or as many as there are.
    /// Default: `"as_many"`, as pretix fills a cart: it puts in what the quota still has, and says so (`in_part` in its
    /// `services/cart.py`). `sale.partial_orders` counts the orders that got fewer.
    #[serde(default)]
    pub together: Together,
    /// The price band asked for, by name; null: the best seats free in any band. Default: null.
    #[serde(default)]
    pub band: Option<String>,
    /// What a person does after a declined card. Default: "again", while patience and turn last.
    #[serde(default)]
    pub after_decline: AfterDecline,
    /// What the client does when it must wait, and when an attempt fails. Default: a polling page that obeys the
    /// interval the waiting room asks for.
    #[serde(default)]
    pub behavior: behavior::Config,
    /// The browser reloads a page by itself whose connection failed - reset, closed without a reply, or silent until the
    /// client's `timeout` - 1, 5, 30 s, 1, 5, 10 and 30 min after each failure, and then every 30 min (Chromium's
    /// `net_error_auto_reloader.cc`): only what the address bar loads, and never a page with a status. The page's own
    /// script does not run then; a person who reloads by hand may be faster. Default: false, as in Firefox and Safari:
    /// the behavior alone decides. Every tab is held for visible.
    #[serde(default)]
    pub auto_reload: bool,
    /// The programs through which its sessions call, and what those may spend on retries. Default: null, none.
    #[serde(default)]
    pub caller: Option<Caller>,
    /// What its persons do on hearing what the operator announces. Default: nothing.
    #[serde(default)]
    pub on_announcement: OnAnnouncement,
    /// Fairness compares this cohort with the others. Default: true.
    #[serde(default = "yes")]
    pub compare: bool,
    /// The others are measured against this cohort; at most one. Default: false; where none is named, the first
    /// compared cohort is the reference.
    #[serde(default)]
    pub reference: bool,
}

decimals! {
    /// How much work a request is, as a multiple of what is usual: more than 0, up to 1000.
    WorkFactor: Excluded(0.0), Included(1000.0);
}

/// Where sessions begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Begins {
    /// At the page of the sale, and in line if there is one.
    #[default]
    Page,
    /// At the shop's interface: they ask for seats at once, without page, line and map, and again whenever they are
    /// refused. See `waiting_room.protects`.
    Hold,
}

/// Tabs that are put in the background while their persons wait in line, or try to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Background {
    /// Share of sessions that are, 0 to 1. Default: 1.
    #[serde(default = "all_of_them")]
    pub share: Share,
    /// How long after the page was opened.
    pub after: Sampler,
    /// How long nobody looks at it then.
    pub lasts: Sampler,
    /// A hidden page's timers fire at most this often, more than 0. Default: "1m" (Chrome, for pages that were hidden
    /// for five minutes; before that once a second, which no waiting room would notice).
    #[serde(default = "one_minute")]
    pub throttled: Positive<Span>,
}

/// When the persons of a cohort come: one key that names the shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// All at one instant, spread by a distribution: the herd at the opening.
    Spike(Spike),
    /// Before one instant: people who come early and wait in the lounge.
    LoungeFill(LoungeFill),
    /// A steady stream, independent of each other.
    Poisson(Poisson),
    /// A stream whose rate changes from time to time.
    Rates(Rates),
    /// As a recorded crowd came.
    Trace(Trace),
    /// After a rule of the operator has acted: people who come because of what they hear.
    Announced(Announced),
}

/// After a rule of the operator has acted for the first time, each later by a draw of `delay`: a further date, a new
/// opening, the news of a sale. If the rule never acts, nobody comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    /// The name of the rule.
    pub rule: String,
    /// How much later each person is. Default: exponential, mean 5 minutes, as announcements spread; one sale announced a
    /// third date 27 minutes ahead (Mumbai, 2024).
    #[serde(default = "default_spread")]
    pub delay: Sampler,
}

/// All at one instant, each later by a draw of `jitter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spike {
    /// The instant, counted from time 0. Default: null, `opens_at`.
    #[serde(default)]
    pub at: Option<Span>,
    /// How much later each person is. Default: "0s", everybody in the same microsecond.
    #[serde(default = "no_time")]
    pub jitter: Sampler,
}

/// Before one instant, each earlier by a draw of `lead`. The part of the distribution that reaches back beyond time 0 is cut
/// off: the others share it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoungeFill {
    /// The instant, counted from time 0. Default: null, `opens_at`.
    #[serde(default)]
    pub until: Option<Span>,
    /// How much earlier each person is. One sale had 20 % of its visitors 30 minutes before (Ticketek, 2023).
    pub lead: Sampler,
}

/// A Poisson stream of constant rate that ends with the cohort's count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poisson {
    /// The first instant somebody may come, counted from time 0. Default: null, `opens_at`.
    #[serde(default)]
    pub from: Option<Span>,
    /// Persons a second on average, more than 0.
    pub per_second: Positive<f64>,
}

/// A Poisson stream with piecewise constant rates; it ends with the cohort's count or with the last piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// The pieces in order of time, 1 to 100,000; each lasts until the next begins.
    #[schemars(length(min = 1, max = 100_000))]
    pub pieces: Vec<Piece>,
    /// The end of the last piece, counted from time 0. Default: null, it has none.
    #[serde(default)]
    pub until: Option<Span>,
}

/// One piece of a rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// When it begins, counted from time 0.
    pub from: Span,
    /// Persons a second on average, 0 or more.
    pub per_second: NonNegative,
}

/// What an order takes where fewer seats are left than its person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// As many as there are.
    #[default]
    AsMany,
    /// All that are wanted, or none. While so many are held or free it is answered as one that finds none free
    /// (`inventory.when_none_free`); after that it is told that everything is sold, as `TicketLeap` refuses a party that is
    /// larger than what is left.
    All,
}

/// What a person does after a declined card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterDecline {
    /// Tries again while patience and turn last.
    #[default]
    Again,
    /// Leaves.
    Leave,
}

fn as_usual() -> WorkFactor {
    WorkFactor::of(1.0)
}

fn one_session() -> Vec<Share> {
    vec![Share::ALL]
}

fn desktop() -> String {
    "desktop".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
fn default_timeout() -> Option<Positive<Span>> {
    Some(Positive::from_secs(300))
}

fn default_choose() -> Sampler {
    Sampler::new(&Distribution::LogNormal { median: Span::from_secs(20), p95: Span::from_secs(60) })
}

fn default_fill_in() -> Sampler {
    Sampler::new(&Distribution::LogNormal { median: Span::from_secs(45), p95: Span::from_secs(120) })
}

fn default_spread() -> Sampler {
    Sampler::new(&Distribution::Exponential { mean: Span::from_secs(300) })
}

fn one_person() -> Count<u32, 1> {
    Count::of(1)
}

fn one_address() -> Count<u16, 1> {
    Count::of(1)
}

fn all_of_them() -> Share {
    Share::ALL
}

fn one_minute() -> Positive<Span> {
    Positive::from_secs(60)
}

fn one_tab() -> Count<u8, 1, 16> {
    Count::of(1)
}

fn one_account() -> Count<u8, 1, 16> {
    Count::of(1)
}

fn one_seat() -> Count<u8, 1, 8> {
    Count::of(1)
}

fn no_time() -> Sampler {
    Sampler::new(&Distribution::Constant(Span::ZERO))
}
