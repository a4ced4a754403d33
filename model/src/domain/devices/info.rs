//! What every device has.

use super::address::Address;
use crate::document::{OnOff, mapped};

/// What every device has; not every kind uses all of it.
#[mapped]
pub struct DeviceInfo {
    /// Its place among the devices that the firmware tries to boot from.
    #[element("boot")]
    pub boot: Option<BootOrder>,
    /// The name that users and events call it by.
    #[element("alias")]
    pub alias: Option<Alias>,
    /// Of a USB controller that works together with another: that one's ports.
    #[element("master")]
    pub master: Option<MasterPort>,
    /// The program in it that the firmware runs.
    #[element("rom")]
    pub rom: Option<Rom>,
    /// What the guest's ACPI tables say of it.
    #[element("acpi")]
    pub acpi: Option<AcpiIndex>,
    /// Where it stands in the machine.
    #[element("address")]
    pub address: Option<Address>,
}

/// A place among the devices to boot from.
#[mapped]
pub struct BootOrder {
    /// The place, from 1 on.
    #[attribute("order")]
    pub order: u32,
    /// What a mainframe's firmware is told.
    #[attribute("loadparm")]
    pub loadparm: Option<String>,
}

/// A name of a device.
#[mapped(omit_empty)]
pub struct Alias {
    /// The name; one that users choose starts with `ua-`.
    #[attribute("name")]
    pub name: Option<String>,
}

/// The ports of a USB controller that works together with another.
#[mapped]
pub struct MasterPort {
    /// The first of them.
    #[attribute("startport")]
    pub start_port: Option<u32>,
}

/// The program in a device that the firmware runs.
#[mapped(omit_empty)]
pub struct Rom {
    /// Whether the guest sees it.
    #[attribute("bar")]
    pub bar: Option<OnOff>,
    /// The file that it comes from.
    #[attribute("file", kept)]
    pub file: Option<String>,
    /// Whether there is one.
    #[attribute("enabled")]
    pub enabled: Option<crate::document::YesNo>,
}

/// What the guest's ACPI tables say of a device.
#[mapped(omit_empty)]
pub struct AcpiIndex {
    /// The number by which the guest names it.
    #[attribute("index")]
    pub index: Option<u32>,
}
