//! The rules of the event contract, at the bus, through its public door. `docs/src` and the module `events` state them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod barrier;
mod callbacks;
mod closing;
mod expressions;
mod inbox;
mod interleavings;
mod numbering;
mod policies;
mod snapshot;
mod source;
mod support;
