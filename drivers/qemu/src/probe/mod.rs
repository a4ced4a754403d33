//! What the host's QEMU programs can do, asked of the programs themselves.
//!
//! * `search`: which programs there are; `identity`: what tells one from its successor
//! * `ask`: a QEMU that runs no machine and answers; `answers`: what it says
//! * `program`: what is known of one program, asked when it is first needed; `cache`: kept on disk
//! * `programs`: all of them, and the documents made of it: `guests`, `host`, `domain`

mod answers;
mod ask;
mod cache;
mod cpu_mode;
mod cpu_questions;
mod devices;
mod domain;
mod firmware;
mod guests;
mod host;
mod host_cpu;
mod host_nodes;
mod identity;
mod kvm;
mod program;
mod programs;
mod questions;
mod search;

#[cfg(test)]
mod tests;

pub(crate) use host::node_info;
pub(crate) use programs::Programs;
