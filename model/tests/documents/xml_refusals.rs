//! What is not well-formed, or too large, is refused with its place.

use omnivirt_model::xml::{Document, Limits};

#[track_caller]
fn refused(text: &str, line: u32, column: u32, says: &str) {
    let error = Document::parse(text).expect_err(text);
    assert_eq!((error.line, error.column), (line, column), "{text:?}: {error}");
    assert!(error.message.contains(says), "{text:?}: {error}");
}

#[test]
fn outside_of_the_root() {
    refused("", 1, 1, "empty");
    refused("  \n ", 2, 2, "without any element");
    refused("<?xml version='1.0'?>", 1, 22, "without any element");
    refused("x<a/>", 1, 1, "before the first element");
    refused("<a/>\nx", 2, 1, "only one");
    refused("<a/><b/>", 1, 5, "only one");
    refused("<a/><![CDATA[x]]>", 1, 5, "only one");
    refused("<![CDATA[x]]><a/>", 1, 1, "'<!'");
    refused("&amp;<a/>", 1, 1, "before the first element");
}

#[test]
fn declarations() {
    refused("\n<?xml version='1.0'?><a/>", 2, 1, "at the start");
    refused("<a><?xml version='1.0'?></a>", 1, 4, "at the start");
    refused("<a><?XmL?></a>", 1, 4, "at the start");
    refused("<?xml?><a/>", 1, 1, "at the start");
    refused("<?xml ?><a/>", 1, 7, "malformed");
    refused("<?xml encoding='UTF-8'?><a/>", 1, 1, "malformed");
    refused("<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>", 1, 1, "malformed");
    refused("<?xml version='2.0'?><a/>", 1, 16, "version");
    refused("<?xml version='1.0' encoding='klingon'?><a/>", 1, 31, "encoding");
    refused("<?xml version='1.0' standalone='maybe'?><a/>", 1, 33, "standalone");
    for good in [
        "<?xml version='1.0'?><a/>",
        "\u{feff}<?xml version=\"1.1\" encoding='utf-8' standalone='no' ?>\n<!-- - -->\n<a/>\n<?b?>\n",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<!DOCTYPE a><a/>",
        "<?x?><!DOCTYPE  a\n><?y z?><a/>",
    ] {
        assert_eq!(Document::parse(good).map(Document::into_string).as_deref(), Ok(good));
    }
}

#[test]
fn document_types() {
    let doctype = |definitions: &str, then: &str| format!("<!DOCTYPE a [{definitions}]>{then}");
    for (definitions, then, says) in [
        ("<!ENTITY b '&b;'>", "<a>&b;</a>", "stands for itself"),
        ("<!ENTITY b '&c;'><!ENTITY c '&b;'>", "<a b='&c;'/>", "stands for itself"),
        ("<!ENTITY % b '&#37;b;'>%b;", "<a/>", "without end"),
        ("<!ENTITY b '<c>'>", "<a>&b;</a>", "in the text of entity 'b'"),
        ("<!ENTITY b '</a><a>'>", "<a>&b;</a>", "without its start tag"),
        ("<!ENTITY b '<c/>'>", "<a b='&b;'/>", "'<'"),
        ("<!ENTITY b SYSTEM 'c'>", "<a b='&b;'/>", "of another file"),
        ("<!ENTITY b SYSTEM 'c' NDATA d>", "<a>&b;</a>", "no XML"),
        ("<!ENTITY b '&c'>", "<a/>", "reference"),
        ("<!ENTITY b '100%'>", "<a/>", "'%'"),
        ("%b;", "<a/>", "not defined"),
        ("<!ATTLIST a b CDATA '&c;'>", "<a/>", "not defined"),
        ("<!ELEMENT a (b|c,d)>", "<a/>", "same within one group"),
        ("<b/>", "<a/>", "declaration"),
    ] {
        let error = Document::parse(doctype(definitions, then)).expect_err(definitions);
        assert!(error.message.contains(says), "{definitions}: {error}");
    }
    let times = |name: &str| format!("&{name};").repeat(10);
    let laughs = format!("<!ENTITY b 'ha'><!ENTITY c '{}'><!ENTITY d '{}'>", times("b"), times("c"));
    refused(&doctype(&laughs, "<a>&d;</a>"), 1, laughs.len() as u32 + 19, "far more");
    let large = format!("<!ENTITY b '{}'>", "b".repeat(50_000));
    assert!(Document::parse(doctype(&large, &format!("<a>{}</a>", "&b;".repeat(80)))).is_ok());
    let error = Document::parse(doctype(&large, &format!("<a>{}</a>", "&b;".repeat(90)))).unwrap_err();
    assert!(error.message.contains("4194304 bytes"), "{error}");
    refused("<!DOCTYPE a><!DOCTYPE a><a/>", 1, 13, "'<!'");
    refused("<a><!DOCTYPE a></a>", 1, 4, "'<!'");
    refused("<!DOCTYPE a", 1, 12, "'>'");
}

