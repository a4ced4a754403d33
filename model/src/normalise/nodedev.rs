//! Node devices.

use super::Refusal;
use crate::node_device::NodeDeviceConfig;

/// The number of libvirt's part for node devices.
const NODE_DEVICE: u32 = 22;

pub(super) fn normalise(input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, NODE_DEVICE);
    let config = NodeDeviceConfig::parse_bytes(input).map_err(refusal)?;
    let mut device = config.typed();
    device.complete().map_err(|fault| refusal(fault.in_document(config.root())))?;
    NodeDeviceConfig::new(&device).map(NodeDeviceConfig::into_string).map_err(refusal)
}
