//! Which USB devices of a client a guest may have.

use crate::document::{YesNo, mapped};

/// Which USB devices of a client a guest may have: the first that fits decides.
#[mapped]
pub struct RedirectionFilter {
    /// What fits and what it means.
    #[element("usbdev")]
    pub devices: Vec<FilteredDevice>,
}

/// USB devices, and whether a guest may have them.
#[mapped]
pub struct FilteredDevice {
    /// Their class; absent or -1 for any.
    #[attribute("class")]
    pub class: Option<String>,
    /// Their vendor; absent or -1 for any.
    #[attribute("vendor")]
    pub vendor: Option<String>,
    /// Their product; absent or -1 for any.
    #[attribute("product")]
    pub product: Option<String>,
    /// Their version, such as `2.56`; absent or -1 for any.
    #[attribute("version")]
    pub version: Option<String>,
    /// Whether the guest may have them.
    #[attribute("allow")]
    pub allow: YesNo,
}
