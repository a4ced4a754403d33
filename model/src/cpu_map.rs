//! Sets of CPU numbers.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A set of CPU numbers, each below [`CpuMap::LIMIT`].
///
/// Its text form is libvirt's list: numbers, ranges, and numbers taken out of what stands before them.
///
/// ```
/// use omnivirt_model::CpuMap;
///
/// let cpus: CpuMap = "0-3,^2,8".parse().unwrap();
/// assert_eq!(cpus.iter().collect::<Vec<_>>(), [0, 1, 3, 8]);
/// assert_eq!(cpus.to_string(), "0-1,3,8");
/// assert_eq!(cpus.to_bytes(), [0b0000_1011, 0b0000_0001]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "json", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "json", schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct CpuMap {
    /// The lowest CPU is the lowest bit of the first byte. The last byte is never zero, so that equal sets are equal.
    bytes: Vec<u8>,
}

impl CpuMap {
    /// One more than the highest CPU number, so that no peer makes a small text into a large set.
    pub const LIMIT: u32 = 16_384;

    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// The CPUs from 0 on, so many of them; at most [`CpuMap::LIMIT`].
    #[must_use]
    pub fn first(count: u32) -> Self {
        (0..count.min(Self::LIMIT)).collect()
    }

    /// A set in libvirt's byte form, lowest CPU first.
    ///
    /// # Errors
    ///
    /// A CPU number of [`CpuMap::LIMIT`] or more.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CpuMapError> {
        let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        if used > Self::LIMIT as usize / 8 {
            return Err(CpuMapError::new(&format!("{used} bytes"), &too_large()));
        }
        Ok(Self { bytes: bytes[..used].to_vec() })
    }

    /// libvirt's byte form, lowest CPU first, as short as it can be.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Whether the CPU is in the set.
    #[must_use]
    pub fn contains(&self, cpu: u32) -> bool {
        self.bytes.get(cpu as usize / 8).is_some_and(|byte| byte & bit(cpu) != 0)
    }

    /// Puts a CPU into the set. False, and nothing done, if its number is [`CpuMap::LIMIT`] or more.
    pub fn insert(&mut self, cpu: u32) -> bool {
        if cpu >= Self::LIMIT {
            return false;
        }
        let index = cpu as usize / 8;
        if self.bytes.len() <= index {
            self.bytes.resize(index + 1, 0);
        }
        self.bytes[index] |= bit(cpu);
        true
    }

    /// Takes a CPU out of the set. Whether it was in it.
    pub fn remove(&mut self, cpu: u32) -> bool {
        let was_in = self.contains(cpu);
        if was_in {
            self.bytes[cpu as usize / 8] &= !bit(cpu);
            let used = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            self.bytes.truncate(used);
        }
        was_in
    }

    /// How many CPUs are in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.iter().map(|byte| byte.count_ones() as usize).sum()
    }

    /// Whether no CPU is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The CPUs, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        // The length is bounded by LIMIT, so that the count of bits fits.
        (0..self.bytes.len() as u32 * 8).filter(|cpu| self.contains(*cpu))
    }
}

fn bit(cpu: u32) -> u8 {
    1 << (cpu % 8)
}

fn too_large() -> String {
    format!("the highest CPU number is {}", CpuMap::LIMIT - 1)
}

impl FromIterator<u32> for CpuMap {
    /// The set of these CPUs; numbers of [`CpuMap::LIMIT`] or more are left out.
    fn from_iter<I: IntoIterator<Item = u32>>(cpus: I) -> Self {
        let mut map = Self::new();
        for cpu in cpus {
            map.insert(cpu);
        }
        map
    }
}

impl fmt::Display for CpuMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cpus = self.iter().peekable();
        let mut separator = "";
        while let Some(first) = cpus.next() {
            let mut last = first;
            while let Some(next) = cpus.next_if_eq(&(last + 1)) {
                last = next;
            }
            if first == last {
                write!(formatter, "{separator}{first}")?;
            } else {
                write!(formatter, "{separator}{first}-{last}")?;
            }
            separator = ",";
        }
        Ok(())
    }
}

impl From<CpuMap> for String {
    fn from(map: CpuMap) -> Self {
        map.to_string()
    }
}

impl FromStr for CpuMap {
    type Err = CpuMapError;

    fn from_str(text: &str) -> Result<Self, CpuMapError> {
        let mut map = Self::new();
        if text.is_empty() {
            return Ok(map);
        }
        let number = |part: &str| match part.parse::<u32>() {
            // `parse` takes a sign, which no list has.
            Ok(cpu) if part.starts_with(|first: char| first.is_ascii_digit()) => {
                if cpu < Self::LIMIT {
                    Ok(cpu)
                } else {
                    Err(CpuMapError::new(text, &too_large()))
                }
            }
            _ => Err(CpuMapError::new(text, &format!("'{}' is no CPU number", shortened(part)))),
        };
        for part in text.split(',').map(str::trim) {
            if let Some(excluded) = part.strip_prefix('^') {
                map.remove(number(excluded)?);
            } else if let Some((first, last)) = part.split_once('-') {
                let (first, last) = (number(first.trim_end())?, number(last.trim_start())?);
                if first > last {
                    return Err(CpuMapError::new(text, &format!("the range {first}-{last} runs backwards")));
                }
                (first..=last).for_each(|cpu| {
                    map.insert(cpu);
                });
            } else {
                map.insert(number(part)?);
            }
        }
        Ok(map)
    }
}

impl TryFrom<String> for CpuMap {
    type Error = CpuMapError;

    fn try_from(text: String) -> Result<Self, CpuMapError> {
        text.parse()
    }
}

/// A text, or bytes, that are no set of CPUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuMapError {
    text: String,
    problem: String,
}

impl CpuMapError {
    fn new(text: &str, problem: &str) -> Self {
        Self { text: shortened(text), problem: problem.to_owned() }
    }
}

/// What a hostile peer sent is quoted in part only.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

impl fmt::Display for CpuMapError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{}' is no list of CPUs such as 0-3,^2,8: {}", self.text, self.problem)
    }
}

impl std::error::Error for CpuMapError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_is_read_back_from_its_text_and_its_bytes(cpus in prop::collection::btree_set(0..600_u32, 0..40)) {
            let map: CpuMap = cpus.iter().copied().collect();
            prop_assert_eq!(map.to_string().parse(), Ok(map.clone()));
            prop_assert_eq!(CpuMap::from_bytes(&map.to_bytes()), Ok(map.clone()));
            prop_assert_eq!(map.len(), cpus.len());
            prop_assert_eq!(map.iter().collect::<BTreeSet<_>>(), cpus);
        }

        #[test]
        fn no_text_panics(text in "[0-9,^ -]{0,20}|.*") {
            let _ = text.parse::<CpuMap>();
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in
            [",", "0-", "-1", "+1", "5-2", "0-999999999", "16384", "^", "a", "1,,2", "^0-3", "99999999999999"]
        {
            assert!(text.parse::<CpuMap>().is_err(), "{text}");
        }
        assert!(CpuMap::from_bytes(&[1; 4096]).is_err());
    }

    #[test]
    fn zero_bytes_at_the_end_mean_nothing() {
        let mut padded = vec![3];
        padded.resize(10_000, 0);
        let mut map = CpuMap::from_bytes(&padded).unwrap();
        assert_eq!(map, CpuMap::first(2));
        assert!(map.insert(70) && map.remove(70) && !map.remove(70) && !map.insert(CpuMap::LIMIT));
        assert_eq!(map, CpuMap::first(2));
    }
}
