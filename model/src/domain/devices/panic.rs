//! What tells the host that the guest crashed.

use super::info::DeviceInfo;
use crate::document::mapped;
use crate::document::text::words;

/// What tells the host that the guest crashed.
#[mapped]
pub struct Panic {
    /// Which device; absent for the hypervisor's choice.
    #[attribute("model")]
    pub model: Option<PanicModel>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

words! {
    /// A panic device.
    pub enum PanicModel("panic device", Unsupported) {
        /// The hypervisor's choice.
        Default = "default",
        /// QEMU's, on ISA.
        Isa = "isa",
        /// The firmware of a pseries machine.
        Pseries = "pseries",
        /// The way of Hyper-V.
        HyperV = "hyperv",
        /// The way of a mainframe.
        S390 = "s390",
    }
}
