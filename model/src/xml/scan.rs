//! Reads a document once, from front to back: checks that it is well-formed and notes where its elements are.

mod doctype;
mod entities;
mod prolog;

use super::characters::{NAME, NAME_START, SPACE, SUSPECT, TEXT_STOP, VALUE_STOP, is, is_allowed, is_name};
use super::definitions::Definitions;
use super::error::{Position, XmlError, quoted};
use super::limits::Limits;
use super::value::{is_predefined, referenced};
use entities::{Declared, Use};
use std::collections::HashSet;

/// Where an element is. Elements are kept in the order of their start tags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The offset of its start tag.
    pub(super) start: u32,
    /// The offset behind its name.
    pub(super) name_end: u32,
    /// The offset behind its start tag.
    pub(super) open_end: u32,
    /// The offset of its end tag; that of `open_end` when it has none.
    pub(super) close_start: u32,
    /// The index of its parent; the root is its own.
    pub(super) parent: u32,
    /// The index behind its last descendant.
    pub(super) next: u32,
}

/// Attributes of one element up to which each is compared with each.
const FEW_ATTRIBUTES: usize = 12;

/// The elements of a document, and what it defines.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<(Vec<Span>, Option<Box<Definitions>>), XmlError> {
    let mut scanner = Scanner::new(text, limits);
    // Most documents have an element about every 36 bytes.
    scanner.spans.reserve(text.len().min(1 << 20) / 36 + 4);
    scanner.document()?;
    Ok((scanner.spans, scanner.declared.map(|declared| Box::new(declared.definitions))))
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    limits: &'a Limits,
    spans: Vec<Span>,
    /// The indices of the elements around `at`.
    open: Vec<u32>,
    /// What the document defines, if it has a document type declaration.
    declared: Option<Box<Declared>>,
    /// In how many entities the text stands; none for the document itself.
    within: usize,
    /// Whether the document says that it needs nothing from elsewhere.
    is_standalone: bool,
}

type Scanned<T = ()> = Result<T, XmlError>;

