//! Why a document was refused.

use crate::ErrorKind;
use crate::xml::{Element, Position, XmlError};
use std::fmt;

/// What sort of mistake a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentErrorKind {
    /// It is not well-formed XML, or too large.
    Syntax,
    /// Something is missing or has a value that makes no sense.
    Invalid,
    /// The object's name is missing.
    MissingName,
    /// A value such as a unit is none of those known.
    InvalidArgument,
    /// A size is too large.
    Overflow,
    /// It asks for something that there is not.
    Unsupported,
    /// A value is malformed where libvirt tells an internal error.
    Malformed,
    /// It takes what another device of the domain has.
    Conflict,
    /// The device that it describes is not there.
    DeviceMissing,
    /// The operation is not possible as things are, such as a name that is taken.
    Failed,
    /// A domain does not say what it boots.
    MissingOs,
    /// A source is missing.
    MissingSource,
    /// A target is missing.
    MissingTarget,
    /// A native configuration is malformed.
    NativeSyntax,
    /// A file or another thing of the system that it names cannot be used.
    System,
    /// It asks for something that this sort of object does not have.
    NotSupported,
    /// A secret that it names is not there.
    SecretMissing,
    /// A volume of that name is there already.
    VolumeExists,
    /// It is about something that this driver cannot do.
    CallUnsupported,
    /// A value is one that this driver does not take.
    ArgumentUnsupported,
    /// It does not follow the schema.
    Schema,
}

impl DocumentErrorKind {
    /// The code of libvirt's error for it.
    #[must_use]
    pub fn libvirt_code(self) -> u32 {
        match self {
            Self::Malformed => 1,
            Self::NotSupported => 3,
            Self::InvalidArgument => 8,
            Self::Failed => 9,
            Self::MissingOs => 18,
            Self::MissingSource => 19,
            Self::MissingTarget => 20,
            Self::MissingName => 21,
            Self::Invalid => 27,
            Self::Syntax => 35,
            Self::NativeSyntax => 33,
            Self::System => 38,
            Self::Conflict => 55,
            Self::SecretMissing => 66,
            Self::Unsupported => 67,
            Self::ArgumentUnsupported => 74,
            Self::Overflow => 82,
            Self::CallUnsupported => 84,
            Self::VolumeExists => 90,
            Self::Schema => 92,
            Self::DeviceMissing => 99,
        }
    }

    /// The kind of error that a call fails with.
    #[must_use]
    pub fn error_kind(self) -> ErrorKind {
        match self {
            Self::Syntax => ErrorKind::XmlSyntax,
            Self::Unsupported | Self::ArgumentUnsupported => ErrorKind::ConfigUnsupported,
            Self::Overflow => ErrorKind::Overflow,
            Self::Conflict => ErrorKind::InvalidState,
            Self::DeviceMissing => ErrorKind::DeviceMissing,
            Self::NotSupported => ErrorKind::Unsupported,
            Self::SecretMissing => ErrorKind::NotFound,
            Self::NativeSyntax => ErrorKind::ConfigSyntax,
            Self::Failed | Self::VolumeExists => ErrorKind::AlreadyExists,
            Self::System => ErrorKind::System,
            Self::CallUnsupported => ErrorKind::OperationUnsupported,
            Self::Invalid
            | Self::MissingName
            | Self::MissingOs
            | Self::MissingSource
            | Self::MissingTarget
            | Self::InvalidArgument
            | Self::Malformed
            | Self::Schema => ErrorKind::XmlInvalid,
        }
    }
}

/// Why a document was refused: what is wrong, where, and what to do about it.
///
/// ```
/// use omnivirt_model::domain::DomainConfig;
///
/// let error = DomainConfig::parse("<domain type='kvm'>\n  <name>a/b</name>\n</domain>").unwrap_err();
/// assert_eq!((error.line, error.column, error.path.as_str()), (2, 3, "/domain/name"));
/// assert_eq!(error.kind.libvirt_code(), 27);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentError {
    /// What sort of mistake it is.
    pub kind: DocumentErrorKind,
    /// The line, counted from 1.
    pub line: u32,
    /// The character in the line, counted from 1.
    pub column: u32,
    /// The element or attribute, such as `/domain/devices/disk[2]/@type`; empty where the document is not well-formed.
    pub path: String,
    /// What is wrong, in one sentence without the place.
    pub message: String,
    /// What to do about it; empty where the message says so.
    pub hint: &'static str,
}

impl DocumentError {
    /// The error with another kind.
    pub(crate) fn of_kind(self, kind: DocumentErrorKind) -> Self {
        Self { kind, ..self }
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(formatter, " ({})", self.path)?;
        }
        write!(formatter, ": {}", self.message)?;
        if !self.hint.is_empty() {
            write!(formatter, "; {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for DocumentError {}

impl From<XmlError> for DocumentError {
    fn from(error: XmlError) -> Self {
        let XmlError { line, column, message } = error;
        Self { kind: DocumentErrorKind::Syntax, line, column, path: String::new(), message, hint: "" }
    }
}

/// What is wrong with a value, before it is known where the value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What sort of mistake it is.
    pub(crate) kind: DocumentErrorKind,
    /// What is wrong, in one sentence.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: &'static str,
}

impl Problem {
    pub(crate) fn new(kind: DocumentErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: "" }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(DocumentErrorKind::Invalid, message)
    }

    pub(crate) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// The error of this problem with an element.
    pub(crate) fn at(self, element: Element<'_>) -> DocumentError {
        self.placed(element.position(), element.path())
    }

    /// The error of this problem with an attribute of an element; with the element where the attribute is not there.
    pub(crate) fn at_attribute(self, element: Element<'_>, name: &str) -> DocumentError {
        match element.attribute(name) {
            Some(attribute) => self.placed(attribute.position(), format!("{}/@{name}", element.path())),
            None => self.at(element),
        }
    }

    fn placed(self, place: Position, path: String) -> DocumentError {
        let Self { kind, message, hint } = self;
        DocumentError { kind, line: place.line, column: place.column, path, message, hint }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(formatter, "; {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Says where in the document a value with a problem stands.
pub(crate) trait ResultAt<T> {
    fn at(self, element: Element<'_>) -> Result<T, DocumentError>;
    fn at_attribute(self, element: Element<'_>, name: &str) -> Result<T, DocumentError>;
}

impl<T> ResultAt<T> for Result<T, Problem> {
    fn at(self, element: Element<'_>) -> Result<T, DocumentError> {
        self.map_err(|problem| problem.at(element))
    }

    fn at_attribute(self, element: Element<'_>, name: &str) -> Result<T, DocumentError> {
        self.map_err(|problem| problem.at_attribute(element, name))
    }
}
