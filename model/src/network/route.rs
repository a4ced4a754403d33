//! Checks of ways to other networks.

use super::ip::NetworkIp;
use super::range::{Subnet, mask_bits};
use crate::document::DocumentErrorKind::{Invalid, Unsupported};
use crate::domain::rules::Fault;
use crate::network_parts::{IpFamily, IpRoute};
use std::net::IpAddr;

/// Checks a way, and that a network of the host leads there; `number` is its place among the ways.
pub(super) fn check(route: &IpRoute, number: usize, ips: &[NetworkIp]) -> Result<(), Fault> {
    let path = format!("route[{number}]");
    let invalid =
        |attribute: &str, message: String| Err(Fault::new(Invalid, format!("{path}/@{attribute}"), message));
    let IpRoute { address, gateway, netmask, .. } = route;
    let is_ipv6 = route.family == Some(IpFamily::Ipv6);
    let most = if is_ipv6 { 128 } else { 32 };
    let prefix = route.prefix.unwrap_or(0);
    if address.is_ipv6() != is_ipv6 {
        return invalid("address", format!("{address} is of another family than the way"));
    }
    if gateway.is_ipv6() != is_ipv6 {
        return invalid("gateway", format!("{gateway} is of another family than the way"));
    }
    if netmask.is_some() && (is_ipv6 || route.prefix.is_some()) {
        return invalid("netmask", "a mask is only for IPv4, and not with a prefix".to_owned());
    }
    if prefix > most {
        return invalid("prefix", format!("{prefix} is above {most}"));
    }
    if route.metric == Some(0) {
        return invalid("metric", "the metric is 0".to_owned());
    }
    let prefix = match netmask {
        Some(IpAddr::V4(mask)) => mask_bits(*mask),
        Some(IpAddr::V6(_)) => None,
        None => Some(prefix),
    };
    if !prefix.is_some_and(|prefix| is_network(*address, prefix)) {
        return invalid("address", format!("{address} is not the address of a network")).map_err(|fault| {
            fault.hint("give the prefix of the network, and an address in which all else is 0")
        });
    }
    let mut subnets = ips.iter().filter_map(|ip| Subnet::of(ip).ok());
    if subnets.any(|subnet| subnet.contains(*gateway)) {
        Ok(())
    } else {
        let message = format!("{gateway} is in none of the networks of <ip>");
        Err(Fault::new(Unsupported, format!("{path}/@gateway"), message))
    }
}

/// Whether the bits of the hosts are 0.
fn is_network(address: IpAddr, prefix: u32) -> bool {
    match address {
        IpAddr::V4(address) => u32::from(address) & u32::MAX.checked_shr(prefix).unwrap_or(0) == 0,
        IpAddr::V6(address) => u128::from(address) & u128::MAX.checked_shr(prefix).unwrap_or(0) == 0,
    }
}
