//! Checks that the front door makes on every text argument, and the error for a name that is none of an enum's.

use std::fmt;

/// The longest text argument, in bytes: libvirt's `REMOTE_STRING_MAX`, which no client or server exceeds.
pub const MAX_TEXT_BYTES: usize = 4_194_304;

/// A value whose texts can be checked before a driver sees them.
///
/// ```
/// use omnivirt_model::check::Check;
///
/// assert!("web".check().is_ok());
/// assert!("we\0b".check().is_err());
/// ```
pub trait Check {
    /// Looks at every text in the value.
    ///
    /// # Errors
    ///
    /// A NUL byte, or more than [`MAX_TEXT_BYTES`].
    fn check(&self) -> Result<(), CheckFailure>;
}

/// Why a text was refused, and in which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure {
    path: Vec<&'static str>,
    problem: String,
}

impl CheckFailure {
    /// The same failure, seen from one level further out.
    #[must_use]
    pub fn within(mut self, field: &'static str) -> Self {
        self.path.push(field);
        self
    }
}

impl fmt::Display for CheckFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: Vec<&str> = self.path.iter().rev().copied().collect();
        write!(formatter, "{} {}", path.join("."), self.problem)
    }
}

impl std::error::Error for CheckFailure {}

impl Check for str {
    fn check(&self) -> Result<(), CheckFailure> {
        let problem = if self.len() > MAX_TEXT_BYTES {
            format!("is {} bytes long, the most is {MAX_TEXT_BYTES}", self.len())
        } else if let Some(at) = self.bytes().position(|byte| byte == 0) {
            let before = &self[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
            format!("has a NUL byte at line {line}, column {column}")
        } else {
            return Ok(());
        };
        Err(CheckFailure { path: Vec::new(), problem })
    }
}

impl Check for String {
    fn check(&self) -> Result<(), CheckFailure> {
        self.as_str().check()
    }
}

impl<T: Check + ?Sized> Check for &T {
    fn check(&self) -> Result<(), CheckFailure> {
        (**self).check()
    }
}

impl<T: Check> Check for Option<T> {
    fn check(&self) -> Result<(), CheckFailure> {
        self.as_ref().map_or(Ok(()), Check::check)
    }
}

impl<T: Check> Check for [T] {
    fn check(&self) -> Result<(), CheckFailure> {
        self.iter().try_for_each(Check::check)
    }
}

impl<T: Check> Check for Vec<T> {
    fn check(&self) -> Result<(), CheckFailure> {
        self.as_slice().check()
    }
}

/// A text that names none of an enum's values.
///
/// ```
/// use omnivirt_model::DomainState;
///
/// let error = "runing".parse::<DomainState>().unwrap_err();
/// assert!(error.to_string().contains("running"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    noun: &'static str,
    text: String,
    known: &'static [&'static str],
}

impl UnknownName {
    /// For a text that should have been one of `known`.
    #[must_use]
    pub fn new(noun: &'static str, text: &str, known: &'static [&'static str]) -> Self {
        // What a hostile peer sent is quoted in part only.
        Self { noun, text: text.chars().take(64).collect(), known }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "'{}' is not a {}: it is one of {}", self.text, self.noun, self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}
