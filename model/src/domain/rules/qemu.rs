//! The rules of QEMU.

mod addresses;
mod capabilities;
mod character_devices;
mod controllers;
mod cpu;
mod disk;
mod display;
mod elements;
mod filesystem;
mod hostdev;
mod interface;
mod iommu;
mod lent_devices;
mod machine;
mod memory_device;
mod prepare;
mod shared_memory;
mod small_devices;

pub use capabilities::{
    EmulatedArchitecture, EmulatedDomain, EmulatedMachine, GuestCapabilities, QemuCapabilities,
};
pub use machine::{Architecture, Machine, MachineFamily};

use super::{Fault, Hypervisor, sound};
use crate::domain::Domain;
use crate::domain::foreign::Foreign;
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
        let emulated = prepare::prepare(domain, &self.capabilities)?;
        // The program that runs the guest decides on its CPU, also where it is for another architecture.
        let path = domain.devices.emulator.as_deref().filter(|path| *path != emulated.emulator);
        let program = path.and_then(|path| self.capabilities.emulator(path)).unwrap_or(emulated);
        cpu::complete(domain, program);
        memory_device::align(domain)?;
        elements::complete(domain)?;
        domain.drop_foreign(Some(Foreign::Qemu));
        Ok(())
    }

    fn complete_devices(&self, domain: &mut Domain) -> Result<(), Fault> {
        memory_device::check_room(domain)?;
        disk::complete(domain);
        hostdev::complete(domain);
        lent_devices::complete(domain);
        interface::complete(domain);
        character_devices::complete(domain);
        display::complete(domain);
        small_devices::complete(domain)
    }

    fn add_devices(&self, domain: &mut Domain) -> Result<(), Fault> {
        controllers::add_default(domain)?;
        character_devices::update_console(&mut domain.devices);
        display::add_audio(&mut domain.devices);
        small_devices::add(domain);
        Ok(())
    }

    fn assign_addresses(&self, domain: &mut Domain) -> Result<(), Fault> {
        controllers::complete_models(domain)?;
        addresses::assign(domain)?;
        character_devices::update_console(&mut domain.devices);
        Ok(())
    }

    fn check(&self, domain: &Domain) -> Result<(), Fault> {
        addresses::check(domain)?;
        iommu::check(domain)?;
        controllers::check(domain)?;
        if let Some(emulated) = self.capabilities.architecture(Machine::of(domain).architecture) {
            elements::check(domain, emulated)?;
        }
        cpu::check(domain)?;
        disk::check(domain)?;
        hostdev::check(domain)?;
        filesystem::check(domain)?;
        lent_devices::check(domain)?;
        memory_device::check(domain)?;
        interface::check(&domain.devices)?;
        character_devices::check(domain)?;
        display::check(domain)?;
        small_devices::check(domain)?;
        super::small_devices::check(&domain.devices)?;
        sound::check_references(&domain.devices)
    }
}
