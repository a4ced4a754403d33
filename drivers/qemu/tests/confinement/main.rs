//! What guests are held to, with real QEMU processes: their user, their control groups, what hostile images and documents
//! can and cannot do.

#![allow(clippy::print_stdout, reason = "what is refused is to be read by a person too")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod guests;
mod hostile;
mod limits;
mod names;
mod network;
mod user;
