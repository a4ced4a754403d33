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
            self.is_standalone |= name == "standalone" && value == "yes";
            if !known {
                return self.fail_at(
                    value_start,
                    format!("the XML declaration has the unknown {name} {}", quoted(value)),
                );
            }
        }
    }
}

/// Encodings whose names libxml2 and the C library know. The document is read as UTF-8 all the same, as libvirt does.
const ENCODINGS: [&str; 62] = [
    "8859_1",
    "ANSI_X3.4-1968",
    "ARMSCII-8",
    "ASCII",
    "BIG5",
    "BIG5-HKSCS",
    "CN-BIG5",
    "CN-GB",
    "CSASCII",
    "CSUCS4",
    "CSUNICODE",
    "EUC-CN",
    "EUC-JISX0213",
    "EUC-JP",
    "EUC-KR",
    "EUC-TW",
    "EUCJP",
    "GB",
    "GB18030",
    "GB2312",
    "GBK",
    "GEORGIAN-ACADEMY",
    "GEORGIAN-PS",
    "HTML",
    "HZ",
    "INTERNAL",
    "ISO-2022-CN",
    "ISO-2022-JP",
    "ISO-2022-JP-2",
    "ISO-2022-KR",
    "ISO-IR-100",
    "ISO-10646",
    "ISO-10646-UCS-2",
    "ISO-10646-UCS-4",
    "ISO-LATIN-1",
    "JOHAB",
    "KOI-8",
    "KOI8-R",
    "KOI8-T",
    "KOI8-U",
    "MACINTOSH",
    "MAC",
    "SHIFT-JIS",
    "SHIFT_JIS",
    "SJIS",
    "TIS-620",
    "UCS-2",
    "UCS-2BE",
    "UCS-2LE",
    "UCS-4",
    "UCS-4BE",
    "UCS-4LE",
    "UCS2",
    "UCS4",
    "UHC",
    "UNICODE",
    "US",
    "US-ASCII",
    "VISCII",
    "WCHAR_T",
    "WINDOWS-31J",
    "WINDOWS-936",
];

fn is_encoding(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // A family, and which of it.
    let member = |family: &str, known: &dyn Fn(u32) -> bool| {
        let number =
            name.strip_prefix(family).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        number.and_then(|number| number.parse().ok()).is_some_and(known)
    };
    let code_page = |number| {
        (437..=1399).contains(&number)
            || matches!(number, 37 | 273..=297 | 420 | 423 | 424 | 9030 | 9066 | 9448 | 12712 | 16804)
    };
    ENCODINGS.contains(&name.as_str())
        || [
            "UTF-7", "UTF-8", "UTF8", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF16", "UTF-32", "UTF-32BE",
            "UTF-32LE", "UTF32",
        ]
        .contains(&name.as_str())
        || ["ISO-8859-", "ISO8859-", "ISO_8859-", "LATIN"]
            .iter()
            .any(|family| member(family, &|part| (1..=16).contains(&part) && part != 12))
        || ["WINDOWS-", "CP", "IBM", "IBM-", "CSIBM"].iter().any(|family| member(family, &code_page))
        || member("IBM0", &code_page)
}
