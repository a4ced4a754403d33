//! How servers know their clients, and how data is encrypted.

use crate::document::DocumentErrorKind::{Invalid, Unsupported};
use crate::domain::devices::disk::Disk;
use crate::domain::rules::Fault;
use crate::storage::{Authentication, Encryption, SecretReference};
use crate::storage_source::{NetworkProtocol, StorageSource};

/// Checks what a disk and its source say. It can stand in either.
pub(super) fn complete(disk: &mut Disk) -> Result<(), Fault> {
    let (inner, encryption) = protection_of(&disk.source);
    if disk.authentication.is_some() && inner.is_some() {
        return Err(Fault::new(
            Unsupported,
            "source/auth",
            "the disk says already how the server knows its client",
        ));
    }
    if disk.encryption.is_some() && encryption.is_some() {
        return Err(Fault::new(
            Unsupported,
            "source/encryption",
            "the disk says already how it is encrypted",
        ));
    }
    for (path, authentication) in [("auth", &disk.authentication), ("source/auth", inner)] {
        if let Some(authentication) = authentication {
            check_authentication(authentication, protocol_of(&disk.source))
                .map_err(|fault| fault.within(path))?;
        }
    }
    for (path, encryption) in [("encryption", &disk.encryption), ("source/encryption", encryption)] {
        if let Some(encryption) = encryption {
            check_encryption(encryption).map_err(|fault| fault.within(path))?;
        }
    }
    Ok(())
}

/// What a source itself says of both.
fn protection_of(
    source: &StorageSource,
) -> (&Option<Authentication>, &Option<Encryption>) {
    if let StorageSource::Network(storage) = source {
        return match &storage.source {
            Some(source) => (&source.authentication, &source.encryption),
            None => (&None, &None),
        };
    }
    match super::shared(source) {
        Some(shared) => (&shared.authentication, &shared.encryption),
        None => (&None, &None),
    }
}

/// How a source itself says that it is encrypted.
pub(in crate::domain::rules) fn encryption_of(source: &StorageSource) -> Option<&Encryption> {
    protection_of(source).1.as_ref()
}

/// How a source itself says that it is encrypted, to be changed.
pub(in crate::domain::rules) fn encryption_mut(source: &mut StorageSource) -> Option<&mut Encryption> {
    match source {
        StorageSource::File(storage) => storage.source.as_mut()?.shared.encryption.as_mut(),
        StorageSource::Block(storage) => storage.source.as_mut()?.shared.encryption.as_mut(),
        StorageSource::Directory(storage) => storage.source.as_mut()?.shared.encryption.as_mut(),
        StorageSource::Network(storage) => storage.source.as_mut()?.encryption.as_mut(),
        StorageSource::Volume(storage) => storage.source.as_mut()?.shared.encryption.as_mut(),
        StorageSource::Nvme(storage) => storage.source.as_mut()?.shared.encryption.as_mut(),
        StorageSource::VhostUser(_) => None,
    }
}

fn protocol_of(source: &StorageSource) -> Option<NetworkProtocol> {
    match source {
        StorageSource::Network(storage) => storage.source.as_ref().map(|source| source.protocol),
        _ => None,
    }
}

/// Refuses a secret that is not for the protocol, and one that is not named in one way.
pub(in crate::domain::rules) fn check_authentication(
    authentication: &Authentication,
    protocol: Option<NetworkProtocol>,
) -> Result<(), Fault> {
    check_reference(&authentication.secret)?;
    let wanted = match protocol {
        None => return Ok(()),
        Some(NetworkProtocol::Rbd) => "ceph",
        Some(NetworkProtocol::Iscsi) => "iscsi",
        Some(other) => {
            return Err(Fault::new(
                Unsupported,
                "",
                format!("servers of {other} do not ask for their client"),
            ));
        }
    };
    if authentication.secret.usage_type.as_deref() != Some(wanted) {
        let message = format!("the secret is not of the type {wanted}");
        return Err(Fault::new(Unsupported, "secret/@type", message));
    }
    Ok(())
}

fn check_reference(secret: &SecretReference) -> Result<(), Fault> {
    if secret.uuid.is_some() == secret.usage.is_some() {
        return Err(Fault::new(Invalid, "secret", "a secret is named by uuid or by usage")
            .hint("give one of the two attributes"));
    }
    Ok(())
}

fn check_encryption(encryption: &Encryption) -> Result<(), Fault> {
    if encryption.secrets.iter().any(|secret| secret.uuid.is_some() == secret.usage.is_some()) {
        return Err(Fault::new(Invalid, "secret", "a secret is named by uuid or by usage"));
    }
    if encryption.cipher.is_some() || encryption.initial_vectors.is_some() {
        return Err(Fault::new(Unsupported, "cipher", "the image itself says which cipher it has"));
    }
    Ok(())
}
