//! Past the driver: what only containers have.

use super::values::read;
use crate::connection::TestDriver;
use omnivirt_core::*;
use std::fs::File;
use std::os::fd::OwnedFd;

/// The namespaces that are opened, in the order in which `setns` enters them.
const NAMESPACES: [&str; 5] = ["user", "ipc", "uts", "net", "mnt"];

#[driver_ops]
impl LxcOps for TestDriver {
    async fn lxc_open_namespaces(&self, _: &CallCx, domain: &DomainRef) -> Result<Vec<OwnedFd>> {
        let entry = self.host.domain(domain)?;
        let mut domain = entry.lock()?;
        let config = &domain.run()?.configuration.config;
        if read(config.root(), "os/type").as_deref() != Some("exe") {
            return Err(Error::new(
                ErrorKind::InvalidState,
                "the domain is no container, and has no namespaces",
            )
            .with_hint("a container is defined with <os><type>exe</type></os>"));
        }
        // A simulated container runs in this very process.
        NAMESPACES
            .iter()
            .map(|name| {
                let path = format!("/proc/self/ns/{name}");
                File::open(&path).map(Into::into).map_err(|error| {
                    Error::new(ErrorKind::System, format!("cannot open {path}: {error}")).with_source(error)
                })
            })
            .collect()
    }
}
