//! A lease that the domain must hold to run.

use crate::document::mapped;

/// A lease that the domain must hold to run.
#[mapped]
pub struct Lease {
    /// The space of locks that its key is in.
    #[element("lockspace")]
    pub lock_space: Option<String>,
    /// What it is called.
    #[element("key")]
    pub key: Option<String>,
    /// Where it is kept.
    #[element("target")]
    pub target: Option<LeaseTarget>,
}

/// Where a lease is kept.
#[mapped]
pub struct LeaseTarget {
    /// The path of the file.
    #[attribute("path")]
    pub path: Option<String>,
    /// Where in the file it is, in bytes; 0 for its beginning.
    #[attribute("offset", default)]
    pub offset: u64,
}
