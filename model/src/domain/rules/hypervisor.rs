//! What differs between hypervisors.

use super::fault::Fault;
use crate::domain::Domain;
use std::fmt::Debug;

/// What a hypervisor adds to a domain and what it refuses. The steps are taken in the order in which they stand here.
pub trait Hypervisor: Debug + Send + Sync {
    /// Decides on the machine: type of domain, architecture, machine type, emulator, and what of the domain's own
    /// elements depends on them.
    ///
    /// # Errors
    ///
    /// There is no such machine.
    fn prepare(&self, domain: &mut Domain) -> Result<(), Fault>;

    /// Fills in what each device leaves open.
    ///
    /// # Errors
    ///
    /// A device cannot be had.
    fn complete_devices(&self, domain: &mut Domain) -> Result<(), Fault>;

    /// Adds the devices that the machine has in any case, and those that others need.
    ///
    /// # Errors
    ///
    /// There is no place for one.
    fn add_devices(&self, domain: &mut Domain) -> Result<(), Fault>;

    /// Gives each device an address.
    ///
    /// # Errors
    ///
    /// An address is taken, cannot be, or none is left.
    fn assign_addresses(&self, domain: &mut Domain) -> Result<(), Fault>;

    /// Refuses what the hypervisor cannot do.
    ///
    /// # Errors
    ///
    /// What it cannot do.
    fn check(&self, domain: &Domain) -> Result<(), Fault>;
}
