//! A disk, a CD-ROM or a floppy disk.

mod backing;
mod driver;
mod geometry;
mod target;
mod tuning;

use super::info::DeviceInfo;
use crate::document::text::words;
use crate::document::{YesNo, mapped};
use crate::domain::SnapshotLocation;
use crate::storage::{Authentication, Encryption};
use crate::storage_source::StorageSource;

pub use backing::{BackingStore, DiskMirror};
pub use driver::{CacheMode, DetectZeroes, DiscardMode, DiskDriver, ErrorPolicy, IoMode};
pub use geometry::{BlockIo, DiskGeometry, GeometryTranslation};
pub use target::{DiskBus, DiskTarget, TargetName, Tray};
pub use tuning::IoTuning;

/// A disk, a CD-ROM or a floppy disk.
#[mapped]
#[order(
    "driver",
    "auth",
    "source",
    "backingStore",
    "backenddomain",
    "geometry",
    "blockio",
    "mirror",
    "target",
    "iotune",
    "readonly",
    "shareable",
    "transient",
    "serial",
    "wwn",
    "vendor",
    "product",
    "encryption",
    "boot",
    "alias",
    "acpi",
    "address"
)]
pub struct Disk {
    /// What the guest takes it for; absent for a disk.
    #[attribute("device")]
    pub device: Option<DiskDevice>,
    /// Which device of the virtio family.
    #[attribute("model")]
    pub model: Option<DiskModel>,
    /// Whether the guest's process may send raw commands to it.
    #[attribute("rawio")]
    pub raw_io: Option<YesNo>,
    /// Whether raw commands of the guest are filtered.
    #[attribute("sgio")]
    pub scsi_commands: Option<ScsiCommands>,
    /// Where snapshots of it are kept.
    #[attribute("snapshot")]
    pub snapshot: Option<SnapshotLocation>,
    /// How it is served.
    #[element("driver")]
    pub driver: Option<DiskDriver>,
    /// How the server of its source knows its client.
    #[element("auth")]
    pub authentication: Option<Authentication>,
    /// Where its data is.
    #[flatten]
    pub source: StorageSource,
    /// The image below; one without anything in it ends the chain.
    #[element("backingStore")]
    pub backing_store: Option<Box<BackingStore>>,
    /// The domain that serves it, under Xen.
    #[element("backenddomain")]
    pub backend_domain: Option<BackendDomain>,
    /// The geometry that the guest is told.
    #[element("geometry")]
    pub geometry: Option<DiskGeometry>,
    /// The sizes of its blocks.
    #[element("blockio")]
    pub block_io: Option<BlockIo>,
    /// What it is being copied to; only told, never set.
    #[element("mirror")]
    pub mirror: Option<DiskMirror>,
    /// How the guest sees it.
    #[element("target")]
    pub target: Option<DiskTarget>,
    /// Limits of its throughput.
    #[element("iotune")]
    pub io_tuning: Option<IoTuning>,
    /// Whether the guest may only read it.
    #[flag("readonly")]
    pub is_read_only: bool,
    /// Whether several guests may use it at once.
    #[flag("shareable")]
    pub is_shareable: bool,
    /// Whether what the guest writes is thrown away when it stops.
    #[element("transient")]
    pub transient: Option<TransientDisk>,
    /// Its serial number.
    #[element("serial")]
    pub serial: Option<String>,
    /// Its World Wide Name, 16 hexadecimal digits.
    #[element("wwn")]
    pub world_wide_name: Option<String>,
    /// The vendor that a SCSI disk tells, up to 8 characters.
    #[element("vendor")]
    pub vendor: Option<String>,
    /// The product that a SCSI disk tells, up to 16 characters.
    #[element("product")]
    pub product: Option<String>,
    /// How its data is encrypted.
    #[element("encryption")]
    pub encryption: Option<Encryption>,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// A domain that serves a disk.
#[mapped(omit_empty)]
pub struct BackendDomain {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
}

/// That what the guest writes is thrown away when it stops.
#[mapped]
pub struct TransientDisk {
    /// Whether the image below is shared by several guests.
    #[attribute("shareBacking")]
    pub share_backing: Option<YesNo>,
}

words! {
    /// What the guest takes a disk for.
    pub enum DiskDevice("sort of disk", Invalid) {
        /// A disk.
        Disk = "disk",
        /// A CD-ROM drive.
        Cdrom = "cdrom",
        /// A floppy disk drive.
        Floppy = "floppy",
        /// A logical unit of SCSI, to which the guest can send commands.
        Lun = "lun",
    }
}

words! {
    /// Which device of the virtio family a disk is.
    pub enum DiskModel("model of a disk", Invalid) {
        /// What the driver does.
        Default = "default",
        /// The usual one.
        Virtio = "virtio",
        /// One that older guests know too.
        VirtioTransitional = "virtio-transitional",
        /// One that follows virtio 1.0 alone.
        VirtioNonTransitional = "virtio-non-transitional",
    }
}

words! {
    /// Whether raw commands of a guest are filtered.
    pub enum ScsiCommands("sgio", Invalid) {
        /// They are.
        Filtered = "filtered",
        /// They are not.
        Unfiltered = "unfiltered",
    }
}
