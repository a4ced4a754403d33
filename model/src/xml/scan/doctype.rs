//! The document type declaration: what it defines is noted, what it says about the order of elements is only read over.

use super::entities::{MOST_WITHIN, Parameter};
use super::{Scanned, Scanner};
use crate::xml::characters::{NAME, SPACE, SUSPECT, is, is_allowed, is_name};
use crate::xml::definitions::{AttributeType, Entity};
use crate::xml::quoted;
use crate::xml::value::referenced;
use std::sync::Arc;

/// Deepest that groups stand in each other where an element is declared.
const GROUPS: usize = 128;

impl<'a> Scanner<'a> {
    /// `<!DOCTYPE name SYSTEM "elsewhere" [declarations]>`. What is elsewhere stays there.
    pub(super) fn doctype(&mut self) -> Scanned {
        self.at += "<!DOCTYPE".len();
        self.blanks();
        self.name("a name must follow '<!DOCTYPE'")?;
        let is_spaced = self.blanks_must_follow("").is_ok();
        let elsewhere = is_spaced && self.external_id()?;
        self.declared().definitions.may_be_elsewhere = elsewhere && !self.is_standalone;
        self.blanks();
        if self.skip("[") {
            self.declarations(true)?;
            self.blanks();
        }
        match self.skip(">") {
            true => Ok(()),
            false => self.fail("'>' must follow here to end the document type declaration"),
        }
    }

    /// `SYSTEM "where"` or `PUBLIC "what" "where"`, if one is here.
    fn external_id(&mut self) -> Scanned<bool> {
        if self.skip("SYSTEM") {
            self.blanks_must_follow("a blank must follow 'SYSTEM'")?;
        } else if self.skip("PUBLIC") {
            self.blanks_must_follow("a blank must follow 'PUBLIC'")?;
            self.public_id()?;
            self.blanks_must_follow("a blank must follow a public identifier")?;
        } else {
            return Ok(false);
        }
        self.quoted_text("a system identifier in quotes must follow here").map(|_| true)
    }

    fn public_id(&mut self) -> Scanned {
        let start = self.at;
        let id = self.quoted_text("a public identifier in quotes must follow here")?;
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b" \r\n-'()+,./:=?;!*#@$_%".contains(&byte);
        match id.bytes().all(good) {
            true => Ok(()),
            false => self.fail_at(start, "a public identifier has a character that is not allowed in one"),
        }
    }

