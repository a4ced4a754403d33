//! A lease that the domain must hold to run.

use crate::document::mapped;

/// A lease that the domain must hold to run.
#[mapped]
pub struct Lease {}
