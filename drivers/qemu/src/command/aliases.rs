//! The names by which QEMU, events and calls know the devices of a run.

use omnivirt_core::document::TextValue;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::character_device::ConsoleTargetType;
use omnivirt_core::domain::devices::controller::ControllerBus;
use omnivirt_core::domain::devices::disk::DiskBus;
use omnivirt_core::domain::devices::memory_device::MemoryModel;
use omnivirt_core::domain::devices::{Controller, DeviceInfo, Devices, Disk};
use omnivirt_core::domain::rules::qemu::Machine;
use std::collections::HashSet;

/// Names every device that has no name.
pub(crate) fn assign_aliases(domain: &mut Domain) {
    let is_express = Machine::of(domain).has_pcie_root();
    let built_in = Machine::of(domain).has_built_in_ide();
    let devices = &mut domain.devices;
    let mut taken = Taken::default();
    taken.note(devices);
    for disk in &mut devices.disks {
        let name = of_disk(disk);
        taken.give(&mut disk.info, name);
    }
    for controller in &mut devices.controllers {
        let name = of_controller(controller, is_express, built_in);
        // Companions of a USB controller share its name's number, and the name is still one for each.
        taken.give(&mut controller.info, name);
    }
    macro_rules! numbered {
        ($($list:ident: $stem:literal,)*) => {
            $(for (number, device) in devices.$list.iter_mut().enumerate() {
                taken.give(&mut device.info, format!(concat!($stem, "{}"), number));
            })*
        };
    }
    numbered! {
        filesystems: "fs",
        interfaces: "net",
        smartcards: "smartcard",
        serials: "serial",
        parallels: "parallel",
        channels: "channel",
        inputs: "input",
        tpms: "tpm",
        sounds: "sound",
        videos: "video",
        hostdevs: "hostdev",
        redirected_devices: "redir",
        hubs: "hub",
        watchdogs: "watchdog",
        memory_balloons: "balloon",
        random_generators: "rng",
        panics: "panic",
        shared_memories: "shmem",
        vsocks: "vsock",
        cryptos: "crypto",
    }
    for (number, console) in devices.consoles.iter_mut().enumerate() {
        let is_serial = console
            .target
            .as_ref()
            .is_none_or(|target| target.target_type.is_none_or(|sort| sort == ConsoleTargetType::Serial));
        // The first is the first serial port, told once more.
        match devices.serials.first().filter(|_| is_serial && number == 0) {
            Some(serial) => console.info.alias = serial.info.alias.clone(),
            None => taken.give(&mut console.info, format!("console{number}")),
        }
    }
    for (number, memory) in devices.memory_devices.iter_mut().enumerate() {
        let stem = match memory.model {
            MemoryModel::Nvdimm(_) => "nvdimm",
            MemoryModel::VirtioMem(_) => "virtiomem",
            MemoryModel::VirtioPmem(_) => "virtiopmem",
            MemoryModel::SgxEpc(_) => "epc",
            _ => "dimm",
        };
        taken.give(&mut memory.info, format!("{stem}{number}"));
    }
    if let Some(iommu) = &mut devices.iommu {
        taken.give(&mut iommu.info, "iommu0".to_owned());
    }
}

/// The names that are in use.
#[derive(Debug, Default)]
struct Taken(HashSet<String>);

impl Taken {
    fn note(&mut self, devices: &Devices) {
        let named = |info: &DeviceInfo| info.alias.as_ref().and_then(|alias| alias.name.clone());
        self.0.extend(devices.disks.iter().filter_map(|disk| named(&disk.info)));
        self.0.extend(devices.interfaces.iter().filter_map(|interface| named(&interface.info)));
        self.0.extend(devices.controllers.iter().filter_map(|controller| named(&controller.info)));
    }

    fn give(&mut self, info: &mut DeviceInfo, name: String) {
        if info.alias.as_ref().is_some_and(|alias| alias.name.is_some()) {
            return;
        }
        let mut free = name.clone();
        let mut number = 1;
        while !self.0.insert(free.clone()) {
            free = format!("{name}.{number}");
            number += 1;
        }
        info.alias.get_or_insert_default().name = Some(free);
    }
}

fn of_disk(disk: &Disk) -> String {
    let bus = disk.target.as_ref().and_then(|target| target.bus).unwrap_or(DiskBus::Virtio);
    let place = disk.target.as_ref().and_then(|target| target.name.index()).unwrap_or(0);
    let prefix = bus.to_text();
    match (&disk.info.address, bus) {
        (Some(Address::Drive(drive)), DiskBus::Scsi) => {
            let part = |value: Option<u32>| value.unwrap_or(0);
            format!(
                "scsi{}-{}-{}-{}",
                part(drive.controller),
                part(drive.bus),
                part(drive.target),
                part(drive.unit)
            )
        }
        (Some(Address::Drive(drive)), DiskBus::Ide | DiskBus::Sata | DiskBus::Fdc) => {
            let part = |value: Option<u32>| value.unwrap_or(0);
            format!("{prefix}{}-{}-{}", part(drive.controller), part(drive.bus), part(drive.unit))
        }
        _ => format!("{prefix}-disk{place}"),
    }
}

fn of_controller(controller: &Controller, is_express: bool, has_built_in_ide: bool) -> String {
    let index = controller.index.unwrap_or(0);
    match &controller.bus {
        ControllerBus::Pci(_) if index == 0 && is_express => "pcie.0".to_owned(),
        ControllerBus::Pci(_) => format!("pci.{index}"),
        ControllerBus::Usb(_) if index == 0 => "usb".to_owned(),
        ControllerBus::Usb(_) => format!("usb{index}"),
        ControllerBus::Ide(_) if index == 0 && has_built_in_ide => "ide".to_owned(),
        ControllerBus::Ide(_) => format!("ide{index}"),
        ControllerBus::Sata(_) if index == 0 && is_express => "ide".to_owned(),
        ControllerBus::Sata(_) => format!("sata{index}"),
        ControllerBus::Scsi(_) => format!("scsi{index}"),
        ControllerBus::Floppy(_) => format!("fdc{index}"),
        ControllerBus::VirtioSerial(_) => format!("virtio-serial{index}"),
        ControllerBus::Ccid(_) => format!("ccid{index}"),
        ControllerBus::XenBus(_) => format!("xenbus{index}"),
        ControllerBus::Isa(_) => format!("isa{index}"),
        _ => format!("controller{index}"),
    }
}
