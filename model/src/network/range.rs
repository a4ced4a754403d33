//! Addresses in a row, and whether they are within a network.

use super::ip::NetworkIp;
use std::net::{IpAddr, Ipv4Addr};

/// The most addresses that a range has.
const MOST_ADDRESSES: u128 = 65535;

/// A network: an address in it and how many bits of that are the network's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subnet {
    address: IpAddr,
    prefix: u32,
}

impl Subnet {
    /// The network around an address of a host, of which what is not said follows from the address; an error where the
    /// mask has gaps.
    pub(super) fn of(ip: &NetworkIp) -> Result<Self, String> {
        let prefix = match (ip.netmask, ip.prefix.filter(|prefix| *prefix > 0)) {
            (Some(IpAddr::V4(mask)), _) => {
                mask_bits(mask).ok_or_else(|| format!("the mask {mask} has gaps"))?
            }
            (_, Some(prefix)) => prefix,
            (_, None) => default_prefix(ip.address),
        };
        Ok(Self { address: ip.address, prefix })
    }

    pub(super) fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - self.prefix.min(32);
                u64::from(u32::from(own)) >> shift == u64::from(u32::from(other)) >> shift
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - self.prefix.min(128);
                let network = |number: u128| number.checked_shr(shift).unwrap_or(0);
                network(own.into()) == network(other.into())
            }
            _ => false,
        }
    }

    /// What is wrong with a range of its addresses.
    pub(super) fn check_range(self, start: IpAddr, end: IpAddr) -> Result<(), String> {
        check_order(start, end)?;
        if self.address.is_ipv4() != start.is_ipv4() {
            return Err(format!(
                "the range from {start} to {end} is of another family than {}",
                self.address
            ));
        }
        if !(self.contains(start) && self.contains(end)) {
            return Err(format!("the range from {start} to {end} is not within the network"));
        }
        if let (IpAddr::V4(start), IpAddr::V4(end)) = (start, end) {
            let hosts = u32::MAX.checked_shr(self.prefix).unwrap_or(0);
            if u32::from(start) & hosts == 0 {
                return Err(format!("{start} is the address of the network itself"));
            }
            if u32::from(end) & hosts == hosts {
                return Err(format!("{end} is the address of all hosts of the network"));
            }
        }
        Ok(())
    }
}

/// What is wrong with the ends of a range.
pub(super) fn check_order(start: IpAddr, end: IpAddr) -> Result<(), String> {
    if start.is_ipv4() != end.is_ipv4() {
        return Err(format!("{start} and {end} are of different families"));
    }
    let (first, last) = (number(start), number(end));
    if first > last {
        return Err(format!("the range from {start} to {end} is reversed"));
    }
    if last - first > MOST_ADDRESSES {
        return Err(format!("the range from {start} to {end} has more than {MOST_ADDRESSES} addresses"));
    }
    Ok(())
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

/// How many bits of a mask count; none where it has gaps.
pub(super) fn mask_bits(mask: Ipv4Addr) -> Option<u32> {
    let mask = u32::from(mask);
    (mask.leading_ones() == mask.count_ones()).then(|| mask.leading_ones())
}

/// By the old classes of addresses for IPv4.
fn default_prefix(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(address) => match address.octets()[0] {
            0 => 0,
            1..=127 => 8,
            128..=191 => 16,
            192..=223 => 24,
            _ => 0,
        },
        IpAddr::V6(_) => 64,
    }
}
