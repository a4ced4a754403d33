//! The domains of a root: one file per family of calls, on top of `state` (one of them), `run` (its process), `hear` (what
//! QEMU tells of it) and `start`, `monitor`, `restore` (how a run begins, ends and is found again).

mod balloon;
mod blocks;
mod bulk_statistics;
mod change;
mod configuration;
mod confine;
mod console;
mod definition;
mod dirty_rate;
mod dump;
mod files;
mod found;
mod hear;
mod image;
mod images;
mod input;
mod interfaces;
mod iothreads;
mod jobs;
mod learned;
mod lifecycle;
mod lookup;
mod memory;
mod monitor;
mod pins;
mod plan;
mod prepare;
mod qemu;
mod queue;
mod record;
mod restore;
mod run;
mod samples;
mod save;
mod start;
mod state;
mod statistics;
mod tap;
mod terminal;
mod threads;
mod translate;
mod vcpus;

pub(crate) use confine::Lending;
pub(crate) use state::{DomainEntry, Managed};
