//! Sizes of memory and of storage.

use super::error::{DocumentError, DocumentErrorKind, Problem};
use super::mapping::{ElementValue, TextValue};
use super::number::digits;
use super::shape::Shape;
use super::target::Target;
use crate::xml::{Element, quoted};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount of memory, kept in KiB; what is no multiple of that is rounded up.
///
/// ```
/// use omnivirt_model::document::MemorySize;
///
/// assert_eq!(MemorySize::parse("2", "GiB").map(MemorySize::kib), Ok(2_097_152));
/// assert_eq!(MemorySize::parse("1", "b").map(MemorySize::kib), Ok(1));
/// assert!(MemorySize::parse("2", "parsec").is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct MemorySize {
    kib: u64,
}

/// libvirt's limit on memory in bytes: a file's size must be able to hold it.
const MOST_BYTES: u128 = i64::MAX as u128;

impl MemorySize {
    /// So many KiB.
    #[must_use]
    pub const fn from_kib(kib: u64) -> Self {
        Self { kib }
    }

    /// How many KiB it is.
    #[must_use]
    pub const fn kib(self) -> u64 {
        self.kib
    }

    /// A number and a unit, case aside: `b`, `bytes`, `KB` (1000), `k` or `KiB` (1024), and so on to `EB`, `E`, `EiB`.
    /// An empty unit is KiB.
    ///
    /// # Errors
    ///
    /// The number is none, the unit is unknown, or it is 8 EiB or more.
    pub fn parse(number: &str, unit: &str) -> Result<Self, Problem> {
        let bytes = bytes(number, unit, 1024)?;
        Ok(Self { kib: bytes.div_ceil(1024) })
    }
}

/// An amount of storage in bytes.
///
/// ```
/// use omnivirt_model::document::ByteSize;
///
/// assert_eq!(ByteSize::parse("2", "KiB").map(ByteSize::bytes), Ok(2048));
/// assert_eq!(ByteSize::parse("2", "").map(ByteSize::bytes), Ok(2));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ByteSize {
    bytes: u64,
}

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u64) -> Self {
        Self { bytes }
    }

    /// How many bytes it is.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.bytes
    }

    /// A number and a unit, as [`MemorySize::parse`]; an empty unit is bytes.
    ///
    /// # Errors
    ///
    /// As [`MemorySize::parse`].
    pub fn parse(number: &str, unit: &str) -> Result<Self, Problem> {
        bytes(number, unit, 1).map(Self::from_bytes)
    }
}

/// An amount of memory in whole MiB; what is left over is cut off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct MebibyteSize {
    mebibytes: u64,
}

impl MebibyteSize {
    /// So many MiB.
    #[must_use]
    pub const fn from_mebibytes(mebibytes: u64) -> Self {
        Self { mebibytes }
    }

    /// How many MiB it is.
    #[must_use]
    pub const fn mebibytes(self) -> u64 {
        self.mebibytes
    }

    /// A number and a unit, as [`MemorySize::parse`]; an empty unit is bytes.
    ///
    /// # Errors
    ///
    /// As [`MemorySize::parse`].
    pub fn parse(number: &str, unit: &str) -> Result<Self, Problem> {
        bytes(number, unit, 1).map(|bytes| Self { mebibytes: bytes >> 20 })
    }
}

/// So many bytes a number is in a unit; an empty one has a factor of its own.
fn bytes(number: &str, unit: &str, without_unit: u128) -> Result<u64, Problem> {
    let amount = digits(number).filter(|digits| !digits.starts_with('-')).ok_or_else(|| {
        Problem::invalid(format!("{} is no amount", quoted(number)))
            .hint("write a whole number, and the unit in the attribute unit")
    })?;
    let factor = if unit.is_empty() { Some(without_unit) } else { factor(unit) }.ok_or_else(|| {
        Problem::new(DocumentErrorKind::InvalidArgument, format!("{} is no unit of memory", quoted(unit)))
            .hint("use bytes, KB, KiB, MB, MiB, GB, GiB, TB or TiB")
    })?;
    // Beyond 64 bits libvirt sees no number at all.
    let amount: u64 =
        amount.parse().map_err(|_| Problem::invalid(format!("{} is too large a number", quoted(number))))?;
    let bytes = u128::from(amount).checked_mul(factor).filter(|bytes| *bytes <= MOST_BYTES);
    bytes.and_then(|bytes| u64::try_from(bytes).ok()).ok_or_else(|| {
        Problem::new(
            DocumentErrorKind::Overflow,
            format!("{} {} is 8 EiB or more", quoted(number), quoted(unit)),
        )
    })
}