/// An offset or an index; [`scan`] is given no document of 4 GiB.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("a document is shorter than 4 GiB")
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, limits: &'a Limits) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            limits,
            spans: Vec::new(),
            open: Vec::with_capacity(8),
            declared: None,
            within: 0,
            is_standalone: false,
        }
    }

    fn document(&mut self) -> Scanned {
        self.prolog()?;
        self.start_tag()?;
        self.content()?;
        loop {
            self.blanks();
            match self.peek() {
                None => return Ok(()),
                Some(b'<') if self.rest().starts_with("<!--") => self.comment()?,
                Some(b'<') if self.rest().starts_with("<?") => self.instruction()?,
                Some(_) => {
                    return self
                        .fail("something follows the end of the first element; a document has only one");
                }
            }
        }
    }

    /// Everything up to the end tag of the first element; in the text of an entity, up to the end.
    fn content(&mut self) -> Scanned {
        while !self.open.is_empty() || self.within > 0 {
            while self.peek().is_some_and(|byte| !is(byte, TEXT_STOP)) {
                self.at += 1;
            }
            match self.peek() {
                Some(b'<') => match self.bytes.get(self.at + 1) {
                    Some(b'/') if self.open.is_empty() => {
                        return self.fail("an end tag stands without its start tag");
                    }
                    Some(b'/') => self.end_tag()?,
                    Some(b'!') if self.rest().starts_with("<!--") => self.comment()?,
                    Some(b'!') if self.rest().starts_with("<![CDATA[") => self.character_data()?,
                    Some(b'?') => self.instruction()?,
                    _ => self.start_tag()?,
                },
                Some(b'&') => self.reference(Use::Content)?,
                Some(b']') if self.rest().starts_with("]]>") => {
                    return self.fail("']]>' stands outside of a CDATA section; write it as ']]&gt;'");
                }
                Some(b']') => self.at += 1,
                Some(_) => self.suspect()?,
                None if self.open.is_empty() => return Ok(()),
                None => {
                    let span = self.spans[*self.open.last().expect("an element is open") as usize];
                    let line = Position::of(self.bytes, span.start as usize).line;
                    return self.fail(format!(
                        "the document ends inside of element {}, which starts on line {line}",
                        quoted(self.name_of(span))
                    ));
                }
            }
        }
        Ok(())
    }

    fn start_tag(&mut self) -> Scanned {
        let start = self.at;
        if self.spans.len() == self.limits.elements {
            return self.fail(format!("the document has more than {} elements", self.limits.elements));
        }
        if self.open.len() == self.limits.depth {
            return self
                .fail(format!("elements stand more than {} deep within each other", self.limits.depth));
        }
        self.at += 1;
        if self.peek() == Some(b'!') {
            return self.fail_at(start, "'<!' starts nothing that may stand here");
        }
        self.name("an element's name must follow '<'; write '<' in text as '&lt;'")?;
        let name_end = self.at;
        let index = narrow(self.spans.len());
        let parent = self.open.last().copied().unwrap_or(index);
        let empty = self.attributes()?;
        self.spans.push(Span {
            start: narrow(start),
            name_end: narrow(name_end),
            open_end: narrow(self.at),
            close_start: narrow(self.at),
            parent,
            next: index + 1,
        });
        if !empty {
            self.open.push(index);
        }
        Ok(())
    }

    /// The rest of a start tag. Whether it is the whole element.
    fn attributes(&mut self) -> Scanned<bool> {
        let mut few = [""; FEW_ATTRIBUTES];
        let mut many: Option<HashSet<&str>> = None;
        let mut count = 0;
        loop {
            let before = self.at;
            self.blanks();
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(false);
                }
                Some(b'/') if self.bytes.get(self.at + 1) == Some(&b'>') => {
                    self.at += 2;
                    return Ok(true);
                }
                None => return self.fail("the document ends inside of a start tag"),
                Some(_) if before == self.at => {
                    return self.fail("a blank, '>' or '/>' must follow here in a start tag");
                }
                Some(_) => {}
            }
            let start = self.at;
            let name = self.name("an attribute, '>' or '/>' must follow here in a start tag")?;
            let repeated = if count < FEW_ATTRIBUTES {
                let repeated = few[..count].contains(&name);
                few[count] = name;
                repeated
            } else {
                !many.get_or_insert_with(|| few.iter().copied().collect()).insert(name)
            };
            count += 1;
            if repeated {
                return self.fail_at(start, format!("attribute {} is given twice", quoted(name)));
            }
            if count > self.limits.attributes {
                return self.fail_at(
                    start,
                    format!("an element has more than {} attributes", self.limits.attributes),
                );
            }
            self.blanks();
            if !self.skip("=") {
                return self.fail(format!("'=' must follow the name of attribute {}", quoted(name)));
            }
            self.blanks();
            self.value(name)?;
        }
    }

    fn value(&mut self, name: &str) -> Scanned {
        let start = self.at;
        let Some(quote @ (b'\'' | b'"')) = self.peek() else {
            return self.fail(format!("the value of attribute {} must stand in quotes", quoted(name)));
        };
        self.at += 1;
        loop {
            while self.peek().is_some_and(|byte| !is(byte, VALUE_STOP)) {
                self.at += 1;
            }
            if self.at - start > Limits::VALUE_BYTES {
                let most = Limits::VALUE_BYTES;
                return self.fail_at(
                    start,
                    format!("the value of attribute {} is over {most} bytes long", quoted(name)),
                );
            }
            match self.peek() {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\'' | b'"') => self.at += 1,
                Some(b'&') => self.reference(Use::Value)?,
                Some(b'<') => {
                    return self.fail(format!(
                        "'<' stands in the value of attribute {}; write it as '&lt;', or end the value with its quote",
                        quoted(name)
                    ));
                }
                Some(_) => self.suspect()?,
                None => {
                    return self.fail(format!(
                        "the document ends inside of the value of attribute {}",
                        quoted(name)
                    ));
                }
            }
        }
    }

    fn end_tag(&mut self) -> Scanned {
        let index = *self.open.last().expect("content is read inside of an element") as usize;
        let (start, span) = (self.at, self.spans[index]);
        self.at += 2;
        let expected = self.name_of(span);
        let name_start = self.at;
        let same = self.skip(expected);
        if !same || self.peek().is_some_and(|byte| is(byte, NAME)) {
            self.at = name_start;
            let name = self.name("a name must follow '</'")?;
            let line = Position::of(self.bytes, span.start as usize).line;
            return self.fail_at(
                start,
                format!("'</{name}>' does not end element {}, which starts on line {line}", quoted(expected)),
            );
        }
        self.blanks();
        if !self.skip(">") {
            return self.fail(format!("'>' must follow here to end '</{expected}'"));
        }
        let next = narrow(self.spans.len());
        let span = &mut self.spans[index];
        span.close_start = narrow(start);
        span.next = next;
        self.open.pop();
        Ok(())
    }

    fn comment(&mut self) -> Scanned {
        let start = self.at;
        self.at += "<!--".len();
        loop {
            match self.peek() {
                Some(b'-') if self.rest().starts_with("-->") => {
                    self.at += "-->".len();
                    return Ok(());
                }
                Some(b'-') if self.rest().starts_with("--") => {
                    return self.fail("'--' stands inside of a comment");
                }
                Some(byte) if is(byte, SUSPECT) => self.suspect()?,
                Some(_) => self.at += 1,
                None => return self.fail_at(start, "the comment has no end '-->'"),
            }
        }
    }

    fn character_data(&mut self) -> Scanned {
        let start = self.at;
        self.at += "<![CDATA[".len();
        self.until("]]>", start, "the CDATA section has no end ']]>'")
    }

    fn instruction(&mut self) -> Scanned {
        let start = self.at;
        self.at += "<?".len();
        let target = self.name("a name must follow '<?'")?;
        if target.eq_ignore_ascii_case("xml") {
            return self
                .fail_at(start, "an XML declaration stands elsewhere than at the start of the document");
        }
        if !self.rest().starts_with("?>") && !self.peek().is_some_and(|byte| is(byte, SPACE)) {
            return self.fail("a blank or '?>' must follow the name of a processing instruction");
        }
        self.until("?>", start, "the processing instruction has no end '?>'")
    }

    /// Goes behind the next `end`.
    fn until(&mut self, end: &str, start: usize, unended: &str) -> Scanned {
        let first = end.as_bytes()[0];
        loop {
            match self.peek() {
                Some(byte) if byte == first && self.rest().starts_with(end) => {
                    self.at += end.len();
                    return Ok(());
                }
                Some(byte) if is(byte, SUSPECT) => self.suspect()?,
                Some(_) => self.at += 1,
                None => return self.fail_at(start, unended),
            }
        }
    }

    /// A reference to a character or an entity.
    fn reference(&mut self, wanted: Use) -> Scanned {
        let start = self.at;
        self.at += 1;
        if self.peek() == Some(b'#') {
            self.at += 1;
        }
        while self.peek().is_some_and(|byte| is(byte, NAME)) {
            self.at += 1;
        }
        let name = &self.text[start + 1..self.at];
        if name.starts_with('#') {
            if self.skip(";") && referenced(name).is_some_and(is_allowed) {
                return Ok(());
            }
            let message = format!("{} is no character that XML allows", quoted(&self.text[start..self.at]));
            return self.fail_at(start, message);
        }
        if name.is_empty() {
            return self.fail_at(start, "no entity's name follows '&'; write '&' itself as '&amp;'");
        }
        if !self.skip(";") {
            return self.fail_at(start, "';' is missing behind '&'; write '&' itself as '&amp;'");
        }
        if is_predefined(name) {
            return Ok(());
        }
        if !is_name(name) {
            return self.fail_at(start, "no entity's name follows '&'; write '&' itself as '&amp;'");
        }
        self.entity(start, name, wanted)
    }

    /// A character that is refused, or one that only looks like it.
    fn suspect(&mut self) -> Scanned {
        let character = self.rest().chars().next().expect("a byte was seen here");
        if is_allowed(character) {
            self.at += character.len_utf8();
            return Ok(());
        }
        self.fail(format!("the character U+{:04X} is not allowed in XML", u32::from(character)))
    }

    fn name(&mut self, missing: &str) -> Scanned<&'a str> {
        let start = self.at;
        let mut ascii = true;
        if self.peek().is_some_and(|byte| is(byte, NAME_START)) {
            while let Some(byte) = self.peek().filter(|byte| is(*byte, NAME)) {
                ascii &= byte.is_ascii();
                self.at += 1;
            }
        }
        let name = &self.text[start..self.at];
        if name.is_empty() || !(ascii || is_name(name)) {
            return self.fail_at(start, missing);
        }
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if prefix.len().max(local.len()) > Limits::NAME_BYTES {
            return self.fail_at(start, format!("a name is over {} bytes long", Limits::NAME_BYTES));
        }
        Ok(name)
    }

    fn name_of(&self, span: Span) -> &'a str {
        &self.text[span.start as usize + 1..span.name_end as usize]
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The text from here on, where a character starts.
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, expected: &str) -> bool {
        let there = self.bytes[self.at..].starts_with(expected.as_bytes());
        if there {
            self.at += expected.len();
        }
        there
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| is(byte, SPACE)) {
            self.at += 1;
        }
    }

    fn fail<T>(&self, message: impl Into<String>) -> Scanned<T> {
        self.fail_at(self.at, message)
    }

    #[cold]
    fn fail_at<T>(&self, offset: usize, message: impl Into<String>) -> Scanned<T> {
        Err(XmlError::new(self.bytes, offset, message))
    }
}
