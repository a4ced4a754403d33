//! What the types of pools have and need.

use super::PoolType;
use super::source::PoolFormatType;

/// Which parts of its source a type of pool has, and which of them it must have.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kind {
    pub(super) host: Part,
    pub(super) device: Part,
    pub(super) directory: Part,
    pub(super) adapter: Part,
    pub(super) name: Part,
    pub(super) initiator: Part,
    /// Whether the name of the source can stand for the pool's.
    pub(super) is_named_by_source: bool,
    /// Which formats there are; the first is meant where none is named.
    pub(super) formats: &'static [PoolFormatType],
    pub(super) target: Target,
}

/// Whether a part is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// It is left out.
    #[default]
    None,
    /// It can be there.
    Optional,
    /// It must be there.
    Needed,
}

/// Where the host sees the pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Target {
    /// Where the document says.
    #[default]
    Given,
    /// In a directory of the source's name.
    In(&'static str),
    /// Nowhere.
    None,
}

const FILE_SYSTEMS: &[PoolFormatType] = {
    use PoolFormatType::{
        Auto, Ext2, Ext3, Ext4, Gfs, Gfs2, HfsPlus, Iso9660, Ocfs2, Udf, Ufs, Vfat, Vmfs, Xfs,
    };
    &[Auto, Ext2, Ext3, Ext4, Ufs, Iso9660, Udf, Gfs, Gfs2, Vfat, HfsPlus, Xfs, Ocfs2, Vmfs]
};

const NETWORK_FILE_SYSTEMS: &[PoolFormatType] =
    &[PoolFormatType::Auto, PoolFormatType::Nfs, PoolFormatType::GlusterFs, PoolFormatType::Cifs];

const PARTITIONS: &[PoolFormatType] = {
    use PoolFormatType::{Bsd, Dos, Dvh, Gpt, Lvm2, Mac, Pc98, Sun, Unknown};
    &[Unknown, Dos, Dvh, Gpt, Mac, Bsd, Pc98, Sun, Lvm2]
};

const VOLUME_GROUPS: &[PoolFormatType] = &[PoolFormatType::Lvm2, PoolFormatType::Unknown];

impl PoolType {
    pub(super) fn kind(self) -> Kind {
        use Part::{Needed, Optional};
        let plain = Kind::default();
        let by_source = Kind { name: Optional, is_named_by_source: true, ..plain };
        let on_network = Kind { host: Needed, target: Target::None, ..by_source };
        match self {
            Self::Directory | Self::Multipath => plain,
            Self::FileSystem => Kind { device: Needed, formats: FILE_SYSTEMS, ..plain },
            Self::NetworkFileSystem => {
                Kind { host: Needed, directory: Needed, formats: NETWORK_FILE_SYSTEMS, ..plain }
            }
            Self::Logical => {
                Kind { device: Optional, formats: VOLUME_GROUPS, target: Target::In("/dev/"), ..by_source }
            }
            Self::Disk => Kind { device: Needed, formats: PARTITIONS, ..plain },
            Self::Iscsi => Kind { host: Needed, device: Needed, initiator: Optional, ..plain },
            Self::IscsiDirect => {
                Kind { host: Needed, device: Optional, initiator: Needed, target: Target::None, ..plain }
            }
            Self::Scsi => Kind { adapter: Needed, ..plain },
            Self::Rbd => Kind { name: Needed, ..on_network },
            Self::Sheepdog => on_network,
            Self::Gluster => Kind { directory: Optional, ..on_network },
            Self::Zfs => Kind { device: Optional, target: Target::In("/dev/zvol/"), ..by_source },
            Self::Vstorage => by_source,
        }
    }
}
