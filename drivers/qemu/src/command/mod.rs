//! QEMU's command line, made of a completed domain.
//!
//! [`build`] goes through the domain once and in the order in which QEMU makes things: the machine, its CPUs and memory, the
//! controllers, then each kind of device, one file for each. What a document asks for and cannot be had is refused by the name of
//! its element. Nothing here does I/O: what has to be opened, written or said to QEMU once it runs is in the [`CommandLine`].

mod address;
mod alias;
mod arguments;
mod boot;
mod clock;
mod context;
mod cpu;
mod devices;
mod disks;
mod environment;
mod extra;
mod firmware;
mod firmware_choice;
mod firmware_descriptor;
mod kernel;
mod keyed;
mod line;
mod machine;
mod memory;
mod native;
mod numa;
mod ports;
mod power;
mod properties;
mod refusal;
mod sandbox;
mod smbios;
#[cfg(test)]
mod tests;
mod vcpus;

pub(crate) use alias::assign_aliases;
pub(crate) use context::{Context, ProgramFacts};
pub(crate) use firmware_choice::choose_firmware;
pub(crate) use firmware_descriptor::FirmwareDescriptor;
pub(crate) use line::{CommandLine, Helper, MonitorCommand, PassedFile, SecretContent, Tap, TapSource};
pub(crate) use native::native;
pub(crate) use ports::assign_ports;

use arguments::{Arguments, Purpose};
use omnivirt_core::Result;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::rules::qemu::Machine;

/// Makes the command line that runs a domain. The domain is complete, and its devices have aliases.
///
/// # Errors
///
/// `ConfigUnsupported` for what the document asks for and QEMU, or this driver, cannot do.
pub(crate) fn build(domain: &Domain, context: &Context<'_>) -> Result<CommandLine> {
    build_for(domain, context, Purpose::Start)
}

/// Whether the domain is for a mainframe.
fn machine_is_mainframe(domain: &Domain) -> bool {
    Machine::of(domain).architecture.is_s390()
}

fn build_for(domain: &Domain, context: &Context<'_>, purpose: Purpose) -> Result<CommandLine> {
    let mut arguments = Arguments::new(domain, context, purpose)?;
    refusal::check(&arguments)?;
    arguments.start();
    machine::add(&mut arguments)?;
    cpu::add(&mut arguments)?;
    memory::add(&mut arguments)?;
    vcpus::add(&mut arguments)?;
    numa::add(&mut arguments)?;
    smbios::add(&mut arguments)?;
    arguments.monitor();
    clock::add(&mut arguments)?;
    power::add(&mut arguments)?;
    boot::add(&mut arguments)?;
    kernel::add(&mut arguments)?;
    devices::add(&mut arguments)?;
    extra::add(&mut arguments)?;
    sandbox::add(&mut arguments)?;
    Ok(arguments.finish(environment::of(domain, context)))
}
