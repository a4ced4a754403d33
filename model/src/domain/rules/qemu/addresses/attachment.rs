//! On which bus each device model stands: one table, in the order in which addresses are given out.

use crate::domain::devices::character_device::{Serial, SerialTargetType};
use crate::domain::devices::controller::{ControllerBus, PciModel, ScsiModel, UsbModel, VirtioSerialModel};
use crate::domain::devices::disk::{DiskBus, DiskModel};
use crate::domain::devices::filesystem::FilesystemSource;
use crate::domain::devices::hostdev::{HostdevDevice, HostdevMode, MediatedModel};
use crate::domain::devices::input::InputBus;
use crate::domain::devices::interface::InterfaceType;
use crate::domain::devices::iommu::IommuModel;
use crate::domain::devices::memory_balloon::MemoryBalloonModel;
use crate::domain::devices::memory_device::MemoryModel;
use crate::domain::devices::sound::SoundModel;
use crate::domain::devices::tpm::TpmModel;
use crate::domain::devices::video::VideoModelType;
use crate::domain::devices::watchdog::WatchdogModel;
use crate::domain::devices::{
    Controller, DeviceInfo, Devices, Disk, Hostdev, Interface, Sound, Video, VirtioModel,
};

/// The bus that a device model is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attachment {
    /// The virtio bus of the machine, whichever that is.
    Virtio,
    /// As a virtio device that is a conventional PCI device.
    VirtioTransitional,
    /// Conventional PCI.
    Pci,
    /// PCI Express.
    Express,
    /// The PCI root itself.
    Integrated,
    /// The sort of PCI bus that the controller needs; a root needs none.
    PciController(PciModel),
    /// The channels of a mainframe.
    Channel,
    /// The bus of a pseries machine; the first register that such devices have.
    SpaprVio(u64),
    /// None that could be given.
    Unknown,
}

/// A device that needs a place on its machine's bus.
pub(super) struct Attached<'a> {
    pub(super) attachment: Attachment,
    /// Where it stands in the document.
    pub(super) path: String,
    /// What role it has in the machine, beside being a device.
    pub(super) role: Role,
    pub(super) info: &'a mut DeviceInfo,
}

/// A role for which a machine has places of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// None.
    Plain,
    /// The PCI controller of that number.
    PciController(u32),
    /// The IDE controller of that number.
    Ide(u32),
    /// The SATA controller of that number.
    Sata(u32),
    /// A USB controller, and its number.
    Usb(UsbModel, u32),
    /// An interface that is a device of the host.
    HostInterface,
    /// The first video device.
    PrimaryVideo,
    /// A sound card as the ICH9 chipset has it.
    Ich9Sound,
}

fn virtio(model: Option<VirtioModel>) -> Attachment {
    match model {
        Some(VirtioModel::VirtioTransitional) => Attachment::VirtioTransitional,
        _ => Attachment::Virtio,
    }
}

fn controller(controller: &Controller) -> Option<(Attachment, Role)> {
    let index = controller.index.unwrap_or(0);
    let plain = |attachment| Some((attachment, Role::Plain));
    match &controller.bus {
        ControllerBus::Floppy(_) | ControllerBus::Ccid(_) => None,
        ControllerBus::Pci(pci) => {
            pci.model.map(|model| (Attachment::PciController(model), Role::PciController(index)))
        }
        ControllerBus::Ide(_) => Some((Attachment::Pci, Role::Ide(index))),
        ControllerBus::Sata(_) => Some((Attachment::Pci, Role::Sata(index))),
        ControllerBus::XenBus(_) | ControllerBus::Isa(_) => plain(Attachment::Unknown),
        ControllerBus::VirtioSerial(serial) => plain(match serial.model {
            Some(VirtioSerialModel::Transitional) => Attachment::VirtioTransitional,
            _ => Attachment::Virtio,
        }),
        ControllerBus::Scsi(scsi) => match scsi.model {
            Some(ScsiModel::VirtioScsi | ScsiModel::VirtioNonTransitional) => plain(Attachment::Virtio),
            Some(ScsiModel::VirtioTransitional) => plain(Attachment::VirtioTransitional),
            Some(ScsiModel::IbmVscsi) => plain(Attachment::SpaprVio(0x2000)),
            Some(ScsiModel::Ncr53c90) => None,
            _ => plain(Attachment::Pci),
        },
        ControllerBus::Usb(usb) => match usb.model {
            Some(UsbModel::None) => None,
            Some(model @ (UsbModel::NecXhci | UsbModel::QemuXhci)) => {
                Some((Attachment::Express, Role::Usb(model, index)))
            }
            Some(model) => Some((Attachment::Pci, Role::Usb(model, index))),
            None => plain(Attachment::Pci),
        },
    }
}

