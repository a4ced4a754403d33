//! The rules of the test driver, which takes nearly everything and adds nearly nothing.

use super::{Fault, Hypervisor};
use crate::domain::Domain;

/// The rules of the test driver, which takes nearly everything and adds nearly nothing.
#[derive(Debug, Clone, Default)]
pub struct TestHypervisor {}

impl Hypervisor for TestHypervisor {
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
