//! Network filters.

use super::{Refusal, Request};
use crate::nwfilter::FilterConfig;

/// The number of libvirt's part for network filters.
const NWFILTER: u32 = 33;
/// The code of an operation that is not possible as things are.
const OPERATION_FAILED: u32 = 9;
/// The code of an error of the system.
const SYSTEM_ERROR: u32 = 38;

/// The filters that every host has, by their names.
const INSTALLED: &[&str] = &[
    "allow-arp",
    "allow-dhcp",
    "allow-dhcp-server",
    "allow-dhcpv6",
    "allow-dhcpv6-server",
    "allow-incoming-ipv4",
    "allow-incoming-ipv6",
    "allow-ipv4",
    "allow-ipv6",
    "clean-traffic",
    "clean-traffic-gateway",
    "no-arp-ip-spoofing",
    "no-arp-mac-spoofing",
    "no-arp-spoofing",
    "no-ip-multicast",
    "no-ip-spoofing",
    "no-ipv6-multicast",
    "no-ipv6-spoofing",
    "no-mac-broadcast",
    "no-mac-spoofing",
    "no-other-l2-traffic",
    "no-other-rarp-traffic",
    "qemu-announce-self",
    "qemu-announce-self-rarp",
];

pub(super) fn normalise(_request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, NWFILTER);
    let config = FilterConfig::parse_bytes(input).map_err(refusal)?;
    let mut filter = config.typed();
    if INSTALLED.contains(&filter.name.as_str()) {
        let message = format!("the host has a filter '{}' already", filter.name);
        return Err(Refusal::new(OPERATION_FAILED, NWFILTER, message));
    }
    filter.complete().map_err(|fault| refusal(fault.in_document(config.root())))?;
    if filter.name.contains('/') || filter.name.len() > super::LONGEST_FILE_NAME {
        let message = format!("'{}' is no name that a file can have", filter.name);
        return Err(Refusal::new(SYSTEM_ERROR, NWFILTER, message));
    }
    FilterConfig::new(&filter).map(FilterConfig::into_string).map_err(refusal)
}
