//! Formats of images, and how what is in them is cached.

use super::sort;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::Disk;
use omnivirt_core::domain::devices::disk::{CacheMode, DetectZeroes, DiscardMode, DiskDevice};
use omnivirt_core::storage_source::StorageFormat;

/// QEMU's name of a format.
pub(super) fn driver(format: StorageFormat) -> Result<&'static str> {
    Ok(match format {
        StorageFormat::Raw
        | StorageFormat::None
        | StorageFormat::Iso
        | StorageFormat::Fat
        | StorageFormat::Dir => "raw",
        StorageFormat::Bochs => "bochs",
        StorageFormat::Cloop => "cloop",
        StorageFormat::Dmg => "dmg",
        StorageFormat::Vpc => "vpc",
        StorageFormat::Vhd => "vhdx",
        StorageFormat::Vdi => "vdi",
        StorageFormat::Ploop => "parallels",
        StorageFormat::Luks => "luks",
        StorageFormat::Qcow => "qcow",
        StorageFormat::Qcow2 => "qcow2",
        StorageFormat::Qed => "qed",
        StorageFormat::Vmdk => "vmdk",
        other => return Err(unsupported("disk/driver", format!("QEMU does not know the format '{other}'"))),
    })
}

/// Whether images of the format can lie on top of others.
pub(super) fn can_have_backing(format: StorageFormat) -> bool {
    matches!(format, StorageFormat::Qcow | StorageFormat::Qcow2 | StorageFormat::Qed | StorageFormat::Vmdk)
}

/// How a disk is cached, where that is said or follows: what other guests write must not be hidden.
pub(super) fn cache_mode(disk: &Disk) -> Option<CacheMode> {
    let given =
        disk.driver.as_ref().and_then(|driver| driver.cache).filter(|mode| *mode != CacheMode::Default);
    given.or((disk.is_shareable && !disk.is_read_only).then_some(CacheMode::None))
}

/// The part of a mode of caching that is about the host.
pub(super) fn cache(mode: CacheMode) -> serde_json::Value {
    let is_direct = matches!(mode, CacheMode::None | CacheMode::DirectSync);
    Properties::default().with("direct", is_direct).with("no-flush", mode == CacheMode::Unsafe).into()
}

/// Whether the guest sees a cache that it has to flush.
pub(super) fn write_cache(disk: &Disk) -> Option<&'static str> {
    if sort(disk) == DiskDevice::Cdrom || sort(disk) == DiskDevice::Floppy {
        return None;
    }
    cache_mode(disk).map(|mode| match mode {
        CacheMode::WriteThrough | CacheMode::DirectSync => "off",
        _ => "on",
    })
}

/// What happens to zeroes; they are only discarded where the guest's own discards are.
pub(super) fn detect_zeroes(
    zeroes: Option<DetectZeroes>,
    discard: Option<DiscardMode>,
) -> Option<&'static str> {
    match zeroes? {
        DetectZeroes::Unmap if discard != Some(DiscardMode::Unmap) => Some("on"),
        zeroes => Some(zeroes.as_str()),
    }
}
