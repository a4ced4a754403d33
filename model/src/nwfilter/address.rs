//! Addresses and masks of rules.

use crate::document::{Problem, TextValue};
use crate::network_parts::MacAddress;
use crate::network_parts::ip::{ipv6_text, short_ipv4};
use crate::xml::quoted;
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleIpv4(pub Ipv4Addr);

impl TextValue for RuleIpv4 {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let address = match text.parse() {
            Ok(IpAddr::V4(address)) => Some(address),
            Ok(IpAddr::V6(address)) => address.to_ipv4_mapped(),
            Err(_) => short_ipv4(text),
        };
        address.map(Self).ok_or_else(|| Problem::invalid(format!("{} is no address of IPv4", quoted(text))))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

/// An address of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleIpv6(pub Ipv6Addr);

impl TextValue for RuleIpv6 {
    fn from_text(text: &str) -> Result<Self, Problem> {
        text.parse()
            .map(Self)
            .map_err(|_| Problem::invalid(format!("{} is no address of IPv6", quoted(text))))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(ipv6_text(self.0))
    }
}

/// How many bits of an address of IPv4 count; a mask such as `255.255.0.0` is read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4Bits(pub u32);

impl TextValue for Ipv4Bits {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let mask = text.parse::<Ipv4Addr>().ok().map(u32::from);
        let bits = mask.map(|mask| (mask.leading_ones(), mask.count_ones()));
        bits_of(text, bits, 32).map(Self)
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

/// How many bits of an address of IPv6 count; a mask such as `ffff::` is read too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv6Bits(pub u32);

impl TextValue for Ipv6Bits {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let mask = text.parse::<Ipv6Addr>().ok().map(u128::from);
        let bits = mask.map(|mask| (mask.leading_ones(), mask.count_ones()));
        bits_of(text, bits, 128).map(Self)
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

/// The bits of a mask, of which the leading ones must be all, or else of a number.
fn bits_of(text: &str, mask: Option<(u32, u32)>, most: u32) -> Result<u32, Problem> {
    let bits = match mask {
        Some((leading, all)) => (leading == all).then_some(all),
        None => u32::from_text(text).ok(),
    };
    bits.filter(|bits| *bits <= most)
        .ok_or_else(|| Problem::invalid(format!("{} is no mask of up to {most} bits", quoted(text))))
}

/// A mask for hardware addresses: bits that count, then bits that do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacMask(MacAddress);

impl MacMask {
    /// A mask in which so many bits count; 48 at most.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        let bits = bits.min(48);
        let mask = !(u64::MAX.checked_shr(16 + bits).unwrap_or(0)) << 16;
        let [a, b, c, d, e, f, ..] = mask.to_be_bytes();
        Self(if bits == 0 { MacAddress([0; 6]) } else { MacAddress([a, b, c, d, e, f]) })
    }
}

impl TextValue for MacMask {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let mask = MacAddress::from_text(text)?;
        let number = mask.0.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)) << 16;
        if number.leading_ones() == number.count_ones() {
            Ok(Self(mask))
        } else {
            Err(Problem::invalid(format!("{} has gaps", quoted(text))).hint("begin with f and end with 0"))
        }
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }
}

#[cfg(feature = "arbitrary")]
mod generate {
    use super::*;
    use crate::document::Generate;
    use arbitrary::{Result, Unstructured};

    impl Generate for RuleIpv4 {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            source.arbitrary().map(Self)
        }
    }

    impl Generate for RuleIpv6 {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            source.arbitrary().map(Self)
        }
    }

    impl Generate for Ipv4Bits {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            source.int_in_range(0..=32).map(Self)
        }
    }

    impl Generate for Ipv6Bits {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            source.int_in_range(0..=128).map(Self)
        }
    }

    impl Generate for MacMask {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            source.int_in_range(0..=48).map(Self::new)
        }
    }
}
