//! What clients and other processes lend guests of QEMU, and what outlives these.

use super::machine::Machine;
use crate::document::DocumentErrorKind::Unsupported;
use crate::document::OnOff;
use crate::domain::Domain;
use crate::domain::devices::SharedMemory;
use crate::domain::devices::shared_memory::{SharedMemoryInterrupts, SharedMemoryModelName};
use crate::domain::rules::Fault;

/// The memory that guests share where it is not said how much, in MiB.
const SHARED_MEMORY: u64 = 4;

/// Fills in what QEMU does where nothing is said.
pub(super) fn complete(domain: &mut Domain) {
    for memory in &mut domain.devices.shared_memories {
        let model = model_of(memory);
        if model == Some(SharedMemoryModelName::IvshmemDoorbell) {
            memory.interrupts.get_or_insert_with(SharedMemoryInterrupts::default);
        }
        if let Some(interrupts) = &mut memory.interrupts {
            interrupts.io_event.get_or_insert(OnOff::On);
        }
        if model == Some(SharedMemoryModelName::IvshmemPlain) {
            memory.size.get_or_insert(crate::document::MebibyteSize::from_mebibytes(SHARED_MEMORY));
        }
    }
}

fn model_of(memory: &SharedMemory) -> Option<SharedMemoryModelName> {
    memory.model.as_ref().and_then(|model| model.model)
}

/// Refuses what QEMU cannot have.
pub(super) fn check(domain: &Domain) -> Result<(), Fault> {
    for (index, memory) in domain.devices.shared_memories.iter().enumerate() {
        check_shared(memory).map_err(|fault| fault.within(&format!("devices/shmem[{}]", index + 1)))?;
    }
    if domain.devices.smartcards.len() > 1 {
        return Err(Fault::new(Unsupported, "devices/smartcard[2]", "there is one reader of smart cards"));
    }
    if domain.devices.nvram.is_some() && !Machine::of(domain).architecture.is_ppc64() {
        return Err(Fault::new(Unsupported, "devices/nvram", "only POWER machines have such a device"));
    }
    Ok(())
}

fn check_shared(memory: &SharedMemory) -> Result<(), Fault> {
    let has_server = memory.server.is_some();
    let wrong = match model_of(memory) {
        Some(SharedMemoryModelName::IvshmemPlain) if has_server => "shared memory alone has no server",
        Some(SharedMemoryModelName::IvshmemDoorbell) if !has_server => {
            "guests wake each other through a server"
        }
        Some(SharedMemoryModelName::IvshmemDoorbell) if memory.size.is_some() => {
            "the server says how much it is"
        }
        Some(SharedMemoryModelName::Ivshmem) | None => "QEMU does not know the old model any longer",
        Some(_) => return Ok(()),
    };
    Err(Fault::new(Unsupported, "model", wrong))
}
