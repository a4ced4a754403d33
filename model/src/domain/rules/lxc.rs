//! The rules of containers through libvirt's LXC driver.

use super::{Fault, Hypervisor};
use crate::domain::Domain;

/// The rules of containers through libvirt's LXC driver.
#[derive(Debug, Clone, Default)]
pub struct LxcHypervisor {}

impl Hypervisor for LxcHypervisor {
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
