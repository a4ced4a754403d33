//! Events of every kind, and the messages that tell of them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(dead_code, reason = "bodies of events are wanted, the rest of an event is not on the wire")]
#[path = "../../../model/tests/events/any.rs"]
mod any;
mod page;
mod recorded;
mod there_and_back;