fn factor(unit: &str) -> Option<u128> {
    let unit = unit.to_ascii_lowercase();
    if matches!(unit.as_str(), "b" | "byte" | "bytes") {
        return Some(1);
    }
    let prefix = unit.chars().next()?;
    let power = 1 + "kmgtpe".find(prefix)? as u32;
    match &unit[1..] {
        "" | "ib" => Some(1024_u128.pow(power)),
        "b" => Some(1000_u128.pow(power)),
        _ => None,
    }
}

#[cfg(feature = "arbitrary")]
impl super::Generate for ByteSize {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.int_in_range(0..=MOST_BYTES as u64).map(Self::from_bytes)
    }
}

#[cfg(feature = "arbitrary")]
impl super::Generate for MebibyteSize {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.int_in_range(0..=(MOST_BYTES >> 20) as u64).map(|mebibytes| Self { mebibytes })
    }
}

#[cfg(feature = "arbitrary")]
impl super::Generate for MemorySize {
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self> {
        source.int_in_range(0..=(MOST_BYTES / 1024) as u64).map(Self::from_kib)
    }
}

macro_rules! sized_element {
    ($($name:ident: $unit:literal, $number:ident;)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, concat!("{} ", $unit), self.$number())
            }
        }

        impl ElementValue for $name {
            fn is_absent(element: Element<'_>) -> bool {
                element.text().is_empty()
            }

            fn read(element: Element<'_>) -> Result<Self, DocumentError> {
                // libvirt looks for what is written, whatever default the document defines.
                let unit =
                    element.attribute("unit").and_then(|_| element.attribute_value("unit")).unwrap_or_default();
                Self::parse(&element.text(), &unit).map_err(|problem| match problem.kind {
                    DocumentErrorKind::InvalidArgument => problem.at_attribute(element, "unit"),
                    _ => problem.at(element),
                })
            }

            fn write(&self, target: &mut Target<'_, '_>) {
                target.set_attribute("unit", Some(&$unit.to_owned()));
                target.set_text(&self.$number().to_text());
            }

            fn shape(shape: &mut Shape) {
                shape.attribute("unit");
            }
        }
    )*};
}

sized_element! {
    MemorySize: "KiB", kib;
    ByteSize: "bytes", bytes;
    MebibyteSize: "M", mebibytes;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_of_libvirt_is_known() {
        let kib = |number: &str, unit: &str| {
            MemorySize::parse(number, unit)
                .map(MemorySize::kib)
                .map_err(|problem| problem.kind.libvirt_code())
        };
        for (unit, expected) in [
            ("", 1024),
            ("b", 1),
            ("Bytes", 1),
            ("KB", 1000),
            ("k", 1024),
            ("kib", 1024),
            ("MB", 1_000_000),
            ("M", 1 << 20),
            ("mib", 1 << 20),
            ("GB", 1_000_000_000),
            ("g", 1 << 30),
            ("GiB", 1 << 30),
            ("TB", 1_000_000_000_000),
            ("T", 1 << 40),
            ("TiB", 1 << 40),
            ("PB", 1_000_000_000_000_000),
            ("P", 1 << 50),
            ("PiB", 1_u64 << 50),
            ("EB", 1_000_000_000_000_000_000),
            ("E", 1 << 60),
            ("EiB", 1_u64 << 60),
        ] {
            assert_eq!(kib("7", unit), Ok((7 * u128::from(expected)).div_ceil(1024) as u64), "{unit}");
        }
        for unit in ["parsec", "ki", "kibi", "B i", " KiB", "ä", "kbytes"] {
            assert_eq!(kib("1", unit), Err(8), "{unit}");
        }
        assert_eq!(kib("8", "EiB"), Err(82));
        assert_eq!(kib("18446744073709551615", "MiB"), Err(82));
        for number in ["99999999999999999999", "-1", "1.5", "0x80000", "1024 "] {
            assert_eq!(kib(number, "KiB"), Err(27), "{number}");
        }
    }
}
