//! A hash for UUIDs that costs next to nothing.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes the hashes of one table, by keys of its own that nobody outside knows.
#[derive(Debug, Clone)]
pub(super) struct UuidHashes {
    keys: [u64; 2],
}

impl Default for UuidHashes {
    fn default() -> Self {
        let random = RandomState::new();
        Self { keys: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl BuildHasher for UuidHashes {
    type Hasher = UuidHash;

    fn build_hasher(&self) -> UuidHash {
        UuidHash { keys: self.keys, hash: 0 }
    }
}

/// The hash of one UUID.
#[derive(Debug)]
pub(super) struct UuidHash {
    keys: [u64; 2],
    hash: u64,
}

impl Hasher for UuidHash {
    fn write(&mut self, bytes: &[u8]) {
        // The halves are multiplied, so that neither alone decides, and the product is folded, so that all its bits do.
        for chunk in bytes.chunks(16) {
            let mut halves = [0; 16];
            halves[..chunk.len()].copy_from_slice(chunk);
            let value = u128::from_ne_bytes(halves);
            let product = u128::from(value as u64 ^ self.keys[0] ^ self.hash)
                * u128::from((value >> 64) as u64 ^ self.keys[1]);
            self.hash = product as u64 ^ (product >> 64) as u64;
        }
    }

    /// The length, which is the same for all of them.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.hash
    }
}
