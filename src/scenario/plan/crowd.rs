//! Who comes, ready to run.

pub use super::super::caller::Caller;
pub use super::super::crowd::Background;
use crate::behavior;
use crate::engine::sample::Sampler;
use crate::engine::time::{Span, Time};
use crate::protocol::BandId;
use std::ops::Range;

/// One cohort, ready to run.
#[derive(Clone, Debug)]
pub struct CohortPlan {
    /// Hash of its name: persons draw from (this, their index in the cohort), so that an empty cohort or a
    /// change of order shifts nobody's luck.
    pub name_hash: u64,
    /// Its persons.
    pub persons: Range<u32>,
    /// When they come.
    pub arrivals: ArrivalsPlan,
    /// Cumulative shares of persons with at most 1, 2, ... sessions; the last is 1. At most 16 of them.
    pub sessions: Vec<f64>,
    /// Further sessions open one by one, each so long after the one before; `None`: all at the first click.
    pub open_after: Option<Span>,
    /// How many of a person's sessions are tabs of one device, 1..=16.
    pub tabs_per_device: u8,
    /// How many of its addresses each person uses in turn, at least 1.
    pub addresses_each: u32,
    /// Share of persons whom the waiting room takes for bots, 0..=1.
    pub flagged: f64,
    /// The first of its persons' access codes; `None`: they have none, and guess.
    pub first_code: Option<u32>,
    /// Its sessions ask for seats at once, without page and line.
    pub calls_the_shop: bool,
    /// Some sessions are put in the background for a while; `None`: none is.
    pub background: Option<Background>,
    /// Some devices change their network; `None`: none does.
    pub switches: Option<SwitchesPlan>,
    /// Share of persons whose browser keeps no cookies, 0..=1.
    pub cookieless: f64,
    /// What policies that score may look at.
    pub traits: TraitsPlan,
    /// The first account of its first person.
    pub first_account: u32,
    /// How many accounts a person's sessions use in turn, 1..=16.
    pub accounts: u8,
    /// How much work its requests are, as a multiple of the services' times.
    pub work: f64,
    /// Seats each person wants, 1..=8.
    pub wants: u8,
    /// An order takes no fewer seats than this, `1..=wants`.
    pub least: u8,
    /// The price band asked for; `None`: the best seats of the house.
    pub band: Option<BandId>,
    /// How long a person stays, from the first click; `None`: for ever.
    pub patience: Option<Sampler>,
    /// For what a person leaves beside it; `None`: nothing.
    pub giving_up: Option<GivingUpPlan>,
    /// The client's own timeout of one attempt; `None`: none.
    pub timeout: Option<Span>,
    /// The network of its devices.
    pub network: NetworkPlan,
    /// Think time before the hold.
    pub choose: Sampler,
    /// Think time before paying.
    pub fill_in: Sampler,
    /// Share of those who hold seats and give them back instead of paying, 0..=1.
    pub abandon: f64,
    /// Its first address; its persons share `addresses` groups of `addresses_each` of them in turn.
    pub first_address: u32,
    /// How many groups of addresses it has, at least 1 where it has persons.
    pub addresses: u32,
    /// After a declined card the person tries again.
    pub again_after_decline: bool,
    /// What its clients do when they must wait, and when an attempt fails.
    pub behavior: behavior::Config,
    /// The browser reloads pages whose connection failed.
    pub auto_reload: bool,
    /// The programs through which its sessions call; `None`: none that has a say.
    pub caller: Option<Caller>,
    /// Share of those who hear that the sale is paused and leave, 0..=1.
    pub leave_when_paused: f64,
    /// How much longer they wait before each request while they believe it.
    pub wait_when_paused: Span,
    /// How much later than the announced end of a pause each of them asks again.
    pub return_after: Sampler,
    /// Share of those told to keep trying who go on where their client would stop, 0..=1.
    pub persist: f64,
}

/// What policies that score may look at, ready to run.
#[derive(Clone, Copy, Debug)]
pub struct TraitsPlan {
    /// How long ago accounts were made, in days: from the first to the second, each as likely as any other.
    pub account_age_days: (f64, f64),
    /// Share of persons whose accounts are verified, 0..=1.
    pub verified: f64,
    /// How sure the risk scorer is that a person is a program: from the first to the second, 0..=1.
    pub risk: (f64, f64),
}

/// A class of networks, ready to run.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    /// Delay from the client to the edge.
    pub up: Sampler,
    /// Delay from the edge to the client.
    pub down: Sampler,
    /// Share of requests lost on the way up, 0..=1.
    pub loss_up: f64,
    /// Share of replies lost on the way down, 0..=1.
    pub loss_down: f64,
}

/// Devices that change their network, ready to run.
#[derive(Clone, Debug)]
pub struct SwitchesPlan {
    /// How long after the page was opened, and after each change again.
    pub after: Sampler,
    /// Share of devices that do, 0..=1.
    pub share: f64,
    /// How often each of them does at most, 1..=100.
    pub most: u8,
    /// The network after the first change; a second one leads back to the cohort's own.
    pub other: NetworkPlan,
    /// The first address that its devices change to: each has `most` of them, device after device of person after person.
    pub first_address: u32,
    /// Devices of one person.
    pub devices: u32,
}

/// For what persons leave, ready to run.
#[derive(Clone, Debug)]
pub struct GivingUpPlan {
    /// The farthest back that a person accepts to stand, a microsecond for each place.
    pub positions: Option<Sampler>,
    /// How long a person bears silence.
    pub silence: Option<Sampler>,
    /// On clear refusals: the first on which the person may leave, counted from 1, and the probability from then on.
    pub refusals: Option<(u32, f64)>,
}

/// When the persons of a cohort come.
#[derive(Clone, Debug)]
pub enum ArrivalsPlan {
    /// After a rule of the operator has acted.
    Announced {
        /// The rule.
        rule: usize,
        /// How much later each person is.
        delay: Sampler,
    },
    /// All at one instant, each later by a draw of `jitter`.
    Spike {
        /// The instant.
        at: Time,
        /// How much later each one is.
        jitter: Sampler,
    },
    /// Before one instant, each earlier by a draw of `lead`, truncated at time 0.
    LoungeFill {
        /// The instant.
        until: Time,
        /// How much earlier each one is.
        lead: Sampler,
    },
    /// A Poisson stream with piecewise constant rates; it ends with the cohort's count, or after the last piece.
    Rates {
        /// Pieces in order of time, without gaps: from when, and how many persons a second (>= 0).
        pieces: Vec<(Time, f64)>,
        /// The end of the last piece; [`Time::MAX`] if it has none.
        until: Time,
    },
    /// All of them, each independently of the others, with piecewise constant density.
    Shape {
        /// Pieces in order of time, without gaps: from when, and which share of the cohort a second (>= 0). Over all
        /// pieces they sum to 1.
        pieces: Vec<(Time, f64)>,
        /// The end of the last piece.
        until: Time,
    },
}
