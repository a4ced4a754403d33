//! The mapping between types and XML.

use super::error::{DocumentError, DocumentErrorKind, Problem, ResultAt};
use super::namespace;
use super::shape::{Shape, Variant};
use crate::xml::{Attribute, Edit, Element, NewElement, Place, quoted};
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
fn collected<T: ElementValue>(
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

fn values<'d, T: ElementValue>(
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
fn children<'d>(parent: Element<'d>, name: &str) -> impl Iterator<Item = Element<'d>> {
    parent.children().filter(move |child| namespace::names(*child, name))
}

/// A value that is written unless it is the type's default.
pub(crate) fn unless_default<T: Default + PartialEq>(value: &T) -> &[T] {
    if *value == T::default() { &[] } else { std::slice::from_ref(value) }
}

fn is_absent<T: ElementValue>(element: Element<'_>) -> bool {
    T::is_absent(element) || T::read(element).is_ok_and(|value| value.means_nothing())
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

    /// Gives the element a text beside the elements in it.
    pub fn set_own_text<T: TextValue>(&mut self, value: &T) {
        match self {
            Self::New(new) => new.set_text(&value.to_text()),
            Self::Existing(edit, element) => {
                if !T::from_text(&element.own_text()).is_ok_and(|old| old == *value) {
                    edit.set_own_text(*element, &value.to_text());
                }
            }
        }
    }

    /// Puts an element that is written already in the place of this one.
    pub(super) fn set_verbatim(&mut self, text: &str) {
        match self {
            Self::New(new) => new.set_verbatim(text),
            Self::Existing(edit, element) => edit.replace_by_text(*element, text),
        }
    }

    /// Gives the element an attribute, or takes it away.
    pub fn set_attribute<T: TextValue>(&mut self, name: &str, value: Option<&T>) {
        match (self, value) {
            (Self::New(new), Some(value)) => new.push_attribute(name, &value.to_text()),
            (Self::New(_), None) => {}
            (Self::Existing(edit, element), value) => match (element.attribute_value(name), value) {
                (Some(old), Some(value)) if T::from_text(&old).is_ok_and(|old| old == *value) => {}
                (Some(old), None) if T::EMPTY_IS_ABSENT && old.is_empty() => {}
                (_, Some(value)) => edit.set_attribute(*element, name, &value.to_text()),
                (_, None) => edit.remove_attribute(*element, name),
            },
        }
    }

    /// Whether the element is a new one.
    #[must_use]
    pub fn is_new(&self) -> bool {
        matches!(self, Self::New(_))
    }

    /// Takes an attribute away from the element.
    pub fn remove_attribute(&mut self, name: &str) {
        if let Self::Existing(edit, element) = self {
            edit.remove_attribute(*element, name);
        }
    }

    /// Says which sort of element it is. Where it was another, what only that has goes away.
    pub fn set_tag(&mut self, name: &str, value: &'static str, default: Option<&str>, variants: &[Variant]) {
        match self {
            Self::New(new) => new.push_attribute(name, value),
            Self::Existing(edit, element) => {
                let old = element.attribute_value(name);
                let old = old.as_deref().or(default);
                if old == Some(value) {
                    return;
                }
                edit.set_attribute(*element, name, value);
                shape_of(variants, old).remove_surplus(&shape_of(variants, Some(value)), edit, *element);
            }
        }
    }

    /// Says which sort of element it is where nothing says so.
    pub fn add_tag(&mut self, name: &str, value: &'static str) {
        if let Self::Existing(edit, element) = self
            && element.attribute(name).is_none()
        {
            edit.set_attribute(*element, name, value);
        }
    }

    /// Says no longer which sort of element it is. What only that sort has goes away.
    pub fn remove_tag(&mut self, name: &str, variants: &[Variant]) {
        if let Self::Existing(edit, element) = self
            && let Some(old) = element.attribute_value(name)
        {
            edit.remove_attribute(*element, name);
            shape_of(variants, Some(&old)).remove_surplus(&Shape::default(), edit, *element);
        }
    }

    /// Gives the element children of a name, in their place by `order`, or takes them away. Where not many are meant
    /// the first that is there is the one.
    pub fn set_children<T: ElementValue>(&mut self, name: &str, values: &[T], many: bool, order: &[&str]) {
        match self {
            Self::New(new) => {
                values
                    .iter()
                    .filter(|value| !value.means_nothing())
                    .for_each(|value| new.push_child(made(name, value)));
            }
            Self::Existing(edit, element) => {
                let there: Vec<Element<'d>> = children(*element, name).collect();
                let place = place(*element, name, order);
                if !many && T::COLLECTED && there.len() > 1 {
                    set_collected(edit, &there, values.first());
                    return;
                }
                // Where one is meant the first decides, even by being empty. Without it, the next would.
                let next_would =
                    values.is_empty() && there.first().is_some_and(|first| !is_absent::<T>(*first));
                let meant = if many || next_would { there.len() } else { there.len().min(1) };
                merge(edit, *element, place, name, &there[..meant], values);
            }
        }
    }

    /// Gives the element a child in which others of a name are.
    pub fn set_list<T: ElementValue>(&mut self, list: &str, name: &str, values: &[T], order: &[&str]) {
        match self {
            Self::New(_) if values.is_empty() => {}
            Self::New(new) => new.push_child(list_of(list, name, values)),
            Self::Existing(edit, element) => match child(*element, list) {
                Some(first) => {
                    let there: Vec<Element<'d>> =
                        children(*element, list).skip(1).flat_map(|list| children(list, name)).collect();
                    if !there.is_empty()
                        && is_list_of(children(first, name).chain(there.iter().copied()), values)
                    {
                        return;
                    }
                    Target::Existing(edit, first).set_children(name, values, true, &[]);
                    there.into_iter().for_each(|surplus| edit.remove(surplus));
                }
                None if values.is_empty() => {}
                None => {
                    namespace::insert(
                        edit,
                        *element,
                        place(*element, list, order),
                        &list_of(list, name, values),
                    );
                }
            },
        }
    }

    /// Gives the element an empty child, or takes it away.
    pub fn set_flag(&mut self, name: &str, wanted: bool, order: &[&str]) {
        match self {
            Self::New(new) if wanted => new.push_child(NewElement::new(name)),
            Self::New(_) => {}
            Self::Existing(edit, element) => match child(*element, name) {
                None if wanted => edit.insert(*element, place(*element, name, order), &NewElement::new(name)),
                Some(_) if !wanted => children(*element, name).for_each(|child| edit.remove(child)),
                _ => {}
            },
        }
    }
}