fn interface(interface: &Interface) -> Option<Attachment> {
    let model = interface.model.as_ref().and_then(|model| model.name.as_deref()).unwrap_or_default();
    Some(match model.to_ascii_lowercase().as_str() {
        // These are part of the board.
        "smc91c111" | "lan9118" => return None,
        "spapr-vlan" => Attachment::SpaprVio(0x1000),
        "virtio" | "virtio-non-transitional" => Attachment::Virtio,
        "virtio-transitional" => Attachment::VirtioTransitional,
        "rtl8139" | "e1000" | "vmxnet3" => Attachment::Pci,
        "usb-net" => Attachment::Unknown,
        _ => Attachment::Express,
    })
}

fn sound(sound: &Sound) -> Option<(Attachment, Role)> {
    match sound.model {
        SoundModel::Ich9 => Some((Attachment::Pci, Role::Ich9Sound)),
        SoundModel::Es1370 | SoundModel::Ac97 | SoundModel::Ich6 => Some((Attachment::Pci, Role::Plain)),
        SoundModel::Ich7 => Some((Attachment::Unknown, Role::Plain)),
        SoundModel::Sb16 | SoundModel::PcSpeaker | SoundModel::Usb => None,
    }
}

fn disk(disk: &Disk) -> Option<Attachment> {
    let bus = disk.target.as_ref().and_then(|target| target.bus);
    (bus == Some(DiskBus::Virtio)).then_some(match disk.model {
        Some(DiskModel::VirtioTransitional) => Attachment::VirtioTransitional,
        _ => Attachment::Virtio,
    })
}

fn hostdev(hostdev: &Hostdev) -> Option<Attachment> {
    let HostdevMode::Subsystem(subsystem) = &hostdev.mode else { return None };
    match &subsystem.device {
        HostdevDevice::Pci(_) => Some(Attachment::Express),
        HostdevDevice::ScsiHost(fibre) => Some(virtio(fibre.model)),
        HostdevDevice::Mediated(mediated) => match mediated.model {
            MediatedModel::VfioPci => Some(Attachment::Express),
            MediatedModel::VfioCcw => Some(Attachment::Channel),
            MediatedModel::VfioAp => None,
        },
        HostdevDevice::Usb(_) | HostdevDevice::Scsi(_) => None,
    }
}

fn memory_balloon(model: MemoryBalloonModel) -> Option<Attachment> {
    match model {
        MemoryBalloonModel::Virtio | MemoryBalloonModel::VirtioNonTransitional => Some(Attachment::Virtio),
        MemoryBalloonModel::VirtioTransitional => Some(Attachment::VirtioTransitional),
        MemoryBalloonModel::Xen | MemoryBalloonModel::None => None,
    }
}

fn video(video: &Video) -> Option<Attachment> {
    match video.model.as_ref().and_then(|model| model.model_type)? {
        VideoModelType::None | VideoModelType::Ramfb => None,
        VideoModelType::Virtio => Some(Attachment::Virtio),
        _ => Some(Attachment::Pci),
    }
}

fn serial(serial: &Serial) -> Option<Attachment> {
    match serial.target.as_ref()?.target_type? {
        SerialTargetType::PciSerial => Some(Attachment::Pci),
        SerialTargetType::SpaprVioSerial => Some(Attachment::SpaprVio(0x3000_0000)),
        _ => None,
    }
}

fn path(name: &str, index: usize) -> String {
    format!("devices/{name}[{}]", index + 1)
}

