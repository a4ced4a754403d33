//! `omnivirtd` from outside: the real program in a directory of its own, and a client that writes packets by hand.

#![allow(clippy::unwrap_used, reason = "a test fails where something is not as it should be")]
#![allow(clippy::result_large_err, reason = "errors are looked at as they came")]

mod client;
mod daemon;
mod ending;
mod events;
mod handshake;
mod hostile;
mod limits;
mod starting;
mod streams;
