//! Values of every kind of document, made up from bytes: each comes back from XML and JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omnivirt_model::kinds::DocumentKind;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let kind = &DocumentKind::ALL[usize::from(*first) % DocumentKind::ALL.len()];
    if let Err(problem) = kind.round_trip(rest) {
        panic!("{}: {problem}", kind.name);
    }
});
