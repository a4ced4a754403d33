//! What describes a domain to people and programs, and what is done when its guest ends by itself: read from and written to
//! its document.

use omnivirt_core::document::TextValue;
use omnivirt_core::domain::DomainConfig;
use omnivirt_core::{
    Error, ErrorKind, LifecycleAction, LifecycleMoment, MetadataKind, MetadataNamespace, Result,
};

/// Reads a title, a description or a metadata element.
///
/// # Errors
///
/// `NoMetadata` if there is none, `InvalidArgument` for an element without a namespace.
pub fn metadata(config: &DomainConfig, kind: MetadataKind, namespace_uri: Option<&str>) -> Result<String> {
    let text = |name: &str| config.root().child(name).map(|element| element.text().into_owned());
    let (found, what) = match kind {
        MetadataKind::Description => (text("description"), "description".to_owned()),
        MetadataKind::Title => (text("title"), "title".to_owned()),
        MetadataKind::Element => {
            let uri = needed_namespace(namespace_uri)?;
            (config.metadata(uri), format!("metadata in the namespace {uri}"))
        }
        _ => return Err(unknown("kind of metadata", kind)),
    };
    found.ok_or_else(|| Error::new(ErrorKind::NoMetadata, format!("the domain has no {what}")))
}

/// The document with another title, description or metadata element, or without it.
///
/// # Errors
///
/// `XmlSyntax` and `XmlInvalid` for what cannot be in a document, `InvalidArgument` for an element without a namespace.
pub fn with_metadata(
    config: &DomainConfig,
    kind: MetadataKind,
    value: Option<&str>,
    namespace: &MetadataNamespace,
) -> Result<DomainConfig> {
    match kind {
        MetadataKind::Description => {
            config.with(|domain| domain.description = value.map(Into::into)).map_err(Error::from)
        }
        MetadataKind::Title => {
            config.with(|domain| domain.title = value.map(Into::into)).map_err(Error::from)
        }
        MetadataKind::Element => {
            let uri = needed_namespace(namespace.uri.as_deref())?;
            match (value, &namespace.prefix) {
                (Some(xml), Some(prefix)) => config.with_metadata(uri, prefix, xml).map_err(Error::from),
                (Some(_), None) => {
                    Err(Error::new(ErrorKind::InvalidArgument, "a metadata element needs a prefix")
                        .with_hint("give the prefix that its namespace is to have"))
                }
                (None, _) => Ok(config.without_metadata(uri)?.unwrap_or_else(|| config.clone())),
            }
        }
        _ => Err(unknown("kind of metadata", kind)),
    }
}

/// The document with another action for when the guest powers off, reboots or crashes.
///
/// # Errors
///
/// `ConfigUnsupported` for an action that the moment does not have.
pub fn with_lifecycle_action(
    config: &DomainConfig,
    when: LifecycleMoment,
    action: LifecycleAction,
) -> Result<DomainConfig> {
    let word = match action {
        LifecycleAction::Destroy => "destroy",
        LifecycleAction::Restart => "restart",
        LifecycleAction::RestartRename => "rename-restart",
        LifecycleAction::Preserve => "preserve",
        LifecycleAction::CoredumpDestroy => "coredump-destroy",
        LifecycleAction::CoredumpRestart => "coredump-restart",
        _ => return Err(unknown("action", action)),
    };
    let changed = match when {
        LifecycleMoment::PowerOff => {
            let action = read_action(word)?;
            config.with(|domain| domain.on_poweroff = Some(action))
        }
        LifecycleMoment::Reboot => {
            let action = read_action(word)?;
            config.with(|domain| domain.on_reboot = Some(action))
        }
        LifecycleMoment::Crash => {
            let action = read_action(word)?;
            config.with(|domain| domain.on_crash = Some(action))
        }
        _ => return Err(unknown("moment", when)),
    };
    changed.map_err(Error::from)
}

fn needed_namespace(uri: Option<&str>) -> Result<&str> {
    uri.ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidArgument,
            "a metadata element is known by its namespace, and none is given",
        )
    })
}

fn read_action<T: TextValue>(word: &str) -> Result<T> {
    T::from_text(word).map_err(|problem| Error::new(ErrorKind::ConfigUnsupported, problem.to_string()))
}

/// A value that came with a later version of the API.
fn unknown(what: &str, value: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::ArgumentUnsupported, format!("this driver does not know the {what} '{value}'"))
}
