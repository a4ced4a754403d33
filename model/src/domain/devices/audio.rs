//! Where sound goes on the host.

use crate::document::mapped;

/// Where sound goes on the host.
#[mapped]
pub struct Audio {}
