//! Sets of words in rules.

use crate::document::{Problem, TextValue};
use crate::xml::quoted;
use std::borrow::Cow;

/// The words of a set in the order in which they are written; the place is the bit.
type Words = &'static [&'static str];

fn is_separator(letter: char) -> bool {
    matches!(letter, ',' | ' ' | '\t')
}

/// The bits of the words, case aside; a word of `none` is no bit and one of `all` is all bits.
fn read_set(text: &str, words: Words, none: &str, all: &str) -> Result<u32, Problem> {
    let mut bits = 0;
    for word in text.split(is_separator).filter(|word| !word.is_empty()) {
        let is = |known: &str| known.eq_ignore_ascii_case(word);
        match words.iter().position(|known| is(known)) {
            Some(place) => bits |= 1 << place,
            None if is(all) => bits |= (1 << words.len()) - 1,
            None if is(none) => {}
            None => {
                return Err(Problem::invalid(format!("{} is none of {}", quoted(word), words.join(", "))));
            }
        }
    }
    Ok(bits)
}

fn written(bits: u32, words: Words) -> String {
    let set: Vec<&str> = words
        .iter()
        .enumerate()
        .filter(|(place, _)| bits & (1 << place) != 0)
        .map(|(_, word)| *word)
        .collect();
    set.join(",")
}

/// States of a connection that a rule is for: some of `NEW`, `ESTABLISHED`, `RELATED` and `INVALID`, or `NONE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionStates {
    bits: u32,
    is_none: bool,
}

impl ConnectionStates {
    const WORDS: Words = &["NEW", "ESTABLISHED", "RELATED", "INVALID"];
}

impl TextValue for ConnectionStates {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let mut words = text.split(is_separator);
        let is_none = words.any(|word| word.eq_ignore_ascii_case("NONE"));
        let bits = read_set(text, Self::WORDS, "NONE", "NONE")?;
        Ok(Self { bits: if is_none { 0 } else { bits }, is_none })
    }

    fn to_text(&self) -> Cow<'_, str> {
        if self.is_none { Cow::Borrowed("NONE") } else { Cow::Owned(written(self.bits, Self::WORDS)) }
    }
}

/// Flags of TCP packets: which are looked at, and which of those are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpFlags {
    mask: u32,
    set: u32,
}

impl TcpFlags {
    const WORDS: Words = &["FIN", "SYN", "RST", "PSH", "ACK", "URG"];
    const ALL: u32 = (1 << Self::WORDS.len()) - 1;

    fn part(bits: u32) -> String {
        match bits {
            0 => "NONE".to_owned(),
            Self::ALL => "ALL".to_owned(),
            bits => written(bits, Self::WORDS),
        }
    }
}

impl TextValue for TcpFlags {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let (mask, set) = text.split_once('/').ok_or_else(|| {
            Problem::invalid(format!("{} are no flags of TCP", quoted(text)))
                .hint("write them as SYN,ACK/SYN")
        })?;
        let read = |part| read_set(part, Self::WORDS, "NONE", "ALL");
        Ok(Self { mask: read(mask)?, set: read(set)? })
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Owned(format!("{}/{}", Self::part(self.mask), Self::part(self.set)))
    }
}

/// The name of a set of addresses that the kernel keeps: up to 31 letters, digits, blanks and `_.:-+`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpSetName(String);

/// The longest name of a set of addresses.
const LONGEST_SET_NAME: usize = 31;

impl TextValue for IpSetName {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let is_good = |letter: char| letter.is_ascii_alphanumeric() || "_.:-+ ".contains(letter);
        if text.len() <= LONGEST_SET_NAME && text.chars().all(is_good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Problem::invalid(format!("{} is no name of a set of addresses", quoted(text))))
        }
    }

    fn to_text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0)
    }
}

/// Which addresses of a packet are looked for in a set: `src` or `dst` for each part that the set's entries have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpSetFlags(Vec<bool>);

/// The most parts that an entry of a set has.
const MOST_SET_PARTS: usize = 6;

impl IpSetFlags {
    /// The sender's address.
    #[must_use]
    pub fn source() -> Self {
        Self(vec![true])
    }
}

impl TextValue for IpSetFlags {
    fn from_text(text: &str) -> Result<Self, Problem> {
        let bad = || {
            Problem::invalid(format!("{} are no parts of a packet", quoted(text)))
                .hint("write src or dst up to six times with a comma between")
        };
        let part = |word: &str| match word.to_ascii_lowercase().as_str() {
            "src" => Ok(true),
            "dst" => Ok(false),
            _ => Err(bad()),
        };
        let parts = text.split(',').map(part).collect::<Result<Vec<_>, _>>()?;
        if parts.len() > MOST_SET_PARTS { Err(bad()) } else { Ok(Self(parts)) }
    }

    fn to_text(&self) -> Cow<'_, str> {
        let words: Vec<&str> =
            self.0.iter().map(|is_source| if *is_source { "src" } else { "dst" }).collect();
        Cow::Owned(words.join(","))
    }
}

#[cfg(feature = "arbitrary")]
mod generate {
    use super::*;
    use crate::document::Generate;
    use arbitrary::{Result, Unstructured};

    impl Generate for ConnectionStates {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            let bits = source.int_in_range(0..=15)?;
            Ok(Self { bits, is_none: bits == 0 })
        }
    }

    impl Generate for TcpFlags {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            Ok(Self { mask: source.int_in_range(0..=Self::ALL)?, set: source.int_in_range(0..=Self::ALL)? })
        }
    }

    impl Generate for IpSetName {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            Ok(Self((*source.choose(&["a", "a b", "A_.:-+9"])?).to_owned()))
        }
    }

    impl Generate for IpSetFlags {
        fn generate(source: &mut Unstructured<'_>) -> Result<Self> {
            let count = source.int_in_range(1..=MOST_SET_PARTS)?;
            (0..count).map(|_| source.arbitrary()).collect::<Result<_>>().map(Self)
        }
    }
}
