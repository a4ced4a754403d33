//! What holds for the renderings of every kind of event.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod any;
mod renderings;
mod values;
