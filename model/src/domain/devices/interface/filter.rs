//! What is filtered at an interface.

use crate::document::mapped;

/// What is filtered.
#[mapped]
pub struct FilterReference {
    /// The network filter.
    #[attribute("filter", kept)]
    pub filter: Option<String>,
    /// Values for its variables; one that has more than one stands here more than once.
    #[element("parameter")]
    pub parameters: Vec<FilterParameter>,
}

/// A value for a variable of a network filter.
#[mapped]
pub struct FilterParameter {
    /// The variable.
    #[attribute("name")]
    pub name: Option<String>,
    /// The value.
    #[attribute("value")]
    pub value: Option<String>,
}
