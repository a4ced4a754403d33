//! What a host makes of a node device's document: what it leaves out, adds and puts in order.

use super::{
    Capability, CryptoQueue, DeviceNode, LinkFigures, MediatedCapability, MediatedDevice, MediatedGroup,
    NetDevice, NodeDevice, PciCapability, PciDevice, PciExpressLink, PciLocation, ScsiHost,
    ScsiHostCapability, StorageCapability, StorageDevice, Vpd, VpdAccess, VpdField, VpdFields,
};
use crate::document::DocumentErrorKind::{Invalid, Malformed, Unsupported};
use crate::document::Hexadecimal;
use crate::domain::rules::Fault;

/// The largest number that a class of PCI devices has.
const LARGEST_CLASS: u32 = 0x00ff_ffff;

impl NodeDevice {
    /// Makes a device as it was written into one as the host shows it.
    ///
    /// # Errors
    ///
    /// Something is out of its range, or the host does not take such a device from a document.
    pub fn complete(&mut self) -> Result<(), Fault> {
        self.complete_nodes();
        self.complete_parent()?;
        self.driver = None;
        for (index, capability) in self.capabilities.iter_mut().enumerate() {
            let path = format!("capability[{}]", index + 1);
            match capability {
                Capability::System(system) => {
                    system.firmware.get_or_insert_default();
                }
                Capability::Pci(pci) => pci.complete(&path)?,
                Capability::Net(net) => net.complete(),
                Capability::ScsiHost(host) => host.complete(),
                Capability::Storage(storage) => storage.complete(&path)?,
                Capability::Mediated(mediated) => mediated.complete(),
                Capability::Css(css) => complete_mediated(&mut css.capabilities),
                Capability::CryptoMatrix(matrix) => complete_mediated(&mut matrix.capabilities),
                Capability::CryptoQueue(queue) => queue.check(&path)?,
                Capability::ScsiGeneric(_) | Capability::Vdpa(_) => {
                    let message = "such a device cannot be described, only found";
                    return Err(Fault::new(Malformed, format!("{path}/@type"), message));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The last file counts, and stands before the links.
    fn complete_nodes(&mut self) {
        let (mut files, links): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.nodes).into_iter().partition(|node| matches!(node, DeviceNode::File(_)));
        self.nodes = files.pop().into_iter().chain(links).collect();
    }

    /// Only the parent's name is shown.
    fn complete_parent(&mut self) -> Result<(), Fault> {
        let Some(parent) = &mut self.parent else { return Ok(()) };
        if parent.node_name.is_some() != parent.port_name.is_some() {
            return Err(Fault::new(Invalid, "parent", "a parent's wwnn and wwpn go together"));
        }
        (parent.node_name, parent.port_name, parent.fabric_name) = (None, None, None);
        self.parent.take_if(|parent| parent.name.is_empty());
        Ok(())
    }
}

impl PciDevice {
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        if self.class.is_some_and(|class| class.0 > LARGEST_CLASS) {
            return Err(Fault::new(Malformed, format!("{path}/class"), "the class is above 0xffffff"));
        }
        for (index, capability) in self.capabilities.iter_mut().enumerate() {
            let path = format!("{path}/capability[{}]", index + 1);
            match capability {
                PciCapability::PhysicalFunction(function) => {
                    function.address.complete(&format!("{path}/address"))?
                }
                PciCapability::VirtualFunctions(functions) => {
                    complete_locations(&mut functions.addresses, &path)?
                }
                PciCapability::Vpd(vpd) => vpd.complete(),
                _ => {}
            }
        }
        self.merge_capabilities();
        if let Some(group) = &mut self.group {
            complete_locations(&mut group.addresses, &format!("{path}/iommuGroup"))?;
        }
        self.group.take_if(|group| group.addresses.is_empty());
        self.numa.take_if(|numa| numa.node.is_none_or(|node| node < 0));
        if let Some(express) = &mut self.express {
            let mut links = std::mem::take(&mut express.links);
            links.sort_by_key(PciExpressLink::place);
            links.dedup_by_key(|link| link.place());
            links.iter_mut().for_each(|link| link.figures_mut().complete());
            express.links = links;
        }
        Ok(())
    }

    /// Of each sort the last counts, but the first bridge, and all types of parts.
    fn merge_capabilities(&mut self) {
        let mut merged: Vec<PciCapability> = Vec::new();
        for capability in std::mem::take(&mut self.capabilities) {
            let there = merged.iter_mut().find(|there| there.place() == capability.place());
            match (there, capability) {
                (Some(PciCapability::MediatedTypes(there)), PciCapability::MediatedTypes(more)) => {
                    there.types.extend(more.types);
                }
                (Some(PciCapability::Bridge | PciCapability::CardBusBridge), _) => {}
                (Some(there), later) => *there = later,
                (None, capability) => merged.push(capability),
            }
        }
        merged.retain(
            |capability| !matches!(capability, PciCapability::MediatedTypes(types) if types.types.is_empty()),
        );
        merged.sort_by_key(PciCapability::place);
        self.capabilities = merged;
    }
}

impl PciCapability {
    /// Its place in a document; both sorts of bridge share one.
    fn place(&self) -> u8 {
        match self {
            Self::PhysicalFunction(_) => 0,
            Self::VirtualFunctions(_) => 1,
            Self::Bridge | Self::CardBusBridge => 2,
            Self::MediatedTypes(_) => 3,
            Self::Vpd(_) => 4,
        }
    }
}

impl PciExpressLink {
    fn place(&self) -> u8 {
        match self {
            Self::Capability(_) => 0,
            Self::Status(_) => 1,
        }
    }

    fn figures_mut(&mut self) -> &mut LinkFigures {
        match self {
            Self::Capability(figures) | Self::Status(figures) => figures,
        }
    }
}

impl LinkFigures {
    fn complete(&mut self) {
        self.port.take_if(|port| *port < 0);
    }
}

impl PciLocation {
    /// Writes out what was left open.
    ///
    /// # Errors
    ///
    /// The bus or the slot is out of its range; `path` is where the place stands in the document.
    pub fn complete(&mut self, path: &str) -> Result<(), Fault> {
        self.domain.get_or_insert_default();
        self.function.get_or_insert_default();
        let Hexadecimal(bus) = *self.bus.get_or_insert_default();
        let Hexadecimal(slot) = *self.slot.get_or_insert_default();
        let out_of_range = |name: &str, most: &str| {
            Err(Fault::new(Invalid, format!("{path}/@{name}"), format!("the {name} is above {most}")))
        };
        match (bus, slot) {
            (0x100.., _) => out_of_range("bus", "0xff"),
            (_, 0x20..) => out_of_range("slot", "0x1f"),
            _ => Ok(()),
        }
    }
}

fn complete_locations(locations: &mut [PciLocation], path: &str) -> Result<(), Fault> {
    let mut numbered = locations.iter_mut().zip(1..);
    numbered.try_for_each(|(location, number)| location.complete(&format!("{path}/address[{number}]")))
}

impl Vpd {
    /// One list of fields for each access, each with the fields that it can have.
    fn complete(&mut self) {
        let mut read_only = None;
        let mut read_write = None;
        for fields in std::mem::take(&mut self.fields) {
            match fields.access {
                Some(VpdAccess::ReadOnly) => {
                    read_only
                        .get_or_insert_with(|| VpdFields::of(VpdAccess::ReadOnly))
                        .take_read_only(fields);
                }
                Some(VpdAccess::ReadWrite) => {
                    read_write
                        .get_or_insert_with(|| VpdFields::of(VpdAccess::ReadWrite))
                        .take_read_write(fields);
                }
                None => {}
            }
        }
        self.fields = read_only.into_iter().chain(read_write).collect();
    }
}

impl VpdFields {
    fn of(access: VpdAccess) -> Self {
        Self { access: Some(access), ..Self::default() }
    }

    fn take_read_only(&mut self, other: Self) {
        self.change_level = other.change_level.or(self.change_level.take());
        self.manufacture_id = other.manufacture_id.or(self.manufacture_id.take());
        self.part_number = other.part_number.or(self.part_number.take());
        self.serial_number = other.serial_number.or(self.serial_number.take());
        merge_fields(&mut self.vendor_fields, other.vendor_fields);
    }

    fn take_read_write(&mut self, other: Self) {
        self.asset_tag = other.asset_tag.or(self.asset_tag.take());
        merge_fields(&mut self.vendor_fields, other.vendor_fields);
        // The system's field A is what the owner knows the device by.
        let (tags, fields): (Vec<_>, Vec<_>) =
            other.system_fields.into_iter().partition(|field| field.index.as_deref() == Some("A"));
        self.asset_tag = tags.into_iter().map(|tag| tag.value).next_back().or(self.asset_tag.take());
        merge_fields(&mut self.system_fields, fields);
    }
}

/// A later field of an index takes the place of an earlier one.
fn merge_fields(fields: &mut Vec<VpdField>, more: Vec<VpdField>) {
    let is_index = |index: &str| matches!(index.as_bytes(), [letter] if letter.is_ascii_digit() || letter.is_ascii_uppercase());
    let known = |field: &VpdField| field.index.as_deref().is_some_and(is_index) && !field.value.is_empty();
    for field in more.into_iter().filter(known) {
        match fields.iter_mut().find(|there| there.index == field.index) {
            Some(there) => *there = field,
            None => fields.push(field),
        }
    }
}

impl NetDevice {
    /// Features are shown once each, in the order of their list; the first technology counts.
    fn complete(&mut self) {
        self.kinds.truncate(1);
        self.features.sort_by_key(|feature| feature.name as u8);
        self.features.dedup();
    }
}

impl ScsiHost {
    /// Virtual adapters are not taken from a document, and of each sort the last counts.
    fn complete(&mut self) {
        self.unique_id.take_if(|id| *id < 0);
        let mut fc_host = None;
        let mut operations = None;
        for capability in std::mem::take(&mut self.capabilities) {
            match capability {
                ScsiHostCapability::FcHost(_) => fc_host = Some(capability),
                ScsiHostCapability::VportOperations(mut numbers) => {
                    (numbers.most, numbers.count) = (Some(0), Some(0));
                    operations = Some(ScsiHostCapability::VportOperations(numbers));
                }
            }
        }
        self.capabilities = fc_host.into_iter().chain(operations).collect();
    }
}

impl StorageDevice {
    /// Sizes of blocks are not taken from a document.
    fn complete(&mut self, path: &str) -> Result<(), Fault> {
        (self.logical_block_size, self.block_count) = (None, None);
        let mut was_available = false;
        let mut removable = None;
        let mut hot_pluggable = None;
        for capability in std::mem::take(&mut self.capabilities) {
            match capability {
                StorageCapability::Removable(mut media) => {
                    (media.logical_block_size, media.block_count) = (None, None);
                    was_available |= media.available == Some(1);
                    media.available = Some(u32::from(was_available));
                    removable = Some(StorageCapability::Removable(media));
                }
                StorageCapability::HotPluggable => hot_pluggable = Some(StorageCapability::HotPluggable),
            }
        }
        match (&removable, self.size) {
            (Some(_), _) => self.size = None,
            (None, Some(_)) => {}
            (None, None) => {
                return Err(Fault::new(Malformed, path, "it is not said how much the device holds")
                    .hint("write it as <size>, in bytes"));
            }
        }
        self.capabilities = removable.into_iter().chain(hot_pluggable).collect();
        Ok(())
    }
}

impl MediatedDevice {
    fn complete(&mut self) {
        self.parent_address = None;
        let group = self.group.get_or_insert_with(MediatedGroup::default);
        group.number.get_or_insert(0);
        self.attributes.retain(|attribute| attribute.name.is_some() && attribute.value.is_some());
    }
}

/// All types are in one list, if there are any.
fn complete_mediated(capabilities: &mut Vec<MediatedCapability>) {
    let mut lists = std::mem::take(capabilities).into_iter();
    let Some(MediatedCapability::Types(mut first)) = lists.next() else { return };
    first.types.extend(lists.flat_map(|MediatedCapability::Types(more)| more.types));
    if !first.types.is_empty() {
        capabilities.push(MediatedCapability::Types(first));
    }
}

impl CryptoQueue {
    fn check(&self, path: &str) -> Result<(), Fault> {
        if self.domain.0 > 255 {
            return Err(Fault::new(Unsupported, format!("{path}/ap-domain"), "the domain is above 255"));
        }
        Ok(())
    }
}
