//! The corpus: documents, and what libvirt made of each. It lies beside the repository, as `shared/corpus`.

use omnivirt_model::difference::differences;
use omnivirt_model::document::DocumentErrorKind;
use omnivirt_model::domain::DomainConfig;
use omnivirt_model::kinds::DocumentKind;
use omnivirt_model::xml::{Document, Limits, Node};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One case.
struct Case {
    name: String,
    directory: PathBuf,
    expect: Value,
}

impl Case {
    /// What libvirt's test driver made of it.
    fn run(&self) -> Option<&Value> {
        let runs = &self.expect["runs"];
        runs.get("test").or_else(|| runs.get("testlocal"))
    }

    /// Its document, rewritten for the test driver.
    fn input(&self) -> Vec<u8> {
        let written = std::fs::read(self.directory.join("input.xml"));
        for_test_driver(
            written
                .unwrap_or_else(|_| generated(json(&self.directory, "input.gen.json").as_array().unwrap())),
        )
    }

    /// Whether its input is a document; that of some calls is not.
    fn has_document(&self) -> bool {
        ["input.xml", "input.gen.json"].iter().any(|name| self.directory.join(name).exists())
    }

    fn accepted(&self) -> bool {
        self.run().is_some_and(|run| run["accepted"] == true)
    }

    fn code(&self) -> Option<u64> {
        self.run()?["error"]["code"].as_u64()
    }
}

/// The cases of a kind; none, and a line that says so, where the corpus is not there.
fn cases(kind: &str) -> Vec<Case> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/dev/cases").join(kind);
    let Ok(entries) = std::fs::read_dir(&corpus) else {
        println!("not run: there is no corpus at {}", corpus.display());
        return Vec::new();
    };
    let mut directories: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    directories.sort();
    directories.iter().map(|directory| case(directory)).collect()
}

fn case(directory: &Path) -> Case {
    let name = directory.file_name().unwrap().to_string_lossy().into_owned();
    Case { name, directory: directory.to_owned(), expect: json(directory, "expect.json") }
}

fn json(directory: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(directory.join(name)).unwrap()).unwrap()
}

/// A large input, which the corpus keeps as its recipe.
fn generated(parts: &[Value]) -> Vec<u8> {
    let mut input = String::new();
    for part in parts {
        let count = part["n"].as_u64().unwrap_or(1) as usize;
        if let Some(template) = part["counter"].as_str() {
            for index in 0..count {
                let disk = disk_name(index);
                input.push_str(
                    &template
                        .replace("{i}", &index.to_string())
                        .replace("{x}", &format!("{index:x}"))
                        .replace("{vd}", &disk),
                );
            }
        } else {
            input.push_str(&part["text"].as_str().or(part["repeat"].as_str()).unwrap().repeat(count));
        }
    }
    input.into_bytes()
}

