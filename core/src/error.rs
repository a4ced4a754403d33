//! The one error type: a kind to match on, and all that a person needs to act.

use crate::libvirt_error::LibvirtError;
use omnivirt_model::document::DocumentError;
use omnivirt_model::{ErrorKind, ObjectKind, Retry};
use std::borrow::Cow;
use std::fmt;

/// What every call returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure: its kind, what was tried, in what context, what to do, and what lay beneath.
///
/// One word wide. It is a value: nothing is kept aside per thread, and it can be sent anywhere.
///
/// ```
/// use omnivirt_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::InvalidState, "the domain is not running")
///     .with_context("domain", "web")
///     .with_hint("start it first");
/// assert_eq!(error.kind(), ErrorKind::InvalidState);
/// assert_eq!(error.to_string(), "the domain is not running (domain: web); start it first");
/// assert_eq!(size_of::<omnivirt_core::Result<()>>(), size_of::<usize>());
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    retry: Retry,
    message: String,
    context: Vec<(&'static str, String)>,
    hint: Option<Cow<'static, str>>,
    object: Option<ObjectKind>,
    source: Option<Source>,
}

impl Error {
    /// An error of this kind. The message says what was tried and why it failed: lower case, no full stop.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry: kind.retry(),
            message: message.into(),
            context: Vec::new(),
            hint: None,
            object: None,
            source: None,
        }))
    }

    /// Adds where it happened. The first value given for a key stays: it is the one nearest to the cause.
    #[must_use]
    pub fn with_context(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        if self.context(key).is_none() {
            self.0.context.push((key, value.to_string()));
        }
        self
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says what kind of object it is about, which chooses the code that libvirt's clients see.
    #[must_use]
    pub fn with_object(mut self, object: ObjectKind) -> Self {
        self.0.object.get_or_insert(object);
        self
    }

    /// Gives retry advice that differs from the kind's own.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Keeps the error that caused this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether making the same call again can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// What was tried and why it failed, without context or hint.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The value of one key of the context: `driver`, `call`, `domain`, ….
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&str> {
        self.0.context.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// The whole context, nearest to the cause first.
    pub fn contexts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.context.iter().map(|(key, value)| (*key, value.as_str()))
    }

    /// What a daemon said, if that is where the error comes from.
    #[must_use]
    pub fn libvirt(&self) -> Option<&LibvirtError> {
        self.0.source.as_deref().and_then(|source| source.downcast_ref())
    }

    /// The code by which libvirt's clients know this failure. A daemon's answer has one already, and what is wrong with a
    /// document tells it more precisely than the kind does.
    #[must_use]
    pub fn libvirt_code(&self) -> u32 {
        if let Some(libvirt) = self.libvirt() {
            return libvirt.code;
        }
        let source = self.0.source.as_deref();
        match source.and_then(|source| source.downcast_ref::<DocumentError>()) {
            Some(document) => document.kind.libvirt_code(),
            None => self.0.kind.libvirt_code(self.0.object),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)?;
        for (index, (key, value)) in self.0.context.iter().enumerate() {
            write!(formatter, "{}{key}: {value}", if index == 0 { " (" } else { ", " })?;
        }
        if !self.0.context.is_empty() {
            formatter.write_str(")")?;
        }
        match &self.0.hint {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("context", &self.0.context)
            .field("hint", &self.0.hint)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<omnivirt_model::uri::UriError> for Error {
    fn from(error: omnivirt_model::uri::UriError) -> Self {
        Self::new(ErrorKind::InvalidUri, error.to_string())
    }
}
