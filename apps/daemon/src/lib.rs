//! `omnivirtd`: the linked drivers behind libvirt's RPC, for virsh, libvirt's bindings and Omnivirt's remote driver.
//!
//! * `cli`, `config`, `log`: what the daemon is told, and what it tells
//! * `listen`, `activation`, `server`: sockets, who may come in, how it ends
//! * `starter`, `idle`, `lock`: the user's daemon, which is started when it is asked for and ends when it is not needed
//! * `peer`, `access`, `clients`: who is on the other side, and how many there are
//! * `client/`: one connection, which is one task: what comes in, what goes out, calls, events, streams
//! * `session`, `hosts`, `qemu`: what a client has opened, what clients share, and where the daemon's own QEMU host is
//! * `request`, `failure`: a call as its handler sees it, and an error as the client sees it
//! * `generated/`: which call of Omnivirt serves which procedure; `by_hand/`: those that the generator cannot make

mod access;
mod activation;
mod by_hand;
mod cli;
mod client;
mod clients;
mod config;
mod failure;
mod generated;
mod hosts;
mod idle;
mod listen;
mod lock;
mod log;
mod names;
mod peer;
mod qemu;
mod request;
mod server;
mod session;
mod starter;

pub use cli::main;
