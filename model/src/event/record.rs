//! Events as named fields: the one form that JSON, XML and filter expressions are made from and read back from.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A value made of named fields.
pub trait Record {
    /// Shows every field that has a value, in the order of the description.
    fn visit(&self, visitor: &mut dyn FieldVisitor);
}

/// A record that can be read back.
pub trait ReadRecord: Record + Sized {
    /// Takes the fields out of what was read. Fields that are not known are left alone: a newer peer may send more.
    ///
    /// # Errors
    ///
    /// A field that is missing or holds something else than it should.
    fn from_fields(fields: &mut FieldMap) -> Result<Self, FieldError>;
}

/// Sees the fields of a [`Record`] one by one.
pub trait FieldVisitor {
    /// One field.
    fn field(&mut self, name: &'static str, value: FieldRef<'_>);
}

/// The value of a field as a visitor sees it.
#[derive(Clone, Copy)]
pub enum FieldRef<'a> {
    /// A truth value.
    Bool(bool),
    /// A number that may be negative.
    Int(i64),
    /// A number that is not.
    Uint(u64),
    /// A number with a fraction.
    Double(f64),
    /// A text, or the name of one of an enum's values.
    Text(&'a str),
    /// Fields of its own.
    Record(&'a dyn Record),
    /// Several of the same kind.
    List(&'a dyn RecordList),
}

impl fmt::Debug for FieldRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Int(value) => write!(formatter, "{value}"),
            Self::Uint(value) => write!(formatter, "{value}"),
            Self::Double(value) => write!(formatter, "{value}"),
            Self::Text(value) => write!(formatter, "{value:?}"),
            Self::Record(_) => formatter.write_str("a record"),
            Self::List(list) => write!(formatter, "a list of {}", list.len()),
        }
    }
}

/// Records of one kind, behind a reference.
pub trait RecordList {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    fn get(&self, index: usize) -> Option<&dyn Record>;
}

impl<T: Record> RecordList for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Option<&dyn Record> {
        self.as_slice().get(index).map(|record| record as _)
    }
}

/// What was read, before it is known which types it should have.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldTree {
    /// JSON's `null`.
    Absent,
    /// A truth value.
    Bool(bool),
    /// A number that may be negative.
    Int(i64),
    /// A number that is not.
    Uint(u64),
    /// A number with a fraction.
    Double(f64),
    /// A text; everything that is no element of its own, where XML was read.
    Text(String),
    /// Fields of its own.
    Record(FieldMap),
    /// Several values.
    List(Vec<FieldTree>),
}

impl FieldTree {
    fn into_fields(self) -> Result<FieldMap, FieldError> {
        match self {
            Self::Record(fields) => Ok(fields),
            // An element without children is an empty text where XML was read.
            Self::Text(text) if text.is_empty() => Ok(FieldMap::default()),
            other => Err(FieldError::expected("a set of fields", Some(other))),
        }
    }
}

/// The named fields that were read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FieldMap(Vec<(String, FieldTree)>);

impl FieldMap {
    /// Adds a field.
    pub fn push(&mut self, name: impl Into<String>, value: FieldTree) {
        self.0.push((name.into(), value));
    }

    /// Takes a field out.
    ///
    /// # Errors
    ///
    /// The field is missing and not optional, or holds something else than a `T`.
    pub fn take<T: Field>(&mut self, name: &'static str) -> Result<T, FieldError> {
        T::read(self.take_tree(name)).map_err(|error| error.within(name))
    }

    /// Takes out a field that has fields of its own; no fields if it is missing.
    ///
    /// # Errors
    ///
    /// The field holds something else.
    pub fn take_fields(&mut self, name: &'static str) -> Result<Self, FieldError> {
        self.take_tree(name)
            .map_or_else(|| Ok(Self::default()), FieldTree::into_fields)
            .map_err(|error| error.within(name))
    }

    fn take_tree(&mut self, name: &str) -> Option<FieldTree> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(index).1).filter(|tree| *tree != FieldTree::Absent)
    }

    fn into_values(self) -> Vec<FieldTree> {
        self.0.into_iter().map(|(_, value)| value).collect()
    }
}

/// Why something read is not what it should be, and in which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    path: Vec<&'static str>,
    problem: Cow<'static, str>,
}

impl FieldError {
    /// A problem with the field that is being read.
    pub fn new(problem: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Vec::new(), problem: problem.into() }
    }

    /// The same problem, seen from one level further out.
    #[must_use]
    pub fn within(mut self, field: &'static str) -> Self {
        self.path.push(field);
        self
    }

    fn expected(what: &str, found: Option<FieldTree>) -> Self {
        match found {
            None => Self::new("is missing"),
            // What a hostile peer sent is quoted in part only.
            Some(FieldTree::Text(text)) => {
                Self::new(format!("is not {what}: '{}'", text.chars().take(64).collect::<String>()))
            }
            Some(_) => Self::new(format!("is not {what}")),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path: Vec<&str> = self.path.iter().rev().copied().collect();
        let path = if path.is_empty() { "the event".to_owned() } else { path.join(".") };
        write!(formatter, "{path} {}", self.problem)
    }
}

