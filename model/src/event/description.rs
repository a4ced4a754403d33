//! What fields events have, as data: for filter expressions, command lines and schemas.

/// A field of an event or of a part of one.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FieldDescription {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub shape: FieldShape,
    /// Whether it may be missing.
    pub is_optional: bool,
}

impl FieldDescription {
    /// A field that is always there.
    #[must_use]
    pub const fn new(name: &'static str, shape: FieldShape) -> Self {
        Self { name, shape, is_optional: false }
    }

    /// The same field, which may be missing.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum FieldShape {
    /// A truth value.
    Bool,
    /// A whole number that may be negative.
    Int,
    /// A whole number that is not.
    Uint,
    /// Text.
    Text,
    /// One of these words, or the digits of a number that has none yet.
    Word(&'static [&'static str]),
    /// A number, a truth value or a text.
    Any,
    /// Fields of its own.
    Record(&'static [FieldDescription]),
    /// Several, each with these fields.
    List(&'static [FieldDescription]),
}
