//! Host devices, file systems, shared memory and memory devices of QEMU.

use crate::document::DocumentErrorKind::Unsupported;
use crate::document::{OnOff, YesNo};
use crate::domain::Domain;
use crate::domain::devices::filesystem::{AccessMode, Filesystem, FilesystemSource};
use crate::domain::devices::hostdev::{Hostdev, HostdevDevice, HostdevMode, MediatedModel};
use crate::domain::devices::memory_device::MemoryModel;
use crate::domain::devices::shared_memory::{SharedMemory, SharedMemoryModelName};
use crate::domain::devices::{Devices, MemoryDevice};
use crate::domain::rules::{Fault, memory_device};

/// Fills in what QEMU needs.
pub(super) fn complete(domain: &mut Domain) {
    for memory in &mut domain.devices.shared_memories {
        if let Some(interrupts) = &mut memory.interrupts {
            interrupts.io_event.get_or_insert(OnOff::On);
        }
        let is_plain = model_of(memory) == Some(SharedMemoryModelName::IvshmemPlain);
        if is_plain && memory.size.is_none() {
            memory.size = Some(crate::document::MebibyteSize::from_mebibytes(4));
        }
    }
    for hostdev in &mut domain.devices.hostdevs {
        if let HostdevMode::Subsystem(subsystem) = &mut hostdev.mode
            && let HostdevDevice::Mediated(mediated) = &mut subsystem.device
            && mediated.model == MediatedModel::VfioPci
        {
            mediated.display.get_or_insert(OnOff::Off);
        }
    }
}

fn model_of(memory: &SharedMemory) -> Option<SharedMemoryModelName> {
    memory.model.as_ref().and_then(|model| model.model)
}

/// Refuses what QEMU cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let Devices { hostdevs, filesystems, shared_memories, memory_devices, smartcards, .. } = &domain.devices;
    let place = |kind: &str, index: usize| format!("devices/{kind}[{}]", index + 1);
    for (index, hostdev) in hostdevs.iter().enumerate() {
        check_hostdev(hostdev).map_err(|fault| fault.within(&place("hostdev", index)))?;
    }
    for (index, filesystem) in filesystems.iter().enumerate() {
        check_filesystem(filesystem).map_err(|fault| fault.within(&place("filesystem", index)))?;
    }
    for (index, memory) in shared_memories.iter().enumerate() {
        check_shared(memory).map_err(|fault| fault.within(&place("shmem", index)))?;
    }
    for (index, device) in memory_devices.iter().enumerate() {
        check_memory(domain, device).map_err(|fault| fault.within(&place("memory", index)))?;
    }
    if smartcards.len() > 1 {
        return Err(Fault::new(Unsupported, "devices/smartcard[2]", "there is one reader of smart cards"));
    }
    Ok(())
}

fn check_hostdev(hostdev: &Hostdev) -> Result<(), Fault> {
    let HostdevMode::Subsystem(subsystem) = &hostdev.mode else {
        return Err(Fault::new(Unsupported, "@mode", "QEMU gives a guest devices alone"));
    };
    match &subsystem.device {
        HostdevDevice::Pci(pci) => {
            let filtering = pci.source.as_ref().and_then(|source| source.write_filtering);
            if filtering == Some(YesNo::No) {
                let message = "QEMU always filters what is written to the configuration";
                return Err(Fault::new(Unsupported, "source/@writeFiltering", message));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn check_filesystem(filesystem: &Filesystem) -> Result<(), Fault> {
    if !matches!(filesystem.source, FilesystemSource::Mount(_)) {
        return Err(Fault::new(Unsupported, "@type", "QEMU has file systems of the type mount alone"));
    }
    let has_modes = filesystem.file_mode.is_some() || filesystem.directory_mode.is_some();
    if has_modes && filesystem.access_mode != Some(AccessMode::Mapped) {
        return Err(Fault::new(Unsupported, "@fmode", "rights are for the access mode mapped"));
    }
    Ok(())
}

fn check_shared(memory: &SharedMemory) -> Result<(), Fault> {
    let has_server = memory.server.is_some();
    let wrong = match model_of(memory) {
        Some(SharedMemoryModelName::IvshmemPlain) if has_server => "shared memory alone has no server",
        Some(SharedMemoryModelName::IvshmemDoorbell) if !has_server => "guests wake each other through a server",
        Some(SharedMemoryModelName::IvshmemDoorbell) if memory.size.is_some() => "the server says how much it is",
        Some(SharedMemoryModelName::Ivshmem) | None => "QEMU does not know the old model any longer",
        Some(_) => return Ok(()),
    };
    Err(Fault::new(Unsupported, "model", wrong))
}

fn check_memory(domain: &Domain, device: &MemoryDevice) -> Result<(), Fault> {
    if matches!(device.model, MemoryModel::SgxEpc(_)) {
        return Err(Fault::new(Unsupported, "@model", "QEMU does not know memory of SGX here"));
    }
    if domain.max_memory.is_none() {
        return Err(Fault::new(Unsupported, "", "there is no room for memory devices")
            .hint("say in <maxMemory> how much memory there can be"));
    }
    let is_on_node = !matches!(device.model, MemoryModel::VirtioPmem(_));
    if is_on_node && memory_device::node(&device.model).is_none() {
        return Err(Fault::new(Unsupported, "target", "it is not said on which node of the guest the memory is"));
    }
    Ok(())
}
