//! What goes from one wing to another: the only place that names them all. The facts that tell of both sides at once are
//! recorded here (`TimedOut`, whose cause no client can know, and `Polled`), and only here is the key that opens belief and
//! truth together.

pub(in crate::model) mod admission;
pub(in crate::model) mod breaking;
pub(in crate::model) mod checkout;
pub(in crate::model) mod exchange;
pub(in crate::model) mod finish;
mod key;
pub(in crate::model) mod operator;
pub(in crate::model) mod poll;
pub(in crate::model) mod reply;
pub(in crate::model) mod scaling;
pub(in crate::model) mod world;
pub(in crate::model) use key::Key;
pub(in crate::model) use world::World;