/// Makes the first of elements that are read as one what it is, and takes that away from the others.
fn set_collected<'d, T: ElementValue>(edit: &mut Edit<'d>, there: &[Element<'d>], value: Option<&T>) {
    let read = collected(values::<T>(there.iter().copied()));
    if read.is_none_or(|read| read.is_ok_and(|read| Some(&read) == value)) && value.is_some() {
        return;
    }
    let Some(value) = value else {
        there.iter().for_each(|element| edit.remove(*element));
        return;
    };
    let known = Shape::of::<T>();
    let mut elements = there.iter();
    if let Some(first) = elements.next() {
        value.write(&mut Target::Existing(edit, *first));
    }
    elements.for_each(|later| known.remove_surplus(&Shape::default(), edit, *later));
}

/// Whether the elements are the values.
fn is_list_of<'d, T: ElementValue>(elements: impl Iterator<Item = Element<'d>>, wanted: &[T]) -> bool {
    values::<T>(elements).collect::<Result<Vec<T>, _>>().is_ok_and(|read| read == wanted)
}

/// What is known of elements of one sort.
fn shape_of(variants: &[Variant], wanted: Option<&str>) -> Shape {
    let mut shape = Shape::default();
    variants.iter().filter(|(value, _)| Some(*value) == wanted).for_each(|(_, fill)| fill(&mut shape));
    shape
}

fn list_of<T: ElementValue>(list: &str, name: &str, values: &[T]) -> NewElement {
    let mut new = NewElement::new(list);
    Target::New(&mut new).set_children(name, values, true, &[]);
    new
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
    for surplus in middle.iter().skip(values.len()).filter(|element| !is_absent::<T>(**element)) {
        edit.remove(*surplus);
    }
    let place = match (middle.last(), there.get(middle.len())) {
        (Some(last), _) => Place::After(*last),
        (None, Some(first)) => before(parent, *first),
        (None, None) => place,
    };
    for value in &values[middle.len().min(values.len())..] {
        namespace::insert(edit, parent, place, &made(name, value));
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
