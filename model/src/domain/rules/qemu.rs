//! The rules of QEMU.

mod capabilities;
mod machine;
mod prepare;

pub use capabilities::{
    EmulatedArchitecture, EmulatedDomain, EmulatedMachine, GuestCapabilities, QemuCapabilities,
};
pub use machine::{Architecture, Machine, MachineFamily};

use super::{Fault, Hypervisor};
use crate::domain::Domain;
use std::sync::Arc;

/// The rules of QEMU.
#[derive(Debug, Clone)]
pub struct QemuHypervisor {
    /// What the host's QEMU programs can do.
    capabilities: Arc<QemuCapabilities>,
}

impl QemuHypervisor {
    /// The rules on a host with these programs.
    #[must_use]
    pub fn new(capabilities: Arc<QemuCapabilities>) -> Self {
        Self { capabilities }
    }
}

/// On a host with QEMU 7.2, as Debian 12 has it.
impl Default for QemuHypervisor {
    fn default() -> Self {
        Self::new(QemuCapabilities::debian_12())
    }
}

impl Hypervisor for QemuHypervisor {
    fn prepare(&self, domain: &mut Domain) -> Result<(), Fault> {
        prepare::prepare(domain, &self.capabilities)
    }

    fn complete_devices(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn add_devices(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn assign_addresses(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
    }

    fn check(&self, _domain: &Domain) -> Result<(), Fault> {
        Ok(())
    }
}
