//! The names by which QEMU and events know the devices of a running domain.

use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::address::Address;
use omnivirt_core::domain::devices::controller::{ControllerBus, PciModel};
use omnivirt_core::domain::devices::disk::DiskBus;
use omnivirt_core::domain::devices::interface::InterfaceType;
use omnivirt_core::domain::devices::memory_device::MemoryModel;
use omnivirt_core::domain::devices::{Alias, Controller, DeviceInfo, Devices, Disk, MemoryDevice};
use omnivirt_core::domain::rules::qemu::{Machine, MachineFamily};
use std::collections::HashSet;

/// Gives each device that has no alias one of libvirt's: `virtio-disk0`, `ide0-0-0`, `net0`, `serial0`, `pci.1` ….
pub(crate) fn assign_aliases(domain: &mut Domain) {
    let machine = Machine::of(domain);
    let (family, has_ide) = (machine.family, machine.has_built_in_ide());
    let mut taken = Taken(given(&mut domain.devices));
    let devices = &mut domain.devices;
    for controller in &mut devices.controllers {
        let name = of_controller(controller, family, has_ide);
        taken.give(&mut controller.info, name);
    }
    let Devices { disks, controllers, .. } = devices;
    for disk in disks.iter_mut() {
        let name = of_disk(disk, controllers);
        taken.give(&mut disk.info, name);
    }
    for interface in &mut devices.interfaces {
        let is_passed = matches!(interface.connection, InterfaceType::Hostdev(_));
        taken.number(&mut interface.info, if is_passed { "hostdev" } else { "net" });
    }
    for memory in &mut devices.memory_devices {
        name_memory(memory, &mut taken);
    }
    number_all(devices, &mut taken);
    name_consoles(devices, &mut taken);
}

/// Devices that are counted in the order of the document.
fn number_all(devices: &mut Devices, taken: &mut Taken) {
    macro_rules! number {
        ($($list:ident: $stem:literal),* $(,)?) => {$(
            for device in &mut devices.$list {
                taken.number(&mut device.info, $stem);
            }
        )*};
    }
    number! {
        filesystems: "fs", smartcards: "smartcard", serials: "serial", parallels: "parallel", channels: "channel",
        inputs: "input", tpms: "tpm", sounds: "sound", videos: "video", hostdevs: "hostdev",
        redirected_devices: "redir", hubs: "hub", watchdogs: "watchdog", memory_balloons: "balloon",
        random_generators: "rng", panics: "panic", shared_memories: "shmem", vsocks: "vsock", cryptos: "crypto",
    }
    if let Some(iommu) = &mut devices.iommu {
        taken.number(&mut iommu.info, "iommu");
    }
    if let Some(nvram) = &mut devices.nvram {
        taken.number(&mut nvram.info, "nvram");
    }
}

/// The first console is the first serial port where it says so, and has its name.
fn name_consoles(devices: &mut Devices, taken: &mut Taken) {
    let serial = devices.serials.first().and_then(|serial| serial.info.alias.clone());
    for (index, console) in devices.consoles.iter_mut().enumerate() {
        let target = console.target.as_ref().and_then(|target| target.target_type);
        let is_serial = index == 0
            && matches!(
                target,
                None | Some(omnivirt_core::domain::devices::character_device::ConsoleTargetType::Serial)
            );
        match &serial {
            Some(serial) if is_serial => console.info.alias = Some(serial.clone()),
            _ => taken.give(&mut console.info, format!("console{index}")),
        }
    }
}

/// The names that are in use.
#[derive(Debug)]
struct Taken(HashSet<String>);

impl Taken {
    /// Gives a name, or where it is in use the next that can be made of it.
    fn give(&mut self, info: &mut DeviceInfo, name: String) {
        if has_name(info) {
            return;
        }
        let free = if self.0.contains(&name) {
            (1_u32..).map(|number| format!("{name}-{number}")).find(|name| !self.0.contains(name))
        } else {
            Some(name)
        };
        self.set(info, free);
    }

