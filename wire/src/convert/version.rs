//! Versions, which are one number on the wire: a million for each major part, a thousand for each minor one.

use super::{ConvertError, FromWire, IntoWire};
use omnivirt_model::Version;

impl FromWire<u64> for Version {
    fn from_wire(wire: u64) -> Result<Self, ConvertError> {
        let major = u32::from_wire(wire / 1_000_000)?;
        let part = |number: u64| u32::from_wire(number % 1_000);
        Ok(Self::default().major(major).minor(part(wire / 1_000)?).release(part(wire)?))
    }
}

impl IntoWire<u64> for Version {
    fn into_wire(self) -> Result<u64, ConvertError> {
        Ok(u64::from(self.major) * 1_000_000 + u64::from(self.minor) * 1_000 + u64::from(self.release))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_one_number() {
        let version = Version::default().major(9).minor(0).release(3);
        assert_eq!(version.clone().into_wire(), Ok(9_000_003));
        assert_eq!(Version::from_wire(9_000_003), Ok(version));
    }
}