/// PCI controllers come first, and interfaces that are devices of the host behind those.
fn order(attached: &Attached<'_>) -> u8 {
    let is = |kinds: &[&str]| {
        let kind = attached.path.trim_start_matches("devices/").split('[').next();
        kind.is_some_and(|kind| kinds.contains(&kind))
    };
    match attached.role {
        Role::PciController(_) => 0,
        Role::HostInterface => 2,
        _ if is(&["filesystem", "interface", "sound", "controller", "disk", "hostdev"]) => 1,
        _ => 3,
    }
}

/// The devices that stand on the machine's bus, in the order in which they get their places.
pub(super) fn attached(devices: &mut Devices) -> Vec<Attached<'_>> {
    let mut all = Vec::new();
    macro_rules! each {
        ($field:ident, $name:literal, $sort:expr) => {
            for (index, device) in devices.$field.iter_mut().enumerate() {
                if let Some((attachment, role)) = $sort(index, &*device) {
                    all.push(Attached { attachment, path: path($name, index), role, info: &mut device.info });
                }
            }
        };
    }
    let plain = |attachment: Option<Attachment>| attachment.map(|attachment| (attachment, Role::Plain));
    each!(filesystems, "filesystem", |_, device: &crate::domain::devices::Filesystem| {
        let guest_sees_it = matches!(device.source, FilesystemSource::Mount(_));
        plain(guest_sees_it.then(|| virtio(device.model)))
    });
    each!(interfaces, "interface", |_, device: &Interface| match &device.connection {
        InterfaceType::Hostdev(_) => Some((Attachment::Express, Role::HostInterface)),
        _ => plain(interface(device)),
    });
    each!(sounds, "sound", |_, device| sound(device));
    each!(controllers, "controller", |_, device| controller(device));
    each!(disks, "disk", |_, device| plain(disk(device)));
    each!(hostdevs, "hostdev", |_, device| plain(hostdev(device)));
    each!(memory_balloons, "memballoon", |_, device: &crate::domain::devices::MemoryBalloon| {
        plain(memory_balloon(device.model))
    });
    each!(random_generators, "rng", |_, device: &crate::domain::devices::RandomGenerator| {
        plain(Some(virtio(Some(device.model))))
    });
    each!(watchdogs, "watchdog", |_, device: &crate::domain::devices::Watchdog| {
        plain((device.model == WatchdogModel::I6300esb).then_some(Attachment::Pci))
    });
    each!(videos, "video", |index, device| {
        let role = if index == 0 { Role::PrimaryVideo } else { Role::Plain };
        video(device).map(|attachment| (attachment, role))
    });
    each!(shared_memories, "shmem", |_, _| Some((Attachment::Pci, Role::Plain)));
    each!(inputs, "input", |_, device: &crate::domain::devices::Input| {
        plain((device.bus == Some(InputBus::Virtio)).then(|| virtio(device.model)))
    });
    each!(serials, "serial", |_, device| plain(serial(device)));
    each!(vsocks, "vsock", |_, device: &crate::domain::devices::Vsock| plain(Some(virtio(device.model))));
    each!(memory_devices, "memory", |_, device: &crate::domain::devices::MemoryDevice| {
        let is_virtio = matches!(device.model, MemoryModel::VirtioMem(_) | MemoryModel::VirtioPmem(_));
        plain(is_virtio.then_some(Attachment::Virtio))
    });
    each!(iommu, "iommu", |_, device: &crate::domain::devices::Iommu| {
        plain((device.model == IommuModel::Virtio).then_some(Attachment::Integrated))
    });
    each!(cryptos, "crypto", |_, _| Some((Attachment::Virtio, Role::Plain)));
    each!(tpms, "tpm", |_, device: &crate::domain::devices::Tpm| {
        let is_spapr = matches!(device.model, Some(TpmModel::Spapr));
        plain(is_spapr.then_some(Attachment::SpaprVio(0x4000)))
    });
    each!(nvram, "nvram", |_, _| Some((Attachment::SpaprVio(0x3000), Role::Plain)));
    all.sort_by_key(order);
    all
}
