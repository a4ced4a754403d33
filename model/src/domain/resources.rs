//! Where a domain's resources come from on the host.

use crate::CpuMap;
use crate::document::mapped;
use crate::document::text::words;

/// From which NUMA nodes of the host memory comes.
#[mapped(omit_empty)]
pub struct NumaTune {
    /// For the whole domain.
    #[element("memory")]
    pub memory: Option<NumaMemory>,
    /// For single cells of the guest.
    #[element("memnode")]
    pub cells: Vec<NumaMemoryNode>,
}

/// From which NUMA nodes of the host a domain's memory comes.
#[mapped]
pub struct NumaMemory {
    /// How strictly; absent for strict.
    #[attribute("mode")]
    pub mode: Option<NumaMode>,
    /// The nodes; absent where a daemon of the host advises.
    #[attribute("nodeset")]
    pub nodes: Option<CpuMap>,
    /// Who says which nodes.
    #[attribute("placement", error = Unsupported)]
    pub placement: Option<super::VcpuPlacement>,
}

/// From which NUMA nodes of the host a cell's memory comes.
#[mapped]
pub struct NumaMemoryNode {
    /// The guest's cell.
    #[attribute("cellid")]
    pub cell: u32,
    /// How strictly; absent for strict.
    #[attribute("mode")]
    pub mode: Option<NumaMode>,
    /// The nodes.
    #[attribute("nodeset")]
    pub nodes: Option<CpuMap>,
}

words! {
    /// How strictly memory comes from given nodes.
    pub enum NumaMode("mode of NUMA memory", Unsupported) {
        /// From these only.
        Strict = "strict",
        /// From these if possible.
        Preferred = "preferred",
        /// From all of them in turns.
        Interleave = "interleave",
        /// As the host's limits of a group of processes say.
        Restrictive = "restrictive",
    }
}

/// How a domain's use of block devices is weighed.
#[mapped(omit_empty, collected)]
pub struct BlockTune {
    /// Its weight against other domains.
    #[element("weight", lenient)]
    pub weight: Option<u32>,
    /// For single devices.
    #[element("device")]
    pub devices: Vec<BlockTuneDevice>,
}

/// How a domain's use of one block device of the host is limited.
#[mapped]
pub struct BlockTuneDevice {
    /// The device's path.
    #[element("path")]
    pub path: Option<String>,
    /// Its weight against other domains.
    #[element("weight")]
    pub weight: Option<u32>,
    /// The most reads per second.
    #[element("read_iops_sec", error = Unsupported)]
    pub read_operations_per_second: Option<u32>,
    /// The most writes per second.
    #[element("write_iops_sec", error = Unsupported)]
    pub write_operations_per_second: Option<u32>,
    /// The most bytes read per second.
    #[element("read_bytes_sec", error = Unsupported)]
    pub read_bytes_per_second: Option<u64>,
    /// The most bytes written per second.
    #[element("write_bytes_sec", error = Unsupported)]
    pub write_bytes_per_second: Option<u64>,
}

/// The group of processes on the host to which a domain belongs.
#[mapped]
pub struct Resource {
    /// The group's path.
    #[element("partition")]
    pub partition: Option<String>,
    /// What a Fibre Channel network knows it by.
    #[element("fibrechannel")]
    pub fibre_channel: Option<FibreChannel>,
}

/// What a Fibre Channel network knows a domain by.
#[mapped]
pub struct FibreChannel {
    /// The name.
    #[attribute("appid")]
    pub application: Option<String>,
}

/// Which users of the host those of a container are.
#[mapped(omit_empty, collected)]
pub struct IdMap {
    /// Users.
    #[element("uid")]
    pub users: Vec<IdRange>,
    /// Groups.
    #[element("gid")]
    pub groups: Vec<IdRange>,
}

/// A range of numbers of users or groups.
#[mapped]
pub struct IdRange {
    /// The first in the container.
    #[attribute("start")]
    pub start: u32,
    /// The first on the host.
    #[attribute("target")]
    pub target: u32,
    /// How many.
    #[attribute("count")]
    pub count: u32,
}
