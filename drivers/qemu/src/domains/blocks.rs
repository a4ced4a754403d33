//! What QEMU tells of the disks of a run.

use super::images::{self, Disk};
use super::threads::answer;
use crate::qmp::Monitor;
use omnivirt_core::{BlockInfo, BlockStats, DiskError, DiskErrorKind, Result};
use serde::Deserialize;
use std::collections::HashMap;

/// What QEMU tells of its disks, by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Blocks(HashMap<String, Block>);

/// What is told of one disk.
#[derive(Debug, Clone, Default)]
struct Block {
    counted: Option<Counted>,
    info: Option<Info>,
    /// The sizes of the files, by their paths.
    physical: HashMap<String, u64>,
}

/// A disk in the answer of `query-blockstats`.
#[derive(Debug, Clone, Deserialize)]
struct Counted {
    #[serde(default)]
    qdev: String,
    stats: Counters,
    /// The node below, which has the bytes as they lie on the host.
    parent: Option<Box<Counted>>,
    backing: Option<Box<Counted>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Counters {
    rd_operations: u64,
    rd_bytes: u64,
    rd_total_time_ns: u64,
    wr_operations: u64,
    wr_bytes: u64,
    wr_total_time_ns: u64,
    flush_operations: u64,
    flush_total_time_ns: u64,
    wr_highest_offset: u64,
}

/// A disk in the answer of `query-block`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Info {
    #[serde(default)]
    qdev: String,
    io_status: Option<String>,
    inserted: Option<Inserted>,
}

#[derive(Debug, Clone, Deserialize)]
struct Inserted {
    image: Image,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Image {
    filename: String,
    virtual_size: u64,
    actual_size: Option<u64>,
    backing_image: Option<Box<Image>>,
}

impl Blocks {
    /// Asks QEMU, and the files how large they are.
    ///
    /// # Errors
    ///
    /// `HypervisorError`.
    pub(crate) async fn ask(monitor: &Monitor, disks: &[Disk]) -> Result<Self> {
        let (counted, infos) = futures_util::future::try_join(
            answer::<Vec<Counted>>(monitor, "query-blockstats"),
            answer::<Vec<Info>>(monitor, "query-block"),
        )
        .await?;
        let mut blocks: HashMap<String, Block> = HashMap::new();
        for counted in counted {
            let name = name_of(&counted.qdev).to_owned();
            blocks.entry(name).or_default().counted = Some(counted);
        }
        for info in infos {
            let name = name_of(&info.qdev).to_owned();
            blocks.entry(name).or_default().info = Some(info);
        }
        let mut paths: Vec<(String, String)> = Vec::new();
        for disk in disks {
            let Some(alias) = &disk.alias else { continue };
            paths.extend(disk.path.iter().map(|path| (alias.clone(), path.clone())));
            let image = blocks.get(alias).and_then(Block::image);
            paths.extend(chain(image).skip(1).map(|image| (alias.clone(), image.filename.clone())));
        }
        let sizes = crate::blocking(move || {
            Ok(paths
                .into_iter()
                .map(|(alias, path)| (images::physical(&path), alias, path))
                .collect::<Vec<_>>())
        });
        for (size, alias, path) in sizes.await? {
            if let (Some(size), Some(block)) = (size, blocks.get_mut(&alias)) {
                block.physical.insert(path, size);
            }
        }
        Ok(Self(blocks))
    }

    fn of(&self, disk: &Disk) -> Option<&Block> {
        self.0.get(disk.alias.as_deref()?)
    }

    /// What went through a disk, and how large it is.
    pub(crate) fn stats(&self, disk: &Disk) -> BlockStats {
        let mut stats = BlockStats::default().name(&*disk.target);
        stats.path = disk.path.clone();
        let Some(block) = self.of(disk) else { return stats };
        if let Some(counted) = &block.counted {
            counted.stats.add_to(&mut stats);
        }
        let Some(image) = block.image() else { return stats };
        let highest = block.counted.as_ref().and_then(|counted| counted.parent.as_ref());
        stats.capacity_bytes = Some(image.virtual_size);
        // Before the first write of the run, what the image takes is the best that is known.
        stats.allocation_bytes = highest
            .map(|parent| parent.stats.wr_highest_offset)
            .filter(|offset| *offset > 0)
            .or(image.actual_size);
        stats.physical_bytes = block.physical(disk).or(image.actual_size);
        stats
    }

