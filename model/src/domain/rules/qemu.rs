//! The rules of QEMU.

use super::{Fault, Hypervisor};
use crate::domain::Domain;

/// The rules of QEMU.
#[derive(Debug, Clone, Default)]
pub struct QemuHypervisor {}

impl Hypervisor for QemuHypervisor {
    fn prepare(&self, _domain: &mut Domain) -> Result<(), Fault> {
        Ok(())
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
