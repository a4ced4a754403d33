//! How the source of a device is labelled for its guest.

use crate::document::{YesNo, mapped};

/// How a source is labelled.
#[mapped]
pub struct SourceSecurityLabel {
    /// The security driver; absent for all.
    #[attribute("model")]
    pub model: Option<String>,
    /// Whether the source is labelled anew.
    #[attribute("relabel")]
    pub relabel: Option<YesNo>,
    /// Whether it was not possible to label it.
    #[attribute("labelskip", lenient)]
    pub label_skipped: Option<YesNo>,
    /// The label.
    #[element("label")]
    pub label: Option<String>,
}
