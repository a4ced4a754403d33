//! `<shmem>`: memory that guests share.

use crate::command::address::{alias, is_on, placed};
use crate::command::arguments::Arguments;
use crate::command::keyed::Keyed;
use crate::command::properties::Properties;
use crate::command::refusal::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::devices::SharedMemory;
use omnivirt_core::domain::devices::shared_memory::{SharedMemoryModelName, SharedMemoryRole};

/// Where servers of shared memory listen that the document does not place.
const SERVERS: &str = "/var/lib/libvirt/shmem-";

/// Adds the memories.
pub(super) fn add(arguments: &mut Arguments<'_>) -> Result<()> {
    for memory in &arguments.domain.devices.shared_memories {
        let name = alias(&memory.info, "shmem")?;
        let model = memory.model.as_ref().and_then(|model| model.model);
        let device = match model {
            Some(SharedMemoryModelName::IvshmemPlain) => plain(arguments, memory, name),
            Some(SharedMemoryModelName::IvshmemDoorbell) => doorbell(arguments, memory, name),
            _ => {
                let why = "QEMU has no device 'ivshmem' any more";
                return Err(
                    unsupported("shmem/model", why).with_hint("use ivshmem-plain or ivshmem-doorbell")
                );
            }
        };
        let master = memory.role.filter(|role| *role != SharedMemoryRole::Default);
        let master = master.map(|role| if role == SharedMemoryRole::Master { "on" } else { "off" });
        let place = placed(arguments.domain, &memory.info)?;
        arguments.device(name, device.with_some("master", master).and(place));
    }
    Ok(())
}

fn plain(arguments: &mut Arguments<'_>, memory: &SharedMemory, name: &str) -> Properties {
    let object = format!("shmmem-{name}");
    let size = memory.size.map_or(4, |size| size.mebibytes());
    let file = Properties::object("memory-backend-file", object.as_str())
        .with("mem-path", format!("/dev/shm/{}", memory.name.0))
        .with("size", size << 20);
    arguments.json("-object", file.with("share", true));
    Properties::driver("ivshmem-plain").with("id", name).with("memdev", object)
}

fn doorbell(arguments: &mut Arguments<'_>, memory: &SharedMemory, name: &str) -> Properties {
    let chardev = format!("char{name}");
    let path = memory.server.as_ref().and_then(|server| server.path.clone());
    let path = path.unwrap_or_else(|| format!("{SERVERS}{}-sock", memory.name.0));
    arguments.option("-chardev", Keyed::new("socket").with("id", &chardev).with("path", path));
    let interrupts = memory.interrupts.as_ref();
    Properties::driver("ivshmem-doorbell")
        .with("id", name)
        .with("chardev", chardev)
        .with_some("vectors", interrupts.and_then(|interrupts| interrupts.vectors))
        .with_some("ioeventfd", interrupts.and_then(|interrupts| interrupts.io_event).map(is_on))
}