    fn quoted_text(&mut self, missing: &str) -> Scanned<&'a str> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else { return self.fail(missing) };
        let start = self.at + 1;
        self.at = start;
        while self.peek().is_some_and(|byte| byte != quote) {
            if self.peek().is_some_and(|byte| is(byte, SUSPECT)) {
                self.suspect()?;
            } else {
                self.at += 1;
            }
        }
        match self.peek() {
            Some(_) => {
                self.at += 1;
                Ok(&self.text[start..self.at - 1])
            }
            None => self.fail_at(start, "a text in quotes has no end"),
        }
    }

    /// Declarations up to `]`, or, of a parameter entity, up to its end.
    fn declarations(&mut self, in_brackets: bool) -> Scanned {
        loop {
            self.blanks();
            match self.peek() {
                Some(b']') if in_brackets => {
                    self.at += 1;
                    return Ok(());
                }
                None if !in_brackets => return Ok(()),
                Some(b'%') => self.parameter()?,
                Some(b'<') if self.rest().starts_with("<!--") => self.comment()?,
                Some(b'<') if self.rest().starts_with("<?") => self.instruction()?,
                Some(b'<') if self.skip("<!ENTITY") => self.entity_declaration()?,
                Some(b'<') if self.skip("<!ATTLIST") => self.attributes_declaration()?,
                Some(b'<') if self.skip("<!ELEMENT") => self.element_declaration()?,
                Some(b'<') if self.skip("<!NOTATION") => self.notation_declaration()?,
                _ => {
                    return self.fail(
                        "a declaration (<!ENTITY, <!ATTLIST, <!ELEMENT or <!NOTATION) or ']' must follow here in the document type declaration",
                    );
                }
            }
        }
    }

    /// `%name;`, whose declarations are read in its place.
    fn parameter(&mut self) -> Scanned {
        let start = self.at;
        self.at += 1;
        let name = self.name("a name must follow '%'")?;
        if !self.skip(";") {
            return self.fail("';' must follow the name of a parameter entity");
        }
        let declared = self.declared();
        let text = match declared.parameters.get(name) {
            Some(Parameter::Internal(text)) => Arc::clone(text),
            Some(Parameter::External) => return Ok(()),
            None if declared.definitions.may_be_elsewhere => return Ok(()),
            None => {
                return self.fail_at(start, format!("the parameter entity {} is not defined", quoted(name)));
            }
        };
        self.expand(start, text.len())?;
        if self.within == MOST_WITHIN {
            return self.fail_at(start, "entities stand in each other without end");
        }
        self.nested(start, name, &text, |inner| inner.declarations(false))
    }

    fn entity_declaration(&mut self) -> Scanned {
        self.blanks_must_follow("a blank must follow '<!ENTITY'")?;
        let is_parameter = self.skip("%");
        if is_parameter {
            self.blanks_must_follow("a blank must follow '%'")?;
        }
        let name = self.name("a name must follow '<!ENTITY'")?;
        self.blanks_must_follow("a blank must follow the name of an entity")?;
        let internal = match self.peek() {
            Some(b'\'' | b'"') => Some(self.entity_value()?),
            _ if self.external_id()? => None,
            _ => return self.fail("a text in quotes, SYSTEM or PUBLIC must follow the name of an entity"),
        };
        let mut is_unparsed = false;
        if internal.is_none() && !is_parameter && self.peek().is_some_and(|byte| is(byte, SPACE)) {
            self.blanks();
            is_unparsed = self.skip("NDATA");
            if is_unparsed {
                self.blanks_must_follow("a blank must follow 'NDATA'")?;
                self.name("a notation's name must follow 'NDATA'")?;
            }
        }
        self.declaration_end()?;
        self.one_declared()?;
        let declared = self.declared();
        if is_parameter {
            let parameter = internal.map_or(Parameter::External, |text| Parameter::Internal(text.into()));
            declared.parameters.entry(name.into()).or_insert(parameter);
        } else {
            let entity = match internal {
                Some(text) => Entity::Internal(text.into()),
                None if is_unparsed => Entity::Unparsed,
                None => Entity::External,
            };
            declared.definitions.define(name, entity);
        }
        Ok(())
    }

    /// The text that an entity stands for: references to characters are resolved, those to entities stay.
    fn entity_value(&mut self) -> Scanned<String> {
        let start = self.at + 1;
        let raw = self.quoted_text("")?;
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find(['&', '%', '\r']) {
            value.push_str(&rest[..at]);
            let here = start + raw.len() - rest.len() + at;
            rest = &rest[at..];
            let Some(reference) = rest.strip_prefix('&') else {
                if rest.starts_with('%') {
                    return self
                        .fail_at(here, "'%' cannot stand in the text of an entity; write it as '&#37;'");
                }
                rest = &rest[1..];
                if !rest.starts_with('\n') {
                    value.push('\n');
                }
                continue;
            };
            let length = reference.find(|c: char| !(c == '#' || !c.is_ascii() || is(c as u8, NAME)));
            let name = &reference[..length.unwrap_or(reference.len())];
            let is_ended = reference[name.len()..].starts_with(';');
            match (name.starts_with('#'), referenced(name).filter(|c| is_allowed(*c))) {
                (true, Some(character)) if is_ended => value.push(character),
                (false, _) if is_ended && is_name(name) => {
                    value.push_str(&rest[..name.len() + 2]);
                }
                _ => {
                    return self.fail_at(here, "'&' must start a reference; write '&' itself as '&#38;#38;'");
                }
            }
            rest = &reference[name.len() + 1..];
        }
        value.push_str(rest);
        Ok(value)
    }

    fn attributes_declaration(&mut self) -> Scanned {
        self.blanks_must_follow("a blank must follow '<!ATTLIST'")?;
        let element = self.name("an element's name must follow '<!ATTLIST'")?;
        loop {
            let is_spaced = self.blanks_must_follow("").is_ok();
            if self.skip(">") {
                return Ok(());
            }
            if !is_spaced {
                return self.fail("a blank or '>' must follow here");
            }
            let attribute = self.name("an attribute's name or '>' must follow here")?;
            self.blanks_must_follow("a blank must follow the name of an attribute")?;
            let words = self.attribute_type()?;
            self.blanks_must_follow("a blank must follow the type of an attribute")?;
            let default = if self.skip("#REQUIRED") || self.skip("#IMPLIED") {
                None
            } else {
                if self.skip("#FIXED") {
                    self.blanks_must_follow("a blank must follow '#FIXED'")?;
                }
                let start = self.at;
                self.value(attribute)?;
                Some(self.text[start + 1..self.at - 1].into())
            };
            self.one_declared()?;
            self.declared().definitions.declare(element, attribute, AttributeType { words, default });
        }
    }

    /// Whether the type is one of words.
    fn attribute_type(&mut self) -> Scanned<bool> {
        if self.skip("CDATA") {
            return Ok(false);
        }
        const WORDS: [&str; 7] = ["IDREFS", "IDREF", "ID", "ENTITIES", "ENTITY", "NMTOKENS", "NMTOKEN"];
        if WORDS.iter().any(|word| self.skip(word)) {
            return Ok(true);
        }
        if self.skip("NOTATION") {
            self.blanks_must_follow("a blank must follow 'NOTATION'")?;
        }
        if !self.skip("(") {
            return self.fail("the type of an attribute or '(' must follow here");
        }
        loop {
            self.blanks();
            let start = self.at;
            while self.peek().is_some_and(|byte| is(byte, NAME)) {
                self.at += 1;
            }
            if start == self.at {
                return self.fail("a word must follow here in the type of an attribute");
            }
            self.blanks();
            if self.skip(")") {
                return Ok(true);
            }
            if !self.skip("|") {
                return self.fail("'|' or ')' must follow here in the type of an attribute");
            }
        }
    }

    fn element_declaration(&mut self) -> Scanned {
        self.blanks_must_follow("a blank must follow '<!ELEMENT'")?;
        self.name("an element's name must follow '<!ELEMENT'")?;
        self.blanks_must_follow("a blank must follow the name of an element")?;
        if self.skip("EMPTY") || self.skip("ANY") {
            return self.declaration_end();
        }
        if !self.skip("(") {
            return self.fail("EMPTY, ANY or '(' must follow the name of an element");
        }
        self.blanks();
        match self.skip("#PCDATA") {
            true => self.mixed_content()?,
            false => self.element_content()?,
        }
        self.declaration_end()
    }

    fn mixed_content(&mut self) -> Scanned {
        let mut has_names = false;
        loop {
            self.blanks();
            if self.skip(")") {
                let is_starred = self.skip("*");
                return match has_names && !is_starred {
                    true => self.fail("'*' must follow here"),
                    false => Ok(()),
                };
            }
            if !self.skip("|") {
                return self.fail("'|' or ')' must follow here");
            }
            self.blanks();
            self.name("an element's name must follow '|'")?;
            has_names = true;
        }
    }

    /// Groups of names behind their first `(`: each has one sort of separator.
    fn element_content(&mut self) -> Scanned {
        let mut groups: Vec<Option<u8>> = vec![None];
        loop {
            self.blanks();
            if self.skip("(") {
                if groups.len() == GROUPS {
                    return self.fail(format!("groups stand more than {GROUPS} deep within each other"));
                }
                groups.push(None);
                continue;
            }
            self.name("an element's name or '(' must follow here")?;
            self.occurrence();
            loop {
                self.blanks();
                let Some(separator) = groups.last_mut() else { return Ok(()) };
                match (self.bytes.get(self.at).copied(), *separator) {
                    (Some(b')'), _) => {
                        self.at += 1;
                        groups.pop();
                        self.occurrence();
                        if groups.is_empty() {
                            return Ok(());
                        }
                    }
                    (Some(byte @ (b',' | b'|')), known) if known.is_none_or(|known| known == byte) => {
                        *separator = Some(byte);
                        self.at += 1;
                        break;
                    }
                    _ => return self.fail("',', '|' or ')' must follow here, the same within one group"),
                }
            }
        }
    }

    fn occurrence(&mut self) {
        if matches!(self.peek(), Some(b'?' | b'*' | b'+')) {
            self.at += 1;
        }
    }

    fn notation_declaration(&mut self) -> Scanned {
        self.blanks_must_follow("a blank must follow '<!NOTATION'")?;
        self.name("a name must follow '<!NOTATION'")?;
        self.blanks_must_follow("a blank must follow the name of a notation")?;
        if self.skip("PUBLIC") {
            self.blanks_must_follow("a blank must follow 'PUBLIC'")?;
            self.public_id()?;
            self.blanks();
            if matches!(self.peek(), Some(b'\'' | b'"')) {
                self.quoted_text("")?;
            }
        } else if !self.external_id()? {
            return self.fail("SYSTEM or PUBLIC must follow the name of a notation");
        }
        self.declaration_end()
    }

    fn declaration_end(&mut self) -> Scanned {
        self.blanks();
        match self.skip(">") {
            true => Ok(()),
            false => self.fail("'>' must follow here to end a declaration"),
        }
    }

    fn blanks_must_follow(&mut self, missing: &str) -> Scanned {
        let before = self.at;
        self.blanks();
        if before == self.at { self.fail(missing) } else { Ok(()) }
    }
}
