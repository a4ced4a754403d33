//! References to entities that the document defines: what they stand for is read once, and bounded.

use super::{Scanned, Scanner};
use crate::xml::definitions::{Definitions, Entity};
use crate::xml::error::XmlError;
use crate::xml::quoted;
use crate::xml::value::is_predefined;
use std::collections::HashMap;
use std::sync::Arc;

/// Deepest that entities stand in each other.
pub(super) const MOST_WITHIN: usize = 40;

/// Most bytes that all references of a document stand for, so that values never take much more memory than the largest document that a
/// call can carry.
const MOST_EXPANDED: usize = 4 << 20;

/// Most entities and attributes that a document declares.
const MOST_DECLARED: usize = 10_000;

/// What is known of entities while the document is read.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) definitions: Definitions,
    pub(super) parameters: HashMap<Box<str>, Parameter>,
    weights: HashMap<Box<str>, Option<Weight>>,
    /// Entities that were read as content, and as part of a value; false while one is being read.
    read: [HashMap<Box<str>, bool>; 2],
    expanded: usize,
    declarations: usize,
}

/// What a name between `%` and `;` stands for.
#[derive(Debug)]
pub(super) enum Parameter {
    Internal(Arc<str>),
    External,
}

/// Where a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Use {
    Content,
    Value,
}

/// What an entity comes to.
#[derive(Debug, Clone, Copy)]
struct Weight {
    /// How many references it takes to read it, counted in libxml2's way: the first to an entity counts for less.
    references: usize,
    bytes: usize,
}

impl Scanner<'_> {
    pub(super) fn declared(&mut self) -> &mut Declared {
        self.declared.get_or_insert_default()
    }

    /// A reference to an entity that XML itself does not have; `at` is behind it.
    pub(super) fn entity(&mut self, start: usize, name: &str, wanted: Use) -> Scanned {
        let undefined = || {
            format!("the entity '&{name};' is not defined; XML itself has lt, gt, amp, quot and apos only")
        };
        let Some(declared) = &self.declared else { return self.fail_at(start, undefined()) };
        let text = match (declared.definitions.entity(name), wanted) {
            (Some(Entity::Internal(text)), _) => Arc::clone(text),
            (Some(Entity::External), Use::Content) => return Ok(()),
            (Some(Entity::External), Use::Value) => {
                return self.fail_at(
                    start,
                    format!("the entity '&{name};' of another file stands in the value of an attribute"),
                );
            }
            (Some(Entity::Unparsed), _) => {
                return self.fail_at(start, format!("the entity '&{name};' stands for data that is no XML"));
            }
            (None, _) if declared.definitions.may_be_elsewhere => return Ok(()),
            (None, _) => return self.fail_at(start, undefined()),
        };
        let Some(weight) = self.declared().weigh(name, 0) else { return self.fail_at(start, endless(name)) };
        // libxml2's measure against documents that say little and stand for much; a value is measured where it stands.
        let is_measured = self.within == 0 || wanted == Use::Content;
        if is_measured && weight.references.saturating_mul(3) >= self.at.saturating_mul(10) {
            return self.fail_at(start, endless(name));
        }
        if self.within == 0 {
            self.expand(start, weight.bytes)?;
        }
        match self.declared().read[wanted as usize].get(name) {
            Some(true) => return Ok(()),
            Some(false) => return self.fail_at(start, endless(name)),
            None => {}
        }
        self.declared().read[wanted as usize].insert(name.into(), false);
        match wanted {
            Use::Content => self.nested(start, name, &text, |inner| inner.content())?,
            Use::Value => self.nested(start, name, &text, |inner| inner.value_part())?,
        }
        self.declared().read[wanted as usize].insert(name.into(), true);
        Ok(())
    }

    /// Counts a declaration.
    pub(super) fn one_declared(&mut self) -> Scanned {
        self.declared().declarations += 1;
        match self.declared().declarations > MOST_DECLARED {
            true => {
                self.fail(format!("the document declares more than {MOST_DECLARED} entities and attributes"))
            }
            false => Ok(()),
        }
    }

    /// Counts what is put in the place of a reference.
    pub(super) fn expand(&mut self, start: usize, bytes: usize) -> Scanned {
        let expanded = &mut self.declared().expanded;
        *expanded = expanded.saturating_add(bytes);
        match *expanded > MOST_EXPANDED {
            true => self.fail_at(start, format!("entities stand for more than {MOST_EXPANDED} bytes")),
            false => Ok(()),
        }
    }

    /// Reads the text of an entity as what stands in its place.
    pub(super) fn nested(
        &mut self,
        start: usize,
        name: &str,
        text: &str,
        read: impl FnOnce(&mut Scanner<'_>) -> Scanned,
    ) -> Scanned {
        let mut inner = Scanner::new(text, self.limits);
        inner.within = self.within + 1;
        inner.declared = self.declared.take();
        let result = read(&mut inner);
        self.declared = inner.declared.take();
        result.or_else(|XmlError { message, .. }| {
            if self.within > 0 {
                return self.fail_at(start, message);
            }
            self.fail_at(start, format!("in the text of entity {}: {message}", quoted(name)))
        })
    }

    /// A part of an attribute's value.
    fn value_part(&mut self) -> Scanned {
        while let Some(byte) = self.peek() {
            match byte {
                b'<' => return self.fail("'<' stands in the value of an attribute"),
                b'&' => self.reference(Use::Value)?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }
}

fn endless(name: &str) -> String {
    format!("the entity '&{name};' stands for itself or for far more than is written")
}

impl Declared {
    /// What an entity comes to, or none if it stands for itself.
    fn weigh(&mut self, name: &str, within: usize) -> Option<Weight> {
        if let Some(known) = self.weights.get(name) {
            return *known;
        }
        let Some(Entity::Internal(text)) = self.definitions.entity(name) else {
            return Some(Weight { references: 1, bytes: 0 });
        };
        if within == MOST_WITHIN {
            return None;
        }
        let text = Arc::clone(text);
        self.weights.insert(name.into(), None);
        let mut weight = Weight { references: 1, bytes: text.len() };
        for reference in text.split('&').skip(1).filter_map(|rest| rest.split_once(';')).map(|(name, _)| name)
        {
            if reference.starts_with('#') || is_predefined(reference) {
                continue;
            }
            let is_first = !self.weights.contains_key(reference);
            let inner = self.weigh(reference, within + 1)?;
            let references = inner.references.saturating_add(usize::from(!is_first));
            weight.references = weight.references.saturating_add(references);
            weight.bytes = weight.bytes.saturating_add(inner.bytes);
        }
        self.weights.insert(name.into(), Some(weight));
        Some(weight)
    }
}
