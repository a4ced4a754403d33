//! Type of domain, architecture, machine and emulator.

use super::capabilities::{EmulatedArchitecture, QemuCapabilities};
use super::machine::Architecture;
use crate::document::{DocumentErrorKind, TextValue};
use crate::domain::rules::Fault;
use crate::domain::{Domain, Os, OsType};

/// Fills in architecture, machine and emulator, and refuses those that the host does not have.
pub(super) fn prepare<'a>(
    domain: &mut Domain,
    capabilities: &'a QemuCapabilities,
) -> Result<&'a EmulatedArchitecture, Fault> {
    if domain.bootloader.is_some() {
        let message = "QEMU starts no boot loader of the host";
        return Err(Fault::new(DocumentErrorKind::Unsupported, "bootloader", message)
            .hint("leave it out, or use <kernel> in <os>"));
    }
    let domain_type = domain.domain_type.to_string();
    let os_type = domain.os.get_or_insert_with(Os::default).os_type.get_or_insert_with(OsType::default);
    let architecture = match os_type.arch.as_deref() {
        Some(arch) => Architecture::from_text(arch).map_err(|problem| Fault::of(problem, "os/type/@arch"))?,
        None => Architecture::X86_64,
    };
    let is_given = os_type.arch.is_some();
    let emulated = emulated(capabilities, architecture, is_given, domain.devices.emulator.as_deref())?;
    if os_type.name != "hvm" {
        let message = format!("{} runs no guests of type '{}'", emulated.emulator, os_type.name);
        return Err(Fault::new(DocumentErrorKind::Unsupported, "os/type", message).hint("write hvm"));
    }
    if !emulated.runs(&domain_type) {
        // It is known to libvirt's QEMU driver, but not to this host.
        let kind = match domain_type.as_str() {
            "hvf" if os_type.machine.is_none() => DocumentErrorKind::InvalidArgument,
            _ => DocumentErrorKind::Unsupported,
        };
        let message = format!("{} runs no domains of type '{domain_type}'", emulated.emulator);
        return Err(Fault::new(kind, "@type", message).hint("use kvm or qemu"));
    }
    let machine = os_type.machine.as_deref().or(emulated.default_machine()).unwrap_or_default();
    let canonical = emulated.machine(machine).and_then(|machine| machine.canonical.as_deref());
    os_type.machine = Some(canonical.unwrap_or(machine).to_owned());
    os_type.arch = Some(architecture.as_str().to_owned());
    domain.devices.emulator.get_or_insert_with(|| emulated.emulator.clone());
    Ok(emulated)
}

fn emulated<'a>(
    capabilities: &'a QemuCapabilities,
    architecture: Architecture,
    is_given: bool,
    emulator: Option<&str>,
) -> Result<&'a EmulatedArchitecture, Fault> {
    let own = capabilities.architecture(architecture);
    match emulator {
        None => own.ok_or_else(|| {
            let message = format!("the host has no emulator for {architecture}");
            Fault::new(DocumentErrorKind::Unsupported, "os/type/@arch", message)
        }),
        Some(path) => {
            // One program can be for several architectures.
            if let Some(own) = own.filter(|own| own.emulator == path) {
                return Ok(own);
            }
            let emulates = |name: Architecture| match architecture {
                Architecture::I686 => name == Architecture::X86_64,
                Architecture::Armv6l | Architecture::Armv7l => name == Architecture::Aarch64,
                _ => false,
            };
            match capabilities.emulator(path) {
                Some(other) if emulates(other.name) => Ok(own.unwrap_or(other)),
                // Where no architecture is given, it is the host's in any case.
                Some(other) if !is_given => Ok(other),
                Some(_) => {
                    let message = format!("'{path}' does not emulate {architecture}");
                    Err(Fault::new(DocumentErrorKind::Unsupported, "devices/emulator", message))
                }
                None => {
                    let message = format!("'{path}' is no emulator of this host");
                    Err(Fault::new(DocumentErrorKind::System, "devices/emulator", message)
                        .hint("leave <emulator> out"))
                }
            }
        }
    }
}
