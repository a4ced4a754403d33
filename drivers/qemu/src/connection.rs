//! One connection to a root.

use crate::host::{self, Host};
use crate::options::Options;
use async_trait::async_trait;
use omnivirt_core::events::{Contained, EventBus};
use omnivirt_core::*;
use std::sync::Arc;

/// A connection to a root. Each family of calls is filled in a file of its own, in `domains/` or `host/`.
#[derive(Debug)]
pub(crate) struct QemuDriver {
    info: DriverInfo,
    pub(crate) host: Arc<Host>,
    bus: EventBus,
    /// What names this connection on its host.
    pub(crate) number: u64,
}

/// Opens the connection that a URI asks for.
pub(crate) async fn open(request: &OpenRequest) -> Result<Arc<dyn Driver>> {
    let options = Options::of(&request.uri)?;
    let host = host::open(&options).await?;
    let bus = EventBus::new();
    let number = host.connections.attach(&bus);
    let info = DriverInfo::new(crate::ENTRY.name, request.uri.without_secrets());
    Ok(Arc::new(QemuDriver { info, host, bus, number }))
}

/// Says which families are filled: all that are named here, each by a block of its own.
macro_rules! families {
    ($($accessor:ident: $family:ident,)*) => {
        impl Families for QemuDriver {
            $(fn $accessor(&self) -> &dyn $family {
                self
            })*
        }
    };
}

families! {
    bulk_statistics: DomainBulkStatisticsOps,
    configuration: DomainConfigurationOps,
    console: DomainConsoleOps,
    dump: DomainDumpOps,
    guest: DomainGuestOps,
    host_cpu: HostCpuOps,
    host_info: HostInfoOps,
    host_memory: HostMemoryOps,
    input: DomainInputOps,
    interfaces: DomainInterfaceOps,
    iothreads: DomainIothreadOps,
    jobs: DomainJobOps,
    lifecycle: DomainLifecycleOps,
    lookup: DomainLookupOps,
    memory: DomainMemoryOps,
    qemu: QemuOps,
    save: DomainSaveOps,
    statistics: DomainStatisticsOps,
    vcpus: DomainVcpuOps,
}

#[async_trait]
impl Driver for QemuDriver {
    fn info(&self) -> &DriverInfo {
        &self.info
    }

    fn events(&self) -> Option<&EventBus> {
        Some(&self.bus)
    }

    async fn event_register(&self, _: &CallCx, wanted: WantedEvents) -> Result<Registered> {
        let registered = wanted.register_with(&self.bus)?;
        // What has happened while nobody looked is told to the first who listens.
        self.host.tell_news();
        Ok(registered)
    }

    async fn domain_states(&self, _: &CallCx) -> Result<(Vec<DomainNow>, Contained)> {
        Ok(self.host.domains.states(&self.bus))
    }

    async fn close(&self) -> Result<()> {
        for end in self.host.disconnect(self.number) {
            // One that broke off has said so.
            let _ = end.await;
        }
        Ok(())
    }
}

impl Drop for QemuDriver {
    fn drop(&mut self) {
        // Nobody waits here: what is to end does so by itself.
        drop(self.host.disconnect(self.number));
    }
}
