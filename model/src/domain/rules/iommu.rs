//! What translates the addresses that devices use.

use super::Fault;
use crate::document::{DocumentErrorKind, OnOff};
use crate::domain::Domain;
use crate::domain::devices::iommu::IommuModel;
use crate::domain::features::IoApicDriver;

/// Refuses options that the model has not, or that need others.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let Some(iommu) = &domain.devices.iommu else { return Ok(()) };
    let fault =
        |kind, path: &str, message: &str| Err(Fault::new(kind, format!("devices/iommu/{path}"), message));
    if iommu.model != IommuModel::Intel && iommu.driver.is_some() {
        return fault(DocumentErrorKind::Invalid, "driver", "only the model intel has options");
    }
    if iommu.model != IommuModel::Virtio && iommu.info.address.is_some() {
        return fault(DocumentErrorKind::Invalid, "address", "only the model virtio has an address");
    }
    let Some(driver) = &iommu.driver else { return Ok(()) };
    let remaps = driver.interrupt_remapping == Some(OnOff::On);
    let io_apic = domain.features.as_ref().and_then(|features| features.io_apic.as_ref());
    if remaps && io_apic.and_then(|apic| apic.driver) != Some(IoApicDriver::Qemu) {
        let message = "remapping of interrupts needs <ioapic driver='qemu'/> among the features";
        return fault(DocumentErrorKind::Unsupported, "driver/@intremap", message);
    }
    if driver.extended_interrupts == Some(OnOff::On) && !remaps {
        return fault(DocumentErrorKind::Unsupported, "driver/@eim", "eim needs intremap='on'");
    }
    Ok(())
}