/// vda, vdb, … vdz, vdaa, …
fn disk_name(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        letters.push(b'a' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.reverse();
    format!("vd{}", String::from_utf8(letters).unwrap())
}

/// A document rewritten for the test driver. Some are no text: there each byte stands for the character of its number.
fn for_test_driver(input: Vec<u8>) -> Vec<u8> {
    String::from_utf8(input).map(|text| text_for_test_driver(&text).into_bytes()).unwrap_or_else(|error| {
        let text: String = error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        text_for_test_driver(&text).chars().map(|character| character as u8).collect()
    })
}

/// The document with type `test` and without what only other drivers know: architecture, machine, emulator.
fn text_for_test_driver(text: &str) -> String {
    let text = replaced_once(text, "<domain", ">", |tag| match attribute(tag, "type") {
        Some(value) => format!("{}test{}", &tag[..value.start], &tag[value.end..]),
        None => tag.to_owned(),
    });
    let mut text = replaced_once(&text, "<type", "</type>", |element| {
        let mut element = element.to_owned();
        for name in ["arch", "machine"] {
            if let Some(value) = attribute(&element, name) {
                let start = element[..value.start]
                    .trim_end_matches(['\'', '"', '='])
                    .strip_suffix(name)
                    .unwrap()
                    .trim_end()
                    .len();
                element.replace_range(start..value.end + 1, "");
            }
        }
        element.replace(">linux<", ">xen<").replace(">exe<", ">hvm<").replace(">xenpvh<", ">xen<")
    });
    while let Some(start) = text.find("<emulator>") {
        let Some(length) = text[start..].find("</emulator>") else { break };
        text.replace_range(start..start + length + "</emulator>".len(), "");
    }
    text
}

/// The text with the first stretch from `start` to `end` changed.
fn replaced_once(text: &str, start: &str, end: &str, change: impl Fn(&str) -> String) -> String {
    let found = text
        .match_indices(start)
        .map(|(at, _)| at)
        .find(|at| text[at + start.len()..].starts_with(|next: char| next.is_whitespace() || next == '>'));
    match found.and_then(|from| Some((from, from + text[from..].find(end)? + end.len()))) {
        Some((from, to)) => format!("{}{}{}", &text[..from], change(&text[from..to]), &text[to..]),
        None => text.to_owned(),
    }
}

/// Where the value of an attribute is in a start tag.
fn attribute(tag: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let (at, _) =
        tag.match_indices(&format!("{name}=")).find(|(at, _)| tag[..*at].ends_with(char::is_whitespace))?;
    let start = at + name.len() + 2;
    let quote = tag[start - 1..].chars().next()?;
    let length = tag[start..].find(quote)?;
    Some(start..start + length)
}

/// What this crate refuses although libvirt takes it, by intent.
const REFUSED_ON_PURPOSE: [&str; 2] = ["bad-quadratic", "bad-text-100m"];

#[test]
fn what_libvirts_test_driver_takes_is_read_and_written_back() {
    for case in cases("domain")
        .iter()
        .filter(|case| case.accepted() && !REFUSED_ON_PURPOSE.contains(&case.name.as_str()))
    {
        let input = case.input();
        let config =
            DomainConfig::parse_bytes(&input).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        // A text ends at the first NUL byte.
        assert!(input.split(|byte| *byte == 0).next() == Some(config.as_str().as_bytes()), "{}", case.name);
        let changed = config.with(|domain| domain.description = Some("changed".into())).unwrap();
        let back = changed.with(|domain| domain.description = config.domain().description).unwrap();
        assert_eq!(back.domain(), config.domain(), "{}", case.name);
    }
}

#[test]
fn what_is_malformed_is_refused_with_its_place_at_once() {
    let malformed = |case: &Case| {
        case.code() == Some(35) && !case.name.starts_with("bad-name")
            || REFUSED_ON_PURPOSE.contains(&case.name.as_str())
    };
    let cases = cases("domain");
    for case in cases.iter().filter(|case| malformed(case)) {
        let input = case.input();
        let start = Instant::now();
        let error = Document::parse_bytes(&input, &Limits::DOCUMENT).map(drop).expect_err(&case.name);
        assert!(start.elapsed() < Duration::from_secs(1), "{}: {:?}", case.name, start.elapsed());
        assert!(error.line > 0 && error.column > 0, "{}: {error}", case.name);
        println!("{:24} {error}", case.name);
    }
}

#[test]
fn refusals_tell_their_place() {
    for case in cases("domain").iter().filter(|case| !case.accepted()) {
        if let Err(error) = DomainConfig::parse_bytes(&case.input()) {
            let has_place = error.kind == DocumentErrorKind::Syntax || error.path.starts_with('/');
            assert!(has_place, "{}: {error}", case.name);
        }
    }
}

/// Comments and instructions, and texts other than blanks, in any order.
fn facts(document: &Document) -> Vec<String> {
    let nodes = document.root().descendants().flat_map(|element| element.nodes());
    let mut facts: Vec<String> = nodes
        .filter_map(|node| match node {
            Node::Text(text) if text.trim().is_empty() => None,
            Node::Element(_) => None,
            other => Some(format!("{other:?}")),
        })
        .collect();
    facts.sort();
    facts
}

#[test]
fn what_is_laid_out_means_the_same_and_keeps_everything() {
    for kind in DocumentKind::ALL {
        for case in cases(kind.name).into_iter().filter(Case::has_document) {
            let Ok(document) = Document::parse_bytes(&case.input(), &Limits::DOCUMENT) else { continue };
            if document.root().name() != kind.root || document.as_str().len() > 1 << 16 {
                continue;
            }
            let text = kind.lay_out(&document);
            let laid_out =
                Document::parse(text.as_str()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
            let found = differences(document.root(), laid_out.root());
            assert!(found.is_empty(), "{}: {found:?}", case.name);
            assert_eq!(facts(&document), facts(&laid_out), "{}", case.name);
            assert_eq!(kind.lay_out(&laid_out), text, "{}: not the same a second time", case.name);
        }
    }
}

#[test]
fn documents_of_every_kind_are_read_and_written_back() {
    for kind in [
        "network",
        "pool",
        "vol",
        "secret",
        "nwfilter",
        "interface",
        "nodedev",
        "snapshot",
        "checkpoint",
        "device",
    ] {
        for case in cases(kind).iter().filter(|case| case.expect["bad"] == false) {
            let input = case.input();
            if input.trim_ascii().is_empty() {
                continue;
            }
            let document = Document::parse_bytes(&input, &Limits::DOCUMENT)
                .unwrap_or_else(|error| panic!("{}: {error}", case.name));
            assert!(document.as_str().as_bytes() == input, "{}", case.name);
        }
    }
}
