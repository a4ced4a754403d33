//! One connection to a simulated host.

use crate::host::Host;
use crate::options::Options;
use crate::simulation::{Faults, Simulation};
use async_trait::async_trait;
use omnivirt_core::events::{Contained, EventBus};
use omnivirt_core::layer::layered;
use omnivirt_core::*;
use std::sync::Arc;
use std::time::Duration;

/// A connection to a simulated host. Each family of calls is filled in a file of its own, in `domains/` or `host/`.
#[derive(Debug)]
pub(crate) struct TestDriver {
    info: DriverInfo,
    pub(crate) host: Arc<Host>,
    bus: EventBus,
    /// What names this connection on its host.
    pub(crate) number: u64,
    /// How long each call waits; each step of a job too.
    pub(crate) latency: Duration,
    pub(crate) faults: Arc<Faults>,
}

/// Opens the connection that a URI asks for.
pub(crate) async fn open(request: &OpenRequest) -> Result<Arc<dyn Driver>> {
    let options = Options::of(&request.uri)?;
    let host = Host::open(&request.uri, &options)?;
    let faults = Arc::new(Faults::default());
    faults.set(&options.faults, options.seed)?;
    let bus = EventBus::new();
    let driver: Arc<dyn Driver> = Arc::new(TestDriver {
        info: DriverInfo::new(crate::ENTRY.name, request.uri.without_secrets()),
        number: host.attach(&bus),
        host: host.clone(),
        bus,
        latency: options.latency,
        faults: faults.clone(),
    });
    Ok(layered(driver, Simulation { host, latency: options.latency, faults }))
}

impl Families for TestDriver {
    fn configuration(&self) -> &dyn DomainConfigurationOps {
        self
    }

    fn jobs(&self) -> &dyn DomainJobOps {
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
impl Driver for TestDriver {
    fn info(&self) -> &DriverInfo {
        &self.info
    }

    fn events(&self) -> Option<&EventBus> {
        Some(&self.bus)
    }

    async fn domain_states(&self, _: &CallCx) -> Result<(Vec<DomainNow>, Contained)> {
        // The number comes first: a domain is in the table before its first event has one.
        let mut contained = Contained::up_to(self.bus.last_seq());
        let entries = self.host.domains.all();
        let mut states = Vec::with_capacity(entries.len());
        for entry in entries {
            // One that has gone meanwhile is not there any more; the stream tells of its end.
            let Ok(domain) = entry.lock() else { continue };
            let reference = domain.reference();
            let object_seq = self.bus.object_seq(&reference.clone().into());
            contained = contained.object(reference.clone(), object_seq);
            let state = DomainStateInfo::default().state(domain.state).reason(domain.reason);
            states.push(DomainNow::new(reference, state, domain.is_persistent()));
        }
        Ok((states, contained))
    }

    async fn close(&self) -> Result<()> {
        self.host.detach(self.number);
        Ok(())
    }
}

impl Drop for TestDriver {
    fn drop(&mut self) {
        self.host.detach(self.number);
    }
}
