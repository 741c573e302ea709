//! What goes across.
pub(in crate::model) mod breaking;
pub(in crate::model) mod finish;
pub(in crate::model) mod operator;
pub(in crate::model) mod world;
pub(in crate::model) use world::World;
