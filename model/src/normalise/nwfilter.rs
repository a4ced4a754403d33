//! Network filters.

use super::{Refusal, Request, check_file_name, refuse_taken, taken};
use crate::document::{DocumentErrorKind, Problem};
use crate::nwfilter::FilterConfig;

/// The number of libvirt's part for network filters.
const NWFILTER: u32 = 33;

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

pub(super) fn normalise(request: &Request, input: &[u8]) -> Result<String, Refusal> {
    let refusal = |error| Refusal::of(&error, NWFILTER);
    let config = FilterConfig::parse_bytes(input).map_err(refusal)?;
    let mut filter = config.typed();
    let parsed =
        request.preload.iter().map(|text| FilterConfig::parse(text.as_str()).map(|there| there.typed()));
    let there = parsed.collect::<Result<Vec<_>, _>>().map_err(refusal)?;
    let there = there.iter().map(|other| (other.name.as_str(), other.uuid));
    let installed = INSTALLED.iter().map(|name| (*name, None));
    if let Some(what) = taken((&filter.name, filter.uuid), installed.chain(there)) {
        return Err(refuse_taken(what, config.root(), NWFILTER));
    }
    filter.complete().map_err(|fault| refusal(fault.in_document(config.root())))?;
    if filter.name.contains('/') {
        let problem =
            Problem::new(DocumentErrorKind::System, "the name has a '/' in it, which no file can have");
        return Err(refusal(problem.at_attribute(config.root(), "name")));
    }
    check_file_name(&filter.name, config.root(), NWFILTER)?;
    FilterConfig::new(&filter).map(FilterConfig::into_string).map_err(refusal)
}
