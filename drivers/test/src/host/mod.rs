//! What is there once per simulated host.
//!
//! Locks: a domain's own lock comes first, the locks in here are taken last, for one look-up or one entry each, and
//! nothing else is taken while one is held. No lock is held across an `.await`.

mod capabilities;
mod clock;
mod cpu;
mod cpu_description;
mod cpu_models;
mod default;
mod emulator;
mod files;
mod hardware;
mod images;
mod info;
mod load;
mod machine;
mod memory;
mod objects;
mod page_sharing;
mod pages;
mod shared;
mod simulator;

use crate::domains::table::{DomainEntry, DomainTable, no_domain};
pub(crate) use clock::Clock;
pub(crate) use files::{FileTable, SimulatedFile};
pub(crate) use hardware::Hardware;
pub(crate) use images::{Image, Images, content};
pub(crate) use info::SECURITY_MODEL;
use machine::Machine;
use objects::Objects;
use omnivirt_core::event::{Cause, EventBody};
use omnivirt_core::*;
use omnivirt_host::Connections;
pub(crate) use shared::open;
use std::sync::Arc;

/// A simulated host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) domains: DomainTable,
    pub(crate) clock: Arc<Clock>,
    pub(crate) machine: Machine,
    /// The file system as far as calls name paths in it. No real file is touched.
    pub(crate) files: FileTable,
    pub(crate) images: Images,
    objects: Objects,
    pub(crate) connections: Connections,
}

impl Host {
    /// A host of that hardware with nothing on it.
    pub(crate) fn new(hardware: Hardware, virtual_time: bool) -> Self {
        let clock = Clock::new(virtual_time);
        Self {
            domains: DomainTable::default(),
            machine: Machine::new(hardware, "omnivirt-test", clock.now()),
            clock: Arc::new(clock),
            files: FileTable::default(),
            images: Images::default(),
            objects: Objects::default(),
            connections: Connections::default(),
        }
    }

    /// The domain that a reference names.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn domain(&self, domain: &DomainRef) -> Result<Arc<DomainEntry>> {
        self.domains.by_uuid(domain.uuid).ok_or_else(|| no_domain("UUID", domain.uuid))
    }

    /// Emits what has this cause. Called where the state changes, while the object is locked.
    pub(crate) fn emit_for(&self, cause: &Cause, object: impl Into<ObjectRef>, body: impl Into<EventBody>) {
        self.connections.emit(object.into(), cause, body.into());
    }

    /// Memory that running domains take of the host's, in KiB.
    pub(crate) fn guests_memory_kib(&self) -> u64 {
        let active = self.domains.active();
        active
            .iter()
            .filter_map(|entry| entry.lock().ok())
            .map(|domain| domain.current().sizes.memory_kib)
            .sum()
    }
}
