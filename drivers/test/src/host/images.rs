//! The disk images of a simulated host. Every path has one: none has to be made before a domain uses it.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How large an image is that nobody has changed: what its guest sees, and what is written of it.
const CAPACITY_BYTES: u64 = 10 << 30;
const ALLOCATED_BYTES: u64 = 1 << 30;

/// A disk image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Image {
    /// What a guest sees of it.
    pub(crate) capacity_bytes: u64,
    /// What is written of it: it ends where the last write did.
    pub(crate) allocated_bytes: u64,
}

impl Default for Image {
    fn default() -> Self {
        Self { capacity_bytes: CAPACITY_BYTES, allocated_bytes: ALLOCATED_BYTES }
    }
}

impl Image {
    /// An image of that capacity in which nothing is written yet.
    pub(crate) fn empty(capacity_bytes: u64) -> Self {
        Self { capacity_bytes, allocated_bytes: 0 }
    }

    /// The image after so much was written behind the last write.
    pub(crate) fn grown_by(self, written_bytes: u64) -> Self {
        Self {
            allocated_bytes: self.allocated_bytes.saturating_add(written_bytes).min(self.capacity_bytes),
            ..self
        }
    }

    /// The image with another capacity; what was written beyond it is lost.
    pub(crate) fn resized(self, capacity_bytes: u64) -> Self {
        Self { capacity_bytes, allocated_bytes: self.allocated_bytes.min(capacity_bytes) }
    }
}

/// The images that differ from those that nobody has changed, by path.
#[derive(Debug, Default)]
pub(crate) struct Images(Mutex<HashMap<String, Image>>);

impl Images {
    /// The image of that path.
    pub(crate) fn get(&self, path: &str) -> Image {
        self.0.lock().get(path).copied().unwrap_or_default()
    }

    /// Whether a call has made or changed the image of that path.
    pub(crate) fn is_known(&self, path: &str) -> bool {
        self.0.lock().contains_key(path)
    }

    /// Puts an image at that path, in the place of what was there.
    pub(crate) fn set(&self, path: &str, image: Image) {
        self.0.lock().insert(path.to_owned(), image);
    }

    /// Deletes the image of that path.
    pub(crate) fn remove(&self, path: &str) {
        self.0.lock().remove(path);
    }
}

/// What is read from the start of an image of that path: its first sector names it, as a boot sector would.
pub(crate) fn content(path: &str, offset_bytes: u64, size_bytes: u32) -> Vec<u8> {
    const SECTOR: u64 = 512;
    let byte = |at: u64| match at {
        510 => 0x55,
        511 => 0xaa,
        _ if at < SECTOR => path.as_bytes().get(at as usize).copied().unwrap_or(0),
        _ => 0,
    };
    (offset_bytes..offset_bytes.saturating_add(size_bytes.into())).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_grows_to_its_capacity_and_no_further() {
        let image = Image::empty(100).grown_by(30);
        assert_eq!((image.allocated_bytes, image.grown_by(u64::MAX).allocated_bytes), (30, 100));
        assert_eq!(image.resized(20), Image { capacity_bytes: 20, allocated_bytes: 20 });
    }

    #[test]
    fn the_first_sector_names_the_image() {
        assert_eq!(content("/a", 0, 4), b"/a\0\0");
        assert_eq!(content("/a", 509, 4), [0, 0x55, 0xaa, 0]);
        assert!(content("/a", u64::MAX, 4).is_empty());
    }
}
