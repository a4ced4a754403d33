//! How large a new image is.

use super::target::VolumeFormatType;
use crate::document::ByteSize;

/// A new image as `qemu-img` makes it, with nothing written to it yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewImage {
    pub(super) format: VolumeFormatType,
    /// How much a guest can write to it, in bytes.
    pub(super) capacity: u64,
    /// How much of a raw one is taken at once, in bytes.
    pub(super) taken: u64,
    /// The size of a cluster in bytes, where the format has them.
    pub(super) cluster: Option<u64>,
    /// Whether its clusters are divided further.
    pub(super) extended: bool,
}

/// How much a host's file system gives at least.
const BLOCK: u64 = 4096;
const SECTOR: u64 = 512;
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// `number` as a multiple of `unit`, rounded up; as it is where there is no such number.
fn round_up(number: u64, unit: u64) -> u64 {
    number.checked_next_multiple_of(unit).unwrap_or(number)
}

impl NewImage {
    /// How much a guest can write to it, in bytes.
    fn capacity(&self) -> u64 {
        match self.format {
            VolumeFormatType::Raw | VolumeFormatType::Iso => self.capacity.max(self.taken),
            _ => self.capacity,
        }
    }

    /// How large its file is, in bytes.
    fn physical(&self) -> u64 {
        let capacity = self.capacity();
        let units = |size: u64| capacity.div_ceil(size);
        match self.format {
            VolumeFormatType::Qcow2 => self.qcow2(),
            // A header, and a table with eight bytes for each 2 MiB.
            VolumeFormatType::Qcow => 48 + round_up(8 * units(2 * MIB), SECTOR),
            // A header, and a map with four bytes for each MiB.
            VolumeFormatType::Vdi => SECTOR + round_up(4 * units(MIB), SECTOR),
            // A header with its description, and two copies of the tables, each of 2 KiB for 32 MiB.
            VolumeFormatType::Vmdk => {
                let tables = units(32 * MIB);
                let directory = round_up(4 * tables, SECTOR);
                round_up(21 * SECTOR + 2 * (directory + 2 * KIB * tables), 64 * KIB)
            }
            // A header and the first table, of 64 KiB and four times as much.
            VolumeFormatType::Qed => 5 * 64 * KIB,
            _ => capacity,
        }
    }

    /// A header, a table of tables of reference counts, those, and a table of tables of clusters.
    fn qcow2(&self) -> u64 {
        let cluster = self.cluster.unwrap_or(64 * KIB).max(SECTOR);
        let entry = if self.extended { 16 } else { 8 };
        let table = 8 * self.capacity().div_ceil(cluster.saturating_mul(cluster / entry));
        let counted = cluster / 2;
        let counts = (2 + table.div_ceil(cluster)).div_ceil(counted).max(1);
        cluster * (2 + counts) + table
    }

    /// How much of the pool it takes at first, in bytes.
    fn allocation(&self, physical: u64) -> u64 {
        match self.format {
            VolumeFormatType::Raw | VolumeFormatType::Iso => round_up(self.taken, BLOCK),
            VolumeFormatType::Vmdk => 3 * BLOCK,
            VolumeFormatType::Qed => 4 * 64 * KIB + BLOCK,
            _ => round_up(physical, BLOCK),
        }
    }

    /// What is told of it: capacity, allocation, and the size of its file.
    pub(super) fn sizes(&self) -> [ByteSize; 3] {
        let physical = self.physical();
        let capacity = match self.capacity() {
            0 => physical,
            capacity => capacity,
        };
        [capacity, self.allocation(physical), physical].map(ByteSize::from_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_images_are_as_large_as_qemu_makes_them() {
        use VolumeFormatType::{Qcow, Qcow2, Raw, Vdi, Vmdk};
        const GIB: u64 = 1024 * MIB;
        for (format, capacity, cluster, extended, expected) in [
            (Raw, 4097, None, false, [4097, 8192, 4097]),
            (Qcow2, 1024, None, false, [1024, 200_704, 196_616]),
            (Qcow2, 10 * GIB, None, false, [10 * GIB, 200_704, 196_768]),
            (Qcow2, 10 * GIB, None, true, [10 * GIB, 200_704, 196_928]),
            (Qcow2, 10 * GIB, Some(4096), false, [10 * GIB, 53_248, 53_248]),
            (Qcow2, 10 * GIB, Some(512), false, [10 * GIB, 2_633_728, 2_633_216]),
            (Qcow2, 0, None, false, [196_608, 196_608, 196_608]),
            (Qcow, 16 * MIB, None, false, [16 * MIB, 4096, 560]),
            (Vdi, 10 * GIB, None, false, [10 * GIB, 45_056, 41_472]),
            (Vmdk, 10 * GIB, None, false, [10 * GIB, 12_288, 1_376_256]),
        ] {
            let taken = capacity;
            let image = NewImage { format, capacity, taken, cluster, extended };
            assert_eq!(image.sizes().map(ByteSize::bytes), expected, "{image:?}");
        }
    }
}
