//! What is wrong with a typed value that is no longer connected with its document.

use crate::document::{DocumentError, DocumentErrorKind, Problem};
use crate::xml::Element;

/// What is wrong with a value of a type, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    problem: Problem,
    /// From the document's root, such as `devices/disk[2]/target/@dev`; numbers count from 1.
    path: String,
}

impl Fault {
    /// A problem with what stands at a path from the document's root, such as `devices/disk[2]/target/@dev`.
    pub fn new(kind: DocumentErrorKind, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { problem: Problem::new(kind, message), path: path.into() }
    }

    /// A problem with a value that stands at a path.
    pub(crate) fn of(problem: Problem, path: impl Into<String>) -> Self {
        Self { problem, path: path.into() }
    }

    /// The problem of a part, as one of the whole in which the part stands at a path.
    pub(crate) fn within(self, path: &str) -> Self {
        let path = if self.path.is_empty() { path.to_owned() } else { format!("{path}/{}", self.path) };
        Self { path, ..self }
    }

    /// Numbers elements as they were written: `places` has the written place of each, from 0, in the order in which they
    /// are now.
    pub(crate) fn with_places(mut self, list: &str, places: &[usize]) -> Self {
        let number = self.path.strip_prefix(list).and_then(|rest| rest.strip_prefix('[')?.split_once(']'));
        if let Some((number, rest)) = number
            && let Some(place) =
                number.parse::<usize>().ok().and_then(|number| places.get(number.checked_sub(1)?))
        {
            self.path = format!("{list}[{}]{rest}", place + 1);
        }
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: &'static str) -> Self {
        self.problem = self.problem.hint(hint);
        self
    }

    /// The error, with the place in the document that the value was read from: the nearest element around it that
    /// is there.
    #[must_use]
    pub fn in_document(self, root: Element<'_>) -> DocumentError {
        // Several elements, where one is meant, count together: the second disk can be the first in its <devices>.
        let mut found = vec![root];
        for step in self.path.split('/') {
            if let Some(attribute) = step.strip_prefix('@') {
                return self.problem.at_attribute(found[0], attribute);
            }
            let (name, number) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, number)) => (name, number.parse::<usize>().ok()),
                None => (step, None),
            };
            let namesakes =
                found.iter().flat_map(|element| element.children()).filter(|child| child.name() == name);
            let meant: Vec<Element<'_>> = match number {
                Some(number) => namesakes.skip(number.saturating_sub(1)).take(1).collect(),
                None => namesakes.collect(),
            };
            if meant.is_empty() {
                break;
            }
            found = meant;
        }
        self.problem.at(found[0])
    }
}
