//! What a hypervisor adds to a domain's document, and what it refuses: the step behind reading.
//!
//! [`complete`] makes a domain as it was written into one with everything that it leaves open: names of targets,
//! controllers, addresses, defaults. What is the same for every hypervisor is here, in one file for each part of the
//! document; the rest is asked of the [`Hypervisor`].

mod addresses;
mod character_devices;
mod clock;
mod controllers;
mod cpu;
mod cpu_tune;
mod device_info;
mod disk;
mod elements;
mod fault;
mod features;
mod filesystem;
mod graphics;
mod hostdev;
mod hypervisor;
mod input;
mod interface;
mod iommu;
mod lent_devices;
mod lxc;
mod memory;
mod memory_device;
mod numa;
mod os;
pub mod qemu;
mod resources;
mod security;
mod small_devices;
mod sound;
mod sysinfo;
mod test;
mod vcpus;
mod video;

pub use fault::Fault;
pub use hypervisor::Hypervisor;
pub use lxc::LxcHypervisor;
pub use qemu::QemuHypervisor;
pub use test::TestHypervisor;

use super::{Domain, DomainConfig};
use crate::document::DocumentError;

/// Completes and checks a domain, as defining it does.
///
/// # Errors
///
/// The domain contradicts itself, or the hypervisor cannot have it.
pub fn complete(domain: &mut Domain, hypervisor: &dyn Hypervisor) -> Result<(), Fault> {
    elements::complete(domain)?;
    device_info::complete(&mut domain.devices)?;
    addresses::complete(domain)?;
    controllers::number(domain)?;
    interface::complete(&mut domain.devices)?;
    character_devices::complete(&mut domain.devices)?;
    graphics::complete(&mut domain.devices)?;
    sound::complete(&mut domain.devices)?;
    video::prepare(&mut domain.devices)?;
    small_devices::complete(&mut domain.devices)?;
    let places = disk::complete(&mut domain.devices)?;
    complete_ordered(domain, hypervisor).map_err(|fault| fault.with_places("devices/disk", &places))
}

/// What is left when the disks are in their order.
fn complete_ordered(domain: &mut Domain, hypervisor: &dyn Hypervisor) -> Result<(), Fault> {
    filesystem::complete(&mut domain.devices.filesystems)?;
    hostdev::complete(&mut domain.devices)?;
    lent_devices::complete(&mut domain.devices)?;
    memory_device::complete(&mut domain.devices.memory_devices)?;
    disk::check(&domain.devices.disks, &domain.devices.hostdevs)?;
    hypervisor.prepare(domain)?;
    memory_device::check_total(domain)?;
    memory::complete_current(domain);
    character_devices::match_console_and_serial(domain)?;
    video::add(&mut domain.devices);
    hypervisor.complete_devices(domain)?;
    hypervisor.add_devices(domain)?;
    controllers::add_needed(domain)?;
    hypervisor.assign_addresses(domain)?;
    device_info::check_aliases(&domain.devices)?;
    iommu::check(domain)?;
    addresses::check_unassigned(&domain.devices)?;
    hypervisor.check(domain)?;
    lent_devices::check(domain)?;
    memory_device::check(domain)
}

impl DomainConfig {
    /// The domain as a hypervisor would have it: with everything that the document leaves open.
    ///
    /// # Errors
    ///
    /// As [`complete`]; places are those in this document.
    pub fn completed(&self, hypervisor: &dyn Hypervisor) -> Result<Domain, DocumentError> {
        let mut domain = self.typed();
        complete(&mut domain, hypervisor).map_err(|fault| fault.in_document(self.root()))?;
        Ok(domain)
    }
}
