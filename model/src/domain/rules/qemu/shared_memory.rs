//! Whether other processes can use a guest's memory.

use crate::domain::Domain;
use crate::domain::cpu::MemAccess;
use crate::domain::memory::MemoryAccessMode;

/// What to do where memory must be shared and is not.
pub(super) const SHARE_MEMORY: &str =
    "write <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";

/// Whether all of it is shared: that of each cell, where there are cells.
pub(super) fn shares_memory(domain: &Domain) -> bool {
    let access = domain.memory_backing.as_ref().and_then(|backing| backing.access.as_ref());
    let is_shared = access.and_then(|access| access.mode) == Some(MemoryAccessMode::Shared);
    match domain.cpu.as_ref().and_then(|cpu| cpu.numa.as_ref()) {
        Some(numa) if !numa.cells.is_empty() => numa
            .cells
            .iter()
            .all(|cell| cell.memory_access.map_or(is_shared, |access| access == MemAccess::Shared)),
        _ => is_shared,
    }
}
