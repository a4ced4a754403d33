//! Which USB devices may be lent.

use crate::document::mapped;

/// Which USB devices may be lent.
#[mapped]
pub struct RedirectionFilter {}
