//! Numbers of which some have names.

use super::number::RuleNumber;
use crate::document::{Problem, TextValue};
use crate::xml::quoted;
use std::borrow::Cow;

/// Declares a number of which some have names, case aside.
macro_rules! named_numbers {
    ($(#[$meta:meta])* pub struct $name:ident ($noun:literal, $least:literal to $most:literal, $keeps_base:literal) { $($text:literal = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(RuleNumber<$most>);

        impl $name {
            const NAMES: &'static [(&'static str, u32)] = &[$(($text, $number)),*];

            /// The number.
            #[must_use]
            pub fn number(self) -> u32 {
                self.0.value
            }

            /// The name, where the number has one.
            #[must_use]
            pub fn name(self) -> Option<&'static str> {
                Self::NAMES.iter().find(|(_, number)| *number == self.0.value).map(|(name, _)| *name)
            }

            /// What has a name is written by it, whatever base the number was in.
            fn of(mut number: RuleNumber<$most>) -> Self {
                if !$keeps_base || Self(number).name().is_some() {
                    number.is_hexadecimal = false;
                }
                Self(number)
            }
        }

        impl TextValue for $name {
            fn from_text(text: &str) -> Result<Self, Problem> {
                let named = Self::NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
                if let Some((_, value)) = named {
                    return Ok(Self(RuleNumber { value: *value, is_hexadecimal: false }));
                }
                let number = RuleNumber::from_text(text)?;
                if !($least..=$most).contains(&number.value) {
                    return Err(Problem::invalid(format!("{} is below {} for {}", quoted(text), $least, $noun)));
                }
                Ok(Self::of(number))
            }

            fn to_text(&self) -> Cow<'_, str> {
                self.name().map_or_else(|| Cow::Owned(self.0.to_text().into_owned()), Cow::Borrowed)
            }
        }

        #[cfg(feature = "arbitrary")]
        impl crate::document::Generate for $name {
            fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
                let value = source.int_in_range($least..=$most)?;
                Ok(Self::of(RuleNumber { value, is_hexadecimal: source.arbitrary()? }))
            }
        }
    };
}

named_numbers! {
    /// What a frame carries.
    pub struct EtherType("a frame's protocol", 0x600 to 0xffff, true) {
        "arp" = 0x0806,
        "rarp" = 0x8035,
        "ipv4" = 0x0800,
        "ipv6" = 0x86dd,
        "vlan" = 0x8100,
    }
}

named_numbers! {
    /// What a frame of a virtual network carries, or how long that is.
    pub struct EncapsulatedType("the protocol in a VLAN", 0x3c to 0xffff, true) {
        "arp" = 0x0806,
        "rarp" = 0x8035,
        "ipv4" = 0x0800,
        "ipv6" = 0x86dd,
        "vlan" = 0x8100,
    }
}

named_numbers! {
    /// What an IP packet carries.
    pub struct IpProtocol("a protocol", 0 to 0xff, true) {
        "tcp" = 6,
        "udp" = 17,
        "udplite" = 136,
        "esp" = 50,
        "ah" = 51,
        "icmp" = 1,
        "igmp" = 2,
        "sctp" = 132,
        "icmpv6" = 58,
    }
}

impl IpProtocol {
    /// Whether its packets have ports: TCP, UDP, DCCP and SCTP.
    #[must_use]
    pub fn has_ports(self) -> bool {
        matches!(self.number(), 6 | 17 | 33 | 132)
    }
}

named_numbers! {
    /// What an ARP packet is for.
    pub struct ArpOperation("an operation of ARP", 0 to 0xffff, false) {
        "Request" = 1,
        "Reply" = 2,
        "Request_Reverse" = 3,
        "Reply_Reverse" = 4,
        "DRARP_Request" = 5,
        "DRARP_Reply" = 6,
        "DRARP_Error" = 7,
        "InARP_Request" = 8,
        "ARP_NAK" = 9,
    }
}

/// A truth value: `true`, `yes` and `1` are true, all else is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth(pub bool);

impl TextValue for Truth {
    fn from_text(text: &str) -> Result<Self, Problem> {
        Ok(Self(matches!(text, "true" | "yes" | "1")))
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(if self.0 { "true" } else { "false" })
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for Truth {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
