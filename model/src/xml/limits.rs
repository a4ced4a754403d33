//! How large a document may be.

/// Bounds on what is read, so that reading takes bounded time and memory whatever is sent.
///
/// The most that a document costs is its text and 24 bytes an element. Within these bounds texts may be as long as
/// the document; an attribute's value and a name are as long as libxml2 allows, 10 MB and 50,000 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of text.
    pub bytes: usize,
    /// Most elements in the document.
    pub elements: usize,
    /// Most elements within each other.
    pub depth: usize,
    /// Most attributes of one element.
    pub attributes: usize,
}

impl Limits {
    /// For a document that anybody may send: 16 MiB, 200,000 elements, 257 deep as libxml2 has it, 50,000 attributes each.
    ///
    /// libvirt's remote protocol carries 4 MiB at most.
    pub const DOCUMENT: Self = Self { bytes: 16 << 20, elements: 200_000, depth: 257, attributes: 50_000 };

    /// For a file of the program's own user that holds many documents, such as the description of a test host: 1 GiB, 20
    /// million elements.
    pub const COLLECTION: Self = Self { bytes: 1 << 30, elements: 20_000_000, ..Self::DOCUMENT };

    /// Longest name, in bytes.
    pub(super) const NAME_BYTES: usize = 50_000;
    /// Longest value of an attribute, in bytes.
    pub(super) const VALUE_BYTES: usize = 10_000_000;
}

impl Default for Limits {
    fn default() -> Self {
        Self::DOCUMENT
    }
}
