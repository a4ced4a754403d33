//! Reads a document once, from front to back: checks that it is well-formed and notes where its elements are.

mod prolog;

use super::characters::{NAME, NAME_START, SPACE, SUSPECT, TEXT_STOP, VALUE_STOP, is, is_allowed, is_name};
use super::error::{Position, XmlError, quoted};
use super::limits::Limits;
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

pub(super) fn scan(text: &str, limits: &Limits) -> Result<Vec<Span>, XmlError> {
    // Most documents have an element about every 36 bytes.
    let spans = Vec::with_capacity(text.len().min(1 << 20) / 36 + 4);
    let mut scanner =
        Scanner { text, bytes: text.as_bytes(), at: 0, limits, spans, open: Vec::with_capacity(8) };
    scanner.document()?;
    Ok(scanner.spans)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    limits: &'a Limits,
    spans: Vec<Span>,
    /// The indices of the elements around `at`.
    open: Vec<u32>,
}

type Scanned<T = ()> = Result<T, XmlError>;

/// An offset or an index; [`scan`] is given no document of 4 GiB.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("a document is shorter than 4 GiB")
}

impl<'a> Scanner<'a> {
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

    /// Everything up to the end tag of the first element.
    fn content(&mut self) -> Scanned {
        while !self.open.is_empty() {
            while self.peek().is_some_and(|byte| !is(byte, TEXT_STOP)) {
                self.at += 1;
            }
            match self.peek() {
                Some(b'<') => match self.bytes.get(self.at + 1) {
                    Some(b'/') => self.end_tag()?,
                    Some(b'!') if self.rest().starts_with("<!--") => self.comment()?,
                    Some(b'!') if self.rest().starts_with("<![CDATA[") => self.character_data()?,
                    Some(b'?') => self.instruction()?,
                    _ => self.start_tag()?,
                },
                Some(b'&') => self.reference()?,
                Some(b']') if self.rest().starts_with("]]>") => {
                    return self.fail("']]>' stands outside of a CDATA section; write it as ']]&gt;'");
                }
                Some(b']') => self.at += 1,
                Some(_) => self.suspect()?,
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
                Some(b'&') => self.reference()?,
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

    /// A reference to a character, or to one of the five entities that XML itself has.
    fn reference(&mut self) -> Scanned {
        let start = self.at;
        // The longest that can be right is far shorter than this, zeros in front included.
        let window = &self.bytes[start..self.bytes.len().min(start + 64)];
        let Some(end) = window.iter().position(|byte| *byte == b';') else {
            return self.fail("';' is missing behind '&'; write '&' itself as '&amp;'");
        };
        let name = &self.text[start + 1..start + end];
        let known = match name.strip_prefix('#') {
            Some(number) => {
                let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
                let character =
                    if digits.starts_with('+') { None } else { u32::from_str_radix(digits, radix).ok() };
                if !character.and_then(char::from_u32).is_some_and(is_allowed) {
                    return self.fail(format!("'&{name};' is no character that XML allows"));
                }
                true
            }
            None => matches!(name, "lt" | "gt" | "amp" | "quot" | "apos"),
        };
        if !known {
            return if is_name(name) {
                self.fail(format!(
                    "the entity '&{name};' is not defined; XML itself has lt, gt, amp, quot and apos only"
                ))
            } else {
                self.fail("no entity's name follows '&'; write '&' itself as '&amp;'")
            };
        }
        self.at = start + end + 1;
        Ok(())
    }

    /// A character that is refused, or one that only looks like it.
    fn suspect(&mut self) -> Scanned {
        let character = self.rest().chars().next().expect("a byte was seen here");
        if is_allowed(character) {
            self.at += character.len_utf8();
            return Ok(());
        }
        match character {
            '\0' => self.fail("a NUL byte stands in the document"),
            _ => self.fail(format!("the character U+{:04X} is not allowed in XML", u32::from(character))),
        }
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
        if name.len() > Limits::NAME_BYTES {
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
        // Wherever it was noticed, a NUL byte is the reason.
        let message = match self.bytes.get(offset) {
            Some(0) => "a NUL byte stands in the document".to_owned(),
            _ => message.into(),
        };
        Err(XmlError::new(self.bytes, offset, message))
    }
}
