//! The mapping between types and XML.

use super::error::{DocumentError, DocumentErrorKind, Problem, ResultAt};
use crate::xml::{Edit, Element, NewElement, Place, quoted};
use std::borrow::Cow;

/// A value that is written as text, of an attribute or of an element.
pub trait TextValue: Sized + PartialEq {
    /// What sort of mistake it is when one that must be there is missing.
    const ABSENT: DocumentErrorKind = DocumentErrorKind::Invalid;
    /// Whether an empty text means that there is none.
    const EMPTY_IS_ABSENT: bool = false;

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// The text is no such value.
    fn from_text(text: &str) -> Result<Self, Problem>;

    /// Writes the value.
    fn to_text(&self) -> Cow<'_, str>;
}

/// A value that is written as an element.
pub trait ElementValue: Sized + PartialEq {
    /// What sort of mistake it is when one that must be there is missing.
    const ABSENT: DocumentErrorKind = DocumentErrorKind::Invalid;

    /// Whether the element means the same as none.
    fn is_absent(_element: Element<'_>) -> bool {
        false
    }

    /// Reads the value.
    ///
    /// # Errors
    ///
    /// Something in the element is no such value or missing.
    fn read(element: Element<'_>) -> Result<Self, DocumentError>;

    /// Writes the value. What it does not know of the target stays.
    fn write(&self, target: &mut Target<'_, '_>);
}

impl<T: TextValue> ElementValue for T {
    const ABSENT: DocumentErrorKind = T::ABSENT;

    fn is_absent(element: Element<'_>) -> bool {
        T::EMPTY_IS_ABSENT && element.text().is_empty()
    }

    fn read(element: Element<'_>) -> Result<Self, DocumentError> {
        T::from_text(&element.text()).at(element)
    }

    fn write(&self, target: &mut Target<'_, '_>) {
        target.set_text(&self.to_text());
    }
}

/// How often a value is there: a value itself once, an `Option` at most once, a `Vec` as often as it is.
pub trait Slot: Sized {
    /// The value.
    type Value;
    /// Whether all of that name are meant; else the first is.
    const MANY: bool = false;

    /// The slot of the values found.
    fn fill(
        values: impl Iterator<Item = Result<Self::Value, DocumentError>>,
        missing: impl FnOnce() -> DocumentError,
    ) -> Result<Self, DocumentError>;

    /// The values in it.
    fn values(&self) -> &[Self::Value];
}

impl<T: ElementValue> Slot for T {
    type Value = T;

    fn fill(
        mut values: impl Iterator<Item = Result<T, DocumentError>>,
        missing: impl FnOnce() -> DocumentError,
    ) -> Result<T, DocumentError> {
        values.next().unwrap_or_else(|| Err(missing()))
    }

    fn values(&self) -> &[T] {
        std::slice::from_ref(self)
    }
}

impl<T> Slot for Option<T> {
    type Value = T;

    fn fill(
        mut values: impl Iterator<Item = Result<T, DocumentError>>,
        _: impl FnOnce() -> DocumentError,
    ) -> Result<Self, DocumentError> {
        values.next().transpose()
    }

