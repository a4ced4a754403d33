//! Ethernet addresses.

use crate::document::{Problem, TextValue};
use crate::xml::quoted;
use std::borrow::Cow;
use std::fmt;

/// An Ethernet address: six numbers of one or two hexadecimal digits, with `:` between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "json", schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// A made-up address with the first three bytes given.
    #[must_use]
    pub fn random(prefix: [u8; 3]) -> Self {
        let [first, second, third, ..] = *uuid::Uuid::new_v4().as_bytes();
        Self([prefix[0], prefix[1], prefix[2], first, second, third])
    }

    /// Whether it stands for a group of receivers.
    #[must_use]
    pub fn is_multicast(self) -> bool {
        self.0[0] & 1 != 0
    }
}

impl TextValue for MacAddress {
    fn from_text(text: &str) -> Result<Self, Problem> {
        read(text).map(Self).ok_or_else(|| {
            Problem::invalid(format!("{} is no MAC address", quoted(text)))
                .hint("write six hexadecimal numbers such as 52:54:00:12:34:56")
        })
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_string())
    }
}

fn read(text: &str) -> Option<[u8; 6]> {
    let mut parts = text.split(':');
    let mut bytes = [0; 6];
    for byte in &mut bytes {
        let part = parts.next()?;
        let is_good = matches!(part.len(), 1 | 2) && part.bytes().all(|digit| digit.is_ascii_hexdigit());
        *byte = u8::from_str_radix(part, 16).ok().filter(|_| is_good)?;
    }
    parts.next().is_none().then_some(bytes)
}

impl fmt::Display for MacAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(formatter, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl TryFrom<String> for MacAddress {
    type Error = Problem;

    fn try_from(text: String) -> Result<Self, Problem> {
        Self::from_text(&text)
    }
}

impl From<MacAddress> for String {
    fn from(address: MacAddress) -> Self {
        address.to_string()
    }
}

#[cfg(feature = "arbitrary")]
impl crate::document::Generate for MacAddress {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.arbitrary().map(Self)
    }
}
