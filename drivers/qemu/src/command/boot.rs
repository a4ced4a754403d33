//! `-boot`, and which device's turn it is when the guest boots.

use super::arguments::Arguments;
use super::keyed::Keyed;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::disk::DiskDevice;
use omnivirt_core::domain::devices::{Disk, Interface};
use omnivirt_core::domain::{BootTarget, Domain, YesNo};

/// Adds what the firmware does when it looks for something to boot.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let os = arguments.domain.os.as_ref();
    let menu = os.and_then(|os| os.boot_menu.as_ref());
    let timeout = os.and_then(|os| os.bios.as_ref()).and_then(|bios| bios.reboot_timeout);
    let mut option = Keyed::default();
    if let Some(enable) = menu.and_then(|menu| menu.enable) {
        option.push("menu", if enable == YesNo::Yes { "on" } else { "off" });
        let splash = menu.and_then(|menu| menu.timeout).filter(|_| enable == YesNo::Yes);
        option = option.with_some("splash-time", splash);
    }
    option = option.with_some("reboot-timeout", timeout);
    arguments.option("-boot", option.with("strict", "on"));
    Ok(())
}

/// A disk's turn: its own, or that which the list in `<os>` gives to the first disk of its sort.
pub(super) fn turn_of_disk(domain: &Domain, disk: &Disk) -> Option<u32> {
    if let Some(boot) = &disk.info.boot {
        return Some(boot.order);
    }
    let target = match disk.device.unwrap_or(DiskDevice::Disk) {
        DiskDevice::Cdrom => BootTarget::CdRom,
        DiskDevice::Floppy => BootTarget::Floppy,
        _ => BootTarget::HardDisk,
    };
    let is_of_sort = |other: &&Disk| match target {
        BootTarget::CdRom => other.device == Some(DiskDevice::Cdrom),
        BootTarget::Floppy => other.device == Some(DiskDevice::Floppy),
        _ => !matches!(other.device, Some(DiskDevice::Cdrom | DiskDevice::Floppy)),
    };
    let first = domain.devices.disks.iter().find(is_of_sort);
    first.filter(|first| std::ptr::eq(*first, disk)).and_then(|_| turn_of(domain, target))
}

/// An interface's turn.
pub(super) fn turn_of_interface(domain: &Domain, interface: &Interface) -> Option<u32> {
    if let Some(boot) = &interface.info.boot {
        return Some(boot.order);
    }
    let first = domain.devices.interfaces.first();
    first.filter(|first| std::ptr::eq(*first, interface)).and_then(|_| turn_of(domain, BootTarget::Network))
}

/// The place of a sort of device in the list.
fn turn_of(domain: &Domain, target: BootTarget) -> Option<u32> {
    let boot = &domain.os.as_ref()?.boot;
    let place = boot.iter().position(|device| device.dev == target)?;
    u32::try_from(place + 1).ok()
}

/// The parameter of a mainframe's loader, of the device that boots first.
pub(super) fn load_parameter(domain: &Domain) -> Option<&str> {
    if !super::machine_is_mainframe(domain) {
        return None;
    }
    let disks = domain.devices.disks.iter().map(|disk| &disk.info);
    let interfaces = domain.devices.interfaces.iter().map(|interface| &interface.info);
    let first = disks.chain(interfaces).filter_map(|info| info.boot.as_ref()).min_by_key(|boot| boot.order);
    first.and_then(|boot| boot.loadparm.as_deref())
}