    /// The images below that of a disk.
    pub(crate) fn backing_stats(&self, disk: &Disk) -> Vec<BlockStats> {
        let Some(block) = self.of(disk) else { return Vec::new() };
        let mut counted = block.counted.as_ref().and_then(|counted| counted.backing.as_deref());
        let mut all = Vec::new();
        for (place, image) in chain(block.image()).enumerate().skip(1) {
            let mut stats = BlockStats::default()
                .name(&*disk.target)
                .backing_index(u32::try_from(place).unwrap_or(u32::MAX))
                .path(&*image.filename)
                .capacity_bytes(image.virtual_size);
            stats.allocation_bytes = image.actual_size;
            stats.physical_bytes = block.physical.get(&image.filename).copied().or(image.actual_size);
            if let Some(below) = counted {
                below.stats.add_to(&mut stats);
                counted = below.backing.as_deref();
            }
            all.push(stats);
        }
        all
    }

    /// What went through all these disks together.
    pub(crate) fn total(&self, disks: &[Disk]) -> BlockStats {
        let mut total = Counters::default();
        for counted in disks.iter().filter_map(|disk| self.of(disk)?.counted.as_ref()) {
            total.add(&counted.stats);
        }
        let mut stats = BlockStats::default();
        total.add_to(&mut stats);
        stats
    }

    /// How large a disk is; none of an empty drive.
    pub(crate) fn info(&self, disk: &Disk) -> Option<BlockInfo> {
        let block = self.of(disk)?;
        let image = block.image()?;
        let physical = block.physical(disk).or(image.actual_size).unwrap_or(0);
        Some(
            BlockInfo::default()
                .capacity_bytes(image.virtual_size)
                .allocation_bytes(image.actual_size.unwrap_or(physical))
                .physical_bytes(physical),
        )
    }

    /// Those of the disks that have failed.
    pub(crate) fn errors(&self, disks: &[Disk]) -> Vec<DiskError> {
        let error_of = |disk: &Disk| {
            let status = self.of(disk)?.info.as_ref()?.io_status.as_deref()?;
            let error = match status {
                "ok" => return None,
                "nospace" => DiskErrorKind::NoSpace,
                _ => DiskErrorKind::Unspecified,
            };
            Some(DiskError::default().disk(&*disk.target).error(error))
        };
        disks.iter().filter_map(error_of).collect()
    }
}

impl Block {
    fn image(&self) -> Option<&Image> {
        Some(&self.info.as_ref()?.inserted.as_ref()?.image)
    }

    fn physical(&self, disk: &Disk) -> Option<u64> {
        self.physical.get(disk.path.as_deref()?).copied()
    }
}

impl Counters {
    fn add(&mut self, other: &Self) {
        self.rd_operations += other.rd_operations;
        self.rd_bytes += other.rd_bytes;
        self.rd_total_time_ns += other.rd_total_time_ns;
        self.wr_operations += other.wr_operations;
        self.wr_bytes += other.wr_bytes;
        self.wr_total_time_ns += other.wr_total_time_ns;
        self.flush_operations += other.flush_operations;
        self.flush_total_time_ns += other.flush_total_time_ns;
    }

    fn add_to(&self, stats: &mut BlockStats) {
        stats.read_requests = Some(self.rd_operations);
        stats.read_bytes = Some(self.rd_bytes);
        stats.read_time_ns = Some(self.rd_total_time_ns);
        stats.write_requests = Some(self.wr_operations);
        stats.write_bytes = Some(self.wr_bytes);
        stats.write_time_ns = Some(self.wr_total_time_ns);
        stats.flush_requests = Some(self.flush_operations);
        stats.flush_time_ns = Some(self.flush_total_time_ns);
    }
}

/// An image and those below it.
fn chain(image: Option<&Image>) -> impl Iterator<Item = &Image> {
    std::iter::successors(image, |image| image.backing_image.as_deref())
}

/// A device's name in what QEMU calls it: the name, or a path of objects in which it stands.
fn name_of(qdev: &str) -> &str {
    match qdev.strip_prefix("/machine/peripheral/") {
        Some(rest) => rest.split('/').next().unwrap_or(rest),
        None => qdev,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_known_by_its_name_wherever_it_stands() {
        assert_eq!(name_of("/machine/peripheral/virtio-disk0/virtio-backend"), "virtio-disk0");
        assert_eq!(name_of("ide0-0-0"), "ide0-0-0");
    }
}
