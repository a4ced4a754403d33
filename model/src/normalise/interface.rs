//! Host interfaces.

use super::Refusal;
use crate::host_interface::HostInterfaceConfig;

/// The number of libvirt's part for host interfaces.
const INTERFACE: u32 = 26;

pub(super) fn normalise(input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, INTERFACE);
    let mut interface = HostInterfaceConfig::parse_bytes(input).map_err(refusal)?.typed();
    interface.complete();
    HostInterfaceConfig::new(&interface).map(HostInterfaceConfig::into_string).map_err(refusal)
}
