//! Why a case failed, with the place in the suite that found it.

use omnivirt_core::Error;
use std::fmt;
use std::panic::Location;

/// How a case ends.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// What was found, and where in the suite.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    found: String,
    place: &'static Location<'static>,
}

impl Failure {
    #[track_caller]
    pub(crate) fn new(found: impl Into<String>) -> Self {
        Self { found: found.into(), place: Location::caller() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} [{}:{}]", self.found, self.place.file(), self.place.line())
    }
}

/// A call that a case relies on has failed.
impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format!("{:?}: {error}", error.kind()))
    }
}

/// Fails the case unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err($crate::failure::Failure::new(format!($($message)+)));
        }
    };
}

/// Fails the case unless both sides are equal, and shows them.
macro_rules! ensure_eq {
    ($found:expr, $expected:expr, $($what:tt)+) => {
        match (&$found, &$expected) {
            (found, expected) => {
                if found != expected {
                    let what = format!($($what)+);
                    let shown = format!("{what}: found {found:?}, expected {expected:?}");
                    return Err($crate::failure::Failure::new(shown));
                }
            }
        }
    };
}

pub(crate) use {ensure, ensure_eq};

/// Fails the case unless a call was refused with this kind.
#[track_caller]
pub(crate) fn refused<T>(answer: Result<T, Error>, kind: omnivirt_core::ErrorKind, what: &str) -> Outcome {
    match answer {
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(Failure::new(format!(
            "{what}: refused as {}, and should be as {kind}: {error}",
            error.kind()
        ))),
        Ok(_) => Err(Failure::new(format!("{what}: succeeds, and should be refused as {kind}"))),
    }
}
