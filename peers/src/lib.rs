//! The programs that the project is tested with: libvirt's own daemon and clients, ours, and recorded sessions of both.
//!
//! Nothing here is published. Every program that is started is stopped by its pid, at the latest when its value is dropped.

pub mod daemon;
pub mod differences;
pub mod guest;
pub mod libvirtd;
pub mod linux;
pub mod normal;
pub mod omnivirtd;
pub mod program;
pub mod raw;
pub mod recording;
pub mod scene;
pub mod session;
pub mod transcript;
pub mod watcher;

use std::path::{Path, PathBuf};

/// What went wrong, as one message for whoever reads the test's output.
pub type Result<T, E = String> = std::result::Result<T, E>;

/// The checkout's top folder.
#[must_use]
pub fn repository() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// A file of this crate, by its path from the crate's folder.
#[must_use]
pub fn own_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
