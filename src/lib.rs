//! `onsale`: a deterministic simulator of a ticket on-sale surge. The map of its rooms comes with the last of them.

pub mod admission;
pub mod behavior;
pub mod engine;
pub mod experiment;
pub mod metrics;
pub mod model;
pub mod protocol;
pub mod report;
pub mod scenario;
