//! A hash for the short keys of the tables of domains, which costs a few nanoseconds.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Makes the hashes of one table, by keys of its own that nobody outside knows: names and UUIDs come from outside.
#[derive(Debug, Clone)]
pub(super) struct KeyedHashes {
    keys: [u64; 2],
}

impl Default for KeyedHashes {
    fn default() -> Self {
        let random = RandomState::new();
        Self { keys: [random.hash_one(0), random.hash_one(1)] }
    }
}

impl BuildHasher for KeyedHashes {
    type Hasher = KeyedHash;

    fn build_hasher(&self) -> KeyedHash {
        KeyedHash { keys: self.keys, hash: 0 }
    }
}

/// The hash of one key.
#[derive(Debug)]
pub(super) struct KeyedHash {
    keys: [u64; 2],
    hash: u64,
}

impl Hasher for KeyedHash {
    fn write(&mut self, bytes: &[u8]) {
        // The halves are multiplied, so that neither alone decides, and the product is folded, so that all its bits do.
        for chunk in bytes.chunks(16) {
            let mut halves = [0; 16];
            halves[..chunk.len()].copy_from_slice(chunk);
            let value = u128::from_le_bytes(halves);
            let low = value as u64 ^ self.keys[0] ^ self.hash;
            let high = (value >> 64) as u64 ^ self.keys[1];
            let product = u128::from(low) * u128::from(high);
            self.hash = product as u64 ^ (product >> 64) as u64;
        }
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}
