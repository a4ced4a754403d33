//! Sets of CPUs: bytes, lowest CPU first, or a list as text.

use super::{ConvertError, FromWire, IntoWire};
use omnivirt_model::CpuMap;

impl FromWire<Vec<u8>> for CpuMap {
    fn from_wire(wire: Vec<u8>) -> Result<Self, ConvertError> {
        Self::from_bytes(&wire).map_err(|error| ConvertError::new(error.to_string()))
    }
}

impl FromWire<String> for CpuMap {
    fn from_wire(wire: String) -> Result<Self, ConvertError> {
        wire.parse().map_err(|error: omnivirt_model::CpuMapError| ConvertError::new(error.to_string()))
    }
}

impl IntoWire<Vec<u8>> for &CpuMap {
    fn into_wire(self) -> Result<Vec<u8>, ConvertError> {
        Ok(self.to_bytes())
    }
}

impl IntoWire<Vec<u8>> for CpuMap {
    fn into_wire(self) -> Result<Vec<u8>, ConvertError> {
        Ok(self.to_bytes())
    }
}

impl IntoWire<String> for &CpuMap {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok(self.to_string())
    }
}

impl IntoWire<String> for CpuMap {
    fn into_wire(self) -> Result<String, ConvertError> {
        Ok(self.to_string())
    }
}

/// One set behind the other, `length` bytes each, as calls about several virtual CPUs carry them. What does not fit is
/// left out, as libvirt does for a client that asked for short ones.
#[must_use]
pub fn join_maps(maps: &[CpuMap], length: usize) -> Vec<u8> {
    let mut joined = Vec::with_capacity(maps.len().saturating_mul(length));
    for map in maps {
        let mut bytes = map.to_bytes();
        bytes.resize(length, 0);
        joined.append(&mut bytes);
    }
    joined
}

/// What [`join_maps`] joined.
///
/// # Errors
///
/// The bytes are not so many sets of that length, or a CPU's number is too large.
pub fn split_maps(joined: &[u8], count: usize, length: usize) -> Result<Vec<CpuMap>, ConvertError> {
    if count.checked_mul(length) != Some(joined.len()) {
        let problem = format!("{} bytes are not {count} sets of {length} bytes", joined.len());
        return Err(ConvertError::new(problem));
    }
    if length == 0 {
        return Ok(Vec::new());
    }
    let maps = joined.chunks_exact(length);
    maps.map(|map| CpuMap::from_bytes(map).map_err(|error| ConvertError::new(error.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = Vec<CpuMap>> {
        let cpus = prop::collection::vec(0..70_u32, 0..8);
        prop::collection::vec(cpus.prop_map(|cpus| cpus.into_iter().collect()), 0..6)
    }

    proptest! {
        #[test]
        fn sets_are_read_back(maps in sets()) {
            let joined = join_maps(&maps, 9);
            prop_assert_eq!(split_maps(&joined, maps.len(), 9).unwrap(), maps.clone());
            for map in maps {
                let (bytes, text): (Vec<u8>, String) = ((&map).into_wire().unwrap(), (&map).into_wire().unwrap());
                prop_assert_eq!(CpuMap::from_wire(bytes).unwrap(), map.clone());
                prop_assert_eq!(CpuMap::from_wire(text).unwrap(), map);
            }
        }

        #[test]
        fn no_count_panics(bytes: Vec<u8>, count: usize, length: usize) {
            let _ = split_maps(&bytes, count, length);
        }
    }

    #[test]
    fn what_is_no_set_is_refused() {
        assert!(split_maps(&[1, 2, 3], 2, 2).is_err());
        assert!(split_maps(&[], 3, 0).is_ok_and(|maps| maps.is_empty()));
        assert!(CpuMap::from_wire("3-1".to_owned()).is_err());
        assert_eq!(join_maps(&[CpuMap::first(12)], 1), [255]);
    }
}
