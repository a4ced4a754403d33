//! Memory as a device.

use super::info::DeviceInfo;
use crate::CpuMap;
use crate::document::text::words;
use crate::document::{MemorySize, YesNo, mapped};
use uuid::Uuid;

/// Memory as a device.
#[mapped]
#[order("uuid", "source", "target", "alias", "acpi", "address")]
pub struct MemoryDevice {
    /// Whether other processes of the host can have it too.
    #[attribute("access")]
    pub access: Option<MemoryAccess>,
    /// Whether its content can be forgotten when the guest stops.
    #[attribute("discard")]
    pub discard: Option<YesNo>,
    /// What identifies it to a guest of a pseries machine.
    #[element("uuid")]
    pub uuid: Option<Uuid>,
    /// Which sort of memory, where it comes from and how much.
    #[flatten]
    pub model: MemoryModel,
    /// What every device has.
    #[flatten]
    pub info: DeviceInfo,
}

/// A sort of memory.
#[mapped(tag = "model")]
pub enum MemoryModel {
    /// A memory module.
    #[value("dimm")]
    Dimm(Dimm),
    /// A memory module that keeps its content.
    #[value("nvdimm")]
    Nvdimm(Nvdimm),
    /// Memory that keeps its content, over virtio.
    #[value("virtio-pmem")]
    VirtioPmem(VirtioPmem),
    /// Memory that can be resized, over virtio.
    #[value("virtio-mem")]
    VirtioMem(VirtioMem),
    /// Memory of SGX.
    #[value("sgx-epc")]
    SgxEpc(SgxEpc),
}

/// Where nothing is said, a memory module.
impl Default for MemoryModel {
    fn default() -> Self {
        Self::Dimm(Dimm::default())
    }
}

/// A memory module.
#[mapped]
pub struct Dimm {
    /// Where its memory comes from.
    #[element("source")]
    pub source: Option<MemoryPages>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<MemoryTarget>,
}

/// A memory module that keeps its content.
#[mapped]
pub struct Nvdimm {
    /// Where its content is kept.
    #[element("source")]
    pub source: Option<PersistentMemory>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<NvdimmTarget>,
}

/// Memory over virtio that keeps its content.
#[mapped]
pub struct VirtioPmem {
    /// Where its content is kept.
    #[element("source")]
    pub source: Option<MemoryPath>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<MemoryTarget>,
}

/// Memory over virtio that can be resized.
#[mapped]
pub struct VirtioMem {
    /// Where its memory comes from.
    #[element("source")]
    pub source: Option<MemoryPages>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<VirtioMemTarget>,
}

/// Memory of SGX.
#[mapped]
pub struct SgxEpc {
    /// Where its memory comes from.
    #[element("source")]
    pub source: Option<MemoryNodes>,
    /// What the guest sees.
    #[element("target")]
    pub target: Option<MemoryTarget>,
}

/// Pages of the host.
#[mapped(omit_empty)]
pub struct MemoryPages {
    /// The nodes of the host that they are from.
    #[element("nodemask")]
    pub nodes: Option<CpuMap>,
    /// Their size.
    #[element("pagesize")]
    pub page_size: Option<MemorySize>,
}

/// Nodes of the host.
#[mapped(omit_empty)]
pub struct MemoryNodes {
    /// Which.
    #[element("nodemask")]
    pub nodes: Option<CpuMap>,
}

/// A file that memory is kept in.
#[mapped(omit_empty)]
pub struct MemoryPath {
    /// Its path.
    #[element("path")]
    pub path: Option<String>,
}

/// A file that a memory module is kept in.
#[mapped(omit_empty)]
pub struct PersistentMemory {
    /// Its path.
    #[element("path")]
    pub path: Option<String>,
    /// What its addresses are multiples of.
    #[element("alignsize")]
    pub alignment: Option<MemorySize>,
    /// Whether the host too keeps what is written.
    #[flag("pmem")]
    pub is_persistent: bool,
}

/// What a guest sees of memory.
#[mapped]
pub struct MemoryTarget {
    /// How much.
    #[element("size")]
    pub size: MemorySize,
    /// The guest's node.
    #[element("node")]
    pub node: Option<u32>,
}

/// What a guest sees of a memory module that keeps its content.
#[mapped]
pub struct NvdimmTarget {
    /// How much, the label included.
    #[element("size")]
    pub size: MemorySize,
    /// The guest's node.
    #[element("node")]
    pub node: Option<u32>,
    /// The label.
    #[element("label")]
    pub label: Option<MemoryLabel>,
    /// Whether the guest may only read it.
    #[flag("readonly")]
    pub is_read_only: bool,
}

/// What a guest sees of memory that can be resized.
#[mapped]
pub struct VirtioMemTarget {
    /// The most that there can be.
    #[element("size")]
    pub size: MemorySize,
    /// The guest's node.
    #[element("node")]
    pub node: Option<u32>,
    /// The steps in which it is resized.
    #[element("block")]
    pub block: Option<MemorySize>,
    /// How much the guest shall have.
    #[element("requested")]
    pub requested: Option<MemorySize>,
    /// How much the guest has; only told.
    #[element("current")]
    pub current: Option<MemorySize>,
}

/// The label of a memory module.
#[mapped]
pub struct MemoryLabel {
    /// How long it is.
    #[element("size")]
    pub size: Option<MemorySize>,
}

words! {
    /// Whether other processes can have memory too.
    pub enum MemoryAccess("access to memory", Invalid) {
        /// They can.
        Shared = "shared",
        /// They cannot.
        Private = "private",
    }
}
