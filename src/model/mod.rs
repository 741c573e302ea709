//! The world of an on-sale.
mod across;
mod backend;
mod people;
mod sim;

pub use across::world::{Finished, Progress, World};
