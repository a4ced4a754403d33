//! The mapping between types and XML.

use super::error::{DocumentError, DocumentErrorKind, Problem, ResultAt};
use super::namespace;
use super::shape::Shape;
use super::target::Target;
use crate::xml::{Attribute, Element, quoted};
use std::borrow::Cow;

/// A value that is written as text, of an attribute or of an element.
pub trait TextValue: Sized + PartialEq {
    /// What sort of mistake it is when one that must be there is missing.
    const ABSENT: DocumentErrorKind = DocumentErrorKind::Invalid;
    /// Whether an empty text means that there is none.
    const EMPTY_IS_ABSENT: bool = false;
    /// Whether an element without a text means that there is none.
    const EMPTY_ELEMENT_IS_ABSENT: bool = Self::EMPTY_IS_ABSENT;

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

    /// Whether several elements, where one is meant, are read as one: each adds what those before it do not have.
    const COLLECTED: bool = false;

    /// Takes what a later element has and this one has not.
    fn collect(&mut self, _later: Self) {}

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

    /// Whether the element says which sort of value it is, for those of which there are sorts.
    fn is_tagged(_element: Element<'_>) -> bool {
        true
    }

    /// Takes away what says which sort of value it is, and what only that sort has.
    fn untag(_target: &mut Target<'_, '_>) {}

    /// Says which sort of value it is even where that is what is meant without a word.
    fn tag(&self, _target: &mut Target<'_, '_>) {}

    /// Whether it says nothing, so that its element means the same as none.
    fn means_nothing(&self) -> bool {
        false
    }

    /// Says what it knows of an element.
    fn shape(shape: &mut Shape);
}

impl<T: TextValue> ElementValue for T {
    const ABSENT: DocumentErrorKind = T::ABSENT;

    fn is_absent(element: Element<'_>) -> bool {
        T::EMPTY_ELEMENT_IS_ABSENT && element.text().is_empty()
    }

    fn read(element: Element<'_>) -> Result<Self, DocumentError> {
        T::from_text(&element.text()).at(element)
    }

    fn write(&self, target: &mut Target<'_, '_>) {
        target.set_text(&self.to_text());
    }

    fn shape(_shape: &mut Shape) {}
}

/// How often a value is there: a value itself once, an `Option` at most once, a `Vec` as often as it is.
pub trait Slot: Sized {
    /// The value.
    type Value;
    /// Whether all of that name are meant; else the first is.
    const MANY: bool = false;

    /// The slot of the values found.
    ///
    /// # Errors
    ///
    /// One of the values is wrong, or it is missing and must be there.
    fn fill(
        values: impl Iterator<Item = Result<Self::Value, DocumentError>>,
        missing: impl FnOnce() -> DocumentError,
    ) -> Result<Self, DocumentError>;
}

impl<T: ElementValue> Slot for T {
    type Value = T;

    fn fill(
        mut values: impl Iterator<Item = Result<T, DocumentError>>,
        missing: impl FnOnce() -> DocumentError,
    ) -> Result<T, DocumentError> {
        values.next().unwrap_or_else(|| Err(missing()))
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
}

/// The first attribute of each name, in one pass. The names are numbered.
pub(crate) fn first_attributes<'d, const COUNT: usize>(
    element: Element<'d>,
    number: impl Fn(&str) -> Option<usize>,
) -> [Option<Attribute<'d>>; COUNT] {
    firsts(element.attributes(), |attribute| number(attribute.name()))
}

/// The first child of each name, in one pass. The names are numbered.
pub(crate) fn first_children<'d, const COUNT: usize>(
    element: Element<'d>,
    number: impl Fn(&str) -> Option<usize>,
) -> [Option<Element<'d>>; COUNT] {
    firsts(element.children(), |child| number(child.name()))
}

fn firsts<T: Copy, const COUNT: usize>(
    all: impl Iterator<Item = T>,
    number: impl Fn(T) -> Option<usize>,
) -> [Option<T>; COUNT] {
    let mut found = [None; COUNT];
    for one in all {
        if let Some(number) = number(one) {
            found[number].get_or_insert(one);
        }
    }
    found
}

/// Reads the attribute of that name, as it was found, into a slot. `empty` says whether one without a text is absent where
/// it is not as the type has it.
pub(crate) fn read_attribute<S: Slot<Value: TextValue>>(
    element: Element<'_>,
    written: Option<Attribute<'_>>,
    name: &str,
    bad: Option<DocumentErrorKind>,
    missing: Option<DocumentErrorKind>,
    empty: Option<bool>,
) -> Result<S, DocumentError> {
    let empty_is_absent = empty.unwrap_or(S::Value::EMPTY_IS_ABSENT);
    let found = element.value_of(written, name).filter(|text| !(empty_is_absent && text.is_empty()));
    let value =
        found.map(|text| S::Value::from_text(&text).at_attribute(element, name).map_err(of_kind(bad)));
    S::fill(value.into_iter(), || {
        let kind = missing.unwrap_or(<S::Value as TextValue>::ABSENT);
        Problem::new(kind, format!("<{}> has no attribute {}", element.name(), quoted(name))).at(element)
    })
}