#[test]
fn what_a_document_defines_holds_for_its_values_and_not_for_its_text() {
    let text = "<!DOCTYPE a SYSTEM 'never-read.dtd' [
        <!ENTITY n 'x<b>y</b><!--z-->'> <!ENTITY % p '<!ENTITY q \"&#38;#38;#60;\">'> %p;
        <!ENTITY f SYSTEM 'file:///etc/hostname'> <!ATTLIST a v CDATA '&q;' w NMTOKEN #IMPLIED>
        ]><a w=' 1  2 '><c>&n;&f;&elsewhere;&q;</c></a>";
    let document = Document::parse(text).unwrap();
    assert_eq!(document.as_str(), text);
    let root = document.root();
    assert_eq!(root.text(), "xyz<");
    assert_eq!(root.attribute_value("v").as_deref(), Some("<"));
    assert_eq!(root.attribute_value("w").as_deref(), Some("1 2"));
    assert!(root.attribute("v").is_none(), "it is not written");
    assert_eq!(document.element_count(), 2, "what entities stand for is text");
    let alone = root.child("c").unwrap().to_document().unwrap();
    assert_eq!(alone.as_str(), "<c>x<b>y</b><!--z-->&#60;</c>");
    let mut edit = document.edit();
    edit.set_attribute(root, "v", "1");
    assert!(edit.finish().unwrap().as_str().starts_with(&text[..text.len() - 40]));
}

#[test]
fn tags() {
    refused("<a", 1, 3, "inside of a start tag");
    refused("<a b='1'", 1, 9, "inside of a start tag");
    refused("<a b='1", 1, 8, "value of attribute 'b'");
    refused("<a>\n <b>\n", 3, 1, "element 'b', which starts on line 2");
    refused("<a>\n</b>", 2, 1, "does not end element 'a'");
    refused("<a></ab>", 1, 4, "does not end element 'a'");
    refused("<ab></a>", 1, 5, "does not end element 'ab'");
    refused("<a></a b>", 1, 8, "'>'");
    refused("<a></>", 1, 6, "name must follow");
    refused("<a><1/></a>", 1, 5, "name must follow");
    refused("< a/>", 1, 2, "name must follow");
    refused("<a/ >", 1, 3, "must follow");
    refused("<a b/>", 1, 5, "'='");
    refused("<a b=1/>", 1, 6, "quotes");
    refused("<a b='1'c='2'/>", 1, 9, "blank");
    refused("<a b='1' b='2'/>", 1, 10, "twice");
    refused("<a b='<'/>", 1, 7, "&lt;");
    refused("<a \u{d7}='1'/>", 1, 4, "attribute");
    refused("<\u{d7}/>", 1, 2, "name");
    let many: String = (0..40).map(|number| format!(" a{number}=''")).collect();
    assert!(Document::parse(format!("<a{many}/>")).is_ok());
    refused(&format!("<a{many} a31=''/>"), 1, many.len() as u32 + 4, "twice");
}

