//! The domain document, and the other documents of a domain's calls.
//!
//! A [`DomainConfig`] is a whole document, lossless, that was checked; [`Domain`] is what this crate knows of it by
//! type; a [`Device`] is one of its devices. Changes give a new configuration, in which all else stays as it was.
//!
//! ```
//! use omnivirt_model::domain::DomainConfig;
//! use omnivirt_model::document::MemorySize;
//!
//! let config = DomainConfig::parse("<domain type='test'>
//!   <!-- mine -->
//!   <name>web</name>
//!   <memory unit='MiB'>512</memory>
//!   <os><type>hvm</type></os>
//! </domain>")?;
//! assert_eq!(config.name(), "web");
//! assert_eq!(config.domain().memory_size().map(MemorySize::kib), Some(524_288));
//!
//! let renamed = config.with(|domain| domain.title = Some("Front".into()))?;
//! let renamed = renamed.attach("<disk type='file'><source file='/a'/><target dev='vda'/></disk>")?;
//! assert_eq!(renamed.as_str(), "<domain type='test'>
//!   <!-- mine -->
//!   <name>web</name>
//!   <title>Front</title>
//!   <memory unit='MiB'>512</memory>
//!   <os><type>hvm</type></os>
//!   <devices>
//!     <disk type='file'><source file='/a'/><target dev='vda'/></disk>
//!   </devices>
//! </domain>");
//! # Ok::<(), omnivirt_model::document::DocumentError>(())
//! ```

mod backup;
mod checkpoint;
pub mod clock;
mod config;
pub mod cpu;
pub mod cpu_tune;
mod device;
pub mod devices;
pub mod features;
pub mod foreign;
mod lxc_native;
pub mod memory;
mod metadata;
mod name;
pub mod os;
pub mod power;
pub mod resources;
mod root;
pub mod rules;
pub mod security;
mod snapshot;
pub mod sysinfo;
pub mod vcpus;

pub use crate::document::YesNo;
pub use backup::{Backup, BackupConfig, BackupContent, BackupDisk, BackupDisks, BackupMode, BackupServer};
pub use checkpoint::{
    Checkpoint, CheckpointConfig, CheckpointDisk, CheckpointDisks, CheckpointMode, CheckpointParent,
};
pub use config::DomainConfig;
pub use device::Device;
pub use memory::{MaxMemory, Memory};
pub use name::{DomainName, DomainType, GenerationId};
pub use os::{BootDevice, BootTarget, Os, OsType};
pub use power::{CrashAction, LifecycleAction};
pub use root::Domain;
pub use snapshot::{
    FileSource, Snapshot, SnapshotConfig, SnapshotDisk, SnapshotDisks, SnapshotDomain, SnapshotDriver,
    SnapshotKeeping, SnapshotLocation, SnapshotMemory, SnapshotParent, SnapshotState,
};
pub use vcpus::{Vcpu, VcpuPlacement};