impl std::error::Error for FieldError {}

/// A type that a field can have.
pub trait Field: Sized {
    /// Shows the value to a visitor, unless it is absent.
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor);

    /// Makes the value from what was read; `None` where the field is missing.
    ///
    /// # Errors
    ///
    /// It is missing, or something else than it should be.
    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError>;
}

impl<T: ReadRecord> Field for T {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::Record(self));
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        let tree = tree.ok_or_else(|| FieldError::expected("a set of fields", None))?;
        T::from_fields(&mut tree.into_fields()?)
    }
}

impl<T: ReadRecord> Field for Vec<T> {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::List(self));
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        let items = match tree {
            Some(FieldTree::List(items)) => items,
            // In XML a list is an element whose children are the items.
            Some(FieldTree::Record(fields)) => fields.into_values(),
            Some(FieldTree::Text(text)) if text.is_empty() => Vec::new(),
            other => return Err(FieldError::expected("a list", other)),
        };
        items.into_iter().map(|item| <T as Field>::read(Some(item))).collect()
    }
}

impl<T: Field> Field for Option<T> {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        if let Some(value) = self {
            value.show(name, visitor);
        }
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        tree.map(|tree| T::read(Some(tree))).transpose()
    }
}

impl Field for bool {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::Bool(*self));
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        match tree {
            Some(FieldTree::Bool(value)) => Ok(value),
            Some(FieldTree::Text(text)) if text == "true" => Ok(true),
            Some(FieldTree::Text(text)) if text == "false" => Ok(false),
            other => Err(FieldError::expected("true or false", other)),
        }
    }
}

impl Field for f64 {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::Double(*self));
    }

    #[allow(clippy::cast_precision_loss, reason = "a number written without a fraction")]
    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        match tree {
            Some(FieldTree::Double(value)) => Ok(value),
            Some(FieldTree::Int(value)) => Ok(value as f64),
            Some(FieldTree::Uint(value)) => Ok(value as f64),
            // JSON has no number for what is not finite, XML has text only.
            Some(FieldTree::Text(text)) => {
                text.parse().map_err(|_| FieldError::expected("a number", Some(FieldTree::Text(text))))
            }
            other => Err(FieldError::expected("a number", other)),
        }
    }
}

macro_rules! whole_number_fields {
    ($($number:ty: $shown:ident),*) => {$(
        impl Field for $number {
            fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
                visitor.field(name, FieldRef::$shown((*self).into()));
            }

            fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
                let number = match &tree {
                    Some(FieldTree::Int(value)) => (*value).try_into().ok(),
                    Some(FieldTree::Uint(value)) => (*value).try_into().ok(),
                    Some(FieldTree::Text(text)) => text.parse().ok(),
                    _ => None,
                };
                number.ok_or_else(|| {
                    FieldError::expected(concat!("a whole number (", stringify!($number), ")"), tree)
                })
            }
        }
    )*};
}

whole_number_fields!(i32: Int, i64: Int, u32: Uint, u64: Uint);

impl Field for Arc<str> {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::Text(self));
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        String::read(tree).map(Into::into)
    }
}

impl Field for Cow<'static, str> {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::Text(self));
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        String::read(tree).map(Into::into)
    }
}

impl Field for String {
    fn show(&self, name: &'static str, visitor: &mut dyn FieldVisitor) {
        visitor.field(name, FieldRef::Text(self));
    }

    fn read(tree: Option<FieldTree>) -> Result<Self, FieldError> {
        match tree {
            Some(FieldTree::Text(text)) => Ok(text),
            other => Err(FieldError::expected("a text", other)),
        }
    }
}

/// Makes fields of types that are written as one word: `Display` and `FromStr` that undo each other.
macro_rules! word_fields {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::event::record::Field for $name {
            fn show(&self, name: &'static str, visitor: &mut dyn $crate::event::record::FieldVisitor) {
                visitor.field(name, $crate::event::record::FieldRef::Text(&self.to_string()));
            }

            fn read(tree: Option<$crate::event::record::FieldTree>) -> Result<Self, $crate::event::record::FieldError> {
                let text = <String as $crate::event::record::Field>::read(tree)?;
                text.parse().map_err(|error| $crate::event::record::FieldError::new(format!("is wrong: {error}")))
            }
        }
    )*};
}
pub(crate) use word_fields;
