//! What holds for every value that travels.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod flags;
mod made_up;
mod parameters;
mod structures;