    fn values(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> Slot for Vec<T> {
    type Value = T;
    const MANY: bool = true;

    fn fill(
        values: impl Iterator<Item = Result<T, DocumentError>>,
        _: impl FnOnce() -> DocumentError,
    ) -> Result<Self, DocumentError> {
        values.collect()
    }

    fn values(&self) -> &[T] {
        self
    }
}

/// Reads the attribute of that name into a slot.
pub(crate) fn read_attribute<S: Slot<Value: TextValue>>(
    element: Element<'_>,
    name: &str,
) -> Result<S, DocumentError> {
    let found = element.attribute_value(name).filter(|text| !(S::Value::EMPTY_IS_ABSENT && text.is_empty()));
    let value = found.map(|text| S::Value::from_text(&text).at_attribute(element, name));
    S::fill(value.into_iter(), || {
        Problem::new(
            <S::Value as TextValue>::ABSENT,
            format!("<{}> has no attribute {}", element.name(), quoted(name)),
        )
        .at(element)
    })
}

/// Reads the children of that name into a slot.
pub(crate) fn read_children<S: Slot<Value: ElementValue>>(
    element: Element<'_>,
    name: &str,
) -> Result<S, DocumentError> {
    let mut found = element.children().filter(|child| child.name() == name);
    let missing =
        || Problem::new(S::Value::ABSENT, format!("<{}> has no <{name}> in it", element.name())).at(element);
    // Where one is meant, the first decides, even by being empty.
    let most = if S::MANY { usize::MAX } else { 1 };
    S::fill(
        found.by_ref().take(most).filter(|child| !S::Value::is_absent(*child)).map(S::Value::read),
        missing,
    )
}

/// What a value is written to: a new element, or one that is there, of which as much as possible stays.
#[derive(Debug)]
pub enum Target<'t, 'd> {
    /// A new element.
    New(&'t mut NewElement),
    /// An element that is there, and the edit that changes it.
    Existing(&'t mut Edit<'d>, Element<'d>),
}

impl<'d> Target<'_, 'd> {
    /// Gives the element a text.
    pub fn set_text(&mut self, text: &str) {
        match self {
            Self::New(new) => new.set_text(text),
            Self::Existing(edit, element) => edit.set_text(*element, text),
        }
    }

    /// Gives the element an attribute, or takes it away.
    pub fn set_attribute<S: Slot<Value: TextValue>>(&mut self, name: &str, slot: &S) {
        match (self, slot.values().first()) {
            (Self::New(new), Some(value)) => new.push_attribute(name, &value.to_text()),
            (Self::New(_), None) => {}
            (Self::Existing(edit, element), value) => match (element.attribute_value(name), value) {
                (Some(old), Some(value)) if S::Value::from_text(&old).is_ok_and(|old| old == *value) => {}
                (Some(old), None) if S::Value::EMPTY_IS_ABSENT && old.is_empty() => {}
                (_, Some(value)) => edit.set_attribute(*element, name, &value.to_text()),
                (_, None) => edit.remove_attribute(*element, name),
            },
        }
    }

    /// Gives the element children of a name, in their place by `order`, or takes them away.
    pub fn set_children<S: Slot<Value: ElementValue>>(&mut self, name: &str, slot: &S, order: &[&str]) {
        let values = slot.values();
        match self {
            Self::New(new) => values.iter().for_each(|value| new.push_child(made(name, value))),
            Self::Existing(edit, element) => {
                let there: Vec<Element<'d>> =
                    element.children().filter(|child| child.name() == name).collect();
                let place = place(*element, name, order);
                // Where one is meant the first decides, even by being empty. Without it, the next would.
                let next_would =
                    values.is_empty() && there.first().is_some_and(|first| !S::Value::is_absent(*first));
                let meant = if S::MANY || next_would { there.len() } else { there.len().min(1) };
                merge(edit, *element, place, name, &there[..meant], values);
            }
        }
    }

    /// Gives the element an empty child, or takes it away.
    pub fn set_flag(&mut self, name: &str, wanted: bool, order: &[&str]) {
        match self {
            Self::New(new) if wanted => new.push_child(NewElement::new(name)),
            Self::New(_) => {}
            Self::Existing(edit, element) => match element.child(name) {
                None if wanted => edit.insert(*element, place(*element, name, order), &NewElement::new(name)),
                Some(child) if !wanted => edit.remove(child),
                _ => {}
            },
        }
    }
}

fn made<T: ElementValue>(name: &str, value: &T) -> NewElement {
    let mut new = NewElement::new(name);
    value.write(&mut Target::New(&mut new));
    new
}

/// Makes the elements that are there into those of the values. Equal ones at both ends stay untouched; between them they
/// are rewritten one by one, and what is left over is added or removed.
fn merge<'d, T: ElementValue>(
    edit: &mut Edit<'d>,
    parent: Element<'d>,
    place: Place<'d>,
    name: &str,
    there: &[Element<'d>],
    values: &[T],
) {
    let same = |(element, value): &(&Element<'d>, &T)| {
        !T::is_absent(**element) && T::read(**element).is_ok_and(|there| there == **value)
    };
    let front = there.iter().zip(values).take_while(same).count();
    let (there, values) = (&there[front..], &values[front..]);
    let back = there.iter().rev().zip(values.iter().rev()).take_while(same).count();
    let (middle, values) = (&there[..there.len() - back], &values[..values.len() - back]);
    for (element, value) in middle.iter().zip(values) {
        value.write(&mut Target::Existing(edit, *element));
    }
    for surplus in middle.iter().skip(values.len()).filter(|element| !T::is_absent(**element)) {
        edit.remove(*surplus);
    }
    let place = match (middle.last(), there.get(middle.len())) {
        (Some(last), _) => Place::After(*last),
        (None, Some(first)) => before(parent, *first),
        (None, None) => place,
    };
    for value in &values[middle.len().min(values.len())..] {
        edit.insert(parent, place, &made(name, value));
    }
}

fn before<'d>(parent: Element<'d>, element: Element<'d>) -> Place<'d> {
    parent.children().take_while(|child| *child != element).last().map_or(Place::First, Place::After)
}

/// Behind the last element that has its place before one of that name.
fn place<'d>(parent: Element<'d>, name: &str, order: &[&str]) -> Place<'d> {
    let rank = |name: &str| order.iter().position(|known| *known == name);
    let Some(own) = rank(name) else { return Place::Last };
    let before = parent.children().filter(|child| rank(child.name()).is_some_and(|rank| rank <= own));
    before.last().map_or(Place::First, Place::After)
}

/// Declares a type and where its fields stand in an element.
///
/// A field is an `attribute`, the `text` of the element, the child `element`s of a name, or a `flag`: whether an empty
/// child is there. What is found where is a [`Slot`]. Children are written in the order of the fields, or in an
/// `order` that names others too.
macro_rules! mapped {
    (
        $(#[$meta:meta])* pub struct $name:ident {
            $($(#[$field_meta:meta])* $field:ident: $ty:ty = $kind:ident $($xml:literal)?,)*
        }
        $(order $order:expr;)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $ty,)*
        }

        impl $crate::document::ElementValue for $name {
            fn read(element: $crate::xml::Element<'_>) -> Result<Self, $crate::document::DocumentError> {
                Ok(Self { $($field: $crate::document::mapping::mapped!(@read element, $kind $($xml)?),)* })
            }

            fn write(&self, target: &mut $crate::document::Target<'_, '_>) {
                #[allow(unused_variables, reason = "a type without children has no order")]
                let order: &[&str] = $crate::document::mapping::mapped!(@order [$($order)?] [$($($xml,)?)*]);
                $($crate::document::mapping::mapped!(@write target, self.$field, order, $kind $($xml)?);)*
            }
        }
    };
    (@read $element:ident, attribute $xml:literal) => {
        $crate::document::mapping::read_attribute($element, $xml)?
    };
    (@read $element:ident, element $xml:literal) => {
        $crate::document::mapping::read_children($element, $xml)?
    };
    (@read $element:ident, flag $xml:literal) => {
        $element.child($xml).is_some()
    };
    (@read $element:ident, text) => {
        $crate::document::ElementValue::read($element)?
    };
    (@write $target:ident, $value:expr, $order:ident, attribute $xml:literal) => {
        $target.set_attribute($xml, &$value)
    };
    (@write $target:ident, $value:expr, $order:ident, element $xml:literal) => {
        $target.set_children($xml, &$value, $order)
    };
    (@write $target:ident, $value:expr, $order:ident, flag $xml:literal) => {
        $target.set_flag($xml, $value, $order)
    };
    (@write $target:ident, $value:expr, $order:ident, text) => {
        $crate::document::ElementValue::write(&$value, $target)
    };
    (@order [] [$($names:literal,)*]) => { &[$($names),*] };
    (@order [$order:expr] [$($names:literal,)*]) => { $order };
}

pub(crate) use mapped;
