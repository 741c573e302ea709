//! The stations and what stands before them, ready to run.

pub use super::super::services::Slowdown;
pub use super::super::upstream::TryNext;
use super::AutoscalePlan;
use crate::behavior::Budget;
use crate::discipline;
use crate::engine::sample::Sampler;

/// One station, ready to run.
#[derive(Clone, Debug)]
pub struct StationPlan {
    /// How many machines it has, 1..=32, all alike.
    pub peers: u8,
    /// The place of its first machine among those of all stations.
    pub first_peer: usize,
    /// How many each machine serves at a time, at least 1; with autoscaling, at the beginning.
    pub servers: u32,
    /// How that number follows the load; `None`: it stays.
    pub autoscale: Option<AutoscalePlan>,
    /// How many may wait at each machine; `None`: any number.
    pub queue: Option<u32>,
    /// Whom it serves next.
    pub discipline: discipline::Config,
    /// The service distribution.
    pub service: Sampler,
    /// How services grow longer under load; `None`: they do not.
    pub slowdown: Option<Slowdown>,
}

/// How many requests may be retries at a time.
#[derive(Clone, Copy, Debug)]
pub struct RetriesInFlight {
    /// Of the requests in flight so many ten-thousandths.
    pub per_ten_thousand: u32,
    /// So many however few there are.
    pub least: u32,
}

impl RetriesInFlight {
    /// How many of so many requests in flight.
    pub fn most(self, in_flight: u32) -> u32 {
        let share = u64::from(in_flight) * u64::from(self.per_ten_thousand) / 10_000;
        u32::try_from(share).map_or(u32::MAX, |share| share.max(self.least))
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
    /// What each gateway may spend on that; `None`: there is no limit.
    pub retry_budget: Option<Budget>,
    /// How many of the requests in flight behind it may be retries; `None`: any number.
    pub retries_in_flight: Option<RetriesInFlight>,
}
