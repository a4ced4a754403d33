//! The domains of a root: one file per family of calls, on top of `state` (one of them), `run` (its process), `hear` (what
//! QEMU tells of it) and `start`, `monitor`, `restore` (how a run begins, ends and is found again).

mod change;
mod configuration;
mod confine;
mod console;
mod definition;
mod dump;
mod files;
mod hear;
mod image;
mod input;
mod jobs;
mod learned;
mod lifecycle;
mod lookup;
mod monitor;
mod qemu;
mod queue;
mod record;
mod restore;
mod run;
mod save;
mod start;
mod state;
mod tap;
mod terminal;
mod translate;

pub(crate) use confine::Lending;
pub(crate) use state::{DomainEntry, Managed};
