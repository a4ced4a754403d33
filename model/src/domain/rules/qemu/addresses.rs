//! Where devices stand in a QEMU machine: what the document leaves open is given out as libvirt does.

mod attachment;
mod ccid;
mod ccw;
mod check;
mod dimm;
mod mmio;
mod pci;
mod spapr_vio;
mod usb;
mod virtio_serial;
mod zpci;

pub(super) use check::check;

use super::Machine;
use crate::domain::Domain;
use crate::domain::rules::Fault;

/// Gives each device a place.
///
/// # Errors
///
/// A place is taken, cannot be, or none is left.
pub(super) fn assign(domain: &mut Domain) -> Result<(), Fault> {
    virtio_serial::assign(domain)?;
    spapr_vio::assign(domain)?;
    ccw::assign(domain)?;
    mmio::assign(domain);
    pci::assign(domain)?;
    if Machine::of(domain).has_ccw() {
        zpci::assign(domain)?;
    }
    usb::assign(domain)?;
    ccid::check(domain)?;
    dimm::assign(domain)
}
