//! Guests and faults, and what must be true of them.

pub(crate) mod monitor;
pub(crate) mod world;
