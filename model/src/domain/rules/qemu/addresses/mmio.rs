//! Places in memory, on boards without PCI.

use super::attachment::{Attachment, attached};
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::rules::qemu::Machine;

/// Puts virtio devices in memory where the board has no PCI.
pub(super) fn assign(domain: &mut Domain) {
    let machine = Machine::of(domain);
    let architecture = machine.architecture;
    if machine.has_pci() || !(architecture.is_arm() || architecture.is_riscv()) {
        return;
    }
    for device in attached(&mut domain.devices) {
        let is_virtio = matches!(device.attachment, Attachment::Virtio | Attachment::VirtioTransitional);
        if is_virtio && device.info.address.is_none() {
            device.info.address = Some(Address::VirtioMmio);
        }
    }
}
