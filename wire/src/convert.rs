//! Conversions between the values of the API and those of the wire, for both sides of it.
//!
//! A value of the API implements [`FromWire`] and [`IntoWire`] for each form that it has in messages. What can be borrowed
//! implements [`IntoWire`] for the reference too, so that a driver that got `&DomainRef` or `&[u32]` need not clone first.
//!
//! ```
//! use omnivirt_model::{CpuMap, DomainRef, Uuid};
//! use omnivirt_wire::convert::{ConvertError, FromWire, IntoWire};
//! use omnivirt_wire::structs::Domain;
//!
//! let domain: Domain = DomainRef::new("web", Uuid::nil(), None).into_wire()?;
//! assert_eq!(domain.id, -1);
//! assert_eq!(CpuMap::from_wire(vec![0b101])?.to_string(), "0,2");
//! assert!(u32::from_wire(-1_i64).is_err());
//! # Ok::<(), ConvertError>(())
//! ```

mod cpus;
mod domain_stats;
mod enums;
pub mod event;
mod faults;
mod guest;
mod lists;
mod numbers;
mod objects;
pub mod parameters;
mod state;
mod statistics;
mod text;
mod time;
mod version;

pub use cpus::{join_maps, split_maps};
pub(crate) use enums::enum_number;
pub use objects::LegacyName;
pub use parameters::Parameters;
pub use state::{reason_number, state_info};
pub use time::{moment, seconds_and_nanoseconds};

use std::borrow::Cow;
use std::fmt;

/// A value that can be made of one from the wire.
pub trait FromWire<W>: Sized {
    /// The value that the wire's one stands for.
    ///
    /// # Errors
    ///
    /// It stands for none: a number out of range or without a meaning, an absent text, a malformed one.
    fn from_wire(wire: W) -> Result<Self, ConvertError>;
}

/// A value that can be put on the wire.
pub trait IntoWire<W> {
    /// The value as the wire has it.
    ///
    /// # Errors
    ///
    /// The wire has no such value, as its numbers are smaller.
    fn into_wire(self) -> Result<W, ConvertError>;
}

/// Options that are bits of a call's `flags`.
pub trait Flags: Default {
    /// All bits that stand for one of the options.
    const ALL: u32;

    /// The bits of the options that are set.
    fn bits(&self) -> u32;

    /// Sets the options as these bits say. Bits that stand for none are passed over.
    fn set_bits(&mut self, bits: u32);

    /// The options of these bits.
    #[must_use]
    fn from_bits(bits: u32) -> Self {
        let mut options = Self::default();
        options.set_bits(bits);
        options
    }
}

/// The bits of a call's `flags`, which several options share.
#[derive(Debug)]
pub struct FlagBits {
    bits: u32,
    left: u32,
}

/// libvirt's bit for "texts among typed parameters are understood", which says nothing to the call.
const TEXT_PARAMETERS: u32 = 4;

impl FlagBits {
    /// All bits.
    #[must_use]
    pub fn new(bits: u32) -> Self {
        Self { bits, left: bits }
    }

    /// All bits, of a call with typed parameters.
    #[must_use]
    pub fn with_parameters(bits: u32) -> Self {
        Self::new(bits & !TEXT_PARAMETERS)
    }

    /// Sets the options that these bits stand for.
    pub fn take<F: Flags>(&mut self, options: &mut F) {
        self.left &= !F::ALL;
        options.set_bits(self.bits);
    }

    /// Refuses bits that no options stand for.
    ///
    /// # Errors
    ///
    /// There are such; the error names them and the function of libvirt's that they were given to.
    pub fn finish(self, function: &'static str) -> Result<(), ConvertError> {
        match self.left {
            0 => Ok(()),
            left => Err(ConvertError::new(format!("unsupported flags (0x{left:x}) in function {function}"))),
        }
    }
}

/// Why a value has no counterpart on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertError {
    field: String,
    problem: Cow<'static, str>,
}

impl ConvertError {
    /// A problem with a value.
    #[must_use]
    pub fn new(problem: impl Into<Cow<'static, str>>) -> Self {
        Self { field: String::new(), problem: problem.into() }
    }

    /// The same problem, in a field of something larger.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => shortened(field),
            inner => format!("{}.{inner}", shortened(field)),
        };
        self
    }

    /// The field that has the problem, by its path; empty when it is the whole value.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        formatter.write_str(&self.problem)
    }
}

impl std::error::Error for ConvertError {}

/// What a peer sent is quoted in part only.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
