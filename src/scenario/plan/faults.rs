//! What breaks, ready to run.

pub use super::super::faults::Lossy;
use crate::engine::sample::Sampler;
use crate::engine::time::{Span, Time};
use crate::protocol::{GatewayId, StationId};

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
    /// Services end in an error instead of what was asked for.
    ErrorBurst {
        /// At these machines.
        machines: Machines,
        /// Of so many of the requests, > 0 and <= 1.
        share: f64,
    },
    /// Gateways are cut off from a station.
    Partition {
        /// This gateway; `None`: all of them.
        gateway: Option<GatewayId>,
        /// The station.
        station: StationId,
    },
    /// The waiting room forgets this share of the sessions, 0..=1.
    SessionStoreWiped(f64),
    /// Messages of these sorts are lost behind the gateway.
    LostMessages {
        /// Which.
        messages: Vec<Lossy>,
        /// This share of them, 0..=1.
        share: f64,
    },
    /// So many locations share the budget of the waiting room and do not hear of each other.
    StaleBudget(u32),
    /// The clock of this gateway, or of all, is ahead by one span and behind by the other.
    ClockSkew {
        /// The gateway; `None`: all.
        gateway: Option<GatewayId>,
        /// So much later than it is.
        ahead: Span,
        /// So much earlier than it is.
        behind: Span,
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
