//! Sources on this host.

use crate::document::text::words;
use crate::document::{YesNo, mapped};
use crate::domain::devices::SourceSecurityLabel;
use crate::domain::devices::address::PciAddress;
use crate::domain::devices::character_device::Reconnect;
use crate::storage::{Authentication, Encryption};

/// A file of the host.
#[mapped]
pub struct FileSource {
    /// Its path; absent where no medium is in.
    #[attribute("file")]
    pub file: Option<String>,
    /// The group of open files that a client handed over for it.
    #[attribute("fdgroup")]
    pub descriptor_group: Option<String>,
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// What every local source has.
    #[flatten]
    pub shared: LocalSource,
}

/// A device of the host.
#[mapped]
pub struct BlockSource {
    /// Its path; absent where no medium is in.
    #[attribute("dev")]
    pub device: Option<String>,
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// What every local source has.
    #[flatten]
    pub shared: LocalSource,
}

/// A directory of the host.
#[mapped]
pub struct DirectorySource {
    /// Its path.
    #[attribute("dir")]
    pub directory: Option<String>,
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// What every local source has.
    #[flatten]
    pub shared: LocalSource,
}

/// A volume of a storage pool.
#[mapped]
pub struct VolumeSource {
    /// The pool.
    #[attribute("pool")]
    pub pool: Option<String>,
    /// The volume.
    #[attribute("volume")]
    pub volume: Option<String>,
    /// How a volume of an iSCSI pool is reached.
    #[attribute("mode", error = Unsupported)]
    pub mode: Option<VolumeMode>,
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// What every local source has.
    #[flatten]
    pub shared: LocalSource,
}

/// An NVMe device that is taken from the host.
#[mapped]
pub struct NvmeSource {
    /// How it is reached.
    #[attribute("type")]
    pub source_type: NvmeSourceType,
    /// Whether the driver takes it from the host and gives it back.
    #[attribute("managed")]
    pub managed: Option<YesNo>,
    /// Its namespace.
    #[attribute("namespace")]
    pub namespace: u64,
    /// What to do when it is missing.
    #[attribute("startupPolicy")]
    pub startup_policy: Option<StartupPolicy>,
    /// Where the host has it.
    #[element("address")]
    pub address: PciAddress,
    /// What every local source has.
    #[flatten]
    pub shared: LocalSource,
}

/// Another process, which does what a disk does.
#[mapped]
pub struct VhostUserSource {
    /// The way to it: `unix`.
    #[attribute("type")]
    pub source_type: Option<String>,
    /// The path of its socket.
    #[attribute("path")]
    pub path: Option<String>,
    /// Whether the hypervisor calls again when the connection is cut.
    #[element("reconnect")]
    pub reconnect: Option<Reconnect>,
    /// What every local source has.
    #[flatten]
    pub shared: LocalSource,
}

/// What every local source has.
#[mapped]
pub struct LocalSource {
    /// Its number in the chain of images; only told of running domains.
    #[attribute("index", lenient)]
    pub index: Option<u32>,
    /// The part of the source that is used.
    #[list("slices", "slice")]
    pub slices: Vec<Slice>,
    /// How it is labelled for the guest.
    #[element("seclabel")]
    pub security_labels: Vec<SourceSecurityLabel>,
    /// How the server behind it knows its client.
    #[element("auth")]
    pub authentication: Option<Authentication>,
    /// How it is encrypted.
    #[element("encryption")]
    pub encryption: Option<Encryption>,
    /// How reservations of SCSI devices are made.
    #[element("reservations")]
    pub reservations: Option<Reservations>,
}

/// A part of a source.
#[mapped]
pub struct Slice {
    /// Which part of the chain is meant; others than those known are left aside.
    #[attribute("type", lenient)]
    pub slice_type: Option<SliceType>,
    /// Where it begins, in bytes.
    #[attribute("offset", lenient)]
    pub offset: Option<u64>,
    /// How long it is, in bytes.
    #[attribute("size", lenient)]
    pub size: Option<u64>,
}

/// How reservations of SCSI devices are made.
#[mapped]
pub struct Reservations {
    /// Whether the driver starts the process that makes them.
    #[attribute("managed")]
    pub managed: Option<YesNo>,
    /// The process that makes them.
    #[element("source")]
    pub source: Option<ReservationSource>,
}

/// The socket of a process that makes reservations.
#[mapped]
pub struct ReservationSource {
    /// The way to it: `unix`.
    #[attribute("type")]
    pub source_type: Option<String>,
    /// The path of its socket.
    #[attribute("path")]
    pub path: Option<String>,
    /// Who calls: `client`.
    #[attribute("mode")]
    pub mode: Option<String>,
    /// Whether the hypervisor calls again when the connection is cut.
    #[element("reconnect")]
    pub reconnect: Option<Reconnect>,
}

words! {
    /// What to do when a source is missing.
    pub enum StartupPolicy("startup policy", Invalid) {
        /// Fail.
        Mandatory = "mandatory",
        /// Fail at boot, go on without it after a migration.
        Requisite = "requisite",
        /// Go on without it.
        Optional = "optional",
    }
}

words! {
    /// How a volume of an iSCSI pool is reached.
    pub enum VolumeMode("mode of a volume", Invalid) {
        /// As a device of the host.
        Host = "host",
        /// By the hypervisor itself.
        Direct = "direct",
    }
}

words! {
    /// How an NVMe device is reached.
    pub enum NvmeSourceType("type of an NVMe source", Invalid) {
        /// By its place on the PCI bus.
        Pci = "pci",
    }
}

words! {
    /// Which part of a chain of images a slice is of.
    pub enum SliceType("type of slice", Invalid) {
        /// The data as it is stored.
        Storage = "storage",
    }
}
