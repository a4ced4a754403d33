//! IP addresses and routes.

use crate::document::text::words;
use crate::document::{Problem, TextValue, mapped};
use crate::xml::quoted;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IP address of an interface and the network around it.
#[mapped]
pub struct IpConfig {
    /// The address.
    #[attribute("address")]
    pub address: IpAddr,
    /// Its family; absent for that which the address has.
    #[attribute("family", lenient)]
    pub family: Option<IpFamily>,
    /// How many bits of the address are those of the network.
    #[attribute("prefix")]
    pub prefix: Option<u32>,
    /// The other end of a point-to-point connection.
    #[attribute("peer", error = InvalidArgument)]
    pub peer: Option<IpAddr>,
}

/// A way to a network.
#[mapped]
pub struct IpRoute {
    /// The family of the addresses; absent for IPv4.
    #[attribute("family")]
    pub family: Option<IpFamily>,
    /// The network.
    #[attribute("address")]
    pub address: IpAddr,
    /// Its mask, in the place of `prefix`.
    #[attribute("netmask")]
    pub netmask: Option<IpAddr>,
    /// How many bits of the address are those of the network.
    #[attribute("prefix")]
    pub prefix: Option<u32>,
    /// Where packets are sent.
    #[attribute("gateway")]
    pub gateway: IpAddr,
    /// The smaller, the better the way.
    #[attribute("metric")]
    pub metric: Option<u32>,
}

words! {
    /// A family of addresses.
    pub enum IpFamily("family of addresses", Invalid) {
        /// IP version 4.
        Ipv4 = "ipv4",
        /// IP version 6.
        Ipv6 = "ipv6",
    }
}

impl TextValue for IpAddr {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let short = || short_ipv4(text).map(Self::V4);
        text.parse().ok().or_else(short).ok_or_else(|| {
            Problem::invalid(format!("{} is no IP address", quoted(text))).hint("write it in numbers")
        })
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(match self {
            Self::V4(address) => address.to_string(),
            Self::V6(address) => ipv6_text(*address),
        })
    }
}

/// An address in libvirt's way: one that stands for an IPv4 address has that at its end.
pub(crate) fn ipv6_text(address: Ipv6Addr) -> String {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            format!("::{}", Ipv4Addr::new(a, b, c, d))
        }
        _ => address.to_string(),
    }
}

/// The old short forms of IPv4 addresses: one to four numbers, of which the last fills what is left.
pub(crate) fn short_ipv4(text: &str) -> Option<Ipv4Addr> {
    let numbers = text.split('.').map(c_number).collect::<Option<Vec<u32>>>()?;
    let (last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|byte| *byte > 0xff) {
        return None;
    }
    let room = 8 * (4 - first.len() as u32);
    if room < 32 && *last >= 1 << room {
        return None;
    }
    let upper = first.iter().enumerate().fold(0, |sum, (place, byte)| sum | (byte << (24 - 8 * place)));
    Some(Ipv4Addr::from(upper | last))
}

fn c_number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    (!digits.starts_with('+')).then(|| u32::from_str_radix(digits, radix).ok()).flatten()
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for IpAddr {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary()
    }
}
