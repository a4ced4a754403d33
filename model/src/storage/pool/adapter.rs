//! The SCSI adapter behind which a pool's volumes are.

use crate::document::{DocumentError, DocumentErrorKind, Problem, Text, YesNo, mapped};
use crate::domain::devices::address::PciAddress;
use crate::xml::{Element, quoted};

/// The SCSI adapter behind which a pool's volumes are.
#[mapped(tag = "type")]
pub enum Adapter {
    /// One that the host has.
    #[value("scsi_host")]
    #[default]
    Scsi(ScsiAdapter),
    /// One of a Fibre Channel network, which can be made when it is needed.
    #[value("fc_host")]
    FibreChannel(FibreChannelAdapter),
}

/// An adapter that the host has, named or found by where it stands.
#[mapped]
pub struct ScsiAdapter {
    /// Its name, such as `host3`.
    #[attribute("name")]
    pub name: Option<Text>,
    /// Where it stands.
    #[element("parentaddr")]
    pub parent_address: Option<ParentAddress>,
}

/// Where an adapter stands.
#[mapped]
pub struct ParentAddress {
    /// Which of the adapters there it is.
    #[attribute("unique_id")]
    pub unique_id: u32,
    /// The PCI device.
    #[element("address")]
    pub address: PciAddress,
}

/// An adapter of a Fibre Channel network.
#[mapped]
pub struct FibreChannelAdapter {
    /// The adapter through which it is made; absent for any that can.
    #[attribute("parent")]
    pub parent: Option<Text>,
    /// The name of the parent's node.
    #[attribute("parent_wwnn")]
    pub parent_node_name: Option<String>,
    /// The name of the parent's port.
    #[attribute("parent_wwpn")]
    pub parent_port_name: Option<String>,
    /// The name of the parent's fabric.
    #[attribute("parent_fabric_wwn")]
    pub parent_fabric_name: Option<String>,
    /// Whether it goes away with the pool; absent for only if the pool made it.
    #[attribute("managed")]
    pub managed: Option<YesNo>,
    /// The name of its node.
    #[attribute("wwnn")]
    pub node_name: String,
    /// The name of its port.
    #[attribute("wwpn")]
    pub port_name: String,
}

impl Adapter {
    /// Whether the element says nothing of an adapter.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Scsi(adapter) if adapter.name.is_none() && adapter.parent_address.is_none())
    }

    /// Says the whole of an address.
    pub(super) fn complete(&mut self) {
        if let Self::Scsi(ScsiAdapter { parent_address: Some(parent), .. }) = self {
            let PciAddress { domain, bus, slot, function, .. } = parent.address.clone();
            let mut whole = PciAddress::default();
            whole.domain = Some(domain.unwrap_or_default());
            whole.bus = Some(bus.unwrap_or_default());
            whole.slot = Some(slot.unwrap_or_default());
            whole.function = Some(function.unwrap_or_default());
            parent.address = whole;
        }
    }

    pub(super) fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        let has_type = element.attribute("type").is_some();
        match self {
            Self::Scsi(adapter) => {
                let foreign = ["wwnn", "wwpn", "parent"];
                let is_foreign = foreign.iter().any(|name| element.attribute(name).is_some());
                if !has_type && (is_foreign || adapter.parent_address.is_some()) {
                    return Err(Problem::invalid("the adapter does not say of which type it is")
                        .hint("write type='scsi_host' or type='fc_host'")
                        .at(element));
                }
                adapter.check(element, has_type)
            }
            Self::FibreChannel(adapter) => adapter.check(element),
        }
    }
}

impl ScsiAdapter {
    fn check(&self, element: Element<'_>, has_type: bool) -> Result<(), DocumentError> {
        let problem = match (&self.name, &self.parent_address) {
            (Some(_), Some(_)) => "the adapter has a name, and an address beside it",
            (None, None) if has_type => "the adapter has no name and no address",
            _ => return self.parent_address.as_ref().map_or(Ok(()), |parent| parent.check(element)),
        };
        Err(Problem::invalid(problem).hint("give the attribute name or the element parentaddr").at(element))
    }
}

impl ParentAddress {
    fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        let value = |part: Option<u64>| part.unwrap_or_default();
        let PciAddress { bus, slot, function, .. } = &self.address;
        let is_there = value(bus.map(|bus| bus.0)) <= 0xff
            && value(slot.map(|slot| slot.0)) <= 0x1f
            && value(function.map(|function| function.0)) <= 7;
        if is_there {
            return Ok(());
        }
        let place = element.descendant(&["parentaddr", "address"]).unwrap_or(element);
        Err(Problem::invalid("there is no such PCI address")
            .hint("a bus goes up to 0xff, a slot to 0x1f, a function to 7")
            .at(place))
    }
}

impl FibreChannelAdapter {
    fn check(&self, element: Element<'_>) -> Result<(), DocumentError> {
        if self.parent_node_name.is_some() != self.parent_port_name.is_some() {
            return Err(Problem::invalid("of parent_wwnn and parent_wwpn one needs the other").at(element));
        }
        let names = [
            ("wwnn", Some(&self.node_name)),
            ("wwpn", Some(&self.port_name)),
            ("parent_wwnn", self.parent_node_name.as_ref()),
            ("parent_wwpn", self.parent_port_name.as_ref()),
            ("parent_fabric_wwn", self.parent_fabric_name.as_ref()),
        ];
        for (attribute, name) in names {
            let is_good =
                |name: &String| name.len() == 16 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
            if let Some(name) = name.filter(|name| !is_good(name)) {
                let message = format!("{} is no world wide name", quoted(name));
                return Err(Problem::new(DocumentErrorKind::Malformed, message)
                    .hint("write 16 hexadecimal digits")
                    .at_attribute(element, attribute));
            }
        }
        Ok(())
    }
}
