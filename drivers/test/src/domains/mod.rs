//! The simulated domains: one file per family of calls, on top of `table` (finding them), `state` (one of them) and
//! `transitions` (how its state changes).

pub(crate) mod alias;
pub(crate) mod configuration;
pub(crate) mod definition;
pub(crate) mod devices;
pub(crate) mod dump;
pub(crate) mod extras;
pub(crate) mod iothreads;
pub(crate) mod jobs;
pub(crate) mod lifecycle;
pub(crate) mod lookup;
pub(crate) mod memory;
pub(crate) mod native;
pub(crate) mod pins;
pub(crate) mod saved;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod transitions;
pub(crate) mod values;
pub(crate) mod vcpus;
