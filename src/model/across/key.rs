//! The key of whoever carries things across: with it, and only with it, what the screen says and what the backend has
//! decided can be read in one place. It has no size, and no wing can make one.

/// Proof that the code which holds it belongs to `across`.
#[derive(Clone, Copy)]
pub(in crate::model) struct Key(());

/// The key.
pub(in crate::model::across) const KEY: Key = Key(());
