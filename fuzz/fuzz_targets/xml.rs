//! What is read as XML is all there, and an edit leaves a document that can be read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omnivirt_model::xml::{Document, Limits, NewElement, Node, Place};

fuzz_target!(|bytes: &[u8]| {
    let document = match Document::parse_bytes(bytes, &Limits::DOCUMENT) {
        Ok(document) => document,
        Err(error) => {
            assert!(error.line > 0 && error.column > 0 && !error.message.is_empty());
            return;
        }
    };
    let text = bytes.split(|byte| *byte == 0).next();
    assert_eq!(Some(document.as_str().as_bytes()), text, "all up to the first NUL byte is kept");
    for element in document.root().descendants() {
        let written: String = element
            .nodes()
            .map(|node| match node {
                Node::Element(child) => child.source().to_owned(),
                Node::Text(text) => text.to_owned(),
                Node::CharacterData(text) => format!("<![CDATA[{text}]]>"),
                Node::Comment(text) => format!("<!--{text}-->"),
                Node::Instruction(text) => format!("<?{text}?>"),
            })
            .collect();
        assert_eq!(written, element.content());
        let _ = (element.text(), element.path(), element.position(), element.namespace());
        let alone = element.to_document().expect("an element is a document");
        assert_eq!(alone.root().name(), element.name());

        let mut edit = document.edit();
        edit.set_attribute(element, "fuzz", "<'\">&\n");
        edit.insert(element, Place::First, &NewElement::new("first"));
        edit.insert_copy(element, Place::Last, document.root());
        if let Ok(edited) = edit.finish() {
            let there = edited.root().descendants().find_map(|element| element.attribute_value("fuzz"));
            assert!(there.is_some());
        }
        let mut edit = document.edit();
        edit.set_text(element, "<a>&]]>");
        let edited = edit.finish().expect("a text can be set everywhere");
        assert!(edited.root().descendants().any(|element| element.text() == "<a>&]]>"));
    }
});
