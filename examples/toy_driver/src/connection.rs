//! One connection: all domains are its own, and go with it.

use crate::domains::Machine;
use async_trait::async_trait;
use omnivirt_core::events::EventBus;
use omnivirt_core::*;
use std::collections::HashMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Debug)]
pub(crate) struct ToyDriver {
    info: DriverInfo,
    bus: EventBus,
    machines: Mutex<HashMap<Uuid, Machine>>,
    /// The last number given to a running domain.
    pub(crate) last_id: AtomicU32,
}

pub(crate) fn open(request: &OpenRequest) -> Result<Arc<dyn Driver>> {
    Ok(Arc::new(ToyDriver {
        info: DriverInfo::new(crate::ENTRY.name, request.uri.without_secrets()),
        bus: EventBus::new(),
        machines: Mutex::default(),
        last_id: AtomicU32::new(0),
    }))
}

impl ToyDriver {
    /// The domains, locked. Whoever holds the lock does not await: so no call is ever half done.
    pub(crate) fn machines(&self) -> MutexGuard<'_, HashMap<Uuid, Machine>> {
        self.machines.lock().expect("nothing panics while the lock is held")
    }

    /// Says what happened to a domain, and that this call is the cause. To be called with the domains locked, so that the
    /// order of the events is that of the changes.
    pub(crate) fn emit(&self, cx: &CallCx, machine: &Machine, body: impl Into<event::EventBody>) {
        self.bus.emit(machine.reference(), cx.cause(), body);
    }
}

/// The families that this driver fills. Calls of all others answer `Unsupported` without a line of code.
impl Families for ToyDriver {
    fn configuration(&self) -> &dyn DomainConfigurationOps {
        self
    }

    fn lifecycle(&self) -> &dyn DomainLifecycleOps {
        self
    }

    fn lookup(&self) -> &dyn DomainLookupOps {
        self
    }
}

#[async_trait]
impl Driver for ToyDriver {
    fn info(&self) -> &DriverInfo {
        &self.info
    }

    fn events(&self) -> Option<&EventBus> {
        Some(&self.bus)
    }
}
