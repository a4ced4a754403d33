//! `omnivirtd` from outside: the real program in a directory of its own, and a client that writes packets by hand.

mod client;
mod daemon;
mod ending;
mod events;
mod handshake;
mod hostile;
mod limits;
mod starting;
mod streams;
