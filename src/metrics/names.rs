//! The table of names that `expect` lines may use: what there is, over what it is given, and in which unit; and each name
//! as a constant, `SALE_SOLD` for `sale.sold`. A plain table: who reads it learns nothing of a run.

pub use super::definition::{Better, Definition, Per};
pub(crate) use super::family_names::*;
pub(crate) use super::timeline::series;
use super::{Metrics, instants};

/// Every metric, in the order of the sheet.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    Metrics::definitions()
}

/// The metric of this name, if there is one.
pub fn find(name: &str) -> Option<&'static Definition> {
    Metrics::definition(name)
}

/// The metrics that are known at any instant: counts of what happens at one.
pub fn known_at_instants() -> impl Iterator<Item = &'static str> {
    instants::KNOWN.iter().map(|(name, _)| *name)
}
