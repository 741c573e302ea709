//! How a number of nodes follows the load, ready to run.

use crate::engine::time::Span;

/// How the number of gateways, or of servers of a station, follows the load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutoscalePlan {
    /// So many serve at the beginning, `min..=max`.
    pub begins: u32,
    /// Never fewer, at least 1.
    pub min: u32,
    /// Never more, at least `min`.
    pub max: u32,
    /// What one of them can do at a time, in requests, at least 1.
    pub capacity: u32,
    /// The share of that which is to be in use, in millionths, at least 1.
    pub target_ppm: u32,
    /// Nothing changes while the share in use differs by no more than this share of the target, in millionths.
    pub tolerance_ppm: u32,
    /// How often it looks, more than 0.
    pub look_every: Span,
    /// How long it takes until who is new serves.
    pub lead_time: Span,
    /// So long the highest number that a look wanted holds.
    pub scale_down_after: Span,
}