#[test]
fn content() {
    refused("<a>&b;</a>", 1, 4, "not defined");
    refused("<a>b&c</a>", 1, 5, "';' is missing");
    refused("<a>&</a>;", 1, 4, "&amp;");
    refused("<a b='&nbsp;'/>", 1, 7, "not defined");
    for reference in [
        "&#0;",
        "&#x0;",
        "&#xD800;",
        "&#x110000;",
        "&#xFFFE;",
        "&#;",
        "&#x;",
        "&#+65;",
        "&#X41;",
        "&#1;",
        "&#-1;",
    ] {
        refused(&format!("<a>{reference}</a>"), 1, 4, "no character");
    }
    refused("<a>]]></a>", 1, 4, "CDATA");
    refused("<a><![CDATA[x]]></a><!--", 1, 21, "no end");
    refused("<a><![CDATA[x]]</a>", 1, 4, "no end");
    refused("<a><!-- -- --></a>", 1, 9, "'--'");
    refused("<a><!-- ---></a>", 1, 9, "'--'");
    refused("<a><?b</a>", 1, 7, "blank");
    refused("<a><?b c</a>", 1, 4, "no end");
    refused("<a><? b?></a>", 1, 6, "name must follow");
}

#[test]
fn characters() {
    refused("<a>\u{1}</a>", 1, 4, "U+0001");
    refused("<a b='\u{1f}'/>", 1, 7, "U+001F");
    refused("<a><!--\u{b}--></a>", 1, 8, "U+000B");
    refused("<a><![CDATA[\u{fffe}]]></a>", 1, 13, "U+FFFE");
    refused("<a>ä\u{ffff}</a>", 1, 5, "U+FFFF");
    refused("<a>\n \0</a>", 2, 2, "inside of element 'a'");
    refused("\0<a/>", 1, 1, "empty");
    assert_eq!(Document::parse("<a/>\0<").map(Document::into_string).as_deref(), Ok("<a/>"));
    assert!(Document::parse("<a>\u{ef00}\u{fffd}\u{10ffff}\t\r\n\u{7f}\u{85}</a>").is_ok());
}

#[test]
fn encodings() {
    let refused = |bytes: &[u8], column, says: &str| {
        let error = Document::parse_bytes(bytes, &Limits::DOCUMENT).unwrap_err();
        assert_eq!((error.line, error.column), (1, column), "{error}");
        assert!(error.message.contains(says), "{error}");
    };
    refused(b"<a>\xff</a>", 4, "not in UTF-8");
    refused(b"<a>\xc0\xaf</a>", 4, "not in UTF-8");
    refused(b"<a>caf\xe9</a>", 7, "not in UTF-8");
    refused(b"<a>\xed\xa0\x80</a>", 4, "not in UTF-8");
    refused(b"\xff\xfe<\0a\0/\0>\0", 1, "UTF-16");
    refused(b"<\0a\0/\0>\0", 2, "name");
    assert!(Document::parse_bytes(b"<a/>\0\xff", &Limits::DOCUMENT).is_ok());
    assert!(Document::parse_bytes("\u{feff}<a/>".as_bytes(), &Limits::DOCUMENT).is_ok());
}

#[test]
fn sizes() {
    let deep = |depth| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(Document::parse(deep(257)).is_ok());
    refused(&deep(258), 1, 257 * 3 + 1, "deep");
    let limits = Limits { bytes: 40, elements: 3, depth: 9, attributes: 2 };
    let check = |text: &str| Document::parse_with(text, &limits).map_err(|error| error.message);
    assert!(check("<a><b/><b/></a>").is_ok());
    assert!(check("<a><b/><b/><b/></a>").unwrap_err().contains("3 elements"));
    assert!(check("<a b='' c=''/>").is_ok());
    assert!(check("<a b='' c='' d=''/>").unwrap_err().contains("2 attributes"));
    assert!(check(&format!("<a>{}</a>", "x".repeat(33))).is_ok());
    assert!(check(&format!("<a>{}</a>", "x".repeat(34))).unwrap_err().contains("41 bytes"));
    assert!(Document::parse(format!("<{}/>", "a".repeat(50_001))).unwrap_err().message.contains("50000"));
    assert!(
        Document::parse(format!("<a b='{}'/>", "a".repeat(10_000_001)))
            .unwrap_err()
            .message
            .contains("10000000")
    );
}
