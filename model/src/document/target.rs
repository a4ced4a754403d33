//! Writing values, into new elements or into those of a document that is there.

use super::mapping::{ElementValue, TextValue, child, children, collected, is_absent, values};
use super::namespace;
use super::shape::{Shape, Variant};
use crate::xml::{Edit, Element, NewElement, Place};

/// Which of the elements of a name are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// Each of them.
    All,
    /// The first; others may stand behind it.
    First,
    /// The only one: a second is refused.
    Only,
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

    /// Gives the element children of a name, in their place by `order`, or takes them away.
    pub fn set_children<T: ElementValue>(&mut self, name: &str, values: &[T], meant: Meant, order: &[&str]) {
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
                if meant != Meant::All && T::COLLECTED && there.len() > 1 {
                    set_collected(edit, &there, values.first());
                    return;
                }
                let forbidden = meant == Meant::Only;
                let (meant, surplus) = there.split_at(match meant {
                    Meant::All => there.len(),
                    // The first decides, even by being empty. Without it, the next would.
                    Meant::First
                        if values.is_empty()
                            && there.first().is_some_and(|first| !is_absent::<T>(*first)) =>
                    {
                        there.len()
                    }
                    Meant::First | Meant::Only => there.len().min(1),
                });
                merge(edit, *element, place, name, meant, values);
                if forbidden {
                    surplus.iter().for_each(|surplus| edit.remove(*surplus));
                }
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
                    Target::Existing(edit, first).set_children(name, values, Meant::All, &[]);
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
    Target::New(&mut new).set_children(name, values, Meant::All, &[]);
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
