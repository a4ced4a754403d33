//! One connection to a simulated host.

use crate::host::{self, Host};
use crate::options::Options;
use crate::simulation::{Faults, Simulation};
use async_trait::async_trait;
use omnivirt_core::event::CloseReason;
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
    let faults = Arc::new(Faults::default());
    faults.set(&options.faults, options.seed).map_err(|error| {
        Error::new(
            ErrorKind::InvalidUri,
            format!("the URI parameter 'faults' makes no sense: {}", error.message()),
        )
        .with_source(error)
    })?;
    let bus = |host: &Host| {
        let clock = host.clock.clone();
        EventBus::with_clock(move || clock.now())
    };
    let (host, bus, number) = host::open(&request.uri, &options, bus).await?;
    let driver: Arc<dyn Driver> = Arc::new(TestDriver {
        info: DriverInfo::new(crate::ENTRY.name, request.uri.without_secrets()),
        host: host.clone(),
        bus,
        number,
        latency: options.latency,
        faults: faults.clone(),
    });
    Ok(layered(driver, Simulation { host, latency: options.latency, faults }))
}

/// Says which families are filled: all that are named here, each by a block of its own.
macro_rules! families {
    ($($accessor:ident: $family:ident,)*) => {
        impl Families for TestDriver {
            $(fn $accessor(&self) -> &dyn $family {
                self
            })*
        }
    };
}

families! {
    backup: DomainBackupOps,
    block_jobs: DomainBlockJobOps,
    block_tuning: DomainBlockTuningOps,
    bulk_statistics: DomainBulkStatisticsOps,
    checkpoints: CheckpointOps,
    configuration: DomainConfigurationOps,
    console: DomainConsoleOps,
    devices: DomainDeviceOps,
    dump: DomainDumpOps,
    guest: DomainGuestOps,
    host_cpu: HostCpuOps,
    host_info: HostInfoOps,
    host_memory: HostMemoryOps,
    host_objects: HostObjectsOps,
    input: DomainInputOps,
    interfaces: DomainInterfaceOps,
    iothreads: DomainIothreadOps,
    jobs: DomainJobOps,
    lifecycle: DomainLifecycleOps,
    lookup: DomainLookupOps,
    lxc: LxcOps,
    memory: DomainMemoryOps,
    migration: DomainMigrationOps,
    qemu: QemuOps,
    save: DomainSaveOps,
    scheduler: DomainSchedulerOps,
    security: DomainSecurityOps,
    simulator: SimulatorOps,
    snapshots: SnapshotOps,
    statistics: DomainStatisticsOps,
    vcpus: DomainVcpuOps,
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
        Ok(self.host.domains.states(&self.bus))
    }

    async fn close(&self) -> Result<()> {
        self.host.disconnect(self.number);
        Ok(())
    }
}

impl TestDriver {
    /// Ends the connection's events, as losing the connection would.
    pub(crate) async fn end_events(&self, reason: CloseReason) {
        self.host.disconnect(self.number);
        self.bus.close(reason).await;
    }
}

impl Drop for TestDriver {
    fn drop(&mut self) {
        self.host.disconnect(self.number);
    }
}
