//! What of the host a file system is.

use crate::document::{MemorySize, mapped};

/// What of the host a file system is.
#[mapped(tag = "type")]
pub enum FilesystemSource {
    /// A directory, served or mounted.
    #[default]
    #[value("mount")]
    Mount(DirectoryFilesystem),
    /// A device with a file system.
    #[value("block")]
    Block(BlockFilesystem),
    /// A file with a file system.
    #[value("file")]
    File(FileFilesystem),
    /// A template of OpenVZ.
    #[value("template")]
    Template(TemplateFilesystem),
    /// Memory.
    #[value("ram")]
    Memory(MemoryFilesystem),
    /// A directory of the guest itself in another place.
    #[value("bind")]
    Bind(DirectoryFilesystem),
    /// A volume of a storage pool.
    #[value("volume")]
    Volume(VolumeFilesystem),
}

macro_rules! filesystems {
    ($($(#[$doc:meta])* $name:ident: $source:ident,)*) => {$(
        $(#[$doc])*
        #[mapped]
        pub struct $name {
            /// Which one.
            #[element("source")]
            pub source: Option<$source>,
        }
    )*}
}

filesystems! {
    /// A directory of the host.
    DirectoryFilesystem: FilesystemDirectory,
    /// A device of the host.
    BlockFilesystem: FilesystemBlock,
    /// A file of the host.
    FileFilesystem: FilesystemFile,
    /// A template of OpenVZ.
    TemplateFilesystem: FilesystemTemplate,
    /// Memory of the host.
    MemoryFilesystem: FilesystemMemory,
    /// A volume of a storage pool.
    VolumeFilesystem: FilesystemVolume,
}

/// A directory, or the socket of a process that serves one.
#[mapped(omit_empty)]
pub struct FilesystemDirectory {
    /// Its path.
    #[attribute("dir")]
    pub directory: Option<String>,
    /// The socket of a process that serves it.
    #[attribute("socket")]
    pub socket: Option<String>,
}

/// A device.
#[mapped(omit_empty)]
pub struct FilesystemBlock {
    /// Its path.
    #[attribute("dev")]
    pub device: Option<String>,
}

/// A file.
#[mapped(omit_empty)]
pub struct FilesystemFile {
    /// Its path.
    #[attribute("file")]
    pub file: Option<String>,
}

/// A template.
#[mapped(omit_empty)]
pub struct FilesystemTemplate {
    /// Its name.
    #[attribute("name")]
    pub name: Option<String>,
}

/// Memory.
#[mapped(omit_empty)]
pub struct FilesystemMemory {
    /// How much, in `units`.
    #[attribute("usage")]
    pub usage: Option<String>,
    /// The unit; absent for KiB.
    #[attribute("units")]
    pub units: Option<String>,
}

impl FilesystemMemory {
    /// How much it is.
    ///
    /// # Errors
    ///
    /// It is no number, or the unit is none.
    pub fn size(&self) -> Result<MemorySize, crate::document::Problem> {
        MemorySize::parse(
            self.usage.as_deref().unwrap_or_default(),
            self.units.as_deref().unwrap_or_default(),
        )
    }
}

/// A volume of a storage pool.
#[mapped(omit_empty)]
pub struct FilesystemVolume {
    /// The pool.
    #[attribute("pool")]
    pub pool: Option<String>,
    /// The volume.
    #[attribute("volume")]
    pub volume: Option<String>,
}
