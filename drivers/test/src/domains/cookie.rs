//! What the two sides of a migration tell each other: the cookies that go from phase to phase.

use super::guest_system::GuestFiles;
use crate::host::Image;
use omnivirt_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// What the source tells of the guest. No memory goes from host to host: a simulated guest has nothing else to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cookie {
    /// The name of the host that the guest comes from.
    pub(crate) from: String,
    /// CPU time that it has used, in nanoseconds.
    pub(crate) cpu_time_ns: u64,
    /// Whether its virtual CPUs stood still before it moved.
    pub(crate) is_paused: bool,
    /// The images of its disks, by path: both hosts see the same ones.
    pub(crate) images: Vec<(String, Image)>,
    pub(crate) files: GuestFiles,
    /// The definition of a domain that does not run: all that there is of it.
    #[serde(default)]
    pub(crate) definition: Option<String>,
}

impl Cookie {
    /// Reads one; none where the bytes are empty, as the first phases' are.
    ///
    /// # Errors
    ///
    /// `InvalidArgument` for bytes that are none of the test driver.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<Self>> {
        if bytes.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(bytes).map(Some).map_err(|error| {
            Error::new(
                ErrorKind::InvalidArgument,
                format!("the migration cookie is none of the test driver: {error}"),
            )
        })
    }

    /// Writes it.
    ///
    /// # Errors
    ///
    /// None that is known of.
    pub(crate) fn write(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|error| {
            Error::new(ErrorKind::Internal, "the migration cookie cannot be written").with_source(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_back() {
        let cookie = Cookie {
            from: "a".into(),
            cpu_time_ns: 7,
            images: vec![("/i".into(), Image::empty(9))],
            ..Cookie::default()
        };
        assert_eq!(Cookie::read(&cookie.write().unwrap()).unwrap(), Some(cookie));
        assert_eq!(Cookie::read(b"").unwrap(), None);
        assert_eq!(Cookie::read(b"<cookie/>").unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
}
