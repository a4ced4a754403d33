//! Which IOMMU a QEMU machine can have.

use super::machine::{Machine, MachineFamily};
use crate::document::DocumentErrorKind;
use crate::domain::Domain;
use crate::domain::devices::address::Address;
use crate::domain::devices::iommu::IommuModel;
use crate::domain::rules::Fault;

/// Refuses an IOMMU that the machine cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    let Some(iommu) = &domain.devices.iommu else { return Ok(()) };
    let family = Machine::of(domain).family;
    let unsupported =
        |path: &str, message: &str| Err(Fault::new(DocumentErrorKind::Unsupported, path, message));
    let has_it = match iommu.model {
        IommuModel::Intel => family == MachineFamily::Q35,
        IommuModel::Smmuv3 => family == MachineFamily::ArmVirt,
        IommuModel::Virtio => matches!(family, MachineFamily::Q35 | MachineFamily::ArmVirt),
    };
    if !has_it {
        let message = format!("the machine has no IOMMU of the model {}", iommu.model);
        return unsupported("devices/iommu/@model", &message);
    }
    if iommu.model == IommuModel::Virtio && !matches!(iommu.info.address, Some(Address::Pci(_))) {
        return unsupported("devices/iommu/address", "an IOMMU of the model virtio has a PCI address");
    }
    Ok(())
}
