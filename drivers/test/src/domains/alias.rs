//! The names by which events and calls know the devices of a running domain.

use omnivirt_core::domain::{Device, DomainConfig};
use std::collections::HashSet;

/// Gives out names of devices that no other device of the domain has.
#[derive(Debug)]
pub(crate) struct Aliases(HashSet<String>);

impl Aliases {
    /// With the names that are in use.
    pub(crate) fn of(config: &DomainConfig) -> Self {
        Self(config.devices().filter_map(Device::alias).map(Into::into).collect())
    }

    /// A name for a device that has none: of its kind, and of its bus for a disk, with the first number free.
    pub(crate) fn name(&mut self, device: Device<'_>) -> String {
        let stem = match device.kind() {
            "disk" => {
                let bus = device.element().child("target").and_then(|target| target.attribute_value("bus"));
                format!("{}-disk", bus.as_deref().unwrap_or("virtio"))
            }
            "interface" => "net".to_owned(),
            "memballoon" => "balloon".to_owned(),
            "filesystem" => "fs".to_owned(),
            "memory" => "dimm".to_owned(),
            "redirdev" => "redir".to_owned(),
            kind => kind.to_owned(),
        };
        let mut numbers = 0_u32..;
        let name =
            numbers.by_ref().map(|number| format!("{stem}{number}")).find(|name| !self.0.contains(name));
        let name = name.expect("a domain has fewer devices than there are numbers");
        self.0.insert(name.clone());
        name
    }
}