    /// Gives the first number that is free.
    fn number(&mut self, info: &mut DeviceInfo, stem: &str) {
        if !has_name(info) {
            let free = (0_u32..).map(|number| format!("{stem}{number}")).find(|name| !self.0.contains(name));
            self.set(info, free);
        }
    }

    fn set(&mut self, info: &mut DeviceInfo, name: Option<String>) {
        let name = name.expect("there are more numbers than devices");
        self.0.insert(name.clone());
        let mut alias = Alias::default();
        alias.name = Some(name);
        info.alias = Some(alias);
    }
}

fn has_name(info: &DeviceInfo) -> bool {
    info.alias.as_ref().is_some_and(|alias| alias.name.is_some())
}

fn given(devices: &mut Devices) -> HashSet<String> {
    let mut names = HashSet::new();
    super::devices::for_each(devices, &mut |info: &mut DeviceInfo| {
        names.extend(info.alias.as_ref().and_then(|alias| alias.name.clone()));
    });
    names
}

fn of_controller(controller: &Controller, family: MachineFamily, has_ide: bool) -> String {
    let index = controller.index.unwrap_or(0);
    match &controller.bus {
        ControllerBus::Pci(pci) => match pci.model {
            Some(PciModel::PcieRoot) => format!("pcie.{index}"),
            _ => format!("pci.{index}"),
        },
        ControllerBus::Ide(_) if index == 0 && has_ide => "ide".into(),
        ControllerBus::Sata(_) if index == 0 && family == MachineFamily::Q35 => "ide".into(),
        ControllerBus::Usb(_) if index == 0 => "usb".into(),
        ControllerBus::Ide(_) => format!("ide{index}"),
        ControllerBus::Sata(_) => format!("sata{index}"),
        ControllerBus::Floppy(_) => format!("fdc{index}"),
        ControllerBus::Scsi(_) => format!("scsi{index}"),
        ControllerBus::VirtioSerial(_) => format!("virtio-serial{index}"),
        ControllerBus::Ccid(_) => format!("ccid{index}"),
        ControllerBus::Usb(_) => format!("usb{index}"),
        ControllerBus::XenBus(_) => format!("xenbus{index}"),
        ControllerBus::Isa(_) => format!("isa{index}"),
        _ => format!("controller{index}"),
    }
}

fn of_disk(disk: &Disk, controllers: &[Controller]) -> String {
    let bus = disk.target.as_ref().and_then(|target| target.bus).unwrap_or(DiskBus::Virtio);
    if let Some(Address::Drive(drive)) = &disk.info.address {
        let index = drive.controller.unwrap_or(0);
        let (bus_number, unit) = (drive.bus.unwrap_or(0), drive.unit.unwrap_or(0));
        let has_targets = super::disks::has_targets(controllers, index);
        return match bus {
            DiskBus::Scsi if has_targets => {
                format!("scsi{index}-{bus_number}-{}-{unit}", drive.target.unwrap_or(0))
            }
            bus => format!("{bus}{index}-{bus_number}-{unit}"),
        };
    }
    let number = disk.target.as_ref().and_then(|target| target.name.index()).unwrap_or(0);
    format!("{bus}-disk{number}")
}

fn name_memory(memory: &mut MemoryDevice, taken: &mut Taken) {
    let stem = match memory.model {
        MemoryModel::Dimm(_) => "dimm",
        MemoryModel::Nvdimm(_) => "nvdimm",
        MemoryModel::VirtioPmem(_) => "virtiopmem",
        MemoryModel::VirtioMem(_) => "virtiomem",
        _ => "epc",
    };
    match &memory.info.address {
        Some(Address::Dimm(address)) if address.slot.is_some() => {
            let name = format!("{stem}{}", address.slot.unwrap_or(0));
            taken.give(&mut memory.info, name);
        }
        _ => taken.number(&mut memory.info, stem),
    }
}
