//! Documents of every kind: what is taken is read, completed under each driver, written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use omnivirt_model::kinds::DocumentKind;
use omnivirt_model::normalise::{Request, drivers, normalise};
use omnivirt_model::xml::{Document, Limits};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = Document::parse_bytes(bytes, &Limits::DOCUMENT) else { return };
    let Some(kind) = DocumentKind::of(document.root()) else { return };
    let laid_out = Document::parse(kind.lay_out(&document)).expect("what is laid out is a document");
    assert_eq!(laid_out.element_count(), document.element_count());
    let _ = (kind.problems(&document), kind.unknown(&document).len());
    for driver in drivers(kind.name) {
        let request = Request::new(kind.name, *driver);
        let Ok(once) = normalise(&request, bytes) else { continue };
        let once = Document::parse(once).expect("what is normalised is a document");
        assert!(kind.problems(&once).is_empty(), "what is written is refused: {once}");
    }
});
