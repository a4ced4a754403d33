//! Labels of the security driver `dac`: as whom a document has the guest run, and whose its files are to stay.
//!
//! All guests of a root run as one user. A label that asks for this very user changes nothing, and any other is refused.

use super::named;
use crate::process::Credentials;
use omnivirt_core::document::YesNo;
use omnivirt_core::domain::Domain;
use omnivirt_core::domain::devices::{CharacterSource, SourceSecurityLabel};
use omnivirt_core::domain::security::{SecurityLabel, SecurityLabelType};
use omnivirt_core::storage_source::{BlockStorage, DirectoryStorage, FileStorage, StorageSource};
use omnivirt_core::{Error, ErrorKind, Result};

/// Whether a label is that of owners of files, and not of another security driver.
fn is_of_owners(model: Option<&str>) -> bool {
    matches!(model, None | Some("dac"))
}

/// Whether the files that a document names stay whose they are, all of them.
pub(super) fn keeps_owners(domain: &Domain) -> bool {
    let is_kept = |label: &SecurityLabel| {
        label.relabel == Some(YesNo::No) || label.label_type == Some(SecurityLabelType::None)
    };
    domain.security_labels.iter().any(|label| is_of_owners(label.model.as_deref()) && is_kept(label))
}

/// Whether one file stays whose it is.
pub(super) fn keeps_owner(labels: &[SourceSecurityLabel]) -> bool {
    labels.iter().any(|label| is_of_owners(label.model.as_deref()) && label.relabel == Some(YesNo::No))
}

/// The labels of what a disk is made of on this host.
pub(super) fn of_source(source: &StorageSource) -> &[SourceSecurityLabel] {
    let shared = match source {
        StorageSource::File(FileStorage { source, .. }) => source.as_ref().map(|source| &source.shared),
        StorageSource::Block(BlockStorage { source, .. }) => source.as_ref().map(|source| &source.shared),
        StorageSource::Directory(DirectoryStorage { source, .. }) => {
            source.as_ref().map(|source| &source.shared)
        }
        _ => None,
    };
    shared.map_or(&[], |shared| &shared.security_labels)
}

/// The labels of where the characters of a device go.
pub(super) fn of_character(source: &CharacterSource) -> &[SourceSecurityLabel] {
    let labels = match source {
        CharacterSource::File(one) | CharacterSource::Device(one) | CharacterSource::Pipe(one) => {
            one.source.as_ref().map(|source| &source.security_labels)
        }
        CharacterSource::Unix(unix) => unix.source.as_ref().map(|source| &source.security_labels),
        _ => None,
    };
    labels.map_or(&[], Vec::as_slice)
}

/// Refuses labels that ask for others than the user as whom guests run; none is who this process is.
///
/// # Errors
///
/// `ConfigUnsupported`.
pub(super) fn check(domain: &Domain, user: Option<&Credentials>) -> Result<()> {
    for label in &domain.security_labels {
        if label.label_type == Some(SecurityLabelType::Static)
            && is_of_owners(label.model.as_deref())
            && let Some(text) = &label.label
        {
            check_label("<seclabel>", text, user)?;
        }
    }
    for disk in &domain.devices.disks {
        let target = disk.target.as_ref().map(|target| &*target.name).unwrap_or_default();
        check_source(&format!("<seclabel> of <disk> '{target}'"), of_source(&disk.source), user)?;
    }
    for (sort, source, _) in named::character_devices(domain) {
        check_source(&format!("<seclabel> of <{sort}>"), of_character(source), user)?;
    }
    Ok(())
}

fn check_source(what: &str, labels: &[SourceSecurityLabel], user: Option<&Credentials>) -> Result<()> {
    for label in labels {
        let Some(text) = &label.label else { continue };
        if !is_of_owners(label.model.as_deref()) {
            let model = label.model.as_deref().unwrap_or_default();
            return Err(refused(what, format!("there is no security driver '{model}'")));
        }
        check_label(what, text, user)?;
    }
    Ok(())
}

fn check_label(what: &str, label: &str, user: Option<&Credentials>) -> Result<()> {
    let own = Credentials::own();
    let user = user.unwrap_or(&own);
    // A number may have a sign that says that it is none of a name.
    let name = |text: &str| text.strip_prefix('+').unwrap_or(text).to_owned();
    let (wanted, group) = match label.split_once(':') {
        Some((user, group)) => (name(user), Some(name(group))),
        None => (name(label), None),
    };
    match Credentials::of(&wanted, group.as_deref()) {
        Ok(wanted) if wanted == *user => Ok(()),
        Ok(_) => {
            let why = format!("it asks for '{label}', and guests run as '{}' here", user.name());
            Err(refused(what, why).with_hint(
                "leave it out, or open the root with that user: the URI parameters user and group",
            ))
        }
        Err(error) => Err(refused(what, error.message().to_owned())),
    }
}

fn refused(what: &str, why: String) -> Error {
    Error::new(ErrorKind::ConfigUnsupported, format!("{what}: {why}")).with_context("element", "seclabel")
}
