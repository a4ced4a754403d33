//! The tree is lossless, edits keep the rest, and nothing panics.

use omnivirt_model::xml::{Document, Element, Limits, NewElement, Node, Place};
use proptest::prelude::*;

/// A well-formed element with all that can stand in one, blanks in odd places included.
fn element() -> impl Strategy<Value = String> {
    let name = "[a-zA-Zä_][a-z0-9:.-]{0,5}";
    let blank = "[ \t\n]{0,2}";
    let text = "[ -%'-;=?-\\\\^-~äß€\n\t]{0,8}|&amp;|&#10;|&#xe4;|\\]|\r\n";
    let attributes =
        prop::collection::btree_map(name, ("[ -%'-;=?-~ä\n]{0,6}|&lt;&#9;", blank, any::<bool>()), 0..4)
            .prop_map(|attributes| {
                attributes.into_iter().fold(String::new(), |tag, (name, (value, blank, double))| {
                    let (quote, other) = if double { ('"', '\'') } else { ('\'', '"') };
                    let value = value.replace(quote, &other.to_string());
                    format!("{tag} {blank}{name}{blank}={blank}{quote}{value}{quote}")
                })
            });
    let leaf = (name, attributes.clone(), blank, any::<bool>(), text).prop_map(
        |(name, attributes, blank, short, text)| {
            if short {
                format!("<{name}{attributes}{blank}/>")
            } else {
                format!("<{name}{attributes}>{text}</{name}{blank}>")
            }
        },
    );
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let node = prop_oneof![
            4 => inner,
            2 => text.prop_map(|text| text),
            1 => "[a-z ]{0,6}".prop_map(|text| format!("<!--{text}-->")),
            1 => "[a-z<&> ]{0,6}".prop_map(|text| format!("<![CDATA[{text}]]>")),
            1 => "[a-z<&> ]{0,6}".prop_map(|text| format!("<?pi {text}?>")),
        ];
        (name, attributes.clone(), prop::collection::vec(node, 0..6))
            .prop_map(|(name, attributes, nodes)| format!("<{name}{attributes}>{}</{name}>", nodes.concat()))
    })
}

fn document() -> impl Strategy<Value = Document> {
    let prolog = prop_oneof![
        Just(""),
        Just("\u{feff}"),
        Just("<?xml version='1.0'?>\n<!--x-->"),
        Just("<!DOCTYPE a>\n")
    ];
    (prolog, element(), prop_oneof![Just(""), Just("\n"), Just("<!-- end -->\n")]).prop_map(
        |(prolog, element, epilog)| {
            Document::parse(format!("{prolog}{element}{epilog}")).expect("it is well-formed")
        },
    )
}

/// What an element says, without how it is written.
fn meaning(element: Element<'_>) -> NewElement {
    let mut new = NewElement::new(element.name());
    for attribute in element.attributes() {
        new = new.attribute(attribute.name(), attribute.value());
    }
    let texts: String = element
        .nodes()
        .filter(|node| !matches!(node, Node::Element(_)))
        .map(|node| format!("{node:?}"))
        .collect();
    element.children().fold(new.text(texts), |new, child| new.child(meaning(child)))
}

fn all<'d>(element: Element<'d>, into: &mut Vec<Element<'d>>) {
    into.push(element);
    element.children().for_each(|child| all(child, into));
}

