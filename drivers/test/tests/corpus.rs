//! Every domain document of the corpus, where it is there: it stands beside the repository, not in it.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

use omnivirt_core::xml::{Document, Element, Node};
use omnivirt_core::{ConnectOptions, Connection, DefineOptions, DumpxmlOptions, ErrorKind, Registry};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One domain document, and what libvirt's test driver makes of it.
struct Case {
    id: String,
    input: Vec<u8>,
    is_bad: bool,
    is_accepted: bool,
}

#[tokio::test]
async fn what_libvirt_accepts_comes_back_with_nothing_lost() {
    let accepted: Vec<Case> = cases().into_iter().filter(|case| case.is_accepted && !case.is_bad).collect();
    for case in &accepted {
        let connection = open().await;
        let text = String::from_utf8(case.input.clone()).unwrap();
        let given = as_test(&Document::parse(text).unwrap());
        let defined = connection.define(given.as_str(), DefineOptions::default()).await;
        let domain = defined.unwrap_or_else(|error| panic!("{}: {error}", case.id));
        let dumped = domain.dumpxml(DumpxmlOptions::default().secure(true)).await.unwrap();
        let lost = lost(given.root(), Document::parse(dumped).unwrap().root());
        assert_eq!(lost, Vec::<String>::new(), "{}", case.id);
    }
}

#[tokio::test]
async fn bad_input_is_dealt_with_at_once_and_malformed_input_is_refused_with_its_place() {
    for case in cases().iter().filter(|case| case.is_bad) {
        // What is no text cannot be given to a call.
        let Ok(text) = String::from_utf8(case.input.clone()) else { continue };
        let is_malformed = Document::parse(text.clone()).is_err();
        let connection = open().await;
        let begin = Instant::now();
        let defined = connection.define(&text, DefineOptions::default()).await;
        assert!(begin.elapsed() < Duration::from_secs(1), "{} took {:?}", case.id, begin.elapsed());
        if !is_malformed {
            continue;
        }
        let error = defined.expect_err(&case.id);
        match error.kind() {
            ErrorKind::XmlSyntax => {
                assert!(
                    error.context("line").is_some() && error.context("column").is_some(),
                    "{}: {error}",
                    case.id
                );
            }
            // NUL and text over libvirt's limit never reach a driver.
            kind => assert_eq!(kind, ErrorKind::InvalidArgument, "{}: {error}", case.id),
        }
    }
}

async fn open() -> Connection {
    Registry::of([omnivirt_driver_test::ENTRY])
        .open("test:///default", ConnectOptions::default())
        .await
        .unwrap()
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/dev/cases/domain");
    let Ok(folders) = std::fs::read_dir(&folder) else {
        eprintln!("no corpus beside the repository: nothing to try");
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| case(folder)).collect()
}

fn case(folder: &Path) -> Case {
    let read = |name: &str| std::fs::read(folder.join(name));
    let expected: Value = serde_json::from_slice(&read("expect.json").unwrap()).unwrap();
    let input = read("input.xml").unwrap_or_else(|_| expand(&read("input.gen.json").unwrap()));
    Case {
        id: expected["id"].as_str().unwrap().to_owned(),
        input,
        is_bad: expected["bad"].as_bool().unwrap(),
        is_accepted: expected["runs"]["test"]["accepted"].as_bool().unwrap_or(false),
    }
}

/// Makes a big input from its description: parts that are repeated and counted.
fn expand(description: &[u8]) -> Vec<u8> {
    let parts: Vec<Value> = serde_json::from_slice(description).unwrap();
    let mut text = String::new();
    for part in &parts {
        let count = part["n"].as_u64().unwrap_or(1);
        if let Some(counted) = part["counter"].as_str() {
            for number in 0..count {
                let hexadecimal = format!("{number:x}");
                text += &counted
                    .replace("{i}", &number.to_string())
                    .replace("{x}", &hexadecimal)
                    .replace("{vd}", &disk(number));
            }
        } else {
            text += &part["text"]
                .as_str()
                .or(part["repeat"].as_str())
                .unwrap()
                .repeat(usize::try_from(count).unwrap());
        }
    }
    text.into_bytes()
}

/// `vda`, `vdb`, … `vdz`, `vdaa`, ….
fn disk(mut number: u64) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
        match (number / 26).checked_sub(1) {
            Some(rest) => number = rest,
            None => return "vd".chars().chain(letters.into_iter().rev()).collect(),
        }
    }
}

/// The document as one for the test driver: its type, no architecture, machine or emulator.
fn as_test(document: &Document) -> Document {
    let mut edit = document.edit();
    let root = document.root();
    edit.set_attribute(root, "type", "test");
    if let Some(os_type) = root.descendant(&["os", "type"]) {
        edit.remove_attribute(os_type, "arch");
        edit.remove_attribute(os_type, "machine");
        match &*os_type.text() {
            "linux" | "xenpvh" => edit.set_text(os_type, "xen"),
            "exe" => edit.set_text(os_type, "hvm"),
            _ => {}
        }
    }
    for emulator in root
        .child("devices")
        .into_iter()
        .flat_map(Element::children)
        .filter(|device| device.name() == "emulator")
    {
        edit.remove(emulator);
    }
    edit.finish().unwrap()
}

/// What the first element has and the second has not: a name, an attribute, a text, an element, in their order. A number
/// of a run and an empty UUID are no loss: definitions have none.
fn lost(given: Element<'_>, dumped: Element<'_>) -> Vec<String> {
    let mut lost = Vec::new();
    if given.name() != dumped.name() {
        lost.push(given.path());
    }
    for attribute in
        given.attributes().filter(|attribute| !(attribute.name() == "id" && given.parent().is_none()))
    {
        if dumped.attribute_value(attribute.name()) != Some(attribute.value()) {
            lost.push(format!("{}/@{}", given.path(), attribute.name()));
        }
    }
    if texts(given) != texts(dumped) && !(given.name() == "uuid" && given.text().trim().is_empty()) {
        lost.push(format!("{}/text()", given.path()));
    }
    let mut rest = dumped.children();
    for child in given.children() {
        match rest.by_ref().find(|other| other.name() == child.name()) {
            Some(other) => lost.extend(self::lost(child, other)),
            None => lost.push(child.path()),
        }
    }
    lost
}

/// The text directly in an element, blanks at its ends aside; comments are kept too.
fn texts(element: Element<'_>) -> Vec<String> {
    let texts = element.nodes().filter_map(|node| match node {
        Node::Text(text) | Node::CharacterData(text) => Some(text.trim().to_owned()),
        Node::Comment(text) => Some(format!("<!--{text}-->")),
        _ => None,
    });
    texts.filter(|text| !text.is_empty()).collect()
}
