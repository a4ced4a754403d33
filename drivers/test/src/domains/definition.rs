//! How domains come into a host's table, and what has to be in order before they leave it.

use super::state::{Configuration, Simulated};
use super::transitions::Origin;
use crate::host::Host;
use omnivirt_core::document::{DocumentError, TextValue};
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::event::{Cause, DefinedDetail, LifecycleChange};
use omnivirt_core::xml::{Document, Edit, NewElement, Place};
use omnivirt_core::*;
use std::sync::Arc;

/// A configuration that names a domain: it is for this driver, and has a UUID.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    configuration: Configuration,
    name: Arc<str>,
    uuid: Uuid,
}

impl Named {
    /// Reads a document, and completes it with a UUID if it has none.
    ///
    /// # Errors
    ///
    /// What is wrong with the document; `ConfigUnsupported` if it is not for this driver.
    pub(crate) fn read(xml: &str) -> Result<Self> {
        let document = Document::parse(xml)?;
        let (edit, uuid) = completion(&document);
        if edit.is_empty() {
            drop(edit);
            return Self::new(DomainConfig::try_from(document)?, uuid);
        }
        let completed = edit.finish().map_err(Into::into).and_then(DomainConfig::try_from);
        // Places in errors are to be those in the document that was given.
        let config = completed.or_else(|error| DomainConfig::try_from(document).and(Err(error)));
        Self::new(config?, uuid)
    }

    /// The same of a configuration that was read before.
    ///
    /// # Errors
    ///
    /// As [`Named::read`].
    pub(crate) fn of(config: DomainConfig) -> Result<Self> {
        let (edit, uuid) = completion(config.document());
        if edit.is_empty() {
            drop(edit);
            return Self::new(config, uuid);
        }
        let completed = edit.finish().map_err(Into::into).and_then(DomainConfig::try_from);
        Self::new(completed?, uuid)
    }

    fn new(config: DomainConfig, uuid: Uuid) -> Result<Self> {
        match &*config.root().attribute_value("type").unwrap_or_default() {
            "test" => {
                Ok(Self { name: config.name().into(), uuid, configuration: Configuration::new(config) })
            }
            other => Err(Error::new(
                ErrorKind::ConfigUnsupported,
                format!("the test driver has no domains of type '{other}'"),
            )
            .with_hint("write <domain type='test'>")),
        }
    }
}

/// What a document lacks to name a domain, and the UUID that it then has. A number is taken out: runs have one,
/// definitions have not.
fn completion(document: &Document) -> (Edit<'_>, Uuid) {
    let root = document.root();
    let element = root.child("uuid");
    let known = element.and_then(|element| Uuid::from_text(&element.text()).ok());
    let uuid = known.unwrap_or_else(Uuid::new_v4);
    let mut edit = document.edit();
    edit.remove_attribute(root, "id");
    match element {
        None => {
            let place = root.child("name").map_or(Place::First, Place::After);
            edit.insert(root, place, &NewElement::new("uuid").text(uuid.to_text()));
        }
        Some(empty) if empty.text().is_empty() => edit.set_text(empty, &uuid.to_text()),
        // A wrong one is refused when the document is read.
        Some(_) => {}
    }
    (edit, uuid)
}

impl Host {
    /// Gives the domain of that name and UUID a definition, new or instead of the one that it has.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if another domain has its name or its UUID.
    pub(crate) fn define(&self, cause: &Cause, named: Named) -> Result<DomainRef> {
        let Named { configuration, name, uuid } = named;
        self.domains.with_named(
            &name,
            uuid,
            || Simulated::new(name.clone(), uuid),
            |_, domain, _| {
                let detail =
                    if domain.is_persistent() { DefinedDetail::Updated } else { DefinedDetail::Added };
                domain.definition = Some(configuration);
                if let Some(run) = &mut domain.run {
                    run.updated = true;
                }
                domain.emit(self, cause, LifecycleChange::Defined(detail));
                Ok(domain.reference())
            },
        )
    }

    /// Starts a run from a configuration: of the domain of that name and UUID if there is one, else of a transient one.
    ///
    /// # Errors
    ///
    /// As [`Host::define`]; `InvalidState` if it runs, `ResourceBusy` if a job runs on it.
    pub(crate) fn create(
        &self,
        cause: &Cause,
        named: Named,
        origin: Origin,
        paused: bool,
        auto_destroy: Option<u64>,
    ) -> Result<DomainRef> {
        let Named { configuration, name, uuid } = named;
        self.domains.with_named(
            &name,
            uuid,
            || Simulated::new(name.clone(), uuid),
            |_, domain, is_new| {
                domain.check_can_start()?;
                let begun = domain.begin(self, cause, configuration, origin, paused, auto_destroy);
                if begun.is_err() && is_new {
                    domain.leave(self);
                }
                begun?;
                Ok(domain.reference())
            },
        )
    }
}

/// Refuses to undefine a domain that would leave something behind about which nothing was said.
///
/// # Errors
///
/// `InvalidState`, `InvalidArgument` for options that contradict each other.
pub(super) fn check_left_behind(
    domain: &Simulated,
    has_nvram: bool,
    options: &UndefineOptions,
) -> Result<()> {
    if options.nvram && options.keep_nvram || options.tpm && options.keep_tpm {
        return Err(Error::new(ErrorKind::InvalidArgument, "something is to be both deleted and kept"));
    }
    let left = [
        (
            domain.managed_save.is_some() && !options.managed_save,
            "a managed save image",
            "say managed_save to delete it",
        ),
        (
            domain.has_snapshots() && !options.snapshots_metadata,
            "snapshots",
            "say snapshots_metadata to forget them",
        ),
        (
            domain.has_checkpoints() && !options.checkpoints_metadata,
            "checkpoints",
            "say checkpoints_metadata to forget them",
        ),
        (
            has_nvram && !options.nvram && !options.keep_nvram,
            "firmware variables",
            "say nvram to delete them or keep_nvram",
        ),
    ];
    match left.iter().find(|(there, ..)| *there) {
        Some((_, what, hint)) => {
            Err(Error::new(ErrorKind::InvalidState, format!("the domain has {what}")).with_hint(*hint))
        }
        None => domain.check_no_job(),
    }
}

/// A configuration as it would be defined: without the number of its run.
pub(crate) fn without_id(config: &DomainConfig) -> Result<DomainConfig, DocumentError> {
    config.edited(|edit| {
        edit.remove_attribute(config.root(), "id");
        Ok(())
    })
}
