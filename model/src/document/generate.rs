//! Values made up from bytes, for tests that try any document.

use super::mapping::ElementValue;
use arbitrary::{Result, Unstructured};

/// A type of which tests can make up values. Everything that is made up can be written.
pub trait Generate: Sized {
    /// Makes up a value.
    ///
    /// # Errors
    ///
    /// The bytes do not do for one.
    fn generate(source: &mut Unstructured<'_>) -> Result<Self>;

    /// Makes up a value that stands in elements of that name, which is part of few types' values.
    ///
    /// # Errors
    ///
    /// As [`Generate::generate`].
    fn generate_named(source: &mut Unstructured<'_>, _name: &str) -> Result<Self> {
        Self::generate(source)
    }
}

/// The most of a kind.
const MOST: usize = 3;

impl<T: Generate + ElementValue> Generate for Option<T> {
    fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
        Self::generate_named(source, "")
    }

    fn generate_named(source: &mut Unstructured<'_>, name: &str) -> Result<Self> {
        // Without bytes left nothing more is made up, so that a type that holds itself comes to an end.
        if source.is_empty() || !source.arbitrary::<bool>()? {
            return Ok(None);
        }
        T::generate_named(source, name).map(|value| Some(value).filter(|value| !value.means_nothing()))
    }
}

impl<T: Generate + ElementValue> Generate for Vec<T> {
    fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
        let count = if source.is_empty() { 0 } else { source.int_in_range(0..=MOST)? };
        let values = (0..count).map(|_| T::generate(source)).collect::<Result<Self>>()?;
        Ok(values.into_iter().filter(|value| !value.means_nothing()).collect())
    }
}

impl Generate for bool {
    fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
        source.arbitrary()
    }
}

impl Generate for String {
    fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
        const CHARACTERS: &[char] =
            &['a', 'Z', '0', '-', '.', ' ', '<', '&', '\'', '"', '>', '\n', '\t', 'é', '漢', '🦀'];
        let more = source.int_in_range(0..=7)?;
        // One that is empty, or starts or ends with a blank, means something else in places.
        let mut text = "x".to_owned();
        for _ in 0..more {
            text.push(*source.choose(CHARACTERS)?);
        }
        text.push('y');
        Ok(text)
    }
}

macro_rules! numbers {
    ($($ty:ty),*) => {$(
        impl Generate for $ty {
            fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
                source.arbitrary()
            }
        }
    )*};
}

numbers!(u8, u16, u32, u64, i32, i64);

impl Generate for uuid::Uuid {
    fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
        source.arbitrary().map(Self::from_u128)
    }
}

impl Generate for crate::CpuMap {
    fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
        let mut cpus: Self = source.arbitrary::<[u8; 3]>()?.into_iter().map(u32::from).collect();
        cpus = cpus.iter().chain([source.int_in_range(0..=Self::LIMIT - 1)?]).collect();
        Ok(cpus)
    }
}
