//! The devices, one file for each kind.

mod audio;
mod channel;
mod character;
mod console;
mod controller;
mod crypto;
mod filesystem;
mod graphics;
mod hostdev;
mod hub;
mod input;
mod interface;
mod iommu;
mod memory_balloon;
mod memory_device;
mod network;
mod nvram;
mod panic;
mod parallel;
mod random_generator;
mod redirected_device;
mod serial;
mod shared_memory;
mod smartcard;
mod sound;
mod spice;
mod tpm;
mod usb_controller;
mod video;
mod vnc;
mod vsock;
mod watchdog;

pub(super) use hostdev::host_address;
pub(super) use memory_device::size as memory_size;

use super::arguments::Arguments;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::{DeviceInfo, Devices};

/// Adds all devices, in the order in which QEMU can make them: buses before what is on them.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    graphics::add_display(arguments)?;
    iommu::add(arguments)?;
    controller::add(arguments)?;
    hub::add(arguments)?;
    memory_device::add(arguments)?;
    super::disks::add(arguments)?;
    filesystem::add(arguments)?;
    interface::add(arguments)?;
    smartcard::add(arguments)?;
    serial::add(arguments)?;
    parallel::add(arguments)?;
    channel::add(arguments)?;
    console::add(arguments)?;
    tpm::add(arguments)?;
    input::add(arguments)?;
    audio::add(arguments)?;
    graphics::add(arguments)?;
    video::add(arguments)?;
    sound::add(arguments)?;
    watchdog::add(arguments)?;
    redirected_device::add(arguments)?;
    hostdev::add(arguments)?;
    memory_balloon::add(arguments)?;
    random_generator::add(arguments)?;
    nvram::add(arguments);
    panic::add(arguments)?;
    shared_memory::add(arguments)?;
    vsock::add(arguments)?;
    crypto::add(arguments)
}

/// Goes through what all devices have in common.
pub(super) fn for_each(devices: &mut Devices, change: &mut dyn FnMut(&mut DeviceInfo)) {
    macro_rules! all {
        ($($list:ident),* $(,)?) => {$(
            for device in &mut devices.$list {
                change(&mut device.info);
            }
        )*};
    }
    all! {
        disks, controllers, filesystems, interfaces, smartcards, serials, parallels, consoles, channels, inputs, tpms,
        sounds, videos, hostdevs, redirected_devices, hubs, watchdogs, memory_balloons, random_generators, panics,
        shared_memories, memory_devices, vsocks, cryptos,
    }
    if let Some(iommu) = &mut devices.iommu {
        change(&mut iommu.info);
    }
    if let Some(nvram) = &mut devices.nvram {
        change(&mut nvram.info);
    }
}
