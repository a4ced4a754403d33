//! What stands before the first element.

use super::{Scanned, Scanner};
use crate::xml::characters::{SPACE, is};
use crate::xml::quoted;

impl Scanner<'_> {
    /// Everything up to the first start tag.
    pub(super) fn prolog(&mut self) -> Scanned {
        self.skip("\u{feff}");
        if self.rest().starts_with("<?xml")
            && self.bytes.get(self.at + 5).is_some_and(|byte| is(*byte, SPACE))
        {
            self.declaration()?;
        }
        let mut doctype_allowed = true;
        loop {
            self.blanks();
            match self.peek() {
                Some(b'<') => match self.bytes.get(self.at + 1) {
                    Some(b'!') if self.rest().starts_with("<!--") => self.comment()?,
                    Some(b'!') if doctype_allowed && self.rest().starts_with("<!DOCTYPE") => {
                        self.doctype()?;
                        doctype_allowed = false;
                    }
                    Some(b'?') => self.instruction()?,
                    _ => break,
                },
                Some(_) => {
                    return self.fail("text stands before the first element; a document starts with '<'");
                }
                None if self.bytes.is_empty() => return self.fail("the document is empty"),
                None => return self.fail("the document ends without any element"),
            }
        }
        Ok(())
    }

    /// `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`, the last two if they are there.
    fn declaration(&mut self) -> Scanned {
        let start = self.at;
        self.at += "<?xml".len();
        let malformed =
            "the XML declaration is malformed; write it as <?xml version=\"1.0\" encoding=\"UTF-8\"?>";
        let mut expected = ["version", "encoding", "standalone"].iter();
        let mut first = true;
        loop {
            let before = self.at;
            self.blanks();
            if !first && self.skip("?>") {
                return Ok(());
            }
            if before == self.at {
                return self.fail_at(start, malformed);
            }
            let name = self.name(malformed)?;
            if !expected.any(|known| *known == name) || (first && name != "version") {
                return self.fail_at(start, malformed);
            }
            first = false;
            self.blanks();
            let equals = self.skip("=");
            self.blanks();
            let value_start = self.at + 1;
            if !equals {
                return self.fail_at(start, malformed);
            }
            self.value(name)?;
            let value = &self.text[value_start..self.at - 1];
            let known = match name {
                "version" => value.strip_prefix("1.").is_some_and(|minor| {
                    !minor.is_empty() && minor.bytes().all(|digit| digit.is_ascii_digit())
                }),
                "encoding" => is_encoding(value),
                _ => matches!(value, "yes" | "no"),
            };
            if !known {
                return self.fail_at(
                    value_start,
                    format!("the XML declaration has the unknown {name} {}", quoted(value)),
                );
            }
        }
    }

    /// `<!DOCTYPE name>` and nothing more.
    fn doctype(&mut self) -> Scanned {
        self.at += "<!DOCTYPE".len();
        let before = self.at;
        self.blanks();
        if before == self.at {
            return self.fail("a blank must follow '<!DOCTYPE'");
        }
        self.name("a name must follow '<!DOCTYPE'")?;
        self.blanks();
        if self.skip(">") {
            return Ok(());
        }
        match self.peek() {
            Some(b'[') => self.fail(
                "the document type declaration defines something; entities and the like are not accepted",
            ),
            Some(b'S' | b'P') => {
                self.fail("the document type declaration refers to something outside of the document")
            }
            _ => self.fail("'>' must follow the name in a document type declaration"),
        }
    }
}

/// Whether it is the name of an encoding. The document is read as UTF-8 all the same, as libvirt does.
fn is_encoding(name: &str) -> bool {
    const FAMILIES: [&str; 7] =
        ["utf", "ucs-2", "us-ascii", "iso-8859-", "iso-10646-", "windows-125", "koi8-"];
    let name = name.to_ascii_lowercase();
    FAMILIES.iter().any(|family| name.starts_with(family))
}
