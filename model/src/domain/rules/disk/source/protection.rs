//! How servers know their clients, and how data is encrypted.

use crate::document::DocumentErrorKind::{Invalid, Unsupported};
use crate::domain::devices::disk::Disk;
use crate::domain::rules::Fault;
use crate::storage::{Authentication, Encryption, SecretReference};
use crate::storage_source::{NetworkProtocol, StorageSource};

/// Refuses what both a disk and its source say, and secrets that are not named in one way.
pub(in crate::domain::rules::disk) fn check_references(disk: &Disk) -> Result<(), Fault> {
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
            check_reference(&authentication.secret).map_err(|fault| fault.within(path))?;
        }
    }
    for (path, encryption) in [("encryption", &disk.encryption), ("source/encryption", encryption)] {
        let mut secrets = encryption.iter().flat_map(|encryption| &encryption.secrets);
        if secrets.any(|secret| secret.uuid.is_some() == secret.usage.is_some()) {
            return Err(unnamed_secret().within(path));
        }
    }
    Ok(())
}

/// Refuses secrets that the source's protocol does not have, and ciphers, which the image tells.
pub(in crate::domain::rules::disk) fn check_protection(disk: &Disk) -> Result<(), Fault> {
    let (inner, encryption) = protection_of(&disk.source);
    for (path, authentication) in [("auth", &disk.authentication), ("source/auth", inner)] {
        if let Some(authentication) = authentication {
            check_authentication(authentication, protocol_of(&disk.source))
                .map_err(|fault| fault.within(path))?;
        }
    }
    for (path, encryption) in [("encryption", &disk.encryption), ("source/encryption", encryption)] {
        if encryption
            .as_ref()
            .is_some_and(|encryption| encryption.cipher.is_some() || encryption.initial_vectors.is_some())
        {
            let path = format!("{path}/cipher");
            return Err(Fault::new(Unsupported, path, "the image itself says which cipher it has"));
        }
    }
    Ok(())
}

/// How the source itself says that its server knows its client.
pub(in crate::domain::rules::disk) fn authentication_of(source: &StorageSource) -> Option<&Authentication> {
    protection_of(source).0.as_ref()
}

/// What a source itself says of both.
fn protection_of(source: &StorageSource) -> (&Option<Authentication>, &Option<Encryption>) {
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
        StorageSource::VhostUser(storage) => storage.source.as_mut()?.shared.encryption.as_mut(),
    }
}

fn protocol_of(source: &StorageSource) -> Option<NetworkProtocol> {
    match source {
        StorageSource::Network(storage) => storage.source.as_ref().map(|source| source.protocol),
        _ => None,
    }
}

/// Refuses a secret that is not for the protocol; protocols that ask for none leave it aside.
fn check_authentication(
    authentication: &Authentication,
    protocol: Option<NetworkProtocol>,
) -> Result<(), Fault> {
    let wanted = match protocol {
        Some(NetworkProtocol::Rbd) => "ceph",
        Some(NetworkProtocol::Iscsi) => "iscsi",
        _ => return Ok(()),
    };
    if authentication.secret.usage_type.as_deref() != Some(wanted) {
        let message = format!("the secret is not of the type {wanted}");
        return Err(Fault::new(Unsupported, "secret/@type", message));
    }
    Ok(())
}

/// Refuses a secret that is not named in one way.
pub(in crate::domain::rules) fn check_reference(secret: &SecretReference) -> Result<(), Fault> {
    if secret.uuid.is_some() == secret.usage.is_some() {
        return Err(unnamed_secret());
    }
    Ok(())
}

fn unnamed_secret() -> Fault {
    Fault::new(Invalid, "secret", "a secret is named by uuid or by usage")
        .hint("give one of the two attributes")
}
