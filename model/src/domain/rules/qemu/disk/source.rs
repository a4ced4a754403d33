//! What QEMU can read.

use crate::document::DocumentErrorKind::Unsupported;
use crate::domain::devices::disk::Disk;
use crate::domain::rules::Fault;
use crate::domain::rules::disk::source::encryption_mut;
use crate::storage::{Encryption, EncryptionEngine, EncryptionFormat};
use crate::storage_source::{NetworkProtocol, NetworkSource, StorageFormat, StorageSource};

/// QEMU decrypts, where nobody else is named.
pub(super) fn complete(disk: &mut Disk) {
    let decrypt = |encryption: &mut Encryption| {
        encryption.engine.get_or_insert(EncryptionEngine::Qemu);
    };
    disk.encryption.iter_mut().for_each(decrypt);
    encryption_mut(&mut disk.source).into_iter().for_each(decrypt);
    let mut next = disk.backing_store.as_deref_mut();
    while let Some(store) = next {
        if let Some(source) = &mut store.source {
            encryption_mut(source).into_iter().for_each(decrypt);
        }
        next = store.backing_store.as_deref_mut();
    }
}

/// Refuses a source that QEMU cannot read.
pub(super) fn check(disk: &Disk) -> Result<(), Fault> {
    check_format(disk)?;
    let network = network_of(&disk.source);
    if let Some(network) = network {
        check_network(network)?;
    }
    let is_rbd = network.is_some_and(|network| network.protocol == NetworkProtocol::Rbd);
    let inner = crate::domain::rules::disk::source::encryption_of(&disk.source);
    for encryption in disk.encryption.iter().chain(inner) {
        check_encryption(encryption, is_rbd)?;
    }
    Ok(())
}

fn network_of(source: &StorageSource) -> Option<&NetworkSource> {
    match source {
        StorageSource::Network(storage) => storage.source.as_ref(),
        _ => None,
    }
}

fn check_format(disk: &Disk) -> Result<(), Fault> {
    let format = disk.driver.as_ref().and_then(|driver| driver.format);
    let refused = |message: &str| Err(Fault::new(Unsupported, "driver/@type", message));
    let is_directory = matches!(disk.source, StorageSource::Directory(_));
    match format {
        Some(StorageFormat::Fat) if is_directory && disk.is_read_only => Ok(()),
        Some(StorageFormat::Fat) if is_directory => refused("a directory is only read")
            .map_err(|fault: Fault| fault.hint("write <readonly/> into the disk")),
        _ if is_directory => refused("a directory has the format fat"),
        Some(StorageFormat::Fat) => refused("only a directory has the format fat"),
        Some(StorageFormat::Cow | StorageFormat::Dir | StorageFormat::Iso) => {
            refused("QEMU does not know the format")
        }
        _ => Ok(()),
    }
}

fn check_network(source: &NetworkSource) -> Result<(), Fault> {
    if source.protocol == NetworkProtocol::Tftp {
        return Err(Fault::new(Unsupported, "source/@protocol", "QEMU does not know the protocol tftp"));
    }
    if source.tls_host_name.is_some() && source.protocol != NetworkProtocol::Nbd {
        return Err(Fault::new(Unsupported, "source/@tlsHostname", "only NBD has a name in the certificate"));
    }
    Ok(())
}

fn check_encryption(encryption: &Encryption, is_rbd: bool) -> Result<(), Fault> {
    let refused = |message: &str| Err(Fault::new(Unsupported, "source/encryption", message));
    match (encryption.engine, encryption.format) {
        (Some(EncryptionEngine::Librbd), _) if !is_rbd => refused("the engine librbd is for RBD alone"),
        (Some(EncryptionEngine::Librbd), _) => Ok(()),
        (_, EncryptionFormat::Luks) => Ok(()),
        (_, EncryptionFormat::Luks2) => refused("QEMU does not know version 2 of LUKS"),
        (_, EncryptionFormat::Default | EncryptionFormat::Qcow) => {
            refused("QEMU has no encryption of its own any longer")
        }
    }
}
