//! `<iommu>`.

use crate::command::address::{alias, is_on, placed};
use crate::command::arguments::Arguments;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::document::OnOff;
use omnivirt_core::domain::devices::iommu::IommuModel;

/// Adds Intel's; that of ARM is part of the machine. It comes before what it translates for.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    let Some(iommu) = &arguments.domain.devices.iommu else { return Ok(()) };
    let name = alias(&iommu.info, "iommu")?;
    let device = match iommu.model {
        IommuModel::Smmuv3 => return Ok(()),
        IommuModel::Intel => {
            let driver = iommu.driver.as_ref();
            Properties::driver("intel-iommu")
                .with("id", name)
                .with_some(
                    "intremap",
                    driver.and_then(|driver| driver.interrupt_remapping).map(OnOff::as_str),
                )
                .with_some("caching-mode", driver.and_then(|driver| driver.caching_mode).map(is_on))
                .with_some("eim", driver.and_then(|driver| driver.extended_interrupts).map(OnOff::as_str))
                .with_some("device-iotlb", driver.and_then(|driver| driver.translation_cache).map(is_on))
                .with_some("aw-bits", driver.and_then(|driver| driver.address_bits))
        }
        IommuModel::Virtio => {
            Properties::driver("virtio-iommu").with("id", name).and(placed(arguments.domain, &iommu.info)?)
        }
        model => return Err(unsupported("iommu", format!("QEMU has no IOMMU '{model}'"))),
    };
    arguments.device(name, device);
    Ok(())
}
