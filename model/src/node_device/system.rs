//! The host itself.

use crate::document::mapped;
use uuid::Uuid;

/// The host.
#[mapped]
pub struct SystemDevice {
    /// What it is sold as.
    #[element("product")]
    pub product: Option<String>,
    /// The machine.
    #[element("hardware", error = Malformed)]
    pub hardware: SystemHardware,
    /// What starts it.
    #[element("firmware")]
    pub firmware: Option<SystemFirmware>,
}

/// The machine that a host is.
#[mapped]
pub struct SystemHardware {
    /// Who made it.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// Its version.
    #[element("version")]
    pub version: Option<String>,
    /// Its serial number.
    #[element("serial")]
    pub serial: Option<String>,
    /// Its UUID.
    #[element("uuid")]
    pub uuid: Uuid,
}

/// What starts a host.
#[mapped]
pub struct SystemFirmware {
    /// Who made it.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// Its version.
    #[element("version")]
    pub version: Option<String>,
    /// When it was made.
    #[element("release_date")]
    pub release_date: Option<String>,
}
