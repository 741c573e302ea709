//! What will run: a scenario resolved to integers, identities and compiled laws. Everything in a plan has
//! been checked; the world trusts it.

pub use super::edge::{Balancing, Refusal};
use super::expect::IfMissed;
pub use super::line::RefusalStyle;
pub use super::upstream::TryNext;
use crate::engine::sample::Sampler;
use crate::engine::time::{Span, Time};
use crate::expr::Bounds;
use crate::metrics::names::Definition;
use crate::protocol::{BandId, CohortId, Cors, GatewayId, Kind, Mode, Question, Roster, StationId};
use crate::{admission, behavior, discipline};
use std::ops::Range;

pub mod operator;

/// One sale, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names and numbers for observers; opening, closing and horizon are in it.
    pub roster: Roster,
    /// The scenario's own seed.
    pub seed: u64,
    /// The cohorts, in the order of the roster.
    pub cohorts: Vec<CohortPlan>,
    /// The edge.
    pub edge: EdgePlan,
    /// The waiting room; `None` where the policy is `none`.
    pub line: Option<LinePlan>,
    /// The stations, in the order of the roster.
    pub stations: Vec<StationPlan>,
    /// Which station serves each kind of request, by the kind's number; `None`: no service time.
    pub route: [Option<StationId>; Kind::ALL.len()],
    /// The stock.
    pub inventory: InventoryPlan,
    /// The payment provider.
    pub payment: PaymentPlan,
    /// What the operator does.
    pub operator: operator::OperatorPlan,
    /// What the run must show. Those with an instant are, in this order, the questions of the roster.
    pub expectations: Vec<ExpectationPlan>,
    /// What breaks, in the order of the scenario; at most 255.
    pub faults: Vec<FaultPlan>,
}

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
    /// Seats each person wants, 1..=8.
    pub wants: u8,
    /// The price band asked for; `None`: the best seats of the house.
    pub band: Option<BandId>,
    /// How long a person stays, from the first click; `None`: for ever.
    pub patience: Option<Sampler>,
    /// The client's own timeout of one attempt; `None`: none.
    pub timeout: Option<Span>,
    /// Delay from the client to the edge.
    pub up: Sampler,
    /// Delay from the edge to the client.
    pub down: Sampler,
    /// Share of requests lost on the way up, 0..=1.
    pub loss_up: f64,
    /// Share of replies lost on the way down, 0..=1.
    pub loss_down: f64,
    /// Think time before the hold.
    pub choose: Sampler,
    /// Think time before paying.
    pub fill_in: Sampler,
    /// Share of those who hold seats and give them back instead of paying, 0..=1.
    pub abandon: f64,
    /// Its first address; its persons share `addresses` of them in turn.
    pub first_address: u32,
    /// How many addresses it has, at least 1 where it has persons.
    pub addresses: u32,
    /// After a declined card the person tries again.
    pub again_after_decline: bool,
    /// What its clients do when they must wait, and when an attempt fails.
    pub behavior: behavior::Config,
    /// Share of those who hear that the sale is paused and leave, 0..=1.
    pub leave_when_paused: f64,
    /// How much longer they wait before each request while they believe it.
    pub wait_when_paused: Span,
    /// Share of those told to keep trying who go on where their client would stop, 0..=1.
    pub persist: f64,
}

/// When the persons of a cohort come.
#[derive(Clone, Debug)]
pub enum ArrivalsPlan {
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

/// The edge, ready to run: so many gateways, all alike.
#[derive(Clone, Debug)]
pub struct EdgePlan {
    /// How many gateways, 1..=255.
    pub gateways: u8,
    /// How requests are spread over them.
    pub balancing: Balancing,
    /// Requests in flight through one gateway beyond which it answers 503, or lets them wait; `None`: no limit.
    pub concurrency: Option<u32>,
    /// Connections that may wait at a gateway over its limit: what the accept queue really holds; `None`: there is none.
    pub accept_queue: Option<u32>,
    /// How long after the first SYN a client's TCP repeats it.
    pub syn_retries: &'static [Span],
    /// Requests in flight through one gateway beyond which it closes connections without a reply; `None`: no cap.
    pub in_flight_cap: Option<u32>,
    /// The limit of requests from one address; `None`: none.
    pub rate_limit: Option<RateLimitPlan>,
    /// How many addresses there are over all cohorts.
    pub addresses: u32,
    /// How a gateway refuses by its own limits.
    pub refusal: Refusal,
    /// The wait that goes with a gateway's own 429 and 503.
    pub retry_after: Option<Span>,
    /// How long the balancer takes to leave a gateway out that is down; `None`: it never does.
    pub health_check: Option<Span>,
    /// The upstream timer: 504 after it; `None`: none.
    pub upstream_timeout: Option<Span>,
    /// What a gateway makes of the peers of a station.
    pub upstream: UpstreamPlan,
    /// Which replies carry CORS headers.
    pub cors: Cors,
}

impl EdgePlan {
    /// A gateway has something to check before it accepts a request.
    pub const fn has_door(&self) -> bool {
        self.accept_queue.is_some() || self.in_flight_cap.is_some() || self.rate_limit.is_some()
    }
}

/// A limit of requests from one address, ready to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimitPlan {
    /// Thousandths of a request a second, at least 1.
    pub rate: u64,
    /// How many more may come at once.
    pub burst: u32,
    /// Requests of the burst pass at once instead of being delayed.
    pub nodelay: bool,
}

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