/// Gives an error the kind that is wanted, if one is.
fn of_kind(kind: Option<DocumentErrorKind>) -> impl Fn(DocumentError) -> DocumentError {
    move |error| match kind {
        Some(kind) => error.of_kind(kind),
        None => error,
    }
}

/// Reads the children of that name, of which the first was found, into a slot.
pub(crate) fn read_children<S: Slot<Value: ElementValue>>(
    element: Element<'_>,
    first: Option<Element<'_>>,
    name: &str,
    bad: Option<DocumentErrorKind>,
    missing: Option<DocumentErrorKind>,
) -> Result<S, DocumentError> {
    let is_collected = !S::MANY && S::Value::COLLECTED;
    // Where one is meant and nothing is collected, the first decides, even by being empty.
    let others =
        first.into_iter().filter(|_| S::MANY || is_collected).flat_map(|_| children(element, name).skip(1));
    let found = values::<S::Value>(first.into_iter().chain(others)).map(|value| value.map_err(of_kind(bad)));
    let missing = || {
        let kind = missing.unwrap_or(S::Value::ABSENT);
        Problem::new(kind, format!("<{}> has no <{name}> in it", element.name())).at(element)
    };
    if is_collected { S::fill(collected(found).into_iter(), missing) } else { S::fill(found, missing) }
}

/// What several elements say together.
pub(super) fn collected<T: ElementValue>(
    found: impl Iterator<Item = Result<T, DocumentError>>,
) -> Option<Result<T, DocumentError>> {
    found.reduce(|first, later| {
        let mut first = first?;
        first.collect(later?);
        Ok(first)
    })
}

/// Takes what a later element has where there is nothing yet, or something to which it adds.
pub(crate) fn join<T: ElementValue>(value: &mut Option<T>, later: Option<T>) {
    match (value, later) {
        (Some(value), Some(later)) => value.collect(later),
        (value @ None, later) => *value = later,
        (Some(_), None) => {}
    }
}

/// Refuses a second child of that name.
pub(crate) fn only_once(
    element: Element<'_>,
    name: &str,
    kind: DocumentErrorKind,
) -> Result<(), DocumentError> {
    match children(element, name).nth(1) {
        Some(second) => {
            let message = format!("<{}> has a second <{name}> in it", element.name());
            Err(Problem::new(kind, message).hint("leave out all but one").at(second))
        }
        None => Ok(()),
    }
}

/// Reads the children of that name in the elements of which the first was found.
pub(crate) fn read_list<S: Slot<Value: ElementValue>>(
    element: Element<'_>,
    first: Option<Element<'_>>,
    (list, name): (&str, &str),
    bad: Option<DocumentErrorKind>,
) -> Result<S, DocumentError> {
    let lists = first.into_iter().flat_map(|_| children(element, list));
    let found = lists.flat_map(|list| children(list, name));
    let found = values::<S::Value>(found).map(|value| value.map_err(of_kind(bad)));
    S::fill(found, || Problem::new(S::Value::ABSENT, "a list is empty").at(element))
}

/// Reads the text that stands beside the elements in an element.
pub(crate) fn read_own_text<T: TextValue>(element: Element<'_>) -> Result<T, DocumentError> {
    T::from_text(&element.own_text()).at(element)
}

/// Reads the attribute that says which sort of element it is.
pub(crate) fn read_tag(
    element: Element<'_>,
    name: &str,
    default: Option<&'static str>,
    values: &[&'static str],
    bad: DocumentErrorKind,
    missing: DocumentErrorKind,
) -> Result<&'static str, DocumentError> {
    let Some(text) = element.attribute_value(name) else {
        return default.ok_or_else(|| {
            Problem::new(missing, format!("<{}> has no attribute {}", element.name(), quoted(name)))
                .at(element)
        });
    };
    values.iter().copied().find(|value| *value == text).ok_or_else(|| {
        let message = format!(
            "{} is no {name} of <{}>: it is one of {}",
            quoted(&text),
            element.name(),
            values.join(", ")
        );
        Problem::new(bad, message).at_attribute(element, name)
    })
}

pub(super) fn values<'d, T: ElementValue>(
    found: impl Iterator<Item = Element<'d>>,
) -> impl Iterator<Item = Result<T, DocumentError>> {
    let value = |element| if T::is_absent(element) { None } else { Some(T::read(element)) };
    found.filter_map(value).filter(|value| !value.as_ref().is_ok_and(T::means_nothing))
}

/// The first child of that name.
pub(crate) fn child<'d>(parent: Element<'d>, name: &str) -> Option<Element<'d>> {
    children(parent, name).next()
}

/// The children of that name. A prefix stands for the namespace that it is known for.
pub(super) fn children<'d>(parent: Element<'d>, name: &str) -> impl Iterator<Item = Element<'d>> {
    parent.children().filter(move |child| namespace::names(*child, name))
}

/// A value that is written unless it is the type's default.
pub(crate) fn unless_default<T: Default + PartialEq>(value: &T) -> &[T] {
    if *value == T::default() { &[] } else { std::slice::from_ref(value) }
}

pub(super) fn is_absent<T: ElementValue>(element: Element<'_>) -> bool {
    T::is_absent(element) || T::read(element).is_ok_and(|value| value.means_nothing())
}
