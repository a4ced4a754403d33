//! Where the data of a disk comes from: files, devices, volumes and servers, the same in all documents.
//!
//! A `<disk>`, a `<backingStore>`, a `<mirror>`, a disk of a snapshot: each has an attribute `type` that says which sort of
//! source it has, and the source itself in a child `<source>`.

mod format;
mod local;
mod network;

use crate::document::mapped;

pub use format::{ImageFormat, MetadataCache, StorageFormat};
pub use local::{
    BlockSource, DirectorySource, FileSource, LocalSource, NvmeSource, NvmeSourceType, ReservationSource,
    Reservations, Slice, SliceType, StartupPolicy, VhostUserSource, VolumeMode, VolumeSource,
};
pub use network::{
    Cookie, HostTransport, Initiator, InitiatorName, NetworkProtocol, NetworkSource, NfsIdentity, ReadAhead,
    SourceConfig, SourceHost, SourceSnapshot, SslVerification, Timeout,
};

/// Where data comes from.
#[mapped(tag = "type")]
pub enum StorageSource {
    /// A file of the host.
    #[default]
    #[value("file")]
    File(FileStorage),
    /// A device of the host.
    #[value("block")]
    Block(BlockStorage),
    /// A directory of the host, seen as a file system.
    #[value("dir")]
    Directory(DirectoryStorage),
    /// A server.
    #[value("network")]
    Network(NetworkStorage),
    /// A volume of a storage pool.
    #[value("volume")]
    Volume(VolumeStorage),
    /// An NVMe device that is taken from the host.
    #[value("nvme")]
    Nvme(NvmeStorage),
    /// Another process, which does what a disk does.
    #[value("vhostuser")]
    VhostUser(VhostUserStorage),
}

macro_rules! storages {
    ($($(#[$doc:meta])* $name:ident: $source:ident,)*) => {$(
        $(#[$doc])*
        #[mapped]
        pub struct $name {
            /// Which one; absent where there is none.
            #[element("source")]
            pub source: Option<$source>,
        }
    )*}
}

storages! {
    /// A file of the host, if there is one.
    FileStorage: FileSource,
    /// A device of the host, if there is one.
    BlockStorage: BlockSource,
    /// A directory of the host, if there is one.
    DirectoryStorage: DirectorySource,
    /// A server, if there is one.
    NetworkStorage: NetworkSource,
    /// A volume of a storage pool, if there is one.
    VolumeStorage: VolumeSource,
    /// An NVMe device, if there is one.
    NvmeStorage: NvmeSource,
    /// A process, if there is one.
    VhostUserStorage: VhostUserSource,
}
