//! What filter an interface of a running domain has.

use super::reference::FilterReference;
use crate::document::{Config, DocumentError, DocumentRoot, mapped};
use crate::network_parts::MacAddress;
use crate::xml::Element;
use uuid::Uuid;

/// A filter binding's document.
pub type FilterBindingConfig = Config<FilterBinding>;

/// What filter an interface has.
#[mapped]
pub struct FilterBinding {
    /// The domain whose interface it is.
    #[element("owner")]
    pub owner: BindingOwner,
    /// The interface on the host.
    #[element("portdev")]
    pub port_device: BindingDevice,
    /// The interface of the host that it goes out by.
    #[element("linkdev")]
    pub link_device: Option<BindingDevice>,
    /// The hardware address that the guest sees.
    #[element("mac")]
    pub mac: BindingMac,
    /// The filter.
    #[element("filterref")]
    pub filter: FilterReference,
}

/// The domain whose interface it is.
#[mapped]
pub struct BindingOwner {
    /// Its name.
    #[element("name")]
    pub name: String,
    /// Its UUID.
    #[element("uuid", error = Invalid)]
    pub uuid: Uuid,
}

/// An interface of a host.
#[mapped]
pub struct BindingDevice {
    /// Its name.
    #[attribute("name")]
    pub name: String,
}

/// A hardware address.
#[mapped]
pub struct BindingMac {
    /// The address.
    #[attribute("address")]
    pub address: MacAddress,
}

impl DocumentRoot for FilterBinding {
    const ROOT: &'static str = "filterbinding";

    fn check(&self, _root: Element<'_>) -> Result<(), DocumentError> {
        Ok(())
    }
}
