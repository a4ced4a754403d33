//! What a document can ask for and the driver cannot do: said by name, before anything is started.

use super::builder::unsupported;
use omnivirt_core::Result;
use omnivirt_core::domain::Domain;

/// Refuses what is not done.
///
/// # Errors
///
/// `ConfigUnsupported` names the first.
pub(super) fn check(domain: &Domain) -> Result<()> {
    let devices = &domain.devices;
    let asked = [
        ("<filesystem>", !devices.filesystems.is_empty()),
        ("<hostdev>", !devices.hostdevs.is_empty()),
        ("<redirdev>", !devices.redirected_devices.is_empty()),
        ("<hub>", !devices.hubs.is_empty()),
        ("<smartcard>", !devices.smartcards.is_empty()),
        ("<tpm>", !devices.tpms.is_empty()),
        ("<shmem>", !devices.shared_memories.is_empty()),
        ("<memory> devices", !devices.memory_devices.is_empty()),
        ("<iommu>", devices.iommu.is_some()),
        ("<vsock>", !devices.vsocks.is_empty()),
        ("<crypto>", !devices.cryptos.is_empty()),
        ("<lease>", !devices.leases.is_empty()),
        ("<launchSecurity>", domain.launch_security.is_some()),
        ("<keywrap>", domain.key_wrap.is_some()),
        ("<sysinfo>", !domain.sysinfo.is_empty()),
    ];
    match asked.iter().find(|(_, is_asked)| *is_asked) {
        Some((what, _)) => Err(unsupported(format!("{what} yet"))),
        None => Ok(()),
    }
}
