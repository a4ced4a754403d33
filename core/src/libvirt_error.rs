//! What libvirt says of a failure, kept as it came.

use std::fmt;

/// An error as libvirt's protocol carries it: the source of an [`Error`](crate::Error) that came from a daemon, so that
/// it can be passed on unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the protocol has these fields for good")]
pub struct LibvirtError {
    /// What failed, by libvirt's number.
    pub code: u32,
    /// Which part of libvirt says so, by libvirt's number.
    pub domain: u32,
    /// How bad it is: 2 for an error.
    pub level: i32,
    /// The message's template, what is filled in, and more.
    pub texts: [Option<String>; 3],
    /// Numbers that say more, such as the operating system's; -1 where there is none.
    pub numbers: [i32; 2],
}

impl fmt::Display for LibvirtError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "libvirt's error {} of its part {}", self.code, self.domain)
    }
}

impl std::error::Error for LibvirtError {}
