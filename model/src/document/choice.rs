//! Elements of several names that stand in one place.

use super::error::DocumentError;
use super::mapping::Slot;
use super::shape::Shape;
use super::target::Target;
use crate::xml::{Element, NewElement, Place};

/// A value that is written as an element of one of several names.
pub trait ChoiceValue: Sized + PartialEq {
    /// The names.
    const NAMES: &'static [&'static str];

    /// The name of the value's element.
    fn name(&self) -> &'static str;

    /// Reads the value from an element of one of the names.
    ///
    /// # Errors
    ///
    /// Something in the element is no such value or missing.
    fn read(element: Element<'_>) -> Result<Self, DocumentError>;

    /// Writes the value. What it does not know of the target stays.
    fn write(&self, target: &mut Target<'_, '_>);

    /// Says what it knows of the element around it.
    fn shape(shape: &mut Shape);
}

/// Reads the children of those names into a slot.
pub(crate) fn read<S: Slot<Value: ChoiceValue>>(element: Element<'_>) -> Result<S, DocumentError> {
    let found = children::<S::Value>(element).map(S::Value::read);
    S::fill(found, || super::Problem::invalid("an element is missing").at(element))
}

fn children<'d, T: ChoiceValue>(parent: Element<'d>) -> impl Iterator<Item = Element<'d>> {
    parent.children().filter(|child| T::NAMES.contains(&child.name()))
}

fn made<T: ChoiceValue>(value: &T) -> NewElement {
    let mut new = NewElement::new(value.name());
    value.write(&mut Target::New(&mut new));
    new
}

impl<'d> Target<'_, 'd> {
    /// Gives the element children of several names, or takes them away. Those that are equal stay untouched; where not
    /// many are meant the first that is there is the one.
    pub fn set_choice<T: ChoiceValue>(&mut self, values: &[T], many: bool) {
        let (edit, element) = match self {
            Self::New(new) => return values.iter().for_each(|value| new.push_child(made(value))),
            Self::Existing(edit, element) => (edit, *element),
        };
        let there: Vec<Element<'d>> = children::<T>(element).collect();
        let meant = if many || values.is_empty() { there.len() } else { there.len().min(1) };
        let there = &there[..meant];
        for (old, value) in there.iter().zip(values) {
            if T::read(*old).is_ok_and(|old| old == *value) {
                continue;
            }
            if old.name() == value.name() {
                value.write(&mut Target::Existing(edit, *old));
            } else {
                edit.replace(*old, &made(value));
            }
        }
        for surplus in there.iter().skip(values.len()) {
            edit.remove(*surplus);
        }
        let place = there.last().map_or(Place::Last, |last| Place::After(*last));
        for value in values.iter().skip(there.len()) {
            super::namespace::insert(edit, element, place, &made(value));
        }
    }
}

/// A value of which tests can make up one.
#[cfg(feature = "arbitrary")]
pub(crate) trait GenerateChoice: Sized {
    /// Makes up a value.
    ///
    /// # Errors
    ///
    /// The bytes do not do for one.
    fn generate(source: &mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Self>;
}

/// Makes up values, at most so many.
#[cfg(feature = "arbitrary")]
pub(crate) fn generate<T: GenerateChoice>(
    source: &mut arbitrary::Unstructured<'_>,
    most: usize,
) -> arbitrary::Result<Vec<T>> {
    let count = if source.is_empty() { 0 } else { source.int_in_range(0..=most)? };
    (0..count).map(|_| T::generate(source)).collect()
}
