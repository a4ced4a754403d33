//! Which characters XML allows where.

/// Ends a run of plain text.
pub(super) const TEXT_STOP: u8 = 1;
/// Ends a run of plain characters in an attribute's value, whichever quote it has.
pub(super) const VALUE_STOP: u8 = 2;
/// May stand in a name; every byte of a non-ASCII character has it, for a second look.
pub(super) const NAME: u8 = 4;
/// May start a name.
pub(super) const NAME_START: u8 = 8;
/// A blank.
pub(super) const SPACE: u8 = 16;
/// Not allowed anywhere, or, for the byte 0xEF, perhaps not.
pub(super) const SUSPECT: u8 = 32;

/// What each byte may be.
pub(super) static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'\t' | b'\n' | b'\r' | b' ' => SPACE,
            0..=0x1f => TEXT_STOP | VALUE_STOP | SUSPECT,
            b'<' | b'&' => TEXT_STOP | VALUE_STOP,
            b']' => TEXT_STOP,
            b'\'' | b'"' => VALUE_STOP,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' => NAME | NAME_START,
            b'0'..=b'9' | b'-' | b'.' => NAME,
            // U+FFFE and U+FFFF start with it.
            0xef => NAME | NAME_START | TEXT_STOP | VALUE_STOP | SUSPECT,
            0x80.. => NAME | NAME_START,
            _ => 0,
        };
        byte += 1;
    }
    table
};

pub(super) fn is(byte: u8, class: u8) -> bool {
    CLASS[usize::from(byte)] & class != 0
}

/// Whether the character may stand in a document at all.
pub(super) fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn is_name_start(character: char) -> bool {
    matches!(character,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

fn is_name_character(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// Whether the text is a name.
pub(super) fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_character)
}