/// One station, ready to run.
#[derive(Clone, Debug)]
pub struct StationPlan {
    /// How many machines it has, 1..=32, all alike.
    pub peers: u8,
    /// The place of its first machine among those of all stations.
    pub first_peer: usize,
    /// How many each machine serves at a time, at least 1.
    pub servers: u32,
    /// How many may wait at each machine; `None`: any number.
    pub queue: Option<u32>,
    /// Whom it serves next.
    pub discipline: discipline::Config,
    /// The service law.
    pub service: Sampler,
    /// How services grow longer under load; `None`: they do not.
    pub slowdown: Option<SlowdownPlan>,
}

/// How services grow longer under load.
#[derive(Clone, Copy, Debug)]
pub struct SlowdownPlan {
    /// What each request beyond `beyond` adds, as a share of the drawn time.
    pub per_request: f64,
    /// So many requests slow nothing.
    pub beyond: u32,
    /// The drawn time is multiplied by this at most, >= 1.
    pub most: f64,
}

impl SlowdownPlan {
    /// By what a service is multiplied that begins while so many requests are at the machine, itself included.
    pub fn factor(&self, requests: u32) -> f64 {
        (1.0 + self.per_request * f64::from(requests.saturating_sub(self.beyond))).min(self.most)
    }
}

/// What a gateway makes of the peers of a station, ready to run.
#[derive(Clone, Debug)]
pub struct UpstreamPlan {
    /// After so many failures a peer is left out; 0: never.
    pub max_fails: u32,
    /// For so many whole seconds.
    pub fail_timeout_s: u64,
    /// After which failures another peer is tried.
    pub next_upstream: Vec<TryNext>,
}

/// The stock, ready to run. Its bands are in the roster.
#[derive(Clone, Debug)]
pub struct InventoryPlan {
    /// A hold ends so long after it was taken.
    pub hold: Span,
    /// What a hold request is told when no seat is free while some are held.
    pub when_none_free: WhenNoneFree,
    /// A hold request after the sell-out is refused before its service, at no cost.
    pub cheap_refusal: bool,
}

/// What a hold request is told when no seat is free while some are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenNoneFree {
    /// Sold out, finally.
    Refuse,
    /// Nothing until a seat comes back or all are sold; the request stays open at no server's cost.
    Wait,
    /// Ask again after this.
    Retry(Span),
}

/// The payment provider, ready to run.
#[derive(Clone, Debug)]
pub struct PaymentPlan {
    /// How long the provider takes.
    pub delay: Sampler,
    /// Share of cards declined, 0..=1.
    pub decline: f64,
    /// Share of the provider's replies that never reach the shop, 0..=1.
    pub lost_reply: f64,
    /// The shop's own timer on the provider: after it the payment counts as unknown.
    pub timeout: Span,
}

/// One line of what a run must show, ready to be judged.
#[derive(Clone, Debug)]
pub struct ExpectationPlan {
    /// The line, in its canonical form.
    pub line: String,
    /// What happens if it is missed.
    pub if_missed: IfMissed,
    /// The figure.
    pub metric: &'static Definition,
    /// Only over this cohort.
    pub cohort: Option<CohortId>,
    /// Only at this station.
    pub station: Option<String>,
    /// As it was at this instant; `None`: at the end.
    pub at: Option<Time>,
    /// What it must be, in the unit of the metric.
    pub bounds: Bounds,
}

impl ExpectationPlan {
    /// What must be counted for it while the sale runs.
    pub fn question(&self) -> Option<Question> {
        self.at.map(|until| Question { metric: self.metric.name, cohort: self.cohort, until })
    }
}

/// Something that breaks for a while.
#[derive(Clone, Debug)]
pub struct FaultPlan {
    /// It begins.
    pub from: Time,
    /// It has ended.
    pub until: Time,
    /// What breaks.
    pub what: Broken,
}

impl FaultPlan {
    /// Does it last at this instant? Its first one belongs to it, the one of its end does not.
    pub fn lasts(&self, at: Time) -> bool {
        self.from <= at && at < self.until
    }
}

/// What breaks.
#[derive(Clone, Debug)]
pub enum Broken {
    /// Services that begin take so many times as long.
    StationSlow {
        /// At these machines.
        machines: Machines,
        /// So many times, > 1.
        factor: f64,
    },
    /// The machines are down: nothing reaches them, and what they have is lost.
    StationDown(Machines),
    /// This gateway crashes; `None`: all of them do.
    GatewayCrash(Option<GatewayId>),
    /// The payment provider cannot be reached.
    PaymentOutage,
    /// The network loses more.
    LossBurst {
        /// Of these cohorts, by index.
        cohorts: Vec<usize>,
        /// Of what would not be lost anyway on the way up, this share is, 0..=1.
        up: f64,
        /// The same on the way down.
        down: f64,
    },
    /// The network takes longer.
    LatencyBurst {
        /// For these cohorts, by index.
        cohorts: Vec<usize>,
        /// So many times as long, > 0.
        factor: f64,
        /// And so much more; `None`: nothing.
        add: Option<Sampler>,
    },
}

/// One machine of a station, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machines {
    /// The station.
    pub station: StationId,
    /// The one; `None`: all.
    pub peer: Option<u8>,
}

impl Machines {
    /// Is this machine one of them?
    pub fn include(self, station: StationId, peer: u8) -> bool {
        self.station == station && self.peer.is_none_or(|one| one == peer)
    }
}
