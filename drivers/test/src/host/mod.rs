//! What is there once per simulated host.
//!
//! Locks: a domain's own lock comes first, the locks in here are taken last, for one look-up or one entry each, and
//! nothing else is taken while one is held. No lock is held across an `.await`.

mod clock;
mod files;

use crate::domains::table::{DomainEntry, DomainTable, no_domain};
use crate::options::Options;
pub(crate) use clock::Clock;
pub(crate) use files::{FileTable, SimulatedFile};
use omnivirt_core::event::{Cause, EventBody};
use omnivirt_core::events::EventBus;
use omnivirt_core::*;
use parking_lot::{Mutex, RwLock};
use std::sync::Arc;

/// A simulated host.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) domains: DomainTable,
    pub(crate) clock: Clock,
    /// The file system as far as calls name paths in it. No real file is touched.
    pub(crate) files: FileTable,
    connections: RwLock<Connections>,
}

#[derive(Debug, Default)]
struct Connections {
    last: u64,
    buses: Vec<(u64, EventBus)>,
}

impl Host {
    /// A host of the connection's own, or the shared one that the options name.
    pub(crate) fn open(uri: &ConnectUri, options: &Options) -> Result<Arc<Self>> {
        let _ = uri;
        Ok(Arc::new(Self::new(options.virtual_time)))
    }

    /// A host with nothing on it.
    pub(crate) fn new(virtual_time: bool) -> Self {
        Self {
            domains: DomainTable::default(),
            clock: Clock::new(virtual_time),
            files: FileTable::default(),
            connections: RwLock::default(),
        }
    }

    /// Lets a connection's bus receive the host's events. Returns what names the connection here.
    pub(crate) fn attach(&self, bus: &EventBus) -> u64 {
        let mut connections = self.connections.write();
        connections.last += 1;
        let number = connections.last;
        connections.buses.push((number, bus.clone()));
        number
    }

    /// Ends what [`Host::attach`] began, and the domains that were started to live as long as the connection.
    pub(crate) fn detach(&self, connection: u64) {
        self.connections.write().buses.retain(|(number, _)| *number != connection);
    }

    /// The domain that a reference names.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub(crate) fn domain(&self, domain: &DomainRef) -> Result<Arc<DomainEntry>> {
        self.domains.by_uuid(domain.uuid).ok_or_else(|| no_domain("UUID", domain.uuid))
    }

    /// Emits what a call brought about. Called where the state changes, while the domain is locked.
    pub(crate) fn emit(&self, cx: &CallCx, object: impl Into<ObjectRef>, body: impl Into<EventBody>) {
        self.emit_for(&cx.cause(), object, body);
    }

    /// Emits what something else than a call brought about, or a call whose cause is at hand.
    pub(crate) fn emit_for(&self, cause: &Cause, object: impl Into<ObjectRef>, body: impl Into<EventBody>) {
        let (object, body) = (object.into(), body.into());
        for (_, bus) in &self.connections.read().buses {
            bus.emit(Some(object.clone()), cause.clone(), body.clone());
        }
    }
}
