//! What differs from run to run, or from machine to machine, replaced by a word for it.

use regex_lite::{Captures, Regex};
use std::sync::LazyLock;

/// UUIDs that are not made up: those of the documents and of the host that each test connection begins with.
const GIVEN_UUIDS: [&str; 7] = [
    "6695eb01-f6a4-8304-79aa-97f2502e193f",
    "dd8fe884-6c02-601e-7551-cca97df1c5df",
    "dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566",
    "0b2a3e8c-5d0f-4a69-9c4b-7f0d1a2b3c4d",
    "1c3b4f9d-6e10-4b7a-8d5c-80e1b2c3d4e5",
    "2d4c50ae-7f21-4c8b-9e6d-91f2c3d4e5f6",
    "99999999-9999-9999-9999-999999999999",
];

/// A rule: what is looked for, and what is put there.
type Rule = (Regex, &'static str);

static UUID: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"));

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rules = [
        // MAC addresses that are made up begin so; those of the documents are short of variety.
        (r"\b52:54:00(:[0-9a-f]{2}){3}\b", "52:54:00:MAC"),
        (r"\b\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?([+-]\d{4})?", "TIME"),
        (r"<creationTime>\d+</creationTime>", "<creationTime>TIME</creationTime>"),
        (r"\b1[789]\d{8}\b", "TIME"),
        (r"(?m)^(CPU time: +)\S+$", "${1}TIME"),
        // libvirt's test driver makes these from the time.
        (r"(?m)^((?:vda|testnet0|vnet7) \w+ )\d{5,}$", "${1}COUNT"),
        (r"(?m)^( *(?:number of|error count).*: +)\d{5,}$", "${1}COUNT"),
    ];
    rules.map(|(pattern, word)| (regex(pattern), word)).into()
});

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{error}"))
}

/// The text with all of that replaced.
#[must_use]
pub fn normal(text: &str) -> String {
    let text = UUID.replace_all(text, |found: &Captures<'_>| {
        if GIVEN_UUIDS.contains(&&found[0]) { found[0].to_owned() } else { "UUID".to_owned() }
    });
    RULES
        .iter()
        .fold(text.into_owned(), |text, (pattern, word)| pattern.replace_all(&text, *word).into_owned())
}

/// The text with a word for every number, and as much space as there happens to be before it.
pub(crate) fn without_numbers(text: &str) -> String {
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| regex(r" *\b(TIME|COUNT|-?\d[\d.]*)\b%?"));
    NUMBERS.replace_all(text, " NUMBER").into_owned()
}
