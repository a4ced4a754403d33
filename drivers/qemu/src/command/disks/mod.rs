//! The disks: what stores them, the formats on top, and the devices that the guest sees.

mod device;
mod format;
mod network;
mod node;
mod reservations;
mod storage;
mod tuning;

pub(super) use device::floppy_turn;
pub(super) use network::scsi_backend;

use super::arguments::Arguments;
use super::refusal::unsupported;
use node::Chain;
use omnivirt_core::Result;
use omnivirt_core::domain::YesNo;
use omnivirt_core::domain::devices::controller::{ControllerBus, ScsiModel};
use omnivirt_core::domain::devices::disk::{DiskBus, DiskDevice};
use omnivirt_core::domain::devices::{Controller, Disk};

/// Adds the disks. Their nodes are numbered as libvirt does: from the last disk to the first, and down each chain.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let disks = &arguments.domain.devices.disks;
    let mut next = 1;
    let mut chains: Vec<Option<Chain<'_>>> = Vec::with_capacity(disks.len());
    for disk in disks.iter().rev() {
        check(arguments, disk)?;
        chains.push(node::chain(disk, &mut next)?);
    }
    for (disk, chain) in disks.iter().zip(chains.into_iter().rev()) {
        add_one(arguments, disk, chain)?;
    }
    Ok(())
}

fn add_one(arguments: &mut Arguments<'_>, disk: &Disk, chain: Option<Chain<'_>>) -> Result<()> {
    if disk.target.as_ref().and_then(|target| target.bus) == Some(DiskBus::Sd) {
        return device::add_card(arguments, disk, chain);
    }
    let drive = match chain {
        None => None,
        Some(Chain::VhostUser(source)) => return device::add_vhost_user(arguments, disk, source),
        Some(Chain::Nodes(nodes)) => {
            // What lies beneath has to be there first.
            for (depth, node) in nodes.iter().enumerate().rev() {
                node::add(arguments, disk, node, nodes.get(depth + 1), depth == 0)?;
            }
            Some(node::top(arguments, disk, &nodes[0])?)
        }
    };
    device::add(arguments, disk, drive)?;
    tuning::add(arguments, disk)
}

/// Refuses what the driver would have to do besides.
fn check(arguments: &Arguments<'_>, disk: &Disk) -> Result<()> {
    if disk.mirror.is_some() {
        arguments.refuse_start("disk/mirror", "a copy that was under way cannot be taken up again")?;
    }
    if disk.transient.is_some() {
        arguments.refuse_start("disk/transient", "changes cannot be thrown away at the end yet")?;
    }
    if disk.authentication.is_some() {
        return Err(unsupported("disk/auth", "there is no secret to log in with"));
    }
    if disk.encryption.is_some() {
        return Err(unsupported("disk/encryption", "there is no secret to read the image with"));
    }
    if disk.raw_io == Some(YesNo::Yes) {
        arguments.refuse_start("disk/@rawio", "QEMU is given no rights to send commands past the kernel")?;
    }
    if disk.backend_domain.is_some() {
        return Err(unsupported("disk/backenddomain", "QEMU is no Xen"));
    }
    let unfiltered = omnivirt_core::domain::devices::disk::ScsiCommands::Unfiltered;
    if disk.scsi_commands == Some(unfiltered) {
        arguments.refuse_start("disk/@sgio", "kernels filter commands in any case")?;
    }
    Ok(())
}

/// Whether the SCSI controller of this number is one of virtio's.
pub(super) fn is_virtio_scsi(model: Option<ScsiModel>) -> bool {
    use ScsiModel::{VirtioNonTransitional, VirtioScsi, VirtioTransitional};
    matches!(model, Some(VirtioScsi | VirtioTransitional | VirtioNonTransitional))
}

/// Whether devices on the SCSI controller of this number have a target and a unit, and not a target alone.
pub(super) fn has_targets(controllers: &[Controller], index: u32) -> bool {
    let scsi = controllers.iter().find_map(|one| match &one.bus {
        ControllerBus::Scsi(scsi) if one.index == Some(index) => Some(scsi),
        _ => None,
    });
    let model = scsi.and_then(|scsi| scsi.model);
    !matches!(model, Some(ScsiModel::LsiLogic | ScsiModel::Ncr53c90 | ScsiModel::Dc390 | ScsiModel::Am53c974))
}

/// The sort of disk; one that is not told is a hard disk.
fn sort(disk: &Disk) -> DiskDevice {
    disk.device.unwrap_or(DiskDevice::Disk)
}