proptest! {
    #[test]
    fn all_that_is_read_is_there(document in document()) {
        let mut elements = Vec::new();
        all(document.root(), &mut elements);
        prop_assert_eq!(elements.len(), document.element_count());
        for element in elements {
            // The nodes, written one after the other, are the content.
            let written: String = element.nodes().map(|node| match node {
                Node::Element(child) => child.source().to_owned(),
                Node::Text(text) => text.to_owned(),
                Node::CharacterData(text) => format!("<![CDATA[{text}]]>"),
                Node::Comment(text) => format!("<!--{text}-->"),
                Node::Instruction(text) => format!("<?{text}?>"),
            }).collect();
            prop_assert_eq!(written, element.content());
            // An element by itself is a document.
            let alone = Document::parse(element.source()).unwrap();
            prop_assert_eq!(meaning(alone.root()), meaning(element));
            // Its place is where the name is found when lines are counted by hand.
            let place = element.position();
            let line = document.as_str().split('\n').nth(place.line as usize - 1).unwrap();
            let line = if place.line == 1 { line.trim_start_matches('\u{feff}') } else { line };
            let from: String = line.chars().skip(place.column as usize - 1).collect();
            let start = format!("<{}", element.name());
            prop_assert!(from.starts_with(&start), "{}: {}", place, from);
        }
    }

    #[test]
    fn an_edit_changes_what_it_names_and_nothing_else(
        document in document(), pick: prop::sample::Index, value in "[ -~ä\n\t]{0,9}", name in "[a-z]{1,3}",
    ) {
        let mut elements = Vec::new();
        all(document.root(), &mut elements);
        let element = elements[pick.index(elements.len())];
        let index = elements.iter().position(|other| *other == element).unwrap();

        let mut edit = document.edit();
        edit.set_attribute(element, &name, &value);
        let edited = edit.finish().unwrap();
        let mut elements_after = Vec::new();
        all(edited.root(), &mut elements_after);
        prop_assert_eq!(elements_after[index].attribute_value(&name).unwrap(), value.as_str());
        let mut edit = edited.edit();
        match element.attribute_value(&name) {
            Some(old) => edit.set_attribute(elements_after[index], &name, &old),
            None => edit.remove_attribute(elements_after[index], &name),
        }
        prop_assert_eq!(meaning(edit.finish().unwrap().root()), meaning(document.root()));

        let mut edit = document.edit();
        edit.set_text(element, &value);
        let edited = edit.finish().unwrap();
        let mut elements_after = Vec::new();
        all(edited.root(), &mut elements_after);
        let text = elements_after[index].text().into_owned();
        prop_assert_eq!(text, value);
        let (before, after) = (element.range().start, document.as_str().len() - element.range().end);
        prop_assert_eq!(&edited.as_str()[..before], &document.as_str()[..before]);
        prop_assert_eq!(&edited.as_str()[edited.as_str().len() - after..], &document.as_str()[document.as_str().len() - after..]);

        for place in [Place::First, Place::Last] {
            let mut edit = document.edit();
            edit.insert(element, place, &NewElement::new(&*name).attribute("a", "1").child(NewElement::new("b")));
            let edited = edit.finish().unwrap();
            let mut elements_after = Vec::new();
            all(edited.root(), &mut elements_after);
            prop_assert_eq!(edited.element_count(), document.element_count() + 2);
            let mut children = elements_after[index].children();
            let added = if matches!(place, Place::First) { children.next() } else { children.last() }.unwrap();
            prop_assert_eq!(added.name(), name.as_str());
            let mut edit = edited.edit();
            edit.remove(added);
            let back = edit.finish().unwrap();
            prop_assert_eq!(back.element_count(), document.element_count());
            let mut elements_back = Vec::new();
            all(back.root(), &mut elements_back);
            prop_assert_eq!(elements_back[index].name(), element.name());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        "[<>&;/!\\[\\]CDAT='\"a?x#0 \n-]{0,40}".prop_map(String::into_bytes),
    ]) {
        if let Ok(document) = Document::parse_bytes(&bytes, &Limits::DOCUMENT) {
            meaning(document.root());
        }
    }

    #[test]
    fn no_cut_or_changed_document_panics(document in document(), cut: prop::sample::Index, byte: u8) {
        let mut bytes = document.into_string().into_bytes();
        let at = cut.index(bytes.len());
        let _ = Document::parse_bytes(&bytes[..at], &Limits::DOCUMENT);
        bytes[at] = byte;
        let _ = Document::parse_bytes(&bytes, &Limits::DOCUMENT).map(|document| meaning(document.root()));
    }

    #[test]
    fn a_new_document_says_what_it_was_made_of(document in document(), text in "[ -~ä\r\n\t]{0,9}") {
        let new = meaning(document.root()).attribute("zz", text.as_str());
        let written = Document::try_from(&new).unwrap();
        prop_assert_eq!(written.root().attribute_value("zz").unwrap(), text.as_str());
        prop_assert_eq!(written.element_count(), document.element_count());
    }
}

#[test]
fn of_two_changes_the_later_and_of_two_nested_ones_the_outer_is_made() {
    let document = Document::parse("<a>\n  <b c='1'>x<d/></b>\n  <e/>\n</a>").unwrap();
    let (b, e) = (document.root().child("b").unwrap(), document.root().child("e").unwrap());
    let mut edit = document.edit();
    edit.set_attribute(b, "c", "2");
    edit.set_attribute(b, "c", "3");
    edit.set_text(e, "1");
    edit.set_text(e, "2");
    assert_eq!(edit.finish().unwrap().as_str(), "<a>\n  <b c='3'>x<d/></b>\n  <e>2</e>\n</a>");
    let mut edit = document.edit();
    edit.set_attribute(b, "c", "2");
    edit.remove(b.child("d").unwrap());
    edit.remove(b);
    edit.insert(document.root(), Place::After(b), &NewElement::new("n"));
    assert_eq!(edit.finish().unwrap().as_str(), "<a>\n  <n/>\n  <e/>\n</a>");
    let mut edit = document.edit();
    edit.set_text(b, "y");
    edit.remove(b.child("d").unwrap());
    assert_eq!(edit.finish().unwrap().as_str(), "<a>\n  <b c='1'>y</b>\n  <e/>\n</a>");
}
