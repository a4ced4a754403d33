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
        let mut element = root;
        for step in self.path.split('/') {
            if let Some(attribute) = step.strip_prefix('@') {
                return self.problem.at_attribute(element, attribute);
            }
            let (name, number) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, number)) => (name, number.parse().unwrap_or(1)),
                None => (step, 1_usize),
            };
            let mut namesakes = element.children().filter(|child| child.name() == name);
            match namesakes.nth(number.saturating_sub(1)) {
                Some(child) => element = child,
                None => break,
            }
        }
        self.problem.at(element)
    }
}
